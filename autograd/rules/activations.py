"""Rules for sigmoids, their integrals, and the activations made of them."""

from __future__ import annotations

import math
from typing import Any

from autograd.namespaces import INFINITY
from autograd.rules.elementary import LN2, Numbers, flat, step

SQRT_HALF = math.sqrt(0.5)
INV_SQRT_TWO_PI = 0.3989422804014327
GELU_SCALE = 1.5957691216057308  # 2 sqrt(2/pi): Hendrycks & Gimpel 2016, section 2
GELU_CUBIC = 0.044715


def sigmoid(xp: Any, x: Any) -> Any:
    """1 / (1 + exp(-x)), from the small exponential on either side."""
    e = xp.exp(-abs(x))
    return xp.where(x < 0.0, e, 1.0) / (1.0 + e)


def half_bell(xp: Any, x: Any) -> Any:
    """The square root of the sigmoid's derivative, sigmoid(x) sigmoid(-x).

    Products keep it as two factors, because its square is subnormal long before a
    product with x is.
    """
    return 0.5 * xp.sech(0.5 * x)


def sech(xp: Any, x: Any) -> Any:
    """1 / cosh(x), which overflows at 711 where the quotient is still a number."""
    e = xp.exp(-abs(x))
    return 2.0 * e / (1.0 + e * e)


def softplus(xp: Any, x: Any) -> Any:
    """log(1 + exp(x)): exact at ±800."""
    return xp.where(x < 0.0, 0.0, x) + xp.log1p(xp.exp(-abs(x)))


def logaddexp(xp: Any, x: Any, y: Any) -> Any:
    """log(exp(x) + exp(y)), shifted by the larger one."""
    larger, distance = xp.maximum(x, y), abs(x - y)
    return xp.where(x == y, x + LN2, larger + xp.log1p(xp.exp(-distance)))


def d_logaddexp(xp: Any, out: Any, x: Any, y: Any) -> Numbers:
    """Sigmoids of the difference; for two infinities of one sign 1/2, or 0 if -."""
    both = (x == y) & (abs(x) == INFINITY)
    share = xp.where(x > 0.0, 0.5, 0.0)
    in_x = xp.repaired(both, share, xp.sigmoid(x - y))
    return in_x, xp.repaired(both, share, xp.sigmoid(y - x))


def d_leaky_relu(xp: Any, out: Any, x: Any, negative_slope: Any) -> Numbers:
    """The slope on the left (and at 0), 1 on the right; x on the left in the slope."""
    return step(xp, x, negative_slope, 1.0), xp.where(x > 0.0, 0.0, x)


def d_elu(xp: Any, out: Any, x: Any, alpha: Any) -> Numbers:
    """1 above 0, else alpha exp(x), and expm1(x) in alpha."""
    half = xp.exp(0.5 * x)  # alpha times a subnormal would have few digits
    in_alpha = xp.where(x > 0.0, 0.0, xp.expm1(x))
    return xp.where(x > 0.0, 1.0, (alpha * half) * half), in_alpha


def silu(xp: Any, x: Any) -> Any:
    """x sigmoid(x). Below 0 the exponential comes in halves: see `half_bell`."""
    bounded = xp.clamp(x, -2000.0, 0.0)  # exp(-1000) is 0, and no 0 * inf arises
    half = xp.exp(0.5 * bounded)
    below = (bounded * half) / (1.0 + half * half) * half
    return xp.where(x < 0.0, below, x / (1.0 + xp.exp(-abs(x))))


def d_silu(xp: Any, out: Any, x: Any) -> Numbers:
    """s(x) + x s(x) s(-x), with its limits 0 and 1."""
    bell = half_bell(xp, x)
    return (xp.sigmoid(x) + (xp.clamp(x, -2000.0, 2000.0) * bell) * bell,)


def gelu(xp: Any, x: Any) -> Any:
    """x times the normal distribution function (Hendrycks & Gimpel 2016)."""
    bounded = xp.where(x < -40.0, -0.0, x)  # Phi(-40) is 0, and -inf * 0 would be NaN
    return bounded * (0.5 * xp.erfc(-SQRT_HALF * x))


def d_gelu(xp: Any, out: Any, x: Any) -> Numbers:
    """Phi(x) + x phi(x), the bell in two factors."""
    bounded = xp.clamp(x, -60.0, 60.0)
    bell = xp.exp_neg_square(0.5 * bounded)
    slope = (INV_SQRT_TWO_PI * bounded * bell) * bell
    return (0.5 * xp.erfc(-SQRT_HALF * x) + slope,)


