"""ledger, transcript, what_if and record_sources."""

from __future__ import annotations

import math
import random
import re
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import (
    Graph,
    StaleGraphError,
    Value,
    gradients,
    ledger,
    record_sources,
    transcript,
    what_if,
    where,
)
from gradtrace.cli import main
from tests.random_graphs import random_graph, random_recipe

SEEDS = range(25)


def line_of(marker: str) -> int:
    """The line of this file that ends with a comment."""
    with open(__file__, encoding="utf-8") as file:
        return next(i for i, x in enumerate(file, 1) if x.rstrip().endswith(marker))


# --- sources ----------------------------------------------------------------------


def test_every_way_to_make_a_node_knows_the_line_of_its_caller() -> None:
    with record_sources():
        x, p = Value(2.0), autograd.parameter(3.0)  # leaves
        made: dict[str, Any] = {
            "method": x.tanh(),
            "operator": x * p,
            "number at the left": 2.0 / x,
            "at a pole": 1.0 / Value(0.0),
            "power": x**3,
            "function": autograd.exp(x),
            "list function": autograd.logsumexp([x, p]),
            "list of a list": autograd.softmax([x, p])[1],
            "dot": autograd.dot([x, p], [p, 1.0]),
            "plain sum": sum([x, p]),
            "ufunc": np.exp(x),
            "NumPy's number": np.float64(2.0) * x,
            "array": (np.array([x, p]) * 2.0)[1],
            "matrix": np.array([x, p]) @ np.array([p, x]),
            "own": autograd.Op("own", lambda xp, x: x, lambda xp, o, x: (1.0,))(x),
        }
    lines = {name: node.source.number for name, node in made.items()}
    first = line_of("# leaves") + 2
    assert lines == {name: first + i for i, name in enumerate(made)}
    assert made["ufunc"].source.file == __file__
    assert made["ufunc"].source.text == '"ufunc": np.exp(x),'
    assert {v.source.number for v in (x, p)} == {first - 2}
    file, number, text = x.source
    assert (file, number) == (__file__, first - 2)
    assert text.startswith("x, p = Value(2.0)")


def test_layers_and_derivatives_are_their_callers() -> None:
    with record_sources():
        net = nn.MLP(2, [3, 1], rng=0)  # the net
        y = net([Value(1.0), Value(2.0)])  # the call
        with autograd.scope("inner"):
            z = y * y  # in a scope
        (g,) = gradients(z, [y], create_graph=True)  # the sweep
        with autograd.no_grad():
            w = y * 2.0  # unrecorded
    assert {p.source.number for p in net.parameters()} == {line_of("# the net")}
    nodes = [n for n in Graph(y) if n.parents]
    assert {n.source.number for n in nodes} == {line_of("# the call")}
    assert z.source.number == line_of("# in a scope")
    assert z.scope == "inner"
    assert g.source.number == line_of("# the sweep")
    assert w.source.number == line_of("# unrecorded")
    assert {p.role for p in net.parameters()} == {"parameter"}
    optimizer = nn.SGD(net.parameters(), lr=0.1)
    z.backward()
    optimizer.step()
    assert {p.source.number for p in net.parameters()} == {line_of("# the net")}


def test_off_nothing_is_known_and_nothing_else_changes() -> None:
    with record_sources():
        x = Value(2.0)
        y = x * x
    z = y * 3.0
    assert z.source is None
    z.backward()
    assert (x.grad, y.role, x.role) == (12.0, "operation", "input")
    assert autograd.grad(lambda t: t * x)(1.0).data == 2.0


# --- ledger -----------------------------------------------------------------------


def test_parameters_have_the_share_of_their_gradient() -> None:
    net = nn.MLP(3, [4, 1], activation="tanh", rng=0)
    y = net([0.1, 0.2, 0.3])
    rows = ledger(y, by="parameter").rows
    found = gradients(y, net.parameters())
    total = math.fsum(map(abs, found))
    shares = sorted((abs(g) / total for g in found), reverse=True)
    assert [row.share for row in rows] == pytest.approx(shares, rel=1e-12)
    assert math.fsum(row.share for row in rows) == 1.0
    assert {row.name for row in rows} <= {Graph(y).name(p) for p in net.parameters()}


