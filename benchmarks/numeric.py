"""Sixteen numerical programs on a batch, beside NumPy by hand."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

import numpy as np

from benchmarks.timing import Row, interleaved, median_ratio, warm
from benchmarks.works.numeric import pairs
from benchmarks.works.numeric.pair import Pair

EXAMPLES = 1024
MOST = {"value": (1.0, 2.0), "gradient": (2.5, 5.0)}
"""What is asked: times the value by hand, in the median and of each program."""


def rows() -> Iterator[Row]:
    """Values, and gradients in the inputs, as times of the value by hand."""
    ratios: dict[str, dict[str, float]] = {name: {} for name in MOST}
    for pair in pairs():
        for name, ratio in ratios_of(pair).items():
            ratios[name][pair.name] = ratio
    for name, found in ratios.items():
        yield row(name, found)


def row(name: str, ratios: dict[str, float]) -> Row:
    """The median and the worst of the ratios."""
    middle, most = MOST[name]
    median = statistics.median(ratios.values())
    worst = max(ratios, key=lambda program: ratios[program])
    return Row(
        f"16 numerical programs, {EXAMPLES:,} examples: {name}",
        f"within {middle:g}x of the value in NumPy, each within {most:g}x",
        f"{median:.2f}x",
        f"at most {ratios[worst]:.2f}x: {worst}",
        median <= middle and ratios[worst] <= most,
    )


def ratios_of(pair: Pair) -> dict[str, float]:
    """The times of value and gradient over that of the value by hand.

    Raises:
        RuntimeError: Both ways compute different numbers.
    """
    given, program = pair.arguments(EXAMPLES), pair.program()
    if not np.allclose(program.map(*given), pair.by_hand(*given), rtol=1e-9):
        raise RuntimeError(f"{pair.name}: what is written by hand is something else")
    works = {
        "value": lambda: program.map(*given),
        "gradient": lambda: program.value_and_grad(*given, wrt="inputs"),
        "by hand": lambda: pair.by_hand(*given),
    }
    for work in works.values():
        warm(work)
    times = interleaved(works, 15, pair.name)
    return {name: median_ratio(times[name], times["by hand"]) for name in MOST}
