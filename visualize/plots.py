"""Plots by matplotlib, which is imported when a plot is made.

Every function takes `ax=None` and returns the Axes; none calls `show()` or changes
matplotlib's settings.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_loss(losses: Iterable[Any], ax: Axes | None = None) -> Axes:
    """A curve of losses, one a step, on a logarithmic axis where all are positive.

    Args:
        losses: Numbers or Values, in the order of training.
        ax: Where to plot; a new figure if None.

    Raises:
        ImportError: If matplotlib is not installed.
        ValueError: If there are no losses.
    """
    numbers = [float(loss) for loss in losses]
    if not numbers:
        raise ValueError("there are no losses to plot")
    if ax is None:
        ax = _new_axes()
    steps = range(1, len(numbers) + 1)
    marker = "o" if len(numbers) < 30 else ""
    ax.plot(steps, numbers, color="#2b7bba", linewidth=1.8, marker=marker, markersize=4)
    if all(number > 0 for number in numbers):
        ax.set_yscale("log")
        _plain_ticks(ax)
    ax.locator_params(axis="x", integer=True)
    ax.set_xlabel("step")
    ax.set_ylabel("loss")
    ax.grid(visible=True, color="#dde1e6", linewidth=0.8)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def _plain_ticks(ax: Axes) -> None:
    """Write 0.3 at a tick of a logarithmic axis, not 3 x 10^-1."""
    ticker = import_module("matplotlib.ticker")
    low, high = ax.get_ylim()
    between = (2.0, 3.0, 5.0) if high / low < 100.0 else ()
    ax.yaxis.set_minor_locator(ticker.LogLocator(subs=between))
    ax.yaxis.set_major_formatter(ticker.FuncFormatter(_plain))
    ax.yaxis.set_minor_formatter(ticker.FuncFormatter(_plain))


def _plain(number: float, _position: int | None = None) -> str:
    return f"{number:g}"


def _new_axes() -> Axes:
    if find_spec("matplotlib") is None:
        raise ImportError(
            "plots need the package matplotlib: pip install 'gradtrace[plots]'"
        )
    _, axes = import_module("matplotlib.pyplot").subplots(
        figsize=(6.4, 4.0), layout="constrained"
    )
    return cast("Axes", axes)
