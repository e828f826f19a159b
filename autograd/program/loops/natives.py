"""The names that emitted source imports, for plain Python floats."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from autograd.namespaces import FLOAT_NATIVES, INFINITY, NAN
from autograd.sweep import strong_product

exp = FLOAT_NATIVES["exp"]
expm1 = FLOAT_NATIVES["expm1"]
exp2 = FLOAT_NATIVES["exp2"]
log = FLOAT_NATIVES["log"]
log2 = FLOAT_NATIVES["log2"]
log10 = FLOAT_NATIVES["log10"]
log1p = FLOAT_NATIVES["log1p"]
sqrt = FLOAT_NATIVES["sqrt"]
cbrt = FLOAT_NATIVES["cbrt"]
sin = FLOAT_NATIVES["sin"]
cos = FLOAT_NATIVES["cos"]
tan = FLOAT_NATIVES["tan"]
asin = FLOAT_NATIVES["asin"]
acos = FLOAT_NATIVES["acos"]
atan = FLOAT_NATIVES["atan"]
sinh = FLOAT_NATIVES["sinh"]
cosh = FLOAT_NATIVES["cosh"]
tanh = FLOAT_NATIVES["tanh"]
asinh = FLOAT_NATIVES["asinh"]
acosh = FLOAT_NATIVES["acosh"]
atanh = FLOAT_NATIVES["atanh"]
erf = FLOAT_NATIVES["erf"]
erfc = FLOAT_NATIVES["erfc"]
hypot = FLOAT_NATIVES["hypot"]
atan2 = FLOAT_NATIVES["atan2"]
floor = FLOAT_NATIVES["floor"]
fmod = FLOAT_NATIVES["fmod"]
power = FLOAT_NATIVES["power"]
pow = FLOAT_NATIVES["pow"]

__all__ = [
    "INFINITY",
    "NAN",
    "BranchTaken",
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "branch",
    "cbrt",
    "cos",
    "cosh",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "expm1",
    "floor",
    "fmod",
    "hypot",
    "log",
    "log1p",
    "log2",
    "log10",
    "numbers",
    "pow",
    "power",
    "sin",
    "sinh",
    "sqrt",
    "strong_product",
    "tan",
    "tanh",
    "zeros",
]


class BranchTaken(Exception):  # noqa: N818 (it is a message, caught nearby)
    """A guard does not hold; its number is the argument."""


def branch(guard: float) -> NoReturn:
    """Stop: this guard does not hold."""
    raise BranchTaken(int(guard))


def zeros(count: int) -> list[float]:
    """A list to be filled."""
    return [0.0] * count


def numbers(table: Sequence[float]) -> tuple[float, ...]:
    """A table of constants."""
    return tuple(table)
