"""take: `rows[index]` for an index that is data, also while a function is traced."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.ops import OPS
from autograd.value import Value


def take(rows: Sequence[Any], index: int | np.integer[Any] | Value) -> Any:
    """`rows[index]` for an index that is data, such as a token or a class.

    While a function is traced to become a program, an integer input may be the index:
    then every number of the row is one that the program looks up for its example.

    Raises:
        TypeError: The index is no integer, or the rows differ in form.
        IndexError: It is out of range; the message says of what.
    """
    if isinstance(index, Value) and index.is_integer:
        position = int(index._datum)
    elif isinstance(index, bool) or not isinstance(index, int | np.integer):
        raise TypeError(_no_index(index))
    else:
        position = int(index)
    if not -len(rows) <= position < len(rows):
        raise IndexError(f"index {position} is out of range for {len(rows)} rows")
    return _entry(list(rows), index) if isinstance(index, Value) else rows[position]


def _no_index(given: Any) -> str:
    """What to say of something that is no integer."""
    message = f"take wants an integer index, got {type(given).__name__}"
    if not isinstance(given, Value):
        return message
    if given.op is None:
        return message + ": for an integer input, give an int in the program's example"
    return message + (
        f" (of {given.op.name!r}): what is computed is no integer, not even from one; "
        "give the index as an input of its own"
    )


def _entry(rows: list[Any], index: Value) -> Any:
    """One of several structures of equal form, chosen number by number."""
    first = rows[0]
    if isinstance(first, np.ndarray) and first.ndim > 0:
        _check_forms(rows, np.ndarray, lambda row: row.shape)
        cells = np.empty(first.size, dtype=object)
        columns = zip(*map(np.ravel, rows), strict=True)
        cells[:] = [_entry(list(column), index) for column in columns]
        return cells.reshape(first.shape)
    if isinstance(first, list | tuple):
        _check_forms(rows, type(first), len)
        parts = [_entry(list(column), index) for column in zip(*rows, strict=True)]
        if isinstance(first, list):
            return parts
        return tuple(parts) if type(first) is tuple else type(first)(*parts)
    if isinstance(first, dict):
        _check_forms(rows, dict, lambda row: row.keys())
        return {key: _entry([row[key] for row in rows], index) for key in first}
    return OPS["take"](index, *rows)


def _check_forms(rows: list[Any], kind: type, form: Callable[[Any], Any]) -> None:
    """Raise a TypeError if one of the rows is not like the first."""
    wanted = form(rows[0])
    for number_of_row, row in enumerate(rows):
        if not isinstance(row, kind) or form(row) != wanted:
            message = (
                f"take wants rows of one form: row 0 is {kind.__name__} of {wanted}, "
                f"row {number_of_row} is not"
            )
            raise TypeError(message)
