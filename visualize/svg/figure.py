"""A drawing with its texts measured and its places found: ready to be written down."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from visualize.cards.boxes import name_boxes, short_titles
from visualize.cards.group_cards import GroupCard
from visualize.cards.labels import clean, fit, width
from visualize.cards.model import Card, Drawing, Wire
from visualize.cards.remarks import below_of
from visualize.cards.wire_text import wire_text
from visualize.layout.engines import Engine
from visualize.layout.geometry import Box, Layout, Link, end_of, straight
from visualize.layout.layers import far_links
from visualize.style import Scale, Style
from visualize.svg.boxed import PAD, Frame, frame_of, place_framed
from visualize.svg.digits_bar import DIGITS_HEIGHT
from visualize.svg.group_face import Body, body_of

_TITLE_LIMIT = 220.0
_OPERATION_LIMIT = 140.0
_USUAL_WIDTH = 176.0
_STUB_LIMIT = 90.0
_BELOW = 18.0
STUB_HEIGHT = 14.0
_NOT_YET = "—"


@dataclass(frozen=True)
class Face:
    """One card's texts and sizes.

    `docks` are heights relative to the card's middle, one an operand slot; the last
    is that of the hidden operands, if there are any. `reach` is the height that the
    docks take up: where it is more than the card's, they sit on a rail. `body` is what
    stands on a group's card. `zone` is the room left of it for what is said at its
    wires.
    """

    title: str
    operation: str
    value: str
    gradient: str
    width: float
    docks: tuple[float, ...]
    reach: float
    height: float
    body: Body | None = None
    zone: float = 0.0


@dataclass(frozen=True)
class Figure:
    """All that a writer needs.

    Faces and corners stand in the order of the drawing's cards; labels, stubs, docks
    and routes in that of its wires. `docks` says at which of the child's docks a wire
    ends. `stubs` names the operand where its wire is a stub, and is empty elsewhere;
    `contributions` whether labels tell what is passed back; `frames` are the boxes
    round cards whose names begin alike.
    """

    drawing: Drawing
    style: Style
    scale: Scale
    faces: tuple[Face, ...]
    labels: tuple[str, ...]
    stubs: tuple[str, ...]
    docks: tuple[int, ...]
    layout: Layout
    contributions: bool = False
    frames: tuple[Frame, ...] = ()

    def card_corner(self, number: int) -> tuple[float, float]:
        """The upper left corner of a card, without the zone of its wires' labels."""
        x, y = self.layout.corners[number]
        face = self.faces[number]
        outer = max(face.height, face.reach)
        return x + face.zone, y + (outer - face.height) / 2


def compose(
    drawing: Drawing,
    style: Style,
    *,
    engine: Engine = "auto",
    contributions: bool = False,
) -> Figure:
    """Measures a drawing's texts and places its cards.

    Args:
        drawing: What to draw.
        style: How it shall look.
        engine: Which layout to use; "auto" takes the best there is.
        contributions: Print on every wire what comes back along it, too.
    """
    operands = drawing.operands()
    named = name_boxes(drawing)
    short = short_titles(drawing, named)
    faces = _evened(
        [
            _face(card, len(wires), style, short.get(number))
            for number, (card, wires) in enumerate(
                zip(drawing.cards, operands, strict=True)
            )
        ]
    )
    labels = tuple(
        wire_text(wire, style.number, contributions) for wire in drawing.wires
    )
    links = _links(operands)
    stubs = _stubs(drawing, faces, links, style)
    zones = _zones(drawing, labels, stubs, style)
    faces = tuple(replace(f, zone=z) for f, z in zip(faces, zones, strict=True))
    boxes = [_box(face) for face in faces]
    kept = [link for link, stub in zip(links, stubs, strict=True) if not stub]
    space = style.page_width - 2 * style.margin
    feet = {n: _foot(drawing.cards[n], style) for box in named for n in box.members}
    frames = [frame_of(box, boxes, feet) for box in named]
    layout, placed = place_framed(boxes, kept, frames, style.row_gap, engine, space)
    layout = _with_stubs(layout, boxes, links, stubs, style)
    scale = Scale.of(list(_gradients(drawing)))
    docks = tuple(link.dock for link in links)
    return Figure(
        drawing=drawing,
        style=style,
        scale=scale,
        faces=faces,
        labels=labels,
        stubs=stubs,
        docks=docks,
        layout=layout,
        contributions=contributions,
        frames=placed,
    )


def _foot(card: Card | GroupCard, style: Style) -> float:
    return _BELOW if below_of(card, style) else PAD


def _stubs(
    drawing: Drawing, faces: Sequence[Face], links: Sequence[Link], style: Style
) -> tuple[str, ...]:
    """What stands at the stubs in place of wires; empty for wires."""
    stubs = [""] * len(links)
    for number in far_links(len(faces), links):
        docks = faces[links[number].child].docks
        title = clean(drawing.cards[links[number].parent].title, style.label_limit)
        # Where slots are nearer to each other, the stubs would overlap.
        if title and (len(docks) < 2 or docks[1] - docks[0] >= STUB_HEIGHT - 1):
            stubs[number] = fit(title, style.wire_size, _STUB_LIMIT)
    return tuple(stubs)


