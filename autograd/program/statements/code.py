"""Code: the statements of a program as they are written down, each known one once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd.operators import COMPARISONS
from autograd.program.statements.natives import NUMPY
from autograd.program.statements.table import Array, ArrayOperand, row_of, shape_of
from autograd.program.statements.views import Rows, View, places_of, repeated, view_of

_CONDITIONS = {*COMPARISONS, "and", "or"}
_LOGICAL = {"and", "or"}
_OVER_EXAMPLES = {"how": "sum", "axes": (), "batch": True}
_OF_BOOLS = {"and", "or", "where", "mul", "equal", "not_equal"}


class Code:
    """The statements of a program, in order; equal ones are written once.

    What each gives, its shape and its cost stand in the table (`table.py`).
    """

    def __init__(self) -> None:
        self.statements: list[Array] = []
        self.section = ""
        self.group = -1
        self._known: dict[Any, Array] = {}

    @contextmanager
    def within(self, section: str, group: int = -1) -> Iterator[None]:
        """Write the block's statements under a heading of their own."""
        outer = self.section, self.group
        self.section, self.group = section, group
        try:
            yield
        finally:
            self.section, self.group = outer

    def new(
        self,
        function: str,
        operands: tuple[ArrayOperand, ...],
        batched: bool | None = None,
        kind: str = "float",
        **options: Any,
    ) -> Array:
        """A statement of the table, unless an equal one is there already."""
        shape = row_of(function).shape(operands, options)
        if batched is None:
            batched = any(isinstance(x, Array) and x.batched for x in operands)
        key = (function, tuple(map(_key, operands)), _key(options), shape, batched)
        array = self._known.get(key)
        if array is None:
            array = Array(self, function, operands, options, shape, batched, kind)
            array.section, array.group = self.section, self.group
            self.statements.append(array)
            self._known[key] = array
        return array

    def given(
        self, name: str, shape: tuple[int, ...], batched: bool, kind: str = "float"
    ) -> Array:
        """What the caller hands in: "theta", "x", "seed"."""
        return self.new("given", (), batched, kind, name=name, shape=shape)

    def constant(self, value: np.ndarray[Any, Any]) -> Array:
        """An array of constants."""
        kind = {"b": "bool", "i": "int"}.get(value.dtype.kind, "float")
        return self.new("constant", (), False, kind, value=value)

    def call(self, name: str, *operands: Any) -> Any:
        """A native of arrays, element by element."""
        terms = tuple(x if isinstance(x, Array) else float(x) for x in operands)
        if not any(isinstance(x, Array) for x in terms):
            return float(NUMPY[name](*terms))
        if name not in _OF_BOOLS or all(_is_bool(x) for x in terms):
            terms = tuple(map(self._number, terms)) if name not in _LOGICAL else terms
        if name == "where":
            terms = (self._truth(terms[0]), *terms[1:])
        plain = _without_effort(name, terms)
        if plain is not None:
            return plain
        shape = shape_of(terms)
        fewer = tuple(map(_unstretched, terms))
        if any(x is not y for x, y in zip(terms, fewer, strict=True)):
            return self.stretch(self.call(name, *fewer), shape)
        kind = "bool" if name in _CONDITIONS else "float"
        return self.new(name, terms, None, kind)

    def view(self, a: Array, view: View) -> Array:
        """Some rows of an array, not copied."""
        if view == View.whole(a.shape):
            return a
        return self.new("view", (a,), None, a.kind, view=view)

    def take(self, a: Array, rows: Rows, *, whole: bool = True) -> Array:
        """Rows of the flattened array: itself, a view, or a copy.

        Args:
            a: The array.
            rows: Which; those that repeat themselves along an axis are copied once.
            whole: Whether that axis may not be of length 1 instead.
        """
        if rows.shape == a.shape and np.array_equal(rows.ravel(), np.arange(a.size)):
            return a
        view = view_of(rows, a.size)
        if view is not None:
            array = self.view(a, view)
        else:
            again = repeated(rows)
            cut = [slice(1) if i in again else slice(None) for i in range(rows.ndim)]
            once = rows[tuple(cut)]
            if a.function == "constant":
                array = self.constant(a.options["value"].ravel()[once])
            else:
                array = self.new("take", (a,), None, a.kind, rows=once)
        return self.stretch(array, rows.shape) if whole else array

    def stretch(self, a: Array, shape: tuple[int, ...]) -> Array:
        """The array with axes of length 1 repeated."""
        if a.shape == shape:
            return a
        return self.new("stretch", (a,), None, a.kind, shape=shape)

    def _number(self, x: ArrayOperand) -> ArrayOperand:
        """A bool as 1.0 or 0.0."""
        return self.call("where", x, 1.0, 0.0) if _is_bool(x) else x

    def _truth(self, x: ArrayOperand) -> ArrayOperand:
        """A condition as a bool."""
        x = _condition(x)
        if isinstance(x, Array) and x.kind != "bool":
            truth: ArrayOperand = self.call("not_equal", x, 0.0)
            return truth
        return x

    def reduce(
        self, how: str, a: Array, axes: tuple[int, ...], batch: bool = False
    ) -> Array:
        """The sum, the largest or the smallest over some axes."""
        batch = batch and a.batched
        if not axes and not batch:
            return a
        gone = {axis % len(a.shape) for axis in axes}
        if a.function == "reduce" and how == "sum" and a.options == _OVER_EXAMPLES:
            return self.reduce(how, a.arrays[0], axes, batch=True)  # both at once
        batched = a.batched and not batch
        if a.function == "stretch" and len(a.arrays[0].shape) == len(a.shape):
            (once,) = a.arrays
            if all(once.shape[axis] == a.shape[axis] for axis in gone):
                shape = tuple(n for i, n in enumerate(a.shape) if i not in gone)
                return self.stretch(self.reduce(how, once, axes, batch), shape)
        return self.new("reduce", (a,), batched, how=how, axes=axes, batch=batch)

    def segments(self, how: str, a: Array, starts: Rows) -> Array:
        """The same over stretches of the last axis, each from its start to the next."""
        return self.new("segments", (a,), how=how, starts=starts)

    def turned(self, a: Array) -> Array:
        """The array with its last two axes in the other order, not copied."""
        *outer, i, j = range(len(a.shape))
        return self.view(a, View.whole(a.shape, (*outer, j, i)))

    def matmul(self, a: Array, b: Array, *, transpose: bool = False) -> Array:
        """The matrix product of the last axes."""
        return self.new("matmul", (a, b), transpose=transpose)

    def weighted(self, w: Array, a: Array) -> Array:
        """Weights, a matrix or one row, times the first axis of what they weigh."""
        return self.new("weighted", (w, a))

    def outer(self, a: Array, b: Array) -> Array:
        """The sum of a[i] b[j] over the examples and all axes but the first."""
        if a.batched != b.batched:  # the sum of what varies is enough
            a, b = (self.reduce("sum", x, (), batch=True) for x in (a, b))
        return self.new("outer", (a, b), False)

    def concat(self, arrays: Sequence[Array]) -> Array:
        """All flattened, one after the other."""
        ends = np.cumsum([a.size for a in arrays])
        places = [np.arange(b - a.size, b) for a, b in zip(arrays, ends, strict=True)]
        batched = any(a.batched for a in arrays)
        return self.assemble(arrays, places, (int(ends[-1]),), batched)

    def assemble(
        self,
        flows: Sequence[Array],
        places: Sequence[View | Rows | None],
        shape: tuple[int, ...],
        batched: bool,
    ) -> Array:
        """The flows, each added where its place says; 0 where none is."""
        size = math.prod(shape)
        only = flows[0] if len(flows) == 1 else None
        if only is not None and (only.batched, only.size) == (batched, size):
            everything = np.array_equal(places_of(places[0], size), np.arange(size))
            if everything:
                return self.reshaped(only, shape)
        told: dict[str, Any] = {"places": tuple(places), "shape": shape}
        return self.new("assemble", tuple(flows), batched, **told)

    def reshaped(self, a: Array, shape: tuple[int, ...]) -> Array:
        """The same numbers in another shape, not copied."""
        if a.shape == shape:
            return a
        view = View.whole(shape) if shape else View(0, (1,), (0,), (), ())
        return self.view(a, view)

    def pick(self, a: Array, index: Array, rows: Rows) -> Array:
        """Of the candidates rows[..., :] in `a`, those that the integers choose."""
        where = self.places(index, rows)
        return self.new("pick", (a, where), None, a.kind)

    def places(self, index: Array, rows: Rows) -> Array:
        """The flat places that the integers choose among the candidates."""
        if index.kind != "int":
            index = self.new("integer", (index,), None, "int")
        return self.new("places", (index,), None, "int", rows=rows)

    def scatter(self, flow: Array, index: Array, rows: Rows, a: Array) -> Array:
        """The adjoint of `pick`: a flat array as long as `a`, batched if `a` is."""
        where = self.places(index, rows)
        if flow.batched and not (where.batched or a.batched):
            flow = self.reduce("sum", flow, (), batch=True)
        operands = (flow, where)
        return self.new("scatter", operands, a.batched, size=a.size)


