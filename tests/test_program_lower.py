"""Source of programs against an interpreter that knows nothing of batches."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autograd import Program, Value, dot, exp, mean, parameter, tanh
from autograd import sum as add_up
from autograd.program.backends import numpy_engine
from autograd.program.lower.page import Names, wrapped
from autograd.program.lower.printer import Column, write
from autograd.program.lower.texts import TEXTS
from autograd.program.statements.code import Code
from autograd.program.statements.table import STATEMENTS, Array, ArrayOperand
from autograd.program.statements.views import view_of
from tests.array_programs import interpret, numbers_for, random_program, same

Numbers = np.ndarray[Any, Any]


def found(
    code: Code,
    outputs: dict[str, ArrayOperand],
    numbers: dict[str, Any],
    *,
    column: Column = "numpy",
    reuse: bool = True,
) -> list[Any]:
    """What a program computes: it is given, and gives, the batch as the last axis."""
    run = write(code, outputs, column=column, reuse=reuse).compiled()
    varying = {
        a.options["name"]
        for a in code.statements
        if a.function == "given" and a.batched
    }
    given = [
        np.moveaxis(x, 0, -1) if name in varying else x for name, x in numbers.items()
    ]
    results = []
    for x, result in zip(outputs.values(), run(*given), strict=True):
        batched = isinstance(x, Array) and x.batched
        results.append(np.moveaxis(np.asarray(result), -1, 0) if batched else result)
    return results


def check(
    code: Code, outputs: dict[str, ArrayOperand], size: int, **options: Any
) -> None:
    numbers = numbers_for(size, size)
    expected = interpret(code, outputs, numbers, size)
    for a, b in zip(found(code, outputs, numbers, **options), expected, strict=True):
        same(a, b)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.booleans())
@example(1961, True)  # picks from what was scattered, of no examples at all
@example(362880, True)  # a product of what is the same for all examples, a part
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_random_programs_equal_their_interpretation(seed: int, reuse: bool) -> None:
    maker, outputs = random_program(seed)
    for size in (3, 1, 0):
        check(maker.code, outputs, size, reuse=reuse)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_random_programs_are_the_same_on_jax(seed: int) -> None:
    maker, outputs = random_program(seed)
    with jax.enable_x64(True):
        check(maker.code, outputs, 3, column="jax")


@pytest.mark.parametrize("column", ["numpy", "jax"])
@pytest.mark.parametrize("batched", [True, False])
def test_flows_to_a_single_number_are_added_up(column: Column, batched: bool) -> None:
    code = Code()
    x = code.given("x", (3,), batched=batched)
    first, last = view_of(np.array(0), 3), view_of(np.array([2]), 3)
    only = view_of(np.array([0]), 1)
    assert first is not None
    assert last is not None
    flows = [code.view(x, first), code.view(x, last)]
    total = code.assemble(flows, [None, only], (), batched)
    numbers = np.arange(6.0).reshape(2, 3) if batched else np.arange(3.0)
    (got,) = found(code, {"total": total}, {"x": numbers}, column=column)
    same(got, numbers[..., 0] + numbers[..., 2])


# --- source to be read ----------------------------------------------------------


def dense() -> tuple[Code, dict[str, ArrayOperand]]:
    """tanh(W x + b), and the adjoints of theta, for the adjoint "seed"."""
    code = Code()
    theta = code.given("theta", (12,), batched=False)
    x = code.given("x", (2,), batched=True)
    seed = code.given("seed", (4,), batched=True)
    weights, biases = (
        view_of(r, 12) for r in (np.arange(8).reshape(4, 2), np.arange(8, 12))
    )
    assert weights is not None
    assert biases is not None
    with code.within("layer"):
        w, b = code.view(theta, weights), code.view(theta, biases)
        w.hint, b.hint = "W", "b"
        z = code.call("add", code.weighted(w, x), b)
        h = code.call("tanh", z)
        z.hint, h.hint = "z", "h"
    with code.within("backward"):
        slope = code.call("sub", 1.0, code.call("mul", h, h))
        z_bar = code.call("mul", seed, slope)
        z_bar.hint = "z_bar"
        flows = [code.outer(z_bar, x), code.reduce("sum", z_bar, (), batch=True)]
        theta_bar = code.assemble(flows, [weights, biases], (12,), batched=False)
    return code, {"h": h, "theta_bar": theta_bar}


def body(text: str) -> list[str]:
    """The lines of the function, without its docstring."""
    return [line.strip() for line in text.rpartition('"""\n')[2].splitlines()]


