"""Pictures from top to bottom: what holds to the right holds downwards."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, get_args

import pytest

import nn
import visualize
from autograd import Program, Value
from tests.gallery import (
    attention,
    expression,
    loss,
    lstm,
    neuron,
    recurrence,
    recurrence_of_inputs,
    recurrent,
    squares,
)
from visualize.layout.engines import Engine
from visualize.layout.geometry import Direction

SVG = "{http://www.w3.org/2000/svg}"
RECT = f"{SVG}rect"
MAKERS: dict[str, tuple[Callable[[], Value], dict[str, Any]]] = {
    "expression": (expression, {}),
    "contributions": (expression, {"contributions": True}),
    "constants": (expression, {"inline_constants": False}),
    "neuron": (neuron, {}),
    "net": (lambda: loss([4, 1]), {"level": "value"}),
    "neurons": (lambda: loss([8, 8, 1]), {"level": "neuron"}),
    "batch": (lambda: loss([4, 4, 1], samples=20), {}),
    "recurrence": (lambda: recurrence(16), {}),
    "stubs": (lambda: recurrence_of_inputs(8), {"level": "value"}),
    "lstm": (lambda: lstm(2, 6), {}),
    "gru": (lambda: recurrent(nn.GRU, 2, 3, 4), {}),
    "attention": (attention, {}),
    "more": (lambda: recurrence(16), {"focus": "u", "depth": 1}),
    "digits": (neuron, {"digits": True, "diagnose": True}),
    "too many labels": (lambda: squares(120), {"level": "value"}),
}


class Spot(NamedTuple):
    """A rectangle on the page."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2


def drawn(case: str, **options: Any) -> visualize.Picture:
    make, usual = MAKERS[case]
    return visualize.draw(make(), **{**usual, "direction": "down", **options})


def cards_of(root: ET.Element) -> list[Spot]:
    """The outlines of the cards, as the SVG says."""
    spots = []
    for node in root.iter(f"{SVG}g"):
        if "node" not in (node.get("class") or "").split():
            continue
        inner = node.find(f"{SVG}g")
        assert inner is not None
        x, y = map(float, re.findall(r"-?[\d.]+", inner.get("transform") or ""))
        outline = inner.findall(f"{SVG}rect")[-1]
        assert "outline" in (outline.get("class") or "")
        wide, high = (float(outline.get(side) or 0) for side in ("width", "height"))
        spots.append(Spot(x, y, x + wide, y + high))
    return spots


def ways_of(root: ET.Element) -> list[tuple[tuple[float, float], str, float]]:
    """Where each wire begins, and to where its last piece leads, level or down.

    Of a cell of a matrix: its upper left corner, "v", and how high it is.
    """
    ways = []
    for edge in root.iter(f"{SVG}g"):
        if edge.get("class") == "edge":
            wire = edge.find(f"{SVG}path")
            assert wire is not None
            way = wire.get("d") or ""
            x, y = map(float, re.findall(r"-?[\d.]+", way)[:2])
            last = max("V", "H", "v", key=way.rfind)
            ways.append(((x, y), last, float(way.rpartition(last)[2].split()[0])))
    return ways


@pytest.mark.parametrize("engine", ["built-in", "auto"])
@pytest.mark.parametrize("case", list(MAKERS))
def test_wires_lead_from_the_lower_edge_of_an_operand_to_the_upper_one_of_its_reader(
    case: str, engine: Engine
) -> None:
    picture = drawn(case, engine=engine)
    root = ET.fromstring(picture.svg)
    cards, ways = cards_of(root), ways_of(root)
    assert len(cards) == len(picture.drawing.cards)
    assert len(ways) == len(picture.drawing.wires)
    steps = [set(step.cards.values()) for step in picture.drawing.steps]
    frames = [frame for frame in picture.figure.frames if frame.note]
    boxed = {number for frame in frames for number in frame.inside}
    for wire, ((x, y), last, end), stub in zip(
        picture.drawing.wires, ways, picture.figure.stubs, strict=True
    ):
        parent, child = cards[wire.parent], cards[wire.child]
        inner = any({wire.parent, wire.child} <= step for step in steps)
        if last == "v":
            assert x < child.left
            assert (y, y + end) == pytest.approx((child.top, child.bottom - 1), abs=0.2)
            continue
        if last == "H":
            assert inner
            assert end == pytest.approx(child.left, abs=0.2)
        else:
            assert child.top - 6 <= end + 0.1 <= child.top + 0.2  # 6 for a rail
        if stub:
            assert y < child.top
        elif inner or wire.parent in boxed:
            middle = (parent.top + parent.bottom) / 2
            assert (x, y) == pytest.approx((parent.right, middle), abs=0.2)
        else:
            assert (x, y) == pytest.approx((parent.middle, parent.bottom), abs=0.2)


