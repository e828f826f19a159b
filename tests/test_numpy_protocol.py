"""NumPy's functions on Values: as scalars, in object arrays, among arrays of floats.

Every value is NumPy's own on the same floats, every gradient a difference of those.
"""

import math
import operator
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import OPS, Program, Value, check_gradients, grad, gradients, hessian

RNG = np.random.default_rng(7)
A, B, C = (RNG.normal(size=shape) for shape in ((3, 4), (3, 4), (4, 4)))
Function = Callable[..., Any]


def lifted(numbers: Any) -> Any:
    """An object array of Values with these numbers."""
    return np.frompyfunc(Value, 1, 1)(np.asarray(numbers, dtype=float))


def data(result: Any) -> Any:
    """The numbers of Values, arrays and tuples of both, in a row."""
    if isinstance(result, tuple | list):
        return np.concatenate([data(part) for part in result])
    cells = np.ravel(np.asarray(result, dtype=object))
    return np.array([float(x) for x in cells])


def check(f: Function, *arrays: Any) -> None:
    """Hold f on object arrays against f on floats, and its gradient to differences."""
    values = [lifted(x) for x in arrays]
    result, wanted = f(*values), data(f(*arrays))
    np.testing.assert_allclose(data(result), wanted, rtol=1e-13, atol=1e-14)
    weights = RNG.normal(size=wanted.size)
    cells = result if isinstance(result, tuple) else (result,)
    flat = [x for part in cells for x in np.ravel(np.asarray(part, dtype=object))]
    total = autograd.dot(weights.tolist(), flat)
    leaves = [leaf for array in values for leaf in array.ravel()]
    got = gradients(total, leaves) if isinstance(total, Value) else 0.0
    np.testing.assert_allclose(got, slopes(f, arrays, weights), rtol=1e-6, atol=1e-7)


def slopes(f: Function, arrays: Any, weights: Any, step: float = 1e-6) -> list[float]:
    """Central differences of the weighted sum, number by number."""
    found = []
    for position, array in enumerate(arrays):
        for index in np.ndindex(np.shape(array)):
            ends = []
            for sign in (1, -1):
                moved = [np.array(x) for x in arrays]
                moved[position][index] += sign * step
                ends.append(weights @ data(f(*moved)))
            found.append((ends[0] - ends[1]) / (2 * step))
    return found


# --- functions of each element ---------------------------------------------------

UNARY = {
    name: np.array([0.3, -0.6, 0.85])
    for name in (
        *("exp", "expm1", "exp2", "cbrt", "sin", "cos", "tan", "arcsin", "arccos"),
        *("arctan", "sinh", "cosh", "tanh", "arcsinh", "arctanh", "negative"),
        *("positive", "absolute", "fabs", "sign", "square", "reciprocal"),
        *("conjugate", "deg2rad", "radians", "rad2deg", "degrees"),
        *("floor", "ceil", "trunc", "rint"),
    )
} | {
    name: np.array([1.3, 2.6, 40.0])
    for name in ("log", "log2", "log10", "log1p", "sqrt", "arccosh")
}
BINARY = {
    name: (np.array([1.3, 0.4, 7.6]), np.array([2.5, 0.7, 1.1]))
    for name in (
        *("add", "subtract", "multiply", "divide", "power", "float_power", "hypot"),
        *("arctan2", "maximum", "minimum", "logaddexp", "remainder", "floor_divide"),
        *("fmod", "heaviside", "divmod"),
    )
}
LOOPLESS = {"logaddexp", "float_power", "heaviside", "divmod"}
"""For these NumPy does not go over object arrays."""

DECISIONS = {
    *("less", "less_equal", "greater", "greater_equal", "equal", "not_equal"),
    *("isnan", "isfinite", "isinf"),
}


@pytest.mark.parametrize("name", UNARY)
def test_functions_of_one(name: str) -> None:
    function = getattr(np, name)
    check(function, UNARY[name])
    check(lambda a: function(a[0]), UNARY[name])
    box = np.array(Value(UNARY[name][0]), dtype=object)
    assert data(function(box)).tolist() == data(function(box[()])).tolist()


