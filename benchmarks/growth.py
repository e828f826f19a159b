"""What a gradient costs as a function grows: the section "growth" of the table.

Dense nets of 10^2 to 10^6 parameters, compiled: the loss alone, loss and gradient, and
the gradient by central differences. The first two grow with the number of parameters;
differences with its square, for each parameter asks for the loss twice.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

import nn
from autograd import Value
from benchmarks.timing import Row, interleaved, median_ratio, spoken
from benchmarks.works.work import Array, Work

PICTURE = Path(__file__).parent.parent / "out" / "growth.svg"
WIDTHS = (6, 21, 70, 222, 706)
"""Units of a layer: 91, 946, 10,011, 99,235 and 998,991 parameters."""

COUNTED_FROM = 50_000
"""Differences for so many parameters are not run, but counted: losses x their time."""


class Point(NamedTuple):
    """One size: seconds for the loss, its gradient, and its gradient by differences.

    Attributes:
        parameters: How many there are.
        forward: Seconds of the loss alone.
        gradient: Seconds of loss and gradient.
        ratio: The second over the first: the median over pairs of one round.
        differences: Seconds of central differences.
    """

    parameters: int
    forward: float
    gradient: float
    ratio: float
    differences: float


def net(width: int, count: int = 32) -> Work:
    """Two hidden layers of `width` units, squared error, `count` examples a batch."""
    rng = np.random.default_rng(17)
    inputs, targets = rng.normal(size=(count, width)), rng.normal(size=count)
    model = nn.MLP(width, [width, width, 1], "tanh", rng=17, init="xavier")

    def example(numbers: list[Any], target: Any) -> Value:
        loss: Value = nn.losses.mean_squared_error(model(numbers), target)
        return loss

    return Work("growth", example, (inputs, targets), model.parameters(), {})


def measure(width: int) -> Point:
    """Time one size.

    Raises:
        RuntimeError: The differences contradict the gradient.
    """
    work = net(width)
    program, batch = work.program(), work.arguments
    theta = program.read()
    works: dict[str, Any] = {
        "forward": lambda: program.map(*batch, theta=theta),
        "gradient": lambda: program.value_and_grad(*batch, theta=theta),
    }
    count = len(theta)
    calls = max(1, 200_000 // count)
    times = interleaved(works, 15, f"gradient of {count:,} parameters", min(calls, 100))
    forward, gradient = (statistics.median(times[name]) for name in works)
    if count < COUNTED_FROM:
        start = time.perf_counter()
        found = central_differences(program, batch, theta)
        differences = time.perf_counter() - start
        _, exact = works["gradient"]()
        off = np.abs(found - exact).max() / np.abs(exact).max()
        if not off < 1e-6:
            raise RuntimeError(f"differences of {count:,} parameters: off by {off:.1e}")
    else:
        differences = 2 * count * forward
    ratio = median_ratio(times["gradient"], times["forward"])
    return Point(count, forward, gradient, ratio, differences)


def central_differences(program: Any, batch: tuple[Any, ...], theta: Array) -> Array:
    """The gradient of the mean loss from two losses a parameter."""
    step = 1e-5
    moved, found = theta.copy(), np.empty_like(theta)
    for index in tqdm(range(len(theta)), desc="differences", delay=1, leave=False):
        moved[index] = theta[index] + step
        above = program.map(*batch, theta=moved).mean()
        moved[index] = theta[index] - step
        below = program.map(*batch, theta=moved).mean()
        moved[index] = theta[index]
        found[index] = (above - below) / (2.0 * step)
    return found


def exponent(sizes: Sequence[float], times: Sequence[float]) -> float:
    """The p of times ~ sizes**p, fitted: 1 is linear, 2 the square."""
    slope, _ = np.polyfit(np.log(sizes), np.log(times), 1)
    return float(slope)


def rows(picture: Path = PICTURE) -> list[Row]:
    """Measure, draw, and judge."""
    points = [measure(width) for width in WIDTHS]
    draw(points, picture)
    large = points[-3:]  # below that, a step is mostly the cost of its statements
    sizes = [point.parameters for point in large]
    linear = exponent(sizes, [point.gradient for point in large])
    square = exponent(sizes, [point.differences for point in large])
    ratios = [point.ratio for point in points]
    last = points[-1]
    return [
        Row(
            "gradient / forward, 10^2 to 10^6 parameters, compiled",
            "at most 4, flat",
            f"{min(ratios):.2f} to {max(ratios):.2f}",
            ", ".join(f"{ratio:.2f}" for ratio in ratios),
            max(ratios) <= 4,
        ),
        Row(
            "time of a gradient against size, 10^4 to 10^6 parameters",
            "linear; differences: square",
            f"size^{linear:.2f}; size^{square:.2f}",
            f"{spoken(last.gradient)}; {last.differences:,.0f} s, counted",
            linear <= 1.2 and square >= 1.5,
        ),
    ]


def draw(points: Sequence[Point], path: Path) -> None:
    """Plot times and ratios against the size, both axes of the times logarithmic."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    sizes = [point.parameters for point in points]
    # Text stays text, and the same numbers give the same file.
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "growth"}):
        figure = Figure(figsize=(9.0, 3.8), layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=[3, 2])
        draw_times(left, points)
        right.semilogx(sizes, [p.ratio for p in points], "o-", color="#0b6e99")
        right.axhline(4.0, color="#999999", linestyle=":")
        right.annotate("at most 4", (sizes[0], 4.0), (0, 4), textcoords="offset points")
        right.set(ylim=(0, 5), xlabel="parameters", title="gradient / forward")
        for axes in (left, right):
            axes.spines[["top", "right"]].set_visible(False)
            axes.grid(alpha=0.3)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, metadata={"Date": None})


def draw_times(axes: Any, points: Sequence[Point]) -> None:
    """Three curves with their names at their ends; what was only counted is hollow."""
    sizes = [point.parameters for point in points]
    curves = {
        "differences": ("#b3403a", [point.differences for point in points]),
        "gradient": ("#0b6e99", [point.gradient for point in points]),
        "forward": ("#6b8e23", [point.forward for point in points]),
    }
    for name, (color, times) in curves.items():
        axes.loglog(sizes, times, "-", color=color)
        for size, seconds in zip(sizes, times, strict=True):
            counted = name == "differences" and size >= COUNTED_FROM
            face = "white" if counted else color
            axes.loglog(size, seconds, "o", color=color, markerfacecolor=face)
        end = (sizes[-1], times[-1])
        above = -8 if name == "forward" else 2  # the lower two may lie close together
        axes.annotate(name, end, (8, above), textcoords="offset points", color=color)
    title = "time of one run (hollow: counted, not run)"
    axes.set(xlabel="parameters", ylabel="seconds", title=title)
