"""Compiled programs against NumPy by hand, PyTorch, micrograd and numba."""

from __future__ import annotations

import gc
import importlib.util
import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd import Program
from benchmarks import moons
from benchmarks.timing import Row, interleaved, median_ratio, spoken
from benchmarks.works import chain, convolution, dense, recurrence, tiny
from benchmarks.works import moons as moons_work
from benchmarks.works.numeric import sequences
from benchmarks.works.numeric.pair import Pair
from benchmarks.works.work import Side, Work, agree, eager_side, program_side

OURS = "Program"
TURN = 0.005  # seconds that one turn of a fast side takes: many steps on end
SLOW = 0.05  # a step that takes longer is timed apart, less often
FEWEST = 3  # steps of a turn: a heap is full of garbage in some, and not in others


class Floor(NamedTuple):
    """What is asked of us beside another side; `times=None` asks nothing."""

    peer: str
    times: float | None = None
    faster: bool = False

    @property
    def wanted(self) -> str:
        """The floor in words."""
        if self.times is None:
            return f"(beside {self.peer})"
        if self.faster:
            return f"{self.times:,g}x faster than {self.peer}"
        return f"within {self.times:g}x of {self.peer}"


def rows() -> Iterator[Row]:
    """All rows of the table that are about programs."""
    step = moons_work.work()
    micrograd = moons.micrograd_step()
    floors = (Floor("NumPy", 1.5), Floor("PyTorch", 2, faster=True))
    slow = Floor("micrograd", 10_000, faster=True)
    yield from step_rows(step, *floors, slow, micrograd=lambda: (micrograd(), None))
    digits = dense.classifier("digits, MLP 64-64-10, batch 32", (64, 64, 10), 32)
    yield from step_rows(digits, floors[0], Floor("PyTorch", 1.5, faster=True))
    wide = dense.classifier("MLP 784-128-10, batch 64", (784, 128, 10), 64)
    yield from step_rows(wide, Floor("PyTorch", 1.2), Floor("NumPy"))
    grids, sequences = convolution.work(), recurrence.work()
    for work in (grids, sequences):
        yield from step_rows(work, Floor("PyTorch", 2), Floor("NumPy"))
    yield from chain_rows(chain.work())
    yield from tiny_rows()
    yield compile_row(wide.name, lambda: program_side(wide).step(), 1.0)
    yield from jax_rows()
    for work in (step, digits, wide, grids, sequences):
        yield memory_row(work)


def step_rows(
    work: Work, *floors: Floor, micrograd: Callable[[], Any] | None = None
) -> list[Row]:
    """Loss and gradient of a batch, against the peers that floors are given for.

    Args:
        work: What is computed.
        floors: What is asked.
        micrograd: A step of micrograd, which gives the loss alone, if there is one.

    Raises:
        RuntimeError: The sides compute different numbers.
    """
    sides = {OURS: program_side(work)}
    sides |= {name: make() for name, make in work.peers.items()}
    agree(work, {"eager": eager_side(work), **sides})
    steps = {name: side.step for name, side in sides.items()}
    if micrograd:
        steps["micrograd"] = micrograd
        theirs, ours = (steps[name]()[0] for name in ("micrograd", OURS))
        if abs(theirs - ours) > 1e-9 * abs(ours):
            raise RuntimeError(f"micrograd's loss is {theirs!r}, not {ours!r}")
    wanted = (OURS, *(floor.peer for floor in floors))
    steps = {name: step for name, step in steps.items() if name in wanted}
    return floor_rows(work.name, steps, floors)


def chain_rows(work: Work) -> Iterator[Row]:
    """The chain on plain floats and, where numba is installed, in machine code."""
    eager, ours = eager_side(work), program_side(work)
    sides = {name: make() for name, make in work.peers.items()}
    agree(work, {"eager": eager, OURS: ours, **sides})
    steps = {OURS: ours.step, "eager": eager.step}
    steps |= {name: sides[name].step for name in ("Python", "PyTorch")}
    floors = Floor("eager", 10, faster=True), Floor("Python"), Floor("PyTorch")
    yield from floor_rows(work.name, steps, floors)
    if "numba" not in sides:
        return
    machine = program_side(work, backend="machine")
    agree(work, {"numba": sides["numba"], OURS: machine})
    steps = {OURS: machine.step, "numba": sides["numba"].step}
    yield from floor_rows(f'{work.name}, backend="machine"', steps, [Floor("numba", 3)])


def tiny_rows(count: int = 100_000) -> Iterator[Row]:
    """A small function on the machine: a call, a bound call, many rows."""
    if importlib.util.find_spec("numba") is None:
        return
    ways = {"call": tiny.called(), "bound call": tiny.bound()}
    asked = {"call": 4, "bound call": 10}
    for way, step in ways.items():
        agree_on(tiny.eager(), step())
        steps = {OURS: step, "eager": tiny.eager}
        yield from floor_rows(
            f"function of two inputs, {way}",
            steps,
            [Floor("eager", asked[way], faster=True)],
        )
    rows = tiny.rows(count)
    steps = {OURS: tiny.program_rows(*rows), "NumPy": tiny.numpy_rows(*rows)}
    steps["numba"] = tiny.numba_rows(*rows)
    for peer in ("NumPy", "numba"):
        agree_on(steps[peer](), steps[OURS]())
    limits = [Floor("NumPy", 1), Floor("numba", 10)]
    yield from floor_rows(f"the same, {count:,} rows", steps, limits)


