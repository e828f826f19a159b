"""The names that emitted source imports, for machine code by numba.

They are those of `natives.py`, with the same answers: IEEE 754's, never an exception.
"""

from __future__ import annotations

import math
from typing import Any, NoReturn

import numpy as np
from numba import njit

from autograd.namespaces import INFINITY, NAN
from autograd.program.loops.natives import BranchTaken
from autograd.sweep import strong_product as plain_product

exp, expm1, exp2 = math.exp, math.expm1, np.exp2
log, log2, log10, log1p = math.log, np.log2, math.log10, math.log1p
sqrt, cbrt = math.sqrt, np.cbrt
sin, cos, tan = math.sin, math.cos, math.tan
asin, acos, atan, atan2 = math.asin, math.acos, math.atan, math.atan2
sinh, cosh, tanh = math.sinh, math.cosh, math.tanh
asinh, acosh, atanh = math.asinh, math.acosh, math.atanh
erf, erfc, hypot = math.erf, math.erfc, math.hypot
floor, fmod = np.floor, np.fmod
pow = power = math.pow
zeros, numbers = np.zeros, np.array
strong_product = njit(cache=False)(plain_product)

__all__ = ["INFINITY", "NAN"]


@njit(cache=False)
def branch(guard: Any) -> NoReturn:
    """Stop: this guard does not hold."""
    raise BranchTaken(int(guard))
