"""A group's card as SVG: its outline, its lines of text and its heat maps."""

from __future__ import annotations

import math

from visualize.cards.group_cards import GroupCard
from visualize.style import STEPS, Scale, Style
from visualize.svg.canvas import text
from visualize.svg.css import band_class, band_classes
from visualize.svg.figure import Figure
from visualize.svg.group_face import Body, HeatMap, largest_of

STACK = 4.0
"""How far the cards behind a card stand out that stands for several."""


def group_card(card: GroupCard, body: Body, figure: Figure) -> str:
    """The card with its texts and heat maps."""
    texts = [text(line.classes, line.x, line.y, line.text) for line in body.lines]
    heats = [_heat(heat, figure.scale) for heat in body.maps]
    return "".join([_frame(card, body, figure.style), *texts, *heats])


def _frame(card: GroupCard, body: Body, style: Style) -> str:
    """The card itself: where it stands for several, with their edges behind it."""
    size = f'width="{body.width:g}" height="{body.height:g}" rx="{style.corner:g}"'
    behind = ""
    if card.count > 1 or card.samples > 1:
        place = f'x="{STACK:g}" y="{-STACK:g}"'
        behind = (
            f'<rect class="card" {place} {size}/>'
            f'<rect class="outline behind {card.role}" {place} {size}/>'
        )
    return (
        f'{behind}<rect class="card" {size}/><rect class="outline {card.role}" {size}/>'
    )


def _heat(heat: HeatMap, scale: Scale) -> str:
    """One path for all cells of a colour."""
    strip, cell = heat.strip, heat.cell
    largest = largest_of(strip.cells)
    squares: dict[str, list[str]] = {}
    for place, number in enumerate(strip.cells):
        if number is None:
            continue
        row, column = divmod(place, strip.columns)
        x, y = heat.x + column * cell, heat.y + row * cell
        name = _class(number, scale if heat.is_gradient else None, largest)
        side = cell - 0.6
        squares.setdefault(name, []).append(
            f"M{x:g},{y:g}h{side:g}v{side:g}h{-side:g}z"
        )
    paths = "".join(
        f'<path class="{name}" d="{"".join(squares[name])}"/>'
        for name in sorted(squares)
    )
    # The stepper hides gradients until there are any.
    return f'<g class="later-heat">{paths}</g>' if heat.is_gradient else paths


def _class(number: float, scale: Scale | None, largest: float) -> str:
    """A cell's colour: gradients as everywhere, other numbers linear in their size."""
    if scale is not None or number == 0 or not math.isfinite(number):
        return band_classes(scale or Scale(largest), number)[0]
    step = max(1, round(abs(number) / largest * STEPS))
    return band_class(int(math.copysign(step, number)))
