"""Dropout: how often, how scaled, from which source; as an input of programs."""

import copy
import itertools
import math
import pickle
import random
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import BranchError, Program, Value, check_gradients, compiled
from nn import noise
from tests.nets import data


class Net(nn.Module):
    """Two layers, and chance between them."""

    def __init__(self, rng: Any = 0) -> None:
        self.first = nn.Linear(2, 4, "tanh", rng=1)
        self.dropout = nn.Dropout(0.25, rng=rng)
        self.last = nn.Linear(4, 1, rng=2)

    def forward(self, x: Any) -> Any:
        return self.last(self.dropout(self.first(x)))


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_as_many_are_dropped_as_the_probability_says(p: float) -> None:
    count = 20_000
    outputs = nn.Dropout(p, rng=3)([1.0] * count)
    assert set(outputs) == {0.0, 1.0 / (1.0 - p)}
    dropped = outputs.count(0.0)
    deviation = math.sqrt(count * p * (1.0 - p))
    assert abs(dropped - count * p) < 4.0 * deviation
    both = sum(a == b == 0.0 for a, b in itertools.pairwise(outputs))
    assert both == pytest.approx(count * p * p, abs=6.0 * math.sqrt(count) * p)


def test_the_mean_stays() -> None:
    numbers = np.random.default_rng(0).normal(3.0, 1.0, 20_000)
    outputs = nn.Dropout(0.3, rng=1)(numbers)
    assert np.mean(outputs) == pytest.approx(np.mean(numbers), rel=0.02)


def test_in_eval_nothing_happens() -> None:
    dropout = nn.Dropout(0.9, rng=0).eval()
    x = [Value(1.0), Value(2.0)]
    assert [*map(id, dropout(x))] == [*map(id, x)]
    assert nn.Dropout(0.0, rng=0)([1.0, 2.0]) == [1.0, 2.0]
    assert data(nn.Dropout(1.0, rng=0)(x)) == [0.0, 0.0]


def test_any_nesting_and_single_numbers() -> None:
    dropout = nn.Dropout(0.5, rng=0)
    nested = dropout(np.ones((2, 3, 4)))
    assert np.shape(nested) == (2, 3, 4)
    assert 0.0 < np.mean(nested) < 2.0  # a mask for each number
    assert dropout(Value(3.0)).data in (0.0, 6.0)
    with pytest.raises(TypeError, match=r"Dropout\(0\.5\) expects numbers in lists"):
        dropout("ab")


def test_gradients_go_where_numbers_were_kept() -> None:
    x = [Value(float(i)) for i in range(1, 9)]
    outputs = nn.Dropout(0.5, rng=0)(x)
    autograd.sum(outputs).backward()
    pairs = zip(x, outputs, strict=True)
    assert all(leaf.grad == y.data / leaf.data for leaf, y in pairs)
    assert {leaf.grad for leaf in x} == {0.0, 2.0}

    def f(x: Any) -> Any:
        with noise.supplied([0.1, 0.9, 0.6]):
            return autograd.sum([autograd.exp(y) for y in nn.Dropout(0.5)(x)])

    check_gradients(f, [0.5, -1.0, 2.0])


@pytest.mark.parametrize("rng", [7, random.Random(7), np.random.default_rng(7), None])
def test_the_source_is_the_layers_own(rng: Any) -> None:
    dropout = nn.Dropout(0.5, rng=rng)
    before = random.getstate()
    first, second = dropout([1.0] * 64), dropout([1.0] * 64)
    assert first != second
    assert (random.getstate() == before) == (rng is not None)


