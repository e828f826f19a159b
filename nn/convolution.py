"""Convolutions: windows that slide over channels of numbers, as those of pools do.

Channels come first, as in PyTorch: [channels][length], or [channels][height][width]. A
convolution is a `dot` of each filter with what is below each window, so a Program finds
one matrix product.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from autograd import dot_with
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
        groups: int = 1,
        bias: bool = True,
        rng: Any = None,
        init: Init = "he",
    ) -> None:
        super().__init__(kernel_size, stride, padding, dilation)
        self.in_channels = whole("in_channels", in_channels)
        out_channels = whole("out_channels", out_channels)
        self.groups = whole("groups", groups)
        if in_channels % groups or out_channels % groups:
            told = f"{groups} for {in_channels} -> {out_channels}"
            raise ValueError(f"groups must divide both counts of channels, got {told}")
        window = [axis.kernel_size for axis in self._axes[-self._dimensions :]]
        shape = (out_channels, in_channels // groups, *window)
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
        has_bias, each = self.bias is not None, len(planes) // self.groups
        sums = [
            [[dot_with(x, has_bias) for x in line] for line in self._windows(own, 0.0)]
            for own in (planes[i : i + each] for i in range(0, len(planes), each))
        ]
        scopes = numbered_scopes("channels", len(self.weight))
        rows = with_bias(map(flattened, self.weight), self.bias)
        outputs = []
        for number, (channel, row) in enumerate(zip(scopes, rows, strict=True)):
            own_sums = sums[number * self.groups // len(self.weight)]
            with channel:
                outputs.append([[weighted(row) for weighted in x] for x in own_sums])
        return outputs if self._dimensions == 2 else [line for (line,) in outputs]

    def __repr__(self) -> str:
        channels = f"{self.in_channels} -> {len(self.weight)}"
        grouped = f", groups={self.groups}" if self.groups > 1 else ""
        return f"{type(self).__name__}({channels}, {self._told()}{grouped})"


class Conv1d(Convolution):
    """A convolution in one direction, as over time: [channels][length] to such.

    Args: as for `Conv2d`, with one number for each setting; weight is
        [out_channels][in_channels / groups][kernel_size].

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
        groups: into how many groups channels are divided: a filter sees those of its
            own alone. As many as there are inputs make it depthwise.
        bias: whether a number is added in each channel; it starts at 0.
        rng, init: as for `Layer`.

    Attributes:
        weight: the filters, [out_channels][in_channels / groups][height][width].
        bias: [out_channels], or None.

    >>> import nn
    >>> conv = nn.Conv2d(1, 8, kernel_size=(3, 5), stride=2)
    >>> conv
    Conv2d(1 -> 8, kernel_size=(3, 5), stride=2)
    >>> conv.state_dict()["weight"].shape
    (8, 1, 3, 5)
    """


def _sizes(name: str, given: Any, count: int) -> tuple[int, ...]:
    """One size for each direction."""
    several = given if isinstance(given, list | tuple) else [given] * count
    if len(several) != count or not all(map(is_whole, several)):
        pair = " or a pair of them" if count == 2 else ""
        raise TypeError(f"{name} must be an int{pair}, got {given!r}")
    return tuple(whole(name, size, 0 if name == "padding" else 1) for size in several)
