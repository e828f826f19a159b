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
from dataclasses import dataclass, field
from itertools import groupby, pairwise

from visualize.layout.columns import align
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

LANE_BUDGET = 20_000
"""So many lanes at most: beyond, long wires run straight and may pass behind cards."""

SWEEPS = 12
GAP = 34.0
STEEP_GAP = 80.0

_FARTHEST = 40.0
"""Docks farther from the middle than this pull as if they were there."""

FAR = 4
"""A wire from a leaf over so many columns is a stub, not a way across the sheet."""


@dataclass
class Net:
    """Boxes and lanes in columns, with the stretches of wire between neighbours.

    Items are numbered: first the boxes, then the lanes. `before` and `after` list
    an item's neighbours as (item, own offset, their offset), in which offsets are
    heights relative to the middle of the item at which the wire docks.
    """

    boxes: Sequence[Box]
    columns: list[list[int]] = field(default_factory=list)
    column_of: list[int] = field(default_factory=list)
    before: list[list[tuple[int, float, float]]] = field(default_factory=list)
    after: list[list[tuple[int, float, float]]] = field(default_factory=list)
    lanes: dict[int, list[int]] = field(default_factory=dict)

    def add(self, column: int) -> int:
        """A new item in a column."""
        item = len(self.column_of)
        self.column_of.append(column)
        self.before.append([])
        self.after.append([])
        return item

    def connect(self, left: int, right: int, rise: float, dock: float) -> None:
        """A stretch of wire between items of neighbouring columns."""
        self.after[left].append((right, rise, dock))
        self.before[right].append((left, dock, rise))

    def height(self, item: int) -> float:
        """The height that an item takes up."""
        return self.boxes[item].height if item < len(self.boxes) else 0.0


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
    net = _net(boxes, links, columns)
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
    net = _net(boxes, links)
    _seed(net, links)
    return [item for column in net.columns for item in column if item < len(boxes)]


def columns_of(count: int, links: Sequence[Link]) -> list[int]:
    """The column of each box: as far from the right as its longest path to an end."""
    distance = [0] * count
    # Children come after their parents, so from the last link's end backwards each
    # distance is final when it is used.
    for link in sorted(links, key=lambda link: -link.child):
        distance[link.parent] = max(distance[link.parent], distance[link.child] + 1)
    last = max(distance, default=0)
    return [last - steps for steps in distance]


def far_links(count: int, links: Sequence[Link]) -> list[int]:
    """The links from boxes without operands whose ends lie far apart, by number."""
    columns = columns_of(count, links)
    fed = {link.child for link in links}
    return [
        number
        for number, link in enumerate(links)
        if link.parent not in fed and columns[link.child] - columns[link.parent] >= FAR
    ]


def _net(
    boxes: Sequence[Box],
    links: Sequence[Link],
    columns: Sequence[int] | None = None,
) -> Net:
    columns = columns_of(len(boxes), links) if columns is None else columns
    net = Net(boxes, [[] for _ in range(max(columns, default=-1) + 1)])
    for column in columns:
        net.add(column)
    budget = LANE_BUDGET
    for number, link in enumerate(links):
        budget -= _lay(net, link, number, budget)
    return net


def _lay(net: Net, link: Link, number: int, budget: int) -> int:
    """Lays a link through the columns between its ends; how many lanes that took."""
    box = net.boxes[link.child]
    first, last = net.column_of[link.parent], net.column_of[link.child]
    count = last - first - 1
    if count > budget:
        return 0
    lanes = [net.add(column) for column in range(first + 1, last)]
    stops = [link.parent, *lanes, link.child]
    for left, right in pairwise(stops):
        dock = _pull(box, link.dock) if right == link.child else 0.0
        net.connect(left, right, link.rise if left == link.parent else 0.0, dock)
    net.lanes[number] = lanes
    return count


def _pull(box: Box, dock: int) -> float:
    """How far from a box's middle a wire pulls at it: docks far out would tilt chains.

    Their order stays, by which crossings are counted.
    """
    reach = max(map(abs, (dock - box.height / 2 for dock in box.docks)))
    return (box.docks[dock] - box.height / 2) * min(1.0, _FARTHEST / max(reach, 1.0))


def _seed(net: Net, links: Sequence[Link]) -> None:
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


def _untangle(net: Net) -> None:
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


def _sort(
    net: Net, index: int, neighbours: list[list[tuple[int, float, float]]]
) -> None:
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


def crossings(net: Net) -> int:
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


def _extents(net: Net, middles: Sequence[float]) -> list[tuple[float, float]]:
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


def _gap(net: Net, index: int, middles: Sequence[float]) -> float:
    """Room after a column: more where wires climb, so that they stay readable."""
    climbs = [
        abs(middles[other] + dock - middles[item] - rise)
        for item in net.columns[index]
        for other, rise, dock in net.after[item]
    ]
    return min(STEEP_GAP, GAP + 0.06 * max(climbs, default=0.0))


def _corners(
    net: Net, middles: Sequence[float], extents: Sequence[tuple[float, float]]
) -> tuple[Point, ...]:
    corners = []
    for item, box in enumerate(net.boxes):
        left, right = extents[net.column_of[item]]
        x = left + (right - left - box.width) / 2
        corners.append((x, middles[item] - box.height / 2))
    return tuple(corners)


def _route(
    net: Net,
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
