"""The strong zero: 0 times infinity is 0 in every mode, order and backend.

Rows of the table are put before and after functions whose derivatives are 0 or infinite
somewhere. What one mode says there, all have to say.
"""

import math
import random
from collections.abc import Callable, Iterator
from functools import partial
from itertools import product
from typing import Any

import pytest
from mpmath import mp, mpf

import autograd
from autograd import (
    OPS,
    Op,
    Program,
    Value,
    derivative,
    grad,
    gradients,
    hessian,
    hvp,
    jacobian,
    jvp,
    vjp,
)

Function = Callable[[Any], Any]
Operands = tuple[float, ...]

INF, NAN = math.inf, math.nan
POINTS = [0.0, -0.0, 1.0, -2.0, 1000.0, -1000.0, INF, -INF, NAN]
MILD = [0.0, -0.0, 1.0, -2.0, INF, -INF, NAN]  # where nothing finite underflows

AROUND: dict[str, Function] = {
    "x": lambda x: x,
    "sqrt": autograd.sqrt,
    "log": autograd.log,
    "1/x": lambda x: 1.0 / x,
    "x*x": lambda x: x * x,
    "exp": autograd.exp,
    "0*x": lambda x: 0.0 * x,
}


def same(x: float, y: float) -> bool:
    if math.isfinite(x) and math.isfinite(y):
        return math.isclose(x, y, rel_tol=1e-9, abs_tol=1e-12)
    return x == y or (x != x and y != y)


def around(op: Op, before: Operands, after: Operands, x: Any) -> Any:
    return op(*before, x, *after)


def composed(outer: Function, inner: Function, x: Any) -> Any:
    return outer(inner(x))


def of_one_number(op: Op) -> Iterator[tuple[str, Function]]:
    """A row as functions of one of its operands, the others constant."""
    if op.name in {"power", "power_derivative"}:
        more = (1.0,) * (len(op.operand_names) - 2)
        for n in (2.0, -1.0, 0.5, 0.0):
            yield f"{op.name} {n}", partial(around, op, (), (n, *more))
    elif op.constants:  # an index
        yield f"{op.name} of itself", partial(around, op, (0.0,), (0.0, 1.0))
        yield f"{op.name} of another", partial(around, op, (1.0,), (0.0,))
    elif op.variadic:
        yield f"{op.name} alone", op
        yield f"{op.name} of two", partial(around, op, (), (0.0,))
    else:
        count = len(op.operand_names)
        for place in range(count):
            for others in ((0.0, 1.0), (-2.0, INF)) if count > 1 else ((),):
                before, after = others[:place], others[place : count - 1]
                f = partial(around, op, before, after)
                yield f"{op.name} {before} x {after}", f


def compositions(op: Op) -> Iterator[tuple[str, Function]]:
    """Every one of these functions after and before what stands in `AROUND`."""
    for name, f in of_one_number(op):
        for kind, g in AROUND.items():
            yield f"{kind} of {name}", partial(composed, g, f)
            yield f"{name} of {kind}", partial(composed, f, g)


def first_derivatives(f: Function, x: float) -> dict[str, float]:
    """f' at x through every door."""
    leaf, other = Value(x), Value(x)
    f(leaf).backward()
    return {
        "backward": leaf.grad,
        "gradients": gradients(f(other), [other])[0],
        "create_graph": float(gradients(f(other), [other], create_graph=True)[0]),
        "grad": grad(f)(x),
        "vjp": vjp(f, x)[1](1.0)[0],
        "jacobian": jacobian(lambda v: [f(v[0])])([x])[0][0],
        "derivative": derivative(f)(x),
        "jvp": jvp(f, (x,), (1.0,))[1],
        "recorded jvp": jvp(derivative(f), (x,), (0.0,))[0],
    }


def second_derivatives(f: Function, x: float) -> dict[str, float]:
    """f'' at x through every door."""
    leaf = Value(x)
    (slope,) = gradients(f(leaf), [leaf], create_graph=True)
    return {
        "create_graph": gradients(slope, [leaf])[0],
        "grad of grad": grad(grad(f))(x),
        "hessian": hessian(lambda v: f(v[0]))([x])[0][0],
        "hvp": hvp(f, x, 1.0),
        "derivative of grad": derivative(grad(f))(x),
        "grad of derivative": grad(derivative(f))(x),
        "derivative": derivative(f, 2)(x),
    }


def drawn(op: Op, points: list[float], count: int) -> list[tuple[str, Function, float]]:
    """Some of all compositions at some of the points, the same in every run."""
    every = [(name, f, x) for name, f in compositions(op) for x in points]
    return random.Random(op.name).sample(every, min(count, len(every)))


def disagreements(
    doors: Callable[[Function, float], dict[str, float]],
    cases: list[tuple[str, Function, float]],
) -> list[str]:
    found = []
    for name, f, x in cases:
        said = doors(f, x)
        first = next(iter(said.values()))
        if not all(same(first, number) for number in said.values()):
            found.append(f"{name} at {x}: {said}")
    return found


def fail_if_any(found: list[str]) -> None:
    assert not found, "\n".join([f"{len(found)} disagree:", *found[:6]])


@pytest.mark.parametrize("op", OPS.values(), ids=str)
def test_all_modes_agree_on_first_derivatives(op: Op) -> None:
    fail_if_any(disagreements(first_derivatives, drawn(op, POINTS, 40)))


