"""An epoch of `nn.fit` beside the same loop in PyTorch, and beside scikit-learn's.

The sides take turns inside one training: after each epoch of ours, one of theirs.
"""

from __future__ import annotations

import gc
import importlib.util
import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

import nn
from benchmarks.program import Floor, Memory, array_bytes, floor_row, memory
from benchmarks.timing import Row, spoken
from benchmarks.training import on_vectors
from benchmarks.works import nets
from benchmarks.works.dense import classifier
from benchmarks.works.nets import Net
from benchmarks.works.work import Array, Side

RATE = 0.001
EPOCHS = 13
"""The first one traces, and does not count."""
TOLERANCE = 1e-9
FIRST = 3.0
"""Seconds that a learner waits gladly, once."""

Epoch = Callable[[int], float]
"""Learns from all examples once; given which time it is, it gives the mean loss."""


class Lesson(NamedTuple):
    """What is learned, and by what net.

    Attributes:
        name: What the table calls it.
        net: Makes ours, always from the same numbers, and PyTorch's.
        X: The inputs.
        y: The classes.
        size: How many examples a step sees.
        floor: What is asked beside PyTorch.
    """

    name: str
    net: Net
    X: Array
    y: Array
    size: int
    floor: Floor


class Pace(NamedTuple):
    """What a training and its peers came to.

    Attributes:
        first: Seconds of our first epoch, which traces the net.
        ours: Seconds of each epoch after it.
        theirs: The same of each peer, by name.
    """

    first: float
    ours: list[float]
    theirs: dict[str, list[float]]


def rows() -> Iterator[Row]:
    """An epoch of each net."""
    if importlib.util.find_spec("torch") is not None:
        for lesson in lessons():
            yield from epoch_rows(lesson)
    yield memory_row()
    if importlib.util.find_spec("sklearn") is not None:
        yield beside_sklearn()


def lessons() -> Iterator[Lesson]:
    """The nets of the lectures, on numbers that are like data in form only."""
    faster, beside = Floor("PyTorch", 2, faster=True), Floor("PyTorch")
    rng = np.random.default_rng(0)

    def lesson(name: str, count: int, size: int, floor: Floor) -> Lesson:
        net = nets.NETS[name]
        X = rng.normal(size=(count, *net.shape))  # noqa: N806 - a matrix, as everywhere
        return Lesson(name, net, X, rng.integers(0, net.classes, count), size, floor)

    yield lesson("MLP 784-128-10", 1024, 64, Floor("PyTorch", 1.1))
    yield lesson("MLP 2-16-16-2", 400, 20, faster)
    yield lesson("CNN on 8x8 images", 640, 32, faster)
    yield lesson("CNN on 8x8 images, padded", 640, 32, beside)
    yield lesson("RNN, 16 units, 20 steps", 320, 32, faster)
    yield lesson("LSTM, 16 units, 20 steps", 320, 32, faster)
    yield lesson("self-attention, 10 steps of 16", 320, 32, faster)


def epoch_rows(lesson: Lesson) -> Iterator[Row]:
    """How long an epoch takes beside PyTorch's, and how long the first call."""
    found = pace(lesson, {"PyTorch": in_torch(lesson)})
    name = f"an epoch of `nn.fit`: {lesson.name}, batch {lesson.size}"
    yield floor_row(name, lesson.floor, found.ours, found.theirs["PyTorch"])
    extra = found.first - statistics.median(found.ours)
    yield Row(
        f"what its first epoch takes longer: {lesson.name}",
        f"at most {FIRST:g} s",
        spoken(extra),
        "traced and compiled once",
        extra <= FIRST,
    )


def pace(
    lesson: Lesson, peers: dict[str, Epoch], others: dict[str, Epoch] | None = None
) -> Pace:
    """Train, and let the peers do each epoch after us.

    Args:
        lesson: What is learned.
        peers: Those that compute the same.
        others: Those that learn the same from another start.

    Raises:
        RuntimeError: The loss of a peer's first epoch is not ours.
    """
    every = {**peers, **(others or {})}
    times: dict[str, list[float]] = {name: [] for name in ("ours", *every)}
    start = 0.0
    losses: dict[str, float] = {}
    bar = tqdm(total=EPOCHS, desc=f"{lesson.name:<42}", leave=False)

    def took(name: str, since: float) -> None:
        times[name].append(time.perf_counter() - since)

    def take_turns(history: nn.History) -> None:
        nonlocal start
        took("ours", start)
        for name, epoch in every.items():
            gc.collect()
            start = time.perf_counter()
            loss = epoch(len(history) - 1)
            took(name, start)
            losses.setdefault(name, loss)
        bar.update()
        gc.collect()
        start = time.perf_counter()

    start = time.perf_counter()
    history = fitted(lesson, EPOCHS, take_turns)
    bar.close()
    for name in peers:
        loss = losses[name]
        if not abs(loss / history.loss[0] - 1.0) <= TOLERANCE:
            raise RuntimeError(
                f"{lesson.name}: {name}'s loss is {loss!r}, not {history.loss[0]!r}"
            )
    first, *ours = times["ours"]
    return Pace(first, ours, {name: times[name][1:] for name in every})


