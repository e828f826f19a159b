"""grad, jacobian, hessian, jvp, vjp, hvp: what they take and give, and nesting."""

import contextvars
import itertools
import math
import random
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
import sympy
from mpmath import mp, mpf

import autograd
from autograd import (
    Graph,
    Value,
    cos,
    derivative,
    exp,
    grad,
    gradients,
    hessian,
    hvp,
    jacobian,
    jvp,
    log,
    no_grad,
    sin,
    sqrt,
    tanh,
    value_and_grad,
    vjp,
)

Function = Callable[..., Any]


# --- gradients of what is recorded ---------------------------------------------


WEIGHTS = (0.0, -0.0, 1.0, -1.5, 2.0, 1e200, 1e-200, math.inf, -math.inf, math.nan)


def woven(xs: list[Value], seed: int) -> Value:
    """Sums of two or three earlier numbers, each times a weight; 0 and others, too."""
    rng = random.Random(seed)
    nodes = list(xs)
    for _ in range(25):
        few = rng.choices(nodes, k=rng.choice((1, 2, 3)))
        terms = [
            x * rng.choice(WEIGHTS if rng.random() < 0.3 else (0.5, -2.0)) for x in few
        ]
        nodes.append(autograd.sum(terms) if len(terms) > 2 else sum(terms, Value(0.0)))
    return autograd.sum(nodes[-4:])


@pytest.mark.parametrize("seed", range(60))
def test_every_reverse_sweep_gives_the_same_numbers(seed: int) -> None:
    numbers = [0.5, -1.0, 2.0]
    xs = [*map(Value, numbers)]
    output = woven(xs, seed)
    found = gradients(output, xs)
    output.backward()
    recorded = gradients(output, xs, create_graph=True)
    of_function = grad(lambda xs: woven(xs, seed))(numbers)
    for others in ([x.grad for x in xs], of_function, [x.data for x in recorded]):
        np.testing.assert_array_equal(others, found)


def test_gradients_are_pure_and_in_order() -> None:
    x, y, z = Value(3.0), Value(4.0), Value(5.0)
    product = x * y
    output = product * product
    assert gradients(output, [y, x, z, product, output, x]) == [
        *(72.0, 96.0, 0.0, 24.0, 1.0, 96.0),
    ]
    assert gradients(output, []) == []
    assert gradients(output, (x,)) == [96.0]
    assert all(v.grad == 0.0 for v in (x, y, z, product, output))
    assert all(type(g) is float for g in gradients(output, [x, z, output]))


def test_gradients_are_values_always_with_create_graph() -> None:
    x, stranger = Value(3.0), Value(1.0)
    output = 2.0 * x
    got = gradients(output, [x, stranger, output], create_graph=True)
    assert [type(g) for g in got] == [Value] * 3
    assert [g.data for g in got] == [2.0, 0.0, 1.0]
    with no_grad():
        silent = gradients(x * x, [x], create_graph=True)
    assert type(silent[0]) is Value
    cube = x * x * x
    (first,) = gradients(cube, [x], create_graph=True)
    (second,) = gradients(first, [x], create_graph=True)
    (third,) = gradients(second, [x])
    assert (first.data, second.data, third) == (27.0, 18.0, 6.0)
    second.backward()
    assert x.grad == 6.0


def test_a_gradient_penalty() -> None:
    """backward() through a gradient, against the derivative on paper."""
    w, x = Value(0.7), Value(1.3)
    y = tanh(w * x)
    (slope,) = gradients(y, [x], create_graph=True)
    (slope * slope).backward()
    s, t = 1 / math.cosh(0.91) ** 2, math.tanh(0.91)
    true = 2 * (0.7 * s) * (s - 2 * 0.7 * t * s * 1.3)
    assert w.grad == pytest.approx(true, rel=1e-13)


# --- structures ----------------------------------------------------------------


class Pair(NamedTuple):
    a: Any
    b: Any


def test_numbers_of_every_kind() -> None:
    for x in (3, 3.0, np.float32(3), np.int64(3), np.array(3.0), True + 2):
        assert grad(lambda v: v * v)(x) == 6.0
        assert type(grad(lambda v: v * v)(x)) is float
        assert value_and_grad(lambda v: v * v)(x) == (9.0, 6.0)
        assert jvp(lambda v: v * v, (x,), (x,)) == (9.0, 18.0)
        assert hessian(lambda v: v * v)(x) == 2.0


