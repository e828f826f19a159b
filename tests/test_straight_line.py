"""Rows written as straight lines give the numbers of the rows, to the last bit."""

import math
import random
import struct
from collections.abc import Callable
from typing import Any

import pytest

from autograd import OPS, Op
from autograd.fast.straight_line import compiled, source
from autograd.ops import FLOATS

EXTREMES = [
    *(0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -3.0, 1e-3, 20.0, -40.0, 745.0, -745.0),
    *(1e155, -1e155, 1e308, 5e-324, -1e-310, math.inf, -math.inf, math.nan),
]

CALLED = {"power", "power_derivative"}  # they decide by a constant operand
WRITTEN = [op for op in OPS.values() if not op.variadic and op.name not in CALLED]


def evaluation(op: Op, **constants: float) -> Callable[..., Any]:
    """The function that the row's source defines."""
    function: Callable[..., Any] = compiled(source(op, **constants), f"{op.name}_row")
    return function


def bits(x: float) -> bytes:
    return b"nan" if math.isnan(x) else struct.pack("<d", x)


def points(op: Op) -> list[tuple[float, ...]]:
    count = len(op.operand_names)
    rng = random.Random(op.name)
    chosen = [tuple(rng.choice(EXTREMES) for _ in range(count)) for _ in range(300)]
    drawn = [tuple(rng.gauss(0, 3) for _ in range(count)) for _ in range(200)]
    domains = [*map(op.domain_of, range(count))]
    ends = [(max(low, -3.0), min(high, 3.0)) for low, high in domains]
    inside = [tuple(rng.uniform(*pair) for pair in ends) for _ in range(100)]
    return chosen + drawn + inside


@pytest.mark.parametrize("op", WRITTEN, ids=str)
def test_the_numbers_are_those_of_the_row(op: Op) -> None:
    evaluate = evaluation(op)
    assert evaluate.__name__ == f"{op.name}_row"
    compared = 0
    for point in points(op):
        try:
            out, slopes = evaluate(*point)
        except (ArithmeticError, ValueError):
            continue
        row_out = op.forward(FLOATS, *point)
        row_slopes = op.local_derivatives(FLOATS, row_out, *point)
        assert bits(out) == bits(row_out), point
        assert [*map(bits, slopes)] == [*map(bits, map(float, row_slopes))], point
        compared += 1
    assert compared > 100


def test_a_rule_that_decides_by_its_operand_is_called_as_it_is() -> None:
    def forward(xp: object, x: float) -> float:
        return x if x > 0.0 else -x

    op = Op("size", forward, lambda xp, out, x: (1.0 if x > 0.0 else -1.0,))
    with pytest.raises(TypeError, match="size decides by its operands"):
        source(op)
    assert op(-2.0) == 2.0


def test_constants_are_written_so_that_they_are_read_again() -> None:
    op = Op(
        "odd",
        lambda xp, x: xp.where(x > math.inf, math.nan, x * 0.1),
        lambda xp, out, x: (xp.where(x < -math.inf, 0.0, 0.1),),
    )
    assert evaluation(op)(3.0) == (3.0 * 0.1, (0.1,))


@pytest.mark.parametrize("n", [0.0, 1.0, 2.0, 3.0, -1.0, 0.5, -0.3, 1e300, math.inf])
def test_powers_written_for_their_exponent_are_those_of_the_row(n: float) -> None:
    op = OPS["power"]
    evaluate = evaluation(op, n=n)
    for (x,) in points(OPS["sin"]):
        try:
            out, slopes = evaluate(x)
        except (ArithmeticError, ValueError):
            continue
        row_out = op.forward(FLOATS, x, n)
        row_slopes = op.local_derivatives(FLOATS, row_out, x, n)
        assert bits(out) == bits(row_out), x
        assert bits(slopes[0]) == bits(float(row_slopes[0])), x