def test_seeds_copies_and_pickles() -> None:
    one, two = nn.Dropout(0.5, rng=7), nn.Dropout(0.5, rng=7)
    assert one([1.0] * 64) == two([1.0] * 64)
    makers: list[Any] = [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
    for make in makers:
        assert make(one)([1.0] * 64) == make(one)([1.0] * 64)
        make(nn.Dropout(0.5))([1.0])
    assert nn.Dropout(0.5).state_dict() == {}


@pytest.mark.parametrize(
    ("p", "error", "text"),
    [
        (-0.1, ValueError, "p must be at least 0"),
        (1.5, ValueError, "p must be at most 1, got 1.5"),
        (math.nan, ValueError, "p must be at least 0"),
        ("a", TypeError, "p must be a number, got str"),
    ],
)
def test_probabilities(p: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        nn.Dropout(p)


# --- supplied numbers ---------------------------------------------------------


def test_supplied_numbers_come_one_by_one() -> None:
    dropout = nn.Dropout(0.5, rng=0)
    for numbers in ([0.9, 0.1, 0.5], np.array([0.9, 0.1, 0.5]), iter([0.9, 0.1, 0.5])):
        with noise.supplied(numbers) as supply:
            assert dropout([1.0, 1.0]) == [2.0, 0.0]
            assert dropout(1.0) == 2.0
        assert supply.used == 3
    with noise.supplied([0.9]):
        with noise.supplied([0.1]):
            assert dropout(1.0) == 0.0
        assert dropout(1.0) == 2.0
    assert len(set(dropout([1.0] * 64))) == 2  # from its source again


def test_how_many_are_needed() -> None:
    with noise.supplied(itertools.repeat(0.5)) as supply:
        Net()([1.0, 2.0])
        assert supply.used == 4
        Net().eval()([1.0, 2.0])
        assert supply.used == 4


def test_too_few_numbers() -> None:
    with noise.supplied([0.5]), pytest.raises(ValueError, match="than the 1 numbers"):
        nn.Dropout(0.5)([1.0, 2.0])


@pytest.mark.parametrize("backend", ["numpy", "machine", "jax"])
def test_noise_is_an_input_of_a_program(backend: Any) -> None:
    net = Net()

    def loss(x: Any, numbers: Any) -> Any:
        with noise.supplied(numbers):
            return net(x) ** 2

    draw = np.random.default_rng(0)
    batch, chance = draw.normal(size=(6, 2)), draw.random((6, 4))
    program = Program(loss, batch[0], chance[0], backend=backend)
    eager = [loss(x, u) for x, u in zip(batch.tolist(), chance.tolist(), strict=True)]
    np.testing.assert_allclose(program.map(batch, chance), data(eager), rtol=1e-12)
    value, gradient = program.value_and_grad(batch, chance)
    autograd.mean(eager).backward()
    wanted = [p.grad for p in program.parameters]
    np.testing.assert_allclose(gradient, wanted, rtol=1e-12, atol=1e-15)
    assert value == pytest.approx(np.mean(data(eager)), rel=1e-14)
    net.eval()
    with pytest.raises(BranchError, match="training"):
        program.map(batch, chance)


@pytest.mark.parametrize(
    ("rng", "source"), [(0, r"net\.dropout\.source"), (None, "random")]
)
def test_a_program_without_it_is_refused_by_name(rng: Any, source: str) -> None:
    net = Net(rng)

    def loss(x: Any) -> Any:
        return net(x) ** 2

    text = rf"loss draws random numbers \({source}\) .* pass them as inputs"
    with pytest.raises(ValueError, match=text):
        Program(loss, [1.0, 2.0])
    net.eval()
    program = Program(loss, [1.0, 2.0])
    assert program([1.0, 2.0]) == pytest.approx(loss([1.0, 2.0]).data)
    net.train()
    with pytest.raises(BranchError, match="training"):
        program([1.0, 2.0])


def test_a_compiled_function_drops_anew_in_every_call() -> None:
    net = Net()
    f = compiled(lambda x: net(x) ** 2)
    with pytest.warns(UserWarning, match="draws random numbers"):
        results = {f([1.0, 2.0]).data for _ in range(20)}
    assert len(results) > 3
    net.eval()
    assert len({f([1.0, 2.0]).data for _ in range(5)}) == 1
