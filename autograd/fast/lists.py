"""Lists of Values: read at once, and kept by a node as they are."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import fsum
from operator import mul
from typing import Any

from autograd.fast.straight_line import compiled
from autograd.operators import new_object, settle
from autograd.ops import Op
from autograd.recording import get_state
from autograd.value import Value

Row = tuple[Any, ...]
Numbers = tuple[float, ...]
Reader = Callable[[Row], Numbers]
Weigher = Callable[[Row, Numbers], tuple[Numbers, float]]

WRITTEN_OUT = 64
"""Of more numbers a loop is not much slower than the lines for each."""

LENGTHS = 256
"""For so many lengths functions are kept: sums of ever longer lists have no end."""


@lru_cache(LENGTHS)
def reader(length: int) -> Reader:
    """A function that reads the numbers of so many Values.

    It is a ValueError if there are more or fewer, and an AttributeError if one is no
    Value or keeps its number elsewhere. Written out it takes a third of the time of a
    loop.
    """
    if 0 < length <= WRITTEN_OUT:
        read: Reader = compiled(
            f"def read(row):\n"
            f"    {_each('v{}', length)} = row\n"
            f"    return {_each('v{}._datum', length)}",
            "read",
        )
        return read
    return lambda row: tuple([x._datum for x in _of_length(row, length)])


@lru_cache(LENGTHS)
def weigher(length: int) -> Weigher:
    """The same, with the sum of their products with other numbers.

    That is what `total_of_products` gives, or an error where it needs more care.
    """
    if 0 < length <= WRITTEN_OUT:
        weigh: Weigher = compiled(
            f"def weigh(row, factors):\n"
            f"    {_each('v{}', length)} = row\n"
            f"    {_each('x{}', length)} = factors\n"
            f"    {_each('w{}', length)} = read = {_each('v{}._datum', length)}\n"
            f"    return read, sum({_each('w{0} * x{0}', length)})",
            "weigh",
        )
        return weigh
    read = reader(length)

    def in_a_loop(row: Row, factors: Numbers) -> tuple[Numbers, float]:
        weights = read(row)
        return weights, fsum(map(mul, weights, _of_length(factors, length)))

    return in_a_loop


@lru_cache(LENGTHS)
def passer(length: int) -> Callable[[float, Row, Numbers], None]:
    """A function that adds a number times a weight to each of so many gradients."""
    if length <= WRITTEN_OUT:
        lines = [f"p{i}._grad += adjoint * weights[{i}]" for i in range(length)]
        add: Callable[[float, Row, Numbers], None] = compiled(
            f"def add(adjoint, parents, weights):\n"
            f"    {_each('p{}', length)} = parents\n    " + "\n    ".join(lines),
            "add",
        )
        return add

    def in_a_loop(adjoint: float, parents: Row, weights: Numbers) -> None:
        for parent, weight in zip(parents, weights, strict=False):
            parent._grad += adjoint * weight

    return in_a_loop


def _each(form: str, length: int) -> str:
    """The source of a tuple of so many entries."""
    return f"({''.join(f'{form.format(i)}, ' for i in range(length))})"


def _of_length(row: Row, length: int) -> Row:
    if len(row) != length:
        raise ValueError
    return row


def list_node(
    op: Op, data: float, x: Row, dx: Numbers, y: Row = (), dy: Numbers = ()
) -> Value:
    """A node of one or two lists of parents: see `Value.parents`."""
    node = new_object(Value)
    node._datum = data
    node._grad = 0.0
    node._x, node._dx = x, dx
    node._y, node._dy = y, dy
    node.op = op
    node.recording = state = get_state()
    if not state.epoch.plain:
        settle(node)
    return node
