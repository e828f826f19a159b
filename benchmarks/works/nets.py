"""Nets of the lectures, each as ours and as PyTorch's, with parameters of one name."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import nn


class Net(NamedTuple):
    """A net in two engines.

    Attributes:
        ours: Makes ours, always from the same numbers.
        peer: Makes PyTorch's; the parameters have the same names and shapes.
        shape: That of one example.
        classes: How many scores it gives.
    """

    ours: Callable[[], nn.Module]
    peer: Callable[[], Any]
    shape: tuple[int, ...]
    classes: int


def mlp(*widths: int) -> Net:
    """Fully connected layers with relu between them."""

    def ours() -> nn.Module:
        layers = [nn.Linear(*pair, rng=0, init="he") for pair in pairs]
        return nn.Sequential(*_between(layers, "relu"))

    def peer() -> Any:
        from torch import nn as theirs

        layers = [theirs.Linear(*pair) for pair in pairs]
        return theirs.Sequential(*_between(layers, theirs.ReLU()))

    pairs = [*itertools.pairwise(widths)]
    return Net(ours, peer, widths[:1], widths[-1])


def _between(layers: Iterable[Any], activation: Any) -> list[Any]:
    """The layers, with an activation after all but the last."""
    return [stage for layer in layers for stage in (layer, activation)][:-1]


def convolution(padding: int = 0) -> Net:
    """One convolution of an image of 8 x 8, a pool, and a layer."""
    places = 8 * (3 + padding) ** 2

    def ours() -> nn.Module:
        return nn.Sequential(
            nn.Conv2d(1, 8, kernel_size=3, padding=padding, rng=0),
            "relu",
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(places, 10, rng=1, init="he"),
        )

    def peer() -> Any:
        from torch import nn as theirs

        return theirs.Sequential(
            theirs.Conv2d(1, 8, 3, padding=padding),
            theirs.ReLU(),
            theirs.MaxPool2d(2),
            theirs.Flatten(),
            theirs.Linear(places, 10),
        )

    return Net(ours, peer, (1, 8, 8), 10)


class Last(nn.Module):
    """A recurrent layer, and what a layer makes of its last output."""

    def __init__(self, kind: type[nn.RNN | nn.LSTM]) -> None:
        self.recurrent = kind(4, 16, rng=0)
        self.out = nn.Linear(16, 2, rng=1, init="xavier")

    def forward(self, steps: Any) -> Any:
        """The scores of a sequence."""
        outputs, _ = self.recurrent(steps)
        return self.out(outputs[-1])


def recurrent(kind: type[nn.RNN | nn.LSTM]) -> Net:
    """A sequence told by its last output."""

    def peer() -> Any:
        from torch import nn as theirs

        class PeerLast(theirs.Module):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()
                same = getattr(theirs, kind.__name__)
                self.recurrent = same(4, 16, batch_first=True)
                self.out = theirs.Linear(16, 2)

            def forward(self, steps: Any) -> Any:
                outputs, _ = self.recurrent(steps)
                return self.out(outputs[:, -1])

        return PeerLast()

    return Net(lambda: Last(kind), peer, (20, 4), 2)


class Attentive(nn.Module):
    """Self-attention, and what a layer makes of all steps."""

    def __init__(self) -> None:
        self.attention = nn.SelfAttention(16, heads=2, rng=0)
        self.flatten = nn.Flatten()
        self.out = nn.Linear(160, 2, rng=1, init="xavier")

    def forward(self, steps: Any) -> Any:
        """The scores of a sequence."""
        return self.out(self.flatten(self.attention(steps)))


def attention() -> Net:
    """A sequence told by all its steps, each of which has looked at all."""

    def peer() -> Any:
        from torch import nn as theirs

        class PeerAttentive(theirs.Module):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()
                same = theirs.MultiheadAttention
                self.attention = same(16, 2, batch_first=True)
                self.out = theirs.Linear(160, 2)

            def forward(self, steps: Any) -> Any:
                seen, _ = self.attention(steps, steps, steps, need_weights=False)
                return self.out(seen.flatten(1))

        return PeerAttentive()

    return Net(Attentive, peer, (10, 16), 2)


NETS: dict[str, Net] = {
    "MLP 784-128-10": mlp(784, 128, 10),
    "MLP 2-16-16-2": mlp(2, 16, 16, 2),
    "CNN on 8x8 images": convolution(),
    "CNN on 8x8 images, padded": convolution(padding=1),
    "RNN, 16 units, 20 steps": recurrent(nn.RNN),
    "LSTM, 16 units, 20 steps": recurrent(nn.LSTM),
    "self-attention, 10 steps of 16": attention(),
}
