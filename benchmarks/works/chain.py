"""A chain of scalar steps: nothing that an array could help with."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from autograd import Value, cos, tanh
from benchmarks.works.work import Array, Side, Work, installed, torch_tensors

INPUT = 0.3
START = (1.3, 0.2, 0.1)  # weight, bias, rate
Adjoint: TypeAlias = Callable[[float, float, float, float, "Array"], Any]


def work(steps: int = 10_000) -> Work:
    """By turns tanh(weight * x + bias) and x + rate * cos(x), one example."""
    parameters = [Value(number) for number in START]

    def example(number: Any) -> Any:
        weight, bias, rate = parameters
        x = number
        for index in range(steps):
            x = x + rate * cos(x) if index % 2 else tanh(weight * x + bias)
        return x

    peers = {
        "Python": lambda: by_hand(steps),
        "PyTorch": lambda: in_torch(steps),
        "numba": lambda: in_numba(steps),
    }
    name = f"chain of {steps:,} scalar steps, one example"
    peers = installed(peers, torch="PyTorch", numba="numba")
    return Work(name, example, (INPUT,), parameters, peers, batched=False)


def adjoint(
    number: float, weight: float, bias: float, rate: float, states: Array
) -> tuple[float, float, float, float]:
    """Run the chain forward and backward on plain numbers.

    `states` keeps every x: one more than there are steps, and an even number of these.
    """
    states[0] = number
    last = len(states) - 1
    for index in range(0, last, 2):
        x = math.tanh(weight * states[index] + bias)
        states[index + 1] = x
        states[index + 2] = x + rate * math.cos(x)
    error = 1.0
    d_weight = d_bias = d_rate = 0.0
    for index in range(last - 2, -1, -2):
        x = states[index + 1]
        d_rate += error * math.cos(x)
        error *= 1.0 - rate * math.sin(x)
        error *= 1.0 - x * x
        d_bias += error
        d_weight += error * states[index]
        error *= weight
    return states[last], d_weight, d_bias, d_rate


def by_hand(steps: int) -> Side:
    """The same on Python's floats."""
    return adjoint_side(adjoint, [0.0] * (steps + 1))


def in_numba(steps: int) -> Side:
    """The same, compiled to machine code."""
    compiled = importlib.import_module("numba").njit(adjoint)
    return adjoint_side(compiled, np.empty(steps + 1))


def adjoint_side(run: Adjoint, states: Any) -> Side:
    """An adjoint written by hand, as a side."""

    def step() -> tuple[float, tuple[float, ...]]:
        output, *gradient = run(INPUT, *START, states)
        return output, tuple(gradient)

    return Side(step, np.asarray)


def in_torch(steps: int) -> Side:
    """The same in PyTorch, on tensors of one number."""
    import torch

    weight, bias, rate = parameters = torch_tensors([*map(np.asarray, START)])
    start = torch.tensor(INPUT, dtype=torch.float64)

    def step() -> tuple[float, tuple[Any, ...]]:
        x = start
        for index in range(steps):
            odd = index % 2
            x = x + rate * torch.cos(x) if odd else torch.tanh(weight * x + bias)
        return x.item(), torch.autograd.grad(x, parameters)

    return Side(step)
