"""Semantic 2: what is accepted as an operand, and what is refused by its name."""

import operator
from collections.abc import Callable
from decimal import Decimal
from enum import IntEnum
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import Graph, Value, grad, gradients, hessian, no_grad, parameter


class Level(IntEnum):
    LOW = 2


NUMPY_SCALARS = [
    *(np.float16, np.float32, np.float64, np.longdouble),
    *(np.int8, np.int16, np.int32, np.int64, np.uint8, np.uint16, np.uint32, np.uint64),
    *(np.intc, np.longlong),
]
ACCEPTED: list[Any] = [
    *(2, 2.0, Level.LOW),
    *(kind(2) for kind in NUMPY_SCALARS),
    *(np.array(2, dtype=kind) for kind in NUMPY_SCALARS),
]
ACCEPTED_NAMES = [f"{type(x).__name__}-{getattr(x, 'dtype', '')}" for x in ACCEPTED]

REFUSED: list[tuple[Any, str]] = [
    (1 + 2j, "complex"),
    (np.complex64(1), "complex64"),
    (np.complex128(1), "complex128"),
    ("2.0", "str"),
    (b"2", "bytes"),
    (None, "NoneType"),
    (Decimal(2), "Decimal"),
    (Fraction(1, 2), "Fraction"),
    ([2.0], "list"),
    ((2.0,), "tuple"),
    ({2.0}, "set"),
    ({"a": 2.0}, "dict"),
    (object(), "object"),
    (len, "builtin_function_or_method"),
    (np.str_("2"), "str_"),
    (np.datetime64("2020-01-01"), "datetime64"),
    (np.timedelta64(2, "s"), "timedelta64"),
    (np.array("2"), "ndarray"),
    (np.array(2j), "ndarray"),
]
REFUSED_NAMES = [name for _, name in REFUSED]

BINARY = [
    *(operator.add, operator.sub, operator.mul, operator.truediv, operator.pow),
]
FUNCTIONS: list[Callable[[Any, Any], Any]] = [
    autograd.hypot,
    autograd.atan2,
    autograd.logaddexp,
    autograd.xlogy,
    autograd.maximum,
    autograd.minimum,
    lambda x, y: autograd.sum([x, y]),
    lambda x, y: autograd.mean([x, y]),
    lambda x, y: autograd.max([x, y]),
    lambda x, y: autograd.min([x, y]),
    lambda x, y: autograd.logsumexp([x, y]),
    lambda x, y: autograd.dot([x], [y]),
    lambda x, y: autograd.dot([y, x], [1.0, 1.0], 0.0),
    lambda x, y: autograd.softmax([x, y])[0],
    lambda x, y: autograd.log_softmax([x, y])[1],
    lambda x, y: autograd.where(True, x, y),
    lambda x, y: autograd.clamp(x, -10.0, y),
    autograd.leaky_relu,
    autograd.elu,
]


@pytest.mark.parametrize("x", ACCEPTED, ids=ACCEPTED_NAMES)
def test_semantic_2_real_numbers_of_every_kind(x: Any) -> None:
    assert type(Value(x).data) is float
    got: Any
    for operation in BINARY:
        v, twin = Value(3.0), Value(3.0)
        for got, expected in (
            (operation(v, x), operation(3.0, 2.0)),
            (operation(x, v), operation(2.0, 3.0)),
        ):
            assert type(got) is Value
            assert got.data == expected
            assert got.parents == (v,)
            assert type(got.local_derivatives[0]) is float
        assert gradients(operation(v, x), [v]) == gradients(
            operation(twin, 2.0), [twin]
        )
        assert gradients(operation(x, v), [v]) == gradients(
            operation(2.0, twin), [twin]
        )
    for function in FUNCTIONS:
        v = Value(3.0)
        for got, expected in (
            (function(v, x), function(3.0, 2.0)),
            (function(x, v), function(2.0, 3.0)),
        ):
            assert type(got) is Value
            assert got.data == expected
        assert type(function(x, x)) is float


@pytest.mark.parametrize("x", [True, False, np.True_, np.False_, np.array(True)])
def test_semantic_2_booleans_are_0_and_1(x: Any) -> None:
    v = Value(3.0)
    assert (v * x).data == 3.0 * bool(x)
    assert (x + v).data == 3.0 + bool(x)
    assert Value(x).data == float(bool(x))
    assert float(autograd.where(x, v, -1.0)) == (3.0 if x else -1.0)


