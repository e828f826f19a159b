"""`dot_with`: many nodes share their lists of parents, and nobody can tell."""

import math
import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import autograd
from autograd import (
    Graph,
    Parameters,
    Value,
    dot,
    dot_with,
    no_grad,
    parameter,
    sweep,
)

numbers = st.floats(-1e3, 1e3)
operands = numbers.map(Value) | numbers | st.sampled_from([2, True, np.float64(0.5)])
Row = tuple[Any, ...]


@st.composite
def lists(draw: st.DrawFn) -> tuple[list[Any], list[Row], bool]:
    """Inputs, rows of as many weights, and whether a bias follows them."""
    inputs, bias = draw(st.lists(operands, min_size=1, max_size=4)), draw(st.booleans())
    n = len(inputs) + bias
    row = st.lists(operands, min_size=n, max_size=n).map(tuple)
    return inputs, draw(st.lists(row, min_size=1, max_size=3)), bias


def number(x: Any) -> float:
    return x.data if isinstance(x, Value) else float(x)


@given(lists())
def test_what_it_records_is_what_dot_records(
    case: tuple[list[Any], list[Row], bool],
) -> None:
    inputs, rows, bias = case
    weighted = dot_with(inputs, bias)
    for row in rows:
        node = weighted(row)
        pairs = zip(map(number, row), [*map(number, inputs), 1.0], strict=False)
        products = [w * x for w, x in pairs]
        exact = float(sum(map(Fraction, products)))
        assert number(node) == exact
        plain = dot(row[: len(inputs)], inputs, *row[len(inputs) :])
        assert type(node) is type(plain)
        if isinstance(node, Value):
            assert node.op is plain.op
            assert [*map(id, node.parents)] == [*map(id, plain.parents)]
            assert node.local_derivatives == plain.local_derivatives
            assert [*map(number, node.operands)] == [*map(number, plain.operands)]


def layers(seed: int) -> tuple[list[Value], list[Value]]:
    """A net in which anything may be a weight, an input or a bias of anything later."""
    rng = random.Random(seed)
    leaves = [parameter(rng.uniform(-1.0, 1.0)) for _ in range(12)]
    known = [*leaves]
    shared = [tuple(rng.choices(known, k=rng.choice((2, 3)))) for _ in range(2)]
    for _ in range(5):
        inputs = rng.choice(shared)
        for bias in (True, False):
            rows = [row for row in shared if len(row) == len(inputs) + bias]
            if rows:
                known.append(dot_with(inputs, bias)(rng.choice(rows)))
        known.append(rng.choice(known) * rng.choice(known[-3:]))
        known.append(autograd.sum(rng.choices(known, k=3)))
        shared.append(tuple(rng.choices(known[-5:], k=rng.choice((2, 3)))))
    made = known[len(leaves) :]
    return leaves, rng.sample(made, len(made))


def recursive_order(output: Value) -> list[Value]:
    order: list[Value] = []
    met: set[Value] = set()

    def visit(node: Value) -> None:
        if node not in met:
            met.add(node)
            for parent in node.parents:
                visit(parent)
            order.append(node)

    visit(output)
    return order


@pytest.mark.parametrize("seed", range(40))
def test_a_sweep_over_shared_lists_is_the_textbooks(seed: int) -> None:
    leaves, known = layers(seed)
    output = autograd.sum(known)
    order = recursive_order(output)
    interior = [node for node in order if node.parents]
    walked = [node for node in Graph(output).nodes if node.parents]
    assert [*map(id, walked)] == [*map(id, interior)]
    adjoints = dict.fromkeys(order, Fraction(0))
    adjoints[output] = Fraction(1)
    for node in reversed(order):
        edges = zip(node.parents, node.local_derivatives, strict=True)
        for parent, weight in edges:
            adjoints[parent] += adjoints[node] * Fraction(weight)
    gradients = []
    for backward in (Value.backward, sweep.backpropagate):  # the quick one, the plain
        for few in (leaves[:5], leaves[5:]):  # their gradients are in two vectors
            Parameters(few).zero_grad()
        backward(output)
        gradients.append([node.grad for node in order])
        for node in order:
            true = float(adjoints[node])
            assert node.grad == pytest.approx(true, rel=1e-12, abs=1e-12)
    assert gradients[0] == gradients[1]  # as both add in the same order


def test_the_lists_are_as_they_were_when_it_was_called() -> None:
    inputs, row = [Value(2.0), Value(3.0)], [Value(5.0), Value(7.0)]
    before = [*inputs, *row]
    weighted = dot_with(inputs)
    node = weighted(row)
    inputs[0] = row[1] = Value(100.0)
    assert node.parents == (before[2], before[3], before[0], before[1])
    assert weighted([Value(1.0), Value(1.0)]).data == 5.0


def test_a_gradient_that_is_kept_elsewhere_is_found() -> None:
    inputs = (parameter(2.0), Value(3.0))
    row = (Value(5.0), parameter(7.0), parameter(11.0))
    for times in (1.0, 2.0):  # parameters have had no gradient at first
        dot_with(inputs, bias=True)(row).backward()
        assert [x.grad for x in (*row, *inputs)] == [
            times * x for x in (2.0, 3.0, 1.0, 5.0, 7.0)
        ]


@pytest.mark.parametrize("factor", [0.0, math.inf, math.nan])
def test_nothing_flows_over_a_weight_of_0_and_what_is_infinite_arrives(
    factor: float,
) -> None:
    inputs, row = (Value(0.0), Value(2.0)), (parameter(3.0), Value(0.0), Value(1.0))
    (dot_with(inputs, bias=True)(row) * factor).backward()
    slopes = (0.0, 2.0, 1.0)
    expected = [0.0 if 0.0 in (slope, factor) else slope * factor for slope in slopes]
    assert np.array_equal([x.grad for x in row], expected, equal_nan=True)


def test_under_no_grad_it_gives_a_leaf() -> None:
    with no_grad():
        node = dot_with((Value(2.0),))((Value(3.0),))
    assert (node.data, node.parents, node.operands, node.op) == (6.0, (), (), None)


def test_other_lengths_are_refused() -> None:
    weighted = dot_with([Value(1.0), Value(2.0)])
    with pytest.raises(ValueError, match="1 weights and 2 inputs"):
        weighted([Value(1.0)])
    with pytest.raises(ValueError, match="3 weights and 2 inputs"):
        weighted([Value(1.0)] * 3)
    with pytest.raises(ValueError, match="1 weights and 2 inputs"):
        dot_with([Value(1.0), Value(2.0)], bias=True)([Value(1.0)] * 2)
