"""Weaken: adjoint times local derivative as a plain product.

    v2 = strong_product(v0, v1)      ->      v2 = mul(v0, v1)

The two differ only where one factor is infinite or NaN and the other is 0. So the
fast variant of a program is weakened; where its gradient is not finite, the careful
one is run instead.
"""

from __future__ import annotations

from dataclasses import replace

from autograd.ops import OPS
from autograd.program.plan import Apply, Plan


def weaken(plan: Plan) -> Plan:
    """The plan with plain products in place of strong ones."""
    strong, plain = OPS["strong_product"], OPS["mul"]
    nodes = [
        Apply(plain, node.operands)
        if isinstance(node, Apply) and node.op is strong
        else node
        for node in plan.nodes
    ]
    return replace(plan, nodes=tuple(nodes))
