"""Blocks of dots: what each adds up, as terms of matrices, pairs and addends."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterable, Sequence

import numpy as np

from autograd.program.plan import NOWHERE, Dot, Operand
from autograd.program.statements.views import Rows
from autograd.program.vectorise.blocks import (
    PARAMETERS,
    DotTerm,
    Located,
    Slot,
    listed,
    slot_of,
    turned,
)
from autograd.program.vectorise.recognise import HOLE, Products, products

WIDE = 256
"""Longer lists are not copied for the sake of one more entry."""


def add_dots(located: Located, members: list[int]) -> None:
    """Dots of one pattern: matrix products where they are some, else pairs."""
    nodes: list[Dot] = [located.node(place) for place in members]  # type: ignore[misc]
    uniform = located.blocks.uniform
    readers = [located.readers[place] for place in members]
    parts = products(nodes, located.sortable, uniform, readers)
    for found in [_in_a_grid(located, part) for part in parts]:
        located.blocks.filled |= found.nodes is not nodes or HOLE in found.grid
        places = np.where(found.grid == HOLE, NOWHERE, np.array(members)[found.grid])
        terms = terms_of(located, found)
        located.add("dots", None, places, terms=tuple(terms))


def _in_a_grid(located: Located, found: Products) -> Products:
    """Sums without products in the shape in which most addends are read as views."""
    if found.nodes[0].left or found.grid.ndim != 1:
        return found
    lists = [found.nodes[i].addends for i in found.grid.tolist()]
    if len({*map(len, lists)}) > 1:
        return found
    reads = []
    for addends in zip(*lists, strict=True):
        numbers = {*located.numbers(addends)}
        if len(numbers) == 1 and NOWHERE not in numbers:
            reads.append((numbers.pop(), np.array([*map(located.row, addends)])))
    shape = located.grid(reads) if reads else found.grid.shape
    return found._replace(grid=found.grid.reshape(shape))


def terms_of(located: Located, found: Products) -> list[DotTerm]:
    """What a block of dots adds up: its matrix products or pairs, and its addends."""
    nodes, grid = _with_biases(located, found), found.grid
    flat = [nodes[i] for i in grid.ravel().tolist() if i != HOLE]
    first = flat[0]
    stretches = stretches_of([*located.pairs(first)])
    terms: list[DotTerm] = []
    if found.left is not None and found.right is not None:
        if nodes is not found.nodes or _has_zeros(flat):
            stretches = [(0, len(first.left))]
        lefts, rights = (
            [nodes[i] for i in side.ravel().tolist()]
            for side in (found.left, found.right)
        )
        for stretch in stretches:
            left = lists_of(lefts, LEFT, found.left.shape, stretch)
            right = lists_of(rights, RIGHT, found.right.shape, stretch)
            if found.weighs:
                terms.append(DotTerm("weights", (left, turned(right))))
            else:
                terms.append(DotTerm("matrix", (left, right)))
    elif len({len(node.left) for node in flat}) > 1:
        left, starts = uneven_lists_of(flat, LEFT)
        right, _ = uneven_lists_of(flat, RIGHT)
        terms.append(DotTerm("pairs", (left, right), starts))
    else:
        for stretch in stretches:
            left, right = (
                turned(lists_of(flat, side, grid.shape, stretch))
                for side in (LEFT, RIGHT)
            )
            terms.append(DotTerm("pairs", (left, right)))
    return terms + sum_terms(_all_cells(nodes, found), grid.shape, located)


def _all_cells(nodes: Sequence[Dot], found: Products) -> list[Dot]:
    """A dot for every cell of the grid; in a hole, where any will do, one beside it."""
    grid = found.grid
    if found.right is not None and HOLE in grid:
        grid = np.where(grid == HOLE, found.right[..., None], grid)
    return [nodes[i] for i in grid.ravel().tolist()]


def _with_biases(located: Located, found: Products) -> Sequence[Dot]:
    """The dots of a layer, each bias as one more weight, of an input 1.

    One product computes both then, and so does one for the adjoint. Where the bias
    lies right behind the weights, as in a layer of neurons, they are read as a slice;
    else they are gathered, which pays where each meets many inputs. A neuron alone adds
    its bias: that is less than to copy its inputs beside a 1.
    """
    nodes = found.nodes
    if not found.weighs or found.left is None or found.right is None:
        return nodes
    first = nodes[int(found.left.flat[0])]
    if len(first.left) > WIDE or found.left.size == 1:
        return nodes
    meets_many = found.right.size > len(first.left)
    addends: dict[tuple[Operand, ...], tuple[Operand, ...]] = {}
    result = list(nodes)
    for i in found.grid.ravel().tolist():
        left, right, biases = nodes[i]
        if addends.setdefault(left, biases) != biases or not biases:
            return nodes
        if any(located.block(bias) != PARAMETERS for bias in biases):
            return nodes
        if not (meets_many or _lies_behind(located, nodes[i])):
            return nodes
        result[i] = Dot((*left, *biases), (*right, *(1.0,) * len(biases)), ())
    return result


def _lies_behind(located: Located, dot: Dot) -> bool:
    """Whether a dot has one addend, a parameter right behind its last weight."""
    last = dot.left[-1]
    return (
        len(dot.addends) == 1
        and located.block(last) == PARAMETERS
        and located.row(dot.addends[0]) == located.row(last) + 1
    )


def _has_zeros(nodes: Iterable[Dot]) -> bool:
    """Whether there are zeros in lists, such as were added to left ones."""
    lists = [xs for node in nodes for xs in (node.left, node.right)]
    return any(x.__class__ is float and x == 0.0 for xs in lists for x in xs)


# --- terms, as arrays of places ---------------------------------------------------

LEFT, RIGHT, ADDENDS = range(3)
"""The lists of a dot."""


def lists_of(
    nodes: Sequence[Dot], part: int, shape: tuple[int, ...], stretch: tuple[int, int]
) -> Slot:
    """A stretch of one of the lists of each dot; its entries are the last axis."""
    first, last = stretch
    entries = [x for node in nodes for x in node[part][first:last]]
    return listed(entries, (*shape, last - first))


def uneven_lists_of(nodes: Sequence[Dot], part: int) -> tuple[Slot, Rows]:
    """Lists that differ in length, one after the other, and where each starts."""
    entries = [x for node in nodes for x in node[part]]
    starts = np.cumsum([0, *(len(node[part]) for node in nodes)])[:-1]
    return listed(entries, (len(entries),)), starts


def sum_terms(
    nodes: Sequence[Dot], shape: tuple[int, ...], located: Located
) -> list[DotTerm]:
    """The addends of dots: one a row, several a row, or of different counts."""
    if len({len(node.addends) for node in nodes}) > 1:
        slot, starts = uneven_lists_of(nodes, ADDENDS)
        return [DotTerm("sum", (slot,), starts, several=True)]
    terms = []
    for first, last in stretches_of(located.numbers(nodes[0].addends)):
        if last - first > 1:
            lists = turned(lists_of(nodes, ADDENDS, shape, (first, last)))
            terms.append(DotTerm("sum", (lists,), several=True))
        else:
            addends = [node.addends[first] for node in nodes]
            terms.append(DotTerm("sum", (slot_of(addends, shape),)))
    return terms


def stretches_of(sources: Sequence[Hashable]) -> list[tuple[int, int]]:
    """The bounds of the stretches of equal entries."""
    bounds = [i for i, x in enumerate(sources) if i == 0 or x != sources[i - 1]]
    return list(itertools.pairwise([*bounds, len(sources)]))
