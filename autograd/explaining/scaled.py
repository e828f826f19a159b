"""Scaled numbers: floats with an exponent of their own, that keep any range.

A path is a product of as many local derivatives as it has steps, and a graph of 2,000
doublings has 2**2000 paths: shares of such sums are ordinary numbers, the sums are not.
Mantissas are rounded as those of floats are. They are plain pairs, for there is one an
edge in every sweep.

An infinity is a number beyond all others, 2**BEYOND: so several infinite paths have
their shares, too, by what goes with the infinite slope, and a finite one has none.
"""

from __future__ import annotations

import math
from math import frexp, ldexp

Scaled = tuple[float, int]
"""Mantissa and exponent of mantissa x 2**exponent.

The mantissa is 0, NaN, or of 0.5 to 1 in size.
"""

BEYOND = 2**60
"""An exponent that no product of finite slopes comes near: each adds at most 1,074."""

ZERO: Scaled = (0.0, 0)
ONE: Scaled = (0.5, 1)


def scaled(x: float) -> Scaled:
    """A float as a scaled number."""
    if math.isinf(x):
        return math.copysign(0.5, x), BEYOND
    return frexp(x)


def plain(x: Scaled) -> float:
    """The number as a float: infinite, or 0, where it is out of range."""
    try:
        return ldexp(*x)
    except OverflowError:
        return math.copysign(math.inf, x[0])


def size(x: Scaled) -> tuple[float, float]:
    """What orders numbers by their absolute value: 0 first, NaN last."""
    mantissa = abs(x[0])
    if mantissa > 0.0:
        return x[1], mantissa
    return (-math.inf if mantissa == 0.0 else math.inf), 0.0


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
    """What share of the whole a part is: 0 if it is nothing."""
    if part[0] == 0.0:
        return 0.0
    if whole[0] == 0.0:
        return part[0] * math.inf
    mantissa, shift = frexp(part[0] / whole[0])
    return plain((mantissa, part[1] - whole[1] + shift))
