"""What a folded group says that it is: a Linear layer only where it is one."""

from __future__ import annotations

import random
from typing import Any

import pytest

import autograd
import nn
import visualize
from autograd import Value, parameter, scope


class Around(nn.Module):
    """A net of one module: it opens no scope itself, the module does."""

    def __init__(self, inner: nn.Module) -> None:
        self.inner = inner

    def forward(self, inputs: list[Any]) -> Any:
        return self.inner(inputs)


IMAGE = [[[1.0, 2.0, 0.5], [0.0, 1.5, 2.5], [3.0, 1.0, 2.0]]]
STEPS = [[0.1, 0.2], [0.3, -0.1], [0.5, 0.4]]
ROW = [0.5, -1.0, 2.0]
KINDS = [
    (nn.Conv2d(1, 2, 2, rng=0), IMAGE, {"Conv2d"}),
    (nn.RNN(2, 3, rng=0), STEPS, {"RNN"}),
    (nn.LSTM(2, 3, rng=0), STEPS, {"LSTM"}),
    (nn.GRU(2, 3, rng=0), STEPS, {"GRU"}),
    (nn.LayerNorm(3), ROW, {"LayerNorm"}),
    (nn.BatchNorm(2), STEPS, {"BatchNorm"}),
    (nn.SelfAttention(2, 1, rng=0), STEPS, {"SelfAttention", "Linear 2→2 ×3"}),
    (nn.Maxout(3, 2, 2, rng=0), ROW, {"Maxout"}),
    (nn.Layer(3, 2, "tanh", rng=0), ROW, {"Linear 3→2"}),
]


@pytest.mark.parametrize("level", ["neuron", "module"])
@pytest.mark.parametrize(
    ("module", "inputs", "kinds"), KINDS, ids=[type(m).__name__ for m, *_ in KINDS]
)
def test_a_group_says_of_what_module_it_is(
    module: nn.Module, inputs: list[Any], kinds: set[str], level: Any
) -> None:
    loss = autograd.sum(_numbers(Around(module)(_leaves(inputs))))
    cards = visualize.draw(loss, level=level).drawing.cards
    shapes = [c.operation for c in cards if c.scope.startswith("inner")]
    shapes = [shape for shape in shapes if "→" in shape]
    names = {kind.partition(" ")[0] for kind in kinds}
    assert shapes
    assert {shape.partition(" ")[0] for shape in shapes} <= names
    if level == "module":
        told = {shape.partition(" · ")[0] for shape in shapes}
        assert all(any(t.startswith(kind) for t in told) for kind in kinds)


def _leaves(item: Any) -> Any:
    return [*map(_leaves, item)] if isinstance(item, list) else Value(item)


def _numbers(item: Any) -> list[Value]:
    if isinstance(item, Value):
        return [item]
    return [value for inner in item for value in _numbers(inner)]


def _shapes(outputs: Any, level: Any) -> dict[str, str]:
    """What the cards say by the names of their scopes: "5→3" of "l0.step.0"."""
    drawing = visualize.draw(autograd.sum(_numbers(outputs)), level=level).drawing
    told = {card.scope: card.operation.partition(" · ")[0] for card in drawing.cards}
    return {scope: shape for scope, shape in told.items() if "→" in shape}


# By the definitions of the layers: a step of 2 numbers, and a state of 3 or 3 + 3.
READ: list[tuple[Any, int, Any]] = [
    (nn.RNN, 5, [[0.1, 0.0, 0.2]]),
    (nn.GRU, 5, [[0.3, 0.0, 0.1]]),
]
READ += [(nn.LSTM, 8, ([[0.1, 0.2, 0.3]], [[0.0, 0.5, 0.6]]))]


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("started", [True, False])
@pytest.mark.parametrize(("kind", "read", "state"), READ)
def test_a_step_reads_its_numbers_and_the_state_also_where_they_are_plain(
    kind: Any, read: int, state: Any, *, started: bool, known: bool
) -> None:
    steps = _leaves(STEPS) if known else STEPS
    outputs, _ = kind(2, 3, rng=0)(steps, state if started else None)
    shapes = _shapes(outputs, "neuron")
    for step in range(3):
        assert shapes[f"l0.step.{step}"].partition("→")[0].split()[-1] == f"{read}"


def test_what_weights_are_given_as_plain_numbers_is_counted() -> None:
    assert _shapes(Around(nn.LayerNorm(3))(ROW), "module") == {"inner": "LayerNorm 3→3"}
    assert _shapes(Around(nn.Maxout(3, 2, 2))(ROW), "module") == {"inner": "Maxout 3→2"}
    image = [[[0.1, 0.2, 0.3], [0.4, 0.5, 0.6], [0.7, 0.8, 0.9]]]
    for padding, outputs in ((0, 8), (1, 32)):
        conv = Around(nn.Conv2d(1, 2, 2, padding=padding))
        known = _shapes(conv(_leaves(image)), "module")
        assert known == {"inner": f"Conv2d 9→{outputs}"}
    # Windows of plain numbers overlap: how many there are, nobody can tell.
    conv = Around(nn.Conv2d(1, 2, 2))
    assert _shapes(conv(image), "module") == {"inner": "Conv2d →8"}


def test_shared_weights_are_no_linear_layer_where_nothing_is_told() -> None:
    weights = [parameter(x) for x in (0.5, -1.0)]
    xs = [Value(float(x), label=f"x{x}") for x in range(4)]
    with scope("filter.rows"):
        outputs = [autograd.dot(weights, xs[i : i + 2]) for i in range(3)]
    with scope("dense.rows"):
        own = [[parameter(0.1 * i + j) for i in range(3)] for j in range(2)]
        outputs = [autograd.dot(row, outputs) for row in own]
    drawing = visualize.draw(autograd.sum(outputs), level="module").drawing
    shapes = {card.title: card.operation for card in drawing.cards}
    assert shapes["filter.rows"] == "4→3 · dot"
    assert shapes["dense.rows"] == "Linear 3→2 · linear"


def test_a_sum_of_parameters_is_no_linear_layer() -> None:
    with scope("token"):
        rows = [[parameter(0.5 + i + j) for i in range(3)] for j in range(2)]
        sums = [x + y for x, y in zip(*rows, strict=True)]
    loss = autograd.sum([x.tanh() for x in sums])
    cards = visualize.draw(loss, level="module").drawing.cards
    (shape,) = [card.operation for card in cards if card.title == "token"]
    assert shape == "0→3 · add"


def test_a_stretch_is_called_by_its_operations_and_found_by_that_name() -> None:
    rng, values = random.Random(3), [Value(0.5 + i / 9) for i in range(6)]
    for _ in range(150):
        one, other = rng.sample(values[-12:], 2)
        made = [one + other, one * other, one - other, one.tanh(), (0.1 * one).exp()]
        values.append(rng.choice(made))
    loss = autograd.sum(values[-10:])
    drawing = visualize.draw(loss).drawing
    stretches = [card for card in drawing.cards if "nodes" in card.title]
    assert len(stretches) > 2
    for card in stretches:
        names = card.title.partition(" · ")[0].split(", ")
        assert set(names) <= autograd.OPS.keys()
        assert visualize.draw(loss, focus=card.name).drawing.note.startswith("up to")
