"""The key below every picture: roles, the scale of gradients, and its exceptions."""

from __future__ import annotations

import math

from visualize.cards.group_cards import GroupCard
from visualize.cards.model import ROLES, Card
from visualize.cards.remarks import OUTSIDE
from visualize.style import Style
from visualize.svg.canvas import captioned, in_rows, scale_key, swatch
from visualize.svg.css import band_class
from visualize.svg.figure import Figure

_TOP = 30.0
_DIGITS = {"left": "digits left", "lost": "lost here", "inherited": "inherited"}

Entry = tuple[str, float]
"""SVG elements around a base line at height 0, and their width."""


def legend(figure: Figure, space: float) -> tuple[list[str], tuple[float, float]]:
    """The legend in as many rows as it needs to fit into `space`, and its size."""
    groups = [*(_role(role, figure.style) for role in _roles(figure)), *_rest(figure)]
    return in_rows(groups, space, _TOP)


def _rest(figure: Figure) -> list[Entry]:
    """What is explained besides the roles: gradients, or the picture's own signs."""
    if figure.drawing.key:
        return [captioned("", -6, text) for text in figure.drawing.key]
    drawing = figure.drawing
    found = [card.gradient for card in drawing.cards]
    found += [c for card in drawing.cards for c in _cells(card)]
    gradients = [gradient for gradient in found if gradient is not None]
    scale = figure.scale if drawing.differentiated else None
    key = scale_key(scale, figure.style, "gradient", band_class)
    rest = [key] if gradients else []
    if 0.0 in gradients:
        rest.append(swatch("zero", "exactly 0"))
    if not all(map(math.isfinite, gradients)):
        rest.append(swatch("invalid-band", "NaN or ∞"))
    bars = [c.digits for c in drawing.cards if isinstance(c, Card) and c.digits]
    for kind, caption in _DIGITS.items():
        if any(getattr(bar, kind) for bar in bars):
            rest.append(swatch(f"digit {kind}", caption))
    if any(wire.contribution is not None for wire in drawing.wires):
        rest.append(_wire())
    if any(card.outside for card in drawing.cards):
        box, wide = _role("operation", figure.style, OUTSIDE)
        rest.append((f'<g class="outside">{box}</g>', wide))
    return rest


def _cells(card: Card | GroupCard) -> list[float | None]:
    """The gradients in a group's strips of colour; the first strip is of weights."""
    strips = card.strips[1:] if isinstance(card, GroupCard) else ()
    return [cell for strip in strips for cell in strip.cells]


def _roles(figure: Figure) -> list[str]:
    shown = {card.role for card in figure.drawing.cards}
    return [role for role in (*ROLES, "constant") if role in shown]


def _role(role: str, style: Style, caption: str = "") -> Entry:
    size = f'y="-11" width="18" height="13" rx="{style.corner / 2:g}"'
    box = f'<rect class="card" {size}/><rect class="outline {role}" {size}/>'
    return captioned(box, 18, caption or role)


def _wire() -> Entry:
    lines = (
        '<path class="dash negative" d="M0,-8 H22"/>'
        '<path class="dash positive" d="M0,-2 H22"/>'
    )
    return captioned(lines, 22, "a wire: gradient passed back, − or +; wider is more")
