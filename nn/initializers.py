"""Where weights start: initializers by name, drawing from an explicit source.

An initializer is a function `(source, n_in, n_out) -> float` that draws one weight of
a layer with `n_in` inputs and `n_out` outputs. The named ones draw evenly from
[-bound, bound], so that a weight costs one draw and the same seed gives the same net.
"""

import math
import operator
import random
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Protocol

import numpy as np

__all__ = [
    "INITIALIZERS",
    "Initializer",
    "RandomSource",
    "initializer_function",
    "random_source",
]


class RandomSource(Protocol):
    """What an initializer draws from: `random.Random` and NumPy's `Generator` fit."""

    def uniform(self, a: float, b: float, /) -> float:
        """Draw a number between a and b."""


Initializer = Callable[[RandomSource, int, int], float]


def uniform(source: RandomSource, _n_in: int, _n_out: int) -> float:
    """Draw from [-1, 1], whatever the layer's size, as micrograd does."""
    return source.uniform(-1.0, 1.0)


def xavier(source: RandomSource, n_in: int, n_out: int) -> float:
    """Keep the variance of signals and gradients, for tanh and sigmoid.

    Source: Glorot and Bengio, "Understanding the difficulty of training deep
    feedforward neural networks", 2010, equation 16.
    """
    bound = math.sqrt(6.0 / (n_in + n_out))
    return source.uniform(-bound, bound)


def he(source: RandomSource, n_in: int, _n_out: int) -> float:
    """Keep the variance of signals through relu, which drops half of them.

    Source: He et al., "Delving deep into rectifiers", 2015, equation 10.
    """
    bound = math.sqrt(6.0 / n_in)
    return source.uniform(-bound, bound)


def lecun(source: RandomSource, n_in: int, _n_out: int) -> float:
    """Keep the variance of signals through selu.

    Source: LeCun et al., "Efficient backprop", 1998, section 4.6.
    """
    bound = math.sqrt(3.0 / n_in)
    return source.uniform(-bound, bound)


def zeros(_source: RandomSource, _n_in: int, _n_out: int) -> float:
    """Start at 0 and draw nothing; right for one neuron, useless for hidden ones."""
    return 0.0


INITIALIZERS: Mapping[str, Initializer] = MappingProxyType(
    {
        "uniform": uniform,
        "xavier": xavier,
        "he": he,
        "lecun": lecun,
        "zeros": zeros,
    }
)


def initializer_function(init: str | Initializer) -> Initializer:
    """Find an initializer by name; a callable is its own initializer.

    Raises:
        ValueError: if no initializer has that name; the known ones are listed.
        TypeError: if it is neither a name nor callable.
    """
    if isinstance(init, str):
        if init not in INITIALIZERS:
            raise ValueError(
                f"unknown init {init!r}; known are {', '.join(INITIALIZERS)}, "
                "or pass a function (source, n_in, n_out) -> float"
            )
        return INITIALIZERS[init]
    if not callable(init):
        raise TypeError(f"init must be a name or a function, got {type(init).__name__}")
    return init


def random_source(rng: Any) -> RandomSource:
    """Turn what a layer takes as `rng` into something to draw from.

    Args:
        rng: a `random.Random`, a NumPy `Generator`, an int (the seed of a new
            `random.Random`), or None: Python's global `random` module, which
            `random.seed` makes repeatable. Seed 7 and `random.seed(7)` agree.

    Raises:
        TypeError: if it is anything else.

    >>> random_source(7).uniform(-1, 1) == random_source(7).uniform(-1, 1)
    True
    """
    if rng is None or rng is random:
        return random
    if isinstance(rng, (random.Random, np.random.Generator)):
        return rng
    if isinstance(rng, (int, np.integer)) and not isinstance(rng, bool):
        return random.Random(operator.index(rng))  # noqa: S311 - weights, no secrets
    raise TypeError(
        "rng must be None, an int seed, a random.Random or a numpy Generator, "
        f"got {type(rng).__name__}"
    )
