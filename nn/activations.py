"""Activations by name: what a layer may be asked to do with its weighted sum.

Each is a row of autograd's table, as a function of one number. A layer also takes a
callable, so anything else needs no name: `nn.Layer(2, 3, activation=autograd.sin)`.
"""

from collections.abc import Callable, Mapping
from types import BuiltinFunctionType, FunctionType, MappingProxyType
from typing import Any

import autograd

__all__ = ["ACTIVATIONS", "Activation", "activation_function", "activation_name"]

Activation = Callable[[Any], Any]


def linear(x: Any) -> Any:
    """Return the input as it is: a weighted sum and nothing more, and no node."""
    return x


ACTIVATIONS: Mapping[str, Activation] = MappingProxyType(
    {
        "linear": linear,
        "relu": autograd.relu,
        "leaky_relu": autograd.leaky_relu,
        "elu": autograd.elu,
        "selu": autograd.selu,
        "silu": autograd.silu,
        "gelu": autograd.gelu,
        "gelu_tanh": autograd.gelu_tanh,
        "mish": autograd.mish,
        "softplus": autograd.softplus,
        "softsign": autograd.softsign,
        "sigmoid": autograd.sigmoid,
        "tanh": autograd.tanh,
        "hard_tanh": autograd.hard_tanh,
    }
)


def activation_function(activation: str | Activation) -> Activation:
    """Find an activation by name; a callable is its own activation.

    Raises:
        ValueError: if no activation has that name; the known ones are listed.
        TypeError: if it is neither a name nor callable.
    """
    if isinstance(activation, str):
        if activation not in ACTIVATIONS:
            raise ValueError(
                f"unknown activation {activation!r}; "
                f"known are {', '.join(ACTIVATIONS)}, or pass a function"
            )
        return ACTIVATIONS[activation]
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
    if isinstance(activation, autograd.Op):
        return activation.name
    if isinstance(activation, FunctionType | BuiltinFunctionType):
        return activation.__name__
    return type(activation).__name__
