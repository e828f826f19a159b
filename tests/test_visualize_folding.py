"""Folding: large graphs as trees of groups, and the pictures of their rooms."""

from __future__ import annotations

import functools
import itertools
import math
import random
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
import nn
import visualize
from autograd import Graph, Value, parameter, scope
from benchmarks import moons
from tests.determinism import outputs_over_hash_seeds
from tests.random_graphs import random_graph
from tests.unfolded import describe
from visualize.cards.group_cards import GroupCard
from visualize.cards.model import Card, Drawing
from visualize.folding.fold import Group, fold, walk
from visualize.folding.rooms import room

ROOT = Path(__file__).resolve().parent.parent


def number(value: Any) -> Value:
    assert isinstance(value, Value)
    return value


def demo(sizes: list[int] | None = None, samples: int = 100) -> Value:
    """micrograd's demo through `nn`: the hinge loss of a whole batch, and a penalty."""
    model = nn.MLP(2, sizes or [16, 16, 1], rng=1337)
    points, sides = moons.moons(samples)
    scores = [model([Value(x, "x"), Value(y, "y")]) for x, y in points]
    penalty = 1e-4 * autograd.sum([p * p for p in model.parameters()])
    loss = number(nn.losses.hinge(scores, sides) + penalty)
    loss.backward()
    return loss


def demo_by_hand() -> Value:
    """The same with a node for every product and every addition: 65,612 nodes."""

    def add(terms: list[Value]) -> Value:
        return functools.reduce(lambda total, term: total + term, terms)

    net = [
        [([*map(Value, row)], Value(b)) for row, b in rows] for rows in moons.weights()
    ]

    def score(point: Any) -> Value:
        values = list(map(Value, point))
        for depth, rows in enumerate(net):
            pairs = [(zip(row, values, strict=True), bias) for row, bias in rows]
            values = [add([*(w * x for w, x in pair), bias]) for pair, bias in pairs]
            if depth < len(net) - 1:
                values = [value.relu() for value in values]
        return values[0]

    points, sides = moons.moons()
    losses = [
        number(autograd.relu(1.0 - int(side) * score(point)))
        for point, side in zip(points, sides, strict=True)
    ]
    weights = [p for rows in net for row, bias in rows for p in (*row, bias)]
    loss = add(losses) * (1 / len(losses)) + 1e-4 * add([p * p for p in weights])
    loss.backward()
    return loss


def recurrence(steps: int = 50, size: int = 3) -> Value:
    rng = random.Random(0)
    weights = [
        [parameter(rng.uniform(-0.5, 0.5)) for _ in range(size + 1)]
        for _ in range(size)
    ]
    state = [Value(0.0) for _ in range(size)]
    for step in range(steps):
        inputs = [*state, Value(rng.uniform(-1, 1), f"x{step}")]
        state = [
            number(
                autograd.tanh(
                    autograd.sum([w * x for w, x in zip(row, inputs, strict=True)])
                )
            )
            for row in weights
        ]
    loss = number(autograd.sum([h * h for h in state]))
    loss.backward()
    return loss


def chain(length: int) -> Value:
    node = Value(0.5, "x")
    for _ in range(length):
        node = -node
    node.backward()
    return node


def random_loss(seed: int, size: int) -> Value:
    _, output = random_graph(seed, size)
    output.backward()
    return output


def assert_sums(drawing: Drawing) -> None:
    """The contributions leaving each card sum to its gradient."""
    leaving: dict[int, list[float]] = {}
    for wire in drawing.wires:
        assert wire.parent < wire.child
        assert wire.contribution is not None
        leaving.setdefault(wire.parent, []).append(wire.contribution)
    for place, card in enumerate(drawing.cards):
        if card.role == "output":
            continue
        assert card.gradient is not None
        parts = [*leaving.get(place, []), card.hidden_contribution]
        size = 1 + sum(map(abs, parts))
        assert sum(parts) == pytest.approx(card.gradient, rel=1e-9, abs=1e-9 * size)


def rooms_of(value: Value, most: int = 12, **options: Any) -> Iterator[Group]:
    return islice(walk(fold(Graph(value), **options)), most)


@given(st.integers(0, 10_000), st.sampled_from([8, 60, 400]), st.integers(2, 60))
@settings(deadline=None, max_examples=25)
def test_contributions_sum_to_gradients_in_every_room_of_a_random_graph(
    seed: int, size: int, most: int
) -> None:
    for group in rooms_of(random_loss(seed, size), max_nodes=most):
        assert_sums(room(group))


