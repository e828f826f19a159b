"""The nine semantics that never vary, each with tests named after it.

Semantic 2, what is accepted as an operand, is in `test_operators_numpy.py`.
"""

import asyncio
import contextvars
import copy
import cProfile
import gc
import inspect
import math
import operator
import pickle
import pstats
import random
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from mpmath import mp, mpf

import autograd
from autograd import (
    OPS,
    Graph,
    StaleGraphError,
    Value,
    derivative,
    grad,
    gradients,
    hessian,
    jvp,
    no_grad,
    scope,
)
from tests.random_graphs import graphs

INF, NAN = math.inf, math.nan
Function = Callable[..., Any]


def same(x: float, y: float) -> bool:
    """Equal to the last bit, NaN being equal to NaN."""
    return (x != x and y != y) or (
        x == y and math.copysign(1, x) == math.copysign(1, y)
    )


def slope(f: Function, x: float) -> float:
    """The derivative by the plain backward pass."""
    leaf = Value(x)
    f(leaf).backward()
    return leaf.grad


def slopes_in_every_mode(f: Function, x: float) -> list[float]:
    """The derivative by backward, gradients, recorded gradients, forward, nested."""
    leaf = Value(x)
    output = f(leaf)
    recorded = gradients(output, [leaf], create_graph=True)[0].data
    outer = Value(1.0)
    nested = jvp(lambda y: f(y) * outer, (x,), (1.0,))[1]
    return [
        slope(f, x),
        gradients(output, [leaf])[0],
        recorded,
        grad(f)(x),
        derivative(f)(x),
        float(nested),
    ]


# --- 1. numbers are float64 and behave as in IEEE 754 and NumPy ----------------

IEEE_VALUES = [
    (autograd.log, 0.0, -INF),
    (autograd.log, -1.0, NAN),
    (autograd.log2, -0.0, -INF),
    (autograd.log1p, -1.0, -INF),
    (autograd.exp, 1000.0, INF),
    (autograd.exp, -1000.0, 0.0),
    (autograd.cosh, -1000.0, INF),
    (autograd.sinh, -1000.0, -INF),
    (autograd.sqrt, -1.0, NAN),
    (autograd.sqrt, -0.0, -0.0),
    (autograd.asin, 2.0, NAN),
    (autograd.acosh, 0.5, NAN),
    (autograd.atanh, 1.0, INF),
    (autograd.sin, INF, NAN),
    (autograd.tanh, -INF, -1.0),
    (autograd.reciprocal, -0.0, -INF),
    (lambda v: v / v, 0.0, NAN),
    (lambda v: 1 / v, 0.0, INF),
    (lambda v: 1 / v, -0.0, -INF),
    (lambda v: v / 0, -1.0, -INF),
    (lambda v: v / 0.0, NAN, NAN),
    (lambda v: v / 49.0, 49.0, 1.0),
    (lambda v: v * v, 1e200, INF),
    (lambda v: v * -1e200, 1e200, -INF),
    (lambda v: v - v, INF, NAN),
    (lambda v: v + 1e308, 1.7e308, INF),
    (lambda v: v**0, NAN, 1.0),
    (lambda v: v**0.0, INF, 1.0),
    (lambda v: v**-1, 0.0, INF),
    (lambda v: v**-1, -0.0, -INF),
    (lambda v: v**-2, -0.0, INF),
    (lambda v: v**3, -1e200, -INF),
    (lambda v: v**0.5, -8.0, NAN),
    (lambda v: v ** (1 / 3), -8.0, NAN),
    (lambda v: 1.0**v, NAN, 1.0),
    (lambda v: 2.0**v, 5000.0, INF),
    (lambda v: v**v, 0.0, 1.0),
    (lambda v: autograd.hypot(INF, v), NAN, INF),
    (lambda v: autograd.hypot(v, 1.0), NAN, NAN),
    (operator.neg, 0.0, -0.0),
    (abs, -0.0, 0.0),
    (lambda v: v * 5e-324, 0.4, 0.0),
]


@pytest.mark.parametrize(("f", "x", "expected"), IEEE_VALUES)
def test_semantic_1_values_are_those_of_ieee_754(
    f: Function, x: float, expected: float
) -> None:
    y = f(Value(x))
    assert type(y.data) is float
    assert same(y.data, expected)
    y.backward()


NUMPY_TWINS = [
    *("add", "subtract", "multiply", "divide", "power", "maximum", "minimum"),
    *("hypot", "arctan2"),
]
AWKWARD = [0.0, -0.0, 1.0, -1.0, 0.5, 3.0, -2.0, 1e200, -1e200, 5e-324, INF, -INF, NAN]


@pytest.mark.parametrize("name", NUMPY_TWINS)
def test_semantic_1_binary_operations_agree_with_numpy(name: str) -> None:
    ufunc = getattr(np, name)
    for x in AWKWARD:
        for y in AWKWARD:
            with np.errstate(all="ignore"):
                expected = float(ufunc(x, y))
            if name == "power" and y == 0.5:
                expected = math.pow(x, y) if x >= 0.0 or x == -INF else NAN
            for got in (ufunc(Value(x), Value(y)), ufunc(Value(x), y)):
                if name in {"maximum", "minimum"}:  # the sign of their zero is free
                    assert same(got.data + 0.0, expected + 0.0), (x, y)
                elif math.isfinite(expected):
                    assert got.data == pytest.approx(expected, rel=1e-15), (x, y)
                else:
                    assert same(got.data, expected), (x, y)


