"""Animation: a training as a flipbook, one HTML page that needs nothing but itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np
from tqdm import tqdm

from visualize.assets import page as shell
from visualize.cards.labels import clean, counted
from visualize.display import Page
from visualize.layout.engines import Engine
from visualize.options import door
from visualize.style import STEPS, Palette, Style, blend
from visualize.svg.css import Theme, page_colours, page_sheet
from visualize.svg.document import page_size
from visualize.svg.figure import compose
from visualize.training.charts import (
    Chart,
    boundary_chart,
    boundary_line,
    cell_grid,
    cell_letters,
    loss_chart,
)
from visualize.training.recorder import RecordedStep, Recorder
from visualize.training.reel import differences, reel

_CHARTS, _CAPTION = 520.0, 70.0
"""Pixels: the charts with the controls, what is about a graph."""


@door
def animate(
    recorder: Recorder,
    *,
    title: str = "Training",
    theme: Theme = "auto",
    engine: Engine = "auto",
    style: Style | None = None,
) -> Animation:
    """Makes a flipbook of a training: graph, loss and decision boundary, step by step.

    Args:
        recorder: What was recorded; the boundary is there if it was given X and y,
            the graph if it recorded Values.
        title: The heading of the page.
        theme: "light", "dark", or "auto" for the reader's own.
        engine: As for `draw`.
        style: Colours, fonts and number formats other than the usual.

    Raises:
        ImportError: If matplotlib, which draws the charts, is not installed.
        TypeError: If this is no Recorder.
        ValueError: If nothing was recorded yet.
    """
    if not isinstance(recorder, Recorder):
        given = type(recorder).__name__
        raise TypeError(f"can animate what a visualize.Recorder kept, not {given}")
    if not recorder.frames:
        raise ValueError("nothing was recorded yet: call recorder.record(loss) first")
    look = style or Style()
    page = write_flipbook(recorder, title, look, theme, engine)
    height, drawing = _CHARTS, recorder.frames[0].drawing
    if drawing is not None:
        height += _CAPTION + page_size(compose(drawing, look, engine=engine))[1]
    return Animation(page, len(recorder.frames), len(recorder.losses), height)


@dataclass(frozen=True)
class Animation(Page):
    """A training as one self-contained HTML page.

    Slider, buttons and arrow keys turn to a step, space plays; `#step=40` at the end
    of the page's address opens it there.

    Attributes:
        html: The page.
        frames: How many frames it has.
        steps: How many steps the training had.
        height: How high it is in a notebook's column, in pixels.
    """

    html: str = field(repr=False)
    frames: int
    steps: int
    height: float = _CHARTS

    def __str__(self) -> str:
        steps, frames = counted(self.steps, "step"), counted(self.frames, "frame")
        return f"Training of {steps} in {frames}"

    def bundle(self) -> dict[str, str]:
        """The page, where it is trusted, else a line of text."""
        return {
            "text/html": self._frame(str(self)),
            "text/plain": f"{self}; save it as HTML and open it in a browser",
        }


def write_flipbook(
    recorder: Recorder, title: str, style: Style, theme: Theme, engine: Engine
) -> str:
    """The whole page."""
    frames = recorder.frames
    data: dict[str, Any] = {}
    loss, boundary = loss_chart(recorder.losses), None
    charts = [_figure(loss.svg, "")]
    points, surface = recorder.points, frames[0].surface
    if points is not None and surface is not None:
        boundary = boundary_chart(points, surface)
        data["grid"] = cell_grid(boundary, surface)
        note = "Circles: first class; squares: second; thick rim: on the wrong side"
        if len(points.places) < points.total:
            note += f"; {len(points.places):,} of {points.total:,} points"
        charts.append(_figure(boundary.svg, note))
    drawings = [frame.drawing for frame in frames if frame.drawing is not None]
    pages = [
        _frame(frame, recorder, style, loss, boundary) for frame in _watched(frames)
    ]
    graph = ""
    if len(drawings) == len(frames):
        base, changes = differences(reel(drawings, style, theme, engine))
        data["base"] = base
        for page, change in zip(pages, changes, strict=True):
            page["graph"] = change
        graph = (
            '<figure id="graph"><figcaption>How the loss of this step was computed'
            '</figcaption><div id="stage"></div></figure>'
        )
    data["frames"] = pages
    name = clean(title, 200)
    return shell(
        "flipbook.html",
        {"title": escape(name), "charts": "\n".join(charts), "graph": graph},
        title=name,
        style=page_sheet(style, "flipbook.css", rules=_rules, theme=theme),
        data=data,
        scripts=["flipbook.js"],
    )


def _watched(frames: Sequence[RecordedStep]) -> Any:
    return tqdm(frames, desc="flipbook", unit="frame", delay=1.0, leave=False)


def _frame(
    frame: RecordedStep,
    recorder: Recorder,
    style: Style,
    loss: Chart,
    boundary: Chart | None,
) -> dict[str, Any]:
    finite = math.isfinite(frame.loss)
    # Where the loss can't be shown, its step still has a place.
    height = frame.loss if finite else loss.axes.get_ylim()[0]
    x, y = loss.place(frame.step, height)
    caption = f"step {frame.step:,} · loss {style.number(frame.loss)}"
    page: dict[str, Any] = {
        "step": frame.step,
        "x": round(x, 1),
        "y": round(y, 1) if finite else None,
    }
    if boundary and frame.surface and frame.second is not None and recorder.points:
        second = recorder.points.second
        wrong = frame.second != second
        right = int(np.count_nonzero(~wrong))
        caption += f" · {right:,} of {len(wrong):,} right"
        page["cells"] = cell_letters(frame.surface, recorder.threshold)
        page["line"] = boundary_line(boundary, frame.surface, recorder.threshold)
        # The chart has those of the first class before those of the second.
        marked = np.concatenate([wrong[~second], wrong[second]])
        page["wrong"] = "".join("1" if bad else "0" for bad in marked.tolist())
    page["caption"] = caption
    return page


def _figure(svg: str, note: str) -> str:
    caption = f"<figcaption>{escape(note)}</figcaption>" if note else ""
    return f"<figure>{svg}{caption}</figure>"


def _rules(palette: Palette) -> str:
    """The page's colours, and shades of the plane: paler than the points on them."""
    rules = [page_colours(palette)]
    for step in range(-STEPS, STEPS + 1):
        colour = blend(palette.band(step), palette.background, 0.35)
        rules.append(f".c{chr(ord('a') + step + STEPS)} {{ fill: {colour}; }}")
    rules.append(f".cz {{ fill: {palette.invalid}; }}")
    return "\n".join(rules)
