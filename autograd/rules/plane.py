"""Rules for points of the plane: directions, lengths and angles."""

from __future__ import annotations

from typing import Any

from autograd.namespaces import INFINITY
from autograd.rules.common import Numbers


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
