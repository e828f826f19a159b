"""Plots of plain curves: losses, and a function with its derivative.

Every plot takes `ax=None` and returns the Axes; none calls `show()` or changes
matplotlib's settings. matplotlib is imported when a plot is made.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import Value, derivative, no_grad
from visualize.options import door
from visualize.style import LIGHT
from visualize.training.axes import axes_for, dress, log_if_positive, note_at_top
from visualize.training.readings import Numbers, number_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_JUMP = 0.4
"""A leap over so much of the height between two points is a pole, not a line."""


@door
def plot_loss(losses: Iterable[Any], ax: Axes | None = None) -> Axes:
    """A curve of losses, one a step, on a logarithmic axis where all are positive.

    Steps whose loss is NaN or infinite are marked.

    Args:
        losses: Numbers or Values, in the order of training.
        ax: Where to plot; a new figure if None.

    Raises:
        ImportError: If matplotlib is not installed.
        TypeError: If these are no numbers.
        ValueError: If there are no losses.
    """
    if not isinstance(losses, Iterable) or isinstance(losses, str):
        raise TypeError(
            "losses must be a list of numbers or Values, such as recorder.losses or "
            f'history["loss"]; got {type(losses).__name__}'
        )
    numbers = np.array([number_of(loss, "a loss") for loss in losses])
    if not numbers.size:
        raise ValueError("there are no losses to plot")
    ax = axes_for(ax)
    steps = np.arange(1, len(numbers) + 1)
    marker = "o" if len(numbers) < 30 else ""
    shown = np.where(np.isfinite(numbers), numbers, np.nan)
    colour = LIGHT.positive
    ax.plot(steps, shown, color=colour, linewidth=1.8, marker=marker, markersize=4)
    log_if_positive(ax, numbers.tolist())
    dress(ax, x="step", y="loss")
    mark_invalid(ax, steps[~np.isfinite(numbers)])
    return ax


def mark_invalid(ax: Axes, steps: Iterable[Any]) -> None:
    """Draw a line in magenta at each step whose number can't be shown."""
    places = [float(step) for step in steps]
    if not places:
        return
    for place in places[:200]:  # more would only be one block of colour
        ax.axvline(place, color=LIGHT.invalid, linewidth=1.0, alpha=0.7)
    note = note_at_top(ax, places[0], " NaN or ∞", LIGHT.invalid, "left")
    note.set_bbox({"facecolor": LIGHT.background, "edgecolor": "none", "pad": 1})


@door
def plot_function(
    f: Callable[[Value], Any],
    low: float = -5.0,
    high: float = 5.0,
    *,
    order: int = 1,
    points: int = 401,
    ax: Axes | None = None,
) -> Axes:
    """A function of one number and its derivative, which autograd computes.

    Where the derivative is positive it is blue, where negative orange. The curves
    break at poles and where the function is not defined.

    Args:
        f: From a Value to a Value, such as `autograd.tanh`.
        low: Where to begin.
        high: Where to end.
        order: Which derivative to show.
        points: At how many numbers to compute.
        ax: Where to plot; a new figure if None.

    Raises:
        ImportError: If matplotlib is not installed.
        TypeError: If f gives no number.
        ValueError: If the interval is empty.
    """
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"the interval from {low:g} to {high:g} is empty")
    ax = axes_for(ax)
    xs = np.linspace(low, high, points)
    with no_grad():
        values = np.array([number_of(f(Value(x)), "f(x)") for x in xs.tolist()])
    slope = derivative(f, order)
    slopes = np.array([float(slope(x)) for x in xs.tolist()])
    bottom, top = _span(values, slopes)
    height = top - bottom
    ax.axhline(0, color=LIGHT.neutral_wire, linewidth=0.9)
    name = f"f{'′' * order}" if order < 4 else f"f⁽{order}⁾"
    f_line = _unbroken(values, height)
    ax.plot(xs, f_line, color=LIGHT.ink, linewidth=2.0, label="f")
    d_line = _unbroken(slopes, height)
    for sign, colour, text in (
        (1, LIGHT.positive_wire, f"{name} ≥ 0"),
        (-1, LIGHT.negative_wire, f"{name} < 0"),
    ):
        part = _where(d_line, d_line >= 0 if sign > 0 else d_line < 0)
        if np.isfinite(part).any():
            ax.plot(xs, part, color=colour, linewidth=1.8, dashes=(5, 1.6), label=text)
    ax.set_ylim(bottom - 0.06 * height, top + 0.06 * height)
    ax.set_xlim(low, high)
    dress(ax, x="x", legend="bare")
    return ax


def _span(*curves: Numbers) -> tuple[float, float]:
    """What to show of the vertical axis: all, but not a pole's every digit."""
    numbers = np.concatenate([c[np.isfinite(c)] for c in curves])
    if not numbers.size:
        return -1.0, 1.0
    bottom, top = float(numbers.min()), float(numbers.max())
    usual = np.quantile(numbers, [0.1, 0.9])
    reach = max(float(usual[1] - usual[0]), 1e-12 * max(abs(bottom), abs(top), 1.0))
    middle = float(usual.mean())
    bottom, top = max(bottom, middle - 4 * reach), min(top, middle + 4 * reach)
    return (bottom, top) if top > bottom else (bottom - 1.0, top + 1.0)


def _unbroken(curve: Numbers, height: float) -> Numbers:
    """The curve with a gap at each infinity and where it leaps over a pole."""
    line = np.where(np.isfinite(curve), curve, np.nan)
    steps = np.diff(line)
    leaps = np.abs(steps) > _JUMP * height
    # Steep but steady growth is no leap: a pole changes sign on the way.
    leaps &= np.sign(line[1:]) != np.sign(line[:-1])
    line[1:][leaps] = np.nan
    return line


def _where(line: Numbers, chosen: Any) -> Numbers:
    """The chosen part, with a neighbour at each end so that parts meet."""
    wide = chosen.copy()
    wide[1:] |= chosen[:-1]
    return np.where(wide, line, np.nan)
