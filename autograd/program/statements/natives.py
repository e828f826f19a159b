"""What arrays compute by themselves: the natives of a program.

A row of the table whose name stands in `NUMPY` is one call on arrays; every other row
is written down as its rule says, in terms of these and of the operators.

NumPy's functions agree with those of Python's `math` to 4 units in the last place (the
tangent of numbers like 1e255: 16), and where the result is an infinity or NaN.

Two things differ, both of little weight. Which zero (0.0 or -0.0) the `maximum` and
`minimum` of two zeros is depends on the processor; the table gives the first. And
`np.power` takes a square root for a single exponent 0.5, so that -0.0 stays -0.0 and
-inf gives NaN, not inf.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def sign(x: Any) -> Any:
    """-1 or 1; a zero or NaN is its own sign, also -0.0, which `np.sign` makes 0.0."""
    return np.copysign(np.sign(x), x)


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


def where(condition: Any, x: Any, y: Any, out: Floats) -> Floats:
    """`np.where` into an array, which may be y: what is not chosen, then what is."""
    if out is not y:
        np.copyto(out, y)
    if isinstance(x, np.ndarray) and condition.shape == x.shape == out.shape:
        np.putmask(out, condition, x)  # the faster of two
    else:
        np.copyto(out, x, where=condition)
    return out


@lru_cache(maxsize=4)  # a batch, the last one of an epoch, and those of another set
def one_each(count: int) -> Floats:
    """A one for each example, to sum by a product: `np.ones` takes twice its time."""
    found = np.ones(count)
    found.flags.writeable = False
    return found


EINSUM = 8
"""So many times the examples are the inner loops that an einsum may have: each costs
about 25 ns, a product of small matrices 250."""


def einsum(spec: str, a: Floats, b: Floats) -> Any:
    """A product for each example, which is the last axis, as `np.einsum` has it.

    For many examples its loops are long; for few, a small product each by BLAS, over
    the examples as the first axis, is several times faster.
    """
    left, right = (x.strip(".") for x in spec.partition("->")[0].split(","))
    if left != "ikb" or right not in ("jkb", "kjb") or a.ndim != b.ndim:
        return np.einsum(spec, a, b)
    rows, length, count = a.shape[-3:]
    if count == 1:
        x, y = a[..., 0], b[..., 0]
        return (x @ (y.swapaxes(-1, -2) if right == "jkb" else y))[..., None]
    columns = b.shape[-3 if right == "jkb" else -2]
    if rows * length * columns < EINSUM * count:
        return np.einsum(spec, a, b)
    axes = range(a.ndim - 1)
    x, y = a.transpose(-1, *axes), b.transpose(-1, *axes)
    product = x @ (y.swapaxes(-1, -2) if right == "jkb" else y)
    return np.ascontiguousarray(product.transpose(*range(1, a.ndim), 0))


def segments(how: np.ufunc, a: Floats, rows: Any, outside: Any) -> Any:
    """A reduction over stretches of the last axis but one, given as rows of one length.

    `np.ufunc.reduceat` runs along the stretches, which are short; this runs along the
    examples, which are many. Rows that fill up a short stretch count as 0 in a sum;
    elsewhere they repeat one that is in it.
    """
    parts = a[..., rows, :]
    if how is np.add:
        parts[..., outside, :] = 0.0
    return how.reduce(parts, axis=-2)


_BY_NAME = (
    *("square", "reciprocal", "sqrt", "cbrt", "power", "hypot", "floor", "fmod"),
    *("exp", "expm1", "exp2", "log", "log1p", "log2", "log10", "maximum", "minimum"),
    *("sin", "cos", "tan", "sinh", "cosh", "tanh", "abs", "where"),
)
_INVERSE = ("sin", "cos", "tan", "tan2", "sinh", "cosh", "tanh")

NUMPY: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        **{name: getattr(np, name) for name in _BY_NAME},
        **{f"a{name}": getattr(np, f"arc{name}") for name in _INVERSE},
        "pow": np.power,
        "sign": sign,
        "erf": erf,
        "erfc": erfc,
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
