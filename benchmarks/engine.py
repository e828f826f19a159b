"""The engine alone: small graphs, long chains, memory, nested gradients."""

from __future__ import annotations

import gc
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

from autograd import Value, diagnose, grad
from autograd import sum as add_up
from benchmarks import moons
from benchmarks.timing import Row, interleaved, median_ratio, spoken

NODES = 1_000_000
TURNS = {"nn": 20, "by hand": 8, "xad": 6, "micrograd": 3}
"""Steps of micrograd's demo in a turn.

Ours is half a second: in one of 60 ms the machine's pace may double.
"""


def tiny(kind: Callable[[float], Any], repeats: int = 500) -> Callable[[], float]:
    """Build ((a+b)-(a*b+b**3))**2/2 and run it backward, a few hundred times."""

    def work() -> float:
        for _ in range(repeats):
            a, b = kind(2.0), kind(3.0)
            output = ((a + b) - (a * b + b**3)) ** 2 / 2
            output.backward()
        return float(a.grad)

    return work


def chain(length: int) -> Value:
    """A chain of `length` nodes: products and sums with Values, tanh between."""
    x, factor, shift = Value(0.5), Value(0.999), Value(0.001)
    value = x
    for index in range(length):
        if index % 3 == 0:
            value = value * factor
        elif index % 3 == 1:
            value = value + shift
        else:
            value = value.tanh()
    return value


def bytes_per_node() -> float:
    """What one node of a million takes, as Python's own allocator counts it."""
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    output = chain(NODES)
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del output
    return (after - before) / NODES


def chain_times(length: int) -> tuple[float, float, float]:
    """Seconds a node to record, to run backward and to free, the collector off."""
    gc.collect()
    gc.disable()
    try:
        start = time.perf_counter()
        output = chain(length)
        recorded = time.perf_counter()
        output.backward()
        swept = time.perf_counter()
        before = gc.get_count()[0]
        del output
        freed = time.perf_counter()
        leftovers = gc.get_count()[0] - before
    finally:
        gc.enable()
    if leftovers > 0:
        raise RuntimeError("the chain waits for the collector: it holds a cycle")
    spans = (recorded - start, swept - recorded, freed - swept)
    return spans[0] / length, spans[1] / length, spans[2] / length


def import_time(module: str) -> float:
    """Seconds that a fresh interpreter takes to import a module."""
    timed = f"from time import time; t = time(); import {module}; print(time() - t)"
    command = [sys.executable, "-c", timed]
    return float(subprocess.run(command, capture_output=True, check=True).stdout)


