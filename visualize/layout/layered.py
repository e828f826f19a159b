"""Boxes in columns, and the lanes of wires that pass columns between their ends."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from visualize.layout.geometry import Box, Link

LANE_BUDGET = 20_000
"""So many lanes at most: beyond, long wires run straight and may pass behind cards."""

_FARTHEST = 40.0
"""Docks farther from the middle than this pull as if they were there."""

FAR = 4
"""A wire from a leaf over so many columns is a stub, not a way across the sheet."""

Stretch = tuple[int, float, float]
"""A neighbour, and where the wire to it docks: here, and there."""


@dataclass
class LayeredGraph:
    """Boxes and lanes in columns, with the stretches of wire between neighbours.

    Items are numbered: first the boxes, then the lanes. `before` and `after` list
    an item's neighbours as (item, own offset, their offset), in which offsets are
    heights relative to the middle of the item at which the wire docks.
    """

    boxes: Sequence[Box]
    columns: list[list[int]] = field(default_factory=list)
    column_of: list[int] = field(default_factory=list)
    before: list[list[Stretch]] = field(default_factory=list)
    after: list[list[Stretch]] = field(default_factory=list)
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

    def level(self, item: int) -> bool:
        """Whether an item stands level with its neighbours of which this holds."""
        return item < len(self.boxes) and self.boxes[item].level

    def height(self, item: int) -> float:
        """The height that an item takes up."""
        return self.boxes[item].height if item < len(self.boxes) else 0.0


def first_of(boxes: Sequence[Box]) -> frozenset[int]:
    """The boxes that stand in the first column."""
    return frozenset(n for n, box in enumerate(boxes) if box.side == "first")


def columns_of(
    count: int, links: Sequence[Link], first: Collection[int] = ()
) -> list[int]:
    """The column of each box: as far from the right as its longest path to an end.

    Args:
        count: How many boxes there are.
        links: The wires between them.
        first: Boxes without operands that stand in the first column.
    """
    distance = [0] * count
    # Children come after their parents, so from the last link's end backwards each
    # distance is final when it is used.
    for link in sorted(links, key=lambda link: -link.child):
        distance[link.parent] = max(distance[link.parent], distance[link.child] + 1)
    last = max(distance, default=0)
    return [0 if box in first else last - steps for box, steps in enumerate(distance)]


def far_links(
    count: int, links: Sequence[Link], first: Collection[int] = ()
) -> list[int]:
    """The links from boxes without operands whose ends lie far apart, by number.

    The arguments are those of `columns_of`.
    """
    columns = columns_of(count, links, first)
    fed = {link.child for link in links}
    return [
        number
        for number, link in enumerate(links)
        if link.parent not in fed and columns[link.child] - columns[link.parent] >= FAR
    ]


def layered(
    boxes: Sequence[Box],
    links: Sequence[Link],
    columns: Sequence[int] | None = None,
) -> LayeredGraph:
    """Boxes in their columns, each link laid through the columns that it passes.

    The arguments are those of `layers.arrange`.
    """
    if columns is None:
        columns = columns_of(len(boxes), links, first_of(boxes))
    net = LayeredGraph(boxes, [[] for _ in range(max(columns, default=-1) + 1)])
    for column in columns:
        net.add(column)
    budget = LANE_BUDGET
    for number, link in enumerate(links):
        budget -= _lay(net, link, number, budget)
    return net


def _lay(net: LayeredGraph, link: Link, number: int, budget: int) -> int:
    """Lays a link through the columns between its ends; how many lanes that took."""
    box = net.boxes[link.child]
    first, last = net.column_of[link.parent], net.column_of[link.child]
    count = last - first - 1
    if count > budget:
        return 0
    lanes = [net.add(column) for column in range(first + 1, last)]
    stops = [link.parent, *lanes, link.child]
    for left, right in pairwise(stops):
        if net.level(left) and net.level(right):
            net.connect(left, right, 0.0, 0.0)
            continue
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
