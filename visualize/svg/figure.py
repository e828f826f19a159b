"""A drawing with its texts measured and its places found: ready to be written down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from visualize.cards.boxes import NameBox, name_boxes, short_titles
from visualize.cards.group_cards import GroupCard
from visualize.cards.labels import clean, fit
from visualize.cards.layers import Layer, layers_in, named_apart
from visualize.cards.model import Drawing
from visualize.cards.wire_text import wire_text
from visualize.layout.engines import Engine
from visualize.layout.geometry import (
    ACROSS,
    Box,
    Direction,
    Layout,
    Link,
    Route,
    led_out,
    start_of,
    turned,
)
from visualize.style import Scale, Style
from visualize.svg.boxed import Frame, frame_of, place_framed
from visualize.svg.draft import Draft
from visualize.svg.face import (
    STUB_LIMIT,
    Face,
    Slot,
    evened,
    fits,
    hidden_label,
    measured,
    wired,
)
from visualize.svg.matrix import (
    bundles_of,
    cell_routes,
    columns_of,
    layer_frame,
    small_face,
    with_row,
)
from visualize.svg.steps import (
    inner_routes,
    lanes_of,
    step_frames,
    stub_routes,
    stubs_of,
)


@dataclass(frozen=True)
class Figure(Draft):
    """All that a writer needs.

    Faces and corners stand in the order of the drawing's cards; links, stubs and routes
    in that of its wires. `stubs` names the operand where its wire is a stub,
    and is empty elsewhere; `contributions` whether labels tell what is passed back;
    `frames` are the boxes round cards whose names begin alike. Wires that are cells of
    a matrix have `columns` there, by their numbers, and join in `bundles`.
    """

    scale: Scale
    stubs: tuple[str, ...]
    layout: Layout
    contributions: bool
    frames: tuple[Frame, ...]
    columns: Mapping[int, int]
    bundles: tuple[Route, ...]

    @cached_property
    def framed(self) -> frozenset[int]:
        """The cards that stand in frames."""
        return frozenset(card for frame in self.frames for card in frame.inside)

    def flow(self, card: int, dock: int) -> Direction:
        """Where a wire leads as it enters a card: inside of a step, across."""
        across = dock in self.faces[card].across
        return ACROSS[self.direction] if across else self.direction

    def card_corner(self, number: int) -> tuple[float, float]:
        """The upper left corner of a card, without the zone of its wires' labels."""
        x, y = self.layout.corners[number]
        face = self.faces[number]
        x += face.row
        if self.down:
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
    """Measures a drawing's texts and places its cards."""
    if not drawing.wires:
        direction = "right"  # cards that no wire joins fill a page
    links = _links(drawing)
    layers = layers_in(drawing, direction)
    columns, lanes = columns_of(drawing, layers), lanes_of(drawing, links)
    labels = [wire_text(wire, style.number, contributions) for wire in drawing.wires]
    slots = _slots(drawing, links, labels, {*columns, *lanes}, direction, style)
    stubs = tuple(
        "" if number in columns else slots[link.child][link.dock].stub
        for number, link in enumerate(links)
    )
    draft = _drafted(drawing, style, direction, links, lanes, layers, slots)
    short = {*columns, *lanes, *(n for n, stub in enumerate(stubs) if stub)}
    long = [link for number, link in enumerate(links) if number not in short]
    read = {link.parent for link in long}
    frames = [
        *(frame_of(box, draft) for box in _named(drawing)),
        *(layer_frame(layer, draft, read) for layer in layers),
        *step_frames(draft),
    ]
    layout, placed = place_framed(draft, [*long, *bundles_of(layers)], frames, engine)
    near = {
        **cell_routes(draft, columns, layout.corners),
        **inner_routes(draft, placed, layout.corners),
        **stub_routes(draft, stubs, layout.corners),
    }
    layout = _with_short_ways(draft, layout, near)
    if draft.down:
        layout, placed = turned(layout), tuple(frame.turned() for frame in placed)
    return Figure(
        **vars(draft),
        scale=Scale.of(list(_gradients(drawing))),
        stubs=stubs,
        layout=replace(layout, routes=layout.routes[: len(links)]),
        contributions=contributions,
        frames=placed,
        columns=columns,
        bundles=layout.routes[len(links) :],
    )


