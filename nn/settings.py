"""Settings: checks of what layers, optimizers and `fit` are made with."""

import math
import operator
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, TypeVar

__all__ = ["at_least_zero", "by_name", "flag", "positive_int"]

Chosen = TypeVar("Chosen")


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


def flag(what: str, value: Any) -> bool:
    """Check what is on or off.

    Raises:
        TypeError: if it is not True or False.
    """
    if not isinstance(value, bool):
        raise TypeError(f"{what} must be True or False, got {value!r}")
    return value


def by_name(
    what: str, name: str, known: Mapping[str, Chosen], instead: str = ""
) -> Chosen:
    """Find what a name stands for.

    Args:
        what: what it is the name of, as an error says it.
        name: the name.
        known: all names there are.
        instead: what may be passed in the place of a name, if anything.

    Raises:
        ValueError: if it is unknown; the text says which resemble it, and all.

    >>> by_name("dish", "spamm", {"egg": 1, "spam": 2}, "a recipe")
    Traceback (most recent call last):
    ValueError: unknown dish 'spamm'; did you mean spam? known are egg, spam, or pass
    a recipe
    """
    if name not in known:
        near = " or ".join(get_close_matches(name.lower(), known, n=2))
        guess = f"did you mean {near}? " if near else ""
        raise ValueError(
            f"unknown {what} {name!r}; {guess}known are {', '.join(known)}"
            + (f", or pass {instead}" if instead else "")
        )
    return known[name]
