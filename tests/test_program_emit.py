"""Emitted source against an interpreter that knows nothing of buffers."""

from __future__ import annotations

import ast
import subprocess
import sys
import threading
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd.program.arrays import Array, Code, Term
from autograd.program.emit.names import Names, wrapped
from autograd.program.emit.numpy_source import write
from autograd.program.emit.runner import Runner
from autograd.program.views import view_of
from tests.array_programs import Maker, interpret, numbers_for, random_program, same

Numbers = np.ndarray[Any, Any]


def checked(maker: Maker, outputs: dict[str, Term], *, floats: bool) -> None:
    """Batches of several sizes, again and again, and single examples."""
    runner = Runner(write(maker.code, outputs, batch=True, floats=floats), sizes=2)
    for seed, size in enumerate([3, 1, 3, 4, 0, 3]):
        numbers = numbers_for(seed, size)
        got = runner(*numbers.values(), size=size)
        expected = interpret(maker.code, outputs, numbers, size)
        for a, b in zip(got, expected, strict=True):
            same(a, b)
    single = Runner(write(maker.code, outputs, batch=False, floats=floats))
    for seed in range(2):
        numbers = numbers_for(seed, 1)
        one = {**numbers, "x": numbers["x"][0], "index": numbers["index"][0]}
        got = single(*one.values())
        expected = interpret(maker.code, outputs, numbers, 1)
        for x, a, b in zip(outputs.values(), got, expected, strict=True):
            same(a, b[0] if isinstance(x, Array) and x.batched else b)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.booleans())
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_random_programs_equal_their_interpretation(seed: int, floats: bool) -> None:
    maker, outputs = random_program(seed)
    checked(maker, outputs, floats=floats)


# --- a dense layer ------------------------------------------------------------


def dense(activation: str = "maximum") -> tuple[Code, dict[str, Term]]:
    """tanh or relu of W x + b, and the adjoints of theta, for the adjoint "seed"."""
    code = Code()
    theta = code.given("theta", (64,), batched=False)
    x = code.given("x", (3,), batched=True)
    seed = code.given("seed", (16,), batched=True)
    rows = np.arange(64).reshape(16, 4)
    weights, biases = view_of(rows[:, :3], 64), view_of(rows[:, 3], 64)
    assert weights is not None
    assert biases is not None
    with code.within("layer"):
        w, b = code.view(theta, weights), code.view(theta, biases)
        w.hint, b.hint = "W", "b"
        z = code.call("add", code.matmul(x, w, transpose=True), b)
        h = code.call("maximum", z, 0.0) if activation == "maximum" else None
        h = code.call("tanh", z) if h is None else h
        z.hint, h.hint = "z", "h"
    with code.within("backward"):
        squared = code.call("mul", h, h)
        slope = code.call("sub", 1.0, squared)
        slope = code.call("step", z) if activation == "maximum" else slope
        z_bar = code.call("mul", seed, slope)
        z_bar.hint = "z_bar"
        flows = [code.outer(z_bar, x), code.reduce("sum", z_bar, (), batch=True)]
        theta_bar = code.assemble(flows, [weights, biases], (64,), batched=False)
    return code, {"h": h, "theta_bar": theta_bar}


def numbers(size: int) -> list[Numbers]:
    rng = np.random.default_rng(size)
    shapes = [(64,), (size, 3), (size, 16)]
    return [rng.normal(size=shape) for shape in shapes]


def by_hand(theta: Numbers, x: Numbers, seed: Numbers) -> tuple[Numbers, Numbers]:
    w = theta.reshape(16, 4)
    h = np.tanh(x @ w[:, :3].T + w[:, 3])
    z_bar = seed * (1 - h**2)
    return h, np.column_stack([z_bar.T @ x, z_bar.sum(axis=0)]).ravel()


def test_a_dense_layer_is_what_one_would_write_by_hand() -> None:
    code, outputs = dense("tanh")
    runner = Runner(write(code, outputs, batch=True))
    for size in (5, 1, 0, 5):
        for got, expected in zip(
            runner(*numbers(size), size=size), by_hand(*numbers(size)), strict=True
        ):
            same(got, expected)


def test_the_source_of_a_dense_layer() -> None:
    code, outputs = dense()
    text = write(code, outputs, batch=True).text
    _, _, body = text.partition("    def run")
    assert [line.strip() for line in body.splitlines()] == [
        "(theta_given, x_given, seed_given):",
        "theta[...] = theta_given",
        "x[...] = x_given",
        "seed[...] = seed_given",
        "",
        "# layer",
        "W_whole[...] = W",
        "dot(x, W_whole_T, out=z)",
        "add(z, b, out=z)",
        "maximum(z, zero, out=h)",
        "",
        "# backward",
        "sign(h, out=z_bar)",
        "multiply(seed, z_bar, out=z_bar)",
        "matmul(z_bar_T, x, out=t1)",
        "dot(ones_B, z_bar, out=t2)",
        "theta_bar_part[...] = t2",
        "return (h.copy(), theta_bar.copy())",
        "",
        "return run",
    ]
    assert "t1 = theta_bar.reshape(16, 4)[:, 0:3]" in text


