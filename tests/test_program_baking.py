"""Nothing is baked in: what a traced function may not do, and is told so."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
from autograd import (
    Op,
    Program,
    Value,
    compiled,
    mean,
    scope,
    softmax,
    square,
    where,
)
from autograd import sum as total
from autograd.errors import CompilationWarning
from tests.engines import check_program


def test_a_program_in_a_traced_function_is_its_function() -> None:
    w = Value(3.0)
    for inner in (compiled(lambda t: w * t), Program(lambda t: w * t, 1.0)):
        program = Program(lambda x, inner=inner: x * inner(2.0), 1.0)
        w.data = 5.0
        assert program(1.0) == 10.0
        assert program.parameters == [w]
        w.data = 3.0


def runs(program: Program) -> dict[str, Callable[[], Any]]:
    return {
        "map": lambda: program.map([1.0]),
        "value_and_grad": lambda: program.value_and_grad(1.0),
        "backward": lambda: program.backward(1.0),
        "jacobian": lambda: program.jacobian(1.0),
        "hvp": lambda: program.hvp(1.0, v=[1.0]),
        "read": program.read,
        "write": lambda: program.write([1.0]),
    }


@pytest.mark.parametrize("name", ["map", "value_and_grad", "backward", "read", "write"])
def test_no_other_run_of_a_program_is_traced(name: str) -> None:
    w = Value(3.0)
    run = runs(Program(lambda t: w * t, 1.0))[name]
    with pytest.raises(TypeError, match="can't be run while a function is traced"):
        Program(lambda x: x * np.sum(run()), 1.0)
    assert (w.data, w.grad) == (3.0, 0.0)


@pytest.mark.parametrize(
    "bake",
    [
        lambda x: float(f"{x:.3f}"),
        lambda x: (x * x).local_derivatives[0],
        lambda x: len(repr(x)) * 1.0,
    ],
)
def test_constants_made_of_the_example_are_found(bake: Any) -> None:
    w = Value(3.0)
    with pytest.raises(ValueError, match="makes constants of its inputs"):
        Program(lambda x: w * bake(x), 1.5)


def test_a_gradient_changed_while_tracing_is_found() -> None:
    w = Value(3.0)

    def f(x: Any) -> Any:
        w.grad += 1.0
        return w * x

    with pytest.raises(TypeError, match=r"changes the \.grad of a leaf"):
        Program(f, 1.0)


def test_a_branch_nearby_is_no_baking() -> None:
    w = Value(3.0)
    program = Program(lambda x: x * w if x > 0.0 else x, 0.0)
    assert program(-1.0) == -1.0
    assert Program(lambda x: where(x > 0.0, x * w, x), 0.0)(2.0) == 6.0


def test_own_operations_must_run_on_arrays() -> None:
    by_math = Op(
        "by_math",
        lambda xp, x: math.exp(x),
        lambda xp, out, x: (math.exp(x),),
    )
    with pytest.raises(TypeError, match="the operation by_math can't be compiled"):
        Program(lambda x: by_math(x * 2.0), 1.0)
    f = compiled(lambda x: by_math(x * 1.0))
    with pytest.warns(CompilationWarning, match="by_math"):
        assert f(1.0) == math.exp(1.0)


def test_methods_are_compiled_for_each_instance() -> None:
    class Scaled:
        def __init__(self, number: float) -> None:
            self.w = Value(number)

        @compiled
        def loss(self, x: Any) -> Any:
            return self.w * x * x

    one, other = Scaled(2.0), Scaled(3.0)
    assert (one.loss(3.0), other.loss(x=3.0), one.loss(1.0)) == (18.0, 27.0, 2.0)
    assert len(one.loss.programs) == 1
    one.loss.backward(2.0)
    assert (one.w.grad, other.w.grad) == (4.0, 0.0)


def test_a_backend_must_exist() -> None:
    with pytest.raises(ValueError, match="'numpy', 'jax' or 'machine'"):
        compiled(backend="foo")(lambda x: x)  # type: ignore[call-overload]


def test_a_residual_leaves_the_layer_a_matrix_product() -> None:
    model = nn.MLP(5, [6, 4], activation="tanh", rng=0)

    def loss(x: Any, y: Any) -> Any:
        return nn.losses.mean_squared_error(model(x), y)

    rng = np.random.default_rng(0)
    examples = [(rng.normal(size=5).tolist(), [0.5] * 4) for _ in range(3)]
    program = Program(loss, *examples[0])
    assert program.report().products == ((1, 6, 5), (1, 4, 6))
    check_program(loss, examples)


def test_softmaxes_that_are_equal_only_in_the_end() -> None:
    w = Value(0.5)

    def f(x: Any, z: Any) -> Any:
        t = total([x])
        return [softmax([x, z])[0] * x, w * z + softmax([t, z])[0] * x]

    check_program(f, [(1.0, 2.0), (0.3, -1.0)])


def test_a_loop_that_only_a_guard_asks_for() -> None:
    weights = [Value(0.1 * i) for i in range(10)]

    def f(x: Any) -> Any:
        size = mean([square(w) for w in weights])
        return weights[0] + x if size > 0.0 else x

    value, gradient = Program(f, 1.0).value_and_grad(1.0)
    assert value == 1.0
    assert gradient.tolist() == [1.0] + [0.0] * 9


@pytest.mark.parametrize("name", ["a\nimport os", "a\0b", "\ud800", "\\", "'''"])
def test_names_of_scopes_are_no_source(name: str) -> None:
    def f(xs: Any) -> Any:
        with scope(name):
            return xs[0] * xs[1] * 3.0 + xs[0]

    program = Program(f, [1.0, 2.0])
    assert program.map([[1.0, 2.0]]).tolist() == [7.0]
    assert "\nimport os" not in program.source
    program.source.encode()
