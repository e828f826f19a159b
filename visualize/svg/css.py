"""The style sheet of an SVG picture: light and dark from one set of classes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from visualize.style import STEPS, Palette, Scale, Style

Theme = Literal["auto", "light", "dark"]

Rule = tuple[str, str]
"""Selectors, divided by commas, and their declarations."""


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


def sheet(prefix: str, style: Style, theme: Theme) -> str:
    """The whole style sheet, every rule confined to the element of id `prefix`."""
    base = style.dark if theme == "dark" else style.light
    text = confined(prefix, [*_shapes(style), *_colours(base, prefix)])
    if theme != "auto":
        return text
    dark = confined(prefix, _colours(style.dark, prefix))
    return f"{text}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}"


def confined(prefix: str, rules: Sequence[Rule]) -> str:
    """Rules that hold only inside the element of id `prefix`."""
    return "\n".join(
        ",".join(f"#{prefix} {one}" for one in selector.split(",")) + f"{{{body}}}"
        for selector, body in rules
    )


def _shapes(style: Style) -> list[Rule]:
    return [
        ("text", f"font-family:{style.font};font-variant-numeric:tabular-nums"),
        (".name,.value,.made,.symbol", "unicode-bidi:isolate"),
        (".name", f"font-size:{style.name_size:g}px;font-weight:600"),
        (".symbol", f"font-size:{style.name_size + 1:g}px;font-weight:600"),
        (".made", f"font-size:{style.name_size:g}px"),
        (".value,.gradient", f"font-size:{style.value_size:g}px;text-anchor:end"),
        (".caption", f"font-size:{style.caption_size:g}px"),
        (".fact,.times,.warning", "font-size:11px"),
        (".digits", f"font-size:{style.caption_size:g}px"),
        (".times", "text-anchor:end;font-weight:600"),
        (".label,.more", f"font-size:{style.wire_size:g}px;text-anchor:end"),
        (".label .label", "text-anchor:inherit"),
        (".pill-name", f"font-size:{style.wire_size:g}px;text-anchor:middle"),
        (".legend", "font-size:11px"),
        (".box-name", "font-size:11px;font-weight:600"),
        (".name-box", "stroke-width:1"),
        (".middle", "text-anchor:middle"),
        (".note", "font-size:12px;font-weight:600"),
        (".outline,.pill", "stroke-width:1.2"),
        (".outline.input,.outline.parameter", "stroke-width:2"),
        (".outline.output", "stroke-width:2.6"),
        (".wire,.stub,.rule,.dash,.outline", "fill:none"),
        (".bundle", "fill:none;stroke-width:5;opacity:.6"),
        (".stub", "stroke-width:1.3;stroke-dasharray:1.5 3;stroke-linecap:round"),
        (".dash", "stroke-width:2"),
        (".outline.constant", "stroke-dasharray:4 3"),
        (".outline.behind", "stroke-width:1"),
    ]


def _colours(palette: Palette, prefix: str) -> list[Rule]:
    return [
        (".paper,.halo", f"fill:{palette.background}"),
        (".card,.unknown,.pill", f"fill:{palette.card}"),
        (".value,.symbol,.note", f"fill:{palette.ink}"),
        (
            ".made,.caption,.legend,.more,.later,.fact,.times,.digits,.box-name",
            f"fill:{palette.muted}",
        ),
        (".name-box", f"fill:{palette.band(0)};stroke:{palette.neutral_wire}"),
        (".hatch", f"stroke:{palette.hatch}"),
        (".zero", f"fill:url(#{prefix}-hatch)"),
        (".invalid-band,.warning", f"fill:{palette.invalid}"),
        (".on-invalid", f"fill:{palette.text_on(palette.invalid)}"),
        (".stub,.rule,.bundle", f"stroke:{palette.neutral_wire}"),
        *_bands(palette),
        (".digit.left", f"fill:{palette.input}"),
        (".digit.inherited", f"fill:{palette.negative}"),
        (".digit.lost", f"fill:{palette.invalid}"),
        *_roles(palette),
        (".outline.marked", f"stroke:{palette.invalid}"),
        (".name.on-invalid", f"fill:{palette.text_on(palette.invalid)}"),
        *_wires(palette),
    ]


def _bands(palette: Palette) -> list[Rule]:
    rules = []
    for step in range(-STEPS, STEPS + 1):
        name, colour = band_class(step), palette.band(step)
        rules.append((f".{name}", f"fill:{colour}"))
        rules.append((f".on-{name}", f"fill:{palette.text_on(colour)}"))
    return rules


def _roles(palette: Palette) -> list[Rule]:
    rules = []
    for role, colour in (
        ("input", palette.input),
        ("parameter", palette.parameter),
        ("operation", palette.operation),
        ("constant", palette.muted),
        ("output", palette.output),
    ):
        rules.append((f".outline.{role},.pill.{role}", f"stroke:{colour}"))
        rules.append((f".name.{role},.pill-name.{role}", f"fill:{colour}"))
    return rules


def _wires(palette: Palette) -> list[Rule]:
    rules = []
    for sign, colour, ink in (
        ("negative", palette.negative_wire, palette.negative_wire),
        ("positive", palette.positive_wire, palette.positive_wire),
        ("neutral", palette.neutral_wire, palette.muted),
        ("invalid", palette.invalid, palette.invalid),
    ):
        rules.append((f".wire.{sign},.dash.{sign}", f"stroke:{colour}"))
        rules.append((f".label.{sign}", f"fill:{ink}"))
    return rules
