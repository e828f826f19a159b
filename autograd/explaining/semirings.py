"""One sweep, many questions: the sum over all paths of the product of their weights.

The chain rule says that d output / d input is that sum, the weight of an edge being its
local derivative. The sweep that finds it needs no more of numbers than a sum and a
product, so with other weights and other sums it answers other questions, each at the
price of one pass (Du et al., "Generalizing Backpropagation for Gradient-Based
Interpretability", ACL 2023). Each is a row here, a `Semiring`:

    row        weight of an edge            product        sum
    COUNT      1                            x              +         how many paths
    SIGNED     local derivative             x              +         the gradient
    GROSS      |local derivative|           x              +         what would flow
    ENTROPY    (|local derivative|, 0)      (x, +)         a mixture how spread out
    strongest  the one path of this edge    joined         the best  the strongest paths

A product with an exact 0 is 0 (`sweep.strong_product`), and sums keep their range
(`scaled.py`). The paths themselves are flat lists: a graph of a million nodes is swept
several times.
"""

from __future__ import annotations

import math
import operator
from array import array
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, Generic, NamedTuple, TypeVar

from autograd.explaining.scaled import (
    ONE,
    Scaled,
    plus,
    ratio,
    scaled,
    size,
    times,
)
from autograd.graph import Edge
from autograd.sweep import interior_order
from autograd.value import Value

N = TypeVar("N")


class Semiring(NamedTuple, Generic[N]):
    """Weights, made of an edge's local derivative and its number, and their algebra."""

    weight: Callable[[float, int], N]
    times: Callable[[N, N], N]
    plus: Callable[[N, N], N]


class Ways:
    """All paths from one node to another, as places in lists.

    Attributes:
        wrt: Where they begin.
        output: Where they end.
        nodes: `wrt` and then the nodes on them, parents before children.
        children: Of each edge on a path the place of its child in `nodes`; edges stand
            in the order of their children.
        parents: That of its parent.
        positions: Which operand of the child that is.
        slopes: Its local derivative.
        last: Of each node but the output, the last edge that leaves it.
    """

    def __init__(self, output: Value, wrt: Value) -> None:
        self.output, self.wrt = output, wrt
        self.nodes = [wrt]
        self.children: list[int] = []
        self.parents: list[int] = []
        self.positions: list[int] = []
        self.slopes: list[float] = []
        places = {wrt: 0}
        for node in interior_order([output], lambda node: node is not wrt):
            place = len(self.nodes)
            for position, parent in enumerate(node.parents):
                before = places.get(parent)
                if before is None:
                    continue
                self.children.append(place)
                self.parents.append(before)
                self.positions.append(position)
                self.slopes.append(node.local_derivatives[position])
            if self.children and self.children[-1] == place:
                places[node] = place
                self.nodes.append(node)
        self.last = [0] * len(self.nodes)
        for edge, parent_place in enumerate(self.parents):
            self.last[parent_place] = edge

    def edge(self, number: int) -> Edge:
        """The edge that stands at this place of the lists."""
        child = self.nodes[self.children[number]]
        return Edge(self.nodes[self.parents[number]], child, self.positions[number])


def over_paths(paths: Ways, one: N, none: N, semiring: Semiring[N]) -> N:
    """The sum over all paths of the product of their weights.

    Args:
        paths: All of them.
        one: The product of no weights.
        none: The sum of no paths.
        semiring: A row of the table above.
    """
    reached = paths.nodes[-1] is paths.output
    return to_nodes(paths, one, semiring, is_kept=False)[-1] if reached else none


def to_nodes(
    paths: Ways, one: N, semiring: Semiring[N], is_kept: bool = True
) -> list[N]:
    """The same sum over the paths to each node on them.

    Unless `is_kept`, it lets go of a number once its last reader has it: a count of
    paths may have as many digits as the graph has nodes.
    """
    sums: list[Any] = [one, *[None] * (len(paths.nodes) - 1)]
    times, plus, last = semiring.times, semiring.plus, paths.last
    weights = map(semiring.weight, paths.slopes, count())
    edges = zip(paths.children, paths.parents, weights, strict=True)
    for edge, (child, parent, weight) in enumerate(edges):
        flow = times(sums[parent], weight)
        so_far = sums[child]
        sums[child] = flow if so_far is None else plus(so_far, flow)
        if not is_kept and last[parent] == edge:
            sums[parent] = None
    return sums


COUNT: Semiring[int] = Semiring(lambda _slope, _edge: 1, operator.mul, operator.add)
SIGNED: Semiring[Scaled] = Semiring(lambda slope, _edge: scaled(slope), times, plus)
GROSS: Semiring[Scaled] = Semiring(lambda slope, _edge: scaled(abs(slope)), times, plus)

Spread = tuple[Scaled, float]
"""What paths carry together, and the entropy of their shares in it, in nats."""


def _one_after_another(x: Spread, y: Spread) -> Spread:
    gross = times(x[0], y[0])
    return gross, x[1] + y[1] if gross[0] else 0.0


def _mixed(x: Spread, y: Spread) -> Spread:
    """The entropy of a choice between two, and then of what was chosen."""
    gross = plus(x[0], y[0])
    entropy = 0.0
    for part, inner in (x, y):
        share = ratio(part, gross)
        if share != 0.0:
            entropy += share * (inner - math.log(share))
    return gross, entropy


ENTROPY: Semiring[Spread] = Semiring(
    lambda slope, _edge: (scaled(abs(slope)), 0.0), _one_after_another, _mixed
)
"""The expectation semiring (Eisner, ACL 2002), with the mean in place of the total."""


class Trail:
    """The steps of paths, each a place in two arrays: its edge, and the step before it.

    Paths that begin alike share their beginning. Arrays, for as many tuples as a long
    graph has edges would be looked at by the collector again and again.
    """

    def __init__(self) -> None:
        self._edges, self._before = array("q"), array("q")

    def step(self, edge: int, before: int) -> int:
        """A step along an edge after another one; its place."""
        self._edges.append(edge)
        self._before.append(before)
        return len(self._edges) - 1

    def back(self, step: int) -> Iterator[int]:
        """The edges of the steps up to this one, the last first."""
        while step >= 0:
            yield self._edges[step]
            step = self._before[step]


Partial = tuple[Scaled, int]
"""A path as far as it is known: the product of its weights, and its last step."""

NOWHERE: list[Partial] = [(ONE, -1)]
"""The one path that goes nowhere: the product of no weights."""


def strongest(most: int, trail: Trail) -> Semiring[list[Partial]]:
    """The row for the `most` strongest paths: lists of such, the strongest first.

    Paths of equal strength are ordered by the slot through which they end, the first
    operand first; of one slot, as the paths without that last step are.

    Args:
        most: How many.
        trail: Takes down their steps. The weight of an edge is named by its number.
    """

    def joined(paths: list[Partial], edge: list[Partial]) -> list[Partial]:
        ((weight, number),) = edge
        return [
            (times(product, weight), trail.step(number, step))
            for product, step in paths
        ]

    def best(x: list[Partial], y: list[Partial]) -> list[Partial]:
        # products with one weight stay in order; a sort leaves equals as they are
        return sorted([*x, *y], key=_strength, reverse=True)[:most]

    return Semiring(lambda slope, edge: [(scaled(slope), edge)], joined, best)


def _strength(path: Partial) -> tuple[float, float]:
    return size(path[0])
