"""compare, snapshot and finite_differences: two passes side by side."""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings

import autograd
import nn
import visualize
from autograd import Graph, Value, parameter, tanh
from tests.determinism import outputs_over_hash_seeds
from tests.random_graphs import graphs, random_graph
from tests.test_visualize_svg import HOSTILE, assert_harmless, with_class

ROOT = Path(__file__).resolve().parent.parent
SVG = "{http://www.w3.org/2000/svg}"


def neuron(weight: float) -> tuple[Value, Value]:
    """A weight, and the loss (w * 2 - 1)^2, differentiated."""
    w = parameter(weight, "w")
    loss = (w * Value(2.0, "x") - 1) ** 2
    loss.label = "loss"
    loss.backward()
    return w, loss


def shown(svg: str) -> dict[str, list[str]]:
    """For each card its name, or operation, and the numbers printed on it."""
    cards = {}
    for card in with_class(ET.fromstring(svg), "node"):
        texts = ["".join(text.itertext()) for text in card.iter(f"{SVG}text")]
        numbers = [t for t in texts[1:] if t not in ("value", "grad")]
        cards[texts[0]] = [t for t in numbers if t not in "▲▼◆"]
    return cards


# --- an optimizer's step ---------------------------------------------------------


def test_a_step_shows_on_every_card() -> None:
    w, loss = neuron(3.0)
    before = visualize.snapshot(loss)
    w.data, w.grad = w.data - 0.1 * w.grad, 0.0  # 3 - 0.1 * 20
    after = (w * Value(2.0, "x") - 1) ** 2
    after.label = "loss"
    after.backward()
    comparison = visualize.compare(before, after)
    # (2w - 1)^2 has derivative 4 (2w - 1).
    assert shown(comparison.svg) == {
        "w": ["3", "1", "20", "4"],
        "x": ["2", "2", "30", "2"],
        "×": ["6", "2", "10", "2"],
        "−1": ["5", "1", "10", "2"],
        "lossx^2": ["25", "1", "1", "1"],
    }
    assert [pair.name for pair in comparison.changed] == ["w", "x", "v2", "v3", "loss"]
    pair = comparison.pairs[1]
    assert (pair.value_changed, pair.gradient_changed) == (False, True)
    assert comparison.summary == (
        "before and after: of 5 nodes, 4 differ in value and 4 in gradient"
    )
    rows = comparison.text.splitlines()
    assert rows[2].split() == ["w", "3", "1", "20", "4", "80", "%"]
    assert str(comparison) == comparison.text


def test_cards_that_stay_the_same_step_back() -> None:
    _, one = neuron(3.0)
    _, other = neuron(3.0)
    same = visualize.compare(one, other)
    assert not same.changed
    assert "no difference in 5 nodes" in same.text
    assert not with_class(ET.fromstring(same.svg), "same")  # all alike: none is pale
    other.grad = 1.5
    one_card = visualize.compare(one, other)
    assert [pair.name for pair in one_card.changed] == ["loss"]
    root = ET.fromstring(one_card.svg)
    assert len(with_class(root, "same")) == 4
    (mark,) = [m.text for m in with_class(root, "mark")]
    assert mark == "▲"


def test_differences_within_the_tolerance_are_none() -> None:
    _, one = neuron(3.0)
    _, other = neuron(3.0 * (1 + 1e-9))
    assert visualize.compare(one, other).changed
    close = visualize.compare(one, other, tolerance=1e-6)
    assert "no difference by more than 1e−6" in close.summary
    for wrong in (-1.0, math.nan):
        with pytest.raises(ValueError, match="tolerance must not be negative"):
            visualize.compare(one, other, tolerance=wrong)


def test_before_a_backward_pass_there_is_a_dash() -> None:
    _, one = neuron(3.0)
    w = parameter(3.0, "w")
    plain = (w * Value(2.0, "x") - 1) ** 2
    comparison = visualize.compare(plain, one)
    assert shown(comparison.svg)["w"] == ["3", "3", "—", "20"]
    assert comparison.pairs[0].gradient_changed


def test_nan_and_infinity_compare() -> None:
    def made(number: float) -> Value:
        y = Value(number, "x") * 1.0
        y.backward()
        return y

    assert not visualize.compare(made(math.nan), made(math.nan)).changed
    for number in (math.inf, 2.0):
        comparison = visualize.compare(made(math.nan), made(number))
        assert comparison.changed
        assert "∞" in comparison.text
        ET.fromstring(comparison.svg)


# --- what can't be compared -----------------------------------------------------


def test_live_values_are_refused_with_the_way_out() -> None:
    w, loss = neuron(3.0)
    again = (w * Value(2.0, "x") - 1) ** 2
    for before, after in ((loss, loss), (loss, again)):
        with pytest.raises(ValueError, match=r"very same node w.*visualize\.snapshot"):
            visualize.compare(before, after)