# Operands that are always plain numbers, by position, and what they may be.
CONSTANT: dict[str, dict[int, list[float]]] = {
    "power": {1: [*AWKWARD, 2.0, 1 / 3, -0.7]},
    "power_derivative": {2: [0.0, 1.0, 2.0]},
    "softmax": {0: [0.0, 1.0]},
    "log_softmax": {0: [0.0, 1.0]},
    "log_odds_against": {0: [0.0, 1.0]},
    "take": {0: [0.0, 1.0]},
}


@pytest.mark.parametrize("name", sorted(OPS))
def test_semantic_1_no_operation_raises_for_a_numbers_value(name: str) -> None:
    rng = random.Random(name)
    row = OPS[name]
    width = 3 if row.variadic else len(row.operand_names)
    for _ in range(200):
        numbers = [rng.choice([*AWKWARD, 1e308, -745.2, 710.0]) for _ in range(width)]
        operands: list[Any] = [Value(x) for x in numbers]
        for position, constant in CONSTANT.get(name, {}).items():
            operands[position] = rng.choice(constant)
        leaves = [x for x in operands if isinstance(x, Value)]
        first = gradients(row(*operands), leaves, create_graph=True)
        for slope_of in first:
            gradients(slope_of, leaves, create_graph=True)


@pytest.mark.parametrize(
    "f",
    [
        autograd.relu,
        autograd.abs,
        autograd.sign,
        autograd.step,
        autograd.leaky_relu,
        autograd.elu,
        autograd.selu,
        autograd.silu,
        autograd.gelu,
        autograd.mish,
        autograd.hard_tanh,
        autograd.hard_sigmoid,
        autograd.hard_swish,
        autograd.softplus,
        autograd.sigmoid,
        autograd.tanh,
        lambda v: autograd.maximum(v, 1.0),
        lambda v: autograd.minimum(1.0, v),
        lambda v: autograd.max([1.0, v, 2.0]),
        lambda v: autograd.min([v, 1.0]),
        lambda v: autograd.clamp(v, 0.0, 1.0),
    ],
)
def test_semantic_1_nan_propagates(f: Function) -> None:
    assert math.isnan(f(Value(NAN)).data)
    assert all(map(math.isnan, slopes_in_every_mode(f, NAN)))


def test_semantic_1_integers_become_floats() -> None:
    assert (Value(2**53 + 1) * 1).data == float(2**53)
    assert Value(10**400).data == INF
    assert (Value(1.0) - 10**400).data == -INF
    assert type((Value(7) * True).data) is float


# --- 3. comparisons, hash, conversions -----------------------------------------


@pytest.mark.parametrize("name", ["lt", "le", "gt", "ge", "eq", "ne"])
def test_semantic_3_comparisons_compare_data(name: str) -> None:
    compare = getattr(operator, name)
    numbers = [-1.0, -0.0, 0.0, 1.0, INF, -INF, NAN]
    for x in numbers:
        for y in numbers:
            expected = compare(x, y)
            assert compare(Value(x), Value(y)) is expected
            assert compare(Value(x), y) is expected
            assert compare(x, Value(y)) is expected
            assert bool(compare(np.float64(x), Value(y))) is expected
            assert bool(compare(Value(x), np.float64(y))) is expected


def test_semantic_3_equality_with_what_is_no_number_is_false() -> None:
    v = Value(2.0)
    for other in (None, "2.0", [2.0], (2.0,), {}, object(), 2 + 0j):
        assert (v == other) is False
        assert (other == v) is False
        assert (v != other) is True
    with pytest.raises(TypeError):
        v < None  # noqa: B015
    with pytest.raises(TypeError):
        v <= "2"  # noqa: B015


def test_semantic_3_the_hash_is_by_identity() -> None:
    twins = [Value(1.0), Value(1.0)]
    assert twins[0] == twins[1]
    assert len(set(twins)) == 2
    assert {twins[0]: "a", twins[1]: "b"}[twins[1]] == "b"
    assert twins[0] not in set(twins[1:])


def test_semantic_3_conversions_are_those_of_a_float() -> None:
    v = Value(-2.71828)
    assert float(v) == -2.71828
    assert int(v) == -2
    assert round(v) == -3
    assert type(round(v)) is int
    assert round(v, 2) == -2.72
    assert format(v, ".3f") == "-2.718"
    assert f"{v:>10.1e}" == "  -2.7e+00"
    assert (math.floor(v).data, math.ceil(v).data) == (-3.0, -2.0)
    assert [bool(Value(x)) for x in (0.0, -0.0, 1e-300, NAN)] == [
        False,
        False,
        True,
        True,
    ]
    for bad in (INF, NAN):
        with pytest.raises((OverflowError, ValueError)):
            int(Value(bad))


def test_semantic_3_a_leafs_data_may_be_set_and_an_interior_nodes_not() -> None:
    x = Value(1.0)
    y = x * 3
    x.data = np.float32(2.5)
    assert type(x.data) is float
    assert x.data == 2.5
    with pytest.raises(AttributeError, match="leaf"):
        y.data = 1.0
    refused: list[Any] = ["2", None, 1j, Value(1.0), [1.0]]
    for bad in refused:
        message = f"^expected a plain number .*, got {type(bad).__name__}$"
        with pytest.raises(TypeError, match=message):
            x.data = bad
    assert (x.data, y.data) == (2.5, 3.0), "a refused number changed nothing"


