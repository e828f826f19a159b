"""The sparsity picture: which node is computed from which, for graphs of any size.

Numbers are gathered into at most `CELLS` x `CELLS` cells, so that a million nodes make
a picture as small as that of a thousand.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from html import escape

import numpy as np

from autograd import Graph, Value
from visualize.display import Display
from visualize.options import door
from visualize.sparsity.pattern import ROLES, Pattern, pattern_of
from visualize.style import Palette, Scale, Style
from visualize.subjects import as_graph
from visualize.svg.canvas import (
    document,
    in_rows,
    scale_key,
    scheme_of,
    swatch,
    tint_class,
    tints,
)
from visualize.svg.css import Theme

CELLS = 256
"""So many cells along each side can still be told apart on a screen."""

_SIDE = 640.0
_LEFT = 74.0
_TOP = 64.0
_STRIP = 8.0
_APART = 80


@door
def spy(
    value: Value | Graph,
    *,
    cells: int = CELLS,
    theme: Theme = "auto",
    style: Style | None = None,
) -> Sparsity:
    """Draws which node is computed from which, for a graph of any size.

    Row p, column c has a mark where node c has node p as an operand; nodes stand in
    topological order. Its colour is the contribution: what c passes back to p. Above
    `cells` nodes neighbours share a cell, which shows the largest contribution in it;
    the picture says how many.

    Args:
        value: The output, or a Graph.
        cells: At most so many cells along each side.
        theme: "light", "dark", or "auto" for the reader's own.
        style: Colours, fonts and number formats other than the usual.

    Raises:
        TypeError: If it is neither a Value nor a Graph.
    """
    return Sparsity(pattern_of(as_graph(value), cells), style or Style(), theme)


@dataclass(frozen=True, repr=False)
class Sparsity(Display):
    """The pattern of a graph: a notebook shows it, `save` writes it.

    Attributes:
        pattern: Where there are edges, and what they contribute.
        style: Colours, fonts and number formats.
        theme: "auto" follows the reader's light or dark theme.
    """

    pattern: Pattern
    style: Style
    theme: Theme

    @property
    def summary(self) -> str:
        """One line for those who can't see the picture."""
        nodes, edges = self.pattern.nodes, self.pattern.edges
        node, edge = "node" + "s" * (nodes != 1), "edge" + "s" * (edges != 1)
        state = "" if self.pattern.differentiated else ", before a backward pass"
        return f"Sparsity of {nodes:,} {node}, {edges:,} {edge}{state}"

    @property
    def note(self) -> str:
        """What a cell stands for."""
        if self.pattern.cells == self.pattern.nodes:
            return (
                "one cell an operand; colour: what the child passes back to the parent"
            )
        each = self.pattern.nodes / self.pattern.cells
        least, most = int(each), -int(-each // 1)
        span = f"{least:,}" if least == most else f"{least:,} or {most:,}"
        what = (
            "the largest contribution in it"
            if self.pattern.differentiated
            else "any operand"
        )
        return f"each cell gathers {span} × {span} nodes and shows {what}"

    @property
    def scheme(self) -> str:
        """The colour schemes that the picture knows."""
        return scheme_of(self.theme)

    @property
    def wide(self) -> float:
        """How wide the picture is, in pixels."""
        return _LEFT + _SIDE + 24

    @cached_property
    def scale(self) -> Scale:
        """The scale of the contributions."""
        return Scale.of(
            self.pattern.contributions.tolist() if self.pattern.differentiated else []
        )

    @cached_property
    def svg(self) -> str:
        """The picture as an SVG document."""
        return _write(self)

    @cached_property
    def text(self) -> str:
        """The picture as text: counts, and how many cells have which sign."""
        filled, side = len(self.pattern.rows), self.pattern.cells
        lines = [
            self.summary,
            f"{side:,} × {side:,} cells, {filled:,} filled: {self.note}",
        ]
        if self.pattern.differentiated:
            finite = self.pattern.contributions[np.isfinite(self.pattern.contributions)]
            lines += [
                f"{(finite > 0).sum():>9,} positive",
                f"{(finite < 0).sum():>9,} negative",
                f"{(finite == 0).sum():>9,} exactly 0",
                f"{filled - len(finite):>9,} NaN or ∞",
            ]
        return "\n".join(lines)


# --- the picture ----------------------------------------------------------------


def _write(picture: Sparsity) -> str:
    groups = [*_key(picture)]
    lines, (_, height) = in_rows(groups, _SIDE)
    content = [
        f'<text class="note" x="{_LEFT:g}" y="24">{escape(picture.summary)}</text>',
        f'<text class="legend" x="{_LEFT:g}" y="41">{escape(picture.note)}</text>',
        f'<g transform="translate({_LEFT:g} {_TOP:g})">',
        *_pattern(picture),
        "</g>",
        f'<g transform="translate({_LEFT:g} {_TOP + _SIDE + 36:g})">',
        *lines,
        "</g>",
    ]
    return document(
        (picture.wide, _TOP + _SIDE + 48 + height),
        picture.summary,
        content,
        style=picture.style,
        theme=picture.theme,
        rules=_rules,
    )


def _rules(palette: Palette) -> list[tuple[str, str]]:
    return [
        *tints(palette),
        (".tu", f"fill:{palette.operation}"),
        (".end", "text-anchor:end"),
        (".strip", f"fill:none;stroke-width:{_STRIP:g}"),
        (".strip.input", f"stroke:{palette.input}"),
        (".strip.parameter", f"stroke:{palette.parameter}"),
        (".strip.operation", f"stroke:{palette.hatch}"),
        (".role.input", f"fill:{palette.input}"),
        (".role.parameter", f"fill:{palette.parameter}"),
        (".role.operation", f"fill:{palette.hatch}"),
    ]


def _pattern(picture: Sparsity) -> Iterable[str]:
    pitch = _SIDE / picture.pattern.cells
    yield f'<rect class="card" width="{_SIDE:g}" height="{_SIDE:g}"/>'
    # Cells are one unit wide; the picture is as wide whatever their number.
    yield f'<g transform="scale({pitch:.6g})" shape-rendering="crispEdges">'
    yield from _cell_paths(picture)
    yield "</g>"
    side = f"{_SIDE:g}"
    yield f'<path class="rule" d="M0,0 H{side} V{side} H0 Z M0,0 L{side},{side}"/>'
    yield from _strips(picture, pitch)
    yield from _axes(picture)


def _tints(picture: Sparsity) -> list[str]:
    if not picture.pattern.differentiated:
        return ["tu"] * len(picture.pattern.rows)
    return [
        tint_class(picture.scale.step(number)) if math.isfinite(number) else "tx"
        for number in picture.pattern.contributions.tolist()
    ]


def _cell_paths(picture: Sparsity) -> Iterable[str]:
    """One path a colour, neighbours in a row as one run."""
    runs: dict[str, list[list[int]]] = {}
    # A few large cells are told apart by gaps; many small ones join to runs.
    apart = picture.pattern.cells <= _APART
    cells = zip(
        picture.pattern.rows.tolist(),
        picture.pattern.columns.tolist(),
        _tints(picture),
        strict=True,
    )
    for row, column, name in cells:
        found = runs.setdefault(name, [])
        last = found[-1] if found and not apart else [-1, -1, 0]
        if last[0] == row and last[1] + last[2] == column:
            last[2] += 1
        else:
            found.append([row, column, 1])
    for name in sorted(runs):
        if apart:
            path = "".join(f"M{x},{y}h.94v.94h-.94z" for y, x, _ in runs[name])
        else:
            path = "".join(f"M{x},{y}h{n}v1h-{n}z" for y, x, n in runs[name])
        yield f'<path class="{name}" d="{path}"/>'


def _strips(picture: Sparsity, pitch: float) -> Iterable[str]:
    """Along both axes, in the colours of their outlines, what the nodes are."""
    runs: list[list[int]] = []
    for place, role in enumerate(picture.pattern.roles):
        if runs and runs[-1][0] == role:
            runs[-1][2] += 1
        else:
            runs.append([role, place, 1])
    away = -_STRIP / 2 - 3
    for role, place, length in runs:
        start, end = place * pitch, (place + length) * pitch
        yield (
            f'<path class="strip {ROLES[role]}" d="M{start:.2f},{away:g} H{end:.2f} '
            f'M{away:g},{start:.2f} V{end:.2f}"/>'
        )


def _axes(picture: Sparsity) -> Iterable[str]:
    last = f"{picture.pattern.nodes - 1:,}"
    middle, below = _SIDE / 2, _SIDE + 16
    yield '<text class="legend end" x="-16" y="9">0</text>'
    yield f'<text class="legend end" x="-16" y="{_SIDE:g}">{last}</text>'
    yield (
        f'<text class="legend middle" transform="translate(-20 {middle:g}) '
        'rotate(-90)">← parent</text>'
    )
    yield f'<text class="legend" x="0" y="{below:g}">0</text>'
    yield f'<text class="legend end" x="{_SIDE:g}" y="{below:g}">{last}</text>'
    yield (
        f'<text class="legend middle" x="{middle:g}" y="{below:g}">'
        "child →, nodes in topological order</text>"
    )


def _key(picture: Sparsity) -> Iterable[tuple[str, float]]:
    if picture.pattern.differentiated:
        yield scale_key(picture.scale, picture.style, "contribution", tint_class)
        yield swatch("t0", "exactly 0")
        yield swatch("tx", "NaN or ∞")
    else:
        yield swatch("tu", "an operand (no gradients yet)")
    for role in ROLES:
        yield swatch(f"role {role}", f"{role}s, at the edges")