@pytest.mark.parametrize("name", BINARY)
def test_functions_of_two_in_every_company(name: str) -> None:
    """Values, floats, object arrays, float arrays: at the left and at the right."""
    function, (x, y) = getattr(np, name), BINARY[name]
    check(lambda a, b: function(a[0], b[1]), x, y)
    check(lambda a, b: function(a, b[1]), x, y)
    check(lambda a, b: function(a[0], b), x, y)
    check(lambda a: function(a[0], y), x)
    check(lambda b: function(x, b[0]), y)
    check(lambda a: function(a[0], 2.5), x)
    check(lambda b: function(np.float64(1.3), b[0]), y)
    if name in LOOPLESS:
        with pytest.raises(TypeError):
            function(lifted(x), lifted(y))
        return
    check(function, x, y)
    check(lambda a: function(a, y), x)
    if name in {"arctan2", "hypot", "fmod"}:  # NumPy asks the left element
        function = np.frompyfunc(function, 2, 1)
    check(lambda b: function(x, b), y)


def test_every_other_function_names_itself() -> None:
    for ufunc in {f for f in vars(np).values() if isinstance(f, np.ufunc)}:
        operands = [Value(0.5) for _ in range(ufunc.nin)]
        if ufunc.__name__ in {*UNARY, *BINARY, *DECISIONS}:
            ufunc(*operands)
            continue
        with pytest.raises(TypeError, match=rf"np\.{ufunc.__name__} is not among"):
            ufunc(*operands)


@pytest.mark.parametrize(
    ("ufunc", "instead"),
    [
        (np.copysign, lambda x, y: np.abs(x) * np.sign(y)),
        (np.fmax, np.maximum),
        (np.fmin, np.minimum),
        (np.logaddexp2, lambda x, y: np.log2(np.exp2(x) + np.exp2(y))),
        (np.modf, lambda x: (np.fmod(x, 1.0), np.trunc(x))),
    ],
)
def test_what_a_refusal_says_to_write_is_right(ufunc: Any, instead: Any) -> None:
    numbers = (1.7, -0.4)[: ufunc.nin]
    with pytest.raises(TypeError, match=rf"np\.{ufunc.__name__} .*; write "):
        ufunc(*map(Value, numbers))
    got = instead(*map(Value, numbers))
    np.testing.assert_allclose(data(got), data(ufunc(*numbers)), rtol=1e-15)


@pytest.mark.parametrize("name", sorted(LOOPLESS))
def test_the_way_over_arrays_that_numpy_does_not_go(name: str) -> None:
    function, (x, y) = getattr(np, name), BINARY[name]
    over = np.frompyfunc(function, 2, function.nout)
    check(over, x, y)
    row = getattr(autograd, name, None)
    if row is not None:
        with pytest.raises(TypeError, match=r"np\.frompyfunc\(f, 1, 1\)\(x\) calls f"):
            row(lifted(x), lifted(y))


def test_questions_about_an_array() -> None:
    numbers = np.array([1.0, math.nan, math.inf, -math.inf])
    for ask in (np.isnan, np.isfinite, np.isinf):
        with pytest.raises(TypeError):
            ask(lifted(numbers))
        got = np.frompyfunc(ask, 1, 1)(lifted(numbers)).astype(bool)
        assert got.tolist() == ask(numbers).tolist()


@pytest.mark.parametrize("number", [0.0, 2.5, -math.inf, math.inf, math.nan])
def test_questions_about_a_number(number: float) -> None:
    for ask in (np.isnan, np.isfinite, np.isinf):
        assert ask(Value(number)) is bool(ask(number))
        target = np.zeros(2, dtype=bool)
        assert ask(Value(number), out=target) is target
        assert target.tolist() == [ask(number)] * 2


@pytest.mark.parametrize("backend", ["numpy", "machine", "jax"])
def test_questions_are_asked_again_for_each_example(backend: Any) -> None:
    def f(x: Any) -> Any:
        usual = autograd.where(np.isfinite(x), x * x, 7.0)
        return autograd.where(
            np.isnan(x), -1.0, autograd.where(np.isinf(x), 8.0, usual)
        )

    program = Program(f, 1.0, backend=backend)
    numbers = [3.0, math.nan, math.inf, -math.inf, 0.0]
    assert program.map(np.array(numbers)).tolist() == [9.0, -1.0, 8.0, 8.0, 0.0]
    assert [program(x) for x in numbers] == [9.0, -1.0, 8.0, 8.0, 0.0]


# --- reductions, products, choices ------------------------------------------------

