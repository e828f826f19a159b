"""The machine beside the eager engine, and bound calls on it."""

from __future__ import annotations

import itertools
import math
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograd import (
    AnomalyError,
    BranchError,
    Op,
    Program,
    Value,
    compiled,
    detect_anomaly,
    dot,
    exp,
    log,
    log_softmax,
    logsumexp,
    maximum,
    minimum,
    relu,
    sin,
    sqrt,
    take,
    tanh,
    where,
)
from autograd.program.backends.engines import Backend
from autograd.program.machine import interpreter, plain
from autograd.program.machine.opcodes import NUMBERS
from autograd.program.machine.registers import by_fours
from tests.engines import check_batch, check_single


@pytest.fixture(autouse=True, scope="module")
def _numba() -> None:
    """Machine code, where numba is installed, from the first call on."""
    Program(lambda x: x, 1.0, backend="machine").bind(1.0)


def check_machine(
    f: Callable[..., Any], examples: list[tuple[Any, ...]], **options: float
) -> Program:
    """One example and a batch, values and gradients, against the eager engine."""
    program = Program(f, *examples[0], backend="machine")
    check_single(program, f, examples[-1], **options)
    check_batch(program, f, examples, **options)
    return program


def chain(steps: int = 500) -> Callable[[Any], Any]:
    """A number that is changed again and again in the same way."""
    w = [Value(0.9), Value(-0.2)]

    def f(x: Any) -> Any:
        for _ in range(steps):
            x = sin(x) * w[0] + w[1]
        return x

    return f


def spring(state: Any) -> Any:
    """A damped spring, by Euler's steps: two outputs, and no parameters."""
    x, v = state
    for _ in range(100):
        x, v = x + 0.05 * v, v - 0.05 * (x + 0.1 * v + 0.2 * x * x)
    return {"x": x, "v": v}


def test_its_source_shows_the_instructions() -> None:
    w = Value(3.0)
    program = Program(lambda x: w * x + 1.0, 2.0, backend="machine")
    assert program.source.splitlines()[0] == "t0 = plus_product(p0, x0, 1.0)"
    assert program.statements == program.source.splitlines()
    assert program.source_groups == (-1,) * len(program.statements)
    assert "after trace" in str(program.report())


def test_each_slope_of_a_maximum_is_one_step() -> None:
    """As nine steps with their choices they took most of the time of a tree of them."""
    program = Program(maximum, 1.0, 2.0, backend="machine")
    assert len(program.statements) == 5  # a maximum; two slopes, each times the seed
    special = 1.0, 2.0, 0.0, -0.0, math.inf, -math.inf, math.nan

    def apart(x: Any, y: Any) -> Any:
        return maximum(x, y) * 3.0, minimum(x, 3.0 * y) * 2.0, relu(x) + abs(y)

    check_machine(apart, [*itertools.product(special, repeat=2)])


def test_what_comes_from_step_after_step_is_added_as_it_comes() -> None:
    """A list of it would keep two registers for each until the end."""
    program = Program(chain(100), 0.3, backend="machine")
    assert max(line.count(",") for line in program.statements) < 3


@pytest.mark.parametrize("steps", [20, 3000])
def test_chains_short_and_long(steps: int) -> None:
    """A long one is a loop of its own where numba is installed."""
    check_machine(chain(steps), [(0.5,), (-1.0,), (2.0,), (math.nan,)])


def test_several_outputs() -> None:
    program = check_machine(spring, [([1.0, 0.0],), ([0.5, -0.25],)])
    assert program.jacobian([1.0, 0.0], wrt="inputs").shape == (2, 2)


def test_a_product_of_the_hessian() -> None:
    f = chain(20)
    v = [1.0, -0.5]
    want = Program(f, 0.5).hvp(0.5, v=v)
    got = Program(f, 0.5, backend="machine").hvp(0.5, v=v)
    np.testing.assert_allclose(got, want, rtol=1e-12)


