"""Calls of one example: quick where nothing is to be looked at, and as careful."""

from __future__ import annotations

import copy
import gc
import pickle
import threading
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import (
    AnomalyError,
    BranchError,
    Program,
    Value,
    compiled,
    detect_anomaly,
    grad,
    log,
    no_grad,
    sin,
    take,
    tanh,
)
from autograd.program.backends.engines import Backend
from autograd.program.machine import plain, runs
from tests.engines import check_close

W = [Value(0.7), Value(-0.4)]
NUMBERS = st.floats(-3.0, 3.0)


@pytest.fixture(params=["auto", "numpy", "machine", "machine without numba"])
def backend(request: Any, monkeypatch: Any) -> Any:
    """The backends; without numba their instructions run in plain Python."""
    name, _, without = request.param.partition(" ")
    if without:
        monkeypatch.setattr(runs, "runner", lambda: plain)
    return name


def tiny(a: Any, b: Any) -> Any:
    return ((a + b) - (a * b + b**3)) ** 2 / 2


def read(x: Any, y: Any) -> Any:
    return W[0] * sin(x) + tanh(W[1] * y) * x


def rows(x: Any, y: Any) -> Any:
    return W[0] * x[0] * sin(x[1]) + y["k"][1] * x[0] - y["k"][0] * W[1]


FORMS: dict[str, tuple[Callable[..., Any], Callable[..., tuple[Any, ...]]]] = {
    "numbers": (tiny, lambda a, b, c, d: (a, b)),
    "whole numbers": (tiny, lambda a, b, c, d: (int(a), b)),
    "NumPy's numbers": (tiny, lambda a, b, c, d: (np.float64(a), np.float64(b))),
    "numbers and parameters": (read, lambda a, b, c, d: (a, b)),
    "a row": (lambda x: tiny(*x), lambda a, b, c, d: ([a, b],)),
    "a tuple": (lambda x: tiny(*x), lambda a, b, c, d: ((a, b),)),
    "an array": (lambda x: tiny(*x), lambda a, b, c, d: (np.array([a, b]),)),
    "an array among numbers": (
        lambda x, y: read(x[0], y) * x[1],
        lambda a, b, c, d: (np.array([a, b]), c),
    ),
    "a row and a dict": (rows, lambda a, b, c, d: ([a, b], {"k": [c, d]})),
}


def eager(f: Callable[..., Any], arguments: Any) -> tuple[float, Any, list[float]]:
    """Value, gradient in the arguments in their form, gradient in W."""
    leaves: list[Value] = []

    def on_values(x: Any) -> Any:
        if isinstance(x, dict):
            return {key: on_values(part) for key, part in x.items()}
        if isinstance(x, list | tuple | np.ndarray):
            return [*map(on_values, x)]
        leaves.append(Value(float(x)))
        return leaves[-1]

    for w in W:
        w.grad = 0.0
    y = f(*map(on_values, arguments))
    y.backward()
    slopes = [w.grad for w in W]
    for w in W:
        w.grad = 0.0
    return y.data, [x.grad for x in leaves], slopes


def flat(x: Any) -> list[float]:
    if isinstance(x, dict):
        x = [*x.values()]
    if isinstance(x, list | tuple | np.ndarray):
        return [number for part in x for number in flat(part)]
    assert type(x) is float or isinstance(x, np.float64)
    return [x]


@pytest.mark.parametrize("name", FORMS)
@settings(max_examples=20, deadline=None)
@given(a=NUMBERS, b=NUMBERS, c=NUMBERS, d=NUMBERS)
def test_every_form_of_arguments(
    name: str, a: float, b: float, c: float, d: float
) -> None:
    f, form = FORMS[name]
    arguments = form(a, b, c, d)
    want, in_inputs, in_w = eager(f, arguments)
    program = PROGRAMS[name]
    for _ in range(2):
        check_close(program(*arguments), want)
        value, slopes = program.value_and_grad(*arguments, wrt="inputs")
        assert [*map(type, slopes)] == [*map(type, program_form(arguments))]
        check_close([value, *flat(slopes)], [want, *in_inputs], least=1.0)
        if program.parameters:
            value, (in_theta, slopes) = program.value_and_grad(*arguments, wrt="both")
            check_close([value, *in_theta], [want, *in_w], least=1.0)
            check_close(flat(slopes), in_inputs, least=1.0)
            value, in_theta = program.value_and_grad(*arguments)
            check_close([value, *in_theta], [want, *in_w], least=1.0)


