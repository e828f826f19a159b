"""Arrays as nested lists: of parameters that a layer holds, of numbers that it takes.

A layer works on Values one by one, so its arrays are lists of lists, as deep as the
array has dimensions. Whoever calls a layer may hand it lists, tuples or NumPy arrays.
"""

from collections.abc import Callable, Iterable, Sequence
from types import EllipsisType
from typing import Any

import numpy as np

from autograd import Value, parameter
from nn.calling import who
from nn.tree import WatchedList

__all__ = ["flattened", "mapped", "nested_list", "nested_parameters", "shape_of"]


def nested_parameters(
    name: str, shape: Sequence[int], draw: Callable[[], float]
) -> Any:
    """Make parameters in lists of lists; a single one where the shape is ().

    Args:
        name: the first part of each label; the indices follow, as in "weight.0.2".
        shape: how many there are in each dimension.
        draw: gives one number after the other, the last index running fastest.
    """
    if not shape:
        return parameter(draw(), name)
    return WatchedList(
        nested_parameters(f"{name}.{index}", shape[1:], draw)
        for index in range(shape[0])
    )


def nested_list(
    module: Any,
    inputs: Any,
    shape: Sequence[int | EllipsisType | None],
    what: str = "numbers",
) -> Any:
    """Turn what a layer was called with into lists of lists of the right shape.

    Args:
        module: whom an error speaks of.
        inputs: lists, tuples or arrays, nested as deep as `shape` is long.
        shape: the length in each dimension; None where any length of 1 or more will do,
            the same for all. `...` in front stands for any number of dimensions.
        what: what an error calls the inputs.

    Raises:
        TypeError: if something else than lists and numbers comes.
        ValueError: if the shape is another; the text names both.
    """
    try:
        lists = _lists(inputs)
    except TypeError as error:
        raise TypeError(f"{who(module)} expects {what} in lists, {error}") from None
    got = shape_of(lists)
    if got is None or not _fits(got, shape):
        words: dict[Any, str] = {None: "any", ...: "..."}
        wanted = "".join(f"[{words.get(n, n)}]" for n in shape)
        raise ValueError(
            f"{who(module)} expects {what} in the shape {wanted}, got {_said(got)}"
        )
    return lists


def _fits(got: tuple[int, ...], shape: Sequence[int | EllipsisType | None]) -> bool:
    if shape[:1] == (...,):
        shape = (*[None] * (len(got) + 1 - len(shape)), *shape[1:])
    return len(got) == len(shape) and all(
        count and wanted in (None, count)
        for wanted, count in zip(shape, got, strict=True)
    )


def shape_of(lists: Any) -> tuple[int, ...] | None:
    """The shape of nested lists; None where lists side by side differ in it."""
    if not isinstance(lists, list):
        return ()
    shapes = {shape_of(item) for item in lists}
    if len(shapes) > 1 or None in shapes:
        return None
    return (len(lists), *(shapes.pop() or () if shapes else ()))


def flattened(lists: Any) -> list[Any]:
    """All numbers of nested lists, the last index running fastest."""
    if not isinstance(lists, list):
        return [lists]
    return [number for item in lists for number in flattened(item)]


def mapped(function: Callable[[Any], Any], lists: Any) -> Any:
    """Nested lists of what a function makes of every number."""
    if not isinstance(lists, list):
        return function(lists)
    return [mapped(function, item) for item in lists]


def _lists(inputs: Any) -> Any:
    """Lists in the place of tuples, arrays and whatever else keeps an order."""
    if isinstance(inputs, Value | float | int):
        return inputs
    if isinstance(inputs, np.ndarray | np.number):
        return _lists(inputs.tolist()) if inputs.dtype == object else inputs.tolist()
    if isinstance(inputs, str | bytes | dict | set | frozenset):
        raise TypeError(f"got {type(inputs).__name__}")
    if isinstance(inputs, Iterable):
        return [_lists(item) for item in inputs]
    raise TypeError(f"got {type(inputs).__name__}")


def _said(shape: tuple[int, ...] | None) -> str:
    if shape is None:
        return "lists of unequal lengths"
    lengths = "".join(f"[{count}]" for count in shape)
    return f"the shape {lengths}" if shape else "one number"
