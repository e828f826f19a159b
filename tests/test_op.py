"""One's own operations: called, recorded, differentiated, kept and refused."""

import copy
import math
import pickle
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf

import autograd
from autograd import (
    OPS,
    Graph,
    Op,
    Value,
    derivative,
    grad,
    gradients,
    hessian,
    jvp,
    no_grad,
    scope,
)


def cube_value(xp: Any, x: Any) -> Any:
    return x * x * x


def cube_slope(xp: Any, out: Any, x: Any) -> tuple[Any, ...]:
    return (3.0 * x * x,)


CUBE = Op("cube", cube_value, cube_slope, latex="{$x}^3", doc="x three times")

BUMP = Op(
    "bump",
    lambda xp, x, width: xp.exp(-((x / width) * (x / width))),
    lambda xp, out, x, width: (
        -2.0 * x / (width * width) * out,
        2.0 * x * x / (width * width * width) * out,
    ),
)

HUBER = Op(
    "huber",
    lambda xp, x: 0.5 * x * x if abs(x) < 1.0 else abs(x) - 0.5,
    lambda xp, out, x: (x if abs(x) < 1.0 else xp.sign(x),),
)

NORM = Op(
    "norm",
    lambda xp, *xs: xp.sqrt(xp.sum([x * x for x in xs])),
    lambda xp, out, *xs: tuple(x / out for x in xs),
)


def test_called_on_values_and_on_numbers() -> None:
    x = Value(2.0, label="x")
    y = CUBE(x)
    assert (type(y), y.data, y.op, y.parents) == (Value, 8.0, CUBE, (x,))
    assert y.local_derivatives == (12.0,)
    for number in (2, 2.0, np.float32(2), np.array(2), Fraction(2).numerator):
        assert CUBE(number) == 8.0
        assert type(CUBE(number)) is float
    assert CUBE(True) == 1.0
    with no_grad():
        assert CUBE(x).parents == ()
    with scope("mine"):
        assert CUBE(x).scope == "mine"


def test_constants_are_operands_but_no_parents() -> None:
    x = Value(0.5)
    y = BUMP(x, 2)
    assert y.operands == (x, 2.0)
    assert type(y.operands[1]) is float
    assert y.parents == (x,)
    assert len(y.local_derivatives) == 1
    assert BUMP(1, x).parents == (x,)


def test_it_differentiates_like_any_row() -> None:
    x = Value(2.0)
    (CUBE(x) + CUBE(CUBE(x))).backward()
    assert x.grad == 12.0 + 9.0 * 2.0**8
    assert [derivative(CUBE, k)(2.0) for k in range(5)] == [8.0, 12.0, 12.0, 6.0, 0.0]
    assert grad(grad(CUBE))(2.0) == 12.0
    assert jvp(grad(CUBE), (2.0,), (1.0,)) == (12.0, 12.0)


def test_second_derivatives_of_two_variables() -> None:
    point = [0.7, 1.3]
    got = hessian(lambda v: BUMP(v[0], v[1]))(point)

    def f(x: Any, w: Any) -> Any:
        return mp.exp(-((x / w) ** 2))

    with mp.workdps(40):
        for i in range(2):
            for j in range(2):
                order = [0, 0]
                order[i] += 1
                order[j] += 1
                true = mp.diff(f, tuple(map(mpf, point)), tuple(order))
                assert abs(got[i][j] - true) < 1e-13


def test_a_rule_may_use_pythons_if() -> None:
    for x in (-3.0, -0.4, 0.2, 1.7):
        inside = abs(x) < 1.0
        assert HUBER(x) == (0.5 * x * x if inside else abs(x) - 0.5)
        assert derivative(HUBER)(x) == (x if inside else math.copysign(1.0, x))
        assert derivative(HUBER, 2)(x) == (1.0 if inside else 0.0)
        assert grad(grad(HUBER))(x) == (1.0 if inside else 0.0)


def test_a_list_operation() -> None:
    xs = [Value(3.0), Value(4.0)]
    y = NORM(*xs)
    assert (y.data, y.parents) == (5.0, tuple(xs))
    assert gradients(y, xs) == [0.6, 0.8]
    assert NORM(3, 4.0, 12) == 13.0
    x = Value(2.0)
    assert gradients(NORM(x, x, x, x), [x]) == [2.0]
    assert np.array(hessian(lambda v: NORM(*v))([3.0, 4.0])) == pytest.approx(
        np.array([[16, -12], [-12, 9]]) / 125
    )


