"""Perceptron: the first unit that learned, and the theorem that it comes to an end."""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from autograd import Value, dot, no_grad, step
from nn.arrays import drawn, nested_list
from nn.checks import is_number, who, whole
from nn.module import Module

PASSES = 1000
"""So often the plane is moved; what is not clear of all then hardly has a margin."""


class Perceptron(Module):
    """A threshold unit, which learns from its mistakes: 1 if w.x > theta, else 0.

    The threshold is the weight of a constant input 1 before the others: w0 = -theta.

    Args:
        n_in: how many inputs it takes.
        rng: None for weights that start at 0, as `mistake_bound` supposes; else where
            they are drawn from [-1, 1]: see `Neuron`.

    Attributes:
        weight: w0 and the weights of the inputs, [1 + n_in].

    Source: Rosenblatt, "The perceptron: a probabilistic model for information storage
    and organization in the brain", 1958; the unit is McCulloch and Pitts', 1943.

    >>> import nn
    >>> unit = nn.Perceptron(2)
    >>> table = [([0, 0], 0), ([0, 1], 1), ([1, 0], 1), ([1, 1], 1)]
    >>> while any([unit.learn(x, target) for x, target in table]):
    ...     pass
    >>> [unit(x).data for x, _ in table]
    [0.0, 1.0, 1.0, 1.0]
    """

    def __init__(self, n_in: int, rng: Any = None) -> None:
        count = 1 + whole("n_in", n_in)
        init = "zeros" if rng is None else "uniform"
        self.weight = drawn("weight", (count,), init, rng)

    def forward(self, inputs: Any) -> Value:
        """Return 1 if the weighted sum is above the threshold, else 0."""
        inputs = nested_list(self, inputs, (len(self.weight) - 1,))
        output: Value = step(dot(self.weight, [1.0, *inputs]))
        return output

    def learn(self, inputs: Any, target: Any) -> bool:
        """Move the weights by (target - output) times the inputs: on a mistake only.

        The target is 0 or 1, the inputs are finite. Returns whether it was a mistake.
        """
        x, target = self._example(inputs, target)
        with no_grad():
            error = target - self(inputs).data
        if error:
            for w, number in zip(self.weight, x, strict=True):
                w.data += error * number
        return bool(error)

    def mistake_bound(self, inputs: Iterable[Any], targets: Iterable[Any]) -> float:
        """How many mistakes learning makes at most, in any order and however long.

        That is (R / margin)**2: R is the length of the longest example, its constant 1
        included, and the margin the distance of the nearest one from the plane that the
        weights of this perceptron are normal to. They must separate the examples, as
        after learning, else it is a ValueError; if one lies in the plane itself, the
        plane is moved off it as if that were a mistake. The bound holds for any
        perceptron that starts at 0; it is infinite if no plane was found that keeps
        clear of all examples.

        Source: Novikoff, "On convergence proofs for perceptrons", 1962.
        """
        pairs = zip(inputs, targets, strict=True)
        examples = [self._example(*pair) for pair in pairs]
        if not examples:
            raise ValueError("mistake_bound needs at least one example, got none")
        w = np.array([p.data for p in self.weight])
        signed = np.array([np.multiply(2 * target - 1, x) for x, target in examples])
        wrong = int(np.argmin(signed @ w))
        if signed[wrong] @ w < 0.0:
            raise ValueError(
                f"the weights of {who(self)} do not separate the examples: number "
                f"{wrong} is on the wrong side; learn until no mistake is left"
            )
        for _ in range(PASSES):
            if (signed @ w > 0.0).all():
                break
            for row in signed:
                if row @ w <= 0.0:
                    w = w + row
        margin = float((signed @ w).min() / (np.linalg.norm(w) or 1.0))
        radius = float(np.linalg.norm(signed, axis=1).max())
        return (radius / margin) ** 2 if margin > 0.0 else math.inf

    def _example(self, inputs: Any, target: Any) -> tuple[list[float], int]:
        """The numbers of an example, the constant 1 first, and its target."""
        x = [1.0, *map(float, nested_list(self, inputs, (len(self.weight) - 1,)))]
        if not all(map(math.isfinite, x)):
            raise ValueError(f"{who(self)} learns from finite numbers, got {x[1:]}")
        if not is_number(target) or target not in (0, 1):
            raise ValueError(f"a target of {who(self)} is 0 or 1, got {target!r}")
        return x, int(target)

    def __repr__(self) -> str:
        return f"Perceptron({len(self.weight) - 1} -> 1 step)"
