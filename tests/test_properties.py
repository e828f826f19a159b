"""What holds for every graph, tried on random ones.

The truth comes from elsewhere: a sum over all paths, sixty-digit arithmetic, complex
numbers, and identities that tie different sweeps together.
"""

import cmath
import copy
import math
import operator
import pickle
import random
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mpmath import mp, mpf

import autograd
from autograd import (
    OPS,
    Graph,
    Value,
    grad,
    gradients,
    hessian,
    hvp,
    jacobian,
    jvp,
    value_and_grad,
    vjp,
)
from tests.random_graphs import (
    ANALYTIC,
    SENSIBLE,
    Recipe,
    graphs,
    random_graph,
    random_recipe,
    recipes,
)
from tests.reference import REFERENCE

EPSILON = 2.0**-52

calm = settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)


def path_products(output: Value, leaf: Value) -> list[float]:
    """The product of local derivatives along every path, by plain recursion."""
    if output is leaf:
        return [1.0]
    return [
        weight * product
        for parent, weight in zip(output.parents, output.local_derivatives, strict=True)
        for product in path_products(parent, leaf)
    ]


def gross_flow(output: Value, leaf: Value) -> float:
    """The sum of |product| over all paths: the scale of rounding in a gradient."""
    order = list(Graph(output).nodes)
    flow = dict.fromkeys(order, 0.0)
    flow[output] = 1.0
    for node in reversed(order):
        for parent, weight in zip(node.parents, node.local_derivatives, strict=True):
            flow[parent] += flow[node] * abs(weight)
    return flow.get(leaf, 0.0)


def close(x: float, y: float, scale: float, ulps: float = 200.0) -> bool:
    """Equal up to rounding errors of a sweep over numbers of this scale."""
    return abs(x - y) <= ulps * EPSILON * max(abs(x), abs(y), scale) + 1e-300


# --- the generator itself ------------------------------------------------------


def test_the_generator_knows_every_operation() -> None:
    assert set(SENSIBLE) == set(OPS)


def test_the_generator_uses_every_operation_shares_repeats_and_has_constants() -> None:
    seen: Counter[str] = Counter()
    shared = repeated = constants = 0
    for seed in range(150):
        _, output = random_graph(seed, 30)
        graph = Graph(output)
        for node in graph:
            seen.update([node.op.name] if node.op is not None else [])
            shared += len({e.child for e in graph.consumers(node)}) > 1
            repeated += len(set(node.parents)) < len(node.parents)
            constants += len(node.parents) < len(node.operands)
    assert set(seen) == set(OPS)
    assert min(shared, repeated, constants) > 100


def test_the_generator_is_deterministic() -> None:
    first, second = random_graph(7, 40), random_graph(7, 40)
    assert Graph(first[1]).to_json() == Graph(second[1]).to_json()
    assert Graph(random_graph(8, 40)[1]).to_json() != Graph(first[1]).to_json()


# --- sweeps agree with each other ----------------------------------------------


@calm
@given(graphs(max_size=40))
def test_backward_equals_gradients(graph: tuple[list[Value], Value]) -> None:
    leaves, output = graph
    nodes = Graph(output).nodes
    pure = gradients(output, nodes)
    assert all(node.grad == 0.0 for node in nodes), "gradients touched a .grad"
    output.backward()
    assert [node.grad for node in nodes] == pure
    assert [leaf.grad for leaf in leaves] == gradients(output, leaves)


@calm
@given(graphs(max_size=40))
def test_one_input_at_a_time_gives_the_same(graph: tuple[list[Value], Value]) -> None:
    _, output = graph
    nodes = Graph(output).nodes
    assert [gradients(output, [node])[0] for node in nodes] == gradients(output, nodes)


@calm
@given(graphs(max_size=25))
def test_recorded_gradients_equal_numeric_ones(
    graph: tuple[list[Value], Value],
) -> None:
    leaves, output = graph
    recorded = gradients(output, leaves, create_graph=True)
    assert all(isinstance(x, Value) for x in recorded)
    for leaf, x, y in zip(leaves, recorded, gradients(output, leaves), strict=True):
        assert close(x.data, y, gross_flow(output, leaf))


