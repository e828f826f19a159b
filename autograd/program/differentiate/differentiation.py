"""Forward and adjoint: the rows of the table, run on blocks.

Forward, every block is computed from what its slots read. Backwards, every block hands
its adjoint times the local derivatives back to what it read, as the sweep over the
scalar graph does; only that a step here handles all rows of a block at once. Products
are plain ones: where 0 met an infinity or NaN, engines ask the machine.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd.program.differentiate.lanes import array_namespace
from autograd.program.differentiate.operands import (
    Flow,
    Reader,
    Reading,
    rows_of,
    stretched,
)
from autograd.program.differentiate.steps import STEPS, Step, Tools
from autograd.program.plan import Operand, Plan
from autograd.program.statements.arrays import Array
from autograd.program.statements.code import Code
from autograd.program.vectorise.blocks import (
    NOWHERE,
    Block,
    Blocks,
    Slot,
    heading,
    hint,
)


class Differentiation:
    """The statements of a plan's value, and of its gradient.

    Args:
        plan: The scalar plan.
        blocks: Its blocks.
        stops: Whether the program stops at an invalid operation, for then rules need
            not repair what comes of it.
    """

    def __init__(
        self,
        plan: Plan,
        blocks: Blocks,
        *,
        stops: bool = False,
    ) -> None:
        self.plan = plan
        self.blocks = blocks
        self.code = Code()
        self.reader = Reader(self.code, blocks)
        self.tools = Tools(
            self.code,
            self.reader,
            array_namespace(self.code, stops=stops),
            array_namespace(self.code, stops=stops, slopes=True),
        )
        self.outputs: Array | None = None
        self.steps: dict[int, Step] = {}
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
                    with code.within("forward", block.number):
                        array = code.given(*given[block.kind])
                else:
                    with code.within(heading(block), block.number):
                        array = self._computed(block)
                        array.hint = array.hint or hint(block)
                self.reader.arrays[block.number] = array
        with code.within("outputs"):
            self.outputs = self.read_places(self.plan.outputs)

    def _computed(self, block: Block) -> Array:
        step = STEPS[block.kind](self.tools, block)
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
                with self.code.within(heading(block), block.number):
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
            parts, places = zip(*self._added(flows), strict=True)
            adjoint = code.assemble(parts, places, array.shape, array.batched)
        if not adjoint.hint and array.hint:
            adjoint.hint = f"{array.hint}_bar"
        return adjoint

    def _added(self, flows: list[Flow]) -> list[Flow]:
        """The flows, those to one place added up."""
        found: dict[Any, Flow] = {}
        for flow, place in flows:
            spot = place.tobytes() if isinstance(place, np.ndarray) else place
            known = found.get((flow.shape, spot))
            total = flow if known is None else self.code.call("add", known[0], flow)
            found[flow.shape, spot] = total, place
        return [*found.values()]

    def _fitted(self, flow: Array, array: Array) -> Array:
        return (
            flow if flow.shape == array.shape else self.code.reshaped(flow, array.shape)
        )
