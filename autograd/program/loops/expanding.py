"""Sums written out: the pass before rolling.

A loop repeats one operation on a few operands. A sum of ten thousand terms is one node,
which no loop can write; as a chain of ten thousand additions it is two lines::

    v9 = Dot((p0, p1), (x0, x1), (p2,))

becomes

    v9 = mul(p0, x0);  v10 = mul(p1, x1);  v11 = add(v9, v10);  v12 = add(v11, p2)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from autograd.ops import OPS, Op
from autograd.program.plan import Apply, Dot, Node, Operand, Plan

_ADD, _SUB, _MUL, _DIV = (OPS[name] for name in ("add", "sub", "mul", "div"))


def expand(plan: Plan) -> Plan:
    """The plan with every sum, mean and dot as additions and products of two.

    Its additions are rounded one by one, in order. Guards keep their place in the
    list; one whose condition became a constant stands on that constant's node.
    """
    writer = _Expansion(plan)
    for place, node in plan.placed():
        writer.moved[place] = writer.expanded(node)
    guards = tuple(
        guard._replace(condition=writer.as_place(writer.moved[guard.condition]))
        for guard in plan.guards
    )
    return replace(
        plan,
        nodes=tuple(writer.nodes),
        outputs=tuple(map(writer.operand, plan.outputs)),
        guards=guards,
        scopes=(),
        origins=(),
    )


class _Expansion:
    """The nodes written so far, and where the old ones went."""

    def __init__(self, plan: Plan) -> None:
        self.first = plan.first
        self.nodes: list[Apply] = []
        self.moved: list[Operand] = [*range(plan.first + len(plan.nodes))]

    def operand(self, old: Operand) -> Operand:
        """Where an operand is now."""
        return self.moved[old] if isinstance(old, int) else old

    def apply(self, op: Op, *operands: Operand) -> Operand:
        """The place of a new node, or its number where it reads constants alone."""
        numbers = [x for x in operands if isinstance(x, float)]
        if len(numbers) == len(operands):
            return op.value(*numbers)
        self.nodes.append(Apply(op, operands))
        return self.first + len(self.nodes) - 1

    def as_place(self, operand: Operand) -> int:
        """The operand's place; a number gets a node of its own."""
        if isinstance(operand, int):
            return operand
        self.nodes.append(Apply(OPS["identity"], (operand,)))
        return self.first + len(self.nodes) - 1

    def expanded(self, node: Node) -> Operand:
        """The node in the new list, written out if it is a sum."""
        operands = [self.operand(x) for x in node.operands]
        if isinstance(node, Dot):
            n = len(node.left)
            return self.total(operands[:n], operands[n : 2 * n], operands[2 * n :])
        op = node.op
        if op is OPS["sum"]:
            return self.total((), (), operands)
        if op is OPS["mean"]:
            return self.apply(_DIV, self.total((), (), operands), float(len(operands)))
        if op is OPS["dot"]:
            n = len(operands) // 2
            return self.total(operands[:n], operands[n : 2 * n], operands[2 * n :])
        return self.apply(op, *operands)

    def total(
        self,
        left: Sequence[Operand],
        right: Sequence[Operand],
        addends: Sequence[Operand],
    ) -> Operand:
        """sum(left * right) + sum(addends), one addition after the other."""
        so_far: Operand | None = None
        for x, y in zip(left, right, strict=True):
            if so_far is None:
                so_far = self.apply(_MUL, x, y)
            elif x == -1.0:
                so_far = self.apply(_SUB, so_far, y)
            else:
                so_far = self.apply(_ADD, so_far, self.apply(_MUL, x, y))
        for term in addends:
            so_far = term if so_far is None else self.apply(_ADD, so_far, term)
        return 0.0 if so_far is None else so_far
