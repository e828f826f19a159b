"""The backward pass, as fast as plain Python allows.

It does what `backpropagate` of `sweep.py` does, in the nodes themselves: their `.grad`
takes the place of a dictionary of adjoints, and of a set of the nodes that were met.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from autograd.sweep import strong_product
from autograd.value import Value


def give_fast_backward(names: dict[str, Any]) -> None:
    """Put this in the place of `backpropagate` for a module that calls it."""
    names["backpropagate"] = backpropagate


def backpropagate(output: Value) -> None:
    """The backward pass: d output / d node, into the `.grad` of every node."""
    if output._x is None:  # a leaf accumulates
        output.grad = output.grad + 1.0
        return
    order = _order(output)
    output._grad = 1.0
    _accumulate(order)


def _order(output: Value) -> list[Value]:
    """What `interior_order` gives; all gradients are set to 0 on the way.

    It is a new 0, so that who holds this very object has been met. A set of nodes costs
    half the walk.
    """
    zero = float("0")  # unlike 0.0, a new object
    order: list[Value] = []
    path: list[Value] = []  # from the output down to where the walk is
    waiting: list[Value | None] = [output]
    done = {id(())}  # lists of parents that need no other look
    while waiting:
        node = waiting.pop()
        if node is None:  # all that the last one of the path was made of is in order
            order.append(path.pop())
        while node is not None and node._grad is not zero:
            node._grad = zero
            x, y = node._x, node._y
            path.append(node)
            waiting.append(None)
            if x.__class__ is tuple:
                known = id(x) in done and id(y) in done
                waiting += () if known else _not_met(node, zero, done)
                break
            if y is not None and y.op is not None and y._grad is not zero:
                waiting.append(y)
            node = x if x.op is not None else None  # the first parent need not wait
    return order


def _not_met(node: Value, zero: float, done: set[int]) -> list[Value]:
    """What still waits of the lists of parents of a node: the last comes first.

    A list of which nothing waits is done: no other node that shares it need ask again.
    """
    found: list[Value] = []
    for parents in node._y, node._x:
        if id(parents) not in done:
            before = len(found)
            found += [
                parent
                for parent in reversed(parents)
                if parent.op is not None and parent._grad is not zero
            ]
            if len(found) == before:
                done.add(id(parents))
    return found


def _accumulate(order: list[Value]) -> None:
    """Pass the adjoint of every node on to its parents, outputs first."""
    for node in reversed(order):
        adjoint, x, y = node._grad, node._x, node._y
        done = 0
        try:
            if x.__class__ is tuple:
                _pass_on(adjoint, x, node._dx)
                if y:
                    _pass_on(adjoint, y, node._dy)
            elif adjoint - adjoint != 0.0:  # infinite or NaN: a product may need care
                _pass_on(adjoint, node.parents, node.local_derivatives)
            elif not adjoint:  # nothing flows; but a pass has reached the parents now
                for parent in (x,) if y is None else (x, y):
                    _ = parent._grad
            else:
                x._grad += adjoint * node._dx
                done = 1
                if y is not None:
                    y._grad += adjoint * node._dy
        except AttributeError:  # a leaf's gradient is kept elsewhere
            _pass_on(adjoint, node.parents[done:], node.local_derivatives[done:])


def _pass_on(
    adjoint: float, parents: Sequence[Value], weights: Sequence[float]
) -> None:
    """Pass an adjoint on to a list of parents, with care where it needs some."""
    done = 0
    try:
        if not adjoint:
            for parent in parents:
                _ = parent._grad
            return
        if adjoint - adjoint == 0.0:  # neither infinite nor NaN
            for parent in parents:  # faster than zip or enumerate
                parent._grad += adjoint * weights[done]
                done += 1
            return
    except AttributeError:
        pass
    for parent, weight in islice(zip(parents, weights, strict=False), done, None):
        parent.grad += strong_product(adjoint, weight)
