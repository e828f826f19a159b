"""Gradients without the chain rule: each node is moved a little, the rest replayed."""

from __future__ import annotations

import copy
import math
import sys
from collections.abc import Callable, Mapping

from tqdm import tqdm

from autograd import Graph, Value
from visualize.options import door
from visualize.subjects import as_graph

_STEPS = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9)
"""In shares of the node's size; the one that agrees best with its neighbour counts."""

_WITNESSES = 2
"""So many of the smallest steps only show how the output is rounded."""

_ROUNDING = 64 * sys.float_info.epsilon
"""The output is exact to some units in its last place, after some operations."""

_UNSEEN = 4
"""The output may be rounded by so many times more than a few differences show."""


@door
def snapshot(value: Value | Graph) -> Graph:
    """A copy of a graph that later steps and backward passes leave as it is.

    >>> from autograd import Value
    >>> x = Value(2.0)
    >>> y = x * x
    >>> before = snapshot(y)
    >>> x.data = 5.0
    >>> before.nodes[0].data
    2.0
    """
    return Graph(*copy.deepcopy(as_graph(value).outputs))


class Differences(Graph):
    """A graph whose gradients are finite differences, and how exact these are.

    Attributes:
        doubts: For each node how far its gradient may be off.
    """

    def __init__(self, output: Value, doubts: Mapping[Value, float]) -> None:
        super().__init__(output)
        self.doubts = doubts


@door
def finite_differences(value: Value | Graph) -> Differences:
    """A copy of a graph whose gradients are finite differences, node by node.

    Each node's number is moved up and down, the operations after it are carried out
    anew, and what that does to the output is measured: central differences,
    extrapolated (Richardson), with the step that gives the steadiest number. The
    chain rule has no part in it. At a kink the two sides are averaged.

    The work grows with the square of the graph: some hundred nodes take seconds.

    Raises:
        ValueError: If there are several outputs, or a leaf has changed since.
    """
    graph = as_graph(value)
    if len(set(graph.outputs)) > 1:
        raise ValueError(
            f"the differences of one output are wanted, not of {len(graph.outputs)}: "
            "hand one of them, or their sum"
        )
    copied = snapshot(graph)
    for node in copied:
        if node.parents and not _same(_computed(node, {}), node.data):
            raise ValueError(
                f"a leaf has changed since {copied.name(node)} was computed from it: "
                "compute the output again"
            )
    bar = tqdm(copied.nodes, desc="differences", unit="node", delay=1.0, leave=False)
    doubts: dict[Value, float] = {}
    for node in bar:
        node.grad, doubts[node] = _slope(copied, node)
    return Differences(copied.outputs[0], doubts)


def _computed(node: Value, moved: Mapping[Value, float]) -> float:
    """A node's number, from those that its operands have or are moved to."""
    if node.op is None:
        return node.data
    operands = [
        moved.get(o, o.data) if isinstance(o, Value) else float(o)
        for o in node.operands
    ]
    return float(node.op(*operands))


def _slope(graph: Graph, node: Value) -> tuple[float, float]:
    """d output / d node, from the output's numbers alone, and its doubt."""
    last = graph.outputs[0]
    if node is last:
        return 1.0, 0.0
    reached = {node}
    order = []
    for later in graph:
        if not reached.isdisjoint(later.parents):
            reached.add(later)
            order.append(later)

    def output(number: float) -> float:
        moved = {node: number}
        for later in order:
            moved[later] = _computed(later, moved)
        return moved[last]

    return _derivative(output, node.data)


def _derivative(f: Callable[[float], float], x: float) -> tuple[float, float]:
    """The derivative of a function of one number, by differences, and its doubt."""
    scale = abs(x) or 1.0
    tries = []
    for h in [scale * share for share in _STEPS]:
        narrow = _central(f, x, h / 2)
        tries.append((h, narrow, (4 * narrow - _central(f, x, h)) / 3))
    best, least, rounding = math.nan, math.inf, 0.0
    wider = [math.nan, *[found for _, _, found in tries]]
    for place in reversed(range(len(tries))):
        h, narrow, found = tries[place]
        # How much the estimate still moves, in h and from the step before. Two may
        # agree by chance: rounding moves them by so much, as smaller steps have shown.
        moved = abs(found - wider[place])
        doubt = max(abs(found - narrow), moved, _UNSEEN * rounding / h)
        doubt += _ROUNDING * abs(f(x)) / h + _ROUNDING * abs(found)
        is_witness = place >= len(tries) - _WITNESSES
        if not is_witness and (doubt < least or math.isnan(best)):
            best = found
            least = doubt if math.isfinite(doubt) else math.inf
        if math.isfinite(moved):
            rounding = max(rounding, moved * h)
    return best, least


def _central(f: Callable[[float], float], x: float, h: float) -> float:
    up, down = x + h, x - h
    return (f(up) - f(down)) / (up - down)


def _same(one: float, other: float) -> bool:
    both_nan = math.isnan(one) and math.isnan(other)
    return both_nan or math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-300)
