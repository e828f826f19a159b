"""One sweep, many questions: the sum over all paths of the product of their weights.

The chain rule says that d output / d input is that sum, the weight of an edge being its
local derivative. The sweep that finds it needs no more of numbers than a sum and a
product, so with other weights and other sums it answers other questions, each at the
price of one pass (Du et al., "Generalizing Backpropagation for Gradient-Based
Interpretability", ACL 2023). Each is a row here, an `Arithmetic` as `sweep.py` has it:

    row        weight of an edge            product        sum
    COUNT      1                            x              +         how many paths
    SIGNED     local derivative             x              +         the gradient
    GROSS      |local derivative|           x              +         what would flow
    ENTROPY    (|local derivative|, 0)      (x, +)         a mixture how spread out
    strongest  the one path of this edge    joined         the best  the strongest paths

A product with an exact 0 is 0 (`sweep.strong_product`), and sums keep their range
(`scaled.py`).
"""

from __future__ import annotations

import math
from operator import itemgetter
from typing import NamedTuple, TypeVar, cast

from autograd.explaining.scaled import ONE, Scaled, plus, ratio, scaled, size, times
from autograd.sweep import Arithmetic, interior_order
from autograd.value import Value

N = TypeVar("N")


class Ways(NamedTuple):
    """All paths from one node to another.

    Attributes:
        wrt: Where they begin.
        output: Where they end.
        order: The nodes on them, parents before children, without `wrt`.
        spent: The parents of each that no later one reads.
    """

    wrt: Value
    output: Value
    order: list[Value]
    spent: list[list[Value]]


def ways(output: Value, wrt: Value) -> Ways:
    """The paths along which `output` depends on `wrt`."""
    order = interior_order([output], lambda node: node is not wrt)
    behind = {wrt}
    for node in order:
        if any(parent in behind for parent in node.parents):
            behind.add(node)
    order = [node for node in order if node in behind]
    spent = []
    for node in reversed(order):  # who is met first here is read last
        last = [x for x in dict.fromkeys(node.parents) if x in behind]
        behind.difference_update(last)
        spent.append(last)
    return Ways(wrt, output, order, spent[::-1])


def over_paths(paths: Ways, one: N, none: N, semiring: Arithmetic[N]) -> N:
    """The sum over all paths of the product of their weights.

    It is `sweep.forward`, but lets go of a number once its last reader has it: a count
    of paths may have as many digits as the graph has nodes.

    Args:
        paths: What `ways` gives.
        one: The product of no weights.
        none: The sum of no paths.
        semiring: A row of the table above.
    """
    sums = {paths.wrt: one}
    weights_of, times, plus = semiring.weights, semiring.times, semiring.plus
    for node, spent in zip(paths.order, paths.spent, strict=True):
        total: N | None = None
        for parent, weight in zip(node.parents, weights_of(node), strict=True):
            if parent in sums:
                flow = cast(N, times(sums[parent], weight))
                total = flow if total is None else plus(total, flow)
        sums[node] = cast(N, total)
        for parent in spent:
            del sums[parent]
    return sums.get(paths.output, none)


COUNT: Arithmetic[int] = Arithmetic(
    weights=lambda node: (1,) * len(node.parents),
    times=lambda x, y: x * y,
    plus=lambda x, y: x + y,
)

SIGNED: Arithmetic[Scaled] = Arithmetic(
    weights=lambda node: [*map(scaled, node.local_derivatives)],
    times=times,
    plus=plus,
)

GROSS: Arithmetic[Scaled] = Arithmetic(
    weights=lambda node: [scaled(abs(d)) for d in node.local_derivatives],
    times=times,
    plus=plus,
)


class Spread(NamedTuple):
    """What paths carry together, and the entropy of their shares in it, in nats."""

    gross: Scaled
    entropy: float


def _one_after_another(x: Spread, y: Spread) -> Spread:
    gross = times(x.gross, y.gross)
    return Spread(gross, x.entropy + y.entropy if gross[0] else 0.0)


def _mixed(x: Spread, y: Spread) -> Spread:
    """The entropy of a choice between two, and then of what was chosen."""
    gross = plus(x.gross, y.gross)
    entropy = 0.0
    for part in (x, y):
        share = ratio(part.gross, gross)
        if share != 0.0:
            entropy += share * (part.entropy - math.log(share))
    return Spread(gross, entropy)


ENTROPY: Arithmetic[Spread] = Arithmetic(
    weights=lambda node: [Spread(scaled(abs(d)), 0.0) for d in node.local_derivatives],
    times=_one_after_another,
    plus=_mixed,
)
"""The expectation semiring (Eisner, ACL 2002), with the mean in place of the total."""

Steps = tuple[Value, int, "Steps"] | None
"""The edges of a path, the last one first: (child, position, the steps before it)."""


class Partial(NamedTuple):
    """A path as far as it is known.

    Attributes:
        strength: What its |product| is compared by.
        product: The product of its weights.
        steps: Its edges.
    """

    strength: tuple[float, float]
    product: Scaled
    steps: Steps


def strongest(most: int) -> Arithmetic[list[Partial]]:
    """The row for the `most` strongest paths: lists of such, the strongest first.

    Paths of equal strength are ordered by the slot through which they end, the first
    operand first; of one slot, as the paths without that last step are.
    """

    def edges(node: Value) -> list[list[Partial]]:
        return [
            [Partial((0.0, 0.0), scaled(weight), (node, position, None))]
            for position, weight in enumerate(node.local_derivatives)
        ]

    def joined(paths: list[Partial], edge: list[Partial]) -> list[Partial]:
        _, weight, last = edge[0]
        node, position, _ = cast(tuple[Value, int, Steps], last)
        longer = []
        for _, so_far, steps in paths:
            product = times(so_far, weight)
            longer.append(Partial(size(product), product, (node, position, steps)))
        return longer

    def best(x: list[Partial], y: list[Partial]) -> list[Partial]:
        # products with one weight stay in order; a sort leaves equals as they are
        return sorted([*x, *y], key=_strength, reverse=True)[:most]

    return Arithmetic(weights=edges, times=joined, plus=best)


_strength = itemgetter(0)

NOWHERE = [Partial(size(ONE), ONE, None)]
"""The one path that goes nowhere: the product of no weights."""
