"""smallest_subgraph: the few edges that carry most of a gradient.

The edges that remain carry a share of the gross flow, sum |product| over the paths that
they still form. To leave out an edge only ever loses flow, so the search goes by what
may be lost: it leaves out edges that carry little, and with each those to which no path
leads any more. (Circuit tracing prunes a model that replaces the computation, by
absolute influence; here the graph is the computation, and the flow is exact.)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from itertools import accumulate
from numbers import Real

from autograd.explaining.paths import check_values, flows
from autograd.explaining.scaled import ONE, ZERO, Scaled, absolute, ratio
from autograd.explaining.semirings import GROSS, SIGNED, Semiring, Ways, over_paths
from autograd.graph import Graph
from autograd.value import Value

_SEARCHED = 60
"""Graphs of at most so many edges are searched: larger ones take too long."""

_LOOKS = 4000
"""So many subgraphs are looked at, about half a second's work."""

_ROUNDING = 1e-12
"""A share that is missed by less is reached: sums of shares are rounded."""


class Subgraph(Graph):
    """The edges of a graph that carry most of a gradient.

    Attributes:
        wrt: The input.
        coverage: The share of sum |product| over all paths that those in here hold.
        cancellation: Sum |product| / |sum product| over the paths in here.
    """

    def __init__(self, paths: Ways, edges: Collection[int]) -> None:
        super().__init__(paths.output, edges=[*map(paths.edge, edges)])
        self.wrt = paths.wrt
        whole = over_paths(paths, ONE, ZERO, GROSS)
        gross = over_paths(paths, ONE, ZERO, _within(edges, GROSS))
        signed = over_paths(paths, ONE, ZERO, _within(edges, SIGNED))
        self.coverage = ratio(gross, whole) if whole[0] else 1.0
        self.cancellation = ratio(gross, absolute(signed)) if gross[0] else 1.0

    def __repr__(self) -> str:
        return (
            f"{super().__repr__()[:-1]}, coverage {self.coverage:.3g}, "
            f"cancellation {self.cancellation:.3g})"
        )


def _within(edges: Collection[int], row: Semiring[Scaled]) -> Semiring[Scaled]:
    """The row on a graph without all other edges: their weights are 0."""
    kept = {*edges}

    def weight(slope: float, edge: int) -> Scaled:
        return row.weight(slope, edge) if edge in kept else ZERO

    return row._replace(weight=weight)


def smallest_subgraph(output: Value, wrt: Value, share: float = 0.95) -> Subgraph:
    """The fewest edges that carry this share of d output / d wrt.

    A graph of at most 60 edges is searched through, if that takes no longer than a
    moment; of a larger one it is few edges, not certainly the fewest.

    >>> from autograd import Value, smallest_subgraph
    >>> x = Value(2.0, label="x")
    >>> small = smallest_subgraph(100.0 * x + x / 50.0, x)
    >>> [edge.child.op.name for edge in small.edges], len(small)
    (['mul', 'add'], 3)

    Args:
        output: What is differentiated.
        wrt: A leaf, or any other node.
        share: How much of sum |product| over all paths the rest is to hold.

    Returns:
        A Graph that leaves the other edges out, and says its `coverage` and its
        `cancellation`. It has no edges where nothing flows, and all on any path
        where a path is NaN.

    Raises:
        TypeError: The output or `wrt` is no Value, or the share is no number.
        ValueError: The share is not between 0 and 1.
    """
    check_values("smallest_subgraph", output, wrt)
    if not isinstance(share, Real):
        raise TypeError(f"share must be a number, got {type(share).__name__}")
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"share must be between 0 and 1, got {share!r}")
    paths = Ways(output, wrt)
    carrying = _Network(paths)
    whole, through = carrying.evaluate(range(len(paths.slopes)))
    if not through or whole != whole:  # nothing flows, or NaN
        return Subgraph(paths, range(len(paths.slopes)) if whole != whole else [])
    return Subgraph(paths, carrying.pruned(float(share) - _ROUNDING))


