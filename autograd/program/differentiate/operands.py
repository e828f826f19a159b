"""How a block reads rows of others, how adjoints flow back, and the terms of dots.

What was read once goes back to its place, what was broadcast is summed, and what was
gathered several times is summed in segments.

Terms are matrix products, products row by row, and addends. A matrix product Z = X W^T
hands back Z_bar W to X and Z_bar^T X to W: the local derivatives of `dot` are the other
factors, and summing over the examples and the rows that share a weight makes the outer
product.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from autograd.program.differentiate.lanes import Layout
from autograd.program.plan import NOWHERE
from autograd.program.statements.code import Code
from autograd.program.statements.table import Array
from autograd.program.statements.views import Place, Rows, repeated, view_of
from autograd.program.vectorise.blocks import Blocks, DotTerm, Slot

Flow: TypeAlias = "tuple[Array, Place]"
"""What flows to a block, and to which of its rows; None stands for all, in order."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a slot reads.

    Attributes:
        array: The numbers; axes of length 1 may stand for longer ones.
        rows: For each entry, its row in `source`.
        source: The array that was read: that of a block, or parts of several, joined.
        parts: Of each block joined, (its number, the rows of it), in order; of one
            block alone, None for all its rows.
    """

    array: Array
    rows: Rows
    source: Array
    parts: tuple[tuple[int, Rows | None], ...]


class Reader:
    """Reads slots of blocks whose arrays are known.

    Args:
        code: Where statements are written.
        blocks: All blocks.
    """

    def __init__(self, code: Code, blocks: Blocks) -> None:
        self.code = code
        self.blocks = blocks
        self.arrays: dict[int, Array] = {}

    def read(self, slot: Slot, *, whole: bool = False) -> Reading:
        """What a slot reads.

        Args:
            slot: The places and constants.
            whole: No axis may be of length 1 in the place of a longer one.
        """
        places = slot.places
        inner = places[places != NOWHERE]
        numbers = np.unique(self.blocks.block_of[inner]).tolist()
        parts: tuple[tuple[int, Rows | None], ...]
        if len(numbers) == 1 and len(inner) == places.size:
            source, rows = self.arrays[numbers[0]], self.blocks.row_of[places]
            parts = ((numbers[0], None),)
        else:
            source, rows, parts = self._joined(slot, numbers)
        return Reading(self.code.take(source, rows, whole=whole), rows, source, parts)

    def _joined(
        self, slot: Slot, numbers: list[int]
    ) -> tuple[Array, Rows, tuple[tuple[int, Rows | None], ...]]:
        """The rows of several blocks, or of blocks and constants, end to end."""
        places, code = slot.places, self.code
        rows = np.zeros(places.shape, int)
        pieces: list[Array] = []
        parts: list[tuple[int, Rows | None]] = []
        offset = 0
        for number in numbers:
            inside = (places != NOWHERE) & (self.blocks.block_of[places] == number)
            read = self.blocks.row_of[places[inside]]
            needed, inverse = np.unique(read, return_inverse=True)
            rows[inside] = offset + inverse
            pieces.append(code.take(self.arrays[number], needed))
            parts.append((number, needed))
            offset += len(needed)
        constant = places == NOWHERE
        if constant.any() and slot.constants is not None:
            bits = slot.constants[constant].view(np.int64)  # -0.0 is not 0.0
            values, inverse = np.unique(bits, return_inverse=True)
            rows[constant] = offset + inverse
            pieces.append(code.constant(values.view(np.float64)))
        source = code.concat(pieces) if len(pieces) > 1 else pieces[0]
        return source, rows, tuple(parts)

    def hand_back(self, reading: Reading, flow: Array) -> list[tuple[int, Flow]]:
        """What flows to each block that was read, given the adjoint of the reading."""
        code, rows = self.code, reading.rows.ravel()
        flow = code.stretch(flow, reading.rows.shape)
        flows: list[tuple[int, Flow]] = []
        offset = 0
        for number, needed in reading.parts:
            array = self.arrays[number]
            if needed is None:
                return [(number, gathered(code, flow, reading.rows, array))]
            inside = np.flatnonzero((rows >= offset) & (rows < offset + len(needed)))
            places = needed[rows[inside] - offset]
            part = code.take(flow, inside)
            flows.append((number, gathered(code, part, places, array)))
            offset += len(needed)
        return flows


def gathered(code: Code, flow: Array, rows: Rows, source: Array) -> Flow:
    """The flow to the rows of a source, summed where a row was read several times."""
    if not source.batched:
        flow = code.reduce("sum", flow, (), batch=True)
    if rows.shape == source.shape and np.array_equal(
        rows.ravel(), np.arange(source.size)
    ):
        return flow, None
    axes = repeated(rows)
    if axes:
        flow = code.reduce("sum", flow, tuple(axis - rows.ndim for axis in axes))
        once = rows[tuple(0 if i in axes else slice(None) for i in range(rows.ndim))]
        return gathered(code, flow, np.asarray(once), source)
    view = view_of(rows, source.size)
    if view is not None and rows.size == source.size:
        order = np.argsort(rows, axis=None).reshape(source.shape)
        return code.take(flow, order, whole=False), None  # all rows, turned
    if view is not None:
        return flow, view
    flat = rows.ravel()
    order = np.argsort(flat, kind="stable")
    distinct, starts = np.unique(flat[order], return_index=True)
    if len(distinct) == len(flat):
        return flow, flat
    return code.segments("sum", code.take(flow, order), starts), distinct


def flow_of(adjoint: Array, slope: Any) -> Array | None:
    """Adjoint times local derivative; None where nothing flows, for any example."""
    if slope.__class__ is not Array:
        slope = float(slope)
        if slope == 0.0:
            return None
    how = "mul"
    if isinstance(slope, Array) and slope.function == "div":
        one, divisor = slope.operands
        if not isinstance(one, Array) and one == 1.0:  # in one step, not two
            how, slope = "div", divisor
    flow: Array = adjoint.code.call(how, adjoint, slope)
    return flow


# --- terms of dots -------------------------------------------------------------------


class _Matrix:
    """Every left list with every right list, X W^T, for each example."""

    def __init__(self, term: DotTerm, reader: Reader) -> None:
        self.code = reader.code
        self.left, self.right = self.readings = _lists(reader, term)
        self.w, self.x = self.left.array, self.right.array

    def value(self) -> Array:
        """X W^T, one row for each right list, one column for each left one."""
        return self.code.matmul(self.x, self.w, transpose=True)

    def flows(self, adjoint: Array) -> list[tuple[Reading, Array]]:
        """Z_bar W for the right lists, Z_bar^T X for the left ones."""
        to_right = self.code.matmul(adjoint, self.w)
        to_left = self.code.matmul(self.code.turned(adjoint), self.x)
        return [(self.right, to_right), (self.left, to_left)]


class _WeightProduct:
    """Weights times inputs, W X: of these each list, of each example, is a column."""

    def __init__(self, term: DotTerm, reader: Reader) -> None:
        self.code = reader.code
        self.left, self.right = self.readings = _lists(reader, term)
        _name(reader, self.left, "weights")

    def value(self) -> Array:
        """W X: a row for each list of weights, a column for each list of inputs."""
        code, w, x = self.code, self.left.array, self.right.array
        count, *others = x.shape
        if count > 1:
            return code.weighted(w, x)
        # One term is no sum. And by a matrix that is a single 0.0 BLAS multiplies
        # nothing: 0 times infinity were 0. (An adjoint's zero is strong anyway.)
        w = code.reshaped(w, (*w.shape[:-1], *[1] * len(others)))
        product: Array = code.call("mul", w, code.reshaped(x, tuple(others)))
        return product

    def flows(self, adjoint: Array) -> list[tuple[Reading, Array]]:
        """Z_bar X^T for the weights, W^T Z_bar for the inputs."""
        code, w = self.code, self.left.array
        if len(w.shape) == 1:  # one list is a matrix of one row
            w = code.reshaped(w, (1, *w.shape))
            adjoint = code.reshaped(adjoint, (1, *adjoint.shape))
        to_right = code.weighted(code.turned(w), adjoint)
        to_left = code.outer(adjoint, self.right.array)
        to_left = code.reshaped(to_left, self.left.array.shape)
        return [(self.right, to_right), (self.left, to_left)]


class _RowProducts:
    """Left and right lists row by row."""

    def __init__(self, term: DotTerm, reader: Reader) -> None:
        self.left, self.right = self.readings = _lists(reader, term)
        self.layout = _layout(reader, term, self.right)

    def value(self) -> Array:
        """The sum of the products of each row."""
        code, left, right = self.layout.code, self.left.array, self.right.array
        is_single = len(left.shape) == 1 and self.layout.starts is None
        if is_single and not (left.batched or right.batched):
            return code.matmul(left, right)
        return self.layout.reduced("sum", code.call("mul", left, right))

    def flows(self, adjoint: Array) -> list[tuple[Reading, Array]]:
        """The adjoint times the other factor."""
        call, spread = self.layout.code.call, self.layout.spread
        left, right = self.left.array, self.right.array
        if left is right:  # a square: both sides at once
            return [(self.left, call("mul", spread(call("mul", adjoint, 2.0)), left))]
        adjoint = spread(adjoint)
        to_left, to_right = call("mul", adjoint, right), call("mul", adjoint, left)
        return [(self.left, to_left), (self.right, to_right)]


class _Sum:
    """Addends: one a row, or a list of them; or one constant for all rows."""

    def __init__(self, term: DotTerm, reader: Reader) -> None:
        self.readings = _lists(reader, term)
        self.layout: Layout | None = None
        (slot,) = term.slots
        self.total = slot if isinstance(slot, float) else self._total(term, reader)

    def _total(self, term: DotTerm, reader: Reader) -> Array:
        (reading,) = self.readings
        _name(reader, reading, "bias")
        if not term.several:
            return reading.array
        self.layout = _layout(reader, term, reading)
        return self.layout.reduced("sum", reading.array)

    def value(self) -> Array | float:
        """The sum of each row's addends."""
        return self.total

    def flows(self, adjoint: Array) -> list[tuple[Reading, Array]]:
        """The adjoint itself, for every addend."""
        flow = self.layout.spread(adjoint) if self.layout else adjoint
        return [(reading, flow) for reading in self.readings]


TERMS: dict[str, type[_Matrix | _WeightProduct | _RowProducts | _Sum]] = {
    "matrix": _Matrix,
    "weights": _WeightProduct,
    "pairs": _RowProducts,
    "sum": _Sum,
}


def _name(reader: Reader, reading: Reading, hint: str) -> None:
    """Call what is read from the parameters by what it is."""
    numbers = [number for number, _ in reading.parts]
    if [reader.blocks.all[number].kind for number in numbers] == ["parameter"]:
        reading.array.hint = hint


def _lists(reader: Reader, term: DotTerm) -> list[Reading]:
    """What the slots of a term read, every entry in place."""
    slots = [slot for slot in term.slots if isinstance(slot, Slot)]
    return [reader.read(slot, whole=True) for slot in slots]


def _layout(reader: Reader, term: DotTerm, reading: Reading) -> Layout:
    """How the lists of a term lie in what was read."""
    if term.starts is None:
        return Layout(reader.code, reading.rows.shape[0])
    return Layout.uneven(reader.code, term.starts, reading.rows.size)