def _key(x: Any) -> Any:
    """Something hashable that tells operands and options apart."""
    if isinstance(x, Array):
        return id(x)
    if isinstance(x, np.ndarray):
        return x.shape, x.dtype.str, x.tobytes()
    if isinstance(x, float):
        return repr(x)  # -0.0 is not 0.0, and NaN is NaN
    if isinstance(x, Mapping):
        return tuple((name, _key(x[name])) for name in sorted(x))
    if isinstance(x, tuple):
        return tuple(map(_key, x))
    return x


def _is_bool(x: ArrayOperand) -> bool:
    return isinstance(x, Array) and x.kind == "bool"


def _unstretched(x: ArrayOperand) -> ArrayOperand:
    """What a "stretch" repeats, or x."""
    return x.operands[0] if isinstance(x, Array) and x.function == "stretch" else x


def _condition(term: ArrayOperand) -> ArrayOperand:
    """The truth behind a 1 or 0 that was made of one."""
    if isinstance(term, Array) and term.function == "where":
        truth, *numbers = term.operands
        plain = not any(isinstance(x, Array) for x in numbers)
        if plain and numbers == [1.0, 0.0]:
            return truth
    return term


def _without_effort(name: str, terms: tuple[ArrayOperand, ...]) -> Any:
    """What needs no statement: 1 x, x / 1, -1 x as -x."""
    if name in ("mul", "div") and len(terms) == 2:
        x, y = terms
        if y.__class__ is float and y == 1.0:
            return x
        if name == "mul" and x.__class__ is float and x == 1.0:
            return y
        if y.__class__ is float and y == -1.0 and isinstance(x, Array):
            return x.code.call("neg", x)
        if name == "mul" and x.__class__ is float and x == -1.0:
            return y.code.call("neg", y) if isinstance(y, Array) else -y
    return None
