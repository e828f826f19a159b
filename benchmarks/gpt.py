"""The GPT of examples/microgpt.py: one document a step, 32 of them, and compiling."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.program import OURS, Floor, compile_row, floor_rows
from benchmarks.timing import Row, interleaved, median_ratio, spoken, warm
from benchmarks.works import gpt
from benchmarks.works.work import Side, Work, agree, eager_side, program_side
from examples.microgpt import BLOCK

LENGTH = 7  # tokens: a name of six letters, which is the usual one
BATCH = 32


def rows() -> Iterator[Row]:
    """A step is the loss, its gradient and Adam's update, for all sides."""
    one = gpt.work("the GPT, a document of 7 tokens a step", LENGTH)
    sides = agreeing(one)
    steps: dict[str, Callable[[], Any]] = {n: side.step for n, side in sides.items()}
    by_hand = steps.pop("by hand")
    warm(steps[OURS], 1001)
    asked = Floor("a scalar engine", 600, faster=True), Floor("PyTorch", 1)
    yield from floor_rows(one.name, steps, asked)
    yield by_hand_row(by_hand, steps["a scalar engine"])
    many = gpt.work(f"the GPT, {BATCH} documents of 7 tokens a step", LENGTH, BATCH)
    steps = {n: side.step for n, side in agreeing(many).items()}
    steps["one at a time"] = lambda: [sides[OURS].step() for _ in range(BATCH)]
    asked = Floor("one at a time", 10, faster=True), Floor("PyTorch")
    yield from floor_rows(many.name, steps, asked)
    long = gpt.work(f"the GPT at {BLOCK} tokens", BLOCK)
    yield compile_row(long.name, lambda: program_side(long).step(), 3.0)


def by_hand_row(ours: Callable[[], Any], theirs: Callable[[], Any]) -> Row:
    """The same lines on both engines: what each leaves for the collector, it pays."""
    name = "the GPT by hand on Values, a document of 7 tokens a step"
    times = interleaved({"ours": ours, "theirs": theirs}, 7, name)
    ratio = median_ratio(times["theirs"], times["ours"])
    spans = [spoken(statistics.median(span)) for span in times.values()]
    wanted, got = "1.1x faster than a scalar engine", f"{ratio:.2f}x"
    return Row(name, wanted, got, " against ".join(spans), ratio >= 1.1)


def agreeing(work: Work) -> dict[str, Side]:
    """All sides of a work, after two steps with the same losses and gradients.

    Raises:
        RuntimeError: They differ, the first time from eager, too.
    """
    sides = {OURS: gpt.compiled(work)}
    sides |= {name: make() for name, make in work.peers.items()}
    agree(work, {"eager": eager_side(work), **sides})
    agree(work, sides)  # now each has made Adam's update
    return sides
