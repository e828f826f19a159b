"""The picture as SVG: no script, no link, every text escaped."""

from __future__ import annotations

import math
from html import escape

from visualize.cards.group_cards import GroupCard
from visualize.cards.labels import width
from visualize.cards.model import Card
from visualize.cards.remarks import below_of
from visualize.svg.boxed import write_frame
from visualize.svg.canvas import document, extent, path_of, rail, text
from visualize.svg.css import Theme, band_classes
from visualize.svg.digits_bar import DIGITS_HEIGHT, digits_bar
from visualize.svg.face import RAIL, Face
from visualize.svg.figure import Figure
from visualize.svg.groups import STACK, group_card
from visualize.svg.legend import legend
from visualize.svg.marks import card_title, group_title
from visualize.svg.wires import edge, hidden_stub

_LEAST_WIDTH = 620.0
_HEAD = 26.0
_NOTE_SIZE = 12.0


def write_svg(figure: Figure, theme: Theme = "auto") -> str:
    """The whole picture as an SVG document.

    The same figure gives the same text, to the byte. Cards have class `node`, operand
    slots class `edge`, and all ids begin with a hash of the content.
    """
    left, top, right, _ = _extent(figure)
    margin = figure.style.margin
    key, (_, height) = legend(figure, max(right - left, _LEAST_WIDTH))
    head = _HEAD if figure.drawing.note else 0.0
    size = page_size(figure)
    foot = size[1] - margin - height
    place = f"{margin - left:.1f} {margin + head - top:.1f}"
    lines = [
        *([text("note", margin, margin + 6, figure.drawing.note)] if head else []),
        f'<g class="sheet" transform="translate({place})">',
        *map(write_frame, figure.frames),
        *(f'<path class="bundle" d="{path_of(way)}"/>' for way in figure.bundles),
        *(edge(figure, number) for number in range(len(figure.drawing.wires))),
        *(_node(figure, number) for number in range(len(figure.faces))),
        "</g>",
        f'<g class="key" transform="translate({margin:.1f} {foot:.1f})">',
        *key,
        "</g>",
    ]
    title = figure.drawing.summary
    return document(size, title, lines, style=figure.style, theme=theme)


def page_size(figure: Figure) -> tuple[float, float]:
    """The width and height of the whole picture."""
    left, top, right, bottom = _extent(figure)
    _, key = legend(figure, max(right - left, _LEAST_WIDTH))
    head = _HEAD if figure.drawing.note else 0.0
    margins = 2 * figure.style.margin
    note = width(figure.drawing.note, _NOTE_SIZE, bold=True)
    wide = max(right - left, key[0], note) + margins
    return wide, bottom - top + head + key[1] + margins


def _extent(figure: Figure) -> tuple[float, float, float, float]:
    """The corners of what is drawn: cards, rails and every bend of the wires."""
    points = [p for way in (*figure.layout.routes, *figure.bundles) for p in way]
    for number, face in enumerate(figure.faces):
        x, y = figure.layout.corners[number]
        stack = STACK if face.body else 0.0
        box = face.box(figure.direction)
        wide, high = box.width, box.height
        if figure.down:
            wide, high = high, wide
        points += [(x, y - stack), (x + wide + stack, y + high)]
        if below_of(figure.drawing.cards[number], figure.style):
            points.append((x, figure.card_corner(number)[1] + face.height + 12))
    for frame in figure.frames:
        (x, y), box = frame.corner, frame.box
        points += [(x, y), (x + box.width, y + box.height)]
    return extent(points)


def _node(figure: Figure, number: int) -> str:
    card, body = figure.drawing.cards[number], figure.faces[number].body
    x, y = figure.card_corner(number)
    if isinstance(card, GroupCard):
        kind, title = "node group", group_title(card)
    else:
        kind, title = "node", card_title(card)
    kind += " outside" if card.outside else ""
    if isinstance(card, GroupCard) and body:
        face = group_card(card, body, figure)
    else:
        parts = _frame, _header, _gradient
        face = "".join(part(figure, card, number) for part in parts)
    return (
        f'<g class="{kind}"><title>{escape(title)}</title>'
        f"{hidden_stub(figure, number)}"
        f'<g transform="translate({x:.1f} {y:.1f})">{face}'
        f"{_uses(figure, number)}</g>{_rail(figure, number)}</g>"
    )


