"""Boxes round cards whose names begin alike: laid out as one, written as a frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import escape

from visualize.cards.boxes import NameBox
from visualize.cards.group_cards import GroupCard
from visualize.cards.labels import fit, width
from visualize.cards.model import Card
from visualize.cards.remarks import below_of
from visualize.layout.engines import Engine, place
from visualize.layout.geometry import (
    Box,
    Direction,
    Layout,
    Link,
    Point,
    end_of,
    led_out,
    start_of,
    straight,
)
from visualize.style import Style

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
    `note` is what stands below the title, where all come in as one.
    """

    title: str
    box: Box
    inside: Mapping[int, Point]
    corner: Point = (0.0, 0.0)
    starts: Mapping[int, int] = field(default_factory=dict)
    note: str = ""

    def turned(self) -> Frame:
        """The same with both axes exchanged."""
        box = Box(self.box.height, self.box.width)
        inside = {number: (y, x) for number, (x, y) in self.inside.items()}
        return replace(self, box=box, inside=inside, corner=self.corner[::-1])

    def rise(self, number: int, card: Box) -> float:
        """How far below the frame's middle a card's wires leave it."""
        return self.inside[number][1] + (card.height - self.box.height) / 2


def frame_of(
    named: NameBox,
    boxes: Sequence[Box],
    cards: Sequence[Card | GroupCard],
    direction: Direction,
    style: Style,
) -> Frame:
    """Cards that no wire joins, so placed that the wires of each lead out of the frame.

    To the right they stand under each other, each with the room below it for what is
    said there; down, beside each other.
    """
    title = fit(named.title, _TITLE_SIZE, _TITLE_LIMIT, bold=True)
    told = width(title, _TITLE_SIZE, bold=True) + 2 * PAD
    widest = max(boxes[number].width for number in named.members)
    inside: dict[int, Point] = {}
    if direction == "down":
        across = PAD
        for number in named.members:
            inside[number] = HEAD, across
            across += boxes[number].height + PAD
        return Frame(title, Box(HEAD + widest + PAD, max(across, told)), inside)
    wide, y = max(widest + 2 * PAD, told), HEAD
    for number in named.members:
        inside[number] = (wide - boxes[number].width) / 2, y
        y += boxes[number].height + (_BELOW if below_of(cards[number], style) else PAD)
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
    boxes: Sequence[Box],
    links: Sequence[Link],
    frames: Sequence[Frame],
    row_gap: float,
    engine: Engine,
    space: float,
) -> tuple[Layout, tuple[Frame, ...]]:
    """Places cards as `place` does, each frame as one box; and the frames, placed.

    Args:
        boxes: The cards' boxes.
        links: The wires between them.
        frames: Round cards that no wire joins.
        row_gap: As for `place`.
        engine: As for `place`.
        space: As for `place`.
    """
    around = {number: frame for frame in frames for number in frame.inside}
    first = {number: min(frame.inside) for number, frame in around.items()}
    shown = [n for n in range(len(boxes)) if first.get(n, n) == n]
    rank = {number: place for place, number in enumerate(shown)}
    at = [rank[first.get(number, number)] for number in range(len(boxes))]
    outer = [around[n].box if n in around else boxes[n] for n in shown]
    joined = [
        Link(
            at[link.parent],
            at[link.child],
            _start(link.child, around) + link.dock,
            _rise(link, around, boxes),
        )
        for link in links
    ]
    found = place(outer, joined, row_gap=row_gap, engine=engine, space=space)
    corners = [found.corners[rank] for rank in at]
    for number, frame in around.items():
        (left, top), (x, y) = corners[number], frame.inside[number]
        corners[number] = left + x, top + y
    routes = []
    for link, route in zip(links, found.routes, strict=True):
        way = route
        if link.parent in around:
            way = led_out(way, start_of(boxes[link.parent], corners[link.parent]))
        if link.child in around and not around[link.child].note:
            end = end_of(boxes[link.child], corners[link.child], link.dock)
            way = (*way, *straight(way[-1], end))
        routes.append(way)
    placed = (
        replace(frame, corner=found.corners[rank[min(frame.inside)]])
        for frame in frames
    )
    return Layout(tuple(corners), tuple(routes), found.engine), tuple(placed)


def _start(number: int, around: Mapping[int, Frame]) -> int:
    """The first of a frame's docks that is one of a card's."""
    return around[number].starts.get(number, 0) if number in around else 0


def _rise(link: Link, around: Mapping[int, Frame], boxes: Sequence[Box]) -> float:
    frame = around.get(link.parent)
    return frame.rise(link.parent, boxes[link.parent]) if frame else 0.0


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
