"""What the speed table compares computes the same; no time is taken here."""

import math
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
import visualize
from benchmarks import (
    __main__ as command,
)
from benchmarks import fitting, growth, numeric, pictures, program, threads
from benchmarks.timing import Row
from benchmarks.works import chain, convolution, dense, moons, nets, recurrence, tiny
from benchmarks.works.numeric import pairs
from benchmarks.works.numeric.pair import Pair
from benchmarks.works.work import Side, Work, agree, eager_side, program_side
from tests.engines import check_batch

WORKS: dict[str, Callable[[], Work]] = {
    "moons": moons.work,
    "dense": lambda: dense.classifier("three layers", (5, 7, 6, 4), 9),
    "convolution": lambda: convolution.work(2),
    "recurrence": lambda: recurrence.work(3, 4),
    "chain": lambda: chain.work(40),
}


@pytest.mark.parametrize("name", WORKS)
def test_every_side_of_a_work_computes_the_same(name: str) -> None:
    work = WORKS[name]()
    sides = {"eager": eager_side(work), "Program": program_side(work)}
    agree(work, sides | {peer: make() for peer, make in work.peers.items()})


def test_every_side_of_a_small_function_computes_the_same() -> None:
    for make in (tiny.called, tiny.bound):
        program.agree_on(tiny.eager(), make()())
    rows = tiny.rows(300)
    ours = tiny.program_rows(*rows)()
    for by_hand in (tiny.numpy_rows, tiny.numba_rows):
        program.agree_on(by_hand(*rows)(), ours)
    value, slopes = ours
    with pytest.raises(RuntimeError, match="the gradient is"):
        program.agree_on((value, slopes + 1.0), ours)


@pytest.mark.parametrize("backend", ["auto", "machine"])
@pytest.mark.parametrize("pair", pairs(), ids=lambda pair: pair.name)
def test_sixteen_programs_are_what_is_written_by_hand(pair: Pair, backend: Any) -> None:
    given = pair.arguments(5)
    examples = [*zip(*(rows.tolist() for rows in given), strict=True)]
    compiled = autograd.Program(pair.example, *examples[0], backend=backend)
    assert compiled.map(*given) == pytest.approx(pair.by_hand(*given), rel=1e-12)
    check_batch(compiled, pair.example, examples)


def test_the_sixteen_are_judged_by_median_and_worst() -> None:
    ratios = {"a": 0.5, "b": 0.9, "c": 1.9}
    row = numeric.row("value", ratios)
    assert (row.got, row.absolute, row.holds) == ("0.90x", "at most 1.90x: c", True)
    assert not numeric.row("value", ratios | {"c": 2.1}).holds
    assert not numeric.row("value", ratios | {"b": 1.1}).holds


@pytest.mark.parametrize("name", WORKS)
def test_a_side_gives_the_same_again(name: str) -> None:
    work = WORKS[name]()
    for make in work.peers.values():
        side = make()
        first_loss, gradient = side.step()
        first = side.flat(gradient).copy()
        second_loss, gradient = side.step()
        assert second_loss == first_loss
        assert np.array_equal(side.flat(gradient), first)


def side_of(loss: float, gradient: list[float]) -> Side:
    return Side(lambda: (loss, gradient), np.asarray)


@pytest.mark.parametrize(
    ("side", "message"),
    [
        (side_of(2.0 + 1e-6, [1.0, 3.0]), "b differs from a in the loss"),
        (side_of(2.0, [1.0, 3.0 + 1e-6]), "b differs from a in the gradient"),
        (side_of(2.0, [math.nan, 3.0]), "b differs from a in the gradient"),
        (side_of(2.0, [1.0]), "the gradient has 2 numbers with a, 1 with b"),
    ],
)
def test_sides_that_differ_are_refused(side: Side, message: str) -> None:
    work = WORKS["chain"]()
    with pytest.raises(RuntimeError, match=message):
        agree(work, {"a": side_of(2.0, [1.0, 3.0]), "b": side})