def test_lists_tuples_dicts_and_arrays() -> None:
    def f(p: Any) -> Any:
        return p["w"][0] * p["w"][1] + p["b"][0] ** 2 * p["c"]

    point = {"w": [2.0, 3.0], "b": (4.0,), "c": 0.5}
    gradient = {"w": [3.0, 2.0], "b": (4.0,), "c": 16.0}
    assert grad(f)(point) == gradient
    assert list(grad(f)(point)) == ["w", "b", "c"]
    assert value_and_grad(f)(point) == (14.0, gradient)
    assert vjp(f, point)[1](2.0) == ({"w": [6.0, 4.0], "b": (8.0,), "c": 32.0},)
    assert jvp(f, (point,), ({"w": [1.0, 0.0], "b": (0.0,), "c": 2.0},))[1] == 35.0
    assert hvp(f, point, {"w": [1.0, 0.0], "b": (1.0,), "c": 0.0}) == {
        "w": [0.0, 1.0],
        "b": (1.0,),
        "c": 8.0,
    }
    assert point == {"w": [2.0, 3.0], "b": (4.0,), "c": 0.5}

    pair = grad(lambda p: p.a[0] * p.b)(Pair([2.0], 3.0))
    assert pair == Pair([3.0], 2.0)
    assert type(pair) is Pair
    nested = grad(lambda x: x[0][0] * x[1][0][0])([[2.0], [[3.0], []]])
    assert nested == [[3.0], [[2.0], []]]


def test_arrays_give_arrays() -> None:
    x = np.arange(6.0).reshape(2, 3)
    got = grad(lambda v: (v * v * v).sum())(x)
    assert isinstance(got, np.ndarray)
    assert got.dtype == float
    np.testing.assert_array_equal(got, 3 * x * x)
    mixed = grad(lambda p: (p[0] * p[1]).sum())([np.array([1.0, 2.0]), 3])
    np.testing.assert_array_equal(mixed[0], [3.0, 3.0])
    assert mixed[1] == 3.0
    value, tangent = jvp(np.exp, (np.array([0.0, 1.0]),), (np.array([1.0, 2.0]),))
    np.testing.assert_allclose(value, np.exp([0.0, 1.0]), rtol=1e-15)
    np.testing.assert_allclose(tangent, [1.0, 2 * math.e], rtol=1e-15)


def test_jacobians() -> None:
    assert jacobian(lambda x: x * x)(3.0) == 6.0
    assert jacobian(lambda x: [x, x * x, 7.0])(3.0) == [1.0, 6.0, 0.0]
    assert jacobian(lambda x: (x[0] * x[1], {"s": x[0]}))([3.0, 4.0]) == (
        [4.0, 3.0],
        {"s": [1.0, 0.0]},
    )
    rng = np.random.default_rng(0)
    matrix, x = rng.normal(size=(4, 3)), rng.normal(size=3)
    got = jacobian(lambda v: np.tanh(matrix @ v))(x)
    assert got.shape == (4, 3)
    np.testing.assert_allclose(
        got, (1 / np.cosh(matrix @ x) ** 2)[:, None] * matrix, rtol=1e-12
    )
    parts = jacobian(lambda v: {"of": [v * v]})(x)  # arrays inside stay arrays
    assert parts["of"][0].dtype == float
    assert np.array_equal(parts["of"][0], np.diag(2.0 * x))
    cube = jacobian(lambda v: np.outer(v, v))(x)
    eye = np.eye(3)
    expected = np.einsum("ik,j->ijk", eye, x) + np.einsum("jk,i->ijk", eye, x)
    np.testing.assert_allclose(cube, expected, rtol=1e-15)


def test_against_sympy() -> None:
    """Gradient, Jacobian and Hessian of a formula, at several points."""
    a, b, c = symbols = sympy.symbols("a b c", positive=True)
    formula = sympy.exp(a * b) * sympy.sin(c) / (1 + a**2) + sympy.log(b) * sympy.sqrt(
        c
    )

    def f(v: Any) -> Any:
        return exp(v[0] * v[1]) * sin(v[2]) / (1 + v[0] ** 2) + log(v[1]) * sqrt(v[2])

    def g(v: Any) -> Any:
        return [f(v), v[0] * v[2], v[1] ** v[2]]

    rows = [formula, a * c, b**c]
    for point in ([0.3, 1.2, 2.5], [1.5, 0.4, 0.1]):
        at = dict(zip(symbols, map(sympy.Float, point), strict=True))

        def number(e: Any, at: Any = at) -> float:
            return float(e.subs(at).evalf(30))

        assert f(point) == pytest.approx(number(formula), rel=1e-13)
        assert grad(f)(point) == pytest.approx(
            [number(formula.diff(s)) for s in symbols], rel=1e-12
        )
        np.testing.assert_allclose(
            jacobian(g)(point),
            [[number(r.diff(s)) for s in symbols] for r in rows],
            rtol=1e-12,
        )
        second = [[number(formula.diff(s, t)) for t in symbols] for s in symbols]
        np.testing.assert_allclose(hessian(f)(point), second, rtol=1e-11)
        product = hvp(f, point, [1.0, -2.0, 0.5])
        np.testing.assert_allclose(product, np.array(second) @ [1, -2, 0.5], rtol=1e-11)


