"""Nested numbers: flattened to a list for the engine, and put back for the user.

A structure is a number, an array of numbers, or a list, tuple or dict of structures.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd.namespaces import is_array, number
from autograd.value import Number, Value


def flatten(structure: Any, what: str = "an argument") -> list[Number]:
    """All numbers of a structure, in order: Values as they are, others as floats.

    Raises:
        TypeError: Something in it is neither a number nor a structure.
    """
    if isinstance(structure, Value):
        return [structure]
    if isinstance(structure, (list, tuple, dict)) or is_array(structure):
        return [x for part in parts_of(structure) for x in flatten(part, what)]
    try:
        return [number(structure)]
    except TypeError:
        message = (
            f"{what} must be a number, or lists, tuples, dicts or arrays of "
            f"numbers; got {type(structure).__name__}"
        )
        raise TypeError(message) from None


def parts_of(structure: Any) -> Any:
    """What stands in a list, tuple, dict or array, in order."""
    if isinstance(structure, dict):
        return structure.values()
    return structure.ravel() if is_array(structure) else structure


def outline(structure: Any) -> Hashable:
    """The structure without its numbers: equal, and of equal hash, for equal form.

    The order of a dict's keys counts, since it is the order of its numbers.
    """
    if isinstance(structure, list | tuple):
        return type(structure), tuple([outline(part) for part in structure])
    if isinstance(structure, dict):
        return "dict", tuple([(key, outline(x)) for key, x in structure.items()])
    return ("array", structure.shape) if is_array(structure) else "number"


def as_array(numbers: list[Any]) -> np.ndarray[Any, Any]:
    """An array of floats if the numbers are plain, else of objects; one of arrays."""
    if numbers and all(isinstance(x, np.ndarray) for x in numbers):
        return np.stack(numbers)
    plain = all(isinstance(x, float) for x in numbers)
    array = np.empty(len(numbers), dtype=float if plain else object)
    array[:] = numbers
    return array


def rebuild(
    structure: Any, numbers: Sequence[Any], stack: Callable[[list[Any]], Any] = as_array
) -> Any:
    """The structure with these numbers in place of its own.

    Arrays stay arrays: `stack` makes one of a list of numbers.
    """
    return _filled(structure, iter(numbers), stack)


# Apart: a function that calls itself from its own closure is a cycle, and keeps all.
def _filled(part: Any, left: Iterator[Any], stack: Callable[[list[Any]], Any]) -> Any:
    if isinstance(part, dict):
        return {key: _filled(inner, left, stack) for key, inner in part.items()}
    if isinstance(part, (list, tuple)):
        parts = [_filled(inner, left, stack) for inner in part]
        if isinstance(part, list):
            return parts
        return tuple(parts) if type(part) is tuple else type(part)(*parts)
    if is_array(part):
        array = stack([next(left) for _ in range(part.size)])
        return array.reshape(part.shape + array.shape[1:])
    return next(left)
