"""A gallery of accidents: graphs whose numbers go wrong, each in a well-known way.

What is expected is what textbooks say of them: where it began, of what kind it is, and
a word of the advice. `tests/healthy.py` is the other half: graphs with nothing to find.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import autograd
import nn
from autograd import (
    Value,
    acos,
    asin,
    atanh,
    cos,
    cosh,
    dot,
    erf,
    exp,
    log,
    maximum,
    relu,
    sigmoid,
    sin,
    sinh,
    softmax,
    sqrt,
    tan,
    tanh,
    where,
)


class Accident(NamedTuple):
    """What is computed, and what is to be found first or second."""

    name: str
    make: Callable[[], Value]
    kind: str
    op: str
    advice: str


def v(x: float, label: str = "x") -> Value:
    return Value(x, label)


def naive_softmax(*logits: float) -> Value:
    powers = [exp(v(x)) for x in logits]
    return powers[0] / autograd.sum(powers)


def naive_tanh(x: float) -> Value:
    up, down = exp(v(x)), exp(-v(x))
    return (up - down) / (up + down)


def root_of_square() -> Value:
    x = v(0.0)
    return sqrt(x * x)


def root_of_dot() -> Any:
    x = v(0.0)
    return sqrt(dot([x], [x]))


def norm(*numbers: float) -> Any:
    return sqrt(autograd.sum([v(x) ** 2 for x in numbers]))


def entropy(*shares: float) -> Value:
    parts = [v(p, "p") for p in shares]
    return -autograd.sum([log(p) * p for p in parts])


def divergence(share: float) -> Any:
    """One term of Kullback and Leibler's."""
    p = v(share, "p")
    return p * log(p / v(0.5, "q"))


def certainty(probability: float) -> Any:
    """Binary cross entropy of a probability that is 0 or 1, and right."""
    p = v(probability, "p")
    return -(probability * log(p) + (1.0 - probability) * log(1.0 - p))


def standard_score(*numbers: float) -> Any:
    xs = [v(x) for x in numbers]
    mean = autograd.mean(xs)
    return (xs[0] - mean) / sqrt(autograd.mean([(x - mean) ** 2 for x in xs]))


def angle(a: list[float], b: list[float]) -> Any:
    """Between two vectors, by their cosine."""
    xs, ys = [v(x) for x in a], [v(y, "y") for y in b]
    return acos(dot(xs, ys) / sqrt(dot(xs, xs) * dot(ys, ys)))


def one_minus_cosine(x: float) -> Any:
    angle = v(x)
    return (1.0 - cos(angle)) / angle**2


def quadratic(a: float, b: float, c: float) -> Any:
    """The small root of a x**2 + b x + c, as at school."""
    p, q, r = v(a, "a"), v(b, "b"), v(c, "c")
    return (-q + sqrt(q * q - 4.0 * p * r)) / (2.0 * p)


def variance_by_squares(start: float, step: float = 1.0) -> Any:
    """E[x**2] - E[x]**2."""
    xs = [v(start + step * i) for i in range(3)]
    return autograd.mean([x * x for x in xs]) - autograd.mean(xs) ** 2


def heron(a: float, b: float, c: float) -> Any:
    x, y, z = v(a, "a"), v(b, "b"), v(c, "c")
    half = (x + y + z) / 2.0
    return sqrt(half * (half - x) * (half - y) * (half - z))


def long_sum(start: float, term: float) -> Value:
    total = v(start)
    for _ in range(1000):
        total = total + v(term)
    return total


def long_product(factor: float, count: int) -> Value:
    product = Value(1.0)
    for _ in range(count):
        product = product * v(factor)
    return log(product)


def recurrence(weight: float, start: float, squash: bool) -> Value:
    """The loss of fifty steps with one weight."""
    w, state = v(weight, "w"), Value(start)
    for _ in range(50):
        state = tanh(w * state) if squash else w * state
    return (state - 1.0) ** 2