TAYLOR: list[tuple[str, Function, Function, float]] = [
    ("exp sin", lambda x: exp(sin(x)), lambda x: mp.exp(mp.sin(x)), 0.4),
    ("tanh", tanh, mp.tanh, 1.1),
    ("1/(1+x²)", lambda x: 1 / (1 + x * x), lambda x: 1 / (1 + x * x), 0.7),
    ("x**x", lambda x: x**x, lambda x: x**x, 1.3),
    ("x**2.5", lambda x: x**2.5, lambda x: x ** mpf("2.5"), 0.6),
    ("log1p", autograd.log1p, mp.log1p, 0.25),
    ("atan", autograd.atan, mp.atan, -0.8),
    ("erf", autograd.erf, mp.erf, 0.9),
    ("sigmoid", autograd.sigmoid, lambda x: 1 / (1 + mp.exp(-x)), -1.7),
    ("hypot", lambda x: autograd.hypot(x, 2), lambda x: mp.sqrt(x * x + 4), 0.5),
    ("asinh", autograd.asinh, mp.asinh, 0.3),
    ("7 - x³", lambda x: 7 - x**3, lambda x: 7 - x**3, 2.0),
]


@pytest.mark.parametrize(("name", "f", "true", "x"), TAYLOR)
def test_derivatives_up_to_order_6(
    name: str, f: Function, true: Function, x: float
) -> None:
    with mp.workdps(60):
        coefficients = mp.taylor(true, mpf(x), 6)
        for order, coefficient in enumerate(coefficients):
            exact = coefficient * mp.factorial(order)
            got = derivative(f, order)(x)
            assert type(got) is float
            assert abs(got - exact) <= 1e-11 * max(abs(exact), mpf("1e-3")), order


def test_derivatives_by_reverse_mode_up_to_order_5() -> None:
    f: Function = lambda x: exp(sin(x))  # noqa: E731
    nested = f
    with mp.workdps(50):
        exact = mp.taylor(lambda x: mp.exp(mp.sin(x)), mpf("0.4"), 5)
        for order in range(1, 6):
            nested = grad(nested)
            true = exact[order] * mp.factorial(order)
            assert abs(nested(0.4) - true) <= 1e-11 * abs(true)


@pytest.mark.parametrize("mode", ["reverse", "forward", "alternating"])
def test_an_adjoint_of_zero_hides_no_higher_derivative(mode: str) -> None:
    """The strong zero is about the number, not about how it depends on x."""
    f: Function = lambda x: (x * x) * (sin(x) * x) + exp(x) * (x * x)  # noqa: E731
    ways: dict[str, list[Function]] = {
        "reverse": [grad] * 6,
        "forward": [by_forward] * 6,
        "alternating": [grad, by_forward] * 3,
    }
    with mp.workdps(40):
        taylor = mp.taylor(lambda x: x**3 * mp.sin(x) + mp.exp(x) * x**2, 0, 6)
    for order, differentiate in enumerate(ways[mode], start=1):
        f = differentiate(f)
        true = float(taylor[order] * mp.factorial(order))
        assert float(f(0.0)) == pytest.approx(true, rel=1e-13, abs=1e-13)
    assert hessian(lambda v: v[0] * v[1])([0.0, 0.0]) == [[0.0, 1.0], [1.0, 0.0]]
    assert hessian(lambda v: v[0] * v[1] * v[0])([0.0, 3.0]) == [[6.0, 0.0], [0.0, 0.0]]


# --- arguments -----------------------------------------------------------------


def test_argnums() -> None:
    def f(x: Any, y: Any, z: Any) -> Any:
        return x * y[0] + y[1] * z

    args = (2.0, [3.0, 4.0], 5.0)
    assert grad(f)(*args) == 3.0
    assert grad(f, 1)(*args) == [2.0, 5.0]
    assert grad(f, (2, 0))(*args) == (4.0, 3.0)
    assert grad(f, (1,))(*args) == ([2.0, 5.0],)
    assert value_and_grad(f, (0, 2))(*args) == (26.0, (3.0, 4.0))
    assert grad(lambda x, name: x * len(name))(2.0, "abc") == 3.0, "others are not read"