@pytest.mark.parametrize("size", [0, 1, 4])
def test_batches_of_any_size(size: int) -> None:
    f = chain(50)
    program, numpy_program = Program(f, 0.5, backend="machine"), Program(f, 0.5)
    inputs = np.linspace(-1.0, 1.0, size)
    value, (in_w, (in_x,)) = program.value_and_grad(inputs, wrt="both")
    want, (want_w, (want_x,)) = numpy_program.value_and_grad(inputs, wrt="both")
    assert type(value) is float
    assert in_w.flags.writeable
    np.testing.assert_allclose(value, want, rtol=1e-13)
    np.testing.assert_allclose(in_w, want_w, rtol=1e-12)
    np.testing.assert_allclose(in_x, want_x, rtol=1e-12)
    np.testing.assert_allclose(program.map(inputs), numpy_program.map(inputs))


def test_without_inputs_or_parameters() -> None:
    a, b = Value(2.0), Value(3.0)
    program = Program(lambda: a * b, backend="machine")
    assert program() == 6.0
    assert program.value_and_grad()[1].tolist() == [3.0, 2.0]
    check_machine(lambda x: x * x, [(2.0,), (3.0,)])
    assert Program(lambda x: 3.0, 1.0, backend="machine").map([1.0, 2.0]).tolist() == [
        3,
        3,
    ]


def test_integers() -> None:
    w = [Value(1.0), Value(2.0), Value(4.0)]
    check_machine(lambda i, x: take(w, i) * x, [(1, 2.0), (0, 3.0), (2, -1.0)])


def test_a_list_of_constants() -> None:
    """Within the slope of a share: what the other entries have together."""
    check_machine(lambda x: log_softmax([x, 0.0, 1.0, 2.0])[0], [(0.5,), (-3.0,)])


def test_special_numbers() -> None:
    """Python would raise for some; here they are IEEE 754's, and zeros are strong."""
    w = Value(2.0)

    def f(x: Any) -> Any:
        return where(x > 0.0, sqrt(x), 0.0) * w + 1.0 / x + exp(x) + log(abs(x))

    examples = [(x,) for x in (1.0, 0.0, -0.0, 800.0, -3.0, math.inf, math.nan)]
    program = check_machine(f, examples)
    assert np.isnan(program.map([1.0, math.nan, 2.0])).tolist() == [False, True, False]
    strong = Program(lambda x: where(x > 0.0, sqrt(x), 0.0), 1.0, backend="machine")
    assert strong.value_and_grad([4.0, 0.0], wrt="inputs")[1][0].tolist() == [
        0.125,
        0.0,
    ]


def test_guards() -> None:
    w = Value(3.0)

    def f(x: Any) -> Any:
        return w * x if x > 0.0 else x

    program = Program(f, 1.0, backend="machine")
    for run in (program, program.value_and_grad):
        with pytest.raises(
            BranchError, match=r"test_program_machine.py.* write autograd"
        ):
            run(-1.0)
    with pytest.raises(BranchError, match="takes another branch"):
        program.map([1.0, -1.0])
    both = compiled(backend="machine")(f)
    assert (both(2.0), both(-2.0), both(4.0)) == (6.0, -2.0, 12.0)
    assert len(both.programs) == 2


def test_what_repeats_nothing() -> None:
    functions = [sin, tanh, exp, lambda x: x * x]
    order = np.random.default_rng(0).integers(0, 4, size=3000)

    def f(x: Any) -> Any:
        for k in order:
            x = functions[k](x) * 0.3
        return x

    check_machine(f, [(1.0,), (-0.5,)])


@pytest.mark.parametrize("size", [15, 16, 17, 255, 256, 257, 600])
def test_batches_over_the_borders_of_lanes(size: int) -> None:
    w = [Value(0.3 * k) for k in range(5)]

    def f(x: list[Any]) -> Any:  # sums by lists, and what is the same for all
        return logsumexp([a * b for a, b in zip(w, x, strict=True)]) * dot(w, w)

    rows = np.random.default_rng(size).normal(size=(size, 5))
    got = Program(f, rows[0], backend="machine").value_and_grad(rows, wrt="both")
    want = Program(f, rows[0]).value_and_grad(rows, wrt="both")
    assert got[0] == pytest.approx(want[0], rel=1e-12)
    np.testing.assert_allclose(got[1][0], want[1][0], rtol=1e-11)
    np.testing.assert_allclose(got[1][1][0], want[1][1][0], rtol=1e-11)


