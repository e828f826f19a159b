"""Layouts that are too wide, wrapped as lines of text are: bands under each other.

The columns of a layered layout are cut where few wires pass. Each band is laid out for
itself; a wire that goes on in the next band leaves at the right, runs back in the gap
between the two, and comes in at the left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from visualize.layout.geometry import Box, Layout, Link, Point, Route, cornered
from visualize.layout.layered import columns_of, first_of
from visualize.layout.layers import GAP, arrange

WIDER = 1.03
"""A picture may be so much wider than its space: better than a card by itself below."""

_BAND = 0.01
"""So much height more is worth as much as a wire that need not turn back."""

_RAGGED = 2.0
"""So is all the room that a band leaves: so bands are about equally long."""

_TURN = 12.0
_LANE = 7.0
_BAND_GAP = 26.0
_GATE = Box(1.0, 0.0, (0.0,))

Exit = tuple[int, float]
"""Where a wire begins: its parent, and how far below its middle."""

WireKey = tuple[Exit, int, int]
"""A wire in a band: its exit, its child or -1 for a gate, and the dock."""


def wrap(
    boxes: Sequence[Box], links: Sequence[Link], row_gap: float, space: float
) -> Layout:
    """A layered layout that is about as wide as the space, in as many bands as needed.

    Args:
        boxes: The boxes, parents before children.
        links: The wires between them.
        row_gap: The least distance between boxes of one column.
        space: How wide it may be.
    """
    columns = columns_of(len(boxes), links, first_of(boxes))
    least = min((box.width for box in boxes), default=0.0)
    if max(columns, default=0) * (GAP + least) <= space:
        whole = arrange(boxes, links, row_gap)
        if right_of(whole, boxes) <= WIDER * space:
            return whole
    starts = _cuts(boxes, links, columns, row_gap, space)
    if len(starts) == 1:
        return arrange(boxes, links, row_gap)
    band_of = [sum(column >= start for start in starts) - 1 for column in columns]
    bands = [_Band() for _ in starts]
    for number, band in enumerate(band_of):
        bands[band].inside.append(number)
    for link in links:
        own, leaves = bands[band_of[link.child]], (link.parent, link.rise)
        for band in range(band_of[link.parent], band_of[link.child]):
            bands[band].leaving.setdefault(leaves, len(bands[band].leaving))
            after = bands[band + 1]
            after.coming.setdefault(leaves, len(after.coming))
        own.wires.append((leaves, link.child, link.dock))
    for band_ in bands:
        band_.place(boxes, columns, row_gap)
    return _stacked(bands, boxes, links, band_of)


def right_of(found: Layout, boxes: Sequence[Box]) -> float:
    """Where a layout's last box ends."""
    ends = [x + box.width for (x, _), box in zip(found.corners, boxes, strict=True)]
    return max(ends, default=0.0)


@dataclass
class _Band:
    """Some columns, with gates where wires come from the band before and go on.

    `inside` are its boxes, `wires` those that end in it; `coming` and `leaving` number
    the exits whose wires come in and go on. `routes` lead from box or gate to box.
    """

    inside: list[int] = field(default_factory=list)
    wires: list[WireKey] = field(default_factory=list)
    coming: dict[Exit, int] = field(default_factory=dict)
    leaving: dict[Exit, int] = field(default_factory=dict)
    corners: dict[int, Point] = field(default_factory=dict)
    entries: dict[Exit, Point] = field(default_factory=dict)
    routes: dict[WireKey, Route] = field(default_factory=dict)

    def place(
        self, boxes: Sequence[Box], columns: Sequence[int], row_gap: float
    ) -> None:
        """Lays out the band for itself."""
        before, count = len(self.coming), len(self.inside)
        own = {box: before + at for at, box in enumerate(self.inside)}
        start = min(columns[box] for box in self.inside) - bool(before)
        middle = [columns[box] - start for box in self.inside]
        keys = [*self.wires, *((leaves, -1, 0) for leaves in self.leaving)]
        links = [
            Link(
                self.coming.get(leaves, own.get(leaves[0], 0)),
                own[child] if child >= 0 else before + count + self.leaving[leaves],
                dock,
                0.0 if leaves in self.coming else leaves[1],
            )
            for leaves, child, dock in keys
        ]
        gates = len(self.leaving)
        found = arrange(
            [_GATE] * before + [boxes[box] for box in self.inside] + [_GATE] * gates,
            links,
            row_gap,
            [0] * before + middle + [max(middle) + 1] * gates,
        )
        self.corners = {box: found.corners[at] for box, at in own.items()}
        self.entries = {way: found.corners[at] for way, at in self.coming.items()}
        self.routes = dict(zip(keys, found.routes, strict=True))

    def extent(self, boxes: Sequence[Box]) -> tuple[float, float, float]:
        """Its right end, its top and its bottom."""
        ys = [y for route in self.routes.values() for _, y in route]
        xs = [x for route in self.routes.values() for x, _ in route]
        for box, (x, y) in self.corners.items():
            ys += [y, y + boxes[box].height]
            xs.append(x + boxes[box].width)
        return max(xs), min(ys), max(ys)