@pytest.mark.parametrize("by", ["scope", "parameter", "term"])
@pytest.mark.parametrize("seed", SEEDS)
def test_shares_sum_to_1_and_are_sorted(seed: int, by: str) -> None:
    _, output = random_graph(seed, 12)
    found = ledger(output, by=by)
    shares = [row.share for row in found.rows]
    assert math.fsum(shares) in (1.0, 0.0)
    assert shares == sorted(shares, reverse=True)
    assert found.total == math.fsum(row.amount for row in found.rows)


def test_lines_share_what_their_operations_read() -> None:
    with record_sources():
        x, w = Value(2.0), Value(3.0)
        a = x * w  # first line
        y = a + 10.0 * x  # second line
    rows = {row.name: row for row in ledger(y, by="line").rows}
    first, second = (line_of(f"# {n} line") for n in ("first", "second"))
    assert rows[f"line {first}"].share == 5.0 / 15.0
    assert rows[f"line {second}"].share == 10.0 / 15.0
    assert rows[f"line {first}"].text == "a = x * w  # first line"
    assert f"line {second}" in repr(ledger(y))


def test_scopes_tell_layers_apart() -> None:
    net = nn.MLP(2, [2, 1], rng=0)
    names = {row.name for row in ledger(net([1.0, 2.0]), by="scope").rows}
    assert any("layers.0" in name for name in names)
    assert any("layers.1" in name for name in names)


def test_terms_are_the_operands_of_a_sum_by_label() -> None:
    w, x = Value(3.0), Value(2.0)
    data = (w * x - 1.0) ** 2
    penalty = 0.5 * w * w
    data.label, penalty.label = "data", "penalty"
    loss = data + penalty
    rows = {row.name: row.amount for row in ledger(loss, by="term").rows}
    of = {t.label: gradients(t, [w, x]) for t in (data, penalty)}
    true = {name: math.fsum(map(abs, g)) for name, g in of.items()}
    assert rows == pytest.approx(true, rel=1e-12)


def batch_loss(plain_sum: bool) -> tuple[Value, list[Value], nn.MLP]:
    net = nn.MLP(2, [3, 1], activation="tanh", rng=0)
    rng = random.Random(0)
    losses = []
    for _ in range(7):
        point = [rng.uniform(-1.0, 1.0) for _ in range(2)]
        losses.append((net(point) - rng.choice([1.0, 5.0])) ** 2)
    total = sum(losses) / 7.0 if plain_sum else autograd.mean(losses)
    decay = 0.01 * autograd.sum([p * p for p in net.parameters()])
    return total + decay, losses, net


@pytest.mark.parametrize("plain_sum", [True, False])
def test_samples_are_the_terms_that_share_parameters(plain_sum: bool) -> None:
    loss, losses, net = batch_loss(plain_sum)
    rows = {row.name: row.amount for row in ledger(loss, by="sample").rows}
    leaves = Graph(loss).leaves
    for i, one in enumerate(losses):
        true = math.fsum(abs(g) / 7.0 for g in gradients(one, leaves))
        assert rows[f"sample {i}"] == pytest.approx(true, rel=1e-12)
    decay = math.fsum(0.02 * abs(p.data) for p in net.parameters())
    assert rows["the rest"] == pytest.approx(decay, rel=1e-12)
    assert len(rows) == 8


def test_losses_of_nn_have_samples() -> None:
    net = nn.MLP(2, [3, 1], rng=0)
    outputs = [net([0.1 * i, 1.0]) for i in range(5)]
    loss = nn.losses.mean_squared_error(outputs, [0.5] * 5)
    names = {row.name for row in ledger(loss, by="sample").rows}
    assert names == {f"sample {i}" for i in range(5)}


def test_ways_combine() -> None:
    with record_sources():
        w = Value(1.0)
        losses = [(w * float(i) - 1.0) ** 2 for i in range(4)]  # the losses
        loss = autograd.mean(losses)
    rows = ledger(loss, by=("sample", "line")).rows
    assert rows[0].name == f"sample 3, line {line_of('# the losses')}"
    assert math.fsum(row.share for row in rows) == 1.0


def test_nothing_to_share_and_infinities() -> None:
    x = Value(0.0, label="x")
    assert [row.share for row in ledger(x * 0.0, by="parameter").rows] == [0.0]
    w = Value(1.0, label="w")
    rows = ledger(autograd.sqrt(x) + w, by="parameter").rows
    assert [(row.name, row.share) for row in rows] == [("x", 1.0), ("w", 0.0)]


