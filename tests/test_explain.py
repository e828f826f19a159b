"""explain and smallest_subgraph, held against an enumeration of all paths."""

from __future__ import annotations

import copy
import math
import random
from collections import defaultdict
from collections.abc import Callable
from itertools import combinations

import pytest

import autograd
import nn
import visualize
from autograd import (
    Edge,
    Graph,
    Op,
    Value,
    explain,
    gradients,
    smallest_subgraph,
    sqrt,
    where,
)
from tests.random_graphs import random_graph

SEEDS = range(60)


def every_path(output: Value, wrt: Value) -> list[list[Edge]]:
    """All paths as lists of edges from the output down, by plain recursion."""
    if output is wrt:
        return [[]]
    return [
        [Edge(parent, output, position), *rest]
        for position, parent in enumerate(output.parents)
        for rest in every_path(parent, wrt)
    ]


def product_of(path: list[Edge]) -> float:
    weights = [edge.child.local_derivatives[edge.position] for edge in path]
    return 0.0 if 0.0 in weights else math.prod(weights)


def close(got: float, true: float) -> bool:
    return math.isclose(got, true, rel_tol=1e-12, abs_tol=1e-300)


def small_cases(seed: int) -> list[tuple[Value, Value, list[list[Edge]]]]:
    """The output of a random graph with each leaf that it depends on."""
    leaves, output = random_graph(seed, 9)
    cases = [(output, leaf, every_path(output, leaf)) for leaf in leaves]
    return [case for case in cases if len(case[2]) < 3000]


@pytest.mark.parametrize("seed", SEEDS)
def test_all_numbers_are_those_of_an_enumeration(seed: int) -> None:
    for output, wrt, paths in small_cases(seed):
        found = explain(output, wrt, top=3)
        products = [product_of(path) for path in paths]
        sizes = sorted(map(abs, products), reverse=True)
        gross, signed = math.fsum(sizes), math.fsum(products)
        assert found.path_count == len(paths)
        assert found.gradient == gradients(output, [wrt])[0]
        # rounding is that of the terms where they cancel
        assert abs(found.gradient - signed) <= 1e-12 * gross
        assert len(found.paths) == min(3, len(paths))
        for path, size in zip(found.paths, sizes, strict=False):
            assert close(abs(path.product), size)
            assert close(path.product, math.prod(path.local_derivatives))
        if gross == 0.0:
            assert (found.coverage, found.cancellation, found.entropy) == (1, 1, 0)
            continue
        assert close(found.coverage, math.fsum(sizes[:3]) / gross)
        if abs(signed) > 1e-3 * gross:
            assert found.cancellation == pytest.approx(gross / abs(signed), rel=1e-12)
        shares = [size / gross for size in sizes]
        entropy = -math.fsum(p * math.log(p) for p in shares if p)
        assert found.entropy == pytest.approx(entropy, rel=1e-12, abs=1e-13)


