"""`dot` of one list of inputs with many rows of weights, as a layer of a net needs it.

A node of its own `dot` has a list of all its parents, and one of their derivatives.
Here neurons that see the same inputs share the list of these, and examples that go
through one neuron the list of its weights: the collector has less to visit, a backward
pass looks through each list once, and the inputs' numbers are read once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import compress
from math import fsum
from operator import mul
from typing import Any

from autograd.applying import Operand
from autograd.fast.straight_line import compiled
from autograd.functions import dot
from autograd.operators import datum, new_object, settle
from autograd.ops import OPS
from autograd.recording import get_state
from autograd.value import Value

WRITTEN_OUT = 64
"""Of more numbers a loop is not much slower than the lines for each."""


def dot_with(
    inputs: Iterable[Operand], bias: bool = False
) -> Callable[[Sequence[Operand]], Any]:
    """A function of a row of weights: its `dot` with these inputs.

    With `bias`, the last of a row is what is added. Give rows that come again as
    tuples: nodes share them.

    >>> from autograd import Value, dot_with
    >>> weighted = dot_with([10.0, 100.0], bias=True)
    >>> rows = [(Value(2.0), Value(3.0), Value(1.0)), (Value(0.5), Value(0.0), 0.0)]
    >>> [weighted(row).data for row in rows]
    [321.0, 5.0]
    """
    xs: tuple[Any, ...] = tuple(inputs)
    count, kinds = len(xs), {*map(type, xs)}

    def alone(row: tuple[Any, ...]) -> Any:
        return dot(row[:-1], xs, *row[-1:]) if bias else dot(row, xs)

    if not kinds or not kinds <= {Value, float}:
        return lambda row: alone(tuple(row))
    numbers = tuple([x if x.__class__ is float else datum(x) for x in xs])
    factors = (*numbers, 1.0)  # of the row, its bias among them: their derivatives
    has_constants = float in kinds
    kept = [x.__class__ is Value for x in xs]
    parents = tuple(compress(xs, kept)) if has_constants else xs
    length = count + bias
    read = _reader(length)

    def weighted(given: Sequence[Operand]) -> Any:
        row: tuple[Any, ...] = tuple(given)
        try:
            weights = read(row)
            data = fsum(map(mul, weights, factors))  # as `total_of_products` does
        except (ArithmeticError, AttributeError, ValueError):
            return alone(row)
        if bias and row[-1].op is not None:
            return alone(row)
        node = new_object(Value)
        node._data = data
        node._grad = 0.0
        node._x, node._dx = row, factors
        node._y, node._dy = parents, weights
        if has_constants:
            node._dy = tuple(compress(weights, kept))
            node._operands = (*row[:count], *xs, *row[count:])
        node.op = op
        node.recording = state = get_state()
        if not state.epoch.plain:
            settle(node)
        return node

    op = OPS["dot"]
    return weighted


@cache
def _reader(length: int) -> Callable[[tuple[Any, ...]], tuple[float, ...]]:
    """A function that reads the numbers of so many Values.

    It is a ValueError if there are more or fewer. Written out it takes a third of the
    time of a loop.
    """
    if 0 < length <= WRITTEN_OUT:
        names = [f"v{i}" for i in range(length)]
        numbers = "".join(f"{name}._data, " for name in names)
        source = (
            f"def read(row):\n    {', '.join(names)}, = row\n    return ({numbers})"
        )
        made: Callable[[tuple[Any, ...]], tuple[float, ...]] = compiled(source, "read")
        return made

    def read(row: tuple[Any, ...]) -> tuple[float, ...]:
        if len(row) != length:
            raise ValueError
        return tuple([x._data for x in row])

    return read