WHOLE: dict[str, Function] = {
    "std": lambda a, b, c: np.std(a),
    "std of columns": lambda a, b, c: np.std(a, axis=0),
    "std, ddof": lambda a, b, c: np.std(a, axis=1, ddof=1, keepdims=True),
    "var": lambda a, b, c: np.var(a),
    "var of rows": lambda a, b, c: a.var(1),
    "vdot": lambda a, b, c: np.vdot(a, b),
    "vdot with floats": lambda a, b, c: np.vdot(A, b) + np.vdot(a, B),
    "cov": lambda a, b, c: np.cov(a, fweights=np.ones(4, int)),
    "cov of two": lambda a, b, c: np.cov(a[0], b[0], fweights=np.ones(4, int)),
    "norm": lambda a, b, c: np.linalg.norm(a),
    "norm of rows": lambda a, b, c: np.linalg.norm(a, axis=1),
    "norm, keepdims": lambda a, b, c: np.linalg.norm(a, axis=0, keepdims=True),
    "norm 1": lambda a, b, c: np.linalg.norm(a, ord=1, axis=1),
    "norm 3": lambda a, b, c: np.linalg.norm(a, ord=3, axis=1),
    "norm 3 of all": lambda a, b, c: np.linalg.norm(a[0], ord=3),
    "norm inf": lambda a, b, c: np.linalg.norm(a, ord=np.inf, axis=1),
    "norm -inf": lambda a, b, c: np.linalg.norm(a, ord=-np.inf, axis=1),
    "Frobenius": lambda a, b, c: np.linalg.norm(a, "fro"),
    "norm of a matrix": lambda a, b, c: (
        np.linalg.norm(c, 1) + np.linalg.norm(a, np.inf)
    ),
    "mean": lambda a, b, c: np.mean(a) + np.mean(a, axis=1, keepdims=True),
    "average": lambda a, b, c: np.average(a, axis=0, weights=b + 5.0),
    "median": lambda a, b, c: np.median(a, axis=1),
    "quantile": lambda a, b, c: np.quantile(a, 0.3, axis=1),
    "sum": lambda a, b, c: np.sum(a, axis=1),
    "sum where": lambda a, b, c: np.sum(a, where=A > 0, initial=0.0),
    "prod": lambda a, b, c: np.prod(a, axis=0),
    "cumsum": lambda a, b, c: np.cumsum(a, axis=1),
    "cumprod": lambda a, b, c: np.cumprod(a, axis=1),
    "diff": lambda a, b, c: np.diff(a),
    "trapezoid": lambda a, b, c: np.trapezoid(a, b),
    "dot": lambda a, b, c: np.dot(a, c),
    "matmul": lambda a, b, c: a @ c @ b.T,
    "matmul with floats": lambda a, b, c: A @ c,
    "inner": lambda a, b, c: np.inner(a, b),
    "outer": lambda a, b, c: np.outer(a[0], b),
    "outer method": lambda a, b, c: np.multiply.outer(a[0], b[1]),
    "tensordot": lambda a, b, c: np.tensordot(a, b, axes=([0], [0])),
    "trace": lambda a, b, c: np.trace(c),
    "einsum": lambda a, b, c: np.einsum("ij,jk,lk->il", a, c, b),
    "einsum of a trace": lambda a, b, c: np.einsum("ii", c),
    "kron": lambda a, b, c: np.kron(a, b),
    "cross": lambda a, b, c: np.cross(a[:, :3], b[:, :3]),
    "matrix power": lambda a, b, c: np.linalg.matrix_power(c, 3),
    "convolve": lambda a, b, c: np.convolve(a[0], b[0]),
    "polyval": lambda a, b, c: np.polyval(a[0], b[0]) + np.polyval([1.0, 2.0], c[0, 0]),
    "max": lambda a, b, c: np.max(a, axis=0),
    "min": lambda a, b, c: a.min(1),
    "argmax": lambda a, b, c: np.argmax(a, axis=1),
    "argsort": lambda a, b, c: np.argsort(a, axis=1),
    "sort": lambda a, b, c: np.sort(a, axis=1),
    "clip": lambda a, b, c: np.clip(a, -0.5, 0.5) + np.clip(a, None, b + 0.1),
    "clip by one Value": lambda a, b, c: np.clip(a, c[0, 0] - 0.1, 9.0),
    "clip of one Value": lambda a, b, c: np.clip(c[0, 0], b[0], 0.9),
    "where": lambda a, b, c: np.where(a > 0, a, b) + np.where(A > 0, a, 0.0),
    "maximum": lambda a, b, c: np.maximum(a, b) + np.minimum(a, 0.1),
    "select": lambda a, b, c: np.select([a > 0, a < -1], [a, b], default=0.0),
    "round": lambda a, b, c: a - np.round(a) + np.round(b, 1) * a,
    "fix": lambda a, b, c: a * np.fix(3 * b),
    "modulo": lambda a, b, c: a % 0.3 + A % (b + 5.0) + np.mod(7, c[0]),
    "floor division": lambda a, b, c: a // 0.3 * b + b * (A // (b + 5.0)),
    "divmod": lambda a, b, c: divmod(a[0, 0], b[0]),
    "int powers": lambda a, b, c: a ** np.array([0, 1, 2, 3]),
    "sinc": lambda a, b, c: np.sinc(a) + np.sinc(b[0, 0]),
    "unwrap": lambda a, b, c: np.unwrap(7.0 * a[0]),
    "accumulate": lambda a, b, c: np.add.accumulate(a),
    "reduce": lambda a, b, c: np.hypot.reduce(a),
    "of one number": lambda a, b, c: np.sum(a[0, 0]) + np.mean(b[0, 0]) * c[0, 0],
    "of none": lambda a, b, c: (
        np.sum(a[:0]) + np.prod(b[:0]) + np.dot(a[0, :0], b[0, :0])
    ),
}


