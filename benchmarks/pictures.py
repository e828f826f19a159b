"""What a picture of a large graph costs: the section "pictures" of the table.

The processor's own time, for a picture is drawn once: a loss over a batch, written by
hand (two nodes a weight) and through `nn` (one a neuron), and a chain and a recurrence
of a million.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise

import numpy as np

import autograd
import nn
import visualize
from autograd import Graph, Value
from benchmarks.timing import Row, spoken

SAMPLES_BY_HAND, SAMPLES_THROUGH_NN = 100, 905
"""So many make about 65,000 nodes."""

LONG = 1_000_000


def by_hand(samples: int = SAMPLES_BY_HAND) -> Value:
    """micrograd's net of 2-16-16-1 with every product and sum a node."""
    rng = np.random.default_rng(1)
    sizes = (2, 16, 16, 1)
    net = [
        [[Value(w) for w in row] for row in rng.normal(size=(wide, size)).tolist()]
        for size, wide in pairwise(sizes)
    ]
    losses = []
    for example in rng.normal(size=(samples, 2)).tolist():
        numbers = [Value(x) for x in example]
        for layer in net:
            numbers = [
                sum((w * x for w, x in zip(row, numbers, strict=True)), Value(0)).relu()
                for row in layer
            ]
        losses.append((1 - numbers[0]).relu())
    return _swept(sum(losses, Value(0)) / samples)


def through_nn(samples: int = SAMPLES_THROUGH_NN) -> Value:
    """The same net of `nn`, a neuron one weighted sum, with a penalty."""
    rng = np.random.default_rng(1)
    net = nn.MLP(2, [16, 16, 1], "relu", rng=0)
    scores = [net([Value(a), Value(b)]) for a, b in rng.normal(size=(samples, 2))]
    penalty = autograd.sum([w * w for w in net.parameters()])
    return _swept(autograd.mean([(1 - s).relu() for s in scores]) + 1e-4 * penalty)


def chain(length: int = LONG) -> Value:
    """One operation after the other, of four kinds."""
    x = Value(0.3)
    steps = (Value.sin, lambda x: x * 1.1, lambda x: x + 0.1, Value.tanh)
    for place in range(length):
        x = steps[place % 4](x)
    return _swept(x)


def recurrence(length: int = LONG) -> Value:
    """One state that reads an input in each step: five nodes, with the input's own."""
    w, u, h = Value(0.5, "w"), Value(0.3, "u"), Value(0.0, "h0")
    for step in range(length // 5):
        h = (w * h + u * Value(0.1 * (step % 7), f"x{step}")).tanh()
    return _swept(h)


def _swept(output: Value) -> Value:
    output.backward()
    return output


def seconds_to_draw(output: Value, repetitions: int = 5) -> float:
    """The least time that one picture of it takes the processor, SVG included."""
    times = []
    for _ in range(repetitions):
        start = time.process_time()
        _ = visualize.draw(output).svg
        times.append(time.process_time() - start)
    return min(times)


def rows() -> list[Row]:
    """Draw, and judge."""
    made: tuple[tuple[str, Callable[[], Value], int, float], ...] = (
        ("loss by hand", by_hand, 5, 2.0),
        ("loss through `nn`", through_nn, 5, 2.0),
        ("chain", chain, 1, 60.0),
        ("recurrence", recurrence, 1, 60.0),
    )
    found = []
    for name, make, repetitions, most in made:
        output = make()
        took = seconds_to_draw(output, repetitions)
        nodes = len(Graph(output))
        work, wanted = f"draw a {name}, {nodes:,} nodes", f"under {most:g} s"
        each = f"{spoken(took / nodes)} a node"
        found.append(Row(work, wanted, spoken(took), each, took < most))
    return found
