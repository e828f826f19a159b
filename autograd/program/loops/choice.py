"""Which programs are better run as loops of plain floats than as arrays."""

from __future__ import annotations

from autograd.program.loops.rolling import roll
from autograd.program.plan import Apply, Node, Plan

MAX_WIDTH = 16.0
"""Operations per array statement up to which plain floats are faster for one example.

Value and gradient cost about 0.1 µs an operation in plain Python; a statement of NumPy
costs 1 to 3 µs however little it computes.
"""

MAX_SIZE = 2000
"""More operations than this, once rolled, take longer to compile than they may save."""


def is_scalar(plan: Plan) -> bool:
    """Whether one example of a program runs better as loops of plain floats.

    So it is if hardly any two nodes could be computed together (they are when they have
    the same operation and level), and if what is left after rolling is short.
    """
    groups: set[tuple[object, int]] = set()
    levels = [0] * (plan.first + len(plan.nodes))
    for place, node in plan.placed():
        operands = [levels[x] for x in node.operands if isinstance(x, int)]
        level = 1 + max(operands, default=0)
        levels[place] = level
        groups.add((node.op if isinstance(node, Apply) else "dot", level))
    operations = sum(map(_operations, plan.nodes))
    if operations > MAX_WIDTH * max(1, len(groups)):
        return False
    return roll(plan).size <= MAX_SIZE


def _operations(node: Node) -> int:
    """About how many a node is, sums written out."""
    operands = len(node.operands)
    return operands - 1 if operands > 3 else 1
