"""The exercise checker: right answers are taken, wrong ones are told by their slip."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest

from autograd import Graph, Value, exp, sigmoid, sin, tanh
from gradtrace import exercise

Change = Callable[[Value, int, float], float]


def backward(output: Value, change: Change, *, overwrite: bool = False) -> Slopes:
    """The backward pass as a learner writes it, with a slip in it."""
    slopes = {output: 1.0}
    for node in Graph(output).nodes[::-1]:
        for position, parent in enumerate(node.parents):
            slope = change(node, position, node.local_derivatives[position])
            passed = slopes.get(node, 0.0) * slope
            before = 0.0 if overwrite else slopes.get(parent, 0.0)
            slopes[parent] = before + passed
    return slopes


Slopes = dict[Value, float]


def random_graph(chance: random.Random) -> tuple[Value, list[Value]]:
    """Some ten operations on three leaves; many are used more than once."""
    leaves = [Value(round(chance.uniform(-2, 2), 1) or 0.7) for _ in range(3)]
    values = [*leaves]
    for _ in range(chance.randint(4, 9)):
        x, y = chance.sample(values[-4:], 2)
        make = (
            lambda x=x, y=y: x * y,
            lambda x=x, y=y: x + y,
            lambda x=x, y=y: x - y,
            lambda x=x: tanh(x),
            lambda x=x: sin(x),
            lambda x=x: sigmoid(x),
            lambda x=x: x**2,
        )
        values.append(chance.choice(make)())
    return values[-1], leaves


def changed_at(node: Value, position: int, slope: float) -> Change:
    def change(at: Value, place: int, given: float) -> float:
        return slope if at is node and place == position else given

    return change


def as_it_is(_node: Value, _position: int, slope: float) -> float:
    return slope


def one_slip(chance: random.Random, output: Value, kind: str) -> Slopes:
    """The gradients with one slip of a kind."""
    if kind == "= for +=":
        return backward(output, as_it_is, overwrite=True)
    edge = chance.choice(Graph(output).edges)
    slope = edge.local_derivative
    number = {
        "a factor left out": 1.0,
        "value for derivative": edge.child.data,
        "a sign": -slope,
        "a path left out": 0.0,
    }[kind]
    return backward(output, changed_at(edge.child, edge.position, number))


KINDS = "= for +=|a factor left out|value for derivative|a sign|a path left out"


@pytest.mark.parametrize("kind", KINDS.split("|"))
def test_slips_on_random_graphs_are_named(kind: str) -> None:
    chance = random.Random(kind)
    named = tried = 0
    while tried < 100:
        output, leaves = random_graph(chance)
        right = backward(output, as_it_is)
        wrong = one_slip(chance, output, kind)
        leaf = chance.choice(leaves)
        if leaf not in right:
            continue
        if math.isclose(right[leaf], wrong[leaf], rel_tol=0.01, abs_tol=1e-3):
            continue  # it makes no difference there
        tried += 1
        (answer,) = exercise.check(output, {leaf: wrong[leaf]}).answers
        assert not answer.right
        named += kind in {slip.kind for slip in answer.slips}
    assert named >= 90


@pytest.mark.parametrize("digits", [2, 3, 4, 6, 17])
def test_right_answers_are_not_refused_however_they_are_rounded(digits: int) -> None:
    chance = random.Random(digits)
    for _ in range(200):
        output, leaves = random_graph(chance)
        right = backward(output, as_it_is)
        for x in leaves:
            if x in right:
                rounded = float(f"{right[x]:.{digits}g}")
                assert exercise.check(output, {x: rounded}), (right[x], rounded)


def neuron() -> tuple[Value, Value, Value]:
    x, w = Value(2.0, label="x"), Value(-0.25, label="w")
    return tanh(x * w), x, w


def slip_of(output: Value, leaf: Value, number: float) -> str:
    (answer,) = exercise.check(output, {leaf: number}).answers
    return answer.slips[0].kind if answer.slips else ""


def test_the_derivative_at_the_input_is_told_from_that_at_the_output() -> None:
    y, _, w = neuron()
    assert slip_of(y, w, (1 - 0.5**2) * 2.0) == "at the input"  # 1 - s*s, not 1 - y*y
    x = Value(0.3, label="x")
    assert slip_of(sigmoid(x), x, 0.3 * 0.7) == "at the input"
    assert slip_of(sin(x) * 1.0, x, math.cos(math.sin(0.3))) == "at the output"
    s = x * 3.0
    assert slip_of(exp(s), x, 3 * 0.9) == "at the input"


def test_a_reused_node_that_is_overwritten_is_named() -> None:
    x = Value(3.0, label="x")
    assert slip_of(x + x, x, 1.0) in ("a path left out", "= for +=")
    both = exercise.check(x + x, {x: 1.0}).answers[0].slips
    assert "= for +=" in {slip.kind for slip in both}


def test_a_slip_that_was_rounded_on_the_way_is_named_too() -> None:
    x = Value(2.0, label="x")
    y = tanh(x * 0.4)
    slope = 1 - math.tanh(0.8) ** 2
    assert slip_of(y * x, x, round(slope, 2) * 0.4 * 2.0) == "a path left out"


def test_a_power_without_its_exponent() -> None:
    x = Value(1.7, label="x")
    assert slip_of(x**3, x, 1.7**2) == "the exponent"
    assert slip_of(x**3, x, 3 * 1.7**3) == "the exponent"


def test_the_text_says_right_or_wrong_and_gives_no_answer_away() -> None:
    y, x, w = neuron()
    checked = exercise.check(y, {x: -0.19661193324, "w": 2.0})
    assert not checked
    assert [answer.right for answer in checked.answers] == [True, False]
    right, wrong = str(checked).split("\n")[:2]
    assert right.endswith("/dx: right.")
    assert "/dw: 2 is what comes out if" in wrong
    assert "1.57" not in repr(checked)
    assert "tanh" in checked.picture().svg
    assert exercise.check(y, {w: 123.0}).answers[0].slips == ()
    assert "usual slips" in str(exercise.check(y, {w: 123.0}))
    assert x.grad == 0.0  # nothing is written into the graph


def test_what_is_no_answer_is_refused() -> None:
    y, x, _ = neuron()
    with pytest.raises(TypeError, match="an answer is a number, got str"):
        exercise.check(y, {x: "two"})  # type: ignore[dict-item]
    with pytest.raises(KeyError, match="no Value is called 'z': there are"):
        exercise.check(y, {"z": 1.0})
    with pytest.raises(TypeError, match="a Value first, got float"):
        exercise.check(1.0, {x: 1.0})  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="answers as a dict"):
        exercise.check(y, 3.0)  # type: ignore[arg-type]
    assert exercise.check(y, {Value(1.0): 0.0})  # it does not depend on that one
