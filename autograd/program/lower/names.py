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
    """A statement in lines of at most 88 columns: its widest brackets have their own.

    >>> wrapped("x = f(a, b)", "    ")
    ['    x = f(a, b)']
    """
    if len(indent) + len(line) <= WIDTH or line.startswith("#"):
        return [indent + line]
    depth = opening = 0
    widest = 0, 0
    for i, letter in enumerate(line):
        if letter in "([{":
            opening = i if depth == 0 else opening
            depth += 1
        elif letter in ")]}":
            depth -= 1
            if depth == 0:
                widest = max(widest, (opening, i), key=lambda span: span[1] - span[0])
    first, last = widest
    inside = _filled(line[first + 1 : last], f"{indent}    ")
    return [indent + line[: first + 1], *inside, indent + line[last:]]


def _filled(inside: str, indent: str) -> list[str]:
    """What stands within brackets in as few lines as it needs, cut behind commas.

    Behind the outermost ones, if what is between them has room in a line.
    """
    pieces, depth = list[str](), 0
    for piece in inside.split(", "):
        pieces[-1:] = [f"{pieces[-1]}, {piece}"] if depth else [*pieces[-1:], piece]
        depth += sum((x in "([{") - (x in ")]}") for x in piece)
    if len(indent) + max(map(len, pieces)) >= WIDTH:
        pieces = inside.split(", ")
    first, *others = pieces
    lines = [indent + first]
    for piece in others:
        if len(lines[-1]) + len(piece) + 3 <= WIDTH:
            lines[-1] += f", {piece}"
        else:
            lines[-1] += ","
            lines.append(indent + piece)
    return lines
