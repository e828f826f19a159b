"""A layer in its box: small cards, and before them its wires as a matrix.

A row is a neuron, a column what the neurons read, and a cell one wire: its colour says
what comes back along it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from html import escape

from visualize.cards.group_cards import GroupCard
from visualize.cards.labels import clean, join
from visualize.cards.layers import Layer, named_apart
from visualize.cards.model import Drawing
from visualize.layout.geometry import Box, Link, Point, Route, straight
from visualize.style import Scale, Style
from visualize.svg.boxed import HEAD, PAD, Frame, titled
from visualize.svg.css import band_class, band_classes
from visualize.svg.digits_bar import DIGITS_HEIGHT
from visualize.svg.draft import Draft
from visualize.svg.face import Face, measured_value

_HEIGHT = 40.0
_GAP = 6.0
_NOTE = 15.0
_CELL, _WIDEST = 16.0, 320.0
_LANE = 7.0


def small_face(card: GroupCard, title: str, style: Style) -> Face:
    """A neuron as a card of one value, with what warns of it beside its operation.

    For a batch it has many values, and its gradient is what comes back in all.
    """
    shape = card.shape.rpartition(" · ")[2]
    made = join([clean(shape), *card.marks])
    face = measured_value(card, card.value or 0.0, title, made, style)
    if card.value is None:
        face = replace(face, value="", gradient=f"{face.gradient} in all")
    high = _HEIGHT + (DIGITS_HEIGHT if card.digits else 0.0)
    return replace(face, height=high)


def with_row(face: Face, columns: int) -> Face:
    """The face with a row of the matrix before it, in place of its wires' labels."""
    row = columns * min(_CELL, _WIDEST / columns) + _GAP
    docks, side = (0.0,) * columns, face.height
    return replace(
        face, docks=docks, reach=side, labelled=False, row=row, zone=0.0, foot=0.0
    )


def layer_frame(layer: Layer, draft: Draft, read: Collection[int]) -> Frame:
    """The box round a layer's cards, with docks for the wires that it draws.

    Its cards stand under each other, wherever wires lead.

    Args:
        layer: The layer.
        draft: The picture.
        read: The cards from which lines lead, not bundles.
    """
    drawing, boxes = draft.drawing, draft.boxes
    if draft.down:
        boxes = tuple(Box(box.height, box.width) for box in boxes)
    cards = [drawing.cards[number] for number in layer.members]
    title, _ = named_apart([card.title for card in cards])
    several = max(c.samples for c in cards if isinstance(c, GroupCard))
    title = join([title, f"×{several:,} samples" if several > 1 else ""])
    note = ""
    if layer.dense:
        what = "passed back" if drawing.differentiated else "local derivatives"
        note = f"{what}: a row for each neuron, a column for each input"
    top = HEAD + (_NOTE if note else 0.0)
    inside: dict[int, Point] = {}
    docks: list[float] = []
    starts: dict[int, int] = {}
    y = top
    for number in layer.members:
        inside[number], starts[number] = (PAD, y), 0 if note else len(docks)
        docks += () if note else (y + dock for dock in boxes[number].docks)
        y += boxes[number].height + _GAP
    wide = max(boxes[number].width for number in layer.members) + 2 * PAD
    middle = (top + y) / 2
    box = Box(wide, y + PAD - _GAP, tuple(docks) or (middle,))
    frame = titled(Frame(title, box, inside, starts=starts, note=note))
    return _leading_down(frame, layer, read) if draft.down else frame


def _leading_down(frame: Frame, layer: Layer, read: Collection[int]) -> Frame:
    """The box of a layer with lanes beside its cards: of the lowest, the innermost."""
    exits = [number for number in reversed(layer.members) if number in read]
    wide = frame.box.width
    lanes = {number: wide + place * _LANE for place, number in enumerate(exits)}
    wide += len(exits) * _LANE
    turned = replace(frame, box=replace(frame.box, width=wide)).turned()
    return replace(
        turned, box=replace(turned.box, docks=(frame.box.width / 2,)), lanes=lanes
    )


def columns_of(drawing: Drawing, layers: Sequence[Layer]) -> dict[int, int]:
    """For each wire that is a cell, its column."""
    reads = {n: layer.reads for layer in layers if layer.dense for n in layer.members}
    return {
        number: reads[wire.child].index(wire.parent)
        for number, wire in enumerate(drawing.wires)
        if wire.child in reads
    }


def cell_routes(
    draft: Draft, columns: Mapping[int, int], corners: Sequence[Point]
) -> dict[int, Route]:
    """From one side of its cell to the other, for each wire that is one."""
    found = {}
    for number, column in columns.items():
        card = draft.links[number].child
        face, box, (x, y) = draft.faces[card], draft.boxes[card], corners[card]
        wide = (face.row - _GAP) / len(face.docks)
        if draft.down:  # a row lies across
            start = x + box.width / 2, y + column * wide
            end = start[0], start[1] + wide
        else:
            start = x + column * wide, y + box.height / 2
            end = start[0] + wide, start[1]
        found[number] = (start, *straight(start, end))
    return found


def bundles_of(layers: Sequence[Layer]) -> list[Link]:
    """One link for all wires from a box, or from a card, to a dense layer."""
    home = {n: layer.members for layer in layers for n in layer.members}
    found = []
    for layer in layers:
        if layer.dense:
            sources = dict.fromkeys(home.get(n, (n,)) for n in layer.reads)
            ends = [source[len(source) // 2] for source in sources]
            found += [Link(end, layer.members[0], 0) for end in ends]
    return found


def cell(number: float | None, scale: Scale | None, corner: Point, size: Point) -> str:
    """A cell as SVG: gradients as everywhere, other numbers by their sign."""
    name = "unknown"
    if number is not None and (scale is not None or not number):
        name = band_classes(scale or Scale(1.0), number)[0]
    elif number is not None:
        name = band_class(int(math.copysign(6, number)))
    (x, y), (wide, high) = corner, size
    return (
        f'<path class="cell {escape(name)}" '
        f'd="M{x:.1f},{y:.1f} h{wide:.1f} v{high:.1f} h{-wide:.1f} Z"/>'
    )
