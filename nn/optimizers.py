"""Optimizers: how parameters follow their gradients downhill.

The arithmetic of each is written once, on vectors. `step` applies it to a list of
parameters and `update` to a vector of the same numbers, for training loops that stay
on vectors.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import Parameters, Value
from nn.summary import counted

__all__ = ["SGD", "Adam", "Optimizer"]

Vector = NDArray[np.float64]


class Optimizer(ABC):
    """What all optimizers share: the parameters, and the way from them to a vector.

    A subclass defines `_updated`, the arithmetic.

    Args:
        parameters: leaves to move, each once however often it is listed.
        lr: the learning rate; the attribute may be set between steps.

    Raises:
        TypeError: if one of the parameters is not a Value, or lr is no number.
        ValueError: if there are none, if one is not a leaf, or if a number is out of
            its range.
    """

    def __init__(self, parameters: Iterable[Value], lr: float) -> None:
        if not isinstance(parameters, Iterable):
            given = type(parameters).__name__
            raise TypeError(
                "an optimizer takes a list of parameters, such as model.parameters(); "
                f"got {given}"
            )
        unique: dict[int, Value] = {}
        for value in parameters:
            if not isinstance(value, Value):
                given = type(value).__name__
                raise TypeError(
                    "an optimizer moves Values, such as those of model.parameters(); "
                    f"got {given}"
                )
            if value.parents:
                raise ValueError(
                    f"an optimizer moves leaves; {value!r} is computed from others"
                )
            unique[id(value)] = value
        if not unique:
            raise ValueError("an optimizer needs at least one parameter, got none")
        self.parameters = list(unique.values())
        # Packed now: only so an input's gradient is known to have come where it is 0.
        self._packed = Parameters(self.parameters).packed()
        self.lr = at_least_zero("lr", lr)

    def step(self) -> None:
        """Move every parameter once, by its `.grad`.

        Raises:
            RuntimeError: if no backward pass has reached any of the parameters since
                they were made or their gradients zeroed. Those that a loss does not
                depend on have gradient 0.
        """
        packed = self._packed
        if not packed.has_grad():
            raise RuntimeError(
                f"{type(self).__name__}.step() without a gradient: no backward pass "
                "has reached any of its parameters since they were made or zeroed. "
                "Call loss.backward() after zero_grad() and before step(), for a loss "
                "that is computed from these parameters"
            )
        packed.write(self.update(packed.read(), packed.read_grad()))

    def zero_grad(self) -> None:
        """Set every parameter's gradient to 0.0, before the next backward pass."""
        self._packed.zero_grad()

    def update(self, theta: Any, gradient: Any) -> Vector:
        """Return where the numbers `theta` go, given the gradient there.

        The arguments stay as they are. What the optimizer remembers (velocities,
        moments, the count of steps) moves on, as in `step`, which calls this.

        Args:
            theta: one number for each parameter, in the order of `parameters`.
            gradient: as many.

        Raises:
            ValueError: if either is not of that length; nothing moves on then.
        """
        shape = (len(self.parameters),)
        theta = np.asarray(theta, np.float64)
        gradient = np.asarray(gradient, np.float64)
        for what, vector in (("theta", theta), ("gradient", gradient)):
            if vector.shape != shape:
                raise ValueError(f"{what}: expected shape {shape}, got {vector.shape}")
        with np.errstate(over="ignore", invalid="ignore"):  # inf and NaN, as in Values
            return self._updated(theta, gradient)

    def __repr__(self) -> str:
        settings = [
            f"{name}={value!r}"
            for name, value in vars(self).items()
            if name != "parameters" and not name.startswith("_")
        ]
        count = counted(len(self.parameters), "parameter")
        return f"{type(self).__name__}({', '.join([count, *settings])})"

    @abstractmethod
    def _updated(self, theta: Vector, gradient: Vector) -> Vector:
        """The arithmetic of `update`, on vectors that fit."""


class SGD(Optimizer):
    """Gradient descent, with momentum if asked for.

    velocity <- momentum * velocity + gradient + weight_decay * theta
    theta    <- theta - lr * velocity

    Args:
        parameters, lr: as for `Optimizer`.
        momentum: how much of the last velocity is kept, 0 or more.
        weight_decay: how strongly parameters are drawn to 0.

    >>> import autograd, nn
    >>> x = autograd.parameter(1.0)
    >>> optimizer = nn.SGD([x], lr=0.25)
    >>> (x * x).backward()
    >>> optimizer.step()
    >>> x.data
    0.5
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr)
        self.momentum = at_least_zero("momentum", momentum)
        self.weight_decay = at_least_zero("weight_decay", weight_decay)
        self._velocity = np.zeros(len(self.parameters))

    def _updated(self, theta: Vector, gradient: Vector) -> Vector:
        # Not 0 * theta where there is no decay: an infinite theta would become NaN.
        if self.weight_decay:
            gradient = gradient + self.weight_decay * theta
        if self.momentum:
            gradient = self._velocity = self.momentum * self._velocity + gradient
        return theta - self.lr * gradient


class Adam(Optimizer):
    """Gradient descent with a step of its own for each parameter, free of its scale.

    mean     <- b1 * mean + (1 - b1) * gradient
    square   <- b2 * square + (1 - b2) * gradient**2
    theta    <- theta - lr * m / (sqrt(s) + eps)

    where m = mean / (1 - b1**t) and s = square / (1 - b2**t) make up for the start
    at 0, at step t.

    Args:
        parameters, lr: as for `Optimizer`.
        betas: b1 and b2, each at least 0 and below 1.
        eps: keeps the step finite where gradients are 0.

    Source: Kingma and Ba, "Adam: a method for stochastic optimization", 2015,
    algorithm 1.
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
    ) -> None:
        super().__init__(parameters, lr)
        if not isinstance(betas, tuple | list) or len(betas) != 2:
            message = "betas must be two numbers, such as (0.9, 0.999)"
            raise TypeError(f"{message}; got {betas!r}")
        first, second = betas
        self.betas = (
            at_least_zero("betas[0]", first, below=1.0),
            at_least_zero("betas[1]", second, below=1.0),
        )
        self.eps = at_least_zero("eps", eps)
        self._mean = np.zeros(len(self.parameters))
        self._square = np.zeros(len(self.parameters))
        self._steps = 0

    def _updated(self, theta: Vector, gradient: Vector) -> Vector:
        first, second = self.betas
        self._steps += 1
        self._mean = first * self._mean + (1.0 - first) * gradient
        self._square = second * self._square + (1.0 - second) * gradient * gradient
        mean = self._mean / (1.0 - first**self._steps)
        square = self._square / (1.0 - second**self._steps)
        return theta - self.lr * mean / (np.sqrt(square) + self.eps)


def at_least_zero(name: str, number: float, below: float = math.inf) -> float:
    """Check a setting; NaN is nowhere."""
    try:
        fits = 0.0 <= number < below
    except TypeError:
        given = type(number).__name__
        raise TypeError(f"{name} must be a number, got {given}") from None
    if not fits:
        bound = "finite" if below == math.inf else f"below {below:g}"
        raise ValueError(f"{name} must be at least 0 and {bound}, got {number!r}")
    return float(number)
