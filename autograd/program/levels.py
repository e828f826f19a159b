"""Levels: how far a node is from the inputs, and whether it depends on them."""

from __future__ import annotations

from autograd.batches import BATCH_MEAN
from autograd.program.plan import Apply, Plan


def levels_of(plan: Plan) -> list[int]:
    """For every place the length of the longest way to it."""
    levels = [0] * plan.first
    for node in plan.nodes:
        above = [levels[x] for x in node.operands if x.__class__ is int]
        levels.append(1 + max(above, default=0))
    return levels


def uniform_of(plan: Plan) -> list[bool]:
    """For every place whether it is the same for every example."""
    uniform = [False] * plan.inputs + [True] * plan.parameters
    for node in plan.nodes:
        if isinstance(node, Apply) and node.op is BATCH_MEAN:
            uniform.append(True)
            continue
        uniform.append(all(x.__class__ is float or uniform[x] for x in node.operands))  # type: ignore[index]
    return uniform
