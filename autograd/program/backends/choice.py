"""Which programs are better run number by number than as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from autograd.operators import COMPARISONS
from autograd.ops import OPS
from autograd.program.plan import Apply, Dot, Node, Plan, levels_of, uniform_of

SCALAR = 16.0
"""Operations per array statement up to which one example is the machine's.

It takes about 0.1 µs an operation, also without numba; a statement of NumPy costs 1 to
3 µs however little it computes.
"""

WIDE = 2048.0
"""The same with numba, for which an operation is 2 to 5 ns, a statement 2 to 5 µs.

A GPT of one document, 1,700 operations wide: 0.3 ms, and 0.6 as arrays.
"""

FUNCTION = 15
"""About so many signs take as long as a function, for NumPy and the machine alike."""

_SIGNS = frozenset(
    (
        *("add", "sub", "mul", "div", "neg", "abs", "square", "relu", "step", "sign"),
        *("maximum", "minimum", "max", "min", "sum", "mean", "where", "sqrt"),
        *COMPARISONS,
    )
)

OPERATION = 6e-9
"""Seconds that an operation and its derivatives take on one example, within arrays.

From 2 for a value to 12 for a gradient of arrays larger than the cache.
"""

STATEMENT = 5e-6
"""Seconds that a statement and those of its derivatives take, however little it is."""


class Size(NamedTuple):
    """How much a program computes.

    Attributes:
        nodes: How many numbers.
        statements: How many statements it would be, about: nodes can be computed
            together if they have the same operation and level.
        width: How many operations a statement would have.
        own: Operations for each example, a function counted as `FUNCTION`.
        shared: Products with numbers that all examples share, and rows to be looked up:
            arrays take a tenth of the time for them, by BLAS and by one index.
    """

    nodes: int
    statements: int
    width: float
    own: int
    shared: int

    @property
    def is_lanes(self) -> bool:
        """Whether lanes of numbers, with numba, run a batch quicker than arrays.

        Of sixteen programs with few such products (see `benchmarks/works/numeric`) they
        were 1 to 10 times quicker, at 32 to 4,096 examples; a layer of a net is up to 5
        times slower.
        """
        return 2 * self.shared <= self.own

    def seconds(self, examples: int) -> float:
        """About how long a batch takes as arrays."""
        operations = (self.own + self.shared) * examples
        return self.statements * STATEMENT + operations * OPERATION


def size_of(plan: Plan) -> Size:
    """How much a program computes."""
    levels, uniform = levels_of(plan), uniform_of(plan)
    groups = {
        (node.op if isinstance(node, Apply) else "dot", levels[place])
        for place, node in plan.placed()
    }
    count = max(1, len(groups))
    width = sum(map(_operations, plan.nodes)) / count
    costs = [
        _costs(node, uniform) for place, node in plan.placed() if not uniform[place]
    ]
    own, shared = sum(own for own, _ in costs), sum(shared for _, shared in costs)
    return Size(len(plan.nodes), count, width, own, shared)


def _operations(node: Node) -> int:
    """About how many a node is, sums written out."""
    operands = len(node.operands)
    return operands - 1 if operands > 3 else 1


def _costs(node: Node, uniform: Sequence[bool]) -> tuple[int, int]:
    """Operations of its own for an example, and those shared with all others."""
    if isinstance(node, Dot):
        left, right, more = node
    elif node.op is OPS["dot"]:
        half = len(node.operands) // 2
        left, right, more = node.operands[:half], node.operands[half:], ()
    elif node.op is OPS["take"]:
        return 0, len(node.operands)
    elif node.op is OPS["softmax"]:  # all entries of a list share what they need
        return FUNCTION, 0
    else:
        cost = 1 if node.op.name in _SIGNS else FUNCTION
        return cost * _operations(node), 0
    sides = [
        [isinstance(x, int) and not uniform[x] for x in side] for side in (left, right)
    ]
    if all(map(any, sides)):
        return len(left) + len(more), 0
    return len(more), len(left)