def test_functions_that_ignore_or_return_constants() -> None:
    assert grad(lambda x: 7.0)(2.0) == 0.0
    assert grad(lambda x: Value(7.0))(2.0) == 0.0
    assert value_and_grad(lambda x: 7)(2.0) == (7.0, 0.0)
    assert type(value_and_grad(lambda x: 7)(2.0)[0]) is float
    assert derivative(lambda x: 7.0, 2)(2.0) == 0.0
    assert grad(lambda x: x)(2.0) == 1.0
    assert derivative(lambda x: x, 2)(2.0) == 0.0
    assert grad(lambda x, y: x * x, (0, 1))(3.0, 4.0) == (6.0, 0.0)
    assert grad(lambda x: x[0] * 2)([1.0, 2.0]) == [2.0, 0.0]
    assert hessian(lambda x: x[0])([1.0, 2.0]) == [[0.0, 0.0], [0.0, 0.0]]
    assert jacobian(lambda x: [1.0, x[1]])([1.0, 2.0]) == [[0.0, 0.0], [0.0, 1.0]]
    assert jvp(lambda x: 7.0, (2.0,), (1.0,)) == (7.0, 0.0)
    assert vjp(lambda x: [7.0, x], 2.0)[1]([1.0, 3.0]) == (3.0,)
    assert vjp(lambda x: [x, x], 2.0)[1]([1.0, 3.0]) == (4.0,)
    assert hvp(lambda x: x[0] * 2, [1.0], [1.0]) == [0.0]
    assert grad(lambda x: 1.0)([]) == []

    def through_no_grad(x: Any) -> Any:
        with no_grad():
            y = x * x
        return y * x

    assert grad(through_no_grad)(3.0) == 9.0
    assert derivative(through_no_grad)(3.0) == 9.0


def test_under_no_grad_derivatives_are_plain_numbers() -> None:
    w = Value(2.0)
    with no_grad():
        assert grad(lambda x: x * x * w)(3.0) == 12.0
        assert type(grad(lambda x: x * x * w)(3.0)) is float
        assert derivative(lambda x: x**3, 2)(2.0) == 12.0
        assert (w * 2).parents == ()
    assert len((w * 2).parents) == 1


def test_an_exception_leaves_recording_as_it_was() -> None:
    def fails(x: Value) -> Value:
        raise ZeroDivisionError

    for differentiate in (grad(fails), jacobian(fails), derivative(fails, 2)):
        with pytest.raises(ZeroDivisionError):
            differentiate(1.0)
    y = Value(1.0) * 2
    assert y.parents
    assert isinstance(grad(lambda x: x * x)(2.0), float)


NO_NUMBER = [None, "1", 1j, object(), {1.0}, [1.0, "a"], {"a": None}, np.array([1j])]


@pytest.mark.parametrize("bad", NO_NUMBER, ids=lambda bad: type(bad).__name__)
def test_arguments_and_results_are_numbers(bad: Any) -> None:
    for call in (
        lambda: grad(lambda x: 1.0)(bad),
        lambda: jacobian(lambda x: 1.0)(bad),
        lambda: jvp(lambda x: 1.0, (bad,), (bad,)),
        lambda: vjp(lambda x: 1.0, bad),
        lambda: grad(lambda x: bad)(1.0),
        lambda: jacobian(lambda x: bad)(1.0),
        lambda: jvp(lambda x: bad, (1.0,), (1.0,)),
        lambda: vjp(lambda x: x, 1.0)[1](bad),
    ):
        with pytest.raises(TypeError, match="must be a number"):
            call()


def test_bad_input() -> None:
    x = Value(1.0)
    with pytest.raises(TypeError, match="gradients wants Values, got float"):
        gradients(1.0, [x])  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="gradients wants Values, got int"):
        gradients(x, [x, 3])  # type: ignore[list-item]
    with pytest.raises(TypeError, match="list"):
        gradients(x * x, x)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="returned 2: use jacobian"):
        grad(lambda v: [v, v])(1.0)
    with pytest.raises(TypeError, match="use jacobian"):
        hessian(lambda v: [v[0], v[1]])([1.0, 2.0])
    for order in (-1, 1.0, True, "2", None):
        with pytest.raises(ValueError, match="order"):
            derivative(sin, order)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="tangents"):
        jvp(lambda a, b: a * b, (1.0, 2.0), (1.0,))
    with pytest.raises(ValueError, match="adjoint"):
        vjp(sin, 1.0)[1]([1.0, 2.0])
    with pytest.raises(TypeError, match="primals"):
        jvp(sin, 1.0, 1.0)  # type: ignore[arg-type]


