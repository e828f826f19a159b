"""A group's card, measured: where its lines of text and its heat maps stand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from visualize.cards.group_cards import GroupCard, Strip
from visualize.cards.labels import clean, counted, fit, join, width
from visualize.style import Style

_TITLE_LIMIT = 220.0
_LINE_LIMIT = 290.0
_LEADING = 15.0
_SMALL = 11.0
_GAP = 14.0
_CELL = 6.5
_LARGE_CELL = 9.0
_FEW_ROWS = 8


@dataclass(frozen=True)
class Line:
    """A line of text on a card, from its upper left corner."""

    x: float
    y: float
    classes: str
    text: str


@dataclass(frozen=True)
class HeatMap:
    """A strip's cells: where they begin, how large they are, and what they mean."""

    x: float
    y: float
    cell: float
    strip: Strip
    is_gradient: bool


@dataclass(frozen=True)
class Body:
    """All that stands on a group's card."""

    width: float
    height: float
    lines: tuple[Line, ...]
    maps: tuple[HeatMap, ...]


def widened(body: Body, wide: float) -> Body:
    """The same on a wider card: what stands at the right edge goes with it."""
    more = wide - body.width
    lines = tuple(
        replace(line, x=line.x + more) if line.classes == "times" else line
        for line in body.lines
    )
    return replace(body, width=wide, lines=lines)


def body_of(card: GroupCard, style: Style) -> Body:
    """Measures a group's card."""
    left = style.padding + 2
    title = clean(card.title, style.label_limit)
    title = fit(title, style.name_size, _TITLE_LIMIT, bold=True)
    times = clean(card.account.mark if card.account else card.times)
    shape = fit(clean(card.shape), _SMALL, _LINE_LIMIT)
    facts = [fit(text, _SMALL, _LINE_LIMIT) for text in _facts(card, style)]
    wide = width(title, style.name_size, bold=True)
    if times:
        wide += 18 + width(times, _SMALL, bold=True)
    wide = max([wide, *(width(text, _SMALL) for text in (shape, *facts))])
    y = 21.0
    lines = [Line(left, y, f"name {card.role}", title)]
    if shape:
        y += _LEADING
        lines.append(Line(left, y, "fact", shape))
    maps, captions, size = _maps(card, left, y + 6, style)
    wide = math.ceil(max(wide, size[0])) + 2 * left
    if times:
        lines.append(Line(wide - left, 21.0, "times", times))
    lines += captions
    y += size[1]
    for text in facts:
        y += _LEADING
        lines.append(Line(left, y, "warning" if text in card.marks else "fact", text))
    return Body(wide, math.ceil(y + 10), tuple(lines), tuple(maps))


def _facts(card: GroupCard, style: Style) -> list[str]:
    """What the card says in words below its heat maps."""
    if card.account:
        return [clean(line) for line in card.account.lines]
    activity = card.activity
    norm = "—" if card.norm is None else style.number(card.norm)
    texts = [f"|g| {norm}"]
    if activity.dead:
        texts.append(f"dead {activity.dead:,}/{activity.units:,}")
    if activity.saturated:
        texts.append(f"saturated {activity.saturated:,}/{activity.units:,}")
    if card.value is not None:
        texts.insert(0, f"value {style.number(card.value)}")
    count = f"{card.nodes:,} nodes" + ("" if card.kind == "repeat" else " collapsed")
    if card.parameter_count:
        inner = "" if card.nodes == card.parameter_count else f"{card.nodes:,} nodes"
        count = join([counted(card.parameter_count, "parameter"), inner])
    rest = [] if card.kind == "neuron" else [count]
    digits = [str(card.digits)] if card.digits else []
    return [join(texts), *rest, *digits, *card.marks]


def _maps(
    card: GroupCard, left: float, top: float, style: Style
) -> tuple[list[HeatMap], list[Line], tuple[float, float]]:
    """The heat maps, their captions, and how much room they take in all."""
    if not card.strips:
        return [], [], (0.0, 0.0)
    first = card.strips[0]
    cell = _LARGE_CELL if max(first.rows, first.columns) <= _FEW_ROWS else _CELL
    beside = first.rows > 1
    maps, captions = [], []
    x, y, wide, high = left, top, 0.0, 0.0
    for place, strip in enumerate(card.strips):
        caption = caption_of(card, place, style)
        text_width = width(caption, style.caption_size)
        captions.append(Line(x, y + 12, "caption", caption))
        maps.append(HeatMap(x, y + 17, cell, strip, place > 0))
        own = max(text_width, strip.columns * cell)
        below = 17 + strip.rows * cell
        wide = max(wide, x - left + own)
        high = max(high, y - top + below)
        x, y = (x + own + _GAP, y) if beside else (x, y + below + 3)
    return maps, captions, (wide, high + 10)


def caption_of(card: GroupCard, place: int, style: Style) -> str:
    """What stands above a heat map."""
    strip = card.strips[place]
    what = "W" if card.parameter_count else "v"
    if place > 0:
        return f"∂L/∂{what}"
    largest = largest_of(strip.cells)
    return f"{what} ({strip.total:,}) ±{style.number(largest)}"


def largest_of(numbers: Sequence[float | None]) -> float:
    """The largest finite size among some numbers, 0 if there is none."""
    sizes = (abs(x) for x in numbers if x is not None and math.isfinite(x))
    return max(sizes, default=0.0)