def test_a_dense_layer_is_what_one_would_write_by_hand() -> None:
    assert body(write(*dense(), reuse=False).text) == [
        "B = x.shape[-1]",
        "W = theta[0:8].reshape(4, 2)",
        "b = theta[8:12]",
        "",
        "# layer",
        "t1 = np.dot(W, x)",
        "z = t1 + b[:, None]",
        "h = np.tanh(z)",
        "",
        "# backward",
        "t2 = h * h",
        "t3 = 1.0 - t2",
        "z_bar = seed * t3",
        "t4 = np.dot(z_bar, x.T)",
        "ones = one_each(B)",
        "t5 = np.dot(z_bar, ones)",
        "theta_bar = np.concatenate([t4.reshape(8), t5])",
        "return (h, theta_bar)",
    ]


def test_memory_that_nobody_needs_is_written_over() -> None:
    lines = body(write(*dense()).text)
    assert "z = np.add(t1, b[:, None], out=t1)" in lines
    assert "h = np.tanh(z, out=z)" in lines


def test_jax_reads_the_same_but_for_its_name() -> None:
    ours, theirs = (
        body(write(*dense(), column=column, reuse=False).text)
        for column in ("numpy", "jax")
    )
    assert [
        line.replace("np.dot(z_bar, ones)", "np.sum(z_bar, axis=1)")
        for line in ours
        if line not in ("B = x.shape[-1]", "ones = one_each(B)")
    ] == [line.replace("jnp.", "np.") for line in theirs]


def by_hand(theta: Numbers, x: Numbers, seed: Numbers) -> tuple[Numbers, Numbers]:
    w = theta[:8].reshape(4, 2)
    h = np.tanh(x @ w.T + theta[8:])
    z_bar = seed * (1 - h**2)
    return h, np.concatenate([(z_bar.T @ x).ravel(), z_bar.sum(axis=0)])


def test_a_dense_layer_gives_the_numbers_of_one_by_hand() -> None:
    code, outputs = dense()
    for size in (5, 1, 0):
        rng = np.random.default_rng(size)
        shapes = {"theta": (12,), "x": (size, 2), "seed": (size, 4)}
        numbers = {name: rng.normal(size=shape) for name, shape in shapes.items()}
        expected = by_hand(*numbers.values())
        for a, b in zip(found(code, outputs, numbers), expected, strict=True):
            same(a, b)


# --- memory -------------------------------------------------------------------


def chain(steps: int) -> tuple[Code, dict[str, ArrayOperand]]:
    code = Code()
    x = code.given("x", (10,), batched=True)
    for _ in range(steps):
        x = code.call("tanh", code.call("mul", x, 1.5))
    return code, {"out": x}


def test_a_long_chain_needs_no_more_memory_than_a_short_one() -> None:
    short, long = (write(*chain(steps)) for steps in (1, 50))
    assert short.bytes_per_example == long.bytes_per_example == 160


def test_what_is_needed_later_is_not_overwritten() -> None:
    code, _ = chain(0)
    a = code.call("tanh", code.statements[0])
    b = code.call("exp", a)
    total = code.call("add", a, code.call("mul", b, a))
    (got,) = found(code, {"sum": total}, {"x": np.ones((2, 10))})
    a1 = np.tanh(1.0)
    same(got, np.full((2, 10), a1 + np.exp(a1) * a1))


