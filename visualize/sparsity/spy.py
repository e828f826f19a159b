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
from itertools import groupby

import numpy as np

from autograd import Graph, Value
from visualize.assets import asset, filled
from visualize.cards.labels import counted
from visualize.display import Display
from visualize.options import door
from visualize.sparsity.pattern import ROLES, Pattern, pattern_of
from visualize.style import Palette, Scale, Style
from visualize.subjects import as_graph
from visualize.svg.canvas import (
    document,
    in_rows,
    scale_key,
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
        nodes = counted(self.pattern.nodes, "node")
        edges = counted(self.pattern.edges, "edge")
        state = "" if self.pattern.differentiated else ", before a backward pass"
        return f"Sparsity of {nodes}, {edges}{state}"

    @property
    def note(self) -> str:
        """What a cell stands for."""
        if self.pattern.cells == self.pattern.nodes:
            told = "colour: what the child passes back to the parent"
            return f"one cell an operand; {told}"
        each = self.pattern.nodes / self.pattern.cells
        least, most = math.floor(each), math.ceil(each)
        span = f"{least:,}" if least == most else f"{least:,} or {most:,}"
        some, largest = "any operand", "the largest contribution in it"
        what = largest if self.pattern.differentiated else some
        return f"each cell gathers {span} × {span} nodes and shows {what}"

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


def _write(picture: Sparsity) -> str:
    lines, (_, height) = in_rows(_key(picture), _SIDE)
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


def _rules(palette: Palette) -> str:
    return filled(asset("spy.css"), {**vars(palette), "tints": tints(palette)})


def _pattern(picture: Sparsity) -> Iterable[str]:
    pitch = _SIDE / picture.pattern.cells
    side = f"{_SIDE:g}"
    yield f'<rect class="card" width="{side}" height="{side}"/>'
    # Cells are one unit wide; the picture is as wide whatever their number.
    yield f'<g transform="scale({pitch:.6g})" shape-rendering="crispEdges">'
    yield from _cell_paths(picture)
    yield "</g>"
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
    pattern = picture.pattern
    runs: dict[str, list[list[int]]] = {}
    # A few large cells are told apart by gaps; many small ones join to runs.
    apart = pattern.cells <= _APART
    places = zip(pattern.rows.tolist(), pattern.columns.tolist(), strict=True)
    for (row, column), name in zip(places, _tints(picture), strict=True):
        found = runs.setdefault(name, [])
        last = found[-1] if found and not apart else [-1, -1, 0]
        if last[0] == row and last[1] + last[2] == column:
            last[2] += 1
        else:
            found.append([row, column, 1])
    cell = "M{1},{0}h.94v.94h-.94z" if apart else "M{1},{0}h{2}v1h-{2}z"
    for name in sorted(runs):
        path = "".join(cell.format(*run) for run in runs[name])
        yield f'<path class="{name}" d="{path}"/>'


def _strips(picture: Sparsity, pitch: float) -> Iterable[str]:
    """Along both axes, in the colours of their outlines, what the nodes are."""
    start, away = 0, -_STRIP / 2 - 3
    for role, run in groupby(picture.pattern.roles):
        end = start + len(list(run))
        yield (
            f'<path class="strip {ROLES[role]}" d="M{start * pitch:.2f},{away:g} '
            f"H{end * pitch:.2f} M{away:g},{start * pitch:.2f} "
            f'V{end * pitch:.2f}"/>'
        )
        start = end


def _axes(picture: Sparsity) -> Iterable[str]:
    last = f"{picture.pattern.nodes - 1:,}"
    below = f'y="{_SIDE + 16:g}"'
    yield '<text class="legend end" x="-16" y="9">0</text>'
    yield f'<text class="legend end" x="-16" y="{_SIDE:g}">{last}</text>'
    turned = f'transform="translate(-20 {_SIDE / 2:g}) rotate(-90)"'
    yield f'<text class="legend middle" {turned}>← parent</text>'
    yield f'<text class="legend" x="0" {below}>0</text>'
    yield f'<text class="legend end" x="{_SIDE:g}" {below}>{last}</text>'
    told = "child →, nodes in topological order"
    yield f'<text class="legend middle" x="{_SIDE / 2:g}" {below}>{told}</text>'


def _key(picture: Sparsity) -> Iterable[tuple[str, float]]:
    if picture.pattern.differentiated:
        yield scale_key(picture.scale, picture.style, "contribution", tint_class)
        yield swatch("t0", "exactly 0")
        yield swatch("tx", "NaN or ∞")
    else:
        yield swatch("tu", "an operand (no gradients yet)")
    for role in ROLES:
        yield swatch(f"role {role}", f"{role}s, at the edges")