@pytest.mark.parametrize("name", WHOLE)
def test_code_written_for_arrays(name: str) -> None:
    check(WHOLE[name], A, B, C)


def test_first_and_second_derivatives_of_code_for_arrays() -> None:
    def spread(x: Any) -> Any:
        return np.std(x) * np.linalg.norm(np.arctan2(x, x[::-1] + 3.0))

    check_gradients(spread, A[0], order=2)
    n = A[0].size
    exact = 2 / n * (np.eye(n) - 1 / n)
    np.testing.assert_allclose(hessian(np.var)(A[0]), exact, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(
        grad(lambda x: np.linalg.norm(x, axis=1).sum())(A),
        A / np.linalg.norm(A, axis=1, keepdims=True),
        rtol=1e-13,
    )


def test_in_place_and_where_it_does_not_fit() -> None:
    in_place: list[Function] = [operator.imod, operator.ifloordiv, operator.ipow]
    v: Any = Value(2.0)
    for operation in in_place:
        numbers = np.array([7.5, 2.5])
        objects = operation(numbers.astype(object), v)
        assert data(objects).tolist() == operation(numbers.copy(), 2.0).tolist()
        with pytest.raises(TypeError, match="float64 can't hold Values"):
            operation(numbers, v)
        assert numbers.tolist() == [7.5, 2.5]
    floats = np.zeros(2)
    with pytest.raises(TypeError, match="float64 can't hold Values"):
        np.add.at(floats, [0], v)
    with pytest.raises(TypeError, match=r"float64'?\)? (can't hold|with casting)"):
        np.clip(v, 0.0, 2.0, out=floats)
    assert floats.tolist() == [0.0, 0.0]
    for wrong in (np.array(["a"]), np.array([1j])):
        use: Function
        for use in (operator.mod, operator.floordiv, divmod, np.hypot):
            with pytest.raises(TypeError, match=r"str|complex"):
                use(v, wrong)


def test_a_clip_in_a_program_is_no_branch() -> None:
    program = Program(lambda x: np.clip(x, 0.0, 2.0) * 3.0, 1.0)
    assert program.map(np.array([-1.0, 1.5, 7.0])).tolist() == [0.0, 4.5, 6.0]
    x: Any = Value(2.0)
    assert gradients(np.clip(x, None, 2.0), [x]) == [0.0]


# --- whole numbers and remainders --------------------------------------------------

ENDS = [0.0, 5e-324, 0.1, 0.3, 0.5, 1.0, 2.5, 3.0, 1e16, 2.0**52 + 1, 1e308, math.inf]
EDGES = [*ENDS, *(-x for x in ENDS), math.nan]


@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("remainder", operator.mod),
        ("floor_divide", operator.floordiv),
        ("fmod", autograd.fmod),
    ],
)
def test_remainders_are_those_of_numpy_bit_for_bit(name: str, use: Function) -> None:
    pairs = [(x, y) for x in EDGES for y in EDGES]
    with np.errstate(all="ignore"):
        wanted = getattr(np, name)(*np.array(pairs).T)
    kinds = [(Value, Value), (Value, float), (float, Value), (np.float64, Value)]
    for left, right in kinds:
        got = [use(left(x), right(y)).data for x, y in pairs]
        np.testing.assert_array_equal(got, wanted)
        assert np.signbit(got)[wanted == 0].tolist() == (
            np.signbit(wanted)[wanted == 0].tolist()
        )


@pytest.mark.parametrize("name", ["floor", "ceil", "trunc", "rint"])
def test_whole_numbers_are_those_of_numpy_bit_for_bit(name: str) -> None:
    numbers = np.array([*EDGES, 1.5, -1.5, 0.49999999999999994, 2.0**52 - 0.5])
    with np.errstate(invalid="ignore"):
        got = data(getattr(np, name)(lifted(numbers)))
    wanted = getattr(np, name)(numbers)
    np.testing.assert_array_equal(got, wanted)
    assert np.signbit(got)[wanted == 0].tolist() == (
        np.signbit(wanted)[wanted == 0].tolist()
    )


