"""Arrays as nested lists: of parameters that a layer holds, of numbers that it takes.

A layer works on Values one by one, so its arrays are lists of lists, as deep as the
array has dimensions. Whoever calls a layer may hand it lists, tuples or NumPy arrays.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from types import EllipsisType
from typing import Any

import numpy as np

from autograd import Value, collector_paused, parameter
from nn.checks import counted, is_number, who, wrong_type
from nn.initializers import Init, random_source, weight_draws
from nn.tree import WatchedList


def drawn(name: str, shape: Sequence[int], init: Init, rng: Any) -> Any:
    """Make parameters in lists of lists, which start where an initializer says."""
    array = shape if len(shape) > 1 else (1, *shape)  # of one output
    return nested(name, shape, weight_draws(init, random_source(rng), array))


def constants(name: str, count: int, number: float) -> Any:
    """Make a list of parameters that start at a number."""
    return nested(name, (count,), lambda: number)


def nested(name: str, shape: Sequence[int], draw: Callable[[], float]) -> Any:
    """Make parameters in lists of lists, with labels such as "weight.0.2".

    A function gives their numbers in order, the last index running fastest.
    """
    if not shape:
        return parameter(draw(), name)
    first, *rest = shape
    with collector_paused():
        if not rest:  # a row, without a call for each: a net may have 100,000
            return WatchedList(parameter(draw(), f"{name}.{i}") for i in range(first))
        return WatchedList(nested(f"{name}.{i}", rest, draw) for i in range(first))


def with_bias(weight: Iterable[Any], bias: Any) -> list[tuple[Any, ...]]:
    """Each unit's weights and then its bias, if there is one: what `dot_with` takes."""
    if bias is None:
        return [*map(tuple, weight)]
    return [(*row, number) for row, number in zip(weight, bias, strict=True)]


def listed(item: Any) -> Any:
    """Lists in the place of tuples, arrays and generators, however nested.

    What a generator gives comes only once, so this is done at once.
    """
    if isinstance(item, Value | float | int | str | bytes | Mapping | AbstractSet):
        return item
    if isinstance(item, np.ndarray | np.generic):
        return listed(item.tolist()) if item.dtype == object else item.tolist()
    try:
        elements = iter(item)
    except TypeError:  # it has none, whatever its class says of that
        return item
    return [listed(each) for each in elements]


Shape = Sequence[int | EllipsisType | None]
"""None is any length of 1 or more, the same for all, and `...` in front any number of
dimensions."""


def nested_list(module: Any, inputs: Any, shape: Shape, what: str = "numbers") -> Any:
    """Turn what a layer was called with into lists of lists of the right shape.

    Another shape is a ValueError, what is neither list nor number a TypeError; they say
    whose inputs these are and `what` they are.
    """
    lists = listed(inputs)
    for item in flattened(lists):
        if not is_number(item):
            raise wrong_type(f"{who(module)} expects {what} in lists", item)
    if not isinstance(lists, list) and shape in ((1,), (..., 1)):
        lists = [lists]  # what has one output gives it without a list
    got = shape_of(lists)
    if got is None or not _fits(got, shape):
        words: dict[Any, Any] = {None: "any", ...: "..."}
        wanted = written(words.get(length, length) for length in shape)
        came = f"the shape {written(got)}" if got else "one number"
        if got is None:
            came = "lists of unequal lengths"
        expected = f"{who(module)} expects {what} in the shape {wanted}"
        raise ValueError(f"{expected}, got {came}")
    return lists


def input_list(module: Any, inputs: Any, expected: int) -> list[Any]:
    """Turn what a layer was called with into a list of the right length.

    What is nothing like a list is a TypeError, another length a ValueError.
    """
    wanted = f"{who(module)} expects {counted(expected, 'input')}"
    if isinstance(inputs, np.ndarray) and inputs.ndim != 1:
        raise ValueError(f"{wanted}, got an array of shape {inputs.shape}; {_ROWS}")
    numbers = listed(inputs)
    if isinstance(numbers, Value | float | int):
        numbers = [numbers]  # one number may come without its list
    if not isinstance(numbers, list):
        raise wrong_type(f"{who(module)} expects a list of numbers", inputs)
    if len(numbers) != expected:
        got = f"{wanted}, got {len(numbers)}"
        if numbers and _are_rows(numbers):
            got = f"{wanted}, got {counted(len(numbers), 'row')}; {_ROWS}"
        raise ValueError(got)
    return numbers


def _are_rows(inputs: Sequence[Any]) -> bool:
    return all(isinstance(item, list | tuple | np.ndarray) for item in inputs)


_ROWS = "call it once for each row, as in [model(row) for row in rows]"


def refuse_inputs(module: Any, inputs: Sequence[Any]) -> None:
    """Raise a TypeError that says which input is no number, if one is none."""
    for place, item in enumerate(inputs):
        if not is_number(item):
            advice = f"; {_ROWS}" if _are_rows(inputs) else ""
            raise TypeError(
                f"{who(module)} expects {counted(len(inputs), 'number')}, but input "
                f"{place} is of type {type(item).__name__}{advice}"
            ) from None


def _fits(got: tuple[int, ...], shape: Shape) -> bool:
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


def written(shape: Iterable[object]) -> str:
    """A shape as text: "[2][3]"."""
    return "".join(f"[{length}]" for length in shape)
