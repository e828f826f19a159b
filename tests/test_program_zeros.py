"""The strong zero in programs: what the eager engine says, on every backend."""

import random
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import OPS, Op, Program, Value, derivative, grad, gradients
from tests.test_zeros import (
    BY_HAND,
    MILD,
    POINTS,
    Function,
    compositions,
    fail_if_any,
    same,
)


@pytest.mark.parametrize("op", OPS.values(), ids=str)
def test_a_program_agrees_on_first_and_second_derivatives(op: Op) -> None:
    """Alone and in a batch, and the Hessian's product with a direction."""
    found = []
    every = [*compositions(op)]
    for name, f in random.Random(op.name).sample(every, 2):
        program = Program(f, 0.5)
        batch = program.value_and_grad(np.array(POINTS), wrt="inputs")[1][0]
        leaf = Value(0.5)
        bend = Program(lambda f=f, leaf=leaf: f(leaf), parameters=[leaf])
        for x, slope in zip(POINTS, batch, strict=True):
            wanted = grad(f)(x)
            single = program.value_and_grad(x, wrt="inputs")[1][0]
            said = {"eager": wanted, "batch": slope * len(POINTS), "single": single}
            if not all(same(wanted, number) for number in said.values()):
                found.append(f"{name} at {x}: {said}")
        for x in MILD:
            said = {"eager": grad(grad(f))(x), "hvp": bend.hvp(v=[1.0], theta=[x])[0]}
            if not same(*said.values()):
                found.append(f"{name} at {x}: {said}")
    fail_if_any(found)


HARD: list[Function] = [
    *(f for _, f, _, _ in BY_HAND),
    lambda x: 1.0 / (1.0 + 1.0 / x),
    lambda x: autograd.log(x) * autograd.sqrt(x),
    lambda x: autograd.atan2(x, x * x),
    lambda x: autograd.cbrt(x * autograd.relu(x)),
    lambda x: autograd.clamp(autograd.log(x), -1.0, 2.0),
    lambda x: autograd.dot([x, 2.0, x], [autograd.log(x), x, autograd.sqrt(x)]),
    grad(lambda x: autograd.hypot(x, 0.0 * x) ** 2),
    derivative(lambda x: autograd.atan2(x, x * x) * x),
    grad(lambda x: autograd.sqrt(x * x)),
    derivative(lambda x: 1.0 / (1.0 + autograd.exp(-x))),
]


@pytest.mark.parametrize("backend", ["auto", "numpy", "machine", "jax"])
def test_every_backend_agrees_at_hard_points(backend: Any) -> None:
    program = Program(lambda x: [f(x) for f in HARD], 0.5, backend=backend)
    for row, f in enumerate(HARD):
        for x in POINTS:
            slope = program.jacobian(x, wrt="inputs")[row, 0]
            assert same(slope, grad(f)(x)), (row, x)


@pytest.mark.parametrize("backend", ["auto", "numpy", "machine", "jax"])
def test_zeros_of_either_factor_are_strong_in_matrix_products(backend: Any) -> None:
    """A layer of which some results are 0, where the square root is steep."""
    weights = [[Value(w) for w in row] for row in ((0.0, 0.0), (1.0, 0.0), (2.0, 3.0))]
    leaves = [w for row in weights for w in row]

    def f(x: list[Any]) -> Any:
        return autograd.sum([autograd.sqrt(autograd.dot(row, x)) for row in weights])

    batch = [[1.0, 2.0], [0.0, 0.0], [0.0, 4.0], [5.0, 0.0]]
    program = Program(f, [1.0, 2.0], parameters=leaves, backend=backend)
    _, (in_leaves, (in_x,)) = program.value_and_grad(batch, wrt="both")
    total = [0.0] * len(leaves)
    for x, slope in zip(batch, in_x, strict=True):
        arguments = [Value(number) for number in x]
        slopes = gradients(f(arguments), [*arguments, *leaves])
        assert [*slope * len(batch)] == pytest.approx(slopes[:2], rel=1e-12)
        total = [t + s for t, s in zip(total, slopes[2:], strict=True)]
    assert [*in_leaves * len(batch)] == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("bad", [float("inf"), float("nan")])
def test_a_zero_alone_is_no_strong_one(bad: float, count: int) -> None:
    """BLAS takes 0 times anything for 0 where one matrix is a single number."""

    def f(xs: Any) -> Any:
        first = autograd.tanh(autograd.dot([2.0, 3.0], xs[:2]))
        return first + autograd.tanh(0.0 * xs[2])

    batch = np.full((count, 3), 0.5)
    batch[-1, 2] = bad
    for backend in ("numpy", "machine", "auto"):
        found = Program(f, batch[0], backend=backend).map(batch)
        wanted = [f(row.tolist()) for row in batch]
        np.testing.assert_array_equal(np.ravel(found), np.array(wanted, float))
