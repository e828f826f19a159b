"""What is made alike: side by side, in a batch, or one after the other.

The one finder of repeats. A graph is told by what each item is, a number for its kind,
and by the places of what it reads.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from visualize.folding.numbered import readers_of

_LONGEST_TURN = 400
_MOST_RUNS = 40
LEAST_TURNS = 3
"""Fewer turns can't be told from chance."""

_LEAST_SHARE = 50
"""A run that covers less than so small a share of the sequence folds too little."""

_COMPARISONS = 40_000_000

Integers = NDArray[np.int64]


def classes(
    kinds: Iterable[tuple[int, Hashable]],
    near: Sequence[Sequence[int]] | Mapping[int, Sequence[int]],
    gather: Callable[[Iterable[int]], Hashable] = tuple,
) -> dict[int, int]:
    """For each item a number that is equal for those of one kind with equal neighbours.

    Args:
        kinds: Each item and its kind, neighbours first; None for what is like no other.
        near: For each item its neighbours: what it reads, or what reads it.
        gather: What counts of the neighbours: `tuple`, their order; `frozenset`, which.
    """
    known: dict[Hashable, int] = {}
    found: dict[int, int] = {}
    for item, kind in kinds:
        key: Hashable = item
        if kind is not None:
            key = kind, gather(map(found.__getitem__, near[item]))
        found[item] = known.setdefault(key, len(known))
    return found


def in_turns(reads: Sequence[Sequence[int]]) -> list[int]:
    """The items in an order in which each stands right before what reads it first.

    Of several operands the one that lies deepest comes first: so what a step of a
    recurrence computes from its input alone stands in that step.
    """
    depth = [0] * len(reads)
    is_read = [False] * len(reads)
    for item, before in enumerate(reads):
        depth[item] = 1 + max([depth[parent] for parent in before], default=0)
        for parent in before:
            is_read[parent] = True
    order: list[int] = []
    seen = [False] * len(reads)
    ends = [item for item, read in enumerate(is_read) if not read]
    stack = [(item, False) for item in reversed(ends)]
    while stack:
        item, ready = stack.pop()
        if ready:
            order.append(item)
        elif not seen[item]:
            seen[item] = True
            stack.append((item, True))
            parents = sorted(reads[item], key=depth.__getitem__, reverse=True)
            stack += [(parent, False) for parent in reversed(parents)]
    return order


def line_of(
    kinds: Sequence[int], reads: Sequence[Sequence[int]]
) -> tuple[list[int], Chain]:
    """The items of a graph one after the other, as their turns follow each other.

    A leaf that several read, as a weight of a recurrence, is not among them. Where its
    readers lie far apart, others must read the same; else one of its kind.
    """
    readers = readers_of(reads)
    items = [item for item in in_turns(reads) if reads[item] or len(readers[item]) < 2]
    rank = {item: place for place, item in enumerate(items)}
    others = -2 - max(kinds, default=0)
    for item, near in enumerate(readers):
        if item not in rank:
            places = [rank[reader] for reader in near]
            # Two readers may be a layer and a penalty on its weights.
            apart = len(near) > 2 and 2 * (max(places) - min(places)) > len(items)
            rank[item] = others - item if apart else -1 - kinds[item]
    slots = [sorted([rank[parent] for parent in reads[item]]) for item in items]
    return items, Chain([kinds[item] for item in items], slots)


class Run(NamedTuple):
    """A stretch of places in turns of a length; of length 0 where nothing repeats."""

    start: int
    end: int
    length: int


