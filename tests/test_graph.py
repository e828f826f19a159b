"""Graph: order, edges, names, scopes, contributions, JSON, networkx."""

import contextlib
import contextvars
import copy
import json
import math
import pickle
import sys
from collections.abc import Callable
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import (
    OPS,
    Edge,
    Graph,
    Op,
    Value,
    parameter,
    scope,
)
from autograd.formats import json as formats_json
from tests.random_graphs import graphs

calm = settings(max_examples=80, deadline=None, derandomize=True)

SCALE = Op("scale", lambda xp, x, k: x * k, lambda xp, out, x, k: (k, x))


def neuron() -> tuple[Graph, dict[str, Value]]:
    x, w = Value(2.0, label="x"), parameter(-3.0, label="w")
    with scope("layer"):
        product = w * x
        y = product.tanh()
    y.label = "y"
    return Graph(y), {"x": x, "w": w, "product": product, "y": y}


# --- nodes and edges -----------------------------------------------------------


def test_nodes_edges_leaves_outputs() -> None:
    graph, part = neuron()
    x, w, product, y = part.values()
    assert graph.nodes == (w, x, product, y)
    assert graph.leaves == (w, x)
    assert graph.outputs == (y,)
    assert graph.edges == (
        Edge(w, product, 0),
        Edge(x, product, 1),
        Edge(product, y, 0),
    )
    assert [graph.index(node) for node in graph] == [0, 1, 2, 3]
    assert len(graph) == 4
    assert all(a is b for a, b in zip(graph, graph.nodes, strict=True))
    assert repr(graph) == "Graph(4 nodes, 3 edges, 2 leaves, 1 output)"
    assert repr(Graph(x)) == "Graph(1 node, 0 edges, 1 leaf, 1 output)"


def test_a_repeated_operand_has_an_edge_for_every_slot() -> None:
    x = Value(3.0)
    y = x + x
    assert [(e.position, e.parent, e.child) for e in Graph(y).edges] == [
        (0, x, y),
        (1, x, y),
    ]
    z: Any = autograd.sum([x, 1.0, x, y, x])
    assert [e.position for e in Graph(z).consumers(x) if e.child is z] == [0, 1, 3]
    assert z.parents == (x, x, y, x)


def test_positions_index_parents_not_operands() -> None:
    x = Value(3.0)
    y = autograd.where(True, 2.0, x) - 2.0 / x
    for edge in Graph(y).edges:
        assert edge.child.parents[edge.position] is edge.parent
        weight = edge.child.local_derivatives[edge.position]
        assert edge.local_derivative == weight


def test_a_single_leaf_and_several_outputs() -> None:
    x, y = Value(1.0), Value(2.0)
    assert Graph(x).nodes == (x,)
    assert Graph(x).edges == ()
    total = x + y
    graph = Graph(total, y, total * 2, total)
    assert graph.outputs[0] is graph.outputs[3] is total
    assert len(graph) == 4
    assert len(set(graph.nodes)) == 4


def test_membership_is_by_identity() -> None:
    graph, part = neuron()
    assert part["x"] in graph
    assert Value(2.0, label="x") not in graph
    assert 2.0 not in graph
    assert None not in graph
    stranger = Value(2.0)
    asks: list[Callable[[Value], object]] = [
        *(graph.index, graph.name, graph.scope, graph.consumers),
    ]
    for ask in asks:
        with pytest.raises(ValueError, match="not a node"):
            ask(stranger)


@pytest.mark.parametrize("bad", [(), (1.0,), (None,), ([Value(1.0)],), ("x",)])
def test_only_values_have_a_graph(bad: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError, match="Graph wants"):
        Graph(*bad)


@pytest.mark.parametrize("collected", [list, tuple, set, iter, np.array])
def test_several_values_are_handed_one_by_one(collected: Callable[..., Any]) -> None:
    text = r"one by one: Graph\(x, y\), or Graph\(\*values\); got "
    with pytest.raises(TypeError, match=text):
        Graph(collected([Value(1.0), Value(2.0)]))


def test_graph_is_immutable() -> None:
    graph, part = neuron()
    for name in ("nodes", "edges", "leaves", "outputs", "differentiated"):
        before = getattr(graph, name)
        with pytest.raises(AttributeError):
            setattr(graph, name, ())
        assert getattr(graph, name) == before
    for immutable in (graph.nodes, graph.edges, graph.leaves, graph.outputs):
        assert type(immutable) is tuple
    assert type(graph.consumers(part["x"])) is tuple
    with pytest.raises(TypeError):
        graph.nodes[0] = part["y"]  # type: ignore[index]


