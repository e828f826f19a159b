"""Applying rows: how a row of the table becomes a function of Values and numbers.

With a Value among its operands a function gives a new Value; with plain numbers alone,
a float. Lists go in as one argument. Written out are `pow`, which has two rows, and
`dot`, which takes two lists.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import compress
from typing import Any, TypeAlias

import numpy as np

from autograd.namespaces import total_of_products
from autograd.operands import applied, describe, number
from autograd.operators import datum, make_node, raised
from autograd.ops import FLOATS, OPS, Op
from autograd.rules import lists
from autograd.value import Value

Function: TypeAlias = Callable[..., Any]
Operand: TypeAlias = "Value | float | np.number[Any] | np.bool_"


def function_of(op: Op) -> Function:
    """The function of a row, by what operands it takes."""
    if op.variadic:
        function = list_of_list(op) if op.constants == ("index",) else of_list(op)
    else:
        function = unary(op) if len(op.operand_names) == 1 else applied(op)
    describe(function, op.name, op.sentence)
    for position, name in enumerate(op.operand_names):
        low, high = op.domain_of(position)
        if low > -np.inf or high < np.inf:
            interval = f"{low:g} <= {name}" + (f" <= {high:g}" if high < np.inf else "")
            undefined = "NaN elsewhere, and so is its derivative"
            function.__doc__ = f"{op.sentence}\n\nDefined for {interval}; {undefined}."
    return function


def unary(op: Op) -> Function:
    """The function of a row of one operand."""
    method: Callable[[Value], Value]

    def first(x: Value) -> Value:
        nonlocal method
        # `fast/methods.py` writes it when it is looked up; `neg` is none
        method = getattr(Value, op.name, op)
        return method(x)

    method = first

    def function(x: Operand) -> Any:
        if x.__class__ is Value:
            return method(x)
        return op.value(number(x))

    return function


def _list(
    values: Any, more: tuple[Any, ...], options: dict[str, Any], name: str
) -> tuple[Any, ...]:
    """The operands of a list function, as a tuple.

    `sum(values, start)` and `max(x, y, ...)` are taken as Python's own take them, so
    that `from autograd import *` does not break a program that uses those.

    Raises:
        TypeError: It is no list of numbers, or there is an argument too many.
        ValueError: It is empty, and the operation has no answer for that.
    """
    if name == "sum" and len(more) + len(options) == 1:
        start = more[0] if more else options.pop("start", 0.0)
        more = () if start.__class__ is int and start == 0 else (start,)
        if not options:
            return (*more, *_list(values, (), options, name))
    if more and not options and name in ("max", "min"):
        return (values, *more)
    if more or options:
        message = f"{name} takes one list of numbers, as in {name}([x, y])"
        raise TypeError(message)
    plain = values.__class__ is list or values.__class__ is tuple
    if not plain and (
        isinstance(values, Value | str) or not isinstance(values, Iterable)
    ):
        kind = type(values).__name__
        message = f"{name} takes a list of numbers, as in {name}([x, y]); got {kind}"
        raise TypeError(message)
    operands = tuple(values)
    if not operands and name != "sum":
        raise ValueError(f"{name} of an empty list has no value")
    return operands


def of_list(op: Op) -> Function:
    """The function of a row that makes one number of a list.

    Those rows divide by no 0, so nothing raises here as it may in `Op.evaluate`.
    """
    forward, slopes = op.forward, op.local_derivatives

    def function(values: Any, *more: Any, **options: Any) -> Any:
        operands = _list(values, more, options, op.name)
        try:  # only Values have `_data`: the common case, without a look at each
            numbers = [operand._data for operand in operands]
        except AttributeError:
            return op(*operands)
        if not numbers:
            return 0.0
        data = forward(FLOATS, *numbers)
        derivatives = slopes(FLOATS, data, *numbers)
        return make_node(Value, op, data, operands, operands, derivatives)

    return function


def list_of_list(op: Op) -> Function:
    """The function of a row that makes one entry of a list, for the whole list."""

    def function(values: Iterable[Operand]) -> list[Any]:
        operands = _list(values, (), {}, op.name)
        return [op(float(i), *operands) for i in range(len(operands))]

    return function


def pow(x: Operand, y: Operand) -> Any:
    """Power: `x ** y`, with a constant exponent without any log.

    >>> from autograd import Value, pow
    >>> pow(Value(-2.0), 3).data
    -8.0
    """
    return raised(x, y)


def dot(
    weights: Sequence[Operand], inputs: Sequence[Operand], bias: Operand | None = None
) -> Any:
    """The sum of weight x input over the pairs, plus a bias: a single node.

    >>> from autograd import Value, dot
    >>> dot([Value(2.0), Value(3.0)], [10.0, 100.0], bias=Value(1.0)).data
    321.0

    Raises:
        ValueError: The two lists differ in length.
    """
    if len(weights) != len(inputs):
        message = f"got {len(weights)} weights and {len(inputs)} inputs"
        raise ValueError(f"dot takes two lists of one length, {message}")
    n = len(weights)
    operands: tuple[Any, ...] = (*weights, *inputs, *(() if bias is None else (bias,)))
    constants = False
    try:  # only Values have `_data`: the common case, without a look at each
        numbers = [x._data for x in operands]
    except AttributeError:
        kinds = {*map(type, operands)}
        if Value not in kinds or not kinds <= {Value, float}:
            return _dot(*operands) if operands else 0.0
        constants = float in kinds  # as a net's first inputs mostly are
        numbers = [x if x.__class__ is float else datum(x) for x in operands]
    w, x, b = numbers[:n], numbers[n : n + n], numbers[n + n :]
    data = total_of_products(w, x, b)
    parents, derivatives = operands, lists.d_dot_of(w, x, b)
    if constants:
        kept = [operand.__class__ is Value for operand in operands]
        parents = tuple(compress(operands, kept))
        derivatives = tuple(compress(derivatives, kept))
    return make_node(Value, _dot, data, operands, parents, derivatives)


_dot = OPS["dot"]
