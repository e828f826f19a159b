"""Slots and terms: what the rows of a block read, as arrays of places."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Hashable, Iterable, Sequence

import numpy as np

from autograd.program.blocks import NOWHERE, Read, Slot, Term
from autograd.program.plan import Dot, Operand
from autograd.program.views import Rows


def matrix_term(
    nodes: Sequence[Dot], left: Rows, right: Rows, first: int, last: int
) -> Term:
    """The products number first ... last - 1 of every dot, as a matrix product."""
    rows = [x for i in left.ravel().tolist() for x in nodes[i].left[first:last]]
    columns = [x for i in right.ravel().tolist() for x in nodes[i].right[first:last]]
    length = last - first
    return Term(
        "matrix",
        listed(rows, (*left.shape, length)),
        listed(columns, (*right.shape, length)),
    )


def pairs_term(
    nodes: Sequence[Dot], shape: tuple[int, ...], first: int, last: int
) -> Term:
    """The products number first ... last - 1 of every dot, row by row."""
    lefts = [x for node in nodes for x in node.left[first:last]]
    rights = [x for node in nodes for x in node.right[first:last]]
    full = (*shape, last - first)
    return Term("pairs", listed(lefts, full), listed(rights, full))


def uneven_pairs_term(nodes: Sequence[Dot]) -> Term:
    """The products of dots that differ in length, one after the other."""
    lefts = [x for node in nodes for x in node.left]
    rights = [x for node in nodes for x in node.right]
    starts = starts_of([len(node.left) for node in nodes])
    flat = (len(lefts),)
    return Term("pairs", listed(lefts, flat), listed(rights, flat), starts)


def sum_terms(
    nodes: Sequence[Dot],
    shape: tuple[int, ...],
    block: Callable[[Operand], int],
) -> list[Term]:
    """The addends of dots: one a row, several a row, or of different counts."""
    counts = {len(node.addends) for node in nodes}
    if counts == {0}:
        return []
    if len(counts) > 1:
        entries = [x for node in nodes for x in node.addends]
        starts = starts_of([len(node.addends) for node in nodes])
        slot = listed(entries, (len(entries),))
        return [Term("sum", None, slot, starts, several=True)]
    terms = []
    for a, b in stretches_of(list(map(block, nodes[0].addends))):
        entries = [x for node in nodes for x in node.addends[a:b]]
        one = b - a == 1
        right = slot_of(entries, shape) if one else listed(entries, (*shape, b - a))
        terms.append(Term("sum", None, right, several=not one))
    return terms


def listed(operands: Sequence[Operand], shape: tuple[int, ...]) -> Slot:
    """A slot that keeps all entries of its lists, constants too."""
    read = np.array([NOWHERE if x.__class__ is float else x for x in operands], int)
    if not len(read) or read.min() >= 0:
        return Slot(read.reshape(shape))
    constants = np.array([x if x.__class__ is float else 0.0 for x in operands])
    return Slot(read.reshape(shape), constants.reshape(shape))


def slot_of(operands: Sequence[Operand], shape: tuple[int, ...]) -> Read:
    """The slot of one operand; a number where all rows have the same constant."""
    first = operands[0]
    if first.__class__ is float and len({repr(x) for x in operands}) == 1:
        return float(first)
    return listed(operands, shape)


def starts_of(counts: Iterable[int]) -> Rows:
    """Where stretches of these lengths start."""
    return np.cumsum([0, *counts])[:-1]


def stretches_of(sources: Sequence[Hashable]) -> list[tuple[int, int]]:
    """The bounds of the stretches of equal entries."""
    bounds = [i for i, x in enumerate(sources) if i == 0 or x != sources[i - 1]]
    return list(itertools.pairwise([*bounds, len(sources)]))