def net(
    sizes: list[int], activation: str, scale: float = 1.0, bias: float = 0.0
) -> Any:
    """The loss of a net whose weights are scaled and whose first biases are set."""
    model = nn.MLP(2, [*sizes, 1], activation=activation, rng=0)
    for name, parameter in model.named_parameters():
        is_first_bias = name.startswith("layers.0.") and "bias" in name
        parameter.data = bias if is_first_bias else parameter.data * scale
    rows = np.random.default_rng(0).normal(size=(12, 2)).tolist()
    return autograd.mean([(model(row) - 1.0) ** 2 for row in rows])


def guarded_power() -> Any:
    x, p = v(-1.0), v(0.5, "p")
    return where(x > 0, maximum(x, 0.0) ** p, 0.0)


OUT_OF_RANGE = [
    Accident(
        "naive softmax",
        lambda: naive_softmax(1000.0, 0.0),
        "overflow",
        "exp",
        "softmax",
    ),
    Accident(
        "softmax of small",
        lambda: naive_softmax(-800.0, -900.0),
        "underflow",
        "exp",
        "softmax",
    ),
    Accident(
        "softplus by hand",
        lambda: log(1.0 + exp(v(1000.0))),
        "overflow",
        "exp",
        "softplus",
    ),
    Accident(
        "logsumexp by hand",
        lambda: log(exp(v(1000.0)) + exp(v(999.0))),
        "overflow",
        "exp",
        "logsumexp",
    ),
    Accident("log of exp", lambda: log(exp(v(-800.0))), "underflow", "exp", "itself"),
    Accident(
        "logistic by hand",
        lambda: exp(v(800.0)) / (1.0 + exp(v(800.0))),
        "overflow",
        "exp",
        "sigmoid",
    ),
    Accident("tanh by hand", lambda: naive_tanh(800.0), "overflow", "exp", "tanh"),
    Accident(
        "sinh over cosh",
        lambda: sinh(v(800.0)) / cosh(v(800.0)),
        "overflow",
        "sinh",
        "tanh",
    ),
    Accident("log of cosh", lambda: log(cosh(v(800.0))), "overflow", "cosh", "log1p"),
    Accident(
        "sigmoid, then log",
        lambda: -log(sigmoid(v(-800.0))),
        "underflow",
        "sigmoid",
        "log_sigmoid",
    ),
    Accident(
        "softmax, then log",
        lambda: -log(softmax([v(0.0), v(900.0)])[0]),
        "underflow",
        "softmax",
        "log_softmax",
    ),
    Accident(
        "hypot by hand, large", lambda: norm(1e200, 1e200), "overflow", "power", "hypot"
    ),
    Accident(
        "quotient too small, then log",
        lambda: log(v(1e-200) / v(1e200, "y")),
        "underflow",
        "div",
        "log(x) + log(y)",
    ),
    Accident(
        "mean of powers",
        lambda: ((v(1e-4) ** 100 + v(1e-5, "y") ** 100) / 2.0) ** 0.01,
        "underflow",
        "power",
        "logarithms",
    ),
    Accident(
        "hypot by hand, small",
        lambda: norm(1e-200, 1e-200),
        "underflow",
        "power",
        "hypot",
    ),
    Accident(
        "product, then quotient",
        lambda: v(1e300) * v(1e10) / v(1e300),
        "overflow",
        "mul",
        "divide before",
    ),
    Accident(
        "log of a long product",
        lambda: long_product(0.01, 200),
        "underflow",
        "mul",
        "add logarithms",
    ),
    Accident("exp alone", lambda: exp(v(1000.0)), "overflow", "exp", "logarithm"),
    Accident(
        "exp times exp",
        lambda: exp(v(1000.0)) * exp(v(-1000.0)),
        "overflow",
        "exp",
        "add the exponents",
    ),
    Accident(
        "square of a large number", lambda: v(1e200) ** 2, "overflow", "power", "scale"
    ),
]