@pytest.mark.parametrize("op", OPS.values(), ids=str)
def test_all_modes_agree_on_second_derivatives(op: Op) -> None:
    fail_if_any(disagreements(second_derivatives, drawn(op, MILD, 20)))


PAIRED = [
    op
    for op in OPS.values()
    if len(op.operand_names) == 2 and not op.constants and op.name != "pow_log"
]


@pytest.mark.parametrize("op", PAIRED, ids=str)
def test_all_modes_agree_on_gradients_and_hessians_of_pairs(op: Op) -> None:
    directions = [1.0, 0.0], [0.0, 1.0]
    pairs = random.Random(op.name).sample([*product(MILD, MILD)], 12)
    for point in map(list, pairs):

        def f(v: list[Any]) -> Any:
            return op(*v)

        def along(v: list[Any], towards: list[float]) -> Any:
            return jvp(f, (v,), (towards,))[1]

        slopes, bends = grad(f)(point), hessian(f)(point)
        for i, one in enumerate(directions):
            assert same(slopes[i], along(point, one)), point
            row, column = grad(along)(point, one), hvp(f, point, one)
            for j, other in enumerate(directions):
                twice = jvp(lambda v, one=one: along(v, one), (point,), (other,))[1]
                assert same(bends[i][j], row[j]), point
                assert same(bends[i][j], twice), point
                assert same(bends[j][i], column[j]), point


def long_chains(count: int) -> Iterator[tuple[str, Function, float]]:
    """Four rows of one operand each, drawn from the table, one after the other."""
    rng = random.Random("long chains")
    rows = [op for op in OPS.values() if op.operand_names == ("x",) and not op.variadic]
    for _ in range(count):
        chain = rng.sample(rows, 4)

        def f(x: Any, chain: list[Op] = chain) -> Any:
            for op in chain:
                x = op(x)
            return x

        yield " of ".join(op.name for op in reversed(chain)), f, rng.choice(POINTS)


def test_all_modes_agree_on_long_chains() -> None:
    fail_if_any(disagreements(first_derivatives, [*long_chains(400)]))


# --- points that have a true derivative, reached through an infinity ------------------

BY_HAND: list[tuple[str, Function, Function, float]] = [
    (
        "logistic function",
        lambda x: 1.0 / (1.0 + autograd.exp(-x)),
        lambda x: 1 / (1 + mp.exp(-x)),
        -1000.0,
    ),
    ("bell", lambda x: autograd.exp(-(x * x)), lambda x: mp.exp(-(x * x)), 1e200),
    ("witch", lambda x: 1.0 / (1.0 + x * x), lambda x: 1 / (1 + x * x), -1e200),
    ("cube of a size", lambda x: (x * x) ** 1.5, lambda x: abs(x) ** 3, 0.0),
    ("size", lambda x: autograd.sqrt(x * x), abs, 0.0),  # mean of both slopes
    (
        "distance that is not chosen",
        lambda x: autograd.where(x > 1.0, autograd.sqrt(x * x - 1.0), x),
        lambda x: x,
        1.0,
    ),
]


@pytest.mark.parametrize(("name", "f", "true", "x"), BY_HAND)
def test_derivatives_through_an_infinity_are_true(
    name: str, f: Function, true: Function, x: float
) -> None:
    with mp.workdps(60):
        wanted = float(mp.diff(true, mpf(x)))
    for door, got in first_derivatives(f, x).items():
        assert math.isclose(got, wanted, abs_tol=1e-300), door


# --- corners -------------------------------------------------------------------------

CORNERS: list[tuple[str, Callable[..., Any]]] = [
    ("hypot", autograd.hypot),
    ("hypot squared", lambda x, y: autograd.hypot(x, y) ** 2),
    ("atan2", autograd.atan2),
    ("polar", lambda x, y: autograd.atan2(x, y) * autograd.hypot(x, y)),
    ("max", lambda x, y: autograd.max([x, y, 0.0])),
    ("direction", OPS["direction"]),
    ("inversion", OPS["inversion"]),
]


@pytest.mark.parametrize(("name", "f"), CORNERS)
def test_where_there_is_no_second_derivative_all_modes_say_0(
    name: str, f: Callable[..., Any]
) -> None:
    """Of every order, in every mode; the least of the limits from all sides is 0."""
    origin, nothing = [0.0, 0.0], [[0.0, 0.0], [0.0, 0.0]]

    def of_list(v: list[Any]) -> Any:
        return f(*v)

    assert hessian(of_list)(origin) == nothing
    for direction in ([1.0, 0.0], [0.0, 1.0], [1.0, -2.0]):
        assert hvp(of_list, origin, direction) == [0.0, 0.0]
        assert jvp(grad(of_list), (origin,), (direction,))[1] == [0.0, 0.0]

        def slope(v: list[Any], along: list[float] = direction) -> Any:
            return jvp(of_list, (v,), (along,))[1]

        assert grad(slope)(origin) == [0.0, 0.0]
        assert jvp(slope, (origin,), (direction,))[1] == 0.0
        assert hessian(slope)(origin) == nothing
    leaves = [Value(0.0), Value(0.0)]
    program = Program(lambda: f(*leaves), parameters=leaves)
    assert program.hvp(v=[1.0, -2.0]).tolist() == [0.0, 0.0]
