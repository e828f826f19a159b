"""Steps: how each kind of block is computed, and what it hands back.

The rows of the table are run on the arrays of a block, as the eager engine runs them
on floats: the value forward, the local derivatives times the adjoint backwards.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from autograd.namespaces import Namespace
from autograd.ops import OPS, Op
from autograd.program.differentiate.lanes import Lanes, Layout
from autograd.program.differentiate.operands import TERMS, Reader, Reading, flow_of
from autograd.program.statements.table import Array
from autograd.program.vectorise.blocks import Block
from autograd.rules import lists, together


class Step:
    """How a block is computed, and what it hands back.

    Args:
        reader: Reads the slots of blocks.
        xp: What the values of the table run on.
        slopes: What the local derivatives run on.
        block: The block.
    """

    def __init__(
        self, reader: Reader, xp: Namespace, slopes: Namespace, block: Block
    ) -> None:
        self.reader, self.code = reader, reader.code
        self.xp, self.slopes = xp, slopes
        self.block = block
        self.out: Any = None
        self.readings: list[Reading | float] = []

    def forward(self) -> Any:
        """The value of the block."""
        raise TypeError(f"blocks of kind {self.block.kind} have no value")

    def backward(self, adjoint: Array) -> list[tuple[Reading, Array]]:
        """What flows to each reading."""
        raise TypeError(f"blocks of kind {self.block.kind} pass back no {adjoint!r}")

    def sources(self) -> set[int]:
        """The blocks that it reads."""
        readings = (r for r in self.readings if isinstance(r, Reading))
        return {number for reading in readings for number, _ in reading.parts}

    @property
    def op(self) -> Op:
        """The operation of a block that has one."""
        assert self.block.op is not None  # noqa: S101
        return self.block.op

    def read(self, *, whole: bool = False) -> list[Any]:
        """The arrays of all slots; of a constant for all rows, that."""
        self.readings = [
            slot if isinstance(slot, float) else self.reader.read(slot, whole=whole)
            for slot in self.block.slots
        ]
        return [r.array if isinstance(r, Reading) else r for r in self.readings]


_Rule: TypeAlias = Callable[..., Any]

_QUICKER: Mapping[Op, _Rule] = {
    OPS["sigmoid"]: together.d_sigmoid,
    OPS["tanh"]: together.d_tanh,
}
"""Rules in fewer steps: nothing differentiates these again."""

_PULLBACKS: Mapping[Op, _Rule] = {
    OPS["max"]: together.largest_pullback,
    OPS["min"]: together.largest_pullback,
    OPS["log_softmax"]: together.log_softmax_pullback,
}
"""Rules for all entries of a list together, times the adjoint."""


class _Elementwise(Step):
    """An operation, element by element."""

    def forward(self) -> Any:
        self.operands = self.read()
        if OPS.get(self.op.name) is self.op:  # by the native, where there is one
            self.out = getattr(self.xp, self.op.name)(*self.operands)
        else:
            self.out = self.op.forward(self.xp, *self.operands)
        return self.out

    def backward(self, adjoint: Array) -> list[tuple[Reading, Array]]:
        xp = self.slopes
        rule: _Rule = _QUICKER.get(self.op, self.op.local_derivatives)
        slopes = rule(xp, self.out, *self.operands)
        flows = []
        for reading, slope in zip(self.readings, slopes, strict=True):
            if isinstance(reading, Reading):
                flow = flow_of(adjoint, slope)
                if flow is not None:
                    flows.append((reading, flow))
        return flows


class _BatchMean(Step):
    """Means over the batch; of one example alone, the number itself."""

    def forward(self) -> Any:
        (x,) = self.read()
        code = self.code
        self.ones = None
        if not (isinstance(x, Array) and x.batched):
            return x
        one = code.reshaped(code.take(x, np.zeros(1, int)), ())
        self.ones = code.call("where", code.call("equal", one, one), 1.0, 1.0)
        self.count = code.reduce("sum", self.ones, (), batch=True)
        return code.call("div", code.reduce("sum", x, (), batch=True), self.count)

    def backward(self, adjoint: Array) -> list[tuple[Reading, Array]]:
        (reading,) = self.readings
        if not isinstance(reading, Reading):
            return []
        if self.ones is not None:  # to every example its share
            share = self.code.call("div", adjoint, self.count)
            adjoint = self.code.call("mul", share, self.ones)
        return [(reading, adjoint)]


class _OverLists(Step):
    """An operation on lists, all entries at once."""

    def forward(self) -> Any:
        *self.fixed, entries = self.read(whole=True)
        # What a rule sees of its list: lanes.
        self.entries = Lanes(entries, Layout(self.code, entries.shape[0]))
        self.out = self.op.forward(self.xp, *self.fixed, self.entries)
        return self.out

    def backward(self, adjoint: Array) -> list[tuple[Reading, Array]]:
        reading, layout, xp = self.readings[-1], self.entries.layout, self.slopes
        if not isinstance(reading, Reading):
            return []
        operands = self.out, *self.fixed, self.entries
        pullback = _PULLBACKS.get(self.op)
        if pullback is not None:
            (flow,) = pullback(xp, adjoint, *operands)
            return [(reading, flow.array)]
        slope = self.op.local_derivatives(xp, *operands)[-1]
        slope = slope.array if isinstance(slope, Lanes) else layout.spread(slope)
        flow = flow_of(layout.spread(adjoint), slope)
        return [] if flow is None else [(reading, flow)]


class _Family(Step):
    """All entries of softmaxes, from each list at once."""

    def forward(self) -> Any:
        (entries,) = self.read(whole=True)
        starts = self.block.starts
        self.layout = Layout(self.code, entries.shape[0])
        if starts is not None:
            self.layout = Layout.uneven(self.code, starts, entries.size)
        (self.shares,) = lists.softmaxes(self.xp, (Lanes(entries, self.layout),))
        return self.shares.array

    def backward(self, adjoint: Array) -> list[tuple[Reading, Array]]:
        (reading,), lanes = self.readings, Lanes(adjoint, self.layout)
        (flow,) = together.softmaxes_pullback(self.xp, [self.shares], [lanes])
        return [(reading, flow.array)] if isinstance(reading, Reading) else []


class _Take(Step):
    """A row of a list that an integer input chooses."""

    def forward(self) -> Any:
        self.index, _ = self.read()
        _, self.entries = self.readings
        assert isinstance(self.entries, Reading)  # noqa: S101
        return self.code.pick(self.entries.source, self.index, self.entries.rows)

    def backward(self, adjoint: Array) -> list[tuple[Reading, Array]]:
        entries, code = self.entries, self.code
        assert isinstance(entries, Reading)  # noqa: S101
        source = entries.source
        flow = code.scatter(adjoint, self.index, entries.rows, source)
        flow = code.reshaped(flow, source.shape)
        everything = np.arange(source.size).reshape(source.shape)
        return [(Reading(source, everything, source, entries.parts), flow)]


class _Dots(Step):
    """Matrix products, products row by row, and addends."""

    def forward(self) -> Any:
        code = self.code
        self.terms = [TERMS[term.kind](term, self.reader) for term in self.block.terms]
        self.readings = [x for term in self.terms for x in term.readings]
        parts = [term.value() for term in self.terms]
        first, *others = [part for part in parts if isinstance(part, Array)]
        total = code.stretch(first, self.block.shape)
        for part in (*others, *[part for part in parts if isinstance(part, float)]):
            total = code.call("add", total, part)
        return total

    def backward(self, adjoint: Array) -> list[tuple[Reading, Array]]:
        return [flow for term in self.terms for flow in term.flows(adjoint)]


STEPS: Mapping[str, type[Step]] = {
    "apply": _Elementwise,
    "batch": _BatchMean,
    "lanes": _OverLists,
    "family": _Family,
    "take": _Take,
    "dots": _Dots,
}
