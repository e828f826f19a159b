"""Dropout: in training, some numbers are left to chance."""

from typing import Any

from autograd import where
from nn.arrays import mapped, nested_list
from nn.initializers import random_source
from nn.module import Module
from nn.noise import uniform
from nn.settings import at_least_zero

__all__ = ["Dropout"]


class Dropout(Module):
    """In training, set each number to 0 with probability p, and scale up the others.

    The scale 1 / (1 - p) keeps the mean as it is, so that in `eval()` nothing is to be
    done.

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
        self.p = at_least_zero("p", p)
        if self.p > 1.0:
            raise ValueError(f"p must be at most 1, got {p!r}")
        # Not the module `random` itself, which can't be copied with the net.
        self.source = None if rng is None else random_source(rng)

    def forward(self, inputs: Any) -> Any:
        """Drop some of the numbers, in lists however nested, or a single one.

        Raises:
            TypeError: if something is no number.
            ValueError: if lists side by side differ in length, or `noise.supplied` has
                too few numbers.
        """
        lists = nested_list(self, inputs, (...,))
        return mapped(self._dropped, lists) if self.training and self.p else lists

    def _dropped(self, x: Any) -> Any:
        scale = 1.0 / (1.0 - self.p) if self.p < 1.0 else 0.0
        return x * where(uniform(self.source) < self.p, 0.0, scale)

    def __repr__(self) -> str:
        return f"Dropout({self.p:g})"
