"""Jacobians of programs: rows for outputs, columns for inputs, in one sweep."""

from __future__ import annotations

import importlib.util
import math
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import (
    BranchError,
    Program,
    Value,
    gradients,
    log,
    maximum,
    relu,
    sin,
    sqrt,
    take,
    tanh,
    where,
)
from autograd.program import differentiated
from autograd.program.backends.engines import Backend
from autograd.program.differentiate.sweeps import JacobianSweep

JAX = importlib.util.find_spec("jax") is not None
BACKENDS = ["auto", "numpy", "machine", *(["jax"] if JAX else [])]
Numbers = list[Any]


@pytest.fixture(params=BACKENDS)
def backend(request: Any) -> Backend:
    chosen: Backend = request.param
    return chosen


def dense(outputs: int, inputs: int) -> tuple[Callable[..., Any], Any, Any]:
    """tanh(W x + b), its parameters, and its derivatives by hand."""
    rng = np.random.default_rng(outputs)
    leaves = [Value(x) for x in rng.normal(size=outputs * (inputs + 1)) / 4]

    def f(x: Numbers) -> Numbers:
        rows = [leaves[k * (inputs + 1) :] for k in range(outputs)]
        return [
            tanh(sum((w * y for w, y in zip(row, x, strict=False)), row[inputs]))
            for row in rows
        ]

    def by_hand(x: Any) -> tuple[Any, Any]:
        table = np.array([leaf.data for leaf in leaves]).reshape(outputs, inputs + 1)
        slopes = 1.0 - np.tanh(table[:, :-1] @ x + table[:, -1]) ** 2
        in_theta = np.einsum("ij,k->ijk", np.diag(slopes), np.append(x, 1.0))
        return slopes[:, None] * table[:, :-1], in_theta.reshape(outputs, -1)

    return f, leaves, by_hand


@pytest.mark.parametrize(("outputs", "inputs"), [(40, 3), (12, 20), (9, 1)])
def test_a_layer(outputs: int, inputs: int, backend: Backend) -> None:
    f, leaves, by_hand = dense(outputs, inputs)
    program = Program(f, [0.1] * inputs, parameters=leaves, backend=backend)
    for x in np.random.default_rng(0).normal(size=(2, inputs)):
        in_x, in_theta = by_hand(x)
        found = program.jacobian(x, wrt="inputs")
        np.testing.assert_allclose(found, in_x, rtol=1e-11, atol=1e-15)
        np.testing.assert_allclose(program.jacobian(x), in_theta, rtol=1e-11)
        theta = program.read()
        assert np.array_equal(program.jacobian(x, theta=theta, wrt="inputs"), found)
    for leaf in leaves:
        leaf.data *= 0.5
    in_x, _ = by_hand(x)
    found = program.jacobian(x, wrt="inputs")
    np.testing.assert_allclose(found, in_x, rtol=1e-11, atol=1e-15)
    found[:] = 0.0  # the caller's own
    assert np.any(program.jacobian(x, wrt="inputs"))


def kinks(x: Numbers) -> Numbers:
    """Zeros that meet infinities, ties, branches, a constant, an input, twice one."""
    a, b, c = x
    root, step = sqrt(a), where(b > 0.0, b * c, log(a))
    parts = [root * b, step, relu(a) * c, maximum(b, c), a, 7.0, a, 0.0 * root]
    return [*parts, where(a > 0.0, root, 0.0), abs(b), sin(a * b * c), b / c]


def many(x: Numbers) -> Numbers:
    """Fewer outputs than inputs, but more than a few."""
    return kinks([x[0], x[5], x[13]])


SPECIAL = [0.0, -0.0, 1.5, -2.0, math.inf, math.nan, 1e200]


@pytest.mark.parametrize(("f", "inputs"), [(kinks, 3), (many, 14)])
def test_special_numbers_are_as_in_the_eager_engine(
    f: Callable[..., Any], inputs: int, backend: Backend
) -> None:
    """Whichever way it sweeps, a zero is strong, and the branch not taken is not."""
    program = Program(f, [0.5] * inputs, backend=backend)
    rng = np.random.default_rng(1)
    for _ in range(3 if backend == "jax" else 30):
        x = rng.choice(SPECIAL, inputs).tolist()
        leaves = [*map(Value, x)]
        wanted = [
            gradients(y, leaves) if isinstance(y, Value) else [0.0] * inputs
            for y in f(leaves)
        ]
        found = program.jacobian(x, wrt="inputs")
        np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=0.0)


def test_whole_numbers_have_no_derivative(backend: Backend) -> None:
    table = [Value(x) for x in (1.0, 2.0, 3.0)]

    def f(index: Any, x: Any) -> Numbers:
        row = take(table, index)
        return [row * x * k for k in range(1, 11)]

    program = Program(f, 0, 1.0, parameters=table, backend=backend)
    counts = np.arange(1.0, 11.0)
    for index, x in ((2, 5.0), (1, -1.0)):
        in_x = program.jacobian(index, x, wrt="inputs")
        assert (
            in_x.tolist() == np.stack([0.0 * counts, counts * (index + 1)], 1).tolist()
        )
        in_theta = np.outer(counts * x, np.eye(3)[index])
        assert np.array_equal(program.jacobian(index, x), in_theta)


def test_another_branch_is_an_error(backend: Backend) -> None:
    program = Program(lambda x: [x * k if x > 0 else k for k in range(20)], 1.0)
    assert program.jacobian(2.0, wrt="inputs").tolist() == [[k] for k in range(20)]
    with pytest.raises(BranchError):
        program.jacobian(-2.0, wrt="inputs")


def test_a_jacobian_takes_a_few_runs_of_the_function() -> None:
    """256 outputs of 16 inputs: not 256 sweeps, and not 16 one by one."""
    f, leaves, _ = dense(256, 16)
    x = np.linspace(-1.0, 1.0, 16)
    program = Program(f, x, parameters=leaves)
    program.jacobian(x, wrt="inputs")
    both = program, lambda x: program.jacobian(x, wrt="inputs")
    runs, jacobians = (min(seconds(run, x) for _ in range(30)) for run in both)
    assert jacobians < 6.0 * runs


def seconds(run: Callable[..., Any], x: Any) -> float:
    start = time.process_time()
    run(x)
    return time.process_time() - start


def test_the_first_jacobians_write_no_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    """To write it takes longer than hundreds of gradients of what is compiled."""
    f, leaves, by_hand = dense(40, 3)
    x = [0.1, 0.2, 0.3]
    program = Program(f, x, parameters=leaves)
    written = []

    def sweep(*told: Any) -> JacobianSweep:
        written.append(told)
        return JacobianSweep(*told)

    monkeypatch.setattr(differentiated, "JacobianSweep", sweep)
    for count in (0, 0, 1, 1):
        np.testing.assert_allclose(
            program.jacobian(x, wrt="inputs"), by_hand(x)[0], rtol=1e-11
        )
        assert len(written) == count