@pytest.mark.parametrize("seed", SEEDS)
def test_shares_are_what_flows_through_each_edge(seed: int) -> None:
    for output, wrt, paths in small_cases(seed):
        flow: dict[Edge, float] = defaultdict(float)
        for path in paths:
            for edge in path:
                flow[edge] += abs(product_of(path))
        gross = math.fsum(abs(product_of(path)) for path in paths)
        shares = explain(output, wrt).shares
        assert shares.keys() == flow.keys()
        for edge, share in shares.items():
            true = flow[edge] / gross if gross else 0.0
            assert share == pytest.approx(true, rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("seed", SEEDS)
def test_paths_are_real_and_different(seed: int) -> None:
    for output, wrt, paths in small_cases(seed):
        found = explain(output, wrt, top=len(paths) + 5).paths
        assert len(found) == len(paths)
        slots = {tuple((id(e.child), e.position) for e in path) for path in paths}
        assert {
            tuple((id(e.child), e.position) for e in path.edges) for path in found
        } == slots
        for path in found:
            assert path.nodes[0] is output
            assert path.nodes[-1] is wrt
            assert [e.parent for e in path.edges] == [*path.nodes[1:]]


def test_paths_of_one_strength_come_in_the_order_of_the_operands() -> None:
    x = Value(1.0)
    y = x + x
    z = y + y
    positions = [[e.position for e in path.edges] for path in explain(z, x).paths]
    assert positions == [[0, 0], [0, 1], [1, 0], [1, 1]]


def test_parallel_edges_are_paths_of_their_own() -> None:
    x = Value(3.0, label="x")
    found = explain(x * x, x)
    assert found.path_count == 2
    assert [path.product for path in found.paths] == [3.0, 3.0]
    assert found.entropy == pytest.approx(math.log(2.0), rel=1e-15)


def test_a_diamond_of_2_to_the_60_paths() -> None:
    x = Value(1.0)
    y = x
    for _ in range(60):
        y = y + y
    found = explain(y, x)
    assert found.path_count == 2**60
    assert found.gradient == 2.0**60
    assert found.coverage == 5.0 / 2.0**60
    assert found.entropy == pytest.approx(60 * math.log(2.0), rel=1e-12)
    assert {*found.shares.values()} == {0.5}


def test_sums_keep_their_range_where_floats_do_not() -> None:
    x = Value(1.0)
    grown = faded = x
    for _ in range(3000):
        grown = grown + grown
        faded = faded * 0.25 + faded * -0.125
    for output in (grown, faded):
        found = explain(output, x)
        assert found.path_count == 2**3000
    assert {*explain(grown, x).shares.values()} == {0.5}
    third = pytest.approx(1 / 3, rel=1e-12)
    assert min(explain(faded, x).shares.values()) == third
    assert explain(grown, x).cancellation == 1.0
    assert explain(faded, x).cancellation > 1e300


def test_one_path_prints_as_the_chain_rule() -> None:
    w1 = Value(-12.0, label="w1")
    c = w1 * 2.0
    d = c * -3.0
    loss = d * 4.0
    for node, label in ((c, "c"), (d, "d"), (loss, "L")):
        node.label = label
    line = "dL/dw1 = (dL/dd)(dd/dc)(dc/dw1) = 4 x -3 x 2 = -24"
    assert str(explain(loss, w1)) == repr(explain(loss, w1)) == line
    text = explain(loss, w1)._repr_markdown_()
    assert r"\frac{d L}{d w_{1}} = \frac{d L}{d d} \frac{d d}{d c}" in text
    assert r"= 4 \times -3 \times 2 = -24$" in text


def test_what_does_not_depend_has_no_path() -> None:
    x, y = Value(1.0, label="x"), Value(2.0, label="y")
    found = explain(x * 2.0, y)
    assert (found.gradient, found.path_count, found.paths) == (0.0, 0, ())
    assert (found.coverage, found.cancellation, found.entropy) == (1.0, 1.0, 0.0)
    assert found.shares == {}
    assert "no path" in str(found)
    assert not smallest_subgraph(x * 2.0, y).edges


def test_an_output_is_its_own_path() -> None:
    x = Value(1.0, label="x")
    found = explain(x, x)
    assert (found.gradient, found.path_count) == (1.0, 1)
    assert found.paths[0].product == 1.0
    assert found.paths[0].nodes == (x,)


def test_a_node_on_the_way_may_be_asked_for() -> None:
    x = Value(2.0)
    h = x * x
    assert explain(h * h, h).gradient == 8.0
    assert explain(h * h, h).path_count == 2


def test_zero_is_strong() -> None:
    x = Value(0.0)
    found = explain(where(x > 0, sqrt(x), 0.0) + 3.0 * x, x)
    assert found.gradient == 3.0
    assert sorted(path.product for path in found.paths) == [0.0, 3.0]
    assert found.coverage == 1.0


def test_an_infinite_path_comes_first_and_outweighs_all() -> None:
    x = Value(0.0)
    found = explain(5.0 * x + sqrt(x), x, top=1)
    assert found.paths[0].product == math.inf
    assert found.coverage == 1.0
    assert len(smallest_subgraph(5.0 * x + sqrt(x), x).edges) == 2


def test_a_nan_is_shown_before_all_else() -> None:
    broken = Op("broken", lambda xp, x: x, lambda xp, out, x: (math.nan,))
    x = Value(1.0)
    found = explain(1e9 * x + broken(x), x, top=1)
    assert math.isnan(found.paths[0].product)
    assert math.isnan(found.gradient)


def test_the_share_of_a_path_needs_no_range() -> None:
    x = Value(0.0)
    infinite = explain(autograd.log(x) + x, x)
    assert [path.share for path in infinite.paths] == [1.0, 0.0]
    assert "nan" not in str(infinite)
    assert "nan" not in infinite._repr_markdown_()
    small = x + 0.0
    for _ in range(3):  # 1e-600: out of a double's range, but a third of the whole
        small = small * 1e-200
    tiny = explain(small + small + small, x)
    assert [path.product for path in tiny.paths] == [0.0] * 3
    assert [path.share for path in tiny.paths] == pytest.approx([1 / 3] * 3)
    assert [path.share for path in explain(0.0 * x, x).paths] == [0.0]


@pytest.mark.parametrize(
    "f",
    [
        lambda x: sqrt(x) + 2.0 * sqrt(x),
        lambda x: sqrt(x) - 3.0 * sqrt(x) + 5.0 * x,
        lambda x: 1e-300 * sqrt(x) + 3e-300 * sqrt(x),
        lambda x: sqrt(sqrt(x)) + 7.0 * sqrt(x),
        lambda x: (sqrt(x) + x) * 2.0 - sqrt(x) + autograd.cbrt(x) * 0.0,
    ],
)
def test_infinite_paths_share_as_they_do_just_beside_the_pole(
    f: Callable[[Value], Value],
) -> None:
    x, beside = Value(0.0), Value(1e-300)
    pole, near = explain(f(x), x), explain(f(beside), beside)
    assert math.fsum(path.share for path in pole.paths) == pytest.approx(1.0)
    shares = pytest.approx([path.share for path in near.paths], abs=1e-12)
    assert [path.share for path in pole.paths] == shares
    flows = pytest.approx([*near.shares.values()], abs=1e-12)
    assert [*pole.shares.values()] == flows
    for what in ("entropy", "cancellation", "coverage"):
        expected = pytest.approx(getattr(near, what), abs=1e-12)
        assert getattr(pole, what) == expected
    assert len(smallest_subgraph(f(x), x, 0.6)) == len(
        smallest_subgraph(f(beside), beside, 0.6)
    )


def test_a_function_that_is_traced_can_not_keep_an_explanation() -> None:
    with pytest.raises(TypeError, match="explain"):
        autograd.Program(lambda x: x * explain(x * x, x).gradient, 2.0)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ((1.0, Value(1.0)), TypeError, "output"),
        ((Value(1.0), [Value(1.0)]), TypeError, "one wrt at a time"),
        ((Value(1.0), {"w": Value(1.0)}), TypeError, "dict: one wrt at a time"),
        ((Value(1.0), iter([])), TypeError, "one wrt at a time"),
        ((Value(1.0), nn.Neuron(1)), TypeError, "one of its .* parameters"),
        ((nn.Neuron(1), Value(1.0)), TypeError, "Neuron: call it"),
        ((Value(1.0), "x"), TypeError, "wrt, got str$"),
        ((Value(1.0), Value(1.0), 0), ValueError, "at least 1"),
        ((Value(1.0), Value(1.0), 2.5), TypeError, "top .* got 2.5, a float"),
    ],
)
def test_what_cannot_be_explained_is_told(
    arguments: tuple[object, ...], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        explain(*arguments)  # type: ignore[arg-type]


def test_a_long_chain_and_a_wide_graph_are_no_trouble() -> None:
    x = Value(1.0)
    chain = x
    for _ in range(100_000):
        chain = chain * 1.0
    found = explain(chain, x)
    assert found.path_count == 1
    assert len(found.paths[0].edges) == 100_000
    assert str(found).endswith("= 1")


# --- the smallest subgraph -------------------------------------------------------


def coverage_of(edges: set[Edge], paths: list[list[Edge]]) -> float:
    gross = math.fsum(abs(product_of(path)) for path in paths)
    inside = [path for path in paths if edges.issuperset(path)]
    return math.fsum(abs(product_of(path)) for path in inside) / gross


def random_small(seed: int) -> tuple[Value, Value]:
    """A graph of at most 13 edges of random weights, and its input."""
    rng = random.Random(seed)
    x = Value(1.0)
    nodes = [x]
    while sum(len(node.parents) for node in nodes) < 11:
        w, u = rng.choice([0.02, 0.3, 1.0, 2.0]), rng.uniform(-2.0, 2.0)
        step = Op(
            "step2", lambda xp, a, b: a + b, lambda xp, out, a, b, w=w, u=u: (w, u)
        )
        nodes.append(step(rng.choice(nodes), nodes[-1]))
    return nodes[-1], x


@pytest.mark.parametrize("share", [0.5, 0.8, 0.95, 1.0])
@pytest.mark.parametrize("seed", range(12))
def test_brute_force_finds_no_smaller_subgraph(seed: int, share: float) -> None:
    output, x = random_small(seed)
    paths = every_path(output, x)
    edges = [*dict.fromkeys(edge for path in paths for edge in path)]
    small = smallest_subgraph(output, x, share)
    assert coverage_of({*small.edges}, paths) >= share - 1e-12
    assert small.coverage == pytest.approx(
        coverage_of({*small.edges}, paths), rel=1e-12
    )
    fewest = next(
        count
        for count in range(len(edges) + 1)
        if any(
            coverage_of({*chosen}, paths) >= share - 1e-12
            for chosen in combinations(edges, count)
        )
    )
    assert len(small.edges) == fewest


def test_a_subgraph_says_how_much_its_paths_cancel() -> None:
    x = Value(1.0)
    small = smallest_subgraph(3.0 * x - 2.0 * x + 0.001 * x, x)
    assert small.coverage == pytest.approx(5.0 / 5.001)
    assert small.cancellation == 5.0
    assert "cancellation 5" in repr(small)
    assert len(small.edges) == 5


def test_a_graph_may_leave_edges_out() -> None:
    x, w = Value(2.0, label="x"), Value(3.0, label="w")
    y = w * x + x
    kept = [edge for edge in Graph(y).edges if edge.parent is not w]
    graph = Graph(y, edges=kept)
    assert len(graph.edges) == 3
    assert w not in graph
    assert graph.outputs == (y,)
    assert len(graph.to_networkx().edges) == 3
    assert len(copy.deepcopy(graph).edges) == 3
    with pytest.raises(ValueError, match="leaves edges out"):
        graph.to_json()
    with pytest.raises(ValueError, match="has no Edge"):
        Graph(x, edges=kept)


def test_a_subgraph_draws_with_its_edges_alone() -> None:
    x = Value(2.0, label="x")
    y = 100.0 * x + x / 50.0
    y.backward()
    svg = visualize.draw(smallest_subgraph(y, x)).svg
    assert svg.count('class="edge') == 2
    assert "1 more" in svg
    assert "100" in visualize.tree(smallest_subgraph(y, x))


def test_a_picture_shows_what_flows_where() -> None:
    x, b = Value(2.0, label="x"), Value(5.0, label="b")
    y = (3.0 * x + x * x) * 2.0 + b
    y.label = "y"
    y.backward()
    text = visualize.tree(y, explain=explain(y, x))
    assert "×3 · 42.9 %" in text
    assert text.count("×2 · 28.6 %") == 2
    svg = visualize.draw(y, explain=explain(y, x)).svg
    assert "42.9 %" in svg
    assert "the paths of dy/dx: 6 of 7 nodes" in svg
    for page in (visualize.step, visualize.explore):
        assert "42.9 %" in page(y, explain=explain(y, x)).picture.svg
    inner = y.parents[0]
    named = f"the paths of dy/d{Graph(y).name(inner)}: "
    assert named in visualize.draw(y, explain=explain(y, inner)).svg
    with pytest.raises(ValueError, match="without focus="):
        visualize.draw(y, explain=explain(y, x), focus=x)
    with pytest.raises(ValueError, match="has not"):
        visualize.draw(b * 2.0, explain=explain(y, x))


def test_a_large_net_is_pruned() -> None:
    rng = random.Random(1)
    x = Value(1.0)
    layer = [x]
    for _ in range(10):
        weights = [[rng.gauss(0.0, 1.0) for _ in layer] for _ in range(12)]
        layer = [autograd.tanh(autograd.dot(row, layer)) for row in weights]
    output = autograd.sum(layer)
    small = smallest_subgraph(output, x, 0.5)
    assert small.coverage >= 0.5
    assert len(small.edges) < 0.6 * len(explain(output, x).shares)
