"""Applying rows: how a row of the table becomes a function of Values and numbers.

With a Value among its operands a function gives a new Value; with plain numbers alone,
a float. Lists go in as one argument. Written out are `pow`, which has two rows, and
`dot`, which takes two lists. `fast/functions.py` puts others in the place of some,
which do the same in fewer steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np

from autograd.operators import applied, describe, raised
from autograd.ops import OPS, Op
from autograd.value import Value

Function: TypeAlias = Callable[..., Any]
Operand: TypeAlias = "Value | float | np.number[Any] | np.bool_"


def function_of(op: Op) -> Function:
    """The function of a row, by what operands it takes."""
    function = of_list(op) if op.variadic else applied(op)
    describe(function, op.name, op.words)
    return function


def _operands(values: Any, name: str) -> tuple[Any, ...]:
    """The operands of a list function, as a tuple; an error if it can't have them."""
    if isinstance(values, Value | str) or not isinstance(values, Iterable):
        kind = type(values).__name__
        message = f"{name} takes a list of numbers, as in {name}([x, y]); got {kind}"
        raise TypeError(message)
    operands = tuple(values)
    if not operands and name != "sum":
        raise ValueError(f"{name} of an empty list has no value")
    return operands


def of_list(op: Op) -> Function:
    """The function of a row that makes one number of a list, or one for each entry."""

    def function(values: Iterable[Operand]) -> Any:
        operands = _operands(values, op.name)
        if op.constants == ("index",):
            return [op(float(i), *operands) for i in range(len(operands))]
        return op(*operands) if operands else 0.0

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
    operands = (*weights, *inputs, *(() if bias is None else (bias,)))
    return OPS["dot"](*operands) if operands else 0.0
