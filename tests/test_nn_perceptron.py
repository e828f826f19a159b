"""The perceptron: a threshold, a rule that moves on mistakes, and a bound on these."""

import itertools
import math
import random
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value
from tests.nets import agrees_with_its_program

GATES = {
    "and": (0, 0, 0, 1),
    "or": (0, 1, 1, 1),
    "nand": (1, 1, 1, 0),
    "second input": (0, 1, 0, 1),
}
CORNERS = [*itertools.product((0.0, 1.0), repeat=2)]


def epochs(unit: nn.Perceptron, inputs: Any, targets: Any, most: int) -> list[int]:
    """The count of mistakes in each pass over the data, until there are none."""
    counts: list[int] = []
    while len(counts) < most and (not counts or counts[-1]):
        pairs = zip(inputs, targets, strict=True)
        counts.append(sum([unit.learn(x, target) for x, target in pairs]))
    return counts


def test_the_threshold_is_the_weight_of_a_constant_input() -> None:
    unit = nn.Perceptron(2)
    assert [name for name, _ in unit.named_parameters()] == [
        f"weight.{i}" for i in range(3)
    ]
    theta = 1.5
    unit.load_state_dict({"weight": [-theta, 1.0, 1.0]})
    assert [unit(x).data for x in CORNERS] == [0.0, 0.0, 0.0, 1.0]
    assert unit([0.5, 1.0]).data == 0.0  # at the threshold
    assert repr(unit) == "Perceptron(2 -> 1 step)"
    agrees_with_its_program(unit, [1.0, 1.0])


@pytest.mark.parametrize("targets", GATES.values(), ids=GATES)
def test_what_can_be_separated_is_learned(targets: tuple[int, ...]) -> None:
    unit = nn.Perceptron(2)
    counts = epochs(unit, CORNERS, targets, 100)
    assert counts[-1] == 0
    assert tuple(unit(x).data for x in CORNERS) == targets


def test_xor_is_never_learned() -> None:
    counts = epochs(nn.Perceptron(2), CORNERS, (0, 1, 1, 0), 200)
    assert len(counts) == 200
    assert min(counts) >= 1


def test_only_a_mistake_moves_the_weights() -> None:
    unit = nn.Perceptron(2)
    assert unit.learn([2.0, -3.0], 0) is False
    assert [w.data for w in unit.weight] == [0.0, 0.0, 0.0]
    assert unit.learn([2.0, -3.0], 1) is True
    assert [w.data for w in unit.weight] == [1.0, 2.0, -3.0]
    assert unit.learn(np.array([2.0, -3.0]), np.int64(1)) is False
    assert unit.learn([2.0, -3.0], False) is True
    assert [w.data for w in unit.weight] == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("seed", range(5))
def test_mistakes_stay_below_novikoffs_bound(seed: int) -> None:
    rng = np.random.default_rng(seed)
    teacher = nn.Perceptron(3, rng=seed)
    w = np.array([p.data for p in teacher.weight])
    points = rng.normal(size=(60, 3))
    scores = w[0] + points @ w[1:]
    points, scores = points[abs(scores) > 0.1], scores[abs(scores) > 0.1]
    targets = (scores > 0).astype(int)
    unit = nn.Perceptron(3)
    counts = epochs(unit, points, targets, 10_000)
    assert counts[-1] == 0
    longest = max(math.hypot(1.0, *x) for x in points)
    nearest = min(abs(scores)) / np.linalg.norm(w)
    bound = teacher.mistake_bound(points, targets)
    assert bound == pytest.approx((longest / nearest) ** 2, rel=1e-12)
    assert 0 < sum(counts) <= bound
    assert sum(counts) <= unit.mistake_bound(points, targets)


def test_the_bound_is_reached() -> None:
    # Examples at right angles, each a mistake once: R = margin * sqrt(2) here.
    unit = nn.Perceptron(1)
    unit.load_state_dict({"weight": [0.0, 1.0]})
    assert unit.mistake_bound([[1.0], [-1.0]], [1, 0]) == pytest.approx(2.0)
    learner = nn.Perceptron(1)
    assert sum(epochs(learner, [[1.0], [-1.0]], [1, 0], 9)) <= 2
    assert unit.mistake_bound([[0.0], [0.0]], [1, 0]) == math.inf


def test_a_bound_needs_weights_that_separate() -> None:
    unit = nn.Perceptron(1)
    unit.load_state_dict({"weight": [0.0, 1.0]})
    with pytest.raises(ValueError, match="do not separate the examples: number 1"):
        unit.mistake_bound([[1.0], [-2.0]], [1, 1])
    with pytest.raises(ValueError, match="at least one example"):
        unit.mistake_bound([], [])


def test_weights_start_at_0_or_are_drawn() -> None:
    assert [w.data for w in nn.Perceptron(2).weight] == [0.0] * 3
    draw = random.Random(3)
    expected = [draw.uniform(-1, 1) for _ in range(3)]
    assert [w.data for w in nn.Perceptron(2, rng=3).weight] == expected


@pytest.mark.parametrize(
    ("inputs", "target", "text"),
    [
        ([1.0, 2.0], -1, "a target of .* is 0 or 1, got -1"),
        ([1.0, 2.0], 0.5, "is 0 or 1, got 0.5"),
        ([1.0, 2.0], "1", "is 0 or 1, got '1'"),
        ([1.0, 2.0], None, "is 0 or 1, got None"),
        ([1.0], 1, r"Perceptron\(2 -> 1 step\) expects numbers in the shape \[2\]"),
        ([1.0, math.nan], 1, "learns from finite numbers"),
        ([1.0, math.inf], 1, "learns from finite numbers"),
        ([1.0, "2"], 1, "expects numbers in lists, got str"),
        ([[1.0, 2.0]], 1, r"got the shape \[1\]\[2\]"),
    ],
)
def test_what_it_can_not_learn_from(inputs: Any, target: Any, text: str) -> None:
    unit = nn.Perceptron(2)
    with pytest.raises((TypeError, ValueError), match=text):
        unit.learn(inputs, target)
    assert [w.data for w in unit.weight] == [0.0] * 3


def test_a_step_is_flat() -> None:
    unit, x = nn.Perceptron(1, rng=0), Value(0.5)
    unit([x]).backward()
    assert x.grad == 0.0


def test_an_example_in_the_plane_does_not_make_the_bound_infinite() -> None:
    """OR, learned until no mistake is left, has [0, 0] in the plane itself."""
    inputs, targets = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 1]
    unit = nn.Perceptron(2)
    mistakes = 0
    for _ in range(20):
        mistakes += sum(map(unit.learn, inputs, targets))
    weights = [w.data for w in unit.weight]
    assert weights[0] == 0.0  # so the first one lies in the plane
    bound = unit.mistake_bound(inputs, targets)
    assert mistakes <= bound < 100.0
    assert [w.data for w in unit.weight] == weights
