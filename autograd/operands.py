"""What counts as a number: the plain operands that Values are combined with."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.namespaces import INFINITY

_REAL_KINDS = "fiub"  # NumPy's letters for float, int, unsigned and bool


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
    if is_scalar and x.dtype.kind in _REAL_KINDS:
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
