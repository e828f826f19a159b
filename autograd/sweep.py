"""The chain rule: walks over the recorded graph.

A recorded computation is a weighted graph: nodes are numbers, the weight of an edge is
the local derivative of a node with respect to one of its parents. Then

* reverse mode gives every node the sum over its consumers of adjoint x weight, and
* forward mode gives every node the sum over its parents of weight x tangent.

`reverse` and `forward` are written for any arithmetic. `backpropagate` and
`adjoints_of` are `reverse` once more, on floats: every training step waits for the one,
which works on the nodes themselves, every question about a gradient for the other.

Everything here is iterative, so a chain of a million nodes is no deeper than a pair.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Generic, TypeVar

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
    seen: set[Value] = set()
    for output in outputs:
        if output.parents and output not in seen:
            seen.add(output)
            if expands is None or expands(output):
                _walk(output, order, seen, expands)
    return order


def _walk(
    output: Value,
    order: list[Value],
    seen: set[Value],
    expands: Callable[[Value], bool] | None,
) -> None:
    """Append what `output` depends on, then `output`: a depth-first walk.

    It makes no object a node: on a long chain the collector would look at each of them
    again and again.
    """
    waiting: list[Value] = []
    rest: dict[Value, Iterator[Value]] = {}  # of a node with more than two parents
    node = output
    while True:
        ahead = node._x
        if ahead is None:
            for ahead in rest.setdefault(node, iter(node._y)):
                if ahead.op is not None and ahead not in seen:
                    break
            else:
                ahead = None
        elif ahead.op is None or ahead in seen:
            ahead = node._y
            if ahead is not None and (ahead.op is None or ahead in seen):
                ahead = None
        if ahead is not None:
            seen.add(ahead)
            made = ahead._x is not None or ahead._y
            if made and (expands is None or expands(ahead)):
                waiting.append(node)
                node = ahead
        else:
            order.append(node)
            if not waiting:
                return
            node = waiting.pop()


def strong_product(number: float, weight: float) -> float:
    """What flows along an edge: adjoint (or tangent) x weight, where 0 is strong.

    An exact 0 of either makes 0 even of an infinite or NaN other. A path is the product
    of its weights, so it is then 0 whichever end a sweep begins at: both modes agree.
    On Values it is the row of this name.
    """
    return 0.0 if number == 0.0 or weight == 0.0 else number * weight


def backpropagate(output: Value) -> None:
    """The backward pass: d output / d node, into the `.grad` of every node.

    Leaves accumulate; the nodes between are set. This is `reverse` on the nodes
    themselves, without a dictionary of adjoints; the tests hold the two together.
    """
    if not output.parents:  # a leaf accumulates
        output.grad = output.grad + 1.0
        return
    order = _zeroed(output)
    output._grad = 1.0
    _accumulate(order)


def _zeroed(output: Value) -> list[Value]:
    """`interior_order([output])`, every gradient set to 0 on the way.

    Each sweep has a zero object of its own, and who holds that has been met: a set of
    all that have been met would cost more than the rest of the walk.
    """
    zero = float("0")  # a new object, unlike 0.0
    order: list[Value] = []
    waiting: list[Value] = []
    rest: dict[Value, Iterator[Value]] = {}  # of a node with more than two parents
    output._grad = zero
    node = output
    while True:
        ahead = node._x
        if ahead is None:
            for ahead in rest.setdefault(node, iter(node._y)):
                if ahead.op is not None and ahead._grad is not zero:
                    break
            else:
                ahead = None
        elif ahead.op is None or ahead._grad is zero:
            ahead = node._y
            if ahead is not None and (ahead.op is None or ahead._grad is zero):
                ahead = None
        if ahead is not None:
            ahead._grad = zero
            waiting.append(node)
            node = ahead
        else:
            order.append(node)
            if not waiting:
                return order
            node = waiting.pop()


def _accumulate(order: list[Value]) -> None:
    """Pass the adjoint of every node on to its parents, outputs first."""
    for node in reversed(order):
        adjoint, x, y = node._grad, node._x, node._y
        done = 0
        try:
            if adjoint - adjoint != 0.0:  # infinite or NaN: a product may need care
                _pass_on(node, 0)
            elif not adjoint:  # nothing flows; but a pass has reached the parents now
                for parent in y if x is None else (x,) if y is None else (x, y):
                    _ = parent._grad
            elif x is None:
                weights = node._dy
                for parent in y:  # faster than zip or enumerate
                    parent._grad += adjoint * weights[done]
                    done += 1
            else:
                x._grad += adjoint * node._dx
                done = 1
                if y is not None:
                    y._grad += adjoint * node._dy
        except AttributeError:  # a leaf's gradient is kept elsewhere
            _pass_on(node, done)


def _pass_on(node: Value, start: int) -> None:
    """Pass the adjoint of a node on to its parents from a position on, with care."""
    edges = zip(node.parents, node.local_derivatives, strict=True)
    for parent, weight in islice(edges, start, None):
        parent.grad += strong_product(node._grad, weight)


@dataclass(frozen=True, slots=True)
class Arithmetic(Generic[N]):
    """The numbers of a sweep: the weights of a node's edges, and how to combine them.

    `times(number, weight)` may return None for "nothing flows here".
    """

    weights: Callable[[Value], Sequence[N]]
    times: Callable[[N, N], N | None]
    plus: Callable[[N, N], N]


NUMERIC: Arithmetic[float] = Arithmetic(
    weights=lambda node: node.local_derivatives,
    times=strong_product,
    plus=lambda x, y: x + y,
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
    adjoints = dict(seeds)
    for node in reversed(order):
        adjoint = adjoints.get(node)
        if adjoint is None:
            continue
        weights = arithmetic.weights(node)
        for parent, weight in zip(node.parents, weights, strict=True):
            flow = arithmetic.times(adjoint, weight)
            if flow is None:
                continue
            so_far = adjoints.get(parent)
            adjoints[parent] = flow if so_far is None else arithmetic.plus(so_far, flow)
    return adjoints


def adjoints_of(
    order: Sequence[Value], seeds: Mapping[Value, float]
) -> dict[Value, float]:
    """`reverse` on floats, written out, as it is asked for so often."""
    adjoints = dict(seeds)
    get = adjoints.get
    for node in reversed(order):
        adjoint = get(node)
        if not adjoint:  # an exact 0 passes nothing on, and neither does a slope of 0
            continue
        x, y = node._x, node._y
        if x is None:
            for parent, slope in zip(y, node._dy, strict=True):
                if slope:
                    adjoints[parent] = get(parent, 0.0) + adjoint * slope
            continue
        if node._dx:
            adjoints[x] = get(x, 0.0) + adjoint * node._dx
        if y is not None and node._dy:
            adjoints[y] = get(y, 0.0) + adjoint * node._dy
    return adjoints


def forward(
    order: Sequence[Value],
    seeds: Mapping[Value, N],
    arithmetic: Arithmetic[N],
) -> dict[Value, N]:
    """Forward mode (not `Op.forward`): the tangent of every node the seeds reach."""
    tangents = dict(seeds)
    for node in order:
        if node in tangents or not any(parent in tangents for parent in node.parents):
            continue
        weights = arithmetic.weights(node)
        tangent: N | None = None
        for parent, weight in zip(node.parents, weights, strict=True):
            if parent not in tangents:
                continue
            flow = arithmetic.times(tangents[parent], weight)
            if flow is not None:
                tangent = flow if tangent is None else arithmetic.plus(tangent, flow)
        if tangent is not None:
            tangents[node] = tangent
    return tangents
