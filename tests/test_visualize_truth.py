"""What a picture says is so: its numbers are those of the graph, at every level.

A picture is read as its readers do: a wire's local derivative times the gradient of
the card that it enters is what comes back along it, and what comes back to a card is
its gradient. The gradients themselves come from the backward pass, and the derivative
of a folded group from forward mode, which has no part in drawing.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
import nn
import visualize
from autograd import Graph, Value
from tests.random_graphs import graphs
from visualize.cards.model import Drawing
from visualize.folding.fold import Group, fold

LEVELS = ("auto", "value", "neuron", "module")


# --- graphs to draw -------------------------------------------------------------


def _inputs(source: random.Random, count: int) -> list[Value]:
    return [Value(source.uniform(-2, 2), label=f"x{i}") for i in range(count)]


def _net(seed: int) -> Value:
    source = random.Random(seed)
    sizes = [source.randint(1, 3) for _ in range(source.randint(1, 3))]
    end = source.choice(["linear", "tanh", "sigmoid"])
    net = nn.MLP(2, sizes, activation="tanh", output_activation=end, rng=seed)
    outputs = net(_inputs(source, 2))
    found = outputs if isinstance(outputs, list) else [outputs]
    # Each output is read twice, and by what is in no group, too.
    twice = [*found, *(y * 1 for y in found)]
    loss: Value = nn.losses.mean_squared_error(twice, [0.3] * len(twice))
    return loss


def _batch(seed: int) -> Value:
    source = random.Random(seed)
    net = nn.MLP(2, [2, 1], activation="tanh", rng=seed)
    predictions = [net(_inputs(source, 2)) for _ in range(source.randint(3, 30))]
    loss: Value = nn.losses.mean_squared_error(predictions, [0.5] * len(predictions))
    return loss


def _recurrence(seed: int) -> Value:
    source = random.Random(seed)
    steps = source.randint(2, 25)
    w, u, h = Value(0.9, label="w"), Value(-0.4, label="u"), Value(0.1, label="h")
    for step in range(steps):
        with autograd.scope(f"steps.{step}"):
            h = (w * h + u * Value(source.uniform(-1, 1), label="x")).tanh()
    return h * h


def _rnn(seed: int) -> Value:
    source = random.Random(seed)
    outputs, _ = nn.LSTM(1, 2, rng=seed)([_inputs(source, 1) for _ in range(3)])
    total: Value = autograd.sum([y[0] * y[1] for y in outputs])
    return total


def _many_outputs(seed: int) -> Graph:
    source = random.Random(seed)
    with autograd.scope("body"):
        x, y = _inputs(source, 2)
        a, b = x * y, (x + y).sin()
        outputs = a * b, a + x
    with autograd.scope("head"):
        end = outputs[0] * outputs[1].exp() + outputs[1]
    return Graph(end, outputs[0])


MAKERS: Sequence[Callable[[int], Value | Graph]] = (
    _net,
    _batch,
    _recurrence,
    _rnn,
    _many_outputs,
)


# --- how a picture is read --------------------------------------------------------


def _close(one: float, other: float, size: float) -> bool:
    return abs(one - other) <= 1e-9 * (abs(one) + abs(other) + size)


def check_sums(drawing: Drawing) -> None:
    """What leaves a card is its gradient, and products along wires are what leaves."""
    leaving = [[card.hidden_contribution] for card in drawing.cards]
    for wire in drawing.wires:
        gradient = drawing.cards[wire.child].gradient
        assert wire.contribution is not None
        assert gradient is not None
        leaving[wire.parent].append(wire.contribution)
        if wire.local_derivative is not None:
            product = wire.local_derivative * gradient
            assert _close(product, wire.contribution, 0.0), (wire, gradient)
    for place, (card, parts) in enumerate(zip(drawing.cards, leaving, strict=True)):
        if place not in drawing.outputs:
            earlier = getattr(card, "earlier", 0.0)
            size = sum(map(abs, parts))
            assert card.gradient is not None
            assert _close(card.gradient, math.fsum(parts) + earlier, size), card.name


def moved(end: Value, start: Value, inside: set[Value]) -> float:
    """D end / d start through some nodes alone, in forward mode over the graph."""
    tangent = {start: 1.0}
    for node in Graph(end).nodes:
        if node in inside and node is not start:
            pairs = zip(node.parents, node.local_derivatives, strict=True)
            tangent[node] = math.fsum(tangent.get(p, 0.0) * d for p, d in pairs)
    return tangent.get(end, 0.0)


def check_slopes(root: Group, drawing: Drawing) -> None:
    """A wire's local derivative is that of one card by the other, as both are shown."""
    for wire in drawing.wires:
        if wire.local_derivative is None:
            continue
        ends: list[tuple[Value, set[Value]]] = []
        for place in (wire.child, wire.parent):
            child = root.children[place]
            shown = drawing.cards[place].value
            nodes = [child] if isinstance(child, Value) else list(child.nodes)
            read = [n for n in nodes if n.data == shown]
            assert read, "a group without a single number claims a derivative"
            ends.append((read[-1], set(nodes)))
        (end, inside), (start, _) = ends
        if isinstance(root.children[wire.child], Value):
            continue  # one slot of several, perhaps: its product was looked at
        assert _close(moved(end, start, inside), wire.local_derivative, 0.0)


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("maker", MAKERS)
@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10_000), max_nodes=st.sampled_from([6, 20, 300]))
def test_products_along_wires_and_sums_over_ways_are_the_gradients(
    maker: Callable[[int], Value | Graph], level: Any, seed: int, max_nodes: int
) -> None:
    made = maker(seed)
    (made.outputs[0] if isinstance(made, Graph) else made).backward()
    picture = visualize.draw(made, level=level, max_nodes=max_nodes)
    check_sums(picture.drawing)
    graph = made if isinstance(made, Graph) else Graph(made)
    check_slopes(fold(graph, level=level, max_nodes=max_nodes), picture.drawing)


