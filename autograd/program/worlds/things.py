"""Things: what kinds of things a function may reach, and what they lead to."""

from __future__ import annotations

import functools
import weakref
from array import array
from collections import ChainMap, UserDict, UserList, deque
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from enum import Enum
from types import (
    BuiltinFunctionType,
    CellType,
    FunctionType,
    MappingProxyType,
    MemberDescriptorType,
    MethodType,
    ModuleType,
)
from typing import Any

import numpy as np

from autograd.ops import Op
from autograd.value import Value

PLAIN = (bool, int, float, complex, str, bytes, type(None), np.generic, range)
"""Numbers, texts and the like: they can't change, only make room for others."""

_PLAIN_TYPES = frozenset(PLAIN)


def is_plain(x: Any) -> bool:
    """Whether something is plain, and of no class of the user's own."""
    return type(x) in _PLAIN_TYPES or isinstance(x, np.generic)


CONTAINERS: tuple[type, ...] = (
    *(list, tuple, dict, set, frozenset, deque, UserDict, UserList, ChainMap),
    *(MappingProxyType, type({}.keys()), type({}.values()), type({}.items())),
    *(bytearray, array, memoryview),
    *(weakref.WeakKeyDictionary, weakref.WeakValueDictionary, weakref.WeakSet),
)

WRITTEN = "<autograd"
"""How the files of code begin that is written from the rows of the table."""

CODE = (FunctionType, property, staticmethod, classmethod, functools.cached_property)

_NEVER_CALLED = frozenset(
    {"__init__", "__new__", "__post_init__", "__repr__", "__str__", "__format__"}
    | {"__del__", "__reduce__", "__reduce_ex__", "__getstate__", "__setstate__"}
    | {"__copy__", "__deepcopy__", "__setattr__", "__delattr__", "__dir__"}
)
"""Special methods that a computation on an object does not call."""


def contents_of(cell: CellType) -> Any:
    """What a closure cell holds; the cell itself if it holds nothing yet."""
    try:
        return cell.cell_contents
    except ValueError:
        return cell


def parts_of(thing: Any) -> list[tuple[str, Any]]:
    """What a method, a partial function and the like are made of, with their names."""
    if isinstance(thing, MethodType):
        return [("", thing.__func__), (".__self__", thing.__self__)]
    if isinstance(thing, functools.partial | functools.partialmethod):
        given = [(".args", thing.args), (".keywords", thing.keywords)]
        return [("", thing.func), *given]
    if isinstance(thing, ContextVar):
        return [("", thing.get(None))]
    if isinstance(thing, Enum):
        return [(".value", thing.value)]
    if isinstance(thing, Op):
        return [("", thing.forward), ("", thing.local_derivatives)]
    if isinstance(thing, weakref.ReferenceType):
        return [("()", thing())]
    if isinstance(thing, BuiltinFunctionType):  # such as rng.random
        owner = thing.__self__
        return [] if isinstance(owner, ModuleType) else [("", owner)]
    if isinstance(thing, functools.singledispatchmethod):
        return [("", thing.dispatcher.registry)]
    inner = {property: "fget", functools.cached_property: "func"}.get(type(thing))
    return [("", held_by(thing, inner or "__wrapped__"))]


def setters_of(member: Any) -> list[Any]:
    """What Python calls where an attribute is set or deleted that a class has so."""
    if isinstance(member, property):
        return [member.fset, member.fdel]
    return [member] if hasattr(type(member), "__set__") else []


def held_by(owner: Any, name: str, default: Any = None) -> Any:
    """What an attribute holds, of an owner whose `__getattr__` may raise anything."""
    try:
        return getattr(owner, name, default)
    except Exception:  # noqa: BLE001 - it is the user's code
        return default


def are_unset(owner: Any, names: Iterable[str]) -> bool:
    """Whether none of these attributes holds anything."""
    return all(held_by(owner, name, _UNSET) is _UNSET for name in names)


_UNSET = object()


def special_methods(kind: type) -> Iterator[tuple[str, Any]]:
    """The methods of a class that Python calls by itself, to compute with objects."""
    for name, method in vars(kind).items():
        is_special = name.startswith("__") and name not in _NEVER_CALLED
        code = getattr(method, "__code__", None)
        is_generated = (
            name in _COMPARING and code is not None and code.co_filename == "<string>"
        )
        if is_special and isinstance(method, CODE) and not is_generated:
            yield name, method


_COMPARING = frozenset(
    {"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__hash__"}
)
"""What a dataclass writes, in a file of no name: it names all fields, to compare."""


def is_object(thing: Any) -> bool:
    """Whether something is an object with a state of its own, and no code."""
    other = (*CODE, MethodType, BuiltinFunctionType, Op, type, ModuleType, Value)
    has_state = held_by(thing, "__dict__") is not None
    has_state = has_state or hasattr(type(thing), "__slots__")
    return has_state and not isinstance(thing, other)


def is_data(member: Any) -> bool:
    """Whether a class offers this to its objects as data: a slot, or no descriptor."""
    is_slot = isinstance(member, MemberDescriptorType)
    return is_slot or not hasattr(type(member), "__get__")


def is_kept(member: Any) -> bool:
    """Whether a class always gives the same object when asked for this."""
    same = (FunctionType, property, staticmethod, functools.cached_property)
    return isinstance(member, same) or not hasattr(type(member), "__get__")
