"""Where weights start: initializers by name, drawing from an explicit source.

An initializer is a function `(source, n_in, n_out) -> float` that draws one weight of
an array with `n_in` numbers coming in to each output and `n_out` going out from each
input; a window of a convolution counts as many times as it has places. Most of those
here draw evenly from [-bound, bound], so that a weight costs one draw and the same seed
gives the same net. What can't be drawn one by one is a `WholeArray`.
"""

import math
import operator
import random
from collections.abc import Callable, Mapping, Sequence
from numbers import Real
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from nn.checks import chosen, wrong_type


class RandomSource(Protocol):
    """What an initializer draws from: `random.Random` and NumPy's `Generator` fit."""

    def uniform(self, a: float, b: float, /) -> float:
        """Draw a number between a and b."""


Array = NDArray[np.float64]


class WholeArray(NamedTuple):
    """An initializer that draws all weights together: from a source and the shape."""

    draw: Callable[[RandomSource, Sequence[int]], Array]


Initializer = Callable[[RandomSource, int, int], float] | WholeArray
Init = str | Initializer
"""A name from `nn.INITIALIZERS`, or an initializer."""


def uniform(source: RandomSource, _n_in: int, _n_out: int) -> float:
    """Draw from [-1, 1], whatever the layer's size, as micrograd does."""
    return source.uniform(-1.0, 1.0)


def normal(source: RandomSource, _n_in: int = 1, _n_out: int = 1) -> float:
    """Draw from the normal distribution of mean 0 and deviation 1, whatever the size.

    Source: Box and Muller, "A note on the generation of random normal deviates", 1958:
    two even draws make it, which any source has.
    """
    radius = math.sqrt(-2.0 * math.log(1.0 - source.uniform(0.0, 1.0)))
    return radius * math.cos(math.tau * source.uniform(0.0, 1.0))


def _scaled(gain: float, outputs: bool = False, is_normal: bool = False) -> Initializer:
    """Draw around 0 with a variance of gain / n_in, or of gain / (n_in + n_out)."""

    def draw(source: RandomSource, n_in: int, n_out: int) -> float:
        fan = n_in + n_out if outputs else n_in
        if is_normal:
            return math.sqrt(gain / fan) * normal(source)
        bound = math.sqrt(3.0 * gain / fan)
        return source.uniform(-bound, bound)

    return draw


def zeros(_source: RandomSource, _n_in: int, _n_out: int) -> float:
    """Start at 0 and draw nothing; right for one neuron, useless for hidden ones."""
    return 0.0


def _orthogonal(source: RandomSource, shape: Sequence[int]) -> Array:
    rows, columns = shape[0], math.prod(shape[1:])
    tall = sorted((rows, columns), reverse=True)
    drawn = [normal(source) for _ in range(rows * columns)]
    q, r = np.linalg.qr(np.reshape(drawn, tall))
    q *= np.where(np.diag(r) < 0.0, -1.0, 1.0)  # else some turns are likelier
    return np.reshape(q if rows >= columns else q.T, shape)


orthogonal = WholeArray(_orthogonal)
"""Keep the lengths of signals: as a matrix of n_out rows, turn and reflect only.

Rows are at right angles and of length 1, or columns where there are fewer of them.

Source: Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of
learning in deep linear neural networks", 2014; for the signs Mezzadri, "How to generate
random matrices from the classical compact groups", 2007.
"""


INITIALIZERS: Mapping[str, Initializer] = MappingProxyType(
    {
        "uniform": uniform,
        "normal": normal,
        # Signals and gradients keep their variance, for tanh and sigmoid: Glorot and
        # Bengio, "Understanding the difficulty of training deep feedforward neural
        # networks", 2010, equations 16 and 12.
        "xavier": _scaled(2.0, outputs=True),
        "xavier_normal": _scaled(2.0, outputs=True, is_normal=True),
        # Signals do, through relu, which drops half of them: He et al., "Delving deep
        # into rectifiers", 2015, equation 10; its authors drew normally.
        "he": _scaled(2.0),
        "he_normal": _scaled(2.0, is_normal=True),
        # And through selu: LeCun et al., "Efficient backprop", 1998, section 4.6.
        "lecun": _scaled(1.0),
        "zeros": zeros,
        "orthogonal": orthogonal,
    }
)

_CONTRACT = "a function (source, n_in, n_out) -> float"


def weight_draws(
    init: Init, source: RandomSource, shape: Sequence[int]
) -> Callable[[], float]:
    """Return a function that gives the weights of an array one after the other.

    The shape is (outputs, inputs), and for a convolution the window's lengths behind.
    What takes other arguments or returns no number is a TypeError when drawn from.

    >>> draw = weight_draws("xavier", random_source(7), (2, 4))
    >>> abs(draw()) <= 1.0
    True
    """
    found: Any = init
    if not isinstance(init, WholeArray):
        found = chosen("init", init, INITIALIZERS, _CONTRACT)
    if isinstance(found, WholeArray):
        numbers: list[float] = found.draw(source, shape).ravel().tolist()
        return iter(numbers).__next__
    window = math.prod(shape[2:])
    n_in, n_out = shape[1] * window, shape[0] * window

    def draw() -> float:
        try:
            number: float = found(source, n_in, n_out)
            if type(number) is not float and not isinstance(number, Real):
                raise TypeError(f"init returned {type(number).__name__}, not a number")
        except TypeError as error:
            error.add_note(f"init must be {_CONTRACT}")
            raise
        return number

    return draw


def random_source(rng: Any) -> RandomSource:
    """Turn what a layer takes as `rng` into something to draw from: see `nn.Neuron`.

    An int is the seed of a new `random.Random`; seed 7 and `random.seed(7)` agree.

    >>> random_source(7).uniform(-1, 1) == random_source(7).uniform(-1, 1)
    True
    """
    if rng is None or rng is random:
        return random
    if isinstance(rng, (random.Random, np.random.Generator)):
        return rng
    if isinstance(rng, (int, np.integer)) and not isinstance(rng, bool):
        return random.Random(operator.index(rng))  # noqa: S311 - weights, no secrets
    known = "None, an int seed, a random.Random or a numpy Generator"
    raise wrong_type(f"rng must be {known}", rng)
