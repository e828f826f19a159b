"""Where the numbers of a view are, as source; and how flows are put together.

The batch is the last axis: rows of an array are along its first ones. Adjoints end as
an array of which every part comes from somewhere else: each operand's rows get what
flows back to them, and 0 where nothing does.
"""

from __future__ import annotations

import math

import numpy as np

from autograd.program.lower.page import Page, number_text, reshape_text
from autograd.program.statements.table import Array
from autograd.program.statements.views import Place, View, places_of


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


# --- flows put together ---------------------------------------------------------------


def write_assemble(page: Page, array: Array) -> None:
    """Every flow where it belongs: end to end if they lie so, else added to zeros."""
    flows = array.arrays
    if not array.shape:  # a number has one place: all is added up
        texts = [_shaped(page, array, flow, ()) for flow in flows]
        page.let(array, " + ".join(texts))
        return
    parts = [
        (flow, place, places_of(place, array.size))
        for flow, place in zip(flows, array.options["places"], strict=True)
    ]
    parts.sort(key=lambda part: part[2].min())
    if page.is_begun(array):  # what goes everywhere is added at last
        for flow, place, _ in sorted(parts, key=lambda part: part[1] is None):
            if flow not in page.parts:
                _add_in_place(page, array, flow, place, place is None)
        return
    together = np.concatenate([rows for _, _, rows in parts])
    plain = all(_is_plain(array, flow, len(rows)) for flow, _, rows in parts)
    in_order = np.array_equal(together, np.arange(array.size))
    if in_order and (plain or page.xp == "jnp"):
        laid = [_laid_out(page, array, flow, len(rows)) for flow, _, rows in parts]
        joined = f"{page.xp}.concatenate([{', '.join(laid)}])"
        if len(array.shape) != 1:
            joined += reshape_text(array.shape, array.batched)
        page.let(array, joined)
        return
    parts.sort(key=lambda part: -len(part[2]))  # what covers all needs no zeros
    covers = len(parts[0][2]) == array.size
    once = np.array_equal(np.sort(together), np.arange(array.size))
    make = "empty" if (covers or once) and page.xp == "np" else "zeros"
    page.let(array, f"{page.xp}.{make}({page.shape(array.shape, array.batched)})")
    reached = np.zeros(array.size, bool)
    for flow, place, rows in parts:
        again = bool(reached[rows].any())
        reached[rows] = True
        add = _add_by_index if page.xp == "jnp" else _add_in_place
        add(page, array, flow, place, again)


def _is_plain(array: Array, flow: Array, count: int) -> bool:
    """Whether a flow has a number for every row of its place, and every example."""
    return flow.batched == array.batched and flow.size == count


def _laid_out(page: Page, array: Array, flow: Array, count: int) -> str:
    """A flow in one axis, for all examples; one number may stand for many."""
    text = page.flat(flow)
    if _is_plain(array, flow, count):
        return text
    if array.batched and not flow.batched:
        text += "[:, None]" if flow.shape != () or "reshape" in text else ""
    shape = f"({count}, B)" if array.batched else f"{count}"
    return f"{page.xp}.broadcast_to({text}, {shape})"


def _add_in_place(
    page: Page, array: Array, flow: Array, place: Place, again: bool
) -> None:
    out, sign = page.name(array), "+=" if again else "="
    rows = places_of(place, array.size)
    shape = rows.shape
    if place is None:
        text, shape = f"{out}[...]", array.shape
    elif (np.diff(rows) == 1).all():
        only = len(rows) == 1
        where = f"{rows[0]}" if only else f"{rows[0]}:{rows[-1] + 1}"
        text, shape = f"{page.flat(array)}[{where}]", () if only else shape
    elif isinstance(place, View) and is_writable(place):
        text, shape = view_text(out, array.shape, place, array.batched), place.shape
        text += "" if text.endswith("]") else "[...]"
    else:
        text = f"{page.flat(array)}[{page.table(rows, f'{out}_rows')}]"
    page.lines.append(f"{text} {sign} {_shaped(page, array, flow, shape)}")


def _shaped(page: Page, array: Array, flow: Array, shape: tuple[int, ...]) -> str:
    """A flow in the shape of its place, as far as NumPy does not see to it."""
    if flow.function == "constant" and flow.size == 1:
        return number_text(flow.options["value"].item())
    text = page.name(flow)
    if flow.shape not in (shape, ()):
        text += reshape_text(shape, flow.batched)
    if array.batched and not flow.batched and flow.shape:
        text += "[..., None]"
    return text


def _add_by_index(
    page: Page, array: Array, flow: Array, place: Place, again: bool
) -> None:
    out = page.name(array)
    rows = places_of(place, array.size)
    if place is None:
        page.lines.append(f"{out} = {out} + {_shaped(page, array, flow, array.shape)}")
        return
    if (np.diff(rows) == 1).all():
        where = f"{rows[0]}:{rows[-1] + 1}"
    else:
        where = page.table(rows, f"{out}_rows")
    flat = page.flat(array)
    numbers = _shaped(page, array, flow, rows.shape)
    text = f"{flat}.at[{where}].{'add' if again else 'set'}({numbers})"
    if len(array.shape) != 1:
        text += reshape_text(array.shape, array.batched)
    page.lines.append(f"{out} = {text}")
