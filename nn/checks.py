"""Checks of settings and calls, and how errors speak of what came.

What is of another type is a TypeError, what is out of its range a ValueError. Whoever
calls a net knows neither its `forward` nor the layers in it: an error speaks of what
was called.
"""

import inspect
import math
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, TypeVar

import numpy as np

from autograd import Value

T = TypeVar("T")


def counted(count: int, what: str) -> str:
    """Count in words: "1 input", "2 inputs"."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def few(names: Sequence[str]) -> str:
    """List names, of many the first: "a, b, c, d, e and 3 more"."""
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"{', '.join(names[:5])}{more}"


def who(module: Any) -> str:
    """Name a module in a message: what it is, and where it is held."""
    name = getattr(module, "scope_name", "")  # a net may be any function
    return f"{module!r} (held as {name!r})" if name else repr(module)


def wrong_type(wanted: str, given: object, hint: str = "") -> TypeError:
    """The error where something is of another type than what is wanted."""
    kind = type(given).__name__
    if isinstance(given, type):
        kind = f"the class {given.__name__} itself"
    return TypeError(f"{wanted}, got {kind}{hint}")


def at_least_zero(
    name: str, number: float, below: float = math.inf, most: float = math.inf
) -> float:
    """Check a setting: at least 0 and finite, below a bound and at most another."""
    try:
        fits = 0.0 <= number < below
    except TypeError:
        raise wrong_type(f"{name} must be a number", number) from None
    if not fits:
        bound = "finite" if below == math.inf else f"below {below:g}"
        raise ValueError(f"{name} must be at least 0 and {bound}, got {number!r}")
    if number > most:
        raise ValueError(f"{name} must be at most {most:g}, got {number!r}")
    return float(number)


def is_number(item: object) -> bool:
    """Whether autograd can compute with it."""
    if isinstance(item, Value | float | int):  # most often
        return True
    try:
        Value(item)  # type: ignore[arg-type]
    except TypeError:
        return False
    return True


def is_whole(number: Any) -> bool:
    """Whether it is an int, of Python's or of NumPy's; booleans are none."""
    if type(number) is int:  # most often
        return True
    return isinstance(number, int | np.integer) and not isinstance(number, bool)


def whole(what: str, number: Any, least: float = 1) -> int:
    """Check a count, such as that of inputs: an int, and not below the least."""
    if not is_whole(number):
        raise wrong_type(f"{what} must be an int", number)
    if number < least:
        raise ValueError(f"{what} must be at least {least}, got {number}")
    return int(number)


def function_of(what: str, function: Any) -> Any:
    """Check what is to be called."""
    if not callable(function):
        raise wrong_type(f"{what} must be a function", function)
    return function


def flag(what: str, value: Any) -> bool:
    """Check what is on or off: True or False."""
    if not isinstance(value, bool):
        raise TypeError(f"{what} must be True or False, got {value!r}")
    return value


def by_name(what: str, name: str, known: Mapping[str, T], instead: str = "") -> T:
    """Find what a name of that kind stands for; errors say what may stand instead."""
    if name not in known:
        near = " or ".join(_meant(name.lower(), known))
        guess = f"did you mean {near}? " if near else ""
        other = f", or pass {instead}" if instead else ""
        names = ", ".join(known)
        raise ValueError(f"unknown {what} {name!r}; {guess}known are {names}{other}")
    return known[name]


def _meant(name: str, known: Iterable[str]) -> list[str]:
    """Names that are spelled like this one, or shortened to it, as mse and acc are."""
    short = [
        full
        for full in known
        if full.startswith(name)
        or "".join(word[0] for word in full.split("_")).startswith(name)
    ]
    return get_close_matches(name, known, n=2) or short[: 2 if len(name) > 1 else 0]


def chosen(what: str, given: Any, known: Mapping[str, Any], instead: str) -> Any:
    """Find what a name stands for, see `by_name`; a function stays what it is."""
    if isinstance(given, str):
        return by_name(what, given, known, instead)
    if not callable(given):
        raise wrong_type(f"{what} must be a name or {instead}", given)
    return given


def no_tuple(taker: str, maker: Any) -> TypeError:
    """The error where numbers are wanted of what returns (outputs, state)."""
    return TypeError(
        f"{taker} takes numbers in lists, but {who(maker)} returns a tuple, as a "
        "recurrent layer returns (outputs, state): take the part that is meant, as in "
        "nn.Sequential(nn.RNN(2, 3), lambda told: told[0], ...), or told[0][-1] for "
        "the outputs of the last step"
    )


def refuse_call(module: Any, inputs: tuple[Any, ...], options: dict[str, Any]) -> None:
    """Raise a TypeError that says what `forward` takes, if it takes other arguments."""
    try:
        signature = inspect.signature(module.forward)
    except (TypeError, ValueError):  # some of C's functions have none
        return
    try:
        signature.bind(*inputs, **options)
    except TypeError as error:
        names = list(signature.parameters)
        got = f"got {len(inputs) + len(options)}" if inputs or options else "got none"
        unknown = [name for name in options if name not in names]
        if unknown:
            got = f"and none is called {unknown[0]!r}"
        elif len(names) == len(inputs) + len(options):
            got = str(error)  # one twice, or one by a name that it has not
        takes = f"{counted(len(names), 'argument')} ({', '.join(names)})"
        hint = ""
        if len(names) == 1 and len(inputs) > 1:
            hint = ": examples come one at a time, as in [model(row) for row in rows]"
            if all(map(is_number, inputs)):
                hint = ": numbers stand in one list, as in model([1.0, 2.0])"
        raise TypeError(f"{who(module)} takes {takes}, {got}{hint}") from None
