"""Array programs: a short list of statements on whole blocks, and their table.

Each `Array` is a name for numbers that are computed when the program runs, and knows
how: a function and operands. Arithmetic on one makes another, so a rule of the table of
operations, run on Arrays, writes its statements down. Nothing here computes.

An array has a shape, and it may vary with the example; then a batch of B examples has
B of them: its numbers are (*shape, B).

The table has a row for each statement: it says what shape the result has and how many
floating-point operations it takes. What NumPy and JAX call it stands in
`lower/texts.py`, by the same names. What is not here can't be written down; natives
such as "exp" (`natives.py`) and signs such as "add" share the row `ELEMENTWISE`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import numpy as np

from autograd.fast import symbols
from autograd.fast.symbols import Operators
from autograd.program.statements.natives import NUMPY

if TYPE_CHECKING:
    from autograd.program.statements.code import Code

ArrayOperand: TypeAlias = "Array | float"
"""An operand of a statement: an array, or one number for all."""


class Array(Operators):
    """Numbers by name: how they are made, their shape, whether they vary.

    Attributes:
        function: How: see `Code`, whose methods make arrays.
        operands: Of what.
        options: What else the function needs: axes, rows, a view.
        shape: The shape without the batch axis.
        batched: Whether there is a batch axis, the last one.
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
        operands: tuple[ArrayOperand, ...],
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

    @property
    def arrays(self) -> tuple[Array, ...]:
        """The operands that are arrays."""
        return tuple([x for x in self.operands if isinstance(x, Array)])

    def native(self, name: str, *operands: Any) -> Any:
        """A statement; a truth that a rule knows already needs none."""
        if name in ("and", "or"):
            for x, other in (operands, operands[::-1]):
                if isinstance(x, bool):
                    return x if x is (name == "or") else other
        if not all(isinstance(x, Array | float | int) for x in operands):
            return NotImplemented  # others, such as lanes, know what to do
        return self.code.call(name, *operands)

    def __bool__(self) -> bool:
        raise TypeError(
            "a rule asked Python to decide by an operand, which differs from row to "
            "row in a program: use xp.where(condition, x, y)"
        )

    def __repr__(self) -> str:
        batch = ", B" if self.batched else ""
        return f"Array({self.function}: {', '.join(map(str, self.shape))}{batch})"


Shape: TypeAlias = tuple[int, ...]
ArrayOperands: TypeAlias = "tuple[ArrayOperand, ...]"
Options: TypeAlias = Mapping[str, Any]


class Statement(NamedTuple):
    """A row of the table.

    Attributes:
        doc: What it gives, of which operands and options.
        shape: The shape of the result, without the batch.
        flops: Operations for an example; None if it only moves numbers.
    """

    doc: str
    shape: Callable[[ArrayOperands, Options], Shape]
    flops: Callable[[Array], int] | None = None


SIGNS = frozenset({*symbols.SIGNS, "neg"})
"""What has a row without being a native."""


def shape_of(operands: ArrayOperands, _options: Options | None = None) -> Shape:
    """The shape of arithmetic element by element."""
    return np.broadcast_shapes(*(x.shape for x in operands if isinstance(x, Array)))


def _asked(_operands: ArrayOperands, options: Options) -> Shape:
    shape: Shape = options["shape"]
    return shape


def _of(name: str) -> Callable[[ArrayOperands, Options], Shape]:
    """The shape of an option."""
    return lambda _operands, options: options[name].shape


def _reduced(operands: ArrayOperands, options: Options) -> Shape:
    (shape,) = _shapes(operands)
    gone = {axis % len(shape) for axis in options["axes"]}
    return tuple(n for i, n in enumerate(shape) if i not in gone)


def _in_segments(operands: ArrayOperands, options: Options) -> Shape:
    return (*_shapes(operands)[0][:-1], len(options["starts"]))


def _product(operands: ArrayOperands, options: Options) -> Shape:
    left, right = _shapes(operands)
    right = (*right[:-2], *right[:-3:-1]) if options["transpose"] else right
    if len(right) == 1:
        return left[:-1]
    leading = np.broadcast_shapes(left[:-2], right[:-2])
    return (*leading, *left[:-1][len(left[:-2]) :], right[-1])


def _weighted(operands: ArrayOperands, _options: Options) -> Shape:
    weights, shape = _shapes(operands)
    return (*weights[:-1], *shape[1:])


def _outer(operands: ArrayOperands, _options: Options) -> Shape:
    left, right = _shapes(operands)
    return left[0], right[0]


def _shapes(operands: ArrayOperands) -> list[Shape]:
    return [x.shape for x in operands if isinstance(x, Array)]


def _each(array: Array) -> int:
    return array.size


def _read(array: Array) -> int:
    return array.arrays[0].size


def _terms(array: Array) -> int:
    return 2 * array.size * array.arrays[0].shape[-1]


ELEMENTWISE = Statement("element by element, broadcast", shape_of, _each)

STATEMENTS: Mapping[str, Statement] = {
    "given": Statement("what the caller hands in, by `name`", _asked),
    "constant": Statement("an array of constants, `value`", _of("value")),
    "view": Statement("some rows of a, not copied: a `view`", _of("view")),
    "stretch": Statement("axes of length 1 repeated, not copied, to `shape`", _asked),
    "take": Statement("rows of a, of any order, shaped as `rows`", _of("rows")),
    "assemble": Statement(
        "flows, each added where its place in `places` says: a View, rows that differ "
        "from each other, or None for all",
        _asked,
    ),
    "reduce": Statement(
        '`how`, "sum", "max" or "min", over `axes` (negative) and, if `batch`, over '
        "the examples",
        _reduced,
        _read,
    ),
    "segments": Statement(
        "the same over stretches of the last axis, from `starts`", _in_segments, _read
    ),
    "matmul": Statement(
        "a times b as NumPy's matmul has it, b transposed first if `transpose`",
        _product,
        _terms,
    ),
    "weighted": Statement(
        "weights, not batched, times a along its first axis", _weighted, _terms
    ),
    "outer": Statement(
        "the sum of a[i] b[j] over examples and all axes but the first: not batched",
        _outer,
        lambda array: 2 * array.size * math.prod(array.arrays[0].shape[1:]),
    ),
    "integer": Statement("whole floats as integers", shape_of, _each),
    "places": Statement(
        "for every entry of rows[..., :], the one that the integers in a choose",
        lambda _operands, options: options["rows"].shape[:-1],
        _each,
    ),
    "pick": Statement(
        "the numbers of the flattened a at places", lambda xs, _: _shapes(xs)[1]
    ),
    "scatter": Statement(
        "its adjoint: what was picked, added up among `size` numbers",
        lambda _operands, options: (options["size"],),
    ),
}


def row_of(function: str) -> Statement:
    """The row of a statement.

    Raises:
        KeyError: There is none.
    """
    if function in SIGNS or function in NUMPY:
        return ELEMENTWISE
    return STATEMENTS[function]
