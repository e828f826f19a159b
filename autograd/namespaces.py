"""What `xp` is: the functions that a rule may call, for one kind of number.

A namespace offers

* *native* functions, which that kind of number computes for itself, and
* the *fallback*: every other row of the table, by running the row's own value rule
  in this namespace (`RULES`). So a new row works everywhere once it is written down.

Here are the natives of Python floats. Python raises where IEEE 754 has an answer
(`math.log(0)`, `math.exp(1000)`, `1.0 / 0.0`); these functions give that answer.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

INFINITY = math.inf
NAN = math.nan


def number(x: Any) -> float:
    """A plain real number as a float: int, float, bool, NumPy scalar or 0-d array.

    Raises:
        TypeError: It is anything else; the message names the type.
    """
    if isinstance(x, (float, int)):  # a tuple: a union would be built at each call
        try:
            return float(x)
        except OverflowError:  # an int beyond the largest double
            return INFINITY if x > 0 else -INFINITY
    is_scalar = isinstance(x, np.generic | np.ndarray) and x.ndim == 0
    if is_scalar and x.dtype.kind in "fiub":  # float, int, unsigned, bool
        return float(x)
    kind = type(x).__name__
    if isinstance(x, np.ndarray):
        kind = f"ndarray of shape {x.shape} and dtype {x.dtype}"
        if x.ndim:
            kind += "; np.frompyfunc(f, 1, 1)(x) calls f for each element of x"
    raise TypeError(f"expected a plain number (int, float, NumPy scalar), got {kind}")


def is_array(x: Any) -> bool:
    """Whether x is an array over whose elements NumPy goes, one or many."""
    return isinstance(x, np.ndarray) and (x.ndim > 0 or x.dtype == object)


def pick(xs: Sequence[Any], index: Any) -> Any:
    """The entry at `index`, a whole number that counts from 0."""
    if not 0 <= index < len(xs):
        message = f"an index counts from 0 to {len(xs) - 1}, got {index:g}"
        raise IndexError(message)
    return xs[int(index)]


def hits(xs: Sequence[Any], index: Any) -> list[bool]:
    """For each entry whether it is the one at `index`: conditions for `where`."""
    answer = [False] * len(xs)
    answer[int(index)] = True
    return answer


_LISTS: Mapping[str, Callable[..., Any]] = {"count": len, "pick": pick, "hits": hits}


class Namespace:
    """The functions of one kind of number: its natives, then rows of the table.

    Attributes are found by name: `xp.exp(x)`, `xp.sigmoid(x)`, `xp.where(c, x, y)`.
    Lists are Python lists (`_LISTS`) where the natives don't say otherwise.

    Args:
        natives: What this kind of number computes for itself.
        rules: Value rules for all else, to be run in this namespace: `ops.RULES`.
    """

    def __init__(
        self,
        natives: Mapping[str, Callable[..., Any]],
        rules: Mapping[str, Callable[..., Any]],
    ) -> None:
        for name, rule in rules.items():
            setattr(self, name, partial(rule, self))
        for name, function in {**_LISTS, **natives}.items():
            setattr(self, name, function)

    def sum_of_products(self, xs: Any, ys: Any, more: Any = ()) -> Any:
        """The products of two lists, summed up with what else there is."""
        return self.sum([*map(operator.mul, xs, ys), *more])

    def repaired(self, condition: Any, value: Any, plain: Any) -> Any:
        """`plain`, but `value` where the condition holds.

        There `plain` must be an invalid operation of IEEE 754 on infinities, such as
        inf - inf, which gives NaN: arrays may then leave the condition out, and look
        whether an invalid operation occurred.
        """
        return self.where(condition, value, plain)

    def __getattr__(self, name: str) -> Any:
        message = f"rules may call the rows of the table, and {name!r} is none of them"
        raise AttributeError(message)


_POLES: Mapping[str, Mapping[float, float]] = {
    "log": {0.0: -INFINITY},
    "log1p": {-1.0: -INFINITY},
    "log2": {0.0: -INFINITY},
    "log10": {0.0: -INFINITY},
    "atanh": {1.0: INFINITY, -1.0: -INFINITY},
}


def _as_ieee(name: str) -> Callable[[float], float]:
    """A function of `math` that gives IEEE 754's answer where Python raises.

    That is its infinite value at a pole, NaN outside its domain, and an infinity
    where the result is too large.
    """
    function: Callable[[float], float] = getattr(math, name)
    poles = _POLES.get(name, {})

    def answer(x: float) -> float:
        try:
            return function(x)
        except ValueError:
            return poles.get(x, NAN)
        except OverflowError:  # of a negative x in sinh and cosh alone
            return -INFINITY if x < 0.0 and name == "sinh" else INFINITY

    return answer


def power(x: float, y: float) -> float:
    """`x` to the power `y` as IEEE 754 has it: never an exception.

    `0 ** -1` is inf, `(-0.0) ** -1` is -inf, `(-8) ** (1/3)` is NaN. A square is a
    product, which is rounded once and several times faster.
    """
    if y == 2.0:
        return x * x
    try:
        return math.pow(x, y)
    except OverflowError:
        return -INFINITY if x < 0.0 and y % 2.0 == 1.0 else INFINITY
    except ValueError:
        if x != 0.0:
            return NAN
        return math.copysign(INFINITY, x) if y % 2.0 == 1.0 else INFINITY


def floor(x: float) -> float:
    """The largest whole number up to `x`; an infinity is its own."""
    whole = x // 1.0
    return whole if whole == whole else x


def fmod(x: float, y: float) -> float:
    """What is left of `x` towards 0 after whole multiples of `y`, without rounding."""
    try:
        return math.fmod(x, y)
    except ValueError:  # of an infinity, or by 0
        return NAN


def choose(condition: Any, x: Any, y: Any) -> Any:
    """`x` where the condition holds, else `y`."""
    return x if condition else y


def total(numbers: Sequence[float]) -> float:
    """The sum of the numbers, rounded once (Shewchuk's algorithm, `math.fsum`)."""
    try:
        return math.fsum(numbers)
    except OverflowError:  # of a partial sum; the whole may be in range
        scale = 2.0 ** len(numbers).bit_length()
        return total([x / scale for x in numbers]) * scale
    except ValueError:  # inf - inf
        return NAN


def total_of_products(
    xs: Sequence[float], ys: Sequence[float], more: Sequence[float] = ()
) -> float:
    """The sum of `x * y` over the pairs and of `more`, its additions rounded once."""
    return total([*map(operator.mul, xs, ys), *more])


def largest(numbers: Sequence[float]) -> float:
    """The largest number; NaN if one of them is NaN."""
    return NAN if any(map(math.isnan, numbers)) else max(numbers)


def smallest(numbers: Sequence[float]) -> float:
    """The smallest number; NaN if one of them is NaN."""
    return -largest([-x for x in numbers])


_NEVER_RAISE = ("cbrt", "atan", "tanh", "asinh", "erf", "erfc", "hypot", "atan2")
_MAY_RAISE = (
    *("exp", "expm1", "exp2", "log", "log1p", "log2", "log10", "sqrt", "sin", "cos"),
    *("tan", "asin", "acos", "sinh", "cosh", "acosh", "atanh"),
)

FLOAT_NATIVES: Mapping[str, Callable[..., Any]] = {
    **{name: getattr(math, name) for name in _NEVER_RAISE},
    **{name: _as_ieee(name) for name in _MAY_RAISE},
    "abs": abs,
    "floor": floor,
    "fmod": fmod,
    "power": power,
    "pow": power,
    "where": choose,
    "sum": total,
    "sum_of_products": total_of_products,
    "max": largest,
    "min": smallest,
}


def _as_numpy(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with its float results as NumPy's."""

    def answer(*operands: Any) -> Any:
        result = function(*operands)
        return np.float64(result) if isinstance(result, float) else result

    return answer


IEEE_NATIVES: Mapping[str, Callable[..., Any]] = {
    name: _as_numpy(function) for name, function in FLOAT_NATIVES.items()
}
"""The same on NumPy's floats, whose quotients are those of IEEE 754.

Rules write `1 / x`. Python's floats raise there for x = 0, so a rule that raised is run
again on these: slower, the same to the last bit, and never raising.
"""