@pytest.mark.parametrize("case", ["stubs", "gru"])
def test_the_name_in_a_stub_stands_above_what_is_said_at_its_wire(case: str) -> None:
    stubs = 0
    for edge in ET.fromstring(drawn(case).svg).iter(f"{SVG}g"):
        found = {rect.get("class", "").split()[0]: rect for rect in edge.iter(RECT)}
        if edge.get("class") == "edge" and {"pill", "halo"} <= found.keys():
            pill, halo = found["pill"], found["halo"]
            bottom = float(pill.get("y") or 0) + float(pill.get("height") or 0)
            assert bottom <= float(halo.get("y") or 0)
            stubs += 1
    assert stubs


@pytest.mark.parametrize("case", list(MAKERS))
def test_it_shows_what_the_picture_to_the_right_shows(case: str) -> None:
    options = {} if case in ("more", "digits") else {"level": "value"}
    down = drawn(case, **options).drawing
    assert down == drawn(case, direction="right", **options).drawing


@pytest.mark.parametrize("case", ["net", "neuron", "expression"])
def test_operands_stand_above_where_no_wire_turns_back(case: str) -> None:
    style = visualize.Style(page_height=9_000.0)
    root = ET.fromstring(drawn(case, style=style).svg)
    cards = cards_of(root)
    for wire in drawn(case).drawing.wires:
        assert cards[wire.parent].bottom < cards[wire.child].top


def test_a_box_holds_its_cards_and_no_other() -> None:
    figure = drawn("net").figure
    root = ET.fromstring(drawn("net").svg)
    cards = cards_of(root)
    assert len(figure.frames) == 5
    for frame in figure.frames:
        left, top = frame.corner
        right, bottom = left + frame.box.width, top + frame.box.height
        within = {
            number
            for number, spot in enumerate(cards)
            if spot.left < right
            and spot.right > left
            and spot.top < bottom
            and spot.bottom > top
        }
        assert within == set(frame.inside)
        for number in within:
            spot = cards[number]
            assert left <= spot.left < spot.right <= right
            assert top <= spot.top < spot.bottom <= bottom


@pytest.mark.parametrize("sizes", [[16, 16, 1], [8, 8, 3]])
def test_layers_are_the_matrices_that_they_are_to_the_right(sizes: list[int]) -> None:
    pictures = {
        direction: visualize.draw(loss(sizes), level="neuron", direction=direction)
        for direction in get_args(Direction)
    }
    right, down = pictures["right"], pictures["down"]
    assert down.drawing == right.drawing
    assert down.figure.columns.items() >= right.figure.columns.items()
    root = ET.fromstring(down.svg)
    wide, high = (float(root.get(side) or 0) for side in ("width", "height"))
    assert wide <= 1_700
    assert high <= 1_200
    # No line crosses a card of its layer: each leads out beside the others.
    cards, ways = cards_of(root), ways_of(root)
    for wire, ((x, _), last, _) in zip(down.drawing.wires, ways, strict=True):
        kind = getattr(down.drawing.cards[wire.parent], "kind", "value")
        if last != "v" and kind == "neuron":
            assert x == pytest.approx(cards[wire.parent].right, abs=0.2)


def test_a_long_chain_is_as_high_as_a_page() -> None:
    x = Value(0.3, "x")
    for step in range(40):
        x = x.sin() if step % 2 else x * 1.1
    root = ET.fromstring(visualize.draw(x, level="value", direction="down").svg)
    wide, high = (float(root.get(side) or 0) for side in ("width", "height"))
    assert high <= 1_100
    assert wide <= 1_600
    chain = cards_of(root)
    assert chain[0].bottom < chain[1].top


@pytest.mark.parametrize("make", [visualize.step, visualize.explore])
def test_pages_take_it_for_every_scene(make: Any, tmp_path: Path) -> None:
    page = make(loss([4, 4, 1], samples=3), direction="down")
    assert len(page.figures) > 3
    assert {f.direction for f in page.figures if f.drawing.wires} == {"down"}
    page.save(tmp_path / "page.html")


def test_a_program_takes_it_for_both_of_its_graphs() -> None:
    program = Program(lambda x, y: (x * y).tanh() + x, 0.5, 2.0)
    picture = visualize.draw(program, direction="down")
    root = ET.fromstring(picture.svg)
    cards = cards_of(root)
    for wire in picture.drawing.wires:
        assert cards[wire.parent].bottom < cards[wire.child].top
    assert picture.html.count('data-scene="0"') == 1


def test_another_direction_is_refused() -> None:
    with pytest.raises(ValueError, match=r"unknown direction .up.; known: right, down"):
        visualize.draw(expression(), direction="up")  # type: ignore[arg-type]


@pytest.mark.parametrize("case", ["expression", "net", "lstm"])
def test_it_is_the_same_every_time(case: str) -> None:
    assert drawn(case).svg == drawn(case).svg
