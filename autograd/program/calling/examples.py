"""Examples: the arguments of a batch become those of its examples."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
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


def first_example(call: Call) -> Call | None:
    """The first example of a batch; None if it can't be told."""
    try:
        row = [
            argument if is_shared(argument, slot) else _first(argument, slot)
            for argument, slot in zip(call.arguments, call.slots, strict=True)
        ]
        return take_apart(tuple(row), call.names, call.is_method)
    except (TypeError, IndexError):
        return None


def is_shared(argument: Any, slot: Hashable) -> bool:
    """Whether an argument of a batch is the same for all examples: it is static."""
    return has_static(slot) and not isinstance(argument, list | tuple | dict)


def _first(batch: Any, slot: Hashable) -> Any:
    if has_static(slot):
        raise TypeError
    if isinstance(batch, dict):
        return {key: _first(part, "number") for key, part in batch.items()}
    return batch[0]


def zipped(call: Call) -> list[Call]:
    """The examples of a batch of which no form is known, one by one.

    Raises:
        TypeError: An argument that holds numbers has no entries.
        ValueError: Two arguments are of several examples.
    """
    shared = [*map(is_shared, call.arguments, call.slots)]
    if all(shared):
        return []
    pairs = [*zip(call.arguments, shared, strict=True)]
    for place, (x, is_one) in enumerate(pairs):
        if not (is_one or isinstance(x, list | tuple | dict) or np.ndim(x)):
            wanted = "expected a sequence with an entry for each example"
            raise TypeError(f"argument {place}: {wanted}, got {type(x).__name__}")
    sizes = {len(x) for x, is_one in pairs if not is_one}
    if len(sizes) > 1:
        raise ValueError(f"expected as many examples in every argument; got {sizes}")
    columns = [repeat(x) if is_one else x for x, is_one in pairs]
    rows = zip(*columns, strict=False)
    return [take_apart(row, call.names, call.is_method) for row in rows]
