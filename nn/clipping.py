"""Gradients cut down to size before a step, so that one bad batch does not throw a net.

Source: Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural
networks", 2013, algorithm 1.
"""

import math
from collections.abc import Iterable

import numpy as np

from autograd import Parameters, Value
from nn.checks import at_least_zero

Leaves = Iterable[Value] | Parameters


def clip_norm(parameters: Leaves, max_norm: float) -> float:
    """Shorten the gradient of all parameters together to a length of `max_norm`.

    Its direction stays. As in PyTorch, 1e-6 is added to the norm in the quotient, so
    that the clipped one is never above `max_norm` by rounding.

    Args:
        parameters: leaves, as from `model.parameters()`; for a loop with very many of
            them an `autograd.Parameters` of these, which is not walked at each step.
        max_norm: the largest Euclidean norm to leave as it is.

    Returns:
        The norm before. Where it is inf or NaN, so are gradients, before and after.

    Raises:
        ValueError: if `max_norm` is negative, NaN or infinite.

    >>> import autograd, nn
    >>> x, y = autograd.parameter(3.0), autograd.parameter(4.0)
    >>> (1.5 * x + 2.0 * y).backward()
    >>> nn.clip_norm([x, y], 0.25)
    2.5
    >>> round(x.grad, 4), round(y.grad, 4)
    (0.15, 0.2)
    """
    max_norm = at_least_zero("max_norm", max_norm)
    packed = _packed(parameters)
    gradient = packed.read_grad()
    largest = float(np.max(np.abs(gradient), initial=0.0))
    norm = largest
    if 0.0 < largest < math.inf:  # divided first: squares overflow from 1e155 on
        norm *= math.sqrt(np.square(gradient / largest).sum())
    scale = max_norm / (norm + 1e-6)
    if packed.has_grad() and not scale >= 1.0:
        with np.errstate(invalid="ignore"):
            packed.write_grad(gradient * scale)
    return norm


def clip_value(parameters: Leaves, limit: float) -> None:
    """Cut each gradient to between -`limit` and `limit`; NaN stays.

    Raises:
        ValueError: if `limit` is negative, NaN or infinite.
    """
    limit = at_least_zero("limit", limit)
    packed = _packed(parameters)
    if packed.has_grad():
        packed.write_grad(np.clip(packed.read_grad(), -limit, limit))


def _packed(parameters: Leaves) -> Parameters:
    if isinstance(parameters, Parameters):
        return parameters
    return Parameters(dict.fromkeys(parameters))
