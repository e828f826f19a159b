"""`dot` of one list of inputs with many rows of weights, as a layer of a net needs it.

A node of its own `dot` has a list of all its parents, and one of their derivatives.
Here neurons that see the same inputs share the list of these, and examples that go
through one neuron the list of its weights: the collector has less to visit, a backward
pass looks through each list once, and the inputs' numbers are read once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import compress
from typing import Any

from autograd.applying import Operand
from autograd.fast.lists import Row, reader, weigher
from autograd.functions import dot
from autograd.operators import datum, new_object, settle
from autograd.ops import OPS
from autograd.recording import get_state
from autograd.value import Value


def dot_with(
    inputs: Iterable[Operand], bias: bool = False
) -> Callable[[Sequence[Operand]], Any]:
    """A function of a row of weights: its `dot` with these inputs.

    The inputs' numbers are read now. With `bias`, the last of a row is what is added.
    Give rows that come again as tuples: nodes share them.

    >>> from autograd import Value, dot_with
    >>> weighted = dot_with([10.0, 100.0], bias=True)
    >>> rows = [(Value(2.0), Value(3.0), Value(1.0)), (Value(0.5), Value(0.0), 0.0)]
    >>> [weighted(row).data for row in rows]
    [321.0, 5.0]
    """
    xs: Row = tuple(inputs)
    count, parents, kept = len(xs), xs, None

    def alone(given: Iterable[Operand]) -> Any:
        row: Row = tuple(given)
        return dot(row[:-1], xs, *row[-1:]) if bias else dot(row, xs)

    try:
        numbers = reader(count)(xs)
    except AttributeError:  # some are constants, or keep their numbers elsewhere
        if not {*map(type, xs)} <= {Value, float}:
            return alone
        numbers = tuple([x if x.__class__ is float else datum(x) for x in xs])
        kept = [x.__class__ is Value for x in xs]
        parents = tuple(compress(xs, kept))
    if not xs:
        return alone
    factors = (*numbers, 1.0)  # of the row, its bias among them: their derivatives
    weighed = factors if bias else numbers
    op, weigh = OPS["dot"], weigher(len(weighed))

    def weighted(given: Sequence[Operand]) -> Any:
        row: Row = tuple(given)
        try:
            weights, data = weigh(row, weighed)
        except (ArithmeticError, AttributeError, ValueError):
            return alone(row)
        if bias and row[-1].op is not None:
            return alone(row)
        node = new_object(Value)  # as `list_node` does, without the call
        node._datum = data
        node._grad = 0.0
        node._x, node._dx = row, factors
        node._y, node._dy = parents, weights
        node.op = op
        if kept is not None:
            node._dy = tuple(compress(weights, kept))
            node._operands = (*row[:count], *xs, *row[count:])
        node.recording = state = get_state()
        if not state.epoch.plain:
            settle(node)
        return node

    return weighted
