"""Blocks of dots: what each adds up, as terms of matrices, pairs and addends."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterable, Sequence

import numpy as np

from autograd.program.plan import Dot, Operand
from autograd.program.statements.views import Rows
from autograd.program.vectorise.blocks import (
    NOWHERE,
    DotTerm,
    listed,
    slot_of,
    turned,
)
from autograd.program.vectorise.located import PARAMETERS, Located
from autograd.program.vectorise.recognise import HOLE, Products, products

WIDE = 256
"""Longer lists are not copied for the sake of one more entry."""


def add_dots(located: Located, members: list[int]) -> None:
    """Dots of one pattern: matrix products where they are some, else pairs."""
    nodes: list[Dot] = [located.node(place) for place in members]  # type: ignore[misc]
    uniform = located.blocks.uniform
    readers = [located.readers[place] for place in members]
    for found in products(nodes, located.sortable, uniform, readers):
        located.blocks.filled |= found.nodes is not nodes or HOLE in found.grid
        places = np.where(found.grid == HOLE, NOWHERE, np.array(members)[found.grid])
        terms = terms_of(located, found)
        located.add("dots", None, places, terms=tuple(terms))


def terms_of(located: Located, found: Products) -> list[DotTerm]:
    """What a block of dots adds up: its matrix products or pairs, and its addends."""
    nodes, grid = _with_biases(located, found), found.grid
    flat = [nodes[i] for i in grid.ravel().tolist() if i != HOLE]
    first = flat[0]
    stretches = stretches_of([*located.pairs(first)])
    if found.left is not None and found.right is not None:
        if nodes is not found.nodes or _has_zeros(flat):
            stretches = [(0, len(first.left))]
        kind = "weights" if found.weighs else "matrix"
        sides = nodes, found.left, found.right
        terms = [matrix_term(kind, *sides, *stretch) for stretch in stretches]
    elif not first.left:
        terms = []
    elif found.even:
        terms = [pairs_term(flat, grid.shape, *stretch) for stretch in stretches]
    else:
        terms = [uneven_pairs_term(flat)]
    return terms + sum_terms(_all_cells(nodes, found), grid.shape, located.numbers)


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
    else they are gathered, which pays where each meets many inputs.
    """
    nodes = found.nodes
    if not found.weighs or found.left is None or found.right is None:
        return nodes
    first = nodes[int(found.left.flat[0])]
    if len(first.left) > WIDE:
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


def matrix_term(
    kind: str, nodes: Sequence[Dot], left: Rows, right: Rows, first: int, last: int
) -> DotTerm:
    """The products number first ... last - 1 of every dot, as a matrix product."""
    rows = [x for i in left.ravel().tolist() for x in nodes[i].left[first:last]]
    columns = [x for i in right.ravel().tolist() for x in nodes[i].right[first:last]]
    length = last - first
    return DotTerm(
        kind,
        listed(rows, (*left.shape, length)),
        listed(columns, (*right.shape, length)),
    )


def pairs_term(
    nodes: Sequence[Dot], shape: tuple[int, ...], first: int, last: int
) -> DotTerm:
    """The products number first ... last - 1 of every dot, row by row."""
    lefts = [x for node in nodes for x in node.left[first:last]]
    rights = [x for node in nodes for x in node.right[first:last]]
    full = (*shape, last - first)
    return DotTerm("pairs", turned(listed(lefts, full)), turned(listed(rights, full)))


def uneven_pairs_term(nodes: Sequence[Dot]) -> DotTerm:
    """The products of dots that differ in length, one after the other."""
    lefts = [x for node in nodes for x in node.left]
    rights = [x for node in nodes for x in node.right]
    starts = starts_of([len(node.left) for node in nodes])
    flat = (len(lefts),)
    return DotTerm("pairs", listed(lefts, flat), listed(rights, flat), starts)


def sum_terms(
    nodes: Sequence[Dot],
    shape: tuple[int, ...],
    blocks: Callable[[Sequence[Operand]], list[int]],
) -> list[DotTerm]:
    """The addends of dots: one a row, several a row, or of different counts."""
    counts = {len(node.addends) for node in nodes}
    if counts == {0}:
        return []
    if len(counts) > 1:
        entries = [x for node in nodes for x in node.addends]
        starts = starts_of([len(node.addends) for node in nodes])
        slot = listed(entries, (len(entries),))
        return [DotTerm("sum", None, slot, starts, several=True)]
    terms = []
    for a, b in stretches_of(blocks(nodes[0].addends)):
        entries = [x for node in nodes for x in node.addends[a:b]]
        several = b - a > 1
        lists = turned(listed(entries, (*shape, b - a)))
        right = lists if several else slot_of(entries, shape)
        terms.append(DotTerm("sum", None, right, several=several))
    return terms


def starts_of(counts: Iterable[int]) -> Rows:
    """Where stretches of these lengths start."""
    return np.cumsum([0, *counts])[:-1]


def stretches_of(sources: Sequence[Hashable]) -> list[tuple[int, int]]:
    """The bounds of the stretches of equal entries."""
    bounds = [i for i, x in enumerate(sources) if i == 0 or x != sources[i - 1]]
    return list(itertools.pairwise([*bounds, len(sources)]))