@pytest.mark.parametrize("make", [demo, recurrence, lambda: demo([4, 1], 30)])
@pytest.mark.parametrize("level", ["auto", "neuron", "module"])
def test_contributions_sum_to_gradients_in_every_room_of_a_net(
    make: Any, level: Any
) -> None:
    for group in rooms_of(make(), level=level):
        assert_sums(room(group))


@pytest.mark.parametrize("group_by", ["scope", "op", "label", lambda v: "all"])
def test_contributions_sum_to_gradients_however_it_is_grouped(group_by: Any) -> None:
    for value in (demo([3, 1], 20), random_loss(1, 200)):
        for group in rooms_of(value, 5, group_by=group_by):
            assert_sums(room(group))


@given(st.integers(0, 10_000), st.sampled_from([1, 5, 15]))
@settings(deadline=None, max_examples=20)
def test_a_small_graph_is_shown_value_by_value(seed: int, size: int) -> None:
    graph = Graph(random_loss(seed, size))
    root = fold(graph)
    assert root.children == graph.nodes == root.nodes == root.shown
    assert room(root) == describe(graph)


def test_rooms_hold_every_node_once_and_are_not_too_large() -> None:
    for value in (demo(), random_loss(3, 1500), recurrence()):
        graph = Graph(value)
        root = fold(graph, max_nodes=100)
        paths = set()
        for group in islice(walk(root), 200):
            assert len(group.children) <= 100
            assert group.path not in paths
            paths.add(group.path)
            inside = [
                node
                for child in group.children
                for node in (child.shown if isinstance(child, Group) else [child])
            ]
            assert len({id(node) for node in inside}) == len(inside)
            known = {id(node) for node in group.shown}
            assert {id(node) for node in inside} <= known
        assert len(root.nodes) == len(graph)
        opened = {
            id(node)
            for group in walk(root)
            for node in group.children
            if isinstance(node, Value)
        }
        alone = {id(n) for g in walk(root) if g.kind == "block" for n in g.nodes}
        assert {id(node) for node in root.shown} <= opened | alone


def titles(drawing: Drawing) -> list[str]:
    return [card.title or card.operation for card in drawing.cards]


def test_the_demo_folds_to_modules() -> None:
    drawing = visualize.draw(demo()).drawing
    assert drawing.note == "7,678 nodes in 9 cards · sample 0 of 100 shown"
    names = ["layers.0", "layers.1", "layers.2", "hinge"]
    modules = [c for c in drawing.cards if isinstance(c, GroupCard) and c.scope]
    assert [card.title for card in modules] == names
    assert [card.shape for card in modules[:3]] == [
        "Linear 2→16 · relu",
        "Linear 16→16 · relu",
        "Linear 16→1 · linear",
    ]
    assert [card.parameter_count for card in modules] == [48, 272, 17, 0]
    assert [card.samples for card in modules] == [100] * 4
    assert modules[1].activity.units == 16
    weights, gradients = modules[1].strips
    assert (weights.rows, weights.columns, weights.total) == (16, 17, 272)
    norm = math.hypot(*(c for c in gradients.cells if c is not None))
    assert modules[1].norm == pytest.approx(norm)


def test_dead_and_saturated_units_are_those_of_all_samples() -> None:
    model = nn.MLP(1, [2, 2, 1], activation="relu", rng=3)
    model.layers[1] = nn.Layer(2, 2, "tanh", rng=4)
    number(model.layers[0].bias[0]).data = -100.0
    number(model.layers[1].bias[1]).data = 100.0
    inputs = [i / 20 for i in range(40)]
    scores = [model([Value(x)]) for x in inputs]
    loss = number(nn.losses.mean_squared_error(scores, inputs))
    loss.backward()
    drawing = visualize.draw(loss, level="module", sample=3).drawing
    first, second = (c for c in drawing.cards if c.title in ("layers.0", "layers.1"))
    assert isinstance(first, GroupCard)
    assert isinstance(second, GroupCard)
    assert first.activity.dead == 1 + all(
        model.layers[0].neurons[1]([x]).data == 0 for x in inputs
    )
    assert second.activity.saturated >= 1


