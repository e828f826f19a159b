"""Embedding and SelfAttention: definitions, gradients, programs, what they refuse."""

import copy
import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import BranchError, Program, Value, check_gradients, parameter
from tests.nets import data, flat, holding, moved, theta_of, weighted

STEPS = [[0.5, -1.0, 0.25, 2.0], [1.5, 0.75, -0.5, 1.0], [-0.25, 1.0, 2.0, 0.5]]
ANYTHING: Any = 1
FORMS = [(1, False), (2, False), (4, True), (2, True)]


def made(heads: int, causal: bool) -> Any:
    return moved(nn.SelfAttention(4, heads, causal, rng=1))


# --- embedding ----------------------------------------------------------------


def test_a_row_for_each_token() -> None:
    table = nn.Embedding(5, 2, rng=0)
    weight = table.state_dict()["weight"]
    assert weight.shape == (5, 2)
    assert data(table(3)) == weight[3].tolist()
    assert table(3) is not table.weight[3]  # the table is safe from who gets a row
    for indices in ([4, 0, 4], (4, 0, 4), np.array([4, 0, 4]), iter([4, 0, 4])):
        assert data(table(indices)) == weight[[4, 0, 4]].tolist()
    assert data(table([[1, 2], [3, 0]])) == weight[[[1, 2], [3, 0]]].tolist()
    assert data(table(np.int32(3))) == weight[3].tolist()


def test_gradients_reach_the_rows_that_were_looked_up() -> None:
    table = nn.Embedding(4, 2, rng=0)
    weighted(table([2, 0, 2])).backward()
    got = [[x.grad for x in row] for row in table.weight]
    wanted = [[1.2, 1.3], [0.0, 0.0], [1.0 + 1.4, 1.1 + 1.5], [0.0, 0.0]]
    np.testing.assert_allclose(got, wanted, rtol=1e-15)


def test_a_program_looks_up_by_its_integer_inputs() -> None:
    table = nn.Embedding(5, 2, rng=0)

    def loss(tokens: Any, one: Any) -> Any:
        rows = [*table(tokens), table(one)]
        return autograd.sum([autograd.exp(x) for x in flat(rows)])

    program = Program(loss, [1, 2, 3], 0)
    tokens = np.array([[0, 1, 2], [4, 4, 4], [3, 0, 3]])
    ones = np.array([4, 0, 2])
    eager = [loss(row.tolist(), int(k)) for row, k in zip(tokens, ones, strict=True)]
    np.testing.assert_allclose(program.map(tokens, ones), data(eager), rtol=1e-14)
    autograd.mean(eager).backward()
    wanted = [p.grad for p in table.parameters()]
    table.zero_grad()
    program.backward(tokens, ones)
    got = [p.grad for p in table.parameters()]
    np.testing.assert_allclose(got, wanted, rtol=1e-13)
    with pytest.raises(IndexError, match="index 5"):
        program([1, 2, 5], 0)
    with pytest.raises(IndexError, match="index -1"):
        program([1, 2, 3], -1)


