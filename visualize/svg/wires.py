"""Wires as SVG: their ways, what stands at them, and stubs in their place."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from visualize.cards.labels import width
from visualize.layout.geometry import Point
from visualize.svg.canvas import path_of
from visualize.svg.face import (
    LABEL_GAP,
    RAIL,
    STUB_HEIGHT,
    hidden_label,
    stub_width,
)
from visualize.svg.figure import Figure
from visualize.svg.marks import wire_label, wire_sign, wire_title, wire_width
from visualize.svg.matrix import cell


def edge(figure: Figure, number: int) -> str:
    """A wire, with what stands at it."""
    wire = figure.drawing.wires[number]
    face = figure.faces[wire.child]
    told = f"<title>{escape(wire_title(figure, wire))}</title>"
    if number in figure.columns:
        return f'<g class="edge">{told}{_cell(figure, number)}</g>'
    sign = wire_sign(wire)
    route = figure.layout.routes[number]
    dock = figure.links[number].dock
    label = _label(figure, wire.child, dock, wire_label(figure, wire))
    return (
        f'<g class="edge">{told}'
        f'<path class="wire {sign}" stroke-width="{wire_width(figure, wire):.1f}" '
        f'd="{path_of(route)} {_into(figure, wire.child, dock)}"/>'
        f"{_leaf_stub(figure, number)}"
        f"{label if face.labelled else ''}</g>"
    )


def _cell(figure: Figure, number: int) -> str:
    """A wire as a cell of its layer's matrix."""
    wire = figure.drawing.wires[number]
    face, (x, y) = figure.faces[wire.child], figure.layout.routes[number][0]
    end = figure.layout.routes[number][-1][0]
    half = face.height / 2
    back, scale = wire.contribution, figure.scale
    shown = wire.local_derivative if back is None else back
    return cell(
        shown,
        None if back is None else scale,
        (x, y - half),
        (end - x - 1, face.height - 1),
    )


def _leaf_stub(figure: Figure, number: int) -> str:
    """The name of an operand that stands far away, in a small frame at the wire."""
    text = figure.stubs[number]
    if not text:
        return ""
    wire = figure.drawing.wires[number]
    role = figure.drawing.cards[wire.parent].role
    wide = stub_width(text, figure.style)
    x, y = figure.layout.routes[number][0]
    if figure.down:
        middle, level = x, y - STUB_HEIGHT / 2
    else:
        middle, level = figure.layout.corners[wire.child][0] + wide / 2, y
    return (
        f'<rect class="pill {role}" x="{middle - wide / 2:.1f}" '
        f'y="{level - STUB_HEIGHT / 2:.1f}" width="{wide:.1f}" '
        f'height="{STUB_HEIGHT:g}" rx="{STUB_HEIGHT / 2:g}"/>'
        f'<text class="pill-name {role}" x="{middle:.1f}" '
        f'y="{level + 0.35 * figure.style.wire_size:.1f}">{escape(text)}</text>'
    )


def hidden_stub(figure: Figure, number: int) -> str:
    """A dashed wire for the operands that the picture leaves out."""
    text = hidden_label(figure.drawing.cards[number])
    if not text:
        return ""
    face = figure.faces[number]
    dock = len(face.docks) - 1
    x, y = _end(figure, number, dock)
    if figure.down:
        y = figure.layout.corners[number][1] - (0 if face.labelled else STUB_HEIGHT)
    else:
        x = figure.layout.corners[number][0]
    line = f"M{x:.1f},{y:.1f} {_into(figure, number, dock)}"
    label = _label(figure, number, dock, [("more", text)]) if face.labelled else ""
    return f'<path class="stub" d="{line}"/>{label}'


def _label(
    figure: Figure, number: int, dock: int, parts: Sequence[tuple[str, str]]
) -> str:
    """The text at a wire's end: above one wire, around two, upon three and more.

    Where wires lead down, it always stands upon its wire.
    """
    if not parts:
        return ""
    flow, face = figure.flow(number, dock), figure.faces[number]
    docks = face.side(dock in face.across)
    size = figure.style.wire_size
    x, y = _end(figure, number, dock)
    wide = sum(width(text, size) for _, text in parts) + 3
    halo, text_y = "", y + 0.35 * size
    if flow == "down":
        y -= LABEL_GAP + 5.5
        halo, text_y = _halo(figure, number, x - wide / 2, y, wide), y + 0.35 * size
        x += (wide - 3) / 2
    else:
        x -= 5
        if len(docks) > 2:
            halo = _halo(figure, number, x - wide, y, wide + 2)
        else:
            first = face.docks[dock] == docks[0]
            text_y = y - 4.5 if first else y + 4 + 0.72 * size
    return halo + _ended(parts, x, text_y, size)


def _ended(parts: Sequence[tuple[str, str]], end: float, y: float, size: float) -> str:
    """Texts in a row that ends at `end`.

    None is a part of another: cairosvg, which makes PNG and PDF, ends each part of a
    text at the same place.
    """
    rest, lines = "", []
    for classes, text in reversed(parts):
        x = end - width(rest, size)
        shown = escape(text.strip())
        lines.append(f'<text class="{classes}" x="{x:.1f}" y="{y:.1f}">{shown}</text>')
        rest = text + rest
    return "".join(reversed(lines))


def _halo(figure: Figure, number: int, left: float, middle: float, wide: float) -> str:
    """Paper behind a text upon a wire to a card: of a box, where it stands in one."""
    boxed = " boxed" if number in figure.framed else ""
    return (
        f'<rect class="halo{boxed}" x="{left:.1f}" y="{middle - 5.5:.1f}" '
        f'width="{wide:.1f}" height="11"/>'
    )


def _into(figure: Figure, number: int, dock: int) -> str:
    """The last straight piece of a wire's way, to its card or to the card's rail."""
    x, y = _end(figure, number, dock)
    return f"V{y:.1f}" if figure.flow(number, dock) == "down" else f"H{x:.1f}"


def _end(figure: Figure, number: int, dock: int) -> Point:
    """Where a wire ends."""
    face = figure.faces[number]
    x, y = figure.card_corner(number)
    railed = dock not in face.across and face.railed(figure.direction)
    rail = RAIL if railed else 0.0
    if figure.flow(number, dock) == "down":
        return x + face.width / 2 + face.docks[dock], y - rail
    return x - rail, y + face.height / 2 + face.docks[dock]