# --- 4. order; a chain of a million nodes --------------------------------------

MILLION = 1_000_000


@contextmanager
def little_stack() -> Iterator[None]:
    """Leave only a few dozen frames: whoever recurses along a graph fails."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 60)
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


@contextmanager
def no_collector() -> Iterator[None]:
    """Reference counts alone free things."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def values_alive() -> int:
    return sum(type(x) is Value for x in gc.get_objects())


def chain(length: int) -> tuple[Value, Value]:
    """Leaf and end of a chain whose derivative is 2."""
    x = Value(0.5, label="x")
    v = x * 2.0
    for _ in range(length - 1):
        v = v + 1.0
    return x, v


def test_semantic_4_a_chain_of_a_million_nodes() -> None:
    """Recorded, differentiated, looked at, pickled, deep-copied and freed."""
    with no_collector(), little_stack():
        before = values_alive()
        x, end = chain(MILLION)
        assert end.data == MILLION
        end.backward()
        assert x.grad == 2.0
        assert gradients(end, [x]) == [2.0]
        nodes = Graph(end).nodes
        assert len(nodes) == MILLION + 1
        assert (nodes[0] is x, nodes[-1] is end) == (True, True)
        del nodes
        twin = pickle.loads(pickle.dumps(end))
        assert twin.data == MILLION
        assert twin.grad == 1.0
        del twin
        assert values_alive() == before + MILLION + 1, "the copy is freed at once"
        twin = copy.deepcopy(end)
        assert twin.data == MILLION
        del twin, end
        assert values_alive() == before + 1, "only the leaf is left"
        assert x.grad == 2.0


def test_semantic_4_long_chains_in_every_other_walk() -> None:
    length = 30_000
    with little_stack():
        x, end = chain(length)
        graph = Graph(end)
        assert len(graph.edges) == length
        assert graph.name(end) == f"v{length}"
        read = Graph.from_json(graph.to_json())
        assert len(read) == length + 1
        assert gradients(end, [x], create_graph=True)[0].data == 2.0
        assert jvp(lambda y: repeated(y, length), (0.5,), (1.0,))[1] == 2.0
        assert grad(grad(lambda y: repeated(y * y, length)))(0.5) == 4.0
        end.zero_grad()


def repeated(v: Value, length: int) -> Value:
    v = v * 2.0
    for _ in range(length - 1):
        v = v + 1.0
    return v


def test_semantic_4_wide_and_deep_diamonds() -> None:
    """2 to the 20,000 paths are walked once a node."""
    with little_stack():
        x = Value(1.0)
        v = x
        for _ in range(20_000):
            v = (v + v) * 0.5
        v.backward()
        assert x.grad == 1.0
        assert len(Graph(v)) == 40_001


def recursive_order(output: Value) -> list[Value]:
    """The order as a textbook has it: parents in operand order, then the node."""
    order: list[Value] = []
    seen: set[int] = set()

    def visit(node: Value) -> None:
        if id(node) not in seen:
            seen.add(id(node))
            for parent in node.parents:
                visit(parent)
            order.append(node)

    visit(output)
    return order


def test_semantic_4_the_order_is_that_of_the_operands() -> None:
    a, b, c = (Value(x, label=name) for x, name in ((1.0, "a"), (2.0, "b"), (3.0, "c")))
    left, right = b * c, a * b
    output = (right + left) * right
    interior = [node for node in Graph(output) if node.parents]
    textbook = [node for node in recursive_order(output) if node.parents]
    assert list(map(id, interior)) == list(map(id, textbook))
    positions = {node: i for i, node in enumerate(Graph(output))}
    for node, position in positions.items():
        assert all(positions[p] < position for p in node.parents)
    assert list(Graph(output)) == list(Graph(output))


def test_semantic_4_copies_are_linear_in_the_length_of_a_chain() -> None:
    for keep in (pickle.dumps, copy.deepcopy):
        costs = []
        for length in (400, 800):
            _, end = chain(length)
            costs.append(calls(lambda end=end, keep=keep: keep(end)))  # type: ignore[misc]
        assert costs[1] <= 2.2 * costs[0]


@given(graphs(max_size=40))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_semantic_4_the_order_is_the_textbooks(
    graph: tuple[list[Value], Value],
) -> None:
    interior = [node for node in Graph(graph[1]) if node.parents]
    textbook = [node for node in recursive_order(graph[1]) if node.parents]
    assert all(a is b for a, b in zip(interior, textbook, strict=True))


def test_semantic_4_pickling_many_nodes_of_a_chain() -> None:
    """All nodes of one chain, as a Graph, cost about what its end costs."""

    def steps(length: int) -> int:
        v, nodes = Value(1.0), []
        for _ in range(length):
            v = v + 1.0
            nodes.append(v)
        graph = Graph(*nodes)
        again = pickle.loads(pickle.dumps(graph))
        assert [x.data for x in again.outputs] == [x.data for x in nodes]
        assert again.outputs[1].parents[0] is again.outputs[0]
        return calls(lambda: pickle.dumps(graph))

    assert steps(800) <= 2.2 * steps(400)


# --- 5. backward again; no reference cycles ------------------------------------