def agree_on(want: tuple[float, Any], got: tuple[float, Any]) -> None:
    """Raise a RuntimeError if two values and gradients differ."""
    for one, other in zip(want, got, strict=True):
        if not np.allclose(one, other, rtol=1e-9, atol=0.0):
            raise RuntimeError(f"the gradient is {other}, not {one}")


def floor_rows(
    name: str, steps: Mapping[str, Callable[[], Any]], floors: Sequence[Floor]
) -> list[Row]:
    """One row for each floor."""
    times = paced(steps, name)
    return [floor_row(name, floor, *times[floor.peer]) for floor in floors]


def floor_row(
    name: str, floor: Floor, ours: Sequence[float], theirs: Sequence[float]
) -> Row:
    """What was asked, and the ratio of the times of both sides, turn by turn."""
    ratio = median_ratio(*((theirs, ours) if floor.faster else (ours, theirs)))
    limit = floor.times
    holds = limit is None or (ratio >= limit if floor.faster else ratio <= limit)
    mine, other = (spoken(statistics.median(span)) for span in (ours, theirs))
    got = f"{ratio:,.0f}x" if ratio >= 100 else f"{ratio:.2f}x"
    return Row(name, floor.wanted, got, f"{mine} against {other}", holds)


def paced(
    steps: Mapping[str, Callable[[], Any]], title: str
) -> dict[str, tuple[list[float], list[float]]]:
    """For each peer, the seconds of our step and of its own, turn by turn.

    A fast step is repeated until its turn takes about as long as those of the others,
    a slow one often enough to meet the collector.
    """
    took = {name: duration(step) for name, step in steps.items()}
    groups = [(31, [name for name in steps if name == OURS or took[name] < SLOW])]
    groups += [(7, [OURS, name]) for name in steps if name not in groups[0][1]]
    found: dict[str, tuple[list[float], list[float]]] = {}
    for repetitions, names in groups:
        counts = {name: max(FEWEST, round(TURN / took[name])) for name in names}
        here = {name: steps[name] for name in names}
        times = interleaved(here, repetitions, title, counts)
        found |= {name: (times[OURS], times[name]) for name in names if name != OURS}
    return found


def duration(step: Callable[[], Any]) -> float:
    """Seconds of one step, roughly, when it is warm."""
    step()
    start = time.perf_counter()
    step()
    return time.perf_counter() - start


def compile_row(name: str, first: Callable[[], Any], limit: float) -> Row:
    """From the function to the first gradient."""
    times = []
    for _ in range(3):
        gc.collect()
        start = time.perf_counter()
        first()
        times.append(time.perf_counter() - start)
    took = statistics.median(times)
    name = f"trace, compile and run once: {name}"
    return Row(name, f"at most {limit:g} s", spoken(took), "median of 3", took <= limit)


def jax_rows(count: int = 256) -> Iterator[Row]:
    """The same under JAX of what goes along a sequence, some 700 nodes."""
    if importlib.util.find_spec("jax") is None:
        return
    for pair in (
        Pair("filter", sequences.kalman, sequences.kalman_by_hand, ((28,), (), ())),
        Pair("LSTM", sequences.memory, sequences.memory_by_hand, ((15, 3),)),
    ):
        batch = pair.arguments(count)

        def first(f: Any = pair.example, batch: Any = batch) -> Any:
            program = Program(f, *[x[0].tolist() for x in batch], backend="jax")
            return program.value_and_grad(*batch, wrt="inputs")

        yield compile_row(f"{pair.name} of {pair.shapes[0][0]} steps, JAX", first, 2.0)


class Memory(NamedTuple):
    """Bytes: of the arrays that stay between steps, and at most during one."""

    held: int
    peak: int


def memory(make: Callable[[], Side]) -> Memory:
    """What a side takes, as `tracemalloc` counts it, which sees NumPy's arrays.

    Only arrays count as held, not the Python objects of the program text.
    """
    gc.collect()
    tracemalloc.start()
    try:
        side = make()
        side.step()  # buffers may come with the first batch
        gc.collect()
        held = array_bytes()
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        side.step()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return Memory(held, held + peak - before)


def array_bytes() -> int:
    """Bytes of NumPy's arrays that were made since `tracemalloc` was started."""
    arrays = tracemalloc.DomainFilter(inclusive=True, domain=np.lib.tracemalloc_domain)
    snapshot = tracemalloc.take_snapshot().filter_traces([arrays])
    return sum(trace.size for trace in snapshot.traces)


def memory_row(work: Work) -> Row:
    """The peak of a step against the hand-written one, the parameters not counted."""
    ours, theirs = memory(lambda: program_side(work)), memory(work.peers["NumPy"])
    parameters = 8 * len(work.parameters)  # in the vector that our side reads them into
    ours = Memory(ours.held - parameters, ours.peak - parameters)
    sizes = [
        f"{one.peak / 2**10:,.0f} KiB ({one.held / 2**10:,.0f} held)"
        for one in (ours, theirs)
    ]
    ratio = f"{ours.peak / theirs.peak:.2f}x"
    name = f"peak memory of a step: {work.name}"
    return Row(name, "(beside NumPy)", ratio, " against ".join(sizes), holds=True)
