"""Numbers that do not belong together: leaves changed since, and where NaN starts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
import nn
import visualize
from autograd import Value
from tests.random_graphs import graphs


def _net(level: str = "value", inputs: list[Any] | None = None) -> tuple[nn.MLP, Value]:
    net = nn.MLP(2, [3, 1], activation="tanh", rng=0)
    x = inputs or [Value(0.5, label="a"), Value(-1.0, label="b")]
    y = net(x)
    y.backward()
    return net, y


def test_after_an_optimizers_step_the_recorded_numbers_are_drawn() -> None:
    net, y = _net()
    before = visualize.draw(y)
    assert "changed" not in before.svg + before.text
    nn.SGD(net.parameters(), lr=0.1).step()
    after = visualize.draw(y)
    for text in (after.svg, after.text, after.dot.source):
        assert "changed" in text
    pairs = zip(before.drawing.cards, after.drawing.cards, strict=True)
    for old, new in pairs:
        assert new.name == old.name
        assert new.value == pytest.approx(old.value, rel=1e-12, abs=1e-15)
    now = sum(p.data != o.data for p, o in zip(net.parameters(), _fresh(), strict=True))
    marked = [c for c in after.drawing.cards if any("changed" in m for m in c.marks)]
    assert len(marked) == now


def _fresh() -> list[Value]:
    return nn.MLP(2, [3, 1], activation="tanh", rng=0).parameters()


@pytest.mark.parametrize("level", ["auto", "value", "neuron", "module"])
def test_what_cannot_be_told_is_marked_and_every_level_says_so(level: Any) -> None:
    net, y = _net(inputs=[0.5, -1.0])
    nn.SGD(net.parameters(), lr=0.1).step()
    picture = visualize.draw(y, level=level)
    assert "changed after this was computed" in picture.text
    assert "changed since" in picture.svg


@settings(max_examples=80, deadline=None)
@given(graph=graphs(), place=st.integers(0, 20), by=st.sampled_from([0.3, -0.7]))
def test_any_lone_change_is_noticed_and_undone(
    graph: Any, place: int, by: float
) -> None:
    leaves, output = graph
    leaf = leaves[place % len(leaves)]
    if leaf not in autograd.Graph(output):
        return
    nodes = autograd.Graph(output).nodes
    readers = [n for n in nodes for p in n.parents if p is leaf]
    before = visualize.draw(output, level="value").drawing
    assert not before.warning
    was = leaf.data
    leaf.data = was + by
    kept = [
        n.op is not None
        and n.op(*(o.data if isinstance(o, Value) else o for o in n.operands)) == n.data
        for n in readers
    ]
    after = visualize.draw(output, level="value").drawing
    if not all(kept):
        assert "changed" in after.note
    for old, new in zip(before.cards, after.cards, strict=True):
        if not any(mark == "changed since" for mark in new.marks):
            assert old.value is not None
            assert new.value == pytest.approx(old.value, rel=1e-6, abs=1e-9) or (
                all(kept) and new.value == leaf.data
            )


@pytest.mark.parametrize("f", [autograd.sin, autograd.tan, lambda x: x % 3.0])
def test_what_a_periodic_function_was_given_is_not_guessed(f: Any) -> None:
    x = Value(-1.654, label="x")
    y = f(x)
    x.data = -2.354
    card, _ = visualize.draw(y, level="value").drawing.cards
    assert card.marks == ("changed since",)
    assert card.value == x.data


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize("turn", [1, 20, 39])
@pytest.mark.parametrize("given", [Value, float])
def test_a_change_among_many_samples_is_noticed(
    given: Any, place: int, turn: int
) -> None:
    neuron = nn.Neuron(2, "tanh", rng=0)
    made = []
    for sample in range(40):
        if sample == turn:  # those before were made with another weight, or bias
            neuron.parameters()[place].data += 1e-6
        made.append(neuron([given(0.1 + sample), given(0.5)]))
    y = autograd.mean(made)
    assert "changed" in visualize.draw(y).text
    after = autograd.mean([neuron([given(0.1 + n), given(0.5)]) for n in range(40)])
    assert "changed" not in visualize.draw(after).text
    neuron.parameters()[place].data += 1e-6
    assert "changed" in visualize.draw(after).text


def test_a_factor_of_zero_shows_what_was_recorded() -> None:
    w, x = Value(3.0, label="w"), Value(0.0, label="x")
    y = w * x
    y.backward()
    w.data = 5.0  # the product is 0 all the same
    card = visualize.draw(y).drawing.cards[0]
    assert (card.name, card.value) == ("w", 3.0)
    assert "changed" in visualize.draw(y).text


@pytest.mark.parametrize(
    ("make", "words", "where"),
    [
        (lambda x: (x.log() + x).exp(), "NaN starts here", "log"),
        (lambda x: (x * 1e200 * 1e200) * 2 - 1, "inf starts here", "×1e200"),
        (lambda x: (x * 1e307 * 20) - (x * 1e307 * 20), "inf starts here", "×20"),
        (lambda x: x * float("nan") + 1, "NaN starts here", "×NaN"),
    ],
)
def test_only_the_card_that_makes_nan_or_infinity_says_so(
    make: Any, words: str, where: str
) -> None:
    picture = visualize.draw(make(Value(-2.0, label="x")))
    marked = [card for card in picture.drawing.cards if card.marks]
    assert [card.marks for card in marked] == [(words,)]
    assert marked[0].operation == where
    for text in (picture.svg, picture.text):
        assert text.count(">" + words if text == picture.svg else words) == 1
    assert 'class="invalid-band" d=' in picture.svg


def test_a_folded_group_says_that_nan_starts_in_it() -> None:
    with autograd.scope("safe"):
        x = Value(-2.0, label="x")
        y = x * 2 + 1
    with autograd.scope("broken"):
        z = y.log() * 3
    with autograd.scope("after"):
        end = z.exp() + 1
    end.backward()
    picture = visualize.draw(end, level="module")
    marked = {card.name: card.marks for card in picture.drawing.cards if card.marks}
    assert marked == {"broken": ("NaN starts here",)}


def test_a_leaf_that_is_nan_is_where_it_starts() -> None:
    picture = visualize.draw(Value(float("nan"), label="x") * 2)
    assert [c.marks for c in picture.drawing.cards] == [("NaN starts here",), ()]


def test_a_change_that_the_result_does_not_tell_is_told_by_the_slopes() -> None:
    x, z = Value(1.185, label="x"), Value(0.35, label="z")
    y = autograd.atan2(x, x) + autograd.cosh(z)
    x.data, z.data = 1.485, -0.35
    drawing = visualize.draw(y, level="value").drawing
    assert "2 leaves were changed" in drawing.warning
    cards = {card.name: card for card in drawing.cards}
    assert cards["x"].marks == ("changed since",)  # any x gives pi / 4
    assert cards["z"].value == pytest.approx(0.35)
