"""Array programs: a short list of statements on whole blocks.

Each `Array` is a name for numbers that are computed when the program runs, and knows
how: a function and operands. Arithmetic on one makes another, so a rule of the table,
run on Arrays, writes its statements down. Nothing here computes.

An array has a shape, and it may vary with the example; then a batch of B examples has
B of them: its numbers are (B, *shape).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np

from autograd.program.natives import NUMPY
from autograd.program.views import Rows, View

Term: TypeAlias = "Array | float"
"""An operand of a statement: an array, or one number for all."""


class Array:
    """Numbers by name: how they are made, their shape, whether they vary.

    Attributes:
        function: How: see `Code`, whose methods make arrays.
        operands: Of what.
        options: What else the function needs: axes, rows, a view.
        shape: The shape without the batch axis.
        batched: Whether there is a batch axis in front.
        kind: "float", "bool" or "int".
        hint: What a reader may call it.
        section: Where in the source it belongs: a comment.
        group: The number of the group that it computes; -1 for none.
    """

    __slots__ = (
        *("batched", "code", "function", "group", "hint", "kind", "operands"),
        *("options", "section", "shape"),
    )

    def __init__(
        self,
        code: Code,
        function: str,
        operands: tuple[Term, ...],
        options: dict[str, Any],
        shape: tuple[int, ...],
        batched: bool,
        kind: str = "float",
    ) -> None:
        self.code = code
        self.function = function
        self.operands = operands
        self.options = options
        self.shape = shape
        self.batched = batched
        self.kind = kind
        self.hint = ""
        self.section = ""
        self.group = -1

    @property
    def size(self) -> int:
        """How many numbers there are in an example."""
        return int(np.prod(self.shape, dtype=int))

    def __neg__(self) -> Any:
        return self.code.call("neg", self)

    def __abs__(self) -> Any:
        return self.code.call("abs", self)

    def __bool__(self) -> bool:
        raise TypeError(
            "a rule asked Python to decide by an operand, which differs from row to "
            "row in a program: use xp.where(condition, x, y)"
        )

    def __repr__(self) -> str:
        batch = "B, " if self.batched else ""
        return f"Array({self.function}: {batch}{', '.join(map(str, self.shape))})"


def _infix(name: str, swapped: bool = False) -> Callable[[Array, Any], Any]:
    def method(self: Array, other: Any) -> Any:
        if not isinstance(other, Array | float | int):
            return NotImplemented
        left, right = (other, self) if swapped else (self, other)
        return self.code.call(name, left, right)

    return method


def _logical(name: str) -> Callable[[Any, Any], Any]:
    """The method behind `&` or `|`: constants in a rule are decided already."""
    infix, decisive = _infix(name), name == "or"

    def method(self: Any, other: Any) -> Any:
        if isinstance(other, bool):
            return decisive if other is decisive else self
        return infix(self, other)

    return method


OPERATORS = {
    "add": "add",
    "sub": "sub",
    "mul": "mul",
    "truediv": "div",
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
    "eq": "equal",
    "ne": "not_equal",
}
for _name, _function in OPERATORS.items():
    setattr(Array, f"__{_name}__", _infix(_function))
for _name in ("add", "sub", "mul", "truediv"):
    setattr(Array, f"__r{_name}__", _infix(OPERATORS[_name], swapped=True))
for _name in ("and", "or"):
    setattr(Array, f"__{_name}__", _logical(_name))
    setattr(Array, f"__r{_name}__", _logical(_name))
Array.__hash__ = object.__hash__  # type: ignore[method-assign]

_CONDITIONS = {"less", "less_equal", "greater", "greater_equal", "equal", "not_equal"}
_CONDITIONS |= {"and", "or"}


class Code:
    """The statements of a program, in order; equal ones are written once.

    Args:
        batch: Whether it is for many examples at once.

    | function | operands | options | what it gives |
    |---|---|---|---|
    | "given" | | name | what the caller hands in |
    | "constant" | | value | an array of constants |
    | a native such as "exp" | arrays, numbers | | element by element, broadcast |
    | "view" | a | view | some rows of a, not copied |
    | "take" | a | rows | rows of a, of any order: the shape of `rows` |
    | "reduce" | a | how, axes, batch | "sum", "max" or "min" over axes (negative) and,
      if `batch`, over the examples |
    | "segments" | a | how, starts | the same over stretches of the last axis |
    | "matmul" | a, b | transpose, strong | a times b as NumPy's matmul has it, b
      transposed first if asked; if `strong`, a factor of exactly 0 makes 0 even of an
      infinite or NaN other |
    | "outer" | a, b | strong | over the examples and all axes but the last, the sum of
      a[i] b[j]: shape (i, j), not batched; `strong` as above |
    | "concat" | arrays | | all flattened, one after the other |
    | "assemble" | flows | places, shape | the flows, each added where its place says: a
      View, rows that differ from each other, or None for all |
    | "pick" | a, index | rows | for every entry of rows[..., :], the one that the
      integers in `index` choose, of the flattened a |
    | "scatter" | flow, index | rows, size | its adjoint: what was picked, added up |
    """

    def __init__(self, *, batch: bool = False) -> None:
        self.batch = batch
        self.statements: list[Array] = []
        self.section = ""
        self.group = -1
        self._known: dict[Any, Array] = {}

    def is_float(self, a: Array) -> bool:
        """Whether an array is one number, which may be written as a plain float."""
        return not a.shape and not (a.batched and self.batch)

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
        operands: tuple[Term, ...],
        shape: tuple[int, ...],
        batched: bool | None = None,
        kind: str = "float",
        **options: Any,
    ) -> Array:
        """A statement, unless an equal one is there already."""
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
        return self.new("given", (), shape, batched, kind, name=name)

    def constant(self, value: np.ndarray[Any, Any]) -> Array:
        """An array of constants."""
        kind = {"b": "bool", "i": "int"}.get(value.dtype.kind, "float")
        return self.new("constant", (), value.shape, False, kind, value=value)

    def call(self, name: str, *operands: Any) -> Any:
        """A native of arrays, element by element."""
        terms = tuple(x if isinstance(x, Array) else float(x) for x in operands)
        if not any(isinstance(x, Array) for x in terms):
            return float(NUMPY[name](*terms))
        if name == "where":
            terms = (_condition(terms[0]), *terms[1:])
        plain = _without_effort(name, terms)
        if plain is not None:
            return plain
        shape = np.broadcast_shapes(*(x.shape for x in terms if isinstance(x, Array)))
        kind = "bool" if name in _CONDITIONS else "float"
        return self.new(name, terms, shape, None, kind)

    def view(self, a: Array, view: View) -> Array:
        """Some rows of an array, not copied."""
        if view.shape == a.shape and view.split == a.shape and _is_all(view):
            return a
        return self.new("view", (a,), view.shape, None, a.kind, view=view)

    def take(self, a: Array, rows: Rows) -> Array:
        """Rows of the flattened array, in the shape of `rows`."""
        return self.new("take", (a,), rows.shape, None, a.kind, rows=rows)

    def reduce(
        self, how: str, a: Array, axes: tuple[int, ...], batch: bool = False
    ) -> Array:
        """The sum, the largest or the smallest over some axes."""
        batch = batch and a.batched
        if not axes and not batch:
            return a
        gone = {axis % len(a.shape) for axis in axes}
        shape = tuple(n for i, n in enumerate(a.shape) if i not in gone)
        batched = a.batched and not batch
        return self.new("reduce", (a,), shape, batched, how=how, axes=axes, batch=batch)

    def segments(self, how: str, a: Array, starts: Rows) -> Array:
        """The same over stretches of the last axis, each from its start to the next."""
        shape = (*a.shape[:-1], len(starts))
        return self.new("segments", (a,), shape, None, how=how, starts=starts)

    def turned(self, a: Array) -> Array:
        """The array with its last two axes in the other order, not copied."""
        ranges = tuple((0, n) for n in a.shape)
        *outer, i, j = range(len(a.shape))
        order = (*outer, j, i)
        shape = tuple(a.shape[k] for k in order)
        return self.view(a, View(0, a.size, a.shape, ranges, order, shape, shape))

    def matmul(
        self, a: Array, b: Array, *, transpose: bool = False, strong: bool = False
    ) -> Array:
        """The matrix product of the last axes."""
        right = (*b.shape[:-2], *b.shape[:-3:-1]) if transpose else b.shape
        if len(right) == 1:
            shape = a.shape[:-1]
        else:
            leading = np.broadcast_shapes(a.shape[:-2], right[:-2])
            shape = (*leading, *a.shape[:-1][len(a.shape[:-2]) :], right[-1])
        return self.new("matmul", (a, b), shape, transpose=transpose, strong=strong)

    def outer(self, a: Array, b: Array, *, strong: bool = False) -> Array:
        """The sum of a[i] b[j] over the examples and all axes but the last."""
        shape = (a.shape[-1], b.shape[-1])
        return self.new("outer", (a, b), shape, False, strong=strong)

    def concat(self, arrays: Sequence[Array]) -> Array:
        """All flattened, one after the other."""
        total = sum(a.size for a in arrays)
        return self.new("concat", tuple(arrays), (total,))

    def assemble(
        self,
        flows: Sequence[Array],
        places: Sequence[View | Rows | None],
        shape: tuple[int, ...],
        batched: bool,
    ) -> Array:
        """The flows, each added where its place says; 0 where none is."""
        return self.new("assemble", tuple(flows), shape, batched, places=tuple(places))

    def pick(self, a: Array, index: Array, rows: Rows) -> Array:
        """Of the candidates rows[..., :] in `a`, those that the integers choose."""
        batched = a.batched or index.batched
        return self.new("pick", (a, index), rows.shape[:-1], batched, rows=rows)

    def scatter(self, flow: Array, index: Array, rows: Rows, a: Array) -> Array:
        """The adjoint of `pick`: a flat array as long as `a`, batched if `a` is."""
        operands = (flow, index)
        return self.new(
            "scatter", operands, (a.size,), a.batched, rows=rows, size=a.size
        )


def _is_all(view: View) -> bool:
    ranges = tuple((0, n) for n in view.split)
    return (
        view.start == 0
        and view.ranges == ranges
        and view.order == tuple(range(len(view.split)))
    )


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


def _condition(term: Term) -> Term:
    """The truth behind a 1 or 0 that was made of one."""
    if isinstance(term, Array) and term.function == "where":
        truth, *numbers = term.operands
        plain = not any(isinstance(x, Array) for x in numbers)
        if plain and numbers == [1.0, 0.0]:
            return truth
    return term


def _without_effort(name: str, terms: tuple[Term, ...]) -> Any:
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
