"""Layouts: how the nodes of a group lie in their block.

A block is laid out as what it reads, so that it reads that as slices.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence

import numpy as np

from autograd.ops import OPS
from autograd.program.plan import NOWHERE, Apply, Operand
from autograd.program.statements.views import Rows, shape_of
from autograd.program.vectorise.blocks import Located, Read, listed, slot_of, turned


def add_apply(located: Located, kind: str, members: list[int]) -> None:
    """Nodes of one operation, element by element."""
    nodes = [located.node(place) for place in members]
    rows = np.array([[located.row(x) for x in node.operands] for node in nodes])
    order, shape = _arranged(located, rows, located.numbers(nodes[0].operands))
    places = np.array(members)[order].reshape(shape)
    columns = zip(*(nodes[i].operands for i in order), strict=True)
    slots = tuple(slot_of(list(column), shape) for column in columns)
    node = nodes[0]
    assert isinstance(node, Apply)  # noqa: S101
    located.add(kind, node.op, places, slots)


def _arranged(
    located: Located, rows: Rows, sources: Sequence[int]
) -> tuple[Rows, tuple[int, ...]]:
    """The order of the rows, and their shape: those of the widest operand."""
    count = len(rows)
    candidates = [k for k, source in enumerate(sources) if source != NOWHERE]
    if count == 1 or not candidates:
        return np.arange(count), () if count == 1 else (count,)
    distinct = {k: len(np.unique(rows[:, k])) for k in candidates}
    main = max(candidates, key=lambda k: (distinct[k], -k))
    others = [rows[:, k] for k in reversed(candidates) if k != main]
    order = np.lexsort((*others, rows[:, main]))
    read = rows[order, main]
    source = located.blocks.all[sources[main]]
    if count == source.size and np.array_equal(read, np.arange(count)):
        return order, source.shape
    return order, shape_of(read)


def add_lanes(located: Located, kind: str, members: list[int]) -> None:
    """Nodes of one operation on lists of one length."""
    nodes = [located.node(place) for place in members]
    op = nodes[0].op  # type: ignore[union-attr]
    fixed = len(op.operand_names) - 1  # operands before the list
    heads = [located.sortable(node.operands[0]) for node in nodes]
    firsts = [located.sortable(node.operands[fixed]) for node in nodes]
    keys = list(zip(heads, firsts, members, strict=True))
    if kind != "take":
        keys = list(zip(firsts, heads, members, strict=True))
    order = sorted(range(len(nodes)), key=keys.__getitem__)
    shape = _grid([keys[i][:2] for i in order])
    columns = [[nodes[i].operands[k] for i in order] for k in range(fixed)]
    entries = [x for i in order for x in nodes[i].operands[fixed:]]
    count = len(nodes[0].operands) - fixed
    slots: list[Read] = [slot_of(column, shape) for column in columns]
    lists = listed(entries, (*shape, count))
    slots.append(lists if kind == "take" else turned(lists))
    places = np.array([members[i] for i in order]).reshape(shape)
    located.add(kind, op, places, tuple(slots))


def add_families(located: Located, members: list[int]) -> None:
    """Softmaxes: all entries of every list, asked for or not."""
    families: dict[tuple[Operand, ...], dict[int, int]] = defaultdict(dict)
    again: dict[int, int] = {}
    for place in members:
        index, *xs = located.node(place).operands
        first = families[tuple(xs)].setdefault(int(index), place)
        if first != place:
            again[place] = first
    _add_entries(located, families)
    for place, first in again.items():  # an equal entry, in the same row
        located.locate(place, located.block(first), located.row(first))


def _add_entries(
    located: Located, families: dict[tuple[Operand, ...], dict[int, int]]
) -> None:
    """A block of the softmaxes of these lists."""
    op = OPS["softmax"]
    ordered = sorted(families, key=lambda xs: tuple(map(located.sortable, xs)))
    lengths = [len(xs) for xs in ordered]
    if len(set(lengths)) == 1:  # entry by entry, in each the lists
        firsts = np.array([located.row(xs[0]) for xs in ordered])
        grid = shape_of(firsts) if len(ordered) > 1 else ()
        order = [(i, xs) for i in range(lengths[0]) for xs in ordered]
        shape, starts = (lengths[0], *grid), None
    else:
        order = [(i, xs) for xs in ordered for i in range(len(xs))]
        shape, starts = (len(order),), np.cumsum([0, *lengths[:-1]])
    slot = listed([xs[i] for i, xs in order], shape)
    places = np.array([families[xs].get(i, NOWHERE) for i, xs in order])
    located.add("family", op, places.reshape(shape), (slot,), starts=starts)


def _grid(keys: Sequence[tuple[Hashable, Hashable]]) -> tuple[int, ...]:
    """The shape of sorted pairs: a grid where each of some meets each of others."""
    if len(keys) == 1:
        return ()
    heads, tails = ({key[k] for key in keys} for k in (0, 1))
    grid = len(heads), len(tails)
    if min(grid) > 1 and grid[0] * grid[1] == len(keys) == len(set(keys)):
        return grid
    return (len(keys),)