def test_further_arguments_and_keywords_are_constants() -> None:
    def f(x: Any, scale: Any = 1.0, *, power: int = 3) -> Any:
        return scale * x**power

    assert grad(f)(2.0, 5.0, power=2) == 20.0
    assert grad(f)(2.0, scale=5.0) == 60.0
    assert value_and_grad(f)(2.0, power=2) == (4.0, 4.0)
    assert derivative(f, 2)(2.0, 5.0) == 60.0
    assert derivative(f)(2.0, scale=5.0, power=2) == 20.0
    assert jacobian(f)(2.0, 5.0) == 60.0
    assert hessian(f)(2.0, 5.0, power=2) == 10.0

    def parts(x: list[Any], which: list[str], *, shift: float) -> list[Any]:
        return [x[0] * x[1] + shift for _ in which]

    assert jacobian(parts)([2.0, 3.0], ["a", "b"], shift=1.0) == [[3.0, 2.0]] * 2
    assert jacobian(lambda a, /, **rest: a * rest["x"])(1.0, x=4.0) == 4.0


def test_constants_of_an_outer_computation_stay_connected() -> None:
    def inner(x: Any, k: Any) -> Any:
        return k * x**3

    for derived in (derivative(inner), grad(inner), jacobian(inner)):
        assert grad(lambda k, d=derived: d(2.0, k))(5.0) == 12.0
        assert grad(lambda k, d=derived: d(2.0, k=k))(5.0) == 12.0


def test_derivatives_go_by_the_name_of_their_function() -> None:
    def speed(t: Any) -> Any:
        return [t, t]

    for of in (grad, value_and_grad, derivative, jacobian, hessian):
        derived: Any = of(speed)
        assert derived.__name__ == "speed"
        assert derived.__doc__.endswith(" of speed.")
    with pytest.raises(TypeError, match="speed must return one number"):
        hessian(speed)(1.0)
    assert grad(autograd.OPS["tanh"])(0.0) == 1.0  # an Op has no __name__


@pytest.mark.parametrize("of", [grad, value_and_grad, derivative, jacobian, hessian])
def test_what_is_no_function_is_refused_at_once(of: Any) -> None:
    with pytest.raises(TypeError, match=rf"{of.__name__} wants a function, got int"):
        of(3)
    with pytest.raises(TypeError, match="got Value: put the computation in a function"):
        of(Value(3.0))


def test_products_name_themselves_in_messages() -> None:
    for call in (
        lambda: jvp(3, (1.0,), (1.0,)),  # type: ignore[arg-type]
        lambda: vjp(3, 1.0),  # type: ignore[arg-type]
        lambda: hvp(3, 1.0, 1.0),  # type: ignore[arg-type]
    ):
        with pytest.raises(TypeError, match="wants a function, got int"):
            call()
    with pytest.raises(ValueError, match=r"v of the structure of x.*got 1.0 for \[1.0"):
        hvp(lambda x: x[0] ** 2, [1.0], 1.0)
    with pytest.raises(TypeError, match=r"hvp's v must be a number.*got str"):
        hvp(lambda x: x**2, 1.0, "a")
    for order in (1, 2):
        with pytest.raises(TypeError, match=r"sin was called with list: use grad"):
            derivative(sin, order)([1.0])


def test_bad_argnums() -> None:
    def f(x: Any, y: Any) -> Any:
        return x * y

    for argnums in (2, -1, (0, 2)):
        with pytest.raises(TypeError, match="argnums names argument"):
            grad(f, argnums)(1.0, 2.0)
    for wrong in ("a", 1.0, None):
        with pytest.raises(TypeError, match="argnums"):
            grad(f, wrong)(1.0, 2.0)  # type: ignore[arg-type]
    with pytest.raises((TypeError, ValueError), match="argnums"):
        grad(f, (0, 0))(1.0, 2.0)


def test_jvp_wants_tangents_like_its_primals() -> None:
    def f(v: Any) -> Any:
        return v[0] * v[1]

    with pytest.raises(ValueError, match="tangents"):
        jvp(f, ([3.0, 2.0],), (1.0, 2.0))
    with pytest.raises(ValueError, match="tangents"):
        jvp(f, ([3.0, 2.0],), ([[1.0], 2.0],))


# --- nesting -------------------------------------------------------------------

Mode = Callable[[Function], Function]


def by_forward(f: Function) -> Function:
    return lambda x: jvp(f, (x,), (1.0,))[1]


def by_pullback(f: Function) -> Function:
    return lambda x: vjp(f, x)[1](1.0)[0]


