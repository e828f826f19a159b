"""Definitions of the operations of two variables, but for powers."""

import math

from mpmath import mp, mpf

from tests.reference_shapes import (
    ALL_NAN,
    ALL_ZERO,
    CORNER,
    FLAT,
    INF,
    KINK,
    LIMIT,
    NAN,
    NONE,
    ZERO,
    Six,
    fixed_two,
    infinity,
    no_regimes,
    number,
)
from tests.reference_unary import HALF_TURN, QUARTER_TURN
from tests.truth import TINY, Helper, Number, Reference, Untested

PARAMETER = Untested("a parameter that is no number")
FEW_DIGITS = Untested("a quotient here is subnormal, and has few digits")


def is_subnormal(x: float) -> bool:
    return 0 < abs(x) < TINY


LAST_BITS = (*(None,) * 3, *(FEW_DIGITS,) * 3)


def quotient(x: float, y: float) -> Six | None:
    """Division where an operand is 0 below the line, infinite or NaN."""
    if math.isnan(x):
        return (NAN, 1 / mpf(y) if y else infinity(y), NAN, ZERO, LIMIT, NAN)
    if math.isnan(y):
        return (NAN, NAN, NAN, ZERO, NAN, NAN)
    if y == 0:
        down = -INF  # -1/y^2
        if x == 0:
            return (NAN, infinity(y), LIMIT, ZERO, down, LIMIT)
        signed = infinity(math.copysign(1.0, x) * math.copysign(1.0, y))
        return (signed, infinity(y), -infinity(x), ZERO, down, signed)
    if math.isinf(y):
        if math.isinf(x):
            return (NAN, ZERO, LIMIT, ZERO, ZERO, LIMIT)
        return ALL_ZERO
    if math.isinf(x):
        signed = infinity(math.copysign(1.0, x) * math.copysign(1.0, y))
        slope, cross = 1 / mpf(y), -1 / mpf(y) ** 2
        return (signed, slope, -infinity(x), ZERO, cross, signed)
    return LAST_BITS if is_subnormal(x) or abs(y) < 1e-307 else None


def hypotenuse(x: float, y: float) -> Six | None:
    if math.isinf(x) and math.isinf(y):
        return (INF, LIMIT, LIMIT, LIMIT, LIMIT, LIMIT)
    if math.isinf(x) or math.isinf(y):
        if math.isnan(x) or math.isnan(y):
            return (INF, LIMIT, LIMIT, LIMIT, LIMIT, LIMIT)
        first = mpf(math.copysign(1.0, x)) if math.isinf(x) else ZERO
        second = mpf(math.copysign(1.0, y)) if math.isinf(y) else ZERO
        return (INF, first, second, ZERO, ZERO, ZERO)
    if math.isnan(x) or math.isnan(y):
        return ALL_NAN
    if x == 0 and y == 0:
        return (ZERO, ZERO, ZERO, CORNER, CORNER, CORNER)
    return None


def angle(y: float, x: float) -> Six | None:
    """atan2(y, x) on the axes and at infinity, by IEEE 754."""
    if math.isnan(x) or math.isnan(y):
        return ALL_NAN
    if not (math.isinf(x) or math.isinf(y)):
        if y == 0 and x == 0:
            turn = ZERO if math.copysign(1.0, x) > 0 else HALF_TURN
            signed = turn * int(math.copysign(1.0, y))
            return (signed, ZERO, ZERO, CORNER, CORNER, CORNER)
        if y == 0 and x < 0 and math.copysign(1.0, y) < 0:
            slope = 1 / mpf(x)  # the lower side of the cut
            return (-HALF_TURN, slope, ZERO, ZERO, -(slope**2), ZERO)
        short, long = sorted((abs(x), abs(y)))
        return LAST_BITS if is_subnormal(short) and long >= TINY else None
    if not math.isinf(y):
        turn = ZERO if x > 0 else HALF_TURN
    elif not math.isinf(x):
        turn = QUARTER_TURN
    else:
        turn = QUARTER_TURN / 2 if x > 0 else QUARTER_TURN * 3 / 2
    return (turn * int(math.copysign(1.0, y)), *(ZERO,) * 5)


def turn(x: float, y: float) -> Six | None:
    """x / (x² + y²) at the origin and at infinity."""
    row = angle(y, x)
    return row and (row[1], row[4], row[3], *(LIMIT,) * 3)


def cosine(x: float, y: float) -> Six | None:
    """x / hypot(x, y) at the origin and at infinity."""
    if math.isnan(x) or math.isnan(y):
        return (LIMIT,) * 6 if math.isinf(x) or math.isinf(y) else ALL_NAN
    if x == 0 and y == 0:
        return (ZERO, *(CORNER,) * 5)
    if math.isinf(x) and math.isinf(y):
        return (LIMIT,) * 6
    if math.isinf(x):
        return (mpf(math.copysign(1.0, x)), *(ZERO,) * 5)
    return ALL_ZERO if math.isinf(y) else None


