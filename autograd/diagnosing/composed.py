"""Functions of a Wide that are made of exp, log and atan: see `elementary.py`."""

from __future__ import annotations

import math
from collections.abc import Callable

from autograd.diagnosing.elementary import (
    HUGE,
    ONE,
    atan,
    exp,
    ln2,
    log,
    log1p,
    pi,
    precision,
)
from autograd.diagnosing.wide import BITS, Wide, bits_for, quotient, sqrt, wide

FAR_POWER = 1100  # of 2 or 10: no double is beyond


def asin(x: Wide) -> Wide:
    """Inverse sine."""
    rest = (ONE - x) * (ONE + x)
    if not rest.man:
        return pi() * Wide(int(x), -1)
    return atan(quotient(x, sqrt(rest)))


def acos(x: Wide) -> Wide:
    """Inverse cosine."""
    if x.man < 0:
        return pi(bits_for(x) + 8) - acos(-x)
    return Wide(2) * atan(sqrt(quotient(ONE - x, ONE + x)))


def sinh(x: Wide) -> Wide:
    """Hyperbolic sine."""
    e = exp(x)
    return (e - quotient(ONE, e)) * Wide(1, -1)


def cosh(x: Wide) -> Wide:
    """Hyperbolic cosine."""
    e = exp(x)
    return (e + quotient(ONE, e)) * Wide(1, -1)


def tanh(x: Wide) -> Wide:
    """Hyperbolic tangent."""
    e = exp(Wide(-abs(x.man), x.exp + 1))
    size = quotient(ONE - e, ONE + e)
    return size if x.man >= 0 else -size


def asinh(x: Wide) -> Wide:
    """Inverse hyperbolic sine."""
    if x.man < 0:
        return -asinh(-x)
    root = sqrt(x * x + ONE)
    return log1p(x + quotient(x * x, root + ONE))


def acosh(x: Wide) -> Wide:
    """Inverse hyperbolic cosine."""
    above = x - ONE
    return log1p(above + sqrt(above * (x + ONE)))


def atanh(x: Wide) -> Wide:
    """Inverse hyperbolic tangent."""
    return log1p(quotient(x + x, ONE - x)) * Wide(1, -1)


def cbrt(x: Wide) -> Wide:
    """The cube root, by Newton's method, which doubles the digits with each step."""
    if not x.man:
        return x
    thirds = x.top // 3
    part = Wide(x.man, x.exp - 3 * thirds)
    root = wide(math.cbrt(float(part)))
    for _ in range(bits_for(x).bit_length() - 4):
        root = quotient(Wide(2) * root + quotient(part, root * root), Wide(3))
    return Wide(root.man, root.exp + thirds)


def exp2(x: Wide) -> Wide:
    """2 to the power x."""
    if x.top < HUGE and x == int(x):
        return Wide(1, int(x))
    return exp(x * ln2(precision(x) + max(0, min(x.top, HUGE))))


def log_to(base: int) -> Callable[[Wide], Wide]:
    """The logarithm to a base: a whole number for the powers of the base."""

    def answer(x: Wide) -> Wide:
        result = quotient(log(x), log(Wide(base)))
        whole = round(float(result))
        is_power = 0 <= whole <= FAR_POWER and x == Wide(base**whole)
        return Wide(whole) if is_power else result

    return answer


def power(x: Wide, n: Wide) -> Wide:
    """x to the power n.

    Raises:
        ValueError: x is negative, or 0, where that has no real value.
    """
    whole = int(n) if n.top <= HUGE else 1 << HUGE  # beyond, all are even
    is_whole = n.top > HUGE or n == whole
    if is_whole and abs(whole) <= 64:
        product = ONE
        for _ in range(abs(whole)):
            product = product * x
        return product if whole >= 0 else quotient(ONE, product)
    if not x.man:
        if n.man < 0:
            raise ZeroDivisionError("0 to a negative power")
        return x
    if x.man < 0 and not is_whole:
        raise ValueError("a negative number to a power that is not whole")
    exponent = n * log(abs(x))
    return exp(exponent) if x.man > 0 or whole % 2 == 0 else -exp(exponent)


def hypot(x: Wide, y: Wide) -> Wide:
    """The distance from the origin."""
    return sqrt(x * x + y * y)


def erf(x: Wide) -> Wide:
    """The error function."""
    if x.top > 4:
        rest = ONE - erfc(abs(x))
        return rest if x.man >= 0 else -rest
    return _erf(x, precision(x))


def erfc(x: Wide) -> Wide:
    """1 - erf(x)."""
    if x.man < 0:
        return Wide(2) - erfc(-x)
    if x.top <= 4:  # below 16, where it is 2^-370
        return ONE - _erf(x, precision(x) + 380)
    bell = quotient(exp(-(x * x)), x * sqrt(pi(bits_for(x))))
    term = total = ONE
    twice = Wide(2) * x * x
    for n in range(1, 250, 2):  # asymptotic: the terms shrink up to n = 2x²
        term = -quotient(term * Wide(n), twice).kept(BITS)
        total = total + term
    return bell * total


def _erf(x: Wide, p: int) -> Wide:
    """2/sqrt(pi) exp(-x²) sum of 2^n x^(2n+1) / (2n+1)!!, whose terms have one sign."""
    p += 400  # exp(-x²) is 2^-370 where this is used furthest
    fixed = x.fixed(p)
    double_square = fixed * fixed >> (p - 1)
    term = total = fixed
    n = 1
    while term not in (0, -1):
        n += 2
        term = (term * double_square >> p) // n
        total += term
    root = Wide(math.isqrt(pi(p + 64).fixed(p) << p), -p)
    return quotient(Wide(2 * total, -p) * exp(-(x * x), p), root)
