"""Rules for powers, points of the plane, whole numbers; and what all rules share."""

from __future__ import annotations

import math
from typing import Any

from autograd.namespaces import INFINITY, NAN

LN2 = math.log(2.0)
INV_LN2 = 1.4426950408889634
INV_LN10 = 0.4342944819032518
TWO_OVER_SQRT_PI = 1.1283791670955126
SELU_SCALE = 1.0507009873554804934193349852946  # Klambauer et al. 2017, section 2
SELU_ALPHA = 1.6732632423543772848170429916717

Numbers = tuple[Any, ...]


def flat(xp: Any, x: Any) -> Any:
    """The derivative of a piecewise constant function: 0, and NaN at NaN."""
    return xp.where(x == x, 0.0, x)


def d_flat(xp: Any, out: Any, *operands: Any) -> Numbers:
    """The same for each operand of a piecewise constant operation."""
    return (flat(xp, out),) * len(operands)


def step(xp: Any, x: Any, left: Any = 0.0, right: Any = 1.0) -> Any:
    """`left` up to and including 0, `right` above, NaN at NaN."""
    return xp.where(x > 0.0, right, xp.where(x <= 0.0, left, x))


def over(xp: Any, x: Any, y: Any) -> Any:
    """x / y for y >= 0 (0.0 if it is -0.0); below NaN, and so its derivatives."""
    return xp.where(y >= 0.0, x / (y + 0.0), y * NAN)


# --- powers: constant and variable exponents, x log(y) ---------------------------


def power_slope(xp: Any, x: Any, n: Any) -> Any:
    """d(x**n)/dx for a constant n: n x**(n-1), with care where n-1 is not exact."""
    if n == 0.0:
        return 0.0
    if n % 1.0 == 0.0 and abs(n) <= 2.0**53:
        return n * xp.power(x, n - 1.0)
    return xp.power_derivative(x, n, 1.0)


def scaled_power(xp: Any, x: Any, n: Any, k: Any, scale: Any) -> Any:
    """scale |x|**(n-k), 0 where the power is.

    By halves of the power, which are in range where the power alone is not. What
    rounding takes from the exponent n-k comes back as a power of its own.
    """
    exponent = n - k
    shift = exponent - n
    lost = (n - (exponent - shift)) - (k + shift)  # exact (Knuth's TwoSum)
    size = abs(x)
    edge = (x == 0.0) | (size == INFINITY)  # where half of 5e-324, 0, is no exponent
    half = xp.pow(size, xp.where(edge, exponent, 0.5 * exponent))
    finite = (half != 0.0) & (half != INFINITY)
    rest = xp.pow(xp.where(finite, size, 1.0), lost)
    power = ((scale * rest) * half) * half
    return xp.where((half == 0.0) & (scale == scale), 0.0, power)


def falling_factorial(n: Any, k: Any) -> tuple[Any, Any]:
    """n (n-1) ... (n-k+1), and its derivative in n."""
    product, slope = 1.0, 0.0
    for i in range(int(k)):
        product, slope = product * (n - float(i)), slope * (n - float(i)) + product
    return product, slope


def power_derivative(xp: Any, x: Any, n: Any, k: Any) -> Any:
    """The k-th derivative of x**n: n (n-1) ... (n-k+1) x**(n-k)."""
    factor, _ = falling_factorial(n, k)
    one = xp.sign(x)
    # (-1)**n is NaN unless n is whole, even where n-k rounds to a whole number
    sign = xp.where(x == 0.0, xp.pow(x, n - k), xp.pow(one, n) * xp.pow(one, k))
    derivative = scaled_power(xp, x, n, k, factor) * sign
    return xp.where(factor == 0.0, 0.0, derivative)


def power_derivative_in_exponent(xp: Any, x: Any, n: Any, k: Any) -> Any:
    """The derivative of the above in n: both the factor and the exponent move."""
    factor, slope = falling_factorial(n, k)
    return scaled_power(xp, x, n, k, slope + factor * xp.log(x))


def d_power_derivative(xp: Any, out: Any, x: Any, n: Any, k: Any) -> Numbers:
    """The next derivative in x, the derivative in n; k is a constant."""
    in_x = xp.power_derivative(x, n, k + 1.0)
    return in_x, power_derivative_in_exponent(xp, x, n, k), NAN


def pow_log(xp: Any, x: Any, y: Any) -> Any:
    """x**y log(x), the derivative of x**y in y; 0 for x = 0 and y >= 0."""
    product = power_derivative_in_exponent(xp, x, y, 0.0)
    return xp.where((x == 0.0) & (y == 0.0), 0.0, product)


def d_pow_log(xp: Any, out: Any, x: Any, y: Any) -> Numbers:
    """x**(y-1) (1 + y log x), and x**y log(x)²."""
    in_y = scaled_power(xp, x, y, 0.0, xp.square(xp.log(x)))
    return power_derivative_in_exponent(xp, x, y, 1.0), in_y


# --- points of the plane: directions, lengths and angles -------------------------


def direction(xp: Any, x: Any, y: Any) -> Any:
    """x / hypot(x, y), the cosine of the angle: 0 at the origin, 1 at (inf, 0)."""
    length = xp.hypot(x, y)
    # by a power of 2, which is exact: a tiny length has few digits, a huge one none
    scale = xp.where(length < 1e-290, 2.0**600, xp.where(length > 1e307, 0.0625, 1.0))
    far = (abs(x) == INFINITY) | (abs(y) == INFINITY)
    x_scaled = xp.where(far, at_infinity(xp, x), x * scale)
    y_scaled = xp.where(far, at_infinity(xp, y), y * scale)
    return off_origin(xp, length, x_scaled / xp.hypot(x_scaled, y_scaled))