@pytest.mark.parametrize(("x", "name"), REFUSED, ids=REFUSED_NAMES)
def test_semantic_2_anything_else_is_a_type_error_that_names_it(
    x: Any, name: str
) -> None:
    v = Value(3.0)
    uses: list[Callable[[], Any]] = [
        lambda: Value(x),
        lambda: parameter(x),
        *((lambda o=o: o(v, x)) for o in BINARY),
        *((lambda o=o: o(x, v)) for o in BINARY),
        *((lambda f=f: f(v, x)) for f in FUNCTIONS),
        *((lambda f=f: f(1.0, x)) for f in FUNCTIONS),
        lambda: autograd.exp(x),
        lambda: autograd.relu(x),
        lambda: autograd.abs(x),
    ]
    if isinstance(x, Fraction):  # its own ** turns it into a float first
        uses.remove(uses[2 + len(BINARY) + BINARY.index(operator.pow)])
    for use in uses:
        with pytest.raises(TypeError, match=name):
            use()
    assert v.data == 3.0
    assert v.grad == 0.0


@pytest.mark.parametrize(
    "x", [np.array([2.0]), np.array([[2.0]]), np.array([]), np.array([2.0, 3.0])]
)
def test_semantic_2_an_array_is_no_number(x: Any) -> None:
    for use in (Value, autograd.exp, lambda y: autograd.hypot(Value(1.0), y)):
        with pytest.raises(TypeError, match="ndarray of shape"):
            use(x)


def test_semantic_2_a_value_inside_a_value() -> None:
    for make in (Value, parameter):
        with pytest.raises(TypeError, match=r"^expected a plain number .*, got Value$"):
            make(Value(1.0))
    with pytest.raises(TypeError, match="label"):
        Value(1.0, label=3)  # type: ignore[arg-type]


def test_semantic_2_operations_that_are_not_offered() -> None:
    v: Any = Value(3.0)
    for operation in (operator.matmul, operator.and_, operator.lshift):
        for x, y in ((v, 2), (2, v), (v, v), (np.float64(2), v), (v, np.int64(2))):
            with pytest.raises(TypeError):
                operation(x, y)
    with pytest.raises(TypeError):
        pow(v, 2, 3)
    for bad in (len, iter, operator.index, operator.invert):
        with pytest.raises(TypeError):
            bad(v)


# --- NumPy ---------------------------------------------------------------------


def test_semantic_2_a_numpy_scalar_times_a_value_is_a_value() -> None:
    v = Value(3.0)
    product = np.float64(2) * v
    assert type(product) is Value
    assert product.parents == (v,)
    assert product.operands == (2.0, v)
    assert type(product.operands[0]) is float
    assert type(np.float64(2) ** v) is Value
    assert type(np.array(2.0) - v) is Value


ARRAYS = [
    np.array([1.0, -2.0, 3.0]),
    np.array([1, -2, 3]),
    np.array([1.0, -2.0, 3.0], dtype=np.float32),
    np.array([[1.0, -2.0], [3.0, 4.0]]),
    np.array([True, False]),
    np.zeros((0, 2)),
]


@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: f"{a.dtype}{a.shape}")
def test_semantic_2_an_array_times_a_value_is_an_object_array(array: Any) -> None:
    v = Value(2.0)
    for operation in (operator.add, operator.sub, operator.mul, operator.truediv):
        for got, expected in (
            (operation(array, v), operation(array, 2.0)),
            (operation(v, array + 5), operation(2.0, array + 5)),
        ):
            assert got.dtype == object
            assert got.shape == array.shape
            assert all(type(x) is Value for x in got.ravel())
            assert [x.data for x in got.ravel()] == list(expected.ravel())
    powers = v ** array.astype(float)
    assert [x.data for x in powers.ravel()] == list(2.0 ** array.astype(float).ravel())


def values(*numbers: float) -> Any:
    return np.array([Value(x) for x in numbers], dtype=object)


def test_semantic_2_object_arrays_of_values() -> None:
    """`@`, `+`, `*`, `.sum()` and `np.exp`, with gradients as on paper."""
    rng = np.random.default_rng(0)
    weights, x = rng.normal(size=(3, 4)), rng.normal(size=4)
    w = np.array([[Value(a) for a in row] for row in weights], dtype=object)
    inputs = values(*x)
    for output in (
        (np.exp(w @ inputs + 1.0) * np.array([1.0, 2.0, 3.0])).sum(),
        (np.array([1, 2, 3]) * np.exp(1 + w @ x)).sum(),
        sum(np.exp(w.dot(inputs) + np.ones(3)) * [1.0, 2.0, 3.0]),
    ):
        assert type(output) is Value
        outer = np.exp(weights @ x + 1.0) * [1.0, 2.0, 3.0]
        assert output.data == pytest.approx(outer.sum(), rel=1e-14)
        got = np.array(gradients(output, list(w.ravel()))).reshape(3, 4)
        np.testing.assert_allclose(got, np.outer(outer, x), rtol=1e-13)


