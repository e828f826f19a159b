"""Layers that bring numbers to mean 0 and variance 1, then scale and shift them.

LayerNorm and RMSNorm look at the numbers of one example, BatchNorm at one feature of
many. The `eps` of each keeps the quotient finite where all numbers are equal.
"""

from abc import abstractmethod
from functools import partial
from typing import Any

import numpy as np

from autograd import batch_mean, dot, mean, sqrt, tell
from nn.arrays import constants, flattened, mapped, nested_list, shape_of
from nn.checks import at_least_zero, who, whole
from nn.module import Module

Feature = tuple[Any, Any]
"""The mean and the variance of one feature."""


class _Norm(Module):
    """What all share: a weight for every feature, which starts at 1."""

    def __init__(self, size: int, eps: float) -> None:
        self.size, self.eps = whole("size", size), at_least_zero("eps", eps)
        self.weight = constants("weight", self.size, 1.0)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.size})"


class _RowNorm(_Norm):
    """What is done to each list of `size` numbers."""

    def forward(self, inputs: Any) -> list[Any]:
        """Normalise a list of `size` numbers, or each of such lists, however nested."""
        return self._each_row(nested_list(self, inputs, (..., self.size)))

    def _each_row(self, lists: list[Any]) -> list[Any]:
        nested = isinstance(lists[0], list)
        return [*map(self._each_row, lists)] if nested else self._normalized(lists)

    @abstractmethod
    def _normalized(self, row: list[Any]) -> list[Any]:
        """What becomes of a list of numbers."""


class LayerNorm(_RowNorm):
    """Normalise the features of each example, or of each step of a sequence.

    y <- (x - mean) / sqrt(variance + eps) * weight + bias

    Args: `size` is how many features there are; so long are weight and bias, which
        start at 1 and 0.

    Source: Ba, Kiros and Hinton, "Layer normalization", 2016.

    >>> import nn
    >>> [round(y.data, 4) for y in nn.LayerNorm(3)([1.0, 2.0, 3.0])]
    [-1.2247, 0.0, 1.2247]
    """

    def __init__(self, size: int, eps: float = 1e-5) -> None:
        super().__init__(size, eps)
        self.bias = constants("bias", self.size, 0.0)

    def _normalized(self, row: list[Any]) -> list[Any]:
        deviations, variance = _spread(row, mean(row))
        scale = 1.0 / sqrt(variance + self.eps)
        parts = zip(deviations, self.weight, self.bias, strict=True)
        return [x * scale * weight + bias for x, weight, bias in parts]


class RMSNorm(_RowNorm):
    """Divide by the root of the mean square; no mean is taken away, nothing added.

    y <- x / sqrt(mean(x**2) + eps) * weight

    Args: `size` is how many features there are, and so long is weight, which starts at
        1; without an `eps` it is float64's epsilon.

    Source: Zhang and Sennrich, "Root mean square layer normalization", 2019.

    >>> import nn
    >>> [round(y.data, 4) for y in nn.RMSNorm(2)([3.0, 4.0])]
    [0.8485, 1.1314]
    """

    def __init__(self, size: int, eps: float | None = None) -> None:
        super().__init__(size, float(np.finfo(float).eps) if eps is None else eps)

    def _normalized(self, row: list[Any]) -> list[Any]:
        scale = 1.0 / sqrt(dot(row, row) / len(row) + self.eps)
        return [x * scale * weight for x, weight in zip(row, self.weight, strict=True)]


