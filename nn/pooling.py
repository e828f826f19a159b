"""Pools: one number for what is below each window that slides over channels."""

import math
from abc import abstractmethod
from typing import Any

from autograd import max as largest
from autograd import mean
from nn.arrays import nested_list
from nn.checks import flag
from nn.convolution import Plane, Sizes, Sliding


class Pool(Sliding):
    """One number for what is below each window, in every channel by itself."""

    count_include_pad: bool = True
    _fill: float | None = None

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        dilation: Sizes = 1,
        *,
        ceil_mode: bool = False,
    ) -> None:
        stride = kernel_size if stride is None else stride
        super().__init__(kernel_size, stride, padding, dilation)
        self.ceil_mode = flag("ceil_mode", ceil_mode)
        if any(2 * axis.padding > axis.span for axis in self._axes):
            raise ValueError(
                "padding must be at most half of what the window spans, got padding "
                f"{padding} for {self!r}"
            )

    def forward(self, inputs: Any) -> list[Plane]:
        """Map [channels][height][width] to [channels][down][across].

        It is a ValueError if the window does not fit into these lengths.
        """
        planes = nested_list(self, inputs, (None, None, None))
        return [
            [
                [self._pooled([x for x in window if x is not None]) for window in line]
                for line in self._windows([plane], self._fill)
            ]
            for plane in planes
        ]

    @abstractmethod
    def _pooled(self, numbers: list[Any]) -> Any:
        """What is below one window, as one number."""

    def __repr__(self) -> str:
        usual = {"stride": self.kernel_size, "ceil_mode": False}
        return f"{type(self).__name__}({self._told(**usual, count_include_pad=True)})"


class MaxPool2d(Pool):
    """The largest number below each window, in every channel by itself.

    Beyond the edges lies -inf. Where several are the largest, they share the gradient.

    Args:
        kernel_size, padding, dilation: as for `Conv2d`; padding is at most half the
            window's span.
        stride: by how much the window moves on; None for its own size.
        ceil_mode: whether a last window, which begins before the far edge, may reach
            over it.

    >>> import nn
    >>> nn.MaxPool2d(2)([[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]])
    [[[6.0, 8.0]]]
    """

    def _pooled(self, numbers: list[Any]) -> Any:
        return largest(numbers or [-math.inf])


class AvgPool2d(Pool):
    """The mean of the numbers below each window, in every channel by itself.

    Args:
        kernel_size, stride, padding, ceil_mode: as for `MaxPool2d`.
        count_include_pad: whether the zeros of the padding count in the mean. What a
            window reaches over beyond them never does.

    >>> import nn
    >>> nn.AvgPool2d(2)([[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]])
    [[[3.5, 5.5]]]
    """

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode=ceil_mode)
        self.count_include_pad = flag("count_include_pad", count_include_pad)
        self._fill = 0.0 if count_include_pad else None

    def _pooled(self, numbers: list[Any]) -> Any:
        return mean(numbers)
