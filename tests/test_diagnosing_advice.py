"""What is written instead fits what stands there, and names what it takes."""

from collections.abc import Callable
from typing import Any

import pytest

from autograd import (
    Value,
    cos,
    cosh,
    diagnose,
    dot,
    erf,
    erfc,
    exp,
    log,
    sin,
    sinh,
    sqrt,
    tanh,
)


def v(x: float, label: str = "x") -> Value:
    return Value(x, label)


def root(*sides: Any) -> Any:
    return sqrt(sides[0] + sides[1])


X = v(1e200)
Y = v(1e200, "y")

FITTING: dict[str, tuple[Callable[[], Any], str, str]] = {
    "a square and a number": (
        lambda: root(X * X, v(3.0, "q")),
        "hypot(x, sqrt(q)): ",
        "",
    ),
    "a number first": (lambda: root(2.0, X**2), "hypot(sqrt(2), x): ", ""),
    "a number without a name": (lambda: root(X * X, Value(3.0)), "hypot(x, y): ", ""),
    "a dot, no square of one": (
        lambda: root(dot([X, Y], [X, Y]), Y * Y),
        "hypot(x, y): ",
        "",
    ),
    "no tanh, nothing is added below": (
        lambda: (exp(v(709.9)) - 1.0) / v(709.9),
        "exponent",
        "tanh",
    ),
    "no tanh, two variables": (
        lambda: (exp(v(800.0)) - 1.0) / (exp(v(799.0)) - 1.0),
        "(1 - exp(-x))",
        "tanh",
    ),
    "no softmax, below the bar is a difference": (
        lambda: v(720.0) ** 3 / (exp(v(720.0)) - 1.0),
        "(1 - exp(-x))",
        "softmax",
    ),
    "no softmax, nothing is added": (
        lambda: exp(v(-900.0)) / exp(v(-901.0, "y")),
        "exp(x - y)",
        "softmax",
    ),
    "tanh of twice x": (
        lambda: (exp(v(800.0)) - 1.0) / (exp(v(800.0)) + 1.0),
        "tanh",
        "",
    ),
    "no 1 in the difference, cos": (
        lambda: sin(v(1e-7)) / v(1e-7) - cos(v(1e-7)),
        "this difference",
        "2 * sin",
    ),
    "no 1 in the difference, exp": (
        lambda: exp(v(0.6931471805599453)) - 2.0,
        "this difference",
        "expm1",
    ),
    "no cosh": (lambda: log(sinh(v(800.0)) / v(800.0)), "log", "tanh"),
    "cosh, times 2": (lambda: log(2.0 * cosh(v(800.0))), "log1p(exp(-2 * abs(x)))", ""),
    "minus 1": (lambda: -1.0 + exp(v(1e-12)), "expm1(x)", ""),
    "1 + erf": (lambda: 1.0 + erf(v(-5.5)), "erfc(-x) for 1 + erf(x)", ""),
    "1 + tanh": (lambda: 1.0 - tanh(v(17.0)), "2 / (exp(2 * x) + 1)", ""),
}


@pytest.mark.parametrize("name", FITTING)
def test_advice_fits_what_stands_there(name: str) -> None:
    make, said, unsaid = FITTING[name]
    finding = diagnose(make()).findings[0]
    assert said in finding.advice
    assert not unsaid or unsaid not in finding.advice


def test_a_slope_without_bound_hangs_on_all_digits() -> None:
    x = v(26.0)
    told = str(diagnose(erfc(x) / erfc(x + 1.0)))
    assert "hang 16 digits of it" in told
