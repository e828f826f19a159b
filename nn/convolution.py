"""Convolutions and pools: windows that slide over channels of numbers.

Channels come first, as in PyTorch: [channels][length], or [channels][height][width]. A
convolution is a `dot` of each filter with what is below each window, so a Program finds
one matrix product.
"""

import math
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from autograd import dot_with, mean
from autograd import max as largest
from nn.arrays import constants, drawn, flattened, nested_list, with_bias
from nn.checks import flag, is_whole, who, whole
from nn.initializers import Init
from nn.module import Module
from nn.tree import numbered_scopes

Sizes = int | Sequence[int]
"""One number for all directions, or one for each."""

Plane = list[list[Any]]


class Axis(NamedTuple):
    """How a window lies along one direction, in PyTorch's terms: see `Conv2d`."""

    kernel_size: int = 1
    stride: int = 1
    padding: int = 0
    dilation: int = 1

    @property
    def span(self) -> int:
        """How far the window reaches from its first number to its last."""
        return self.dilation * (self.kernel_size - 1) + 1

    def below(self, length: int, reaches_over: bool) -> NDArray[np.int64]:
        """What each window holds of so many numbers: [windows][kernel_size].

        These are indices, padding counted. A last window that `reaches_over` the far
        end begins before it.
        """
        end = length + 2 * self.padding - self.span + 1
        if reaches_over:
            end = min(end + self.stride - 1, length + self.padding)
        starts = np.arange(0, end, self.stride)
        return np.add.outer(starts, self.dilation * np.arange(self.kernel_size))


class Sliding(Module):
    """What convolutions and pools share: a window, and the settings that make it."""

    _dimensions: int = 2
    kernel_size: Any
    stride: Any
    ceil_mode: bool = False

    def __init__(
        self, kernel_size: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes
    ) -> None:
        each = []
        settings = kernel_size, stride, padding, dilation
        for name, given in zip(Axis._fields, settings, strict=True):
            sizes = _sizes(name, given, self._dimensions)
            setattr(self, name, sizes[0] if len({*sizes}) == 1 else sizes)
            each.append(sizes)
        axes = [Axis(*sizes) for sizes in zip(*each, strict=True)]
        self._axes = (Axis(), *axes)[-2:]

    def _told(self, **usual: Any) -> str:
        """The settings that differ from the usual ones, as `repr` prints them."""
        held = {**Axis._field_defaults, "kernel_size": None, **usual}
        told = {x: getattr(self, x) for x in held if getattr(self, x) != held[x]}
        return ", ".join(f"{name}={value}" for name, value in told.items())

    def _windows(self, planes: list[Plane], fill: Any) -> list[Plane]:
        """At each place what is below the window, plane after plane, row by row.

        That is [height][width][numbers], with `fill` in the padding, and None where
        windows reach over it.
        """
        numbers = np.array(planes, object)
        pairs = [*zip(self._axes, numbers.shape[1:], strict=True)]
        down, across = (axis.below(length, self.ceil_mode) for axis, length in pairs)
        if not (down.size and across.size):
            told = " x ".join(map(str, numbers.shape[-self._dimensions :]))
            raise ValueError(f"the window of {who(self)} does not fit into {told}")
        inside = [slice(axis.padding, axis.padding + length) for axis, length in pairs]
        padded = [slice(length + 2 * axis.padding) for axis, length in pairs]
        over = [length + 2 * axis.padding + axis.stride for axis, length in pairs]
        room = np.full((len(planes), *over), None)
        room[:, *padded] = fill
        room[:, *inside] = numbers
        below = np.moveaxis(room[:, down[:, None, :, None], across[:, None, :]], 0, 2)
        found: list[Plane] = below.reshape(*below.shape[:2], -1).tolist()
        return found


class Convolution(Sliding):
    """A filter for each channel of the output, slid over all channels of the input."""

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes = 0,
        dilation: Sizes = 1,
        bias: bool = True,
        rng: Any = None,
        init: Init = "he",
    ) -> None:
        super().__init__(kernel_size, stride, padding, dilation)
        self.in_channels = whole("in_channels", in_channels)
        out_channels = whole("out_channels", out_channels)
        window = [axis.kernel_size for axis in self._axes[-self._dimensions :]]
        shape = (out_channels, self.in_channels, *window)
        self.weight = drawn("weight", shape, init, rng)
        has_bias = flag("bias", bias)
        self.bias = constants("bias", out_channels, 0.0) if has_bias else None

    def forward(self, inputs: Any) -> list[Any]:
        """Map [in_channels][length...] to [out_channels][places...].

        It is a ValueError if the window does not fit into these lengths.
        """
        shape = (self.in_channels, *[None] * self._dimensions)
        planes = nested_list(self, inputs, shape)
        if self._dimensions == 1:
            planes = [[channel] for channel in planes]
        has_bias, windows = self.bias is not None, self._windows(planes, 0.0)
        sums = [[dot_with(x, has_bias) for x in line] for line in windows]
        scopes = numbered_scopes("channels", len(self.weight))
        rows = with_bias(map(flattened, self.weight), self.bias)
        outputs = []
        for channel, row in zip(scopes, rows, strict=True):
            with channel:
                outputs.append([[weighted(row) for weighted in line] for line in sums])
        return outputs if self._dimensions == 2 else [line for (line,) in outputs]

    def __repr__(self) -> str:
        channels = f"{self.in_channels} -> {len(self.weight)}"
        return f"{type(self).__name__}({channels}, {self._told()})"


class Conv1d(Convolution):
    """A convolution in one direction, as over time: [channels][length] to such.

    Args: as for `Conv2d`, with one number for each setting; weight is
        [out_channels][in_channels][kernel_size].

    >>> import nn
    >>> nn.Conv1d(2, 4, kernel_size=3, padding=1)
    Conv1d(2 -> 4, kernel_size=3, padding=1)
    """

    _dimensions = 1


class Conv2d(Convolution):
    """A convolution in two directions, as over an image: a filter for each output.

    It maps [in_channels][height][width] to [out_channels][down][across]. A setting is
    one number for both directions, or one for each.

    Args:
        in_channels, out_channels: how many channels and how many filters there are.
        kernel_size: how many numbers of a channel the window holds in each direction.
        stride: by how much it moves on.
        padding: how far it may reach over the edges; zeros are put around.
        dilation: how far apart the numbers lie that it holds.
        bias: whether a number is added in each channel; it starts at 0.
        rng, init: as for `Layer`.

    Attributes:
        weight: the filters, [out_channels][in_channels][height][width].
        bias: [out_channels], or None.

    >>> import nn
    >>> conv = nn.Conv2d(1, 8, kernel_size=(3, 5), stride=2)
    >>> conv
    Conv2d(1 -> 8, kernel_size=(3, 5), stride=2)
    >>> conv.state_dict()["weight"].shape
    (8, 1, 3, 5)
    """


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


def _sizes(name: str, given: Any, count: int) -> tuple[int, ...]:
    """One size for each direction."""
    several = given if isinstance(given, list | tuple) else [given] * count
    if len(several) != count or not all(map(is_whole, several)):
        pair = " or a pair of them" if count == 2 else ""
        raise TypeError(f"{name} must be an int{pair}, got {given!r}")
    return tuple(whole(name, size, 0 if name == "padding" else 1) for size in several)
