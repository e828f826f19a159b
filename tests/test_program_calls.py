"""A Program inside grad and the like: no derivative is cut off in silence."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import (
    Parameters,
    Program,
    StaleGraphError,
    Value,
    check_gradients,
    derivative,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    no_grad,
    take,
    tanh,
    value_and_grad,
    vjp,
)
from autograd.program.backends.engines import Backend

BACKENDS: list[Backend] = ["auto", "numpy", "machine", "jax"]

TRANSFORMS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "grad": (lambda f: grad(f)(3.0), 12.0),
    "value_and_grad": (lambda f: value_and_grad(f)(3.0), (18.0, 12.0)),
    "derivative": (lambda f: derivative(f)(3.0), 12.0),
    "second derivative": (lambda f: derivative(f, order=2)(3.0), 4.0),
    "grad of grad": (lambda f: grad(grad(f))(3.0), 4.0),
    "grad of derivative": (lambda f: grad(derivative(f))(3.0), 4.0),
    "jvp": (lambda f: jvp(f, (3.0,), (1.0,)), (18.0, 12.0)),
    "vjp": (lambda f: vjp(f, 3.0)[1](1.0), (12.0,)),
    "jacobian": (lambda f: jacobian(lambda w: [f(w)])(3.0), [12.0]),
    "hessian": (lambda f: hessian(f)(3.0), 4.0),
    "hvp": (lambda f: hvp(f, 3.0, 1.0), 4.0),
}
"""Each on 2 w^2 at 3, with what it has to give."""

INSIDE: dict[str, Callable[[Any, Any], Any]] = {
    "a variable": lambda w, b: Program(lambda x: w * x * w, 1.0, backend=b)(2.0),
    "computed": lambda w, b: (s := w * w, Program(lambda x: s * x, 1.0, backend=b))[1](
        2.0
    ),
    "a batch": lambda w, b: sum(
        Program(lambda x: w * w * x, 1.0, backend=b).map([0.5, 1.5])
    ),
    "a listed parameter": lambda w, b: Program(
        lambda x: w * w * x, 1.0, parameters=None, backend=b
    )(2.0),
    "its argument": lambda w, b: Program(lambda x: x * x * 2.0, 1.0, backend=b)(w),
    "a module": lambda w, b: Program(Scaled(w), 1.0, backend=b)(2.0),
}


class Scaled:
    """An object with a Value for an attribute."""

    def __init__(self, w: Any) -> None:
        self.square = w * w

    def __call__(self, x: Any) -> Any:
        return self.square * x


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("inside", INSIDE.values(), ids=INSIDE)
@pytest.mark.parametrize(("ask", "wanted"), TRANSFORMS.values(), ids=TRANSFORMS)
def test_a_program_of_variables_is_its_function(
    ask: Callable[[Any], Any],
    wanted: Any,
    inside: Callable[[Any, Any], Any],
    backend: Backend,
) -> None:
    assert ask(lambda w: inside(w, backend)) == wanted


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_check_of_a_program_inside(backend: Backend) -> None:
    def f(w: Any) -> Any:
        return Program(lambda x: tanh(w * x), 1.0, backend=backend)(2.0)

    assert check_gradients(f, 0.3, order=2)


def test_an_inner_call_and_an_outer_variable() -> None:
    def outer(w: Any) -> Any:
        square = w * w
        program = Program(lambda x: square * x, 1.0)
        return grad(lambda v: program(2.0) * v * v)(1.0)  # 4 w^2

    assert grad(outer)(3.0) == 24.0
    assert outer(3.0) == 36.0


def test_an_inner_variable_that_stands_for_a_value_outside() -> None:
    w = Value(3.0)
    slope = grad(lambda v: Program(lambda x: v * v * x, 1.0)(2.0))(w)
    assert float(slope) == 12.0
    slope.backward()
    assert w.grad == 4.0


def test_a_program_made_outside_stays_fast_and_plain() -> None:
    w, k = Value(3.0), Value(2.0)
    program = Program(lambda x: w * x, 1.0)
    seen: list[Any] = []

    def f(v: Any) -> Any:
        seen.append(program(2.0))
        seen.append(program.value_and_grad(2.0)[0])
        return v * seen[0]

    assert grad(f)(k.data) == 6.0
    assert [*map(type, seen)] == [float, float]


def test_leaves_made_inside_are_no_variables() -> None:
    def f(v: Any) -> Any:
        w = Value(0.0)
        program = Program(lambda x: (w - x) ** 2, 1.0)
        for _ in range(3):  # a fit of its own, which does not depend on v
            program.backward(2.0)
            w.data -= 0.5 * w.grad
            w.grad = 0.0
        return v * w.data

    assert grad(f)(5.0) == 2.0


RUNS: dict[str, Callable[[Program], Any]] = {
    "value_and_grad": lambda p: p.value_and_grad(2.0)[0],
    "a batch": lambda p: p.value_and_grad([2.0, 3.0])[0],
    "in the inputs": lambda p: p.value_and_grad(2.0, wrt="inputs")[1][0],
    "backward": lambda p: p.backward(2.0),
    "jacobian": lambda p: p.jacobian(2.0)[0, 0],
    "jacobian in the inputs": lambda p: p.jacobian(2.0, wrt="inputs")[0, 0],
    "hvp": lambda p: p.hvp(2.0, v=[1.0])[0],
}


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_what_gives_plain_numbers_is_refused(
    run: Callable[[Program], Any], backend: Backend
) -> None:
    says = r"is being differentiated.* Call f itself"

    def inside(w: Any) -> Any:
        square = w * w

        def f(x: Any) -> Any:
            return square * x * x

        return w * run(Program(f, 1.0, backend=backend))

    with pytest.raises(TypeError, match=says):
        grad(inside)(3.0)
    with pytest.raises(TypeError, match=says):
        jvp(inside, (3.0,), (1.0,))


def test_what_asks_for_no_value_is_not_refused() -> None:
    programs = []

    def f(w: Any) -> Any:
        program = Program(lambda x: w * x, 1.0)
        programs.append(program)
        with no_grad():
            constant = program(2.0) + program.value_and_grad(2.0)[1][0]  # spoken
        return w * (constant + program(2.0, theta=[5.0]))

    assert grad(f)(3.0) == 6.0 + 2.0 + 10.0
    assert programs[0](2.0) == 6.0  # the call is over
    assert type(programs[0](2.0)) is float
    assert programs[0].value_and_grad(2.0)[1].tolist() == [2.0]


def test_a_program_made_under_no_grad_is_not_forgotten() -> None:
    def f(w: Any) -> Any:
        with no_grad():
            program = Program(lambda x: w * x, 1.0)
        return program(2.0)

    assert grad(f)(3.0) == 2.0


def test_work_handed_to_threads_and_contexts() -> None:
    def in_threads(w: Any) -> Any:
        program = Program(lambda x: w * w * x, 1.0)
        with ThreadPoolExecutor(2) as pool:
            return sum(pool.map(program, [0.5, 1.5]))

    def in_a_context(w: Any) -> Any:
        program = Program(lambda x: w * w * x, 1.0)
        return before.run(lambda: program(2.0))

    before = copy_context()
    assert grad(in_threads)(3.0) == 12.0
    assert grad(in_a_context)(3.0) == 12.0


def test_a_map_inside_has_the_form_of_a_map() -> None:
    def f(w: Any) -> Any:
        program = Program(
            lambda i, x: {"a": take([w, 1.0], i), "b": [x[0] * w, x[1]]}, 0, [1.0, 1.0]
        )
        found = program.map([0, 1, 0], [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
        assert {k: v.shape for k, v in found.items()} == {"a": (3,), "b": (3, 2)}
        return found["a"].sum() * found["b"].sum()

    def eager(w: Any) -> Any:
        return (2.0 * w + 1.0) * (9.0 * w + 12.0)

    assert grad(f)(3.0) == grad(eager)(3.0)


# --- transforms of a program ---------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("ask", "wanted"), TRANSFORMS.values(), ids=TRANSFORMS)
def test_a_program_is_differentiated_as_its_function(
    ask: Callable[[Any], Any], wanted: Any, backend: Backend
) -> None:
    w = Value(2.0)
    assert ask(Program(lambda x: w * x * x, 1.0, backend=backend)) == wanted


def test_a_check_of_a_program() -> None:
    model = nn.MLP(2, [3, 1], rng=0)
    assert check_gradients(Program(model, [0.5, -1.0]), [0.3, 0.7], order=2)


def test_values_are_no_arguments_elsewhere() -> None:
    w = Value(3.0)
    program = Program(lambda x: w * x, 1.0)
    for run in (program, program.jacobian, program.value_and_grad):
        with pytest.raises(TypeError, match=r"'x'\): a program takes plain numbers"):
            run(w)
    for values in ([w], w, np.array([w])):
        for given in (
            lambda values=values: program(1.0, theta=values),
            lambda values=values: program.hvp(1.0, v=values),
            lambda values=values: program.write(values),
        ):
            with pytest.raises(TypeError, match=r"(theta|v) must .* a Value: give"):
                given()
    with pytest.raises(TypeError, match="takes plain numbers"):
        grad(lambda x: program.map([x, x])[0])(1.0)
    with pytest.raises(TypeError, match=r"theta must .* a Value"):
        grad(lambda x: x * program(1.0, theta=[x]))(1.0)
    assert w.data == 3.0


# --- computed Values outside of all calls --------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_computed_value_is_computed_anew(backend: Backend) -> None:
    a = Value(2.0)
    b = a * a
    program = Program(lambda x: b * x, 1.0, backend=backend)
    assert program.parameters == [a]
    assert program(3.0) == 12.0
    assert program.hvp(3.0, v=[1.0]).tolist() == [6.0]
    a.data = 5.0
    assert program(3.0) == 75.0
    value, slopes = program.value_and_grad(3.0)
    assert (value, slopes.tolist()) == (75.0, [30.0])
    assert program.map([1.0, 2.0]).tolist() == [25.0, 50.0]
    assert program.hvp(3.0, v=[1.0]).tolist() == [6.0]


def test_a_computed_value_that_is_out_of_date_is_no_wrong_program() -> None:
    a = Value(2.0)
    b = a + 1.0
    program = Program(lambda x: b * x, 1.0)
    assert program.check(3.0).value == 0.0
    a.data = 5.0
    with pytest.raises(StaleGraphError, match=r"data=3\.0.*would be 6\.0 now"):
        program.check(3.0)
    assert program(3.0) == 18.0


def test_threads_do_not_see_each_other_s_calls() -> None:
    w = Value(3.0)
    program = Program(lambda x: w * x, 1.0)
    kinds: list[type] = []

    def f(v: Any) -> Any:
        thread = threading.Thread(target=lambda: kinds.append(type(program(2.0))))
        thread.start()
        thread.join()
        return v * v

    assert grad(f)(3.0) == 6.0
    assert kinds == [float]


def test_leaves_of_one_vector_are_read_as_a_slice_and_told_as_first_read() -> None:
    a, b, c = (Value(x) for x in (2.0, 3.0, 5.0))
    Parameters([a, b, c]).packed()

    @autograd.compiled
    def f(x: Value) -> Value:
        return c * x + a * a * x + b * b * b * x

    assert f.value_and_grad(1.0)[1].tolist() == [1.0, 4.0, 27.0]  # by c, a, b
    assert f.parameters == [c, a, b]
    (program,) = f.programs
    assert program.parameters == [a, b, c]
    theta = [7.0, 1.0, 2.0]
    assert f.value_and_grad(1.0, theta=theta)[1].tolist() == [1.0, 2.0, 12.0]
    f.backward([1.0, 3.0])
    assert [x.grad for x in (a, b, c)] == [8.0, 54.0, 2.0]
