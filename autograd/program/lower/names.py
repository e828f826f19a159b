"""Names, numbers and lines of the source."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable

from autograd.namespaces import INFINITY

WIDTH = 88  # of a line, as in all files here


def number_text(x: float) -> str:
    """A float as source.

    >>> number_text(0.5), number_text(float("-inf"))
    ('0.5', 'float("-inf")')
    """
    if x != x or abs(x) == INFINITY:
        return f'float("{x!r}")'
    return repr(x)


class Names:
    """Gives names that differ from each other, from keywords and from builtins.

    Args:
        taken: Names that are in use already.
    """

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = {*keyword.kwlist, *dir(builtins), *taken}
        self._counts: dict[str, int] = {}

    def new(self, wish: str = "") -> str:
        """The wish, if it is a free name; else with a number; else t1, t2, ..."""
        stem = re.sub(r"\W+", "_", wish).strip("_")
        if stem and not stem[0].isdigit() and stem not in self._taken:
            self._taken.add(stem)
            return stem
        stem = f"{stem}_" if stem and not stem[0].isdigit() else "t"
        while True:
            number = self._counts[stem] = self._counts.get(stem, 0) + 1
            name = f"{stem}{number}"
            if name not in self._taken:
                self._taken.add(name)
                return name


def wrapped(line: str, indent: str) -> list[str]:
    """A statement in lines of at most 88 columns, cut at the commas of its brackets.

    >>> wrapped("x = f(a, b)", "    ")
    ['    x = f(a, b)']
    """
    if len(indent) + len(line) <= WIDTH:
        return [indent + line]
    opening = _outermost(line)
    if opening < 0 or line.startswith("#"):
        return [indent + line]
    closing = _closing(line, opening)
    inner = indent + "    "
    pieces = _pieces(line[opening + 1 : closing])
    together = ", ".join(pieces)
    lines = [indent + line[: opening + 1]]
    if len(inner) + len(together) <= WIDTH:
        lines.append(inner + together)
    else:
        for piece in pieces:
            lines += wrapped(f"{piece},", inner)
    return [*lines, indent + line[closing:]]


def _outermost(line: str) -> int:
    """Where the bracket opens that holds most of the line; -1 without one."""
    best, length = -1, 2
    depth = 0
    for i, letter in enumerate(line):
        if letter in "([{":
            if depth == 0:
                inside = _closing(line, i) - i
                if inside > length:
                    best, length = i, inside
            depth += 1
        elif letter in ")]}":
            depth -= 1
    return best


def _closing(line: str, opening: int) -> int:
    depth = 0
    for i in range(opening, len(line)):
        depth += (line[i] in "([{") - (line[i] in ")]}")
        if depth == 0:
            return i
    return len(line) - 1


def _pieces(inside: str) -> list[str]:
    """The text between brackets, cut at its outermost commas."""
    pieces, depth, begin = [], 0, 0
    for i, letter in enumerate(inside):
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            pieces.append(inside[begin:i].strip())
            begin = i + 1
    rest = inside[begin:].strip()
    return [*pieces, rest] if rest else pieces
