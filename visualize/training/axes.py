"""What all plots share: matplotlib's Axes, made and dressed the same way.

matplotlib is imported when a plot is made, never before. Nothing here changes its
settings or asks for a window.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, cast

from visualize.cards.labels import clean
from visualize.style import LIGHT, blend

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.text import Text

GRID = blend(LIGHT.background, LIGHT.neutral_wire, 0.33)
"""The colour of grid lines: there, and out of the way."""

NAVY = blend(LIGHT.positive, "#000000", 0.62)
"""The far end of scales that have one direction only."""


NAME_LIMIT = 28
"""Names longer than this are shortened."""


def require_matplotlib() -> None:
    """Says what to install where a picture needs matplotlib, and it is not there.

    Raises:
        ImportError: If matplotlib is not installed.
    """
    if find_spec("matplotlib") is None:
        raise ImportError(
            "plots need the package matplotlib: pip install 'gradtrace[plots]'"
        )


def axes_for(ax: Axes | None, *, wide: float = 6.4, high: float = 4.0) -> Axes:
    """The Axes that were given, or those of a new figure.

    Raises:
        ImportError: If matplotlib is not installed.
        TypeError: If something else than Axes was given.
    """
    require_matplotlib()
    if ax is not None:
        if not isinstance(ax, import_module("matplotlib.axes").Axes):
            kind = type(ax).__name__
            raise TypeError(f"ax must be Axes, such as plt.gca() gives, not {kind}")
        return cast("Axes", ax)
    _, axes = import_module("matplotlib.pyplot").subplots(
        figsize=(wide, high), layout="constrained"
    )
    return cast("Axes", axes)


def dress(
    ax: Axes, *, grid: str = "both", x: str = "", y: str = "", legend: str = ""
) -> None:
    """Frame, grid, names and legend as in all plots.

    Args:
        ax: What to dress.
        grid: "x", "y", "both" or "".
        x: What lies along the x axis; "" leaves it as it is.
        y: What lies along the y axis.
        legend: "bare", or "paper" where it lies on what is drawn, or "" for none.
    """
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(LIGHT.neutral_wire)
    ax.tick_params(which="both", color=LIGHT.neutral_wire)
    if grid:
        ax.grid(visible=True, axis=cast("Any", grid), color=GRID, linewidth=0.8)
    if x:
        ax.set_xlabel(x)
    if y:
        ax.set_ylabel(y)
    if x == "step":
        ax.locator_params(axis="x", integer=True)
    if legend == "bare":
        ax.legend(frameon=False, fontsize="small")
    elif legend:
        ax.legend(fontsize="small", framealpha=0.85, edgecolor="none")


def colour_bar(ax: Axes, shades: Any, what: str, **settings: Any) -> None:
    """What the shades mean, beside the Axes."""
    bar = ax.figure.colorbar(shades, ax=ax, **settings)
    bar.set_label(what)
    bar.outline.set_visible(False)


def inches(ax: Axes) -> tuple[float, float]:
    """Width and height of the Axes before the layout is settled, roughly."""
    return float(ax.bbox.width / ax.figure.dpi), float(ax.bbox.height / ax.figure.dpi)


def plain_ticks(ax: Axes, axis: str = "y") -> None:
    """Writes 0.3 at a tick of a logarithmic axis, not 3 x 10^-1."""
    ticker = import_module("matplotlib.ticker")
    low, high = ax.get_ylim() if axis == "y" else ax.get_xlim()
    side = ax.yaxis if axis == "y" else ax.xaxis
    wide, tall = inches(ax)
    room = int(3.0 * tall if axis == "y" else 1.4 * wide)
    between = (2.0, 3.0, 5.0) if high / low < 100.0 and room > 3 else ()
    ticks = max(2, min(8, room))
    side.set_major_locator(ticker.LogLocator(numticks=ticks))
    side.set_minor_locator(ticker.LogLocator(subs=between, numticks=ticks))
    side.set_major_formatter(ticker.FuncFormatter(_plain))
    side.set_minor_formatter(ticker.FuncFormatter(_plain))


def _plain(number: float, _position: int | None = None) -> str:
    return f"{number:g}".replace("-", "−").replace("e−0", "e−")


def share_text(share: float) -> str:
    """A share as per cent; only none is 0 % and only all is 100 %."""
    if share in (0.0, 1.0):
        return f"{100 * share:.0f} %"
    return f"{min(99.9, max(0.1, 100 * share)):.2g} %".replace("1e+02", "99.9")


def as_label(name: str) -> str:
    """A name of the user's, fit to stand in a plot."""
    # matplotlib reads what stands between dollar signs as a formula, and leaves what
    # begins with an underscore out of the legend.
    text = clean(name, NAME_LIMIT).replace("$", r"\$")
    return f"\u200a{text}" if text.startswith("_") else text


def marked(
    ax: Axes,
    points: Any,
    shape: str,
    colour: str,
    size: float,
    rim: str,
    label: str,
    **line: Any,
) -> None:
    """Points with a rim, and perhaps a line through them: one entry of the legend."""
    rimmed: Any = {"color": colour, "markersize": size, "markeredgecolor": rim}
    ax.plot(*points, shape, label=label, **rimmed, **line)


def note_at_top(ax: Axes, x: float, text: str, colour: str, side: str) -> Text:
    """A small note at the upper edge, at or beside a place on the x axis."""
    top: Any = {"va": "top", "ha": side, "transform": ax.get_xaxis_transform()}
    return ax.text(x, 0.98, text, fontsize="small", color=colour, **top)


def name_ticks(ax: Axes, names: list[str], axis: str) -> None:
    """Names in place of numbers along the x or the y axis, of rows from the top."""
    labels = [as_label(name) for name in names]
    if axis == "x":
        many = sum(map(len, labels)) > 60
        turned: Any = {"rotation": 35, "ha": "right"} if many else {}
        ax.set_xticks(range(len(names)), labels, **turned)
        ax.tick_params(axis="x", length=0)
    else:
        ax.set_yticks([-place + 0.3 for place in range(len(names))], labels)
        ax.tick_params(axis="y", length=0)


def log_if_positive(ax: Axes, numbers: Iterable[float]) -> None:
    """A logarithmic y axis where all finite numbers are positive."""
    finite = [number for number in numbers if math.isfinite(number)]
    if finite and min(finite) > 0:
        ax.set_yscale("log")
        plain_ticks(ax)


def diverging() -> Colormap:
    """Orange to grey to blue, a little paler than on cards: points lie on top."""
    ends = [blend(end, LIGHT.background, 0.3) for end in (LIGHT.negative, LIGHT.zero)]
    top = blend(LIGHT.positive, LIGHT.background, 0.3)
    return _colour_map("gradtrace-diverging", [*ends, top])


def sequential() -> Colormap:
    """From nearly white over blue to navy, for numbers of one sign."""
    pale = blend(LIGHT.background, LIGHT.positive, 0.06)
    return _colour_map("gradtrace-sequential", [pale, LIGHT.positive, NAVY])


def _colour_map(name: str, colours: list[str]) -> Colormap:
    # Made anew for every plot, and not registered: matplotlib's registry is global.
    module = import_module("matplotlib.colors")
    return cast("Colormap", module.LinearSegmentedColormap.from_list(name, colours))
