"""Operations of the user's own: their rules must run on arrays, too."""

from __future__ import annotations

from autograd.ops import OPS, Op
from autograd.program.arrays import Code
from autograd.program.lanes import array_namespace
from autograd.program.plan import Apply, Plan


def check_own_operations(plan: Plan) -> None:
    """Run the rules of every own operation once on array symbols.

    Raises:
        TypeError: One computes with `math`, or asks Python to decide by an operand.
    """
    own = {
        node.op: len(node.operands)
        for node in plan.nodes
        if isinstance(node, Apply) and OPS.get(node.op.name) is not node.op
    }
    for op, count in own.items():
        try:
            _run(op, count)
        except TypeError as error:
            message = (
                f"the operation {op.name} can't be compiled: {error}. Its rules must "
                f"compute with xp (xp.exp, xp.where ...) and operators alone"
            )
            raise TypeError(message) from None


def _run(op: Op, count: int) -> None:
    code = Code()
    xp = array_namespace(code, stops=False)
    operands = [code.given(f"x{i}", (2,), batched=True) for i in range(count)]
    op.local_derivatives(xp, op.forward(xp, *operands), *operands)