def test_semantic_5_leaves_accumulate_and_interior_nodes_hold_the_last_sweep() -> None:
    x = Value(3.0)
    y = x * x
    z = y * 2.0
    for times in (1, 2, 3):
        z.backward()
        assert (x.grad, y.grad, z.grad) == (12.0 * times, 2.0, 1.0)
    y.backward()
    assert (x.grad, y.grad) == (36.0 + 6.0, 1.0)
    z.zero_grad()
    assert (x.grad, y.grad, z.grad) == (0.0, 0.0, 0.0)


def test_semantic_5_a_leaf_that_is_the_output() -> None:
    x = Value(3.0)
    x.backward()
    x.backward()
    assert x.grad == 2.0


def test_semantic_5_repeated_operands_each_count() -> None:
    x = Value(3.0)
    (x * x * x + x - x).backward()
    assert x.grad == 27.0
    assert slope(lambda v: autograd.sum([v, v, v]), 1.0) == 3.0
    assert slope(lambda v: autograd.dot([v, v], [v, 2.0]), 3.0) == 8.0


def everything_once(x: Value) -> None:
    y = autograd.tanh(x * x + autograd.sin(x))
    y.backward()
    graph = Graph(y)
    graph.name(y)
    graph.consumers(x)
    (first,) = gradients(y, [x], create_graph=True)
    gradients(first, [x], create_graph=True)
    hessian(lambda v: v[0] * v[1] * x)([1.0, 2.0])
    jvp(lambda v: v * x, (x,), (x,))
    copy.deepcopy(y)
    pickle.loads(pickle.dumps(y))
    Graph.from_json(graph.to_json())
    with scope("a"), no_grad():
        _ = y * x


def test_semantic_5_nothing_else_keeps_a_node() -> None:
    with no_collector():
        before = values_alive()
        x, end = chain(1000)
        end.backward()
        assert values_alive() == before + 1001
        del end
        assert values_alive() == before + 1
        assert x.grad == 2.0


def garbage() -> list[str]:
    """The types of ours that wait for the collector."""
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        gc.collect()
        ours = [
            type(x) for x in gc.garbage if type(x).__module__.startswith("autograd")
        ]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
    return [kind.__name__ for kind in ours]


def test_semantic_5_dropping_the_output_frees_all_without_the_collector() -> None:
    x = Value(0.3)
    everything_once(x)
    with no_collector():
        alive, references = values_alive(), sys.getrefcount(x)
        for _ in range(20):
            everything_once(x)
        assert values_alive() == alive
        assert sys.getrefcount(x) == references
        assert garbage() == [], "only the collector freed these"


# --- 6. kinks ------------------------------------------------------------------

KINKS = [
    ("relu", autograd.relu, 0.0, 0.0),
    ("relu at -0", autograd.relu, -0.0, 0.0),
    ("abs", autograd.abs, 0.0, 0.0),
    ("step", autograd.step, 0.0, 0.0),
    ("sign", autograd.sign, 0.0, 0.0),
    ("hard_tanh low", autograd.hard_tanh, -1.0, 0.0),
    ("hard_tanh high", autograd.hard_tanh, 1.0, 0.0),
    ("hard_sigmoid low", autograd.hard_sigmoid, -3.0, 0.0),
    ("hard_sigmoid high", autograd.hard_sigmoid, 3.0, 0.0),
    ("hard_swish low", autograd.hard_swish, -3.0, 0.0),
    ("hard_swish high", autograd.hard_swish, 3.0, 1.0),
    ("clamp low", lambda v: autograd.clamp(v, -2.0, 5.0), -2.0, 0.0),
    ("clamp high", lambda v: autograd.clamp(v, -2.0, 5.0), 5.0, 0.0),
    ("leaky_relu", lambda v: autograd.leaky_relu(v, 0.2), 0.0, 0.2),
    ("elu", lambda v: autograd.elu(v, 1.7), 0.0, 1.7),
    ("selu", autograd.selu, 0.0, 1.0507009873554805 * 1.6732632423543772),
    ("maximum tie", lambda v: autograd.maximum(v, 2.0), 2.0, 0.5),
    ("minimum tie", lambda v: autograd.minimum(2.0, v), 2.0, 0.5),
    ("maximum of itself", lambda v: autograd.maximum(v, v), 2.0, 1.0),
    ("max, three of four tie", lambda v: autograd.max([v, 2.0, v, 2.0]), 2.0, 0.5),
    ("min, one of three ties", lambda v: autograd.min([2.0, v, 2.0, 3.0]), 2.0, 1 / 3),
    ("sqrt", autograd.sqrt, 0.0, INF),
    ("sqrt at -0", autograd.sqrt, -0.0, INF),
    ("x**0 at 0", lambda v: v**0, 0.0, 0.0),
    ("x**0 at inf", lambda v: v**0, INF, 0.0),
    ("x**0 at nan", lambda v: v**0, NAN, 0.0),
    ("x**1 at 0", lambda v: v**1, 0.0, 1.0),
    ("x**2 at 0", lambda v: v**2, 0.0, 0.0),
    ("clamp in a low above high", lambda v: autograd.clamp(0.5, v, 1.0), 2.0, 0.0),
    ("clamp in a high below low", lambda v: autograd.clamp(0.5, 2.0, v), 1.0, 1.0),
    ("x**3 below 0", lambda v: v**3, -2.0, 12.0),
    ("x**-1 below 0", lambda v: v**-1, -2.0, -0.25),
    ("pow(0, y) at 0", lambda v: 0.0**v, 0.0, 0.0),
    ("pow(x, 0) at 0", lambda v: v ** Value(0.0), 0.0, 0.0),
    ("pow(-2, y)", lambda v: (-2.0) ** v, 2.0, NAN),
    ("hypot", lambda v: autograd.hypot(v, 0.0), 0.0, 0.0),
    ("atan2 in y", lambda v: autograd.atan2(v, 0.0), 0.0, 0.0),
    ("atan2 in x", lambda v: autograd.atan2(0.0, v), 0.0, 0.0),
    ("logaddexp", lambda v: autograd.logaddexp(v, -INF), -INF, 0.0),
    ("logaddexp(inf, 0)", lambda v: autograd.logaddexp(v, 0.0), INF, 1.0),
    ("logaddexp(0, inf)", lambda v: autograd.logaddexp(v, INF), 0.0, 0.0),
    ("log below 0", autograd.log, -1.0, NAN),
    ("sqrt below 0", autograd.sqrt, -1.0, NAN),
    ("logsumexp of nothing", lambda v: autograd.logsumexp([v, -INF]), -INF, 0.0),
]


