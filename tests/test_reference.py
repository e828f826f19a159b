"""The reference itself: its derivatives agree with differences of its values."""

import random
from collections.abc import Iterator

import pytest
from mpmath import mp, mpf

from tests.reference import REFERENCE
from tests.truth import Operands, Quantity, Truth, Untested

POSITIVE = {
    *("log", "log2", "log10", "log_expm1", "sqrt", "xlogy"),
    *("pow", "power", "pow_log", "power_derivative"),
}
INSIDE_ONE = {"asin", "acos", "atanh", "log1p"}
COUNTS = {
    "add": 2, "sub": 2, "mul": 2, "div": 2, "pow": 2, "hypot": 2, "atan2": 2,
    "logaddexp": 2, "xlogy": 2, "maximum": 2, "minimum": 2, "leaky_relu": 2, "elu": 2,
    "power": 2, "strong_product": 2, "direction": 2, "clamp": 3,
    "floor_divide": 2, "remainder": 2, "fmod": 2,
    "inversion": 2, "pow_log": 2, "power_derivative": 3,
    "where": 3, "sum": 3, "mean": 3, "dot": 5, "max": 3, "min": 3,
    "logsumexp": 4, "softmax": 4, "log_softmax": 4, "log_odds_against": 4,
}  # fmt: skip


def points(name: str) -> Iterator[Operands]:
    """A dozen places inside the domain, away from kinks."""
    rng = random.Random(name)
    for size in (0.2, 1.0, 3.0, 20.0):
        for _ in range(3):
            drawn = [rng.uniform(-size, size) for _ in range(COUNTS.get(name, 1))]
            if name in POSITIVE:
                drawn = [abs(x) for x in drawn]
            if name in INSIDE_ONE:
                drawn = [x / (1.01 * size) for x in drawn]
            if name == "logit":
                drawn = [0.5 + x / (2.1 * size) for x in drawn]
            if name == "acosh":
                drawn = [1 + abs(x) for x in drawn]
            if 0 in CONSTANT.get(name, ()):
                drawn[0] = float(rng.randrange(3))
            if name == "power_derivative":
                drawn[2] = float(rng.randrange(1, 3))
            if name == "clamp":
                drawn = [drawn[0], -0.4 * size, 0.5 * size]
            yield tuple(drawn)


def number(name: str, quantity: Quantity, operands: list[mpf]) -> mpf:
    """A quantity at mpmath numbers: by its special cases, else by its formula."""
    reference = REFERENCE[name]
    special = reference.special(quantity, tuple(map(float, operands)))
    if special is None:
        return reference.formula(quantity)(*operands)
    assert not isinstance(special, Untested)
    return special


def slope(name: str, quantity: Quantity, operands: Operands, position: int) -> mpf:
    """A central difference of five points at 80 digits."""
    with mp.workdps(80):
        step = mpf(10) ** -12
        total = mpf(0)
        for shift, weight in ((1, 8), (-1, -8), (2, -1), (-2, 1)):
            moved = list(map(mpf, operands))
            moved[position] += shift * step
            total += weight * number(name, quantity, moved)
        return total / (12 * step)


CONSTANT = {
    "softmax": {0}, "log_softmax": {0}, "log_odds_against": {0}, "power_derivative": {2}
}  # fmt: skip
COMPARISONS = {"less", "less_equal", "greater", "greater_equal", "equal", "not_equal"}
PIECEWISE = {  # only special cases
    *("maximum", "minimum", "max", "min", "clamp", "where", "take", "share"),
    *COMPARISONS,
}


@pytest.mark.parametrize("name", sorted(set(REFERENCE) - PIECEWISE))
def test_derivatives_are_those_of_the_value(name: str) -> None:
    skipped = CONSTANT.get(name, set())
    for operands in points(name):
        positions = [i for i in range(len(operands)) if i not in skipped]
        for i in positions:
            for quantity in ((), *((j,) for j in positions if j <= i)):
                true = REFERENCE[name].truth((*quantity, i), operands)
                if isinstance(true, Untested):
                    continue
                estimate = slope(name, quantity, operands, i)
                error = abs(true.number - estimate)
                assert error <= mpf(10) ** -30 * (abs(estimate) + 1), (
                    f"{name}{operands} {(*quantity, i)}"
                )
                if estimate:
                    assert error <= mpf(10) ** -20 * abs(estimate)


def test_known_numbers() -> None:
    def true(name: str, quantity: Quantity, *operands: float) -> str:
        truth = REFERENCE[name].truth(quantity, operands)
        assert isinstance(truth, Truth)
        return str(mp.nstr(truth.number, 12))

    assert true("exp", (), 1.0) == "2.71828182846"
    assert true("tanh", (0,), 20.0) == "1.69934170212e-17"
    assert true("sigmoid", (), -40.0) == "4.24835425529e-18"
    assert true("erfc", (), 5.0) == "1.53745979443e-12"
    assert true("gelu", (), 1.0) == "0.841344746069"
    assert true("mish", (), 1.0) == "0.865098388267"
    assert true("hypot", (), 3.0, 4.0) == "5.0"
    assert true("logsumexp", (), 0.0, -40.0) == "4.24835425529e-18"


def test_the_rule_is_relative_and_knows_condition() -> None:
    truth = REFERENCE["exp"].truth((), (700.0,))
    assert isinstance(truth, Truth)
    size = float(truth.number)
    assert abs(truth.scale / truth.number - 700) < 1e-6
    assert truth.accepts(size * (1 + 2e-12))
    assert not truth.accepts(size * (1 + 3e-12))
    assert not truth.accepts(float("inf"))
    assert not truth.accepts(float("nan"))
    tail = REFERENCE["tanh"].truth((0,), (300.0,))
    assert isinstance(tail, Truth)
    assert not tail.accepts(0.0)
    infinite = REFERENCE["log"].truth((), (0.0,))
    assert isinstance(infinite, Truth)
    assert infinite.accepts(float("-inf"))
    assert not infinite.accepts(-1.7e308)
