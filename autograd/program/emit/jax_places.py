"""How a JAX program gathers numbers and puts them where they belong."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.program.arrays import Array
from autograd.program.emit.jax_page import JaxPage
from autograd.program.emit.places import Place, places_of
from autograd.program.views import Rows


def _first(array: Array) -> Array:
    a = array.operands[0]
    assert isinstance(a, Array)  # noqa: S101
    return a


def take(page: JaxPage, array: Array) -> str:
    """Rows of an array, in any order."""
    a = _first(array)
    rows = page.table(array.options["rows"], "rows")
    if not a.shape:
        flat = f"{page.name(a)}[:, None]" if page.varies(a) else f"{page.name(a)}[None]"
    else:
        flat = page.flat(a)
    return f"{flat}[{page.front(a)}{rows}]"


def segments(page: JaxPage, array: Array) -> str:
    """Stretches of the last axis side by side, filled up, and then one reduction."""
    a, how = _first(array), array.options["how"]
    starts = array.options["starts"]
    lengths = np.diff([*starts, a.shape[-1]])
    along = np.arange(lengths.max())
    inside = along < lengths[:, None]
    rows = starts[:, None] + np.where(inside, along, 0)
    stretches = f"{page.name(a)}[..., {page.table(rows, 'stretches')}]"
    if how == "sum" and not inside.all():
        mask = page.table(inside, "inside")
        stretches = f"jnp.where({mask}, {stretches}, 0.0)"
    return f"jnp.{how}({stretches}, axis=-1)"


def write_assemble(page: JaxPage, array: Array) -> None:
    """Zeros, to which every flow is added where it belongs."""
    front = ["B"] if page.varies(array) else []
    lengths = ", ".join([*front, str(array.size)])
    places: tuple[Place, ...] = array.options["places"]
    page.let(array, f"jnp.zeros(({lengths}))" if front else f"jnp.zeros({lengths})")
    out = page.name(array)
    for flow, place in zip(array.operands, places, strict=True):
        assert isinstance(flow, Array)  # noqa: S101
        rows = places_of(place, array.size)
        added = _flat_flow(page, flow, len(rows))
        if place is None:
            page.lines.append(f"{out} = {out} + {added}")
            continue
        if len(rows) and (np.diff(rows) == 1).all():
            where = f"{rows[0]}:{rows[-1] + 1}"
        else:
            where = page.table(rows, f"{out}_rows")
        page.lines.append(f"{out} = {out}.at[{page.front(array)}{where}].add({added})")
    if len(array.shape) != 1:
        lengths = ", ".join([*front, *map(str, array.shape)]) or "()"
        page.lines.append(f"{out} = {out}.reshape({lengths})")


def _flat_flow(page: JaxPage, flow: Array, count: int) -> str:
    """A flow in one axis, which fits its place; one number may stand for all."""
    if flow.shape or not page.varies(flow):
        return page.flat(flow) if flow.size == count and flow.shape else page.name(flow)
    return f"{page.name(flow)}[:, None]"


def _places(page: JaxPage, index: Array, rows: Rows) -> str:
    """The flat places that the integers choose: rows[..., index]."""
    name = page.operand(index, rows.ndim - 1)
    if index.kind != "int":
        name = f"{name}.astype(int)"
    steps = np.diff(rows, axis=-1)
    step = int(steps.flat[0]) if steps.size else 0
    if (steps == step).all():
        firsts = page.table(rows[..., 0], "firsts")
        return f"{firsts} + {step} * {name}"
    n = rows.shape[-1]
    table = page.table(rows.reshape(-1), "candidates")
    offsets = np.arange(0, rows.size, n).reshape(rows.shape[:-1])
    return f"jnp.asarray({table})[{page.table(offsets, 'offsets')} + {name}]"


def _broadcast(text: str, shape: tuple[int, ...], varies: bool) -> str:
    lengths = [*(["B"] if varies else []), *map(str, shape)]
    comma = "," * (len(lengths) == 1)
    return f"jnp.broadcast_to({text}, ({', '.join(lengths)}{comma}))"


def pick(page: JaxPage, array: Array) -> str:
    """The numbers that integers choose."""
    a, index = array.operands
    assert isinstance(a, Array)  # noqa: S101
    assert isinstance(index, Array)  # noqa: S101
    rows = array.options["rows"]
    places = _places(page, index, rows)
    if not page.varies(a):
        flat = page.flat(a) if a.shape else f"{page.name(a)}[None]"
        places = _broadcast(places, array.shape, page.varies(index))
        return f"{flat}[{places}]"
    flat = page.flat(a) if a.shape else f"{page.name(a)}[:, None]"
    places = _broadcast(places, array.shape, varies=True)
    chosen = f"jnp.take_along_axis({flat}, {places}.reshape(B, -1), axis=1)"
    return f"{chosen}.reshape({', '.join(['B', *map(str, array.shape)])})"


def scatter(page: JaxPage, array: Array) -> str:
    """The adjoint of `pick`: what was picked, added up."""
    flow, index = array.operands
    assert isinstance(flow, Array)  # noqa: S101
    assert isinstance(index, Array)  # noqa: S101
    rows, size = array.options["rows"], array.options["size"]
    shape: tuple[Any, ...] = rows.shape[:-1]
    varies = page.varies(flow) or page.varies(index) or page.varies(array)
    places = _broadcast(_places(page, index, rows), shape, varies)
    added = _broadcast(page.operand(flow, len(shape)), shape, varies)
    if not page.varies(array):
        return f"jnp.zeros({size}).at[{places}].add({added})"
    examples = "jnp.arange(B)[:, None]"
    places, added = f"{places}.reshape(B, -1)", f"{added}.reshape(B, -1)"
    return f"jnp.zeros((B, {size})).at[{examples}, {places}].add({added})"