def at_infinity(xp: Any, x: Any) -> Any:
    """What x is next to an infinity: ±1 if it is one itself, else 0 (or NaN)."""
    return xp.where(abs(x) == INFINITY, xp.sign(x), 0.0 * x)


def off_origin(xp: Any, length: Any, value: Any) -> Any:
    """`value`, and 0 at the origin, where its limit depends on the way there.

    0 is the smallest of them, and a constant: derivatives of every order are 0, too.
    """
    return xp.where(length == 0.0, 0.0, value)


def over_length(xp: Any, a: Any, x: Any, y: Any) -> Any:
    """a / hypot(x, y), also where the length overflows."""
    length = xp.hypot(x, y)
    halves = (0.5 * a) / xp.hypot(0.5 * x, 0.5 * y)
    return xp.where(length == INFINITY, halves, a / length)


def product_over_length(xp: Any, a: Any, b: Any, x: Any, y: Any) -> Any:
    """a b / hypot(x, y): a product of cosines may underflow, a quotient overflow."""
    short = over_length(xp, a * b, x, y)
    return xp.where(xp.hypot(x, y) < 1e-300, short, a * over_length(xp, b, x, y))


def d_direction(xp: Any, out: Any, x: Any, y: Any) -> Numbers:
    """y²/r³ and -x y/r³ by cosines: the squares would overflow at 1e155."""
    sine = xp.direction(y, x)
    in_x = product_over_length(xp, sine, sine, x, y)
    in_y = -product_over_length(xp, out, sine, x, y)
    length = xp.hypot(x, y)
    return off_origin(xp, length, in_x), off_origin(xp, length, in_y)


def inversion(xp: Any, x: Any, y: Any) -> Any:
    """x / (x² + y²): how the angle turns when the point moves; 0 at the origin."""
    rate = over_length(xp, xp.direction(x, y), x, y)
    return off_origin(xp, xp.hypot(x, y), rate)


def d_inversion(xp: Any, out: Any, x: Any, y: Any) -> Numbers:
    """(y² - x²)/r⁴ and -2 x y/r⁴ by cosines, divided twice by the length."""
    cosine, sine = xp.direction(x, y), xp.direction(y, x)
    in_x = over_length(xp, xp.square(sine) - xp.square(cosine), x, y)
    in_y = over_length(xp, -2.0 * (sine * cosine), x, y)
    in_x, in_y = over_length(xp, in_x, x, y), over_length(xp, in_y, x, y)
    length = xp.hypot(x, y)
    return off_origin(xp, length, in_x), off_origin(xp, length, in_y)


# --- whole numbers and remainders: flat or straight between their jumps ----------
#
# At a jump the derivative is that of the piece which the value belongs to. Quotients
# and remainders are Python's and NumPy's: a remainder has the sign of the divisor,
# `fmod`'s that of the dividend, and a divisor of 0 gives what IEEE 754 has for it.

ALL_WHOLE = 2.0**52  # from here on every double is a whole number


def rint(xp: Any, x: Any) -> Any:
    """The nearest whole number; halfway, the even one of the two."""
    size = abs(x)
    below = xp.floor(size)
    rest = size - below  # exact
    even = 2.0 * xp.floor(0.5 * below + 0.5)
    nearest = xp.where(rest < 0.5, below, xp.where(rest > 0.5, below + 1.0, even))
    return xp.sign(x) * nearest


def _differ(x: Any, y: Any) -> Any:
    """Whether one is below 0 and the other above; their product might underflow."""
    return ((x < 0.0) & (y > 0.0)) | ((x > 0.0) & (y < 0.0))


def remainder(xp: Any, x: Any, y: Any) -> Any:
    """What is left of x after whole multiples of y, from `fmod`, which is exact."""
    rest = xp.fmod(x, y)
    zero = xp.where(y < 0.0, -0.0, 0.0)
    return xp.where(rest == 0.0, zero, xp.where(_differ(rest, y), rest + y, rest))


def floor_divide(xp: Any, x: Any, y: Any) -> Any:
    """How many whole multiples of y fit below x.

    The quotient without its remainder is whole but for rounding; the floor of x / y
    would be 10 for 1 and 0.1, which is a little more than a tenth.
    """
    rest = xp.fmod(x, y)
    quotient = (x - rest) / y - xp.where(_differ(rest, y), 1.0, 0.0)
    rounds = (quotient > -ALL_WHOLE) & (quotient < ALL_WHOLE)
    whole = xp.where(rounds, xp.ceil(quotient - 0.5), quotient)
    is_zero = (quotient > -0.5) & (quotient < 0.5)
    signed = xp.where(is_zero, 0.0 * (x / y), whole)  # 0.0 or -0.0
    return xp.where(y == 0.0, x / y, signed)


def d_remainder(xp: Any, out: Any, x: Any, y: Any) -> Numbers:
    """1 and minus the multiples; NaN where there is no remainder."""
    return _slopes(xp, out, xp.floor_divide(x, y))


def d_fmod(xp: Any, out: Any, x: Any, y: Any) -> Numbers:
    """The same with the multiples that fit between 0 and x."""
    fitting = xp.floor_divide(abs(x), abs(y))
    return _slopes(xp, out, xp.where(_differ(x, y), -fitting, fitting))


def _slopes(xp: Any, out: Any, multiples: Any) -> Numbers:
    defined = out == out
    return xp.where(defined, 1.0, out), xp.where(defined, -multiples, out)
