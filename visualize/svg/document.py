"""The picture as SVG: no script, no link, every text escaped."""

from __future__ import annotations

import math
from html import escape

from visualize.cards.group_cards import GroupCard
from visualize.cards.labels import width
from visualize.cards.model import Card
from visualize.cards.remarks import below_of
from visualize.svg.boxed import write_frame
from visualize.svg.canvas import document, path_of, rail
from visualize.svg.css import Theme, band_classes
from visualize.svg.digits_bar import DIGITS_HEIGHT, digits_bar
from visualize.svg.face import Face
from visualize.svg.figure import Figure
from visualize.svg.groups import STACK, group_card
from visualize.svg.legend import legend
from visualize.svg.marks import card_title, group_title
from visualize.svg.wires import edge, hidden_stub, railed

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
    key = legend(figure, max(right - left, _LEAST_WIDTH))
    head = _HEAD if figure.drawing.note else 0.0
    size = page_size(figure)
    note = f'<text class="note" x="{margin:g}" y="{margin + 6:g}">'
    foot = size[1] - margin - key.height
    place = f"{margin - left:.1f} {margin + head - top:.1f}"
    lines = [
        *([f"{note}{escape(figure.drawing.note)}</text>"] if head else []),
        f'<g class="sheet" transform="translate({place})">',
        *map(write_frame, figure.frames),
        *(f'<path class="bundle" d="{path_of(way)}"/>' for way in figure.bundles),
        *(edge(figure, number) for number in range(len(figure.drawing.wires))),
        *(_node(figure, number) for number in range(len(figure.faces))),
        "</g>",
        f'<g class="key" transform="translate({margin:.1f} {foot:.1f})">',
        *key.lines,
        "</g>",
    ]
    title = figure.drawing.summary
    return document(size, title, lines, style=figure.style, theme=theme)


def page_size(figure: Figure) -> tuple[float, float]:
    """The width and height of the whole picture."""
    left, top, right, bottom = _extent(figure)
    key = legend(figure, max(right - left, _LEAST_WIDTH))
    head = _HEAD if figure.drawing.note else 0.0
    margins = 2 * figure.style.margin
    note = width(figure.drawing.note, _NOTE_SIZE, bold=True)
    wide = max(right - left, key.width, note) + margins
    return wide, bottom - top + head + key.height + margins


def _extent(figure: Figure) -> tuple[float, float, float, float]:
    """The corners of what is drawn: cards, rails and every bend of the wires."""
    xs: list[float] = []
    ys: list[float] = []
    for number, face in enumerate(figure.faces):
        x, y = figure.layout.corners[number]
        stack = STACK if face.body else 0.0
        box = face.box(figure.direction)
        wide, high = box.width, box.height
        if figure.direction == "down":
            wide, high = high, wide
        xs += [x, x + wide + stack]
        ys += [y - stack, y + high]
        if below_of(figure.drawing.cards[number], figure.style):
            ys.append(figure.card_corner(number)[1] + face.height + 12)
    for frame in figure.frames:
        (x, y), box = frame.corner, frame.box
        xs += [x, x + box.width]
        ys += [y, y + box.height]
    for route in (*figure.layout.routes, *figure.bundles):
        xs.extend(x for x, _ in route)
        ys.extend(y for _, y in route)
    # A picture without cards is its words alone.
    xs, ys = xs or [0.0], ys or [0.0]
    return min(xs) - 2, min(ys) - 2, max(xs) + 2, max(ys) + 2


def _node(figure: Figure, number: int) -> str:
    card, body = figure.drawing.cards[number], figure.faces[number].body
    x, y = figure.card_corner(number)
    if isinstance(card, GroupCard):
        kind, title = "node group", group_title(card)
    else:
        kind, title = "node", card_title(card)
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
        f"{_bad_half(card, wide, half, corner)}"
        f'<path class="{band}" d="M0,{half:g} H{wide:g} {ends}"/>'
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
    return (
        f'<text x="{style.padding:g}" y="{base:g}">{name}</text>'
        f'<text class="value{bad}" x="{face.width - style.padding:g}" y="{base:g}">'
        f"{face.value}</text>"
    )


def _gradient(figure: Figure, card: Card | GroupCard, number: int) -> str:
    face, style = figure.faces[number], figure.style
    base = _foot(card, face) * 0.84
    _, ink = band_classes(figure.scale, card.gradient)
    return (
        f'<text class="caption {ink}" x="{style.padding:g}" y="{base:g}">grad</text>'
        f'<text class="gradient {ink}" x="{face.width - style.padding:g}" '
        f'y="{base:g}">{face.gradient}</text>'
    )


def _rail(figure: Figure, number: int) -> str:
    face = figure.faces[number]
    if not railed(figure, number):
        return ""
    x, y = figure.card_corner(number)
    first, *_, last = face.docks
    role, long = figure.drawing.cards[number].role, last - first + 12
    if figure.direction == "down":
        return rail((x + face.width / 2 + first - 6, y - 6), (long, 6), role)
    return rail((x - 6, y + face.height / 2 + first - 6), (6, long), role)


def _uses(figure: Figure, number: int) -> str:
    text = below_of(figure.drawing.cards[number], figure.style)
    if not text:
        return ""
    face = figure.faces[number]
    y = face.height + 10.5
    card = figure.drawing.cards[number]
    kind = "more warning" if card.marks else "more"
    # Where wires lead down, one leaves from the middle.
    end = face.width / 2 - 6 if figure.direction == "down" else face.width - 4
    return f'<text class="{kind}" x="{end:g}" y="{y:g}">{text}</text>'
