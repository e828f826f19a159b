"""The engine alone: small graphs, long chains, memory, nested gradients."""

from __future__ import annotations

import gc
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

from autograd import Value, diagnose, grad
from autograd import sum as add_up

NODES = 1_000_000


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