def test_later_work_does_not_change_a_graph() -> None:
    graph, part = neuron()
    before = graph.nodes
    _ = part["y"] * part["x"]
    assert graph.nodes == before
    assert len(graph.consumers(part["x"])) == 1


@calm
@given(graphs(max_size=40))
def test_the_order_is_topological_and_every_slot_has_its_edge(
    graph: tuple[list[Value], Value],
) -> None:
    view = Graph(graph[1])
    place = {node: i for i, node in enumerate(view)}
    assert len(place) == len(view)
    assert all(place[e.parent] < place[e.child] for e in view.edges)
    slots = [(child, i) for child in view for i in range(len(child.parents))]
    assert [(e.child, e.position) for e in view.edges] == slots
    assert sorted(map(id, view.edges)) == sorted(
        id(e) for node in view for e in view.consumers(node)
    )
    assert {x for x in graph[0] if x in view} == set(view.leaves)


@calm
@given(graphs(max_size=40))
def test_contributions_sum_to_the_gradient(graph: tuple[list[Value], Value]) -> None:
    view = Graph(graph[1])
    assert not view.differentiated
    graph[1].backward()
    assert view.differentiated
    for node in view:
        parts = [edge.contribution for edge in view.consumers(node)]
        if node is graph[1]:
            assert parts == []
            continue
        scale = math.fsum(map(abs, parts))
        assert abs(math.fsum(parts) - node.grad) <= 1e-14 * scale


def test_a_contribution_follows_the_strong_zero() -> None:
    x = Value(0.0, label="x")
    y: Any = autograd.where(x > 0, x.sqrt(), 3.0)
    y.backward()
    assert [e.contribution for e in Graph(y).edges] == [0.0, 0.0]
    assert Graph(y).edges[0].local_derivative == math.inf


# --- names, scopes, find -------------------------------------------------------


def names(*nodes: Value) -> list[str]:
    graph = Graph(autograd.sum(list(nodes)))
    return [graph.name(node) for node in nodes]


def test_names_are_labels_or_positions() -> None:
    graph, part = neuron()
    assert [graph.name(node) for node in graph] == ["w", "x", "v2", "y"]
    assert graph.find("x") == (part["x"],)
    assert graph.find("v2") == graph.find("mul") == (part["product"],)
    assert graph.find("y") == graph.find("tanh") == (part["y"],)
    assert graph.find("") == ()
    assert graph.find("nothing") == ()
    with pytest.raises(TypeError, match="wants a name, a label or an operation; got"):
        graph.find(part["x"])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"'x' is not a node .* find\('x'\) looks for"):
        graph.name("x")  # type: ignore[arg-type]


def test_equal_labels_are_told_apart_by_scope_or_number() -> None:
    with scope("left"):
        a = Value(1.0, label="w")
    with scope("right"):
        b = Value(2.0, label="w")
    assert names(a, b) == ["left.w", "right.w"]
    assert names(a) == ["w"]
    c, d = Value(1.0, label="w"), Value(2.0, label="w")
    found = names(c, d)
    assert len(set(found)) == 2
    assert all(name.startswith("w") for name in found)
    graph = Graph(c + d)
    assert graph.find("w") == (c, d)


HOSTILE = [
    *(
        "v0",
        "v1",
        "v2",
        "v3",
        "a#1",
        "a",
        "a",
        "a#1",
        "a#2",
        "#",
        "#1",
        "s.a",
        ".",
        "v",
    ),
    *(
        " ",
        "\n",
        "\x00",
        "é",
        "e\u0301",
        "\u202e",
        "\ud800",
        "<b>",
        '"',
        "\\",
        "$x",
        "v3#1",
    ),
]


def test_names_are_unique_for_hostile_labels() -> None:
    for turn in range(len(HOSTILE)):
        labels = HOSTILE[turn:] + HOSTILE[:turn]
        nodes = [Value(float(i), label=label) for i, label in enumerate(labels)]
        with scope("s"):
            nodes += [Value(1.0, label=label) for label in labels]
        nodes += [nodes[0] * 2, nodes[1] * 3]
        found = names(*nodes)
        assert len(set(found)) == len(nodes)
        assert all(found)