def test_statements_that_no_output_needs_are_dropped() -> None:
    code, _ = chain(5)
    source = write(code, {"twice": code.call("exp", code.statements[0])})
    assert source.lines == ["twice = np.exp(x)"]


# --- chunks -------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 6, 7, 8, 14, 23])
def test_chunks_of_a_batch_are_the_batch(
    size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gradients are added over chunks, rows stand side by side, the uniform once."""
    w = [Value(0.3), Value(-0.5)]

    def f(x: list[Any]) -> list[Any]:
        return [tanh(w[0] * x[0]) * x[1] + add_up([p * p for p in w]), exp(w[1]), x[1]]

    program = Program(f, [0.1, 0.2])
    x = np.random.default_rng(1).normal(size=(size, 2))
    monkeypatch.setattr(numpy_engine, "CACHE", 1)
    monkeypatch.setattr(numpy_engine, "LEAST", 7)
    same(
        program.map(x),
        [np.ravel(program(row)) for row in x] if size else np.zeros((0, 3)),
    )
    loss = Program(lambda x: mean(f(x)), [0.1, 0.2], parameters=w)
    if size:
        value, (in_w, (in_x,)) = loss.value_and_grad(x, wrt="both")
        each = [loss.value_and_grad(row, wrt="both") for row in x]
        same(value, np.mean([one for one, _ in each]))
        same(in_w, np.mean([slopes[0] for _, slopes in each], axis=0))
        same(in_x, np.stack([slopes[1][0] for _, slopes in each]) / size)


def test_results_are_the_callers_own() -> None:
    """Also where they are inputs or parameters, handed through."""
    p = Value(1.5)
    program = Program(lambda x: [x, p, x * p], 1.0)
    theta, x = np.array([2.0]), np.array([[1.0], [3.0]])[:, 0]
    result = program.map(x, theta=theta)
    result[...] = 0.0
    same(theta, [2.0])
    same(x, [1.0, 3.0])
    same(program.map(x), [[1.0, 1.5, 1.5], [3.0, 1.5, 4.5]])


# --- what numbers do ------------------------------------------------------------


def test_the_largest_of_numbers_with_a_nan_is_nan() -> None:
    code, _ = chain(0)
    x = code.statements[0]
    top = code.reduce("max", x, (-1,))
    least = code.segments("min", x, np.array([0, 4]))
    numbers = np.arange(20.0).reshape(2, 10)
    numbers[0, 5] = np.nan
    got = found(code, {"top": top, "least": least}, {"x": numbers})
    same(got[0], [np.nan, 19.0])
    same(got[1], [[0.0, np.nan], [10.0, 14.0]])


@pytest.mark.parametrize("how", ["sum", "max", "min"])
@pytest.mark.parametrize("whole", [True, False])
def test_reductions_over_any_axes(how: str, whole: bool) -> None:
    code = Code()
    given = code.given("x", (2, 3, 4), batched=True)
    x = given if whole else code.turned(given)
    outputs: dict[str, ArrayOperand] = {}
    for batch, *chosen in product((False, True), repeat=4):
        axes = tuple(-1 - i for i in range(3) if chosen[i])
        outputs[f"out{len(outputs)}"] = code.reduce(how, x, axes, batch=batch)
    values = np.random.default_rng(0).normal(size=(5, 2, 3, 4))
    expected = interpret(code, outputs, {"x": values}, 5)
    for a, b in zip(found(code, outputs, {"x": values}), expected, strict=True):
        same(a, b)


def test_constants_small_and_large() -> None:
    code = Code()
    x = code.given("x", (20,), batched=True)
    large = code.constant(np.arange(20.0))
    small = code.constant(np.array([[np.nan], [2.0]]))
    outputs = {"out": code.call("mul", x, large), "small": code.call("mul", small, 3.0)}
    assert len(write(code, outputs).constants) == 2  # NaN has no literal
    out, tripled = found(code, outputs, {"x": np.ones((2, 20))})
    same(out, [np.arange(20.0)] * 2)
    same(tripled, [[np.nan], [6.0]])


# --- names and lines ---------------------------------------------------------------


@pytest.mark.parametrize("length", [3, 30, 300])
def test_long_statements_are_wrapped(length: int) -> None:
    line = f"values = f({', '.join(f'number_{i}' for i in range(length))})"
    lines = wrapped(line, " " * 8)
    assert max(map(len, lines)) <= 88
    assert ast.dump(ast.parse("if 1:\n" + "\n".join(lines))) == ast.dump(
        ast.parse(f"if 1:\n  {line}")
    )


def test_names_are_free_and_legal() -> None:
    names = Names(["np"])
    wishes = ["z", "z", "lambda", "np", "t2", "2x", "a b", "", "sum"]
    given = [names.new(wish) for wish in wishes]
    assert given == ["z", "z_1", "lambda_1", "np_1", "t2", "t1", "a_b", "t3", "sum_1"]


# --- many devices ---------------------------------------------------------------------

_SHARDED = """
import jax, numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from autograd.program.lower.printer import write
from tests.test_program_lower import dense

assert jax.device_count() == 4
mesh = Mesh(np.array(jax.devices()), ("batch",))
rng = np.random.default_rng(0)
theta, x, seed = (rng.normal(size=shape) for shape in (12, (2, 8), (4, 8)))
with jax.enable_x64(True):
    run = jax.jit(write(*dense(), column="jax").compiled())
    one = run(theta, x, seed)
    last = NamedSharding(mesh, PartitionSpec(None, "batch"))
    spread = [jax.device_put(a, last) for a in (x, seed)]
    many = run(theta, *spread)
    assert len(many[0].sharding.device_set) == 4
    for a, b in zip(one, many):
        np.testing.assert_allclose(a, b, rtol=1e-14, atol=1e-15)
"""


def test_four_devices_give_the_numbers_of_one() -> None:
    flags = {"XLA_FLAGS": "--xla_force_host_platform_device_count=4"}
    result = subprocess.run(
        [sys.executable, "-c", _SHARDED],
        cwd=Path(__file__).parent.parent,
        env={**os.environ, **flags, "JAX_PLATFORMS": "cpu"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr[-4000:]


def test_a_statement_that_is_not_in_the_table_is_not_written() -> None:
    with pytest.raises(KeyError, match="fourier"):
        Code().new("fourier", ())


def test_every_row_of_the_table_has_its_text() -> None:
    printed_apart = {"given", "constant", "assemble"}  # names; several lines at once
    assert {*TEXTS} | printed_apart == {*STATEMENTS}


def test_a_neuron_alone_adds_its_bias_and_copies_no_inputs() -> None:
    row = [parameter(0.1) for _ in range(4)]

    def neuron(x: list[Any]) -> Any:
        return dot(row[:-1], x, row[-1])

    lines = Program(neuron, [0.1, 0.2, 0.3], parameters=row).statements
    assert not any("np.empty((" in line for line in lines)


def test_a_one_beside_inputs_is_written_as_a_number() -> None:
    rows = [[parameter(0.1) for _ in range(3)] for _ in range(2)]  # the last: a bias

    def layer(x: list[Any]) -> list[Any]:
        return [dot(row[:-1], x, row[-1]) for row in rows]

    lines = Program(layer, [0.1, 0.2], parameters=[*rows[0], *rows[1]]).statements
    assert "t1[2] = 1.0" in lines


def test_a_long_line_is_cut_at_its_outermost_commas() -> None:
    line = f"np.dot({'a' * 30}.reshape(2, -1), {'b' * 30}, out={'c' * 9}.reshape(2, 3))"
    assert wrapped(line, "    ")[1:-1] == [
        f"        {'a' * 30}.reshape(2, -1), {'b' * 30},",
        f"        out={'c' * 9}.reshape(2, 3)",
    ]
    numbers = ", ".join(["0.25"] * 40)  # too long between its commas
    assert max(map(len, wrapped(f"x = np.array([{numbers}])", "    "))) <= 88
