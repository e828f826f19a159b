"""Scaled numbers: floats with an exponent of their own, that keep any range.

A path is a product of as many local derivatives as it has steps, and a graph of 2,000
doublings has 2**2000 paths: shares of such sums are ordinary numbers, the sums are not.
Mantissas are rounded as those of floats are. They are plain pairs, for there is one an
edge in every sweep.
"""

from __future__ import annotations

import math
from math import frexp, ldexp

Scaled = tuple[float, int]
"""Mantissa and exponent of mantissa x 2**exponent.

The mantissa is 0, or of 0.5 to 1 in size; an infinity or a NaN is its own.
"""

ZERO: Scaled = (0.0, 0)
ONE: Scaled = (0.5, 1)

scaled = frexp
"""A float as a scaled number."""


def plain(x: Scaled) -> float:
    """The number as a float: infinite, or 0, where it is out of range."""
    try:
        return ldexp(*x)
    except OverflowError:
        return math.copysign(math.inf, x[0])


def size(x: Scaled) -> tuple[float, float]:
    """What orders numbers by their absolute value: NaN last, above the infinities."""
    mantissa = abs(x[0])
    if 0.0 < mantissa < 1.0:
        return x[1], mantissa
    if mantissa != mantissa:
        return math.inf, math.inf
    return (math.inf if mantissa else -math.inf), 0.0


def absolute(x: Scaled) -> Scaled:
    """The number without its sign."""
    return abs(x[0]), x[1]


def times(x: Scaled, y: Scaled) -> Scaled:
    """The product, where 0 is strong: 0 even of an infinite or NaN other."""
    if x[0] == 0.0 or y[0] == 0.0:
        return ZERO
    mantissa, shift = frexp(x[0] * y[0])
    return mantissa, x[1] + y[1] + shift


def plus(x: Scaled, y: Scaled) -> Scaled:
    """The sum."""
    if x[0] == 0.0:
        return y
    if y[0] == 0.0:
        return x
    if x[1] < y[1]:
        x, y = y, x
    # 1,100 places down nothing is left of a number, and ldexp takes no larger shifts
    rest = ldexp(y[0], max(y[1] - x[1], -1100))
    mantissa, shift = frexp(x[0] + rest)
    return mantissa, x[1] + shift


def ratio(part: Scaled, whole: Scaled) -> float:
    """What share of the whole a part is: 0 if it is nothing.

    An infinite part is all of an infinite whole, and a finite one nothing.
    """
    if part[0] == 0.0:
        return 0.0
    if math.isinf(whole[0]):
        return 1.0 if math.isinf(part[0]) else part[0] * 0.0
    if whole[0] == 0.0:
        return part[0] * math.inf
    mantissa, shift = frexp(part[0] / whole[0])
    return plain((mantissa, part[1] - whole[1] + shift))
