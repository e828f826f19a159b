"""`x < y` and the like: comparisons of the numbers, which a traced function records."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.operands import is_array, number
from autograd.operators import datum, record
from autograd.ops import OPS, Op, Recordable
from autograd.recording import tracer

if TYPE_CHECKING:
    from autograd.value import Value

COMPARISONS: dict[str, Callable[..., Any]] = {
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "equal": operator.eq,
    "not_equal": operator.ne,
}

CONJUNCTIONS = {"and": "mul", "or": "maximum"}

_TRUTHS = {*COMPARISONS, *CONJUNCTIONS.values()}


def comparison(
    kind: type[Value], name: str, op: Op, compare: Callable[[float, float], bool]
) -> Callable[..., Any]:
    """The method of Value behind an operator such as `<`: it compares the numbers.

    While a function is traced it gives a Value instead of a bool, 1 or 0: the next
    example may compare otherwise.
    """

    def method(self: Value, other: Any) -> Any:
        if other.__class__ is kind:
            plain = datum(other)
        elif is_array(other):
            return NotImplemented
        else:
            try:
                other = plain = number(other)
            except TypeError:
                return NotImplemented
        if tracer() is None:
            return compare(datum(self), plain)
        return record(kind, op, (self, other))

    describe(method, f"__{name}__", f"Compare the numbers, as operator.{name} does.")
    return method


def conjunction(kind: type[Value], name: str, op: Op) -> Callable[..., Any]:
    """The method of Value behind `&` or `|`: for comparisons of a traced function."""

    def method(self: Value, other: Any) -> Any:
        if tracer() is None or not (_is_truth(self) and _is_truth(other)):
            return NotImplemented
        return record(kind, op, (self, other))

    describe(method, f"__{name}__", f"Join comparisons of a traced function: {op}.")
    return method


def _is_truth(x: Any) -> bool:
    """Whether x is a truth value: a bool, or joined of comparisons and bools alone."""
    if not isinstance(x, Recordable):
        return isinstance(x, bool | np.bool_)
    parts: list[Any] = [x]
    joined: set[Any] = set()
    for part in parts:  # grows
        if isinstance(part, float):  # a bool that was joined
            if part not in (0.0, 1.0):
                return False
        elif part.op is None or part.op.name not in _TRUTHS:
            return False
        elif part.op.name not in COMPARISONS and part not in joined:
            joined.add(part)
            parts += part.operands
    return True


def describe(method: Callable[..., Any], name: str, doc: str) -> None:
    """Name and document a method for `help(Value)`."""
    method.__name__, method.__qualname__, method.__doc__ = name, f"Value.{name}", doc


def give_comparisons(kind: type[Value]) -> None:
    """Put them into the class."""
    for row, compare in COMPARISONS.items():
        name = compare.__name__
        setattr(kind, f"__{name}__", comparison(kind, name, OPS[row], compare))
    for name, row in CONJUNCTIONS.items():
        method = conjunction(kind, name, OPS[row])
        setattr(kind, f"__{name}__", method)
        setattr(kind, f"__r{name}__", method)