OUTSIDE = [
    Accident(
        "log of a negative", lambda: log(v(-1.0)) * 2.0, "domain", "log", "where(x > 0"
    ),
    Accident("log of 0", lambda: log(v(0.0)), "domain", "log", "where(x > 0"),
    Accident(
        "entropy with a share of 0", lambda: entropy(0.0, 1.0), "domain", "log", "xlogy"
    ),
    Accident(
        "root of a negative", lambda: sqrt(v(-1.0)), "domain", "sqrt", "before the root"
    ),
    Accident(
        "acos beyond 1", lambda: acos(v(1.0000000000000002)), "domain", "acos", "clamp"
    ),
    Accident("atanh at 1", lambda: atanh(v(1.0)), "domain", "atanh", "clamp"),
    Accident(
        "cube root by a power",
        lambda: v(-8.0) ** (1.0 / 3.0),
        "domain",
        "power",
        "cbrt",
    ),
    Accident(
        "negative base, variable power",
        lambda: v(-2.0) ** v(3.0, "n"),
        "domain",
        "pow",
        "constant",
    ),
    Accident(
        "one over 0", lambda: 1.0 / v(0.0), "domain", "div", "before the division"
    ),
    Accident(
        "sinc at 0",
        lambda: sin(v(0.0)) / v(0.0),
        "undefined",
        "div",
        "before the division",
    ),
    Accident(
        "infinity minus infinity",
        lambda: v(np.inf) - v(np.inf),
        "undefined",
        "sub",
        "where",
    ),
    Accident(
        "0 times infinity", lambda: v(0.0) * v(np.inf), "undefined", "mul", "where"
    ),
    Accident(
        "NaN among the data", lambda: v(np.nan) * 2.0, "undefined", "", "comes from"
    ),
]

SLOPES = [
    Accident("root of a square", root_of_square, "infinite slope", "sqrt", "abs"),
    Accident("norm at 0", lambda: norm(0.0, 0.0), "infinite slope", "sqrt", "hypot"),
    Accident(
        "root of a root",
        lambda: sqrt(sqrt(v(2.0) - 2.0)),
        "infinite slope",
        "sqrt",
        "before the root",
    ),
    Accident(
        "root of a dot",
        root_of_dot,
        "infinite slope",
        "sqrt",
        "abs",
    ),
    Accident("acos at 1", lambda: acos(v(1.0)), "infinite slope", "acos", "atan2"),
    Accident(
        "power below 1 at 0",
        lambda: v(0.0) ** 0.5,
        "infinite slope",
        "power",
        "before the power",
    ),
]

HIDDEN = [
    Accident(
        "where after the log",
        lambda: where(False, log(v(-1.0)), 0.0),
        "hidden nan",
        "log",
        "where(x > 0",
    ),
    Accident(
        "where after the log, at 0",
        lambda: where(False, log(v(0.0)), 0.0),
        "hidden nan",
        "log",
        "where(x > 0",
    ),
    Accident(
        "where after the division",
        lambda: where(False, v(0.0) / v(0.0), 0.0),
        "hidden nan",
        "div",
        "before the division",
    ),
    Accident(
        "NaN to the power 0",
        lambda: sqrt(v(-1.0)) ** 0.0,
        "hidden nan",
        "sqrt",
        "where",
    ),
    Accident(
        "guarded power", guarded_power, "infinite slope", "pow", "before the power"
    ),
]