def _drafted(
    drawing: Drawing,
    style: Style,
    direction: Direction,
    links: tuple[Link, ...],
    lanes: Mapping[int, int],
    layers: Sequence[Layer],
    slots: Sequence[Sequence[Slot]],
) -> Draft:
    """The cards, measured with what stands at their wires, and their boxes."""
    across: dict[int, set[int]] = defaultdict(set)
    for number, lane in lanes.items():
        if lane < 0:
            across[links[number].child].add(links[number].dock)
    bare = evened(_measured(drawing, layers, style))
    faces = [
        wired(face, card, slots[number], direction, style, across[number])
        for number, (face, card) in enumerate(zip(bare, drawing.cards, strict=True))
    ]
    faces = _in_layers(faces, layers)
    boxes = tuple(_boxes(drawing, faces, direction))
    return Draft(drawing, style, direction, links, lanes, tuple(faces), boxes)


def _stepped(drawing: Drawing) -> set[int]:
    """The cards that stand in the steps of a recurrence."""
    return {card for step in drawing.steps for card in step.cards.values()}


def _named(drawing: Drawing) -> tuple[NameBox, ...]:
    """The boxes of names, but those round cards in steps."""
    stepped = _stepped(drawing)
    return tuple(b for b in name_boxes(drawing) if stepped.isdisjoint(b.members))


def _measured(drawing: Drawing, layers: Sequence[Layer], style: Style) -> list[Face]:
    """All cards measured; those in boxes have short titles."""
    short = short_titles(drawing, _named(drawing))
    faces = [
        measured(card, style, short.get(n)) for n, card in enumerate(drawing.cards)
    ]
    for layer in layers:
        titles = [drawing.cards[number].title for number in layer.members]
        for number, title in zip(layer.members, named_apart(titles)[1], strict=True):
            card = drawing.cards[number]
            if isinstance(card, GroupCard):
                faces[number] = small_face(card, title, style)
    return faces


def _in_layers(faces: Sequence[Face], layers: Sequence[Layer]) -> list[Face]:
    """Those of a layer as wide as each other, with a row of its matrix before each."""
    found = list(faces)
    for layer in layers:
        for number in layer.members:
            if layer.dense:
                found[number] = with_row(faces[number], len(layer.reads))
        wide = max(found[number].width for number in layer.members)
        zone = max(found[number].zone for number in layer.members)
        for number in layer.members:
            found[number] = replace(found[number], width=wide, zone=zone)
    return found


def _boxes(
    drawing: Drawing, faces: Sequence[Face], direction: Direction
) -> Iterator[Box]:
    """The boxes of the cards; what is outside stands at one side or the other."""
    first, stepped = _first(drawing), _stepped(drawing)
    for number, (card, face) in enumerate(zip(drawing.cards, faces, strict=True)):
        box = replace(face.box(direction), level=number in stepped)
        if card.outside:
            box = replace(box, side="first" if number in first else "last")
        yield box


def _first(drawing: Drawing) -> frozenset[int]:
    """The cards at the border that enter what is opened."""
    fed = {wire.child for wire in drawing.wires}
    outside = {n for n, card in enumerate(drawing.cards) if card.outside}
    return frozenset(outside - fed)


def _links(drawing: Drawing) -> tuple[Link, ...]:
    """A link for each wire, in the wires' order, to docks in operand order."""
    return tuple(
        Link(wire.parent, wire.child, dock)
        for wires in drawing.operands()
        for dock, wire in enumerate(wires)
    )


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
        if hidden := hidden_label(card):
            slots[number].append(Slot(hidden))
    for number, text in stubs_of(drawing, links, _first(drawing)).items():
        if number in cells:
            continue
        link = links[number]
        stub = fit(clean(text, style.label_limit), style.wire_size, STUB_LIMIT)
        stubbed = slots[link.child].copy()
        stubbed[link.dock] = Slot(labels[number], stub)
        if fits(stubbed, direction, style):
            slots[link.child] = stubbed
    return slots


def _with_short_ways(draft: Draft, layout: Layout, near: Mapping[int, Route]) -> Layout:
    """The layout with the ways of stubs, cells and steps among the routes.

    What is left of the routes are those of bundles: they come last.
    """
    routes = iter(layout.routes)
    found = []
    for number, link in enumerate(draft.links):
        if number in near:
            found.append(near[number])
            continue
        # It begins at the card, not below what is said there.
        foot = draft.faces[link.parent].foot
        x, y = start_of(draft.boxes[link.parent], layout.corners[link.parent])
        route = next(routes)
        found.append(led_out(route, (x - foot, y)) if foot else route)
    return replace(layout, routes=(*found, *routes))


def _gradients(drawing: Drawing) -> Iterator[float]:
    """Every gradient of a single node in the picture: not the sums over groups."""
    for card in drawing.cards:
        if isinstance(card, GroupCard):
            for strip in card.strips[1:]:
                yield from (cell for cell in strip.cells if cell is not None)
        elif card.gradient is not None:
            yield card.gradient
