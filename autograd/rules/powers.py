"""Rules for powers: constant and variable exponents, x log(y)."""

from __future__ import annotations

from typing import Any

from autograd.namespaces import INFINITY, NAN
from autograd.rules.common import Numbers


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