SWISH = Op(
    "swish_of",
    lambda xp, x, beta=1.5: x * xp.sigmoid(beta * x),
    lambda xp, out, x, beta: (
        xp.sigmoid(beta * x) + beta * x * xp.sigmoid(beta * x) * xp.sigmoid(-beta * x),
        x * x * xp.sigmoid(beta * x) * xp.sigmoid(-beta * x),
    ),
)


def test_the_last_operands_may_have_defaults() -> None:
    def true(z: Any) -> Any:
        return z / (1 + mp.exp(mpf("-1.5") * z))

    x = Value(0.3)
    assert SWISH.defaults == (1.5,)
    assert (SWISH(x).operands, SWISH(x).parents) == ((x, 1.5), (x,))
    assert SWISH(x, Value(1.5)).data == SWISH(x).data == SWISH(0.3)
    assert SWISH(0.3) != SWISH(0.3, 2.0)
    program = autograd.Program(SWISH, 0.3)
    assert program(0.3) == SWISH(0.3)
    with mp.workdps(40):
        for order in range(4):
            expected = mp.diff(true, mpf(0.3), order)
            assert abs(derivative(SWISH, order)(0.3) - expected) < 1e-13
    for operands in ((), (x, 1.0, 2.0)):
        got = len(operands)
        with pytest.raises(TypeError, match=rf"swish_of\(x, beta\) takes 2, got {got}"):
            SWISH(*operands)
    with pytest.raises(TypeError, match=r"a plain number.*got str"):
        Op("named", lambda xp, x, kind="soft": x, lambda xp, out, x, kind: (1.0, 0.0))


def test_operands_with_a_default_go_by_their_names_too() -> None:
    x = Value(-2.0)
    assert autograd.leaky_relu(x).data == x.leaky_relu().data == -0.02
    assert autograd.leaky_relu(x, negative_slope=0.5).data == -1.0
    assert x.leaky_relu(negative_slope=0.5).data == x.leaky_relu(0.5).data == -1.0
    assert [x.clamp(low=-1.0).data, x.clamp(high=-3.0).data] == [-1.0, -3.0]
    assert [autograd.clamp(-2.0, low=-1.0), autograd.clamp(-2.0, -5.0)] == [-1.0, -2.0]
    y = x.clamp(high=5.0)
    y.backward()
    assert x.grad == 1.0
    functions: tuple[Any, ...] = (autograd.leaky_relu, Value.leaky_relu)
    for wrong in functions:
        with pytest.raises(TypeError, match=r"leaky_relu\(x.*argument 'slope'"):
            wrong(x, slope=0.5)


def test_it_stands_in_graphs_and_json() -> None:
    x = Value(2.0, label="x")
    graph = Graph(CUBE(x) * BUMP(x, 0.5))
    assert [n.op for n in graph.find("cube")] == [CUBE]
    read = Graph.from_json(graph.to_json(), ops=[CUBE, BUMP])
    assert [n.op for n in read] == [n.op for n in graph]
    with pytest.raises(ValueError, match="unknown operation 'bump'"):
        Graph.from_json(graph.to_json(), ops=[CUBE])


def test_it_pickles_and_copies() -> None:
    x = Value(2.0)
    y = CUBE(x)
    again = pickle.loads(pickle.dumps(y))
    assert again.op.name == "cube"
    assert again.op.latex == CUBE.latex
    assert again.op.doc == CUBE.doc
    again.backward()
    assert again.parents[0].grad == 12.0
    assert gradients(gradients(again, again.parents, True)[0], again.parents) == [12.0]
    assert copy.deepcopy(y).op is CUBE
    assert copy.copy(CUBE) is copy.deepcopy(CUBE) is CUBE
    for row in OPS.values():
        assert pickle.loads(pickle.dumps(row)) is row
        assert copy.deepcopy(row) is row


