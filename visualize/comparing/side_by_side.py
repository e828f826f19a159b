"""Cards that show two passes side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from visualize.assets import asset, filled
from visualize.cards.labels import clean, fit, width
from visualize.comparing.pairs import (
    CARD_HEIGHT,
    CARD_WIDTH,
    HEADER,
    LINE,
    ZONE,
    ComparisonPlan,
    Pair,
    Two,
)
from visualize.layout.geometry import Box
from visualize.style import Palette, Scale, Style
from visualize.svg.canvas import (
    document,
    extent,
    in_rows,
    path_of,
    rail,
    scale_key,
    swatch,
    text,
)
from visualize.svg.css import Theme, band_class, band_classes

_COLUMNS = (132.0, 242.0)
"""Where the numbers of the two passes end, from the card's left."""

_SPLIT = 142.0
_LEAST = 640.0
_HEAD = 28.0
_NOTE = 18.0


def width_of(plan: ComparisonPlan, style: Style) -> float:
    """How wide the picture is."""
    left, _, right, _ = _extent(plan)
    return max(right - left, _LEAST) + 2 * style.margin


def write_pairs(
    plan: ComparisonPlan,
    titles: tuple[str, str],
    summary: str,
    style: Style,
    theme: Theme,
) -> str:
    """The cards as an SVG document; those without a difference are pale."""
    shown = plan.pairs
    gradients = [
        g for pair in shown if not pair.nodes for g in pair.gradients if g is not None
    ]
    scale = Scale.of(gradients)
    left, top, _, bottom = _extent(plan)
    margin = style.margin
    wide = width_of(plan, style) - 2 * margin
    head = _HEAD + (_NOTE if plan.note else 0.0)
    # Where nothing differs, nothing needs to step back.
    pale = any(pair.changed for pair in shown)
    key, (_, height) = in_rows(_key(titles, scale if gradients else None, style), wide)
    foot = head + margin + bottom - top + 30
    content = [
        text("note", margin, margin + 6, clean(summary, 110)),
        text("legend", margin, margin + 24, plan.note),
        f'<g transform="translate({margin - left:.1f} {head + margin - top:.1f})">',
        *(_wire(shown, plan, number) for number in range(len(plan.links))),
        *(
            _card(pair, plan, number, scale, style, pale)
            for number, pair in enumerate(shown)
        ),
        "</g>",
        f'<g transform="translate({margin:g} {foot:.1f})">',
        *key,
        "</g>",
    ]
    size = (wide + 2 * margin, foot + height + margin)
    return document(size, summary, content, style=style, theme=theme, rules=_rules)


def _rules(palette: Palette) -> str:
    return filled(asset("pairs.css"), vars(palette))


def _extent(plan: ComparisonPlan) -> tuple[float, float, float, float]:
    """The corners of what is drawn: cards and every bend of the wires."""
    points = [point for route in plan.layout.routes for point in route]
    for (x, y), box in zip(plan.layout.corners, plan.boxes, strict=True):
        points.append((x + (0.0 if box.docks else ZONE), y))
        points.append((x + box.width, y + box.height))
    return extent(points)


def _key(
    titles: tuple[str, str], scale: Scale | None, style: Style
) -> Iterable[tuple[str, float]]:
    first, second = (clean(title, 40) for title in titles)
    told = f"left {first}, right {second}; ▲ larger, ▼ smaller, pale: the same"
    yield f'<text class="legend">{escape(told)}</text>', width(told, 11)
    if scale is None:
        return
    yield scale_key(scale, style, "gradient", band_class)
    yield swatch("zero", "exactly 0")
    yield swatch("invalid-band", "NaN or ∞")


def _wire(shown: Sequence[Pair], plan: ComparisonPlan, number: int) -> str:
    link = plan.links[number]
    names = escape(f"{shown[link.parent].name} → {shown[link.child].name}")
    end = plan.layout.corners[link.child][0] + ZONE
    return (
        f'<g class="edge"><title>{names}</title><path class="wire neutral" '
        f'stroke-width="1.4" d="{path_of(plan.layout.routes[number])} H{end:.1f}"/></g>'
    )


