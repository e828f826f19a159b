"""Recognise: which dots of a group are the entries of one matrix product.

A dot has a left list and a right list of operands. Where each of some left lists meets
each of some right lists, in n x m dots, these are the product of two matrices. Dense
layers, convolutions, recurrences and attention all are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from autograd.program.plan import Dot, Operand
from autograd.program.statements.views import Rows, affine

MANY, FEW = 4, 4
"""More classes than MANY with fewer dots than FEW each are computed pair by pair."""


class Products(NamedTuple):
    """Dots that form one block.

    Attributes:
        nodes: The dots that were asked about, some with zeros added to their lists.
        grid: The dots, by number, in the shape of the block: (rights, lefts), or for
            weights (lefts, rights), where an axis of length 1 is left out; in front an
            axis for products side by side. HOLE where no dot is.
        left: A dot for each left list, None if it is no matrix product.
        right: A dot for each right list.
        weighs: Whether the left lists are weights, the same for every example. Then
            they are the rows of one matrix, and all the right lists of all examples the
            columns of the other.
    """

    nodes: Sequence[Dot]
    grid: Rows
    left: Rows | None
    right: Rows | None
    weighs: bool = False


HOLE = -1  # in place of a dot, where there is none

Sortable = Callable[[Operand], Any]
List: TypeAlias = "tuple[Operand, ...]"
Met: TypeAlias = "dict[List, dict[List, int]]"
"""For each left list, the right lists that it meets, and in which dot."""


def products(
    nodes: Sequence[Dot],
    sortable: Sortable,
    uniform: Sequence[bool],
    readers: Sequence[Hashable],
) -> list[Products]:
    """Part dots of one pattern into matrix products and others.

    Args:
        nodes: The dots; their operands come from the same blocks in the same order.
        sortable: Tells in which order operands are stored.
        uniform: Whether the number at a place is the same for every example.
        readers: For each dot, what reads it.
    """
    if not nodes[0].left:
        return [_pairs(nodes, range(len(nodes)), sortable)]
    one_sided = _is_uniform(nodes[0].left, uniform) and not _is_uniform(
        nodes[0].right, uniform
    )
    if not one_sided and not any(node.addends for node in nodes):
        nodes = lengthened(nodes)
    by_count: dict[tuple[int, int], list[int]] = defaultdict(list)
    for i, node in enumerate(nodes):
        by_count[len(node.left), len(node.addends)].append(i)
    found: list[Products] = []
    others: list[int] = []
    for members in by_count.values():
        if one_sided:
            good, rest = _exact(nodes, members, sortable, readers)
        else:
            alone = _is_uniform(nodes[0].operands, uniform)
            good, rest = _filled(nodes, members, sortable, weighs=alone)
        found += good
        others += rest
    if others:
        found.append(_pairs(nodes, sorted(others), sortable))
    return found


def _is_uniform(operands: Sequence[Operand], uniform: Sequence[bool]) -> bool:
    return all(x.__class__ is float or uniform[x] for x in operands)  # type: ignore[index]


def _met(nodes: Sequence[Dot], members: list[int]) -> tuple[Met, list[int]]:
    """Which lists meet, and the dots of lists that met before (with other addends)."""
    met: Met = defaultdict(dict)
    again: list[int] = []
    for i in members:
        row = met[nodes[i].left]
        if nodes[i].right in row:
            again.append(i)
        else:
            row[nodes[i].right] = i
    return met, again


def _exact(
    nodes: Sequence[Dot],
    members: list[int],
    sortable: Sortable,
    readers: Sequence[Hashable],
) -> tuple[list[Products], list[int]]:
    """Products of left lists that meet the very same right lists; the dots left over.

    Many small ones are none: they are quicker pair by pair.
    """
    met, rest = _met(nodes, members)
    by_rights: dict[frozenset[List], list[List]] = defaultdict(list)
    for left, row in met.items():
        by_rights[frozenset(row)].append(left)
    if len(by_rights) > MANY and len(members) < FEW * len(by_rights):
        return [], members
    found = []
    for lists, lefts in by_rights.items():
        rights = sorted(lists, key=met[lefts[0]].__getitem__)  # as they were asked
        if not any(x.__class__ is float for xs in rights for x in xs):
            rights = _stored(rights, sortable)
        weights = _stored(lefts, sortable)
        read = [readers[met[left][rights[0]]] for left in weights]
        weights = [weights[i] for i in _as_read(read)]
        product = _matrix(nodes, met, weights, rights)
        found.append(product._replace(grid=product.grid.T, weighs=True))
    return found, rest


def _as_read(readers: Sequence[Hashable]) -> list[int]:
    """The order in which those with one reader stand together.

    What a reader finds in regular places it reads as a slice anyway: then they stay as
    they are. Of an LSTM's four gates a sigmoid reads all but the third, which a tanh
    reads; to gather rows of weights once is quicker than to gather sums at each step.
    """
    found: dict[Hashable, list[int]] = defaultdict(list)
    for i, reader in enumerate(readers):
        found[reader].append(i)
    if all(affine(np.array(group)) for group in found.values()):
        return [*range(len(readers))]
    return [i for group in found.values() for i in group]


def _filled(
    nodes: Sequence[Dot], members: list[int], sortable: Sortable, *, weighs: bool
) -> tuple[list[Products], list[int]]:
    """Products of lists that meet directly or by others; the dots left over.

    Where at least half of all pairs meet, as in causal attention, it is a product that
    computes some numbers which nobody asks for. One list with several others is one
    where no examples vary: weights with the rows of a table.
    """
    met, rest = _met(nodes, members)
    vectors: list[Products] = []
    by_shape: dict[tuple[int, ...], list[Products]] = defaultdict(list)
    for lefts, rights in _components(met):
        count = sum(len(met[left]) for left in lefts)
        pairs = len(lefts) * len(rights)
        is_one = min(len(lefts), len(rights)) == 1
        if 2 * count < pairs or (is_one and (pairs == 1 or not weighs)):
            rest += [i for left in lefts for i in met[left].values()]
            continue
        sides = _stored(lefts, sortable), _stored(rights, sortable)
        found = _matrix(nodes, met, *sides)
        if is_one:
            vectors.append(found._replace(grid=found.grid.T, weighs=True))
        else:
            by_shape[found.grid.shape].append(found)
    return [*vectors, *map(_side_by_side, by_shape.values())], rest


def _components(met: Met) -> list[tuple[list[List], list[List]]]:
    """The lists parted so that no list of one part meets one of another."""
    meets_left: dict[List, list[List]] = defaultdict(list)
    for left, row in met.items():
        for right in row:
            meets_left[right].append(left)
    parts = []
    seen: set[List] = set()
    for start in met:
        if start in seen:
            continue
        lefts, rights = [start], dict.fromkeys(met[start])
        seen.add(start)
        for left in lefts:  # it grows while we walk
            for right in met[left]:
                rights[right] = None
                for other in meets_left.pop(right, ()):
                    if other not in seen:
                        seen.add(other)
                        lefts.append(other)
        parts.append((lefts, list(rights)))
    return parts


def _stored(lists: list[List], sortable: Sortable) -> list[List]:
    """Lists in the order in which what they hold is stored.

    Constants are stored nowhere: lists of them stay as they were asked, so that a state
    which they weigh keeps its order from step to step.
    """
    return sorted(lists, key=lambda xs: _ends(xs, sortable))


def _ends(operands: Sequence[Operand], sortable: Sortable) -> tuple[Any, ...]:
    """Where the first and the last are stored of those that are no constants."""
    stored = [x for x in operands if x.__class__ is int]
    return (sortable(stored[0]), sortable(stored[-1])) if stored else ()


def _matrix(
    nodes: Sequence[Dot], met: Met, lefts: Sequence[List], rights: Sequence[List]
) -> Products:
    """The product of left and right lists, each in this order."""
    grid = np.array(
        [[met[left].get(right, HOLE) for left in lefts] for right in rights]
    )
    left = np.array([next(iter(met[left].values())) for left in lefts])
    right = np.array([max(column) for column in grid.tolist()])
    shape = tuple(n for n in grid.shape if n > 1)
    return Products(
        nodes,
        grid.reshape(shape),
        left if len(left) > 1 else left.reshape(()),
        right if len(right) > 1 else right.reshape(()),
    )


def _side_by_side(group: list[Products]) -> Products:
    """Products of one form, such as the heads of an attention, as one stack."""
    if len(group) == 1:
        return group[0]
    grids, lefts, rights = (
        np.stack([getattr(found, part) for found in group])
        for part in ("grid", "left", "right")
    )
    return Products(group[0].nodes, grids, lefts, rights)


def lengthened(nodes: Sequence[Dot]) -> Sequence[Dot]:
    """The dots with zeros added where a right list is the beginning of a longer one.

    Token t of a causal attention weighs the values of tokens 0 ... t. With zeros for
    those that come later, all tokens weigh the same lists, and that is a product.
    """
    lengths = sorted({len(node.right) for node in nodes}, reverse=True)
    if len(lengths) < 2 or len({type(x) for n in nodes for x in n.operands}) > 1:
        return nodes
    longest: dict[List, List] = {}
    for right in sorted({node.right for node in nodes}, key=len, reverse=True):
        if right not in longest:
            for length in lengths:
                if length <= len(right):
                    longest.setdefault(right[:length], right)
    added = sum(len(longest[node.right]) - len(node.right) for node in nodes)
    if added > 2 * sum(len(node.right) for node in nodes):
        return nodes
    result = []
    for node in nodes:
        right = longest[node.right]
        zeros = (0.0,) * (len(right) - len(node.right))
        result.append(Dot((*node.left, *zeros), right, ()))
    return result


def _pairs(
    nodes: Sequence[Dot], members: Sequence[int], sortable: Sortable
) -> Products:
    """Dots that are computed row by row, in the order of what they read."""
    grid = np.array(
        sorted(members, key=lambda i: (_ends(nodes[i].operands, sortable), i))
    )
    return Products(nodes, grid if len(grid) > 1 else grid.reshape(()), None, None)
