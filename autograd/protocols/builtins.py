"""`sum(values, start)`, `max(x, y)`: our functions, called as Python's own are.

So `from autograd import *` does not break a program that uses those.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import update_wrapper
from typing import Any

from autograd.ops import OPS


def give_pythons_forms(functions: dict[str, Any]) -> None:
    """Let the functions of a list in a module be called so."""
    for name in functions["__all__"]:
        plain, op = functions[name], OPS[name]
        if op.variadic and not op.constants and name != "dot":
            functions[name] = update_wrapper(_as_pythons(name, plain), plain)


def _as_pythons(name: str, plain: Callable[[Any], Any]) -> Callable[..., Any]:
    """The function of a list, called in other ways as well."""

    def function(values: Any, *more: Any, **options: Any) -> Any:
        if not more and not options:
            return plain(values)
        if name in ("max", "min") and not options:
            return plain((values, *more))
        given = [*more, *options.values()]
        if name == "sum" and len(given) == 1 and options.keys() <= {"start"}:
            (start,) = given
            is_no_term = start.__class__ is int and start == 0
            if is_no_term or not isinstance(values, Iterable):  # refused there
                return plain(values)
            return plain((start, *values))
        raise TypeError(f"{name} takes one list of numbers, as in {name}([x, y])")

    return function
