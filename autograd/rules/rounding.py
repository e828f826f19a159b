"""Rules for whole numbers and remainders: flat or straight between their jumps.

At a jump the derivative is that of the piece which the value belongs to. Quotients and
remainders are Python's and NumPy's: a remainder has the sign of the divisor, `fmod`'s
that of the dividend, and a divisor of 0 gives what IEEE 754 has for it.
"""

from __future__ import annotations

from typing import Any

from autograd.rules.common import Numbers

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
