"""The loop that everybody writes, beside the same on vectors and in PyTorch."""

from __future__ import annotations

import importlib.util
import itertools
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np

import nn
from autograd import Value
from benchmarks.program import OURS, Floor, floor_rows
from benchmarks.timing import Row, median_ratio, spoken
from benchmarks.works.dense import classifier, torch_scores
from benchmarks.works.work import Array, Work, torch_tensors

RATE = 0.001
STEPS = 20
"""So many losses of the sides are compared before they are timed."""
TOLERANCE = 1e-9

Step = Callable[[], float]

NETS = (
    ((2, 16, 16, 2), 32, 2.0),
    ((64, 64, 10), 32, 1.5),
    ((784, 128, 10), 64, 0.9),
)
"""Widths, examples in a batch, and how many times as fast as PyTorch we are to be."""


def rows() -> Iterator[Row]:
    """A step is the mean loss of a batch, its gradient, and Adam's update."""
    for widths, count, times in NETS:
        steps = sides(widths, count)
        agree(steps)
        floors = [Floor("vectors", 1.3), Floor("PyTorch", times, faster=True)]
        wanted = [floor for floor in floors if floor.peer in steps]
        size = sum((n + 1) * m for n, m in itertools.pairwise(widths))
        name = f"zero_grad, program.backward, Adam's step: {size:,} parameters"
        yield from floor_rows(name, steps, wanted)
    yield reading_row(classifier("", widths, count))


def sides(widths: Sequence[int], count: int) -> dict[str, Step]:
    """The same training, each from the same start."""
    works = [classifier("", widths, count) for _ in range(3)]
    steps = {OURS: plain(works[0]), "vectors": on_vectors(works[1])}
    if importlib.util.find_spec("torch"):
        steps["PyTorch"] = in_torch(works[2], widths)
    return steps


def agree(steps: dict[str, Step]) -> None:
    """Hold the losses of the first steps to one another.

    Raises:
        RuntimeError: Those of two sides differ.
    """
    ours = [steps[OURS]() for _ in range(STEPS)]
    for name in steps.keys() - {OURS}:
        theirs = [steps[name]() for _ in range(STEPS)]
        off = np.abs(np.divide(theirs, ours) - 1.0).max()
        if not off <= TOLERANCE:
            raise RuntimeError(f"{name}: its losses are not ours, by {off:.1e}")


def plain(work: Work) -> Step:
    """As people write it."""
    program = work.program()
    optimizer = nn.Adam(work.parameters, lr=RATE)

    def step() -> float:
        optimizer.zero_grad()
        loss: float = program.backward(*work.arguments)
        optimizer.step()
        return loss

    return step


def on_vectors(work: Work) -> Step:
    """The parameters as a vector that no Value knows of."""
    program = work.program()
    optimizer = nn.Adam(work.parameters, lr=RATE)
    theta = program.read()

    def step() -> float:
        nonlocal theta
        loss, gradient = program.value_and_grad(*work.arguments, theta=theta)
        theta = optimizer.update(theta, gradient)
        return float(loss)

    return step


def in_torch(work: Work, widths: Sequence[int]) -> Step:
    """PyTorch, eager."""
    import torch
    from torch.nn import functional

    parameters = torch_tensors(layers(work.parameters, widths))
    images, classes = map(torch.tensor, work.arguments)
    adam = torch.optim.Adam(parameters, lr=RATE)

    def step() -> float:
        adam.zero_grad()
        loss = functional.cross_entropy(torch_scores(parameters, images), classes)
        loss.backward()
        adam.step()
        return float(loss.item())

    return step


def layers(parameters: Sequence[Value], widths: Sequence[int]) -> list[Array]:
    """The numbers as a matrix and a vector of biases for each layer."""
    numbers = iter([p.data for p in parameters])
    arrays: list[Array] = []
    for n_in, n_out in itertools.pairwise(widths):
        weights = np.fromiter(numbers, float, n_out * n_in)
        arrays += [weights.reshape(n_out, n_in), np.fromiter(numbers, float, n_out)]
    return arrays


def reading_row(work: Work) -> Row:
    """All numbers read by eager code, once after every compiled step."""
    step, leaves = plain(work), [Value(p.data) for p in work.parameters]
    ours, theirs = [], []
    for _ in range(9):
        step()
        ours.append(pass_over(work.parameters))
        theirs.append(pass_over(leaves))
    ratio = median_ratio(ours, theirs)
    return Row(
        f"all {len(leaves):,} numbers read by eager code after a compiled step",
        "within 3x of plain leaves",
        f"{ratio:.2f}x",
        f"{spoken(min(ours))} against {spoken(min(theirs))}",
        ratio <= 3.0,
    )


def pass_over(values: Sequence[Value]) -> float:
    """Seconds to read each number."""
    start = time.perf_counter()
    for value in values:
        _ = value.data
    return time.perf_counter() - start
