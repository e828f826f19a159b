"""Views: which rows of a block an operand reads, as slices where that is possible.

An operand of a block is an array of row numbers of another block. Most are regular:
all rows, a slice, every third row, one row for all. Such an array is *affine*: its
entry [i, j] is base + i * s + j * t. A `View` reads an affine choice of rows by
reshaping, slicing, transposing and broadcasting, which copies nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

Rows: TypeAlias = "np.ndarray[Any, np.dtype[np.intp]]"
Place: TypeAlias = "View | Rows | None"
"""Which rows of a block are meant: None means all."""


@dataclass(frozen=True, slots=True)
class View:
    """Rows of a block without copying them.

    A stretch of the flattened block, reshaped to `split`; of each axis a range; the
    axes in another order; and new axes of length 1, which broadcast.

    Attributes:
        start: Where the stretch begins.
        split: The shape that it is given.
        ranges: For each axis of it, (first, last + 1); a single index drops the axis.
        order: The order of the axes that remain.
        shape: Their final lengths; some of length 1 are new.
    """

    start: int
    split: tuple[int, ...]
    ranges: tuple[tuple[int, int] | int, ...]
    order: tuple[int, ...]
    shape: tuple[int, ...]

    @classmethod
    def whole(cls, shape: tuple[int, ...], order: tuple[int, ...] = ()) -> View:
        """All of a block in this shape, its axes perhaps in another order."""
        order = order or tuple(range(len(shape)))
        ranges = tuple((0, n) for n in shape)
        return cls(0, shape, ranges, order, tuple(shape[k] for k in order))

    @property
    def stop(self) -> int:
        """Where the stretch ends."""
        return self.start + math.prod(self.split)


def affine(rows: Rows) -> tuple[int, tuple[int, ...]] | None:
    """The base and the strides of an affine array of row numbers, or None.

    >>> affine(np.array([[5, 6], [8, 9]]))
    (5, (3, 1))
    """
    if rows.size == 0:
        return None
    base = int(rows.flat[0])
    strides = []
    for axis, length in enumerate(rows.shape):
        step = 0
        if length > 1:
            first, second = (
                rows[(0,) * axis + (i,) + (0,) * (rows.ndim - axis - 1)] for i in (0, 1)
            )
            step = int(second - first)
        strides.append(step)
    expected = np.full(rows.shape, base)
    for axis, (length, step) in enumerate(zip(rows.shape, strides, strict=True)):
        along = [1] * rows.ndim
        along[axis] = length
        expected += (step * np.arange(length)).reshape(along)
    return (base, tuple(strides)) if np.array_equal(expected, rows) else None


def view_of(rows: Rows, size: int) -> View | None:
    """The view that reads these rows of a block of `size` rows; None if there is none.

    >>> view_of(np.array([[0, 1], [3, 4]]), 6).split
    (2, 3)
    """
    found = affine(rows)
    if found is None:
        return None
    base, strides = found
    kept = [a for a, s in enumerate(strides) if s != 0]
    if any(strides[a] < 0 for a in kept):
        return None
    falling = sorted(kept, key=lambda a: -strides[a])
    axes = [(rows.shape[a], strides[a]) for a in falling]
    cut = _cut(base, axes, size)
    if cut is None:
        return None
    start, split, ranges = cut
    order = tuple(falling.index(a) for a in kept)
    shape = tuple(rows.shape[a] if strides[a] else 1 for a in range(rows.ndim))
    return View(start, split, ranges, order, shape)


def _cut(
    base: int, axes: list[tuple[int, int]], size: int
) -> tuple[int, tuple[int, ...], tuple[tuple[int, int] | int, ...]] | None:
    """Start, shape and ranges of a stretch that holds base + sum(i * stride).

    Axes come with falling strides. An axis of stride s holds the one after it if that
    one's reach is at most s and its stride divides s.
    """
    if not axes:
        return base, (1,), (0,)
    split: list[int] = []
    ranges: list[tuple[int, int] | int] = []
    start, offset = base, 0
    outer_length, outer = axes[0]
    # numbers before `base` in the first outer row: as few as keep the stretch inside
    reach = sum((n - 1) * s for n, s in axes[1:]) + 1
    if reach > outer:
        return None
    if outer > 1 and base + outer * outer_length > size:
        offset = base + outer * outer_length - size
        if offset > min(base, outer - reach):
            return None
        start = base - offset
    split.append(outer_length)
    ranges.append((0, outer_length))
    room = outer
    for length, stride in axes[1:]:
        if room % stride:
            return None
        here, offset = divmod(offset, stride)
        split.append(room // stride)
        if here + length > room // stride:
            return None
        ranges.append((here, here + length))
        room = stride
    if room > 1:
        split.append(room)
        ranges.append(offset)
    return start, tuple(split), tuple(ranges)


def repeated(rows: Rows) -> tuple[int, ...]:
    """The axes along which rows repeat themselves."""
    long = [axis for axis in range(rows.ndim) if rows.shape[axis] > 1]
    return tuple(a for a in long if (rows == rows.take([0], a)).all())


def shape_of(rows: Rows) -> tuple[int, ...]:
    """The shape in which a list of row numbers is affine, such as (7, 16); else flat.

    >>> shape_of(np.array([0, 1, 2, 48, 49, 50]))
    (2, 3)
    """
    count = len(rows)
    steps = np.diff(rows)
    breaks = np.flatnonzero(steps != steps[0]) if count > 2 else np.array([], int)
    if not len(breaks):
        return (count,)
    inner = int(breaks[0]) + 1
    if count % inner or inner == 1 or affine(rows.reshape(-1, inner)) is None:
        return (count,)
    return (count // inner, inner)


def places_of(place: Place, size: int) -> Rows:
    """The rows that are meant of a block of `size` rows, in their order.

    >>> places_of(View(2, (2, 2), ((0, 2), 1), (0,), (2,)), 9)
    array([3, 5])
    """
    every = np.arange(size)
    if place is None:
        return every
    if isinstance(place, View):
        part = every[place.start : place.stop].reshape(place.split)
        part = part[tuple(x if isinstance(x, int) else slice(*x) for x in place.ranges)]
        return np.asarray(part).transpose(place.order).reshape(-1)
    return place.reshape(-1)