@calm
@given(recipes(max_size=30), st.randoms(use_true_random=False))
def test_reverse_equals_forward(recipe: Recipe, rng: random.Random) -> None:
    """The dot-product test: one tangent, one adjoint, one number."""
    direction = [rng.uniform(-1.0, 1.0) for _ in recipe.inputs]
    seed = rng.uniform(-2.0, 2.0)
    value, tangent = jvp(recipe, (list(recipe.inputs),), (direction,))
    again, pullback = vjp(recipe, list(recipe.inputs))
    (adjoints,) = pullback(seed)
    assert value == again == recipe.record()[1].data
    leaves, output = recipe.record()
    scale = sum(
        abs(t) * gross_flow(output, leaf)
        for t, leaf in zip(direction, leaves, strict=True)
    )
    products = [a * t for a, t in zip(adjoints, direction, strict=True)]
    assert close(math.fsum(products), seed * tangent, abs(seed) * scale)


@calm
@given(recipes(max_size=25))
def test_every_way_to_a_gradient_agrees(recipe: Recipe) -> None:
    inputs = list(recipe.inputs)
    leaves, output = recipe.record()
    truth = gradients(output, leaves)
    value, gradient = value_and_grad(recipe)(inputs)
    assert value == output.data
    assert gradient == grad(recipe)(inputs) == jacobian(recipe)(inputs) == truth
    assert vjp(recipe, inputs)[1](1.0) == (truth,)


@calm
@given(recipes(max_size=20), st.floats(-3, 3), st.floats(-3, 3))
def test_derivatives_are_linear(recipe: Recipe, a: float, b: float) -> None:
    """The gradient of a f + b g is a f' + b g'."""
    leaves, output = recipe.record()
    other = autograd.sin(leaves[0]) * leaves[-1]
    combined = gradients(a * output + b * other, leaves)
    first, second = gradients(output, leaves), gradients(other, leaves)
    for leaf, got, x, y in zip(leaves, combined, first, second, strict=True):
        scale = abs(a) * gross_flow(output, leaf) + abs(b) * gross_flow(other, leaf)
        assert close(got, a * x + b * y, scale)


@calm
@given(recipes(max_size=20), st.lists(st.floats(-2, 2), min_size=4, max_size=4))
def test_a_pullback_is_linear(recipe: Recipe, seeds: list[float]) -> None:
    a, b, c, d = seeds
    pullback = vjp(lambda xs: [recipe(xs), xs[0] * xs[0]], list(recipe.inputs))[1]
    together = pullback([a + b, c + d])[0]
    for x, y, z in zip(together, pullback([a, c])[0], pullback([b, d])[0], strict=True):
        scale = max(map(abs, pullback([1.0, 1.0])[0])) * sum(map(abs, seeds))
        assert close(x, y + z, scale, ulps=2000.0)


# --- against truth from outside ------------------------------------------------


@calm
@given(graphs(max_size=9))
def test_backward_is_the_sum_over_all_paths(graph: tuple[list[Value], Value]) -> None:
    leaves, output = graph
    output.backward()
    for leaf in leaves:
        products = path_products(output, leaf)
        scale = math.fsum(map(abs, products))
        assert close(leaf.grad, math.fsum(products), scale)


DEFINITIONS: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(["maximum", "max"], lambda *xs: max(xs)),
    **dict.fromkeys(["minimum", "min"], lambda *xs: min(xs)),
    "clamp": lambda x, low, high: min(max(x, low), high),
    "where": lambda condition, x, y: x if condition else y,
    "inversion": lambda x, y: x / (x * x + y * y),
    "power_derivative": lambda x, n, k: mp.ff(n, k) * x ** (n - k),
    "pow_log": lambda x, y: x**y * mp.log(x),
}


