"""Operands: how a block reads rows of others, and how adjoints flow back.

What was read once goes back to its place, what was broadcast is summed, and what was
gathered several times is summed in segments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from autograd.program.plan import NOWHERE
from autograd.program.statements.arrays import Array
from autograd.program.statements.code import Code
from autograd.program.statements.views import Place, Rows, repeated, view_of
from autograd.program.vectorise.blocks import Blocks, Slot

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
