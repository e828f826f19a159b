"""Histograms by layer: of parameters, gradients and activations."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np

from autograd import Graph, Value
from visualize.cards.parameters import named_parameters
from visualize.options import door
from visualize.style import LIGHT
from visualize.training.activity import activities
from visualize.training.axes import (
    axes_for,
    dress,
    name_ticks,
    plain_ticks,
    share_text,
)
from visualize.training.readings import (
    LayerOf,
    Numbers,
    by_layer,
    layer_of,
    layer_of_scope,
    root_mean_square,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

What = Literal["data", "gradients", "activations"]


@door
def plot_histograms(
    source: object,
    what: What = "data",
    *,
    layer: LayerOf | None = None,
    bins: int = 60,
    ax: Axes | None = None,
) -> Axes:
    """Histograms by layer: of parameters, of their gradients, or of activations.

    Each layer has a row of its own height. Gradients lie on a logarithmic axis of
    their sizes, orange the negative and blue the positive ones. At the right stands
    what a histogram hides: exact zeros, NaNs; for activations how many units are
    dead (slope 0 for every example) and which share is saturated (slope below 5 % of
    the largest that the function can have; of relu, off: exactly 0).

    Args:
        source: For data and gradients a module, a mapping from names to Values,
            Values, or a recorded loss; for activations a recorded loss, a Value or a
            Graph.
        what: "data", "gradients" or "activations".
        layer: From a parameter's name, or an activation's scope, to its layer.
        bins: How many bars.
        ax: Where to plot; a new figure if None.

    Raises:
        ImportError: If matplotlib is not installed.
        TypeError: If `source` has no parameters, or records no activations.
        ValueError: If gradients are all 0, or nothing is there.
    """
    if what == "activations":
        rows = _activation_rows(source, layer or layer_of_scope)
    else:
        rows = _parameter_rows(source, what, layer or layer_of)
    ax = axes_for(ax, high=min(12.0, 1.4 + 0.75 * len(rows)))
    numbers = [numbers for _, numbers, _ in rows]
    if what == "gradients":
        _gradient_ridges(ax, numbers, bins)
        told = "|gradient|: orange −, blue +"
    else:
        colour = LIGHT.parameter if what == "data" else LIGHT.operation
        _ridges(ax, numbers, bins, colour)
        told = "parameter" if what == "data" else "activation"
    for place, (_, _, note) in enumerate(rows):
        ax.annotate(
            note,
            (1.0, -place + 0.42),
            xytext=(6, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            va="center",
            fontsize="small",
            color=LIGHT.muted,
        )
    name_ticks(ax, [name for name, _, _ in rows], "y")
    ax.set_ylim(0.9 - len(rows), 1.0)
    dress(ax, grid="x", x=told)
    return ax


Row = tuple[str, Numbers, str]
"""A layer's name, its numbers, and what to say about them."""


def _graph_of(source: object) -> Graph | None:
    if isinstance(source, Graph):
        return source
    return Graph(source) if isinstance(source, Value) else None


def _activation_rows(source: object, layer: LayerOf) -> list[Row]:
    graph = _graph_of(source)
    if graph is None:
        kind = type(source).__name__
        raise TypeError(
            "activations stand in the graph that a call records: hand the loss, or "
            f"a Graph, not {kind}"
        )
    rows = []
    for name, activity in activities(graph, layer).items():
        units = "unit" if activity.units == 1 else "units"
        note = (
            f"{activity.dead:,} of {activity.units:,} {units} dead\n"
            f"{share_text(activity.saturated)} "
            f"{'off' if activity.rectified else 'saturated'}"
        )
        rows.append((name, np.array(activity.values), note))
    if not rows:
        raise ValueError("the graph has no activations in it, such as tanh or relu")
    return rows


def _parameter_rows(source: object, what: str, layer: LayerOf) -> list[Row]:
    graph = _graph_of(source)
    if graph is None:
        named = named_parameters(source)
    else:
        leaves = [leaf for leaf in graph.leaves if leaf.role == "parameter"]
        if not leaves:
            raise ValueError("the graph has no parameters in it")
        named = {_path(graph, leaf): leaf for leaf in leaves}
    rows = []
    for name, values in by_layer(named, layer).items():
        numbers = np.array([v.data if what == "data" else v.grad for v in values])
        rows.append((name, numbers, _parameter_note(numbers)))
    if what == "gradients" and not any(numbers.any() for _, numbers, _ in rows):
        raise ValueError("all gradients are 0: call loss.backward() first")
    return rows


def _path(graph: Graph, leaf: Value) -> str:
    """A name that begins with the scope, as those of a module's parameters do."""
    return f"{leaf.scope}.{graph.name(leaf)}" if leaf.scope else graph.name(leaf)


def _parameter_note(numbers: Numbers) -> str:
    finite = numbers[np.isfinite(numbers)]
    bad = len(numbers) - len(finite)
    zeros = float(np.mean(numbers == 0))
    size = root_mean_square(finite)
    lines = ["" if math.isnan(size) else f"rms {size:.3g}"]
    if zeros:
        lines.append(f"{share_text(zeros)} exactly 0")
    if bad:
        lines.append(f"{bad:,} NaN or ∞")
    return "\n".join(line for line in lines if line)


def _ridges(ax: Axes, rows: list[Numbers], bins: int, colour: str) -> None:
    finite = [numbers[np.isfinite(numbers)] for numbers in rows]
    everything = np.concatenate(finite)
    low, high = (everything.min(), everything.max()) if everything.size else (-1.0, 1.0)
    if low == high:
        low, high = low - 0.5 * max(1.0, abs(low)), high + 0.5 * max(1.0, abs(high))
    edges = np.linspace(low, high, bins + 1)
    for place, numbers in enumerate(finite):
        counts, _ = np.histogram(numbers, edges)
        _ridge(ax, edges, counts / max(1, counts.max()), place, colour)


def _gradient_ridges(ax: Axes, rows: list[Numbers], bins: int) -> None:
    sizes = np.abs(np.concatenate(rows))
    sizes = sizes[np.isfinite(sizes) & (sizes > 0)]
    if not sizes.size:  # NaN, infinities and zeros only: the notes say so
        sizes = np.ones(1)
    low, high = math.log10(sizes.min()), math.log10(sizes.max())
    edges = 10.0 ** np.linspace(low - 0.05, high + 0.05, bins + 1)
    ax.set_xscale("log")
    for place, numbers in enumerate(rows):
        finite = numbers[np.isfinite(numbers)]
        minus, _ = np.histogram(-finite[finite < 0], edges)
        both, _ = np.histogram(np.abs(finite[finite != 0]), edges)
        top = max(1, both.max())
        _ridge(ax, edges, both / top, place, LIGHT.positive)
        _ridge(ax, edges, minus / top, place, LIGHT.negative)
    ax.set_xlim(edges[0], edges[-1])
    plain_ticks(ax, "x")


def _ridge(ax: Axes, edges: Numbers, heights: Numbers, place: int, colour: str) -> None:
    base = -float(place)
    ax.stairs(base + 0.85 * heights, edges, baseline=base, fill=True, color=colour)
    ax.axhline(base, color=LIGHT.neutral_wire, linewidth=0.8)
