"""Gradients of a compiled function whose programs read different leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value, compiled, gradients, sin, tanh
from autograd.program.backends.engines import Backend

BACKENDS: list[Backend] = ["numpy", "machine"]


class Sequences:
    """A model of sequences: each place has weights of its own, and so has the end."""

    def __init__(self) -> None:
        self.places = [Value(0.3 * k - 0.4) for k in range(5)]
        self.end = Value(0.7)

    def __call__(self, xs: Sequence[Any]) -> Any:
        h: Any = 0.0
        for x, w in zip(xs, self.places, strict=False):
            h = tanh(w * x + h)
        return h * self.end if xs else self.end * self.end


def eager(f: Callable[..., Any], leaves: Sequence[Value], *inputs: Any) -> list[float]:
    """The gradient of the plain function; of the mean over several lists of inputs."""
    return gradients(f(*inputs), [*leaves])


@pytest.mark.parametrize("backend", BACKENDS)
def test_other_lengths_read_other_leaves(backend: Backend) -> None:
    model = Sequences()
    f = compiled(backend=backend)(model)
    for xs in (
        [0.5, -1.0],
        [2.0],
        [1.0, 0.5, 0.25, 2.0],
        [0.1, 0.2],
        [3.0, 1.0, 1.0],
    ):
        value, gradient = f.value_and_grad(xs)
        assert value == pytest.approx(model(xs).data, rel=1e-14)
        want = eager(model, f.parameters, xs)
        np.testing.assert_allclose(gradient, want, rtol=1e-13, atol=0.0)
        row = f.jacobian(xs)
        np.testing.assert_allclose(row, [want], rtol=1e-13, atol=0.0)
        value, (in_theta, in_xs) = f.value_and_grad(xs, wrt="both")
        np.testing.assert_allclose(in_theta, want, rtol=1e-13, atol=0.0)
        assert np.shape(in_xs[0]) == np.shape(xs)
    order = [*model.places[:2], model.end, *model.places[2:4]]
    assert [*map(id, f.parameters)] == [*map(id, order)]


@pytest.mark.parametrize("backend", BACKENDS)
def test_numbers_for_all_leaves(backend: Backend) -> None:
    model = Sequences()
    f = compiled(backend=backend)(model)
    short, long = [0.5, -1.0], [1.0, 0.5, 0.25]
    f.value_and_grad(long)
    theta = np.linspace(-1.0, 1.0, len(f.parameters))
    v = np.linspace(0.5, 2.0, len(f.parameters))
    found = [
        (
            f(xs, theta=theta),
            f.value_and_grad(xs, theta=theta),
            f.hvp(xs, v=v, theta=theta),
        )
        for xs in (short, long)
    ]
    for leaf, number in zip(f.parameters, theta, strict=True):
        leaf.data = float(number)
    for xs, (value, (same, gradient), product) in zip(
        (short, long), found, strict=True
    ):
        assert value == same == pytest.approx(model(xs).data, rel=1e-14)
        slopes = gradients(model(xs), f.parameters, create_graph=True)
        want = [float(x) for x in slopes]
        np.testing.assert_allclose(gradient, want, rtol=1e-13, atol=0.0)
        along = sum((s * x for s, x in zip(slopes, v, strict=True)), Value(0.0))
        want = gradients(along, f.parameters)
        np.testing.assert_allclose(product, want, rtol=1e-12, atol=1e-15)
    assert f.backward(short, theta=theta) == found[0][0]
    with pytest.raises(ValueError, match=r"theta: expected a vector of shape \(4,\)"):
        f.value_and_grad(short, theta=[1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"v: expected a vector of shape \(4,\)"):
        f.hvp(short, v=[1.0, 2.0, 3.0])


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_batch_whose_examples_read_more_and_more(backend: Backend) -> None:
    w = [Value(2.0), Value(5.0), Value(-1.0)]

    @compiled(backend=backend)
    def f(x: Any) -> Any:
        if x > 2.0:
            return w[2] * w[0] * x * x
        return w[0] * x if x > 0.0 else (w[1] * x if x > -2.0 else x)

    xs = np.array([1.0, -1.0, 3.0, -3.0])
    value, gradient = f.value_and_grad(xs)
    assert value == pytest.approx(np.mean([float(f.__wrapped__(x)) for x in xs]))
    want = np.array([1.0 - 9.0, -1.0, 18.0]) / 4.0
    np.testing.assert_allclose(gradient, want, rtol=1e-14)
    assert [*map(id, f.parameters)] == [*map(id, w)]
    value, (gradient, (in_x,)) = f.value_and_grad(xs, wrt="both")
    np.testing.assert_allclose(gradient, want, rtol=1e-14)
    np.testing.assert_allclose(in_x, np.array([2.0, 5.0, -12.0, 1.0]) / 4.0, rtol=1e-14)
    product = f.hvp(xs, v=[1.0, 0.0, 2.0])
    np.testing.assert_allclose(product, np.array([18.0, 0.0, 9.0]) / 4.0, rtol=1e-14)
    assert f.value_and_grad(-3.0)[1].tolist() == [0.0, 0.0, 0.0]
    assert f.jacobian(-3.0).tolist() == [[0.0, 0.0, 0.0]]
    assert f.hvp(-3.0, v=[1.0, 1.0, 1.0]).tolist() == [0.0, 0.0, 0.0]


def test_recurrent_nets_of_every_length() -> None:
    model = nn.Sequential(nn.Linear(2, 3, rng=0), nn.Linear(3, 1, rng=1))
    cell, ends = nn.RNN(1, 2, rng=2), [nn.Linear(2, 1, rng=k) for k in range(3)]

    def loss(xs: Any) -> Any:
        _, h = cell([[x] for x in xs])
        return ends[len(xs) % 3](h[0]) + model(h[0])

    f = compiled(loss)
    for xs in ([0.1], [0.3, 0.2], [1.0, 2.0, 3.0], [0.5]):
        gradient = f.value_and_grad(xs)[1]
        want = eager(loss, f.parameters, xs)
        np.testing.assert_allclose(gradient, want, rtol=1e-12, atol=1e-16)
    count = sum(len(x.parameters()) for x in (model, cell, *ends))
    assert len(f.parameters) <= count
    assert len(gradient) == len(f.parameters)


def test_another_net_has_a_list_of_its_own() -> None:
    models = Sequences(), Sequences()
    f = compiled(lambda model, xs, act: act(model(xs)))
    for model in (*models, *models):
        for act in (sin, tanh, tanh):
            for xs in ([0.5], [0.5, 1.5]):
                gradient = f.value_and_grad(model, xs, act)[1]
                assert {*map(id, f.parameters)} <= {
                    *map(id, [*model.places, model.end])
                }
                want = gradients(act(model(xs)), f.parameters)
                np.testing.assert_allclose(gradient, want, rtol=1e-13)
        assert len(f.parameters) == 3


def test_leaves_that_were_replaced_are_forgotten() -> None:
    model = Sequences()
    f = compiled(model)
    f.value_and_grad([1.0, 2.0])
    model.places[0] = Value(0.9)
    gradient = f.value_and_grad([1.0])[1]
    assert [*map(id, f.parameters)] == [id(model.places[0]), id(model.end)]
    np.testing.assert_allclose(gradient, eager(model, f.parameters, [1.0]), rtol=1e-14)


def test_a_branch_that_reads_no_leaf_at_first() -> None:
    w = Value(3.0)
    f = compiled(lambda x: w * x if x > 0 else x)
    with pytest.raises(ValueError, match="no parameters"):
        f.value_and_grad(-1.0)
    assert f.value_and_grad(2.0)[1].tolist() == [2.0]
    assert f.value_and_grad(-1.0)[1].tolist() == [0.0]
    assert f.value_and_grad([2.0, -1.0])[1].tolist() == [1.0]
    assert f.backward([2.0, -1.0]) == 2.5
    assert w.grad == 1.0


def test_parameters_may_come_one_by_one() -> None:
    leaves = [Value(2.0), Value(3.0)]
    given: list[Any] = [(x for x in leaves), leaves[0]]
    f = compiled(parameters=given[0])(lambda xs: leaves[0] * xs[0])
    for count in (1, 2):  # two forms of arguments, and so two programs
        value, slopes = f.value_and_grad([5.0] * count)
        assert (value, slopes.tolist()) == (10.0, [5.0, 0.0])
    with pytest.raises(TypeError, match="list of leaf Values"):
        compiled(parameters=given[1])(lambda x: x)