@pytest.mark.parametrize(
    ("by", "words"),
    [("lines", "'lines'"), ((), "nothing"), (3, "not by 3"), (("line", 3), "not by 3"),
     ("line", "record_sources"),
     ("sample", "no samples"), (("term", "sample"), "not by both")],
)  # fmt: skip
def test_what_cannot_be_shared_out_is_told(by: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ledger(autograd.exp(Value(1.0)), by=by)


# --- transcript -------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_a_line_a_step_and_the_last_one_of_a_leaf_is_its_gradient(seed: int) -> None:
    _, output = random_graph(seed, 12)
    text = transcript(output)
    lines = text.splitlines()
    graph = Graph(output)
    assert len(lines) == 1 + len(graph.edges)
    for leaf in graph.leaves:
        start = f"d{graph.name(output)}/d{graph.name(leaf)} ="
        last = [line for line in lines if line.startswith(start)][-1]
        (gradient,) = gradients(output, [leaf])
        assert last.endswith(f" = {gradient:.6g}")


def test_only_what_matters_for_one_input() -> None:
    x, w = Value(2.0, label="x"), Value(3.0, label="w")
    y = (w * x).tanh() + w * w
    for line in transcript(y, wrt=x).splitlines():
        assert not re.search(r"/dw\b", line)
    assert transcript(y, wrt=x).splitlines()[-1].startswith(f"d{Graph(y).name(y)}/dx")
    assert "does not depend" in transcript(y, wrt=Value(1.0, label="z"))
    assert transcript(x) == "dx/dx = 1"


# --- what if ----------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(60))
def test_a_replay_is_the_recording_of_other_numbers(seed: int) -> None:
    recipe = random_recipe(random.Random(seed), 15)
    leaves, output = recipe.record()
    before = output.data
    for place, leaf in enumerate(leaves):
        new = leaf.data + 1e-3
        inputs = list(recipe.inputs)
        inputs[place] = new
        found = what_if(output, {leaf: new})
        again = type(recipe)(tuple(inputs), recipe.steps).record()[1]
        assert found.before == before == output.data
        assert found.after == again.data
        changed = [
            (one.data, two.data)
            for one, two in zip(Graph(output), Graph(again), strict=True)
            if one.data != two.data
        ]
        assert sorted((b, a) for _, b, a in found.rows) == sorted(changed)
        assert leaf.data == recipe.inputs[place]


def test_decisions_stay_as_they_were_recorded() -> None:
    x = Value(2.0)
    y = where(x > 0, 3.0 * x, -x)
    assert what_if(y, {x: -1.0}).after == -3.0


def test_a_node_between_may_be_held() -> None:
    x = Value(2.0)
    h = x * x
    found = what_if(h + x, {h: 0.0})
    assert (found.before, found.after) == (6.0, 2.0)
    assert [row.node for row in found.rows] == [h, found.output]
    assert h.data == 4.0


def test_nothing_changes_with_the_same_numbers() -> None:
    x = Value(2.0)
    found = what_if(x * 0.0, {x: 5.0})
    assert [row.node for row in found.rows] == [x]
    assert what_if(x * x, {x: 2.0}).rows == ()
    assert "nothing changes" in repr(what_if(x * x, {x: 2.0}))


def test_what_cannot_be_replayed_is_told() -> None:
    x, y = Value(2.0), Value(3.0)
    z = x * x
    assert what_if(z, {y: 1.0}).rows == ()
    with pytest.raises(TypeError, match="keys"):
        what_if(z, {"x": 1.0})  # type: ignore[dict-item]
    with pytest.raises(TypeError, match="mapping"):
        what_if(z, [x])  # type: ignore[arg-type]
    x.data = 7.0
    with pytest.raises(StaleGraphError, match="stale"):
        what_if(z, {x: 1.0})


# --- the command line -------------------------------------------------------------


def test_the_command_line_explains(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["w*x*x + b", "wrt=x", "w=3", "x=2", "b=1"]
    assert main(["explain", *arguments]) == 0
    text = capsys.readouterr().out
    assert "dy/dx = 12, the sum of 2 paths" in text
    assert "2*w*x" in text
    assert "dy/dw" not in text
    assert main(["explain", "-x", "x=2"]) == 0
    assert "dy/dx = -1" in capsys.readouterr().out


def test_the_command_line_says_what_it_cannot_explain(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["explain", "x", "wrt=z", "x=1"]) == 2
    assert "no variable 'z'" in capsys.readouterr().err
