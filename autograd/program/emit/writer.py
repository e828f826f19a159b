"""The page on which a program is written: its setup, and what runs every time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd.program.arrays import Array, Term
from autograd.program.emit.buffers import Layout
from autograd.program.emit.names import WIDTH, Names, number_name, number_text, wrapped
from autograd.program.emit.places import read_view, shape_text, view_text
from autograd.program.natives import NUMPY, SCALAR

_TYPES = {"float": "", "bool": ", bool", "int": ", int"}
_SMALL = 8


_RESERVED = (
    *("np", "B", "constants", "program", "run", "SCALAR", "NUMPY"),
    *(name for name in dir(np) if isinstance(getattr(np, name), np.ufunc)),
    *("bincount", "copyto", "dot", "place", "putmask", "take"),
)
"""Names that no array may have: those of what is called."""


class Page:
    """Lines of source, and the names of what they speak of.

    Args:
        layout: Where arrays live.
        floats: The arrays that are plain numbers.
        functions: For names of functions such as "add", what they stand for.
    """

    def __init__(self, layout: Layout, floats: set[Array]) -> None:
        self.layout = layout
        self.floats = floats
        self.functions: dict[str, str] = {}
        self.constants: list[np.ndarray[Any, Any]] = []
        self.setup: list[str] = []
        self.lines: list[str] = []
        self.groups: list[int] = []
        self._names = Names([*_RESERVED, *NUMPY, *SCALAR])
        self._named: dict[Array, str] = {}
        self._fixed: dict[str, str] = {}
        self._buffers: dict[int, str] = {}
        self._tables: dict[str, str] = {}
        self._lent: set[str] = set()

    def function(self, name: str, source: str) -> str:
        """A short name for a function, such as "add" for "np.add"."""
        if name not in self.functions:
            self.functions[name] = source
            self._names.new(name)
        return name

    def fixed(self, text: str, wish: str) -> str:
        """A name for what is made once: a view, a constant, an array of ones."""
        if text not in self._fixed:
            self._fixed[text] = self._names.new(wish)
            self._let(self._fixed[text], text)
        return self._fixed[text]

    def _let(self, name: str, text: str) -> None:
        """Name something once; if it is part of what is lent, in every run."""
        if re.split(r"\W", text, maxsplit=1)[0] in self._lent:
            self._lent.add(name)
            self.say(f"{name} = {text}")
        else:
            self.setup.append(f"{name} = {text}")

    def lend(self, array: Array, text: str) -> None:
        """Use what the caller hands in where it is; its views are made in every run."""
        self._named[array] = self._names.new(array.hint)
        self._lent.add(self._named[array])
        self.say(f"{self._named[array]} = {text}")

    def say(self, line: str) -> None:
        """A statement that runs every time."""
        self.lines.append(line)

    def owned_by(self, group: int) -> None:
        """What was said since the last time computes this group."""
        self.groups += [group] * (len(self.lines) - len(self.groups))

    def size_name(self) -> str:
        """What the size of the batch is called; nothing may depend on it."""
        lines = (*self.setup, *self.lines)
        return "B" if any(re.search(r"\bB\b", line) for line in lines) else "_B"

    def reserve(self, names: Iterable[str]) -> None:
        """Keep names for arguments."""
        for name in names:
            self._names.new(name)

    def name(self, array: Array) -> str:
        """The name of an array; its memory is declared when it is first named.

        An array without a name of its own, in whose place another one is computed, is
        called like that one.
        """
        while array in self.layout.in_place and not array.hint:
            array = self.layout.in_place[array]
        if array not in self._named:
            if array in self.floats:
                self._named[array] = self._names.new(array.hint)
            else:
                self._declare(array)
        return self._named[array]

    def lies_whole(self, array: Array) -> bool:
        """Whether an array lies in one piece in memory."""
        return self._sample(array).flags.c_contiguous

    def _sample(self, array: Array) -> np.ndarray[Any, Any]:
        """Memory laid out as that of the array, for a batch of 2."""
        target, position = self.layout.direct.get(array, (None, 0))
        if array.function == "view":
            (base,) = array.operands
            assert isinstance(base, Array)  # noqa: S101
            return read_view(self._sample(base), array.options["view"], array.batched)
        if target is not None:
            view = target.options["places"][position]
            memory = self._sample(target)
            return memory if view is None else read_view(memory, view, target.batched)
        return np.empty((2, *array.shape) if array.batched else array.shape, bool)

    def call(self, array: Array, name: str) -> None:
        """Give an array a name of its own."""
        self._named[array] = name

    def _declare(self, array: Array) -> None:
        if array.function == "constant":
            text = self._constant(array)
        elif array.function == "view":
            base = array.operands[0]
            assert isinstance(base, Array)  # noqa: S101
            view = array.options["view"]
            text = view_text(self.name(base), base.shape, view, array.batched)
        elif array in self.layout.direct:
            target, position = self.layout.direct[array]
            view = target.options["places"][position]
            text = self.name(target)
            if view is not None:
                text = view_text(text, target.shape, view, target.batched)
        elif array in self.layout.homes:
            text = self._memory(array)
        else:
            text = f"np.empty({shape_text(array.shape, array.batched)}"
            text += f"{_TYPES[array.kind]})"
        self._named[array] = self._names.new(array.hint)
        self._let(self._named[array], text)
        home = self.layout.homes.get(array)
        if home is not None:
            self._buffers.setdefault(id(home), self._named[array])

    def _memory(self, array: Array) -> str:
        home = self.layout.homes[array]
        shape = shape_text(array.shape, array.batched)
        if id(home) in self._buffers:
            name = self._buffers[id(home)]
            if array.shape == home.first.shape:
                return name
            return f"{name}.reshape({shape})"
        made = "zeros" if home.zero else "empty"
        return f"np.{made}({shape}{_TYPES[array.kind]})"

    def _constant(self, array: Array) -> str:
        return self._literal(np.array(array.options["value"], order="C"))

    def _literal(self, value: np.ndarray[Any, Any]) -> str:
        """A small array as source; a large one is handed in."""
        if value.size <= _SMALL and np.isfinite(value).all():
            return f"np.array({value.tolist()!r})"
        self.constants.append(value)
        return f"constants[{len(self.constants) - 1}]"

    def table(self, rows: np.ndarray[Any, Any], wish: str) -> str:
        """The name of an array of row numbers."""
        key = f"{rows.shape}{rows.tobytes()!r}"
        if key not in self._tables:
            text = self._literal(np.array(rows, order="C"))
            self._tables[key] = self._names.new(wish)
            self.setup.append(f"{self._tables[key]} = {text}")
        return self._tables[key]

    def number(self, x: float) -> str:
        """A constant operand of arrays: as an array it is read twice as fast."""
        return self.fixed(f"np.array({number_text(x)})", number_name(x))

    def operand(self, x: Term, axes: int) -> str:
        """An operand of arithmetic element by element, aligned with its result.

        Args:
            x: The operand.
            axes: How many axes the result has, without that of the batch.
        """
        if not isinstance(x, Array):
            return self.number(x)
        name = self.name(x)
        missing = axes - len(x.shape)
        if not (x.batched and missing):
            return name
        return self.fixed(f"{name}[:{', None' * missing}]", f"{name}_wide")

    def flat(self, array: Array, *shape: int | str) -> str:
        """The array in one piece, in another shape."""
        lengths = ", ".join(map(str, shape))
        text = f"{self.name(array)}.reshape({lengths})"
        wish = "rows" if len(shape) > 1 else "flat"
        return self.fixed(text, f"{self.name(array)}_{wish}")


def count(lengths: Iterable[int], *, batched: bool) -> int | str:
    """A product of lengths, with the batch: a number, "B" or "B * 7"."""
    product = int(np.prod(list(lengths), dtype=int))
    if not batched:
        return product
    return "B" if product == 1 else f"B * {product}"


def page_text(
    page: Page,
    name: str,
    title: str,
    arguments: tuple[Iterable[str], Iterable[str]],
    returned: str,
) -> tuple[str, tuple[int, ...]]:
    """The source of the program, and for each of its lines the group; -1 for none.

    Args:
        page: What is written on it.
        name: The program's.
        title: Its docstring.
        arguments: What the function takes, and what `run` takes.
        returned: The expression that `run` returns.
    """
    outer, inner = (", ".join(names) for names in arguments)
    lines = [*_imports(page), f"def {name}({outer}):", f'    """{title}"""']
    for line in page.setup:
        lines += wrapped(line, "    ") if line else [""]
    lines += ["", *wrapped(f"def run({inner}):", "    ")]
    page.owned_by(-1)
    # The docstring may have several lines.
    lines = "\n".join(lines).split("\n")
    groups, start = [-1] * len(lines), page.lines[:1] == [""]
    for line, group in zip(page.lines[start:], page.groups[start:], strict=True):
        lines += wrapped(line, "        ") if line else [""]
        groups += [group] * (len(lines) - len(groups))
    lines += [*wrapped(f"return {returned}", "        "), "", "    return run", ""]
    groups += [-1] * (len(lines) - 1 - len(groups))
    return "\n".join(lines), tuple(groups)


def _imports(page: Page) -> list[str]:
    natives = {
        table
        for table in ("NUMPY", "SCALAR")
        if any(text.startswith(table) for text in page.functions.values())
    }
    numpy = any("np." in line for line in (*page.setup, *page.lines))
    lines = ["import numpy as np"] if numpy else []
    ufuncs = [name for name, source in page.functions.items() if source == f"np.{name}"]
    if ufuncs:
        lines += _from_numpy(sorted(ufuncs))
    lines += [""] * bool(lines)
    if "strong_matmul" in page.functions:
        lines += ["from autograd.program.emit.strong import strong_matmul"]
    if natives:
        lines += [f"from autograd.program.natives import {', '.join(sorted(natives))}"]
    lines += [""] * bool(natives)
    lines += [
        f"{name} = {source}"
        for name, source in sorted(page.functions.items())
        if source.startswith(("NUMPY", "SCALAR"))
    ]
    while lines and not lines[-1]:
        lines.pop()
    return [*lines, "", ""] if lines else []


def _from_numpy(names: list[str]) -> list[str]:
    line = f"from numpy import {', '.join(names)}"
    if len(line) <= WIDTH:
        return [line]
    return ["from numpy import (", *(f"    {name}," for name in names), ")"]
