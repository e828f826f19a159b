"""Given: a function with its static arguments given, so that numbers alone are left.

And the arguments of a batch become those of its examples.
"""

from __future__ import annotations

import inspect
import math
import weakref
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import repeat
from typing import Any, TypeAlias

import numpy as np

from autograd.program.calling.arguments import Call, called
from autograd.program.calling.slots import BY_IDENTITY, has_static, is_row
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
    if is_row(kind):
        row = [_filled(part, numbers, objects) for part in parts]
        if issubclass(kind, list):
            return row
        return tuple(row) if kind is tuple else kind(*row)  # a named tuple
    return parts  # the static thing itself


# --- the examples of a batch ----------------------------------------------------------

_Column: TypeAlias = "list[Any] | repeat[Any]"
"""Something for each example; or the same for all, however many there are."""


def examples_of(call: Call) -> Iterator[Call]:
    """The examples of a batch of which no form is known, one by one.

    Raises:
        TypeError: An argument is no batch.
        ValueError: Two arguments are of several examples.
    """
    pairs = zip(call.arguments, call.slots, strict=True)
    rows = _together([_column(*x, f"argument {i}") for i, x in enumerate(pairs)])
    for row in rows if isinstance(rows, list) else ():
        yield Call(row, call.names, call.is_method)


def first_example(call: Call) -> Call | None:
    """The first example of a batch of numbers; None if it can't be told."""
    if any(
        is_static and not _is_shared(*x)
        for is_static, *x in zip(
            call.are_static, call.arguments, call.slots, strict=True
        )
    ):
        return None
    try:
        return next(examples_of(call), None)
    except (TypeError, ValueError):
        return None


def _is_shared(argument: Any, slot: Hashable) -> bool:
    """Whether all examples of a batch have the same of it: it is static."""
    return has_static(slot) and not isinstance(argument, list | tuple | dict)


def _column(batch: Any, slot: Any, title: str) -> _Column:
    """What every example has of an argument; a dict or named tuple is one of batches.

    Raises:
        TypeError: It is no batch.
        ValueError: Two parts are of several examples.
    """
    if _is_shared(batch, slot):
        return repeat(batch)
    if isinstance(batch, dict):
        parts = [_column(batch[k], x, f"{title}[{k!r}]") for k, x in slot[1]]
        rows = _together(parts)
        make: Any = lambda row: dict(zip(batch, row, strict=True))  # noqa: E731
    elif names := getattr(batch, "_fields", ()):
        triples = zip(batch, slot[1], names, strict=True)
        rows = _together([_column(x, s, f"{title}.{name}") for x, s, name in triples])
        make = batch._make
    elif isinstance(batch, list | tuple) or np.ndim(batch):
        return [*batch]
    else:
        wanted = "expected a sequence with an entry for each example"
        raise TypeError(f"{title}: {wanted}, got {type(batch).__name__}")
    return [*map(make, rows)] if isinstance(rows, list) else repeat(batch)


def _together(columns: Sequence[_Column]) -> _Column:
    """What every example has of all columns, in tuples.

    Raises:
        ValueError: They are of several lengths.
    """
    sizes = {len(x) for x in columns if isinstance(x, list)}
    if len(sizes) > 1:
        raise ValueError(f"expected as many examples in every argument; got {sizes}")
    return [*zip(*columns, strict=False)] if sizes else repeat(())
