"""exp, log, sin, atan ... of a Wide, with enough bits beside the leading term.

Series on integers, by Python's own arithmetic. A small argument gets more bits, so that
what a result has beside its leading term is there too: exp(1e-229) - 1 and
x - sin(x) keep 38 digits. Inverse functions start from the double that `math` gives
and correct it once, for the square of its error is beyond the digits that count.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache

from autograd.diagnosing.wide import BITS, LIMIT, Wide, bits_for, quotient, wide

ONE = Wide(1)
HUGE = 70  # 2^70 in an exponent is beyond every range; its digits are beyond reach
FAR = 1 << 70  # the exponent of what lies there


def precision(x: Wide, orders: int = 3) -> int:
    """Bits after the point that show the term x^orders of a series, and its digits."""
    return min(LIMIT, max(BITS + orders * max(0, -x.top), 64 - x.exp))


@cache
def _ln2(p: int) -> int:
    """ln 2 in units of 2^-p, by Machin's formula of 1/26, 1/4801 and 1/8749."""
    terms = ((18, 26), (-2, 4801), (8, 8749))
    return sum(a * _inverse_series(b, p + 20, 1) for a, b in terms) >> 20


@cache
def _pi(p: int) -> int:
    """pi in units of 2^-p, by Machin's formula."""
    series = 16 * _inverse_series(5, p + 20, -1) - 4 * _inverse_series(239, p + 20, -1)
    return series >> 20


def _inverse_series(n: int, p: int, sign: int) -> int:
    """artanh(1/n) or, with sign -1, arctan(1/n)."""
    power = total = (1 << p) // n
    k, factor = 1, 1
    while power:
        power //= n * n
        k, factor = k + 2, factor * sign
        total += factor * (power // k)
    return total


def constant(digits: Callable[[int], int], p: int) -> int:
    """A constant for at least p bits: few precisions, so that few are computed."""
    step = -(-p // 256) * 256
    return digits(step) >> (step - p)


def ln2(p: int = BITS) -> Wide:
    """The natural logarithm of 2."""
    return Wide(constant(_ln2, p), -p)


def pi(p: int = BITS) -> Wide:
    """The circle constant."""
    return Wide(constant(_pi, p), -p)


def exp(x: Wide, bits: int = 0) -> Wide:
    """e to the power x, with `bits` after the point if that is more than usual."""
    if x.top > HUGE:
        return Wide(1, FAR if x.man > 0 else -FAR)
    p = max(bits, precision(x)) + 16 + max(0, x.top)
    unit = constant(_ln2, p)
    fixed = x.fixed(p)
    count = (2 * fixed + unit) // (2 * unit)
    rest = fixed - count * unit
    halvings = max(0, rest.bit_length() - p + 8)
    rest >>= halvings
    term = total = 1 << p
    n = 1
    while term not in (0, -1):
        term = (term * rest >> p) // n
        total += term
        n += 1
    for _ in range(halvings):
        total = total * total >> p
    return Wide(total, count - p)


def sincos(x: Wide, bits: int = 0) -> tuple[Wide, Wide]:
    """Sine and cosine.

    Raises:
        ValueError: x is so large that its turns can't be counted.
    """
    if x.top > 4 * LIMIT:
        raise ValueError("no digits of pi reach that far")
    p = max(bits, precision(x)) + 16 + max(0, x.top)
    right_angle = constant(_pi, p) >> 1
    fixed = x.fixed(p)
    quarters = (2 * fixed + right_angle) // (2 * right_angle)
    rest = fixed - quarters * right_angle
    square = rest * rest >> p
    sine, cosine = rest, 1 << p
    n = 1
    odd, even = rest, 1 << p
    while odd not in (0, -1) or even not in (0, -1):
        even = -(even * square >> p) // (n * (n + 1))
        odd = -(odd * square >> p) // ((n + 1) * (n + 2))
        cosine, sine, n = cosine + even, sine + odd, n + 2
    turned = [(sine, cosine), (cosine, -sine), (-sine, -cosine), (-cosine, sine)]
    s, c = turned[quarters % 4]
    return Wide(s, -p), Wide(c, -p)


def sin(x: Wide) -> Wide:
    """Sine."""
    return sincos(x)[0]


def cos(x: Wide) -> Wide:
    """Cosine."""
    return sincos(x)[1]


def tan(x: Wide) -> Wide:
    """Tangent."""
    return quotient(*sincos(x))


def log1p_near(x: Wide) -> Wide:
    """log(1 + x) for |x| < 2^-20, by its series."""
    return _alternating(x, precision(x), 1)


def _alternating(x: Wide, p: int, step: int) -> Wide:
    """x - x²/2 + x³/3 ... or, in steps of 2, x - x³/3 + x⁵/5 ..."""
    power = total = x.fixed(p)
    factor = power if step == 1 else power * power >> p
    n, sign = 1, 1
    while power not in (0, -1):
        power = power * factor >> p
        n, sign = n + step, -sign
        total += sign * (power // n)
    return Wide(total, -p)


def log(x: Wide) -> Wide:
    """The natural logarithm.

    Raises:
        ZeroDivisionError: x is 0, where the logarithm has a pole.
        ValueError: x is negative.
    """
    if not x.man:
        raise ZeroDivisionError("log of 0")
    if x.man < 0:
        raise ValueError("log of a negative number")
    twos = x.top
    part = Wide(x.man, x.exp - twos)  # in [0.5, 1)
    if float(part) < 0.7:
        part, twos = Wide(part.man, part.exp + 1), twos - 1
    p = precision(part)
    whole = ln2(p + 20) * Wide(twos) if twos else Wide(0)
    off = part - ONE
    if off.top < -20:
        return whole + log1p_near(off)
    first = wide(math.log(float(part)))
    return whole + first + log1p_near(part * exp(-first, p) - ONE)


def log1p(x: Wide) -> Wide:
    """The logarithm of 1 + x."""
    return log1p_near(x) if x.top < -20 else log(x + ONE)


def atan(x: Wide) -> Wide:
    """The inverse tangent."""
    if x.top > 1:
        right_angle = pi(precision(quotient(ONE, x))) * Wide(1 if x.man > 0 else -1, -1)
        return right_angle - atan(quotient(ONE, x))
    if x.top < -20:
        return _alternating(x, precision(x), 2)
    first = wide(math.atan(float(x)))
    s, c = sincos(first, precision(x))
    return first + _alternating(quotient(x * c - s, c + x * s), precision(x), 2)


def atan2(y: Wide, x: Wide) -> Wide:
    """The angle of the point (x, y).

    Raises:
        ArithmeticError: y is 0, of which here is only one.
    """
    if not y.man:
        raise ArithmeticError("the sign of a 0 decides")
    sign, half_turn = Wide(1 if y.man >= 0 else -1), pi(bits_for(x, y) + 8)
    if abs(y) > abs(x):
        return sign * half_turn * Wide(1, -1) - atan(quotient(x, y))
    if x.man < 0:
        return sign * half_turn + atan(quotient(y, x))
    return atan(quotient(y, x))
