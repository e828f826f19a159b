"""Activations: what follows a weighted sum, by name and as functions.

`ACTIVATIONS` is the one list of them. Most are rows of autograd's table, functions of
one number. Softmax, log_softmax and maxout are functions of all outputs of a layer, as
a list. A layer also takes a callable, so anything else needs no name:
`nn.Layer(2, 3, activation=autograd.sin)`. `PReLU` and `Maxout` learn numbers.
"""

from collections.abc import Callable, Mapping
from types import BuiltinFunctionType, FunctionType, MappingProxyType
from typing import Any

from autograd import (
    Op,
    Value,
    elu,
    gelu,
    gelu_tanh,
    hard_sigmoid,
    hard_swish,
    hard_tanh,
    leaky_relu,
    log_softmax,
    mish,
    relu,
    selu,
    sigmoid,
    silu,
    softmax,
    softplus,
    softsign,
    step,
    tanh,
)
from autograd import max as largest
from nn.arrays import mapped, nested_list, nested_parameters
from nn.calling import who
from nn.module import Module
from nn.settings import by_name, positive_int

__all__ = [
    "ACTIVATIONS",
    "Activation",
    "PReLU",
    "activation_function",
    "activation_name",
    "acts_on_lists",
    "celu",
    "linear",
    "maxout",
    "prelu",
]

Activation = Callable[[Any], Any]


def linear(x: Any) -> Any:
    """Return the input as it is: a weighted sum and nothing more, and no node."""
    return x


def prelu(x: Any, slope: Any = 0.25) -> Any:
    """x above 0, `slope` times x below, where the slope is learned.

    By its name a layer gets a `PReLU`, which holds the slope.

    Source: He et al., "Delving deep into rectifiers", 2015.
    """
    return leaky_relu(x, slope)


def celu(x: Any, alpha: Any = 1.0) -> Any:
    """x above 0, alpha (exp(x / alpha) - 1) below: an elu that is smooth for any alpha.

    Source: Barron, "Continuously differentiable exponential linear units", 2017.
    """
    if not isinstance(alpha, Value) and alpha == 1.0:
        return elu(x)
    return alpha * elu(x / alpha)


def maxout(xs: Any) -> Any:
    """The largest of a list of weighted sums, a single number; see `Maxout`."""
    return largest(xs)


ACTIVATIONS: Mapping[str, Activation] = MappingProxyType(
    {
        "linear": linear,
        "step": step,
        "sigmoid": sigmoid,
        "tanh": tanh,
        "relu": relu,
        "leaky_relu": leaky_relu,
        "prelu": prelu,
        "elu": elu,
        "selu": selu,
        "celu": celu,
        "silu": silu,
        "swish": silu,
        "gelu": gelu,
        "gelu_tanh": gelu_tanh,
        "softplus": softplus,
        "mish": mish,
        "softsign": softsign,
        "hard_tanh": hard_tanh,
        "hard_sigmoid": hard_sigmoid,
        "hard_swish": hard_swish,
        "maxout": maxout,
        "softmax": softmax,
        "log_softmax": log_softmax,
    }
)

_ON_LISTS = (maxout, softmax, log_softmax)


def acts_on_lists(activation: Activation) -> bool:
    """Whether an activation takes all outputs of a layer, as a list."""
    return activation in _ON_LISTS


def activation_function(activation: str | Activation) -> Activation:
    """Find an activation by name; a callable is its own activation.

    "prelu" gives a new `PReLU`, with a slope of its own.

    Raises:
        ValueError: if no activation has that name; the known ones are listed.
        TypeError: if it is neither a name nor callable.
    """
    if isinstance(activation, str):
        found = by_name("activation", activation, ACTIVATIONS, "a function")
        return PReLU() if found is prelu else found
    if not callable(activation):
        raise TypeError(
            "activation must be a name or a function of one number, "
            f"got {type(activation).__name__}"
        )
    return activation


def activation_name(activation: Activation) -> str:
    """Name an activation as summaries print it.

    >>> import math
    >>> activation_name(ACTIVATIONS["tanh"]), activation_name(math.sin)
    ('tanh', 'sin')
    """
    if isinstance(activation, Op):
        return activation.name
    if isinstance(activation, FunctionType | BuiltinFunctionType):
        return activation.__name__
    return type(activation).__name__


class PReLU(Module):
    """A relu whose slope below 0 is learned.

    Args:
        num_parameters: 1 for one slope, or how many channels have one each.
        init: where the slopes start.

    Attributes:
        weight: the slopes, [num_parameters].

    Source: He et al., "Delving deep into rectifiers", 2015.

    >>> import nn
    >>> nn.PReLU()(-2.0).data
    -0.5
    """

    def __init__(self, num_parameters: int = 1, init: float = 0.25) -> None:
        count = positive_int("num_parameters", num_parameters)
        self.weight = nested_parameters("weight", (count,), lambda: init)

    def forward(self, x: Any) -> Any:
        """Apply it to a number or nested lists; with several slopes, to channels.

        Raises:
            ValueError: if there are more or fewer channels than slopes.
            TypeError: if something is no number.
        """
        lists = nested_list(self, x, (...,))
        if len(self.weight) == 1:
            return _prelu(lists, self.weight[0])
        channels = lists if isinstance(lists, list) else [lists]
        if len(channels) != len(self.weight):
            raise ValueError(
                f"{who(self)} expects {len(self.weight)} channels, got {len(channels)}"
            )
        return [_prelu(*pair) for pair in zip(channels, self.weight, strict=True)]


def _prelu(lists: Any, slope: Any) -> Any:
    return mapped(lambda x: prelu(x, slope), lists)