def backward_over_forward(nodes: int, repeats: int) -> float:
    """Time of the backward pass over that of recording, for a graph of this size."""
    ratios = []
    for _ in range(repeats):
        start = time.perf_counter()
        outputs = [_branch() for _ in range(max(1, nodes // 100))]
        loss = add_up(outputs)
        recorded = time.perf_counter()
        loss.backward()
        swept = time.perf_counter()
        ratios.append((swept - recorded) / (recorded - start))
        del outputs, loss
    return statistics.median(ratios)


def diagnosis_over_backward(nodes: int, repeats: int = 5) -> float:
    """Time of a diagnosis over that of a backward pass, for a graph of this size."""
    loss = add_up([_branch() for _ in range(nodes // 100)])
    ratios = []
    for _ in range(repeats):
        start = time.perf_counter()
        loss.backward()
        swept = time.perf_counter()
        diagnose(loss)
        ratios.append((time.perf_counter() - swept) / (swept - start))
    return statistics.median(ratios)


def _branch() -> Value:
    x, y = Value(0.3), Value(0.7)
    for _ in range(33):
        x = (x * y + x).tanh()
    return x


def simulation(steps: int) -> float:
    """Move in the field of a potential, its force a gradient; differentiate it all."""
    start, speed = Value(1.0), Value(0.0)
    position, velocity = start, speed
    force = grad(lambda q: -0.5 * q * q - 0.1 * q**4)
    for _ in range(steps):
        velocity = velocity + 0.01 * force(position)
        position = position + 0.01 * velocity
    position.backward()
    return start.grad


def rows() -> Iterator[Row]:
    """Small graphs, long chains, nested gradients, and what an import costs."""
    yield from moons_rows()
    yield tiny_row()
    yield from chain_rows()
    yield sweep_row()
    yield simulation_row()
    yield diagnosis_row()
    yield import_row()


def moons_rows() -> list[Row]:
    """micrograd's demo step, through `nn` and by hand."""
    steps = {
        "nn": moons.gradtrace_step(),
        "by hand": moons.gradtrace_by_hand_step(),
        "xad": moons.xad_step(),
        "micrograd": moons.micrograd_step(),
    }
    losses = {name: step() for name, step in steps.items()}
    if max(losses.values()) - min(losses.values()) > 1e-9:
        raise RuntimeError(f"the engines compute different losses: {losses}")
    times = interleaved(steps, 9, "micrograd's demo step", TURNS)
    spans = {name: statistics.median(span) for name, span in times.items()}
    micrograd = median_ratio(times["micrograd"], times["nn"])
    xad = median_ratio(times["xad"], times["nn"])
    by_hand = median_ratio(times["micrograd"], times["by hand"])
    us, tape, slow = (spoken(spans[name]) for name in ("nn", "xad", "micrograd"))
    work = "micrograd's demo step"
    return [
        Row(
            f"{work}, through `nn`",
            "50x faster than micrograd",
            f"{micrograd:.0f}x",
            f"{us} against {slow}",
            micrograd >= 50,
        ),
        Row(
            f"{work}, through `nn`",
            "faster than xad's C++ tape",
            f"{xad:.1f}x",
            f"{us} against {tape}",
            xad > 1,
        ),
        Row(
            f"{work}, by hand as `sum(w*x)`",
            "16x faster than micrograd",
            f"{by_hand:.0f}x",
            f"{spoken(spans['by hand'])} against {slow}",
            by_hand >= 16,
        ),
    ]


def tiny_row() -> Row:
    """A graph of nine nodes."""
    from micrograd.engine import Value as MicrogradValue

    repeats = 500
    works = {
        "here": tiny(Value, repeats),
        "micrograd": tiny(MicrogradValue, repeats),
    }
    times = interleaved(works, 31, "tiny graph")
    ratio = median_ratio(times["micrograd"], times["here"])
    here, there = (spoken(statistics.median(times[name]) / repeats) for name in works)
    return Row(
        "`((a+b)-(a*b+b**3))**2/2`, build and backward",
        "3x faster than micrograd",
        f"{ratio:.2f}x",
        f"{here} against {there}",
        ratio >= 3,
    )


def chain_rows() -> list[Row]:
    """Memory and time of long chains."""
    short = [chain_times(10_000) for _ in range(5)]
    long = [chain_times(NODES) for _ in range(3)]
    growth = statistics.median(map(sum, long)) / statistics.median(map(sum, short))
    phases = zip(*long, strict=True)
    record, sweep, free = (spoken(statistics.median(spans)) for spans in phases)
    memory = bytes_per_node()
    return [
        Row(
            "memory per recorded node, a million nodes",
            "at most 216 bytes",
            f"{memory:.0f} bytes",
            f"{memory * NODES / 2**20:.0f} MiB in all",
            round(memory) <= 216,
        ),
        Row(
            "chain of 1,000,000 nodes: record, backward, free",
            "linear, collector off",
            f"{growth:.2f}x a node as with 10,000",
            f"{record} + {sweep} + {free} a node",
            growth < 2,
        ),
    ]


def sweep_row() -> Row:
    """Backward against forward, over five sizes."""
    sizes = {100: 200, 1_000: 50, 10_000: 11, 100_000: 5, 1_000_000: 3}
    ratios = [backward_over_forward(*item) for item in sizes.items()]
    return Row(
        "backward / forward time, 10^2 to 10^6 nodes",
        "at most 2, flat",
        f"{min(ratios):.2f} to {max(ratios):.2f}",
        ", ".join(f"{ratio:.2f}" for ratio in ratios),
        max(ratios) <= 2,
    )


def diagnosis_row() -> Row:
    """What `diagnose` costs on a graph as large as that of micrograd's demo."""
    ratio = diagnosis_over_backward(62_000)
    work = "`diagnose` of 62,000 nodes, beside a backward pass"
    return Row(work, "at most 10x", f"{ratio:.1f}x", "", ratio <= 10)


def simulation_row() -> Row:
    """Twice the steps of a simulation whose force is a gradient."""
    works = {
        "1000": lambda: simulation(1000),
        "2000": lambda: simulation(2000),
    }
    times = interleaved(works, 7, "simulation, its force a gradient")
    ratio = median_ratio(times["2000"], times["1000"])
    once, twice = (spoken(statistics.median(times[name])) for name in works)
    return Row(
        "1,000 steps whose force is a gradient, differentiated through",
        "twice the steps: at most 2.5x",
        f"{ratio:.2f}x",
        f"{once}, then {twice}",
        ratio <= 2.5,
    )


def import_row() -> Row:
    """A fresh interpreter for each import."""
    pairs = [[import_time(x) for x in ("autograd", "numpy")] for _ in range(11)]
    ours, theirs = zip(*pairs[1:], strict=True)
    ratio = median_ratio(ours, theirs)
    return Row(
        "`import autograd`, in a process of its own",
        "within 2x of `import numpy`",
        f"{ratio:.2f}x",
        " against ".join(spoken(statistics.median(x)) for x in (ours, theirs)),
        ratio <= 2,
    )
