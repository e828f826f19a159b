"""The two charts of a flipbook as inline SVG: the loss, and the decision boundary.

matplotlib draws both once; what changes from frame to frame is data, and a script
moves it. Colours become the page's own, so that the charts follow its theme.
"""

from __future__ import annotations

import copy
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, cast
from xml.etree import ElementTree as ET

import numpy as np

from visualize.style import LIGHT, STEPS
from visualize.training.axes import GRID, dress, require_matplotlib
from visualize.training.boundary import mark_points
from visualize.training.curves import plot_loss
from visualize.training.readings import Numbers
from visualize.training.recorder import Points
from visualize.training.surfaces import Surface

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 460, 350
_LETTERS = 13
"""Pixels: also in a narrow window, where the chart shrinks to 340, above 9."""

_DOTS = 72
"""Dots an inch: one unit of matplotlib's SVG."""

_UNKNOWN = "z"
"""The letter of a cell whose probability is NaN."""

_VARIABLES = {
    LIGHT.background: "background",
    LIGHT.ink: "ink",
    LIGHT.neutral_wire: "neutral",
    LIGHT.negative: "negative",
    LIGHT.positive: "positive",
    LIGHT.invalid: "invalid",
    GRID: "line",
}
"""The colours that plots use, and what the page calls them."""


@dataclass(frozen=True)
class Chart:
    """A chart as inline SVG, and the Axes that know where its numbers stand."""

    svg: str
    axes: Axes

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Where a point stands in the SVG, from its left and its top."""
        across, up = self.axes.transData.transform((x, y))
        return float(across), HEIGHT - float(up)


def loss_chart(losses: Sequence[float]) -> Chart:
    """The curve of all losses; the part up to the frame shown is drawn on top."""
    ax = _axes()
    plot_loss(losses, ax=ax)
    ax.lines[0].set_gid("curve")
    root = _drawn(ax, "Loss by step", {"curve"})
    parents = {child: parent for parent in root.iter() for child in parent}
    curve = next(e for e in root.iter() if e.get("id") == "curve")
    later = copy.deepcopy(curve)
    later.set("id", "later")
    parents[curve].insert(list(parents[curve]).index(curve), later)
    curve.set("clip-path", "url(#until)")
    until = ET.SubElement(root, "clipPath", {"id": "until"})
    whole = {"id": "until-rect", "width": str(WIDTH), "height": str(HEIGHT)}
    ET.SubElement(until, "rect", whole)
    ET.SubElement(root, "circle", {"id": "now", "r": "4.5"})
    return Chart(ET.tostring(root, encoding="unicode"), ax)


def boundary_chart(points: Points, surface: Surface) -> Chart:
    """Axes and points of the decision boundary; a script fills in cells and line."""
    ax = _axes()
    left, right, bottom, top = surface.extent
    ax.set(xlim=(left, right), ylim=(bottom, top))
    ax.set(xlabel="first input", ylabel="second input")
    plane = ax.fill([left, right, right, left], [bottom, bottom, top, top])
    plane[0].set(gid="cells", facecolor="none")
    for place, marks in enumerate(mark_points(ax, points.places, points.second)):
        marks.set_gid(f"points-{place}")
    dress(ax, grid="")
    root = _drawn(ax, "Decision boundary", {"cells", "points-0", "points-1"})
    return Chart(ET.tostring(root, encoding="unicode"), ax)


def _axes() -> Axes:
    """Axes as large as the chart, in a figure that no window knows of."""
    require_matplotlib()
    size = (WIDTH / _DOTS, HEIGHT / _DOTS)
    figure = import_module("matplotlib.figure").Figure(figsize=size, dpi=_DOTS)
    with import_module("matplotlib").rc_context({"font.size": _LETTERS}):
        axes: Axes = figure.subplots()
    return axes


def _drawn(ax: Axes, title: str, kept: set[str]) -> ET.Element:
    """The figure as SVG to stand in a page: no style sheet, no link, no id but these.

    `kept` are the ids that a script looks for.
    """
    figure, file = cast("Figure", ax.figure), io.StringIO()
    settings = {"svg.fonttype": "none", "svg.hashsalt": title, "font.size": _LETTERS}
    with import_module("matplotlib").rc_context(settings):
        figure.set_layout_engine("constrained")
        figure.draw_without_rendering()
        figure.set_layout_engine("none")  # else saving could move the places again
        figure.savefig(file, format="svg", metadata={"Date": None}, transparent=True)
    text = file.getvalue()
    for colour, name in _VARIABLES.items():
        text = text.replace(colour, f"var(--{name})")
    root = ET.fromstring(text)  # noqa: S314 - matplotlib wrote it just now
    shapes = {e.get("id", ""): e.get("d", "") for e in root.iter() if e.get("d")}
    for element in root.iter():
        _plain(element, shapes, kept)
    for element in [root, *root.iter("defs"), *root.iter("g")]:
        for child in list(element):
            if child.tag in ("metadata", "style") or (
                element.tag == "defs" and child.tag == "path"
            ):
                element.remove(child)
    box = root.attrib["viewBox"]
    root.attrib = {"viewBox": box, "role": "img", "aria-label": title}
    return root


def _plain(element: ET.Element, shapes: dict[str, str], kept: set[str]) -> None:
    """An element as HTML has it: no namespace, and a shape in place of a link to it."""
    element.tag = element.tag.rpartition("}")[2]
    if element.tag not in ("clipPath", "path") and element.get("id") not in kept:
        element.attrib.pop("id", None)
    if element.tag == "use":
        link = element.attrib.pop("{http://www.w3.org/1999/xlink}href")
        x, y = element.attrib.pop("x"), element.attrib.pop("y")
        element.tag = "path"
        element.attrib |= {"d": shapes[link[1:]], "transform": f"translate({x} {y})"}


def cell_grid(chart: Chart, surface: Surface) -> dict[str, float | int]:
    """Where the cells lie, for the script that makes them: row by row from below."""
    rows, columns = (count - 1 for count in surface.heights.shape)
    left, right, bottom, top = surface.extent
    x, y = chart.place(left, bottom)
    end, upper = chart.place(right, top)
    return {
        "rows": rows,
        "columns": columns,
        "left": x,
        "bottom": y,
        "width": (end - x) / columns,
        "height": (y - upper) / rows,
    }


def cell_letters(surface: Surface, threshold: float) -> str:
    """One letter a cell, row by row from below.

    "a" is surely the first class, "m" the threshold, "y" surely the second; "z" stands
    where the model gives NaN.
    """
    h = surface.heights
    middle: Numbers = (h[:-1, :-1] + h[1:, :-1] + h[:-1, 1:] + h[1:, 1:]) / 4
    span = np.where(middle >= threshold, 1 - threshold, threshold)
    steps = np.round((middle - threshold) / span * STEPS)
    return "".join(
        chr(ord("a") + int(step) + STEPS) if math.isfinite(step) else _UNKNOWN
        for step in steps.ravel().tolist()
    )


def boundary_line(chart: Chart, surface: Surface, threshold: float) -> str:
    """The line where the probability is the threshold, as the data of an SVG path."""
    heights = np.ma.masked_invalid(surface.heights)
    # contourpy is the part of matplotlib that finds contours.
    finder = import_module("contourpy").contour_generator(
        surface.xs, surface.ys, heights
    )
    lines = []
    for line in finder.lines(threshold):
        places = (chart.place(x, y) for x, y in line.tolist())
        lines.append("M" + "L".join(f"{x:.1f},{y:.1f}" for x, y in places))
    return "".join(lines)
