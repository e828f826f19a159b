"""`(x < y) & (y < z)`: comparisons joined, which only a traced function needs.

Elsewhere a comparison is a bool, and Python joins those by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.operators import COMPARISONS, describe, record
from autograd.ops import OPS, Op
from autograd.recordable import Recordable
from autograd.recording import tracer

if TYPE_CHECKING:
    from autograd.value import Value

CONJUNCTIONS = {"and": "mul", "or": "maximum"}

_TRUTHS = {*COMPARISONS, *CONJUNCTIONS.values()}


def conjunction(kind: type[Value], name: str, op: Op) -> Callable[..., Any]:
    """The method of Value behind `&` or `|`: for comparisons of a traced function."""

    def method(self: Value, other: Any) -> Any:
        if tracer() is None or not (_is_truth(self) and _is_truth(other)):
            return NotImplemented
        return record(kind, op, (self, other))

    describe(method, f"Value.__{name}__", f"Join traced comparisons: {op}.")
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


def give_conjunctions(kind: type[Value]) -> None:
    """Put them into the class."""
    for name, row in CONJUNCTIONS.items():
        method = conjunction(kind, name, OPS[row])
        setattr(kind, f"__{name}__", method)
        setattr(kind, f"__r{name}__", method)
