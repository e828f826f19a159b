"""Containers: modules made of others, and what lies between them."""

from collections.abc import Callable, Iterator
from types import FunctionType
from typing import Any

from nn.activations import (
    ACTIVATIONS,
    activation_function,
    activation_name,
    acts_on_lists,
)
from nn.arrays import flattened, mapped, nested_list, shape_of
from nn.calling import numbered_scopes, who
from nn.module import Module

__all__ = ["Flatten", "Residual", "Sequential"]


class Sequential(Module):
    """Stages, each of which takes what the one before returns.

    Args:
        *stages: modules, names of activations, or functions. The activations of
            `nn.ACTIVATIONS` that take one number are applied to each; other functions
            get what the stage before returns, as it is.

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

    def __init__(self, *stages: Module | str | Callable[..., Any]) -> None:
        self.count = len(stages)
        for place, stage in enumerate(stages):
            setattr(self, str(place), activation_function(stage))

    def forward(self, inputs: Any) -> Any:
        """Run the stages one after the other."""
        for place, stage in zip(numbered_scopes("", len(self)), self, strict=True):
            if isinstance(stage, Module):
                inputs = stage(inputs)
                continue
            with place:  # as a module opens one of its own
                if isinstance(stage, FunctionType) and stage in _OF_ONE_NUMBER:
                    inputs = mapped(stage, nested_list(self, inputs, (...,)))
                else:
                    inputs = stage(inputs)
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
        return f"Sequential({', '.join(map(_name, self))})"


def _name(stage: Any) -> str:
    return repr(stage) if isinstance(stage, Module) else activation_name(stage)


_OF_ONE_NUMBER = {f for f in ACTIVATIONS.values() if not acts_on_lists(f)}


class Residual(Module):
    """A module whose inputs are added to what it returns: y = x + f(x).

    Args:
        module: f; it returns as many numbers as it takes, in the same shape.

    Source: He et al., "Deep residual learning for image recognition", 2015.

    >>> import nn
    >>> block = nn.Residual(nn.Linear(2, 2, init="zeros"))
    >>> [y.data for y in block([3.0, -1.0])]
    [3.0, -1.0]
    """

    def __init__(self, module: Module | Callable[[Any], Any]) -> None:
        if not callable(module):
            given = type(module).__name__
            raise TypeError(f"Residual takes a module or a function, got {given}")
        self.module = module

    def forward(self, inputs: Any) -> Any:
        """Add the inputs to what the module makes of them.

        Raises:
            ValueError: if it returns numbers in another shape.
        """
        inputs = nested_list(self, inputs, (...,))
        added = nested_list(self, self.module(inputs), (...,), "what is added")
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
        return f"Residual({_name(self.module)})"


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
        """Put the numbers in one list.

        Raises:
            ValueError: if lists side by side differ in length.
        """
        return flattened(nested_list(self, inputs, (...,)))
