"""Programs equal the eager engine: random graphs, known structures, every operation."""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import nn
from autograd import OPS, Op, Program, Value, relu, sin, tanh
from autograd.program.backends.engines import Backend
from nn.losses import (
    binary_cross_entropy_with_logits,
    cross_entropy,
    hinge,
    mean_squared_error,
)
from tests.agreement import INDEXED, by_constants, by_length, complaints, fail_if_any
from tests.engines import check_batch, check_program, check_single
from tests.random_graphs import Recipe, on_values, random_recipe, recipes
from tests.structured_graphs import CASES

calm = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # `backend` is one
)


@pytest.fixture(params=["numpy", "machine", "machine without numba"])
def backend(request: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Every engine that runs on plain numbers."""
    if request.param == "machine":
        pytest.importorskip("numba")
    if request.param == "machine without numba":
        monkeypatch.setitem(sys.modules, "numba", None)
    return request.param.split()[0]


def check_recipe(
    recipe: Recipe, parameters: int, rng: random.Random, backend: Backend
) -> None:
    """A recipe with its last leaves as parameters, near the numbers that it is for."""
    inputs = len(recipe.inputs) - parameters
    weights = [Value(x) for x in recipe.inputs[inputs:]]

    def f(xs: Any) -> Any:
        return recipe.run([*xs, *weights], on_values)

    def close_by() -> tuple[list[float]]:
        return ([x * (1.0 + 1e-4 * rng.random()) for x in recipe.inputs[:inputs]],)

    examples = [close_by() for _ in range(3)]
    check_program(f, examples, backend=backend, least=1.0)


@given(recipe=recipes(max_size=15), data=st.data())
@calm
def test_random_graphs(recipe: Recipe, data: st.DataObject, backend: Backend) -> None:
    parameters = data.draw(st.integers(0, len(recipe.inputs)))
    check_recipe(recipe, parameters, random.Random(0), backend)


@pytest.mark.parametrize("seed", range(8))
def test_large_random_graphs(seed: int, backend: Backend) -> None:
    rng = random.Random(seed)
    recipe = random_recipe(rng, 80)
    check_recipe(recipe, rng.randint(0, len(recipe.inputs)), rng, backend)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("name", CASES)
def test_known_structures(name: str, seed: int, backend: Backend) -> None:
    case = CASES[name](seed)
    check_program(case.f, case.examples, backend=backend)


@pytest.mark.parametrize("name", CASES)
def test_memory_is_written_before_it_is_read(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """New arrays are full of old numbers; a NaN would have the machine answer."""
    empty = np.empty

    def unwritten(*form: Any, **options: Any) -> Any:
        array = empty(*form, **options)
        if array.dtype == float:
            array.fill(777.0)
        return array

    monkeypatch.setattr(np, "empty", unwritten)
    for seed in range(2):
        case = CASES[name](seed)
        check_batch(Program(case.f, *case.examples[0], backend="numpy"), *case)


def chain(steps: int, seed: int) -> tuple[Any, list[tuple[list[float]]]]:
    """A scalar that goes from step to step; every step has an input, or the first."""
    rng = random.Random(seed)
    w = [Value(rng.uniform(-1.0, 1.0)) for _ in range(3)]
    body = rng.choices(
        [tanh, sin, relu, lambda x: x * x * 0.3, lambda x: 1 / (x + 3)], k=2
    )
    inputs = rng.choice([1, steps])

    def f(xs: Any) -> Any:
        x = xs[0]
        for step in range(steps):
            x = body[1](w[0] * body[0](x) + w[1] * xs[step % inputs] + w[2])
        return x

    return f, [([rng.uniform(-1.0, 1.0) for _ in range(inputs)],) for _ in range(3)]


@pytest.mark.parametrize(
    ("steps", "seed"), [(1, 0), (4, 1), (30, 0), (30, 1), (30, 2), (2000, 0)]
)
def test_chains(steps: int, seed: int, backend: Backend) -> None:
    f, examples = chain(steps, seed)
    check_program(f, examples, backend=backend)
    bad = [([math.nan, *examples[0][0][1:]],), *examples[1:]]
    check_batch(Program(f, *examples[0], backend=backend), f, bad)


NUMBERS = [0.0, -0.0, math.inf, -math.inf, math.nan, -800.0, 800.0]


def spoiled(structure: Any, rng: random.Random) -> Any:
    """The same with a special number here and there; integers stay."""
    if isinstance(structure, list):
        return [spoiled(part, rng) for part in structure]
    special = isinstance(structure, float) and rng.random() < 0.15
    return rng.choice(NUMBERS) if special else structure


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", CASES)
def test_special_numbers(name: str, seed: int, backend: Backend) -> None:
    case = CASES[name](seed)
    rng = random.Random(seed)
    examples = [
        case.examples[0],
        *[tuple(spoiled(x, rng) for x in example) for example in case.examples],
    ]
    program = Program(case.f, *examples[0], backend=backend)
    for example in examples:
        check_single(program, case.f, example, tolerance=1e-9)
    check_batch(program, case.f, examples, tolerance=1e-9)


# --- every row of the table ----------------------------------------------------


def on_programs(op: Op, backend: Backend) -> Callable[..., tuple[Any, ...]]:
    """The value of a row and its derivatives, by a program that has them as a batch."""

    def evaluate(*columns: Any) -> tuple[Any, ...]:
        varying = [i for i, x in enumerate(columns) if isinstance(x, np.ndarray)]
        example: list[Any] = [1.0] * len(varying)
        if op.name in INDEXED:
            example[0] = 0

        def f(xs: Any) -> Any:
            operands = list(columns)
            for i, x in zip(varying, xs, strict=True):
                operands[i] = x
            return op(*operands)

        program = Program(f, example, backend=backend)
        rows = np.stack([columns[i] for i in varying], axis=-1).astype(float)
        # A weight of 1 for all: a mean would take digits from the smallest numbers.
        ones = np.ones((len(rows), 1))
        _, _, (_, slopes) = program._ready.engine.gradient(
            np.zeros(0), rows, ones, "inputs"
        )
        assert slopes is not None
        found: list[Any] = [program.map(rows), *[math.nan] * len(columns)]
        for i, column in zip(varying, slopes.T, strict=True):
            found[1 + i] = column
        return tuple(found)

    return evaluate


def overflows_on_the_way(op: Op, operands: tuple[float, ...]) -> bool:
    """Whether a dot is finite, but not when it is added up term by term."""
    if op.name != "dot":
        return False
    half = len(operands) // 2
    products = [operands[i] * operands[half + i] for i in range(half)]
    return math.isfinite(op.value(*operands)) and math.isinf(sum(map(abs, products)))


@pytest.mark.parametrize("op", OPS.values(), ids=OPS)
def test_every_operation_on_its_samples(op: Op, backend: Backend) -> None:
    groups = [
        [operands for operands in group if not overflows_on_the_way(op, operands)]
        for group in (by_length(op) if op.variadic else by_constants(op))
    ]
    fail_if_any(complaints(op, groups, on_programs(op, backend)))


@pytest.mark.parametrize("name", OPS)
def test_a_few_rows_of_every_operation(name: str, backend: Backend) -> None:
    """Some of an input and a parameter, some of constants, some that read others."""
    recipe = random_recipe(random.Random(name), 12, [name, "add", "tanh"])
    check_recipe(recipe, len(recipe.inputs) // 2, random.Random(name), backend)


# --- nn ------------------------------------------------------------------------


def draws(*shape: int) -> Any:
    return np.random.default_rng(shape).normal(size=shape).tolist()


@pytest.mark.parametrize("activation", nn.ACTIVATIONS)
def test_nets_with_every_activation(activation: str, backend: Backend) -> None:
    net = nn.MLP(3, [4, 4, 2], activation=activation, rng=3)
    program = check_program(net, [(x,) for x in draws(4, 3)], backend=backend)
    assert {id(v) for v in program.parameters} == {id(v) for v in net.parameters()}


@pytest.mark.parametrize(
    "net",
    [
        nn.Neuron(3, activation="tanh", rng=1),
        nn.Neuron(3, bias=False, rng=1),
        nn.Layer(3, 1, activation="relu", rng=1),
        nn.Layer(3, 5, bias=False, rng=1),
        nn.MLP(3, [1], rng=1),
        nn.MLP(3, [6, 6, 6, 1], output_activation="sigmoid", rng=1),
        nn.MLP(3, [2, 2], bias=False, activation=lambda x: x * x, rng=1),
    ],
    ids=repr,
)
def test_modules(net: Any, backend: Backend) -> None:
    check_program(net, [(x,) for x in draws(4, 3)], backend=backend)


LOSSES: list[tuple[Callable[..., Any], int, list[Any]]] = [
    (hinge, 1, [1.0, -1.0, 1.0, -1.0]),
    (mean_squared_error, 2, draws(4, 2)),
    (binary_cross_entropy_with_logits, 1, [0.0, 1.0, 0.25, 1.0]),
    (cross_entropy, 4, [0, 3, 1, 1]),
    (cross_entropy, 2, [0, 1, 1, 0]),
]


@pytest.mark.parametrize(("loss", "outputs", "targets"), LOSSES)
def test_losses(
    loss: Callable[..., Any], outputs: int, targets: list[Any], backend: Backend
) -> None:
    net = nn.MLP(3, [4, outputs], rng=5)
    penalty = 0.1

    def f(x: Any, y: Any) -> Any:
        total = sum(w * w for w in net.parameters())
        return loss(net(x), y) + penalty * total

    check_program(f, list(zip(draws(4, 3), targets, strict=True)), backend=backend)


@pytest.mark.parametrize(("loss", "outputs", "targets"), LOSSES)
def test_losses_of_whole_batches_as_one_example(
    loss: Callable[..., Any], outputs: int, targets: list[Any], backend: Backend
) -> None:
    net = nn.MLP(3, [4, outputs], rng=5)
    points = draws(4, 3)
    turned = [points[::-1], targets[::-1]]

    def f(xs: Any, ys: Any) -> Any:
        return loss([net(x) for x in xs], ys)

    check_program(f, [(points, targets), tuple(turned)], backend=backend)
