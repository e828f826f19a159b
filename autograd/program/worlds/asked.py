"""Asked: what a function reads, and looks for in vain, as expressions of Python.

Every question about the world is one expression on a holder: a module's dictionary, a
cell, an object, a container. So all of them together are one expression, too, which
Python answers in a single step, however many kinds of holders there are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum
from operator import is_
from typing import Any, NamedTuple

import numpy as np

from autograd.listening.watching import Watched
from autograd.program.worlds.names import is_bookkeeping
from autograd.program.worlds.things import are_unset, held_by
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
        if isinstance(self.holder, int):
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


_HELPERS = {
    "are_same": are_same,
    "state_of": state_of,
    "size_of": size_of,
    "are_unset": are_unset,
}