def test_different_structures_are_refused_and_it_says_where() -> None:
    def of(kind: int) -> Value:
        x, y = Value(1.0, "x"), Value(2.0, "y")
        return {
            0: x * y + 1,
            1: x + y + 1,
            2: y * x + x,
            3: (x * y + 1).exp(),
            4: x * x + 1,
        }[kind]

    for kind, message in (
        (1, r"first at node number 2: v2 = mul\(x, y\) in one, v2 = add\(x, y\)"),
        (2, r"first at node number 3: v3 = add\(v2, 1\.0\) in one"),
        (3, r"4 nodes in one, 5 in the other, which goes on with v4 = exp\(v3\)"),
        (4, r"first at node number 1: the input y in one, v1 = mul\(x, x\)"),
    ):
        with pytest.raises(ValueError, match=message):
            visualize.compare(of(0), of(kind))
    graph = Graph(of(0))
    inner, outer = graph.nodes[2:]
    with pytest.raises(ValueError, match="differ in structure: the outputs are"):
        visualize.compare(Graph(outer, inner), Graph(of(0)))
    with pytest.raises(TypeError, match="can show a Value or a Graph, not float"):
        visualize.compare(1.0, of(0))  # type: ignore[arg-type]


# --- snapshots and differences --------------------------------------------------


def test_a_snapshot_stays_as_it_was() -> None:
    w, loss = neuron(3.0)
    before = visualize.snapshot(loss)
    w.data = 7.0
    loss.zero_grad()
    assert [(node.data, node.grad) for node in before] == [
        *((3.0, 20.0), (2.0, 30.0), (6.0, 10.0), (5.0, 10.0), (25.0, 1.0))
    ]
    assert [before.name(node) for node in before] == ["w", "x", "v2", "v3", "loss"]
    assert before.nodes[0].role == "parameter"
    read = Graph.from_json(before.to_json())
    assert not visualize.compare(before, read).changed


@pytest.mark.parametrize("seed", range(12))
def test_finite_differences_agree_with_the_chain_rule(seed: int) -> None:
    _, output = random_graph(seed, 25)
    output.backward()
    numeric = visualize.finite_differences(output)
    scale = max(abs(node.grad) for node in numeric)
    for node, other in zip(Graph(output), numeric, strict=True):
        assert other.grad == pytest.approx(node.grad, rel=1e-6, abs=1e-8 * scale)


def test_finite_differences_find_a_wrong_rule() -> None:
    wrong = autograd.Op(
        "cube",
        lambda _, x: x * x * x,
        lambda _, _out, x: (2 * x * x,),
    )
    x = Value(2.0, "x")
    y = autograd.exp(-wrong(x))
    y.backward()
    numeric = visualize.finite_differences(y)
    comparison = visualize.compare(
        y, numeric, titles=("autograd", "differences"), tolerance=1e-6
    )
    assert [pair.name for pair in comparison.changed] == ["x"]
    old, new = comparison.changed[0].gradients
    assert new == pytest.approx(-12 * math.exp(-8), rel=1e-8)
    assert old == pytest.approx(-8 * math.exp(-8))
    assert x.grad == old  # the graph itself is not touched


def test_finite_differences_at_edges() -> None:
    small = Value(1e-9)
    y = autograd.log(small)
    assert visualize.finite_differences(y).nodes[0].grad == pytest.approx(1e9, rel=1e-6)
    kink = autograd.relu(Value(0.0))
    assert visualize.finite_differences(kink).nodes[0].grad == pytest.approx(0.5)
    x = Value(2.0, "x")
    twice = x * x
    with pytest.raises(ValueError, match="the differences of one output"):
        visualize.finite_differences(Graph(twice, x + 1))
    x.data = 3.0
    with pytest.raises(ValueError, match="a leaf has changed since v1"):
        visualize.finite_differences(twice)


# --- how it is written down -----------------------------------------------------


@pytest.mark.parametrize("label", HOSTILE)
def test_labels_and_titles_are_data(label: str) -> None:
    def made() -> Value:
        x, y = Value(2.0, label), parameter(3.0, label)
        z = x * y + 1
        z.label = label
        z.backward()
        return z

    comparison = visualize.compare(made(), made(), titles=(label, label))
    assert_harmless(comparison.svg)
    assert "<script" not in comparison.html
    comparison.text.encode()


def test_it_saves_and_shows_like_a_picture(tmp_path: Path) -> None:
    _, one = neuron(3.0)
    _, other = neuron(2.0)
    comparison = visualize.compare(one, other)
    for suffix, start in (("svg", "<svg "), ("html", "<!DOCTYPE"), ("txt", "before")):
        path = comparison.save(tmp_path / f"step.{suffix}")
        assert path.read_text(encoding="utf-8").startswith(start)
    with pytest.raises(ValueError, match=r"known: \.svg"):
        comparison.save(tmp_path / "step.jpg")
    bundle = comparison._repr_mimebundle_()
    assert list(bundle) == ["text/html", "image/svg+xml", "text/plain"]
    assert bundle["text/html"].startswith('<img src="data:image/svg+xml;base64,')
    assert list(comparison._repr_mimebundle_(include=["text/plain"])) == ["text/plain"]
    assert repr(comparison).startswith("<Comparison: before and after: of 5 nodes")
    for theme in ("light", "dark"):
        svg = visualize.compare(one, other, theme=theme).svg
        assert "prefers-color-scheme" not in svg
    with pytest.raises(ValueError, match="unknown theme"):
        visualize.compare(one, other, theme="pink")  # type: ignore[arg-type]


