"""Asked: what a function reads, and looks for in vain, as expressions of Python.

Every question about the world is one expression on a holder: a module's dictionary, a
cell, an object, a container. So all of them together are one expression, too, which
Python answers in a single step, however many kinds of holders there are. They are
taken down while the world is walked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import IntEnum
from keyword import iskeyword
from operator import is_
from types import MemberDescriptorType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from autograd.listening.watching import Watched
from autograd.program.worlds.names import (
    COUNTER,
    OF_VALUES,
    Attributes,
    is_bookkeeping,
    is_library,
    is_ours,
)
from autograd.program.worlds.things import CONTAINERS, are_unset, held_by, is_object
from autograd.value import Value


class Kind(IntEnum):
    """What the answer to a question is."""

    THING = 0
    ENTRIES = 1
    STATE = 2
    LENGTH = 3
    GAP = 4


class Asked(NamedTuple):
    """A question about the world.

    Attributes:
        name: What messages call that which is asked for.
        holder: What holds it; for an object among the arguments its position there.
        text: How Python asks, with {0} for the holder and {1} for what is known.
        kind: A thing; the entries of a container, as a tuple; the numbers of an array;
            the length of a large container; or whether nothing is found: a gap.
        known: The names that a gap is asked by.
    """

    name: str
    holder: Any
    text: str
    kind: Kind = Kind.THING
    known: Any = None

    @property
    def is_row(self) -> bool:
        """Whether it is for the entries of a list or tuple of Values alone."""
        is_plain = self.kind is Kind.ENTRIES and type(self.holder) in {list, tuple}
        return is_plain and all(isinstance(x, Value) for x in self.holder)

    def written(self, number: int, names: dict[str, Any]) -> str:
        """The question in Python; what it speaks of comes among the names."""
        holder, known = f"h{number}", f"k{number}"
        names[holder], names[known] = self.holder, self.known
        if type(self.holder) is int:
            holder = f"objects[{self.holder}]"
        return self.text.format(holder, known)

    def compared(self, number: int, names: dict[str, Any]) -> str:
        """Whether the answer is what was seen, in Python: the very same things."""
        text, seen = self.written(number, names), f"seen[{number}]"
        if self.kind is Kind.GAP:
            return text
        if self.kind is Kind.ENTRIES:
            return f"are_same({text}, {seen})"
        return f"{text} {'is' if self.kind is Kind.THING else '=='} {seen}"


ReadAll = Callable[[Sequence[Any]], tuple[Any, ...]]
Comparison = Callable[[Sequence[Any], Sequence[Any]], bool]


def reader(questions: Sequence[Asked]) -> ReadAll:
    """What gives all answers at once; it is told the objects among the arguments."""
    names: dict[str, Any] = {**_HELPERS}
    texts = [f"{x.written(i, names)}, " for i, x in enumerate(questions)]
    read: ReadAll = _evaluated(f"lambda objects: ({''.join(texts)})", names)
    return read


def comparison(questions: Sequence[tuple[int, Asked]]) -> Comparison:
    """Whether all is as it was seen; it ends at the first difference.

    It is told the objects among the arguments and what was seen, by the numbers of the
    questions.
    """
    names: dict[str, Any] = {**_HELPERS}
    terms = [question.compared(i, names) for i, question in questions]
    text = f"lambda objects, seen: {' and '.join(terms) or True}"
    holds: Comparison = _evaluated(text, names)
    return holds


def _evaluated(text: str, names: dict[str, Any]) -> Any:
    return eval(text, names)  # noqa: S307 - of names of the code alone


# --- what expressions call by name -------------------------------------------------


def state_of(array: np.ndarray[Any, Any]) -> tuple[Any, ...]:
    """The numbers of an array, to be compared at once: NaN is equal to itself here."""
    return array.shape, array.dtype.str, array.tobytes()


def size_of(owner: Any) -> int:
    """How many attributes an object has, what nets keep for themselves left out."""
    held = held_by(owner, "__dict__", {})
    if not isinstance(owner, Watched):
        return len(held)
    return sum([not is_bookkeeping(type(owner), name) for name in held])


def are_same(now: Sequence[Any], seen: Sequence[Any]) -> bool:
    """Whether these are the very same things."""
    return len(now) == len(seen) and all(map(is_, now, seen))


_HELPERS = {f.__name__: f for f in (are_same, state_of, size_of, are_unset)}


# --- what is to be asked --------------------------------------------------------------

_COUNTED = (Value, *CONTAINERS, np.ndarray)
"""What nets count changes of."""


class Questions:
    """The questions so far.

    Args:
        attributes: Which attributes some code on the way may read.
        objects: Objects among the arguments: they are asked for by their positions.

    Attributes:
        values: Values that may be read, with what messages call them.
    """

    def __init__(self, attributes: Attributes, objects: Sequence[Any]) -> None:
        self.values: list[tuple[str, Sequence[Value]]] = []
        self._attributes = attributes
        self._positions = {id(x): i for i, x in enumerate(objects)}
        self._asked: list[Asked] = []

    def ask(
        self,
        name: str,
        holder: Any,
        text: str,
        kind: Kind = Kind.THING,
        known: Any = None,
    ) -> None:
        """Take down what is to be asked about the world."""
        place = self._positions.get(id(holder), holder)
        self._asked.append(Asked(name, place, text, kind, known))

    def of_attribute(self, name: str, holder: Any, attribute: str) -> None:
        """Ask for an attribute."""
        is_plain = attribute.isidentifier() and not iskeyword(attribute)
        by_text = f"getattr({{0}}, {_quoted(attribute)})"
        self.ask(name, holder, f"{{0}}.{attribute}" if is_plain else by_text)

    def of_container(self, name: str, holder: Any) -> None:
        """Ask for what a container holds; of one that counts its changes, for these."""
        if isinstance(holder, Watched):
            self.of_attribute(name, holder, COUNTER)
        elif isinstance(holder, np.ndarray):
            self.ask(name, holder, "(*{0}.ravel().tolist(),)", Kind.ENTRIES)
        elif isinstance(holder, Mapping):
            self.ask(name, holder, "(*{0}, *{0}.values())", Kind.ENTRIES)
        else:
            self.ask(name, holder, "(*{0},)", Kind.ENTRIES)

    def of_variable(self, name: str, variables: dict[str, Any]) -> None:
        """Ask for a variable of a module, or whether there still is none."""
        if name in variables:
            self.ask(name, variables, f"{{0}}[{_quoted(name)}]")
        else:
            title = str(variables.get("__name__"))
            self.ask(title, variables, f"{_quoted(name)} not in {{0}}", Kind.GAP)

    def all(self, owners: Iterable[tuple[str, Any]]) -> list[Asked]:
        """All that is to be asked, of these owners of attributes as well."""
        for name, owner in owners:
            self._of_owner(name, owner)
            if is_object(owner) and not isinstance(owner, CONTAINERS):
                self.of_attribute(f"the class of {name}", owner, "__class__")
                self._of_gaps(name, owner)
        if not self._attributes.named.keys().isdisjoint(OF_VALUES):
            for name, row in self.values:
                for x in row:
                    self._of_owner(name, x)
        return self._asked

    def _of_owner(self, name: str, owner: Any) -> None:
        """Ask for the attributes of an object, a class or a module."""
        is_module = isinstance(owner, ModuleType)
        if is_module and is_library(owner.__name__):
            return
        module = owner.__name__ if is_module else getattr(owner, "__module__", "")
        if (is_module or isinstance(owner, type)) and is_ours(module):
            return  # the code of nets, which nobody changes
        # One among the arguments may be another next time, and have counted as far.
        counts = isinstance(owner, Watched) and id(owner) not in self._positions
        if counts and not isinstance(owner, CONTAINERS):
            self.of_attribute(f"what {name} holds", owner, COUNTER)
        for x in self._attributes.of(owner):
            if not (counts and isinstance(held_by(owner, x), _COUNTED)):
                self.of_attribute(f"{name}.{x}", owner, x)

    def _of_gaps(self, name: str, owner: Any) -> None:
        """Ask whether an object still lacks what some code may look for in it."""
        own, kind = held_by(owner, "__dict__"), type(owner)
        attributes = self._attributes
        if attributes.by_text:  # any attribute counts
            self.ask(name, owner, "size_of({0}) == {1}", Kind.GAP, size_of(owner))
        elif own is not None:
            names = [x for x in attributes.named if x not in own]
            missing = frozenset([x for x in names if not is_bookkeeping(kind, x)])
            text = "{0}.__dict__.keys().isdisjoint({1})"
            if missing:
                self.ask(name, owner, text, Kind.GAP, missing)
        unset = tuple(
            x
            for x, member in attributes.members_of(kind).items()
            if isinstance(member, MemberDescriptorType) and are_unset(owner, [x])
        )
        if unset:
            self.ask(name, owner, "are_unset({0}, {1})", Kind.GAP, unset)


def _quoted(name: str) -> str:
    """A name as source, in which nothing is to be filled in."""
    return repr(name).replace("{", "{{").replace("}", "}}")
