"""Graphs with nothing to find: `tests/accidents.py` is the other half."""

from collections.abc import Callable
from typing import Any

import numpy as np

import autograd
import nn
from autograd import (
    Value,
    asin,
    cosh,
    dot,
    erfc,
    exp,
    expm1,
    hypot,
    log,
    log1p,
    log_sigmoid,
    log_softmax,
    logsumexp,
    maximum,
    minimum,
    relu,
    sigmoid,
    sin,
    softmax,
    softplus,
    sqrt,
    tanh,
    where,
    xlogy,
)

ROWS = np.random.default_rng(1).normal(size=(16, 2)).tolist()
SIGNS = [1.0 if x + y > 0.0 else -1.0 for x, y in ROWS]


def v(x: float, label: str = "x") -> Value:
    return Value(x, label)


def loss_of(activation: str, sizes: list[int], seed: int = 0) -> Any:
    model = nn.MLP(2, [*sizes, 1], activation=activation, rng=seed)
    return autograd.mean(
        [(model(x) - y) ** 2 for x, y in zip(ROWS, SIGNS, strict=True)]
    )


def hinge(scale: float) -> Any:
    w = [v(scale, "w"), v(scale, "u")]
    return autograd.mean(
        [relu(1.0 - y * dot(w, x)) for x, y in zip(ROWS, SIGNS, strict=True)]
    )


def classes(loss: Callable[[list[Value], int], Value]) -> Value:
    model = nn.MLP(2, [8, 3], activation="tanh", rng=0)
    return autograd.mean([loss(model(x), i % 3) for i, x in enumerate(ROWS)])


def variance_of_differences() -> Value:
    xs = [v(1e8 + i) for i in range(4)]
    mean = autograd.mean(xs)
    return autograd.mean([(x - mean) ** 2 for x in xs])


def horner(x: float) -> Value:
    point, total = v(x), Value(1.0)
    for coefficient in range(12):
        total = total * point + float(coefficient)
    return total


def squares(outputs: Any) -> Any:
    numbers = np.array(outputs, object).ravel().tolist()
    return autograd.mean([(y - 0.3) ** 2 for y in numbers])


def over_rows(model: Any) -> Any:
    return squares([model(row) for row in ROWS])


def over_sequences(model: Any) -> Any:
    return squares([model(ROWS[i : i + 8])[0] for i in range(4)])


def convolved() -> Any:
    image = np.random.default_rng(2).random((1, 8, 8)).tolist()
    layers = [nn.Conv2d(1, 2, 3, rng=1), nn.MaxPool2d(2), nn.Flatten()]
    return squares(nn.Sequential(*layers)(image))


def pendulum() -> Any:
    angle, speed = v(1.0), v(0.0)
    for _ in range(100):
        speed = speed - 0.0981 * sin(angle)
        angle = angle + 0.01 * speed
    return 0.5 * speed * speed + 9.81 * (1.0 - autograd.cos(angle))


def newton() -> Any:
    number = root = v(2.0)
    for _ in range(6):
        root = 0.5 * (root + number / root)
    return root