def test_a_function_that_cannot_be_pickled_says_so_and_harms_nothing() -> None:
    x = Value(2.0)
    y = BUMP(x * x, 1.0) * x
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(y)
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle._dumps(y)  # type: ignore[attr-defined]
    z = x
    for _ in range(5000):
        z = z + 1.0
    assert copy.deepcopy(z).data == z.data
    assert pickle.loads(pickle.dumps(z)).data == z.data


# --- rules that are wrong ------------------------------------------------------


def test_wrong_number_of_operands() -> None:
    x = Value(1.0)
    for operands in ((), (x, x), (1.0, 2.0)):
        with pytest.raises(TypeError, match=r"cube.*takes 1, got"):
            CUBE(*operands)
    with pytest.raises(TypeError, match=r"bump\(x, width\) takes 2, got 1"):
        BUMP(x)
    with pytest.raises(TypeError, match="norm takes at least 1"):
        NORM()
    with pytest.raises(TypeError, match="takes 2, got 3"):
        OPS["add"](x, x, x)


@pytest.mark.parametrize("slopes", [(), (1.0, 2.0), (1.0, 2.0, 3.0)])
def test_wrong_number_of_derivatives(slopes: Any) -> None:
    wrong = Op("wrong", lambda xp, x: x * x, lambda xp, out, x: slopes)
    with pytest.raises(ValueError, match=r"wrong.*expected 1, got"):
        wrong(Value(1.0))


@pytest.mark.parametrize(
    "slopes", [1.0, None, [1.0, 2.0], ("a",), (None,), (1j,), ((1.0,),)]
)
def test_a_wrong_derivative_names_the_operation(slopes: Any) -> None:
    wrong = Op("crooked", lambda xp, x: x * x, lambda xp, out, x: slopes)
    with pytest.raises((TypeError, ValueError), match="crooked"):
        wrong(Value(1.0))


@pytest.mark.parametrize("result", [None, "a", 1j, [1.0], (1.0,)])
def test_a_wrong_value_names_the_operation(result: Any) -> None:
    wrong = Op("crooked", lambda xp, x: result, lambda xp, out, x: (1.0,))
    for operand in (Value(1.0), 1.0):
        with pytest.raises((TypeError, ValueError), match="crooked"):
            wrong(operand)


@pytest.mark.parametrize("kind", [int, np.float32, np.float64, bool, np.array])
def test_what_a_rule_returns_becomes_a_float(kind: Any) -> None:
    op = Op("one", lambda xp, x: kind(1), lambda xp, out, x: (kind(1),))
    y = op(Value(3.0))
    assert type(y.data) is float
    assert type(y.local_derivatives[0]) is float
    assert type(op(3.0)) is float


def test_a_rule_may_call_only_what_the_table_has() -> None:
    wrong = Op("lost", lambda xp, x: xp.exponential(x), lambda xp, out, x: (1.0,))
    with pytest.raises(AttributeError, match="exponential"):
        wrong(Value(1.0))


def test_any_row_of_the_table_may_be_called_in_a_rule() -> None:
    twice = Op(
        "soft_square",
        lambda xp, x: xp.square(xp.softplus(x)),
        lambda xp, out, x: (2.0 * xp.softplus(x) * xp.sigmoid(x),),
    )
    with mp.workdps(40):
        for order in range(4):
            true = mp.diff(lambda z: mp.log1p(mp.exp(z)) ** 2, mpf("0.3"), order)
            assert abs(derivative(twice, order)(0.3) - true) < 1e-13


@pytest.mark.parametrize("name", ["", "two words", "1st", None, 3, "a-b"])
def test_a_name_is_an_identifier(name: Any) -> None:
    with pytest.raises((ValueError, TypeError), match="name is an identifier"):
        Op(name, cube_value, cube_slope)


def test_functions_are_checked() -> None:
    for forward, slopes in ((None, cube_slope), (cube_value, "x")):
        with pytest.raises(TypeError, match="must be a function"):
            Op("cube", forward, slopes)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="at least one operand"):
        Op("nothing", lambda xp: 1.0, lambda xp, out: ())