def on_mpmath(name: str, operands: Sequence[Any]) -> Any:
    """A row of the table by its mathematical definition."""
    definition = DEFINITIONS.get(name) or REFERENCE[name].formula(())
    result = definition(*map(mpf, operands))
    assert not isinstance(result, mp.mpc)
    return result


def difference(recipe: Recipe, position: int) -> Any:
    """d output / d input by a central difference at sixty digits."""
    step = mpf(10) ** -18
    ends = []
    for shift in (step, -step):
        moved = [mpf(x) for x in recipe.inputs]
        moved[position] += shift
        ends.append(recipe.run(moved, on_mpmath))
    return (ends[0] - ends[1]) / (2 * step)


@settings(calm, max_examples=60)
@given(recipes(max_size=20))
def test_values_and_gradients_agree_with_sixty_digits(recipe: Recipe) -> None:
    leaves, output = recipe.record()
    got = gradients(output, leaves)
    with mp.workdps(60):
        true = recipe.run([mpf(x) for x in recipe.inputs], on_mpmath)
        assert abs(output.data - true) <= 1e-9 * (1 + abs(true))
        for i, leaf in enumerate(leaves):
            scale = gross_flow(output, leaf)
            assert abs(got[i] - difference(recipe, i)) <= 1e-9 * (1 + scale)


CMATH: dict[str, Callable[..., complex]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "neg": operator.neg,
    "reciprocal": lambda z: 1 / z,
    "square": lambda z: z * z,
    **{
        name: getattr(cmath, name)
        for name in ("sqrt", "exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh")
    },
    "atan": cmath.atan,
    "asinh": cmath.asinh,
}


@calm
@given(recipes(max_size=25, names=sorted(ANALYTIC)))
def test_gradients_agree_with_a_complex_step(recipe: Recipe) -> None:
    assert set(CMATH) == ANALYTIC
    leaves, output = recipe.record()
    for i, got in enumerate(gradients(output, leaves)):
        moved = [complex(x) for x in recipe.inputs]
        moved[i] += 1e-200j
        result = recipe.run(moved, lambda name, operands: CMATH[name](*operands))
        scale = gross_flow(output, leaves[i])
        assert abs(got - complex(result).imag / 1e-200) <= 1e-11 * (1e-3 + scale)


# --- second derivatives --------------------------------------------------------


@calm
@given(recipes(max_size=15))
def test_second_derivatives_are_symmetric_however_they_are_taken(
    recipe: Recipe,
) -> None:
    inputs = list(recipe.inputs)
    matrix = hessian(recipe)(inputs)
    size = len(inputs)
    scale = max(1.0, *(abs(x) for row in matrix for x in row))
    unit = [[float(i == j) for j in range(size)] for i in range(size)]
    for i in range(size):
        products = hvp(recipe, inputs, unit[i])
        over_forward = grad(lambda xs, i=i: jvp(recipe, (xs,), (unit[i],))[1])(inputs)
        for j in range(size):
            assert matrix[i][j] == pytest.approx(matrix[j][i], abs=1e-9 * scale)
            assert products[j] == pytest.approx(matrix[i][j], abs=1e-9 * scale)
            assert over_forward[j] == pytest.approx(matrix[i][j], abs=1e-9 * scale)


@settings(calm, max_examples=30)
@given(recipes(max_size=12))
def test_second_derivatives_agree_with_sixty_digits(recipe: Recipe) -> None:
    inputs = list(recipe.inputs)
    matrix = hessian(recipe)(inputs)
    scale = max(1.0, *(abs(x) for row in matrix for x in row))
    with mp.workdps(60):
        step = mpf(10) ** -15
        for i in range(len(inputs)):
            for j in range(i + 1):
                total = mpf(0)
                for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1)):
                    moved = [mpf(x) for x in inputs]
                    moved[i] += a * step
                    moved[j] += b * step
                    total += a * b * recipe.run(moved, on_mpmath)
                true = total / (4 * step * step)
                assert abs(matrix[i][j] - true) <= 1e-8 * scale