DIGITS = [
    Accident(
        "one minus cosine",
        lambda: one_minus_cosine(1e-7),
        "cancellation",
        "sub",
        "sin(x / 2)",
    ),
    Accident(
        "log(1 + a little)",
        lambda: log(1.0 + exp(v(-40.0))),
        "sensitivity",
        "log",
        "log1p",
    ),
    Accident(
        "log(1 - sigmoid)",
        lambda: log(1.0 - sigmoid(v(40.0))),
        "cancellation",
        "sub",
        "sigmoid(-x)",
    ),
    Accident(
        "confident sigmoid, then log",
        lambda: -log(sigmoid(v(30.0))),
        "sensitivity",
        "log",
        "log_sigmoid",
    ),
    Accident(
        "confident softmax, then log",
        lambda: log(softmax([v(30.0), v(0.0)])[0]),
        "sensitivity",
        "log",
        "log_softmax",
    ),
    Accident(
        "exp minus one",
        lambda: (exp(v(1e-10)) - 1.0) / v(1e-10),
        "cancellation",
        "sub",
        "expm1",
    ),
    Accident("one minus erf", lambda: 1.0 - erf(v(5.0)), "cancellation", "sub", "erfc"),
    Accident(
        "one minus tanh",
        lambda: 1.0 - tanh(v(15.0)),
        "cancellation",
        "sub",
        "exp(2 * x)",
    ),
    Accident(
        "difference of roots",
        lambda: sqrt(v(1e12) + 1.0) - sqrt(v(1e12)),
        "cancellation",
        "sub",
        "conjugate",
    ),
    Accident(
        "quadratic formula",
        lambda: quadratic(1.0, 1e9, 1.0),
        "cancellation",
        "add",
        "conjugate",
    ),
    Accident(
        "variance by squares",
        lambda: variance_by_squares(1e8),
        "cancellation",
        "sub",
        "two passes",
    ),
    Accident(
        "negative variance",
        lambda: sqrt(variance_by_squares(0.1, step=0.0)),
        "cancellation",
        "sub",
        "two passes",
    ),
    Accident(
        "needle of Heron",
        lambda: heron(100000.0, 99999.99979, 0.00029),
        "cancellation",
        "sub",
        "factor",
    ),
    Accident(
        "sine of a large number", lambda: sin(v(1e20)), "sensitivity", "sin", "reduced"
    ),
    Accident(
        "acos near 1", lambda: acos(v(1.0 - 1e-12)), "sensitivity", "acos", "atan2"
    ),
    Accident(
        "compound interest in small steps",
        lambda: (1.0 + v(1e-15)) ** 1e15,
        "sensitivity",
        "power",
        "log1p",
    ),
    Accident(
        "absorbed terms of a long sum",
        lambda: long_sum(1e16, 1.0),
        "cancellation",
        "add",
        "fsum",
    ),
    Accident(
        "absorbed small terms",
        lambda: long_sum(1.0, 1e-17),
        "cancellation",
        "add",
        "fsum",
    ),
    Accident(
        "absorbed, then cancelled",
        lambda: long_sum(1e16, 1.0) - 1e16,
        "cancellation",
        "add",
        "fsum",
    ),
    Accident(
        "logarithms that cancel",
        lambda: log(v(1e10) + 1.0) - log(v(1e10)),
        "cancellation",
        "sub",
        "log1p",
    ),
]

NETS = [
    Accident(
        "exploding recurrence",
        lambda: recurrence(3.0, 0.01, False),
        "exploding",
        "mul",
        "clipping",
    ),
    Accident(
        "exploding tanh recurrence",
        lambda: recurrence(3.0, 0.0, True),
        "exploding",
        "tanh",
        "clipping",
    ),
    Accident(
        "vanishing recurrence",
        lambda: recurrence(0.5, 0.5, True),
        "vanishing",
        "tanh",
        "Xavier",
    ),
    Accident(
        "deep sigmoid net",
        lambda: net([8] * 20, "sigmoid"),
        "vanishing",
        "sigmoid",
        "Xavier",
    ),
    Accident(
        "deep tanh net",
        lambda: net([8] * 50, "tanh", 0.5),
        "vanishing",
        "tanh",
        "Xavier",
    ),
    Accident(
        "dead layer",
        lambda: net([8, 8], "relu", bias=-100.0),
        "dead",
        "relu",
        "leaky_relu",
    ),
    Accident(
        "saturated layer",
        lambda: net([8, 8], "tanh", 300.0),
        "saturated",
        "tanh",
        "Xavier",
    ),
    Accident(
        "saturated unit",
        lambda: sigmoid(v(3.0) * v(2.0) + 10.0) ** 2,
        "saturated",
        "sigmoid",
        "logits",
    ),
]


def logistic(x: Value) -> Any:
    return exp(x) / (1.0 + exp(x))


def distance(a: Value, b: Value) -> Any:
    return sqrt(a * a + b * b)


def log_ratio(x: Value) -> Any:
    return log((1.0 + x) / (1.0 - x))


