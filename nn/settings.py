"""Settings: checks of the numbers that layers and optimizers are made with."""

import math
import operator
from typing import Any

__all__ = ["at_least_zero", "positive_int"]


def at_least_zero(name: str, number: float, below: float = math.inf) -> float:
    """Check a setting; NaN is nowhere.

    Raises:
        TypeError: if it is no number.
        ValueError: if it is negative, not finite, or `below` or more.
    """
    try:
        fits = 0.0 <= number < below
    except TypeError:
        given = type(number).__name__
        raise TypeError(f"{name} must be a number, got {given}") from None
    if not fits:
        bound = "finite" if below == math.inf else f"below {below:g}"
        raise ValueError(f"{name} must be at least 0 and {bound}, got {number!r}")
    return float(number)


def positive_int(what: str, number: Any) -> int:
    """Check a count, such as its number of inputs.

    Raises:
        TypeError: if it is no int.
        ValueError: if it is below 1.
    """
    if isinstance(number, bool):
        raise TypeError(f"{what} must be an int, got bool")
    try:
        count = operator.index(number)
    except TypeError:
        given = type(number).__name__
        raise TypeError(f"{what} must be an int, got {given}") from None
    if count < 1:
        raise ValueError(f"{what} must be at least 1, got {count}")
    return count
