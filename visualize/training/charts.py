"""The two charts of a flipbook as inline SVG: the loss, and the decision boundary.

Both are drawn once; what changes from frame to frame is data, and a script moves it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

import numpy as np

from visualize.style import STEPS, Style
from visualize.training.readings import Numbers
from visualize.training.recorder import Points
from visualize.training.surfaces import Surface, contour

WIDTH, HEIGHT = 460.0, 350.0
_LEFT, _TOP = 62.0, 14.0
_INNER_WIDTH, _INNER_HEIGHT = WIDTH - _LEFT - 16.0, HEIGHT - _TOP - 46.0
_UNKNOWN = "z"
"""The letter of a cell whose probability is NaN."""


class Axis:
    """From numbers to places along one side of a chart."""

    def __init__(
        self, low: float, high: float, start: float, end: float, *, log: bool = False
    ) -> None:
        self.low, self.high, self.log = low, high, log
        self._start, self._length = start, end - start

    def place(self, number: float) -> float:
        """Where a number stands."""
        if self.log:
            share = math.log(number / self.low) / math.log(self.high / self.low)
        else:
            share = (number - self.low) / (self.high - self.low)
        return self._start + share * self._length

    def ticks(self) -> list[float]:
        """A few round numbers on this axis."""
        if self.log and self.high / self.low >= 4:
            return _log_ticks(self.low, self.high)
        return _ticks(self.low, self.high)


def _ticks(low: float, high: float) -> list[float]:
    raw = (high - low) / 6
    unit = 10.0 ** math.floor(math.log10(raw))
    pitch = next(unit * n for n in (1, 2, 5, 10) if unit * n >= raw * 0.999)
    first = math.ceil(low / pitch - 1e-9)
    count = math.floor(high / pitch + 1e-9) - first + 1
    # Through text, so that 3 * 0.1 is 0.3.
    return [float(f"{(first + n) * pitch:.10g}") for n in range(count)]


def _log_ticks(low: float, high: float) -> list[float]:
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    digits = (1, 2, 5) if high / low < 200 else (1,)
    every = max(1, len(decades) // 7)
    found = [float(f"{d}e{n}") for n in decades if n % every == 0 for d in digits]
    return [tick for tick in found if low <= tick <= high]


def loss_axes(losses: Sequence[float]) -> tuple[Axis, Axis]:
    """The axes of the losses: steps, and losses, logarithmic if all are positive."""
    finite = [loss for loss in losses if math.isfinite(loss)] or [0.0, 1.0]
    low, high = min(finite), max(finite)
    log = low > 0 and high / low > 3
    if log:
        low, high = low / 1.1, high * 1.1
    else:
        room = 0.06 * (high - low) or 0.5 * max(1.0, abs(high))
        low, high = low - room, high + room
    steps = Axis(1, max(2, len(losses)), _LEFT, _LEFT + _INNER_WIDTH)
    return steps, Axis(low, high, _TOP + _INNER_HEIGHT, _TOP, log=log)


def loss_chart(losses: Sequence[float], style: Style) -> str:
    """The curve of all losses; the part up to the frame shown is drawn on top."""
    across, up = loss_axes(losses)
    parts, line = [], ""
    for step, loss in enumerate(losses, start=1):
        if not math.isfinite(loss):
            x = across.place(step)
            bottom = _TOP + _INNER_HEIGHT
            parts.append(f'<path class="bad" d="M{x:.1f},{_TOP:g}V{bottom:g}"/>')
            line += " " if line else ""
            continue
        start = not line or line.endswith(" ")
        line += f"{'M' if start else 'L'}{across.place(step):.1f},{up.place(loss):.1f}"
    line = line.strip() or "M0,0"
    content = [
        *parts,
        f'<path class="later" d="{line}"/>',
        (
            f'<clipPath id="until"><rect id="until-rect" x="0" y="0" width="{WIDTH:g}" '
            f'height="{HEIGHT:g}"/></clipPath>'
        ),
        f'<path class="curve" clip-path="url(#until)" d="{line}"/>',
        '<circle id="now" r="4.5" cx="0" cy="0"/>',
    ]
    return _chart("Loss by step", across, up, ("step", "loss"), content, style)


def boundary_chart(points: Points, surface: Surface, style: Style) -> str:
    """Axes and points of the decision boundary; a script fills in cells and line."""
    across, up = boundary_axes(surface)
    marks = []
    size = 4.0 if len(points.places) <= 150 else 2.8
    for (x, y), second in zip(points.places.tolist(), points.second, strict=True):
        cx, cy = across.place(x), up.place(y)
        if second:
            marks.append(
                f'<rect class="second" x="{cx - size:.1f}" y="{cy - size:.1f}" '
                f'width="{2 * size:g}" height="{2 * size:g}"/>'
            )
        else:
            marks.append(
                f'<circle class="first" cx="{cx:.1f}" cy="{cy:.1f}" '
                f'r="{size * 1.12:g}"/>'
            )
    content = [
        '<g id="cells" shape-rendering="crispEdges"></g>',
        '<path id="line" d=""/>',
        f'<g id="points">{"".join(marks)}</g>',
    ]
    names = ("first input", "second input")
    return _chart("Decision boundary", across, up, names, content, style, grid=False)


def boundary_axes(surface: Surface) -> tuple[Axis, Axis]:
    """The axes of the plane of inputs."""
    left, right, bottom, top = surface.extent
    across = Axis(left, right, _LEFT, _LEFT + _INNER_WIDTH)
    return across, Axis(bottom, top, _TOP + _INNER_HEIGHT, _TOP)


def cell_grid(surface: Surface) -> dict[str, float | int]:
    """Where the cells lie, for the script that makes them: row by row from below."""
    rows, columns = surface.heights.shape
    return {
        "rows": rows - 1,
        "columns": columns - 1,
        "left": _LEFT,
        "bottom": _TOP + _INNER_HEIGHT,
        "width": _INNER_WIDTH / (columns - 1),
        "height": _INNER_HEIGHT / (rows - 1),
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


def boundary_line(surface: Surface, threshold: float) -> str:
    """The line where the probability is the threshold, as the data of an SVG path."""
    across, up = boundary_axes(surface)
    return "".join(
        f"M{across.place(x1):.1f},{up.place(y1):.1f}"
        f"L{across.place(x2):.1f},{up.place(y2):.1f}"
        for x1, y1, x2, y2 in contour(surface, threshold)
    )


def _chart(
    title: str,
    across: Axis,
    up: Axis,
    names: tuple[str, str],
    content: list[str],
    style: Style,
    *,
    grid: bool = True,
) -> str:
    right, bottom = _LEFT + _INNER_WIDTH, _TOP + _INNER_HEIGHT
    lines = []
    for tick in across.ticks():
        x = across.place(tick)
        lines.append(
            f'<path class="{"grid" if grid else "tick"}" d="M{x:.1f},'
            f'{_TOP if grid else bottom + 4:g}V{bottom:g}"/>'
            f'<text class="across" x="{x:.1f}" y="{bottom + 16:g}">'
            f"{style.number(tick)}</text>"
        )
    for tick in up.ticks():
        y = up.place(tick)
        lines.append(
            f'<path class="{"grid" if grid else "tick"}" d="M{_LEFT:g},{y:.1f}'
            f'H{right if grid else _LEFT - 4:g}"/>'
            f'<text class="up" x="{_LEFT - 7:g}" y="{y + 4:.1f}">'
            f"{style.number(tick)}</text>"
        )
    return "\n".join(
        [
            (
                f'<svg viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" '
                f'aria-label="{escape(title)}">'
            ),
            *lines,
            *content,
            f'<path class="axis" d="M{_LEFT:g},{_TOP:g}V{bottom:g}H{right:g}"/>',
            (
                f'<text class="across name" x="{(_LEFT + right) / 2:g}" '
                f'y="{bottom + 36:g}">{escape(names[0])}</text>'
            ),
            (
                f'<text class="across name" transform="translate(14 '
                f'{(_TOP + bottom) / 2:g}) rotate(-90)">{escape(names[1])}</text>'
            ),
            "</svg>",
        ]
    )