def test_a_large_graph_is_folded_and_all_nodes_are_told() -> None:
    def chain(start: float) -> Value:
        x = Value(start, "x")
        y = x
        for _ in range(3000):
            y = y * 1.0001
        y.backward()
        return y

    comparison = visualize.compare(chain(1.0), chain(2.0), max_nodes=20)
    root = ET.fromstring(comparison.svg)
    assert len(with_class(root, "node")) <= 20
    assert "3,001 nodes in" in "".join(root.itertext())
    assert len(comparison.changed) == 3001
    assert "the 200 that differ most of 3,001" in comparison.text


def test_groups_show_norms_and_how_many_nodes_differ() -> None:
    model = nn.MLP(2, [8, 8, 1], activation="tanh", rng=1)
    rows = [[0.1 * n, 1.0 - 0.2 * n] for n in range(9)]

    def loss() -> Value:
        model.zero_grad()
        found: Value = nn.losses.mean_squared_error(
            [model(row) for row in rows], [1.0] * 9
        )
        found.backward()
        return found

    def norm(layer: int) -> float:
        return math.sqrt(
            sum(
                value.grad**2
                for name, value in model.named_parameters()
                if name.startswith(f"layers.{layer}.")
            )
        )

    before = visualize.snapshot(loss())
    old = norm(0)
    model.layers[2].weight[0][3].data += 0.5
    comparison = visualize.compare(before, loss(), max_nodes=6)
    (first,) = [pair for pair in comparison.plan.pairs if pair.name == "layers.0"]
    assert first.gradients == pytest.approx((old, norm(0)))
    # The layer before the weight keeps its values; all its gradients differ.
    assert first.differing == first.nodes == 8 * 3 + 9 * 2 * 8
    card = shown(comparison.svg)["layers.0×9 samples"]
    assert f"{first.differing} of {first.nodes} nodes" in card


def test_a_network_and_its_next_step() -> None:
    model = nn.MLP(2, [3, 1], activation="tanh", rng=1)
    optimizer = nn.SGD(model.parameters(), lr=0.1)

    def loss() -> Value:
        model.zero_grad()
        found: Value = (model([1.0, -2.0]) - 1) ** 2
        found.backward()
        return found

    first = loss()
    before = visualize.snapshot(first)
    optimizer.step()
    comparison = visualize.compare(before, loss())
    moved = {p.name: p.values for p in comparison.pairs if p.role == "parameter"}
    assert len(moved) == len(model.parameters())
    for node in before:
        if node.role == "parameter":
            old, new = moved[before.name(node)]
            assert old is not None
            assert new == pytest.approx(old - 0.1 * node.grad)


SCRIPT = """
import visualize
from autograd import Value
def made(start):
    x = Value(start, "x"); y = x * x + x; y.backward(); return y
print(visualize.compare(made(2.0), made(3.0)).svg)
print(visualize.spy(made(2.0)).svg)
"""


def test_the_same_bytes_whatever_the_hash_seed() -> None:
    found = outputs_over_hash_seeds(SCRIPT, seeds=("0", "1", "2"))
    assert len(found) == 1


@pytest.mark.parametrize("seed", range(20, 30))
def test_every_random_graph_compares_with_itself(seed: int) -> None:
    _, output = random_graph(seed, 50)
    output.backward()
    comparison = visualize.compare(visualize.snapshot(output), output)
    assert not comparison.changed
    cards = with_class(ET.fromstring(comparison.svg), "node")
    assert 0 < len(cards) <= len(comparison.pairs) == len(Graph(output))


@settings(max_examples=40, deadline=None)
@given(graph=graphs())
def test_a_right_gradient_is_no_difference_and_a_wrong_one_is(graph: Any) -> None:
    _, output = graph
    output.backward()
    measured = visualize.finite_differences(output)
    found = visualize.compare(visualize.snapshot(output), measured)
    assert "no difference" in found.summary
    assert found.changed == ()
    wrong = visualize.snapshot(output)
    node = max(wrong.nodes[:-1], key=lambda n: abs(n.grad))
    node.grad *= 1 + 1e-3
    changed = visualize.compare(wrong, measured).changed
    is_zero = abs(node.grad) < 1e-12  # but for rounding: a share of it is not seen
    assert [pair.index for pair in changed] == [wrong.index(node)] or is_zero


@pytest.mark.parametrize("seed", range(60))
def test_differences_know_their_doubt_where_large_numbers_cancel(seed: int) -> None:
    rng = random.Random(seed)
    x = Value(rng.uniform(0.2, 3.0))
    moved = rng.uniform(0.1, 2.0) * x
    large = (tanh(moved) if seed % 2 else moved) + 10 ** rng.uniform(0.0, 6.0)
    output = large - large.data
    output.backward()
    measured = visualize.finite_differences(output)
    assert visualize.compare(visualize.snapshot(output), measured).changed == ()
    assert max(measured.doubts.values()) < 1e-3  # of slopes of about 1