LABELS = st.one_of(
    st.sampled_from(["", "a", "b", "a#1", "a#2", "v0", "v1", "v2", "s.a", "s.a#1"]),
    st.text(max_size=3),
)


@calm
@given(st.lists(st.tuples(LABELS, st.sampled_from(["", "s", "s.a", "t"])), min_size=1))
def test_names_are_unique_and_found(given_names: list[tuple[str, str]]) -> None:
    nodes = []
    for label, where_made in given_names:
        if where_made:
            with scope(where_made):
                nodes.append(Value(1.0, label=label))
        else:
            nodes.append(Value(1.0, label=label))
    graph = Graph(autograd.sum(nodes))
    found = [graph.name(node) for node in graph]
    assert len(set(found)) == len(graph)
    assert all(isinstance(name, str) and name for name in found)
    for node in graph:
        assert node in graph.find(graph.name(node))
        if node.label:
            assert node in graph.find(node.label)
            assert node.label in graph.name(node)
    assert found == [graph.name(node) for node in Graph(*graph.outputs)]


def test_many_equal_labels_are_no_trouble() -> None:
    nodes = [Value(0.0, label="same") for _ in range(20_000)]
    assert len(set(names(*nodes))) == 20_000


def test_scopes_are_those_of_recording() -> None:
    graph, part = neuron()
    assert [graph.scope(node) for node in graph] == ["", "", "layer", "layer"]
    assert part["w"].role == "parameter"
    assert part["x"].role == "input"
    assert part["y"].role == "operation"


def test_scope_names_that_start_with_a_dot() -> None:
    def restored(first: str, name: str) -> str:
        with scope(name):
            y = Value(1.0) * 2
        text = Graph(y).to_json()

        def elsewhere() -> tuple[str, str]:
            with scope(first):
                mine = (Value(1.0) * 2).scope
            return Graph.from_json(text).outputs[0].scope, mine

        theirs, mine = contextvars.Context().run(elsewhere)
        assert mine == first
        return theirs

    for first, name in ((".a", "a"), ("a", ".a"), (".", "."), ("..a", ".a")):
        assert restored(first, name) == name


# --- JSON ----------------------------------------------------------------------


def told(graph: Graph) -> list[Any]:
    """All of a graph's content, to the last bit."""
    return [
        [
            *(node.op and node.op.name, node.label, node.scope, node.role),
            *(
                node.data.hex(),
                node.grad.hex(),
                [d.hex() for d in node.local_derivatives],
            ),
            [
                graph.index(x) if isinstance(x, Value) else x.hex()
                for x in node.operands
            ],
            [graph.index(x) for x in node.parents],
        ]
        for node in graph
    ] + [[graph.index(x) for x in graph.outputs]]


AWKWARD = [
    *(0.0, -0.0, 5e-324, -5e-324, 2.2250738585072014e-308, 1.7976931348623157e308),
    *(math.inf, -math.inf, math.nan, 0.1, 1 / 3, 1e22, 1e23, 123456789012345680.0),
    *(math.nextafter(1.0, 2.0), 2.0**53, 2.0**63),
]


def test_json_keeps_every_number_to_the_last_bit() -> None:
    leaves = [Value(x) for x in AWKWARD]
    for leaf, grad in zip(leaves, reversed(AWKWARD), strict=True):
        leaf.grad = grad
    graph = Graph(*(leaf * x for leaf in leaves for x in AWKWARD))
    assert told(Graph.from_json(graph.to_json())) == told(graph)


@calm
@given(
    st.floats(), st.floats(), st.floats(), st.text(), st.text(min_size=1), st.booleans()
)
def test_json_keeps_any_number_and_text(
    x: float, k: float, grad: float, label: str, place: str, is_parameter: bool
) -> None:
    def run() -> None:
        with scope(place):
            leaf = parameter(x, label) if is_parameter else Value(x, label)
            y = SCALE(leaf, k)
        leaf.grad, y.label = grad, label
        graph = Graph(y, leaf, y)
        read = Graph.from_json(graph.to_json(), ops=[SCALE])
        assert told(read) == told(graph)
        assert read.nodes[-1].op is SCALE

    contextvars.Context().run(run)