def test_semantic_2_more_on_object_arrays() -> None:
    a, b = values(1.0, 2.0, 3.0), values(0.5, 1.5, -2.5)
    numbers, others = np.array([1.0, 2.0, 3.0]), np.array([0.5, 1.5, -2.5])
    checks: list[tuple[Any, Any]] = [
        (a - b, numbers - others),
        (a / b, numbers / others),
        (a**2, numbers**2),
        (2.0**a, 2.0**numbers),
        (-a, -numbers),
        (abs(b), abs(others)),
        (np.log(a), np.log(numbers)),
        (np.sqrt(a), np.sqrt(numbers)),
        (np.tanh(b), np.tanh(others)),
        (np.sin(b), np.sin(others)),
        (np.outer(a, others), np.outer(numbers, others)),
        (a[:, None] * b, numbers[:, None] * others),
        (np.cumsum(a), np.cumsum(numbers)),
        (np.stack([a, b]).sum(axis=0), numbers + others),
    ]
    for got, expected in checks:
        assert all(type(x) is Value for x in got.ravel())
        np.testing.assert_allclose(got.astype(float), expected, rtol=1e-15)
    assert a.mean().data == 2.0
    assert (a @ b).data == numbers @ others
    assert a.prod().data == 6.0
    assert a.max().data == 3.0
    assert list(a > b) == list(numbers > others)


def test_semantic_2_an_array_of_values_and_a_value() -> None:
    a, v = values(1.0, 2.0), Value(3.0)
    assert [x.data for x in a * v] == [3.0, 6.0]
    assert [x.data for x in v * a] == [3.0, 6.0]
    assert [x.data for x in v - a] == [2.0, 1.0]
    assert (a * v)[0].parents == (a[0], v)
    assert (v - a)[1].parents == (v, a[1])


