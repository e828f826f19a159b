"""Nets of the lectures on real data, beside scikit-learn's of the same size."""

from __future__ import annotations

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


def accuracy(model: nn.Module, X: Array, y: Array) -> float:  # noqa: N803
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