HEALTHY: dict[str, Callable[[], Value]] = {
    # infinities and zeros that are right
    "one over an overflow": lambda: 1.0 / (1.0 + exp(v(1000.0))),
    "an exponential that underflows": lambda: 1.0 + exp(v(-1000.0)),
    "a sigmoid that is rightly 0": lambda: sigmoid(v(-800.0)),
    "a softmax with a far loser": lambda: softmax([v(0.0), v(-1000.0)])[1],
    "exp of a log of 0": lambda: exp(v(-np.inf)),
    "a mask of -inf": lambda: softmax([v(1.0), v(-np.inf)])[0],
    "tanh of an overflow": lambda: tanh(exp(v(1000.0))),
    "a minimum with an overflow": lambda: minimum(exp(v(1000.0)), 5.0),
    "an overflow in the other branch": lambda: where(False, exp(v(1000.0)), v(2.0)),
    "a product with 0": lambda: v(0.0) * v(5.0),
    "the smallest numbers": lambda: v(1e-300) * v(2.0),
    # stable functions in their tails
    "tanh of 20": lambda: tanh(v(20.0)),
    "sigmoid of -40": lambda: sigmoid(v(-40.0)),
    "log_sigmoid of -800": lambda: log_sigmoid(v(-800.0)),
    "softplus of 800": lambda: softplus(v(800.0)),
    "softplus of -800": lambda: softplus(v(-700.0)),
    "logsumexp of thousands": lambda: logsumexp([v(1000.0), v(999.0)]),
    "log_softmax of thousands": lambda: log_softmax([v(1000.0), v(0.0)])[1],
    "log1p of a small number": lambda: log1p(v(1e-12)),
    "expm1 of a small number": lambda: expm1(v(1e-12)),
    "erfc of 10": lambda: erfc(v(10.0)),
    "hypot of large numbers": lambda: hypot(v(1e200), v(1e200)),
    "hypot at 0": lambda: hypot(v(0.0), v(0.0)),
    "xlogy with a share of 0": lambda: xlogy(v(0.0), 0.5),
    # kinks
    "relu at 0": lambda: relu(v(0.0)) + 1.0,
    "a unit that is off": lambda: relu(v(-3.0)) * v(2.0),
    "a tie of maximum": lambda: maximum(v(1.0), v(1.0)),
    "abs at 0": lambda: abs(v(0.0)),
    # formulas in good condition
    "two given numbers that are close": lambda: v(1.0 + 1e-12) - v(1.0),
    "variance by differences": variance_of_differences,
    "pythagoras": lambda: sqrt(v(3.0) ** 2 + v(4.0) ** 2),
    "where before the log": lambda: log(where(False, v(-1.0), 1.0)),
    "horner": lambda: horner(1.5),
    "a fraction": lambda: (v(2.0) + 3.0) / (v(5.0) + 7.0),
    "sine and cosine": lambda: sin(v(0.7)) ** 2 + 2.0 * autograd.cos(v(0.7)),
    "asin inside": lambda: asin(v(0.5)),
    "cosh of 5": lambda: cosh(v(5.0)),
    "compound interest": lambda: v(1000.0) * v(1.05) ** 30.0,
    "cancelled in part": lambda: v(10.0) - v(9.0) * v(0.5),
    "softmax with a masked entry": lambda: softmax([v(1.0), v(-np.inf)])[0],
    "softmax of large logits": lambda: softmax([v(1e4), v(0.0), v(-1e4)])[0],
    "a pendulum": pendulum,
    "root by Newton": newton,
    "a yield": lambda: autograd.sum(
        [cash / (1.0 + v(0.08)) ** year for year, cash in enumerate((-100, 30, 50))]
    ),
    # nets and losses
    "a recurrent net": lambda: over_sequences(nn.RNN(2, 4, rng=1)),
    "an LSTM": lambda: over_sequences(nn.LSTM(2, 4, rng=1)),
    "a GRU": lambda: over_sequences(nn.GRU(2, 4, rng=1)),
    "a convolution": convolved,
    "attention": lambda: squares(nn.SelfAttention(2, rng=1)(ROWS[:5])),
    "norms of layers": lambda: over_rows(
        nn.Sequential(nn.Layer(2, 8, rng=1), nn.LayerNorm(8), nn.RMSNorm(8))
    ),
    "dropout": lambda: over_rows(
        nn.Sequential(nn.Layer(2, 16, "relu", rng=1), nn.Dropout(0.5, rng=2)).train()
    ),
    "maxout": lambda: over_rows(nn.Maxout(2, 3, rng=1)),
    "a tanh net": lambda: loss_of("tanh", [8, 8]),
    "a relu net": lambda: loss_of("relu", [16, 16]),
    "another relu net": lambda: loss_of("relu", [16, 16], seed=5),
    "a sigmoid net": lambda: loss_of("sigmoid", [8]),
    "a gelu net": lambda: loss_of("gelu", [8, 8]),
    "a tanh net of ten layers": lambda: loss_of("tanh", [8] * 10),
    "a hinge loss": lambda: hinge(0.1),
    "a hinge loss that is content": lambda: hinge(1e3),
    "cross entropy": lambda: classes(nn.losses.cross_entropy),
    "a neuron": lambda: tanh(v(2.0) * v(-3.0) + v(6.88)),
    "a linear loss": lambda: (dot([v(1.0)], [v(2.0)]) - 3.0) ** 2,
}
