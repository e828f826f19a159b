"""Given: a function with its static arguments given, so that numbers alone are left."""

from __future__ import annotations

import inspect
import math
import weakref
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from autograd.program.calling.arguments import BY_IDENTITY, Call, has_static, is_row
from autograd.running import name_of
from autograd.structure import rebuild

Thing = Callable[[], Any]


def given(
    f: Callable[..., Any], call: Call, names: Sequence[str]
) -> Callable[..., Any]:
    """The function of a call's numbers: f itself, if nothing is static."""
    if call.names or any(map(has_static, call.slots)):
        return Specialized(f, call, names)
    return f


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
        self._objects = [*map(weakly, call.objects)]
        kind = inspect.Parameter.POSITIONAL_ONLY
        self.__signature__ = inspect.Signature(
            [
                inspect.Parameter(name, kind)
                for name, slot in zip(names, self._slots, strict=False)
                if _has_number(slot)
            ]
        )

    def __call__(self, *inputs: Any) -> Any:
        """What the function returns for these numbers."""
        rest, objects = iter(inputs), iter(self._held())
        arguments = []
        for slot in self._slots:
            if not has_static(slot):
                arguments.append(next(rest))
            else:
                numbers = iter(next(rest) if _has_number(slot) else ())
                arguments.append(_filled(slot, numbers, objects))
        count = len(arguments) - len(self._names)
        keywords = dict(zip(self._names, arguments[count:], strict=True))
        return self.__wrapped__(*arguments[:count], **keywords)

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


def _has_number(slot: Hashable) -> bool:
    """Whether there is a number in what a slot describes."""
    if not isinstance(slot, tuple):
        return True
    kind, parts = slot[:2]
    if kind == "array":
        return math.prod(parts) > 0
    if kind == "dict":
        parts = [part for _, part in parts]
    return (kind == "dict" or is_row(kind)) and any(map(_has_number, parts))


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
    if is_row(kind):
        row = [_filled(part, numbers, objects) for part in parts]
        if issubclass(kind, list):
            return row
        return tuple(row) if kind is tuple else kind(*row)  # a named tuple
    return parts  # the static thing itself
