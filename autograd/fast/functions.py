"""Functions that many numbers pass through, as fast as plain Python allows.

They do what those of `applying.py` do. A function of one operand calls the method of
Value, which is written for its row; one of a list looks at all numbers at once. What
is no Value with its number in its slot goes the plain way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import update_wrapper
from itertools import compress
from typing import Any

from autograd.namespaces import FLOAT_NATIVES, total_of_products
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
    """The function of a row that makes one number of a list.

    Those rows divide by no 0, so nothing raises here as it may in `Op.evaluate`.
    """
    forward, slopes = op.forward, op.local_derivatives

    def function(values: Any, *more: Any, **options: Any) -> Any:
        kind = values.__class__
        if more or options or not (kind is list or kind is tuple):
            return plain(values, *more, **options)
        try:  # only Values have `_data`: the common case, without a look at each
            numbers = [operand._data for operand in values]
        except AttributeError:
            return plain(values)
        if not numbers:
            return plain(values)
        operands = tuple(values)
        data = native(numbers) if native else forward(FLOATS, *numbers)
        derivatives = slopes(FLOATS, data, *numbers)
        return make_node(Value, op, data, operands, operands, derivatives)

    native = FLOAT_NATIVES.get(op.name)
    return function


def dot(op: Op, plain: Function) -> Function:
    """The function `dot`."""

    def function(
        weights: Sequence[Any], inputs: Sequence[Any], bias: Any = None
    ) -> Any:
        n = len(weights)
        if len(inputs) != n or not n:
            return plain(weights, inputs, bias)
        more = () if bias is None else (bias,)
        operands = (*weights, *inputs, *more)
        parents = operands
        try:
            numbers = [x._data for x in operands]
        except AttributeError:
            kinds = {*map(type, operands)}
            if Value not in kinds or not kinds <= {Value, float}:
                return plain(weights, inputs, bias)
            numbers = [x if x.__class__ is float else datum(x) for x in operands]
            parents = tuple([x for x in operands if x.__class__ is Value])
        w, x, b = numbers[:n], numbers[n : n + n], numbers[n + n :]
        data, derivatives = total_of_products(w, x, b), d_dot_of(w, x, b)
        if parents is not operands:  # with constants, as a net's first inputs are
            kept = [x.__class__ is Value for x in operands]
            derivatives = tuple(compress(derivatives, kept))
        return make_node(Value, op, data, operands, parents, derivatives)

    return function
