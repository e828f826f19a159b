"""The passes in their order: from what was traced to what is compiled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

from autograd.program.blocks import Blocks
from autograd.program.grouping import blocks_of
from autograd.program.plan import Plan
from autograd.program.regroup import regroup
from autograd.program.simplify import simplify
from autograd.program.split import split
from autograd.program.trace import collector_paused
from autograd.program.weaken import weaken

Pass: TypeAlias = Callable[[Plan], Plan]

FAST: tuple[Pass, ...] = (weaken, simplify, regroup, split)
CAREFUL: tuple[Pass, ...] = (simplify, regroup, split)


@dataclass(frozen=True)
class Passed:
    """A plan and what the passes make of it.

    Attributes:
        traced: The plan as it was traced.
        title: What the function is, for the head of the source.
    """

    traced: Plan
    title: str = "a program"

    @cached_property
    def stages(self) -> tuple[tuple[str, Plan], ...]:
        """The plan after each pass, by the pass's name; the trace comes first."""
        stages = [("trace", self.traced)]
        with collector_paused():
            for change in FAST:
                stages.append((change.__name__, change(stages[-1][1])))
        return tuple(stages)

    @property
    def plan(self) -> Plan:
        """The plan that is compiled."""
        return self.stages[-1][1]

    @property
    def main(self) -> str:
        """What a gradient is asked in, if nobody says; "value" if there is nothing."""
        if self.traced.parameters:
            return "parameters"
        return "inputs" if self.traced.inputs else "value"

    @property
    def simplified(self) -> Plan:
        """The plan before sums were regrouped: what loops are made of."""
        return dict(self.stages)["simplify"]

    @cached_property
    def blocks(self) -> Blocks:
        """Its blocks."""
        with collector_paused():
            return blocks_of(self.plan)

    @cached_property
    def carefully_simplified(self) -> Plan:
        """The simplified plan, with strong products."""
        return simplify(self.traced)

    @cached_property
    def careful(self) -> tuple[Plan, Blocks]:
        """The plan with strong products, and its blocks."""
        plan = self.traced
        for change in CAREFUL:
            plan = change(plan)
        return plan, blocks_of(plan, filled=False)
