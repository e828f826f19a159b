"""What a picture says: cards, wires, and their numbers."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
import visualize
from autograd import Graph, Value, parameter
from tests.unfolded import describe, nearest
from visualize.cards.formula import expression, operation_text
from visualize.cards.model import Card, Drawing


def value(number: Value | float) -> Value:
    assert isinstance(number, Value)
    return number


def random_graph(seed: int, size: int = 40) -> Value:
    """A graph with shared nodes, repeated operands and constants."""
    rng = random.Random(seed)
    values = [Value(0.3, "a"), Value(-1.2, "b"), parameter(0.7, "w")]
    for _ in range(size):
        x, y = rng.choice(values), rng.choice(values)
        made = (
            x + y,
            x * y - 0.5,
            x.tanh(),
            autograd.relu(x),
            autograd.dot([x, y], [y, x], x),
            2.0 - x,
        )
        values.append(value(rng.choice(made)))
    return value(autograd.sum(values[-5:]))


def contributions(drawing: Drawing) -> dict[int, list[float]]:
    found: dict[int, list[float]] = {}
    for wire in drawing.wires:
        assert wire.contribution is not None
        found.setdefault(wire.parent, []).append(wire.contribution)
    return found


@given(st.integers(0, 10_000), st.sampled_from([5, 20, 300]))
def test_the_contributions_leaving_a_card_sum_to_its_gradient(
    seed: int, most: int
) -> None:
    loss = random_graph(seed)
    loss.backward()
    drawing = describe(Graph(loss), max_nodes=most)
    leaving = contributions(drawing)
    for position, card in enumerate(drawing.cards):
        if position in drawing.outputs:
            continue
        total = sum(leaving.get(position, [])) + card.hidden_contribution
        assert total == pytest.approx(card.gradient, rel=1e-9, abs=1e-12)


def test_there_is_one_wire_for_every_operand_slot() -> None:
    x = Value(3.0)
    for y in (x + x, x * x):
        drawing = describe(Graph(y))
        assert [(w.parent, w.child, w.slot) for w in drawing.wires] == [
            (0, 1, 0),
            (0, 1, 1),
        ]


def test_before_backward_there_are_no_gradients() -> None:
    x = Value(3.0)
    y = x * 0.0
    before = describe(Graph(y))
    assert [card.gradient for card in before.cards] == [None, None]
    assert before.wires[0].contribution is None
    y.backward()
    after = describe(Graph(y))
    assert [card.gradient for card in after.cards] == [0.0, 1.0]
    assert after.wires[0].contribution == 0.0


def test_a_zero_gradient_passes_back_zero_even_through_infinity() -> None:
    x = Value(0.0)
    y = x.log() * 0.0
    y.backward()
    wires = describe(Graph(y)).wires
    assert wires[0].local_derivative == math.inf
    assert wires[0].contribution == 0.0


def test_roles_and_names_come_from_module_mapping_or_values() -> None:
    class Module:
        def named_parameters(self) -> Iterator[tuple[str, Value]]:
            yield "layers.0.w", w

    x, w = Value(2.0, "x"), Value(3.0)
    graph = Graph(w * x)
    assert [c.role for c in describe(graph).cards] == ["input", "input", "output"]
    for parameters, name in ((Module(), "layers.0.w"), ({"w": w}, "w"), ([w], "v0")):
        card = describe(graph, parameters).cards[0]
        assert (card.role, card.name) == ("parameter", name)
    card = describe(Graph(parameter(1.0, "w") + x)).cards[0]
    assert (card.role, card.title) == ("parameter", "w")


def test_an_output_is_known_by_identity_not_by_its_number() -> None:
    x = Value(1.0, "x")
    y = x * 1.0
    assert [c.role for c in describe(Graph(y)).cards] == ["input", "output"]


@pytest.mark.parametrize("wrong", [3, "w", [1.0], {"w": 2.0}])
def test_wrong_parameters_are_a_type_error(wrong: Any) -> None:
    with pytest.raises(TypeError, match="parameters must"):
        describe(Graph(Value(1.0) + 1), wrong)


def test_constants_fold_into_the_operation() -> None:
    x, y = Value(0.5, "x"), Value(2.0, "y")
    texts = {
        "×2": x * 2,
        "× −2": x * -2,
        "+1": x + 1,
        "1 −": 1 - x,
        "−1": x - 1,
        "3 ÷": 3 / x,
        "÷3": x / 3,
        "x^3": x**3,
        "2^x": 2**x,
        "−x": -x,
        "+": x + y,
        "tanh": x.tanh(),
        "clamp(·, 0, 1)": autograd.clamp(x, 0, 1),
        "%2": x % 2,
        "7 //": 7 // x,
        "maximum(·, 0)": autograd.maximum(x, 0),
        "Σ": autograd.sum([x, y, 3.0]),
        "dot": autograd.dot([x, y], [1.0, 2.0]),
        "softmax[1]": autograd.softmax([x, y])[1],
    }
    for text, node in texts.items():
        drawing = describe(Graph(value(node)))
        assert drawing.cards[-1].operation == text
        assert len(drawing.wires) == len(value(node).parents)


def test_the_expression_names_all_operands() -> None:
    x, y = Value(0.5, "x"), Value(2.0, "y")
    graph = Graph(x * 2, autograd.sum([x, y] * 20))
    assert expression(graph.outputs[0], graph.name) == "mul(x, 2.0)"
    assert expression(graph.outputs[1], graph.name).endswith("y, … 40 operands)")
    assert expression(x, graph.name) == operation_text(x) == ""


def test_above_max_nodes_the_nearest_are_shown_and_said() -> None:
    x = Value(1.0, "x")
    node = x
    for _ in range(10):
        node = node + x
    drawing = describe(Graph(node), max_nodes=4)
    # By steps from the output: v10; v9 and x; v8.
    assert [card.name for card in drawing.cards] == ["x", "v8", "v9", "v10"]
    assert drawing.note == "4 of 11 nodes: the nearest to the output"
    assert [card.hidden_operands for card in drawing.cards] == [0, 1, 0, 0]
    assert drawing.cards[0].hidden_consumers == 8


def test_of_equally_near_nodes_the_first_in_topological_order_are_shown() -> None:
    leaves = [Value(float(i), f"x{i}") for i in range(9)]
    graph = Graph(autograd.sum(leaves))
    assert [graph.name(node) for node in nearest(graph, 4)] == ["x0", "x1", "x2", "v9"]


def test_several_outputs_are_shown_through_a_graph() -> None:
    x = Value(2.0, "x")
    drawing = describe(Graph(x * 2, x.tanh()))
    assert [drawing.cards[o].role for o in drawing.outputs] == ["output", "output"]
    assert drawing.summary.startswith("Computation graph of v1, v2: 3 nodes")


def test_a_name_that_cannot_be_seen_is_none() -> None:
    names = [c.name for c in describe(Graph(Value(1.0, "\u202e \x00") + 1)).cards]
    assert names == ["v0", "v1"]


def test_max_nodes_must_be_positive() -> None:
    with pytest.raises(ValueError, match="max_nodes must be at least 1"):
        visualize.draw(Value(1.0), max_nodes=0)


def test_a_chain_of_a_million_nodes_is_described_without_recursion() -> None:
    node = Value(0.5)
    for _ in range(1_000_000):
        node = -node
    drawing = describe(Graph(node))
    assert len(drawing.cards) == 300
    assert drawing.note == "300 of 1,000,001 nodes: the nearest to the output"
    assert drawing.cards[0].hidden_operands == 1


def test_gradients_from_before_are_named() -> None:
    a = Value(2.0, label="a")
    for _ in range(2):
        (a * a * 3.0).backward()
    c = a * 5.0
    c.backward()
    picture = visualize.draw(c)
    card = picture.drawing.cards[0]
    assert isinstance(card, Card)
    assert (card.gradient, card.earlier) == (29.0, 24.0)
    assert "24 from before" in picture.svg