def by_recording(f: Function) -> Function:
    """gradients(..., create_graph=True), written by hand."""

    def slope(x: Any) -> Any:
        variable = Value(x) if not isinstance(x, Value) else x * 1.0
        output = f(variable)
        if not isinstance(output, Value):
            return 0.0
        return gradients(output, [variable], create_graph=True)[0]

    return slope


MODES: dict[str, Mode] = {
    "reverse": grad,
    "forward": by_forward,
    "pullback": by_pullback,
    "recorded": by_recording,
    "jacobian": jacobian,
    "derivative": derivative,
}
PAIRS = list(itertools.product(MODES, MODES))


@pytest.mark.parametrize(("outer", "inner"), PAIRS)
def test_perturbations_are_not_confused(outer: str, inner: str) -> None:
    """Examples of Siskind & Pearlmutter (2005, 2008) and of Manzyuk et al. (2019)."""
    d, e = MODES[outer], MODES[inner]
    assert float(d(lambda x: x * e(lambda y: x + y)(1.0))(1.0)) == 1.0
    assert float(d(lambda x: x * e(lambda y: x * y)(2.0))(3.0)) == 6.0
    assert float(d(lambda x: x * e(lambda y: x + y)(x))(5.0)) == 1.0
    assert float(d(lambda x: e(lambda y: x)(1.0) * x)(2.0)) == 0.0
    assert float(d(lambda x: e(lambda y: y)(x) * x)(2.0)) == 1.0
    assert float(d(lambda x: x * e(lambda y: y * y * x)(x))(2.0)) == 24.0
    assert float(d(lambda x: e(lambda y: x**3 * y**2)(x))(2.0)) == 64.0
    shifted = d(lambda x: e(lambda y: (x + y) ** 4)(0.0))(1.5)
    assert float(shifted) == pytest.approx(12 * 1.5**2, rel=1e-15)


@pytest.mark.parametrize(("outer", "inner"), PAIRS)
def test_third_order_over_two_closures(outer: str, inner: str) -> None:
    d, e = MODES[outer], MODES[inner]

    def f(x: Any) -> Any:
        return e(lambda y: d(lambda z: sin(x * y * z))(y) * x)(x)

    # e: d/dy [x² y cos(x y²)] at y = x, with z = y: a function of x alone
    x = sympy.Symbol("x")
    y, z = sympy.symbols("y z")
    inside = sympy.diff(sympy.sin(x * y * z), z).subs(z, y) * x
    formula = sympy.diff(inside, y).subs(y, x)
    assert float(f(0.8)) == pytest.approx(float(formula.subs(x, 0.8)), rel=1e-12)
    slope = sympy.diff(formula, x).subs(x, 0.8)
    assert float(d(f)(0.8)) == pytest.approx(float(slope), rel=1e-11)


def test_closures_over_outer_variables() -> None:
    """A derivative of a derivative in another variable: d/dw of d/dx."""
    w = Value(0.7, label="w")
    slope = grad(lambda x: sin(w * x))(2.0)
    assert isinstance(slope, Value)
    slope.backward()
    assert w.grad == pytest.approx(math.cos(1.4) - 1.4 * math.sin(1.4), rel=1e-14)
    curvature = hessian(lambda v: w * v[0] * v[0] * v[1])([1.0, 2.0])
    for row in curvature:
        for entry in row:
            assert float(entry) in {2.8, 1.4, 0.0}
    total = autograd.sum([entry for row in curvature for entry in row])
    assert gradients(total, [w]) == [8.0]


def test_results_are_values_where_an_outer_value_takes_part() -> None:
    """Semantic 9, to the letter: not only where it shows in the number."""
    w = Value(2.0)
    results: list[Any] = [
        grad(lambda x: x + w)(1.0),
        *grad(lambda a: a[0] * w)([1.0, 2.0]),
        *value_and_grad(lambda x: x + w)(1.0),
        *jvp(lambda x: x + w, (1.0,), (1.0,)),
        jacobian(lambda x: x + w)(1.0),
        vjp(lambda x: x + w, 1.0)[1](1.0)[0],
        grad(lambda x: x * x)(w),
    ]
    assert [type(x) for x in results] == [Value] * len(results)


def test_pullbacks_may_be_used_later_and_again() -> None:
    value, pullback = vjp(lambda x: x * x, 3.0)
    assert value == 9.0
    assert [pullback(t)[0] for t in (1.0, 2.0, 0.0)] == [6.0, 12.0, 0.0]
    seed = Value(2.0)
    (back,) = pullback(seed)
    assert isinstance(back, Value)
    assert gradients(back, [seed]) == [6.0]
    assert grad(lambda t: pullback(t)[0])(5.0) == 6.0


