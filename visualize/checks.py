"""What the value of an option may be: each check raises in the words of its option."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from numbers import Integral, Real
from types import MappingProxyType
from typing import Any, Final, get_args

from graphviz import FORMATS

from autograd import Explanation
from visualize.naming import near
from visualize.style import Style
from visualize.svg.css import Theme

Check = Callable[[str, Any], None]
"""Takes an option's name and its value; raises a TypeError or a ValueError."""


def of_kind(kind: Any, words: str) -> Check:
    """An object of a class; the words say which."""

    def check(name: str, value: object) -> None:
        if not isinstance(value, kind):
            raise TypeError(f"{name} must be {words}, not {value!r}")

    return check


anything = of_kind(object, "")
"""No check: it is checked where it is read."""

flag = of_kind(bool, "True or False")
text = of_kind(str, "a text")
real = of_kind(Real, "a number")
function = of_kind(Callable, "a function")
explanation = of_kind(Explanation, "what autograd.explain(output, wrt) gives")


def one_of(*known: str) -> Check:
    """One of some words."""

    def check(name: str, value: object) -> None:
        if not isinstance(value, str) or value not in known:
            raise ValueError(
                f"unknown {name} {value!r}; {near(value, known)}"
                f"known: {', '.join(known)}"
            )

    return check


def whole(least: float = -math.inf) -> Check:
    """A whole number, at least so large."""

    def check(name: str, value: object) -> None:
        if not isinstance(value, Integral) or isinstance(value, bool):
            raise TypeError(f"{name} must be a whole number, not {value!r}")
        if value < least:
            raise ValueError(f"{name} must be at least {least}, not {value}")

    return check


def number(fits: Callable[[float], bool], words: str) -> Check:
    """A number that fits; the words say what it must."""

    def check(name: str, value: Any) -> None:
        real(name, value)
        if not fits(float(value)):
            raise ValueError(f"{name} must {words}; got {float(value):g}")

    return check


def or_none(check: Check) -> Check:
    """None, or what another check lets pass."""

    def checked(name: str, value: object) -> None:
        if value is not None:
            check(name, value)

    return checked


def two_texts(name: str, value: object) -> None:
    """Two texts."""
    match value:
        case (str(), str()):
            return
        case _:
            raise TypeError(f'{name} must be two texts, as ("a", "b"), not {value!r}')


def grouping(name: str, value: object) -> None:
    """What nodes are grouped by: a word, or a function."""
    known = ("scope", "op", "label")
    if not callable(value) and not (isinstance(value, str) and value in known):
        raise ValueError(
            f"{name} must be 'scope', 'op', 'label' or a function, not {value!r}; "
            f"{near(value, known)}".rstrip("; ")
        )


def style(name: str, value: object) -> None:
    """A Style."""
    if not isinstance(value, Style):
        named = isinstance(value, str) and value in get_args(Theme)
        hint = f"; draw(..., theme={value!r}) chooses the colours" if named else ""
        raise TypeError(
            f"{name} must be a visualize.Style, such as Style(significant_digits=3), "
            f"not {value!r}{hint}"
        )


OTHERS: Final[Mapping[str, Check]] = MappingProxyType(
    {
        "format": one_of(*sorted(FORMATS)),
        "rankdir": one_of("LR", "TB", "RL", "BT"),
        "cells": whole(1),
        "title": text,
        "titles": two_texts,
        "tolerance": number(lambda x: x >= 0, "not be negative"),
        "every": whole(1),
        "graph": flag,
        "threshold": number(lambda x: 0 < x < 1, "be between 0 and 1"),
        "to_probability": or_none(function),
        "resolution": whole(3),
        "layer": function,
        "class_names": or_none(two_texts),
        "f": function,
        "low": real,
        "high": real,
        "order": whole(0),
        "points": whole(2),
        "what": one_of("data", "gradients", "activations"),
        "bins": whole(1),
        "loss_function": function,
        "directions": one_of("random", "trajectory"),
        "radius": number(lambda x: 0 < x < math.inf, "be positive"),
    }
)
"""What may be the options that only one or two functions take."""
