"""Functions of lists give what their rows do, whatever the length of the list."""

import math
import random
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import OPS, Parameters, Value, dot_with, parameter
from autograd.fast.lists import WRITTEN_OUT

LENGTHS = [1, 2, 3, WRITTEN_OUT - 1, WRITTEN_OUT, WRITTEN_OUT + 1]
NAMES = ["sum", "mean", "max", "min", "logsumexp"]


def leaves(length: int, seed: int = 0) -> list[Value]:
    rng = random.Random(seed)
    return [parameter(rng.uniform(-1.0, 1.0)) for _ in range(length)]


def assert_same(node: Value, plain: Value) -> None:
    """Two nodes of one row and the same parents, and what flows back to these."""
    assert (node.op, node.data) == (plain.op, plain.data)
    assert [*map(id, node.parents)] == [*map(id, plain.parents)]
    assert node.local_derivatives == plain.local_derivatives
    gradients = []
    for each in (node, plain):
        Parameters(dict.fromkeys(node.parents)).zero_grad()
        each.backward()
        gradients.append([x.grad for x in node.parents])
    assert gradients[0] == gradients[1] == [*node.local_derivatives]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("length", LENGTHS)
def test_a_function_of_a_list_is_its_row(name: str, length: int) -> None:
    values = leaves(length)
    for numbers in ([x.data for x in values], [0.0] * length):  # a tie of all
        Parameters(values).write(numbers)
        assert_same(getattr(autograd, name)(values), OPS[name](*values))


@pytest.mark.parametrize("length", LENGTHS)
def test_a_dot_is_its_row(length: int) -> None:
    row, inputs, more = leaves(length, 1), leaves(length, 2), leaves(1, 3)
    for bias in ([], more):
        plain = OPS["dot"](*row, *inputs, *bias)
        assert_same(autograd.dot(row, inputs, *bias), plain)
        assert_same(dot_with(inputs, bool(bias))((*row, *bias)), plain)


@pytest.mark.parametrize(
    "numbers",
    [
        [1e308] * 2,
        [math.inf, -math.inf],
        [1e308, 1e308, math.inf, -math.inf],
        [math.nan, 0],
    ],
)
def test_what_python_refuses_to_add_is_added_as_ieee_754_has_it(
    numbers: list[float],
) -> None:
    values: list[Any] = [*map(Value, numbers)]
    ones = [Value(1.0) for _ in values]
    plain = OPS["sum"](*values)
    for node in (autograd.sum(values), autograd.dot(values, ones)):
        assert repr(node.data) == repr(plain.data)
        assert node.local_derivatives[: len(values)] == plain.local_derivatives


def test_a_sum_that_overflows_on_the_way_is_rounded_once_all_the_same() -> None:
    numbers = [1e308, 1e308, -1e308, -1e308, 1e-300]
    for found in (autograd.sum(numbers), autograd.sum([*map(Value, numbers)]).data):
        assert found == float(sum(map(Fraction, numbers)))
    assert autograd.sum([1e308] * 5) == math.inf


@pytest.mark.parametrize("name", NAMES)
def test_a_number_of_another_kind_is_no_value(name: str) -> None:
    """A masked array keeps its numbers under a name that Values must not have, too."""
    value = parameter(2.0)
    other: Any = np.ma.array(3.0)
    node = getattr(autograd, name)([value, other])
    assert_same(node, OPS[name](value, 3.0))
    assert type(node.data) is float
    with pytest.warns(UserWarning, match="masked element to nan"):
        assert math.isnan(getattr(autograd, name)([value, np.ma.masked]).data)


def test_a_masked_array_of_numbers_keeps_what_a_value_is_made_of() -> None:
    """NumPy takes what stands in `_data` of an operand for its numbers."""
    value = parameter(2.0)
    numbers: Any = np.ma.array([1.0, 2.0, 3.0], mask=[False, True, False])
    for product in (value * numbers, numbers * value):
        first, hidden, last = product.tolist()
        assert hidden is None
        (first + last).backward()
    assert value.grad == 8.0