class BatchNorm(_Norm):
    """Normalise each feature over the examples of a batch.

    y <- (x - mean) / sqrt(variance + eps) * weight + bias

    *What a batch means here.* In training, what this layer makes of one example depends
    on all others of the batch. So it is called on a list of examples, and returns as
    many: mean and variance are Values, and gradients go through them from every example
    to every other. Or it is part of a `Program` of one example, which is given a batch:
    then means are taken over that (`autograd.batch_mean`), and after each run, but for
    those with `theta=`, the running statistics follow. In `eval()` it uses the means of
    the batches that it has seen, and is called on one example or on a list.

    An example is a list of features, [size], or an image, [size][height][width], whose
    places count like examples. How deep the lists are tells examples from batches.

    Args: `size` is how many features, or channels of an image, there are; `momentum`
        how far a batch moves the running mean and variance, from 0 to 1.

    Attributes:
        weight: [size], at first 1.
        bias: [size], at first 0.
        running_mean: over the batches seen in training, [size]; it and what follows is
            saved with the parameters.
        running_var: the variance, by n - 1, [size].
        num_batches_tracked: how many there were.

    Source: Ioffe and Szegedy, "Batch normalization", 2015, algorithms 1 and 2.

    >>> import nn
    >>> norm = nn.BatchNorm(1)
    >>> [round(y.data, 4) for (y,) in norm([[1.0], [3.0], [5.0]])]
    [-1.2247, 0.0, 1.2247]
    >>> norm.running_mean, norm.running_var
    (array([0.3]), array([1.3]))
    >>> norm.eval()([3.0])[0].data > 0
    True
    """

    buffers = ("running_mean", "running_var", "num_batches_tracked")

    def __init__(self, size: int, eps: float = 1e-5, momentum: float = 0.1) -> None:
        super().__init__(size, eps)
        self.bias = constants("bias", self.size, 0.0)
        self.momentum = at_least_zero("momentum", momentum, most=1.0)
        self.running_mean = np.zeros(self.size)
        self.running_var = np.ones(self.size)
        self.num_batches_tracked = np.array(0)

    def forward(self, inputs: Any) -> list[Any]:
        """Normalise a list of examples; in `eval()`, or a program, also a single one.

        In training it is a ValueError if there is one example, or one number of each
        feature.
        """
        # What has one output gives it without a list.
        depth = len(shape_of(nested_list(self, inputs, (...,))) or ()) or 1
        shape = (self.size,) if depth < 3 else (self.size, None, None)
        is_single = depth == len(shape)
        lists = nested_list(self, inputs, shape if is_single else (None, *shape))
        examples = [lists] if is_single else lists
        if self.training:
            features = self._observed(examples, is_single)
        else:
            remembered = np.stack([self.running_mean, self.running_var], axis=1)
            features = remembered.tolist()
        parts = [*zip(features, self.weight, self.bias, strict=True)]
        outputs = [[*map(self._scaled, example, parts)] for example in examples]
        return outputs[0] if is_single else outputs

    def _scaled(self, channel: Any, parts: tuple[Feature, Any, Any]) -> Any:
        """One channel of an example, given its mean and variance, weight and bias."""
        (centre, variance), weight, bias = parts
        scale = weight / sqrt(variance + self.eps)
        return mapped(lambda x: (x - centre) * scale + bias, channel)

    def _observed(self, examples: list[Any], is_single: bool) -> list[Feature]:
        """The mean and variance of each feature in a batch; the running ones follow."""
        channels = [flattened([*channel]) for channel in zip(*examples, strict=True)]
        features = []
        for numbers in channels:
            centre = self._over_batch(mean(numbers)) if is_single else mean(numbers)
            _, variance = _spread(numbers, centre)
            features.append((centre, batch_mean(variance) if is_single else variance))
        numbers = [x for column in zip(*features, strict=True) for x in column]
        written = [getattr(self, name) for name in self.buffers]
        tell(partial(self._follow, len(channels[0]), is_single), numbers, written)
        return features

    def _over_batch(self, x: Any) -> Any:
        """The mean over the batch of a program; an error if there is none."""
        try:
            return batch_mean(x)
        except TypeError:
            raise ValueError(
                f"{who(self)} in training normalises over a batch, and got one "
                "example: call it on a list of examples, make a Program of one example "
                "and give that a batch, or call eval() before"
            ) from None

    def _follow(
        self, count: int, is_single: bool, numbers: list[float], examples: int
    ) -> None:
        """Move the running statistics towards the means and variances of a batch.

        `numbers` are the means of all features, then their variances; `count` is how
        many of each feature there were, in all examples or in a single one.
        """
        count *= examples if is_single else 1
        if count == 1:
            raise ValueError(
                f"{who(self)} in training needs more than one number of each feature, "
                "got a batch of one example: one number has no variance; choose a size "
                "of batches that leaves none over"
            )
        means, variances = np.reshape(numbers, (2, self.size))
        unbiased = variances * (count / (count - 1.0))
        self.running_mean[:] += self.momentum * (means - self.running_mean)
        self.running_var[:] += self.momentum * (unbiased - self.running_var)
        self.num_batches_tracked[...] += 1


def _spread(numbers: list[Any], centre: Any) -> tuple[list[Any], Any]:
    """The deviations of numbers from a centre, and the mean of their squares."""
    deviations = [x - centre for x in numbers]
    return deviations, dot(deviations, deviations) / len(numbers)
