"""Arguments and results of programs: packed into rows of numbers, and unpacked."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import Value, jvp
from autograd.arguments import argument_names
from autograd.program.forms.form import Outputs, form_of
from autograd.program.forms.signature import Signature
from autograd.structure import flatten, outline, rebuild


class Point(NamedTuple):
    x: Any
    y: Any


class Pair(NamedTuple):
    x: Any
    y: Any


# Random nested numbers, and examples of the same form with other numbers.

floats = st.floats(width=64) | st.floats(-9, 9).map(np.float32)
integers = st.integers(-(2**40), 2**40) | st.booleans() | st.just(np.int16(7))
numbers = floats | integers | st.just(np.bool_(True)) | st.just(np.array(2.5))


@st.composite
def arrays(draw: st.DrawFn) -> Any:
    shape = draw(st.lists(st.integers(0, 3), min_size=1, max_size=3))
    dtype = draw(
        st.sampled_from([np.float64, np.float32, np.int64, np.uint8, np.bool_])
    )
    return np.arange(math.prod(shape)).reshape(shape).astype(dtype)


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.builds(lambda x, n: [x] * n, inner, st.integers(1, 3))
        | st.builds(Point, inner, inner)
        | st.dictionaries(st.sampled_from(["w", "b", 3, (1, 2)]), inner, max_size=3)
    )


structures = st.recursive(numbers | arrays(), nested, max_leaves=6)
examples = st.lists(structures, max_size=3).map(tuple)
calm = settings(max_examples=300, deadline=None, derandomize=True)


def flat_kinds(structure: Any) -> list[bool]:
    """Which numbers are integers, by plain recursion."""
    if isinstance(structure, dict):
        structure = [*structure.values()]
    if isinstance(structure, list | tuple):
        return [kind for part in structure for kind in flat_kinds(part)]
    kind = np.asarray(structure).dtype.kind
    return [kind in "iub"] * np.size(structure)


def holds_integers(structure: Any) -> bool:
    """Whether there is a number or an array of integers in it, even an empty one."""
    if isinstance(structure, dict):
        structure = [*structure.values()]
    if isinstance(structure, list | tuple):
        return any(map(holds_integers, structure))
    return np.asarray(structure).dtype.kind in "iub"


def others(example: tuple[Any, ...], seed: int) -> tuple[Any, ...]:
    """An example of the same form with other numbers, whole in the places of ints."""
    rng = np.random.default_rng(seed)
    fresh = [
        float(rng.integers(-9, 9)) if whole else float(rng.normal())
        for whole in flat_kinds(example)
    ]
    other: tuple[Any, ...] = rebuild(example, fresh)
    return other


def row_of(batch: Any, row: int) -> list[float]:
    """The numbers of one example in an unpacked batch."""
    if isinstance(batch, dict):
        batch = [*batch.values()]
    if isinstance(batch, list | tuple):
        return [x for part in batch for x in row_of(part, row)]
    return [float(x) for x in batch[row].ravel()]


def same(x: Any, y: Any) -> bool:
    return np.array_equal(np.asarray(x, float), np.asarray(y, float), equal_nan=True)


@calm
@given(examples)
def test_an_example_is_its_numbers_in_the_order_of_flatten(
    example: tuple[Any, ...],
) -> None:
    signature = Signature(example)
    assert same(signature.numbers, flatten(example))
    assert signature.count == len(signature.numbers)
    kinds = flat_kinds(example)
    assert signature.integers == {i for i, whole in enumerate(kinds) if whole}


@calm
@given(examples, st.integers(0, 99))
def test_one_example_goes_in_and_comes_out(example: tuple[Any, ...], seed: int) -> None:
    signature = Signature(example)
    other = others(example, seed)
    assert signature.is_single(other)
    flat = signature.single(other)
    assert all(type(x) is float for x in flat)
    assert flat == flatten(other)
    back = signature.unflatten_single(flat)
    assert outline(back) == outline(other)
    assert signature.single(back) == flat
    assert signature.single(signature.unflatten_single(np.array(flat))) == flat


@calm
@given(examples)
def test_variables_stand_where_the_numbers_stood(example: tuple[Any, ...]) -> None:
    signature = Signature(example)
    made: list[tuple[float, bool]] = []

    def leaf(x: float, is_integer: bool) -> Value:
        made.append((x, is_integer))
        return Value(x)

    leaves, arguments = signature.variables(leaf)
    assert same([x for x, _ in made], signature.numbers)
    assert [is_integer for _, is_integer in made] == flat_kinds(example)
    assert outline(arguments) == outline(example)
    stand = flatten(arguments)
    assert len(stand) == len(leaves)
    assert all(x is y for x, y in zip(stand, leaves, strict=True))


@calm
@given(examples.filter(bool), st.integers(0, 3))
def test_a_batch_is_its_examples_stacked(example: tuple[Any, ...], size: int) -> None:
    signature = Signature(example)
    batch = [others(example, seed) for seed in range(size)]
    rows = signature.batch(
        [[*column] for column in zip(*batch, strict=True)] or [[] for _ in example]
    )
    assert rows.shape == (size, signature.count)
    assert rows.dtype == np.float64
    for row, other in zip(rows, batch, strict=True):
        assert row.tolist() == flatten(other)


@calm
@given(examples, st.integers(0, 3))
def test_an_unpacked_batch_holds_every_example(
    example: tuple[Any, ...], size: int
) -> None:
    signature = Signature(example)
    shape = size, signature.count
    rows = np.arange(float(math.prod(shape))).reshape(shape)
    gradients = signature.unflatten_batch(rows)
    assert len(gradients) == len(example)
    for i in range(size):
        assert row_of(gradients, i) == rows[i].tolist()
    outputs = Outputs(example)
    assert outputs.count == signature.count
    for i in range(size):
        assert row_of(outputs.batch(rows), i) == rows[i].tolist()
        assert outline(outputs.single(rows[i])) == outline(example)
        assert flatten(outputs.single(rows[i])) == rows[i].tolist()


def has_places(structure: Any) -> bool:
    """Whether something in it is a list or tuple that no array stands for."""
    form = form_of(structure)
    if form.is_one_array:
        return False
    if isinstance(structure, dict):
        return any(map(has_places, structure.values()))
    return not isinstance(structure, Point) or any(map(has_places, structure))


@calm
@given(examples.filter(lambda example: not any(map(has_places, example))))
def test_an_unpacked_batch_packs_again(example: tuple[Any, ...]) -> None:
    signature = Signature(example)
    rows = np.arange(2.0 * signature.count).reshape(2, signature.count)
    again = signature.batch(signature.unflatten_batch(rows))
    # An empty dict does not tell how many there are.
    assert same(again, rows) or (not signature.count and len(again) == 1)


def test_a_derivative_takes_no_dict_in_another_order() -> None:
    # The numbers of a dict are in its order: b's tangent would be taken for a's.
    def f(point: dict[str, Any]) -> Any:
        return 10 * point["a"] + point["b"]

    assert jvp(f, ({"a": 1.0, "b": 2.0},), ({"a": 0.0, "b": 1.0},)) == (12.0, 1.0)
    with pytest.raises(ValueError, match="structure of the primals"):
        jvp(f, ({"a": 1.0, "b": 2.0},), ({"b": 1.0, "a": 0.0},))


X = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
ROWS = X.tolist()

# An argument's example, what is given for a batch, and the rows that it means.
BATCHES: list[tuple[Any, Any, Any]] = [
    (0.0, [1.0, 2.0], [[1.0], [2.0]]),
    (0.0, (1, True), [[1.0], [1.0]]),
    (0.0, range(2), [[0.0], [1.0]]),
    (0.0, np.array([1, 2], np.float32), [[1.0], [2.0]]),
    (0.0, [np.float64(1), np.array(2)], [[1.0], [2.0]]),
    (0.0, [10**400], [[math.inf]]),
    (0.0, [], np.empty((0, 1))),
    (0.0, np.array([1.0, 2.0], dtype=object), [[1.0], [2.0]]),
    (1, [3.0, 4], [[3.0], [4.0]]),
    (1, np.array([True, False]), [[1.0], [0.0]]),
    (True, np.array([2, 3], np.uint8), [[2.0], [3.0]]),
    (np.zeros(2), X, X),
    (np.zeros(2), ROWS, X),
    (np.zeros(2), tuple(map(tuple, ROWS)), X),
    (np.zeros(2), [*X], X),
    (np.zeros(2), X.T.copy().T, X),
    (np.zeros(2), np.empty((0, 2)), np.empty((0, 2))),
    (np.zeros(2), np.array([]), np.empty((0, 2))),
    (np.zeros(2), [], np.empty((0, 2))),
    ([0.0, 0.0], X, X),
    ((0.0, 0.0), X, X),
    ([0.0, 0.0], [np.array([1.0, 2.0]), (3.0, 4.0)], X[:2]),
    ([[0.0], [0.0]], X.reshape(3, 2, 1), X),
    ([(0.0, 0.0)], X.reshape(3, 1, 2), X),
    ([], [[], [], []], np.empty((3, 0))),
    (np.zeros((2, 0)), np.empty((3, 2, 0)), np.empty((3, 0))),
    ({"w": [0.0], "b": 0.0}, {"b": [2.0, 4.0], "w": [[1.0], [3.0]]}, X[:2]),
    ({"w": [0.0], "b": 0.0}, {"w": X[:, :1], "b": X[:, 1]}, X),
    ({"a": {"b": [0.0, 0.0]}}, {"a": {"b": X}}, X),
    ({"w": 0.0, "b": 0.0}, [{"b": 2.0, "w": 1.0}, {"w": 3.0, "b": 4.0}], X[:2]),
    ({"w": 0.0, "b": 0.0}, np.array([{"w": 1.0, "b": 2.0}]), X[:1]),
    ({"w": {}, "b": [0.0, 0.0]}, {"w": {}, "b": X}, X),
    (Point(0.0, 0.0), Point(X[:, 0], X[:, 1]), X),
    (Point(0.0, 0.0), [Point(1.0, 2.0), Point(3.0, 4.0)], X[:2]),
    (([0.0], 0.0), [([1.0], 2.0), [(3.0,), 4.0]], X[:2]),
    ([[0.0], []], [[[1.0], []], [[2.0], []]], [[1.0], [2.0]]),
    ([{"a": 0.0}, 0.0], [[{"a": 1.0}, 2.0]], X[:1]),
    ({}, [{}, {}], np.empty((2, 0))),
    ({}, {}, np.empty((1, 0))),
]


@pytest.mark.parametrize(("example", "batch", "rows"), BATCHES, ids=repr)
def test_a_batch_may_be_given_in_many_ways(example: Any, batch: Any, rows: Any) -> None:
    got = Signature([example]).batch([batch])
    assert got.dtype == np.float64
    np.testing.assert_array_equal(got, np.asarray(rows))


def test_arguments_stand_side_by_side() -> None:
    signature = Signature([np.zeros(2), {}, 0, [[0.0], [0.0]]])
    rows = signature.batch([X, {}, [7, 8, 9], 10 * X[:, :, None]])
    np.testing.assert_array_equal(rows, np.c_[X, [7, 8, 9], 10 * X])
    assert Signature([]).batch([]).shape == (1, 0)
    assert Signature([]).single([]) == []


def test_rows_are_new_memory_on_the_way_in_and_out() -> None:
    signature = Signature([np.zeros(2)])
    rows = signature.batch([X])
    gradients = signature.unflatten_batch(rows)
    outputs = Outputs([0.0, 0.0]).batch(rows)
    rows[:] = -1.0
    np.testing.assert_array_equal(X, ROWS)
    np.testing.assert_array_equal(gradients[0], ROWS)
    np.testing.assert_array_equal(outputs, ROWS)


def test_an_example_changed_later_changes_nothing() -> None:
    example: list[Any] = [[1.0, 2.0], np.ones(2)]
    signature = Signature(example)
    example[0][0] = 9.0
    example[0].append(9.0)
    example[1][0] = 9.0
    example.pop()
    assert signature.numbers == [1.0, 2.0, 1.0, 1.0]
    x, y = signature.variables(lambda number, _: number)[1]
    assert x == [1.0, 2.0]
    assert y.tolist() == [1.0, 1.0]


# An argument's example, what is given, and whether that is one example.
SINGLES: list[tuple[Any, Any, bool]] = [
    (0.0, 1, True),
    (0.0, np.array(1.0), True),
    (0.0, [1.0], False),
    (0.0, np.ones(1), False),
    (0.0, {}, False),
    (np.zeros(2), [1.0, 2.0], True),
    (np.zeros(2), range(2), True),
    (np.zeros(2), X[0], True),
    (np.zeros(2), X, False),
    (np.zeros(2), X[:2], False),
    (np.zeros(2), ROWS[:2], False),
    (np.zeros(2), [np.array(1.0), 2], True),
    (np.zeros(2), 1.0, False),
    ([0.0, 0.0], (1.0, 2.0), True),
    ([0.0, 0.0], np.ones(2), True),
    ([[0.0], [0.0]], [np.ones(1), (2.0,)], True),
    ([[0.0], [0.0]], [[1.0], [2.0, 3.0]], False),
    ({"a": 0.0, "b": 0.0}, {"b": 1.0, "a": 2.0}, True),
    ({"a": 0.0, "b": 0.0}, {"a": 1.0}, False),
    ({"a": 0.0}, {"a": [1.0]}, False),
    ({"a": 0.0}, [{"a": 1.0}], False),
    (Point(0.0, 0.0), Point(1.0, 2.0), True),
    (Point(0.0, 0.0), Point([1.0], [2.0]), False),
    (Point(0.0, 0.0), (1.0, 2.0), False),
    (([0.0], 0.0), [[1.0], 2.0], True),
    (([0.0], 0.0), [([1.0], 2.0), ([1.0], 2.0)], False),
    ([], [], True),
]


@pytest.mark.parametrize(("example", "given", "is_single"), SINGLES, ids=repr)
def test_one_example_is_told_from_a_batch(
    example: Any, given: Any, is_single: bool
) -> None:
    signature = Signature([example])
    assert signature.is_single([given]) is is_single
    assert not signature.is_single([given, given])
    if is_single:
        assert len(signature.single([given])) == signature.count
    else:
        with pytest.raises((ValueError, TypeError)):
            signature.single([given])


NAMES = ["x", "y"]
ONE = Signature([[0.0, 0.0], 1], NAMES)
TABLE = Signature([{"w": [[0.0], [0.0]], "b": (0.0, [0.0])}])
POINT = Signature([Point(np.zeros(2), 0.0)], ["p"])

# What is called, with which arguments, and what the error says.
Row = tuple[Callable[..., Any], Any, str]
OF_ANOTHER_FORM: list[Row] = [
    (
        ONE.single,
        [1.0],
        "expected 2 arguments (argument 0 ('x'), argument 1 ('y')), got 1",
    ),
    (
        ONE.batch,
        [X, [1], 2],
        "expected 2 arguments (argument 0 ('x'), argument 1 ('y')), got 3",
    ),
    (Signature([]).single, [1.0], "expected 0 arguments, got 1"),
    (Signature([1.0]).single, [], "expected 1 argument (argument 0), got 0"),
    (
        ONE.single,
        [[1.0], 1],
        "argument 0 ('x'): expected a list of 2 numbers, got a list of 1 number",
    ),
    (
        ONE.single,
        [X, 1],
        (
            "argument 0 ('x'): expected a list of 2 numbers, got an array of shape "
            "(3, 2); for a batch use program.map"
        ),
    ),
    (
        TABLE.single,
        [{"w": [[[1.0], [2.0]]], "b": [(0.0, [1.0])]}],
        "got a nested list of shape (1, 2, 1); for a batch use program.map",
    ),
    (
        POINT.single,
        [[Point([1.0, 2.0], 3.0)]],
        "a Point of x, y, got a list of 1 parts that make no array; for a batch",
    ),
    (ONE.single, [5.0, 1], "('x'): expected a list of 2 numbers, got a number"),
    (
        ONE.single,
        [X[0], [1]],
        "argument 1 ('y'): expected a number, got a list of 1 number",
    ),
    (
        ONE.single,
        [[[1.0], [2.0]], 1],
        "('x'): expected a number, got a list of 1 number",
    ),
    (
        TABLE.single,
        [{"w": 1.0}],
        (
            "argument 0: expected a dict with the keys 'w', 'b', got a dict with "
            "the keys 'w'"
        ),
    ),
    (TABLE.single, [{}], "got an empty dict"),
    (TABLE.single, [[1.0]], "'w', 'b', got a list of 1 number"),
    (
        TABLE.single,
        [{"w": [[1.0], []], "b": (0.0, [0.0])}],
        (
            "argument 0['w']: expected a nested list of shape (2, 1), got a list of"
            " 2 parts that make no array"
        ),
    ),
    (
        TABLE.single,
        [{"w": [[1.0], [2.0]], "b": (0.0, [1.0, 2.0])}],
        "argument 0['b'][1]: expected a list of 1 number, got a list of 2 numbers",
    ),
    (
        TABLE.single,
        [{"w": [[1.0], [2.0]], "b": (0.0,)}],
        (
            "argument 0['b']: expected a tuple of 2 parts that make no array, got a"
            " tuple of 1 number"
        ),
    ),
    (
        POINT.single,
        [(X[0], 1.0)],
        (
            "argument 0 ('p'): expected a Point of x, y, got a tuple of 2 parts "
            "that make no array"
        ),
    ),
    (
        POINT.single,
        [Point([1.0], 1.0)],
        ("argument 0 ('p').x: expected an array of shape (2,), got a list of 1 number"),
    ),
    (
        ONE.batch,
        [X[:, :1], [1, 2, 3]],
        (
            "argument 0 ('x'): expected a list of 2 numbers for each example: an "
            "array of shape (B, 2), got an array of shape (3, 1)"
        ),
    ),
    (ONE.batch, [np.empty((0, 3)), []], "got an array of shape (0, 3)"),
    (
        ONE.batch,
        [X[0], [1, 2, 3]],
        "got an array of shape (2,); to run one example, put it in a list",
    ),
    (
        ONE.batch,
        [ROWS[0], [1, 2]],
        "argument 0 ('x'), example 0: expected a list of 2 numbers, got a number",
    ),
    (
        ONE.batch,
        [X, 1],
        (
            "argument 1 ('y'): expected a number for each example: (B,), got a "
            "number; to run one example, put it in a list"
        ),
    ),
    (
        ONE.batch,
        [X, [[1], [2], [3]]],
        "argument 1 ('y'), example 0: expected a number, got a list of 1 number",
    ),
    (ONE.batch, [X, np.ones((3, 1))], "(B,), got an array of shape (3, 1)"),
    (
        ONE.batch,
        [[[1.0, 2.0], [3.0]], [1, 2]],
        (
            "argument 0 ('x'), example 1: expected a list of 2 numbers, got a list "
            "of 1 number"
        ),
    ),
    (
        ONE.batch,
        [X, [1, 2]],
        (
            "expected as many examples in every argument; argument 0 ('x') has 3, "
            "argument 1 ('y') has 2"
        ),
    ),
    (
        POINT.batch,
        [Point(X, [1.0])],
        (
            "expected as many examples in every argument; argument 0 ('p').x has 3,"
            " argument 0 ('p').y has 1"
        ),
    ),
    (
        POINT.batch,
        [Point(X, 1.0)],
        "argument 0 ('p').y: expected a number for each example: (B,), got a number",
    ),
    (
        POINT.batch,
        [[Point([1.0, 2.0], 3.0), (1.0, 2.0)]],
        (
            "argument 0 ('p'), example 1: expected a Point of x, y, got a tuple of "
            "2 numbers"
        ),
    ),
    (
        TABLE.batch,
        [{"w": [[[1.0], [2.0]]]}],
        (
            "argument 0: expected a dict with the keys 'w', 'b' for each example, "
            "got a dict with the keys 'w'"
        ),
    ),
    (
        TABLE.batch,
        [{"w": [[[1.0], [2.0]]], "b": [[1.0, 2.0]]}],
        "argument 0['b'], example 0[1]: expected a list of 1 number, got a number",
    ),
]
NO_PLAIN_NUMBERS: list[Row] = [
    (ONE.single, [["a", 1.0], 1], "('x'): expected a number, got str"),
    (ONE.single, ["ab", 1], "('x'): expected a list of 2 numbers, got str"),
    (ONE.single, [None, 1], "('x'): expected a list of 2 numbers, got NoneType"),
    (ONE.single, [[1.0, None], 1], "('x'): expected a number, got NoneType"),
    (ONE.single, [[1.0, 2j], 1], "('x'): expected a number, got complex"),
    (ONE.single, [X[0] + 0j, 1], "('x'): expected a number, got complex"),
    (ONE.single, [{1.0, 2.0}, 1], "expected a list of 2 numbers, got set"),
    (
        ONE.single,
        [X[0], Value(1.0)],
        (
            "argument 1 ('y'): a program takes plain numbers, got a Value: give its"
            " .data"
        ),
    ),
    (ONE.single, [[Value(1.0), 2.0], 1], "argument 0 ('x'): a program takes"),
    (ONE.single, [Value(1.0), 1], "argument 0 ('x'): a program takes plain"),
    (
        ONE.single,
        [X[0], 3.5],
        (
            "argument 1 ('y'): expected a whole number, as in the example, got 3.5;"
            " if fractions are meant, give floats in the example"
        ),
    ),
    (
        ONE.single,
        [X[0], math.nan],
        "expected a whole number, as in the example, got nan",
    ),
    (ONE.single, [X[0], math.inf], "example, got inf"),
    (
        ONE.batch,
        ["abc", [1]],
        (
            "argument 0 ('x'): expected a list of 2 numbers for each example: an "
            "array of shape (B, 2), got str"
        ),
    ),
    (
        ONE.batch,
        [X, "abc"],
        "argument 1 ('y'): expected a number for each example: (B,), got str",
    ),
    (ONE.batch, [X, None], "(B,), got NoneType"),
    (ONE.batch, [X, iter([1, 2, 3])], "(B,), got list_iterator"),
    (
        ONE.batch,
        [X, [1, "2", 3]],
        "argument 1 ('y'), example 1: expected a number, got str",
    ),
    (ONE.batch, [X, [1, 2, None]], "('y'), example 2: expected a number, got NoneType"),
    (
        ONE.batch,
        [X + 0j, [1, 2, 3]],
        "('x'), example 0: expected a number, got complex",
    ),
    (ONE.batch, [X, np.array(["1", "2", "3"])], "expected a number, got str"),
    (
        ONE.batch,
        [X, [1, Value(2.0), 3]],
        (
            "argument 1 ('y'), example 1: a program takes plain numbers, got a "
            "Value: give its .data"
        ),
    ),
    (ONE.batch, [X, Value(2.0)], "argument 1 ('y'): a program takes plain"),
    (
        ONE.batch,
        [X, [1, 2, 3.5]],
        "argument 1 ('y'): expected a whole number, as in the example, got 3.5",
    ),
    (ONE.batch, [X, np.array([1, np.nan, 3])], "example, got nan"),
    (ONE.batch, [X, [1, math.inf, 3]], "example, got inf"),
    (
        Signature,
        [["a"], NAMES],
        (
            "argument 0 ('x') must be a number, or lists, tuples, dicts or arrays "
            "of numbers; got str"
        ),
    ),
    (ONE.single, [X[0], 10**400], "got inf; an int beyond 1.8e308 is infinite"),
    (ONE.batch, [X, [1, 2, -(10**400)]], "got -inf; an int beyond 1.8e308"),
    (Signature, [[1.0, {2}]], "argument 1 must be a number, or lists"),
    (Signature, [[1.0, [Value(2.0)]]], "argument 1: a program takes plain"),
    (Outputs, [None], "what the function returns must be a number, or lists"),
    (Outputs, [[1.0, "a"]], "of numbers; got str"),
]
ERRORS = [
    *[(ValueError, *row) for row in OF_ANOTHER_FORM],
    *[(TypeError, *row) for row in NO_PLAIN_NUMBERS],
]


@pytest.mark.parametrize(("error", "call", "arguments", "text"), ERRORS)
def test_an_error_says_what_was_expected_and_what_came(
    error: type[Exception], call: Callable[..., Any], arguments: Any, text: str
) -> None:
    is_method = call not in {Signature, Outputs}
    with pytest.raises(error) as caught:
        call(arguments) if is_method else call(*arguments)
    assert text in str(caught.value)
    # What NumPy or Python said first is no help.
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def zeros(*shape: int) -> np.ndarray[Any, Any]:
    return np.zeros(shape)


# A result, and the shapes of a batch of 5.
RESULTS: list[tuple[Any, Any]] = [
    (Value(1.0), zeros(5)),
    (2, zeros(5)),
    ([Value(1.0), 2.0], zeros(5, 2)),
    ([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], zeros(5, 2, 3)),
    (np.array([Value(1.0), Value(2.0)]), zeros(5, 2)),
    ([np.ones(3), [1.0, 2.0, 3.0]], zeros(5, 2, 3)),
    ([], zeros(5, 0)),
    ((Value(1.0), 2.0), (zeros(5), zeros(5))),
    ([1.0, [2.0, 3.0]], [zeros(5), zeros(5, 2)]),
    ([(1.0, 2.0)], [(zeros(5), zeros(5))]),
    (([1.0, 2.0], 3.0), (zeros(5, 2), zeros(5))),
    ({"a": 1.0, "b": {"c": [1.0]}}, {"a": zeros(5), "b": {"c": zeros(5, 1)}}),
    (Point(1.0, [2.0]), Point(zeros(5), zeros(5, 1))),
    ((), ()),
]


@pytest.mark.parametrize(("result", "batch"), RESULTS, ids=repr)
def test_a_batch_of_results_has_one_array_for_each_place(
    result: Any, batch: Any
) -> None:
    outputs = Outputs(result)
    got = outputs.batch(np.ones((5, outputs.count)))
    assert outline(got) == outline(batch)
    assert flatten(got) == [1.0] * len(flatten(batch))
    # An argument of the same form has its gradients in the same places.
    if not any(isinstance(x, Value) for x in flatten(result)):
        (gradient,) = Signature([result]).unflatten_batch(np.ones((5, outputs.count)))
        assert outline(gradient) == outline(batch)


def test_one_result_is_floats() -> None:
    point = Outputs(Point(Value(1.0), np.array([Value(2.0)])))
    got = point.single(np.array([3.0, 4.0]))
    assert type(got) is Point
    assert type(got.x) is float
    assert got.y.dtype == np.float64
    assert Outputs(Value(1.0)).single([np.float64(3.0)]) == 3.0
    assert type(Outputs(Value(1.0)).single([np.float64(3.0)])) is float


class Scaler:
    def __call__(self, x: float, by: float = 2.0) -> float:
        return x * by


def many(first: float, *rest: float, power: int = 1, **options: Any) -> float:
    return first


def powered(x: float, *, power: int = 1) -> float:
    return x**power


def two(x: float, y: float) -> float:
    return x


NAMED: list[tuple[Callable[..., Any], int, list[str]]] = [
    (two, 2, ["x", "y"]),
    (two, 1, ["x"]),
    (two, 3, ["x", "y"]),
    (partial(two, 1.0), 1, ["y"]),
    (powered, 2, ["x"]),
    (many, 3, ["first", "rest[0]", "rest[1]"]),
    (many, 0, []),
    (lambda: 1.0, 0, []),
    (Scaler(), 2, ["x", "by"]),
    (Scaler().__call__, 1, ["x"]),
    (print, 2, ["args[0]", "args[1]"]),
    (min, 2, []),
]


@pytest.mark.parametrize(("f", "count", "names"), NAMED)
def test_arguments_are_called_what_the_function_calls_them(
    f: Callable[..., Any], count: int, names: list[str]
) -> None:
    assert argument_names(f, count) == names


WRONG = {
    "fewer labels": (np.ones((3, 2)), np.ones(2, int), "has 3"),
    "one label": (np.ones((3, 2)), np.array(1), "expected a number for each"),
    "one example": (np.ones(2), np.array(1), "one example, put it in a list"),
    "a column of labels": (np.ones((3, 2)), np.ones((3, 1), int), r"\(3, 1\)"),
    "longer rows": (np.ones((3, 3)), np.ones(3, int), r"\(3, 3\)"),
    "a fraction": (np.ones((3, 2)), np.array([0.0, 1.5, 2.0]), "whole number"),
    "complex numbers": (np.ones((3, 2)) + 1j, np.ones(3, int), "complex"),
}


@pytest.mark.parametrize(("rows", "y", "message"), WRONG.values(), ids=WRONG)
def test_arrays_that_nearly_are_a_batch_are_refused(
    rows: Any, y: Any, message: str
) -> None:
    signature = Signature(([1.0, 2.0], 1))
    with pytest.raises((TypeError, ValueError), match=message):
        signature.batch((rows, y))
