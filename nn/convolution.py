"""Convolutions and pools: windows that slide over channels of numbers.

Channels come first, as in PyTorch: [channels][length], or [channels][height][width]. A
convolution is a `dot` of each filter with what is below each window, so a Program finds
one matrix product.
"""

import math
import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from autograd import dot, mean
from autograd import max as largest
from nn.arrays import flattened, nested_list, nested_parameters
from nn.calling import numbered_scopes, who
from nn.initializers import Initializer, random_source, weight_draws
from nn.module import Module
from nn.settings import flag, positive_int

__all__ = ["AvgPool2d", "Conv1d", "Conv2d", "MaxPool2d"]

Sizes = int | Sequence[int]
"""One number for all directions, or one for each."""

Plane = list[list[Any]]


class Axis(NamedTuple):
    """How a window lies along one direction, in PyTorch's terms."""

    kernel_size: int = 1
    stride: int = 1
    padding: int = 0
    dilation: int = 1

    def places(self, length: int) -> list[range]:
        """The indices below the window at each place that it takes, padding counted."""
        span = self.dilation * (self.kernel_size - 1) + 1
        starts = range(0, length + 2 * self.padding - span + 1, self.stride)
        return [range(start, start + span, self.dilation) for start in starts]


class Sliding(Module):
    """What convolutions and pools share: a window, and the settings that make it."""

    _dimensions: int = 2
    kernel_size: Any

    def _set_window(self, **settings: Sizes) -> None:
        """Keep the settings, and how the window lies along each direction."""
        count, each = self._dimensions, {}
        for name, given in settings.items():
            least = 0 if name == "padding" else 1
            each[name] = _sizes(name, given, count, least)
            single = len({*each[name]}) == 1
            setattr(self, name, each[name][0] if single else each[name])
        axes = [Axis(*sizes) for sizes in zip(*each.values(), strict=True)]
        self._axes = (Axis(), *axes)[-2:]

    def _told(self, **usual: Any) -> str:
        """The settings that differ from the usual ones, as `repr` prints them."""
        held = {"kernel_size": None, **usual}
        return ", ".join(
            f"{name}={getattr(self, name)}"
            for name, default in held.items()
            if getattr(self, name) != default
        )

    def _windows(self, planes: list[Plane], fill: float) -> list[Plane]:
        """At each place what is below the window: [height][width][numbers].

        Plane after plane, row by row, and `fill` beyond the edges.

        Raises:
            ValueError: if the window is larger than the planes.
        """
        down, across = self._axes
        height, width = len(planes[0]), len(planes[0][0])
        lines, columns = down.places(height), across.places(width)
        if not lines or not columns:
            size = f"{height} x {width}" if self._dimensions == 2 else str(width)
            raise ValueError(f"the window of {who(self)} does not fit into {size}")
        beside = [fill] * across.padding
        beyond = [[fill] * (width + 2 * across.padding)] * down.padding
        padded = [
            [*beyond, *([*beside, *row, *beside] for row in plane), *beyond]
            for plane in planes
        ]
        return [
            [[p[i][j] for p in padded for i in line for j in js] for js in columns]
            for line in lines
        ]


class Convolution(Sliding):
    """A filter for each channel of the output, slid over all channels of the input.

    Args:
        in_channels: how many channels there are.
        out_channels: how many filters.
        kernel_size: how many numbers of a channel a filter sees, in each direction.
        stride: by how much it moves on.
        padding: how many zeros are put around the channels, on each side.
        dilation: how far apart the numbers lie that it sees.
        bias: whether a number is added in each channel; it starts at 0.
        rng, init: as for `Layer`.

    Attributes:
        weight: the filters, [out_channels][in_channels][kernel_size...].
        bias: [out_channels], or None.
    """

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
        init: str | Initializer = "he",
    ) -> None:
        self._set_window(
            kernel_size=kernel_size, stride=stride, padding=padding, dilation=dilation
        )
        self.in_channels = positive_int("in_channels", in_channels)
        out_channels = positive_int("out_channels", out_channels)
        window = [axis.kernel_size for axis in self._axes[-self._dimensions :]]
        shape = (out_channels, self.in_channels, *window)
        draw = weight_draws(init, random_source(rng), shape)
        self.weight = nested_parameters("weight", shape, draw)
        zeros = nested_parameters("bias", (out_channels,), lambda: 0.0)
        self.bias = zeros if flag("bias", bias) else None

    def forward(self, inputs: Any) -> list[Any]:
        """Map [in_channels][length...] to [out_channels][places...].

        Raises:
            TypeError: if something is no number.
            ValueError: if the shape is another, or too small for the window.
        """
        shape = (self.in_channels, *[None] * self._dimensions)
        channels = nested_list(self, inputs, shape)
        if self._dimensions == 2:
            return self._convolved(channels)
        outputs = self._convolved([[channel] for channel in channels])
        return [channel for (channel,) in outputs]

    def _convolved(self, planes: list[Plane]) -> list[Plane]:
        """The channels of the output, in two directions."""
        windows = self._windows(planes, 0.0)
        biases = self.bias or [None] * len(self.weight)
        scopes = numbered_scopes("channels", len(self.weight))
        outputs = []
        for channel, filter_, b in zip(scopes, self.weight, biases, strict=True):
            row = flattened(filter_)
            with channel:
                outputs.append([[dot(row, x, b) for x in line] for line in windows])
        return outputs

    def __repr__(self) -> str:
        told = self._told(stride=1, padding=0, dilation=1)
        channels = f"{self.in_channels} -> {len(self.weight)}"
        return f"{type(self).__name__}({channels}, {told})"