@calm
@given(graphs(max_size=40))
def test_json_round_trip_of_any_graph(graph: tuple[list[Value], Value]) -> None:
    graph[1].backward()
    view = Graph(graph[1])
    text = view.to_json()
    read = Graph.from_json(text)
    assert told(read) == told(view)
    assert read.to_json() == text


@pytest.mark.parametrize("label", [*HOSTILE, "x" * 10_000, "</script>", "\u2028"])
def test_json_keeps_hostile_labels(label: str) -> None:
    graph = Graph(Value(1.0, label=label) * 2)
    text = graph.to_json()
    assert text.isascii()
    assert Graph.from_json(text).nodes[0].label == label


def test_json_is_plain_json() -> None:
    content = json.loads(neuron()[0].to_json(), parse_constant=pytest.fail)
    assert content["version"] == 1
    assert content["outputs"] == [3]
    assert [row["op"] for row in content["nodes"]] == [None, None, "mul", "tanh"]


def edited(change: Callable[[Any], object]) -> str:
    """A good graph's JSON after a change to its content."""
    content = json.loads(Graph(Value(2.0, label="x") * Value(3.0) + 1.0).to_json())
    change(content)
    return json.dumps(content)


def node(content: Any, i: int = 2) -> Any:
    return content["nodes"][i]