def test_one_example_has_no_batch_axis() -> None:
    code, outputs = dense("tanh")
    source = write(code, outputs, batch=False)
    assert "B" not in source.text
    theta, x, seed = numbers(1)
    h, theta_bar = Runner(source)(theta, x[0], seed[0])
    expected = by_hand(theta, x, seed)
    same(h, expected[0][0])
    same(theta_bar, expected[1])


def test_outputs_are_fresh_arrays() -> None:
    code, outputs = dense("tanh")
    theta = code.statements[0]
    assert isinstance(theta, Array)
    outputs |= {"theta": theta, "again": outputs["h"]}
    runner = Runner(write(code, outputs, batch=True))
    given = numbers(4)
    first = runner(*given, size=4)
    kept = [a.copy() for a in first]
    for other in (numbers(4), [a + 1.0 for a in given]):
        runner(*other, size=4)
    for a, b in zip(first, kept, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.shares_memory(first[0], first[3])
    assert not np.shares_memory(first[2], given[0])


@pytest.mark.parametrize("size", [0, 1, 6])
def test_large_arguments_are_used_where_they_are_and_left_alone(size: int) -> None:
    code = Code()
    theta = code.given("theta", (20000,), batched=False)
    x = code.given("x", (100,), batched=True)
    half = view_of(np.arange(50), 100)
    square = view_of(np.arange(2500).reshape(50, 50), 20000)
    assert half is not None
    assert square is not None
    product = code.matmul(code.view(x, half), code.view(theta, square))
    outputs = {"out": code.call("tanh", product), "theta": theta}
    source = write(code, outputs, batch=True)
    assert source.memory(size) < 20000 * 8
    runner = Runner(source)
    numbers = np.arange(20000.0)[::-1] / 1e6
    examples = np.arange(size * 100).reshape(100, size).T  # ints, column by column
    kept = numbers.copy(), examples.copy()
    out, same_theta = runner(numbers, examples, size=size)
    same(out, np.tanh(examples[:, :50] @ numbers[:2500].reshape(50, 50)))
    same(same_theta, numbers)
    assert not np.shares_memory(same_theta, numbers)
    np.testing.assert_array_equal(numbers, kept[0])
    np.testing.assert_array_equal(examples, kept[1])


def test_threads_do_not_share_buffers() -> None:
    code, outputs = dense("tanh")
    runner = Runner(write(code, outputs, batch=True))
    wrong: list[int] = []

    def work(number: int) -> None:
        rng = np.random.default_rng(number)
        given = [a * rng.normal() for a in numbers(300)]
        expected = by_hand(*given)
        for _ in range(50):
            got = runner(*given, size=300)
            if not all(map(np.allclose, got, expected)):
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_buffers_are_kept_for_the_sizes_used_last() -> None:
    code, outputs = dense()
    runner = Runner(write(code, outputs, batch=True), sizes=2)
    one, two = runner.run_of(1), runner.run_of(2)
    assert runner.run_of(1) is one
    runner.run_of(3)
    assert runner.run_of(1) is one
    assert runner.run_of(2) is not two


# --- memory -------------------------------------------------------------------


def chain(steps: int) -> tuple[Code, dict[str, Term]]:
    code = Code()
    x = code.given("x", (10,), batched=True)
    for _ in range(steps):
        x = code.call("tanh", code.call("mul", x, 1.5))
    return code, {"out": x}


def test_a_long_chain_needs_no_more_memory_than_a_short_one() -> None:
    sources = [write(*chain(steps), batch=True) for steps in (1, 50)]
    assert [source.memory(7) for source in sources] == [7 * 160, 7 * 160]


def test_what_is_needed_later_is_not_overwritten() -> None:
    code, _ = chain(0)
    x = code.statements[0]
    a = code.call("tanh", x)
    b = code.call("exp", a)
    total = code.call("add", a, code.call("mul", b, a))
    source = write(code, {"sum": total}, batch=True)
    assert source.memory(1) == 3 * 80
    (got,) = Runner(source)(np.ones((2, 10)), size=2)
    a1 = np.tanh(1.0)
    same(got, np.full((2, 10), a1 + np.exp(a1) * a1))


def test_statements_that_no_output_needs_are_dropped() -> None:
    code, _ = chain(5)
    source = write(code, {"twice": code.call("exp", code.statements[0])}, batch=True)
    assert source.statements == 1


# --- plain floats -------------------------------------------------------------


def scalars() -> tuple[Code, dict[str, Term]]:
    code = Code()
    x = code.given("x", (), batched=True)
    y = code.given("y", (), batched=True)
    quotient = code.call("div", code.call("exp", x), y)
    test = code.call("greater", quotient, 1.0)
    big = code.call("where", test, quotient, code.call("neg", x))
    return code, {"quotient": quotient, "big": big, "constant": -0.5}


def test_a_program_of_scalars_is_plain_python() -> None:
    source = write(*scalars(), batch=False)
    assert "np" not in source.text
    quotient, big, constant = Runner(source)(0.0, 4.0)
    assert (quotient, big, constant) == (0.25, 0.0, -0.5)
    assert type(quotient) is float


def test_floats_raise_where_arrays_have_an_answer() -> None:
    with pytest.raises(ZeroDivisionError):
        Runner(write(*scalars(), batch=False))(0.0, 0.0)
    quotient, big, _ = Runner(write(*scalars(), batch=False, floats=False))(0.0, 0.0)
    assert (quotient, big) == (np.inf, np.inf)
    quotient, _, _ = Runner(write(*scalars(), batch=True))([0.0], [0.0], size=1)
    same(quotient, [np.inf])


# --- what numbers do ------------------------------------------------------------


def test_the_largest_of_numbers_with_a_nan_is_nan() -> None:
    code, _ = chain(0)
    x = code.statements[0]
    top = code.reduce("max", x, (-1,))
    least = code.segments("min", x, np.array([0, 4]))
    runner = Runner(write(code, {"top": top, "least": least}, batch=True))
    given = np.arange(20.0).reshape(2, 10)
    given[0, 5] = np.nan
    same(runner(given, size=2)[0], [np.nan, 19.0])
    same(runner(given, size=2)[1], [[0.0, np.nan], [10.0, 14.0]])


@pytest.mark.parametrize("how", ["sum", "max", "min"])
@pytest.mark.parametrize("whole", [True, False])
def test_reductions_over_any_axes(how: str, whole: bool) -> None:
    code = Code()
    given = code.given("x", (2, 3, 4), batched=True)
    x = given if whole else code.turned(given)
    kinds = list(product((False, True), repeat=4))
    outputs: dict[str, Term] = {}
    for batch, *chosen in kinds:
        axes = tuple(-1 - i for i in range(3) if chosen[i])
        outputs[f"out{len(outputs)}"] = code.reduce(how, x, axes, batch=batch)
    values = np.random.default_rng(0).normal(size=(5, 2, 3, 4))
    expected = interpret(code, outputs, {"x": values}, 5)
    for floats in (True, False):
        runner = Runner(write(code, outputs, batch=True, floats=floats))
        for a, b in zip(runner(values, size=5), expected, strict=True):
            same(a, b)


def test_a_strong_zero_stops_infinity_in_products() -> None:
    code = Code()
    a = code.given("a", (2, 3), batched=True)
    b = code.given("b", (3, 2), batched=False)
    outputs: dict[str, Term] = {
        "product": code.matmul(a, b, strong=True),
        "outer": code.outer(a, code.turned(b), strong=True),
    }
    runner = Runner(write(code, outputs, batch=True))
    left = np.array([[[0.0, 1.0, 2.0], [1.0, 0.0, 0.0]]])
    right = np.array([[np.inf, 1.0], [1.0, 0.0], [2.0, 3.0]])
    product_got, outer_got = runner(left, right, size=1)
    same(product_got, [[[5.0, 6.0], [np.inf, 1.0]]])
    same(outer_got, [[1.0, 0.0, 3.0], [np.inf, 1.0, 2.0], [np.inf, 2.0, 4.0]])


def test_constants_small_and_large() -> None:
    code = Code()
    x = code.given("x", (20,), batched=True)
    large = code.constant(np.arange(20.0))
    small = code.constant(np.array([[np.nan], [2.0]]))
    outputs = {"out": code.call("mul", x, large), "small": code.call("mul", small, 3.0)}
    source = write(code, outputs, batch=True)
    assert len(source.constants) == 2  # NaN has no literal
    out, tripled = Runner(source)(np.ones((2, 20)), size=2)
    same(out, [np.arange(20.0)] * 2)
    same(tripled, [[np.nan], [6.0]])


# --- how it reads -----------------------------------------------------------------

_NOT_FOR_SOURCE = "ANN,D,N803,N806,PLR09,C901,INP,ERA,A"


def test_emitted_source_passes_ruff(tmp_path: Path) -> None:
    sources = [write(*dense(), batch=batch) for batch in (True, False)]
    sources += [write(*chain(50), batch=True), write(*scalars(), batch=False)]
    for seed in range(40):
        maker, outputs = random_program(seed)
        sources += [write(maker.code, outputs, batch=b) for b in (True, False)]
    for i, source in enumerate(sources):
        (tmp_path / f"program_{i}.py").write_text(source.text)
    ignored = f"{_NOT_FOR_SOURCE},RUF034"  # random programs choose between x and x
    settings = Path(__file__).parent.parent / "pyproject.toml"
    command = [sys.executable, "-m", "ruff", "check", "--config", str(settings)]
    result = subprocess.run(
        [*command, "--ignore", ignored, str(tmp_path)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout[-4000:]


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
