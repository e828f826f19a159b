"""How flows are put together: an array of which every part comes from somewhere else.

Adjoints end so: each operand's rows get what flows back to them, and 0 where nothing
does.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from autograd.program.lower.page import Page
from autograd.program.lower.places import is_writable, reshape_text, view_text
from autograd.program.statements.arrays import Array
from autograd.program.statements.views import Place, View, places_of


def write_assemble(page: Page, array: Array) -> None:
    """Every flow where it belongs: end to end if they lie so, else added to zeros."""
    flows = array.arrays
    if not array.shape:  # a number has one place: all is added up
        parts = [_shaped(page, array, flow, ()) for flow in flows]
        page.let(array, " + ".join(parts))
        return
    spots: tuple[Place, ...] = array.options["places"]
    rows = [places_of(place, array.size) for place in spots]
    order = sorted(range(len(rows)), key=lambda k: (rows[k].min(), k))
    if page.is_begun(array):  # what goes everywhere is added at last
        for k in sorted(order, key=lambda k: spots[k] is None):
            if flows[k] not in page.parts:
                _add_in_place(page, array, flows[k], spots[k], spots[k] is None)
        return
    together = np.concatenate([rows[k] for k in order])
    lengths = [len(rows[k]) for k in order]
    plain = all(map(partial(_is_plain, array), (flows[k] for k in order), lengths))
    in_order = np.array_equal(together, np.arange(array.size))
    if in_order and (plain or page.xp == "jnp"):
        parts = [_laid_out(page, array, flows[k], len(rows[k])) for k in order]
        joined = f"{page.xp}.concatenate([{', '.join(parts)}])"
        if len(array.shape) != 1:
            joined += reshape_text(array.shape, array.batched)
        page.let(array, joined)
        return
    reached = np.zeros(array.size, bool)
    order = sorted(order, key=lambda k: -len(rows[k]))
    first = order[0]
    if spots[first] is None and flows[first].shape == array.shape:
        order, reached[:] = order[1:], True
        _begin_with(page, array, flows[first])
    else:
        shape = page.shape(array.shape, array.batched)
        once = np.array_equal(np.sort(together), np.arange(array.size))
        make = "empty" if once and page.xp == "np" else "zeros"
        page.let(array, f"{page.xp}.{make}({shape})")
    for k in order:
        again = bool(reached[rows[k]].any())
        reached[rows[k]] = True
        add = _add_by_index if page.xp == "jnp" else _add_in_place
        add(page, array, flows[k], spots[k], again)


def _begin_with(page: Page, array: Array, flow: Array) -> None:
    """The flow that goes everywhere, as an array of its own."""
    text = page.operand(flow, array)
    if flow.batched != array.batched:
        shape = page.shape(array.shape, array.batched)
        text = f"{page.xp}.broadcast_to({text}, {shape})"
    page.let(array, f"{text}.copy()" if page.xp == "np" else text)


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
