"""Packing: arguments of an example or a batch become rows of numbers, or an error.

The errors say which argument is meant, what was expected and what came.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from autograd.listening.guarding import values_in
from autograd.namespaces import number
from autograd.program.forms.form import Form, form_of
from autograd.program.plan import Vector
from autograd.value import Value

_FLOATS, _QUICK = frozenset({float}), frozenset({float, int, np.float64})
"""The types of most numbers, which need no closer look."""


def floats_of(flat: list[Any]) -> list[float] | None:
    """What was gathered, as floats; None if something in it is no plain number."""
    kinds = {*map(type, flat)}
    if kinds <= _FLOATS:
        return flat
    try:
        return [*map(float if kinds <= _QUICK else number, flat)]
    except TypeError:
        return None
    except OverflowError:
        return [*map(number, flat)]


def floats_in(form: Form, value: Any, title: str) -> list[float]:
    """The numbers of one example of an argument.

    Raises:
        ValueError: The value is of another form.
        TypeError: It is no numbers at all.
    """
    flat: list[Any] = []
    if form.gather(value, flat):
        numbers = floats_of(flat)
        return [plain(x, title) for x in flat] if numbers is None else numbers
    parts = form.parts_of(value) if form.shape is None else None
    for i, (inner, part) in enumerate(zip(form.parts, parts or (), strict=False)):
        floats_in(inner, part, title + form.suffix(i))  # an error where it is wrong
    raise _mismatch(form.words, value, title)


def plain(x: Any, title: str) -> float:
    """A plain number as a float; a TypeError that names the argument if it is none."""
    try:
        return number(x)
    except TypeError:
        raise _mismatch("a number", x, title) from None


def block_of(form: Form, value: Any, title: str) -> Vector | None:
    """The numbers of a batch of one argument, of shape (B, count).

    None if it does not tell B: an empty dict of batches.
    """
    if form.shape is not None:
        block = _block_of_rows(form, value)
        if block is not None:
            return block
    elif form.names or form.kind is dict:
        parts = form.parts_of(value)
        if parts is not None:
            return _block_of_parts(form, parts, title)
    return _block_of_examples(form, value, title)


def is_batch(form: Form, value: Any, title: str, least: int = 0) -> bool:
    """Whether one argument would do as a batch of so many examples at least."""
    try:
        block = block_of(form, value, title)
    except (TypeError, ValueError):
        return False
    return block is not None and len(block) >= least


def _block_of_rows(form: Form, value: Any) -> Vector | None:
    """What NumPy makes an array of shape (B, *shape) of; None if it makes another."""
    if not isinstance(value, np.ndarray):
        try:
            value = np.asarray(value)
        except ValueError:  # ragged
            return None
    if value.ndim == 0 or value.shape[1:] != form.shape:
        return None
    is_real = value.dtype.kind in "fiub"
    return value.reshape(len(value), form.count) if is_real else None


def _block_of_parts(form: Form, parts: Sequence[Any], title: str) -> Vector | None:
    """A dict or named tuple of batches."""
    titles = [title + form.suffix(i) for i in range(len(parts))]
    blocks = [*map(block_of, form.parts, parts, titles)]
    if common_size(blocks, titles) is None:
        return None
    return np.concatenate([b for b in blocks if b is not None], axis=1)


def _block_of_examples(form: Form, value: Any, title: str) -> Vector:
    """A list of B examples; where a batch is wrong, this way finds the place."""
    is_array = isinstance(value, np.ndarray) and value.ndim > 0
    if is_array and form.shape is not None and value.shape != (0,):
        is_list = value.shape[1:] == form.shape
    else:
        is_list = is_array or isinstance(value, list | tuple)
    if not is_list:
        raise _no_batch(form, value, title)
    rows: list[float] = []
    for i, example in enumerate(value):
        rows += floats_in(form, example, f"{title}, example {i}")
    return np.array(rows, dtype=float).reshape(len(value), form.count)


def common_size(blocks: Sequence[Vector | None], titles: Sequence[str]) -> int | None:
    """The B of all blocks; None if none of them tells."""
    sizes = {len(block) for block in blocks if block is not None}
    if len(sizes) > 1:
        found = ", ".join(
            f"{title} has {len(block)}"
            for title, block in zip(titles, blocks, strict=True)
            if block is not None
        )
        raise ValueError(f"expected as many examples in every argument; {found}")
    return sizes.pop() if sizes else None


def plain_vector(what: str, numbers: ArrayLike, count: int) -> Vector:
    """A vector of plain numbers, one for each parameter.

    Raises:
        TypeError: They are no numbers, or Values.
        ValueError: There are more or fewer.
    """
    try:
        given = np.asarray(numbers)
        if given.dtype.kind not in "fiub":
            given = np.array([*map(number, given.ravel())]).reshape(given.shape)
    except (TypeError, ValueError):
        kind = type(numbers).__name__
        if [*values_in(numbers)]:
            kind = "a Value: give its .data"
        raise TypeError(f"{what} must be a vector of numbers, got {kind}") from None
    if given.shape != (count,):
        message = (
            f"{what}: expected a vector of shape {(count,)}, a number for each of "
            f"program.parameters; got shape {given.shape}"
        )
        raise ValueError(message)
    return np.asarray(given, np.float64)


def check_whole(block: Vector, integers: list[int], title: str) -> None:
    """Refuses fractions, infinities and NaN where the example had an integer."""
    if block.dtype.kind == "f":
        numbers = block[:, integers]
        is_whole = np.isfinite(numbers) & (np.floor(numbers) == numbers)
        if not is_whole.all():
            raise not_whole(float(numbers[~is_whole][0]), title)


def not_whole(x: float, title: str) -> TypeError:
    """The error for a number in the place of an integer."""
    hint = "if fractions are meant, give floats in the example"
    if math.isinf(x):
        hint = "an int beyond 1.8e308 is infinite as a float, too"
    return TypeError(
        f"{title}: expected a whole number, as in the example, got {x}; {hint}"
    )


def _no_batch(form: Form, value: Any, title: str) -> Exception:
    expected = f"{form.words} for each example"
    if form.shape is not None:
        axes = ", ".join(map(str, form.shape))
        expected += f": an array of shape (B, {axes})" if axes else ": (B,)"
    hint = "; to run one example, put it in a list" if form.fits(value) else ""
    return _mismatch(expected, value, title, hint)


def _mismatch(expected: str, value: Any, title: str, hint: str = "") -> Exception:
    """The error for a value of another form, or one that is no numbers at all."""
    if isinstance(value, Value):
        message = f"{title}: a program takes plain numbers, got a Value: give its .data"
        return TypeError(message)
    form = form_of(value)
    if form.kind is float and not _is_number(value):
        kind = type(value).__name__
        return TypeError(f"{title}: expected {expected}, got {kind}{hint}")
    return ValueError(f"{title}: expected {expected}, got {form.words}{hint}")


def _is_number(x: Any) -> bool:
    try:
        number(x)
    except TypeError:
        return False
    return True
