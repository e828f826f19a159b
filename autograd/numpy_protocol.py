"""NumPy's protocol: what `np.exp(v)`, `np.float64(2) * v` and `array * v` give.

NumPy asks the first operand that has an answer of its own (`Value.__array_ufunc__`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.operands import is_array, number
from autograd.operators import COMPARISONS, raised
from autograd.ops import OPS, Recordable
from autograd.recording import tracer

# What NumPy calls its functions, where that is not the name of the row.
_NUMPY_NAMES = {
    "subtract": "sub",
    "multiply": "mul",
    "divide": "div",
    "negative": "neg",
    "positive": "identity",
    "absolute": "abs",
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
)

UFUNCS: dict[str, Callable[..., Any]] = {
    "power": raised,
    **{name: OPS[name] for name in _SAME_NAMES},
    **{name: OPS[row] for name, row in _NUMPY_NAMES.items()},
    **COMPARISONS,
}


def array_ufunc(
    ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], keywords: dict[str, Any]
) -> Any:
    """What `Value.__array_ufunc__` answers.

    Raises:
        TypeError: The result does not fit into the array of `array *= v`.
    """
    if method != "__call__" or keywords.keys() - {"out"}:
        return NotImplemented
    if "out" not in keywords:
        return apply_ufunc(ufunc, inputs)
    (target,) = keywords["out"]  # `array *= v`
    if target.dtype != object:
        message = (
            f"an array of {target.dtype} can't hold Values: write x = x * v, or "
            f"make it an object array with x.astype(object)"
        )
        raise TypeError(message)
    target[...] = apply_ufunc(ufunc, inputs)
    return target


def apply_ufunc(ufunc: np.ufunc, inputs: tuple[Any, ...]) -> Any:
    """A NumPy function on operands of which one at least is a Value.

    Scalars give a Value (or a bool), arrays an object array of Values.

    Raises:
        TypeError: The table has no such operation, or an operand is no number.
    """
    function = UFUNCS.get(ufunc.__name__)
    if function is None:
        message = f"np.{ufunc.__name__} is not among the operations of autograd.OPS"
        raise TypeError(message)
    if not any(map(is_array, inputs)):
        scalars = [x if isinstance(x, Recordable) else number(x) for x in inputs]
        return function(*scalars)
    cells = [_boxed(x) if isinstance(x, Recordable) else x for x in inputs]
    result = np.frompyfunc(function, len(cells), 1)(*cells)
    decided = ufunc.__name__ in COMPARISONS and tracer() is None
    return result.astype(bool) if decided else result


def _boxed(value: Recordable) -> np.ndarray[Any, Any]:
    """The Value in a 0-d array, which NumPy broadcasts and does not look into."""
    box = np.empty((), dtype=object)
    box[()] = value
    return box
