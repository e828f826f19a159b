"""How flows are put where they belong, and how integers choose places."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from autograd.program.arrays import Array
from autograd.program.emit.buffers import is_constant
from autograd.program.emit.moving import operand_of
from autograd.program.emit.places import Place, view_text
from autograd.program.emit.writer import Page, count
from autograd.program.views import Rows, View

_SIMPLE = re.compile(r"\w+\[[^\]]*\]")


def write_assemble(page: Page, array: Array) -> None:
    """Flows put where they belong, or added there; see `buffers`."""
    for write in page.layout.writes[array]:
        if write.how == "direct":
            continue
        place: Place = array.options["places"][write.flow]
        shape = array.shape if place is None else place.shape
        flow = page.operand(array.operands[write.flow], len(shape))
        if (
            write.how == "copy"
            and is_constant(array.operands[write.flow])
            and (page.layout.homes[array].zero and not isinstance(place, np.ndarray))
        ):
            _write_part(page, array, place, flow, added=False, say=page.setup.append)
        elif isinstance(place, np.ndarray):
            _write_rows(page, array, place, flow, added=write.how == "add")
        else:
            _write_part(page, array, place, flow, added=write.how == "add")


def _write_part(
    page: Page,
    array: Array,
    view: View | None,
    flow: str,
    *,
    added: bool,
    say: Callable[[str], None] | None = None,
) -> None:
    """One part of what is put together; `say` writes the statement, if not the page."""
    say = say or page.say
    text = out = page.name(array)
    if view is not None:
        text = view_text(out, array.shape, view, array.batched)
        if text != out and (added or not _SIMPLE.fullmatch(text)):
            text = page.fixed(text, f"{out}_part")
    if added:
        say(f"{page.function('add', 'np.add')}({text}, {flow}, out={text})")
    else:
        say(f"{text} = {flow}" if "[" in text else f"{text}[...] = {flow}")


def _write_rows(
    page: Page, array: Array, rows: Rows, flow: str, *, added: bool
) -> None:
    out = page.name(array)
    named = page.table(rows, f"{out}_rows")
    if len(array.shape) != 1:
        out = page.flat(array, *(["B"] if array.batched else []), array.size)
    index = f":, {named}" if array.batched else named
    page.say(f"{out}[{index}] {'+=' if added else '='} {flow}")


def even_step(rows: Rows) -> int | None:
    """The step from one candidate to the next, if it is the same throughout."""
    steps = np.diff(rows, axis=-1)
    if steps.size == 0:
        return 0
    step = int(steps.flat[0])
    return step if bool((steps == step).all()) else None


def write_places(page: Page, array: Array) -> None:
    """The flat places that integers choose among candidates: rows[..., index]."""
    out, rows = page.name(array), array.options["rows"]
    index = page.operand(operand_of(array), len(array.shape))
    step = even_step(rows)
    if step is None:
        _write_looked_up(page, out, index, rows)
    else:
        multiply = page.function("multiply", "np.multiply")
        by = page.fixed(f"np.array({step})", f"c{step}_places")
        page.say(f"{multiply}({index}, {by}, out={out})")
        if rows[..., 0].any():
            _add(page, out, page.table(rows[..., 0], f"{out}_firsts"))
    stride = array.options["stride"]
    if stride:
        axes = f"[:{', None' * len(array.shape)}]" if array.shape else ""
        text = f"np.arange(0, B * {stride}, {stride}){axes}"
        _add(page, out, page.fixed(text, f"{out}_starts"))


def _write_looked_up(page: Page, out: str, index: str, rows: Rows) -> None:
    table = page.table(rows.reshape(-1), f"{out}_among")
    firsts = np.arange(0, rows.size, rows.shape[-1]).reshape(rows.shape[:-1])
    offsets = page.table(firsts, f"{out}_offsets")
    add = page.function("add", "np.add")
    page.say(f"{out}[...] = {table}.take({add}({index}, {offsets}))")


def _add(page: Page, out: str, more: str) -> None:
    page.say(f"{page.function('add', 'np.add')}({out}, {more}, out={out})")


def write_gather(page: Page, array: Array) -> None:
    """The numbers at places that were computed."""
    a, places = (page.name(x) for x in array.operands if isinstance(x, Array))
    page.say(f'{a}.take({places}, out={page.name(array)}, mode="clip")')


def write_accumulate(page: Page, array: Array) -> None:
    """What flows to places that were computed, added up there."""
    flow, places = (x for x in array.operands if isinstance(x, Array))
    out = page.name(array)
    if places in page.floats:
        page.say(f"{out}.fill(0.0)")
        page.say(f"{out}[{page.name(places)}] = {page.name(flow)}")
        return
    total = count([array.size], batched=array.batched)
    counted = f"{page.name(places)}.ravel(), {page.name(flow)}.ravel(), {total}"
    bincount = page.function("bincount", "np.bincount")
    shaped = f".reshape(B, {array.size})" if array.batched else ""
    page.say(f"{out}[...] = {bincount}({counted}){shaped}")
