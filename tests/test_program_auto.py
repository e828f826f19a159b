"""backend="auto": whatever it chooses, the numbers are the same."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
from autograd import (
    BranchError,
    Program,
    Value,
    compiled,
    dot,
    sin,
    sqrt,
    tanh,
    where,
)
from autograd.program.backends import engines
from autograd.program.backends.engines import Backend
from autograd.program.machine import interpreter, runs
from tests.engines import check_batch, check_single

W = [Value(0.7), Value(-0.4)]
ORDER = np.random.default_rng(0).integers(0, 4, 1500).tolist()


def tiny(x: Any) -> Any:
    return W[0] * sin(x[0]) + tanh(W[1] * x[1]) * x[0]


def chain(x: Any) -> Any:
    y = x[0]
    for _ in range(1200):
        y = sin(W[0] * y) + 0.1 * x[1]
    return y


def irregular(x: Any) -> Any:
    functions = [sin, tanh, lambda y: y * W[1], lambda y: y + W[0]]
    y = x[0]
    for k in ORDER:
        y = functions[k](y) + 0.01 * x[1]
    return y


def kinks(x: Any) -> Any:
    return where(x[0] > 0.0, sqrt(x[0]), 0.0) * W[0] + 1.0 / (x[1] + 0.5)


def net(width: int) -> Any:
    model = nn.MLP(2, [width, width, 1], activation="tanh", rng=0)
    return lambda x: model(x) * W[0]


FUNCTIONS = {
    "tiny": tiny,
    "chain": chain,
    "irregular": irregular,
    "kinks": kinks,
    "net": net(8),
    "wide net": net(40),
    "dot": lambda x: dot([*x, *x], [*W, *W]),
}
EXAMPLES = [([0.5, 0.3],), ([0.0, -0.5],), ([math.nan, 1.0],), ([2.0, math.inf],)]


@pytest.mark.parametrize("backend", ["auto", "numpy", "machine"])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_backend_refuses_what_another_runs(name: str, backend: Backend) -> None:
    f = FUNCTIONS[name]
    program = Program(f, *EXAMPLES[0], backend=backend)
    for example in EXAMPLES:
        check_single(program, f, example)
    check_batch(program, f, EXAMPLES[:2])
    assert program.source
    assert program.statements
    assert "after trace" in str(program.report())


@pytest.mark.parametrize("name", ["tiny", "net"])
def test_what_is_run_often_changes_over_and_says_the_same(
    name: str, monkeypatch: Any
) -> None:
    pytest.importorskip("numba")
    monkeypatch.setattr(interpreter, "is_loaded", lambda: False)
    monkeypatch.setattr(runs, "PATIENCE", 50_000)
    f = FUNCTIONS[name]
    for ways in (Program(f, [0.5, 0.3]), compiled(f)):
        slopes = [ways.value_and_grad([0.5, 0.3], wrt="inputs")[1] for _ in range(1500)]
        gradients = np.array(slopes).reshape(1500, 2)
        np.testing.assert_allclose(gradients, gradients[:1].repeat(1500, 0), rtol=1e-13)


def test_single_examples_that_changed_over_see_what_is_new(monkeypatch: Any) -> None:
    pytest.importorskip("numba")
    monkeypatch.setattr(interpreter, "is_loaded", lambda: False)
    monkeypatch.setattr(engines, "OFTEN", 3)
    scale = [1.0]
    model = nn.MLP(2, [8, 8, 1], activation="tanh", rng=0)
    program = Program(lambda x: model(x) * scale[0], [0.5, 0.3])
    for k in range(8):
        x = [0.5, 0.1 * k]
        for p in model.parameters():
            p.data, p.grad = p.data + 0.01 * k, 0.0
        y = model(x)
        y.backward()
        value, slopes = program.value_and_grad(x)
        assert value == pytest.approx(y.data, rel=1e-12)
        grads = [p.grad for p in program.parameters]
        np.testing.assert_allclose(slopes, grads, rtol=1e-9)
        batch = program.value_and_grad([x, x])
        assert batch[0] == pytest.approx(y.data, rel=1e-12)
    scale[0] = 2.0
    with pytest.raises(BranchError, match="scale"):
        program.value_and_grad([0.5, 0.3])


@pytest.fixture
def in_lanes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of batches that the machine ran; nobody waits long for numba."""
    pytest.importorskip("numba")
    ran: list[int] = []
    run = runs.Batch.__call__

    def counted(self: Any, x: Any, *given: Any) -> Any:
        ran.append(len(x))
        return run(self, x, *given)

    monkeypatch.setattr(runs.Batch, "__call__", counted)
    monkeypatch.setattr(engines, "LOADING", 0.0005)
    monkeypatch.setattr(engines, "ASSEMBLING", 0.0)
    return ran


@pytest.mark.parametrize("name", ["tiny", "irregular", "kinks"])
def test_batches_that_are_run_often_change_over_and_say_the_same(
    name: str, in_lanes: list[int]
) -> None:
    f, x = FUNCTIONS[name], np.random.default_rng(1).uniform(0.1, 1.0, (64, 2))
    insisting = Program(f, x[0], backend="numpy").value_and_grad(x, wrt="inputs")
    program = Program(f, x[0])
    for _ in range(40):
        value, slopes = program.value_and_grad(x, wrt="inputs")
        assert value == pytest.approx(insisting[0], rel=1e-13)
        np.testing.assert_allclose(slopes, insisting[1], rtol=1e-11)
    assert 64 in in_lanes


def test_a_net_stays_in_arrays(in_lanes: list[int]) -> None:
    program, x = Program(net(40), [0.5, 0.3]), np.ones((10_000, 2))
    for _ in range(20):
        program.value_and_grad(x)
    assert not in_lanes


_TWICE = """
import sys
from autograd import Program, sin
program = Program(lambda x: sin(x) * x, 0.5)
print(program(0.5) == program(0.5), program.map([0.5]).shape, "numba" in sys.modules)
program.bind(0.5)
print("numba" in sys.modules)
"""


def test_what_runs_twice_does_not_wait_for_numba() -> None:
    pytest.importorskip("numba")
    command = [sys.executable, "-c", _TWICE]
    root = Path(__file__).parent.parent
    found = subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=root
    )
    assert found.stdout.split("\n")[:2] == ["True (1,) False", "True"], found.stderr
