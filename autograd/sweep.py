"""The chain rule: walks over the recorded graph.

A recorded computation is a weighted graph: nodes are numbers, the weight of an edge is
the local derivative of a node with respect to one of its parents. Then

* reverse mode gives every node the sum over its consumers of adjoint x weight, and
* forward mode gives every node the sum over its parents of weight x tangent.

`reverse` and `forward` are written for any arithmetic. As every training step waits for
`backpropagate`, `fast/backward.py` puts another in its place, on floats alone.

Everything here is iterative, so a chain of a million nodes is no deeper than a pair.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from autograd.value import Value

N = TypeVar("N")


def interior_order(
    outputs: Iterable[Value], expands: Callable[[Value], bool] | None = None
) -> list[Value]:
    """All nodes with parents that the outputs depend on, parents before children.

    The order is that of a recursive walk which visits parents in operand order, and
    so the same in every run. Leaves are left out: no sweep has anything to do there.

    Args:
        outputs: Where the walk starts.
        expands: Whether to walk on from a node (else it is left out); None: always.
    """
    order: list[Value] = []
    path: list[Value] = []  # from an output down to where the walk is
    waiting: list[Value | None] = [*reversed([*outputs])]
    seen: set[Value] = set()
    while waiting:
        node = waiting.pop()
        if node is None:  # all that the last one of the path was made of is in order
            order.append(path.pop())
            continue
        if node in seen:
            continue
        seen.add(node)
        x, y = node._x, node._y
        if x is None or (expands is not None and not expands(node)):
            continue
        path.append(node)
        waiting.append(None)
        if x.__class__ is tuple:
            waiting += [x for x in reversed(node.parents) if x.op is not None]
        else:
            if y is not None and y.op is not None:
                waiting.append(y)
            if x.op is not None:
                waiting.append(x)
    return order


def strong_product(number: float, weight: float) -> float:
    """What flows along an edge: adjoint (or tangent) x weight, where 0 is strong.

    An exact 0 of either makes 0 even of an infinite or NaN other. A path is the product
    of its weights, so it is then 0 whichever end a sweep begins at: both modes agree.
    On Values it is the row of this name.
    """
    return 0.0 if number == 0.0 or weight == 0.0 else number * weight


def backpropagate(output: Value) -> None:
    """The backward pass: d output / d node, into the `.grad` of every node.

    Leaves accumulate; the nodes between are set.
    """
    order = interior_order([output])
    adjoints = reverse(order, {output: 1.0}, NUMERIC)
    for value in {output, *[parent for node in order for parent in node.parents]}:
        before = 0.0 if value.parents else value.grad
        value.grad = before + adjoints.get(value, 0.0)


class Arithmetic(NamedTuple, Generic[N]):
    """The numbers of a sweep: the weights of a node's edges, and what flows along one.

    `flow(number, weight)` may be None for "nothing flows here"; flows are added.
    """

    weights: Callable[[Value], Sequence[N]]
    flow: Callable[[N, N], N | None]


NUMERIC: Arithmetic[float] = Arithmetic(
    attrgetter("local_derivatives"),
    lambda number, weight: number * weight if number and weight else None,
)


def reverse(
    order: Sequence[Value],
    seeds: Mapping[Value, N],
    arithmetic: Arithmetic[N],
) -> dict[Value, N]:
    """Reverse accumulation: the adjoint of every node that the seeds reach.

    Args:
        order: Interior nodes, parents before children.
        seeds: The adjoints to start with, such as {output: 1.0}.
        arithmetic: Floats, or Values if the sweep is itself to be recorded.
    """
    weights, flow = arithmetic
    adjoints: dict[Value, Any] = dict(seeds)
    for node in reversed(order):
        if node in adjoints:
            adjoint = adjoints[node]
            for parent, weight in zip(node.parents, weights(node), strict=True):
                flows = flow(adjoint, weight)
                if flows is not None:
                    known = parent in adjoints
                    adjoints[parent] = adjoints[parent] + flows if known else flows
    return adjoints


def forward(
    order: Sequence[Value],
    seeds: Mapping[Value, N],
    arithmetic: Arithmetic[N],
) -> dict[Value, N]:
    """Forward mode (not `Op.forward`): the tangent of every node the seeds reach."""
    weights, flow = arithmetic
    tangents: dict[Value, Any] = dict(seeds)
    for node in order:
        if node in seeds or not any(parent in tangents for parent in node.parents):
            continue
        for parent, weight in zip(node.parents, weights(node), strict=True):
            if parent in tangents:
                flows = flow(tangents[parent], weight)
                if flows is not None:
                    known = node in tangents
                    tangents[node] = tangents[node] + flows if known else flows
    return tangents
