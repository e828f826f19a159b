"""Sequential, Residual and MLP: modules made of others, and what lies between."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import autograd
from autograd import OPS, Op, scope
from nn.activations import (
    ACTIVATIONS,
    Activation,
    activation_function,
    activation_name,
    acts_on_lists,
    maxout,
)
from nn.arrays import flattened, listed, mapped, nested_list, shape_of
from nn.checks import no_tuple, who, whole, wrong_type
from nn.dense import Dense, Layer, Maxout
from nn.initializers import Init, random_source
from nn.module import Module
from nn.tree import WatchedList


class Function(Module):
    """A function as a part of a net, so that it is named, drawn and listed with it.

    Activations and functions of autograd's that take one number are applied to each,
    and so is an `Op`; other functions get what comes, as it is.
    """

    def __init__(self, function: Activation) -> None:
        self.function = function
        self.takes_one_number = _takes_one_number(function)

    def forward(self, inputs: Any) -> Any:
        """Call the function."""
        if self.takes_one_number:
            return mapped(self.function, nested_list(self, inputs, (...,)))
        return self.function(inputs)

    def __repr__(self) -> str:
        return activation_name(self.function)


def _takes_one_number(function: Activation) -> bool:
    """Whether that is known of a function."""
    if any(function is known for known in ACTIVATIONS.values()):
        return not acts_on_lists(function)
    name = activation_name(function)
    is_row = function is getattr(autograd, name, None) or isinstance(function, Op)
    op = function if isinstance(function, Op) else OPS.get(name)
    return is_row and op is not None and len(op.operand_names) == 1 and not op.variadic


def _module(part: str | Activation) -> Module:
    """A part of a net: a module as it is, and a function or its name as one."""
    if not isinstance(part, str) and not callable(part):
        wanted = "a part of a net is a module, a function or a name"
        hint = ": parts come one by one, as in Sequential(first, second)"
        raise wrong_type(wanted, part, hint)
    part = activation_function(part)
    return part if isinstance(part, Module) else Function(part)


class Sequential(Module):
    """Stages, each of which takes what the one before returns.

    Args:
        *stages: modules, names of activations, or functions: see `Function`.

    The stages are attributes named by their places, so that the state of the first has
    the key "0.weight".

    >>> import nn
    >>> from autograd import relu
    >>> net = nn.Sequential(nn.Linear(2, 4, rng=0), relu, nn.Linear(4, 1, rng=1))
    >>> net
    Sequential(Layer(2 -> 4 linear), relu, Layer(4 -> 1 linear))
    >>> list(net.state_dict())
    ['0.weight', '0.bias', '2.weight', '2.bias']
    """

    def __init__(self, *stages: str | Activation) -> None:
        self.count = len(stages)
        for place, stage in enumerate(stages):
            setattr(self, str(place), stage)

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute; a function becomes a stage as those at the start did."""
        super().__setattr__(name, _module(value) if name.isdecimal() else value)

    def forward(self, inputs: Any) -> Any:
        """Run the stages one after the other."""
        before = None
        for stage in self:
            try:
                outputs = stage(inputs)
            except (TypeError, ValueError) as error:
                if before is None or not isinstance(inputs, tuple):
                    raise
                raise no_tuple(who(stage), before) from error
            before, inputs = stage, outputs
        return inputs

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Any]:
        return (getattr(self, str(place)) for place in range(self.count))

    def __getitem__(self, place: int | slice) -> Any:
        """A stage, or for a slice a net of some of them, which shares their numbers."""
        chosen = list(self)[place]
        return Sequential(*chosen) if isinstance(place, slice) else chosen

    def __repr__(self) -> str:
        return f"Sequential({', '.join(map(repr, self))})"


class MLP(Dense):
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
            raise wrong_type("sizes must be a list of ints, such as [16, 16, 1]", sizes)
        widths = [whole("n_in", n_in), *(whole("a size", size) for size in sizes)]
        if len(widths) == 1:
            raise ValueError("sizes must name at least one layer, such as [16, 16, 1]")
        source = random_source(rng)
        activation_function(activation)  # complains also where no layer needs it
        self.layers = WatchedList()
        for index, (inward, outward) in enumerate(pairwise(widths)):
            each = output_activation if index == len(widths) - 2 else activation
            more = bias, source, init
            with scope(f"layers.{index}"):
                if activation_function(each) is maxout:  # one alone has one output
                    layer: Layer = Maxout(inward, outward, 2, *more)
                else:
                    layer = Layer(inward, outward, each, *more)
            self.layers.append(layer)

    @property
    def n_in(self) -> int:  # type: ignore[override]
        """How many inputs the first layer takes."""
        count: int = self.layers[0].n_in
        return count

    def _outputs(self, inputs: Sequence[Any]) -> Any:
        outputs: Any = inputs
        for layer in self.layers:
            outputs = layer(outputs)
        return outputs

    def __repr__(self) -> str:
        widths = " -> ".join(layer.width() for layer in self.layers)
        return f"MLP({self.n_in} -> {widths})"


class Residual(Module):
    """A module whose inputs are added to what it returns: y = x + f(x).

    Args:
        module: f, a module or a function (see `Function`); it returns as many numbers
            as it takes, in the same shape.

    Source: He et al., "Deep residual learning for image recognition", 2015.

    >>> import nn
    >>> block = nn.Residual(nn.Linear(2, 2, init="zeros"))
    >>> [y.data for y in block([3.0, -1.0])]
    [3.0, -1.0]
    """

    def __init__(self, module: str | Activation) -> None:
        self.module = _module(module)

    def forward(self, inputs: Any) -> Any:
        """Add the inputs to what the module makes of them, in the same shape."""
        inputs = nested_list(self, inputs, (...,))
        made = self.module(inputs)
        if isinstance(made, tuple) and shape_of(listed(made)) != shape_of(inputs):
            raise no_tuple(who(self), self.module)
        added = nested_list(self, made, (...,), "what is added")
        if shape_of(inputs) == (1,) and shape_of(added) == ():
            added = [added]  # a layer with one output gives it without a list
        taken, given = shape_of(inputs), shape_of(added)
        if taken != given:
            raise ValueError(
                f"{who(self)} adds its inputs to what its module returns: one has the "
                f"shape {taken}, the other {given}"
            )
        return _sums(inputs, added)

    def __repr__(self) -> str:
        return f"Residual({self.module!r})"


def _sums(lists: Any, others: Any) -> Any:
    if not isinstance(lists, list):
        return lists + others
    return [_sums(*pair) for pair in zip(lists, others, strict=True)]


class Flatten(Module):
    """All numbers of nested lists in one list, the last index running fastest.

    >>> import nn
    >>> nn.Flatten()([[1.0, 2.0], [3.0, 4.0]])
    [1.0, 2.0, 3.0, 4.0]
    """

    def forward(self, inputs: Any) -> list[Any]:
        """Put the numbers in one list."""
        return flattened(nested_list(self, inputs, (...,)))
