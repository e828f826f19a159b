"""Nets of the lectures on real data, beside scikit-learn's of the same size."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_iris,
    load_wine,
)
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

import nn

Array = np.ndarray[Any, Any]
Split = tuple[Array, Array, Array, Array]

BINARY = "binary_cross_entropy_with_logits"


def split(load: Callable[..., Any], scale: bool = True) -> Split:
    """Inputs to learn from and to be tried on, then their targets; standardised."""
    X, y = load(return_X_y=True)  # noqa: N806
    seen, unseen, targets, answers = train_test_split(X, y, random_state=0)
    if scale:
        scaler = StandardScaler().fit(seen)
        seen, unseen = scaler.transform(seen), scaler.transform(unseen)
    return seen, unseen, targets, answers


def accuracy(model: nn.Module, X: Any, y: Array) -> float:  # noqa: N803
    scores = model.predict(X)
    classes = scores.argmax(axis=1) if scores.ndim == 2 else scores > 0
    return float(np.mean(classes == y))


def test_a_logistic_neuron_on_breast_cancer() -> None:
    seen, unseen, y, answers = split(load_breast_cancer)
    model = nn.Neuron(30, rng=0, init="zeros")
    optimizer = nn.SGD(model.parameters(), lr=0.1, weight_decay=1.0 / len(seen))
    nn.fit(model, seen, y, loss=BINARY, optimizer=optimizer, epochs=40, progress=False)
    theirs = LogisticRegression().fit(seen, y).score(unseen, answers)
    assert accuracy(model, unseen, answers) >= theirs - 0.01 > 0.9


@pytest.mark.parametrize("load", [load_iris, load_wine, load_digits])
def test_a_multilayer_perceptron(load: Callable[..., Any]) -> None:
    seen, unseen, y, answers = split(load)
    classes = len(np.unique(y))
    model = nn.MLP(seen.shape[1], [32, classes], rng=0, init="he")
    optimizer = nn.Adam(model.parameters(), lr=0.005)
    epochs = 30 if len(seen) > 1000 else 100
    nn.fit(model, seen, y, loss="cross_entropy", optimizer=optimizer, epochs=epochs,
           progress=False)  # fmt: skip
    peer = MLPClassifier(
        (32,), learning_rate_init=0.005, max_iter=epochs, random_state=0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs = peer.fit(seen, y).score(unseen, answers)
    assert accuracy(model, unseen, answers) >= theirs - 0.02 > 0.85


def test_linear_regression_on_diabetes() -> None:
    seen, unseen, y, answers = split(load_diabetes)
    mean, deviation = y.mean(), y.std()
    model = nn.Layer(10, 1, rng=0, init="zeros")
    optimizer = nn.SGD(model.parameters(), lr=0.05, weight_decay=1.0 / len(seen))
    nn.fit(model, seen, (y - mean) / deviation, loss="mean_squared_error",
           optimizer=optimizer, epochs=60, batch_size=128, progress=False)  # fmt: skip
    ours = np.mean((model.predict(unseen) * deviation + mean - answers) ** 2)
    theirs = np.mean((Ridge(1.0).fit(seen, y).predict(unseen) - answers) ** 2)
    assert ours <= 1.05 * theirs < 0.75 * np.var(answers)


XOR = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])


def test_xor_defeats_one_neuron_and_no_hidden_layer() -> None:
    y = [0, 1, 1, 0]
    for seed in range(3):
        neuron = nn.Neuron(2, rng=seed)
        hidden = nn.MLP(2, [8, 1], activation="tanh", rng=seed)
        for model in (neuron, hidden):
            optimizer = nn.Adam(model.parameters(), lr=0.1)
            nn.fit(model, XOR, y, loss=BINARY, optimizer=optimizer, epochs=200,
                   progress=False)  # fmt: skip
        assert accuracy(neuron, XOR, np.array(y)) <= 0.75
        assert accuracy(hidden, XOR, np.array(y)) == 1.0
    grid = np.random.default_rng(0).normal(size=(4000, 3))
    right = [
        np.mean((np.array([*XOR.T, np.ones(4)]).T @ w > 0) == np.array(y)) for w in grid
    ]
    assert max(right) == 0.75  # whatever its weights are


def test_a_convolutional_net_on_digits() -> None:
    seen, unseen, y, answers = split(load_digits, scale=False)
    images, others = (x.reshape(-1, 1, 8, 8) / 16.0 for x in (seen, unseen))
    model = nn.Sequential(
        nn.Conv2d(1, 24, kernel_size=3, rng=0),
        "relu",
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(24 * 3 * 3, 10, rng=1, init="he"),
    )
    optimizer = nn.Adam(model.parameters(), lr=0.01)
    steps = 12 * math.ceil(len(y) / 32)
    nn.fit(model, images, y, loss="cross_entropy", optimizer=optimizer, epochs=12,
           schedule=nn.schedules.cosine(0.01, steps), progress=False)  # fmt: skip
    assert accuracy(model, others, answers) > 0.97


class Told(nn.Module):
    """What a recurrent layer knows at the end of a sequence, as one score."""

    def __init__(self) -> None:
        self.recurrent = nn.LSTM(2, 8, rng=0)
        self.out = nn.Linear(8, 1, rng=1, init="xavier")

    def forward(self, steps: Any) -> Any:
        outputs, _ = self.recurrent(steps)
        return self.out(outputs[-1])


def marked_sequences(count: int, seed: int) -> tuple[list[Array], Array]:
    """Sequences of signs, one of them marked; and whether that one is positive.

    The memory has to keep what stood at the mark, wherever that was. This is the
    adding problem of Hochreiter and Schmidhuber, 1997, with one mark.
    """
    rng = np.random.default_rng(seed)
    sequences, answers = [], []
    for _ in range(count):
        signs = rng.choice([-1.0, 1.0], rng.choice([6, 9, 12, 15]))
        marks = np.zeros(len(signs))
        marks[place := rng.integers(len(signs))] = 1.0
        sequences.append(np.stack([signs, marks], axis=1))
        answers.append(signs[place] > 0)
    return sequences, np.array(answers, int)


def padded(sequences: list[Array]) -> Array:
    """All of one length, with zeros in front, end to end."""
    rows = [np.concatenate([np.zeros((15 - len(x), 2)), x]) for x in sequences]
    return np.array(rows).reshape(len(rows), 30)


def test_an_lstm_remembers_what_a_perceptron_of_equal_size_can_not_find() -> None:
    (X, y), (unseen, answers) = (marked_sequences(*x) for x in ((800, 0), (400, 1)))  # noqa: N806
    remembering = Told()
    optimizer = nn.Adam(remembering.parameters(), lr=0.03)
    nn.fit(remembering, X, y, loss=BINARY, optimizer=optimizer, epochs=5,
           progress=False)  # fmt: skip
    assert accuracy(remembering, unseen, answers) >= 0.98
    flat = nn.MLP(30, [13, 1], rng=0, init="he")
    assert len(flat.parameters()) > len(remembering.parameters())
    optimizer = nn.Adam(flat.parameters(), lr=0.01)
    nn.fit(flat, padded(X), y, loss=BINARY, optimizer=optimizer, epochs=60,
           progress=False)  # fmt: skip
    assert accuracy(flat, padded(X), y) > 0.99  # it had time to learn by heart
    assert accuracy(flat, padded(unseen), answers) < 0.9


def mistakes_of(unit: nn.Perceptron, X: Array, y: Array, epochs: int) -> list[int]:  # noqa: N803
    """How many each epoch had, until one has none."""
    counts: list[int] = []
    while len(counts) < epochs and (not counts or counts[-1]):
        counts.append(sum([unit.learn(*pair) for pair in zip(X, y, strict=True)]))
    return counts


def test_a_perceptron_tells_setosa_and_never_settles_on_the_other_two() -> None:
    X, y = load_iris(return_X_y=True)  # noqa: N806
    unit = nn.Perceptron(4)
    counts = mistakes_of(unit, X, y == 0, epochs=100)
    assert counts[-1] == 0
    assert 0 < sum(counts) <= unit.mistake_bound(X, (y == 0).astype(int))
    # Versicolor and virginica overlap: no plane parts them, and it errs for ever.
    both = y > 0
    counts = mistakes_of(nn.Perceptron(4), X[both], y[both] == 1, epochs=60)
    assert len(counts) == 60
    assert min(counts[30:]) > 0
