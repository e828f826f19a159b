"""The key below every picture: roles, the scale of gradients, and its exceptions."""

from __future__ import annotations

import math
from dataclasses import dataclass

from visualize.cards.group_cards import GroupCard
from visualize.cards.labels import width
from visualize.cards.model import ROLES, Card
from visualize.style import STEPS, Style
from visualize.svg.css import band_class
from visualize.svg.figure import Figure

_SIZE = 11.0
_ROW = 36.0
_CELL = 7.0
_GAP = 22.0

Group = tuple[str, float]
"""SVG elements around a base line at height 0, and their width."""


@dataclass(frozen=True)
class Legend:
    """SVG elements with their corner at the origin, and how much room they take."""

    lines: tuple[str, ...]
    width: float
    height: float


def legend(figure: Figure, space: float) -> Legend:
    """The legend, in as many rows as it needs to fit into `space`."""
    groups = [*(_role(role, figure.style) for role in _roles(figure)), *_rest(figure)]
    lines, x, y, widest = [], 0.0, 30.0, 0.0
    for text, wide in groups:
        if x and x + wide > space:
            x, y = 0.0, y + _ROW
        lines.append(f'<g transform="translate({x:.1f} {y:.1f})">{text}</g>')
        x += wide + _GAP
        widest = max(widest, x - _GAP)
    return Legend(tuple(lines), widest, y + 16)


def _rest(figure: Figure) -> list[Group]:
    """What is explained besides the roles: gradients, or the picture's own signs."""
    if figure.drawing.key:
        return [_captioned("", -6, text) for text in figure.drawing.key]
    drawing = figure.drawing
    found = [card.gradient for card in drawing.cards]
    found += [c for card in drawing.cards for c in _cells(card)]
    gradients = [gradient for gradient in found if gradient is not None]
    rest = [_scale(figure)] if gradients else []
    if 0.0 in gradients:
        rest.append(_swatch("zero", "exactly 0"))
    if not all(map(math.isfinite, gradients)):
        rest.append(_swatch("invalid-band", "NaN or ∞"))
    if any(isinstance(card, Card) and card.digits for card in drawing.cards):
        captions = ("left", "digits left"), ("lost", "lost here")
        for kind, caption in (*captions, ("inherited", "inherited")):
            rest.append(_swatch(f"digit {kind}", caption))
    if any(wire.contribution is not None for wire in drawing.wires):
        rest.append(_wire())
    return rest


def _cells(card: Card | GroupCard) -> list[float | None]:
    """The gradients in a group's strips of colour; the first strip is of weights."""
    strips = card.strips[1:] if isinstance(card, GroupCard) else ()
    return [cell for strip in strips for cell in strip.cells]


def _roles(figure: Figure) -> list[str]:
    shown = {card.role for card in figure.drawing.cards}
    return [role for role in (*ROLES, "constant") if role in shown]


def _role(role: str, style: Style) -> Group:
    box = (
        f'<rect class="card" y="-11" width="18" height="13" rx="{style.corner / 2:g}"/>'
        f'<rect class="outline {role}" y="-11" width="18" height="13" '
        f'rx="{style.corner / 2:g}"/>'
    )
    return _captioned(box, 18, role)


def _swatch(name: str, caption: str) -> Group:
    box = f'<rect class="{name}" y="-11" width="18" height="13" rx="3"/>'
    return _captioned(box, 18, caption)


def _wire() -> Group:
    lines = (
        '<path class="dash negative" d="M0,-8 H22"/>'
        '<path class="dash positive" d="M0,-2 H22"/>'
    )
    return _captioned(lines, 22, "a wire: gradient passed back, − or +; wider is more")


def _captioned(shape: str, wide: float, caption: str) -> Group:
    text = f'<text class="legend" x="{wide + 6:g}">{caption}</text>'
    return shape + text, wide + 6 + width(caption, _SIZE)


def _scale(figure: Figure) -> Group:
    """The colours of all steps, with the numbers at the ends and in the middle."""
    start = width("gradient", _SIZE) + 8
    cells = [
        f'<rect class="{band_class(step)}" x="{start + place * _CELL:.1f}" y="-11" '
        f'width="{_CELL + 0.3:g}" height="13"/>'
        for place, step in enumerate(range(-STEPS, STEPS + 1))
    ]
    length = (2 * STEPS + 1) * _CELL
    texts = [(0.0, "−"), (length / 2, "0"), (length, "+")]
    after = ""
    if figure.drawing.differentiated:
        top = figure.style.number(figure.scale.top)
        bottom = figure.style.number(figure.scale.bottom)
        texts = [(0.0, f"−{top}"), (length / 2, "0"), (length, top)]
        after = f"log scale from ±{bottom}"
    ticks = [
        f'<text class="legend middle" x="{start + x:.1f}" y="15">{text}</text>'
        for x, text in texts
    ]
    caption = f'<text class="legend" x="{start + length + 8:.1f}">{after}</text>'
    parts = ['<text class="legend">gradient</text>', *cells, *ticks, caption]
    return "".join(parts), start + length + 8 + width(after, _SIZE)
