"""What a work is, and how the sides that do it are held to one another."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

import numpy as np

import autograd
from autograd import Value

Array: TypeAlias = "np.ndarray[Any, Any]"

TOLERANCE = 1e-9
"""How far two sides may differ, relative to the largest number of those compared."""


def joined(arrays: Any) -> Array:
    """Arrays end to end, as one vector: a gradient in the order of the parameters."""
    return np.concatenate([np.ravel(array) for array in arrays])


class Side(NamedTuple):
    """One way to do a work.

    Attributes:
        step: Gives the loss, and the gradient in the form that is natural here.
        flat: Brings that gradient into the order of the work's parameters.
    """

    step: Callable[[], tuple[float, Any]]
    flat: Callable[[Any], Array] = joined


@dataclass(frozen=True)
class Work:
    """A loss and its gradient, to be computed in several ways.

    Attributes:
        name: What the table calls it.
        example: The loss of one example, written on Values; the loss of a batch is
            the mean.
        arguments: The numbers it is computed from: arrays with one row an example.
        parameters: What it is differentiated with respect to.
        peers: Makers of the other sides, by name: those that can run here.
        batched: Whether the arguments have the leading axis; else they are one example.
    """

    name: str
    example: Callable[..., Any]
    arguments: tuple[Any, ...]
    parameters: list[Value]
    peers: Mapping[str, Callable[[], Side]] = field(repr=False)
    batched: bool = True

    @property
    def examples(self) -> list[tuple[Any, ...]]:
        """The arguments of each example: nested lists of plain numbers."""
        if not self.batched:
            return [self.arguments]
        return list(zip(*(rows.tolist() for rows in self.arguments), strict=True))

    def program(self, **options: Any) -> autograd.Program:
        """Trace and compile the function."""
        first = self.examples[0]
        return autograd.Program(
            self.example, *first, parameters=self.parameters, **options
        )


def eager_side(work: Work) -> Side:
    """Every example recorded and swept on its own, the gradients added up."""
    examples = work.examples

    def step() -> tuple[float, list[float]]:
        for parameter in work.parameters:
            parameter.grad = 0.0
        total = 0.0
        for example in examples:
            loss = work.example(*example)
            loss.backward()
            total += loss.data
        count = len(examples)
        return total / count, [parameter.grad / count for parameter in work.parameters]

    return Side(step, np.asarray)


def program_side(work: Work, **options: Any) -> Side:
    """The function compiled, its parameters in one vector, as in a training loop."""
    program = work.program(**options)
    theta = program.read()

    def step() -> tuple[float, Array]:
        loss, gradient = program.value_and_grad(*work.arguments, theta=theta)
        return loss, gradient

    return Side(step, np.asarray)


def agree(work: Work, sides: Mapping[str, Side]) -> None:
    """Compare losses and gradients with those of the first side.

    Raises:
        RuntimeError: Two of them differ by more than `TOLERANCE`.
    """
    (first, side), *others = sides.items()
    loss, gradient = side.step()
    expected = {"loss": np.array([loss]), "gradient": side.flat(gradient).copy()}
    for name, side in others:
        loss, gradient = side.step()
        found = {"loss": np.array([loss]), "gradient": side.flat(gradient)}
        for what, numbers in found.items():
            wanted = expected[what]
            if numbers.shape != wanted.shape:
                raise RuntimeError(
                    f"{work.name}: the {what} has {wanted.size} numbers with {first}, "
                    f"{numbers.size} with {name}"
                )
            off = np.abs(numbers - wanted).max() / np.abs(wanted).max()
            if not off <= TOLERANCE:
                raise RuntimeError(
                    f"{work.name}: {name} differs from {first} in the {what}, by "
                    f"{off:.1e} of its largest number"
                )


def value_list(array: Array) -> list[Value]:
    """Values for the numbers of a vector."""
    return [*map(Value, array.tolist())]


def value_rows(array: Array) -> list[list[Value]]:
    """Values for the numbers of a matrix, row by row."""
    return [*map(value_list, array)]


def torch_tensors(arrays: Sequence[Array]) -> list[Any]:
    """The same numbers as parameters of PyTorch, which gets one thread."""
    import torch

    torch.set_num_threads(1)
    return [torch.tensor(array, requires_grad=True) for array in arrays]


def installed(peers: Mapping[str, Callable[[], Side]], **needed: str) -> dict[str, Any]:
    """Those of the peers whose package is here.

    Args:
        peers: Makers of sides, by name.
        needed: For a package, the name of the peer that needs it.
    """
    missing = {
        peer
        for package, peer in needed.items()
        if importlib.util.find_spec(package) is None
    }
    return {name: make for name, make in peers.items() if name not in missing}