@pytest.mark.parametrize(
    ("f", "numbers", "wanted"),
    [
        (operator.mod, (7.5, 2.0), (1.0, -3.0)),
        (operator.mod, (-7.5, 2.0), (1.0, 4.0)),
        (operator.mod, (7.5, -2.0), (1.0, 4.0)),
        (operator.mod, (1.0, 0.1), (1.0, -9.0)),  # 0.1 is a little more than a tenth
        (operator.mod, (6.0, 2.0), (1.0, -3.0)),  # at the jump: of the value's piece
        (operator.mod, (1.0, 0.0), (math.nan, math.nan)),
        (operator.mod, (-1.0, math.inf), (1.0, 1.0)),
        (operator.floordiv, (7.5, 2.0), (0.0, 0.0)),
        (operator.floordiv, (6.0, 2.0), (0.0, 0.0)),
        (autograd.fmod, (-7.5, 2.0), (1.0, 3.0)),
        (autograd.floor, (2.0,), (0.0,)),
        (autograd.ceil, (2.5,), (0.0,)),
        (autograd.rint, (2.5,), (0.0,)),
        (autograd.trunc, (math.nan,), (math.nan,)),
    ],
)
def test_derivatives_between_and_at_jumps(
    f: Function, numbers: tuple[float, ...], wanted: tuple[float, ...]
) -> None:
    leaves = list(map(Value, numbers))
    got = gradients(f(*leaves), leaves)
    np.testing.assert_array_equal(got, wanted)
    for position, number in enumerate(wanted):
        tangents = [float(i == position) for i in range(len(numbers))]
        _, slope = autograd.jvp(f, numbers, tangents)
        np.testing.assert_array_equal(slope, number)


def test_a_check_at_a_jump_says_so() -> None:
    for f, numbers in (
        (autograd.floor, [2.0]),
        (autograd.rint, [2.5]),
        (operator.mod, [6.0, 2.0]),
        (operator.floordiv, [6.0, 2.0]),
    ):
        rows = check_gradients(f, *numbers).rows
        assert {row.verdict for row in rows} <= {"kink", "undecidable"}, f


SAWTOOTH: dict[str, Function] = {
    "remainder": lambda x, y: (x % y) * x + 7.0 % y + x % 2.5,
    "floor_divide": lambda x, y: (x // y) * x + y,
    "fmod": lambda x, y: autograd.fmod(x, y) * y,
    "rounded": lambda x, y: autograd.floor(x) * y + autograd.ceil(y) * x,
    "nearest": lambda x, y: autograd.trunc(3.0 * x) * y + autograd.rint(2.0 * y) * x,
}


@pytest.mark.parametrize("backend", ["numpy", "machine", "jax"])
@pytest.mark.parametrize("name", SAWTOOTH)
def test_programs_round_alike(name: str, backend: Any) -> None:
    f = SAWTOOTH[name]
    points = [(x, y) for x in (3.7, -3.7, 0.3, 0.0, -0.25) for y in (1.1, -2.5, 0.0)]
    points += [(math.inf, 1.1), (3.7, math.inf), (-3.7, math.inf), (math.nan, 1.0)]
    program = Program(f, 1.3, 0.7, backend=backend)
    wanted = []
    for numbers in points:
        leaves = list(map(Value, numbers))
        wanted.append([(out := f(*leaves)).data, *gradients(out, leaves)])
    values, derivatives = np.array(wanted)[:, 0], np.array(wanted)[:, 1:]
    same: dict[str, Any] = {"rtol": 1e-15, "equal_nan": True}
    np.testing.assert_allclose(program.map(*np.array(points).T), values, **same)
    got = [program.value_and_grad(*p, wrt="inputs")[1] for p in points]
    np.testing.assert_allclose(np.reshape(got, (-1, 2)), derivatives, **same)


def test_pythons_own_rounding() -> None:
    """floor, ceil and trunc stay in the graph; round gives a plain number."""
    for whole in (math.floor, math.ceil, math.trunc):
        v = Value(-2.5)
        assert type(whole(v)) is Value
        assert whole(v).data == whole(-2.5)
        assert whole(v).op is OPS[whole.__name__]
        program = Program(lambda x, f=whole: f(x) * x, 1.5)
        assert program(-2.5) == whole(-2.5) * -2.5
    assert divmod(7, Value(2.0)) == (3.0, 1.0)
    assert [x.data for x in divmod(Value(-7.0), 2)] == [-4.0, 1.0]
    assert type(round(Value(2.4))) is int
