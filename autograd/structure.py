"""Nested numbers: flattened to a list for the engine, and put back for the user.

A structure is a number, an array of numbers, or a list, tuple or dict of structures.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd.operands import is_array, number
from autograd.operators import datum
from autograd.value import Number, Value


def flatten(structure: Any, what: str = "an argument") -> list[Number]:
    """All numbers of a structure, in order: Values as they are, others as floats.

    Raises:
        TypeError: Something in it is neither a number nor a structure.
    """
    return list(_leaves(structure, what))


def _leaves(structure: Any, what: str) -> Iterator[Number]:
    if isinstance(structure, Value):
        yield structure
    elif isinstance(structure, list | tuple):
        for part in structure:
            yield from _leaves(part, what)
    elif isinstance(structure, dict):
        for part in structure.values():
            yield from _leaves(part, what)
    elif is_array(structure):
        for part in structure.ravel():
            yield from _leaves(part, what)
    else:
        try:
            yield number(structure)
        except TypeError:
            kind = type(structure).__name__
            message = (
                f"{what} must be a number, or lists, tuples, dicts or arrays of "
                f"numbers; got {kind}"
            )
            raise TypeError(message) from None


def values_in(structure: Any) -> Iterator[Value]:
    """The Values of a structure, whatever else it holds."""
    if isinstance(structure, Value):
        yield structure
    elif isinstance(structure, dict):
        for part in structure.values():
            yield from values_in(part)
    elif isinstance(structure, list | tuple) or (
        is_array(structure) and structure.dtype == object
    ):
        for part in structure:
            yield from values_in(part)


def outline(structure: Any, kinds: bool = False) -> Hashable:
    """The structure without its numbers: equal, and of equal hash, for equal form.

    The order of a dict's keys counts, since it is the order of its numbers.

    Args:
        structure: Nested numbers.
        kinds: Whether integers differ from other numbers.
    """
    if isinstance(structure, list | tuple):
        if {*map(type, structure)} == {float}:  # common, and quick
            return type(structure), ("number",) * len(structure)
        return type(structure), tuple([outline(part, kinds) for part in structure])
    if isinstance(structure, dict):
        parts = [(key, outline(part, kinds)) for key, part in structure.items()]
        return "dict", tuple(parts)
    if is_array(structure):
        return "array", structure.shape, kinds and is_integer(structure)
    return "integer" if kinds and is_integer(structure) else "number"


def is_integer(x: Any) -> bool:
    """Whether a number, or an array of them, is one of integers: its type says so."""
    if isinstance(x, np.ndarray | np.generic):
        return x.dtype.kind in "biu"
    return isinstance(x, int)


def rebuild(
    structure: Any,
    numbers: Sequence[Any],
    stack: Callable[[list[Any]], Any] | None = None,
) -> Any:
    """The structure with these numbers in place of its own.

    Arrays stay arrays: of floats if the numbers are plain, else of objects, or what
    `stack` makes of a list of numbers.
    """
    remaining = iter(numbers)
    return _filled(structure, lambda: next(remaining), stack or _array)


def _filled(
    structure: Any, fill: Callable[[], Any], stack: Callable[[list[Any]], Any]
) -> Any:
    if isinstance(structure, list):
        return [_filled(part, fill, stack) for part in structure]
    if isinstance(structure, tuple):
        parts = [_filled(part, fill, stack) for part in structure]
        is_named = type(structure) is not tuple
        return type(structure)(*parts) if is_named else tuple(parts)
    if isinstance(structure, dict):
        return {key: _filled(part, fill, stack) for key, part in structure.items()}
    if is_array(structure):
        numbers = [fill() for _ in range(structure.size)]
        return stack(numbers).reshape(structure.shape)
    return fill()


def _array(numbers: list[Any]) -> np.ndarray[Any, Any]:
    plain = all(isinstance(x, float) for x in numbers)
    array = np.empty(len(numbers), dtype=float if plain else object)
    for i, x in enumerate(numbers):
        array[i] = x
    return array


def plain(x: Number) -> float:
    """The number of an operand, whatever it is."""
    return datum(x) if isinstance(x, Value) else float(x)