def program_form(arguments: Any) -> Any:
    """What a gradient in the arguments is kept in: floats for whole numbers."""
    return [float(x) if isinstance(x, int | float) else x for x in arguments]


PROGRAMS = {
    name: Program(f, *form(0.5, 0.25, 0.125, 1.5), parameters=None, backend="machine")
    for name, (f, form) in FORMS.items()
    if name not in {"whole numbers", "NumPy's numbers"}
}
PROGRAMS |= dict.fromkeys(["whole numbers", "NumPy's numbers"], PROGRAMS["numbers"])


def test_what_is_given_out_stays(backend: Backend) -> None:
    program = Program(read, 0.5, 0.25, backend=backend)
    found = [program.value_and_grad(x, 0.5, wrt="both") for x in (0.1, 0.2, 0.3)]
    kept = copy.deepcopy(found)
    several = Program(lambda x: [x * x, x], 1.0, backend=backend)
    pair = several(3.0)
    for x in (0.4, 0.5):
        program.value_and_grad(x, 0.5, wrt="both")
        several(x)
    for (value, (in_theta, in_x)), (old, (in_theta_then, in_x_then)) in zip(
        found, kept, strict=True
    ):
        assert (value, in_x) == (old, in_x_then)
        assert in_theta.tolist() == in_theta_then.tolist()
    assert pair == [9.0, 3.0]
    found[0][1][0][:] = 7.0  # and is the caller's own
    assert program.value_and_grad(0.1, 0.5, wrt="both")[1][0].tolist() == (
        kept[0][1][0].tolist()
    )


ASKED: dict[str, Callable[[Program], Any]] = {
    "call": lambda p: p(-2.0),
    "value_and_grad": lambda p: p.value_and_grad(-2.0, wrt="inputs"),
    "backward": lambda p: p.backward(-2.0),
}


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_another_branch_is_told_between_calls(
    ask: Callable[[Program], Any], backend: Backend
) -> None:
    w = Value(3.0)
    program = Program(lambda x: w * x if x > 0 else x, 1.0, backend=backend)
    for _ in range(3):
        assert program(2.0) == 6.0
        with pytest.raises(BranchError, match="x > 0"):
            ask(program)
    assert w.grad == 0.0


def test_whoever_listens_hears(backend: Backend) -> None:
    program = Program(lambda x: log(x) * 2.0, 1.0, backend=backend)
    with np.errstate(all="ignore"):
        for _ in range(2):
            assert program(1.0) == 0.0
            assert np.isnan(program(-1.0))
            with detect_anomaly(), pytest.raises(AnomalyError):
                program(-1.0)
            with detect_anomaly(), pytest.raises(AnomalyError):
                program.value_and_grad(-1.0, wrt="inputs")


def test_parameters_and_theta(backend: Backend) -> None:
    w = Value(2.0)
    program = Program(lambda x: w * w * x, 1.0, backend=backend)
    assert program(3.0) == 12.0
    w.data = 3.0
    assert program(3.0) == 27.0
    assert program(3.0, theta=[1.0]) == 3.0
    assert program.value_and_grad(3.0, theta=[1.0])[1].tolist() == [6.0]
    program.write([4.0])
    assert program.value_and_grad(3.0)[1].tolist() == [24.0]
    assert program.backward(3.0) == 48.0
    assert program.backward(3.0) == 48.0
    assert w.grad == 48.0


def test_integers_are_indices(backend: Backend) -> None:
    w = [Value(2.0), Value(5.0)]
    program = Program(lambda x, i: x * take(w, i), 1.0, 0, backend=backend)
    assert [program(3.0, 0), program(3.0, 1)] == [6.0, 15.0]
    value, (in_theta, slopes) = program.value_and_grad(3.0, 1, wrt="both")
    assert (value, in_theta.tolist(), slopes) == (15.0, [0.0, 3.0], (5.0, 0.0))
    with pytest.raises(IndexError, match="index 2 is out of range"):
        program(3.0, 2)
    with pytest.raises(TypeError, match="expected a whole number"):
        program(3.0, 0.5)


