"""Step after step on batches of arrays, which go a shorter way, and what comes between.

The truth is the eager engine, one example after the other.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import nn
from autograd import (
    AnomalyError,
    Program,
    Value,
    compiled,
    detect_anomaly,
    gradients,
    log,
    no_grad,
    take,
    where,
)
from autograd.program.backends.engines import Backend
from autograd.recording import Recorder, listening

rng = np.random.default_rng(5)
X, Y = rng.normal(size=(8, 3)), rng.integers(0, 2, 8)


class Case:
    """A loss, compiled, that reads a net, a number and a list by an index."""

    def __init__(self, backend: Backend = "numpy") -> None:
        self.model = nn.MLP(3, [4, 1], activation="tanh", rng=0)
        self.table = [Value(0.5), Value(-0.25)]
        self.world = SimpleNamespace(factor=1.5, bias=Value(0.125))
        model, table, world = self.model, self.table, self.world

        def loss(x: Any, label: Any) -> Any:
            score = model(x) * world.factor + take(table, label)
            if score > 50.0:
                score = 2.0 * score
            return where(score > 0.0, score, 0.1 * score) ** 2 + world.bias

        self.loss = loss
        self.compiled = compiled(backend=backend)(loss)

    @property
    def leaves(self) -> list[Value]:
        return [*self.model.parameters(), *self.table, self.world.bias]

    def step(self, x: Any = X, y: Any = Y) -> None:
        """One backward pass, which is held against the eager engine."""
        for leaf in self.leaves:
            leaf.zero_grad()
        value = self.compiled.backward(x, y)
        found = [leaf.grad for leaf in self.leaves]
        losses = [self.loss(list(a), int(b)) for a, b in zip(x, y, strict=True)]
        slopes = [gradients(one, self.leaves) for one in losses]
        np.testing.assert_allclose(value, np.mean([x.data for x in losses]), rtol=1e-12)
        np.testing.assert_allclose(found, np.mean(slopes, axis=0), rtol=1e-9)


def nothing(_case: Case) -> None:
    pass


def other_weights(case: Case) -> None:
    for leaf in case.model.parameters():
        leaf.data += 0.1


def another_world(case: Case) -> None:
    case.world.factor = -0.5


def another_leaf(case: Case) -> None:
    case.world.bias = Value(2.0)


def another_net(case: Case) -> None:
    case.model.layers = nn.MLP(3, [4, 1], activation="tanh", rng=1).layers


def another_branch(case: Case) -> None:
    case.model.layers[-1].parameters()[-1].data = 60.0


def back_from_another_branch(case: Case) -> None:
    case.model.layers[-1].parameters()[-1].data = 60.0
    case.step()
    case.model.layers[-1].parameters()[-1].data = 0.0


def an_optimizer(case: Case) -> None:
    optimizer = nn.SGD([*case.leaves, Value(1.0)], lr=0.1)  # which packs them anew
    optimizer.step()


def one_example(case: Case) -> None:
    case.compiled(X[0], 1)


def a_map(case: Case) -> None:
    case.compiled.map(X[:3], Y[:3])


def another_size(case: Case) -> None:
    case.step(X[:5], Y[:5])


def lists(case: Case) -> None:
    case.step(X.tolist(), Y.tolist())


def views(case: Case) -> None:
    case.step(np.repeat(X, 2, axis=0)[::2][::-1], Y[::-1])
    case.step(np.asfortranarray(X), Y)


def small_numbers(case: Case) -> None:
    case.step(X.astype(np.float32), Y.astype(np.int8))


def other_numbers(case: Case) -> None:
    theta = np.zeros(len(case.compiled.parameters))
    case.compiled.backward(X, Y, theta=theta)


BETWEEN = [
    *(nothing, other_weights, another_world, another_leaf, another_net),
    *(another_branch, back_from_another_branch, an_optimizer, one_example, a_map),
    *(another_size, lists, views, small_numbers, other_numbers),
]


@pytest.mark.parametrize("backend", ["numpy", "machine"])
@pytest.mark.parametrize("between", BETWEEN)
def test_a_step_after_anything_is_right(
    between: Callable[[Case], None], backend: Backend
) -> None:
    case = Case(backend)
    case.compiled(X[0], int(Y[0]))
    case.step()
    case.step()
    between(case)
    case.step()
    case.step()


def test_what_is_wrong_is_told_and_adds_nothing() -> None:
    case = Case()
    case.compiled(X[0], int(Y[0]))
    case.step()
    before = [leaf.grad for leaf in case.leaves]
    labels = Y.copy()
    labels[3] = 2
    with pytest.raises(IndexError, match="example 3"):
        case.compiled.backward(X, labels)
    with pytest.raises(TypeError, match="whole number"):
        case.compiled.backward(X, Y + 0.5)
    for x in (X[:, :2], X[:5], X.astype(complex), X[None], np.float64(1.0)):
        with pytest.raises((TypeError, ValueError)):
            case.compiled.backward(x, Y)
    assert [leaf.grad for leaf in case.leaves] == before
    case.step()


def test_a_batch_that_is_one_example_of_another_form_is_that() -> None:
    w = Value(2.0)
    f = compiled(lambda x: w * np.sum(x))
    f(np.ones((5, 3)))
    f(np.ones(3))
    assert f.backward(np.ones((4, 3))) == 6.0
    assert f.backward(np.ones((4, 3))) == 6.0
    w.zero_grad()
    assert f.backward(np.ones((5, 3))) == 30.0
    assert w.grad == 15.0
    assert f.backward(np.ones((4, 3))) == 6.0
    f(np.ones((4, 3)))  # from now on this is one example, too
    assert f.backward(np.ones((4, 3))) == 24.0


def test_whoever_listens_hears_of_steps() -> None:
    w = Value(0.0)
    f = compiled(lambda x: log(w * x))
    x = np.array([1.0, 2.0])
    f(1.0)
    w.data = 1.0
    assert f.backward(x) == pytest.approx(np.log(2.0) / 2.0)
    assert f.backward(x) == pytest.approx(np.log(2.0) / 2.0)
    w.data = 0.0
    with detect_anomaly(), pytest.raises(AnomalyError):
        f.backward(x)
    assert f.backward(x) == -np.inf


def test_what_does_not_depend_on_the_example() -> None:
    w = Value(3.0)
    f = compiled(lambda x: w * w)
    f(1.0)
    for _ in range(3):
        w.zero_grad()
        assert f.backward(np.ones(4)) == 9.0
        assert w.grad == 6.0
    g = compiled(lambda x: x * x)
    g(1.0)
    for _ in range(3):
        with pytest.raises(ValueError, match="no parameters"):
            g.backward(np.ones(4))


def test_gradients_that_are_given_out_are_the_users() -> None:
    ws = [Value(1.0), Value(2.0)]
    program = Program(lambda x: 0.5 * (ws[0] ** 2 + ws[1] ** 2) + x, 1.0)
    x = np.ones(3)
    for theta in (None, np.array([1.0, 2.0])):
        _, first = program.value_and_grad(x, theta=theta)
        _, second = program.value_and_grad(x, theta=theta)
        first[:] = 7.0
        assert second.tolist() == [1.0, 2.0]
        assert program.read().tolist() == [1.0, 2.0]
        assert theta is None or theta.tolist() == [1.0, 2.0]
    integers = np.array([3, 4])
    assert program.value_and_grad(x, theta=integers)[1].tolist() == [3.0, 4.0]
    assert program.value_and_grad(x, theta=[3.0, 4.0])[1].tolist() == [3.0, 4.0]
    with pytest.raises(ValueError, match="shape"):
        program.value_and_grad(x, theta=np.ones(3))


def test_a_step_in_no_grad_adds_its_gradient_too() -> None:
    case = Case()
    case.compiled(X[0], int(Y[0]))
    case.step()
    with no_grad():
        for leaf in case.leaves:
            leaf.zero_grad()
        case.compiled.backward(X, Y)
    assert any(leaf.grad for leaf in case.leaves)


def test_recorders_are_asked_before_a_step_goes_by() -> None:
    heard: list[Any] = []

    class Ear(Recorder):
        def ran(self, results: Any, diagnosed: Any) -> None:
            heard.append(results)

    case = Case()
    case.compiled(X[0], int(Y[0]))
    case.step()
    with listening(Ear()):
        case.compiled.backward(X, Y)
    assert heard
