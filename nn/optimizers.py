"""Optimizers: how parameters follow their gradients, which may be clipped before.

Each is a few lines of arithmetic on vectors; the same numbers as PyTorch's, at the same
settings. The class line says which, with the usual numbers: it is the signature, after
the parameters. In the formulas, g is the gradient and t counts the steps from 1.

    momentum      how much of the last velocity is kept, 0 or more
    betas         b1 and b2: how much of the means is kept, at least 0 and below 1
    weight_decay  how strongly parameters are drawn to 0: g grows by
                  weight_decay * theta, if nothing else is said
    eps           keeps the step finite where gradients are 0
"""

import math
from collections.abc import Iterable, Mapping
from types import MappingProxyType

import numpy as np

from autograd import Parameters, Value
from nn.checks import at_least_zero, wrong_type
from nn.optimizer import Group, Memory, Optimizer, Vector


class SGD(Optimizer, lr=1e-3, momentum=0.0, weight_decay=0.0, nesterov=False):
    """Gradient descent, with momentum if asked for.

    velocity <- momentum * velocity + g
    theta    <- theta - lr * velocity

    With `nesterov` it looks ahead: theta <- theta - lr * (g + momentum * velocity).

    Source: Sutskever et al., "On the importance of initialization and momentum in deep
    learning", 2013, with the velocity not yet multiplied by lr.

    >>> import autograd, nn
    >>> x = autograd.parameter(1.0)
    >>> optimizer = nn.SGD([x], lr=0.25)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> x.data
    0.5
    """

    remembers = ("velocity",)

    def _move(self, group: Group, memory: Memory, theta: Vector, g: Vector) -> None:
        g = self._decayed(group, theta, g)
        step = _rolling(group, memory, g)
        if group["nesterov"]:
            step = g + group["momentum"] * step
        theta -= group["lr"] * step


class Adagrad(Optimizer, lr=1e-2, weight_decay=0.0, eps=1e-10):
    """Gradient descent with steps that get shorter by all the gradients so far.

    square <- square + g**2
    theta  <- theta - lr * g / (sqrt(square) + eps)

    Source: Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning
    and stochastic optimization", 2011, the diagonal form.
    """

    remembers = ("square",)

    def _move(self, group: Group, memory: Memory, theta: Vector, g: Vector) -> None:
        g, square = self._decayed(group, theta, g), memory["square"]
        square += g * g
        theta -= group["lr"] * g / (np.sqrt(square) + group["eps"])


class RMSprop(Optimizer, lr=1e-2, alpha=0.99, momentum=0.0, weight_decay=0.0, eps=1e-8):
    """Gradient descent by gradients in units of their recent size.

    square   <- alpha * square + (1 - alpha) * g**2
    velocity <- momentum * velocity + g / (sqrt(square) + eps)
    theta    <- theta - lr * velocity

    Source: Tieleman and Hinton, "Neural networks for machine learning", lecture 6.5,
    2012.
    """

    remembers = ("square", "velocity")

    def _move(self, group: Group, memory: Memory, theta: Vector, g: Vector) -> None:
        g, square = self._decayed(group, theta, g), memory["square"]
        _average(square, g * g, group["alpha"])
        step = g / (np.sqrt(square) + group["eps"])
        theta -= group["lr"] * _rolling(group, memory, step)


class Adam(Optimizer, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
    """Gradient descent with a step of its own for each parameter, free of its scale.

    mean   <- b1 * mean + (1 - b1) * g
    square <- b2 * square + (1 - b2) * g**2
    theta  <- theta - lr * m / (sqrt(s) + eps)

    where m = mean / (1 - b1**t) and s = square / (1 - b2**t) make up for the start
    at 0. The decay of the weights is scaled with the gradient; that of `AdamW` is not.

    Source: Kingma and Ba, "Adam: a method for stochastic optimization", 2015,
    algorithm 1.
    """

    remembers = ("mean", "square")

    def _move(self, group: Group, memory: Memory, theta: Vector, g: Vector) -> None:
        g, (first, second) = self._decayed(group, theta, g), group["betas"]
        mean, square = memory["mean"], memory["square"]
        _average(mean, g, first)
        _average(square, g * g, second)
        size = np.sqrt(square / (1.0 - second**self._steps))
        size += group["eps"]
        theta -= group["lr"] / (1.0 - first**self._steps) * mean / size


class AdamW(Adam, weight_decay=1e-2):
    """Adam with the decay of the weights kept apart from the gradient's scale.

    theta <- theta - lr * weight_decay * theta, then as for `Adam` without decay.

    Source: Loshchilov and Hutter, "Decoupled weight decay regularization", 2019,
    algorithm 2, with the decay in units of lr.
    """

    def _decayed(self, group: Group, theta: Vector, g: Vector) -> Vector:
        if group["weight_decay"]:
            theta *= 1.0 - group["lr"] * group["weight_decay"]
        return g


class Lion(Optimizer, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
    """Steps of one length for all parameters: only the signs are learned.

    theta <- theta - lr * (sign(b1 * mean + (1 - b1) * g) + weight_decay * theta)
    mean  <- b2 * mean + (1 - b2) * g

    Source: Chen et al., "Symbolic discovery of optimization algorithms", 2023,
    algorithm 2.
    """

    remembers = ("mean",)

    def _move(self, group: Group, memory: Memory, theta: Vector, g: Vector) -> None:
        first, second = group["betas"]
        mean = memory["mean"]
        step = self._decayed(group, theta, np.sign(first * mean + (1.0 - first) * g))
        _average(mean, g, second)
        theta -= group["lr"] * step


def _rolling(group: Group, memory: Memory, step: Vector) -> Vector:
    """The velocity that the step adds to; without momentum the step itself."""
    if not group["momentum"]:
        return step
    velocity = memory["velocity"]
    velocity *= group["momentum"]
    velocity += step
    return velocity


def _average(average: Vector, new: Vector, kept: float) -> None:
    """Move a running average on, in place."""
    average *= kept
    average += (1.0 - kept) * new


OPTIMIZERS: Mapping[str, type[Optimizer]] = MappingProxyType(
    {kind.__name__.lower(): kind for kind in (SGD, Adagrad, RMSprop, Adam, AdamW, Lion)}
)


Leaves = Iterable[Value] | Parameters


def clip_norm(parameters: Leaves, max_norm: float) -> float:
    """Shorten the gradient of all parameters together to a length of `max_norm`.

    Its direction stays: one bad batch does not throw a net. As in PyTorch, 1e-6 is
    added to the norm in the quotient, so that the clipped one is never above `max_norm`
    by rounding.

    Args:
        parameters: leaves, as from `model.parameters()`; for a loop with very many of
            them an `autograd.Parameters` of these, which is not walked at each step.
        max_norm: the largest Euclidean norm to leave as it is, finite and at least 0.

    Returns:
        The norm before. Where it is inf or NaN, so are gradients, before and after.

    Source: Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural
    networks", 2013, algorithm 1.

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
    """Cut each gradient to between -`limit` and `limit`; NaN stays."""
    limit = at_least_zero("limit", limit)
    packed = _packed(parameters)
    if packed.has_grad():
        packed.write_grad(np.clip(packed.read_grad(), -limit, limit))


def _packed(parameters: Leaves) -> Parameters:
    if isinstance(parameters, Parameters):
        return parameters
    if not isinstance(parameters, Iterable):
        raise wrong_type(
            "parameters are leaves, such as model.parameters()", parameters
        )
    return Parameters(dict.fromkeys(parameters))