REFUSED: dict[str, Callable[[Any], object]] = {
    "no version": lambda c: c.pop("version"),
    "version 0": lambda c: c.update(version=0),
    "version 2": lambda c: c.update(version=2),
    "version as text": lambda c: c.update(version="1"),
    "version as a float": lambda c: c.update(version=1.0),
    "version true": lambda c: c.update(version=True),
    "another format": lambda c: c.update(format="other"),
    "no format": lambda c: c.pop("format"),
    "an extra key": lambda c: c.update(code="import os"),
    "no outputs key": lambda c: c.pop("outputs"),
    "no outputs": lambda c: c.update(outputs=[]),
    "outputs no list": lambda c: c.update(outputs=3),
    "outputs a dict": lambda c: c.update(outputs={"0": 0}),
    "an output too far": lambda c: c.update(outputs=[4]),
    "a negative output": lambda c: c.update(outputs=[-1]),
    "an output that is true": lambda c: c.update(outputs=[True]),
    "an output that is a float": lambda c: c.update(outputs=[1.0]),
    "an output that is null": lambda c: c.update(outputs=[None]),
    "nodes no list": lambda c: c.update(nodes={}),
    "no nodes": lambda c: c.update(nodes=[]),
    "a node that is a list": lambda c: c["nodes"].__setitem__(2, []),
    "a node that is null": lambda c: c["nodes"].__setitem__(2, None),
    "an extra key in a node": lambda c: node(c).update(extra=1),
    "a key missing in a node": lambda c: node(c).pop("grad"),
    "a cycle": lambda c: node(c).update(operands=[3, 1]),
    "itself as operand": lambda c: node(c).update(operands=[2, 1]),
    "a negative operand": lambda c: node(c).update(operands=[-1, 1]),
    "true as operand": lambda c: node(c).update(operands=[True, 0]),
    "a float as operand": lambda c: node(c).update(operands=[0.0, 1]),
    "text as operand": lambda c: node(c).update(operands=["0", 1]),
    "null as operand": lambda c: node(c).update(operands=[None, 1]),
    "a list as operand": lambda c: node(c).update(operands=[[0], 1]),
    "operands no list": lambda c: node(c).update(operands=0),
    "operands missing": lambda c: node(c).update(operands=[0], local_derivatives=[1.0]),
    "too many operands": lambda c: node(c).update(
        operands=[0, 1, 1], local_derivatives=[1.0] * 3
    ),
    "a constant with more": lambda c: node(c, 3).update(
        operands=[2, {"constant": 1.0, "more": 2}]
    ),
    "a constant of text": lambda c: node(c, 3).update(operands=[2, {"constant": "1"}]),
    "a constant of true": lambda c: node(c, 3).update(operands=[2, {"constant": True}]),
    "a leaf with operands": lambda c: node(c).update(op=None),
    "an operation without parents": lambda c: node(c).update(
        operands=[{"constant": 1.0}] * 2, local_derivatives=[], role="input"
    ),
    "an unknown operation": lambda c: node(c).update(op="__import__"),
    "an operation that is a number": lambda c: node(c).update(op=1),
    "an operation that is a list": lambda c: node(c).update(op=["mul"]),
    "an operation that is true": lambda c: node(c).update(op=True),
    "too few derivatives": lambda c: node(c).update(local_derivatives=[1.0]),
    "too many derivatives": lambda c: node(c).update(local_derivatives=[1.0] * 3),
    "a derivative of text": lambda c: node(c).update(local_derivatives=[1.0, "1"]),
    "a derivative of null": lambda c: node(c).update(local_derivatives=[1.0, None]),
    "data that is true": lambda c: node(c).update(data=True),
    "data that is text": lambda c: node(c).update(data="6.0"),
    "data that is null": lambda c: node(c).update(data=None),
    "data that is a list": lambda c: node(c).update(data=[6.0]),
    "data that no double holds": lambda c: node(c).update(data=2**53 + 1),
    "data that is Infinity": lambda c: node(c).update(data=math.inf),
    "data that is NaN": lambda c: node(c).update(data=math.nan),
    "another word for infinity": lambda c: node(c).update(data="Infinity"),
    "grad that is false": lambda c: node(c).update(grad=False),
    "a label that is a number": lambda c: node(c).update(label=1),
    "a label that is null": lambda c: node(c).update(label=None),
    "a scope that is a list": lambda c: node(c).update(scope=["a"]),
    "an unknown role": lambda c: node(c).update(role="boss"),
    "a leaf as operation": lambda c: node(c, 0).update(role="operation"),
    "an operation as parameter": lambda c: node(c).update(role="parameter"),
    "kinds no list": lambda c: c.update(kinds={}),
    "kinds of numbers": lambda c: c.update(kinds=[1]),
    "a kind that is a number": lambda c: c.update(kinds=[{"net": 1}]),
    "kinds that are not there": lambda c: node(c).update(kinds=0),
    "kinds too far": lambda c: (c.update(kinds=[{}]), node(c).update(kinds=1)),
    "kinds by a name": lambda c: (c.update(kinds=[{}]), node(c).update(kinds="0")),
    "a role that is a list": lambda c: node(c).update(role=["operation"]),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused_json(what: str) -> None:
    with pytest.raises(ValueError, match="graph JSON"):
        Graph.from_json(edited(REFUSED[what]))


def test_refused_json_was_good_before_the_change() -> None:
    assert len(Graph.from_json(edited(lambda _: None))) == 4


def test_truncated_json() -> None:
    text = neuron()[0].to_json()
    for end in range(len(text)):
        with pytest.raises(ValueError, match="graph JSON"):
            Graph.from_json(text[:end])


@settings(calm, max_examples=200)
@given(st.data())
def test_damaged_json_is_refused_or_still_a_graph(data: st.DataObject) -> None:
    """A changed character gives a ValueError or a graph, nothing else."""
    text = neuron()[0].to_json()
    at = data.draw(st.integers(0, len(text) - 1))
    new = data.draw(st.sampled_from('0123456789-.eE"[]{},:\\ntrufals \x00\u00e9'))
    try:
        read = Graph.from_json(text[:at] + new + text[at + 1 :])
    except ValueError:
        return
    assert 1 <= len(read) <= 4
    assert {n.op for n in read} <= {None, *OPS.values()}


@pytest.mark.parametrize(
    "text",
    [
        *("", "null", "3", '"text"', "[]", "{}", "nan", "NaN", "{'format': 1}", "\x00"),
        *("[" * 100_000, '{"nodes":' * 100_000, "9" * 10_000, "[[]]" * 10),
    ],
    ids=lambda text: text[:10],
)
def test_other_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="graph JSON"):
        Graph.from_json(text)


@pytest.mark.parametrize("number", ["1e999", "-1e999", "NaN", "Infinity", "9" * 400])
def test_numbers_that_no_double_holds_are_refused(number: str) -> None:
    text = neuron()[0].to_json()
    assert '"data":2.0' in text
    with pytest.raises(ValueError, match="graph JSON"):
        Graph.from_json(text.replace('"data":2.0', f'"data":{number}'))


@pytest.mark.parametrize("bad", [b"{}", None, 3, {}, ["a"]])
def test_only_text_is_read(bad: Any) -> None:
    with pytest.raises(TypeError, match=type(bad).__name__):
        Graph.from_json(bad)


