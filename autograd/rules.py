"""The longer rules of the table: values and local derivatives that take several lines.

Each is written against a namespace `xp`, as the rows in `ops.py` are; a rule named
`d_f` gives the local derivatives of `f`. The comments say what the obvious formula
would lose. Conventions at kinks and limits are those of the table in the README.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from autograd.namespaces import INFINITY, NAN

LN2 = math.log(2.0)
INV_LN2 = 1.4426950408889634
INV_LN10 = 0.4342944819032518
SQRT_HALF = math.sqrt(0.5)
TWO_OVER_SQRT_PI = 1.1283791670955126
INV_SQRT_TWO_PI = 0.3989422804014327
SELU_SCALE = 1.0507009873554804934193349852946  # Klambauer et al. 2017, section 2
SELU_ALPHA = 1.6732632423543772848170429916717
GELU_SCALE = 1.5957691216057308  # 2 sqrt(2/pi): Hendrycks & Gimpel 2016, section 2
GELU_CUBIC = 0.044715

Numbers = tuple[Any, ...]


def flat(xp: Any, x: Any) -> Any:
    """The derivative of a piecewise constant function: 0, and NaN at NaN."""
    return xp.where(x == x, 0.0, x)


def step(xp: Any, x: Any, left: Any = 0.0, right: Any = 1.0) -> Any:
    """`left` up to and including 0, `right` above, NaN at NaN."""
    return xp.where(x > 0.0, right, xp.where(x <= 0.0, left, x))


def inside(xp: Any, condition: Any, value: Any, x: Any) -> Any:
    """`value` where the condition holds; elsewhere NaN, and so its derivatives."""
    return xp.where(condition, value, x * NAN)


# --- powers -------------------------------------------------------------------


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


def d_pow(xp: Any, out: Any, x: Any, y: Any) -> Numbers:
    """The derivatives of x**y, both operands variable; (0, 0) at 0**0."""
    return xp.power_derivative(x, y, 1.0), xp.pow_log(x, y)


def xlogy(xp: Any, x: Any, y: Any) -> Any:
    """x log(y), and 0 for x = 0 whatever y is (but NaN)."""
    return xp.where((x == 0.0) & (y == y), 0.0, x * xp.log(y))


def d_xlogy(xp: Any, out: Any, x: Any, y: Any) -> Numbers:
    """log(y) and x/y; 0 in y where both are 0; NaN outside."""
    in_y = xp.where((x == 0.0) & (y == 0.0), 0.0, x / y)
    return xp.log(y), inside(xp, y >= 0.0, in_y, y)


# --- the plane: hypot, atan2 --------------------------------------------------


def direction(xp: Any, x: Any, y: Any) -> Any:
    """x / hypot(x, y), the cosine of the angle: 0 at the origin, 1 at (inf, 0)."""
    length = xp.hypot(x, y)
    scale = xp.where(length < 1e-290, 2.0**600, xp.where(length > 1e307, 0.0625, 1.0))
    far = (abs(x) == INFINITY) | (abs(y) == INFINITY)
    x_scaled = xp.where(far, at_infinity(xp, x), x * scale)
    y_scaled = xp.where(far, at_infinity(xp, y), y * scale)
    cosine = x_scaled / xp.hypot(x_scaled, y_scaled)
    return xp.where(length == 0.0, 0.0, cosine)


def at_infinity(xp: Any, x: Any) -> Any:
    """What x is next to an infinity: ±1 if it is one itself, else 0 (or NaN)."""
    return xp.where(abs(x) == INFINITY, xp.sign(x), 0.0 * x)


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
    return in_x, -product_over_length(xp, out, sine, x, y)


def inversion(xp: Any, x: Any, y: Any) -> Any:
    """x / (x² + y²): how the angle turns when the point moves; 0 at the origin."""
    rate = over_length(xp, xp.direction(x, y), x, y)
    return xp.where(xp.hypot(x, y) == 0.0, 0.0, rate)


def d_inversion(xp: Any, out: Any, x: Any, y: Any) -> Numbers:
    """(y² - x²)/r⁴ and -2 x y/r⁴ by cosines, divided twice by the length."""
    cosine, sine = xp.direction(x, y), xp.direction(y, x)
    in_x = over_length(xp, xp.square(sine) - xp.square(cosine), x, y)
    in_y = over_length(xp, -2.0 * (sine * cosine), x, y)
    return over_length(xp, in_x, x, y), over_length(xp, in_y, x, y)


# --- sigmoids and their integrals ---------------------------------------------


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


def d_sigmoid(xp: Any, out: Any, x: Any) -> Numbers:
    """sech(x/2)²/4: s (1-s) has no digits left at x = 40."""
    return (xp.square(half_bell(xp, x)),)


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
    in_x = xp.where(both, share, xp.sigmoid(x - y))
    return in_x, xp.where(both, share, xp.sigmoid(y - x))


# --- activations --------------------------------------------------------------


def d_leaky_relu(xp: Any, out: Any, x: Any, negative_slope: Any) -> Numbers:
    """The slope on the left (and at 0), 1 on the right; x on the left in the slope."""
    return step(xp, x, negative_slope, 1.0), xp.where(x > 0.0, 0.0, x)


def elu(xp: Any, x: Any, alpha: Any) -> Any:
    """x above 0, alpha (exp(x) - 1) below."""
    return xp.where(x > 0.0, x, alpha * xp.expm1(x))


def d_elu(xp: Any, out: Any, x: Any, alpha: Any) -> Numbers:
    """1 above 0, else alpha exp(x), and expm1(x) in alpha."""
    half = xp.exp(0.5 * x)  # alpha times a subnormal would have few digits
    in_alpha = xp.where(x > 0.0, 0.0, xp.expm1(x))
    return xp.where(x > 0.0, 1.0, (alpha * half) * half), in_alpha


def selu(xp: Any, x: Any) -> Any:
    """The elu that keeps mean and variance (Klambauer et al. 2017)."""
    below = SELU_SCALE * SELU_ALPHA * xp.expm1(x)
    return xp.where(x > 0.0, SELU_SCALE * x, below)


def d_selu(xp: Any, out: Any, x: Any) -> Numbers:
    """The scale above 0, else scale alpha exp(x)."""
    below = SELU_SCALE * SELU_ALPHA * xp.exp(x)
    return (xp.where(x > 0.0, SELU_SCALE, below),)


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
    return xp.where(x < -40.0, -0.0, x) * (0.5 * xp.erfc(-SQRT_HALF * x))


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


def softsign(xp: Any, x: Any) -> Any:
    """x / (1 + |x|), with its limits ±1."""
    return xp.where(abs(x) == INFINITY, xp.sign(x), x / (1.0 + abs(x)))


def clamp(xp: Any, x: Any, low: Any, high: Any) -> Any:
    """x held between the bounds."""
    return xp.where(x < low, low, xp.where(x > high, high, x))


def d_clamp(xp: Any, out: Any, x: Any, low: Any, high: Any) -> Numbers:
    """1 strictly between the bounds; a bound that holds x back has it instead."""
    in_x = xp.where((x > low) & (x < high), 1.0, flat(xp, x))
    return in_x, step(xp, low - x), step(xp, x - high)


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


# --- lists --------------------------------------------------------------------


def share(xp: Any, x: Any, y: Any) -> Any:
    """What x has of the larger of x and y: 1, a half at a tie, 0, or NaN."""
    loses = xp.where(x < y, 0.0, x * NAN)
    return xp.where(x > y, 1.0, xp.where(x == y, 0.5, loses))


def equal_shares(xp: Any, out: Any, xs: Numbers) -> Numbers:
    """1 for the operand that is the result; ties share it equally; NaN at NaN."""
    hits = [xp.where(x == out, 1.0, flat(xp, out)) for x in xs]
    count = xp.sum(hits)
    return tuple(hit / xp.where(count == 0.0, 1.0, count) for hit in hits)


def shifted_exponentials(xp: Any, xs: Numbers) -> tuple[Any, list[Any]]:
    """The maximum m and every exp(x - m); equal infinities count as equal."""
    top = xp.max(xs)
    return top, [xp.exp(xp.where(x == top, 0.0, x - top)) for x in xs]


def log1p_of_others(xp: Any, exponentials: list[Any]) -> Any:
    """log of the sum of the exponentials, one of which is 1, by its excess over 1."""
    ones = [xp.where(e == 1.0, 1.0, 0.0) for e in exponentials]
    rest = [xp.where(e == 1.0, 0.0, e) for e in exponentials]
    return xp.log1p(xp.sum([xp.sum(ones) - 1.0, *rest]))


def logsumexp(xp: Any, *xs: Any) -> Any:
    """log(sum(exp(x))), shifted by the maximum."""
    top, exponentials = shifted_exponentials(xp, xs)
    return top + log1p_of_others(xp, exponentials)


def d_logsumexp(xp: Any, out: Any, *xs: Any) -> Numbers:
    """The softmax; all 0 where every operand is -inf."""
    nothing = out == -INFINITY
    return tuple(xp.where(nothing, 0.0, s) for s in xp.softmaxes(xs))


def softmaxes(xp: Any, xs: Numbers) -> list[Any]:
    """All of softmax(xs) at once; NaN where every operand is -inf."""
    top, exponentials = shifted_exponentials(xp, xs)
    below = xp.sum(exponentials)
    return [xp.where(top == -INFINITY, NAN, e / below) for e in exponentials]


def softmax(xp: Any, index: Any, *xs: Any) -> Any:
    """The entry `index` of softmax(xs)."""
    return xp.softmaxes(xs)[int(index)]


def difference(xp: Any, x: Any, y: Any) -> Any:
    """x - y, where equal infinities differ by 0."""
    return xp.where((x == y) & (abs(x) == INFINITY), 0.0, x - y)


def d_softmax(xp: Any, out: Any, index: Any, *xs: Any) -> Numbers:
    """s_i (1 - s_i) in x_i, and -s_i s_j in x_j; the index is a constant.

    1 - s_i is the sum of the others. One of two is a sigmoid of their difference.
    """
    i = int(index)
    if len(xs) == 2:
        slope = xp.square(half_bell(xp, difference(xp, xs[i], xs[1 - i])))
        return (NAN, slope, -slope) if i == 0 else (NAN, -slope, slope)
    shares = xp.softmaxes(xs)
    slopes = [-(out * s) for s in shares]
    slopes[i] = out * xp.sum([s for j, s in enumerate(shares) if j != i])
    return (NAN, *slopes)


def log_softmax(xp: Any, index: Any, *xs: Any) -> Any:
    """The entry `index` of log(softmax(xs)): a sum of two terms, neither above 0."""
    top, exponentials = shifted_exponentials(xp, xs)
    x = xs[int(index)]
    below_top = xp.where(x == top, 0.0, x - top)
    entry = below_top - log1p_of_others(xp, exponentials)
    return xp.where(top == -INFINITY, NAN, entry)


def d_log_softmax(xp: Any, out: Any, index: Any, *xs: Any) -> Numbers:
    """-s_j, and 1 - s_i at the index, as a sigmoid; the index is a constant."""
    i = int(index)
    slopes = [-s for s in xp.softmaxes(xs)]
    rest = [x for j, x in enumerate(xs) if j != i]
    slopes[i] = 0.0
    if rest:
        slopes[i] = xp.sigmoid(difference(xp, xp.logsumexp(*rest), xs[i]))
    return (NAN, *slopes)


def mean(xp: Any, *xs: Any) -> Any:
    """The sum over the count, also where the sum overflows."""
    count = float(len(xs))
    plain = xp.sum(xs) / count
    return xp.where(abs(plain) == INFINITY, xp.sum([x / count for x in xs]), plain)


def dot(xp: Any, *operands: Any) -> Any:
    """Weights, then as many inputs, then (for an odd number) a bias."""
    return dot_of(xp, *_dot_parts(operands))


def d_dot(xp: Any, out: Any, *operands: Any) -> Numbers:
    """The derivatives of `dot`, in the order of its operands."""
    return d_dot_of(*_dot_parts(operands))


def _dot_parts(operands: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    n = len(operands) // 2
    return operands[:n], operands[n : 2 * n], operands[2 * n :]


def dot_of(
    xp: Any, weights: Sequence[Any], inputs: Sequence[Any], bias: Sequence[Any]
) -> Any:
    """The sum of weight x input over the pairs, plus the bias if there is one."""
    return xp.sum_of_products(weights, inputs, bias)


def d_dot_of(
    weights: Sequence[Any], inputs: Sequence[Any], bias: Sequence[Any]
) -> Numbers:
    """The inputs for the weights, the weights for the inputs, 1 for the bias."""
    return (*inputs, *weights, *(1.0,) * len(bias))