def test_tangents_may_be_variables() -> None:
    assert grad(lambda t: jvp(sin, (0.3,), (t,))[1])(1.0) == math.cos(0.3)
    assert derivative(lambda t: jvp(sin, (t,), (t,))[1])(0.3) == pytest.approx(
        math.cos(0.3) - 0.3 * math.sin(0.3), rel=1e-15
    )


def test_work_done_in_an_older_context() -> None:
    """A callback may run in a context that was copied before the function began."""
    _ = Value(1.0) * 2
    older = contextvars.copy_context()
    assert grad(lambda x: older.run(lambda: x * x))(3.0) == 6.0
    assert derivative(lambda x: older.run(lambda: x * x), 2)(3.0) == 2.0


# --- a saddle point, by gradient descent inside gradient descent ---------------

Vector = list[Any]


def gradient_by_reverse(f: Function, x: Vector) -> Vector:
    result: Vector = grad(f)(x)
    return result


def gradient_by_forward(f: Function, x: Vector) -> Vector:
    unit = [[float(i == j) for j in range(len(x))] for i in range(len(x))]
    return [jvp(f, (x,), (direction,))[1] for direction in unit]


GRADIENTS: dict[str, Callable[[Function, Vector], Vector]] = {
    "reverse": gradient_by_reverse,
    "forward": gradient_by_forward,
}
MIXTURES = list(itertools.product(GRADIENTS, GRADIENTS))


def descended(
    slope: Callable[[Function, Vector], Vector],
    f: Function,
    x: Vector,
    steps: int,
    rate: float,
) -> Vector:
    for _ in range(steps):
        x = [a - rate * d for a, d in zip(x, slope(f, x), strict=True)]
    return x


@pytest.mark.parametrize(("outer", "inner"), MIXTURES)
def test_a_saddle_point_by_descent_inside_descent(outer: str, inner: str) -> None:
    """min over p of max over q of |p|² - |q|² (Siskind & Pearlmutter 2008)."""

    def payoff(p: Vector, q: Vector) -> Any:
        return p[0] ** 2 + p[1] ** 2 - (q[0] ** 2 + q[1] ** 2)

    def best_answer(p: Vector) -> Vector:
        loss = lambda q: -payoff(p, q)  # noqa: E731
        return descended(GRADIENTS[inner], loss, [1.0, 1.0], 12, 0.4)

    def worst(p: Vector) -> Any:
        return payoff(p, best_answer(p))

    p = descended(GRADIENTS[outer], worst, [1.0, 1.0], 12, 0.4)
    assert [float(x) for x in p] == pytest.approx([0.0, 0.0], abs=1e-7)
    assert [float(x) for x in best_answer(p)] == pytest.approx([0.0, 0.0], abs=1e-7)


@pytest.mark.parametrize(("outer", "inner"), MIXTURES)
def test_a_saddle_point_whose_players_feel_each_other(outer: str, inner: str) -> None:
    """(x-1)² - (y-2)² + x y has its saddle where 2(x-1)+y = 0 and x = 2(y-2)."""

    def payoff(x: Any, y: Any) -> Any:
        return (x - 1.0) ** 2 - (y - 2.0) ** 2 + x * y

    def best_answer(x: Any) -> Vector:
        loss = lambda q: -payoff(x, q[0])  # noqa: E731
        return descended(GRADIENTS[inner], loss, [0.0], 16, 0.4)

    def worst(p: Vector) -> Any:
        return payoff(p[0], best_answer(p[0])[0])

    (x,) = descended(GRADIENTS[outer], worst, [1.0], 24, 0.3)
    assert float(x) == pytest.approx(0.0, abs=1e-8)
    assert float(best_answer(x)[0]) == pytest.approx(2.0, abs=1e-8)


# --- a trajectory in a potential, tuned by Newton's method ---------------------


def potential(x: Vector, w: Any) -> Any:
    """Two repulsive charges, the upper one lowered by w."""
    charges = ((10.0, 10.0 - w), (10.0, 0.0))
    return autograd.sum(
        [1.0 / sqrt((x[0] - a) ** 2 + (x[1] - b) ** 2) for a, b in charges]
    )


def missed_by(w: Any, force: Callable[[Vector, Any], Vector]) -> Any:
    """The square of where the particle lands on the axis (Euler, steps of 0.1)."""
    x: Vector = [0.0, 8.0]
    v: Vector = [0.75, 0.0]
    while True:
        new = [a + 0.1 * b for a, b in zip(x, v, strict=True)]
        if new[1] <= 0:
            break
        v = [a + 0.1 * b for a, b in zip(v, force(x, w), strict=True)]
        x = new
    landing = x[0] - x[1] / v[1] * v[0]
    return landing * landing


