"""Neuron, Layer, Maxout and MLP: fully connected nets, one number at a time."""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise, repeat
from typing import Any, NoReturn

from autograd import Value, dot, parameter, scope
from nn.activations import (
    Activation,
    activation_function,
    activation_name,
    acts_on_lists,
    linear,
    maxout,
)
from nn.calling import input_list, numbered_scopes, refuse_inputs, who
from nn.initializers import Initializer, random_source, weight_draws
from nn.module import Module
from nn.settings import flag, positive_int
from nn.summary import counted
from nn.tree import WatchedList

__all__ = ["MLP", "Layer", "Linear", "Maxout", "Neuron"]


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

    Attributes:
        weight: the parameters that inputs are multiplied by, [n_in].
        bias: the parameter that is added, or None.

    >>> import nn
    >>> neuron = nn.Neuron(2, activation="tanh", rng=7)
    >>> [name for name, _ in neuron.named_parameters()]
    ['weight.0', 'weight.1', 'bias']
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
        n_in, bias = positive_int("n_in", n_in), flag("bias", bias)
        draw = weight_draws(init, random_source(rng), (1, n_in))
        self.weight = _row(n_in, draw)
        self.bias = parameter(0.0, "bias") if bias else None
        self.activation = activation_function(activation)
        if acts_on_lists(self.activation):
            name = activation_name(self.activation)
            raise ValueError(f"{name} takes all outputs of a layer; a neuron has one")

    def forward(self, inputs: Sequence[Any]) -> Value:
        """Combine `n_in` Values or numbers into one Value.

        Raises:
            TypeError: if one of them is no number, or if the activation gives none
                that remembers how it was made.
            ValueError: if there are more or fewer inputs.
        """
        if inputs.__class__ is not list or len(inputs) != len(self.weight):
            inputs = input_list(self, inputs, len(self.weight))
        try:
            output = self.activation(dot(self.weight, inputs, self.bias))
        except TypeError as error:
            refuse_inputs(self, inputs)
            error.add_note(f"in {who(self)}")
            raise
        return output if isinstance(output, Value) else _refuse_output(self, output)

    def __repr__(self) -> str:
        return f"Neuron({len(self.weight)} -> 1 {activation_name(self.activation)})"


class Layer(Module):
    """Neurons side by side, which all see the same inputs; also called `Linear`.

    Args: as for `Neuron`; `n_out` is the number of neurons. The activations "softmax",
        "log_softmax" and "maxout" take the weighted sums of all neurons together; what
        maxout gives is one number (several: see `Maxout`).

    Attributes:
        weight: a row of parameters for each neuron, [n_out][n_in].
        bias: a parameter for each neuron, [n_out], or None.

    >>> import nn
    >>> layer = nn.Layer(2, 3, activation="relu")
    >>> layer
    Layer(2 -> 3 relu)
    >>> {name: array.shape for name, array in layer.state_dict().items()}
    {'weight': (3, 2), 'bias': (3,)}
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
        self.n_in, n_out = positive_int("n_in", n_in), positive_int("n_out", n_out)
        draw = weight_draws(init, random_source(rng), (n_out, self.n_in))
        self.weight = WatchedList()
        self.bias = WatchedList() if flag("bias", bias) else None
        for neuron in numbered_scopes("neurons", n_out):
            with neuron:  # so that the parameters have the scopes, too
                self.weight.append(_row(self.n_in, draw))
                if self.bias is not None:
                    self.bias.append(parameter(0.0, "bias"))
        self.activation = activation_function(activation)

    @property
    def neurons(self) -> tuple[Neuron, ...]:
        """The neurons one by one, for reading and calling; they share the leaves."""
        return tuple(_LayersNeuron(self, index) for index in range(len(self.weight)))

    def forward(self, inputs: Sequence[Any]) -> Value | list[Value]:
        """Map `n_in` Values or numbers to a list of Values; to a Value if `n_out` is 1.

        Raises:
            TypeError: if one of them is no number, or if the activation gives none
                that remembers how it was made.
            ValueError: if there are more or fewer inputs.
        """
        if inputs.__class__ is not list or len(inputs) != self.n_in:
            inputs = input_list(self, inputs, self.n_in)
        try:
            outputs = self._activated(inputs)
        except TypeError as error:
            refuse_inputs(self, inputs)
            error.add_note(f"in {who(self)}")
            raise
        alone = isinstance(outputs, list) and len(outputs) == 1
        result: Value | list[Value] = outputs[0] if alone else outputs
        return result

    def _activated(self, inputs: Sequence[Any]) -> Any:
        """The outputs: a list, or what an activation makes of the list."""
        if acts_on_lists(self.activation):
            return self.activation(self._sums(inputs, linear))
        return self._sums(inputs, self.activation)

    def _sums(self, inputs: Sequence[Any], activation: Activation) -> list[Value]:
        """Each neuron's weighted sum, through the activation, computed in its scope."""
        outputs: list[Value] = []
        for neuron, row, bias in zip(*self._parts(), strict=False):
            with neuron:
                output = activation(dot(row, inputs, bias))
            if not isinstance(output, Value):
                _refuse_output(self.neurons[len(outputs)], output)
            outputs.append(output)
        return outputs

    def _parts(self) -> tuple[Iterable[scope], list[Any], Iterable[Any]]:
        """Each neuron's scope, its row of weights, and its bias.

        Raises:
            ValueError: if rows were added or removed without their biases.
        """
        count = len(self.weight)
        scopes = numbered_scopes("neurons", count)
        if self.bias is None:
            return scopes, self.weight, repeat(None)
        if len(self.bias) != count:
            has = f"{who(self)} has {counted(count, 'row')} of weights"
            raise ValueError(f"{has}, but {len(self.bias)} in its bias")
        return scopes, self.weight, self.bias

    def width(self) -> str:
        """Tell how many outputs it has and how they come about: "16 relu"."""
        return f"{len(self.weight)} {activation_name(self.activation)}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.n_in} -> {self.width()})"


