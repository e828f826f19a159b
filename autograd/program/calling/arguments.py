"""Arguments: a call taken apart into its numbers and into all that is no number.

Numbers vary from call to call, and a program takes them as they come. What is no number
is static. A bool, None, a text or a function is a part of the key under which programs
are kept; an object is there by its class, and what is found in it is guarded (`world`).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Hashable, Iterator, Sequence
from enum import Enum
from types import (
    BuiltinFunctionType,
    FunctionType,
    MethodType,
    ModuleType,
    SimpleNamespace,
)
from typing import Any, NamedTuple

import numpy as np

from autograd.namespaces import is_array
from autograd.operators import datum
from autograd.ops import Op
from autograd.program.forms.form import is_integer
from autograd.program.worlds.names import is_library
from autograd.structure import rebuild
from autograd.value import Value

_BY_VALUE = (bool, np.bool_, str, bytes, complex, type(None), Enum, range)
BY_IDENTITY = (
    *(type, FunctionType, BuiltinFunctionType, MethodType, ModuleType),
    *(np.ufunc, Op),
)
SINGLE = frozenset({float, Value})
"""What most arguments are."""


class UnguardedError(TypeError):
    """An argument is neither a number nor anything whose state can be guarded.

    Args:
        what: What it is.
    """

    def __init__(self, what: str) -> None:
        wanted = "expected numbers, or lists, tuples, dicts or arrays of them"
        super().__init__(f"{wanted}; got {what}")
        self.what = what


class Call(NamedTuple):
    """The arguments of one call.

    Attributes:
        arguments: All of them, in order.
        names: The names of the last ones, which are given by name only.
        slots: For each its form and kinds, and what is static in it. Calls of equal
            slots and names may be served by one program.
        inputs: Those that hold numbers, as a program takes them.
        objects: Static objects and functions, whose state is guarded.
        at: In which argument each of them is.
        has_values: Whether there are Values among the numbers.
        is_method: Whether the first argument is the object whose method it is: an
            object even if it is a list.
    """

    arguments: tuple[Any, ...]
    names: tuple[str, ...]
    slots: tuple[Hashable, ...]
    inputs: tuple[Any, ...]
    objects: tuple[Any, ...]
    at: tuple[int, ...]
    has_values: bool
    is_method: bool


class _Seen:
    """What was met on the way through the arguments."""

    __slots__ = ("at", "has_values", "objects", "place", "statics")

    def __init__(self) -> None:
        self.has_values = False
        self.place = 0
        self.statics = 0
        self.objects: list[Any] = []
        self.at: list[int] = []


def names_of_arguments(f: Callable[..., Any]) -> list[str]:
    """What a function calls its arguments; nothing where it does not say."""
    try:
        return [*inspect.signature(f).parameters]
    except (TypeError, ValueError):
        return []


def call_of(
    f: Callable[..., Any],
    owner: tuple[Any, ...],
    inputs: tuple[Any, ...],
    keywords: dict[str, Any],
) -> Call:
    """A call of a function, taken apart.

    Args:
        f: The function; of a method, that of the class.
        owner: The object whose method it is, if it is one.
        inputs: The arguments.
        keywords: Those that are given by name.

    Raises:
        UnguardedError: An argument is neither a number nor can it be guarded.
    """
    arguments: tuple[Any, ...] = (*owner, *inputs)
    names: tuple[str, ...] = ()
    if keywords:
        bound = inspect.signature(f).bind(*arguments, **keywords)
        names = tuple(bound.kwargs)
        arguments = (*bound.args, *bound.kwargs.values())
    return take_apart(arguments, names, bool(owner))


def take_apart(
    arguments: tuple[Any, ...], names: tuple[str, ...] = (), is_method: bool = False
) -> Call:
    """Tell numbers from what is static.

    Args:
        arguments: The arguments.
        names: The names of the last ones, if they are given by name only.
        is_method: Whether the first one is the object whose method it is.

    Raises:
        UnguardedError: An argument is neither.
    """
    seen = _Seen()
    slots: list[Hashable] = []
    inputs: list[Any] = []
    for argument in arguments:
        before = seen.statics
        seen.place = len(slots)
        if is_method and not slots:
            slots.append((*_object_slot(argument, seen), id(argument)))
            continue
        slots.append(_slot(argument, seen))
        if seen.statics == before:
            inputs.append(argument)
        elif numbers := [*numbers_in(argument)]:
            inputs.append(numbers)
    return Call(
        arguments,
        names,
        tuple(slots),
        tuple(inputs),
        tuple(seen.objects),
        tuple(seen.at),
        seen.has_values,
        is_method,
    )


def _slot(x: Any, seen: _Seen) -> Hashable:
    """The form of an argument, with all that is static in it."""
    kind = x.__class__
    if kind is float:
        return "number"
    if isinstance(x, list | tuple):
        kinds = {*map(type, x)}
        if kinds <= SINGLE:  # common, and quick
            seen.has_values |= Value in kinds
            return kind, ("number",) * len(x)
        return kind, tuple([_slot(part, seen) for part in x])
    if isinstance(x, dict):
        return "dict", tuple([(key, _slot(part, seen)) for key, part in x.items()])
    if is_array(x):
        return _array_slot(x, seen)
    if kind is Value:
        seen.has_values = True
        return "number"
    if _is_number(x):
        return "integer" if is_integer(x) else "number"
    if isinstance(x, _BY_VALUE):
        seen.statics += 1
        return kind, x
    return _object_slot(x, seen)


def _array_slot(x: np.ndarray[Any, Any], seen: _Seen) -> Hashable:
    if x.dtype == object:
        before = seen.statics
        for part in x.ravel():
            _slot(part, seen)
        if seen.statics == before:
            return "array", x.shape, False
    elif x.dtype.kind in "fiub":
        return "array", x.shape, is_integer(x)
    raise UnguardedError(f"an array of {x.dtype}")


def _object_slot(x: Any, seen: _Seen) -> tuple[Hashable, ...]:
    seen.statics += 1
    seen.objects.append(x)
    seen.at.append(seen.place)
    if isinstance(x, BY_IDENTITY):
        return "function", x
    kind = x.__class__
    if is_library(kind.__module__) and kind is not SimpleNamespace:
        raise UnguardedError(f"{kind.__module__}.{kind.__name__}")
    return "object", kind


def _is_number(x: Any) -> bool:
    """Whether something is a plain number and not static, as a bool is."""
    if isinstance(x, np.generic | np.ndarray):
        return bool(x.ndim == 0 and x.dtype.kind in "fiu")
    return isinstance(x, int | float) and not isinstance(x, bool | Enum)


def numbers_in(x: Any) -> Iterator[Any]:
    """The numbers of a structure, as they are; what is static is passed over."""
    if isinstance(x, dict):
        x = [*x.values()]
    if isinstance(x, list | tuple):
        for part in x:
            yield from numbers_in(part)
    elif is_array(x):
        yield from x.ravel().tolist()
    elif isinstance(x, Value) or _is_number(x):
        yield x


def numbers_of(call: Call) -> list[Any]:
    """All numbers of a call at this moment, as they are."""
    return [*numbers_in(call.arguments[call.is_method :])]


def has_changed(call: Call, before: Sequence[Any]) -> bool:
    """Whether the arguments are not what they were: the function changed a list, say.

    Args:
        call: The call.
        before: What its numbers were.
    """
    again = take_apart(call.arguments, call.names, call.is_method)
    if again.slots != call.slots:
        return True
    pairs = zip(numbers_of(call), before, strict=True)
    return not all(x is y or (x != x and y != y) or x == y for x, y in pairs)


def has_static(slot: Hashable) -> bool:
    """Whether a slot of a call holds anything that is no number."""
    if not isinstance(slot, tuple):
        return False
    kind, parts = slot[:2]
    if kind == "dict":
        return any(has_static(part) for _, part in parts)
    return any(map(has_static, parts)) if is_row(kind) else kind != "array"


def is_row(kind: Any) -> bool:
    """Whether the kind of a slot is that of a list or tuple."""
    return isinstance(kind, type) and issubclass(kind, list | tuple)


def without_values(structure: Any) -> Any:
    """The same with the number of each Value in its place."""
    if isinstance(structure, Value):
        return datum(structure)
    if isinstance(structure, dict):
        return {key: without_values(part) for key, part in structure.items()}
    if isinstance(structure, list):
        return [*map(without_values, structure)]
    if isinstance(structure, tuple):
        parts = [*map(without_values, structure)]
        return tuple(parts) if type(structure) is tuple else type(structure)(*parts)
    if is_array(structure) and structure.dtype == object:
        return rebuild(structure, [without_values(x) for x in structure.ravel()])
    return structure


def by_argument(call: Call, parts: Sequence[Any]) -> tuple[Any, ...]:
    """Something for each input, by argument: None for those without numbers.

    The object whose method it is is none that the caller gave.
    """
    rest = iter(parts)
    found = [
        next(rest) if not has_static(slot) or [*numbers_in(x)] else None
        for x, slot in zip(call.arguments, call.slots, strict=True)
    ]
    return tuple(found[call.is_method :])