class _Network:
    """The edges on paths with what flows through them, as shares."""

    def __init__(self, paths: Ways) -> None:
        self.parents, self.children = paths.parents, paths.children
        self.choices, _ = flows(paths)
        self.count = len(paths.nodes)

    def evaluate(self, kept: Collection[int]) -> tuple[float, dict[int, float]]:
        """What share the edges kept carry, and what flows through each that carries."""
        places = sorted(kept)
        below = [0.0] * self.count
        below[0] = 1.0
        for e in places:
            below[self.children[e]] += self.choices[e] * below[self.parents[e]]
        reach = [0.0] * self.count
        reach[-1] = 1.0
        through = {}
        for e in reversed(places):
            passed = reach[self.children[e]] * self.choices[e]
            reach[self.parents[e]] += passed
            flow = passed * below[self.parents[e]]
            if flow != 0.0:
                through[e] = flow
        return below[-1], through

    def pruned(self, share: float) -> list[int]:
        """The places of few edges that carry the share, in order."""
        best = self._shaved(share)
        _, through = self.evaluate(range(len(self.choices)))
        if len(through) <= _SEARCHED:
            search = _SubgraphSearch(self, share, best)
            search.look(through, frozenset())
            best = search.best
        return sorted(best)

    def _shaved(self, share: float) -> Collection[int]:
        """What is left when those edges go that matter least, as many as may."""
        _, through = self.evaluate(range(len(self.choices)))
        while True:
            cost = self.cost(through)
            order = sorted(through, key=cost.__getitem__)
            low, high = 0, len(order)  # so many may surely go; so many may at most
            while low < high:
                middle = (low + high + 1) // 2
                if self.evaluate(order[middle:])[0] >= share:
                    low = middle
                else:
                    high = middle - 1
            if low == 0:
                return through
            _, through = self.evaluate(order[low:])

    def cost(self, through: dict[int, float]) -> dict[int, float]:
        """What each edge carries, over the number of edges that go with it.

        Those are its neighbours along a chain; their flow is one.
        """
        into = Counter([self.children[e] for e in through])
        out_of = Counter([self.parents[e] for e in through])
        size: dict[int, int] = {}
        chain: dict[int, int] = {}  # from an edge to the first of its chain
        arriving: dict[int, int] = {}  # the last edge that came into a node
        for e in sorted(through):
            parent = self.parents[e]
            single = into[parent] == out_of[parent] == 1
            chain[e] = chain[arriving[parent]] if single else e
            size[chain[e]] = size.get(chain[e], 0) + 1
            arriving[self.children[e]] = e
        return {e: flow / size[chain[e]] for e, flow in through.items()}


class _SubgraphSearch:
    """Looks through the subgraphs of a small network for the fewest edges.

    Branch and bound: what is lost for an edge is lost for all edges after it, so a
    subgraph whose rest is bound to be larger than the best one is not looked into.

    Attributes:
        best: The edges of the best one so far.
    """

    def __init__(self, network: _Network, share: float, best: Collection[int]) -> None:
        self.network = network
        self.share = share
        self.best = best
        self.looks = _LOOKS
        longest = [0] * network.count
        for child, parent in zip(network.children, network.parents, strict=True):
            longest[child] = max(longest[child], longest[parent] + 1)
        self.longest = longest[-1]

    def look(self, kept: Collection[int], spared: frozenset[int]) -> None:
        """Try to leave out more of the edges kept, but none of those spared."""
        self.looks -= 1
        coverage, through = self.network.evaluate(kept)
        left = coverage - self.share
        if left < 0.0 or self.looks < 0:
            return
        if len(through) < len(self.best):
            self.best = list(through)
        # A path that is lost loses its flow on each of its edges, `longest` at most: so
        # the flows of all edges that go sum to no more than `longest` times the loss.
        losses = accumulate(sorted(flow for flow in through.values() if flow <= left))
        most = sum(loss <= left * self.longest * (1.0 + _ROUNDING) for loss in losses)
        if len(through) - most >= len(self.best):
            return
        cost = self.network.cost(through)
        for e in sorted(through, key=cost.__getitem__):
            if through[e] <= left and e not in spared:
                self.look([x for x in through if x != e], spared)
                spared |= {e}
