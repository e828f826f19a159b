"""What is opened keeps its context: what enters it and what it feeds stand around it.

The numbers at the border are held against the graph itself: gradients from the backward
pass, derivatives from forward mode, which has no part in drawing.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
import nn
import visualize
from autograd import Graph, Value, parameter, scope
from tests.test_visualize_truth import MAKERS, check_sums, moved
from visualize.cards.model import Card, Drawing
from visualize.stepping.scenes import Scene
from visualize.stepping.searching import named


def _scenes(made: Value | Graph, **options: Any) -> Sequence[Scene]:
    return visualize.explore(made, **options).book.scenes


def _outside(drawing: Drawing) -> list[Any]:
    return [card for card in drawing.cards if card.outside]


def check_border(drawing: Drawing) -> None:
    """Cards at the border are whole: contributions leaving one sum to its gradient."""
    fed = {wire.child for wire in drawing.wires}
    for place, card in enumerate(drawing.cards):
        leaving = [w.contribution for w in drawing.wires if w.parent == place]
        parts = [back for back in leaving if back is not None]
        if not card.outside:
            continue
        assert card.gradient is not None
        assert parts or place in fed, f"{card.name} is joined to nothing"
        if card.role == "output":
            continue  # its gradient is its own: there the backward pass starts
        total = math.fsum([*parts, card.hidden_contribution])
        total += getattr(card, "earlier", 0.0)
        size = sum(map(abs, [*parts, card.hidden_contribution]))
        assert abs(total - card.gradient) <= 1e-9 * (size + abs(card.gradient))


def check_derivatives(scene: Scene) -> None:
    """What stands at a wire is d card / d card, in forward mode over the graph."""
    for wire in scene.drawing.wires:
        if wire.local_derivative is None:
            continue
        (end, inside), (start, _) = (
            _number(scene, n) for n in (wire.child, wire.parent)
        )
        several = end.parents.count(start) > 1  # then each wire is one slot of them
        if not several:
            found = moved(end, start, inside)
            assert math.isclose(found, wire.local_derivative, rel_tol=1e-9), wire


def _number(scene: Scene, card: int) -> tuple[Value, set[Value]]:
    """The node whose number a card prints, and all nodes of the card."""
    subject = scene.subjects[card]
    if isinstance(subject, Value):
        return subject, {subject}
    shown = scene.drawing.cards[card].value
    return [n for n in subject.nodes if n.data == shown][-1], set(subject.nodes)


@pytest.mark.parametrize("maker", MAKERS)
@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10_000), max_nodes=st.sampled_from([4, 8, 20]))
def test_an_opened_group_is_true_with_all_that_enters_it_and_that_it_feeds(
    maker: Callable[[int], Value | Graph], seed: int, max_nodes: int
) -> None:
    made = maker(seed)
    (made.outputs[0] if isinstance(made, Graph) else made).backward()
    for level in ("neuron", "module"):
        whole, *opened = _scenes(made, level=level, max_nodes=max_nodes)
        assert not _outside(whole.drawing)
        for scene in opened:
            check_sums(scene.drawing)
            check_border(scene.drawing)
            check_derivatives(scene)
            assert _outside(scene.drawing), scene.title
            inside = [card for card in scene.drawing.cards if not card.outside]
            batch = scene.subjects and "sample" in scene.drawing.remark
            assert batch or not any(card.hidden_operands for card in inside)


# --- what stands at a border, and what it is called ---------------------------------


def _net(*sizes: int, seed: int = 0) -> Value:
    net = nn.MLP(2, list(sizes), activation="tanh", rng=seed)
    y = net([Value(0.5, label="x"), Value(-1.0, label="y")])
    outputs = y if isinstance(y, list) else [y]
    loss: Value = nn.losses.mean_squared_error(outputs, [0.3] * len(outputs))
    loss.label = "loss"
    loss.backward()
    return loss


def _scene(made: Value | Graph, title: str, **options: Any) -> Scene:
    return next(s for s in _scenes(made, **options) if s.title == title)


def _named(drawing: Drawing) -> tuple[list[str], list[str]]:
    """The names at the left border, and those at the right."""
    fed = {wire.child for wire in drawing.wires}
    cards = [(n, card) for n, card in enumerate(drawing.cards) if card.outside]
    return (
        [card.name for n, card in cards if n not in fed],
        [card.name for n, card in cards if n in fed],
    )


def test_a_module_stands_between_what_the_picture_around_it_has() -> None:
    loss = _net(3, 2, 1)
    neurons = [f"layers.0.neurons.{n}" for n in range(3)]
    for drawing in (
        visualize.draw(loss, focus="layers.1", level="neuron").drawing,
        _scene(loss, "layers.1.neurons.0", level="neuron").drawing,
    ):
        assert _named(drawing) == (neurons, ["layers.2.neurons.0"])
    # At the level of modules the values are named: they are few.
    before, after = _named(_scene(loss, "layers.1", level="module").drawing)
    ends = [node for node in Graph(loss).nodes if node.op and node.op.name == "tanh"]
    assert before == [Graph(loss).name(node) for node in ends[:3]]
    assert after == ["layers.2"]


def test_a_focus_on_a_group_shows_its_neighbours_values_and_gradients() -> None:
    loss = _net(3, 2, 1)
    picture = visualize.draw(loss, focus="layers.0")
    shown = {card.name: card for card in picture.drawing.cards if card.outside}
    nodes = {node.label: node for node in Graph(loss).nodes if node.label}
    for name in ("x", "y"):
        card = shown[name]
        assert isinstance(card, Card)
        assert (card.value, card.gradient) == (nodes[name].data, nodes[name].grad)
    check_sums(picture.drawing)
    check_border(picture.drawing)
    # How far a neighbourhood reaches is the reader's to say: then it ends there.
    for depth in (0, 1, 2):
        near = visualize.draw(loss, focus="layers.0", depth=depth).drawing
        assert not _outside(near)


def _wide() -> Value:
    """Twelve inputs, twelve readers, more than twelve weights."""
    inputs = [Value(0.1 * n, label=f"x{n}") for n in range(12)]
    with scope("body"):
        inner = [(x * parameter(0.3, f"w{n}")).tanh() for n, x in enumerate(inputs)]
    with scope("head"):
        total = autograd.sum([y * parameter(1.5) for y in inner])
    total.label = "total"
    total.backward()
    return total


def test_many_stand_on_one_card_with_their_count_and_are_found_by_its_name() -> None:
    total = _wide()
    drawing = visualize.draw(total, focus="body").drawing
    before, after = _named(drawing)
    assert [name.rpartition("/")[2] for name in before] == ["inputs (12)"]
    assert after == ["head"]
    check_sums(drawing)
    check_border(drawing)
    for name in (*before, *after, "inputs (12)"):
        for picture in (
            visualize.draw(total, focus=name),
            visualize.draw(total, path=(name, total)),
        ):
            assert picture.drawing.cards


@pytest.mark.parametrize(
    "make", [lambda: _net(3, 2, 1), _wide, lambda: _net(16, 16, 2)]
)
def test_every_name_at_a_border_is_accepted_and_stopped_at(
    make: Callable[[], Value],
) -> None:
    loss = make()
    for scene in visualize.step(loss, level="module").book.scenes[1:5]:
        for card in _outside(scene.drawing):
            for name in {card.name, card.title} - autograd.OPS.keys():
                assert visualize.draw(loss, focus=name).drawing.cards
                assert named(scene, name), name
            before = name in _named(scene.drawing)[0]
            ends = (card.name, loss) if before else (card.name, card.name)
            assert visualize.draw(loss, path=ends).drawing.cards


def test_a_border_is_told_by_a_word_and_by_its_outline() -> None:
    loss = _net(3, 2, 1)
    picture = visualize.draw(loss, focus="layers.1")
    assert "(outside)" in picture.text
    assert "outside of what is shown" in picture.svg
    assert "outside of what is shown" in picture.dot.source
    assert picture.svg.count('class="node outside"') == 4
    assert "x (input, outside)" in visualize.tree(loss, focus="layers.0")
    whole = visualize.draw(loss)
    assert "node outside" not in whole.svg
    assert "outside of" not in whole.svg
    assert "outside" not in whole.text
    # What it is a picture of is what is opened, not what that feeds.
    assert "v" not in _scene(loss, "layers.1", level="module").drawing.summary[:20]


@pytest.mark.parametrize("direction", ["right", "down"])
def test_what_enters_stands_before_all_else_and_what_is_fed_behind(
    direction: Any,
) -> None:
    for loss in (_net(3, 2, 1), _wide()):
        figures = visualize.explore(loss, level="module", direction=direction).figures
        for figure in figures[1:]:
            cards, axis = figure.drawing.cards, int(direction == "down")
            fed = {wire.child for wire in figure.drawing.wires}
            ends: dict[str, list[float]] = {"before": [], "inside": [], "after": []}
            for number, card in enumerate(cards):
                side = "after" if number in fed else "before"
                start = figure.card_corner(number)[axis]
                if card.outside or number in fed:
                    ends[side if card.outside else "inside"].append(start)
            middle = ends["inside"]
            assert all(
                start < min(middle, default=math.inf) for start in ends["before"]
            )
            assert all(
                start > max(middle, default=-math.inf) for start in ends["after"]
            )
            assert ends["before"] or ends["after"]


# --- strange graphs -----------------------------------------------------------------


def _attention() -> Value:
    rows = [[Value(0.1 * i + 0.2 * j) for j in range(2)] for i in range(3)]
    outputs = nn.SelfAttention(2, rng=0)(rows)
    loss: Value = autograd.sum([x * x for row in outputs for x in row])
    return loss


def _image() -> Value:
    image = [[[Value(0.1 * (3 * i + j) - 0.4) for j in range(4)] for i in range(4)]]
    planes = nn.Sequential(nn.Conv2d(1, 2, 2, rng=0), nn.MaxPool2d(2))(image)
    loss: Value = autograd.sum([x for plane in planes for row in plane for x in row])
    return loss


def _recurrence() -> Value:
    steps = [[Value(0.3 * i), Value(0.1)] for i in range(3)]
    outputs, _ = nn.RNN(2, 3, rng=0)(steps)
    loss: Value = autograd.sum([x * x for x in outputs[-1]])
    return loss


@pytest.mark.parametrize("level", ["auto", "neuron", "module"])
@pytest.mark.parametrize("make", [_attention, _image, _recurrence])
def test_borders_of_every_kind_of_module_are_true(
    make: Callable[[], Value], level: Any
) -> None:
    loss = make()
    loss.backward()
    for scene in _scenes(loss, level=level, max_nodes=60)[1:12]:
        check_sums(scene.drawing)
        check_border(scene.drawing)
        check_derivatives(scene)
        assert _outside(scene.drawing)


def test_what_is_read_and_reads_again_has_no_side() -> None:
    x = Value(0.5, label="x")
    with scope("part"):
        first = x * 2.0
    between = first.tanh()
    with scope("part"):
        last = between * first
    loss = last * 3.0
    loss.backward()
    drawing = visualize.draw(loss, focus="part").drawing
    assert _named(drawing) == (["x"], [Graph(loss).name(loss)])
    check_sums(drawing)
    check_border(drawing)


def test_nan_and_stale_numbers_are_told_at_a_border_too() -> None:
    x = Value(-1.0, label="x")
    with scope("before"):
        y = x.log() * 2.0
    with scope("body"):
        z = (y + 1.0) * 3.0
    loss = z * 1.5
    loss.backward()
    text = visualize.tree(loss, focus="body")
    assert text.count("NaN starts here") == 0  # it did so farther out
    with_origin = visualize.explore(loss, focus="before").picture.text
    assert "NaN starts here" in with_origin
    y = Value(0.5, label="y")
    with scope("body"):
        z = y * 2.0 + 1.0
    z = z * 3.0
    y.data = 2.0
    stale = visualize.draw(z, focus="body")
    assert "since changed to 2" in stale.text
    (card,) = [card for card in stale.drawing.cards if card.name == "y"]
    assert (card.outside, card.value) == (True, 0.5)


@pytest.mark.parametrize("apart", [False, True])
def test_plain_numbers_enter_at_the_border_and_their_card_is_found(
    *, apart: bool
) -> None:
    y = nn.MLP(2, [3, 1], rng=0)([0.5, -1.0])
    y.backward()
    for level in ("neuron", "module"):
        first = _scenes(y, level=level)[1]
        assert "inputs (2)" in _named(first.drawing)[0]
        drawing = visualize.draw(y, level=level, inline_constants=not apart).drawing
        names = [card.name for card in drawing.cards if card.name.startswith("inputs")]
        assert len(names) == (2 if apart else 1)
        for name in names:
            options: Any = {"level": level, "inline_constants": not apart}
            near = visualize.draw(y, focus=name, **options).drawing
            assert name in [card.name for card in near.cards]
            assert visualize.draw(y, path=(name, y), **options).drawing.cards
    told: list[str] = []
    lines = iter(["o layers.0", "u inputs (2)", "e", "q"])
    visualize.step(y, level="module").run(lambda _: next(lines), told.append)
    assert any("inputs (2)" in text for text in told)


def test_a_programs_statements_lead_to_where_their_nodes_are_at_home() -> None:
    net = nn.MLP(2, [6, 1], rng=0)
    program = autograd.Program(lambda x: (net([*x]) - 1.0) ** 2, [0.5, 1.0])
    picture = visualize.draw(program)
    scenes = picture.book.scenes  # type: ignore[attr-defined]
    assert any(_outside(scene.drawing) for scene in scenes[1:])
    text = picture.html
    data = json.loads(re.findall(r'<script[^>]*id="data"[^>]*>(.*?)</script>', text)[0])
    spots = [n["spot"] for card in data["groups"]["cards"] for n in card["nodes"]]
    assert sum(spot is not None for spot in spots) > 20
    for scene, card in filter(None, spots):
        assert not scenes[scene].drawing.cards[card].outside
