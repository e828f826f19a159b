"""Given: a function with its static arguments given, so that numbers alone are left."""

from __future__ import annotations

import inspect
import weakref
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

from autograd.program.calling.arguments import BY_IDENTITY, Call, has_static
from autograd.structure import rebuild
from autograd.tracing import name_of

Thing = Callable[[], Any]

_NUMBER, _OBJECT, _ALL_NUMBERS = object(), object(), object()
"""What stands in a skeleton for a number, an object, an argument of numbers alone."""


def given(
    f: Callable[..., Any], call: Call, names: Sequence[str]
) -> Callable[..., Any]:
    """The function of a call's numbers: f itself, if nothing is static."""
    if call.names or any(map(has_static, call.slots)):
        return Given(f, call, names)
    return f


class Given:
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
        self._names = call.names
        pairs = zip(call.arguments, call.slots, strict=True)
        self._skeletons = [_skeleton_of(x, slot) for x, slot in pairs]
        self._objects = [*map(_weakly, call.objects)]
        kind = inspect.Parameter.POSITIONAL_ONLY
        self.__signature__ = inspect.Signature(
            [
                inspect.Parameter(name, kind)
                for name, skeleton in zip(names, self._skeletons, strict=False)
                if _has_number(skeleton)
            ]
        )

    def __call__(self, *inputs: Any) -> Any:
        """What the function returns for these numbers."""
        rest, objects = iter(inputs), iter(self._held())
        arguments = []
        for skeleton in self._skeletons:
            if skeleton is _ALL_NUMBERS:
                arguments.append(next(rest))
            else:
                numbers = iter(next(rest) if _has_number(skeleton) else ())
                arguments.append(_filled(skeleton, numbers, objects))
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


_lent: ContextVar[tuple[Given | None, Sequence[Any]]] = ContextVar(
    "autograd_lent", default=(None, ())
)


@contextmanager
def lent(f: Callable[..., Any], objects: Sequence[Any]) -> Iterator[None]:
    """Let a function with given arguments have its objects for a while."""
    token = _lent.set((f if isinstance(f, Given) else None, objects))
    try:
        yield
    finally:
        _lent.reset(token)


def _weakly(x: Any) -> Thing:
    """What gives an object as long as it lives; None from the start if it can't."""
    if isinstance(x, BY_IDENTITY):
        return lambda: x
    try:
        return weakref.ref(x)
    except TypeError:
        return lambda: None


def _skeleton_of(x: Any, slot: Hashable) -> Any:
    return _skeleton(x, slot) if has_static(slot) else _ALL_NUMBERS


def _skeleton(x: Any, slot: Any) -> Any:
    """An argument with stand-ins for its numbers and objects."""
    if not isinstance(slot, tuple):
        return _NUMBER
    kind, parts = slot[:2]
    if kind in {"object", "function"}:
        return _OBJECT
    if kind == "array":
        return np.zeros(x.shape)
    if kind == "dict":
        return {key: _skeleton(x[key], part) for key, part in parts}
    if isinstance(x, list | tuple):
        row = [*map(_skeleton, x, parts)]
        return row if isinstance(x, list) else _tuple_like(x, row)
    return x


def _tuple_like(x: tuple[Any, ...], row: list[Any]) -> tuple[Any, ...]:
    """A row in the form of a tuple, which may be a named one."""
    return tuple(row) if type(x) is tuple else type(x)(*row)


def _has_number(skeleton: Any) -> bool:
    if isinstance(skeleton, dict):
        skeleton = [*skeleton.values()]
    if isinstance(skeleton, list | tuple):
        return any(map(_has_number, skeleton))
    is_array = isinstance(skeleton, np.ndarray) and skeleton.size > 0
    return is_array or skeleton is _NUMBER or skeleton is _ALL_NUMBERS


def _filled(skeleton: Any, numbers: Iterator[Any], objects: Iterator[Any]) -> Any:
    """The argument that a skeleton is of."""
    if skeleton is _NUMBER:
        return next(numbers)
    if skeleton is _OBJECT:
        return next(objects)
    if isinstance(skeleton, dict):
        return {key: _filled(x, numbers, objects) for key, x in skeleton.items()}
    if isinstance(skeleton, list | tuple):
        row = [_filled(x, numbers, objects) for x in skeleton]
        return row if isinstance(skeleton, list) else _tuple_like(skeleton, row)
    if isinstance(skeleton, np.ndarray):
        return rebuild(skeleton, [next(numbers) for _ in range(skeleton.size)])
    return skeleton
