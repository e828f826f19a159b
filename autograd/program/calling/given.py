"""Given: a function with its static arguments given, so that numbers alone are left.

And the arguments of a batch become those of its examples.
"""

from __future__ import annotations

import inspect
import math
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import repeat
from typing import Any

import numpy as np

from autograd.program.calling.arguments import BY_IDENTITY, Call, called
from autograd.running import name_of
from autograd.structure import rebuild

Thing = Callable[[], Any]


class Specialized:
    """A function of numbers alone.

    Static objects are kept weakly. One that can't be is there only while it is lent.

    Args:
        f: The function.
        call: A call of it.
        names: What it calls its arguments.
    """

    def __init__(self, f: Callable[..., Any], call: Call, names: Sequence[str]) -> None:
        self.__wrapped__ = f
        self.__name__ = name_of(f)
        self._names, self._slots = call.names, call.slots
        self._are_static, self._places = call.are_static, call.places
        self._objects = [*map(weakly, call.objects)]
        kind = inspect.Parameter.POSITIONAL_ONLY
        taken = [names[place] for place in call.places if place < len(names)]
        self.__signature__ = inspect.Signature(
            [inspect.Parameter(name, kind) for name in taken]
        )

    def __call__(self, *inputs: Any) -> Any:
        """What the function returns for these numbers."""
        given = dict(zip(self._places, inputs, strict=True))
        objects = iter(self._held())
        arguments = [
            _filled(slot, iter(given.get(place, ())), objects)
            if self._are_static[place]
            else given[place]
            for place, slot in enumerate(self._slots)
        ]
        return called(self.__wrapped__, arguments, self._names)

    def _held(self) -> list[Any]:
        """The objects.

        Raises:
            ReferenceError: One is gone.
        """
        owner, lent = _lent.get()
        if owner is self:
            return [*lent]
        objects = [thing() for thing in self._objects]
        if any(x is None for x in objects):
            message = (
                f"{self.__name__} can't be run: an object that it was called with is "
                f"gone, or can't be kept. Call the compiled function, with the object"
            )
            raise ReferenceError(message)
        return objects


_lent: ContextVar[tuple[Any, Sequence[Any]]] = ContextVar(
    "autograd_lent", default=(None, ())
)


@contextmanager
def lent(f: Callable[..., Any], objects: Sequence[Any]) -> Iterator[None]:
    """Let a function with given arguments have its objects for a while."""
    token = _lent.set((f, objects))
    try:
        yield
    finally:
        _lent.reset(token)


def weakly(x: Any) -> Thing:
    """What gives an object as long as it lives; None from the start if it can't."""
    if isinstance(x, BY_IDENTITY):
        return lambda: x
    try:
        return weakref.ref(x)
    except TypeError:
        return lambda: None


def _filled(slot: Any, numbers: Iterator[Any], objects: Iterator[Any]) -> Any:
    """The argument that a slot describes."""
    if not isinstance(slot, tuple):
        return next(numbers)
    kind, parts = slot[:2]
    if kind in {"object", "function"}:
        return next(objects)
    if kind == "array":
        inside = [next(numbers) for _ in range(math.prod(parts))]
        return rebuild(np.zeros(parts), inside)
    if kind == "dict":
        return {key: _filled(part, numbers, objects) for key, part in parts}
    if isinstance(kind, type) and issubclass(kind, list | tuple):
        row = [_filled(part, numbers, objects) for part in parts]
        if issubclass(kind, list):
            return row
        return tuple(row) if kind is tuple else kind(*row)  # a named tuple
    return parts  # the static thing itself


# --- the examples of a batch ----------------------------------------------------------


def examples_of(call: Call) -> Iterator[Call]:
    """The examples of a batch of which no form is known, one by one.

    Raises:
        TypeError: An argument is no batch.
        ValueError: Two arguments are of several examples.
    """
    pairs = [*zip(call.arguments, _are_shared(call), strict=True)]
    for place, (x, is_one) in enumerate(pairs):
        if not (is_one or isinstance(x, list | tuple | dict) or np.ndim(x)):
            wanted = "expected a sequence with an entry for each example"
            raise TypeError(f"argument {place}: {wanted}, got {type(x).__name__}")
    columns = [repeat(x) if is_one else _rows(x) for x, is_one in pairs]
    sizes = {len(x) for x in columns if isinstance(x, list)}
    if len(sizes) > 1:
        raise ValueError(f"expected as many examples in every argument; got {sizes}")
    for row in zip(*columns, strict=False) if sizes else ():
        yield Call(row, call.names, call.is_method)


def first_example(call: Call) -> Call | None:
    """The first example of a batch of numbers; None if it can't be told."""
    if call.are_static != _are_shared(call):
        return None
    try:
        return next(examples_of(call), None)
    except (TypeError, ValueError):
        return None


def _are_shared(call: Call) -> list[bool]:
    """Which arguments of a batch are the same for all examples: they are static."""
    return [
        is_static and not isinstance(x, list | tuple | dict)
        for x, is_static in zip(call.arguments, call.are_static, strict=True)
    ]


def _rows(batch: Any) -> list[Any]:
    """What every example has of an argument; a dict is one of batches."""
    if isinstance(batch, dict):
        return [
            dict(zip(batch, row, strict=True))
            for row in zip(*map(_rows, batch.values()), strict=True)
        ]
    return [*batch]
