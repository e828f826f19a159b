"""The page on which a program is written: names, numbers, constants, lines."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from autograd.namespaces import INFINITY
from autograd.program.statements.table import Array, ArrayOperand

WIDTH = 88  # of a line, as in all files here


def number_text(x: float) -> str:
    """A float as source.

    >>> number_text(0.5), number_text(float("-inf"))
    ('0.5', 'float("-inf")')
    """
    if x != x or abs(x) == INFINITY:
        return f'float("{x!r}")'
    return repr(x)


def reshape_text(shape: tuple[int, ...], batched: bool) -> str:
    """The source of the same numbers in another shape: ".reshape(3, 4, B)"."""
    lengths = ", ".join([*map(str, shape), *["B"] * batched])
    return f".reshape({lengths or '()'})"


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


_SMALL = 8
"""A larger array of constants is handed in, not written down."""

HELPERS = ("einsum", "segments", "where", "one_each", "erf", "erfc")
"""Functions that are imported where a program needs them."""

_RESERVED = (*HELPERS, "np", "jnp", "B", "constants", "program")


class Page:
    """Lines of source, and the names of what they speak of.

    Args:
        xp: The module whose functions are called: "np" or "jnp".
        reused: For an array the one that it may be written over; see `reuse`.

    Attributes:
        parts: For arrays that are made within a larger one, the source of their place.
    """

    def __init__(self, xp: str, reused: Mapping[Array, Array]) -> None:
        self.xp = xp
        self.reused = reused
        self.constants: list[np.ndarray[Any, Any]] = []
        self.setup: list[str] = []
        self.lines: list[str] = []
        self.parts: dict[Array, str] = {}
        self.groups: list[int] = []
        self.imports: set[str] = set()
        self._names = Names(_RESERVED)
        self._named: dict[Array, str] = {}
        self._tables: dict[str, str] = {}
        self._ones = ""

    def owned_by(self, group: int) -> None:
        """What was written since the last time computes this group."""
        self.groups += [group] * (len(self.lines) - len(self.groups))

    def call(self, array: Array, name: str) -> None:
        """Give an array a name."""
        self._named[array] = name

    def let(self, array: Array, expression: str) -> None:
        """Write down what makes an array; one that is made in its place has no name."""
        if array in self.parts:
            place = self.parts[array]
            is_told = f"out={place}" in expression  # else it is copied there
            self.lines.append(expression if is_told else f"{place}[...] = {expression}")
            return
        self._named[array] = self._names.new(array.hint)
        self.lines.append(f"{self._named[array]} = {expression}")

    def part(self, array: Array, whole: Array, start: int) -> None:
        """Have an array be made where it belongs: in a larger one, from a place on."""
        if whole not in self._named:
            self.let(whole, f"np.empty({self.shape(whole.shape, whole.batched)})")
        place = f"{self.flat(whole)}[{start}:{start + array.size}]"
        if len(array.shape) != 1:
            place += reshape_text(array.shape, array.batched)
        self.parts[array] = place

    def is_begun(self, array: Array) -> bool:
        """Whether parts of an array have been made already."""
        return array in self._named

    def name(self, array: Array) -> str:
        """What the array is called; one of constants is when it is first asked for."""
        if array.function == "constant" and array not in self._named:
            text = self.table(array.options["value"], "numbers")
            self.call(array, f"jnp.asarray({text})" if self.xp == "jnp" else text)
        return self._named[array]

    def free(self, name: str) -> str:
        """A name for an argument or a helper, which nothing else has."""
        return self._names.new(name)

    def out(self, array: Array) -> str:
        """What a function is told of where its result goes."""
        if array in self.parts:
            return f", out={self.parts[array]}"
        over = self.reused.get(array)
        return f", out={self.name(over)}" if over is not None else ""

    def operand(self, x: ArrayOperand, result: Array) -> str:
        """An operand of arithmetic element by element, aligned with its result.

        What varies with the example has a last axis for the batch, and NumPy aligns
        last axes.
        """
        if not isinstance(x, Array):
            return number_text(x)
        return self.aligned(x, result.batched)

    def aligned(self, x: Array, batched: bool) -> str:
        """An array beside one that has an axis for the batch, or has none."""
        if batched and not x.batched and x.shape:
            front = ":" if len(x.shape) == 1 else "..."
            return f"{self.name(x)}[{front}, None]"
        return self.name(x)

    def ones(self) -> str:
        """The name of a one for each example, which is written down at first use."""
        if not self._ones:
            self._ones = self._names.new("ones")
            self.imports.add("one_each")
            self.lines.append(f"{self._ones} = one_each(B)")
        return self._ones

    def flat(self, array: Array) -> str:
        """The array with all axes but that of the batch in one."""
        if len(array.shape) == 1:
            return self.name(array)
        return f"{self.name(array)}.reshape({array.size}{', B' * array.batched})"

    def shape(self, shape: tuple[int, ...], batched: bool) -> str:
        """The shape of an array as source: "(3, 4, B)", "(B,)", "4"."""
        if len(shape) == 1 and not batched:
            return f"{shape[0]}"
        lengths = ", ".join([*map(str, shape), *["B"] * batched])
        return f"({lengths}{',' * (batched and not shape)})"

    def table(self, value: np.ndarray[Any, Any], wish: str) -> str:
        """The name of an array of constants: written down if small, else handed in."""
        value = np.array(value, order="C")
        key = f"{value.shape}{value.dtype}{value.tobytes()!r}"
        if key not in self._tables:
            name = self._tables[key] = self._names.new(wish)
            if value.size <= _SMALL and np.isfinite(value).all():
                self.setup.append(f"{name} = np.array({value.tolist()!r})")
            else:
                self.setup.append(f"{name} = constants[{len(self.constants)}]")
                self.constants.append(value)
        return self._tables[key]