def _card(
    pair: Pair,
    plan: ComparisonPlan,
    number: int,
    scale: Scale,
    style: Style,
    pale: bool,
) -> str:
    x, y = plan.layout.corners[number]
    y += (plan.boxes[number].height - CARD_HEIGHT) / 2
    classes = "node same" if pale and not pair.changed else "node"
    size = f'width="{CARD_WIDTH:g}" height="{CARD_HEIGHT:g}" rx="{style.corner:g}"'
    # How many nodes differ is written across both columns.
    counted = pair.values == (None, None)
    split = f"M{_SPLIT:g},{HEADER + counted * LINE:g} V{CARD_HEIGHT:g}"
    cross = f"M0,{HEADER:g} H{CARD_WIDTH:g} M0,{HEADER + LINE:g} H{CARD_WIDTH:g}"
    values = _numbers("value", pair.values, pair.value_changed, 0, style)
    if counted:
        values = _count(pair, style)
    moved, shades = pair.gradient_changed, None if pair.nodes else scale
    caption = "|g|" if pair.nodes else "grad"
    gradients = _numbers(caption, pair.gradients, moved, 1, style, shades)
    parts = [
        f'<g class="{classes}" transform="translate({x + ZONE:.1f} {y:.1f})">',
        f"<title>{escape(_title(pair))}</title>",
        _rail(plan.boxes[number], pair.role),
        f'<rect class="card" {size}/>',
        *(() if pair.nodes else _bands(pair, scale, style)),
        f'<path class="split" d="{split} {cross}"/>',
        f'<rect class="outline {pair.role}" {size}/>',
        _header(pair, style),
        *values,
        *gradients,
        "</g>",
    ]
    return "".join(parts)


def _rail(box: Box, role: str) -> str:
    if box.height <= CARD_HEIGHT:
        return ""
    first, *_, last = box.docks
    top = (CARD_HEIGHT - box.height) / 2 + first - 6
    return rail((-6, top), (6, last - first + 12), role)


def _title(pair: Pair) -> str:
    made = f" = {pair.expression}" if pair.expression else ""
    values = ["—" if v is None else repr(v) for v in pair.values]
    gradients = ["not yet" if g is None else repr(g) for g in pair.gradients]
    return "\n".join(
        (
            pair.name + made,
            f"value {values[0]} | {values[1]}",
            f"gradient {gradients[0]} | {gradients[1]}",
        )
    )


def _header(pair: Pair, style: Style) -> str:
    y, room = HEADER * 0.7, CARD_WIDTH - 24
    if not pair.labelled:
        symbol = fit(pair.operation, style.name_size + 1, room, bold=True)
        return text("symbol", style.padding, y, symbol)
    operation = fit(pair.operation, style.name_size, 0.45 * room)
    share = 0.55 if operation else 1.0
    name = fit(pair.name, style.name_size, share * room, bold=True)
    made = f'<tspan class="made" dx="6">{escape(operation)}</tspan>'
    return (
        f'<text x="{style.padding:g}" y="{y:g}"><tspan class="name {pair.role}">'
        f"{escape(name)}</tspan>{made if operation else ''}</text>"
    )


def _bands(pair: Pair, scale: Scale, style: Style) -> Iterable[str]:
    """The colours of both gradients, with the card's two lower corners rounded."""
    top, corner = HEADER + LINE, style.corner
    old, new = (band_classes(scale, g)[0] for g in pair.gradients)
    inner = LINE - corner
    yield (
        f'<path class="{old}" d="M0,{top:g} H{_SPLIT:g} V{CARD_HEIGHT:g} H{corner:g} '
        f'a{corner:g},{corner:g} 0 0 1 {-corner:g},{-corner:g} Z"/>'
    )
    yield (
        f'<path class="{new}" d="M{_SPLIT:g},{top:g} H{CARD_WIDTH:g} v{inner:g} '
        f'a{corner:g},{corner:g} 0 0 1 {-corner:g},{corner:g} H{_SPLIT:g} Z"/>'
    )


def _count(pair: Pair, style: Style) -> Iterable[str]:
    """In place of one value, how many nodes of a group differ."""
    y = HEADER + 0.68 * LINE
    yield text("caption", style.padding, y, "differ")
    told = f"{pair.differing:,} of {pair.nodes:,} nodes"
    yield text("value moved" if pair.differing else "value", _COLUMNS[1], y, told)


def _numbers(
    caption: str,
    numbers: Two,
    changed: bool,
    line: int,
    style: Style,
    scale: Scale | None = None,
) -> Iterable[str]:
    y = HEADER + (line + 0.68) * LINE
    # The inks of gradients are those of the bands that they stand on.
    inks = [f" {band_classes(scale, n)[1]}" if scale else "" for n in numbers]
    kind = "gradient" if scale else "value"
    moved = ["", " moved" if changed else ""]
    yield text(f"caption{inks[0]}", style.padding, y, caption)
    for number, x, ink, mark in zip(numbers, _COLUMNS, inks, moved, strict=True):
        told = "—" if number is None else style.number(number)
        yield text(f"{kind}{ink}{mark}", x, y, told)
    if changed:
        ink = inks[1] or " plain"
        yield text(f"mark{ink}", _SPLIT + 6, y, _direction(*numbers))


def _direction(old: float | None, new: float | None) -> str:
    if old is None or new is None or old != old or new != new:
        return "◆"
    return "▲" if new > old else "▼"