def test_a_batch_shows_the_sample_that_is_asked_for() -> None:
    loss = demo([3, 1], 30)
    points, _ = moons.moons(30)
    for sample in (0, 7, 29):
        drawing = visualize.draw(loss, sample=sample, level="value").drawing
        shown = {card.title: card.value for card in drawing.cards}
        assert (shown["x"], shown["y"]) == pytest.approx(tuple(points[sample]))
        assert f"sample {sample} of 30 shown" in drawing.note
        assert_sums(drawing)
    for sample in (-1, 30):
        with pytest.raises(ValueError, match="sample must be from 0 to 29"):
            visualize.draw(loss, sample=sample)
    with pytest.raises(ValueError, match="the graph has no batch"):
        visualize.draw(random_loss(0, 10), sample=2)


def test_samples_may_have_several_outputs_and_other_structures() -> None:
    model = nn.MLP(2, [4, 3], rng=1)
    outputs = [model([Value(i / 9), Value(1 - i / 9)]) for i in range(20)]
    several = nn.losses.mean_squared_error(outputs, [[0.0, 1.0, 2.0]] * 20)
    assert "sample 0 of 20 shown" in visualize.draw(several, max_nodes=50).drawing.note
    single = nn.MLP(2, [4, 1], rng=1)
    logits = [single([Value(i / 9), Value(1.0)]) for i in range(20)]
    mixed = nn.losses.binary_cross_entropy_with_logits(logits, [0, 1] * 10)
    note = visualize.draw(mixed, max_nodes=50).drawing.note
    assert "sample 0 of 20 shown, 10 of them alike" in note


def test_what_only_looks_like_a_batch_is_none() -> None:
    weights = [parameter(float(i)) for i in range(9)]
    hidden = [Value(1.0).tanh() for _ in range(9)]
    dot = autograd.sum([w * x for w, x in zip(weights, hidden, strict=True)])
    penalty = autograd.sum([w * w for w in weights])
    note = visualize.draw(dot + penalty, max_nodes=12).drawing.note
    assert "sample" not in note


@pytest.mark.parametrize("pool", [nn.MaxPool2d(2), nn.AvgPool2d(2)])
def test_the_places_of_a_pool_are_no_samples(pool: nn.Module) -> None:
    net = nn.Sequential(
        nn.Conv2d(1, 4, 3, rng=0), "relu", pool, nn.Flatten(), nn.Linear(36, 3, rng=0)
    )
    rng = random.Random(0)

    def loss(examples: int) -> Any:
        images = [[[[rng.random() for _ in range(8)] for _ in range(8)]]] * examples
        return nn.losses.cross_entropy([net(image) for image in images], [1] * examples)

    assert "sample" not in visualize.draw(loss(1)).text
    assert "sample 0 of 5" in visualize.draw(loss(5)).text


def test_by_hand_and_without_scopes_equal_nodes_fold() -> None:
    start = time.process_time()  # whatever else the machine does
    picture = visualize.draw(demo_by_hand())
    assert len(picture.svg) < 200_000
    assert time.process_time() - start < 10
    drawing = picture.drawing
    assert drawing.note == "65,612 nodes in 24 cards · sample 0 of 100 shown"
    assert_sums(drawing)
    products = [c for c in drawing.cards if isinstance(c, GroupCard) and c.title == "×"]
    assert [card.count for card in products] == [32, 256, 16, 337]
    assert [card.samples for card in products] == [100, 100, 100, 1]


def test_the_middle_of_a_recurrence_folds_to_a_block() -> None:
    drawing = visualize.draw(recurrence()).drawing
    blocks = [
        c for c in drawing.cards if isinstance(c, GroupCard) and c.kind == "block"
    ]
    assert len(blocks) == 1
    steps = [step for step in drawing.steps if step.title]
    assert blocks[0].times == f"×{50 - len(steps)} steps"
    assert len(drawing.cards) < 60


@pytest.mark.parametrize("add", [False, True])
def test_a_chain_of_100_000_folds_without_recursion(add: bool) -> None:
    node = x = Value(0.5, "x")
    for _ in range(100_000):
        node = node + x if add else -node
    node.backward()
    picture = visualize.draw(node)
    assert picture.drawing.note == "100,001 nodes in 2 cards"
    assert_sums(picture.drawing)
    assert "100,000" in picture.svg
    assert "100,000 nodes" in picture.text
    assert len(picture.dot.source) < 5_000


