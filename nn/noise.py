"""Noise: Dropout, and where it gets random numbers from in training.

A layer that plays dice asks `uniform` for the next number: one of its own source. In a
program it must be an input, or it would stay the same for ever: in a `supplied` block
the numbers, or Values, that are given come one by one.
"""

import random
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from typing import Any, Self

import numpy as np

from autograd import where
from nn.arrays import mapped, nested_list
from nn.checks import at_least_zero
from nn.initializers import RandomSource, random_source
from nn.module import Module

__all__ = ["Dropout", "supplied", "uniform"]


class Dropout(Module):
    """In training, set each number to 0 with probability p, and scale up the others.

    The scale 1 / (1 - p) keeps the mean, so that in `eval()` nothing is to be done.

    Args:
        p: the probability, from 0 to 1.
        rng: where numbers are drawn from in training, as for `Layer`.

    Source: Srivastava et al., "Dropout: a simple way to prevent neural networks from
    overfitting", 2014.

    >>> import nn
    >>> nn.Dropout(0.5).eval()([1.0, 2.0])
    [1.0, 2.0]
    """

    def __init__(self, p: float = 0.5, rng: Any = None) -> None:
        self.p = at_least_zero("p", p, most=1.0)
        # Not the module `random` itself, which can't be copied with the net.
        self.source = None if rng is None else random_source(rng)

    def forward(self, inputs: Any) -> Any:
        """Drop some of the numbers, in lists however nested, or a single one."""
        lists = nested_list(self, inputs, (...,))
        return mapped(self._dropped, lists) if self.training and self.p else lists

    def _dropped(self, x: Any) -> Any:
        scale = 1.0 / (1.0 - self.p) if self.p < 1.0 else 0.0
        return x * where(uniform(self.source) < self.p, 0.0, scale)

    def __repr__(self) -> str:
        return f"Dropout({self.p:g})"


class supplied:  # noqa: N801 - reads as a function: `with supplied(numbers):`
    """Give the random numbers for a block: they come in the order in which layers ask.

    >>> import nn
    >>> from autograd import Program
    >>> dropout = nn.Dropout(0.5)
    >>> def f(x, numbers):
    ...     with nn.noise.supplied(numbers):
    ...         return dropout(x)
    >>> program = Program(f, [1.0, 2.0], [0.5, 0.5])
    >>> program([1.0, 2.0], [0.9, 0.1])
    [2.0, 0.0]

    How many numbers a net needs for an example is told by `used`, after a block with
    enough of them, such as `itertools.repeat(0.5)`.

    Args:
        numbers: numbers from 0 to 1, or Values of such: a list, a vector, an iterator.

    Attributes:
        used: how many have been asked for.
    """

    def __init__(self, numbers: Iterable[Any]) -> None:
        plain = numbers.tolist() if isinstance(numbers, np.ndarray) else numbers
        self._numbers: Iterator[Any] = iter(plain)
        self.used = 0

    def __enter__(self) -> Self:
        self._token = _SUPPLY.set(self)
        return self

    def __exit__(self, *_exception: object) -> None:
        _SUPPLY.reset(self._token)

    def next(self) -> Any:
        """The next number; a ValueError if there is none left."""
        for number in self._numbers:
            self.used += 1
            return number
        raise ValueError(
            f"noise.supplied: more than the {self.used} numbers supplied are wanted; a "
            "Dropout in training takes one for each number that it is called on"
        )


_SUPPLY: ContextVar[supplied | None] = ContextVar("supply", default=None)


def uniform(source: RandomSource | None) -> Any:
    """The next number from 0 to 1: of the block's supply, or else from the source.

    Without a source it is drawn by Python's `random` module.
    """
    supply = _SUPPLY.get()
    if supply is not None:
        return supply.next()
    return (random if source is None else source).uniform(0.0, 1.0)
