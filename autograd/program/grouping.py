"""Grouping: the nodes of a plan become blocks, level by level.

The level of a node is the length of the longest way to it from an input, so nodes of
one level do not depend on each other. Those which apply the same operation to rows of
the same blocks become one block, and are computed by one statement.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd.batches import BATCH_MEAN
from autograd.ops import OPS, Op
from autograd.program.blocks import NOWHERE, Block, Blocks, Read, Term
from autograd.program.levels import levels_of, uniform_of
from autograd.program.plan import Apply, Dot, Node, Operand, Plan
from autograd.program.recognise import HOLE, Products, products
from autograd.program.slots import (
    listed,
    matrix_term,
    pairs_term,
    slot_of,
    stretches_of,
    sum_terms,
    uneven_pairs_term,
)
from autograd.program.views import Rows, shape_of

PARAMETERS = 1
"""The number of the parameters' block: the inputs' comes first."""


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


def blocks_of(plan: Plan, *, filled: bool = True) -> Blocks:
    """Group the nodes of a plan, level by level.

    Args:
        plan: The plan.
        filled: Whether a matrix product may be found that needs zeros, or computes
            numbers which nobody asks for; and whether all entries of a softmax are
            computed together. Where numbers are infinite this is not the same.
    """
    grouping = _Grouping(plan, filled=filled)
    levels: dict[int, list[int]] = defaultdict(list)
    for place, level in enumerate(grouping.level_of[plan.first :], plan.first):
        levels[level].append(place)
    for level in sorted(levels):
        grouping.add_level(levels[level])
    return grouping.blocks


class _Grouping:
    """The blocks found so far, and what the next level needs to know of them."""

    def __init__(self, plan: Plan, *, filled: bool) -> None:
        self.plan = plan
        self.filled = filled
        total = plan.first + len(plan.nodes)
        self.level_of = levels_of(plan)
        self.joined: dict[int, Dot] = {}
        uniform = uniform_of(plan)
        nowhere = np.full(total, NOWHERE)
        self.blocks = Blocks([], nowhere, nowhere.copy(), uniform)
        self.number_at = [NOWHERE] * total  # the same as lists, which are read faster
        self.row_at = [NOWHERE] * total
        self._add("input", None, np.arange(plan.inputs))
        self._add("parameter", None, np.arange(plan.inputs, plan.first))

    def node(self, place: int) -> Node:
        """The node at a place; a product that joined dots is one of them."""
        return self.joined.get(place) or self.plan.nodes[place - self.plan.first]

    def block(self, operand: Operand) -> int:
        """The block that an operand is in; NOWHERE for a constant."""
        return NOWHERE if operand.__class__ is float else self.number_at[operand]  # type: ignore[index]

    def add_level(self, places: list[int]) -> None:
        """Group the nodes of a level and add their blocks."""
        groups: dict[Key, list[int]] = defaultdict(list)
        for place in places:
            groups[self._key(place)].append(place)
        self._join_products(groups)
        for key, members in groups.items():
            if key.kind == "dots":
                self._add_dots(members)
            elif key.kind == "family":
                self._add_families(members)
            elif key.kind in ("lanes", "take"):
                self._add_lanes(key.kind, members)
            else:
                self._add_apply(key.kind, members)

    def _key(self, place: int) -> Key:
        """Equal for nodes that may be rows of one block."""
        node, uniform = self.node(place), self.blocks.uniform[place]
        if isinstance(node, Dot):
            pairs = zip(
                map(self.block, node.left), map(self.block, node.right), strict=True
            )
            added = map(self.block, node.addends)
            return Key("dots", None, uniform, _runs(pairs), _runs(added))
        op = node.op
        if op is OPS["softmax"] and self.filled and _is_constant(node, 0):
            sources = _runs(map(self.block, node.operands[1:]))
            return Key("family", op, uniform, sources)
        constants = tuple(
            operand
            for name, operand in zip(op.operand_names, node.operands, strict=False)
            if name in op.constants and operand.__class__ is float
        )
        sources = tuple(map(self.block, node.operands))
        if OPS.get(op.name) is op and op.variadic:
            chosen = op.name == "take" and not _is_constant(node, 0)
            kind = "take" if chosen else "lanes"
            return Key(kind, op, uniform, _runs(sources), len(sources))
        kind = "batch" if op is BATCH_MEAN else "apply"
        return Key(kind, op, uniform, sources, constants)

    def _join_products(self, groups: dict[Key, list[int]]) -> None:
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
                    factors = self.node(place).operands
                    left, right = factors if pair == (x, y) else factors[::-1]
                    self.joined[place] = Dot((left,), (right,), ())
                    groups[dots].append(place)
                break

    def _pair(self, left: Operand, right: Operand) -> tuple[int, int]:
        return self.block(left), self.block(right)

    def row(self, operand: Operand) -> int:
        """The row of an operand in its block; NOWHERE for a constant."""
        return NOWHERE if operand.__class__ is float else self.row_at[operand]  # type: ignore[index]

    def _add(
        self,
        kind: str,
        op: Op | None,
        places: Rows,
        slots: tuple[Read, ...] = (),
        terms: tuple[Term, ...] = (),
        starts: Rows | None = None,
    ) -> None:
        """A new block, whose rows are at these places."""
        known = places[places != NOWHERE]
        uniform = kind == "parameter"
        scope = ""
        if kind not in ("input", "parameter"):
            uniform = self.blocks.uniform[int(known.flat[0])]
            scope = self._common_scope(known)
        number = len(self.blocks.all)
        shape = places.shape
        block = Block(
            number, kind, op, uniform, shape, places, slots, terms, starts, scope
        )
        self.blocks.all.append(block)
        for row, place in enumerate(places.ravel().tolist()):
            if place != NOWHERE:
                self._locate(place, number, row)

    def _common_scope(self, places: Rows) -> str:
        """The parts of their names that the scopes of all nodes begin with."""
        if not self.plan.scopes:
            return ""
        first = self.plan.first
        scopes = {self.plan.scopes[place - first] for place in places.ravel().tolist()}
        parts = [scope.split(".") for scope in scopes]
        common = itertools.takewhile(lambda names: len(set(names)) == 1, zip(*parts))  # noqa: B905 - the shortest ends it
        return ".".join(names[0] for names in common)

    def _add_apply(self, kind: str, members: list[int]) -> None:
        """Nodes of one operation, element by element."""
        nodes = [self.node(place) for place in members]
        rows = np.array([[self.row(x) for x in node.operands] for node in nodes])
        order, shape = self._arranged(rows, [self.block(x) for x in nodes[0].operands])
        places = np.array(members)[order].reshape(shape)
        columns = zip(*(nodes[i].operands for i in order), strict=True)
        slots = tuple(slot_of(list(column), shape) for column in columns)
        node = nodes[0]
        assert isinstance(node, Apply)  # noqa: S101
        self._add(kind, node.op, places, slots)

    def _arranged(
        self, rows: Rows, sources: Sequence[int]
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
        source = self.blocks.all[sources[main]]
        if count == source.size and np.array_equal(read, np.arange(count)):
            return order, source.shape
        return order, shape_of(read)

    def _add_lanes(self, kind: str, members: list[int]) -> None:
        """Nodes of one operation on lists of one length."""
        nodes = [self.node(place) for place in members]
        op = nodes[0].op  # type: ignore[union-attr]
        fixed = len(op.operand_names) - 1  # operands before the list
        heads = [self._sortable(node.operands[0]) for node in nodes]
        firsts = [self._sortable(node.operands[fixed]) for node in nodes]
        keys = list(zip(heads, firsts, members, strict=True))
        if kind != "take":
            keys = list(zip(firsts, heads, members, strict=True))
        order = sorted(range(len(nodes)), key=keys.__getitem__)
        shape = _grid([keys[i][:2] for i in order])
        columns = [[nodes[i].operands[k] for i in order] for k in range(fixed)]
        entries = [x for i in order for x in nodes[i].operands[fixed:]]
        count = len(nodes[0].operands) - fixed
        slots = [*(slot_of(column, shape) for column in columns)]
        slots.append(listed(entries, (*shape, count)))
        places = np.array([members[i] for i in order]).reshape(shape)
        self._add(kind, op, places, tuple(slots))

    def _sortable(self, operand: Operand) -> tuple[int, float]:
        if operand.__class__ is float:
            return NOWHERE, operand
        return self.block(operand), self.row(operand)

    def _add_families(self, members: list[int]) -> None:
        """Softmaxes: all entries of every list, asked for or not."""
        families: dict[tuple[Operand, ...], dict[int, int]] = defaultdict(dict)
        again: dict[int, int] = {}
        for place in members:
            index, *xs = self.node(place).operands
            first = families[tuple(xs)].setdefault(int(index), place)
            if first != place:
                again[place] = first
        self._add_entries(families)
        for place, first in again.items():  # an equal entry, in the same row
            self._locate(place, self.number_at[first], self.row_at[first])

    def _locate(self, place: int, number: int, row: int) -> None:
        """Note in which block and row a number is."""
        self.number_at[place], self.row_at[place] = number, row
        self.blocks.block_of[place], self.blocks.row_of[place] = number, row

    def _add_entries(self, families: dict[tuple[Operand, ...], dict[int, int]]) -> None:
        """A block of the softmaxes of these lists."""
        op = OPS["softmax"]
        ordered = sorted(families, key=lambda xs: tuple(map(self._sortable, xs)))
        lengths = [len(xs) for xs in ordered]
        entries = [x for xs in ordered for x in xs]
        flat = [families[xs].get(i, NOWHERE) for xs in ordered for i in range(len(xs))]
        if len(set(lengths)) == 1:
            count = lengths[0]
            shape = (len(ordered), count) if len(ordered) > 1 else (count,)
            slot = listed(entries, shape)
            self._add("family", op, np.array(flat).reshape(shape), (slot,))
            return
        starts = np.cumsum([0, *lengths[:-1]])
        slot = listed(entries, (len(entries),))
        self._add("family", op, np.array(flat), (slot,), starts=starts)

    def _add_dots(self, members: list[int]) -> None:
        """Dots of one pattern: matrix products where they are some, else pairs."""
        nodes: list[Dot] = [self.node(place) for place in members]  # type: ignore[misc]
        uniform = self.blocks.uniform
        for found in products(nodes, self._sortable, uniform, filled=self.filled):
            self.blocks.filled |= found.nodes is not nodes or HOLE in found.grid
            self._add_dot_block(found, members)

    def _with_biases(self, found: Products) -> Sequence[Dot]:
        """The dots of a dense layer, each bias as one more weight, of an input 1.

        Where the biases lie right behind the weights, as they do in a layer of neurons,
        one product computes both, and so does one for the adjoint.
        """
        nodes = found.nodes
        left, right = found.left, found.right
        if left is None or right is None or left.ndim != 1 or right.ndim:
            return nodes
        layer = [nodes[i] for i in left.tolist()]
        if not all(self._lies_behind(node) for node in layer):
            return nodes
        result = list(nodes)
        for i in left.tolist():
            node = nodes[i]
            result[i] = Dot((*node.left, *node.addends), (*node.right, 1.0), ())
        return result

    def _lies_behind(self, node: Dot) -> bool:
        """Whether a dot has one addend, a parameter right behind its last weight."""
        last = node.left[-1] if node.left else 0.0
        if len(node.addends) != 1 or not isinstance(last, int):
            return False
        (bias,) = node.addends
        return self.block(bias) == self.block(last) == PARAMETERS and (
            self.row(bias) == self.row(last) + 1
        )

    def _add_dot_block(self, found: Products, members: list[int]) -> None:
        """A block of dots: its matrix products or pairs, and its addends."""
        nodes, grid = self._with_biases(found), found.grid
        places = np.where(grid == HOLE, NOWHERE, np.array(members)[grid])
        flat = [nodes[i] for i in grid.ravel().tolist() if i != HOLE]
        stretches = stretches_of(list(map(self._pair, flat[0].left, flat[0].right)))
        if found.left is not None and found.right is not None:
            length = len(flat[0].left)
            if nodes is not found.nodes or _has_zeros(flat):
                stretches = [(0, length)]
            terms = [
                matrix_term(nodes, found.left, found.right, *stretch)
                for stretch in stretches
            ]
        elif not flat[0].left:
            terms = []
        elif found.even:
            terms = [pairs_term(flat, grid.shape, *stretch) for stretch in stretches]
        else:
            terms = [uneven_pairs_term(flat)]
        terms += sum_terms(flat, grid.shape, self.block)
        self._add("dots", None, places, terms=tuple(terms))


def _has_zeros(nodes: Iterable[Dot]) -> bool:
    """Whether zeros were added to left lists."""
    return any(x.__class__ is float for node in nodes for x in node.left)


def _runs(sources: Iterable[Hashable]) -> tuple[Hashable, ...]:
    """The entries without those that repeat the one before."""
    return tuple(source for source, _ in itertools.groupby(sources))


def _grid(keys: Sequence[tuple[Hashable, Hashable]]) -> tuple[int, ...]:
    """The shape of sorted pairs: a grid where each of some meets each of others."""
    if len(keys) == 1:
        return ()
    heads, tails = ({key[k] for key in keys} for k in (0, 1))
    grid = len(heads), len(tails)
    if min(grid) > 1 and grid[0] * grid[1] == len(keys) == len(set(keys)):
        return grid
    return (len(keys),)


def _is_constant(node: Node, position: int) -> bool:
    return node.operands[position].__class__ is float
