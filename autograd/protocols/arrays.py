"""NumPy's protocol: what `np.exp(v)`, `np.float64(2) * v` and `array * v` give.

NumPy has two ways of meeting a Value. As an operand of its own it is asked by its
`__array_ufunc__`, and then any function of `UFUNCS` works. In an object array it is
not: NumPy goes over the elements and calls the operator, or the method with the name
of the function (`arctan`, `hypot`, `conjugate`), on each.

So a function for which NumPy has no such loop (`np.logaddexp`, `np.isnan`,
`np.heaviside`) is refused by NumPy where all operands are arrays; so are floats at the
left of `np.arctan2`, for it asks the left one. Go over them with
`np.frompyfunc(np.logaddexp, 2, 1)(a, b)`. And where its loop compares (`np.maximum`,
`np.max`, `np.clip`), it picks one of the elements: at a tie, the first. `np.cov` and
`np.corrcoef` stumble over any objects; `np.cov(a, fweights=np.ones(n, int))` does not.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.namespaces import INFINITY, is_array, number
from autograd.operators import COMPARISONS, raised
from autograd.ops import OPS
from autograd.recordable import Recordable
from autograd.recording import tracer

# What NumPy calls its functions, where that is not the name of the row.
_NUMPY_NAMES = {
    "subtract": "sub",
    "multiply": "mul",
    "divide": "div",
    "negative": "neg",
    "positive": "identity",
    "absolute": "abs",
    "fabs": "abs",
    "clip": "clamp",
    "arcsin": "asin",
    "arccos": "acos",
    "arctan": "atan",
    "arcsinh": "asinh",
    "arccosh": "acosh",
    "arctanh": "atanh",
    "arctan2": "atan2",
}

_SAME_NAMES = (
    *("add", "reciprocal", "square", "sqrt", "cbrt", "hypot", "sign"),
    *("exp", "expm1", "exp2", "log", "log1p", "log2", "log10", "logaddexp"),
    *("sin", "cos", "tan", "sinh", "cosh", "tanh", "maximum", "minimum"),
    *("floor", "ceil", "trunc", "rint", "floor_divide", "remainder", "fmod"),
)


def _heaviside(x: Any, at_zero: Any) -> Any:
    """The step, with a value of one's own at 0."""
    return OPS["where"](x == 0.0, at_zero, OPS["step"](x))


def _divmod(x: Any, y: Any) -> tuple[Any, Any]:
    return OPS["floor_divide"](x, y), OPS["remainder"](x, y)


def _itself(x: Any) -> Any:
    return x


# Asked by comparisons alone, which a function that is traced records; and by those
# that no NaN disturbs, for NumPy would warn of the others.
_DECISIONS: dict[str, Callable[..., Any]] = {
    **COMPARISONS,
    "isnan": lambda x: x != x,
    "isfinite": lambda x: (x == x) & (x != INFINITY) & (x != -INFINITY),
    "isinf": lambda x: (x == -INFINITY) | (x == INFINITY),
}

UFUNCS: dict[str, Callable[..., Any]] = {
    **{name: OPS[name] for name in _SAME_NAMES},
    **{name: OPS[row] for name, row in _NUMPY_NAMES.items()},
    **dict.fromkeys(("power", "float_power"), raised),
    **dict.fromkeys(("deg2rad", "radians"), lambda x: x * (math.pi / 180.0)),
    **dict.fromkeys(("rad2deg", "degrees"), lambda x: x * (180.0 / math.pi)),
    "conjugate": _itself,
    "divmod": _divmod,
    "heaviside": _heaviside,
    **_DECISIONS,
}

# What to write for some that have no row.
_INSTEAD = {
    "copysign": "np.abs(x) * np.sign(y)",
    "fmax": "np.maximum(x, y)",
    "fmin": "np.minimum(x, y)",
    "ldexp": "x * 2.0**n",
    "logaddexp2": "np.log2(np.exp2(x) + np.exp2(y))",
    "modf": "np.fmod(x, 1.0), np.trunc(x)",
    "signbit": "x < 0",
}


