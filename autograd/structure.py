"""Nested numbers: flattened to a list for the engine, and put back for the user.

A structure is a number, an array of numbers, or a list, tuple or dict of structures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from autograd.operands import number
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
    elif isinstance(structure, np.ndarray) and structure.ndim > 0:
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


def outline(structure: Any) -> Any:
    """The structure without its numbers: equal for structures of equal form."""
    if isinstance(structure, list | tuple):
        return type(structure).__name__, [outline(part) for part in structure]
    if isinstance(structure, dict):
        return "dict", {key: outline(part) for key, part in structure.items()}
    if isinstance(structure, np.ndarray) and structure.ndim > 0:
        return "array", structure.shape
    return "number"


def rebuild(structure: Any, numbers: Sequence[Any]) -> Any:
    """The structure with these numbers in place of its own.

    Arrays stay arrays: of floats if the numbers are plain, else of objects.
    """
    remaining = iter(numbers)
    return _filled(structure, lambda: next(remaining))


def _filled(structure: Any, fill: Callable[[], Any]) -> Any:
    if isinstance(structure, list):
        return [_filled(part, fill) for part in structure]
    if isinstance(structure, tuple):
        parts = [_filled(part, fill) for part in structure]
        is_named = type(structure) is not tuple
        return type(structure)(*parts) if is_named else tuple(parts)
    if isinstance(structure, dict):
        return {key: _filled(part, fill) for key, part in structure.items()}
    if isinstance(structure, np.ndarray) and structure.ndim > 0:
        return _array([fill() for _ in range(structure.size)], structure.shape)
    return fill()


def _array(numbers: list[Any], shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
    plain = all(isinstance(x, float) for x in numbers)
    array = np.empty(len(numbers), dtype=float if plain else object)
    for i, x in enumerate(numbers):
        array[i] = x
    return array.reshape(shape)
