"""Addresses: arrays that compiled code finds by where they lie."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba import types
from numba.extending import intrinsic


def _array_of(kind: Any) -> Callable[[int], Any]:
    """What gives compiled code the array of numbers of a kind that lies there."""
    pointer: Any = types.CPointer  # which numba has not annotated

    def array_at(_context: Any, address: Any) -> Any:
        def cast(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            made = context.get_value_type(signature.return_type)
            return builder.inttoptr(arguments[0], made)

        return pointer(kind)(address), cast

    found: Any = intrinsic(array_at)
    return found  # type: ignore[no-any-return]


codes, floats = _array_of(types.uint32), _array_of(types.float64)
whole = _array_of(types.int64)