def test_a_deep_graph_is_not_drawn_too_wide() -> None:
    node = Value(0.5, "x")
    for place in range(120):
        node = node.tanh() if place % 7 else node * 1.5
    assert len(fold(Graph(node)).children) < 30
    assert len(visualize.draw(node, level="value").drawing.cards) == 121


def test_scopes_that_take_turns_make_no_cycle() -> None:
    x, w = Value(0.3, "x"), parameter(0.5, "w")
    for _ in range(200):
        with scope("encoder"):
            x = (x * w).tanh()
        with scope("decoder"):
            x = (x + w).sin()
    x.backward()
    for level in ("auto", "neuron", "module"):
        drawing = visualize.draw(x, level=level).drawing
        assert_sums(drawing)
        assert len(drawing.cards) < 60
    few = visualize.draw(x, level="module", max_nodes=3).drawing
    assert_sums(few)


def test_groups_by_operation_label_scope_and_function() -> None:
    loss = demo([3, 1], 30)
    by_op = visualize.draw(loss, group_by="op").drawing
    assert {"dot #1", "relu #1", "parameter", "input"} <= set(titles(by_op))
    assert {"x", "y"} <= set(titles(visualize.draw(loss, group_by="label").drawing))
    by_scope = titles(visualize.draw(loss, group_by="scope").drawing)
    assert "layers.0.neurons.1" in by_scope
    mine = visualize.draw(loss, group_by=lambda node: "mine" if node.parents else "")
    assert "mine" in titles(mine.drawing)
    with pytest.raises(TypeError, match="group_by must give a str for every node"):
        visualize.draw(loss, group_by=lambda node: 3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="group_by must be 'scope'"):
        visualize.draw(loss, group_by="colour")  # type: ignore[arg-type]


@pytest.mark.parametrize("level", ["neuron", "module"])
def test_a_level_can_be_chosen_by_hand(level: Any) -> None:
    drawing = visualize.draw(demo([3, 1], 5), level=level).drawing
    names = {"neuron": "layers.0.neurons.2", "module": "layers.0"}
    assert names[level] in titles(drawing)
    with pytest.raises(ValueError, match="unknown level 'layer'"):
        visualize.draw(Value(1.0), level="layer")  # type: ignore[arg-type]


@pytest.mark.parametrize(("inputs", "sizes"), [(3, [8, 1]), (4, [20, 3]), (8, [32, 4])])
def test_a_level_by_hand_folds_by_modules_and_never_by_operations(
    inputs: int, sizes: list[int]
) -> None:
    net = nn.MLP(inputs, sizes, activation="tanh", rng=0)
    outputs = net([Value(0.1, f"x{i}") for i in range(inputs)])
    total = autograd.sum(outputs if isinstance(outputs, list) else [outputs])
    shown = visualize.draw(total, level="neuron").drawing.cards
    scopes = {card.scope for card in shown if isinstance(card, GroupCard)}
    neurons = {f"layers.{n}.neurons.{i}" for n in (0, 1) for i in range(sizes[n])}
    assert scopes == ({"layers.0", "layers.1"} if sum(sizes) > 30 else neurons)


def test_the_tree_folds_too() -> None:
    text = visualize.tree(demo())
    assert "layers.1 (module) Linear 16→16 · relu ×100 samples" in text
    assert text.endswith("7,678 nodes in 9 cards · sample 0 of 100 shown")
    assert max(map(len, text.splitlines())) < 120


HOSTILE = ['"><script>alert(1)</script>', "a|b{c}<d>", "\\N", "]]>", "\x00\u202e", "."]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_scopes_are_only_text(name: str) -> None:
    x = Value(0.5, name)
    with scope(name):
        x = number(autograd.sum([x * parameter(0.1 * i, name) for i in range(40)]))
    x.backward()
    wishes: list[Any] = [{"level": "module"}, {"group_by": "label"}, {"max_nodes": 5}]
    for options in wishes:
        picture = visualize.draw(x, **options)
        ET.fromstring(picture.svg)
        assert "<script" not in picture.html
        assert "\x00" not in picture.svg + picture.text


def test_numbers_out_of_range_still_draw() -> None:
    x, w = Value(1e200, "x"), parameter(1e308, "w")
    rows = [(x * w) * float(i) for i in range(200)]
    rows += [(x - x).log() * float(i) for i in range(200)]
    loss = number(autograd.sum(rows))
    loss.backward()
    picture = visualize.draw(loss)
    assert len(picture.drawing.cards) < 20
    ET.fromstring(picture.svg)