def _frame(figure: Figure, card: Card | GroupCard, number: int) -> str:
    face, style = figure.faces[number], figure.style
    wide, height, corner = face.width, face.height, style.corner
    foot = _foot(card, face)
    half = foot / 2
    # Below the band may be a row of digits; else its lower corners are the card's.
    ends = f"V{foot:g} H0 Z" if card.digits else _rounded(height, corner)
    marked = " marked" if card.findings else ""
    band, _ = band_classes(figure.scale, card.gradient)
    size = f'width="{wide:g}" height="{height:g}" rx="{corner:g}"'
    rule = f'<path class="rule" d="M0,{half:g} H{wide:g}" stroke-width="0.8"/>'
    return (
        f'<rect class="card" {size}/>'
        f'<path class="{band}" d="M0,{half:g} H{wide:g} {ends}"/>'
        f"{_bad_half(card, wide, half, corner)}"
        f"{rule if card.gradient is None else ''}"
        f"{digits_bar(card.digits, wide, foot, style) if card.digits else ''}"
        f'<rect class="outline {card.role}{marked}" {size}/>'
    )


def _foot(card: Card | GroupCard, face: Face) -> float:
    """How high a card is without its row of digits."""
    return face.height - (DIGITS_HEIGHT if card.digits else 0.0)


def _rounded(height: float, corner: float) -> str:
    """The lower end of a card's shape, from its right side to its left."""
    return (
        f"V{height - corner:g} a{corner:g},{corner:g} 0 0 1 {-corner:g},{corner:g} "
        f"H{corner:g} a{corner:g},{corner:g} 0 0 1 {-corner:g},{-corner:g} Z"
    )


def _bad_half(card: Card | GroupCard, wide: float, half: float, corner: float) -> str:
    """The upper half of a card whose value is NaN or infinite."""
    if math.isfinite(card.value or 0.0):
        return ""
    return (
        f'<path class="invalid-band" d="M0,{half:g} H{wide:g} V{corner:g} '
        f"a{corner:g},{corner:g} 0 0 0 {-corner:g},{-corner:g} H{corner:g} "
        f'a{corner:g},{corner:g} 0 0 0 {-corner:g},{corner:g} Z"/>'
    )


def _header(figure: Figure, card: Card | GroupCard, number: int) -> str:
    face, style = figure.faces[number], figure.style
    base = _foot(card, face) * 0.35
    bad = "" if math.isfinite(card.value or 0.0) else " on-invalid"
    if face.title:
        name = f'<tspan class="name {card.role}{bad}">{escape(face.title)}</tspan>'
        if face.operation:
            operation = escape(face.operation)
            name += f'<tspan class="made{bad}" dx="6">{operation}</tspan>'
    else:
        name = f'<tspan class="symbol{bad}">{escape(face.operation)}</tspan>'
    value = text(f"value{bad}", face.width - style.padding, base, face.value)
    return f'<text x="{style.padding:g}" y="{base:g}">{name}</text>{value}'


def _gradient(figure: Figure, card: Card | GroupCard, number: int) -> str:
    face, style = figure.faces[number], figure.style
    base = _foot(card, face) * 0.84
    _, ink = band_classes(figure.scale, card.gradient)
    caption = text(f"caption {ink}", style.padding, base, "grad")
    right = face.width - style.padding
    return caption + text(f"gradient {ink}", right, base, face.gradient)


def _rail(figure: Figure, number: int) -> str:
    face = figure.faces[number]
    if not face.railed(figure.direction):
        return ""
    x, y = figure.card_corner(number)
    first, *_, last = (dock - RAIL for dock in face.side())
    role, long = figure.drawing.cards[number].role, last - first + 2 * RAIL
    if figure.down:
        return rail((x + face.width / 2 + first, y - RAIL), (long, RAIL), role)
    return rail((x - RAIL, y + face.height / 2 + first), (RAIL, long), role)


def _uses(figure: Figure, number: int) -> str:
    card, face = figure.drawing.cards[number], figure.faces[number]
    told = below_of(card, figure.style)
    kind = "more warning" if card.marks else "more"
    # Where wires lead down, one leaves from the middle.
    end = face.width / 2 - 6 if figure.down else face.width - 4
    return text(kind, end, face.height + 10.5, told) if told else ""
