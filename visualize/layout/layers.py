"""A small layered layout, for machines without Graphviz.

After K. Sugiyama, S. Tagawa, M. Toda, "Methods for visual understanding of hierarchical
system structures", IEEE Trans. SMC 11 (1981): columns by the longest path to an
output, order within a column by barycentres, heights by least squares. A wire that
passes columns between its ends has a lane of its own in each, so none runs through
a card.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence
from itertools import groupby, pairwise

from visualize.layout.geometry import (
    Box,
    Layout,
    Link,
    Point,
    Route,
    curve,
    end_of,
    start_of,
    straight,
)
from visualize.layout.heights import align
from visualize.layout.layered import LayeredGraph, Stretch, layered

SWEEPS = 12
GAP = 34.0
STEEP_GAP = 80.0


def arrange(
    boxes: Sequence[Box],
    links: Sequence[Link],
    row_gap: float,
    columns: Sequence[int] | None = None,
) -> Layout:
    """Places boxes in columns from left to right; see the module's first lines.

    Args:
        boxes: The boxes.
        links: The wires between them.
        row_gap: The least distance between boxes of one column.
        columns: The column of each box, where that is decided elsewhere.
    """
    net = layered(boxes, links, columns)
    _seed(net, links)
    _untangle(net)
    middles = align(net, row_gap)
    extents = _extents(net, middles)
    corners = _corners(net, middles, extents)
    routes = tuple(
        _route(net, number, corners, middles, extents, link)
        for number, link in enumerate(links)
    )
    return Layout(corners, routes, "built-in")


def reading_order(boxes: Sequence[Box], links: Sequence[Link]) -> list[int]:
    """The boxes column by column, each from the top, operands in their order."""
    net = layered(boxes, links)
    _seed(net, links)
    return [item for column in net.columns for item in column if item < len(boxes)]


def _seed(net: LayeredGraph, links: Sequence[Link]) -> None:
    """First order: a walk from the outputs back, operands from first to last."""
    sources = {link.parent for link in links}
    stack = [box for box in reversed(range(len(net.boxes))) if box not in sources]
    seen = [False] * len(net.column_of)
    while stack:
        item = stack.pop()
        if seen[item]:
            continue
        seen[item] = True
        net.columns[net.column_of[item]].append(item)
        stack.extend(left for left, _, _ in reversed(net.before[item]))
    for item, met in enumerate(seen):
        if not met:
            net.columns[net.column_of[item]].append(item)


def _untangle(net: LayeredGraph) -> None:
    """Reorders columns by barycentres as long as that lessens the crossings."""
    best = [list(column) for column in net.columns]
    fewest = crossings(net)
    for sweep in range(SWEEPS):
        if not fewest:
            break
        rightward = sweep % 2 == 0
        order = range(len(net.columns))
        for index in order if rightward else reversed(order):
            _sort(net, index, net.before if rightward else net.after)
        count = crossings(net)
        if count < fewest:
            best, fewest = [list(column) for column in net.columns], count
    net.columns = best


def _sort(net: LayeredGraph, index: int, neighbours: list[list[Stretch]]) -> None:
    column = net.columns[index]
    rank: dict[int, float] = {}
    for side in (index - 1, index + 1):
        if 0 <= side < len(net.columns):
            rank.update({item: r for r, item in enumerate(net.columns[side])})
    keys: dict[int, float] = {}
    for place, item in enumerate(column):
        near = neighbours[item]
        # Where in the neighbour's height a wire docks breaks ties between siblings.
        heights = [rank[n] + their / (net.height(n) + 1) for n, _, their in near]
        keys[item] = sum(heights) / len(heights) if heights else float(place)
    column.sort(key=lambda item: keys[item])


def crossings(net: LayeredGraph) -> int:
    """How many pairs of wires cross, summed over the gaps between columns."""
    count = 0
    for left, right in pairwise(net.columns):
        rank = {item: place for place, item in enumerate(right)}
        ends: list[tuple[int, float]] = []
        for item in left:
            near = [(rise, rank[other], dock) for other, rise, dock in net.after[item]]
            # Wires from one point fan out without crossing each other.
            for _, fan in groupby(sorted(near), key=lambda wire: wire[0]):
                found = [(place, dock) for _, place, dock in fan]
                count += sum(len(ends) - bisect_right(ends, end) for end in found)
                for end in found:
                    insort(ends, end)
    return count


def _extents(net: LayeredGraph, middles: Sequence[float]) -> list[tuple[float, float]]:
    """The left and right ends of each column."""
    extents, left = [], 0.0
    for index, column in enumerate(net.columns):
        # Every column has a box: the longest path to an output leads through one.
        right = left + max(
            net.boxes[item].width for item in column if item < len(net.boxes)
        )
        extents.append((left, right))
        left = right + _gap(net, index, middles)
    return extents


def _gap(net: LayeredGraph, index: int, middles: Sequence[float]) -> float:
    """Room after a column: more where wires climb, so that they stay readable."""
    climbs = [
        abs(middles[other] + dock - middles[item] - rise)
        for item in net.columns[index]
        for other, rise, dock in net.after[item]
    ]
    return min(STEEP_GAP, GAP + 0.06 * max(climbs, default=0.0))


def _corners(
    net: LayeredGraph, middles: Sequence[float], extents: Sequence[tuple[float, float]]
) -> tuple[Point, ...]:
    corners = []
    for item, box in enumerate(net.boxes):
        left, right = extents[net.column_of[item]]
        x = left + (right - left - box.width) / 2
        corners.append((x, middles[item] - box.height / 2))
    return tuple(corners)


def _route(
    net: LayeredGraph,
    number: int,
    corners: Sequence[Point],
    middles: Sequence[float],
    extents: Sequence[tuple[float, float]],
    link: Link,
) -> Route:
    """Level through columns, S-shaped in the gaps between them."""
    start = start_of(net.boxes[link.parent], corners[link.parent], link.rise)
    end = end_of(net.boxes[link.child], corners[link.child], link.dock)
    points: list[Point] = [start]
    _go_level(points, extents[net.column_of[link.parent]][1])
    for lane in net.lanes.get(number, []):
        enter, leave = extents[net.column_of[lane]]
        points.extend(curve(points[-1], (enter, middles[lane])))
        _go_level(points, leave)
    enter = extents[net.column_of[link.child]][0]
    points.extend(curve(points[-1], (enter, end[1])))
    _go_level(points, end[0])
    return tuple(points)


def _go_level(points: list[Point], x: float) -> None:
    last = points[-1]
    if last[0] < x:
        points.extend(straight(last, (x, last[1])))
