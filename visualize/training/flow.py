"""Plots that tell how a training goes: gradients, histograms, updates, by layer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from visualize.cards.parameters import named_parameters
from visualize.options import door
from visualize.style import LIGHT, blend
from visualize.training.axes import (
    as_label,
    axes_for,
    dress,
    marked,
    name_ticks,
    note_at_top,
    plain_ticks,
    share_text,
)
from visualize.training.curves import mark_invalid
from visualize.training.readings import (
    LayerOf,
    Numbers,
    by_layer,
    layer_of,
    number_of,
    root_mean_square,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_USUAL_RATIO = 1e-3
_LINES = (LIGHT.positive, LIGHT.negative, LIGHT.parameter, LIGHT.input, LIGHT.ink)
_DASHES = ("-", "--", ":", "-.")


@runtime_checkable
class HasUpdateRatios(Protocol):
    """Anything that has kept the update ratios of a training, such as a Recorder."""

    @property
    def update_ratios(self) -> Mapping[str, Sequence[float]]:
        """The ratio at each step, by layer."""
        ...


@door
def plot_gradient_flow(
    module: object, *, layer: LayerOf = layer_of, ax: Axes | None = None
) -> Axes:
    """How large gradients are in each layer, on a logarithmic axis.

    A dot is the root mean square, a triangle the largest, the bar reaches from the
    tenth to the ninetieth percentile of those that are not 0; above stands the share
    of exact zeros. A slope over the layers means that gradients vanish or explode.

    Args:
        module: A module, a mapping from names to Values, or Values, after a backward
            pass.
        layer: From a parameter's name to that of its layer.
        ax: Where to plot; a new figure if None.

    Raises:
        ImportError: If matplotlib is not installed.
        ValueError: If there are no parameters, or all gradients are 0.
    """
    layers = {
        name: np.abs(np.array([value.grad for value in values]))
        for name, values in by_layer(named_parameters(module), layer).items()
    }
    if not any(sizes.any() for sizes in layers.values()):
        raise ValueError(
            "all gradients are 0: call loss.backward() first, and plot before "
            "zero_grad()"
        )
    ax = axes_for(ax)
    ax.set_yscale("log")
    _flow_marks(ax, layers)
    for place, sizes in enumerate(layers.values()):
        _flow_note(ax, place, sizes)
    finite = [s[np.isfinite(s) & (s > 0)] for s in layers.values()]
    shown = np.concatenate(finite)
    if shown.size:
        lows = [np.quantile(s, 0.1) for s in finite if s.size]
        ax.set_ylim(min(lows) / 2, shown.max() * 4)  # room for the notes above
        plain_ticks(ax)
    name_ticks(ax, list(layers), "x")
    ax.set_xlim(-0.6, len(layers) - 0.4)
    dress(ax, grid="y", y="|gradient|", legend="bare")
    return ax


def _flow_marks(ax: Axes, layers: Mapping[str, Numbers]) -> None:
    places, typical, largest = [], [], []
    for place, sizes in enumerate(layers.values()):
        some = sizes[np.isfinite(sizes) & (sizes > 0)]
        if some.size:
            low, high = np.quantile(some, [0.1, 0.9])
            pale = blend(LIGHT.background, LIGHT.positive, 0.3)
            ax.vlines(place, low, high, color=pale, linewidth=9)
            places.append(place)
            typical.append(root_mean_square(sizes[np.isfinite(sizes)]))
            largest.append(float(some.max()))
    rim, line = LIGHT.background, LIGHT.positive_wire
    marked(ax, (places, largest), "^", LIGHT.ink, 6.0, rim, "largest")
    typically = places, typical
    marked(ax, typically, "o-", line, 7.0, rim, "root mean square", linewidth=1.6)


def _flow_note(ax: Axes, place: int, sizes: Numbers) -> None:
    zeros = float(np.mean(sizes == 0))
    bad = int((~np.isfinite(sizes)).sum())
    lines = [f"{bad:,} NaN or ∞"] if bad else []
    if zeros:
        lines.append("all 0" if zeros == 1 else f"{share_text(zeros)} zero")
    colour = LIGHT.invalid if bad else LIGHT.muted
    note_at_top(ax, place, "\n".join(lines), colour, "center")


def _mark_hidden(ax: Axes, rows: Iterable[np.ndarray[Any, Any]]) -> None:
    """Mark what a logarithmic axis can't show: zeros at the lower edge, and NaN."""
    for place, row in enumerate(rows):
        colour = _LINES[place % len(_LINES)]
        steps = np.arange(1, len(row) + 1)
        still = steps[row == 0]
        if still.size:  # a line of no points would spoil a constrained layout
            at_edge: Any = {"transform": ax.get_xaxis_transform(), "clip_on": False}
            ax.plot(still, 0.0 * still, "v", color=colour, markersize=5, **at_edge)
        mark_invalid(ax, steps[~np.isfinite(row)])


@door
def plot_update_ratio(
    ratios: HasUpdateRatios | Mapping[str, Sequence[float]], ax: Axes | None = None
) -> Axes:
    """How far each layer moves in a step, in shares of its own size.

    The ratio is the root mean square of the change over that of the parameters. About
    one in a thousand (the line) is usual; far above it training is rough, far below
    it slow. A ratio of 0 is a mark at the lower edge, NaN and infinity are magenta.

    Args:
        ratios: A Recorder, or a mapping from layers to a ratio for each step.
        ax: Where to plot; a new figure if None.

    Raises:
        ImportError: If matplotlib is not installed.
        TypeError: If it is neither.
        ValueError: If there are no ratios, or one is negative.
    """
    if isinstance(ratios, HasUpdateRatios):
        ratios = ratios.update_ratios
    if not isinstance(ratios, Mapping):
        raise TypeError(
            "ratios must be a Recorder, or a mapping from layers to a ratio for each "
            f"step; got {type(ratios).__name__}"
        )
    layers = {name: _ratios_of(name, row) for name, row in ratios.items()}
    if not any(row.size for row in layers.values()):
        raise ValueError(
            "there are no update ratios yet: a Recorder needs two records or more"
        )
    if any((row < 0).any() for row in layers.values()):
        raise ValueError("a ratio of sizes can't be negative")
    ax = axes_for(ax)
    positive = False
    for place, (name, row) in enumerate(layers.items()):
        colour = _LINES[place % len(_LINES)]
        dash = _DASHES[place // len(_LINES) % len(_DASHES)]
        shown = np.where(np.isfinite(row) & (row > 0), row, np.nan)
        positive |= bool(np.isfinite(shown).any())
        steps, marker = np.arange(1, len(row) + 1), "o" if len(row) < 30 else ""
        line = ax.plot(steps, shown, color=colour, linestyle=dash, linewidth=1.6)[0]
        line.set(marker=marker, markersize=3.5, label=as_label(name))
    usual = f"usual: {_USUAL_RATIO:g}"
    grey = LIGHT.neutral_wire
    ax.axhline(_USUAL_RATIO, color=grey, linewidth=1.2, zorder=1, label=usual)
    _mark_hidden(ax, layers.values())
    ax.set_yscale("log")
    if positive:
        plain_ticks(ax)
    dress(ax, x="step", y="update / weight", legend="paper")
    return ax


def _ratios_of(name: str, row: object) -> Numbers:
    """One layer's ratios.

    Raises:
        TypeError: If these are no numbers.
    """
    if not isinstance(row, Iterable) or isinstance(row, str):
        raise TypeError(
            f"the ratios of {name!r} must be a list of numbers, not {row!r}"
        )
    return np.array([number_of(ratio, f"a ratio of {name!r}") for ratio in row])
