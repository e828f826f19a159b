"""Batches of arrays: the shortest way to a mean and its gradient, as training asks.

A step on a small batch takes 60 us, and the way through form, audience and engine half
as long again. Most steps need little of it: nobody listens, nothing around is
differentiated, the arguments are NumPy's arrays. Any other batch, and any that ends
with an error, goes the long way.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from autograd.program.running.checks import check_guards
from autograd.recording import get_state

if TYPE_CHECKING:
    from autograd.program.running.ready import Ready

Vector: TypeAlias = NDArray[np.float64]
Step: TypeAlias = "Callable[[Sequence[Any], Any], tuple[float, Any] | None]"
"""Of arguments and theta the mean and its gradient; None if that takes the long way."""


def batch_step(ready: Ready) -> Step:
    """The short way through a program; what is wrong it says as the long one does."""
    if ready.outputs.count != 1 or not (ready.parameters and ready.is_alone):
        return _long_way
    gradient, guards = ready.engine.gradient, ready.passed.simplified.guards
    rows, holds, check = ready.signature.rows, ready.holds, ready.check_indices
    read, shape = ready.parameters.read, (len(ready.parameters),)

    def step(inputs: Sequence[Any], theta: Any) -> tuple[float, Any] | None:
        x = rows(inputs)
        if x is None or not (get_state().epoch.is_idle and holds()):
            return None
        if theta is None:
            theta = read()
        elif theta.__class__ is not np.ndarray or theta.shape != shape:
            return None
        if theta.dtype != np.float64:
            return None
        check(x)
        weights = mean_weights(len(x))
        outputs, conditions, slopes = gradient(theta, x, weights, "parameters")
        if guards:
            check_guards(guards, conditions)
        return mean(outputs, weights), slopes[0]

    return step


def _long_way(_inputs: Sequence[Any], _theta: Any) -> None:
    """There is no short one."""


@lru_cache(maxsize=32)
def mean_weights(count: int | None) -> Vector:
    """What every example weighs in a mean: a row each, or one number for one alone."""
    return np.ones(1) if count is None else np.full((count, 1), 1.0 / max(count, 1))


def mean(outputs: Vector, weights: Vector) -> float:
    """The mean over a batch; NaN over no examples. Infinities have one, too."""
    if not len(weights):
        return math.nan
    if len(outputs) != len(weights):  # the same for every example, and computed once
        return float(outputs[0, 0])
    return float(np.vdot(outputs, weights))  # which warns of no infinity