UFUNCS = [
    *(
        "exp",
        "expm1",
        "exp2",
        "log",
        "log1p",
        "log2",
        "log10",
        "sqrt",
        "cbrt",
        "square",
    ),
    *("sin", "cos", "tan", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh"),
    *("arcsinh", "arctanh", "negative", "positive", "absolute", "sign", "reciprocal"),
]


@pytest.mark.parametrize("name", UFUNCS)
def test_semantic_2_numpy_functions_of_a_value(name: str) -> None:
    ufunc = getattr(np, name)
    v = Value(0.3)
    y = ufunc(v)
    assert type(y) is Value
    assert y.data == pytest.approx(float(ufunc(0.3)), rel=1e-15)
    h = 1e-6
    difference = (ufunc(0.3 + h) - ufunc(0.3 - h)) / (2 * h)
    assert gradients(y, [v])[0] == pytest.approx(difference, rel=1e-8, abs=1e-8)


def test_semantic_2_numpy_functions_without_a_row_say_so() -> None:
    v: Any = Value(0.3)
    for ufunc in (np.signbit, np.nextafter, np.gcd, np.logical_and):
        operands: Any = [v] * ufunc.nin
        with pytest.raises(TypeError, match=ufunc.__name__):
            ufunc(*operands)


@pytest.mark.parametrize("array", [np.array([1j]), np.array(["a"]), np.array([None])])
def test_semantic_2_arrays_of_what_is_no_number(array: Any) -> None:
    v = Value(2.0)
    for use in (partial(f, *xs) for f in BINARY for xs in ((array, v), (v, array))):
        with pytest.raises(TypeError, match=r"complex|str|None"):
            use()


def test_semantic_2_gradients_of_numpy_code() -> None:
    """Code written for arrays is differentiated as it stands."""
    rng = np.random.default_rng(1)
    matrix = rng.normal(size=(3, 3))
    symmetric = matrix + matrix.T

    def form(x: Any) -> Any:
        return 0.5 * (x @ symmetric @ x)

    point = np.array([1.0, -2.0, 0.5])
    gradient = grad(form)(point)
    assert isinstance(gradient, np.ndarray)
    assert gradient.dtype == float
    np.testing.assert_allclose(gradient, symmetric @ point, rtol=1e-13)
    np.testing.assert_allclose(hessian(form)(point), symmetric, rtol=1e-13)


def test_semantic_2_constants_are_operands_but_no_parents() -> None:
    x = Value(2.0)
    numbers: list[Any] = [x, 1, np.float32(0.5), x, True]
    y: Any = autograd.sum(numbers)
    assert y.parents == (x, x)
    assert y.operands == (x, 1.0, 0.5, x, 1.0)
    assert [type(c) for c in y.operands] == [Value, float, float, Value, float]
    assert len(Graph(y)) == 2
    assert (3 - x).operands == (3.0, x)
    assert (x**3).operands == (x, 3.0)
    with no_grad():
        assert not (x**3).operands


def test_semantic_2_plain_numbers_give_plain_floats() -> None:
    for result in (
        autograd.exp(1),
        autograd.relu(np.float64(2)),
        autograd.hypot(3, 4),
        autograd.sum([1, 2, True]),
        autograd.dot([1, 2], [3, 4]),
        autograd.where(True, 1, 2),
        autograd.softmax([1, 2])[0],
        autograd.clamp(5, 0, 1),
    ):
        assert type(result) is float
    assert autograd.sum([]) == 0.0
    assert autograd.dot([], []) == 0.0


def test_semantic_2_lists_in_wrong_shape() -> None:
    v = Value(1.0)
    for f in (autograd.mean, autograd.max, autograd.min, autograd.logsumexp):
        with pytest.raises(ValueError, match="empty"):
            f([])
    for f in (autograd.sum, autograd.mean, autograd.max, autograd.logsumexp):
        for bad in (v, 3.0, None, "12"):
            with pytest.raises(TypeError, match="list"):
                f(bad)
    for g in (autograd.softmax, autograd.log_softmax):
        with pytest.raises(ValueError, match="empty"):
            g([])
    with pytest.raises(ValueError, match="2 weights and 1"):
        autograd.dot([v, v], [v])


def test_semantic_2_take() -> None:
    rows = [[Value(1.0)], [Value(2.0)]]
    assert autograd.take(rows, 1) is rows[1]
    last: Any = np.int64(-1)
    assert autograd.take(rows, last) is rows[1]
    for bad in (1.0, True, "1", None, Value(1.0)):
        with pytest.raises(TypeError, match=type(bad).__name__):
            autograd.take(rows, bad)  # type: ignore[arg-type]
    for far in (2, -3):
        with pytest.raises(IndexError, match=f"{far} is out of range for 2 rows"):
            autograd.take(rows, far)


def test_an_array_of_floats_does_not_swallow_values() -> None:
    for array in (np.ones(3), np.ones(3, int)):
        numbers: Any = array
        with pytest.raises(TypeError, match="can't hold Values"):
            numbers *= Value(1.5)
        assert (array == 1).all()
    objects = np.ones(3).astype(object)
    objects *= Value(1.5)
    assert [x.data for x in objects] == [1.5] * 3


def test_list_functions_take_what_pythons_own_take() -> None:
    x, y = Value(1.0), Value(2.0)
    assert autograd.sum((v * v for v in (x, y)), x).data == 6.0
    assert autograd.sum([x, y], start=3).data == 6.0
    assert autograd.sum([x, y], 0).parents == (x, y)
    with pytest.raises(TypeError, match="sum takes a list of numbers"):
        autograd.sum(x, 1.0)
    with pytest.raises(TypeError, match="sum takes one list"):
        autograd.sum([x], 1.0, start=2.0)
    assert autograd.max(x, y).data == 2.0
    assert autograd.min(x, 0.5, y).data == 0.5
    with pytest.raises(TypeError, match="max takes one list"):
        autograd.max([x, y], key=float)


def test_labels_are_strings_whenever_they_are_set() -> None:
    x = Value(1.0)
    for wrong in (None, 3, b"x"):
        with pytest.raises(TypeError, match="a label is a string"):
            x.label = wrong  # type: ignore[assignment]
    assert x.label == ""


def test_a_gradient_that_is_no_number_is_named() -> None:
    x = Value(2.0, label="x")
    wrong: Any
    for wrong in (None, "a", 1j, [1.0], Value(1.0), np.ones(2)):
        with pytest.raises(TypeError, match=r"label='x'.*is a plain number"):
            x.grad = wrong
        assert x.grad == 0.0
    x.grad = np.float32(0.5)
    (x * x).backward()
    assert x.grad == 4.5
    assert type(x.grad) is float
