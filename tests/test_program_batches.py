"""Means over the batch of a program, and who is told what it computes."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import (
    Program,
    Value,
    batch_mean,
    compiled,
    exp,
    grad,
    one_example,
    parameter,
    tell,
)
from autograd.program.backends.engines import Backend

BACKENDS: list[Backend] = ["auto", "numpy", "machine", "jax"]
POINTS = np.random.default_rng(0).normal(size=(5, 3))
WEIGHTS = [0.7, -1.3, 0.4, 0.2]


def of_one(w: Any, x: Any, mean: Any) -> Any:
    """A loss in which means over the batch meet numbers of one example."""
    inside = autograd.tanh(w[0] * x[0] + w[1] * x[1])
    centre = mean(inside)
    spread = mean((inside - centre) ** 2 + exp(w[2] * x[2]))
    late = mean(inside * spread + w[3] * centre)
    return (inside - centre) / autograd.sqrt(spread) * x[2] + late * w[3] ** 2


def of_all(w: Any, xs: Any) -> Any:
    """The mean of the same over a list of examples, written out by hand."""
    inside = [autograd.tanh(w[0] * x[0] + w[1] * x[1]) for x in xs]
    centre = autograd.mean(inside)
    spread = autograd.mean(
        [(a - centre) ** 2 + exp(w[2] * x[2]) for a, x in zip(inside, xs, strict=True)]
    )
    late = autograd.mean([a * spread + w[3] * centre for a in inside])
    root = autograd.sqrt(spread)
    return autograd.mean(
        [
            (a - centre) / root * x[2] + late * w[3] ** 2
            for a, x in zip(inside, xs, strict=True)
        ]
    )


def program_of(backend: Backend = "numpy") -> Program:
    w = [parameter(number) for number in WEIGHTS]
    return Program(
        lambda x: of_one(w, x, batch_mean), POINTS[0], parameters=w, backend=backend
    )


@pytest.mark.parametrize("backend", BACKENDS)
def test_values_are_those_of_the_whole_batch(backend: Backend) -> None:
    program = Program(lambda x: x[0] - batch_mean(x[0]), POINTS[0], backend=backend)
    wanted = POINTS[:, 0] - POINTS[:, 0].mean()
    np.testing.assert_allclose(program.map(POINTS), wanted, rtol=1e-14, atol=1e-16)
    whole = of_all(WEIGHTS, POINTS.tolist())
    values = program_of(backend).map(POINTS)
    assert np.mean(values) == pytest.approx(whole, rel=1e-13)


@pytest.mark.parametrize("backend", BACKENDS)
def test_gradients_are_those_of_the_whole_batch(backend: Backend) -> None:
    program = program_of(backend)
    value, (in_w, (in_x,)) = program.value_and_grad(POINTS, wrt="both")
    wanted_w, wanted_x = grad(of_all, argnums=(0, 1))(WEIGHTS, POINTS.tolist())
    assert value == pytest.approx(of_all(WEIGHTS, POINTS.tolist()), rel=1e-13)
    np.testing.assert_allclose(in_w, wanted_w, rtol=1e-12)
    np.testing.assert_allclose(in_x, wanted_x, rtol=1e-11, atol=1e-15)
    (only_x,) = program.value_and_grad(POINTS, wrt="inputs")[1]
    np.testing.assert_allclose(only_x, in_x, rtol=1e-13, atol=1e-16)
    program.backward(POINTS)
    np.testing.assert_allclose([p.grad for p in program.parameters], in_w, rtol=1e-13)


@pytest.mark.parametrize("backend", BACKENDS)
def test_second_derivatives_go_through_the_means(backend: Backend) -> None:
    direction = [0.3, -0.2, 1.0, 0.5]
    got = program_of(backend).hvp(POINTS, v=direction)
    steps: Any = lambda w: of_all(w, POINTS.tolist())  # noqa: E731
    wanted = autograd.hvp(steps, WEIGHTS, direction)
    np.testing.assert_allclose(got, wanted, rtol=1e-11)


def test_a_gradient_inside_the_function_goes_through_the_means() -> None:
    w = parameter(0.5)

    def penalty(x: Any) -> Any:
        inside = (w * x - batch_mean(w * w * x)) ** 3
        (slope,) = autograd.gradients(batch_mean(inside), [w], create_graph=True)
        return batch_mean(slope) ** 2  # the slope is this example's share

    def by_hand(w: Any) -> Any:
        def loss(w: Any) -> Any:
            centre = autograd.mean([w * w * x for x in xs])
            return autograd.mean([(w * x - centre) ** 3 for x in xs])

        return grad(loss)(w) ** 2

    xs = [1.0, 2.5, -0.5]
    value, slope = Program(penalty, 1.0).value_and_grad(xs)
    assert value == pytest.approx(by_hand(0.5), rel=1e-13)
    np.testing.assert_allclose(slope, [grad(by_hand)(0.5)], rtol=1e-12)


def test_means_of_what_is_the_same_for_all() -> None:
    w = parameter(3.0)
    program = Program(lambda x: batch_mean(w) + batch_mean(2.0) + batch_mean(x), 1.0)
    assert program.map([1.0, 3.0]).tolist() == [7.0, 7.0]
    value, slope = program.value_and_grad([1.0, 3.0])
    assert (value, slope.tolist()) == (7.0, [1.0])


def test_a_batch_of_one_and_of_none() -> None:
    program = Program(lambda x: x * x + batch_mean(x), 2.0)
    assert program.map([3.0]).tolist() == [12.0]
    value, (slope,) = program.value_and_grad([3.0], wrt="inputs")
    assert (value, slope.tolist()) == (12.0, [7.0])
    assert program.map(np.zeros(0)).shape == (0,)


def test_infinities_and_nan_are_the_mean_of_the_batch() -> None:
    program = Program(lambda x: batch_mean(x), 2.0)  # noqa: PLW0108 - a function's name
    assert program.map([np.inf, 1.0]).tolist() == [np.inf, np.inf]
    assert np.isnan(program.map([np.nan, 1.0])).all()
    (slope,) = program.value_and_grad([np.nan, 1.0], wrt="inputs")[1]
    assert slope.tolist() == [0.5, 0.5]


def test_a_long_program_is_not_run_example_by_example() -> None:
    def chain(x: Any) -> Any:
        for _ in range(600):
            x = x + 0.001 * autograd.sin(x) - batch_mean(x) * 0.002
        return x

    def by_hand(xs: Any) -> Any:
        for _ in range(600):
            centre = np.mean(xs)
            xs = xs + 0.001 * np.sin(xs) - centre * 0.002
        return xs

    xs = np.array([0.1, 0.7, 1.1])
    np.testing.assert_allclose(Program(chain, 0.5).map(xs), by_hand(xs), rtol=1e-12)


def test_where_there_is_no_batch_it_is_refused() -> None:
    with pytest.raises(TypeError, match="outside of one there is no batch"):
        batch_mean(Value(1.0))
    with pytest.raises(TypeError, match="outside of one there is no batch"):
        grad(lambda x: batch_mean(x))(1.0)  # noqa: PLW0108
    program = program_of()
    for ask in (program, program.value_and_grad, program.jacobian):
        with pytest.raises(ValueError, match="nothing for one example"):
            ask(POINTS[0])
    with pytest.raises(TypeError, match="pure function of one example"):
        program.to_jax()


def test_one_example_may_stand_for_its_batch_on_a_dry_run() -> None:
    counter = Counter()
    f = telling(counter, parameter(3.0))
    with one_example() as alone:
        assert not alone.asked
        assert f(2.0).data == 0.0
        assert alone.asked
        with one_example() as inner:
            assert Program(f, 2.0).map([1.0, 2.0]).tolist() == [-1.5, 1.5]
        assert not inner.asked
    assert counter.heard == [([4.5, 20.25, 5.0], 2)]
    with pytest.raises(TypeError, match="there is no batch"):
        f(2.0)


# --- who is told --------------------------------------------------------------


class Counter:
    """Hears numbers, and counts the examples."""

    def __init__(self) -> None:
        self.heard: list[tuple[list[float], int]] = []
        self.total = np.zeros(1)

    def hear(self, numbers: list[float], examples: int) -> None:
        self.heard.append((numbers, examples))
        self.total += numbers[0]


def telling(counter: Counter, w: Value) -> Any:
    def f(x: Any) -> Any:
        mean = batch_mean(w * x)
        tell(counter.hear, [mean, mean * mean, 5.0], writes=[counter.total])
        return w * x - mean

    return f


def test_listeners_hear_of_every_run() -> None:
    counter, w = Counter(), parameter(2.0)
    f = telling(counter, w)
    program = Program(f, 1.0)
    assert counter.heard == []  # a trace is no run
    assert program.map([1.0, 3.0]).tolist() == [-2.0, 2.0]
    assert counter.heard == [([4.0, 16.0, 5.0], 2)]
    program.value_and_grad([1.0, 2.0, 3.0])
    program.backward([5.0, 5.0])
    assert [examples for _, examples in counter.heard] == [2, 3, 2]
    assert counter.total.tolist() == [4.0 + 4.0 + 10.0]
    before = len(counter.heard)
    program.map([1.0, 3.0], theta=[3.0])
    program.value_and_grad([1.0, 3.0], theta=[3.0])
    program.hvp([1.0, 3.0], v=[1.0])
    program.map(np.zeros(0))
    assert len(counter.heard) == before


def test_what_differs_is_told_of_each_example() -> None:
    heard: list[Any] = []

    def f(x: Any) -> Any:
        tell(lambda numbers, examples: heard.append((numbers, examples)), [x, x * x])
        return 2.0 * x

    program = Program(f, 1.0)
    assert program.map([1.0, 3.0]).tolist() == [2.0, 6.0]
    assert program(4.0) == 8.0
    assert heard == [([1.0, 1.0], 1), ([3.0, 9.0], 1), ([4.0, 16.0], 1)]
    del heard[:]
    assert f(Value(5.0)).data == 10.0  # at once, where nothing is traced
    assert heard == [([5.0, 25.0], 1)]


@pytest.mark.parametrize("outputs", [lambda y: y * y, lambda y: [y, y * y]])
def test_a_compiled_function_tells_in_every_call(outputs: Any) -> None:
    heard: list[Any] = []
    w = Value(2.0)

    @compiled
    def f(x: Any) -> Any:
        y = w * x
        tell(lambda numbers, examples: heard.append((numbers, examples)), [y])
        return outputs(y)

    f(1.0)
    for x in (3.0, -1.0):
        del heard[:]
        y = f(x)
        assert heard == [([2.0 * x], 1)]
        assert np.ravel(autograd.gradients(np.ravel(y)[-1], [w])) == [4.0 * x * x]
        with autograd.no_grad():
            assert np.ravel(f(x))[-1] == 4.0 * x * x
        assert heard == [([2.0 * x], 1)] * 2


def test_several_listeners_and_several_outputs() -> None:
    one, two = Counter(), Counter()

    def f(x: Any) -> Any:
        tell(one.hear, [batch_mean(x)])
        tell(two.hear, [x, 1.0])
        return [x + 1.0, {"twice": 2.0 * x}]

    program = Program(f, 1.0)
    first, second = program.map([1.0, 3.0])
    assert first.tolist() == [2.0, 4.0]
    assert second["twice"].tolist() == [2.0, 6.0]
    assert one.heard == [([2.0], 2)]
    assert two.heard == [([1.0, 1.0], 1), ([3.0, 1.0], 1)]


def test_copies_and_pickles_take_means_too() -> None:
    program = program_of()
    np.testing.assert_array_equal(copy.copy(program).map(POINTS), program.map(POINTS))
    again = pickle.loads(pickle.dumps(Program(centred, 0.0)))
    assert again.map([1.0, 3.0]).tolist() == [-1.0, 1.0]


def centred(x: Any) -> Any:
    return x - batch_mean(x)


def test_a_compiled_function_says_that_it_has_no_batch() -> None:
    with pytest.raises(TypeError, match="outside of one there is no batch"):
        compiled(centred)(1.0)
