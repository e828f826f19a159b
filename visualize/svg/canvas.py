"""One SVG document: frame, style sheet and key, for pictures of any kind."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from html import escape

from visualize.cards.labels import clean, width
from visualize.layout.geometry import Point, Route
from visualize.style import STEPS, Palette, Scale, Style, blend
from visualize.svg.css import Rules, Theme, sheet

_FAINTEST = 0.25
_CELL = 7.0
_SIZE = 11.0
_ROW = 36.0
_GAP = 22.0


def document(
    size: tuple[float, float],
    title: str,
    content: Iterable[str],
    *,
    style: Style,
    theme: Theme,
    rules: Rules | None = None,
) -> str:
    """A whole SVG document; ids begin with a hash of what is in it."""
    body = "\n".join(content)
    known = f"{size} {title} {theme} {style!r} {body}"
    digest = hashlib.sha256(known.encode("utf-8", "backslashreplace")).hexdigest()
    prefix = f"g{digest[:12]}"
    box = f'width="{size[0]:.0f}" height="{size[1]:.0f}"'
    lines = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" id="{prefix}" {box} '
            f'viewBox="0 0 {size[0]:.0f} {size[1]:.0f}" role="img" '
            f'aria-labelledby="{prefix}-title">'
        ),
        f'<title id="{prefix}-title">{escape(clean(title))}</title>',
        f"<style>\n{sheet(prefix, style, theme, rules)}\n</style>",
        (
            f'<defs><pattern id="{prefix}-hatch" width="6" height="6" '
            'patternUnits="userSpaceOnUse"><rect class="s0" width="6" height="6"/>'
            '<path class="hatch" d="M-1,1 L1,-1 M0,6 L6,0 M5,7 L7,5" '
            'stroke-width="1.1"/>'
            "</pattern></defs>"
        ),
        f'<rect class="paper" {box} rx="8"/>',
        body,
        "</svg>",
        "",
    ]
    return "\n".join(lines)


def tint_class(step: int) -> str:
    """The class of a gradient step without a card around it: tn12 ... t0 ... tp12."""
    return f"tp{step}" if step > 0 else f"tn{-step}" if step else "t0"


def tints(palette: Palette) -> str:
    """Rules of the tints: stronger than the bands of cards, which have outlines."""
    rules = [f".t0{{fill:{palette.hatch}}}", f".tx{{fill:{palette.invalid}}}"]
    for step in range(1, STEPS + 1):
        share = _FAINTEST + (1 - _FAINTEST) * step / STEPS
        for sign, end in ((1, palette.positive), (-1, palette.negative)):
            colour = blend(palette.card, end, share)
            rules.append(f".{tint_class(sign * step)}{{fill:{colour}}}")
    return "\n".join(rules)


def scale_key(
    scale: Scale | None,
    style: Style,
    caption: str,
    name_of: Callable[[int], str],
) -> tuple[str, float]:
    """The colours of all steps with the numbers at the ends, and their width.

    Without a scale it tells the signs alone; `name_of` gives the class of a step.
    """
    start = width(caption, _SIZE) + 8
    length = (2 * STEPS + 1) * _CELL
    cells = [
        f'<rect class="{name_of(step)}" x="{start + place * _CELL:.1f}" y="-11" '
        f'width="{_CELL + 0.3:g}" height="13"/>'
        for place, step in enumerate(range(-STEPS, STEPS + 1))
    ]
    low, high, after = "−", "+", ""
    if scale is not None:
        high = style.number(scale.top)
        low, after = f"−{high}", f"log scale from ±{style.number(scale.bottom)}"
    texts = [(0.0, low), (length / 2, "0"), (length, high)]
    ticks = [
        f'<text class="legend middle" x="{start + x:.1f}" y="15">{text}</text>'
        for x, text in texts
    ]
    end = start + length + 8
    parts = [
        f'<text class="legend">{escape(caption)}</text>',
        *cells,
        *ticks,
        f'<text class="legend" x="{end:.1f}">{after}</text>',
    ]
    return "".join(parts), end + width(after, _SIZE)


def swatch(name: str, caption: str) -> tuple[str, float]:
    """A small box with its meaning at the right, and their width."""
    box = f'<rect class="{name}" y="-11" width="18" height="13" rx="3"/>'
    return captioned(box, 18, caption)


def in_rows(
    groups: Iterable[tuple[str, float]], space: float, top: float = 11.0
) -> tuple[list[str], tuple[float, float]]:
    """Groups one after the other, in as many rows as they need, and their size.

    A group stands round a base line at height 0, the first of them at `top`.
    """
    lines, x, y, widest = [], 0.0, top, 0.0
    for text, wide in groups:
        if x and x + wide > space:
            x, y = 0.0, y + _ROW
        lines.append(f'<g transform="translate({x:.1f} {y:.1f})">{text}</g>')
        widest = max(widest, x + wide)
        x += wide + _GAP
    return lines, (widest, y + 18)


def captioned(shape: str, wide: float, caption: str) -> tuple[str, float]:
    """A shape with its meaning at the right, and their width."""
    text = f'<text class="legend" x="{wide + 6:g}">{escape(caption)}</text>'
    return shape + text, wide + 6 + width(caption, _SIZE)


def extent(points: Iterable[Point]) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of what is drawn, with a little room around it."""
    # A picture without cards is its words alone.
    xs, ys = zip(*([*points] or [(0.0, 0.0)]), strict=True)
    return min(xs) - 2, min(ys) - 2, max(xs) + 2, max(ys) + 2


def text(classes: str, x: float, y: float, words: str) -> str:
    """A line of text."""
    return f'<text class="{classes}" x="{x:g}" y="{y:g}">{escape(words)}</text>'


def path_of(route: Route) -> str:
    """A wire's way, as SVG writes it."""
    start, *rest = (f"{x:.1f},{y:.1f}" for x, y in route)
    return f"M{start} C{' '.join(rest)}"


def rail(corner: Point, size: Point, role: str) -> str:
    """A bar before a card for more wires than its own side has room for."""
    place = (
        f'x="{corner[0]:.1f}" y="{corner[1]:.1f}" width="{size[0]:.1f}" '
        f'height="{size[1]:.1f}" rx="3"'
    )
    return f'<rect class="card" {place}/><rect class="outline {role}" {place}/>'