@pytest.mark.parametrize(("name", "f", "x", "expected"), KINKS)
def test_semantic_6_derivatives_at_kinks(
    name: str, f: Function, x: float, expected: float
) -> None:
    for got in slopes_in_every_mode(f, x):
        assert got == expected or (got != got and expected != expected), name


def test_semantic_6_second_derivatives_at_kinks() -> None:
    assert derivative(autograd.sqrt, 2)(0.0) == -INF
    for f in (autograd.relu, autograd.abs, autograd.hard_tanh, autograd.step):
        assert derivative(f, 2)(0.0) == 0.0
        assert grad(grad(f))(0.0) == 0.0
    assert (
        hessian(lambda v: autograd.maximum(v[0], v[1]))([1.0, 1.0]) == [[0.0] * 2] * 2
    )
    assert derivative(lambda v: v**2, 2)(0.0) == 2.0
    assert derivative(lambda v: v**2, 3)(0.0) == 0.0
    assert derivative(lambda v: v**3, 3)(-0.0) == 6.0


def test_semantic_6_constant_powers_never_touch_log() -> None:
    x = Value(-2.0)
    for n in (2, 3, -1, 0, 2.0, np.int64(3), True):
        (d,) = gradients(x**n, [x], create_graph=True)
        history = {node.op.name for node in Graph(d) if node.op is not None}
        assert not history & {"log", "log1p", "xlogy"}
        assert d.data == float(n) * (-2.0) ** (float(n) - 1.0)
    assert [derivative(lambda v: v**5, k)(-2.0) for k in range(7)] == [
        *(-32.0, 80.0, -160.0, 240.0, -240.0, 120.0, 0.0),
    ]


LEAKS: list[tuple[str, Function, float]] = [
    ("sqrt", lambda v: autograd.where(v > 0, autograd.sqrt(v), 0.0), 0.0),
    ("log", lambda v: autograd.where(v > 0, autograd.log(v), 0.0), 0.0),
    ("1/x", lambda v: autograd.where(v != 0, 1 / v, 0.0), 0.0),
    ("nan", lambda v: autograd.where(v < 0, 0.0, autograd.sqrt(v)), -1.0),
    ("exp", lambda v: autograd.where(v < 700, 0.0, autograd.exp(v * v)), 40.0),
    ("0/0", lambda v: autograd.where(v == 0, 0.0, v / v), 0.0),
    (
        "deep",
        lambda v: autograd.where(v > 0, autograd.log(autograd.sqrt(v)) / v, 0),
        0.0,
    ),
    (
        "relu",
        lambda v: autograd.relu(autograd.where(v > 0, autograd.log(v), -1.0)),
        0.0,
    ),
    ("maximum", lambda v: autograd.maximum(3.0, autograd.cbrt(v)), 0.0),
    ("clamp", lambda v: autograd.clamp(autograd.log(v), -5.0, 5.0), 0.0),
    ("min", lambda v: autograd.min([3.0, 1 / v]), 0.0),
    ("zero times", lambda v: 0.0 * autograd.sqrt(v), 0.0),
]


@pytest.mark.parametrize(("name", "f", "x"), LEAKS)
def test_semantic_6_nothing_leaks_from_the_branch_not_taken(
    name: str, f: Function, x: float
) -> None:
    """The strong zero, in every mode and at second and third order."""
    assert slopes_in_every_mode(f, x) == [0.0] * 6
    outer = Value(2.0)
    for order in (2, 3):
        assert derivative(f, order)(x) == 0.0
        assert float(derivative(lambda v: f(v) * outer, order)(x)) == 0.0
    assert grad(grad(f))(x) == 0.0
    assert hessian(lambda v: f(v[0]))([x, 1.0]) == [[0.0, 0.0], [0.0, 0.0]]
    assert jvp(grad(f), (x,), (1.0,))[1] == 0.0
    assert grad(lambda v: jvp(f, (v,), (1.0,))[1])(x) == 0.0


def test_semantic_6_a_recorded_adjoint_or_tangent_of_zero_is_strong() -> None:
    """It is a Value whose number is 0, and the local derivative is infinite."""
    x, zero = Value(0.0), Value(0.0)
    y = zero * autograd.sqrt(x)
    assert gradients(y, [x]) == [0.0]
    assert gradients(y, [x], create_graph=True)[0].data == 0.0
    y.backward()
    assert x.grad == 0.0
    assert float(grad(lambda v: zero * autograd.sqrt(v))(0.0)) == 0.0
    for tangent in (0.0, Value(0.0), zero * 3.0):
        assert float(jvp(autograd.sqrt, (x,), (tangent,))[1]) == 0.0
        assert float(jvp(autograd.log, (0.0,), (tangent,))[1]) == 0.0


