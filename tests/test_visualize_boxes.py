"""Names that begin alike stand once, on a box round their cards."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

import visualize
from autograd import Value, parameter
from tests.gallery import backward, loss, recurrence
from visualize.layout.engines import Engine

SVG = "{http://www.w3.org/2000/svg}"


def named_twice() -> Value:
    """Two modules' parameters, one of them used far from the others."""
    w, b, c, far = (parameter(0.5, f"enc.{name}") for name in ("w", "b", "c", "far"))
    x = Value(0.3, "x")
    y = (x * w + b).tanh() * c
    for _ in range(3):
        y = (y * y).tanh()
    return backward(y * far + w)


CASES = {
    "net": lambda: loss([4, 1]),
    "one layer": lambda: loss([3]),
    "labels by hand": named_twice,
}


@pytest.mark.parametrize("engine", ["built-in", "auto"])
@pytest.mark.parametrize("case", list(CASES))
def test_a_box_holds_its_cards_and_no_other_and_their_wires_begin_at_them(
    case: str, engine: Engine
) -> None:
    figure = visualize.draw(CASES[case](), level="value", engine=engine).figure
    spans = []
    for number, face in enumerate(figure.faces):
        x, y = figure.card_corner(number)
        spans.append((x, y, x + face.width, y + face.height))
    for frame in figure.frames:
        left, top = frame.corner
        right, bottom = left + frame.box.width, top + frame.box.height
        within = {
            number
            for number, (x, y, u, v) in enumerate(spans)
            if x < right and u > left and y < bottom and v > top
        }
        assert within == set(frame.inside)
        for number in within:
            x, y, u, v = spans[number]
            assert left <= x < u <= right
            assert top <= y < v <= bottom
    for wire, route, stub in zip(
        figure.drawing.wires, figure.layout.routes, figure.stubs, strict=True
    ):
        _, y, u, v = spans[wire.parent]
        if not stub:
            assert route[0] == pytest.approx((u, (y + v) / 2))


def test_what_names_share_is_printed_once_and_the_whole_name_is_kept() -> None:
    output = loss([4, 1])
    picture = visualize.draw(output, level="value")
    root = ET.fromstring(picture.svg)
    texts = ["".join(t.itertext()) for t in root.iter(f"{SVG}text")]
    titles = "\n".join(t.text or "" for t in root.iter(f"{SVG}title"))
    names = [card.name for card in picture.drawing.cards if card.role == "parameter"]
    assert len(names) == 17
    for neuron in ("0.neurons.0", "0.neurons.3", "1.neurons.0"):
        assert texts.count(f"layers.{neuron}") == 1
    assert texts.count("weight.0") == 5
    for name in names:
        assert name not in texts
        assert name in titles
        assert name in picture.text
        around = visualize.draw(output, focus=name, depth=0).drawing.cards
        assert [card.name for card in around] == [name]


def test_names_without_a_common_beginning_get_no_box() -> None:
    frames = visualize.draw(recurrence(5)).figure.frames
    assert [frame.title for frame in frames] == [f"step {n}" for n in range(5)]