@pytest.mark.parametrize(
    ("index", "error", "text"),
    [
        (5, IndexError, r"Embedding\(5 x 2\) has rows from 0 to 4, got 5"),
        (-1, IndexError, "got -1"),
        ([0, 7], IndexError, "got 7"),
        (1.0, TypeError, "the row of an int, got float"),
        (True, TypeError, "got bool"),
        ("1", TypeError, "got str"),
        (None, TypeError, "got NoneType"),
        (np.array([1.0]), TypeError, "got float"),
        (Value(1.0), TypeError, "integer"),
    ],
)
def test_what_is_no_token(index: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        nn.Embedding(5, 2)(index)


# --- self-attention -----------------------------------------------------------


def attention(layer: Any, steps: Any) -> Any:
    """The definition, on matrices: one head after the other."""
    state, x = layer.state_dict(), np.array(steps)
    rows = x @ state["in_proj_weight"].T + state["in_proj_bias"]
    thirds = [np.split(m, layer.heads, axis=1) for m in np.split(rows, 3, axis=1)]
    parts = []
    for a, b, c in zip(*thirds, strict=True):
        scores = a @ b.T / math.sqrt(a.shape[1])
        if layer.causal:
            scores = np.where(np.tri(len(x)), scores, -np.inf)
        shares = np.exp(scores)
        parts.append(shares / shares.sum(axis=1, keepdims=True) @ c)
    return np.hstack(parts) @ state["out_proj.weight"].T + state["out_proj.bias"]


@pytest.mark.parametrize(("heads", "causal"), FORMS)
def test_outputs_are_those_of_the_definition(heads: int, causal: bool) -> None:
    layer = made(heads, causal)
    got = data(layer(STEPS))
    np.testing.assert_allclose(got, attention(layer, STEPS), rtol=1e-13)
    assert data(layer(np.array(STEPS))) == got


@pytest.mark.parametrize(("heads", "causal"), FORMS)
def test_gradients_agree_with_differences(heads: int, causal: bool) -> None:
    layer = made(heads, causal)

    def f(steps: Any, theta: Any) -> Any:
        return weighted(holding(layer, theta)(steps))

    check_gradients(f, STEPS, theta_of(layer))


def test_a_step_does_not_see_the_future() -> None:
    layer = made(2, True)
    other = [*STEPS[:2], [9.0, 9.0, 9.0, 9.0]]
    assert data(layer(other))[:2] == data(layer(STEPS))[:2]
    assert data(layer(other))[2] != data(layer(STEPS))[2]


def test_huge_scores_stay_finite() -> None:
    layer = nn.SelfAttention(4, rng=0)
    outputs = layer([[1e4 * x for x in row] for row in STEPS])
    weighted(outputs).backward()
    assert all(map(math.isfinite, flat(data(outputs))))
    assert all(math.isfinite(p.grad) for p in layer.parameters())


def test_names_and_shapes_are_pytorchs() -> None:
    state = nn.SelfAttention(4, 2, rng=0).state_dict()
    assert {name: x.shape for name, x in state.items()} == {
        "in_proj_weight": (12, 4),
        "in_proj_bias": (12,),
        "out_proj.weight": (4, 4),
        "out_proj.bias": (4,),
    }
    assert not np.any(state["in_proj_bias"])
    assert repr(nn.SelfAttention(4, 2, True)) == "SelfAttention(4, heads=2, causal)"
    assert np.shape(data(nn.SelfAttention(1)([[1.0], [2.0]]))) == (2, 1)


@pytest.mark.parametrize(("heads", "causal"), FORMS)
def test_a_program_equals_the_eager_layer(heads: int, causal: bool) -> None:
    layer = made(heads, causal)
    batch = np.random.default_rng(3).normal(size=(4, 3, 4))

    def loss(steps: Any) -> Any:
        return autograd.sum([x * x for x in flat(layer(steps))])

    program = Program(loss, STEPS, parameters=layer.parameters())
    eager = [loss(steps.tolist()) for steps in batch]
    np.testing.assert_allclose(program.map(batch), data(eager), rtol=1e-12)
    autograd.mean(eager).backward()
    wanted = [p.grad for p in layer.parameters()]
    layer.zero_grad()
    program.backward(batch)
    got = [p.grad for p in layer.parameters()]
    np.testing.assert_allclose(got, wanted, rtol=1e-11, atol=1e-13)
    layer.out_proj.weight[0][0] = parameter(3.0)
    with pytest.raises(BranchError, match="weight"):
        program(STEPS)


def test_files_copies_and_pickles_compute_the_same(tmp_path: Path) -> None:
    layer = made(2, True)
    layer.save(tmp_path / "state.npz")
    loaded = nn.SelfAttention(4, 2, causal=True, rng=9)
    loaded.load(tmp_path / "state.npz")
    for other in (loaded, copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert data(other(STEPS)) == data(layer(STEPS))


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: nn.SelfAttention(4, 3), ValueError, "got 3 heads for size 4"),
        (lambda: nn.SelfAttention(4, 0), ValueError, "heads must be at least 1"),
        (
            lambda: nn.SelfAttention(4, 1, ANYTHING),
            TypeError,
            "causal must be True or False",
        ),
        (lambda: nn.Embedding(0, 2), ValueError, "count must be at least 1, got 0"),
        (lambda: nn.SelfAttention(4)([]), ValueError, r"in the shape \[any\]\[4\]"),
        (lambda: nn.SelfAttention(4)([[1.0]]), ValueError, r"the shape \[1\]\[1\]"),
        (
            lambda: nn.SelfAttention(4)([1.0]),
            ValueError,
            r"attention\(4, heads=1\) exp",
        ),
        (
            lambda: nn.SelfAttention(4)(None),
            TypeError,
            "numbers in lists, got NoneType",
        ),
    ],
)
def test_what_does_not_fit(make: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=f"(?i){text}"):
        make()
