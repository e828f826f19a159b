"""The style sheets of pictures and of pages: light and dark from one set of rules."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Literal

from visualize.assets import asset, filled
from visualize.style import STEPS, Palette, Scale, Style

Theme = Literal["auto", "light", "dark"]

Rules = Callable[[Palette], str]
"""From a palette to rules, one a line: selectors, divided by commas, and a body."""


def band_class(step: int) -> str:
    """The class of a gradient step: n12 (most negative) ... s0 ... p12."""
    return f"p{step}" if step > 0 else f"n{-step}" if step else "s0"


def band_classes(scale: Scale, gradient: float | None) -> tuple[str, str]:
    """The classes of a gradient's band and of the text on it."""
    if gradient is None:
        return "unknown", "later"
    if not math.isfinite(gradient):
        return "invalid-band", "on-invalid"
    if gradient == 0:
        return "zero", "on-s0"
    step = band_class(scale.step(gradient))
    return step, f"on-{step}"


def sheet(prefix: str, style: Style, theme: Theme, more: Rules | None = None) -> str:
    """The whole style sheet, every rule confined to the element of id `prefix`."""
    own: Rules = partial(_colours, prefix)
    parts = [_confined(prefix, _shapes(style))]
    parts += [
        themed(partial(_inside, prefix, rules), style, theme)
        for rules in ([own, more] if more else [own])
    ]
    return "\n".join(parts)


def _inside(prefix: str, rules: Rules, palette: Palette) -> str:
    return _confined(prefix, rules(palette))


def themed(rules: Rules, style: Style, theme: Theme) -> str:
    """The rules with the colours of a theme, or of the one that the reader has."""
    if theme != "auto":
        return rules(style.dark if theme == "dark" else style.light)
    dark = f"@media (prefers-color-scheme: dark) {{\n{rules(style.dark)}\n}}"
    return f"{rules(style.light)}\n{dark}"


def _confined(prefix: str, css: str) -> str:
    """Rules, one a line, that hold only inside the element of id `prefix`."""
    lines = []
    for line in css.splitlines():
        selectors, mark, body = line.partition("{")
        inside = ",".join(f"#{prefix} {one}" for one in selectors.split(","))
        lines.append(f"{inside}{mark}{body}")
    return "\n".join(lines)


def _shapes(style: Style) -> str:
    sizes = {n: f"{size:g}" for n, size in vars(style).items() if n.endswith("_size")}
    symbol, font = f"{style.name_size + 1:g}", " ".join(style.font.split())
    return filled(asset("shapes.css"), {**sizes, "font": font, "symbol_size": symbol})


def _colours(prefix: str, palette: Palette) -> str:
    bands = []
    for step in range(-STEPS, STEPS + 1):
        name, colour = band_class(step), palette.band(step)
        bands.append(f".{name}{{fill:{colour}}}")
        bands.append(f".on-{name}{{fill:{palette.text_on(colour)}}}")
    parts = {
        **vars(palette),
        "prefix": prefix,
        "bands": "\n".join(bands),
        "boxed": palette.band(0),
        "on_invalid": palette.text_on(palette.invalid),
    }
    return filled(asset("colours.css"), parts)


def page_colours(palette: Palette) -> str:
    """The colours of a page as CSS variables: those of its pictures, and its own."""
    colours = {
        "background": palette.background,
        "card": palette.card,
        "ink": palette.ink,
        "muted": palette.muted,
        "line": palette.hatch,
        "neutral": palette.neutral_wire,
        "accent": palette.positive_wire,
        "forward": palette.input,
        "backward": palette.negative,
        "positive": palette.positive,
        "negative": palette.negative,
        "invalid": palette.invalid,
    }
    variables = "; ".join(f"--{name}: {colour}" for name, colour in colours.items())
    return f":root {{ {variables} }}"


def page_sheet(
    style: Style, *names: str, rules: Rules = page_colours, theme: Theme = "auto"
) -> str:
    """The style sheet of a page: its font and colours, and files of `web/`."""
    scheme = "light dark" if theme == "auto" else theme
    font = f":root {{ --font: {style.font}; color-scheme: {scheme}; }}"
    return "\n".join([font, themed(rules, style, theme), *map(asset, names)])