def log_of_sum(x: float, y: float) -> Six | None:
    if math.isnan(x) or math.isnan(y):
        return ALL_NAN
    if math.isinf(x) and x == y:
        if x > 0:
            return (INF, *(LIMIT,) * 5)
        return (-INF, ZERO, ZERO, LIMIT, LIMIT, LIMIT)
    if math.isinf(x) or math.isinf(y):
        first = mpf(x > y)
        return (mpf(max(x, y)), first, 1 - first, ZERO, ZERO, ZERO)
    return None


def shifted_sigmoid(difference: Number) -> Number:
    return 1 / (1 + mp.exp(-difference))


def sigmoid_slope(difference: Number) -> Number:
    return 1 / (4 * mp.cosh(difference / 2) ** 2)


def x_log_y(x: float, y: float) -> Six | None:
    """0 wherever x is 0, for y = 0 too; elsewhere the product."""
    if math.isnan(x) or math.isnan(y) or y < 0:
        if x == 0:  # 0 by definition, and yet NaN came in
            return (LIMIT,) * 6
        return (NAN, LIMIT if y >= 0 else NAN, NAN, LIMIT, LIMIT, NAN)
    if math.isfinite(x) and 0 < y < math.inf:
        return None
    if x == 0:
        return (ZERO, -INF if y == 0 else INF, *(LIMIT,) * 4)
    if y == 0:
        signed = infinity(x)
        below = (LIMIT,) * 3 if math.copysign(1.0, y) < 0 else (signed, INF, -signed)
        return (-signed, -INF, below[0], ZERO, *below[1:])
    if y == math.inf:
        tail = LIMIT if math.isinf(x) else ZERO
        return (infinity(x), INF, tail, ZERO, ZERO, tail)
    value = NAN if y == 1 else infinity(x) * int(mp.sign(mp.log(y)))
    return (value, mp.log(y), infinity(x), ZERO, 1 / mpf(y), -infinity(x))


def strong_zero(x: float, y: float) -> Six | None:
    """A product in which an exact 0 wins over infinity and NaN."""
    if x == 0 and not math.isfinite(y):
        return (ZERO, LIMIT, ZERO, LIMIT, LIMIT, LIMIT)
    if y == 0 and not math.isfinite(x):
        return (ZERO, ZERO, LIMIT, LIMIT, LIMIT, LIMIT)
    return None


def slope_regimes(x: float, slope: float) -> Six | None:
    """leaky_relu at 0; below it the slope must be a number."""
    if math.isnan(x):
        return (NAN, NAN, *(LIMIT,) * 4)
    if not math.isfinite(slope):
        return (PARAMETER,) * 6
    return (ZERO, mpf(slope), ZERO, KINK, KINK, ZERO) if x == 0 else None


def elu_regimes(x: float, alpha: float) -> Six | None:
    """elu at 0 and at infinity."""
    if math.isnan(x):
        return (NAN, NAN, *(LIMIT,) * 4)
    if not math.isfinite(alpha):
        return (PARAMETER,) * 6
    if x == 0:
        return (ZERO, mpf(alpha), ZERO, KINK, KINK, ZERO)
    if x == math.inf:
        return (INF, mpf(1), *(ZERO,) * 4)
    return (-mpf(alpha), ZERO, mpf(-1), *(ZERO,) * 3) if x == -math.inf else None


def multiples(x: Number, y: Number) -> Number:
    """floor(x / y), at enough digits for any two doubles."""
    with mp.workprec(5000):
        return mp.floor(x / y)


def rest(x: Number, y: Number, whole: Number) -> Number:
    with mp.workprec(5000):
        return x - y * whole


def fitting(x: Number, y: Number) -> Number:
    """The multiples between 0 and x."""
    return mp.sign(x) * mp.sign(y) * multiples(abs(x), abs(y))


def differ(x: float, y: float) -> bool:
    return x < 0 < y or y < 0 < x


def rest_regimes(x: float, y: float) -> Six | None:
    """No remainder by 0 or of infinity; by infinity none or one multiple fits."""
    if math.isnan(y) or not math.isfinite(x) or y == 0:
        return ALL_NAN
    if math.isinf(y):
        one = differ(x, y)
        return (mpf(y if one else x), mpf(1), mpf(one), ZERO, ZERO, ZERO)
    return None


def fmod_regimes(x: float, y: float) -> Six | None:
    infinite = math.isfinite(x) and math.isinf(y)
    return (mpf(x), mpf(1), *(ZERO,) * 4) if infinite else rest_regimes(x, y)


def multiples_regimes(x: float, y: float) -> Six | None:
    """By 0 what the quotient is; of infinity nothing, as in NumPy."""
    if y == 0 and x != 0 and not math.isnan(x):
        signed = infinity(math.copysign(1.0, x) * math.copysign(1.0, y))
        return (signed, *(ZERO,) * 5)
    if math.isfinite(x) and math.isinf(y):
        return (-mpf(differ(x, y)), *(ZERO,) * 5)
    return rest_regimes(x, y)


