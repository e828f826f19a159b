"""The plot of a loss around the parameters, with the way that training took."""

from __future__ import annotations

import math
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from visualize.cards.parameters import named_parameters
from visualize.options import door
from visualize.style import LIGHT
from visualize.training.axes import (
    axes_for,
    colour_bar,
    dress,
    marked,
    sequential,
)
from visualize.training.readings import Numbers
from visualize.training.surfaces import (
    Plane,
    Surface,
    checked_trajectory,
    loss_surface,
    plane_of,
    random_directions,
    trajectory_directions,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LEVELS = 14


@door
def plot_landscape(
    loss_function: Callable[[], Any],
    parameters: object,
    *,
    trajectory: ArrayLike | None = None,
    directions: Literal["random", "trajectory"] = "random",
    rng: np.random.Generator | int | None = 0,
    radius: float = 1.0,
    resolution: int = 25,
    ax: Axes | None = None,
) -> Axes:
    """The landscape of a loss around the parameters, on a plane through them.

    The plane is spanned by two random directions, each filter as long as the model's
    (Li et al., 2018): one unit is as far as the weights are from 0. Or, with
    `directions="trajectory"`, by the two in which the trajectory spreads most; random
    ones hold next to nothing of it, and the plot says how much. The parameters are
    moved while this computes, and put back.

    Args:
        loss_function: Gives the loss for the parameters as they are, called without
            arguments: `lambda: loss(model, batch)`.
        parameters: A module, a mapping from names to Values, or Values.
        trajectory: Parameters at the steps of a training, of shape (steps,
            parameters), such as `recorder.trajectory`.
        directions: "random" or "trajectory".
        rng: Where random directions are drawn from; a number is a seed.
        radius: How far to look, in units of the directions.
        resolution: How many losses to compute along each direction.
        ax: Where to plot; a new figure if None.

    Raises:
        ImportError: If matplotlib is not installed.
        ValueError: If the trajectory's shape does not fit or it spans no plane, a
            parameter is not finite, or the loss is nowhere finite.
    """
    named = named_parameters(parameters)
    centre = np.array([value.data for value in named.values()])
    if directions == "trajectory" and trajectory is None:
        raise ValueError('directions="trajectory" needs a trajectory')
    if not np.isfinite(centre).all():
        raise ValueError("a parameter is NaN or infinite")
    path = None
    if trajectory is not None:
        path = checked_trajectory(trajectory, len(centre))
    if directions == "trajectory" and path is not None:
        spanned = trajectory_directions(path - centre)
    else:
        generator = np.random.default_rng(rng)
        spanned = random_directions(list(named), centre, generator)
    plane = plane_of(centre, spanned, path)
    xs, ys = _window(plane, radius, resolution)
    surface = loss_surface(loss_function, named, plane, xs, ys)
    if not np.isfinite(surface.heights).any():
        raise ValueError("the loss is NaN or infinite everywhere on this plane")
    ax = axes_for(ax, wide=6.0, high=4.8)
    _relief(ax, surface)
    _way(ax, plane)
    dress(
        ax,
        grid="",
        x=f"{directions} direction 1",
        y=f"{directions} direction 2",
        legend="paper",
    )
    return ax


def _window(plane: Plane, radius: float, resolution: int) -> tuple[Numbers, Numbers]:
    """Around the centre as far as asked for, and further where the path goes on."""
    sides = []
    for side in (0, 1):
        path = plane.path[:, side]
        low, high = -radius, radius
        if path.size:
            low, high = min(low, 1.1 * path.min()), max(high, 1.1 * path.max())
        sides.append(np.linspace(low, high, resolution))
    return sides[0], sides[1]


def _relief(ax: Axes, surface: Surface) -> None:
    """Shades and contour lines, logarithmic where losses span more than a decade."""
    heights = np.ma.masked_invalid(surface.heights)
    low, high = float(heights.min()), float(heights.max())
    ax.set_facecolor(LIGHT.invalid)  # shows where the loss is NaN or infinite
    if high <= low:
        ax.pcolormesh(surface.xs, surface.ys, heights, cmap=sequential())
        ax.text(0.5, 0.5, f"the loss is {low:.4g} all over", ha="center",
                transform=ax.transAxes)  # fmt: skip
        return
    logarithmic = low > 0 and high / low > 10
    levels = (np.geomspace if logarithmic else np.linspace)(low, high, _LEVELS)
    # Rounding must not leave the extremes outside.
    levels[0], levels[-1] = low - 1e-12 * abs(low), high + 1e-12 * abs(high)
    colors = import_module("matplotlib.colors")
    norm = colors.LogNorm(levels[0], levels[-1]) if logarithmic else None
    grid = surface.xs, surface.ys, heights
    filled = ax.contourf(*grid, levels=levels, cmap=sequential(), norm=norm)
    white, inner = LIGHT.background, levels[1:-1]
    ax.contour(*grid, levels=inner, colors=white, linewidths=0.5, alpha=0.6)
    what = "loss, logarithmic shades" if logarithmic else "loss"
    colour_bar(ax, filled, what, format="%.3g")


def _way(ax: Axes, plane: Plane) -> None:
    path, rim = plane.path, LIGHT.ink
    if len(path):
        told, line = f"training, {_percent(plane.share)} of its way", LIGHT.negative
        thin = {"linewidth": 1.6, "markeredgewidth": 0.4}
        marked(ax, path.T, "o-", line, 3.0, rim, told, **thin)
        marked(ax, path[:1].T, "o", LIGHT.background, 7.0, rim, "start")
    here = np.zeros((2, 1))
    marked(ax, here, "*", LIGHT.negative, 13.0, rim, "the parameters as they are")


def _percent(share: float) -> str:
    if math.isnan(share):
        return "all"
    return f"{100 * share:.0f} %" if share >= 0.01 else f"{100 * share:.1g} %"
