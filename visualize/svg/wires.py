"""Wires as SVG: their ways, what stands at them, and stubs in their place."""

from __future__ import annotations

from html import escape

from visualize.cards.labels import width
from visualize.svg.canvas import path_of
from visualize.svg.figure import STUB_HEIGHT, Face, Figure, hidden_label, stub_width
from visualize.svg.marks import wire_label, wire_sign, wire_title, wire_width

_LABEL_PITCH = 9.0
"""Where slots are nearer to each other, labels would overlap and are left out."""


def edge(figure: Figure, number: int) -> str:
    """A wire, with what stands at it."""
    wire = figure.drawing.wires[number]
    face = figure.faces[wire.child]
    sign = wire_sign(wire)
    route = figure.layout.routes[number]
    dock = figure.docks[number]
    classes, shown = wire_label(figure, wire)
    label = _label(figure, wire.child, dock, figure.labels[number], classes, shown)
    return (
        f'<g class="edge"><title>{escape(wire_title(figure, wire))}</title>'
        f'<path class="wire {sign}" stroke-width="{wire_width(figure, wire):.1f}" '
        f'd="{path_of(route)} H{_card_side(figure, wire.child):.1f}"/>'
        f"{_leaf_stub(figure, number)}"
        f"{label if _labelled(face) else ''}</g>"
    )


def _leaf_stub(figure: Figure, number: int) -> str:
    """The name of an operand that stands far away, in a small frame at the wire."""
    text = figure.stubs[number]
    if not text:
        return ""
    wire = figure.drawing.wires[number]
    role = figure.drawing.cards[wire.parent].role
    wide = stub_width(text, figure.style)
    x = figure.layout.corners[wire.child][0]
    y = figure.layout.routes[number][0][1]
    top = y - STUB_HEIGHT / 2
    return (
        f'<rect class="pill {role}" x="{x:.1f}" y="{top:.1f}" width="{wide:.1f}" '
        f'height="{STUB_HEIGHT:g}" rx="{STUB_HEIGHT / 2:g}"/>'
        f'<text class="pill-name {role}" x="{x + wide / 2:.1f}" '
        f'y="{y + 0.35 * figure.style.wire_size:.1f}">{escape(text)}</text>'
    )


def hidden_stub(figure: Figure, number: int) -> str:
    """A dashed wire for the operands that the picture leaves out."""
    text = hidden_label(figure.drawing.cards[number])
    if not text:
        return ""
    dock = len(figure.faces[number].docks) - 1
    x, y = figure.layout.corners[number][0], _dock_height(figure, number, dock)
    line = f"M{x:.1f},{y:.1f} H{_card_side(figure, number):.1f}"
    label = _label(figure, number, dock, text, "more")
    return f'<path class="stub" d="{line}"/>{label}'


def _label(
    figure: Figure,
    number: int,
    dock: int,
    text: str,
    classes: str,
    shown: str = "",
) -> str:
    """The text at a wire's end: above one wire, around two, upon three and more."""
    count = len(figure.faces[number].docks)
    size = figure.style.wire_size
    x = _card_side(figure, number) - 5
    y = _dock_height(figure, number, dock)
    if count > 2:
        wide = width(text, size) + 3
        halo = (
            f'<rect class="halo" x="{x - wide:.1f}" y="{y - 5.5:.1f}" '
            f'width="{wide + 2:.1f}" height="11"/>'
        )
        text_y = y + 0.35 * size
    else:
        halo = ""
        text_y = y - 4.5 if count == 1 or dock == 0 else y + 4 + 0.72 * size
    place = f'x="{x:.1f}" y="{text_y:.1f}"'
    return f'{halo}<text class="{classes}" {place}>{shown or text}</text>'


def _card_side(figure: Figure, number: int) -> float:
    return figure.card_corner(number)[0] - (6 if railed(figure.faces[number]) else 0)


def _dock_height(figure: Figure, number: int, dock: int) -> float:
    face = figure.faces[number]
    return figure.card_corner(number)[1] + face.height / 2 + face.docks[dock]


def railed(face: Face) -> bool:
    """Whether its wires end at a bar at the card's left."""
    return len(face.docks) > 4 and face.reach > face.height


def _labelled(face: Face) -> bool:
    docks = face.docks
    return len(docks) < 3 or docks[1] - docks[0] >= _LABEL_PITCH
