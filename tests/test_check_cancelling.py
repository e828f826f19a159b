"""check_gradients where terms cancel: nobody right is accused, whoever is wrong is."""

import math
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from mpmath import mpf

import autograd
from autograd import OPS, GradientError, Op, Value, check_gradients, value_and_grad
from tests.cancelling import FUNCTIONS, Function

CASES = [(function, point) for function in FUNCTIONS for point in function.points]
NAMES = [f"{function.name} at {point[0]:.3g}" for function, point in CASES]


def spoiled(name: str, factor: float = 1.001) -> Op:
    """The row with its local derivatives off by 1 part in 1,000."""
    row = OPS[name]

    def wrong(xp: Any, out: Any, *operands: Any) -> tuple[Any, ...]:
        return tuple(d * factor for d in row.local_derivatives(xp, out, *operands))

    return Op(name, row.forward, wrong, domain=row.domain, constants=row.constants)


def is_true(derivative: float, true: Any) -> bool:
    return bool(
        math.isfinite(derivative)
        and abs(mpf(derivative) - true) <= mpf("1e-8") * abs(true)
    )


@pytest.mark.parametrize(("function", "point"), CASES, ids=NAMES)
def test_no_right_derivative_is_accused(
    function: Function, point: tuple[float, ...]
) -> None:
    for order in (1, 2):
        check = check_gradients(
            lambda *x: function.f(autograd, *x), *point, order=order
        )
        assert {row.verdict for row in check.rows} <= {"right", "undecidable"}


@pytest.mark.parametrize(("function", "point"), CASES, ids=NAMES)
def test_what_is_called_right_is_true_to_8_digits(
    function: Function, point: tuple[float, ...]
) -> None:
    rows = check_gradients(lambda *x: function.f(autograd, *x), *point).rows
    for index, row in enumerate(rows):
        if row.verdict == "right" and not row.reason:
            assert is_true(row.derivative, function.truth(point, index)), str(row)
        elif row.verdict == "right":
            assert "both are 0 to" in row.reason
        else:
            assert row.reason, "undecidable, and nobody knows why"


def test_most_that_is_true_is_called_right() -> None:
    true, right = 0, 0
    for function, point in CASES:
        rows = check_gradients(lambda *x, f=function.f: f(autograd, *x), *point).rows
        for index, row in enumerate(rows):
            if is_true(row.derivative, function.truth(point, index)):
                true += 1
                right += row.verdict == "right"
    assert right >= 0.9 * true


def functions_in(function: Function) -> Iterator[str]:
    """The names that a function looks up in its namespace."""
    seen: set[str] = set()

    class Spy:
        def __getattr__(self, name: str) -> Any:
            seen.add(name)
            return getattr(autograd, name)

    function.f(Spy(), *map(Value, function.points[0]))
    yield from sorted(seen)


PLANTED = [
    (function, point, name)
    for function, point in CASES
    for name in functions_in(function)
]


@pytest.mark.parametrize(
    ("function", "point", "name"),
    PLANTED,
    ids=[f"{name} in {f.name} at {point[0]:.3g}" for f, point, name in PLANTED],
)
def test_an_error_of_1_in_1000_is_found_in_them(
    function: Function, point: tuple[float, ...], name: str
) -> None:
    bad = SimpleNamespace(**{**vars(autograd), name: spoiled(name)})
    places = tuple(range(len(point)))
    good = value_and_grad(lambda *x: function.f(autograd, *x), places)(*point)[1]
    planted = value_and_grad(lambda *x: function.f(bad, *x), places)(*point)[1]
    shows = [
        abs(b - a) > 1e-5 * max(abs(a), abs(b))
        and is_true(a, function.truth(point, index))
        for index, (a, b) in enumerate(zip(good, planted, strict=True))
    ]
    if not any(shows):
        return  # rounding, or an operand of 0, hides it: nothing to be found
    with pytest.raises(GradientError, match=f"^{name} is wrong"):
        check_gradients(lambda *x: function.f(bad, *x), *point)
