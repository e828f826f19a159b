"""Grouping: the nodes of a plan become blocks, level by level.

The level of a node is the length of the longest way to it from an input, so nodes of
one level do not depend on each other. Those which apply the same operation to rows of
the same blocks become one block, and are computed by one statement. A block is laid
out as what it reads, so that it reads that as slices.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.batches import BATCH_MEAN
from autograd.ops import OPS, Op
from autograd.program.plan import NOWHERE, Apply, Dot, Node, Operand, Plan, levels_of
from autograd.program.statements.views import Rows, shape_of
from autograd.program.vectorise.blocks import (
    Blocks,
    Located,
    Read,
    listed,
    slot_of,
    turned,
)
from autograd.program.vectorise.dot_blocks import add_dots


class Key(NamedTuple):
    """What nodes of one level must have in common to be rows of one block.

    Attributes:
        kind: What kind of block they form: see `Block`.
        op: Their operation; None for dots.
        uniform: Whether they are the same for every example.
        sources: The blocks that they read.
        rest: Addends' blocks, constants or the length of their lists.
    """

    kind: str
    op: Op | None
    uniform: bool
    sources: tuple[Any, ...]
    rest: Any = ()


def blocks_of(plan: Plan) -> Blocks:
    """Group the nodes of a plan, level by level.

    A matrix product may need zeros, or compute numbers that nobody asks for; and all
    entries of a softmax are computed together. Where numbers are infinite this is not
    the same: see `Blocks.filled`.
    """
    located = Located(plan)
    levels: dict[int, list[int]] = defaultdict(list)
    for place, level in enumerate(levels_of(plan)[plan.first :], plan.first):
        levels[level].append(place)
    for level in sorted(levels):
        _add_level(located, levels[level])
    return located.finished()


def _add_level(located: Located, places: list[int]) -> None:
    """Group the nodes of a level and add their blocks."""
    groups: dict[Key, list[int]] = defaultdict(list)
    for place in places:
        key = _key(located, place)
        runs = (key.sources, key.rest) if key.kind == "dots" else ()
        if any(len(x) > len({*x}) for x in runs):
            _sort_terms(located, place)
            key = _key(located, place)
        groups[key].append(place)
    _join_products(located, groups)
    for key, members in groups.items():
        if key.kind == "dots":
            add_dots(located, members)
        elif key.kind == "family":
            add_families(located, members)
        elif key.kind in ("lanes", "take"):
            add_lanes(located, key.kind, members)
        else:
            add_apply(located, key.kind, members)


def _key(located: Located, place: int) -> Key:
    """Equal for nodes that may be rows of one block."""
    node, uniform = located.node(place), located.blocks.uniform[place]
    if isinstance(node, Dot):
        factors = zip(located.pairs(node), node.right, strict=True)
        pairs = [pair for pair, y in factors if y.__class__ is int or y != 0.0]
        added = located.numbers(node.addends)
        return Key("dots", None, uniform, _runs(pairs), _runs(added))
    op = node.op
    if op is OPS["softmax"] and _is_constant(node, 0):
        sources = _runs(located.numbers(node.operands[1:]))
        return Key("family", op, uniform, sources)
    constants = tuple(
        operand
        for name, operand in zip(op.operand_names, node.operands, strict=False)
        if name in op.constants and operand.__class__ is float
    )
    sources = tuple(located.numbers(node.operands))
    if OPS.get(op.name) is op and op.variadic:
        chosen = op.name == "take" and not _is_constant(node, 0)
        kind = "take" if chosen else "lanes"
        return Key(kind, op, uniform, _runs(sources), len(sources))
    kind = "batch" if op is BATCH_MEAN else "apply"
    return Key(kind, op, uniform, sources, constants)


def _sort_terms(located: Located, place: int) -> None:
    """Let a dot that reads blocks by turns read one after the other."""
    dot = located.node(place)
    assert isinstance(dot, Dot)  # noqa: S101
    left, right, addends = dot
    pairs = [*located.pairs(dot)]
    for i, y in enumerate(right):
        if i and y.__class__ is float and y == 0.0:  # beyond a border: it stays there
            pairs[i] = pairs[i - 1]
    order = sorted(range(len(pairs)), key=pairs.__getitem__)
    added = located.numbers(addends)
    later = sorted(range(len(added)), key=added.__getitem__)
    located.joined[place] = Dot(
        tuple([left[i] for i in order]),
        tuple([right[i] for i in order]),
        tuple([addends[i] for i in later]),
    )


def _join_products(located: Located, groups: dict[Key, list[int]]) -> None:
    """Count single products among the dots whose factors are of the same blocks.

    Attention over one token is a product, over two a dot; so the first token of a
    text would have blocks of its own from there on.
    """
    for key in [key for key in groups if key.op is OPS["mul"]]:
        x, y = key.sources
        for pair in ((x, y), (y, x)):
            dots = Key("dots", None, key.uniform, (pair,))
            if dots not in groups:
                continue
            for place in groups.pop(key):
                factors = located.node(place).operands
                left, right = factors if pair == (x, y) else factors[::-1]
                located.joined[place] = Dot((left,), (right,), ())
                groups[dots].append(place)
            break


def _runs(sources: Iterable[Hashable]) -> tuple[Hashable, ...]:
    """The entries without those that repeat the one before."""
    return tuple(source for source, _ in itertools.groupby(sources))


def _is_constant(node: Node, position: int) -> bool:
    return node.operands[position].__class__ is float


# --- how nodes lie in their block ---------------------------------------------------


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
    """The order of the rows, that of the widest operand, and their shape."""
    count = len(rows)
    candidates = [k for k, source in enumerate(sources) if source != NOWHERE]
    if count == 1 or not candidates:
        return np.arange(count), () if count == 1 else (count,)
    distinct = {k: len(np.unique(rows[:, k])) for k in candidates}
    main = max(candidates, key=lambda k: (distinct[k], -k))
    first = [main, *[k for k in candidates if k != main]]
    order = np.lexsort([rows[:, k] for k in reversed(first)])
    return order, located.grid([(sources[k], rows[order, k]) for k in first])


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
