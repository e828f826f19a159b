"""A small function of two inputs: of one example, and of many rows."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from autograd import Program, Value
from benchmarks.works.work import Array

POINT = (0.5, 0.3)
Answer: TypeAlias = "tuple[float, Any]"
Step: TypeAlias = Callable[[], Answer]


def tiny(a: Any, b: Any) -> Any:
    """The expression at which engines are often shown."""
    return ((a + b) - (a * b + b**3)) ** 2 / 2


def eager() -> Answer:
    """Value and gradient by the eager engine."""
    a, b = map(Value, POINT)
    y = tiny(a, b)
    y.backward()
    return y.data, (a.grad, b.grad)


def called() -> Step:
    """By a program on the machine, called with two numbers."""
    program = Program(tiny, *POINT, backend="machine")
    return lambda: program.value_and_grad(*POINT, wrt="inputs")


def bound() -> Step:
    """By the same, its arguments bound."""
    arguments = map(np.array, POINT)
    program = Program(tiny, *POINT, backend="machine")
    return program.bind(*arguments, wrt="inputs")


def rows(count: int) -> tuple[Array, Array]:
    """Many rows of two inputs."""
    a, b = np.random.default_rng(0).uniform(size=(2, count))
    return a, b


def program_rows(a: Array, b: Array) -> Step:
    """The mean over rows and its gradient, by a program on the machine, bound."""
    program = Program(tiny, *POINT, backend="machine")
    return program.bind(a, b, wrt="inputs")


def numpy_rows(a: Array, b: Array) -> Step:
    """The same by hand on arrays."""

    def step() -> Answer:
        u = (a + b) - (a * b + b**3)
        share = u / len(a)
        slopes = share * (1.0 - b), share * (1.0 - a - 3.0 * b * b)
        return float(np.mean(u * u / 2.0)), np.stack(slopes, axis=1)

    return step


def numba_rows(a: Array, b: Array) -> Step:
    """The same as a loop by hand, compiled."""
    run = importlib.import_module("numba").njit(_loop)
    slopes = np.empty((len(a), 2))
    return lambda: (run(a, b, slopes), slopes)


def _loop(a: Array, b: Array, slopes: Array) -> float:
    total, count = 0.0, len(a)
    for i in range(count):
        x, y = a[i], b[i]
        u = (x + y) - (x * y + y * y * y)
        total += u * u / 2.0
        slopes[i, 0] = u / count * (1.0 - y)
        slopes[i, 1] = u / count * (1.0 - x - 3.0 * y * y)
    return total / count
