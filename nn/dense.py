"""Neuron, Layer and Maxout: units that see all inputs, one number at a time."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, NoReturn

from autograd import Value, dot, dot_with, parameter, scope
from nn.activations import (
    Activation,
    activation_function,
    activation_name,
    acts_on_lists,
    linear,
    maxout,
)
from nn.arrays import drawn, input_list, nested, refuse_inputs, with_bias
from nn.checks import counted, flag, who, whole
from nn.initializers import Init, random_source, weight_draws
from nn.module import Module
from nn.tree import WatchedList, numbered_scopes


class Dense(Module):
    """What takes a list of `n_in` numbers, and says what is wrong with them."""

    n_in: int

    def forward(self, inputs: Sequence[Any]) -> Any:
        """Map `n_in` Values or numbers to a list of Values; to a Value if it is one.

        It is a TypeError if an activation gives none that remembers how it was made.
        """
        if inputs.__class__ is not list or len(inputs) != self.n_in:
            inputs = input_list(self, inputs, self.n_in)
        try:
            return self._outputs(inputs)
        except TypeError as error:
            refuse_inputs(self, inputs)
            error.add_note(f"in {who(self)}")
            raise

    @abstractmethod
    def _outputs(self, inputs: Sequence[Any]) -> Any:
        """The same, for a list of the right length."""


class Neuron(Dense):
    """A weighted sum of the inputs, plus a bias, through an activation.

    A call records a `dot` and, unless it is "linear", the activation: two nodes.

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
        init: Init = "uniform",
    ) -> None:
        self.n_in = whole("n_in", n_in)
        self.weight = drawn("weight", (self.n_in,), init, rng)
        self.bias = parameter(0.0, "bias") if flag("bias", bias) else None
        self.activation = activation_function(activation)
        if acts_on_lists(self.activation):
            name = activation_name(self.activation)
            raise ValueError(f"{name} takes all outputs of a layer; a neuron has one")

    def _outputs(self, inputs: Sequence[Any]) -> Value:
        output = self.activation(dot(self.weight, inputs, self.bias))
        return output if isinstance(output, Value) else _refuse_output(self, output)

    def __repr__(self) -> str:
        return f"Neuron({len(self.weight)} -> 1 {activation_name(self.activation)})"


class Layer(Dense):
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
        init: Init = "uniform",
    ) -> None:
        self.n_in, n_out = whole("n_in", n_in), whole("n_out", n_out)
        draw = weight_draws(init, random_source(rng), (n_out, self.n_in))
        self.weight = WatchedList()
        self.bias = WatchedList() if flag("bias", bias) else None
        for neuron in numbered_scopes("neurons", n_out):
            with neuron:  # so that the parameters have the scopes, too
                self.weight.append(nested("weight", (self.n_in,), draw))
                if self.bias is not None:
                    self.bias.append(parameter(0.0, "bias"))
        self.activation = activation_function(activation)

    @property
    def neurons(self) -> tuple[Neuron, ...]:
        """The neurons one by one, for reading and calling; they share the leaves."""
        return tuple(_LayersNeuron(self, index) for index in range(len(self.weight)))

    def _outputs(self, inputs: Sequence[Any]) -> Any:
        outputs = self._activated(inputs)
        alone = isinstance(outputs, list) and len(outputs) == 1
        return outputs[0] if alone else outputs

    def _activated(self, inputs: Sequence[Any]) -> Any:
        """The outputs: a list, or what an activation makes of the list."""
        if acts_on_lists(self.activation):
            return self.activation(self._sums(inputs, linear))
        return self._sums(inputs, self.activation)

    def _sums(self, inputs: Sequence[Any], activation: Activation) -> list[Value]:
        """Each neuron's weighted sum, through the activation, computed in its scope."""
        rows, weighted = self._rows(), dot_with(inputs, self.bias is not None)
        scopes = numbered_scopes("neurons", len(rows))
        outputs: list[Value] = scope.each(
            scopes, lambda row: activation(weighted(row)), rows
        )
        for index, output in enumerate(outputs):
            if not isinstance(output, Value):
                _refuse_output(self.neurons[index], output)
        return outputs

    def _rows(self) -> list[tuple[Any, ...]]:
        """Each neuron's weights and then its bias: the same tuples at every call."""
        lists = [self.weight, *self.weight, *([] if self.bias is None else [self.bias])]
        made: dict[str, Any] = {}  # of the user's lists: who knows what changes
        if {*map(type, lists)} == {WatchedList}:
            made = self.module_tree().made
        if "rows" not in made:
            if self.bias is not None and len(self.bias) != len(self.weight):
                has = f"{who(self)} has {counted(len(self.weight), 'row')} of weights"
                raise ValueError(f"{has}, but {len(self.bias)} in its bias")
            made["rows"] = with_bias(self.weight, self.bias)
        rows: list[tuple[Any, ...]] = made["rows"]
        return rows

    def width(self) -> str:
        """Tell how many outputs it has and how they come about: "16 relu"."""
        return f"{len(self.weight)} {activation_name(self.activation)}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.n_in} -> {self.width()})"


Linear = Layer


class _LayersNeuron(Neuron):
    """A neuron as its layer shows it: it shares the leaves, which the layer holds."""

    def __init__(self, layer: Layer, index: int) -> None:
        on_all, name = acts_on_lists(layer.activation), f"neurons.{index}"
        vars(self).update(
            n_in=layer.n_in,
            weight=layer.weight[index],
            bias=None if layer.bias is None else layer.bias[index],
            activation=linear if on_all else layer.activation,
            scope_name=name,
            _scope=scope(name),
            _place=index,
        )

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
        init: Init = "uniform",
    ) -> None:
        self.pieces = whole("pieces", pieces)
        rows = whole("n_out", n_out) * self.pieces
        super().__init__(n_in, rows, "linear", bias, rng, init)

    def _activated(self, inputs: Sequence[Any]) -> list[Value]:
        sums, pieces = self._sums(inputs, linear), self.pieces
        return [maxout(sums[i : i + pieces]) for i in range(0, len(sums), pieces)]

    def width(self) -> str:
        """Tell how many outputs it has and how they come about: "3 maxout of 4"."""
        return f"{len(self.weight) // self.pieces} maxout of {self.pieces}"


def _refuse_output(module: Module, output: object) -> NoReturn:
    """Refuse what an activation gave that does not remember how it was made."""
    raise TypeError(
        f"the activation of {who(module)} turned a Value into "
        f"{type(output).__name__}, so nothing behind it would learn: write it "
        "with autograd's functions, such as autograd.tanh, not math.tanh"
    )
