"""How times are taken: interleaved repetitions, medians, ratios pair by pair."""

from __future__ import annotations

import gc
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tqdm import tqdm

WARM = 1.0
"""Seconds."""


class Row(NamedTuple):
    """One line of the table."""

    work: str
    wanted: str
    got: str
    absolute: str
    holds: bool


def warm(work: Callable[[], Any], calls: int = 0) -> None:
    """Run it a while, and so often at least: "auto" loads numba after many calls."""
    end = time.perf_counter() + WARM
    while time.perf_counter() < end or calls > 0:
        work()
        calls -= 1


def seconds(work: Callable[[], Any], calls: int) -> float:
    """How long one of several calls on end takes, the collector at its default.

    The call before them does not count. It finds no garbage, as in a loop only the
    first one does: micrograd's demo takes 0.7 s then, and 1.3 s ever after.
    """
    gc.collect()  # nothing that others left
    work()
    start = time.perf_counter()
    for _ in range(calls):
        work()
    return (time.perf_counter() - start) / calls


def interleaved(
    works: Mapping[str, Callable[[], Any]],
    repetitions: int,
    title: str,
    calls: int | Mapping[str, int] = 3,
) -> dict[str, list[float]]:
    """Call the works in turn, again and again; the times of each, in seconds.

    In turn, so that a slow moment of the machine strikes all of them. The first
    round warms up and does not count. Each turn is several calls on end (the same
    number for all works, or one for each): what an engine leaves for the collector,
    it pays for itself.
    """
    times: dict[str, list[float]] = {name: [] for name in works}
    rounds = tqdm(range(repetitions + 1), desc=f"{title:<42}", leave=False)
    for index in rounds:
        for name, work in works.items():
            took = seconds(work, calls if isinstance(calls, int) else calls[name])
            if index:
                times[name].append(took)
    return times


def median_ratio(slow: Sequence[float], fast: Sequence[float]) -> float:
    """The median of slow / fast over the pairs of one round."""
    return statistics.median(s / f for s, f in zip(slow, fast, strict=True))


def spoken(duration: float) -> str:
    """A time in the unit that suits it."""
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if duration >= scale:
            return f"{duration / scale:.3g} {unit}"
    return f"{duration / 1e-9:.3g} ns"


def machine() -> str:
    """The processor, the number of cores, the system and the Python that ran this."""
    model = platform.processor() or platform.machine()
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    return (
        f"{model}, {os.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}, one thread"
    )