SELECTING: list[tuple[str, Function]] = [
    ("where", lambda kept, left: autograd.where(True, kept, left)),
    ("where, a Value decides", lambda kept, left: autograd.where(left < 9, kept, left)),
    ("maximum", autograd.maximum),
    ("minimum", lambda kept, left: -autograd.minimum(-kept, -left)),
    ("max", lambda kept, left: autograd.max([left, kept])),
    ("min", lambda kept, left: -autograd.min([-left, -kept])),
    ("clamp", lambda kept, left: autograd.clamp(left, kept, 100.0)),
    ("relu", lambda kept, left: kept + autograd.relu(left)),
    ("step", lambda kept, left: kept + autograd.step(left)),
    ("hard_tanh", lambda kept, left: kept + 1.0 + autograd.hard_tanh(left)),
]


@pytest.mark.parametrize(("name", "choose"), SELECTING)
@pytest.mark.parametrize("create_graph", [False, True])
def test_semantic_6_an_infinite_adjoint_does_not_reach_the_branch_not_taken(
    name: str, choose: Function, create_graph: bool
) -> None:
    """sqrt at 0 sends infinity down: to the chosen operand, and to no other."""
    kept, left = Value(0.0), Value(-3.0)
    output = autograd.sqrt(choose(kept, left))
    got = [float(x) for x in gradients(output, [kept, left], create_graph)]
    assert got == [INF, 0.0]
    output.backward()
    assert (kept.grad, left.grad) == (INF, 0.0)
    assert grad(lambda v: autograd.sqrt(choose(Value(0.0), v)))(-3.0) == 0.0
    assert derivative(lambda v: autograd.sqrt(choose(Value(0.0), v)))(-3.0) == 0.0
    assert grad(grad(lambda v: autograd.sqrt(choose(Value(0.0), v))))(-3.0) == 0.0
    assert derivative(lambda v: autograd.sqrt(choose(Value(0.0), v)), 2)(-3.0) == 0.0


# --- 7. accurate in the tails --------------------------------------------------


def twelve_digits(f: Function, x: float, reference: Callable[..., mpf]) -> None:
    """Value, first and second derivative agree with mpmath's in relative terms."""
    with mp.workdps(700):
        step = mpf(10) ** -60
        left, middle, right = (reference(mpf(x) + k * step) for k in (-1, 0, 1))
        first = (right - left) / (2 * step)
        second = (right - 2 * middle + left) / step**2
        got = [derivative(f, k)(x) for k in range(3)]
        for number, true in zip(got, (middle, first, second), strict=True):
            assert abs(float(number) - true) <= 1e-12 * abs(true) + 1e-321, (x, number)


def test_semantic_7_derivatives_are_accurate_in_the_tails() -> None:
    for x in (20.0, -20.0, 340.0, 1e-9):
        twelve_digits(autograd.tanh, x, mp.tanh)
    for x in (-40.0, 40.0, -700.0, 0.0):
        twelve_digits(autograd.sigmoid, x, lambda z: 1 / (1 + mp.exp(-z)))
    for x in (1e-17, -1e-300, 1e-5):
        twelve_digits(autograd.log1p, x, mp.log1p)
    for x in (-800.0, -40.0, 40.0, 700.0):
        twelve_digits(autograd.softplus, x, lambda z: mp.log1p(mp.exp(z)))
    for x in (5.0, 26.0):
        twelve_digits(autograd.erfc, x, mp.erfc)


def test_semantic_7_softplus_at_800() -> None:
    assert derivative(autograd.softplus, 0)(800.0) == 800.0
    assert derivative(autograd.softplus, 1)(800.0) == 1.0
    assert [derivative(autograd.softplus, k)(-800.0) for k in range(3)] == [0.0] * 3


def test_semantic_7_logsumexp_far_out() -> None:
    xs = [Value(-1e4), Value(-1e4 + 1.0)]
    y = autograd.logsumexp(xs)
    with mp.workdps(50):
        assert y.data == float(mpf(-10000) + mp.log(1 + mp.e))
        shares = [float(1 / (1 + mp.e)), float(mp.e / (1 + mp.e))]
    assert gradients(y, xs) == pytest.approx(shares, rel=1e-15)
    nothing = [Value(-INF), Value(-INF)]
    assert autograd.logsumexp(nothing).data == -INF
    assert gradients(autograd.logsumexp(nothing), nothing) == [0.0, 0.0]
    one = [Value(-INF), Value(3.0)]
    assert autograd.logsumexp(one).data == 3.0
    assert gradients(autograd.logsumexp(one), one) == [0.0, 1.0]


# --- 8. recording state is per context -----------------------------------------


def test_semantic_8_no_grad_and_scope_end_with_their_block() -> None:
    x = Value(2.0)
    with no_grad(), scope("a"):
        y = x * x
    assert (y.data, y.parents, y.op, y.role, y.scope) == (4.0, (), None, "input", "a")
    with pytest.raises(ZeroDivisionError), no_grad(), scope("b"):
        raise ZeroDivisionError
    z = x * x
    assert (z.parents, z.scope, z.role) == ((x, x), "", "operation")