Linear = Layer


class _LayersNeuron(Neuron):
    """A neuron as its layer shows it: it shares the leaves, which the layer holds."""

    def __init__(self, layer: Layer, index: int) -> None:
        bias = None if layer.bias is None else layer.bias[index]
        on_all = acts_on_lists(layer.activation)
        activation = linear if on_all else layer.activation
        held = {"weight": layer.weight[index], "bias": bias, "activation": activation}
        name = f"neurons.{index}"
        vars(self).update(held, scope_name=name, _scope=scope(name), _place=index)

    def __setattr__(self, name: str, value: object) -> None:
        if not name.startswith("_"):
            place = vars(self)["_place"]
            raise AttributeError(
                f"{name!r} can't be set in a layer's neuron, which only shows what the "
                f"layer holds: set layer.weight[{place}], layer.bias[{place}] or "
                "layer.activation; numbers are set as neuron.bias.data = 0.0"
            )
        super().__setattr__(name, value)


class Maxout(Layer):
    """Units that give the largest of several weighted sums: an activation learned.

    Args: as for `Layer`; `pieces` is how many weighted sums a unit has. Those of one
        unit are neighbours: weight is [n_out * pieces][n_in], bias [n_out * pieces].

    Source: Goodfellow et al., "Maxout networks", 2013.

    >>> import nn
    >>> nn.Maxout(2, 3, pieces=4)
    Maxout(2 -> 3 maxout of 4)
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        pieces: int = 2,
        bias: bool = True,
        rng: Any = None,
        init: str | Initializer = "uniform",
    ) -> None:
        self.pieces = positive_int("pieces", pieces)
        rows = positive_int("n_out", n_out) * self.pieces
        super().__init__(n_in, rows, "linear", bias, rng, init)

    def _activated(self, inputs: Sequence[Any]) -> list[Value]:
        sums, pieces = self._sums(inputs, linear), self.pieces
        return [maxout(sums[i : i + pieces]) for i in range(0, len(sums), pieces)]

    def width(self) -> str:
        """Tell how many outputs it has and how they come about: "3 maxout of 4"."""
        return f"{len(self.weight) // self.pieces} maxout of {self.pieces}"


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
        init: str | Initializer = "uniform",
    ) -> None:
        if not isinstance(sizes, Iterable):
            given = type(sizes).__name__
            message = f"sizes must be a list of ints, such as [16, 16, 1]; got {given}"
            raise TypeError(message)
        widths = [
            positive_int("n_in", n_in),
            *(positive_int("a size", size) for size in sizes),
        ]
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
        widths = " -> ".join(layer.width() for layer in self.layers)
        return f"MLP({self.layers[0].n_in} -> {widths})"


def _layer_of_net(
    n_in: int, n_out: int, activation: str | Activation, *more: Any
) -> Layer:
    """A layer that has so many outputs by every activation."""
    if activation_function(activation) is maxout:
        return Maxout(n_in, n_out, 2, *more)
    return Layer(n_in, n_out, activation, *more)


def _row(n_in: int, draw: Callable[[], float]) -> WatchedList:
    """Make the weights of one neuron."""
    return WatchedList(parameter(draw(), f"weight.{i}") for i in range(n_in))


def _refuse_output(module: Module, output: object) -> NoReturn:
    """Refuse what an activation gave that does not remember how it was made."""
    raise TypeError(
        f"the activation of {who(module)} turned a Value into "
        f"{type(output).__name__}, so nothing behind it would learn: write it "
        "with autograd's functions, such as autograd.tanh, not math.tanh"
    )