@settings(max_examples=30, deadline=None)
@given(graph=graphs(), group_by=st.sampled_from([None, "op"]))
def test_it_is_so_for_random_graphs_grouped_anyhow(graph: Any, group_by: Any) -> None:
    _, output = graph
    output.backward()
    check_sums(visualize.draw(output, group_by=group_by).drawing)
    # A second pass adds to the leaves; the contributions are those of the last.
    output.backward()
    check_sums(visualize.draw(output, group_by=group_by).drawing)


@pytest.mark.parametrize("level", ["neuron", "module"])
def test_a_folded_neuron_multiplies_to_the_gradient_of_its_input(level: Any) -> None:
    net = nn.MLP(1, [1], rng=0, output_activation="tanh")
    x = Value(1.0, label="x")
    y = net([x])
    loss = nn.losses.mean_squared_error([y, y * 1], [0.0, 0.0])
    loss.backward()
    drawing = visualize.draw(loss, level=level).drawing
    ways = dict.fromkeys(drawing.outputs, 1.0)
    for place in reversed(range(len(drawing.cards))):
        for wire in drawing.operands()[place]:
            assert wire.local_derivative is not None
            product = ways[place] * wire.local_derivative
            ways[wire.parent] = ways.get(wire.parent, 0.0) + product
    names = [card.name for card in drawing.cards]
    assert math.isclose(ways[names.index("x")], x.grad, rel_tol=1e-12)


def test_what_is_no_derivative_is_marked_by_a_word() -> None:
    loss = _batch(3)
    loss.backward()
    picture = visualize.draw(loss, level="module")
    marked = [w for w in picture.drawing.wires if w.local_derivative is None]
    assert marked
    for text in (picture.svg, picture.text, picture.dot.source):
        assert "passed back" in text
    labels = re.findall(r'<text class="label [^>]*>([^<]*)<', picture.svg)
    assert labels
    assert not any("slots" in label for label in labels)


def test_what_cancels_but_for_rounding_is_told_by_its_sides() -> None:
    net = nn.Sequential(nn.Layer(3, 4, rng=0), nn.LayerNorm(4), nn.Layer(4, 3, rng=1))
    with autograd.scope("net"):
        outputs = net([0.3, -0.4, 0.7])
    loss = nn.losses.cross_entropy([outputs], [1])
    loss.backward()
    picture = visualize.draw(loss, level="module")
    (wire,) = [w for w in picture.drawing.wires if w.child in picture.drawing.outputs]
    assert wire.count == 3
    one_side = sum(abs(y.grad) for y in outputs) / 2
    assert wire.flow == pytest.approx(one_side, rel=1e-12)
    told = f"±{one_side:.4g} passed back"
    for text in (picture.svg, picture.text, picture.dot.source):
        assert told in text
        assert not re.search(r"e[-−]1\d passed back", text)
    assert '<text class="label neutral"' in picture.svg.partition(told)[0][-200:]
    # So it is before a layer that normalises, and only there.
    told_so = [w.cancels for w in picture.drawing.wires if w.contribution is not None]
    assert told_so == [True, False, True]


# --- colours ----------------------------------------------------------------------


def test_the_text_at_a_wire_has_the_colour_of_the_number_that_it_prints() -> None:
    x, y = Value(3.0, label="x"), Value(2.0, label="y")
    z = -(x * y)
    z.backward()
    svg = visualize.draw(z).svg
    # x passes back -2 along an orange wire, and what is printed is ×2.
    assert '<path class="wire negative"' in svg
    for text in ("×2", "×3"):
        assert f">{text}</text>" in svg.split('class="label positive"', 1)[1]
    both = visualize.draw(z, contributions=True).svg
    for sign, text in (("negative", "−2 ←"), ("positive", "×2")):
        assert re.search(f'<text class="label {sign}"[^>]*>{text}</text>', both)


def test_zeros_in_heat_maps_are_hatched_as_the_legend_says() -> None:
    net = nn.MLP(2, [2, 1], rng=0)
    net([Value(1.0), Value(2.0)]).backward()
    svg = visualize.draw(net).svg
    cells = svg.split('class="legend"', 1)[0]
    assert '<path class="zero"' in cells  # the biases are 0