def gelu_tanh(xp: Any, x: Any) -> Any:
    """The tanh form of gelu, as x sigmoid(2u), which keeps its digits below 0."""
    inner = GELU_SCALE * (x * (1.0 + GELU_CUBIC * (x * x)))
    return xp.where(x < -40.0, -0.0, x) * xp.sigmoid(inner)


def d_gelu_tanh(xp: Any, out: Any, x: Any) -> Numbers:
    """s(z) + x s(z) s(-z) z'(x) with z = 2u."""
    x = xp.clamp(x, -60.0, 60.0)
    inner = GELU_SCALE * (x * (1.0 + GELU_CUBIC * (x * x)))
    inner_slope = GELU_SCALE * (1.0 + 3.0 * GELU_CUBIC * (x * x))
    bell = half_bell(xp, inner)
    return (xp.sigmoid(inner) + ((x * inner_slope) * bell) * bell,)


def mish(xp: Any, x: Any) -> Any:
    """x tanh(softplus(x)), rationally in exp(x) (Misra 2019)."""
    bounded = xp.clamp(x, -2000.0, 0.0)
    half = xp.exp(0.5 * bounded)
    e = half * half
    below = (bounded * half) * ((e + 2.0) / (e * (e + 2.0) + 2.0)) * half
    q = xp.exp(-abs(x))
    return xp.where(x < 0.0, below, x * ((1.0 + 2.0 * q) / (1.0 + 2.0 * q * (1.0 + q))))


def d_mish(xp: Any, out: Any, x: Any) -> Numbers:
    """tanh(p) + x sech(p)² s(x) with p = softplus(x); s(x) as a square."""
    bounded = xp.clamp(x, -2000.0, 2000.0)
    plus = xp.softplus(bounded)
    bell = xp.sech(plus) * xp.exp(-0.5 * xp.softplus(-bounded))
    return (xp.tanh(plus) + (bounded * bell) * bell,)


def clamp(xp: Any, x: Any, low: Any = -INFINITY, high: Any = INFINITY) -> Any:
    """x held between the bounds; the upper one if they are in the wrong order."""
    return xp.minimum(xp.maximum(x, low), high)


def d_clamp(xp: Any, out: Any, x: Any, low: Any, high: Any) -> Numbers:
    """1 strictly between the bounds; a bound that holds x back has it instead."""
    rest = flat(xp, out)
    in_x = xp.where((x > low) & (x < high), 1.0, rest)
    in_low = xp.where((x < low) & (low <= high), 1.0, rest)
    return in_x, in_low, xp.where((x > high) | (low > high), 1.0, rest)


def hard_swish(xp: Any, x: Any) -> Any:
    """x hard_sigmoid(x) (Howard et al. 2019), with its limits 0 and x."""
    between = x * (x + 3.0) / 6.0
    return xp.where(x <= -3.0, 0.0, xp.where(x >= 3.0, x, between))


def d_hard_swish(xp: Any, out: Any, x: Any) -> Numbers:
    """(2x + 3) / 6 strictly between -3 and 3; at -3 and 3 as beyond them, 0 and 1."""
    between = (2.0 * x + 3.0) / 6.0
    return (xp.where(x <= -3.0, 0.0, xp.where(x >= 3.0, 1.0, between)),)


def exp_neg_square(xp: Any, x: Any) -> Any:
    """exp(-x²), the square split in a rounded part and the rest (Dekker 1971).

    The rounding error of x*x alone costs 100 units in the last place at x = 17.
    """
    x = xp.clamp(x, -40.0, 40.0)  # exp(-1600) is 0
    shifted = 134217729.0 * x  # 2**27 + 1: keeps the upper 26 bits
    upper = shifted - (shifted - x)
    return xp.exp(-(upper * upper)) * xp.exp(-((x - upper) * (x + upper)))


def bell(xp: Any, x: Any, scale: Any) -> Any:
    """scale exp(-x²) in two factors: a product with x then keeps its digits."""
    half = xp.exp_neg_square(SQRT_HALF * x)
    return (scale * half) * half


def d_exp_neg_square(xp: Any, out: Any, x: Any) -> Numbers:
    """-2 x exp(-x²)."""
    return (bell(xp, x, -2.0 * xp.clamp(x, -40.0, 40.0)),)
