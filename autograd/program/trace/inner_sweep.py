"""Derivatives inside a function that is traced: a sweep that becomes a part of it."""

from __future__ import annotations

from typing import Any

from autograd.batches import BATCH_MEAN
from autograd.namespaces import Namespace, choose
from autograd.ops import OPS
from autograd.sweep import Arithmetic
from autograd.value import Number, Value

_OVER_BATCH = Value(1.0)
"""The weight of an edge over the batch: what flows is the mean of what comes."""


def traced(xp: Namespace, plain: Arithmetic[Any]) -> Arithmetic[Any]:
    """The arithmetic of a recorded sweep for examples that are not known yet.

    Args:
        xp: The namespace in which the sweep runs the rows.
        plain: The arithmetic outside of a traced function: see `recorded.py`.
    """
    vars(xp)["where"] = _choice

    def weights(node: Value) -> Any:
        return [_OVER_BATCH] if node.op is BATCH_MEAN else plain.weights(node)

    def flow(number: Number, weight: Number) -> Any:
        if weight is _OVER_BATCH:
            return BATCH_MEAN(number)
        return plain.flow(number, weight)

    return Arithmetic(weights, flow)


def _choice(condition: Any, x: Any, y: Any) -> Any:
    """A choice in a rule: another example may choose otherwise."""
    if isinstance(condition, Value):
        return OPS["where"](condition, x, y)
    return choose(condition, x, y)