def _cuts(
    boxes: Sequence[Box],
    links: Sequence[Link],
    columns: Sequence[int],
    row_gap: float,
    space: float,
) -> list[int]:
    """The first columns of the bands: low ones, and few wires between them."""
    count = max(columns, default=0) + 1
    widths, heights = [0.0] * count, [0.0] * count
    for box, column in zip(boxes, columns, strict=True):
        widths[column] = max(widths[column], box.width)
        heights[column] += box.height + row_gap
    passing = _passing(links, columns, count)
    best = [0.0] + [float("inf")] * count
    cut = [0] * (count + 1)
    for end in range(1, count + 1):
        wide = high = 0.0
        for start in range(end - 1, -1, -1):
            wide += widths[start] + GAP + (_TURN if start < end - 1 else 0)
            if wide > space and start < end - 1:
                break
            high = max(high, heights[start])
            room = max(0.0, 1 - wide / space)
            own = _BAND * (high + _BAND_GAP) + _RAGGED * room**2
            cost = best[start] + passing[start] + own
            if cost < best[end]:
                best[end], cut[end] = cost, start
    starts, end = [], count
    while end:
        end = cut[end]
        starts.append(end)
    return starts[::-1]


def _passing(links: Sequence[Link], columns: Sequence[int], count: int) -> list[int]:
    """How many exits have wires that come into each column from before it."""
    passing = [0] * (count + 1)
    reach: dict[Exit, int] = {}
    for link in links:
        leaves = link.parent, link.rise
        reach[leaves] = max(reach.get(leaves, 0), columns[link.child])
    for (parent, _), last in reach.items():
        for column in range(columns[parent] + 1, last + 1):
            passing[column] += 1
    return passing


def _stacked(
    bands: Sequence[_Band],
    boxes: Sequence[Box],
    links: Sequence[Link],
    band_of: Sequence[int],
) -> Layout:
    """The bands under each other, and the wires between them joined."""
    extents = [band.extent(boxes) for band in bands]
    right = max(wide for wide, _, _ in extents)
    shifts, floors, y = [], [], 0.0
    for band, (_, top, bottom) in zip(bands, extents, strict=True):
        shifts.append(y - top)
        y += bottom - top
        floors.append(y)
        y += _BAND_GAP + _LANE * len(band.leaving)
    turns = [
        _turns(band, after, shifts[at : at + 2], floors[at], right)
        for at, (band, after) in enumerate(pairwise(bands))
    ]
    corners = [(0.0, 0.0)] * len(boxes)
    for band, shift in zip(bands, shifts, strict=True):
        for box, (x, top) in band.corners.items():
            corners[box] = (x, top + shift)
    routes = []
    for link in links:
        first, last = band_of[link.parent], band_of[link.child]
        leaves = link.parent, link.rise
        route: list[Point] = []
        for at in range(first, last + 1):
            end = (link.child, link.dock) if at == last else (-1, 0)
            part = bands[at].routes[leaves, *end]
            route += [(x, y + shifts[at]) for x, y in part[bool(route) :]]
            if at < last:
                route += turns[at][leaves]
        routes.append(tuple(route))
    return Layout(tuple(corners), tuple(routes), "built-in")


def _turns(
    band: _Band, after: _Band, shifts: Sequence[float], floor: float, right: float
) -> dict[Exit, Route]:
    """The ways from a band's gates back to those of the next, none crossing."""
    ends = {way: band.routes[way, -1, 0][-1] for way in band.leaving}
    order = sorted(ends, key=lambda way: ends[way][1])
    found = {}
    for rank, way in enumerate(order):
        inner, outer = rank, len(order) - 1 - rank
        (x, y), (left, entry) = ends[way], after.entries[way]
        y, entry = y + shifts[0], entry + shifts[1]
        out = right + _TURN + outer * _LANE
        back = left - _TURN - inner * _LANE
        level = floor + _BAND_GAP / 2 + outer * _LANE
        corners = [(out, y), (out, level), (back, level), (back, entry)]
        end = (left + _GATE.width, entry)
        found[way] = cornered([(x, y), *corners, end])
    return found
