"""Slots: the form of an argument, with all that is static in it.

Calls of equal slots may be served by one program. Numbers are there by their form. A
bool, None, a text or a function is there itself; an object by its class, and what is
found in it is guarded (`world`).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from enum import Enum
from types import (
    BuiltinFunctionType,
    FunctionType,
    MethodType,
    ModuleType,
    SimpleNamespace,
)
from typing import Any

import numpy as np

from autograd.namespaces import is_array
from autograd.ops import Op
from autograd.program.forms.form import is_integer
from autograd.program.worlds.names import is_library, is_ours
from autograd.program.worlds.things import CODE, is_plain
from autograd.value import Value

_BY_VALUE = (bool, np.bool_, str, bytes, complex, type(None), range)
BY_IDENTITY = (
    *(type, FunctionType, BuiltinFunctionType, MethodType, ModuleType),
    *(np.ufunc, Op, Enum, str, bytes, complex),
)
"""What is there as itself; texts and the like, if their class is the user's own."""

_BUILTIN = frozenset({int, float, list, tuple, dict})
_TEXTS = frozenset({str})
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


class Seen:
    """What was met on the way through the arguments.

    Attributes:
        has_values: Whether there are Values among the numbers.
        place: Which argument it is.
        statics: How much was static so far.
        objects: Static objects and functions.
        at: In which argument each of them is.
        besides: What else may bring code with it.
        besides_at: In which argument each of these is.
    """

    __slots__ = (
        *("at", "besides", "besides_at", "has_values", "objects", "place", "statics"),
    )

    def __init__(self) -> None:
        self.has_values = False
        self.place = 0
        self.statics = 0
        self.objects: list[Any] = []
        self.at: list[int] = []
        self.besides: list[Any] = []
        self.besides_at: list[int] = []

    def note(self, thing: Any) -> None:
        """Note something that may bring code with it."""
        self.besides.append(thing)
        self.besides_at.append(self.place)


def slot_of(x: Any, seen: Seen) -> Hashable:
    """The form of an argument, with all that is static in it."""
    kind = x.__class__
    if kind is float:
        return "number"
    if isinstance(x, list | tuple):
        return _row_slot(x, kind, seen)
    if isinstance(x, dict):
        return _dict_slot(x, seen)
    if is_array(x):
        return _array_slot(x, seen)
    if kind is Value:
        seen.has_values = True
        return "number"
    if is_number(x):
        _note_code(kind, seen)
        return "integer" if is_integer(x) else "number"
    if isinstance(x, _BY_VALUE) and is_plain(x):
        seen.statics += 1
        return kind, x, _told_apart(x)
    return object_slot(x, seen)


def _row_slot(x: Any, kind: type, seen: Seen) -> Hashable:
    if kind not in _BUILTIN:
        _note_code(kind, seen)
    kinds = {*map(type, x)}
    if kinds <= SINGLE:  # common, and quick
        seen.has_values |= Value in kinds
        return kind, ("number",) * len(x)
    return kind, tuple([slot_of(part, seen) for part in x])


def _dict_slot(x: Any, seen: Seen) -> Hashable:
    _note_code(x.__class__, seen)
    parts = tuple([(key, slot_of(part, seen)) for key, part in x.items()])
    if {*map(type, x)} == _TEXTS:  # common, and quick
        return "dict", parts
    others = tuple(x)
    for thing in _things_in(others):
        seen.note(thing)
    return "dict", parts, _told_apart(others)


def _note_code(kind: type, seen: Seen) -> None:
    """Note the class of a named tuple; refuse others that may compute in their own way.

    Raises:
        UnguardedError: It is a number's, a list's or a dict's, with methods.
    """
    if kind in _BUILTIN or is_ours(kind.__module__):
        return
    own = [base for base in kind.__mro__ if not is_library(base.__module__)]
    if any(isinstance(x, CODE) for base in own for x in vars(base).values()):
        if not issubclass(kind, tuple):
            raise UnguardedError(f"{kind.__module__}.{kind.__name__}")
        seen.note(kind)


def _told_apart(x: Any) -> Hashable:
    """What tells equal things apart: 1 and True, 0.0 and -0.0, two empty ranges."""
    if isinstance(x, tuple):
        return tuple([_told_apart(part) for part in x])
    is_text = isinstance(x, str | bytes)
    return x.__class__, repr(x) if is_plain(x) and not is_text else ""


def _things_in(key: Any) -> Iterator[Any]:
    """What may have code in the key of a dict."""
    if isinstance(key, tuple):
        for part in key:
            yield from _things_in(part)
    elif not is_plain(key):
        yield key


def _array_slot(x: np.ndarray[Any, Any], seen: Seen) -> Hashable:
    if x.dtype == object:
        before = seen.statics
        for part in x.ravel():
            slot_of(part, seen)
        if seen.statics == before:
            return "array", x.shape, False
    elif x.dtype.kind in "fiub":
        return "array", x.shape, is_integer(x)
    raise UnguardedError(f"an array of {x.dtype}")


def object_slot(x: Any, seen: Seen) -> tuple[Hashable, ...]:
    """The slot of what is no number, nor holds any, as far as anybody looks."""
    seen.statics += 1
    seen.objects.append(x)
    seen.at.append(seen.place)
    kind = x.__class__
    if isinstance(x, BY_IDENTITY):
        key: Hashable = id(x) if isinstance(x, Enum) else x  # not all have a hash
        return "function", key, kind
    if is_library(kind.__module__) and kind is not SimpleNamespace:
        raise UnguardedError(f"{kind.__module__}.{kind.__name__}")
    return "object", kind


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


def is_number(x: Any) -> bool:
    """Whether something is a plain number and not static, as a bool is."""
    if isinstance(x, np.generic | np.ndarray):
        return bool(x.ndim == 0 and x.dtype.kind in "fiu")
    return isinstance(x, int | float) and not isinstance(x, bool | Enum)
