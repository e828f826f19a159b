"""Gaps: what a function looks for by name and does not find, as long as it is so.

A global that comes may hide a builtin; an attribute that comes may hide what the class
of its object has, or what `getattr` gives instead.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from autograd.listening.watching import Watched
from autograd.program.worlds.names import is_bookkeeping
from autograd.program.worlds.reach import Reach
from autograd.program.worlds.things import CONTAINERS, held_by, is_object


class Gap(NamedTuple):
    """Names that are looked for in one place, and are not there.

    Attributes:
        name: What messages call the place.
        owner: An object, or the variables of a module; for an object among the
            arguments its position there.
        names: The names; None for any that come.
        slots: Those that are slots of the object's class.
        size: How many attributes the object has.
    """

    name: str
    owner: Any
    names: frozenset[str] | None
    slots: tuple[str, ...] = ()
    size: int = 0

    def is_filled(self, owner: Any) -> bool:
        """Whether one has come, to this owner."""
        if self.names is None:
            has_come = _size_of(owner) != self.size
        else:
            has_come = not _held(owner).keys().isdisjoint(self.names)
        return has_come or any(
            held_by(owner, name, _NOTHING) is not _NOTHING for name in self.slots
        )


_NOTHING = object()


def _held(owner: Any) -> Mapping[str, Any]:
    """The variables of a module, or an object's attributes but for slots."""
    held: Mapping[str, Any] = (
        owner if type(owner) is dict else held_by(owner, "__dict__", {})
    )
    return held


def _size_of(owner: Any) -> int:
    """How many attributes an object has, what nets keep for themselves left out."""
    held = _held(owner)
    if not isinstance(owner, Watched):
        return len(held)
    return sum([not is_bookkeeping(type(owner), name) for name in held])


def gaps_of(
    reach: Reach, objects: Sequence[Any], ignoring: frozenset[str]
) -> list[Gap]:
    """All gaps.

    Args:
        reach: What the function reaches.
        objects: The objects among its arguments.
        ignoring: The names of what is left out.
    """
    position = {id(x): i for i, x in enumerate(objects)}
    gaps = _of_variables(reach)
    for name, owner in reach.owners:
        if name in ignoring or not is_object(owner) or isinstance(owner, CONTAINERS):
            continue
        missing, unset = reach.missing_of(owner), tuple(reach.unset_of(owner))
        if missing is None or missing or unset:
            place = position.get(id(owner), owner)
            gaps.append(Gap(name, place, missing, unset, _size_of(owner)))
    return gaps


def _of_variables(reach: Reach) -> list[Gap]:
    """Names that are no variables of their module: builtins, for example."""
    by_module: dict[int, tuple[dict[str, Any], set[str]]] = {}
    for variables, name in reach.absent:
        by_module.setdefault(id(variables), (variables, set()))[1].add(name)
    return [
        Gap(str(variables.get("__name__")), variables, frozenset(names))
        for variables, names in by_module.values()
    ]