def test_results_of_one_call_are_not_those_of_the_next() -> None:
    program = Program(lambda x: x[0] * x[1], [1.0, 2.0], backend="machine")
    first = program.value_and_grad([3.0, 4.0], wrt="inputs")
    row = program.jacobian([3.0, 4.0], wrt="inputs")
    program.value_and_grad([5.0, 6.0], wrt="inputs")
    assert first == (12.0, ([4.0, 3.0],))
    assert row.tolist() == [[4.0, 3.0]]


def test_operations_of_the_users_own() -> None:
    cubed = Op("cubed", lambda xp, x: x * x * x, lambda xp, out, x: (3.0 * x * x,))
    w = Value(2.0)
    check_machine(lambda x: cubed(w * x), [(1.0,), (-2.0,)])
    by_math = Op(
        "by_math", lambda xp, x: math.sin(x), lambda xp, out, x: (math.cos(x),)
    )
    with pytest.raises(TypeError, match="operation by_math can't be compiled"):
        Program(by_math, 1.0, backend="machine")


def test_two_threads() -> None:
    f = chain(50)
    program = Program(f, 0.5, backend="machine")
    want = [Program(f, 0.5).value_and_grad(float(n))[1] for n in range(3)]
    found: list[Any] = [None] * 3

    def work(n: int) -> None:
        found[n] = program.value_and_grad(float(n))[1]

    threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_allclose(found, want, rtol=1e-12)


_READ_ONLY = """
from pathlib import Path
from numba.core import caching
import autograd
from autograd.program.machine import interpreter

def refuse(self):
    raise OSError(30, "Read-only file system")

for locator in caching.CacheImpl._locator_classes:
    locator.ensure_cache_path = refuse
program = autograd.Program(lambda x: x * x, 3.0, backend="machine")
print(program.bind(3.0, wrt="inputs")()[0])
"""


def test_where_nothing_may_be_written_it_is_compiled_all_the_same() -> None:
    pytest.importorskip("numba")
    result = subprocess.run(
        [sys.executable, "-c", _READ_ONLY],
        check=False,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent.parent,
    )
    assert result.stdout == "9.0\n", result.stderr[-2000:]


# --- bound calls ------------------------------------------------------------------


@pytest.fixture(params=["numpy", "machine"])
def backend(request: Any) -> Any:
    return request.param


def test_a_bound_call_reads_what_its_arguments_hold(backend: Backend) -> None:
    w = Value(3.0)
    x, y = np.array([1.0, 2.0]), np.array(0.5)
    program = Program(lambda x, y, z: w * x[0] * x[1] + y * z, x, 0.5, 1.0)
    run = program.bind(x, y, 2.0)
    slope = Program(program.__wrapped__, x, 0.5, 1.0, backend=backend).bind(
        x, y, 2.0, wrt="inputs"
    )
    assert run() == 7.0
    assert slope()[1].tolist() == [6.0, 3.0, 2.0, 0.5]
    x[:], y[()], w.data = (4.0, 1.0), 0.25, 2.0
    assert run() == 8.5
    value, gradient = slope()
    assert (value, gradient.tolist()) == (8.5, [2.0, 8.0, 2.0, 0.25])


def test_a_bound_call_follows_parameters_and_theta(backend: Backend) -> None:
    w = [Value(2.0), Value(5.0)]
    program = Program(lambda x: w[0] * w[1] * x, 1.0, backend=backend)
    run = program.bind(3.0, wrt="parameters")
    theta = np.array([1.0, 1.0])
    other = program.bind(3.0, wrt="parameters", theta=theta)
    assert run()[1].tolist() == [15.0, 6.0]
    program.write([4.0, 7.0])
    w[1].data = 8.0
    theta[0] = 10.0
    assert (run()[0], run()[1].tolist()) == (96.0, [24.0, 12.0])
    assert (other()[0], other()[1].tolist()) == (30.0, [3.0, 30.0])


