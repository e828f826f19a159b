"""What tests of layers share: a net as a function of its weights, and its numbers."""

import copy
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Program, Value


def holding(module: nn.Module, theta: Iterable[Any]) -> Any:
    """A copy of a net whose parameters are these numbers or Values, in order."""
    net, numbers = copy.deepcopy(module), iter(theta)
    for path, array in module.state_dict().items():
        *places, name = path.split(".")
        holder: Any = net
        for place in places:
            inside = isinstance(holder, list)
            holder = holder[int(place)] if inside else getattr(holder, place)
        if name not in type(holder).buffers:
            setattr(holder, name, _filled(array.shape, numbers))
    return net


def _filled(shape: tuple[int, ...], numbers: Iterator[Any]) -> Any:
    if not shape:
        return next(numbers)
    return [_filled(shape[1:], numbers) for _ in range(shape[0])]


def theta_of(module: nn.Module) -> list[float]:
    """The numbers of all parameters, in order."""
    return [p.data for p in module.parameters()]


def data(nested: Any) -> Any:
    """Lists of numbers in the place of lists and tuples of Values."""
    if isinstance(nested, list | tuple):
        return [data(item) for item in nested]
    return nested.data if isinstance(nested, Value) else nested


def flat(nested: Any) -> list[Any]:
    """All numbers of nested lists and tuples, in order."""
    if isinstance(nested, list | tuple):
        return [x for item in nested for x in flat(item)]
    return [nested]


def moved(module: Any, seed: int = 5) -> Any:
    """The module, its parameters moved a little: off 0, off 1, and off every kink."""
    draw = np.random.default_rng(seed)
    for p in module.parameters():
        p.data += draw.uniform(-0.2, 0.2)
    return module


def weighted(nested: Any) -> Any:
    """A sum of all numbers in which no two count the same, as a loss for tests."""
    return sum((1.0 + 0.1 * place) * x for place, x in enumerate(flat(nested)))


def agrees_with_its_program(net: Any, *inputs: Any) -> None:
    """Compare values and gradients of a net and its program, on two examples."""
    near = [_shifted(x, 0.03) for x in inputs]
    program = Program(lambda *xs: weighted(net(*xs)), *inputs)
    batch = [np.array(pair) for pair in zip(inputs, near, strict=True)]
    losses = [weighted(net(*example)) for example in (inputs, near)]
    expected = [loss.data for loss in losses]
    assert program.map(*batch) == pytest.approx(expected, rel=1e-12)
    net.zero_grad()
    for loss in losses:
        loss.backward()
    eager = [p.grad / 2.0 for p in net.parameters()]
    net.zero_grad()
    mean = program.backward(*batch)
    assert mean == pytest.approx(sum(expected) / 2.0, rel=1e-12)
    compiled = [p.grad for p in net.parameters()]
    assert compiled == pytest.approx(eager, rel=1e-12, abs=1e-13)


def _shifted(nested: Any, by: float) -> Any:
    if isinstance(nested, list):
        return [_shifted(item, by) for item in nested]
    return nested + by
