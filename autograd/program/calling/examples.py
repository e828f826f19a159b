"""Examples: the arguments of a batch become those of its examples."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from itertools import repeat
from typing import Any

import numpy as np

from autograd.program.calling.arguments import Call, has_static, take_apart


def with_inputs(call: Call, slots: tuple[Hashable, ...], inputs: Sequence[Any]) -> Call:
    """The same call with other numbers, of the form that the slots tell."""
    rest = iter(inputs)
    arguments = [
        argument if has_static(slot) else next(rest)
        for argument, slot in zip(call.arguments, slots, strict=True)
    ]
    return call._replace(
        arguments=tuple(arguments), slots=slots, inputs=tuple(inputs), has_values=False
    )


def examples_of(call: Call) -> Iterator[Call]:
    """The examples of a batch of which no form is known, one by one.

    Raises:
        TypeError: An argument is no batch.
        ValueError: Two arguments are of several examples.
    """
    shared = [*map(_is_shared, call.arguments, call.slots)]
    pairs = [*zip(call.arguments, shared, strict=True)]
    for place, (x, is_one) in enumerate(pairs):
        if not (is_one or isinstance(x, list | tuple | dict) or np.ndim(x)):
            wanted = "expected a sequence with an entry for each example"
            raise TypeError(f"argument {place}: {wanted}, got {type(x).__name__}")
    columns = [repeat(x) if is_one else _rows(x) for x, is_one in pairs]
    sizes = {len(x) for x in columns if isinstance(x, list)}
    if len(sizes) > 1:
        raise ValueError(f"expected as many examples in every argument; got {sizes}")
    for row in zip(*columns, strict=False) if sizes else ():
        yield take_apart(row, call.names, call.is_method)


def first_example(call: Call) -> Call | None:
    """The first example of a batch of numbers; None if it can't be told."""
    pairs = zip(call.arguments, call.slots, strict=True)
    if any(has_static(slot) and not _is_shared(x, slot) for x, slot in pairs):
        return None
    try:
        return next(examples_of(call), None)
    except (TypeError, ValueError):
        return None


def _is_shared(argument: Any, slot: Hashable) -> bool:
    """Whether an argument of a batch is the same for all examples: it is static."""
    return has_static(slot) and not isinstance(argument, list | tuple | dict)


def _rows(batch: Any) -> list[Any]:
    """What every example has of an argument; a dict is one of batches."""
    if isinstance(batch, dict):
        return [
            dict(zip(batch, row, strict=True))
            for row in zip(*map(_rows, batch.values()), strict=True)
        ]
    return [*batch]