def test_semantic_8_no_grad_works_on_a_function_and_nests() -> None:
    @no_grad()
    def double(v: Value) -> Value:
        with no_grad():
            _ = v * 2
        return v * 2

    assert double(Value(1.0)).parents == ()
    assert double(Value(1.0)).parents == ()
    assert (Value(1.0) * 2).parents


def test_semantic_8_scopes_nest_and_join_with_dots() -> None:
    with scope("layers.0"), scope("neurons.3"):
        y = Value(1.0) * 2
        with no_grad():
            z = y * 2
    assert (y.scope, z.scope) == ("layers.0.neurons.3", "layers.0.neurons.3")
    for bad in ("", None, 3, b"a"):
        with pytest.raises(TypeError):
            scope(bad)  # type: ignore[arg-type]


def test_semantic_8_scope_objects_may_be_reused() -> None:
    def reuse() -> list[str]:
        block, seen = scope("a"), []
        with block:
            with block:
                seen.append((Value(1.0) * 2).scope)
            seen.append((Value(1.0) * 2).scope)
        seen.append((Value(1.0) * 2).scope)
        with block:
            seen.append((Value(1.0) * 2).scope)
        return seen

    assert contextvars.Context().run(reuse) == ["a.a", "a", "", "a"]


def test_semantic_8_one_scope_object_in_two_threads() -> None:
    block, meet = scope("shared"), threading.Barrier(2)

    def work() -> list[str]:
        seen = []
        for _ in range(20):
            meet.wait(10)
            with block:
                meet.wait(10)
                seen.append((Value(1.0) * 2).scope)
        seen.append((Value(1.0) * 2).scope)
        return seen

    with ThreadPoolExecutor(2) as pool:
        results = [pool.submit(work) for _ in range(2)]
        assert [r.result() for r in results] == [[*["shared"] * 20, ""]] * 2


def test_semantic_8_threads_do_not_mix() -> None:
    """One thread records in a scope while another is inside no_grad."""
    meet = threading.Barrier(2)

    def recording(name: str) -> list[tuple[bool, str]]:
        seen = []
        for _ in range(50):
            with scope(name):
                meet.wait(10)
                y = Value(1.0) * 2
                meet.wait(10)
            seen.append((bool(y.parents), y.scope))
        return seen

    def silent() -> list[tuple[bool, str]]:
        seen = []
        for _ in range(50):
            with no_grad():
                meet.wait(10)
                y = Value(1.0) * 2
                meet.wait(10)
            seen.append((bool(y.parents), y.scope))
        return seen

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.submit(recording, "a"), pool.submit(silent)
        assert first.result() == [(True, "a")] * 50
        assert second.result() == [(False, "")] * 50


def test_semantic_8_a_new_thread_starts_recording_outside_scopes() -> None:
    with no_grad(), scope("a"), ThreadPoolExecutor(1) as pool:
        y = pool.submit(lambda: Value(1.0) * 2).result()
    assert (bool(y.parents), y.scope) == (True, "")


def test_semantic_8_threads_differentiate_at_the_same_time() -> None:
    def work(i: int) -> Any:
        third = derivative(lambda x: autograd.exp(x * i), 3)
        return max(abs(third(0.0) - i**3) for _ in range(20))

    with ThreadPoolExecutor(8) as pool:
        assert max(pool.map(work, range(32))) < 1e-9


def test_semantic_8_a_function_may_hand_its_work_to_a_thread() -> None:
    with ThreadPoolExecutor(1) as pool:

        def cube(x: Value) -> Value:
            square: Value = pool.submit(lambda: x * x).result()
            return square * x

        def inner_in_thread(a: Value) -> Value:
            b = a * a
            work = pool.submit(grad(lambda x: x * b * x), 3.0)
            return work.result()  # type: ignore[no-any-return]

        assert grad(cube)(2.0) == 12.0
        assert derivative(cube, 2)(2.0) == 12.0
        assert grad(inner_in_thread)(2.0) == 24.0


def test_semantic_8_asyncio_tasks_do_not_mix() -> None:
    async def recording(name: str) -> list[tuple[bool, str]]:
        seen = []
        for _ in range(20):
            with scope(name):
                await asyncio.sleep(0)
                y = Value(1.0) * 2
                await asyncio.sleep(0)
            seen.append((bool(y.parents), y.scope))
        return seen

    async def silent() -> list[tuple[bool, str]]:
        seen = []
        with no_grad():
            for _ in range(20):
                await asyncio.sleep(0)
                y = Value(1.0) * 2
                seen.append((bool(y.parents), y.scope))
        return seen

    async def together() -> list[list[tuple[bool, str]]]:
        return list(await asyncio.gather(recording("a"), silent(), recording("b")))

    a, nothing, b = asyncio.run(together())
    assert a == [(True, "a")] * 20
    assert nothing == [(False, "")] * 20
    assert b == [(True, "b")] * 20
    assert (Value(1.0) * 2).scope == ""


def test_semantic_8_a_gradient_of_what_several_tasks_computed() -> None:
    def f(xs: list[Value]) -> Value:
        async def term(x: Value) -> Value:
            await asyncio.sleep(0)
            return x * x * x

        async def total() -> Value:
            return autograd.sum(await asyncio.gather(*map(term, xs)))

        return asyncio.run(total())

    assert grad(f)([1.0, 2.0]) == [3.0, 12.0]
    assert hessian(f)([1.0, 2.0]) == [[6.0, 0.0], [0.0, 12.0]]


