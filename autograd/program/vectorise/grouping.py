"""Grouping: the nodes of a plan become blocks, level by level.

The level of a node is the length of the longest way to it from an input, so nodes of
one level do not depend on each other. Those which apply the same operation to rows of
the same blocks become one block, and are computed by one statement.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Hashable, Iterable
from typing import Any, NamedTuple

from autograd.batches import BATCH_MEAN
from autograd.ops import OPS, Op
from autograd.program.plan import Dot, Node, Plan, levels_of
from autograd.program.vectorise.blocks import Blocks, Located
from autograd.program.vectorise.dot_blocks import add_dots
from autograd.program.vectorise.layouts import add_apply, add_families, add_lanes


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
        groups[_key(located, place)].append(place)
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