def test_oversized_json(monkeypatch: pytest.MonkeyPatch) -> None:
    text = neuron()[0].to_json()
    for limit, smaller in (("MAX_CHARACTERS", 100), ("MAX_NODES", 3), ("MAX_LABEL", 0)):
        with monkeypatch.context() as patch:
            patch.setattr(formats_json, limit, smaller)
            with pytest.raises(ValueError, match=r"graph JSON.*at most"):
                Graph.from_json(text)
    assert len(Graph.from_json(text)) == 4


def test_reading_imports_and_runs_nothing() -> None:
    before = set(sys.modules)
    text = edited(lambda c: node(c, 0).update(label="__import__('os').system('x')"))
    Graph.from_json(text)
    assert set(sys.modules) == before

    def explode(xp: Any, *operands: Any) -> Any:
        raise AssertionError("a rule was run")

    trap = Op("trap", explode, explode)
    text = edited(lambda c: node(c).update(op="mul")).replace('"mul"', '"trap"')
    with pytest.raises(ValueError, match="trap"):
        Graph.from_json(text)
    trap = Op("trap", lambda xp, x, y: explode(xp), explode)
    assert Graph.from_json(text, ops=[trap]).find("trap")


def test_a_refused_text_leaves_nothing_behind() -> None:
    x = Value(1.0)
    for change in REFUSED.values():
        with contextlib.suppress(ValueError):
            Graph.from_json(edited(change))
    assert (x * 2).scope == ""
    assert (x * 2).parents == (x,)


# --- other forms ---------------------------------------------------------------


def test_networkx() -> None:
    x = Value(3.0, label="x")
    with scope("s"):
        y = x * x
    z = y + x
    z.label = "z"
    z.backward()
    exported = Graph(z).to_networkx()
    assert isinstance(exported, nx.MultiDiGraph)
    assert set(exported) == {"x", "v1", "z"}
    assert exported.nodes["v1"] == {
        "data": 9.0,
        "grad": 1.0,
        "op": "mul",
        "label": "",
        "role": "operation",
        "scope": "s",
    }
    edges = sorted(exported.edges(data=True), key=lambda e: (e[1], e[2]["position"]))
    assert [(a, b, d["position"], d["contribution"]) for a, b, d in edges] == [
        ("x", "v1", 0, 3.0),
        ("x", "v1", 1, 3.0),
        ("v1", "z", 0, 1.0),
        ("x", "z", 1, 1.0),
    ]


@calm
@given(graphs(max_size=30))
def test_networkx_sees_the_same_graph(graph: tuple[list[Value], Value]) -> None:
    view = Graph(graph[1])
    exported = view.to_networkx()
    assert len(exported) == len(view)
    assert exported.number_of_edges() == len(view.edges)
    assert nx.is_directed_acyclic_graph(exported)
    for node in view:
        name = view.name(node)
        assert exported.in_degree(name) == len(node.parents)
        assert exported.out_degree(name) == len(view.consumers(node))
    paths = nx.ancestors(exported, view.name(graph[1]))
    assert len(paths) == len(view) - 1


def test_a_graph_pickles() -> None:
    graph, _ = neuron()
    again = pickle.loads(pickle.dumps(graph))
    assert told(again) == told(graph)


COPIES: dict[str, Callable[[Graph], Graph]] = {
    "json": lambda graph: Graph.from_json(graph.to_json()),
    "deepcopy": copy.deepcopy,
    "pickle": lambda graph: pickle.loads(pickle.dumps(graph)),
    "deepcopy of the output": lambda graph: Graph(copy.deepcopy(graph.outputs[0])),
}


@pytest.mark.parametrize("way", list(COPIES))
def test_copies_know_what_their_scopes_are_of(way: str) -> None:
    x = Value(2.0, label="x")
    with scope("net", kind="Sequential"):
        y = x * x
        with scope("0", kind="Conv2d"):
            y = y + parameter(1.0, "w")
    with scope("net", kind="Other"):  # the same name, of something else
        y = y.tanh() + 1.0
    graph = Graph(y)
    kinds = [dict(node.scope_kinds) for node in graph]
    assert {len(each) for each in kinds} == {0, 1, 2}
    again = COPIES[way](graph)
    assert [dict(node.scope_kinds) for node in again] == kinds
    assert [node.scope for node in again] == [node.scope for node in graph]