@pytest.mark.parametrize("x", ["2", b"2", Decimal(2), Fraction(1, 2), None, 2j, [2.0]])
def test_plain_operands_are_checked(x: Any) -> None:
    for op in (CUBE, OPS["exp"], OPS["relu"]):
        with pytest.raises(TypeError, match=type(x).__name__):
            op(x)
    for operands in ((x, 1.0), (1.0, x), (Value(1.0), x), (x, Value(1.0))):
        with pytest.raises(TypeError, match=type(x).__name__):
            OPS["add"](*operands)
        with pytest.raises(TypeError, match=type(x).__name__):
            BUMP(*operands)


# --- numbers -------------------------------------------------------------------


def test_division_by_zero_in_a_rule_gives_ieee_numbers() -> None:
    inverse = Op("inverse", lambda xp, x: 1 / x, lambda xp, out, x: (-1 / (x * x),))
    for x, expected in ((0.0, math.inf), (-0.0, -math.inf)):
        y = inverse(Value(x))
        assert y.data == expected
        assert y.local_derivatives == (-math.inf,)
        assert inverse(x) == expected
    ratio = Op(
        "ratio", lambda xp, x, y: abs(x) / -y, lambda xp, out, x, y: (1 / y, x / y)
    )
    assert math.isnan(ratio(Value(0.0), 0.0).data)
    nested = Op("nested", lambda xp, x: 1.0 / (1.0 / abs(x)), lambda xp, o, x: (1.0,))
    assert nested(Value(0.0)).data == 0.0


def test_python_power_in_a_rule_gives_ieee_numbers() -> None:
    square = Op("squared", lambda xp, x: x**2.0, lambda xp, out, x: (2.0 * x**1.0,))
    assert square(Value(1e200)).data == math.inf
    assert square(1e200) == math.inf
    inverse = Op("inv", lambda xp, x: x**-1.0, lambda xp, out, x: (-(x**-2.0),))
    y = inverse(Value(0.0))
    assert y.data == math.inf
    assert y.local_derivatives == (-math.inf,)
    cubed = Op("cubed", lambda xp, x: x**3, lambda xp, out, x: (3 * x**2,))
    assert cubed(Value(-1e150)).data == -math.inf
    assert cubed(Value(-1e200)).local_derivatives == (math.inf,)


def test_a_derivative_of_0_lets_not_even_an_infinite_adjoint_through() -> None:
    positive = Op(
        "positive",
        lambda xp, x: xp.where(x > 0.0, x, 0.0),
        lambda xp, out, x: (xp.step(x),),
    )
    x = Value(-1.0)
    for create_graph in (False, True):
        y = OPS["sqrt"](positive(x))
        assert float(gradients(y, [x], create_graph)[0]) == 0.0
    assert derivative(lambda v: OPS["sqrt"](positive(v)), 2)(-1.0) == 0.0


def test_fields_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        CUBE.name = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        OPS["cube"] = CUBE  # type: ignore[index]
    assert "cube" not in OPS
    assert repr(CUBE) == "Op(cube(x))"
    assert str(CUBE) == CUBE.name == CUBE.symbol
    assert CUBE.domain_of(0) == (-math.inf, math.inf)


def test_a_rule_on_plain_floats_is_refused_where_it_would_cut_derivatives_off() -> None:
    op = Op("my_exp", lambda xp, x: math.exp(x), lambda xp, out, x: (math.exp(x),))
    assert autograd.grad(op)(1.0) == math.exp(1.0)
    with pytest.raises(TypeError, match="my_exp: its local_derivatives compute on"):
        autograd.grad(autograd.grad(op))(1.0)
    assert float(Value(2.0)) == 2.0


def test_a_constant_operand_is_no_value() -> None:
    with pytest.raises(TypeError, match="power: its operand n is a constant"):
        OPS["power"](Value(2.0), Value(3.0))


@pytest.mark.parametrize("domain", [(), 3, ((1.0, 0.0),), "real", ((0.0,),)])
def test_a_domain_is_made_of_intervals(domain: Any) -> None:
    with pytest.raises(ValueError, match="mine: domain must be intervals"):
        Op("mine", lambda xp, x: x, lambda xp, out, x: (1.0,), domain=domain)


def test_a_single_interval_may_stand_alone() -> None:
    op = Op("mine", lambda xp, x: x, lambda xp, out, x: (1.0,), domain=(0, 1))  # type: ignore[arg-type]
    assert op.domain == ((0.0, 1.0),)
