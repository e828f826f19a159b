"""Definitions of x ** y, and of the helper rows that its derivatives are made of."""

import math
from itertools import combinations

from mpmath import mp, mpf

from tests.reference_shapes import ALL_NAN, INF, LIMIT, NAN, ZERO, Six, six
from tests.truth import (
    TINY,
    Formula,
    Helper,
    Number,
    Operands,
    Quantity,
    Reference,
    Untested,
)

FEW_DIGITS = Untested("y x^(y-1) with a subnormal y has few digits on the way")
FREE = Untested("x and x² have derivatives that NaN does not touch; x ** y has none")
PARITY = Untested("below zero, the sign of x^(y-1) asks whether a rounded y-1 is odd")
BELOW = Untested("the derivative in the exponent is NaN for every base below 0")
ENDLESS = Untested("no use is known for the derivatives of an infinite exponent")
STEEPEST = Untested("x ** y has a vertical tangent at x = 0, which moves with y")


def parity(y: float) -> float:
    """-1.0 for an odd integer, 1.0 for all else."""
    return -1.0 if math.isfinite(y) and math.fmod(y, 2.0) in {1.0, -1.0} else 1.0


def whole(y: float) -> bool:
    return math.isfinite(y) and y == math.floor(y)


def falling(y: float, k: int) -> Number:
    """y (y - 1) ... with k factors."""
    return math.prod((mpf(y) - i for i in range(k)), start=mpf(1))


def extreme_power(x: float, y: float, k: int = 0) -> Number:
    """The k-th derivative in x of x ** y for x 0 or infinite, of either sign."""
    factor = falling(y, k)
    exponent = mpf(y) - k
    if factor == 0 or exponent == 0:
        return factor
    grows = (exponent > 0) == math.isinf(x)
    if not grows:
        return ZERO
    odd = whole(y) and parity(y) * (-1) ** k < 0
    return factor * (-INF if odd and math.copysign(1.0, x) < 0 else INF)


def power(x: float, y: float) -> Six | None:
    """x ** y off the open quarter plane x > 0 with finite operands."""
    if y == 0 and not (0 < x < math.inf):
        slope = ZERO if x == 0 else LIMIT
        return (mpf(1), ZERO, slope, ZERO, LIMIT, LIMIT)
    if math.isnan(x) or math.isnan(y):
        if x == 1:
            return (mpf(1), *(LIMIT,) * 5)
        free = FREE if y in {1, 2} else NAN
        return (NAN, FREE if y == 1 else NAN, NAN, free, NAN, NAN)
    if math.isinf(y):
        return infinite_power(x, y)
    if x == 0 or math.isinf(x):
        return boundary_power(x, y)
    if x > 0:
        few = (None, FEW_DIGITS, None, FEW_DIGITS, None, None)
        return few if 0 < abs(y) < TINY else None
    return (None, None, NAN, None, BELOW, BELOW) if whole(y) else ALL_NAN


def signed_power(x: Number, y: Number, k: int) -> Number:
    """The k-th derivative in x of x ** y; below 0 for whole y only."""
    factor = math.prod((y - i for i in range(k)), start=mpf(1))
    if x > 0:
        return factor * raised(x, y - k)
    if not mp.isint(y):
        return NAN
    return factor * (-1) ** ((int(y) - k) % 2) * raised(-x, y - k)


def raised(x: Number, y: Number) -> Number:
    """x ** y for x > 0; mpmath's own multiplies on and on for a large whole y."""
    return mp.exp(y * mp.log(x))


def boundary_power(x: float, y: float) -> Six:
    """x ** y for x = 0 or infinite and a finite y other than 0."""
    if math.copysign(1.0, x) < 0:
        value = extreme_power(x, y)
        if not whole(y):
            return (value, *(LIMIT,) * 5)  # IEEE has inf ** 0.5 even for -inf
        slope = PARITY if abs(y) > 2.0**53 else extreme_power(x, y, 1)
        return (
            value,
            slope,
            LIMIT,
            extreme_power(x, y, 2),
            LIMIT,
            LIMIT,
        )
    log_sign = -1 if x == 0 else 1
    size = extreme_power(x, y)
    by_exponent = log_sign * size
    # x^(y-1) (1 + y log x): the logarithm wins where x^(y-1) does not vanish
    if x == 0 and y <= 1:
        cross = STEEPEST
    elif y == 1:
        cross = INF
    else:
        vanishes = (y > 1) == (x == 0)
        cross = ZERO if vanishes else INF * log_sign * (1 if y > 0 else -1)
    slope, bend = extreme_power(x, y, 1), extreme_power(x, y, 2)
    return (size, slope, by_exponent, bend, cross, size)


def infinite_power(x: float, y: float) -> Six:
    """x ** y for y = inf or -inf, by IEEE 754."""
    size = abs(x)
    grows = (size > 1) == (y > 0)
    value = mpf(1) if size == 1 else INF if grows else ZERO
    return (value, *(ENDLESS,) * 5)


def slope(x: Number, y: Number, in_x: int, in_y: int) -> Number:
    """x ** y, differentiated so many times in x and in y."""
    if not in_y:
        return signed_power(x, y, in_x)
    # the product rule, for y (y-1) ... times x^(y - in_x): the one's derivatives
    # are sums of products with factors left out, the other's are powers of log(x)
    factors = [y - i for i in range(in_x)]
    terms = (
        math.perm(in_y, out) * math.prod(kept, start=mpf(1)) * mp.log(x) ** (in_y - out)
        for out in range(min(in_x, in_y) + 1)
        for kept in combinations(factors, in_x - out)
    )
    return raised(x, y - in_x) * mp.fsum(terms)


def power_formula(q: Quantity) -> Formula:
    return lambda x, y: slope(x, y, q.count(0), q.count(1))


def constant_exponent(q: Quantity, operands: Operands) -> Number | Untested | None:
    """The row `power` knows no derivative in its exponent.

    A derivative that does not depend on x is the same anywhere, at NaN too.
    """
    if 1 in q:
        return Untested("the exponent is a constant")
    if operands[1] in range(len(q) + 1):
        return falling(operands[1], len(q))
    return six(power)(q, operands)


# The helper rows, which are derivatives of x ** y ----------------------------------

HIGHER = Untested("a third derivative of a power, at an end of its domain")


def as_derivative(
    taken: Quantity, q: Quantity, x: float, y: float
) -> Number | Untested | None:
    """What a power's derivative is at an end of the domain, if the power says so."""
    key = (*taken, *q)
    if len(key) <= 2:
        return six(power)(key, (x, y))
    inside = math.isfinite(x) and math.isfinite(y) and x > 0
    below = math.isfinite(x) and x < 0 and whole(y) and 1 not in key
    return None if inside or below else HIGHER


def derivative_formula(q: Quantity) -> Formula:
    """d^k/dx^k x ** n, and its derivatives in x (0) and n (1)."""
    return lambda x, n, k: slope(x, n, int(k) + q.count(0), q.count(1))


def derivative_special(q: Quantity, operands: Operands) -> Number | Untested | None:
    x, n, k = operands
    if 2 in q:
        return Untested("the order of a derivative is a constant")
    return as_derivative((0,) * int(k), q, x, n)


POWERS: dict[str, Reference] = {
    "pow": Reference(power_formula, six(power)),
    "power": Reference(power_formula, constant_exponent),
    "power_derivative": Helper(derivative_formula, derivative_special),
    "pow_log": Helper(
        lambda q: power_formula((*q, 1)),
        lambda q, operands: as_derivative((1,), q, *operands),
    ),
}
