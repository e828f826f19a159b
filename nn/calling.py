"""How modules are called, and what is said of a call that is none.

Whoever calls a net knows the net, and neither its `forward` nor the layers in it: an
error speaks of what was called.
"""

import inspect
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from autograd import Value, scope
from nn.summary import counted

__all__ = [
    "input_list",
    "is_number",
    "numbered_scopes",
    "refuse_call",
    "refuse_inputs",
    "who",
]


def who(module: Any) -> str:
    """Name a module in a message: what it is, and where it is held."""
    held = f" (held as {module.scope_name!r})" if module.scope_name else ""
    return f"{module!r}{held}"


@cache
def numbered_scopes(name: str, count: int) -> tuple[scope, ...]:
    """So many scopes, such as "neurons.0", each made once: calls enter them again."""
    prefix = f"{name}." if name else ""
    return tuple(scope(f"{prefix}{index}") for index in range(count))


def refuse_call(module: Any, inputs: tuple[Any, ...], options: dict[str, Any]) -> None:
    """Find out whether a TypeError came from arguments that `forward` does not take.

    Raises:
        TypeError: it does not; the text says what the module takes.
    """
    try:
        signature = inspect.signature(module.forward)
    except (TypeError, ValueError):  # some of C's functions have none
        return
    try:
        signature.bind(*inputs, **options)
    except TypeError as error:
        names = list(signature.parameters)
        takes = f"takes {counted(len(names), 'argument')}"
        got = f"got {len(inputs) + len(options)}" if inputs or options else "got none"
        unknown = [name for name in options if name not in names]
        if unknown:
            got = f"and none is called {unknown[0]!r}"
        elif len(names) == len(inputs) + len(options):
            got = str(error)  # one twice, or one by a name that it has not
        message = f"{who(module)} {takes} ({', '.join(names)}), {got}"
        raise TypeError(message + _list_hint(names, inputs)) from None


def _list_hint(names: Sequence[str], inputs: Sequence[Any]) -> str:
    """What to do with several arguments for a module that takes one list."""
    if len(names) != 1 or len(inputs) < 2:
        return ""
    if all(map(is_number, inputs)):
        return ": numbers stand in one list, as in model([1.0, 2.0])"
    return ": examples come one at a time, as in [model(row) for row in rows]"


def input_list(module: Any, inputs: Any, expected: int) -> list[Any]:
    """Turn what a layer was called with into a list of the right length.

    Raises:
        TypeError: if it is nothing like a list.
        ValueError: if it is of another length, or an array of another shape.
    """
    wanted = f"{who(module)} expects {counted(expected, 'input')}"
    if isinstance(inputs, np.ndarray) and inputs.ndim != 1:
        raise ValueError(f"{wanted}, got an array of shape {inputs.shape}; {_ROWS}")
    if isinstance(inputs, Value | float | int | np.number):
        inputs = [inputs]  # one number may come without its list
    given = type(inputs).__name__
    if isinstance(inputs, str | bytes | dict | set | frozenset):
        raise TypeError(f"{who(module)} expects a list of numbers, got {given}")
    try:
        numbers = inputs.tolist() if isinstance(inputs, np.ndarray) else list(inputs)
    except TypeError:
        message = f"{who(module)} expects a list of numbers, got {given}"
        raise TypeError(message) from None
    if len(numbers) != expected:
        got = f"{wanted}, got {len(numbers)}"
        if numbers and _are_rows(numbers):
            got = f"{wanted}, got {counted(len(numbers), 'row')}; {_ROWS}"
        raise ValueError(got)
    return numbers


def is_number(item: object) -> bool:
    """Whether autograd can compute with it."""
    if not isinstance(item, Value):
        try:
            Value(item)  # type: ignore[arg-type]
        except TypeError:
            return False
    return True


def _are_rows(inputs: Sequence[Any]) -> bool:
    return all(isinstance(item, list | tuple | np.ndarray) for item in inputs)


_ROWS = "call it once for each row, as in [model(row) for row in rows]"


def refuse_inputs(module: Any, inputs: Sequence[Any]) -> None:
    """Find out whether a TypeError came from an input that is no number.

    Raises:
        TypeError: one is none; the text says which.
    """
    for place, item in enumerate(inputs):
        if not is_number(item):
            advice = f"; {_ROWS}" if _are_rows(inputs) else ""
            raise TypeError(
                f"{who(module)} expects {counted(len(inputs), 'number')}, but input "
                f"{place} is of type {type(item).__name__}{advice}"
            ) from None
