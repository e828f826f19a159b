"""Forward and adjoint: the rows of the table, run on blocks.

Forward, every block is computed from what its slots read. Backwards, every block hands
its adjoint times the local derivatives back to what it read, as the sweep over the
scalar graph does; only that a step here handles all rows of a block at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd.namespaces import Namespace
from autograd.ops import OPS, Op
from autograd.program.arrays import Array, Code
from autograd.program.blocks import NOWHERE, Block, Blocks, Slot
from autograd.program.dots import DotBlock
from autograd.program.flows import Times
from autograd.program.lanes import Lanes, Layout, array_namespace, reshaped
from autograd.program.operands import Flow, Reader, Reading, rows_of, stretched
from autograd.program.plan import Operand, Plan
from autograd.rules import lists


class Differentiation:
    """The statements of a plan's value, and of its gradient.

    Args:
        plan: The scalar plan.
        blocks: Its blocks.
        careful: Whether an adjoint of exactly 0 stops even infinite and NaN local
            derivatives. It costs a few statements a step, so the fast program does
            without and is run again, carefully, when its gradient is not finite.
        stops: Whether the program stops at an invalid operation, for then rules need
            not repair what comes of it.
    """

    def __init__(
        self,
        plan: Plan,
        blocks: Blocks,
        *,
        careful: bool = False,
        stops: bool = False,
    ) -> None:
        self.plan = plan
        self.blocks = blocks
        self.code = Code()
        self.reader = Reader(self.code, blocks)
        self.times = Times(self.code, careful=careful)
        self.xp = array_namespace(self.code, stops=stops)
        self.outputs: Array | None = None
        self.steps: dict[int, _Step] = {}
        self._forward()

    def _forward(self) -> None:
        """Write down the value of every block."""
        code = self.code
        given = {
            "input": ("x", (self.plan.inputs,), True),
            "parameter": ("theta", (self.plan.parameters,), False),
        }
        with code.within("forward"):
            for block in self.blocks.all:
                if block.kind in given:
                    array = code.given(*given[block.kind])
                else:
                    with code.within(heading(block)):
                        array = self._computed(block)
                        array.hint = array.hint or hint(block)
                self.reader.arrays[block.number] = array
            self.outputs = self.read_places(self.plan.outputs)

    def _computed(self, block: Block) -> Array:
        step = _STEPS[block.kind](self, block)
        self.steps[block.number] = step
        out = step.forward()
        if not isinstance(out, Array):
            return self.code.constant(np.full(block.shape, float(out)))
        return stretched(self.code, out, block.shape)

    def read_places(self, places: Iterable[Operand]) -> Array | None:
        """Numbers at these places, as one array; a single one has shape ()."""
        operands = list(places)
        if not operands:
            return None
        found = [NOWHERE if x.__class__ is float else x for x in operands]
        values = [x if x.__class__ is float else 0.0 for x in operands]
        shape = (len(operands),) if len(operands) > 1 else ()
        slot = Slot(np.array(found).reshape(shape), np.array(values).reshape(shape))
        reading = self.reader.read(slot, whole=True)
        assert isinstance(reading, Reading)  # noqa: S101
        return reading.array

    def gradient(self, wanted: Iterable[str]) -> dict[str, Array | None]:
        """Write down the adjoints of the "parameter" and "input" blocks.

        The adjoints of the outputs are given as "seed": one number an output.

        Returns:
            For each wanted kind its adjoint, None if nothing flows there.
        """
        wanted = set(wanted)
        needed = self._needed(wanted)
        flows: dict[int, list[Flow]] = defaultdict(list)
        with self.code.within("backward"):
            self._seed(flows)
            adjoints: dict[str, Array | None] = dict.fromkeys(wanted)
            for block in reversed(self.blocks.all):
                if not (needed[block.number] and flows[block.number]):
                    continue
                with self.code.within(heading(block)):
                    adjoint = self._collected(block, flows.pop(block.number))
                    if block.kind in wanted:
                        adjoints[block.kind] = adjoint
                        continue
                    for reading, flow in self.steps[block.number].backward(adjoint):
                        if any(needed[number] for number, _ in reading.parts):
                            for number, part in self.reader.hand_back(reading, flow):
                                flows[number].append(part)
        return adjoints

    def _needed(self, wanted: set[str]) -> list[bool]:
        """For every block whether its adjoint leads to a wanted one."""
        needed: list[bool] = []
        for block in self.blocks.all:
            step = self.steps.get(block.number)
            sources = step.sources() if step else set()
            needed.append(block.kind in wanted or any(needed[n] for n in sources))
        return needed

    def _seed(self, flows: dict[int, list[Flow]]) -> None:
        """The adjoints of the outputs, handed to their blocks."""
        places = [x for x in self.plan.outputs if x.__class__ is int]
        if not places:
            return
        seed = self.code.given("seed", (len(self.plan.outputs),), batched=True)
        at = [i for i, x in enumerate(self.plan.outputs) if x.__class__ is int]
        one = len(places) == 1
        shape = () if one else (len(places),)
        slot = Slot(np.array(places).reshape(shape))
        reading = self.reader.read(slot, whole=True)
        assert isinstance(reading, Reading)  # noqa: S101
        adjoint = rows_of(self.code, seed, np.array(at).reshape(shape), whole=True)
        for number, part in self.reader.hand_back(reading, adjoint):
            flows[number].append(part)

    def _collected(self, block: Block, flows: list[Flow]) -> Array:
        """The adjoint of a block: all that flows to it, added up."""
        array = self.reader.arrays[block.number]
        code = self.code
        if all(place is None for _, place in flows):
            first, *rest = (self._fitted(flow, array) for flow, _ in flows)
            for flow in rest:
                first = code.call("add", first, flow)
            adjoint = first
        else:
            parts, places = zip(*flows, strict=True)
            adjoint = code.assemble(parts, places, array.shape, array.batched)
        if not adjoint.hint and array.hint:
            adjoint.hint = f"{array.hint}_bar"
        return adjoint

    def _fitted(self, flow: Array, array: Array) -> Array:
        return (
            flow
            if flow.shape == array.shape
            else reshaped(self.code, flow, array.shape)
        )


class _Step:
    """How a block is computed, and what it hands back."""

    def __init__(self, whole: Differentiation, block: Block) -> None:
        self.whole = whole
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
    def xp(self) -> Namespace:
        return self.whole.xp

    @property
    def op(self) -> Op:
        assert self.block.op is not None  # noqa: S101
        return self.block.op

    def read(self, *, whole: bool = False) -> list[Any]:
        """The arrays of all slots."""
        read = self.whole.reader.read
        self.readings = [read(slot, whole=whole) for slot in self.block.slots]
        return [r.array if isinstance(r, Reading) else r for r in self.readings]


class _Apply(_Step):
    """An operation, element by element."""

    def forward(self) -> Any:
        self.operands = self.read()
        if OPS.get(self.op.name) is self.op:  # by the native, where there is one
            self.out = getattr(self.xp, self.op.name)(*self.operands)
        else:
            self.out = self.op.forward(self.xp, *self.operands)
        return self.out

    def backward(self, adjoint: Array) -> list[tuple[Reading, Array]]:
        slopes = self.op.local_derivatives(self.xp, self.out, *self.operands)
        flows = []
        for reading, slope in zip(self.readings, slopes, strict=True):
            if isinstance(reading, Reading):
                flow = self.whole.times(adjoint, slope, self.op)
                if flow is not None:
                    flows.append((reading, flow))
        return flows


class _OverLists(_Step):
    """An operation on lists, all entries at once."""

    def forward(self) -> Any:
        *self.fixed, entries = self.read(whole=True)
        self.entries = self._as_list(entries)
        self.out = self.op.forward(self.xp, *self.fixed, *self.entries)
        return self.out

    def _as_list(self, entries: Array) -> tuple[Lanes, ...]:
        """The list that a rule sees: lanes."""
        return (Lanes(entries, Layout(self.whole.code, entries.shape[-1])),)

    def backward(self, adjoint: Array) -> list[tuple[Reading, Array]]:
        rule = self.op.local_derivatives
        if self.op is OPS["log_softmax"] and not self.whole.times.careful:
            rule = lists.d_log_softmax_by_shares  # nothing differentiates this again
        slopes = rule(self.xp, self.out, *self.fixed, *self.entries)
        (entries,) = self.entries
        slope = slopes[-1]
        slope = (
            slope.array if isinstance(slope, Lanes) else entries.layout.spread(slope)
        )
        spread = entries.layout.spread(adjoint)
        flow = self.whole.times(spread, slope, self.op)
        reading = self.readings[-1]
        if flow is None or not isinstance(reading, Reading):
            return []
        return [(reading, flow)]


class _Family(_Step):
    """All entries of softmaxes, from each list at once."""

    def forward(self) -> Any:
        (entries,) = self.read(whole=True)
        code = self.whole.code
        self.layout = Layout(code, entries.shape[-1])
        if self.block.starts is not None:
            self.layout = Layout.uneven(code, self.block.starts, entries.size)
        (shares,) = lists.softmaxes(self.xp, (Lanes(entries, self.layout),))
        self.out = shares.array
        return self.out

    def backward(self, adjoint: Array) -> list[tuple[Reading, Array]]:
        shares, adjoints = (Lanes(x, self.layout) for x in (self.out, adjoint))
        (flow,) = lists.softmaxes_pullback(self.xp, [shares], [adjoints])
        (reading,) = self.readings
        return [(reading, flow.array)] if isinstance(reading, Reading) else []


class _Take(_Step):
    """A row of a list that an integer input chooses."""

    def forward(self) -> Any:
        self.readings = [self.whole.reader.read(slot) for slot in self.block.slots]
        index, entries = self.readings
        assert isinstance(index, Reading)  # noqa: S101
        assert isinstance(entries, Reading)  # noqa: S101
        code = self.whole.code
        self.index = index.array
        return code.pick(entries.source, self.index, entries.rows)

    def backward(self, adjoint: Array) -> list[tuple[Reading, Array]]:
        _, entries = self.readings
        assert isinstance(entries, Reading)  # noqa: S101
        source = entries.source
        flow = self.whole.code.scatter(adjoint, self.index, entries.rows, source)
        flow = reshaped(self.whole.code, flow, source.shape)
        everything = np.arange(source.size).reshape(source.shape)
        return [(Reading(source, everything, source, entries.parts), flow)]


class _Dots(_Step):
    """Matrix products, products row by row, and addends."""

    def forward(self) -> Any:
        self.dots = DotBlock(self.block, self.whole.reader, self.whole.times)
        self.readings = [*self.dots.readings]
        return self.dots.value()

    def backward(self, adjoint: Array) -> list[tuple[Reading, Array]]:
        return self.dots.flows(adjoint)


_STEPS: dict[str, type[_Step]] = {
    "apply": _Apply,
    "lanes": _OverLists,
    "family": _Family,
    "take": _Take,
    "dots": _Dots,
}


def hint(block: Block) -> str:
    """What a reader may call the block."""
    if block.op is not None:
        return block.op.name
    return "dot" if any(term.kind != "sum" for term in block.terms) else "sum"


def heading(block: Block) -> str:
    """What the block is, for a comment in the source."""
    shape = " x ".join(map(str, block.shape))
    where = f"{block.scope}: " if block.scope else ""
    return f"{where}{hint(block)}" + (f", {shape} rows" if shape else "")
