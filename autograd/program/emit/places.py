"""Where the numbers of a view are: as text, as a pattern, as a set of places."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from autograd.program.views import Rows, View

Numbers: TypeAlias = "np.ndarray[Any, Any]"
Place: TypeAlias = "View | Rows | None"


def shape_text(shape: tuple[int, ...], batched: bool) -> str:
    """The shape of an array with its batch axis, as source.

    >>> shape_text((16,), True), shape_text((16,), False)
    ('(B, 16)', '16')
    """
    lengths = [*(["B"] if batched else []), *map(str, shape)]
    return lengths[0] if len(lengths) == 1 else f"({', '.join(lengths)})"


def view_text(name: str, shape: tuple[int, ...], view: View, batched: bool) -> str:
    """The source of a view of the contiguous array `name` of this shape.

    >>> view_text("a", (9,), View(3, 9, (2, 3), ((0, 2), 2), (0,), (2,), (2,)), False)
    'a[3:9].reshape(2, 3)[:, 2]'
    """
    size = int(np.prod(shape, dtype=int))
    front = "B, " if batched else ""
    if not view.order and not batched:  # an index alone would copy the number
        flat = name if len(shape) == 1 else f"{name}.reshape({size})"
        place = int(places_of(view, size)[0])
        return f"{flat}[{place}:{place + 1}]" + (
            f".reshape({_lengths(view.shape)})" if view.shape != (1,) else ""
        )
    text = name
    whole = view.start == 0 and view.stop == size
    if not (whole and view.split == shape):
        if len(shape) != 1 and not (whole and len(view.split) > 1):
            text += f".reshape({front}{size})"
        if len(view.split) == 1:  # the part of the stretch that is read
            text += _part_text(view, whole, batched)
        elif not whole:
            text += f"[{':, ' if batched else ''}{view.start}:{view.stop}]"
        if len(view.split) != 1:
            text += f".reshape({front}{_lengths(view.split)})"
    if len(view.split) != 1 or (whole and view.split == shape):
        text += _ranges_text(view, batched)
    if view.order != tuple(range(len(view.order))):
        order = [*range(int(batched)), *(axis + int(batched) for axis in view.order)]
        text += f".transpose({_lengths(tuple(order))})"
    if _kept(view) != view.shape:  # new axes of length 1
        text += f".reshape({front}{_lengths(view.shape)})"
    return text


def _lengths(shape: tuple[int, ...]) -> str:
    return ", ".join(map(str, shape)) if shape else "()"


def _part_text(view: View, whole: bool, batched: bool) -> str:
    (chosen,) = view.ranges
    front = ":, " if batched else ""
    if isinstance(chosen, int):
        return f"[{front}{view.start + chosen}]"
    first, last = view.start + chosen[0], view.start + chosen[1]
    if whole and chosen == (0, view.split[0]):
        return ""
    return f"[{front}{first}:{last}]"


def _ranges_text(view: View, batched: bool) -> str:
    entries = [":"] if batched else []
    for length, chosen in zip(view.split, view.ranges, strict=True):
        if chosen == (0, length):
            entries.append(":")
        elif isinstance(chosen, int):
            entries.append(str(chosen))
        else:
            entries.append(f"{chosen[0]}:{chosen[1]}")
    while entries and entries[-1] == ":":
        entries.pop()
    return f"[{', '.join(entries)}]" if entries else ""


def _kept(view: View) -> tuple[int, ...]:
    """The lengths of the axes that are read, in their final order."""
    lengths = [r[1] - r[0] for r in view.ranges if not isinstance(r, int)]
    return tuple(lengths[axis] for axis in view.order)


def read_view(a: Numbers, view: View, leading: int = 0) -> Numbers:
    """The view of an array with `leading` batch axes; without a copy if it can be."""
    front = a.shape[:leading]
    size = int(np.prod(a.shape[leading:], dtype=int))
    flat = a.reshape((*front, size))
    part = flat[..., view.start : view.stop].reshape((*front, *view.split))
    chosen = tuple(r if isinstance(r, int) else slice(*r) for r in view.ranges)
    part = part[(..., *chosen)]  # with an ellipsis an index alone is a view, too
    order = (*range(leading), *(axis + leading for axis in view.order))
    return part.transpose(order).reshape((*front, *view.shape))


def stretch(start: int, shape: tuple[int, ...]) -> View:
    """The view of as many numbers as have this shape, from `start` on."""
    stop = start + int(np.prod(shape, dtype=int))
    ranges = tuple((0, n) for n in shape) or (0,)
    order = tuple(range(len(shape)))
    return View(start, stop, shape or (1,), ranges, order, shape, shape)


def places_of(place: Place, size: int) -> Rows:
    """The flat places that a place of an `assemble` means, in their order."""
    every = np.arange(size)
    if place is None:
        return every
    if isinstance(place, View):
        return read_view(every, place).reshape(-1)
    return place.reshape(-1)