@given(st.integers(0, 10_000), st.sampled_from([3, 30, 500]))
@settings(deadline=None, max_examples=12)
def test_every_drawer_takes_every_random_graph(seed: int, size: int) -> None:
    value = random_loss(seed, size)
    wishes: list[Any] = [{}, {"max_nodes": 9}, {"inline_constants": False}]
    for options in wishes:
        picture = visualize.draw(value, engine="built-in", **options)
        ET.fromstring(picture.svg)
        assert picture.text
        assert picture.dot.source
        groups = sum(isinstance(c, GroupCard) for c in picture.drawing.cards)
        assert picture.svg.count('class="node group"') == groups
        assert picture.svg.count('class="edge"') == len(picture.drawing.wires)


SCRIPT = """
import sys, autograd, nn, visualize
model = nn.MLP(2, [5, 1], rng=1)
scores = [model([autograd.Value(i / 9), autograd.Value(1.0)]) for i in range(60)]
loss = nn.losses.hinge(scores, [1, -1] * 30)
loss.backward()
for options in ({}, {"level": "module"}, {"group_by": "op"}, {"max_nodes": 4}):
    picture = visualize.draw(loss, engine="built-in", **options)
    text = picture.svg + picture.text + picture.dot.source
    sys.stdout.buffer.write(text.encode())
"""


def test_the_same_bytes_for_every_hash_seed() -> None:
    outputs = outputs_over_hash_seeds(SCRIPT, seeds=("0", "4242"))
    assert len(outputs) == 1
    assert outputs.pop()


def test_cards_say_how_many_they_stand_for() -> None:
    svg = visualize.draw(demo()).svg
    assert ">7,678 nodes in 9 cards · sample 0 of 100 shown<" in svg
    assert ">×337<" in svg
    assert ">272 parameters · 3,472 nodes<" in svg
    assert "saturated: 0 (local derivative below 0.05 for all of 100 samples)" in svg
    assert isinstance(visualize.draw(demo([2, 1], 3)).drawing.cards[0], Card)


def by_hand(widths: tuple[int, ...]) -> Callable[[list[Value]], Value]:
    """A net of plain Values: nothing says which of them are weights."""
    rng = random.Random(0)
    layers = [
        [
            ([Value(rng.uniform(-1, 1)) for _ in range(n_in)], Value(0.0))
            for _ in range(n_out)
        ]
        for n_in, n_out in itertools.pairwise(widths)
    ]

    def net(values: list[Value]) -> Value:
        for depth, rows in enumerate(layers):
            values = [
                autograd.sum([*(w * x for w, x in zip(ws, values, strict=True)), b])
                for ws, b in rows
            ]
            if depth < len(layers) - 1:
                values = [value.relu() for value in values]
        return values[0]

    return net


@pytest.mark.parametrize("widths", [(2, 16, 16, 1), (3, 40, 1), (8, 60, 1)])
def test_the_neurons_of_a_layer_are_no_samples(widths: tuple[int, ...]) -> None:
    net = by_hand(widths)
    rng = random.Random(1)

    def point() -> list[Value]:
        return [Value(rng.random()) for _ in range(widths[0])]

    assert "samples" not in visualize.draw(net(point()), max_nodes=50).text
    batch = autograd.sum([(net(point()) - 1.0) ** 2 for _ in range(12)])
    assert "sample 0 of 12" in visualize.draw(batch, max_nodes=50).text


def test_a_sum_of_sums_has_as_many_samples_as_terms() -> None:
    weights = [Value(0.3 + 0.1 * i) for i in range(5)]
    terms = []
    for i in range(60):
        with autograd.scope("m"):
            inner = weights[0] * (0.01 * i) + weights[1]
            terms.append(inner.tanh() * weights[2] + weights[3] * weights[3])
    total = sum(terms) + weights[4]
    assert isinstance(total, Value)
    assert "sample 0 of 60" in visualize.draw(total).text


def test_blocks_of_other_names_are_not_called_by_the_first() -> None:
    total = Value(0.0)
    for name in "abcdefghijklmnopqrstuvwxyz":
        with scope(f"part {name}"):
            total = total + Value(1.5, name) * parameter(2.0, name)
            total.label = name
    names = [card.name for card in visualize.draw(total).drawing.cards]
    assert "part a … part z ×26" in names
    assert visualize.draw(total, focus=names[-1]).drawing.cards