def units_off() -> Any:
    weight, bias = v(-1.0, "w"), v(-5.0, "b")
    outputs = [relu(weight * (0.1 * i) + bias) for i in range(16)]
    return autograd.mean([(y - 1.0) ** 2 for y in outputs])


def odds_by_hand(x: float) -> Any:
    p = 1.0 / (1.0 + exp(-v(x)))
    return log(p / (1.0 - p))


def angle_between(x: float, y: float) -> Any:
    a, b = v(x), v(y)
    return acos(a / sqrt(a * a + b * b))


def spread(*numbers: float) -> Any:
    xs = [v(x) for x in numbers]
    middle = autograd.mean(xs)
    return sqrt(autograd.mean([(x - middle) ** 2 for x in xs]))


MET_IN_PRACTICE = [
    Accident(
        "logistic by its ratio",
        lambda: logistic(v(800.0)),
        "overflow",
        "exp",
        "sigmoid(x)",
    ),
    Accident(
        "log of a Gaussian",
        lambda: log(exp(-(v(50.0) ** 2)) / 2.5),
        "underflow",
        "exp",
        "exponent itself",
    ),
    Accident(
        "norm with names",
        lambda: distance(v(1e200, "a"), v(1e200, "b")),
        "overflow",
        "mul",
        "hypot(a, b)",
    ),
    Accident(
        "faster than light",
        lambda: 1.0 / sqrt(1.0 - (v(4e8) / 3e8) ** 2),
        "domain",
        "sqrt",
        "put the where before the root",
    ),
    Accident(
        "total reflection",
        lambda: asin(v(1.5) * 0.93),
        "domain",
        "asin",
        "where before it",
    ),
    Accident(
        "a row masked as a whole",
        lambda: softmax([v(-np.inf), v(-np.inf)])[0],
        "undefined",
        "softmax",
        "masked",
    ),
    Accident(
        "spread of equal numbers",
        lambda: spread(3.0, 3.0, 3.0),
        "infinite slope",
        "sqrt",
        "small number under the root",
    ),
    Accident(
        "angle of a tiny triangle",
        lambda: angle_between(1.0, 1e-9),
        "sensitivity",
        "acos",
        "atan2",
    ),
    Accident(
        "log of the odds", lambda: odds_by_hand(38.0), "cancellation", "sub", "sigmoid"
    ),
    Accident(
        "tangent at its pole",
        lambda: tan(v(np.pi / 2.0) * 1.0),
        "sensitivity",
        "tan",
        "multiple of pi / 2",
    ),
    Accident(
        "log of a ratio near 1",
        lambda: log_ratio(v(1e-13)),
        "sensitivity",
        "log",
        "atanh(x)",
    ),
    Accident("units off for a batch", units_off, "dead", "relu", "leaky_relu"),
    Accident(
        "divergence from a share of 0",
        lambda: divergence(0.0),
        "domain",
        "log",
        "xlogy(p, x)",
    ),
    Accident("certainly 0", lambda: certainty(0.0), "domain", "log", "xlogy(0, p)"),
    Accident("certainly 1", lambda: certainty(1.0), "domain", "log", "xlogy(0, x)"),
    Accident(
        "score among equals",
        lambda: standard_score(3.0, 3.0, 3.0),
        "undefined",
        "div",
        "under the root",
    ),
    Accident(
        "angle of vectors nearly parallel",
        lambda: angle([1.0, 2.0, 3.0], [2.0, 4.0, 6.0000001]),
        "sensitivity",
        "acos",
        "atan2",
    ),
    Accident(
        "interest by the moment",
        lambda: (1.0 + v(0.05, "r") / 1e15) ** 1e15,
        "sensitivity",
        "power",
        "log1p",
    ),
]
"""As they stand in losses, geometry, finance and physics."""

ACCIDENTS = [
    *MET_IN_PRACTICE,
    *OUT_OF_RANGE,
    *OUTSIDE,
    *SLOPES,
    *HIDDEN,
    *DIGITS,
    *NETS,
]

RUINOUS = [*OUT_OF_RANGE, *OUTSIDE, *SLOPES]
