"""`x < y` and the like: comparisons of the numbers, which a traced function records."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from autograd.operands import describe, is_array, number
from autograd.operators import datum, record
from autograd.ops import OPS, Op
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

    doc = f"Compare the numbers, as operator.{name} does."
    describe(method, f"Value.__{name}__", doc)
    return method


def give_comparisons(kind: type[Value]) -> None:
    """Put them into the class."""
    for row, compare in COMPARISONS.items():
        name = compare.__name__
        setattr(kind, f"__{name}__", comparison(kind, name, OPS[row], compare))
