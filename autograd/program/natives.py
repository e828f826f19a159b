"""What arrays and plain floats compute by themselves: the natives of a program.

A row of the table whose name stands in `NUMPY` is one call on arrays; every other row
is written down as its rule says, in terms of these and of the operators. True ufuncs
take `out=`, and so do `relu`, `step` and `sign`; `where` and the error functions don't.

NumPy's functions agree with those of Python's `math` to 4 units in the last place (the
tangent of numbers like 1e255: 16), and where the result is an infinity or NaN. `SCALAR`
has the same names for the statements of a program that work on plain floats: equal to
the table to the last bit, and never raising.

Two things differ, both of little weight. Which zero (0.0 or -0.0) the `maximum` and
`minimum` of two zeros is depends on the processor; the table, like `SCALAR`, gives the
first. And `np.power` takes a square root for a single exponent 0.5, so that -0.0 stays
-0.0 and -inf gives NaN, not inf.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.namespaces import FLOAT_NATIVES, INFINITY

Array = NDArray[np.float64]


def relu(x: Any, out: Array | None = None) -> Any:
    """The positive part of an array; NaN stays NaN."""
    return np.maximum(x, 0.0, out=out)


def step(x: Any, out: Array | None = None) -> Any:
    """1 above 0, else 0; NaN at NaN.

    The sign of the positive part: several times faster than `np.heaviside`.
    """
    return np.sign(np.maximum(x, 0.0, out=out), out=out)


def sign(x: Any, out: Array | None = None) -> Any:
    """-1 or 1; a zero or NaN is its own sign, also -0.0, which `np.sign` makes 0.0."""
    return np.copysign(np.sign(x), x, out=out)


def _one_by_one(function: Callable[[float], float]) -> Callable[[Any], Any]:
    """A function of `math` that NumPy lacks, over the numbers of an array."""

    def answer(x: Any) -> Any:
        array = np.asarray(x, dtype=np.float64)
        numbers = map(function, array.ravel().tolist())
        result = np.fromiter(numbers, np.float64, array.size).reshape(array.shape)
        return result[()]  # of a 0-d array its number, as ufuncs have it

    return answer


erf = _one_by_one(math.erf)
erfc = _one_by_one(math.erfc)

NUMPY: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "abs": np.abs,
        "square": np.square,
        "reciprocal": np.reciprocal,
        "sqrt": np.sqrt,
        "cbrt": np.cbrt,
        "power": np.power,
        "pow": np.power,
        "exp": np.exp,
        "expm1": np.expm1,
        "exp2": np.exp2,
        "log": np.log,
        "log1p": np.log1p,
        "log2": np.log2,
        "log10": np.log10,
        "sin": np.sin,
        "cos": np.cos,
        "tan": np.tan,
        "asin": np.arcsin,
        "acos": np.arccos,
        "atan": np.arctan,
        "atan2": np.arctan2,
        "sinh": np.sinh,
        "cosh": np.cosh,
        "tanh": np.tanh,
        "asinh": np.arcsinh,
        "acosh": np.arccosh,
        "atanh": np.arctanh,
        "hypot": np.hypot,
        "floor": np.floor,
        "fmod": np.fmod,
        "maximum": np.maximum,
        "minimum": np.minimum,
        "where": np.where,
        "relu": relu,
        "step": step,
        "sign": sign,
        "erf": erf,
        "erfc": erfc,
    }
)


# --- plain floats -------------------------------------------------------------


def _reciprocal(x: float) -> float:
    try:
        return 1.0 / x
    except ZeroDivisionError:
        return math.copysign(INFINITY, x)


def _maximum(x: float, y: float) -> float:
    return x if x >= y else y if x < y else x + y  # NaN if either is


def _minimum(x: float, y: float) -> float:
    return x if x <= y else y if x > y else x + y


def _relu(x: float) -> float:
    return x if x > 0.0 or x != x else 0.0


def _step(x: float) -> float:
    return 1.0 if x > 0.0 else x if x != x else 0.0


def _sign(x: float) -> float:
    return 1.0 if x > 0.0 else -1.0 if x < 0.0 else x


SCALAR: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        **FLOAT_NATIVES,
        "square": lambda x: x * x,
        "reciprocal": _reciprocal,
        "maximum": _maximum,
        "minimum": _minimum,
        "relu": _relu,
        "step": _step,
        "sign": _sign,
    }
)

MOST_PRODUCTS = 16.0
"""Whole powers up to this one take six products; the ones above are rare."""


def by_products(power: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """`power` of arrays, with small whole exponents by products: 40 times faster.

    Each product rounds once, so x**n has n roundings at most: as right as x**n can be
    with the last bit of x. For n < 0 of the reciprocal, which is in range where x**-n
    is not.
    """

    def answer(x: Any, n: Any) -> Any:
        if isinstance(x, float) or not isinstance(n, float):
            return power(x, n)
        if n % 1.0 != 0.0 or abs(n) > MOST_PRODUCTS:
            return power(x, n)
        return _product(x if n > 0.0 else 1.0 / x, int(abs(n)))

    return answer


def _product(x: Any, n: int) -> Any:
    """x times itself, n times in all; from the squares that n has among its bits."""
    if n == 0:
        return 1.0
    if n == 1:
        return x
    half = _product(x, n // 2)
    return half * half * x if n % 2 else half * half
