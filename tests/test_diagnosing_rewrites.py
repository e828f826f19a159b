"""Rewrites: equal where a row says so, by 60 digits of mpmath, better where used."""

import math
import random
from collections.abc import Callable
from typing import Any

import pytest
from mpmath import mp, mpf

import autograd as ag
from autograd import Value
from autograd.diagnosing.digits import ALL_DIGITS, error_estimates
from autograd.diagnosing.exact import replay
from autograd.diagnosing.rewrites import rewrite_for
from autograd.diagnosing.table import ROWS, Row

NAMES = "xyzw"
FUNCTIONS = {
    **{name: getattr(mp, name) for name in ("exp", "log", "sqrt", "sin", "cos", "tan")},
    **{name: getattr(mp, name) for name in ("sinh", "cosh", "tanh", "asinh", "acosh")},
    **{name: getattr(mp, name) for name in ("atan", "asin", "acos", "atan2", "atanh")},
    **{name: getattr(mp, name) for name in ("hypot", "erf", "erfc", "cbrt")},
    "abs": abs,
    "log2": lambda x: mp.log(x) / mp.log(2),
    "log10": mp.log10,
    "exp2": lambda x: mpf(2) ** x,
    "pow": lambda x, y: x**y,
    "log1p": lambda x: mp.log(1 + x),
    "expm1": lambda x: mp.exp(x) - 1,
    "softplus": lambda x: mp.log(1 + mp.exp(x)),
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "log_sigmoid": lambda x: -mp.log(1 + mp.exp(-x)),
    "logaddexp": lambda x, y: mp.log(mp.exp(x) + mp.exp(y)),
}


def drawn(row: Row, sizes: tuple[float, ...]) -> list[dict[str, mpf]]:
    """Numbers at which the condition of the row holds."""
    rng = random.Random(row.pattern)
    points: list[dict[str, mpf]] = []
    for _ in range(20_000):
        size = rng.choice(sizes)
        point = {name: mpf(rng.uniform(-size, size)) for name in NAMES}
        if eval(row.condition, {"abs": abs}, dict(point)):
            points.append(point)
        if len(points) == 30:
            break
    return points


@pytest.mark.parametrize("row", ROWS, ids=[row.pattern for row in ROWS])
def test_a_row_is_an_equation(row: Row) -> None:
    """To 40 digits; a series to those of a double, up to the end of its condition."""
    series = "abs(x) < 0" in row.condition
    points = drawn(row, (0.06, 0.03, 0.012, 0.01, 0.0005) if series else (0.5, 3.0))
    assert len(points) == 30
    with mp.workdps(60):
        for point in points:
            old = eval(row.pattern, dict(FUNCTIONS), dict(point))
            new = eval(row.replacement, dict(FUNCTIONS), dict(point))
            off = abs(old - new) / abs(old)
            assert off < (mpf(10) ** -16 if series else mpf(10) ** -40), point


