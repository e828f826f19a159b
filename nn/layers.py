"""Neuron, Layer and MLP: fully connected nets, written one number at a time."""

import operator
from collections.abc import Iterable, Sequence
from typing import Any

from autograd import Value, dot, parameter, scope
from nn.activations import Activation, activation_function, activation_name
from nn.calling import input_list, refuse_inputs, who
from nn.initializers import (
    Initializer,
    RandomSource,
    initializer_function,
    random_source,
)
from nn.module import Module
from nn.tree import WatchedList

__all__ = ["MLP", "Layer", "Neuron"]


class Neuron(Module):
    """A weighted sum of the inputs, plus a bias, through an activation.

    A call records two nodes: one `dot` and one for the activation (none if it is
    "linear").

    Args:
        n_in: how many inputs it takes.
        activation: a name from `nn.ACTIVATIONS`, or a function of one number, which
            may be a module with parameters of its own.
        bias: whether there is a bias; it starts at 0.
        rng: where weights are drawn from: a `random.Random`, a NumPy `Generator`, an
            int seed, or None for Python's `random` module (`random.seed` repeats it).
        init: a name from `nn.INITIALIZERS`, or a function (source, n_in, n_out) ->
            float. The default draws from [-1, 1], as micrograd does; "he" suits deep
            relu nets, "xavier" tanh and sigmoid.

    >>> import nn
    >>> neuron = nn.Neuron(2, activation="tanh", rng=7)
    >>> [name for name, _ in neuron.named_parameters()]
    ['weights.0', 'weights.1', 'bias']
    >>> neuron([1.0, -2.0]).op.name
    'tanh'
    """

    def __init__(
        self,
        n_in: int,
        activation: str | Activation = "linear",
        bias: bool = True,
        rng: Any = None,
        init: str | Initializer = "uniform",
    ) -> None:
        n_in = _count("n_in", n_in)
        if not isinstance(bias, bool):
            raise TypeError(f"bias must be True or False, got {bias!r}")
        source, draw = random_source(rng), initializer_function(init)
        try:
            self.weights = WatchedList(
                parameter(draw(source, n_in, 1), f"w{i}") for i in range(1, n_in + 1)
            )
        except TypeError as error:
            error.add_note("init must be a function (source, n_in, n_out) -> float")
            raise
        self.bias = parameter(0.0, "b") if bias else None
        self.activation = activation_function(activation)

    def forward(self, inputs: Sequence[Any]) -> Value:
        """Combine `n_in` Values or numbers into one Value.

        Raises:
            TypeError: if one of them is no number, or if the activation gives none
                that remembers how it was made.
            ValueError: if there are more or fewer inputs.
        """
        if inputs.__class__ is not list or len(inputs) != len(self.weights):
            inputs = input_list(self, inputs, len(self.weights))
        try:
            total = dot(self.weights, inputs, self.bias)
        except TypeError as error:
            refuse_inputs(self, inputs)
            error.add_note(f"in {who(self)}")
            raise
        output = self.activation(total)
        if not isinstance(output, Value):
            raise TypeError(
                f"the activation of {who(self)} turned a Value into "
                f"{type(output).__name__}, so nothing behind it would learn: write it "
                "with autograd's functions, such as autograd.tanh, not math.tanh"
            )
        return output

    def __repr__(self) -> str:
        return f"Neuron({len(self.weights)} -> 1 {activation_name(self.activation)})"


class Layer(Module):
    """Neurons side by side, which all see the same inputs.

    Args: as for `Neuron`; `n_out` is the number of neurons.

    >>> import nn
    >>> nn.Layer(2, 3, activation="relu")
    Layer(2 -> 3 relu)
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        activation: str | Activation = "linear",
        bias: bool = True,
        rng: Any = None,
        init: str | Initializer = "uniform",
    ) -> None:
        self.n_in = _count("n_in", n_in)
        n_out = _count("n_out", n_out)
        source, draw = random_source(rng), initializer_function(init)

        def draw_for_layer(source: RandomSource, n_in: int, _: int) -> float:
            # A neuron does not know how many it is of.
            number: float = draw(source, n_in, n_out)
            return number

        self.neurons = WatchedList()
        for index in range(n_out):
            with scope(f"neurons.{index}"):  # so that parameters have the scope, too
                neuron = Neuron(n_in, activation, bias, source, draw_for_layer)
            self.neurons.append(neuron)

    def forward(self, inputs: Sequence[Any]) -> Value | list[Value]:
        """Map `n_in` Values or numbers to a list of Values; to a Value if `n_out` is 1.

        Raises:
            TypeError: if one of them is no number.
            ValueError: if there are more or fewer inputs.
        """
        if inputs.__class__ is not list or len(inputs) != self.n_in:
            inputs = input_list(self, inputs, self.n_in)
        try:
            outputs = [neuron(inputs) for neuron in self.neurons]
        except TypeError as error:
            refuse_inputs(self, inputs)
            error.add_note(f"in {who(self)}")
            raise
        return outputs[0] if len(outputs) == 1 else outputs

    def __repr__(self) -> str:
        return f"Layer({self.n_in} -> {_width(self)})"


class MLP(Module):
    """A multilayer perceptron: fully connected layers, one after the other.

    Args:
        n_in: how many inputs it takes.
        sizes: how many neurons each layer has; the last are the outputs.
        activation: that of all layers but the last.
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
        init: str | Initializer = "uniform",
    ) -> None:
        if not isinstance(sizes, Iterable):
            given = type(sizes).__name__
            message = f"sizes must be a list of ints, such as [16, 16, 1]; got {given}"
            raise TypeError(message)
        widths = [_count("n_in", n_in), *(_count("a size", size) for size in sizes)]
        if len(widths) == 1:
            raise ValueError("sizes must name at least one layer, such as [16, 16, 1]")
        source = random_source(rng)
        activation = activation_function(activation)  # also where no layer needs it
        activations = [activation] * (len(widths) - 2) + [output_activation]
        self.layers = WatchedList()
        for index, each in enumerate(activations):
            with scope(f"layers.{index}"):
                n_in, n_out = widths[index : index + 2]
                self.layers.append(Layer(n_in, n_out, each, bias, source, init))

    def forward(self, inputs: Sequence[Any]) -> Value | list[Value]:
        """Map `n_in` Values or numbers to a list of Values; to a Value if it is one.

        Raises:
            TypeError: if one of them is no number.
            ValueError: if there are more or fewer inputs.
        """
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
        widths = " -> ".join(map(_width, self.layers))
        return f"MLP({self.layers[0].n_in} -> {widths})"


def _width(layer: Layer) -> str:
    """Tell how many outputs a layer has and how they come about: "16 relu"."""
    name = activation_name(layer.neurons[0].activation)
    return f"{len(layer.neurons)} {name}"


def _count(what: str, number: Any) -> int:
    """Check a number of inputs or neurons."""
    if isinstance(number, bool):
        raise TypeError(f"{what} must be an int, got bool")
    try:
        count = operator.index(number)
    except TypeError:
        given = type(number).__name__
        raise TypeError(f"{what} must be an int, got {given}") from None
    if count < 1:
        raise ValueError(f"{what} must be at least 1, got {count}")
    return count
