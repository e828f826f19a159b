"""The passes in their order: from what was traced to what is compiled."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from autograd.collecting import collector_paused
from autograd.program.plan import Plan
from autograd.program.rewrite.regroup import regroup
from autograd.program.rewrite.simplify import simplify, weaken
from autograd.program.rewrite.split import split
from autograd.program.vectorise.blocks import Blocks
from autograd.program.vectorise.grouping import blocks_of


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
        stages = [("trace", self.traced), ("weaken", self._weakened)]
        stages.append(("simplify", self.simplified))
        with collector_paused():
            for change in (regroup, split):
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

    @cached_property
    def _weakened(self) -> Plan:
        return weaken(self.traced)

    @cached_property
    def simplified(self) -> Plan:
        """The plan before sums were regrouped by what arrays can compute together.

        It has the guards of all plans that are run; to ask for the last one would write
        what the machine has no use for.
        """
        with collector_paused():
            return simplify(self._weakened)

    @cached_property
    def blocks(self) -> Blocks:
        """Its blocks."""
        with collector_paused():
            return blocks_of(self.plan)

    @cached_property
    def exact(self) -> Plan:
        """The simplified plan, its strong products kept: what the machine runs."""
        if self._weakened is self.traced:  # there were none
            return self.simplified
        with collector_paused():
            return simplify(self.traced)
