"""The steps of a recurrence stand in columns: the same thing at the same height."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import pytest

import autograd
import nn
import visualize
from autograd import Graph, Value, parameter
from tests.gallery import (
    backward,
    descent,
    errors,
    lstm,
    predators,
    recurrence,
    recurrence_of_inputs,
    recurrent,
    rnn,
    two_units,
)
from visualize.cards.group_cards import GroupCard
from visualize.folding.numbered import Numbered
from visualize.folding.turns import turns_of
from visualize.layout.geometry import Direction
from visualize.svg.document import page_size
from visualize.svg.figure import Figure

MAKERS: dict[str, Callable[[], Value]] = {
    "hand 5": partial(recurrence, 5),
    "hand 16": partial(recurrence, 16),
    "hand 30": partial(recurrence, 30),
    "inputs 8": partial(recurrence_of_inputs, 8),
    "two units 6": partial(two_units, 6),
    "two units 20": partial(two_units, 20),
    "errors 8": partial(errors, 8),
    "predators 12": partial(predators, 12),
    "descent 5": partial(descent, 5),
    "descent 12": partial(descent, 12),
    "rnn 2 20": partial(rnn, 2, 20),
    "rnn 4 8": partial(recurrent, nn.RNN, 2, 4, 8),
    "lstm 2 6": partial(recurrent, nn.LSTM, 1, 2, 6),
    "gru 1 5": partial(recurrent, nn.GRU, 1, 1, 5),
    "lstm of numbers": partial(lstm, 2, 6),
}
WIDE = {"two units 6", "two units 20", "predators 12", "descent 5", "descent 12"}
"""Steps of too many things to stand beside each other in a row."""

CASES = [
    (name, direction)
    for name in MAKERS
    for direction in ("right", "down")
    if direction == "right" or name not in WIDE
]


def figure_of(name: str, direction: Direction, **options: Any) -> Figure:
    picture = visualize.draw(MAKERS[name](), direction=direction, **options)
    return picture.figure


def middle(figure: Figure, card: int) -> tuple[float, float]:
    """The middle of a card along the picture's direction, and across it."""
    (x, y), face = figure.card_corner(card), figure.faces[card]
    found = x + face.width / 2, y + face.height / 2
    return found if figure.direction == "right" else found[::-1]


def bands(figure: Figure) -> list[list[tuple[dict[int, int], list[float]]]]:
    """The steps band by band, each with where its cards are along the direction."""
    found: list[list[tuple[dict[int, int], list[float]]]] = []
    last = math.inf
    for step in figure.drawing.steps:
        along = [middle(figure, card)[0] for card in step.cards.values()]
        if min(along) < last:
            found.append([])
        found[-1].append((dict(step.cards), along))
        last = max(along)
    return found


@pytest.mark.parametrize(("name", "direction"), CASES)
@pytest.mark.parametrize("engine", ["built-in", "auto"])
def test_the_same_thing_stands_at_the_same_height_in_every_step(
    name: str, direction: Direction, engine: Any
) -> None:
    figure = figure_of(name, direction, engine=engine)
    assert len(figure.drawing.steps) >= 3
    assert figure.layout.engine == "built-in"
    for band in bands(figure):
        heights: dict[int, list[float]] = defaultdict(list)
        for cards, along in band:
            # The cards of a step stand in one line, above each other.
            assert max(along) - min(along) < 0.5
            for row, card in cards.items():
                heights[row].append(middle(figure, card)[1])
        for row, found in heights.items():
            assert max(found) - min(found) < 0.5, row
    for step in figure.drawing.steps:
        across = [middle(figure, card)[1] for _, card in sorted(step.cards.items())]
        assert across == sorted(across)


@pytest.mark.parametrize(("name", "direction"), CASES)
def test_operands_stand_above_in_the_step_or_in_a_step_before(
    name: str, direction: Direction
) -> None:
    drawing = figure_of(name, direction).drawing
    place = {
        card: (number, row)
        for number, step in enumerate(drawing.steps)
        for row, card in step.cards.items()
    }
    joined = set()
    for wire in drawing.wires:
        if wire.parent in place and wire.child in place:
            assert place[wire.parent] < place[wire.child]
            joined.add((place[wire.parent][0], place[wire.child][0]))
    assert joined >= set(pairwise(range(len(drawing.steps))))


@pytest.mark.parametrize(("name", "direction"), CASES)
def test_it_is_no_larger_than_a_screen(name: str, direction: Direction) -> None:
    wide, high = page_size(figure_of(name, direction))
    assert wide <= 1_750
    assert high <= 1_250


@pytest.mark.parametrize("name", list(MAKERS))
def test_what_leaves_a_card_sums_to_its_gradient(name: str) -> None:
    drawing = visualize.draw(MAKERS[name]()).drawing
    leaving = [card.hidden_contribution for card in drawing.cards]
    for wire in drawing.wires:
        leaving[wire.parent] += wire.contribution or 0.0
    for card, found in zip(drawing.cards, leaving, strict=True):
        if card.role != "output" and card.gradient is not None:
            assert found == pytest.approx(card.gradient, rel=1e-9, abs=1e-12)