@pytest.mark.parametrize(
    ("floor", "wanted", "holds"),
    [
        (program.Floor("peer", 1.5), "within 1.5x of peer", False),
        (program.Floor("peer", 4.5), "within 4.5x of peer", True),
        (program.Floor("peer", 2, faster=True), "2x faster than peer", False),
        (program.Floor("peer"), "(beside peer)", True),
    ],
)
def test_a_floor_is_judged(
    floor: program.Floor, wanted: str, holds: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = {"peer": ([4.0, 4.0, 5.0], [1.0, 1.0, 1.0])}
    monkeypatch.setattr(program, "paced", lambda *_: times)
    (row,) = program.floor_rows("work", {}, [floor])
    ratio = "0.25x" if floor.faster else "4.00x"
    assert row == Row("work", wanted, ratio, "4 s against 1 s", holds)


def test_slow_sides_are_timed_apart_and_fast_ones_repeated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    took = {program.OURS: 1e-3, "fast": 5e-4, "slow": 2.0}
    calls: list[str] = []
    rounds: list[tuple[list[str], int]] = []

    def interleaved(
        works: Any, repetitions: int, title: str, calls: int
    ) -> dict[str, list[float]]:
        rounds.append((list(works), repetitions))
        return {name: [counted(work)] for name, work in works.items()}

    def counted(work: Any) -> float:
        calls.clear()
        work()
        return sum(took[name] for name in calls)

    steps = {name: lambda name=name: calls.append(name) for name in took}
    monkeypatch.setattr(program, "duration", lambda step: (step(), took[calls[-1]])[1])
    monkeypatch.setattr(program, "interleaved", interleaved)
    times = program.paced(steps, "title")
    assert [*times["fast"]] == [pytest.approx([1e-3]), pytest.approx([5e-4])]
    assert [*times["slow"]] == [pytest.approx([1e-3]), pytest.approx([2.0])]
    assert rounds == [([program.OURS, "fast"], 31), ([program.OURS, "slow"], 7)]


def test_a_process_of_several_threads_starts_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    started: list[tuple[str, list[str], dict[str, str]]] = []
    monkeypatch.setattr(os, "execve", lambda *given: started.append(given))
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    threads.use_one_thread()
    ((program_path, arguments, environment),) = started
    assert (program_path, arguments[0]) == (sys.executable, sys.executable)
    assert {environment[name] for name in threads.VARIABLES} == {"1"}
    for name in threads.VARIABLES:
        monkeypatch.setenv(name, "1")
    threads.use_one_thread()
    assert len(started) == 1


def test_the_large_pictures_are_folded_to_a_few_cards() -> None:
    long = pictures.chain(2_000), pictures.recurrence(2_000)
    made = (pictures.by_hand(5), pictures.through_nn(20), *long)
    for output in made:
        drawing = visualize.draw(output).drawing
        assert len(drawing.cards) < 60
        assert drawing.total > 300
    assert 0 < pictures.seconds_to_draw(made[0], 1) < 60


# --- the page -------------------------------------------------------------------


def test_the_page_has_a_place_for_every_section() -> None:
    page = command.PAGE.read_text(encoding="utf-8")
    for section in command.SECTIONS:
        changed = command.put(page, section, "| anew |\n")
        assert changed.count("| anew |") == 1
        assert changed.count("<!--") == 2 * len(command.SECTIONS)


def test_a_section_without_a_place_is_an_error() -> None:
    with pytest.raises(ValueError, match="no markers <!-- gpt -->"):
        command.put("<!-- /gpt --> <!-- gpt -->\n", "gpt", "")


def test_an_unknown_section_names_the_known(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["gtp"])
    assert "unknown: gtp; known: engine, training" in capsys.readouterr().err


def test_the_sizes_of_growth_are_powers_of_ten() -> None:
    sizes = [2 * k**2 + 3 * k + 1 for k in growth.WIDTHS]
    assert [round(math.log10(size), 1) for size in sizes] == [2.0, 3.0, 4.0, 5.0, 6.0]
    assert len(growth.net(growth.WIDTHS[0]).parameters) == sizes[0]


@pytest.mark.parametrize("power", [1.0, 2.0])
def test_exponents_are_found_again(power: float) -> None:
    sizes = [1e4, 1e5, 1e6]
    times = [3e-9 * size**power for size in sizes]
    assert growth.exponent(sizes, times) == pytest.approx(power, rel=1e-12)


def test_the_plot_names_its_curves_and_is_the_same_again(tmp_path: Path) -> None:
    points = [
        growth.Point(n, 1e-8 * n, 3e-8 * n, 3.0, 2e-8 * n * n)
        for n in (100, 10_000, 1_000_000)
    ]
    first, second = tmp_path / "first.svg", tmp_path / "second.svg"
    growth.draw(points, first)
    growth.draw(points, second)
    text = first.read_text(encoding="utf-8")
    assert first.read_bytes() == second.read_bytes()
    for words in ("forward", "gradient", "differences", "parameters", "seconds"):
        assert words in text


def test_differences_agree_with_the_gradient() -> None:
    work = growth.net(4, 3)
    compiled: Any = work.program()
    theta = compiled.read()
    found = growth.central_differences(compiled, work.arguments, theta)
    _, gradient = compiled.value_and_grad(*work.arguments, theta=theta)
    assert found == pytest.approx(gradient, rel=1e-6, abs=1e-8)


def test_memory_counts_what_stays_and_what_passes() -> None:
    kept: list[Any] = []

    def make() -> Side:
        kept.append(np.empty(100_000))
        kept.append([0.5 * index for index in range(100_000)])  # no array: not held

        def step() -> tuple[float, Any]:
            return float(np.ones(50_000).sum()), []

        return Side(step)

    held, peak = program.memory(make)
    assert held == 800_000
    assert 400_000 <= peak - held < 410_000


def test_a_peer_takes_every_epoch_after_ours_and_must_lose_as_much(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fitting, "EPOCHS", 3)  # the collector runs around each
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(20, 2)), rng.integers(0, 2, 20)  # noqa: N806
    floor = program.Floor("peer")
    lesson = fitting.Lesson("", nets.mlp(2, 3, 2), X, y, 5, floor)
    loss = fitting.fitted(lesson, 1, lambda _: None).loss[0]
    asked: list[int] = []

    def peer(number: int) -> float:
        asked.append(number)
        return loss * (1.0 + 1e-12) if number == 0 else 0.0

    found = fitting.pace(lesson, {"peer": peer})
    assert asked == [*range(fitting.EPOCHS)]
    assert len(found.ours) == len(found.theirs["peer"]) == fitting.EPOCHS - 1
    with pytest.raises(RuntimeError, match="wrong's loss"):
        fitting.pace(lesson, {"wrong": lambda _: loss + 1e-6})
