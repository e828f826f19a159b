"""What is shown of a graph: neighbourhoods, ways, constants, and modules by name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

import pytest

import autograd
import nn
import visualize
from autograd import Graph, Value, parameter
from visualize.cards.group_cards import GroupCard
from visualize.cards.model import Drawing
from visualize.folding.modules import describe_module


def number(value: Any) -> Value:
    assert isinstance(value, Value)
    return value


@pytest.fixture
def loss() -> Value:
    """a, b -> c = a*b -> d = tanh(c) -> e = d + a -> loss = e**2 * 3."""
    a, b = Value(0.5, "a"), parameter(-2.0, "b")
    c = a * b
    d = number(c.tanh())
    e = d + a
    loss = e**2 * 3
    for node, label in ((c, "c"), (d, "d"), (e, "e"), (loss, "loss")):
        node.label = label
    loss.backward()
    return loss


def names(drawing: Drawing) -> list[str]:
    return [card.name for card in drawing.cards]


def sums(drawing: Drawing) -> None:
    for place, card in enumerate(drawing.cards):
        back = [w.contribution or 0.0 for w in drawing.wires if w.parent == place]
        total = sum(back) + card.hidden_contribution
        if card.role not in ("output", "constant"):
            assert total == pytest.approx(card.gradient)


def test_focus_shows_the_neighbourhood(loss: Value) -> None:
    near = visualize.draw(loss, focus="d", depth=1).drawing
    assert names(near) == ["c", "d", "e"]
    assert near.note == "up to 1 step around d: 3 of 7 nodes"
    assert near.cards[0].hidden_operands == 2
    assert near.cards[2].hidden_consumers == 1
    sums(near)
    node = Graph(loss).find("d")[0]
    assert visualize.draw(loss, focus=node, depth=1).drawing == near
    usual = visualize.draw(loss, focus="d").drawing
    assert names(usual) == ["a", "b", "c", "d", "e", "v5"]
    assert visualize.tree(loss, focus="d", depth=0).splitlines()[0].startswith("d = ")


def test_depth_alone_counts_from_the_output(loss: Value) -> None:
    drawing = visualize.draw(loss, depth=2).drawing
    assert names(drawing) == ["e", "v5", "loss"]
    assert drawing.note == "up to 2 steps from the output: 3 of 7 nodes"
    sums(drawing)


def test_path_shows_every_way_and_nothing_else(loss: Value) -> None:
    assert names(visualize.draw(loss, path=("b", "d")).drawing) == ["b", "c", "d"]
    whole = visualize.draw(loss, path=("a", loss)).drawing
    assert names(whole) == ["a", "c", "d", "e", "v5", "loss"]
    assert whole.note == "from a to loss: 6 of 7 nodes"
    sums(whole)
    with pytest.raises(ValueError, match="no way leads from d to b"):
        visualize.draw(loss, path=("d", "b"))
    with pytest.raises(ValueError, match="without focus= and depth="):
        visualize.draw(loss, path=("a", "d"), depth=2)
    with pytest.raises(TypeError, match="path must be a pair"):
        visualize.draw(loss, path="ab")  # type: ignore[arg-type]


def test_a_long_way_folds() -> None:
    x = node = Value(0.5, "x")
    for place in range(2_000):
        node = node.tanh() if place % 3 else node * 0.9
    other = Value(1.0, "other")
    drawing = visualize.draw(node + other, path=(x, node)).drawing
    assert len(drawing.cards) < 20
    assert drawing.note.startswith("from x to v2000: 2,001 of 2,003 nodes in ")


def test_places_that_are_not_there_are_errors(loss: Value) -> None:
    with pytest.raises(
        ValueError, match="focus: the graph has no node or group named 'q'"
    ):
        visualize.draw(loss, focus="q")
    with pytest.raises(ValueError, match="focus: the graph has no node"):
        visualize.draw(loss, focus=Value(0.5))
    with pytest.raises(
        ValueError, match="focus: 2 nodes fit 'mul'; say which: c, loss"
    ):
        visualize.draw(loss, focus="mul")
    with pytest.raises(TypeError, match="focus must be a Value, a name or a mod"):
        visualize.draw(loss, focus=3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="focus must be a Value, a name or a mod"):
        visualize.step(loss, focus=3)  # type: ignore[arg-type]


def test_constants_can_be_cards_of_their_own(loss: Value) -> None:
    folded = visualize.draw(loss).drawing
    picture = visualize.draw(loss, inline_constants=False)
    drawing = picture.drawing
    constants = [card for card in drawing.cards if card.role == "constant"]
    assert [card.value for card in constants] == [2.0, 3.0]
    assert [card.operation for card in folded.cards[-2:]] == ["x^2", "×3"]
    assert [c.operation for c in drawing.cards if c.title == "loss"] == ["×"]
    assert len(drawing.wires) == len(folded.wires) + 2
    assert drawing.note == ""
    sums(drawing)
    root = ET.fromstring(picture.svg)
    texts = ["".join(e.itertext()) for e in root.iter() if e.tag.endswith("text")]
    assert "constant" in texts
    assert "constant" not in visualize.draw(loss).text
    assert picture.dot.source.count(" -> ") == len(drawing.wires)
    assert "(constant)" in picture.text


def test_constants_keep_the_order_of_operands() -> None:
    x = Value(0.5, "x")
    for node, order in ((1 - x, [1.0, 0.5]), (x - 1, [0.5, 1.0])):
        drawing = visualize.draw(node, inline_constants=False).drawing
        cards = [drawing.cards[wire.parent] for wire in drawing.wires]
        assert [card.value for card in cards] == order
    dot = number(autograd.dot([x, 2.0, x], [3.0, x, 4.0], 5.0))
    drawing = visualize.draw(dot, inline_constants=False).drawing
    cards = [drawing.cards[wire.parent] for wire in drawing.wires]
    assert [card.value for card in cards] == [0.5, 2.0, 0.5, 3.0, 0.5, 4.0, 5.0]


def test_a_module_is_drawn_before_any_loss() -> None:
    model = nn.MLP(2, [16, 16, 1], rng=1)
    picture = visualize.draw(model)
    cards = picture.drawing.cards
    assert [(card.title, card.operation) for card in cards] == [
        ("inputs (2)", ""),
        ("layers.0", "Linear 2→16 · relu"),
        ("layers.1", "Linear 16→16 · relu"),
        ("layers.2", "Linear 16→1 · linear"),
    ]
    assert [card.gradient for card in cards] == [None] * 4
    ends = [(wire.parent, wire.child) for wire in picture.drawing.wires]
    assert ends == [(0, 1), (1, 2), (2, 3)]
    assert picture.drawing.note == "MLP: 337 parameters in 4 cards"
    assert repr(picture) == "<Picture: Parameters of MLP: 337 parameters in 4 cards>"
    ET.fromstring(picture.svg)
    assert "∂L/∂W" not in picture.svg
    neurons = visualize.draw(model, level="neuron").drawing
    assert len(neurons.cards) == 33
    number(model([1.0, 2.0])).backward()
    after = visualize.draw(model)
    assert "∂L/∂W" in after.svg
    assert isinstance(after.drawing.cards[1], GroupCard)
    assert (after.drawing.cards[1].norm or 0.0) > 0
    assert "layers.1 (module) Linear 16→16" in visualize.tree(model)
    assert "layers.1" in visualize.draw_dot(model).source


def test_only_dense_modules_are_drawn_as_such_and_all_are_joined() -> None:
    net = nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.LayerNorm(8), nn.Neuron(8))
    drawing = visualize.draw(net).drawing
    assert [(card.title, card.operation) for card in drawing.cards] == [
        ("inputs", ""),
        ("0", "Conv2d(1→2, kernel_size=3)"),
        ("1", "Flatten()"),
        ("2", "LayerNorm(8)"),
        ("3", "Linear 8→1 · linear"),
    ]
    ends = [(wire.parent, wire.child) for wire in drawing.wires]
    assert ends == [(0, 1), (1, 2), (2, 3), (3, 4)]


@pytest.mark.parametrize(
    ("module", "shape"),
    [
        (nn.MaxPool2d(2), "MaxPool2d(kernel_size=2)"),
        (nn.LSTM(2, 3), "LSTM(2→3)"),
        (nn.Embedding(3, 2), "Embedding(3 x 2)"),
        (nn.SelfAttention(4), "SelfAttention(4, heads=1)"),
        (nn.BatchNorm(3), "BatchNorm(3)"),
    ],
)
def test_other_layers_are_called_what_they_are(module: Any, shape: str) -> None:
    picture = visualize.draw(module)
    assert [card.operation for card in picture.drawing.cards] == ["", shape]
    ET.fromstring(picture.svg)
    assert shape in picture.text


def test_a_sum_of_very_many_terms_is_drawn_in_linear_time() -> None:
    terms = [Value(float(i)).tanh() for i in range(30_000)]
    total = number(autograd.sum(terms))
    total.backward()
    drawing = visualize.draw(total).drawing
    assert drawing.note == "60,001 nodes in 3 cards"
    sums(drawing)


def test_anything_that_names_its_parameters_is_drawn() -> None:
    class Thing:
        def __init__(self, names: list[str]) -> None:
            self.names = names

        def named_parameters(self) -> Iterator[tuple[str, Value]]:
            for place, name in enumerate(self.names):
                yield name, parameter(float(place))

    drawing = describe_module(Thing(["scale", "<b>", "", "a.b.c", "a.0.1"]))
    assert [card.title for card in drawing.cards] == ["Thing", "a.b"]
    assert drawing.cards[0].index == 0
    assert not drawing.wires
    ET.fromstring(visualize.draw(Thing(["scale", "<b>", "]]>.x"])).svg)
    with pytest.raises(ValueError, match="Thing has no parameters"):
        visualize.draw(Thing([]))


# --- names ------------------------------------------------------------------------


def _loss() -> tuple[nn.MLP, Value]:
    net = nn.MLP(2, [3, 1], rng=0)
    y = net([Value(0.5, "a"), Value(-1.0, "b")])
    loss = nn.losses.mean_squared_error([y, y * 1], [1.0, 2.0])
    loss.backward()
    return net, loss


def _repeating() -> Value:
    xs = [Value(0.1 * i, "x") for i in range(60)]
    total: Value = autograd.sum([(x * x * 2).tanh() for x in xs])
    total.backward()
    return total


@pytest.mark.parametrize("level", ["auto", "value", "neuron", "module"])
@pytest.mark.parametrize("make", [lambda: _loss()[1], _repeating])
def test_every_name_that_is_printed_is_understood(make: Any, level: Any) -> None:
    end = make()
    drawing = visualize.draw(end, level=level, max_nodes=40).drawing
    last = drawing.cards[-1].name
    for card in drawing.cards:
        near = visualize.draw(end, level=level, max_nodes=40, focus=card.name).drawing
        assert near.cards
        way = visualize.draw(end, level=level, max_nodes=40, path=(card.name, last))
        assert way.drawing.cards


def test_a_folded_card_is_known_by_what_stands_on_it() -> None:
    one, other = Value(0.5, "one"), Value(-0.3, "other")
    for _ in range(30):
        one, other = one + 0.1 * other, other - 0.1 * one.sin()
    drawing = visualize.draw(one * other).drawing
    (folded,) = [card for card in drawing.cards if isinstance(card, GroupCard)]
    assert folded.name == f"{folded.title} {folded.times.split()[0]}"
    near, same = (
        visualize.draw(one * other, focus=name).drawing.cards
        for name in (folded.title, folded.name)
    )
    assert near == same
    assert visualize.draw(one * other, path=(folded.title, one)).drawing.cards


def test_a_step_is_known_by_what_stands_above_it() -> None:
    h, w = Value(0.5, "h"), parameter(0.7, "w")
    for _ in range(4):
        h = (w * h + 0.1).tanh()
    drawing = visualize.draw(h).drawing
    assert [step.title for step in drawing.steps] == [f"step {n}" for n in range(4)]
    for step in drawing.steps:
        shown = visualize.draw(h, focus=step.title).drawing.cards
        inside = {card.name for card in shown if not card.outside}
        assert inside == {drawing.cards[place].name for place in step.cards.values()}


def test_what_stands_on_several_folded_cards_is_not_taken_for_the_first() -> None:
    ends = [0, *range(10, 49), 50]
    long = autograd.sum([(Value(0.1, f"x{i}") * 2).tanh() for i in range(51)])
    short = autograd.sum([(Value(0.1, f"x{i}") * 3).exp() for i in ends])
    message = re.escape(
        "2 groups fit 'x0 … x50'; say which: x0 … x50 ×51, x0 … x50 ×41"
    )
    with pytest.raises(ValueError, match=f"focus: {message}"):
        visualize.draw(long * short, focus="x0 … x50", max_nodes=40)
    assert visualize.draw(long * short, focus="x0 … x50 ×41", max_nodes=40).drawing


def test_parameters_have_one_name_wherever_they_are_shown() -> None:
    net, loss = _loss()
    name = "layers.1.neurons.0.weight.2"
    graph = Graph(loss)
    leaf = net.layers[1].weight[0][2]
    assert graph.name(leaf) == name
    shown = [visualize.draw(loss), visualize.draw(loss, parameters=net)]
    for text in (shown[0].text, shown[0].svg, shown[0].dot.source, shown[1].text):
        assert name in text
    assert not re.search(r"\bw\d\b", shown[0].text)
    lines = [
        line
        for scene in visualize.step(loss, level="module").steps
        for step in scene
        for line in step.lines
    ]
    # Inside of the layer its part of the name says it all.
    assert any("grad(neurons.0.weight.2) +=" in line for line in lines)


def test_a_module_or_its_scope_can_be_in_focus() -> None:
    net, loss = _loss()
    by_scope = visualize.draw(loss, focus="layers.0").drawing
    assert visualize.draw(loss, focus=net.layers[0]).drawing == by_scope
    neuron = visualize.draw(loss, focus="layers.0.neurons.2").drawing
    assert visualize.draw(loss, focus=net.layers[0].neurons[2]).drawing == neuron
    # What it reads and what reads it stands around it.
    names = {card.name for card in neuron.cards}
    assert {"a", "b", "layers.0.neurons.2.bias"} < names
    with pytest.raises(ValueError, match=r"no node or group named 'layers\.7'"):
        visualize.draw(loss, focus="layers.7")


@pytest.mark.parametrize("level", ["neuron", "module"])
def test_plain_numbers_that_a_net_was_called_with_are_there(level: Any) -> None:
    y = nn.MLP(2, [3, 1], rng=0)([0.5, -1.0])
    y.backward()
    picture = visualize.draw(y, level=level)
    first = picture.drawing.cards[0]
    assert (first.name, first.role) == ("inputs (2)", "input")
    assert "0.5, −1" in picture.text
    assert any(wire.parent == 0 for wire in picture.drawing.wires)
    apart = visualize.draw(y, level=level, inline_constants=False).drawing
    assert [card.value for card in apart.cards[:2]] == [0.5, -1.0]
    assert "inputs (2)" in visualize.step(y, level=level).html