def _function(name: str) -> Callable[..., Any]:
    """The function of Values behind one of NumPy's."""
    if name not in UFUNCS:
        message = f"np.{name} is not among the operations of autograd.OPS"
        instead = f"; write {_INSTEAD[name]}" if name in _INSTEAD else ""
        raise TypeError(message + instead)
    return UFUNCS[name]


def _stored(result: Any, target: np.ndarray[Any, Any] | None) -> Any:
    """A result, put into the array of `array *= v` if there is one."""
    if target is None:
        return result
    if np.asarray(result).dtype == object:
        _check_holds(target)
    target[...] = result
    return target


def _check_holds(target: np.ndarray[Any, Any]) -> None:
    """Raise a TypeError if an array of plain numbers is to take Values."""
    if target.dtype != object:
        message = (
            f"an array of {target.dtype} can't hold Values: write x = x * v, or "
            f"make it an object array with x.astype(object)"
        )
        raise TypeError(message)


def _broadcast(
    function: Callable[..., Any], inputs: tuple[Any, ...], count: int = 1
) -> Any:
    """A function, of `count` results, of operands of which one at least is a Value.

    Scalars give what the function gives, arrays an object array of that.
    """
    if not any(map(is_array, inputs)):
        plain = [x if isinstance(x, Recordable) else number(x) for x in inputs]
        return function(*plain)
    with np.errstate(all="ignore"):  # as everywhere, no word of infinities and NaN
        return np.frompyfunc(function, len(inputs), count)(*map(_boxed, inputs))


def _boxed(x: Any) -> Any:
    """A Value in a 0-d array, which NumPy broadcasts and does not look into."""
    if not isinstance(x, Recordable):
        return x
    box = np.empty((), dtype=object)
    box[()] = x
    return box


def _element(name: str) -> Callable[..., Any]:
    """The method that NumPy calls on each element of an object array."""
    function = UFUNCS[name]

    def method(self: Any, *others: Any) -> Any:
        return function(self, *others)

    method.__name__, method.__qualname__ = name, f"Value.{name}"
    method.__doc__ = f"What np.{name} calls on the elements of an object array."
    return method


def array_ufunc(
    _value: Any, ufunc: np.ufunc, method: str, *inputs: Any, **keywords: Any
) -> Any:
    """What NumPy calls for `np.float64(2) * v`, `array * v` and `np.exp(v)`.

    Raises:
        TypeError: The table has no such operation, an operand is no number, or the
            result does not fit into the array of `array *= v`.
    """
    if method != "__call__":  # np.sum(v), np.add.outer(array, v): as for any object
        if method == "at":
            _check_holds(inputs[0])
        return getattr(ufunc, method)(*map(_boxed, inputs), **keywords)
    if keywords.keys() - ({"out"} if ufunc.nout == 1 else set()):
        return NotImplemented
    function = _function(ufunc.__name__)
    result = _broadcast(function, inputs, ufunc.nout)
    decided = ufunc.__name__ in _DECISIONS and tracer() is None
    if decided and isinstance(result, np.ndarray):
        result = result.astype(bool)
    return _stored(result, *keywords.get("out", (None,)))


def clip(value: Any, low: Any = None, high: Any = None, out: Any = None) -> Any:
    """What np.clip(v, low, high) calls: `clamp`, without a bound for None."""
    low = -INFINITY if low is None else low
    high = INFINITY if high is None else high
    return _stored(_broadcast(OPS["clamp"], (value, low, high)), out)


_ELEMENT_NAMES = (
    *("arcsin", "arccos", "arctan", "arcsinh", "arccosh", "arctanh", "arctan2"),
    *("hypot", "fmod", "fabs", "conjugate"),
    *("deg2rad", "radians", "rad2deg", "degrees"),
)


def give_array_protocol(kind: type[Any]) -> None:
    """Put into a class what NumPy asks of it."""
    kind.dtype = np.dtype(object)  # np.linalg.norm(x, ord=3) asks its result for it
    kind.__array_ufunc__ = array_ufunc
    kind.clip = clip
    for name in _ELEMENT_NAMES:
        setattr(kind, name, _element(name))
