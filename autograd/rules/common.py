"""What several rules share: constants, and functions that are flat in pieces."""

from __future__ import annotations

import math
from typing import Any

from autograd.namespaces import NAN

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


def d_flat(xp: Any, out: Any, *operands: Any) -> Numbers:
    """The same for each operand of a piecewise constant operation."""
    return (flat(xp, out),) * len(operands)


def step(xp: Any, x: Any, left: Any = 0.0, right: Any = 1.0) -> Any:
    """`left` up to and including 0, `right` above, NaN at NaN."""
    return xp.where(x > 0.0, right, xp.where(x <= 0.0, left, x))


def over(xp: Any, x: Any, y: Any) -> Any:
    """x / y for y >= 0 (0.0 if it is -0.0); below NaN, and so its derivatives."""
    return xp.where(y >= 0.0, x / (y + 0.0), y * NAN)
