"""A Program keeps the world in which it was traced, and says when that is another."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import nn
from autograd import BranchError, Program, Value, grad, parameter
from autograd.program.backends.engines import Backend
from tests.test_compiled_world import WORLDS, Layer

ASKED: dict[str, Callable[[Program], Any]] = {
    "call": lambda p: p(3.0),
    "map": lambda p: p.map([3.0, 4.0]),
    "value_and_grad": lambda p: p.value_and_grad(3.0),
    "a batch": lambda p: p.value_and_grad([3.0, 4.0], wrt="both"),
    "backward": lambda p: p.backward(3.0),
    "jacobian": lambda p: p.jacobian(3.0),
    "hvp": lambda p: p.hvp(3.0, v=[1.0]),
    "theta": lambda p: p(3.0, theta=[1.0]),
    "check": lambda p: p.check(3.0),
}


@pytest.mark.parametrize("backend", ["numpy", "machine"])
@pytest.mark.parametrize("name", WORLDS)
def test_what_is_changed_is_told(name: str, backend: Backend) -> None:
    f, change = WORLDS[name]()
    change(2.0)
    program = Program(f, 1.0, backend=backend)
    assert program(3.0) == 6.0
    for _ in range(2):
        change(5.0)
        with pytest.raises(BranchError, match=r"new Program.*@autograd\.compiled"):
            program(3.0)
        assert copy.copy(program)(3.0) == 15.0
        change(2.0)
        if "value" not in name and name not in OTHERS:
            assert program(3.0) == 6.0
    assert Program(f, 1.0)(3.0) == 6.0


OTHERS = {"method of class", "function replaced", "program"}
"""Where what is put back is not the same thing, but one like it."""


@pytest.mark.parametrize("backend", ["numpy", "machine", "jax"])
def test_every_run_looks_at_the_world(backend: Backend) -> None:
    k, w = [2.0], Value(1.0)
    program = Program(lambda x: w * k[0] * x, 1.0, backend=backend)
    for ask in ASKED.values():
        ask(program)
    k[0] = 5.0
    w.grad = 0.0
    for ask in ASKED.values():
        with pytest.raises(BranchError, match=r"changed since .*: k\."):
            ask(program)
    assert w.grad == 0.0
    assert grad(program)(3.0) == 5.0  # which runs f
    k[0] = 2.0
    assert program(3.0) == 6.0


def test_numbers_of_parameters_are_no_part_of_it() -> None:
    model = nn.MLP(2, [3, 1], activation="tanh", rng=0)
    program = Program(lambda x: model(x) ** 2, [1.0, 2.0])
    optimizer = nn.Adam(model.parameters(), lr=0.1)
    losses = []
    for _ in range(5):
        model.zero_grad()
        losses.append(program.backward([1.0, 2.0]))
        optimizer.step()
    assert losses[-1] < losses[0]
    program.write(program.read() + 1.0)
    model.load_state_dict(model.state_dict())
    assert program.check([1.0, 2.0]).examples == 1


def test_a_model_in_eval_and_in_train() -> None:
    model = Layer().eval()
    model.mean = 1.0
    program = Program(lambda x: model(x), 1.0)  # noqa: PLW0108 - found by its name
    assert program(3.0) == 4.0
    model.train()
    with pytest.raises(BranchError, match=r"changed since .*: model\.training\."):
        program.map([3.0])
    model.eval()
    assert program(3.0) == 4.0
    model.mean = 2.0
    with pytest.raises(BranchError, match=r"changed since .*: model\.mean\."):
        program.backward(3.0)
    assert program.parameters[0].grad == 0.0


@pytest.mark.parametrize("of", ["a closure", "the module", "a method", "a partial"])
def test_statistics_that_run_along_are_refused(of: str) -> None:
    model = Layer().train()
    f: Any = {
        "a closure": lambda x: 2.0 * model(x),
        "the module": model,
        "a method": model.forward,
        "a partial": functools.partial(lambda m, x: m(x), model),
    }[of]
    with pytest.raises(ValueError, match=r"changes .*mean while it is traced"):
        Program(f, 1.0)


def test_what_is_made_once_is_a_part_of_it() -> None:
    log: list[Any] = []
    cache: dict[str, float] = {}

    def remembering(x: Any) -> Any:
        log.append(1)  # which is not read
        if "k" not in cache:
            cache["k"] = 2.0
        return cache["k"] * x

    program = Program(remembering, 1.0)
    assert program(3.0) == 6.0
    log.clear()
    assert program.check(3.0).value == 0.0
    assert len(log) > 0
    assert program(3.0) == 6.0
    cache["k"] = 5.0
    with pytest.raises(BranchError, match="cache"):
        program(3.0)


def test_what_is_not_read_does_not_count() -> None:
    class Holder:
        rate, unread = 2.0, 0

        def loss(self, x: Any) -> Any:
            return self.rate * x

    holder = Holder()
    program = Program(holder.loss, 1.0)
    holder.unread = 5
    holder.new = 1.0  # type: ignore[attr-defined]
    holder.rate = float("2.0")
    assert program(3.0) == 6.0
    holder.rate = 3.0
    with pytest.raises(BranchError, match=r"self\.rate|loss\.rate|rate"):
        program(3.0)


numbers = [1.0]


def test_an_argument_is_no_variable_of_the_module(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not even where functions inside read it, which is by a cell then."""

    def f(numbers: Any, scale: Any) -> Any:
        def term(i: int) -> Any:
            return 2.0 * scale * numbers[0] * numbers[i]

        return sum([term(i) for i in range(len(numbers))])

    program = Program(f, [1.0, 2.0], 3.0)
    for batch in ([5.0], np.ones((4, 2))):
        monkeypatch.setitem(f.__globals__, "numbers", batch)
        assert program([1.0, 2.0], 3.0) == 18.0


def test_a_variable_of_the_closure_counts_in_functions_inside() -> None:
    k = [2.0]
    program = Program(lambda x: sum([k[0] * x for _ in range(2)]), 1.0)
    assert program(3.0) == 12.0
    k[0] = 5.0
    with pytest.raises(BranchError, match=r"changed since .*: k\."):
        program(3.0)


def test_another_leaf_in_the_place_of_a_parameter() -> None:
    held = [parameter(2.0)]
    program = Program(lambda x: held[0] * x, 1.0)
    old, held[0] = held[0], parameter(2.0)
    with pytest.raises(BranchError, match="held"):
        program.backward(3.0)
    assert (old.grad, held[0].grad) == (0.0, 0.0)

    def inside(w: Any) -> Any:
        held[0] = w
        return program(3.0)

    with pytest.raises(BranchError, match="held"):
        grad(inside)(2.0)


def test_a_generator_that_is_reached_by_a_name() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match=r"draws random numbers \(rng\)"):
        Program(lambda x: 2.0 * x if rng.random() < 0.9 else x, 1.0)
