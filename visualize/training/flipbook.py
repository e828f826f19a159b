"""The flipbook: a training as one HTML page that needs nothing but itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
from tqdm import tqdm

from visualize.assets import asset, css_colours
from visualize.assets import page as shell
from visualize.cards.labels import clean
from visualize.layout.engines import Engine
from visualize.style import STEPS, Palette, Style, blend
from visualize.svg.css import Theme
from visualize.training.charts import (
    Chart,
    boundary_chart,
    boundary_line,
    cell_grid,
    cell_letters,
    loss_chart,
)
from visualize.training.recorder import Frame, Recorder
from visualize.training.reel import differences, reel


def write_flipbook(
    recorder: Recorder, title: str, style: Style, theme: Theme, engine: Engine
) -> str:
    """The whole page.

    Args:
        recorder: What was recorded.
        title: The heading.
        style: Colours, fonts and number formats.
        theme: "auto" follows the reader's light or dark theme.
        engine: As for `draw`.
    """
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
        style=f"{_colours(style, theme)}\n{asset('flipbook.css')}",
        data=data,
        scripts=["flipbook.js"],
    )


def _watched(frames: Sequence[Frame]) -> Any:
    return tqdm(frames, desc="flipbook", unit="frame", delay=1.0, leave=False)


def _frame(
    frame: Frame, recorder: Recorder, style: Style, loss: Chart, boundary: Chart | None
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


def _colours(style: Style, theme: Theme) -> str:
    base = style.dark if theme == "dark" else style.light
    text = f":root {{ --font: {style.font}; {_variables(base)} }}\n{_cells(base)}"
    if theme != "auto":
        return f":root {{ color-scheme: {theme}; }}\n{text}"
    dark = f":root {{ {_variables(style.dark)} }}\n{_cells(style.dark)}"
    return f"{text}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}"


def _variables(palette: Palette) -> str:
    return css_colours(
        palette,
        invalid=palette.invalid,
        first=palette.negative,
        second=palette.positive,
    )


def _cells(palette: Palette) -> str:
    """The shades of the plane: paler than the points that lie on them."""
    rules = []
    for step in range(-STEPS, STEPS + 1):
        colour = blend(palette.band(step), palette.background, 0.35)
        rules.append(f".c{chr(ord('a') + step + STEPS)} {{ fill: {colour}; }}")
    rules.append(f".cz {{ fill: {palette.invalid}; }}")
    return " ".join(rules)