Case = tuple[Callable[..., Any], tuple[float, ...], str]
CASES: dict[str, Case] = {
    "log1p": (lambda x: ag.log(1 + x), (1e-12,), "log1p(x)"),
    "expm1": (lambda x: ag.exp(x) - 1, (1e-12,), "expm1(x)"),
    "hypot": (lambda x, y: ag.sqrt(x * x + y * y), (3e200, 4e200), "hypot(x, y)"),
    "softplus": (lambda x: ag.log(1 + ag.exp(x)), (1000.0,), "softplus(x)"),
    "logaddexp": (
        lambda x, y: ag.log(ag.exp(x) + ag.exp(y)),
        (1000.0, 999.0),
        "logaddexp(x, y)",
    ),
    "softmax": (
        lambda x, y: ag.exp(x) / (ag.exp(x) + ag.exp(y)),
        (1000.0, 999.0),
        "sigmoid(x - y)",
    ),
    "conjugate": (
        lambda x: ag.sqrt(x + 1) - ag.sqrt(x),
        (1e15,),
        "1/(sqrt(x) + sqrt(x + 1))",
    ),
    "half angle": (lambda x: (1 - ag.cos(x)) / x**2, (1e-6,), "sin(x/2)"),
    "difference of squares": (
        lambda x, y: x * x - y * y,
        (1e8 + 1, 1e8 + 0.5),
        "(x - y)*(x + y)",
    ),
    "quadratic": (
        lambda x, y, z: (-y + ag.sqrt(y * y - 4 * x * z)) / (2 * x),
        (1.0, 1e9, 1.0),
        "-2*z/(y + sqrt(y**2 - 4*x*z))",
    ),
    "tangents": (lambda x, y: ag.tan(x + y) - ag.tan(x), (1.3, 1e-12), "sin(y)"),
    "fractions": (lambda x: 1 / (x + 1) - 1 / x, (1e12,), "-1/x/(x + 1)"),
    "complement": (lambda x: 1 - ag.erf(x), (6.0,), "erfc(x)"),
    "log of sigmoid": (lambda x: ag.log(ag.sigmoid(x)), (-800.0,), "log_sigmoid(x)"),
    "order of a product": (lambda x, y, z: x * y / z, (1e200, 1e200, 1e250), "/z*"),
    "series": (lambda x: x - ag.sin(x), (1e-5,), "x**3"),
    "a square": (lambda x, y: x * x - 2 * x * y + y * y, (1e8, 1e8 + 1), "(x - y)**2"),
    "difference of cubes": (lambda x, y: x**3 - y**3, (1.0 + 1e-10, 1.0), "(x - y)*("),
    "a root six times": (
        lambda x: x**6 - 6 * x**5 + 15 * x**4 - 20 * x**3 + 15 * x**2 - 6 * x + 1,
        (1.001,),
        "(x - 1)**6",
    ),
    "a root at 5/2": (lambda x: 2 * x**3 - 5 * x**2 + 2 * x - 5, (2.5 + 1e-9,), "5/2"),
    "a sum that is nearly 0": (lambda x, y: x**3 + y**3, (3.0, -3 - 1e-9), "(x + y)"),
    "covariance": (
        lambda x, y: (x * x + y * y) / 2 - (x + y) * (x + y) / 4,
        (1e8, 1e8 + 1),
        "(x - y)**2/4",
    ),
    "needle": (
        lambda x, y, z: ag.sqrt(x * x + y * y - 2 * x * y * ag.cos(z)),
        (1.0, 1.0 + 1e-7, 1e-9),
        "sin(z/2)",
    ),
    "on a sphere": (
        lambda x, y, z: ag.acos(
            ag.sin(x) * ag.sin(y) + ag.cos(x) * ag.cos(y) * ag.cos(z)
        ),
        (0.8, 0.8 + 1e-8, 1e-9),
        "2*asin(",
    ),
    "second difference": (
        lambda x, y: ag.sin(x + y) - 2 * ag.sin(x) + ag.sin(x - y),
        (1.0, 1e-6),
        "-4*sin(x)*sin(y/2)**2",
    ),
    "vectors": (
        lambda x, y, z, w: ag.acos(
            (x * z + y * w) / (ag.sqrt(x * x + y * y) * ag.sqrt(z * z + w * w))
        ),
        (1.0, 2.0, 2.0, 4.0 + 1e-9),
        "atan2(abs(",
    ),
    "half of it in a function": (lambda x: 2 * ag.sin(x / 2) - x, (1e-4,), "x**3"),
    "a multiple": (
        lambda x, y: x * x - 3 * x * y + 2 * y * y,
        (2.0, 1.0 + 1e-7),
        "(x - 2*y)",
    ),
    "area of cosh": (lambda x: ag.acosh(1 + x), (1e-12,), "2*asinh(sqrt(x/2))"),
    "Kepler": (lambda x, y: x - y * ag.sin(x), (1e-4, 1 - 1e-12), "x**3"),
    "binary logarithm": (lambda x: ag.log2(1 + x), (1e-12,), "log1p(x)/log(2)"),
    "between tails": (lambda x, y: ag.erf(y) - ag.erf(x), (5.0, 6.0), "erfc(x)"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_rewrite_fits_the_place_and_gains(name: str) -> None:
    formula, inputs, expected = CASES[name]
    values = [Value(x, label=n) for x, n in zip(inputs, NAMES, strict=False)]
    output = formula(*values)
    found = rewrite_for(output)
    assert found is not None
    assert found.node is output
    assert expected in found.new
    assert found.before == error_estimates(output)[output].digits
    assert found.after > 14.5
    assert found.gained > 3.0
    names: dict[str, Any] = {key: getattr(ag, key) for key in ag.functions.__all__}
    names |= dict(zip(NAMES, inputs, strict=False))
    assert eval(found.new, names) == pytest.approx(found.value, rel=1e-15)
    names |= {key: value.data for key, value in zip(NAMES, values, strict=False)}
    if math.isfinite(output.data):
        assert eval(found.old, names) == pytest.approx(output.data, rel=1e-15)
    assert found.new in found.advice
    assert "of 16 digits were wrong" in str(found)


TOLD: list[tuple[Callable[..., Any], tuple[float, ...]]] = [
    # terms that cancel from left to right, and not in a list
    (lambda x, y: ag.sqrt(x * x + y * y) - abs(x), (1e6, 1e-3)),
    (lambda x: x * ag.log(x) - x + 1, (1.0 + 1e-7,)),
    (lambda x, y, z: (x + y + z) / 2 - x, (100000.0, 99999.99979, 0.00029)),
    (lambda x, y: ag.log(x * x + y * y), (1.0, 1e-9)),
    # numbers that are all wrong: the truth is far smaller
    (lambda x: 1 / (x - 1) - 2 / x + 1 / (x + 1), (1e10,)),
    (lambda x: ag.sqrt(x + 2) - 2 * ag.sqrt(x + 1) + ag.sqrt(x), (1e10,)),
    (lambda x: ag.exp(x) - 1 - x - x * x / 2, (1e-6,)),
]


@pytest.mark.parametrize(("formula", "inputs"), TOLD)
def test_what_is_written_gives_what_is_told(
    formula: Callable[..., Any], inputs: tuple[float, ...]
) -> None:
    """The text of a rewrite, computed, has the digits that the rewrite claims."""
    leaves = {n: Value(x, label=n) for n, x in zip(NAMES, inputs, strict=False)}
    output = formula(*leaves.values())
    found = rewrite_for(output)
    assert found is not None
    names = {key: getattr(ag, key) for key in ag.functions.__all__} | leaves
    assert eval(found.new, names).data == found.value
    with mp.workprec(2400):
        node = replay(output)[found.node]
        off = abs((mpf(found.value) - node) / node)
        digits = float(-mp.log10(off)) if off else math.inf
    assert found.after == pytest.approx(min(digits, ALL_DIGITS), abs=0.3)


def test_no_rewrite_where_nothing_is_lost() -> None:
    x = Value(0.7, label="x")
    for healthy in (ag.log(1 + x), ag.exp(x) - 1, ag.sqrt(x * x + 1), 1 - ag.cos(x)):
        assert rewrite_for(healthy) is None


def test_no_rewrite_where_it_would_not_help() -> None:
    """The digits are gone before: 1e16 + 1 is 1e16 whatever is done with it."""
    x = Value(1e16, label="x")
    assert rewrite_for(ag.sin(x * x * x)) is None


def test_a_rewrite_is_found_from_where_digits_were_lost() -> None:
    """The product overflows, and the quotient that is made of it is written anew."""
    x, y = Value(3e200, label="x"), Value(4e200, label="y")
    square = x * x
    output = ag.sqrt(square + y * y)
    found = rewrite_for(square, output)
    assert found is not None
    assert found.node is output


def test_a_rewrite_is_found_where_the_output_is_0() -> None:
    """All of 1 - (1 - p)**n is lost: the whole is written anew, not its power alone."""
    p = Value(1e-17, label="p")
    power = (1.0 - p) ** 1e6
    found = rewrite_for(power, 1.0 - power)
    assert found is not None
    assert found.value == pytest.approx(1e-11, rel=1e-10)


def test_what_lies_deep_is_taken_as_it_is() -> None:
    x = Value(1e-12, label="x")
    y = x
    for _ in range(10_000):
        y = y * 1.0
    found = rewrite_for(ag.log(1 + y))
    assert found is not None
    assert found.new.startswith("log1p(")


def test_the_digits_of_a_form_are_those_of_the_truth() -> None:
    first, second = Value(10.0, label="a"), Value(-40.0, label="b")
    share = ag.exp(first) / (ag.exp(first) + ag.exp(second))
    loss = -ag.log(share)
    with mp.workdps(60):
        true = mp.log1p(mp.exp(-50))
    assert error_estimates(loss)[loss].true == pytest.approx(float(true), rel=1e-15)
    finding = ag.diagnose(loss).findings[0]
    rewrite = finding.rewrite()
    assert rewrite is not None
    assert abs(rewrite.value) == pytest.approx(float(true), rel=1e-15)
    assert finding.advice.startswith(str(rewrite))
    assert "16 of 16 digits were wrong, now none" in finding.advice


def test_a_variance_by_squares_is_known_in_every_form() -> None:
    values = [Value(1e8 + i % 7 / 7.0) for i in range(20)]
    squares, total, n = Value(0.0), Value(0.0), 20
    for x in values:
        squares, total = squares + x * x, total + x
    for variance in (
        squares / n - (total / n) * (total / n),
        squares * (1 / n) - (total / n) ** 2,
        (squares - total * total / n) / n,
        squares - n * (total / n) ** 2,
        ag.mean([x * x for x in values]) - ag.mean(values) ** 2,
    ):
        assert "two passes" in ag.diagnose(variance).findings[0].advice


def test_a_long_sum_of_squares_needs_no_recursion() -> None:
    x, total = Value(0.0), Value(0.0)
    for _ in range(5000):
        total = total + x * x
    (finding,) = ag.diagnose(ag.sqrt(total)).findings
    assert "hypot" in finding.advice
