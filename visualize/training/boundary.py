"""The plot of a decision boundary in the plane of two inputs."""

from __future__ import annotations

import math
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autograd import sigmoid
from visualize.options import door
from visualize.style import LIGHT
from visualize.training.axes import (
    as_label,
    axes_for,
    colour_bar,
    diverging,
    dress,
    inches,
)
from visualize.training.readings import Model, Numbers, points_of, probabilities
from visualize.training.surfaces import Surface, frame_of, probability_surface

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PathCollection


@door
def plot_boundary(
    model: Model,
    X: ArrayLike,  # noqa: N803 - a matrix, as everywhere
    y: ArrayLike,
    *,
    threshold: float = 0.5,
    to_probability: Callable[[float], Any] | None = sigmoid,
    resolution: int = 60,
    class_names: tuple[str, str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """The decision boundary of a model of two inputs, and how sure it is.

    The shade is the probability of the second class (the larger number in `y`), the
    black line where it is `threshold`. Points that lie on the wrong side have a thick
    black rim.

    Args:
        model: Called with a list of two numbers; gives a score, or the scores of two
            classes. A module with dropout should be in `eval()`.
        X: The points, of shape (n, 2).
        y: The class of each: two different numbers, such as 0 and 1, or -1 and 1.
        threshold: The probability from which a point counts as second class.
        to_probability: From score to probability; None if the model gives it itself.
        resolution: How many grid points along each axis.
        class_names: What to call the two classes; else by their numbers in y.
        ax: Where to plot; a new figure if None.

    Raises:
        ImportError: If matplotlib is not installed.
        ValueError: If shapes do not fit, a number is not finite, or there are more
            than two classes.
    """
    points, second = points_of(X, y)
    xs, ys = frame_of(points, resolution)
    surface = probability_surface(model, xs, ys, to_probability, progress="boundary")
    found = probabilities(model, points.tolist(), to_probability)
    right = (found >= threshold) == second
    ax = axes_for(ax, wide=6.0, high=4.6)
    numbers = np.unique(np.asarray(y, dtype=np.float64))
    names = [f"y = {number:g}".replace("-", "−") for number in numbers]
    if class_names is not None:
        names = [as_label(name) for name in class_names]
    _shade(ax, surface, threshold, "second class" if len(names) < 2 else names[-1])
    mark_points(ax, points[right], second[right])
    mark_points(ax, points[~right], second[~right], LIGHT.ink)
    _legend(ax, second, (names[0], names[-1]))
    ax.set_title(f"{right.sum():,} of {len(right):,} right", fontsize="medium")
    dress(ax, grid="")
    return ax


def _shade(ax: Axes, surface: Surface, threshold: float, name: str) -> None:
    colors, heights = import_module("matplotlib.colors"), surface.heights
    image = ax.imshow(
        np.ma.masked_invalid(heights),
        extent=surface.extent,
        origin="lower",
        aspect="auto",
        cmap=diverging(),
        norm=colors.TwoSlopeNorm(vcenter=threshold, vmin=0.0, vmax=1.0),
        interpolation="bilinear",
    )
    ax.set_facecolor(LIGHT.invalid)  # shows where the model gives NaN
    finite = heights[np.isfinite(heights)]
    if finite.size and finite.min() < threshold < finite.max():
        at = surface.xs, surface.ys, heights
        ax.contour(*at, levels=[threshold], colors=LIGHT.ink, linewidths=1.6)
    told = f"probability of {name}"
    colour_bar(ax, image, told, ticks=[0.0, threshold, 1.0])


def mark_points(
    ax: Axes, points: Numbers, second: NDArray[Any], rim: str = LIGHT.background
) -> list[PathCollection]:
    """Marks points: of the first class as circles, of the second as squares.

    Shapes, too: a print in grey and a colour-blind reader tell the classes apart.
    """
    crowd = max(1.0, len(points) / 300, (4.5 / min(4.5, *inches(ax))) ** 1.2)
    area = max(4.0, 34.0 / crowd)
    width = 0.7 if rim == LIGHT.background else 1.7
    return [
        ax.scatter(
            points[chosen, 0],
            points[chosen, 1],
            s=area,
            marker=marker,
            facecolor=colour,
            edgecolor=rim,
            linewidth=width * min(1.0, math.sqrt(area / 34.0)),
            zorder=3,
        )
        for chosen, colour, marker in (
            (~second, LIGHT.negative, "o"),
            (second, LIGHT.positive, "s"),
        )
    ]


def _legend(ax: Axes, second: NDArray[Any], names: tuple[str, str]) -> None:
    line = import_module("matplotlib.lines").Line2D
    keys = [("o", LIGHT.background, LIGHT.ink, 1.5, "wrong")]
    if second.any():
        keys.insert(0, ("s", LIGHT.positive, LIGHT.background, 0.7, names[1]))
    if not second.all():
        keys.insert(0, ("o", LIGHT.negative, LIGHT.background, 0.7, names[0]))
    handles = [
        line([], [], linestyle="", marker=marker, color=colour, markeredgecolor=rim,
             markeredgewidth=wide, label=label)
        for marker, colour, rim, wide, label in keys
    ]  # fmt: skip
    ax.legend(handles=handles, fontsize="small", framealpha=0.85, edgecolor="none")
