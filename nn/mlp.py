"""MLP: fully connected layers, one after the other."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

from autograd import Value, scope
from nn.activations import Activation, activation_function, maxout
from nn.arrays import input_list, refuse_inputs
from nn.checks import kind_of, who, whole
from nn.dense import Layer, Maxout
from nn.initializers import Init, random_source
from nn.module import Module
from nn.tree import WatchedList


class MLP(Module):
    """A multilayer perceptron: fully connected layers, one after the other.

    Args:
        n_in: how many inputs it takes.
        sizes: how many neurons each layer has; the last are the outputs.
        activation: that of all layers but the last. "maxout" makes them `Maxout`
            layers of two pieces; "prelu" gives each a slope of its own.
        output_activation: that of the last layer.
        bias, rng, init: as for `Neuron`.

    >>> import nn
    >>> model = nn.MLP(2, [16, 16, 1], rng=1337)
    >>> model
    MLP(2 -> 16 relu -> 16 relu -> 1 linear)
    >>> len(model.parameters())
    337
    >>> type(model([1.0, -0.5])).__name__
    'Value'
    """

    def __init__(
        self,
        n_in: int,
        sizes: Sequence[int],
        activation: str | Activation = "relu",
        output_activation: str | Activation = "linear",
        bias: bool = True,
        rng: Any = None,
        init: Init = "uniform",
    ) -> None:
        if not isinstance(sizes, Iterable):
            what = "a list of ints, such as [16, 16, 1]"
            raise TypeError(f"sizes must be {what}; got {kind_of(sizes)}")
        widths = [whole("n_in", n_in), *(whole("a size", size) for size in sizes)]
        if len(widths) == 1:
            raise ValueError("sizes must name at least one layer, such as [16, 16, 1]")
        source = random_source(rng)
        activation_function(activation)  # complains also where no layer needs it
        self.layers = WatchedList()
        for index, (inward, outward) in enumerate(pairwise(widths)):
            each = output_activation if index == len(widths) - 2 else activation
            with scope(f"layers.{index}"):
                layer = _layer_of_net(inward, outward, each, bias, source, init)
            self.layers.append(layer)

    def forward(self, inputs: Sequence[Any]) -> Value | list[Value]:
        """Map `n_in` Values or numbers to a list of Values; to a Value if it is one."""
        n_in = self.layers[0].n_in
        if inputs.__class__ is not list or len(inputs) != n_in:
            inputs = input_list(self, inputs, n_in)
        outputs: Any = inputs
        try:
            for layer in self.layers:
                outputs = layer(outputs)
        except TypeError as error:
            refuse_inputs(self, inputs)
            error.add_note(f"in {who(self)}")
            raise
        result: Value | list[Value] = outputs
        return result

    def __repr__(self) -> str:
        widths = " -> ".join(layer.width() for layer in self.layers)
        return f"MLP({self.layers[0].n_in} -> {widths})"


def _layer_of_net(
    n_in: int, n_out: int, activation: str | Activation, *more: Any
) -> Layer:
    """A layer that has so many outputs by every activation."""
    if activation_function(activation) is maxout:
        return Maxout(n_in, n_out, 2, *more)
    return Layer(n_in, n_out, activation, *more)