def test_steps_between_are_one_card_whose_slopes_are_those_of_the_loop() -> None:
    drawing = visualize.draw(recurrence(30)).drawing
    (block,) = (n for n, c in enumerate(drawing.cards) if isinstance(c, GroupCard))
    folded = drawing.cards[block]
    titles = [step.title for step in drawing.steps]
    count = 30 - (len(titles) - 1)
    first = titles.index("")
    assert folded.title == f"steps {first} … {first + count - 1}"
    assert titles[first + 1] == f"step {first + count}"

    def loop(w: float, u: float, b: float, h: float) -> float:
        for step in range(first, first + count):
            h = math.tanh(w * math.sin(step) + u * h + b)
        return h

    start = 0.0
    for step in range(first):
        start = math.tanh(0.5 * math.sin(step) + 0.8 * start + 0.1)
    given = [0.5, 0.8, 0.1, start]
    names = {"w": 0, "u": 1, "b": 2, "": 3}
    wires = [wire for wire in drawing.wires if wire.child == block]
    assert len(wires) == 4
    for wire in wires:
        at, small = names[drawing.cards[wire.parent].title], 1e-6
        more, less = given.copy(), given.copy()
        more[at] += small
        less[at] -= small
        slope = (loop(*more) - loop(*less)) / (2 * small)
        assert wire.local_derivative == pytest.approx(slope, rel=1e-5, abs=1e-9)
    assert folded.value == pytest.approx(loop(*given))


def stepped(
    step: Callable[[Sequence[Any], int], list[Any]], start: list[Any], steps: int
) -> tuple[Value, dict[Value, int]]:
    """What some steps give, and for each value made the step that made it."""
    state, made = start, dict.fromkeys(start, -1)
    for number in range(steps):
        state = step(state, number)
        for node in Graph(*state).nodes:
            if node.parents:
                made.setdefault(node, number)
    return backward(autograd.sum([x * x for x in state])), made


def test_the_turns_that_are_found_are_those_that_were_done() -> None:
    w = [parameter(0.1 * i - 0.3, f"w{i}") for i in range(6)]

    def gates(state: Sequence[Any], number: int) -> list[Any]:
        h, c = state
        x = Value(0.3 * number)
        keep = (w[0] * x + w[1] * h).sigmoid()
        new = (w[2] * x + w[3] * h).tanh()
        c = keep * c + (1 - keep) * new
        return [(w[4] * x + w[5] * h).sigmoid() * c.tanh(), c]

    def euler(state: Sequence[Any], number: int) -> list[Any]:
        x, v = state
        return [x + 0.1 * v, v - 0.1 * (w[0] * x + w[1] * v * v.sin())]

    for step in (gates, euler):
        for count in (4, 7, 40):
            loss, made = stepped(step, [Value(0.1), Value(0.2)], count)
            numbered = Numbered(Graph(loss))
            turns = turns_of(numbered.signatures, numbered.parents)
            assert len(turns) == count
            rows: dict[int, set[int]] = defaultdict(set)
            for number, turn in enumerate(turns):
                inner = [n for n in turn.values() if numbered.parents[n]]
                assert {made[numbered.nodes[n]] for n in inner} == {number}
                for row, item in turn.items():
                    rows[row].add(numbered.signatures[item])
            assert all(len(kinds) == 1 for kinds in rows.values())
            assert len(turns[1]) == len(turns[-2])


def test_a_chain_has_no_steps_and_layers_that_differ_have_none() -> None:
    x = Value(0.3, "x")
    for step in range(40):
        x = x.sin() if step % 2 else x * 1.1
    assert not visualize.draw(x, level="value").drawing.steps
    net = nn.MLP(2, [3, 4, 2, 1], rng=0)
    assert not visualize.draw(net([Value(0.1), Value(0.2)])).drawing.steps


def test_what_all_steps_read_has_one_wire_and_stands_at_the_others_by_name() -> None:
    figure = figure_of("hand 5", "right")
    drawing = figure.drawing
    for title in ("w", "u", "b"):
        shown = [
            stub
            for wire, stub in zip(drawing.wires, figure.stubs, strict=True)
            if drawing.cards[wire.parent].title == title
        ]
        assert sorted(shown) == ["", title, title, title, title]


def test_an_error_of_each_step_is_read_by_the_name_of_the_step() -> None:
    figure = figure_of("errors 8", "right")
    drawing = figure.drawing
    end = next(n for n, c in enumerate(drawing.cards) if c.role == "output")
    stubs = [
        stub
        for wire, stub in zip(drawing.wires, figure.stubs, strict=True)
        if wire.child == end
    ]
    assert stubs.count("") == 1
    titles = {step.title for step in drawing.steps}
    titles |= {c.title for c in drawing.cards if isinstance(c, GroupCard)}
    assert set(stubs) - {""} <= titles


@pytest.mark.parametrize("make", [visualize.step, visualize.explore])
def test_pages_show_the_same_columns(make: Any, tmp_path: Any) -> None:
    value = recurrence(16)
    page = make(value)
    assert page.figures[0].drawing.steps == visualize.draw(value).drawing.steps
    page.save(tmp_path / "page.html")
    assert "step 15" in (tmp_path / "page.html").read_text()
