"""The backward pass, as fast as plain Python allows.

It does what `backpropagate` of `sweep.py` does, in the nodes themselves: their `.grad`
takes the place of a dictionary of adjoints, and of a set of the nodes that were met.
"""

from __future__ import annotations

from typing import Any

from autograd.fast.lists import passer
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
    """What `interior_order` gives; the gradients of all these are set to 0 on the way.

    It is a new 0, so that who holds this very object has been met. A set of nodes costs
    half the walk. Leaves' gradients are looked at, so that each is in its slot when it
    is added to: `_accumulate` need not ask.
    """
    zero, entered = float("0"), float("0")  # unlike 0.0, new objects
    order: list[Value] = []
    waiting = [output]  # those that are entered wait for all that they were made of
    done = {id(())}  # lists of parents that need no other look
    while waiting:
        node = waiting.pop()
        if node._grad is entered:
            node._grad = zero
            order.append(node)
            continue
        try:
            while node._grad is not zero:
                x, y = node._x, node._y
                if x is None:
                    break
                if x.__class__ is tuple:
                    known = id(x) in done and id(y) in done
                    found = () if known else _not_met(node, zero, done, order)
                    if found:
                        node._grad = entered
                        waiting += (node, *found)
                        break
                elif y is not None and y._grad is not zero and y._x is not None:
                    node._grad = entered
                    waiting += (node, y)
                    node = x
                    continue
                elif x._grad is not zero and x._x is not None:
                    node._grad = entered
                    waiting.append(node)
                    node = x  # need not wait
                    continue
                node._grad = zero
                order.append(node)
        except AttributeError:  # a leaf's gradient is kept elsewhere
            _reach(node)
            waiting.append(node)
    return order


def _not_met(
    node: Value, zero: float, done: set[int], order: list[Value]
) -> list[Value]:
    """What still waits of the lists of parents of a node: the last comes first.

    Those at the start for which nothing waits are put in order. A list all of which is
    in order is done: no other node that shares it need ask again.
    """
    found: list[Value] = []
    for parents in node._x, node._y:
        if id(parents) not in done:
            before = len(found)
            for parent in parents:
                if parent._grad is zero:
                    continue
                x, y = parent._x, parent._y
                if x is None:
                    continue
                if (
                    found
                    or x.__class__ is tuple
                    or (x._grad is not zero and x._x is not None)
                    or (y is not None and y._grad is not zero and y._x is not None)
                ):
                    found.append(parent)
                else:
                    parent._grad = zero
                    order.append(parent)
            if len(found) == before:
                done.add(id(parents))
    return found[::-1]


def _reach(node: Value) -> None:
    """Let the leaves near a node keep their gradients: a pass has reached them."""
    for parent in (node, *node.parents):
        for near in (parent, parent._x, parent._y):
            if isinstance(near, Value) and near._x is None:
                near.grad = near.grad


def _accumulate(order: list[Value]) -> None:
    """Pass the adjoint of every node on to its parents, outputs first."""
    for node in reversed(order):
        adjoint = node._grad
        if adjoint == 0.0:  # nothing flows
            continue
        x, y = node._x, node._y
        if adjoint - adjoint != 0.0:  # infinite or NaN: a product may need care
            _pass_with_care(node)
        elif x.__class__ is tuple:
            passer(len(x))(adjoint, x, node._dx)
            if y:
                passer(len(y))(adjoint, y, node._dy)
        else:
            x._grad += adjoint * node._dx
            if y is not None:
                y._grad += adjoint * node._dy


def _pass_with_care(node: Value) -> None:
    for parent, weight in zip(node.parents, node.local_derivatives, strict=True):
        parent._grad += strong_product(node._grad, weight)
