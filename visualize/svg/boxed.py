"""Boxes round cards whose names begin alike: laid out as one, written as a frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from graphlib import TopologicalSorter
from html import escape

from visualize.cards.boxes import NameBox
from visualize.cards.labels import fit, width
from visualize.cards.remarks import below_of
from visualize.layout.engines import Engine, place
from visualize.layout.geometry import (
    Box,
    Layout,
    Link,
    Point,
    Route,
    cornered,
    end_of,
    led_out,
    start_of,
    straight,
)
from visualize.svg.draft import Draft

PAD = 8.0
HEAD = 20.0
_BELOW = 18.0
_NOTE_SIZE = 10.0
_TITLE_SIZE = 11.0
_TITLE_LIMIT = 260.0


@dataclass(frozen=True)
class Frame:
    """A box round cards: its title, and where it stands once it is placed.

    `inside` says where its cards stand, by their numbers, relative to its corner. Where
    wires come in, `starts` says at which of the box's docks those of a card begin;
    `note` is what stands below the title, where all come in as one. Where cards stand
    in each other's way, `lanes` says where, beside them, the wires of each lead out;
    those of a card without one lead out from the box's middle.
    """

    title: str
    box: Box
    inside: Mapping[int, Point]
    corner: Point = (0.0, 0.0)
    starts: Mapping[int, int] = field(default_factory=dict)
    note: str = ""
    lanes: Mapping[int, float] | None = None

    def turned(self) -> Frame:
        """The same with both axes exchanged."""
        box = Box(self.box.height, self.box.width)
        inside = {number: (y, x) for number, (x, y) in self.inside.items()}
        return replace(self, box=box, inside=inside, corner=self.corner[::-1])

    def rise(self, number: int, card: Box) -> float:
        """How far below the frame's middle a card's wires leave it."""
        if self.lanes is not None:
            middle = self.box.height / 2
            return self.lanes.get(number, middle) - middle
        return self.inside[number][1] + (card.height - self.box.height) / 2

    def led_out(self, number: int, route: Route, card: Box, corner: Point) -> Route:
        """A way that begins at the frame, from one of its cards on."""
        if self.lanes is None:
            return led_out(route, start_of(card, corner))
        if number not in self.lanes:
            return route
        start = corner[0] + card.width / 2, corner[1] + card.height
        turn = start[0], route[0][1]
        return (start, *cornered([start, turn, route[0]]), *route[1:])


def frame_of(named: NameBox, draft: Draft) -> Frame:
    """Cards that no wire joins, so placed that the wires of each lead out of the frame.

    To the right they stand under each other, each with the room below it for what is
    said there; down, beside each other.
    """
    title = fit(named.title, _TITLE_SIZE, _TITLE_LIMIT, bold=True)
    told = width(title, _TITLE_SIZE, bold=True) + 2 * PAD
    widest = max(draft.boxes[number].width for number in named.members)
    inside: dict[int, Point] = {}
    if draft.down:
        across = PAD
        for number in named.members:
            inside[number] = HEAD, across
            across += draft.boxes[number].height + PAD
        return Frame(title, Box(HEAD + widest + PAD, max(across, told)), inside)
    wide, y = max(widest + 2 * PAD, told), HEAD
    for number in named.members:
        box, card = draft.boxes[number], draft.drawing.cards[number]
        inside[number] = (wide - box.width) / 2, y
        y += box.height + (_BELOW if below_of(card, draft.style) else PAD)
    return Frame(title, Box(wide, y), inside)


def titled(frame: Frame) -> Frame:
    """The frame, wide enough for its texts."""
    title = fit(frame.title, _TITLE_SIZE, _TITLE_LIMIT, bold=True)
    told = width(title, _TITLE_SIZE, bold=True), width(frame.note, _NOTE_SIZE)
    wide = max(frame.box.width, *(long + 2 * PAD for long in told))
    more = wide - frame.box.width
    inside = {number: (x + more, y) for number, (x, y) in frame.inside.items()}
    return replace(
        frame, title=title, box=replace(frame.box, width=wide), inside=inside
    )


def place_framed(
    draft: Draft, links: Sequence[Link], frames: Sequence[Frame], engine: Engine
) -> tuple[Layout, tuple[Frame, ...]]:
    """Places cards as `place` does, each frame as one box; and the frames, placed."""
    boxes, style = draft.boxes, draft.style
    around = {number: frame for frame in frames for number in frame.inside}
    first = {number: min(frame.inside) for number, frame in around.items()}
    outer_of = [first.get(number, number) for number in range(len(boxes))]
    before: dict[int, dict[int, None]] = {box: {} for box in sorted(outer_of)}
    for link in links:
        before[outer_of[link.child]][outer_of[link.parent]] = None
    # All stand after those from which wires lead to them.
    shown = list(TopologicalSorter(before).static_order())
    rank = {number: place for place, number in enumerate(shown)}
    at = [rank[number] for number in outer_of]
    found = place(
        [around[n].box if n in around else boxes[n] for n in shown],
        [_outer_link(link, at, around, boxes) for link in links],
        row_gap=style.row_gap,
        engine=engine,
        space=(style.page_height if draft.down else style.page_width)
        - 2 * style.margin,
    )
    corners = [found.corners[rank] for rank in at]
    for number, frame in around.items():
        (left, top), (x, y) = corners[number], frame.inside[number]
        corners[number] = left + x, top + y
    routes = []
    for link, route in zip(links, found.routes, strict=True):
        way = route
        if link.parent in around:
            frame, own = around[link.parent], link.parent
            way = frame.led_out(own, way, boxes[own], corners[own])
        if link.child in around and not around[link.child].note:
            end = end_of(boxes[link.child], corners[link.child], link.dock)
            way = (*way, *straight(way[-1], end))
        routes.append(way)
    placed = (
        replace(frame, corner=found.corners[rank[min(frame.inside)]])
        for frame in frames
    )
    return Layout(tuple(corners), tuple(routes), found.engine), tuple(placed)


def _outer_link(
    link: Link, at: Sequence[int], around: Mapping[int, Frame], boxes: Sequence[Box]
) -> Link:
    """A link between cards as one between the frames that they stand in."""
    source, target = around.get(link.parent), around.get(link.child)
    dock = link.dock + (target.starts.get(link.child, 0) if target else 0)
    rise = source.rise(link.parent, boxes[link.parent]) if source else 0.0
    return Link(at[link.parent], at[link.child], dock, rise)


def write_frame(frame: Frame) -> str:
    """A frame as SVG."""
    left, top = frame.corner
    note = ""
    if frame.note:
        place = f'x="{left + PAD:.1f}" y="{top + 28:.1f}"'
        note = f'<text class="caption" {place}>{escape(frame.note)}</text>'
    return (
        f'<g class="box"><rect class="name-box" x="{left:.1f}" y="{top:.1f}" '
        f'width="{frame.box.width:.1f}" height="{frame.box.height:.1f}" rx="8"/>'
        f'<text class="box-name" x="{left + PAD:.1f}" y="{top + 14:.1f}">'
        f"{escape(frame.title)}</text>{note}</g>"
    )