class Conv1d(Convolution):
    """A convolution in one direction, as over time; see `Convolution`.

    >>> import nn
    >>> conv = nn.Conv1d(2, 4, kernel_size=3, padding=1)
    >>> conv
    Conv1d(2 -> 4, kernel_size=3, padding=1)
    >>> conv.state_dict()["weight"].shape
    (4, 2, 3)
    """

    _dimensions = 1


class Conv2d(Convolution):
    """A convolution in two directions, as over an image; see `Convolution`.

    >>> import nn
    >>> conv = nn.Conv2d(1, 8, kernel_size=(3, 5), stride=2)
    >>> conv
    Conv2d(1 -> 8, kernel_size=(3, 5), stride=2)
    >>> conv.state_dict()["weight"].shape
    (8, 1, 3, 5)
    """


class Pool(Sliding):
    """One number for what is below each window, in every channel by itself.

    Args:
        kernel_size: how many numbers the window holds in each direction.
        stride: by how much it moves on; None for its own size.
        padding: how far it may reach over the edges, at most half its size.
    """

    _fill: float = 0.0
    _pooled: Callable[[list[Any]], Any]

    def __init__(
        self, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0
    ) -> None:
        stride = kernel_size if stride is None else stride
        self._set_window(kernel_size=kernel_size, stride=stride, padding=padding)
        if any(2 * axis.padding > axis.kernel_size for axis in self._axes):
            raise ValueError(
                f"padding must be at most half of kernel_size, got {padding} and "
                f"{kernel_size}"
            )

    def forward(self, inputs: Any) -> list[Plane]:
        """Map [channels][height][width] to [channels][down][across].

        Raises:
            TypeError: if something is no number.
            ValueError: if the shape is another, or too small for the window.
        """
        planes = nested_list(self, inputs, (None, None, None))
        return [
            [[self._pooled(x) for x in line] for line in self._windows([p], self._fill)]
            for p in planes
        ]

    def __repr__(self) -> str:
        told = self._told(stride=self.kernel_size, padding=0)
        return f"{type(self).__name__}({told})"


class MaxPool2d(Pool):
    """The largest number below each window; see `Pool`.

    Beyond the edges lies -inf. Where several are the largest, they share the gradient.

    >>> import nn
    >>> nn.MaxPool2d(2)([[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]])
    [[[6.0, 8.0]]]
    """

    _fill = -math.inf
    _pooled = staticmethod(largest)


class AvgPool2d(Pool):
    """The mean of the numbers below each window; see `Pool`.

    Beyond the edges lie zeros, which count.

    >>> import nn
    >>> nn.AvgPool2d(2)([[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]])
    [[[3.5, 5.5]]]
    """

    _pooled = staticmethod(mean)


def _sizes(name: str, given: Any, count: int, least: int) -> tuple[int, ...]:
    """One size for each direction.

    Raises:
        TypeError: if it is neither an int nor as many ints.
        ValueError: if one is too small.
    """
    several = given if isinstance(given, list | tuple) else [given] * count
    try:
        sizes = tuple(operator.index(size) for size in several)
    except TypeError:
        sizes = ()
    if len(sizes) != count or any(isinstance(size, bool) for size in several):
        pair = " or a pair of them" if count == 2 else ""
        raise TypeError(f"{name} must be an int{pair}, got {given!r}")
    if min(sizes) < least:
        raise ValueError(f"{name} must be at least {least}, got {given!r}")
    return sizes