PAIRS: dict[str, Reference] = {
    "add": fixed_two(lambda x, y: x + y, (number(1), number(1)), FLAT, no_regimes),
    "sub": fixed_two(lambda x, y: x - y, (number(1), number(-1)), FLAT, no_regimes),
    "mul": fixed_two(
        lambda x, y: x * y,
        (lambda x, y: y, lambda x, y: x),
        (NONE, number(1), NONE),
        no_regimes,
    ),
    "div": fixed_two(
        lambda x, y: x / y,
        (lambda x, y: 1 / y, lambda x, y: -x / y**2),
        (NONE, lambda x, y: -1 / y**2, lambda x, y: 2 * x / y**3),
        quotient,
    ),
    "hypot": fixed_two(
        lambda x, y: mp.sqrt(x * x + y * y),
        (
            lambda x, y: x / mp.sqrt(x * x + y * y),
            lambda x, y: y / mp.sqrt(x * x + y * y),
        ),
        (
            lambda x, y: y**2 / mp.sqrt(x * x + y * y) ** 3,
            lambda x, y: -x * y / mp.sqrt(x * x + y * y) ** 3,
            lambda x, y: x**2 / mp.sqrt(x * x + y * y) ** 3,
        ),
        hypotenuse,
    ),
    "atan2": fixed_two(
        mp.atan2,
        (lambda y, x: x / (x**2 + y**2), lambda y, x: -y / (x**2 + y**2)),
        (
            lambda y, x: -2 * x * y / (x**2 + y**2) ** 2,
            lambda y, x: (y - x) * (y + x) / (x**2 + y**2) ** 2,
            lambda y, x: 2 * x * y / (x**2 + y**2) ** 2,
        ),
        angle,
    ),
    "logaddexp": fixed_two(
        lambda x, y: max(x, y) + mp.log1p(mp.exp(-abs(x - y))),
        (lambda x, y: shifted_sigmoid(x - y), lambda x, y: shifted_sigmoid(y - x)),
        (
            lambda x, y: sigmoid_slope(x - y),
            lambda x, y: -sigmoid_slope(x - y),
            lambda x, y: sigmoid_slope(x - y),
        ),
        log_of_sum,
    ),
    "xlogy": fixed_two(
        lambda x, y: x * mp.log(y),
        (lambda x, y: mp.log(y), lambda x, y: x / y),
        (NONE, lambda x, y: 1 / y, lambda x, y: -x / y**2),
        x_log_y,
    ),
    "floor_divide": fixed_two(multiples, (NONE, NONE), FLAT, multiples_regimes),
    "remainder": fixed_two(
        lambda x, y: rest(x, y, multiples(x, y)),
        (number(1), lambda x, y: -multiples(x, y)),
        FLAT,
        rest_regimes,
    ),
    "fmod": fixed_two(
        lambda x, y: rest(x, y, fitting(x, y)),
        (number(1), lambda x, y: -fitting(x, y)),
        FLAT,
        fmod_regimes,
    ),
    "strong_product": fixed_two(
        lambda x, y: x * y,
        (lambda x, y: y, lambda x, y: x),
        (NONE, number(1), NONE),
        strong_zero,
    ),
    "direction": fixed_two(
        lambda x, y: x / mp.hypot(x, y),
        (
            lambda x, y: y**2 / mp.hypot(x, y) ** 3,
            lambda x, y: -x * y / mp.hypot(x, y) ** 3,
        ),
        (
            lambda x, y: -3 * x * y**2 / mp.hypot(x, y) ** 5,
            lambda x, y: y * (2 * x**2 - y**2) / mp.hypot(x, y) ** 5,
            lambda x, y: x * (2 * y**2 - x**2) / mp.hypot(x, y) ** 5,
        ),
        cosine,
        Helper,
    ),
    "inversion": fixed_two(
        lambda x, y: x / (x * x + y * y),
        (
            lambda x, y: (y - x) * (y + x) / (x * x + y * y) ** 2,
            lambda x, y: -2 * x * y / (x * x + y * y) ** 2,
        ),
        (
            lambda x, y: 2 * x * (x**2 - 3 * y**2) / (x * x + y * y) ** 3,
            lambda x, y: 2 * y * (3 * x**2 - y**2) / (x * x + y * y) ** 3,
            lambda x, y: 2 * x * (3 * y**2 - x**2) / (x * x + y * y) ** 3,
        ),
        turn,
        Helper,
    ),
    "leaky_relu": fixed_two(
        lambda x, slope: x if x > 0 else slope * x,
        (
            lambda x, slope: mpf(1) if x > 0 else slope,
            lambda x, slope: ZERO if x > 0 else x,
        ),
        (NONE, lambda x, slope: mpf(x <= 0), NONE),
        slope_regimes,
    ),
    "elu": fixed_two(
        lambda x, alpha: x if x > 0 else alpha * mp.expm1(x),
        (
            lambda x, alpha: mpf(1) if x > 0 else alpha * mp.exp(x),
            lambda x, alpha: ZERO if x > 0 else mp.expm1(x),
        ),
        (
            lambda x, alpha: ZERO if x > 0 else alpha * mp.exp(x),
            lambda x, alpha: ZERO if x > 0 else mp.exp(x),
            NONE,
        ),
        elu_regimes,
    ),
}