class Chain:
    """Items one after the other, and where among them the same is done in turns.

    Two places are alike, some places apart, if they are of one kind, and read, slot by
    slot, the same or what stands as far apart.

    Args:
        kinds: For each place what it is.
        reads: For each place the places that it reads; a negative number for what
            is not in the line.
    """

    def __init__(self, kinds: Sequence[int], reads: Sequence[Sequence[int]]) -> None:
        self._kinds: Integers = np.array(kinds, dtype=np.int64)
        counts = np.array([len(slots) for slots in reads], dtype=np.int64)
        self._counts: Integers = counts
        self._ends: Integers = np.concatenate(([0], np.cumsum(counts)))
        self._slots: Integers = np.array(
            [place for slots in reads for place in slots], dtype=np.int64
        )

    def runs(self) -> list[Run]:
        """All of it in stretches, from the first to the last: what repeats, the rest.

        Of what could repeat, that which covers most of its stretch comes first.
        """
        found: list[Run] = []
        pending = [(0, len(self._kinds))]
        while pending and len(found) < _MOST_RUNS:
            start, end = pending.pop()
            run = self.longest(start, end)
            if run is not None:
                found.append(run)
                pending += [(run.end, end), (start, run.start)]
        found.sort()
        edges = [0, *(edge for run in found for edge in run[:2]), len(self._kinds)]
        rest = zip(edges[::2], edges[1::2], strict=True)
        return sorted([*found, *(Run(a, b, 0) for a, b in rest if a < b)])

    def longest(
        self, start: int = 0, end: int | None = None, least: int = LEAST_TURNS
    ) -> Run | None:
        """The run that covers most of a stretch; of near equals the shortest turn's.

        Each turn must read the one before it: else they stand side by side. Where
        turns may begin at several places, as few wires as may be lead from one to the
        next, and the last one ends as late as may be.
        """
        end = len(self._kinds) if end is None else end
        best: tuple[int, int, int] | None = None
        count = end - start
        covered = count // _LEAST_SHARE
        size = count + int(self._ends[end] - self._ends[start])
        affordable = _COMPARISONS // max(1, size)
        for length in range(1, min(_LONGEST_TURN, count // least, affordable) + 1):
            if covered > 0.9 * count:
                break
            first, same = _longest_true(self._alike(start, end, length))
            turns = (same + length) // length
            if turns < least or turns * length <= 1.1 * covered:
                continue
            if self._passed(start + first + length, length):
                covered = turns * length
                best = start + first, same + length, length
        return self._cut(*best) if best else None

    def _cut(self, start: int, count: int, length: int) -> Run:
        """The whole turns of a stretch that repeats."""
        last = (count // length - 1) * length
        first = min(
            range(start, start + count % length + 1),
            key=lambda at: (self._passed(at + last, length), -at),
        )
        return Run(first, first + count // length * length, length)

    def _alike(self, start: int, end: int, apart: int) -> NDArray[np.bool_]:
        """For the places of a stretch whether they are like those so far behind."""
        here, there = slice(start, end - apart), slice(start + apart, end)
        same: NDArray[np.bool_] = self._kinds[here] == self._kinds[there]
        same &= self._counts[here] == self._counts[there]
        if _longest_true(same)[1] < apart:
            return same
        owners = np.repeat(np.arange(len(same)), np.where(same, self._counts[here], 0))
        starts = np.cumsum(np.where(same, self._counts[here], 0))
        within = np.arange(len(owners)) - np.concatenate(([0], starts))[owners]
        one = self._slots[self._ends[here][owners] + within]
        other = self._slots[self._ends[there][owners] + within]
        agree = (one == other) | ((one >= 0) & (other - one == apart))
        same[owners[~agree]] = False
        return same

    def _passed(self, turn: int, length: int) -> int:
        """How many places of the two turns before it are read by a turn."""
        slots = self._slots[self._ends[turn] : self._ends[turn + length]]
        near = slots[(slots >= max(0, turn - 2 * length)) & (slots < turn)]
        return len(np.unique(near))


def _longest_true(flags: NDArray[np.bool_]) -> tuple[int, int]:
    """Where the longest stretch of true flags begins, and how long it is."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    if not len(edges):
        return 0, 0
    lengths = edges[1::2] - edges[::2]
    longest = int(np.argmax(lengths))
    return int(edges[2 * longest]), int(lengths[longest])