# --- 9. nesting; an inner gradient costs what the inner function recorded ------


def calls(work: Callable[[], object]) -> int:
    """How many function calls a piece of work makes, C functions included."""
    profile = cProfile.Profile()
    profile.runcall(work)
    return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]


def simulated(x: Value, stiffness: Value, steps: int) -> Value:
    """A simulation whose force is a gradient, so that each step differentiates."""
    velocity: Value | float = 0.0
    for _ in range(steps):
        potential = lambda y, k=stiffness: k * y * y * 0.5 + autograd.cos(y)  # noqa: E731
        velocity = velocity - 0.01 * grad(potential)(x)
        x = x + 0.01 * velocity
    return x


@pytest.mark.parametrize("create_graph", [False, True])
def test_semantic_9_a_simulation_of_gradients_is_linear_in_its_steps(
    create_graph: bool,
) -> None:
    def work(steps: int) -> int:
        def run() -> None:
            x, k = Value(1.0), Value(2.0)
            end = simulated(x, k, steps)
            gradients(end, [x, k], create_graph)

        return calls(run)

    work(10)
    small, large = work(100), work(200)
    assert large <= 2.1 * small


def test_semantic_9_an_outer_history_is_never_walked() -> None:
    """An inner gradient after a long history costs the same as after a short one."""

    def inner_cost(history: int) -> int:
        w = Value(1.5)
        for _ in range(history):
            w = w * 1.0
        costs = [
            calls(lambda: grad(lambda x: x * x * w)(2.0)),
            calls(lambda: grad(lambda x: x * x * w)(w)),
            calls(lambda: jvp(lambda x: x * w, (w,), (w,))),
            calls(lambda: derivative(lambda x: x * w, 2)(w)),
        ]
        return sum(costs)

    inner_cost(1)
    assert inner_cost(5000) <= inner_cost(5) + 50


def test_semantic_9_one_input_ends_the_walk() -> None:
    """gradients to a node does not walk through what that node was made of."""
    x = Value(1.0)
    for _ in range(5000):
        x = x + 0.0
    y = x * x
    assert calls(lambda: gradients(y, [x])) < 100
    assert calls(lambda: gradients(y, [x], create_graph=True)) < 300


def test_semantic_9_an_inner_result_stays_in_the_outer_graph() -> None:
    w = Value(3.0, label="w")
    inner = grad(lambda x: w * x * x)(2.0)
    assert isinstance(inner, Value)
    assert inner.data == 12.0
    assert w in Graph(inner)
    inner.backward()
    assert w.grad == 4.0
    assert isinstance(grad(lambda x: x * x)(2.0), float)


def test_semantic_9_changed_leaves_are_not_mixed_in() -> None:
    x = Value(2.0)
    y = x * x * x
    x.data = 5.0
    assert gradients(y, [x]) == [12.0], "the recorded numbers"
    with pytest.raises(StaleGraphError, match="changed"):
        gradients(y, [x], create_graph=True)
    x.data = 2.0
    assert gradients(y, [x], create_graph=True)[0].data == 12.0


def test_semantic_9_order_is_unlimited() -> None:
    with mp.workdps(40):
        for order in range(9):
            true = mp.diff(lambda z: mp.sin(z) * mp.exp(z / 2), mpf("0.7"), order)
            got = derivative(lambda x: autograd.sin(x) * autograd.exp(x / 2), order)(
                0.7
            )
            assert abs(got - true) <= 1e-12 * abs(true)
    nested: Callable[..., float] = lambda x: x**6  # noqa: E731
    for expected in (6.0, 30.0, 120.0, 360.0, 720.0, 720.0, 0.0):
        nested = grad(nested)
        assert nested(1.0) == expected


def test_semantic_8_gradients_in_threads_that_share_a_context() -> None:
    """Threads started with copies of one context do not switch recording off."""
    weight = Value(3.0)
    context = contextvars.copy_context()

    def work(_: int) -> float:
        inner = grad(lambda x: x * x * weight)
        return float(sum(float(inner(float(i))) for i in range(30)))

    def in_copy(index: int) -> float:
        return context.copy().run(work, index)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            results = list(pool.map(in_copy, range(64)))
    finally:
        sys.setswitchinterval(interval)
    assert results == [sum(6.0 * i for i in range(30))] * 64
    assert context.run(lambda: (weight * weight).parents) == (weight, weight)


def test_semantic_8_a_gradient_in_a_thread_leaves_the_others_as_they_were() -> None:
    """A thread that shares an epoch with this one: scope and no_grad do not leak."""
    began, may_end = threading.Event(), threading.Event()
    context = contextvars.copy_context()

    def slow(x: Value) -> Value:
        began.set()
        assert may_end.wait(10)
        return x * x

    def work() -> None:
        with autograd.scope("worker"):
            results.append(grad(slow)(3.0))

    results: list[float] = []
    thread = threading.Thread(target=lambda: context.run(work))
    thread.start()
    assert began.wait(10)
    assert (Value(1.0) * 2.0).scope == ""
    with autograd.scope("main"):
        assert (Value(1.0) * 2.0).scope == "main"
    with autograd.no_grad():
        assert (Value(1.0) * 2.0).parents == ()
    may_end.set()
    thread.join()
    assert results == [6.0]
    assert (Value(1.0) * 2.0).scope == ""
    assert (Value(1.0) * 2.0).parents