def test_a_bound_call_overwrites_its_arrays_and_no_others(backend: Backend) -> None:
    x, out = np.array([1.0, 2.0]), np.zeros(2)
    program = Program(lambda x: [x[0] * x[1], x[0]], x, backend=backend)
    run, other = program.bind(x, out=out), program.bind(x)
    assert run() is run() is out
    kept = other()
    x[0] = 3.0
    assert run().tolist() == [6.0, 3.0]
    assert kept is not out
    assert kept.tolist() == [2.0, 1.0]


def test_a_bound_batch(backend: Backend) -> None:
    w = Value(2.0)
    x = np.array([1.0, 2.0, 4.0])
    program = Program(lambda x: w * x * x, 1.0, backend=backend)
    values, slopes = program.bind(x), program.bind(x, wrt="inputs")
    assert values().tolist() == [2.0, 8.0, 32.0]
    x[2] = 0.0
    assert values().tolist() == [2.0, 8.0, 0.0]
    value, gradient = slopes()
    np.testing.assert_allclose(value, 10.0 / 3.0, rtol=1e-15)
    np.testing.assert_allclose(gradient[:, 0], 4.0 * x / 3.0, rtol=1e-15)


def test_a_bound_call_looks_at_guards_and_listeners(backend: Backend) -> None:
    x = np.array(1.0)
    program = Program(lambda x: log(x) if x > -1.0 else x, 1.0, backend=backend)
    run = program.bind(x)
    x[()] = -2.0
    with pytest.raises(BranchError, match="takes another branch"):
        run()
    x[()] = -0.5
    assert math.isnan(run())
    with detect_anomaly(), pytest.raises(AnomalyError):
        run()


def test_what_can_not_be_bound_is_refused_at_once(backend: Backend) -> None:
    program = Program(lambda x: x[0] * x[1], [1.0, 2.0], backend=backend)
    x = np.array([1.0, 2.0])
    with pytest.raises(TypeError, match="out must be an array of float64, got list"):
        program.bind(x, wrt="inputs", out=[0.0, 0.0])  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"an array of shape \(2,\), got \(3,\)"):
        program.bind(x, wrt="inputs", out=np.zeros(3))
    with pytest.raises(ValueError, match="no parameters"):
        program.bind(x, wrt="parameters")
    with pytest.raises(ValueError, match="wrt is one of 'parameters', 'inputs'"):
        program.bind(x, wrt="both")  # type: ignore[arg-type]


def test_many_bound_calls_keep_nothing() -> None:
    x = np.array([0.5, 0.25])
    run = Program(lambda x: sin(x[0]) * x[1], x, backend="machine").bind(
        x, wrt="inputs"
    )
    run()
    tracemalloc.start()
    try:
        for _ in range(100):
            run()
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(20_000):
            run()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 2000


@pytest.mark.parametrize("seed", range(20))
def test_four_dots_in_one_give_what_each_gives(seed: int) -> None:
    """Beside one by one, zeros times infinities and dots of dots among them."""
    pytest.importorskip("numba")
    rng = np.random.default_rng(seed)
    start = rng.choice(
        [0.0, 1.0, -2.0, 0.5, math.inf], 60, p=[0.3, 0.3, 0.2, 0.19, 0.01]
    )
    steps, lists = list[list[int]](), list[int]()
    for _ in range(30):
        name = str(rng.choice(["dot", "strong_dot"]))
        target, step, count = (
            int(rng.integers(*n)) for n in ((30, 54), (0, 3), (1, 6))
        )
        first = rng.integers(60 - 5 * step, size=count).tolist()
        shared = rng.integers(30, size=count).tolist()
        at, lists = len(lists), lists + shared
        for r in range(6):
            moved, lists = len(lists), lists + [x + r * step for x in first]
            pair = [moved, at] if seed % 2 else [at, moved]
            if target + r not in lists[moved:]:  # none writes where it reads
                steps.append([NUMBERS[name], target + r, *pair, count])
    code = np.array(steps, np.uint32), np.array(lists, np.uint32)
    assert len(by_fours(*code)[0]) < len(steps)
    every, found = np.arange(60, dtype=np.uint32), np.empty((2, 60))
    for runner, results in zip((interpreter, plain), found, strict=True):
        runner.single(code, start.copy(), every, results)()
    np.testing.assert_allclose(found[0], found[1], rtol=1e-12)