def fitted(
    lesson: Lesson, epochs: int, callback: Callable[[nn.History], None]
) -> nn.History:
    """Our side."""
    model = lesson.net.ours()
    return nn.fit(
        model, lesson.X, lesson.y, loss="cross_entropy", batch_size=lesson.size,
        optimizer=nn.Adam(model.parameters(), lr=RATE), epochs=epochs, progress=False,
        callbacks=[callback],
    )  # fmt: skip


def in_torch(lesson: Lesson) -> Epoch:
    """The loop that everybody writes, eager, on the same batches."""
    import torch

    torch.set_num_threads(1)
    peer = lesson.net.peer().double()
    state = {
        name: torch.tensor(x) for name, x in lesson.net.ours().state_dict().items()
    }
    peer.load_state_dict(state)
    adam = torch.optim.Adam(peer.parameters(), lr=RATE)
    inputs, classes = torch.tensor(lesson.X), torch.tensor(lesson.y)

    def epoch(number: int) -> float:
        total = 0.0
        # The order of `nn.fit`, for its seed 0.
        order = torch.from_numpy(
            np.random.default_rng([0, number]).permutation(len(inputs))
        )
        for rows in order.split(lesson.size):
            adam.zero_grad()
            loss = torch.nn.functional.cross_entropy(peer(inputs[rows]), classes[rows])
            loss.backward()
            adam.step()
            total += loss.item() * len(rows)
        return total / len(inputs)

    return epoch


def beside_sklearn() -> Row:
    """scikit-learn's own net on its digits; its first weights are others."""
    from sklearn.datasets import load_digits
    from sklearn.neural_network import MLPClassifier

    X, y = load_digits(return_X_y=True)  # noqa: N806
    net, floor = nets.mlp(64, 64, 10), Floor("scikit-learn's MLPClassifier", 1.1)
    lesson = Lesson("digits, MLP 64-64-10", net, X / 16.0, y, 32, floor)
    peer = MLPClassifier((64,), batch_size=32, learning_rate_init=RATE, random_state=0)

    def epoch(_number: int) -> float:
        peer.partial_fit(lesson.X, lesson.y, classes=range(10))
        return float(peer.loss_)

    found = pace(lesson, {}, {floor.peer: epoch})
    name = f"an epoch of `nn.fit`: {lesson.name}, batch 32"
    return floor_row(name, floor, found.ours, found.theirs[floor.peer])


def memory_row() -> Row:
    """The peak of an epoch against that of a step on vectors, which nobody watches."""
    widths, size = (64, 64, 10), 32
    theirs = memory(lambda: Side(_pair(on_vectors(classifier("", widths, size)))))
    X, y = classifier("", widths, 640).arguments  # noqa: N806
    ours = fit_memory(Lesson("", nets.mlp(*widths), X, y, size, Floor("")))
    sizes = [
        f"{one.peak / 2**10:,.0f} KiB ({one.held / 2**10:,.0f} held)"
        for one in (ours, theirs)
    ]
    return Row(
        "peak memory of an epoch of `nn.fit`: MLP 64-64-10",
        "(beside the loop on vectors)",
        f"{ours.peak / theirs.peak:.2f}x",
        " against ".join(sizes),
        holds=True,
    )


def _pair(step: Callable[[], float]) -> Callable[[], tuple[float, Any]]:
    return lambda: (step(), None)


def fit_memory(lesson: Lesson) -> Memory:
    """What `nn.fit` takes in its second epoch, its copy of the examples counted."""
    found: list[int] = []

    def look(_history: nn.History) -> None:
        _, peak = tracemalloc.get_traced_memory()
        gc.collect()
        found.extend((peak, array_bytes(), tracemalloc.get_traced_memory()[0]))
        tracemalloc.reset_peak()

    gc.collect()
    tracemalloc.start()
    try:
        fitted(lesson, 2, look)
    finally:
        tracemalloc.stop()
    _, held, before, peak, *_ = found
    return Memory(held, held + peak - before)
