"""Places: all that a function reads by name, and how each is read at once."""

from __future__ import annotations

from collections.abc import (
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from itertools import chain
from operator import attrgetter, itemgetter
from types import CellType, FunctionType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from autograd.listening.watching import Watched
from autograd.program.worlds.names import (
    COUNTER,
    is_library,
    is_ours,
)
from autograd.program.worlds.reach import Reach
from autograd.program.worlds.things import CONTAINERS, held_by, is_object
from autograd.value import Value

_COUNTED = (Value, *CONTAINERS, np.ndarray)


class Place(NamedTuple):
    """Something that holds what a function reads.

    Attributes:
        holder: A module's dictionary, closure cells, an object or a container; for an
            object among the arguments its position there, as it may be another one.
        read: Gives what it holds.
        names: What messages call that, one for each; or a single one for all.
    """

    holder: Any
    read: Callable[[Any], Iterable[Any]]
    names: tuple[str, ...]

    @property
    def is_asked(self) -> bool:
        """Whether the holder is an object among the arguments."""
        return isinstance(self.holder, int)

    @property
    def is_watched(self) -> bool:
        """Whether the holder tells when it changes."""
        return isinstance(self.holder, Watched)

    @property
    def is_row(self) -> bool:
        """Whether the holder is a plain list or tuple of Values and nothing else."""
        is_plain = self.read is iter and type(self.holder) in {list, tuple}
        return is_plain and all(isinstance(x, Value) for x in self.holder)

    @property
    def is_container(self) -> bool:
        """Whether the holder is a container that may have become longer or shorter."""
        return self.read in {iter, _keys_and_values}


def places_of(
    reach: Reach, objects: Sequence[Any], ignoring: frozenset[str]
) -> list[Place]:
    """All places: those in objects among the arguments first; watched ones, then rows.

    Args:
        reach: What the function reaches.
        objects: The objects among its arguments.
        ignoring: The names of what is left out.
    """
    position = {id(x): i for i, x in enumerate(objects)}
    counted: set[int] = set()
    places = [*_of_owners(reach, position, counted, ignoring)]
    places += _of_containers(reach, position, counted, ignoring)
    places += _of_variables(reach, ignoring)
    cells = [(name, cell) for name, cell in reach.cells if name not in ignoring]
    if cells:
        names, holders = zip(*cells, strict=True)
        places.append(Place(holders, _contents, names))
    if reach.functions:
        told, functions = zip(*reach.functions, strict=True)
        names = tuple([f"the code of {name}" for name in told for _ in _CODE])
        places.append(Place(functions, _code_of, names))
    return sorted(places, key=lambda x: (not x.is_asked, x.is_row, x.is_watched))


def arrays_of(
    reach: Reach, ignoring: frozenset[str], written: Collection[int]
) -> list[tuple[str, np.ndarray[Any, Any]]]:
    """The arrays of numbers, by name: they are compared as a whole.

    Args:
        reach: What the function reaches.
        ignoring: The names of what is left out.
        written: The ids of arrays that are left out.
    """
    return [
        (name, x)
        for name, x in reach.containers
        if isinstance(x, np.ndarray)
        and x.dtype != object
        and name not in ignoring
        and id(x) not in written
    ]


def _of_owners(
    reach: Reach,
    position: dict[int, int],
    counted: set[int],
    ignoring: frozenset[str],
) -> Iterator[Place]:
    """Attributes of objects, classes and modules.

    Args:
        reach: What the function reaches.
        position: Where an object stands among the arguments, by its id.
        counted: Here go the containers whose counters are read with their owner.
        ignoring: The names of what is left out.
    """
    read = [*reach.values] if reach.reads_values else []
    values = [(name, x) for name, row in read for x in row]
    for name, owner in chain(
        reach.owners, {id(x): (name, x) for name, x in values}.values()
    ):
        if isinstance(owner, ModuleType) and is_library(owner.__name__):
            continue
        if is_ours(_module_of(owner)):  # the code of nets, which nobody changes
            continue
        # One among the arguments may be another next time, and have counted as far.
        counts = isinstance(owner, Watched) and id(owner) not in position
        paths = {COUNTER: f"what {name} holds"} if counts else {}
        for attribute in reach.attributes_of(owner):
            held = held_by(owner, attribute)
            if not (counts and isinstance(held, _COUNTED)):
                paths[attribute] = f"{name}.{attribute}"
            if isinstance(held, Watched) and isinstance(held, CONTAINERS):
                paths[f"{attribute}.{COUNTER}"] = f"{name}.{attribute}"
                counted.add(id(held))
        if is_object(owner) and not isinstance(owner, CONTAINERS):
            paths["__class__"] = f"the class of {name}"
        kept = [path for path, label in paths.items() if label not in ignoring]
        if kept and not (isinstance(owner, CONTAINERS) and kept == [COUNTER]):
            kept = _at_least_two(kept)
            names = tuple([paths[path] for path in kept])
            yield Place(position.get(id(owner), owner), attrgetter(*kept), names)


def _module_of(owner: Any) -> str:
    """The name of a module, or of that of a class; "" for other owners."""
    if isinstance(owner, ModuleType):
        return owner.__name__
    return owner.__module__ if isinstance(owner, type) else ""


def _at_least_two(names: list[str]) -> list[str]:
    """Names of which a getter makes a tuple: of a single one it would not."""
    return names * 2 if len(names) == 1 else names


def _of_containers(
    reach: Reach,
    position: dict[int, int],
    counted: set[int],
    ignoring: frozenset[str],
) -> Iterator[Place]:
    """What is in containers; with their number where they are not kept."""
    for name, holder in reach.containers:
        if name in ignoring or id(holder) in counted:
            continue
        if id(holder) in position:
            yield Place(position[id(holder)], _counted, (name,))
        elif isinstance(holder, np.ndarray):
            if holder.dtype == object:
                yield Place(holder, _entries, (name,))
        elif isinstance(holder, Watched):
            yield Place(holder, attrgetter(COUNTER, COUNTER), (name,))
        elif isinstance(holder, Mapping):
            yield Place(holder, _keys_and_values, (name,))
        else:
            yield Place(holder, iter, (name,))


def _of_variables(reach: Reach, ignoring: frozenset[str]) -> Iterator[Place]:
    """Globals, and what is read of modules."""
    by_module: dict[int, tuple[dict[str, Any], list[str]]] = {}
    for module, name in reach.variables:
        if name not in ignoring and not is_ours(module.get("__name__")):
            by_module.setdefault(id(module), (module, []))[1].append(name)
    for module, names in by_module.values():
        both = _at_least_two(names)
        yield Place(module, itemgetter(*both), tuple(both))


def _contents(cells: tuple[CellType, ...]) -> Iterator[Any]:
    return map(attrgetter("cell_contents"), cells)


_CODE = ("__code__", "__defaults__", "__kwdefaults__")
"""What of a function may be replaced."""


def _code_of(functions: tuple[FunctionType, ...]) -> Iterator[Any]:
    return chain.from_iterable(map(attrgetter(*_CODE), functions))


def _keys_and_values(holder: Mapping[Any, Any]) -> Iterator[Any]:
    return chain(holder, holder.values())


def _counted(holder: Any) -> Iterator[Any]:
    is_mapping = isinstance(holder, Mapping)
    entries = _keys_and_values(holder) if is_mapping else iter(holder)
    return chain((len(holder),), entries)


def _entries(array: np.ndarray[Any, Any]) -> list[Any]:
    return array.ravel().tolist()
