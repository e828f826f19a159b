"""Heights of the items of a layered layout: least squares, column by column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from visualize.layout.layered import LayeredGraph, Stretch

ROUNDS = 24
LANE_WEIGHT = 24.0
"""Lanes pull harder than cards: a long wire should be straight."""

LEVEL_WEIGHT = 1e6
"""What must stand level moves as one."""

LANE_GAP = 11.0


def align(net: LayeredGraph, row_gap: float) -> list[float]:
    """The middle heights of all items, in the order given, none overlapping.

    Each column in turn moves as near to its neighbours as its order and its gaps
    allow, from the right and from the left by turns; at last with both.
    """
    middles = [0.0] * len(net.before)
    separations = [_separations(net, column, row_gap) for column in net.columns]
    for column, gaps in zip(net.columns, separations, strict=True):
        for item, height in zip(column, _running(gaps), strict=True):
            middles[item] = height - sum(gaps) / 2
    indices = range(len(net.columns))
    for turn in range(ROUNDS):
        both = turn >= ROUNDS - 3
        for index in reversed(indices) if turn % 2 == 0 else indices:
            sides = [net.after, net.before][:: 1 if turn % 2 == 0 else -1]
            _settle(net, index, separations[index], middles, sides[: 2 if both else 1])
    return middles


def _settle(
    net: LayeredGraph,
    index: int,
    gaps: list[float],
    middles: list[float],
    sides: Sequence[list[list[Stretch]]],
) -> None:
    column = net.columns[index]
    wishes, weights = [], []
    for item in column:
        wish, weight = _wish(net, item, middles, sides)
        wishes.append(wish)
        weights.append(weight)
    for item, height in zip(column, spread(wishes, weights, gaps), strict=True):
        middles[item] = height


def _wish(
    net: LayeredGraph,
    item: int,
    middles: Sequence[float],
    sides: Sequence[list[list[Stretch]]],
) -> tuple[float, float]:
    """Where an item would be if it were alone, and how much it matters."""
    total = weight = 0.0
    for side in sides:
        for other, own, their in side[item]:
            pull = 1.0
            if net.level(item) and net.level(other):
                pull = LEVEL_WEIGHT
            elif net.height(item) == 0 and net.height(other) == 0:
                pull = LANE_WEIGHT
            total += pull * (middles[other] + their - own)
            weight += pull
    # An item without neighbours on this side stays where it is, but gives way.
    return (total / weight, weight) if weight else (middles[item], 0.05)


def spread(
    wishes: Sequence[float], weights: Sequence[float], gaps: Sequence[float]
) -> list[float]:
    """The heights nearest to the wishes that keep the order and at least the gaps.

    Weighted isotonic regression by pooling neighbours that collide: R. E. Barlow et
    al., "Statistical Inference under Order Restrictions" (1972).

    >>> spread([0.0, 0.0], [1.0, 1.0], [0.0, 10.0])
    [-5.0, 5.0]
    """
    offsets = list(_running(gaps))
    pools: list[tuple[float, float, int]] = []
    for wish, weight, offset in zip(wishes, weights, offsets, strict=True):
        mean, total, count = wish - offset, weight, 1
        while pools and pools[-1][0] >= mean:
            other, mass, size = pools.pop()
            mean = (mean * total + other * mass) / (total + mass)
            total, count = total + mass, count + size
        pools.append((mean, total, count))
    bases = [mean for mean, _, count in pools for _ in range(count)]
    return [base + offset for base, offset in zip(bases, offsets, strict=True)]


def _separations(
    net: LayeredGraph, column: Sequence[int], row_gap: float
) -> list[float]:
    """For each item, how far its middle must be below that of the item above."""
    gaps = [0.0]
    for above, below in pairwise(column):
        halves = (net.height(above) + net.height(below)) / 2
        lanes = (net.height(above) == 0) + (net.height(below) == 0)
        gaps.append(halves + (row_gap, row_gap / 2 + 3, LANE_GAP)[lanes])
    return gaps if column else []


def _running(gaps: Iterable[float]) -> Iterable[float]:
    total = 0.0
    for gap in gaps:
        total += gap
        yield total
