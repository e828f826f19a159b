"""Matrix products in which 0 times anything is 0, whichever factor it is."""

from __future__ import annotations

from typing import Any

import numpy as np

Numbers = np.ndarray[Any, Any]


def strong_matmul(a: Numbers, b: Numbers) -> Numbers:
    """`a @ b`, where a factor of exactly 0 makes 0 even of an infinite or NaN other.

    Args:
        a: Shape (..., m, k).
        b: Shape (..., k, n).
    """
    plain: Numbers = np.matmul(a, b)
    if np.isfinite(plain).all():
        return plain
    out = np.zeros(plain.shape)
    for k in range(a.shape[-1]):
        left, right = a[..., :, k, None], b[..., k, None, :]
        out += np.where((left == 0.0) | (right == 0.0), 0.0, left * right)
    return out
