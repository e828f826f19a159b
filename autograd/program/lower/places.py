"""Where the numbers of a view are, as source.

The batch is the last axis: rows of an array are along its first ones.
"""

from __future__ import annotations

import math

from autograd.program.statements.views import View


def reshape_text(shape: tuple[int, ...], batched: bool) -> str:
    """The source of the same numbers in another shape: ".reshape(3, 4, B)"."""
    lengths = ", ".join([*map(str, shape), *["B"] * batched])
    return f".reshape({lengths or '()'})"


def view_text(name: str, shape: tuple[int, ...], view: View, batched: bool) -> str:
    """The source of a view of the array `name` of this shape.

    >>> view_text("a", (9,), View(3, (2, 3), ((0, 2), 2), (0,), (2,)), True)
    'a[3:9].reshape(2, 3, B)[:, 2]'
    """
    size = math.prod(shape)
    text, flat = name, "" if len(shape) == 1 else reshape_text((size,), batched)
    whole = view.start == 0 and view.stop == size
    if whole and view.split == shape:
        text += _ranges_text(view)
    elif len(view.split) > 1:
        text += "" if whole else f"{flat}[{view.start}:{view.stop}]"
        text += reshape_text(view.split, batched) + _ranges_text(view)
    elif (row := _row_of(view, shape)) is not None:
        text += f"[{row}]"
    else:
        text += flat + _part_text(view, whole)
    if view.order != tuple(range(len(view.order))):
        order = (*view.order, len(view.order))[: len(view.order) + batched]
        is_flipped = order == (1, 0)
        text += ".T" if is_flipped else f".transpose({', '.join(map(str, order))})"
    if _kept(view) != view.shape:  # new axes of length 1
        text += _new_axes(view) or reshape_text(view.shape, batched)
    return text


def _row_of(view: View, shape: tuple[int, ...]) -> int | None:
    """Which row of a matrix a view of one axis is; None if it is none."""
    if len(shape) != 2 or view.ranges != ((0, view.split[0]),):
        return None
    row, offset = divmod(view.start, shape[1])
    return row if offset == 0 and view.split[0] == shape[1] > 1 else None


def is_writable(view: View) -> bool:
    """Whether the source of a view of memory in one piece copies nothing."""
    return _kept(view) == view.shape or bool(_new_axes(view))


def _new_axes(view: View) -> str:
    """An index that adds axes of length 1 at one end; "" for others."""
    kept, shape = _kept(view), view.shape
    more = len(shape) - len(kept)
    if kept == shape[:-more] and kept:
        return f"[{', '.join([':'] * len(kept) + ['None'] * more)}]"
    return f"[{', '.join(['None'] * more)}]" if kept == shape[more:] and more else ""


def _part_text(view: View, whole: bool) -> str:
    (chosen,) = view.ranges
    if isinstance(chosen, int):
        return f"[{view.start + chosen}]"
    first, last = view.start + chosen[0], view.start + chosen[1]
    return "" if whole and chosen == (0, view.split[0]) else f"[{first}:{last}]"


def _ranges_text(view: View) -> str:
    entries = [
        str(chosen) if isinstance(chosen, int) else f"{chosen[0]}:{chosen[1]}"
        for chosen in view.ranges
    ]
    full = [f"0:{length}" for length in view.split]
    entries = [":" if x == y else x for x, y in zip(entries, full, strict=True)]
    while entries and entries[-1] == ":":
        entries.pop()
    return f"[{', '.join(entries)}]" if entries else ""


def _kept(view: View) -> tuple[int, ...]:
    """The lengths of the axes that are read, in their final order."""
    lengths = [r[1] - r[0] for r in view.ranges if not isinstance(r, int)]
    return tuple(lengths[axis] for axis in view.order)