def stub_width(text: str, style: Style) -> float:
    """How wide the stub with a name in it is."""
    return width(text, style.wire_size) + 12


def _zones(
    drawing: Drawing, labels: Sequence[str], stubs: Sequence[str], style: Style
) -> list[float]:
    """The room left of each card for the labels and stubs of its wires."""
    zones = [
        14 + width(text, style.wire_size) if text else 0.0
        for text in map(hidden_label, drawing.cards)
    ]
    for wire, label, stub in zip(drawing.wires, labels, stubs, strict=True):
        wide = 14 + width(label, style.wire_size)
        if stub:
            wide += stub_width(stub, style)
        zones[wire.child] = max(zones[wire.child], wide)
    return zones


def _with_stubs(
    layout: Layout,
    boxes: Sequence[Box],
    links: Sequence[Link],
    stubs: Sequence[str],
    style: Style,
) -> Layout:
    """The layout with a short way for every stub among the routes."""
    routes = iter(layout.routes)
    found = []
    for link, stub in zip(links, stubs, strict=True):
        if stub:
            end = end_of(boxes[link.child], layout.corners[link.child], link.dock)
            start = end[0] + stub_width(stub, style), end[1]
            found.append((start, *straight(start, (start[0] + 4, end[1]))))
        else:
            found.append(next(routes))
    return replace(layout, routes=tuple(found))


def _gradients(drawing: Drawing) -> Iterator[float]:
    """Every gradient of a single node in the picture: not the sums over groups."""
    for card in drawing.cards:
        if isinstance(card, GroupCard):
            for strip in card.strips[1:]:
                yield from (cell for cell in strip.cells if cell is not None)
        elif card.gradient is not None:
            yield card.gradient


def hidden_label(card: Card | GroupCard) -> str:
    """What stands where operands are not shown; empty where all are."""
    return f"{card.hidden_operands:,} more" if card.hidden_operands else ""


def _links(operands: tuple[tuple[Wire, ...], ...]) -> list[Link]:
    """A link for each wire, in the wires' order, to docks in operand order."""
    return [
        Link(wire.parent, wire.child, dock)
        for wires in operands
        for dock, wire in enumerate(wires)
    ]


def _face(card: Card | GroupCard, wires: int, style: Style, short: str | None) -> Face:
    slots = wires + (1 if card.hidden_operands else 0)
    if isinstance(card, GroupCard):
        body = body_of(card, style)
        docks, reach = _docks(slots, body.height, style)
        return Face("", "", "", "", body.width, docks, reach, body.height, body)
    title = clean(card.title if short is None else short, style.label_limit)
    title = fit(title, style.name_size, _TITLE_LIMIT, bold=True)
    operation = fit(card.operation, style.name_size, _OPERATION_LIMIT)
    value = style.number(card.value)
    gradient = _NOT_YET if card.gradient is None else style.number(card.gradient)
    # Beside a title the operation is small print, alone it is the name.
    name_width = width(title, style.name_size, bold=True) + width(
        operation, style.name_size + (not title), bold=not title
    )
    below = width(below_of(card, style), style.caption_size + 1)
    digits = width(str(card.digits), style.caption_size) if card.digits else 0.0
    header = name_width + 22 + width(value, style.value_size)
    band = width("grad", style.caption_size) + 14 + width(gradient, style.value_size)
    needed = max(below, 2 * style.padding + max(header, band, digits))
    height = style.card_height + (DIGITS_HEIGHT if card.digits else 0.0)
    docks, reach = _docks(slots, height, style)
    return Face(
        title=title,
        operation=operation,
        value=value,
        gradient=gradient,
        width=max(style.card_width, needed),
        docks=docks,
        reach=reach,
        height=height,
    )


def _evened(faces: list[Face]) -> tuple[Face, ...]:
    """All cards as wide as the widest of the usual ones, so that columns line up."""
    values = [f.width for f in faces if f.body is None and f.width <= _USUAL_WIDTH]
    usual = max(values, default=0.0)
    return tuple(
        replace(f, width=math.ceil(max(f.width, usual))) if f.body is None else f
        for f in faces
    )


def _docks(count: int, height: float, style: Style) -> tuple[tuple[float, ...], float]:
    if count == 2:
        apart = 0.18 * height
        return (-apart, apart), height
    pitch = min(style.slot_pitch, style.rail_limit / max(1, count))
    docks = tuple((slot - (count - 1) / 2) * pitch for slot in range(count))
    return docks, max(height, count * pitch)


def _box(face: Face) -> Box:
    height = max(face.height, face.reach)
    return Box(
        width=face.zone + face.width,
        height=height,
        docks=tuple(height / 2 + dock for dock in face.docks),
    )
