"""A number that leaves the graph is never lost in silence."""

import copy
import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
from autograd import (
    LeavingWarning,
    Value,
    derivative,
    exp,
    grad,
    gradients,
    guarded_call,
    hessian,
    hvp,
    jacobian,
    jvp,
    no_grad,
    parameter,
    tanh,
    value_and_grad,
    vjp,
)

Function = Callable[..., Any]

# How a Value becomes a plain number: all of it is lost, or (with x added) a part.
WAYS: dict[str, Function] = {
    "math.sin": math.sin,
    "math.exp": lambda x: 2.0 * math.exp(x),
    "math.fsum": lambda x: math.fsum([x, 1.0]),
    "math.trunc of a float": lambda x: math.trunc(float(x)) * 1.5,
    "float": float,
    "int": lambda x: 1.0 * int(x),
    "round": lambda x: round(x, 2),
    "a copy": copy.copy,
    "np.asarray": lambda x: np.asarray([x], dtype=float)[0],
    "array of floats": lambda x: _put_into_floats(x).sum(),
    "inner gradients": lambda x: gradients(x * x * x, [x])[0],
    "a new Value": lambda x: Value(math.cos(x)),
    "through text": lambda x: float(f"{float(x)}"),
}


def _put_into_floats(x: Any) -> Any:
    array = np.zeros(2)
    array[0] = x
    return array


# Every door behind which a function is differentiated, as a function of f and x.
DOORS: dict[str, Function] = {
    "grad": lambda f, x: grad(f)(x),
    "value_and_grad": lambda f, x: value_and_grad(f)(x),
    "derivative": lambda f, x: derivative(f)(x),
    "second derivative": lambda f, x: derivative(f, order=2)(x),
    "jvp": lambda f, x: jvp(f, (x,), (1.0,)),
    "vjp": vjp,
    "jacobian": lambda f, x: jacobian(f)(x),
    "hessian": lambda f, x: hessian(f)(x),
    "hvp": lambda f, x: hvp(f, x, 1.0),
    "grad of grad": lambda f, x: grad(grad(f))(x),
    "a module": lambda f, x: guarded_call(f, "a module", Value(x)),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("door", DOORS)
def test_what_no_longer_depends_on_the_input_is_an_error(door: str, way: str) -> None:
    with pytest.raises(TypeError, match="takes a plain number out of the graph"):
        DOORS[door](WAYS[way], 1.25)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("door", DOORS)
def test_what_depends_on_it_in_part_is_a_warning(door: str, way: str) -> None:
    def f(x: Any) -> Any:
        return x * x + WAYS[way](x)

    with pytest.warns(LeavingWarning, match="only that of the other ways"):
        DOORS[door](f, 1.25)


def test_the_message_names_the_line_and_what_to_do() -> None:
    def f(x: Any) -> Any:
        return math.sin(x) * 2.0

    with pytest.raises(TypeError) as caught:
        grad(f)(1.0)
    message = str(caught.value)
    assert "test_leaving.py" in message
    assert "return math.sin(x) * 2.0" in message
    assert "autograd.exp(x)" in message
    assert "x.data" in message
    with pytest.warns(LeavingWarning) as warned:
        grad(lambda x: x + math.sin(x))(1.0)
    assert warned[0].filename.endswith("test_leaving.py")


def test_a_builtin_has_no_line_of_its_own() -> None:
    with pytest.raises(TypeError, match=r"graph of sin .*test_leaving"):
        grad(math.sin)(1.0)


def test_each_variable_counts_for_itself() -> None:
    with pytest.raises(TypeError, match="does not depend on"):
        grad(lambda v: v[0] * math.sin(v[1]))([2.0, 3.0])
    with pytest.raises(TypeError, match="does not depend on"):
        grad(lambda x, y: x * float(y), argnums=(0, 1))(2.0, 3.0)
    # y is no variable here, and no Value
    assert grad(lambda x, y: x * float(y))(2.0, 3.0) == 3.0


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * x.data,
        lambda x: x * (2.0 if x > 0 else 3.0),
        lambda x: x * (2.0 if x else 3.0),
        lambda x: x * len(f"{x:.3f} {x!r}"),
        lambda x: x * float(Value(2.0)),
        lambda x: x * np.isfinite(x.data),
    ],
)
def test_spoken_and_harmless_ways_are_silent(f: Function) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        grad(f)(1.5)


def test_nothing_is_said_outside_of_calls() -> None:
    x = Value(1.0)
    y = exp(x)
    assert math.sin(y) == math.sin(math.e)
    assert float(y) == math.e
    with no_grad():
        assert guarded_call(math.sin, "it", x) == math.sin(1.0)


def test_an_outer_variable_is_seen_to_leave_in_an_inner_call() -> None:
    def f(x: Any) -> Any:
        inner = grad(lambda y: y * float(x))(2.0)
        return inner * 3.0

    with pytest.raises(TypeError, match="does not depend on"):
        grad(f)(1.0)


def test_readings_of_a_failed_call_are_forgotten() -> None:
    def fails(x: Any) -> Any:
        float(x)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        guarded_call(fails, "it", Value(1.0))
    assert guarded_call(lambda x: 2.0 * x, "it", Value(1.0)).data == 2.0


# --- modules --------------------------------------------------------------------


@pytest.mark.parametrize(
    "activation",
    [math.tanh, float, lambda x: 1.0 * int(x), lambda x: x.data],
    ids=["math.tanh", "float", "int", "data"],
)
@pytest.mark.parametrize("sizes", [[1], [4, 1], [4, 3, 2]])
def test_an_activation_that_gives_numbers_is_refused(
    activation: Function, sizes: list[int]
) -> None:
    net = nn.MLP(2, sizes, activation=activation, output_activation=activation, rng=0)
    with pytest.raises(TypeError, match=r"activation of Neuron.*autograd\.tanh"):
        net([1.0, 2.0])


def test_an_activation_that_makes_new_leaves_is_refused() -> None:
    net = nn.MLP(2, [4, 1], activation=lambda x: Value(math.tanh(x)), rng=0)
    with pytest.raises(TypeError, match=r"graph of MLP\(2 -> 4"):
        net([1.0, 2.0])


class Half(nn.Module):
    """Its second weight leaves the graph; the input goes on in the first."""

    def __init__(self) -> None:
        self.a, self.b = parameter(2.0, "a"), parameter(3.0, "b")

    def forward(self, x: Any) -> Any:
        return tanh(self.a * x) + math.tanh(self.b)


def test_a_module_that_loses_a_parameter_is_refused() -> None:
    with pytest.raises(TypeError, match="does not depend on b any more"):
        Half()(1.0)


def test_a_module_under_no_grad_may_give_plain_numbers() -> None:
    with no_grad():
        assert isinstance(Half()(1.0).data, float)
