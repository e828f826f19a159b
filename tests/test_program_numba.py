"""The numba backend beside the eager engine: loops of scalars as machine code."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from autograd import (
    BranchError,
    Op,
    Program,
    Value,
    compiled,
    exp,
    log,
    sin,
    sqrt,
    take,
    tanh,
    where,
)
from tests.engines import check_batch, check_single


def check_numba(
    f: Callable[..., Any], examples: list[tuple[Any, ...]], **options: float
) -> Program:
    """One example and a batch, values and gradients, against the eager engine."""
    program = Program(f, *examples[0], backend="numba")
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


def test_a_chain_is_a_loop() -> None:
    program = check_numba(chain(), [(0.5,), (-1.0,), (2.0,)])
    assert "for _ in range(500):" in program.source
    assert len(program.statements) < 40
    assert "after trace" in str(program.report())


def test_several_outputs() -> None:
    program = check_numba(spring, [([1.0, 0.0],), ([0.5, -0.25],)])
    assert program.jacobian([1.0, 0.0], wrt="inputs").shape == (2, 2)


def test_a_product_of_the_hessian() -> None:
    f = chain(20)
    v = [1.0, -0.5]
    want = Program(f, 0.5).hvp(0.5, v=v)
    got = Program(f, 0.5, backend="numba").hvp(0.5, v=v)
    np.testing.assert_allclose(got, want, rtol=1e-12)


@pytest.mark.parametrize("size", [0, 1, 4])
def test_batches_of_any_size(size: int) -> None:
    f = chain(50)
    program, numpy_program = Program(f, 0.5, backend="numba"), Program(f, 0.5)
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
    program = Program(lambda: a * b, backend="numba")
    assert program() == 6.0
    assert program.value_and_grad()[1].tolist() == [3.0, 2.0]
    check_numba(lambda x: x * x, [(2.0,), (3.0,)])
    assert Program(lambda x: 3.0, 1.0, backend="numba").map([1.0, 2.0]).tolist() == [
        3,
        3,
    ]


def test_integers() -> None:
    w = [Value(1.0), Value(2.0), Value(4.0)]
    check_numba(lambda i, x: take(w, i) * x, [(1, 2.0), (0, 3.0), (2, -1.0)])


def test_special_numbers() -> None:
    """Python would raise for some; here they are IEEE 754's, and zeros are strong."""
    w = Value(2.0)

    def f(x: Any) -> Any:
        return where(x > 0.0, sqrt(x), 0.0) * w + 1.0 / x + exp(x) + log(abs(x))

    examples = [(x,) for x in (1.0, 0.0, -0.0, 800.0, -3.0, math.inf, math.nan)]
    program = check_numba(f, examples)
    assert np.isnan(program.map([1.0, math.nan, 2.0])).tolist() == [False, True, False]
    strong = Program(lambda x: where(x > 0.0, sqrt(x), 0.0), 1.0, backend="numba")
    assert strong.value_and_grad([4.0, 0.0], wrt="inputs")[1][0].tolist() == [
        0.125,
        0.0,
    ]


def test_guards() -> None:
    w = Value(3.0)

    def f(x: Any) -> Any:
        return w * x if x > 0.0 else x

    program = Program(f, 1.0, backend="numba")
    for run in (program, program.value_and_grad):
        with pytest.raises(
            BranchError, match=r"test_program_numba.py.* write autograd"
        ):
            run(-1.0)
    with pytest.raises(BranchError, match="takes another branch"):
        program.map([1.0, -1.0])
    both = compiled(backend="numba")(f)
    assert (both(2.0), both(-2.0), both(4.0)) == (6.0, -2.0, 12.0)
    assert len(both.programs) == 2


def test_what_is_too_long_is_refused_at_once() -> None:
    functions = [sin, tanh, exp, lambda x: x * x]
    order = np.random.default_rng(0).integers(0, 4, size=3000)

    def f(x: Any) -> Any:
        for k in order:
            x = functions[k](x) * 0.1
        return x

    with pytest.raises(ValueError, match=r"too little for numba.* default backend"):
        Program(f, 1.0, backend="numba")


def test_operations_of_the_users_own() -> None:
    cubed = Op("cubed", lambda xp, x: x * x * x, lambda xp, out, x: (3.0 * x * x,))
    w = Value(2.0)
    check_numba(lambda x: cubed(w * x), [(1.0,), (-2.0,)])
    by_math = Op(
        "by_math", lambda xp, x: math.sin(x), lambda xp, out, x: (math.cos(x),)
    )
    with pytest.raises(TypeError, match="the operation by_math can't be compiled"):
        Program(by_math, 1.0, backend="numba")


def test_two_threads() -> None:
    f = chain(50)
    program = Program(f, 0.5, backend="numba")
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
