"""Functions that many numbers pass through, as fast as plain Python allows.

They do what those of `applying.py` do. A function of one operand calls the method of
Value, which is written for its row; one of a list looks at all numbers at once. What
is no Value with its number in its slot goes the plain way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, update_wrapper
from itertools import compress
from math import isnan
from typing import Any

from autograd.fast.lists import (
    LENGTHS,
    WRITTEN_OUT,
    Numbers,
    Reader,
    Row,
    list_node,
    reader,
    weigher,
)
from autograd.fast.straight_line import PYTHONS_OWN
from autograd.namespaces import NAN, total_of_products
from autograd.operators import datum, make_node
from autograd.ops import FLOATS, OPS, Op
from autograd.rules.lists import d_dot_of
from autograd.value import Value

Function = Callable[..., Any]


def give_fast_functions(functions: dict[str, Any]) -> None:
    """Put these in the place of the functions of a module that are for such rows."""
    for name in functions["__all__"]:
        op, plain = OPS[name], functions[name]
        if name == "dot":
            quick = dot(op, plain)
        elif op.variadic and not op.constants:
            quick = of_list(op, plain)
        elif len(op.operand_names) == 1:
            quick = unary(op, plain)
        else:
            continue
        functions[name] = update_wrapper(quick, plain)


def unary(op: Op, plain: Function) -> Function:
    """The function of a row of one operand."""
    method: Callable[[Value], Value]

    def first(x: Value) -> Value:
        nonlocal method
        method = getattr(Value, op.name, op)  # written now; `neg` is no method
        return method(x)

    method = first

    def function(x: Any) -> Any:
        return method(x) if x.__class__ is Value else plain(x)

    return function


def of_list(op: Op, plain: Function) -> Function:
    """The function of a row that makes one number of a list."""
    forward, slopes = op.forward, op.local_derivatives
    native = PYTHONS_OWN.get(op.name)

    @lru_cache(LENGTHS)
    def prepared(count: int) -> tuple[Reader, Numbers | None]:
        """What reads so many numbers, and derivatives that are the same for any.

        Nodes share them. Those that depend on the numbers are NaN where these are.
        """
        found = slopes(FLOATS, NAN, *[NAN] * count) if count <= WRITTEN_OUT else (NAN,)
        return reader(count), None if any(map(isnan, found)) else found

    def function(values: Any, *more: Any, **options: Any) -> Any:
        kind = values.__class__
        if more or options or not ((kind is list or kind is tuple) and values):
            return plain(values, *more, **options)
        operands = tuple(values)
        read, same = prepared(len(operands))
        try:
            numbers = read(operands)
            data = native(numbers) if native else forward(FLOATS, *numbers)
        except (ArithmeticError, AttributeError, ValueError):
            return plain(values)
        return list_node(op, data, operands, same or slopes(FLOATS, data, *numbers))

    return function


def dot(op: Op, plain: Function) -> Function:
    """The function `dot`."""

    def function(
        weights: Sequence[Any], inputs: Sequence[Any], bias: Any = None
    ) -> Any:
        ws, xs = tuple(weights), tuple(inputs)
        row = ws if bias is None else (*ws, bias)
        try:
            numbers = reader(len(xs))(xs)
            factors = (*numbers, 1.0)
            read, data = weigher(len(row))(row, numbers if row is ws else factors)
        except (ArithmeticError, AttributeError, ValueError):
            return with_care(ws, xs, bias)
        if not xs or (row is not ws and bias.op is not None):
            return with_care(ws, xs, bias)
        return list_node(op, data, row, factors, xs, read)

    def with_care(ws: Row, xs: Row, bias: Any) -> Any:
        """The same with constants, as a net's first inputs are."""
        n, more = len(ws), () if bias is None else (bias,)
        operands = (*ws, *xs, *more)
        kinds = {*map(type, operands)}
        if len(xs) != n or Value not in kinds or not kinds <= {Value, float}:
            return plain(ws, xs, bias)
        numbers = [x if x.__class__ is float else datum(x) for x in operands]
        w, x, b = numbers[:n], numbers[n : n + n], numbers[n + n :]
        data, derivatives = total_of_products(w, x, b), d_dot_of(w, x, b)
        kept = [x.__class__ is Value for x in operands]
        parents = tuple(compress(operands, kept))
        derivatives = tuple(compress(derivatives, kept))
        return make_node(Value, op, data, operands, parents, derivatives)

    return function