WRONG: dict[str, tuple[tuple[Any, ...], type[Exception], str]] = {
    "too few": ((1.0,), ValueError, "expected 2 arguments"),
    "a text": ((1.0, "2"), TypeError, "expected a number, got str"),
    "a Value": ((1.0, Value(2.0)), TypeError, "got a Value: give its .data"),
    "complex": ((1.0, 2j), TypeError, "expected a number, got complex"),
    "a batch": (([1.0, 2.0], [1.0, 2.0]), ValueError, "for a batch use program.map"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_as_ever(name: str, backend: Backend) -> None:
    arguments, error, text = WRONG[name]
    program = Program(tiny, 0.5, 0.25, backend=backend)
    program(1.0, 1.0)
    with pytest.raises(error, match=text):
        program(*arguments)
    assert program(True, 0.0) == program(1.0, 0.0) == 0.5
    assert program(10**400, -1.0) == np.inf


def test_inside_other_calls(backend: Backend) -> None:
    w = Value(3.0)
    program = Program(lambda x: w * x * x, 1.0, backend=backend)
    assert program(2.0) == 12.0
    assert grad(program)(2.0) == 12.0  # it is its function there
    assert grad(lambda v: v * program(2.0))(1.0) == 12.0
    outer = Program(lambda x: program(x) * x, 1.0, backend=backend)
    assert outer.value_and_grad(2.0, wrt="inputs") == (24.0, (36.0,))
    w.data = 1.0
    assert outer(2.0) == 8.0
    y = w * program(2.0)  # a plain number
    y.backward()
    assert (y.data, w.grad) == (4.0, 4.0)
    with no_grad():
        assert program(2.0) == 4.0
        assert program.value_and_grad(2.0)[1].tolist() == [4.0]


def test_what_is_differentiated_is_not_lost_in_a_thread(backend: Backend) -> None:
    def f(w: Any) -> Any:
        program = Program(lambda x: w * w * x, 1.0, backend=backend)
        found: list[Any] = []
        run = threading.Thread(target=lambda: found.append(program(2.0)))
        run.start()
        run.join()
        return found[0]

    assert grad(f)(3.0) == 12.0


def test_threads_share_a_program_and_bind_one_each(backend: Backend) -> None:
    program = Program(read, 0.5, 0.25, backend=backend)
    wrong: list[Any] = []

    def work(n: int) -> None:
        x = np.array(0.1 * n)
        run = program.bind(x, 0.3, wrt="inputs")
        for k in range(200):
            x[()] = 0.1 * n + k
            want, in_inputs, _ = expected[n][k]
            value, gradient = run()
            shared = program.value_and_grad(float(x), 0.3, wrt="inputs")
            found = [value, *gradient, shared[0], *shared[1], program(float(x), 0.3)]
            wrong.append(np.abs(np.subtract(found, [*[want, *in_inputs] * 2, want])))

    expected = [[eager(read, (0.1 * n + k, 0.3)) for k in range(200)] for n in range(4)]
    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(wrong) == 800
    assert np.max(wrong) < 1e-13


def test_many_calls_keep_nothing(backend: Backend) -> None:
    program = Program(read, 0.5, 0.25, backend=backend)
    x = np.array([0.5, 0.25])
    run = program.bind(x[:1].reshape(()), 0.25, wrt="parameters")

    def calls(count: int) -> None:
        for _ in range(count):
            run()
            program(0.5, 0.25)
            program.value_and_grad(0.5, 0.25, wrt="both")

    calls(20)
    gc.collect()
    tracemalloc.start()
    try:
        calls(20)
        before, objects = tracemalloc.get_traced_memory()[0], len(gc.get_objects())
        calls(500)
        gc.collect()
        after = tracemalloc.get_traced_memory()[0]
        assert len(gc.get_objects()) <= objects + 20
    finally:
        tracemalloc.stop()
    assert after < before + 4_000


def test_a_program_that_has_run_is_copied_and_pickled(backend: Backend) -> None:
    program = Program(read, 0.5, 0.25, backend=backend)
    want = program(0.3, 0.2), program.value_and_grad(0.3, 0.2)[1].tolist()
    program.bind(0.3, 0.2)()
    for other in (copy.copy(program), pickle.loads(pickle.dumps(program))):
        assert (other(0.3, 0.2), other.value_and_grad(0.3, 0.2)[1].tolist()) == want
        assert other.backend == backend
    alone = Program(tiny, 0.5, 0.25, backend=backend)
    alone(0.3, 0.2)
    assert copy.deepcopy(alone)(0.3, 0.2) == alone(0.3, 0.2)


def test_a_compiled_function_of_single_numbers(backend: Backend) -> None:
    k, w = [2.0], Value(3.0)

    @compiled(backend=backend)
    def f(x: Any, y: Any) -> Any:
        return k[0] * w * x * y if x > y else log(x) - y

    for k[0] in (2.0, 5.0, 2.0):
        for _ in range(3):
            with no_grad():
                assert f(2.0, 1.0) == f(2, 1.0) == 6.0 * k[0]
                assert type(f(2.0, 1.0)) is type(f(1.0, 2.0)) is float
                assert f(1.0, 2.0) == f(1.0, Value(2.0)) == -2.0
            x = Value(2.0)
            y = f(x, 1.0) * f(1.0, x) + f(4.0, 1.0)
            w.grad = 0.0
            y.backward()  # 3 k x (0 - x) + 12 k in w, and so on
            assert y.data == pytest.approx(-3.0 * k[0] * 4.0 + 12.0 * k[0])
            assert x.grad == pytest.approx(-2.0 * 3.0 * k[0] * 2.0)
            assert w.grad == pytest.approx(-k[0] * 4.0 + 4.0 * k[0])
            assert f.value_and_grad(2.0, 1.0, wrt="inputs")[1] == pytest.approx(
                (3.0 * k[0], 6.0 * k[0])
            )
            assert grad(f)(2.0, 1.0) == 3.0 * k[0]
            assert grad(grad(f))(1.0, 2.0) == -1.0
            with detect_anomaly(), pytest.raises(AnomalyError):
                f(-1.0, 2.0)
            with no_grad():
                assert np.isnan(f(-1.0, 2.0))
    w.data = np.inf
    assert [f(2.0, 1.0).data, f(2.0, 1.0).op.name] == [np.inf, "mul"]


def test_a_compiled_function_whose_world_is_another_in_every_other_call() -> None:
    k = [0.0]
    f = compiled(backend="machine")(lambda x: k[0] * x)
    for n in range(40):
        k[0] = float(n)
        assert float(f(2.0)) == float(f(2.0)) == 2.0 * n


def test_bound_arguments_of_every_kind(backend: Backend) -> None:
    wide = np.arange(12.0).reshape(3, 4)
    kinds: dict[str, Any] = {
        "in one piece": wide[0, :2],
        "every other one": wide[1, ::2],
        "a column": wide[:2, 1],
        "backward": wide[2, 1::-1],
        "single": np.array([1.0, 2.0], np.float32),
        "whole": np.array([1, 2]),
    }
    fixed = np.array([3.0, 4.0])
    fixed.flags.writeable = False
    kinds["not to be written"] = fixed
    program = Program(lambda x: W[0] * tiny(*x), np.zeros(2), backend=backend)
    thetas = np.array([0.5]), np.array([2], int), np.arange(4.0)[::2][1:]
    for x in kinds.values():
        for theta in thetas:
            run = program.bind(x, theta=theta, wrt="inputs")
            for _ in range(2):
                want = program.value_and_grad(x.tolist(), theta=theta, wrt="inputs")
                value, gradient = run()
                check_close([value, *gradient], [want[0], *flat(want[1])])
                if x.flags.writeable:
                    np.add(x, 1, out=x)


def test_a_bound_run_keeps_what_it_reads(backend: Backend) -> None:
    def made() -> Any:
        x, theta = np.array([0.5, 0.25]), np.array([2.0])
        program = Program(lambda x: W[0] * x[0] * x[1], x, backend=backend)
        return program.bind(x, theta=theta)

    run = made()
    gc.collect()
    _ = [np.full(2, 9.0) for _ in range(100)]
    assert run() == 0.25
