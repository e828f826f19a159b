"""Heights of the items of a layered layout: least squares, column by column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Protocol

ROUNDS = 24
LANE_WEIGHT = 24.0
"""Lanes pull harder than cards: a long wire should be straight."""

LANE_GAP = 11.0

Stretch = tuple[int, float, float]


class Columns(Protocol):
    """What this module reads of a net; see `layers.Net`."""

    @property
    def columns(self) -> list[list[int]]:
        """The items of each column, from the top."""

    @property
    def before(self) -> list[list[Stretch]]:
        """Each item's neighbours in the column before."""

    @property
    def after(self) -> list[list[Stretch]]:
        """Each item's neighbours in the column after."""

    def height(self, item: int) -> float:
        """An item's height; 0 for a lane."""


def align(net: Columns, row_gap: float) -> list[float]:
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
    net: Columns,
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
    net: Columns,
    item: int,
    middles: Sequence[float],
    sides: Sequence[list[list[Stretch]]],
) -> tuple[float, float]:
    """Where an item would be if it were alone, and how much it matters."""
    total = weight = 0.0
    for side in sides:
        for other, own, their in side[item]:
            lanes = net.height(item) == 0 and net.height(other) == 0
            pull = LANE_WEIGHT if lanes else 1.0
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


def _separations(net: Columns, column: Sequence[int], row_gap: float) -> list[float]:
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
