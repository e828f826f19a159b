"""How references are written down: a few shapes, and words for what has no truth."""

import math
from collections.abc import Callable, Mapping
from typing import Any

from mpmath import mpf

from tests.truth import (
    Formula,
    Number,
    Operands,
    Quantity,
    Reference,
    Untested,
)

Special = Callable[[Quantity, Operands], Number | Untested | None]
Six = tuple[Any, Any, Any, Any, Any, Any]  # f, f_x, f_y, f_xx, f_xy, f_yy
Regimes = Callable[[float, float], Six | None]

INF = mpf("inf")
NAN = mpf("nan")
ZERO = mpf(0)
ALL_NAN: Six = (NAN,) * 6
ALL_ZERO: Six = (ZERO,) * 6
LIMIT = Untested("no joint limit of the operands exists here")
CORNER = Untested("the first derivative has no limit at this corner")
KINK = Untested("the first derivative has a kink or a jump here")


def infinity(like: float) -> Number:
    """The infinity with the sign of a float, of -0.0 too."""
    return mpf(math.copysign(math.inf, like))


def unary(
    value: Formula,
    first: Formula,
    second: Formula,
    low: float = -math.inf,
    high: float = math.inf,
    at: Mapping[str, tuple[Any, Any, Any]] | None = None,
    at_nan: tuple[Any, Any, Any] = (NAN,) * 3,
    second_untested: Callable[[float], Untested | None] = lambda x: None,
) -> Reference:
    """A function of one variable; `at` gives limits as (value, first, second).

    The keys of `at` are floats as text ("inf", "-0.0", "1.0"); beyond [low, high]
    everything is NaN. `at_nan` is for derivatives that do not depend on x;
    `second_untested` says where the second derivative is not asked for, and why.
    """
    formulas = (value, first, second)
    limits = dict(at or {})

    def formula(quantity: Quantity) -> Formula:
        return formulas[len(quantity)]

    def special(quantity: Quantity, operands: Operands) -> Number | Untested | None:
        (x,) = operands
        if math.isnan(x):
            return at_nan[len(quantity)]
        if not low <= x <= high:
            return NAN
        row = limits.get(repr(x))
        if row is None:
            return second_untested(x) if len(quantity) == 2 else None
        return row[len(quantity)]

    return Reference(formula, special)


def fixed(
    formulas: Mapping[Quantity, Formula],
    special: Special,
    kind: type[Reference] = Reference,
) -> Reference:
    """A function of a few variables; quantities left out of `formulas` are zero."""

    def formula(quantity: Quantity) -> Formula:
        key = tuple(sorted(quantity))
        return formulas.get(key, lambda *operands: mpf(0))

    return kind(formula, special)


def six(regimes: Regimes) -> Special:
    """Special cases of two variables as (f, f_x, f_y, f_xx, f_xy, f_yy)."""
    order: dict[Quantity, int] = {
        (): 0, (0,): 1, (1,): 2, (0, 0): 3, (0, 1): 4, (1, 1): 5,
    }  # fmt: skip

    def special(quantity: Quantity, operands: Operands) -> Number | Untested | None:
        row = regimes(operands[0], operands[1])
        return None if row is None else row[order[tuple(sorted(quantity))]]

    return special


def fixed_two(
    value: Formula,
    first: tuple[Formula, Formula],
    second: tuple[Formula, Formula, Formula],
    regimes: Regimes,
    kind: type[Reference] = Reference,
) -> Reference:
    """A function of two variables: f, (f_x, f_y), (f_xx, f_xy, f_yy)."""
    formulas = {
        (): value,
        (0,): first[0],
        (1,): first[1],
        (0, 0): second[0],
        (0, 1): second[1],
        (1, 1): second[2],
    }
    return fixed(formulas, six(regimes), kind)


def number(constant: int) -> Formula:
    """A constant, as a formula."""
    return lambda *operands: mpf(constant)


NONE = number(0)
FLAT = (NONE, NONE, NONE)


def no_regimes(x: float, y: float) -> None:
    """For functions whose formula holds for NaN and infinities, too."""
