"""Forward and adjoint: the rows of the table, run on blocks.

Forward, every block is computed from what its slots read. Backwards, every block hands
its adjoint times the local derivatives back to what it read, as the sweep over the
scalar graph does; only that a step here handles all rows of a block at once. Products
are plain ones: where 0 met an infinity or NaN, engines ask the machine.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from autograd.program.differentiate.lanes import array_namespace
from autograd.program.differentiate.operands import Flow, Reader
from autograd.program.differentiate.steps import STEPS, Step
from autograd.program.passes import Passed
from autograd.program.plan import Operand, Plan
from autograd.program.statements.code import Code
from autograd.program.statements.table import Array
from autograd.program.vectorise.blocks import Block, Blocks, heading, hint, listed


class Differentiation:
    """The statements of a plan's value, and of its gradient.

    Args:
        plan: The scalar plan.
        blocks: Its blocks.
        stops: Whether the program stops at an invalid operation, for then rules need
            not repair what comes of it.
    """

    def __init__(self, plan: Plan, blocks: Blocks, *, stops: bool = False) -> None:
        self.plan = plan
        self.blocks = blocks
        self.code = Code()
        self.reader = Reader(self.code, blocks)
        self.steps: dict[int, Step] = {}
        self._forward(stops)

    def _forward(self, stops: bool) -> None:
        """Write down the value of every block."""
        code = self.code
        inputs, parameters, *blocks = self.blocks.all
        values = array_namespace(code, stops=stops)
        slopes = array_namespace(code, stops=stops, slopes=True)
        for block, name in ((inputs, "x"), (parameters, "theta")):
            with code.within("forward", block.number):
                array = code.given(name, block.shape, block is inputs)
                self.reader.arrays[block.number] = array
        for block in blocks:
            with code.within(heading(block), block.number):
                step = STEPS[block.kind](self.reader, values, slopes, block)
                self.steps[block.number] = step
                out = step.forward()
                if isinstance(out, Array):
                    array = code.stretch(out, block.shape)
                else:
                    array = code.constant(np.full(block.shape, float(out)))
                array.hint = array.hint or hint(block)
                self.reader.arrays[block.number] = array
        with code.within("outputs"):
            self.outputs = self.read_places(self.plan.outputs)

    def read_places(self, places: Iterable[Operand]) -> Array | None:
        """Numbers at these places, as one array; a single one has shape ()."""
        operands = list(places)
        if not operands:
            return None
        slot = listed(operands, (len(operands),) if len(operands) > 1 else ())
        return self.reader.read(slot, whole=True).array

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
        outputs = self.plan.outputs
        at = [i for i, x in enumerate(outputs) if x.__class__ is int]
        if not at:
            return
        seed = self.code.given("seed", (len(outputs),), batched=True)
        shape = (len(at),) if len(at) > 1 else ()
        reading = self.reader.read(listed([outputs[i] for i in at], shape), whole=True)
        adjoint = self.code.take(seed, np.array(at).reshape(shape))
        for number, part in self.reader.hand_back(reading, adjoint):
            flows[number].append(part)

    def _collected(self, block: Block, flows: list[Flow]) -> Array:
        """The adjoint of a block: all that flows to it, that to one place added up."""
        array, code = self.reader.arrays[block.number], self.code
        found: dict[Any, Flow] = {}
        for new, place in flows:
            flow = code.reshaped(new, array.shape) if place is None else new
            spot = place.tobytes() if isinstance(place, np.ndarray) else place
            key = flow.shape, spot
            if key in found:
                flow = code.call("add", found[key][0], flow)
            found[key] = flow, place
        if [*found] == [(array.shape, None)]:
            ((adjoint, _),) = found.values()
        else:
            parts, places = zip(*found.values(), strict=True)
            adjoint = code.assemble(parts, places, array.shape, array.batched)
        if not adjoint.hint and array.hint:
            adjoint.hint = f"{array.hint}_bar"
        return adjoint


RETURNED = ("outputs", "conditions", "theta_bar", "x_bar")
"""What a program may return: the outputs, the numbers that guards ask for, and the
gradients in the parameters and the inputs."""

WANTED: Mapping[str, tuple[str, ...]] = {
    "parameters": ("parameter",),
    "inputs": ("input",),
    "both": ("parameter", "input"),
    "value": (),
}
"""What may be asked for, and of which blocks the adjoints give it."""


def statements_of(
    passed: Passed,
    wanted: str,
    *,
    stops: bool = False,
) -> tuple[Code, dict[str, Array]]:
    """The statements for the value, and for the gradient that is wanted.

    Args:
        passed: The plan.
        wanted: A key of `WANTED`.
        stops: Whether the program stops at an invalid operation.

    Returns:
        The statements, and those of `RETURNED` that there are.
    """
    plan = passed.plan
    whole = Differentiation(plan, passed.blocks, stops=stops)
    conditions = whole.read_places([guard.condition for guard in plan.guards])
    slopes = whole.gradient(WANTED[wanted]) if WANTED[wanted] else {}
    found = (whole.outputs, conditions, slopes.get("parameter"), slopes.get("input"))
    named = zip(RETURNED, found, strict=True)
    return whole.code, {name: array for name, array in named if array is not None}
