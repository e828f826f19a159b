"""A drawing with its texts measured and its places found: ready to be written down."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from visualize.cards.boxes import NameBox, name_boxes, short_titles
from visualize.cards.group_cards import GroupCard
from visualize.cards.labels import clean, fit
from visualize.cards.layers import Layer, layers_in, named_apart
from visualize.cards.model import Drawing
from visualize.cards.wire_text import wire_text
from visualize.layout.engines import Engine
from visualize.layout.geometry import (
    Box,
    Direction,
    Layout,
    Link,
    Route,
    end_of,
    led_out,
    start_of,
    straight,
    turned,
)
from visualize.layout.layers import far_links
from visualize.style import Scale, Style
from visualize.svg.boxed import Frame, frame_of, place_framed
from visualize.svg.face import (
    STUB_HEIGHT,
    STUB_LIMIT,
    Face,
    Slot,
    evened,
    fits,
    hidden_label,
    measured,
    stub_width,
    wired,
)
from visualize.svg.matrix import (
    bundles_of,
    cell_width,
    columns_of,
    layer_frame,
    small_face,
    with_row,
)


@dataclass(frozen=True)
class Figure:
    """All that a writer needs.

    Faces and corners stand in the order of the drawing's cards; labels, stubs, docks
    and routes in that of its wires. `docks` says at which of the child's docks a wire
    ends. `stubs` names the operand where its wire is a stub, and is empty elsewhere;
    `contributions` whether labels tell what is passed back; `frames` are the boxes
    round cards whose names begin alike; `direction` is where the wires lead. Wires that
    are cells of a matrix have `columns` there, by their numbers, and join in `bundles`.
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
    direction: Direction = "right"
    columns: Mapping[int, int] = field(default_factory=dict)
    bundles: tuple[Route, ...] = ()

    def card_corner(self, number: int) -> tuple[float, float]:
        """The upper left corner of a card, without the zone of its wires' labels."""
        x, y = self.layout.corners[number]
        face = self.faces[number]
        if self.direction == "down":
            return x + (max(face.width, face.reach) - face.width) / 2, y + face.zone
        return x + face.zone, y + (max(face.height, face.reach) - face.height) / 2


def compose(
    drawing: Drawing,
    style: Style,
    *,
    engine: Engine = "auto",
    contributions: bool = False,
    direction: Direction = "right",
) -> Figure:
    """Measures a drawing's texts and places its cards.

    Args:
        drawing: What to draw.
        style: How it shall look.
        engine: Which layout to use; "auto" takes the best there is.
        contributions: Print on every wire what comes back along it, too.
        direction: Where the wires lead.
    """
    if not drawing.wires:
        direction = "right"  # cards that no wire joins fill a page
    links = _links(drawing)
    labels = tuple(
        wire_text(wire, style.number, contributions) for wire in drawing.wires
    )
    layers = layers_in(drawing) if direction == "right" else []
    columns = columns_of(drawing, layers)
    slots = _slots(drawing, links, labels, columns, direction, style)
    stubs = tuple(
        "" if number in columns else slots[link.child][link.dock].stub
        for number, link in enumerate(links)
    )
    named = name_boxes(drawing)
    faces = _faces(drawing, named, layers, slots, direction, style)
    boxes = [face.box(direction) for face in faces]
    frames = [
        *(frame_of(box, boxes, drawing.cards, direction, style) for box in named),
        *(layer_frame(layer, drawing, boxes) for layer in layers),
    ]
    kept = [
        link
        for number, (link, stub) in enumerate(zip(links, stubs, strict=True))
        if not stub and number not in columns
    ]
    bundles = bundles_of(layers)
    high = style.page_width if direction == "right" else style.page_height
    layout, placed = place_framed(
        boxes, [*kept, *bundles], frames, style.row_gap, engine, high - 2 * style.margin
    )
    ways = layout.routes[len(kept) :]
    layout = replace(layout, routes=layout.routes[: len(kept)])
    layout = _led_out(layout, faces, boxes, kept)
    layout = _with_short_ways(
        layout, faces, boxes, links, stubs, columns, direction, style
    )
    if direction == "down":
        layout, placed = turned(layout), tuple(frame.turned() for frame in placed)
    return Figure(
        drawing=drawing,
        style=style,
        scale=Scale.of(list(_gradients(drawing))),
        faces=faces,
        labels=labels,
        stubs=stubs,
        docks=tuple(link.dock for link in links),
        layout=layout,
        contributions=contributions,
        frames=placed,
        direction=direction,
        columns=columns,
        bundles=ways,
    )


