"""Asked: what a function reads, and looks for in vain, as expressions of Python.

Every question about the world is one expression on a holder: a module's dictionary, a
cell, an object, a container. So all of them together are one expression, too, which
Python answers in a single step, however many kinds of holders there are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from keyword import iskeyword
from typing import Any, NamedTuple

import numpy as np

from autograd.listening.watching import Watched
from autograd.program.worlds.names import is_bookkeeping
from autograd.program.worlds.things import held_by
from autograd.value import Value

END = object()
"""Stands after the entries of a container: so none counts as one of the next."""

SMALL_FUNCTION = 50
"""More questions than this are no small function's."""


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
        kind: A thing; the entries of a container; or whether all is as is known: the
            numbers of an array, the length of a large container, or a gap, where
            nothing is found.
        known: What the answer is compared with in the text.
    """

    name: str
    holder: Any
    text: str
    kind: Kind = Kind.THING
    known: Any = None

    @property
    def is_watched(self) -> bool:
        """Whether the holder tells when it changes."""
        return isinstance(self.holder, Watched)

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


ReadAll = Callable[[Sequence[Any]], tuple[Any, ...]]
"""Is told the objects among the arguments, and gives all answers in one row."""

Comparison = Callable[[Sequence[Any], Sequence[Any]], bool]
"""Is told those objects, and all that was seen."""


def reader(questions: Sequence[Asked]) -> ReadAll:
    """What asks all of these at once."""
    names: dict[str, Any] = {**_HELPERS}
    texts = [
        f"{question.written(i, names)}, {'END, ' * (question.kind is Kind.ENTRIES)}"
        for i, question in enumerate(questions)
    ]
    read: ReadAll = _evaluated(f"lambda objects: ({''.join(texts)})", names)
    return read


def comparison(
    questions: Sequence[Asked], answers: Sequence[Sequence[Any]]
) -> Comparison | None:
    """Whether all is as it was seen, for a small function; None for others.

    It ends at the first difference, and takes a third of the time to read all.

    Args:
        questions: The questions.
        answers: What was seen, for each.
    """
    if sum(map(len, answers)) > SMALL_FUNCTION:
        return None
    names: dict[str, Any] = {**_HELPERS}
    terms: list[str] = []
    seen = 0
    for i, (question, answer) in enumerate(zip(questions, answers, strict=True)):
        text = question.written(i, names)
        if question.kind is Kind.ENTRIES:
            if type(question.holder) not in {list, tuple}:
                return None
            terms.append(f"len(h{i}) == {len(answer)}")
            terms += [f"h{i}[{k}] is seen[{seen + k}]" for k in range(len(answer))]
            seen += 1  # the end
        else:
            terms.append(text + f" is seen[{seen}]" * (question.kind is Kind.THING))
        seen += len(answer)
    text = f"lambda objects, seen: {' and '.join(terms) or True}"
    holds: Comparison = _evaluated(text, names)
    return holds


def _evaluated(text: str, names: dict[str, Any]) -> Any:
    return eval(text, names)  # noqa: S307 - of names of the code alone


# --- how things are asked for ---------------------------------------------------------


def attribute(name: str) -> str:
    """How Python asks for an attribute."""
    plain = name.isidentifier() and not iskeyword(name)
    return f"{{0}}.{name}" if plain else f"getattr({{0}}, {_quoted(name)})"


def entry(name: str) -> str:
    """How Python asks for a variable of a module, in its dictionary."""
    return f"{{0}}[{_quoted(name)}]"


def entries(holder: Any) -> str:
    """How Python asks for what a container holds."""
    if isinstance(holder, np.ndarray):
        return "*{0}.ravel().tolist()"
    return "*{0}, *{0}.values()" if isinstance(holder, Mapping) else "*{0}"


def absence(of: str, names: frozenset[str]) -> str:
    """How Python asks whether none of the names is in a dictionary."""
    if len(names) <= FEW:
        return " and ".join([f"{_quoted(name)} not in {of}" for name in sorted(names)])
    return f"{of}.keys().isdisjoint({{1}})"


FEW = 4
"""So many names are sooner looked up one by one than as a set."""


def _quoted(name: str) -> str:
    """A name as source, in which nothing is to be filled in."""
    return repr(name).replace("{", "{{").replace("}", "}}")


def state_of(array: np.ndarray[Any, Any]) -> tuple[Any, ...]:
    """The numbers of an array, to be compared at once: NaN is equal to itself here."""
    return array.shape, array.dtype.str, array.tobytes()


def size_of(owner: Any) -> int:
    """How many attributes an object has, what nets keep for themselves left out."""
    held = held_by(owner, "__dict__", {})
    if not isinstance(owner, Watched):
        return len(held)
    return sum([not is_bookkeeping(type(owner), name) for name in held])


def are_unset(owner: Any, slots: Sequence[str]) -> bool:
    """Whether nothing is found in any of these slots."""
    return all(held_by(owner, name, END) is END for name in slots)


_HELPERS = {
    "END": END,
    "state_of": state_of,
    "size_of": size_of,
    "are_unset": are_unset,
}
