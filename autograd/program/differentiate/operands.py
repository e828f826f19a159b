"""Operands: how a block reads rows of others, and how adjoints flow back.

A `Reading` is what a slot reads, as an array. It remembers of which blocks, so that the
adjoint of the array can be handed back: what was read once goes back to its place,
what was broadcast is summed, and what was gathered several times is summed in
segments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from autograd.program.statements.arrays import Array
from autograd.program.statements.code import Code
from autograd.program.statements.views import Place, Rows, view_of
from autograd.program.vectorise.blocks import NOWHERE, Blocks, Read

Flow: TypeAlias = "tuple[Array, Place]"
"""What flows to a block, and to which of its rows; None stands for all, in order."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a slot reads.

    Attributes:
        array: The numbers; axes of length 1 may stand for longer ones.
        rows: For each entry, its row in `source`.
        source: The array that was read: that of a block, or parts of several, joined.
        parts: Of each block joined, (its number, the rows of it), in order.
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

    def read(self, slot: Read, *, whole: bool = False) -> Reading | float:
        """What a slot reads.

        Args:
            slot: The places and constants.
            whole: No axis may be of length 1 in the place of a longer one.
        """
        if isinstance(slot, float):
            return slot
        places = slot.places
        inner = places[places != NOWHERE]
        numbers = np.unique(self.blocks.block_of[inner])
        if len(numbers) == 1 and len(inner) == places.size:
            number = int(numbers[0])
            source, rows = self.arrays[number], self.blocks.row_of[places]
            return self._reading(source, rows, ((number, None),), whole)
        return self._joined(slot, numbers, whole)

    def _reading(
        self,
        source: Array,
        rows: Rows,
        parts: tuple[tuple[int, Rows | None], ...],
        whole: bool,
    ) -> Reading:
        array = rows_of(self.code, source, rows, whole=whole)
        return Reading(array, rows, source, parts)

    def _joined(self, slot: Read, numbers: Rows, whole: bool) -> Reading:
        """What comes of several blocks, or of blocks and constants."""
        assert not isinstance(slot, float)  # noqa: S101
        places = slot.places
        rows = np.zeros(places.shape, int)
        pieces: list[Array] = []
        parts: list[tuple[int, Rows | None]] = []
        offset = 0
        for number in map(int, numbers):
            inside = (places != NOWHERE) & (self.blocks.block_of[places] == number)
            needed, inverse = np.unique(
                self.blocks.row_of[places[inside]], return_inverse=True
            )
            rows[inside] = offset + inverse
            pieces.append(rows_of(self.code, self.arrays[number], needed, whole=True))
            parts.append((number, needed))
            offset += len(needed)
        constant = places == NOWHERE
        if constant.any() and slot.constants is not None:
            values, inverse = np.unique(slot.constants[constant], return_inverse=True)
            rows[constant] = offset + inverse
            pieces.append(self.code.constant(values))
        source = self.code.concat(pieces) if len(pieces) > 1 else pieces[0]
        return self._reading(source, rows, tuple(parts), whole)

    def hand_back(self, reading: Reading, flow: Array) -> list[tuple[int, Flow]]:
        """What flows to each block that was read, given the adjoint of the reading."""
        uniform = not reading.source.batched
        flow = stretched(self.code, flow, reading.rows.shape)
        if uniform and flow.batched:
            flow = self.code.reduce("sum", flow, (), batch=True)
        if len(reading.parts) != 1 or reading.parts[0][1] is not None:
            return self._parted(reading, flow)
        place: Place
        flow, place = gathered(self.code, flow, reading.rows, reading.source)
        return [(reading.parts[0][0], (flow, place))]

    def _parted(self, reading: Reading, flow: Array) -> list[tuple[int, Flow]]:
        """The adjoint of joined blocks, for each its part; constants have none."""
        code, rows = self.code, reading.rows.ravel()
        flows: list[tuple[int, Flow]] = []
        offset = 0
        for number, needed in reading.parts:
            assert needed is not None  # noqa: S101
            array, end = self.arrays[number], offset + len(needed)
            inside = np.flatnonzero((rows >= offset) & (rows < end))
            part = rows_of(code, flow, inside, whole=True)
            if part.batched and not array.batched:
                part = code.reduce("sum", part, (), batch=True)
            places = needed[rows[inside] - offset]
            flows.append((number, gathered(code, part, places, array)))
            offset = end
        return flows


def rows_of(code: Code, source: Array, rows: Rows, *, whole: bool = False) -> Array:
    """Rows of an array: itself, a view, or a copy; repeated ones are copied once."""
    if rows.shape == source.shape and np.array_equal(
        rows.ravel(), np.arange(source.size)
    ):
        return source
    view = view_of(rows, source.size)
    if view is not None:
        array = code.view(source, view)
    else:
        cut = tuple(
            slice(1) if i in repeated(rows) else slice(None) for i in range(rows.ndim)
        )
        array = code.take(source, rows[cut])
    return code.stretch(array, rows.shape) if whole else array


def repeated(rows: Rows) -> tuple[int, ...]:
    """The axes along which rows repeat themselves."""
    long = [axis for axis in range(rows.ndim) if rows.shape[axis] > 1]
    return tuple(a for a in long if (rows == rows.take([0], a)).all())


def stretched(code: Code, array: Array, shape: tuple[int, ...]) -> Array:
    """The array in this shape, its axes of length 1 repeated."""
    if array.shape == shape:
        return array
    rows = np.broadcast_to(np.arange(array.size).reshape(array.shape), shape)
    return code.take(array, np.ascontiguousarray(rows))


def gathered(code: Code, flow: Array, rows: Rows, source: Array) -> tuple[Array, Place]:
    """The flow to the rows of a source, summed where a row was read several times."""
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
        return rows_of(code, flow, order), None  # all rows, turned
    if view is not None:
        return flow, view
    flat = rows.ravel()
    order = np.argsort(flat, kind="stable")
    distinct, starts = np.unique(flat[order], return_index=True)
    if len(distinct) == len(flat):
        return flow, flat
    ordered = rows_of(code, flow, order, whole=True)
    return code.segments("sum", ordered, starts), distinct


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
