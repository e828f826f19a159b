"""Initializers: the distribution that each promises, for any source and any shape."""

import math
import random
from typing import Any

import numpy as np
import pytest

import nn
from nn.initializers import WholeArray, random_source, weight_draws

EVEN = {  # the bound of each, for an array of 20 outputs and 50 inputs
    "uniform": 1.0,
    "xavier": math.sqrt(6.0 / (50 + 20)),
    "he": math.sqrt(6.0 / 50),
    "lecun": math.sqrt(3.0 / 50),
}
NORMAL = {  # the standard deviation
    "normal": 1.0,
    "xavier_normal": math.sqrt(2.0 / (50 + 20)),
    "he_normal": math.sqrt(2.0 / 50),
}
SOURCES = [lambda: random.Random(5), lambda: np.random.default_rng(5)]


def drawn(init: Any, shape: tuple[int, ...], rng: Any = 5) -> np.ndarray[Any, Any]:
    draw = weight_draws(init, random_source(rng), shape)
    return np.array([draw() for _ in range(math.prod(shape))]).reshape(shape)


def test_every_name_is_tested_here() -> None:
    assert {*nn.INITIALIZERS} == {*EVEN, *NORMAL, "orthogonal", "zeros"}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(("init", "bound"), EVEN.items())
def test_even_draws_fill_their_interval(init: str, bound: float, source: Any) -> None:
    weights = drawn(init, (20, 50), source())
    assert np.abs(weights).max() <= bound
    assert weights.max() >= 0.99 * bound
    assert weights.min() <= -0.99 * bound


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(("init", "deviation"), NORMAL.items())
def test_normal_draws_are_normal(init: str, deviation: float, source: Any) -> None:
    draw = weight_draws(init, source(), (20, 50))
    scores = np.sort([draw() / deviation for _ in range(10_000)])
    # The largest distance between the two distribution functions: Kolmogorov's bound
    # of 1.95 / sqrt(n) is passed by one sample in a thousand.
    expected = [0.5 * math.erfc(-score / math.sqrt(2.0)) for score in scores]
    steps = np.arange(10_001) / 10_000
    distance = max(
        np.abs(steps[1:] - expected).max(), np.abs(steps[:-1] - expected).max()
    )
    assert distance < 1.95 / 100


def test_a_source_may_give_the_ends_of_the_interval() -> None:
    class Lowest:
        def uniform(self, a: float, b: float, /) -> float:
            return a

    assert weight_draws("normal", Lowest(), (1, 1))() == 0.0


@pytest.mark.parametrize(
    "shape", [(4, 4), (3, 7), (7, 3), (1, 5), (4, 3, 2), (2, 2, 3)]
)
@pytest.mark.parametrize("source", SOURCES)
def test_an_orthogonal_matrix_keeps_lengths(
    shape: tuple[int, ...], source: Any
) -> None:
    matrix = drawn("orthogonal", shape, source()).reshape(shape[0], -1)
    if matrix.shape[0] > matrix.shape[1]:
        matrix = matrix.T
    assert np.abs(matrix @ matrix.T - np.eye(len(matrix))).max() < 1e-14


def test_no_turn_is_likelier_than_another() -> None:
    # Entries of a random orthogonal matrix have mean 0 and variance 1/n; without the
    # signs of R on the diagonal, the first entry would never be positive.
    source = random.Random(1)
    samples = np.array([drawn("orthogonal", (3, 3), source) for _ in range(2000)])
    assert np.abs(samples.mean(axis=0)).max() < 4 * math.sqrt(1 / 3 / 2000)
    assert np.abs(samples.var(axis=0) - 1 / 3).max() < 0.03


def test_orthogonal_is_known_by_name_and_as_itself() -> None:
    assert nn.INITIALIZERS["orthogonal"] is nn.initializers.orthogonal
    layer = nn.Layer(5, 3, init=nn.initializers.orthogonal, rng=1)
    named = nn.Layer(5, 3, init="orthogonal", rng=1)
    assert np.array_equal(layer.state_dict()["weight"], named.state_dict()["weight"])


def test_a_layer_may_start_orthogonal() -> None:
    for layer in (
        nn.Layer(5, 3, init="orthogonal", rng=1),
        nn.MLP(4, [4, 2], init="orthogonal", rng=1),
        nn.LSTM(3, 2, init="orthogonal", rng=1),
    ):
        for name, array in layer.state_dict().items():
            if "weight" in name:
                short = array if len(array) <= array.shape[1] else array.T
                assert np.abs(short @ short.T - np.eye(len(short))).max() < 1e-14


def test_zeros_draw_nothing() -> None:
    source = random.Random(3)
    assert not drawn("zeros", (2, 3), source).any()
    assert source.random() == random.Random(3).random()


@pytest.mark.parametrize(
    ("shape", "n_in", "n_out"),
    [((2, 3), 3, 2), ((8, 4, 3), 12, 24), ((8, 4, 3, 5), 60, 120)],
)
def test_a_window_counts_as_often_as_it_has_places(
    shape: tuple[int, ...], n_in: int, n_out: int
) -> None:
    calls = []

    def init(source: object, *fans: int) -> float:
        calls.append(fans)
        return float(len(calls))

    assert drawn(init, shape).ravel().tolist() == [*range(1, math.prod(shape) + 1)]
    assert {*calls} == {(n_in, n_out)}


def test_an_array_of_ones_own_is_an_initializer() -> None:
    eye = WholeArray(lambda source, shape: np.eye(shape[0], shape[1]))
    assert drawn(eye, (2, 3)).tolist() == [[1, 0, 0], [0, 1, 0]]


def test_the_same_seed_gives_the_same_weights() -> None:
    for init in nn.INITIALIZERS:
        assert (drawn(init, (3, 4), 7) == drawn(init, (3, 4), 7)).all()
    source = random.Random(7)  # and those of a net that was made by an older version
    assert drawn("he", (1, 2), 7).ravel().tolist() == [
        source.uniform(-math.sqrt(3.0), math.sqrt(3.0)) for _ in range(2)
    ]


def test_what_is_no_initializer_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'orthogonl'; did you mean orthogonal\?.*he"):
        drawn("orthogonl", (2, 2))
    with pytest.raises(TypeError, match="got float"):
        drawn(0.5, (2, 2))
    wrong: list[Any] = [lambda: 1.0, lambda *_: "1"]
    for init in wrong:
        with pytest.raises(TypeError) as caught:
            drawn(init, (2, 2))
        (note,) = caught.value.__notes__
        assert note == "init must be a function (source, n_in, n_out) -> float"