# --- repeated sweeps -----------------------------------------------------------


@calm
@given(graphs(max_size=30), st.integers(1, 4))
def test_leaves_accumulate_and_interior_nodes_do_not(
    graph: tuple[list[Value], Value], times: int
) -> None:
    _, output = graph
    nodes = Graph(output).nodes
    once = gradients(output, nodes)
    for _ in range(times):
        output.backward()
    for node, x in zip(nodes, once, strict=True):
        assert node.grad == pytest.approx(x if node.parents else times * x, rel=1e-14)
    output.zero_grad()
    assert {node.grad for node in nodes} == {0.0}


@calm
@given(graphs(max_size=30), st.data())
def test_two_outputs_of_one_graph(
    graph: tuple[list[Value], Value], data: st.DataObject
) -> None:
    """Leaves hold the sum of both sweeps, and a second sweep starts from 0."""
    leaves, output = graph
    other = data.draw(st.sampled_from(Graph(output).nodes))
    first, second = gradients(output, leaves), gradients(other, leaves)
    output.backward()
    other.backward()
    for leaf, x, y in zip(leaves, first, second, strict=True):
        scale = gross_flow(output, leaf) + gross_flow(other, leaf)
        assert close(leaf.grad, x + y, scale)
    for node in Graph(other).nodes:
        if node.parents:
            assert node.grad == gradients(other, [node])[0]


# --- copies --------------------------------------------------------------------


def everything(output: Value) -> list[tuple[Any, ...]]:
    """All that there is to know about a graph, identities as positions."""
    graph = Graph(output)

    def told(x: Value | float) -> Any:
        return graph.index(x) if isinstance(x, Value) else ("constant", x.hex())

    return [
        (
            *(node.data.hex(), node.grad.hex(), node.label, node.op, node.role),
            node.scope,
            tuple(map(told, node.operands)),
            tuple(map(told, node.parents)),
            tuple(d.hex() for d in node.local_derivatives),
        )
        for node in graph.nodes
    ]


COPIES: dict[str, Callable[[Value], Value]] = {
    "pickle": lambda v: pickle.loads(pickle.dumps(v)),
    "pickle_0": lambda v: pickle.loads(pickle.dumps(v, protocol=0)),
    "deepcopy": copy.deepcopy,
    "json": lambda v: Graph.from_json(Graph(v).to_json()).outputs[0],
}


@pytest.mark.parametrize("way", COPIES)
@settings(calm, max_examples=30)
@given(graph=graphs(max_size=40))
def test_copies_keep_everything(way: str, graph: tuple[list[Value], Value]) -> None:
    _, output = graph
    output.backward()
    twin = COPIES[way](output)
    assert everything(twin) == everything(output)
    assert not set(Graph(twin).nodes) & set(Graph(output).nodes)


@pytest.mark.parametrize("way", COPIES)
def test_copies_live_on_their_own(way: str) -> None:
    for seed in range(10):
        leaves, output = random_graph(seed, 20)
        twin = COPIES[way](output)
        before = everything(output)
        labels = {leaf.label: leaf for leaf in Graph(twin).leaves}
        mine = [leaf for leaf in leaves if leaf.label in labels]
        theirs = [labels[leaf.label] for leaf in mine]
        twin.backward()
        assert everything(output) == before
        assert [x.grad for x in theirs] == gradients(output, mine)
        second = [
            gradients(gradients(y, [x], create_graph=True)[0], [x])
            for y, xs in ((output, mine), (twin, theirs))
            for x in xs
        ]
        assert second[: len(mine)] == second[len(mine) :]


def test_a_large_graph_is_no_different() -> None:
    recipe = random_recipe(random.Random(3), 3000)
    leaves, output = recipe.record()
    output.backward()
    assert [leaf.grad for leaf in leaves] == grad(recipe)(list(recipe.inputs))
    assert everything(pickle.loads(pickle.dumps(output))) == everything(output)
