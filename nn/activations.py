"""Activations: what follows a weighted sum, by name and as functions.

`ACTIVATIONS` is the one list of them. Most are rows of autograd's table, functions of
one number. Softmax, log_softmax and maxout are functions of all outputs of a layer, as
a list. A layer also takes a callable, so anything else needs no name:
`nn.Layer(2, 3, activation=autograd.sin)`. `PReLU` and `Maxout` learn numbers.
"""

from collections.abc import Callable, Mapping
from functools import partial
from types import BuiltinFunctionType, FunctionType, MappingProxyType
from typing import Any

import autograd
from autograd import Op, Value
from nn.arrays import constants, mapped, nested_list
from nn.checks import chosen, who, whole, wrong_type
from nn.module import Module

Activation = Callable[[Any], Any]


def linear(x: Any) -> Any:
    """Return the input as it is: a weighted sum and nothing more, and no node."""
    return x


def prelu(x: Any, slope: Any = 0.25) -> Any:
    """x above 0, `slope` times x below; by its name a layer gets a `PReLU`."""
    return autograd.leaky_relu(x, slope)


def celu(x: Any, alpha: Any = 1.0) -> Any:
    """x above 0, alpha (exp(x / alpha) - 1) below: an elu that is smooth for any alpha.

    Source: Barron, "Continuously differentiable exponential linear units", 2017.
    """
    if not isinstance(alpha, Value) and alpha == 1.0:
        return autograd.elu(x)
    return alpha * autograd.elu(x / alpha)


def maxout(xs: Any) -> Any:
    """The largest of a list of weighted sums, a single number; see `Maxout`."""
    return autograd.max(xs)


_ROWS = """
    step sigmoid tanh relu leaky_relu elu selu silu gelu gelu_tanh softplus mish
    softsign hard_tanh hard_sigmoid hard_swish softmax log_softmax
"""
"""What autograd has under the same name."""

ACTIVATIONS: Mapping[str, Activation] = MappingProxyType(
    {"linear": linear, **{name: getattr(autograd, name) for name in _ROWS.split()}}
    | {"swish": autograd.silu, "celu": celu, "prelu": prelu, "maxout": maxout}
)

_ON_LISTS = (maxout, autograd.softmax, autograd.log_softmax)


def acts_on_lists(activation: Activation) -> bool:
    """Whether an activation takes all outputs of a layer, as a list."""
    return activation in _ON_LISTS


def activation_function(activation: str | Activation) -> Activation:
    """Find an activation by name; a callable is its own activation.

    "prelu" gives a new `PReLU`, with a slope of its own. An unknown name is a
    ValueError that lists the known ones, what can't be called a TypeError.
    """
    what = "a function of one number"
    if isinstance(activation, type) and issubclass(activation, Module):
        raise wrong_type(f"activation must be a name or {what}", activation)
    found: Activation = chosen("activation", activation, ACTIVATIONS, what)
    return PReLU() if activation == "prelu" else found


def activation_name(activation: Activation) -> str:
    """Name an activation as summaries print it."""
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
        count = whole("num_parameters", num_parameters)
        self.weight = constants("weight", count, init)

    def forward(self, x: Any) -> Any:
        """Apply it to a number or nested lists; with several slopes, to channels."""
        lists = nested_list(self, x, (...,))
        if len(self.weight) == 1:
            return mapped(partial(prelu, slope=self.weight[0]), lists)
        channels = lists if isinstance(lists, list) else [lists]
        if len(channels) != len(self.weight):
            wanted = f"{who(self)} expects {len(self.weight)} channels"
            raise ValueError(f"{wanted}, got {len(channels)}")
        pairs = zip(channels, self.weight, strict=True)
        return [mapped(partial(prelu, slope=w), channel) for channel, w in pairs]