def closed_force(x: Vector, w: Any) -> Vector:
    """Coulomb's law on paper: no derivative is taken."""
    charges = ((10, 10 - w), (10, 0))
    cubes = [mp.sqrt((x[0] - a) ** 2 + (x[1] - b) ** 2) ** 3 for a, b in charges]
    return [
        sum((x[i] - c[i]) / r for c, r in zip(charges, cubes, strict=True))
        for i in (0, 1)
    ]


NEAR = 0.2


@pytest.fixture(scope="module")
def true_particle() -> tuple[float, list[float]]:
    """The best w, and value, first and second derivative at NEAR, from mpmath."""
    with mp.workdps(60):
        tenth, three_quarters = mpf(0.1), mpf("0.75")

        def missed(w: Any) -> Any:
            x, v = [mpf(0), mpf(8)], [three_quarters, mpf(0)]
            while True:
                new = [a + tenth * b for a, b in zip(x, v, strict=True)]
                if new[1] <= 0:
                    return x[0] - x[1] / v[1] * v[0]
                v = [a + tenth * b for a, b in zip(v, closed_force(x, w), strict=True)]
                x = new

        best = mp.findroot(missed, (mpf("0.2"), mpf("0.21")))
        h = mpf(10) ** -18
        low, middle, high = (missed(NEAR + k * h) ** 2 for k in (-1, 0, 1))
        jets = [middle, (high - low) / (2 * h), (high - 2 * middle + low) / h**2]
        return float(best), [float(x) for x in jets]


def test_the_particle_is_the_published_one(
    true_particle: tuple[float, list[float]],
) -> None:
    """Siskind & Pearlmutter stop their descent at a step of 1e-5."""
    assert true_particle[0] == pytest.approx(0.20719187464861194, abs=1e-5)


@pytest.mark.parametrize(("outer", "inner"), MIXTURES)
def test_a_trajectory_tuned_by_newton_steps(
    outer: str, inner: str, true_particle: tuple[float, list[float]]
) -> None:
    """The force is a gradient, the steps need two derivatives of the landing."""

    def force(x: Vector, w: Any) -> Vector:
        slope = GRADIENTS[inner](lambda y: potential(y, w), x)
        return [-s for s in slope]

    def miss(w: Any) -> Any:
        return missed_by(w, force)

    first = grad(miss) if outer == "reverse" else by_forward(miss)
    second = by_forward(first) if outer == "reverse" else grad(first)
    best, jets = true_particle
    slope, bend = first(NEAR), second(NEAR)
    assert [float(miss(NEAR)), slope, bend] == pytest.approx(jets, rel=1e-9)
    w = NEAR - slope / bend
    for _ in range(2):
        w -= first(w) / second(w)
    assert w == pytest.approx(best, abs=1e-8)


def test_a_gradient_flows_through_a_long_trajectory() -> None:
    """A pendulum whose force is a gradient, against the same written out."""
    k, x, v = Value(1.3), Value(0.4), Value(0.0)
    start = x
    for _ in range(300):
        v = v - 0.02 * grad(lambda y: -k * cos(y))(x)
        x = x + 0.02 * v
    got = gradients(x, [k, start])

    def end(k: Any, x: Any) -> Any:
        v = mpf(0)
        for _ in range(300):
            v = v - mpf(0.02) * k * mp.sin(x)
            x = x + mpf(0.02) * v
        return x

    with mp.workdps(40):
        h, at = mpf(10) ** -15, (mpf(1.3), mpf(0.4))
        by_k = (end(at[0] + h, at[1]) - end(at[0] - h, at[1])) / (2 * h)
        by_x = (end(at[0], at[1] + h) - end(at[0], at[1] - h)) / (2 * h)
        assert abs(x.data - end(*at)) < 1e-13
        assert abs(got[0] - by_k) < 1e-12
        assert abs(got[1] - by_x) < 1e-12
    assert len(Graph(x)) < 300 * 40


def test_second_derivatives_of_softmax_cost_the_square_of_its_length() -> None:
    def recorded_nodes(n: int) -> int:
        inputs = [Value(0.1 * i) for i in range(n)]
        shares = autograd.softmax(inputs)
        output = autograd.sum([share * share for share in shares])
        slopes = autograd.gradients(output, inputs, create_graph=True)
        return sum(len(node.parents) for node in Graph(*slopes).nodes)

    assert recorded_nodes(40) < 5 * recorded_nodes(20)