def _faces(
    drawing: Drawing,
    named: tuple[NameBox, ...],
    layers: Sequence[Layer],
    slots: Sequence[Sequence[Slot]],
    direction: Direction,
    style: Style,
) -> tuple[Face, ...]:
    """All cards measured, with places for what comes into them."""
    short = short_titles(drawing, named)
    faces = [
        measured(card, style, short.get(n)) for n, card in enumerate(drawing.cards)
    ]
    columns: dict[int, int] = {}
    for layer in layers:
        titles = [drawing.cards[number].title for number in layer.members]
        for number, title in zip(layer.members, named_apart(titles)[1], strict=True):
            card = drawing.cards[number]
            if isinstance(card, GroupCard):
                faces[number] = small_face(card, title, style)
            columns[number] = len(layer.reads) if layer.dense else 0
    found = [
        with_row(face, columns[number])
        if columns.get(number)
        else wired(face, drawing.cards[number], slots[number], direction, style)
        for number, face in enumerate(evened(faces))
    ]
    for layer in layers:
        wide = max(found[number].width for number in layer.members)
        zone = max(found[number].zone for number in layer.members)
        for number in layer.members:
            found[number] = replace(found[number], width=wide, zone=zone)
    return tuple(found)


def _links(drawing: Drawing) -> list[Link]:
    """A link for each wire, in the wires' order, to docks in operand order."""
    return [
        Link(wire.parent, wire.child, dock)
        for wires in drawing.operands()
        for dock, wire in enumerate(wires)
    ]


def _slots(
    drawing: Drawing,
    links: Sequence[Link],
    labels: Sequence[str],
    cells: Collection[int],
    direction: Direction,
    style: Style,
) -> list[list[Slot]]:
    """For each card what stands at its wires, and for its hidden operands."""
    slots: list[list[Slot]] = [[] for _ in drawing.cards]
    for link, label in zip(links, labels, strict=True):
        slots[link.child].append(Slot(label))
    for number, card in enumerate(drawing.cards):
        if card.hidden_operands:
            slots[number].append(Slot(hidden_label(card)))
    for number in far_links(len(slots), links):
        if number in cells:
            continue
        link = links[number]
        title = clean(drawing.cards[link.parent].title, style.label_limit)
        stub = fit(title, style.wire_size, STUB_LIMIT)
        stubbed = slots[link.child].copy()
        stubbed[link.dock] = Slot(labels[number], stub)
        if fits(stubbed, direction, style):
            slots[link.child] = stubbed
    return slots


def _led_out(
    layout: Layout, faces: Sequence[Face], boxes: Sequence[Box], links: Sequence[Link]
) -> Layout:
    """The layout with wires that begin at the cards, not below what is said there."""
    routes = []
    for link, route in zip(links, layout.routes, strict=True):
        foot = faces[link.parent].foot
        x, y = start_of(boxes[link.parent], layout.corners[link.parent])
        routes.append(led_out(route, (x - foot, y)) if foot else route)
    return replace(layout, routes=tuple(routes))


def _with_short_ways(
    layout: Layout,
    faces: Sequence[Face],
    boxes: Sequence[Box],
    links: Sequence[Link],
    stubs: Sequence[str],
    columns: Mapping[int, int],
    direction: Direction,
    style: Style,
) -> Layout:
    """The layout with a short way for every stub and every cell among the routes."""
    routes = iter(layout.routes)
    found = []
    for number, (link, stub) in enumerate(zip(links, stubs, strict=True)):
        corner, box = layout.corners[link.child], boxes[link.child]
        if number in columns:
            wide = cell_width(faces[link.child])
            start = corner[0] + columns[number] * wide, corner[1] + box.height / 2
            found.append((start, *straight(start, (start[0] + wide, start[1]))))
        elif stub:
            end = end_of(box, corner, link.dock)
            long = STUB_HEIGHT if direction == "down" else stub_width(stub, style)
            start = end[0] + long, end[1]
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
