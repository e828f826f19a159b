"""Copies and pickles of a Program: whole ones, or an error that says why not."""

from __future__ import annotations

import copy
import gc
import linecache
import math
import pickle
import subprocess
import sys
import threading
import traceback
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Program, Value, take, tanh
from autograd.program.backends.engines import Backend

SLOPE, UNUSED = Value(3.0, label="slope"), Value(7.0)


def scaled(x: Any) -> Any:
    return SLOPE * x * x * SLOPE


def squared(x: Any) -> Any:
    return x * x


def chosen(w: Any, i: Any, x: list[Any]) -> Any:
    return take(w, i) * x[0] * x[1]


class Curve:
    """An object with Values: two that its loss reads, and one that it does not."""

    def __init__(self) -> None:
        self.a, self.b, self.unused = Value(2.0, label="a"), Value(-1.0), Value(5.0)
        self.rate = 0.1

    def loss(self, x: Any) -> Any:
        return (self.b * self.a * x + self.a * self.a) ** 2

    def __call__(self, x: Any) -> Any:
        return self.loss(x)

    def with_a_global(self, x: Any) -> Any:
        return self.a * SLOPE * x


class Trainer(Curve):
    """An object that holds the program of its own method."""

    def __init__(self) -> None:
        super().__init__()
        self.program = Program(self.loss, 1.0)


def pickled(program: Any) -> Any:
    return pickle.loads(pickle.dumps(program))


WAYS: dict[str, Callable[[Any], Any]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "pickle": pickled,
}

MADE: dict[str, tuple[Callable[[Backend], Program], tuple[Any, ...]]] = {
    "a method": (lambda b: Program(Curve().loss, 1.0, backend=b), (2.0,)),
    "an object": (lambda b: Program(Curve(), 1.0, backend=b), (2.0,)),
    "a method of a part": (lambda b: listed(Curve(), backend=b), (2.0,)),
    "a partial": (
        lambda b: Program(
            partial(chosen, [Value(2.0), Value(3.0)]), 1, [1.0, 2.0], backend=b
        ),
        (1, [3.0, 4.0]),
    ),
    "a module": (
        lambda b: Program(nn.MLP(1, [3, 1], rng=0), [1.0], backend=b),
        ([2.0],),
    ),
    "no parameters": (lambda b: Program(squared, 1.0, backend=b), (2.0,)),
}


def listed(curve: Curve, backend: Backend) -> Program:
    leaves = [curve.unused, curve.a, curve.b]
    return Program(curve.loss, 1.0, parameters=leaves, backend=backend)


def check_copy(program: Program, result: Program, example: tuple[Any, ...]) -> None:
    """The same numbers, by everything that a program can do."""
    assert result is not program
    assert result.backend == program.backend
    assert result(*example) == program(*example)
    assert result.read().tolist() == program.read().tolist()
    assert repr(result) == repr(program)
    batch = [[argument, argument] for argument in example]
    assert np.array_equal(result.map(*batch), program.map(*batch))
    result.check(*example)
    if program.parameters:
        v = np.arange(1.0, len(program.parameters) + 1.0)
        for ask in (Program.value_and_grad, Program.jacobian):
            assert np.array_equal(ask(result, *example)[-1], ask(program, *example)[-1])
        hvp = program.hvp(*example, v=v)
        assert np.array_equal(result.hvp(*example, v=v), hvp)


CASES: list[tuple[str, str, bool, Backend]] = [
    *((m, way, False, "numpy") for m in MADE for way in WAYS),
    *((m, way, True, "numpy") for m in MADE for way in WAYS),
    ("a method", "deepcopy", True, "machine"),
    ("a method", "pickle", True, "jax"),
]


@pytest.mark.parametrize(("made", "way", "was_run", "backend"), CASES)
def test_a_copy_is_whole(made: str, way: str, was_run: bool, backend: Backend) -> None:
    make, example = MADE[made]
    program = make(backend)
    if was_run:
        program.map(*[[argument] for argument in example])
        if program.parameters:
            program.hvp(*example, v=np.ones(len(program.parameters)))
            program.backward(*example)
    result = WAYS[way](program)
    check_copy(program, result, example)
    shared = {*program.parameters} & {*result.parameters}
    assert len(shared) == (len(program.parameters) if way == "copy" else 0)
    before = program(*example)
    result.write(result.read() + 1.0)
    if way != "copy":
        assert program(*example) == before
    check_copy(result, WAYS[way](result), example)


def test_a_copy_of_an_object_and_its_program_share() -> None:
    curve = Curve()
    for way in (copy.deepcopy, pickled):
        other, program = way((curve, Program(curve.loss, 1.0)))
        assert program.parameters == [other.b, other.a]
        other.a.data = 10.0
        assert program(1.0) == other.loss(1.0).data == 8100.0
        program, other = way((Program(curve.loss, 1.0), curve))
        assert [*map(id, program.parameters)] == [id(other.b), id(other.a)]


def test_an_object_that_holds_its_own_program() -> None:
    for way in (copy.deepcopy, pickled):
        trainer = Trainer()
        trainer.a.data = 4.0
        other = way(trainer)
        assert [*map(id, other.program.parameters)] == [id(other.b), id(other.a)]
        check_copy(trainer.program, other.program, (2.0,))
        result = way(trainer.program)
        check_copy(trainer.program, result, (2.0,))
        assert trainer.a not in {*result.parameters, *other.program.parameters}


def test_training_of_a_copy_leaves_the_original_alone() -> None:
    program = Program(Curve().loss, 1.0)
    result = copy.deepcopy(program)
    result.backward(1.0)
    assert [leaf.grad for leaf in program.parameters] == [0.0, 0.0]
    assert all(leaf.grad for leaf in result.parameters)
    assert [leaf.label for leaf in result.parameters] == ["", "a"]


# --- functions -----------------------------------------------------------------


LISTS: list[list[Value] | None] = [None, [SLOPE], [UNUSED, SLOPE]]


@pytest.mark.parametrize("parameters", LISTS)
def test_a_function_is_pickled_by_its_name(parameters: list[Value] | None) -> None:
    program = Program(scaled, 1.0, parameters=parameters)
    for way in (copy.copy, pickled):
        result = way(program)
        assert result.parameters[-1] is SLOPE
        check_copy(program, result, (2.0,))
    with pytest.raises(
        TypeError, match=r"scaled can't be deep-copied.*same parameters"
    ):
        copy.deepcopy(program)


IN_ANOTHER = """
import pickle, sys
program = pickle.loads(sys.stdin.buffer.read())
import tests.test_program_copies as module
assert program.parameters[-1] is module.SLOPE
assert module.SLOPE.data == 0.5, module.SLOPE
program.check(2.0)
print(program(2.0), [leaf.data for leaf in program.parameters])
"""


@pytest.mark.parametrize("parameters", [LISTS[0], LISTS[2]])
def test_a_pickle_brings_its_numbers_to_another_process(
    parameters: list[Value] | None,
) -> None:
    program = Program(scaled, 1.0, parameters=parameters)
    SLOPE.data, UNUSED.data = 0.5, 8.0
    try:
        data = pickle.dumps(program)
    finally:
        SLOPE.data, UNUSED.data = 3.0, 7.0
    found = subprocess.run(
        [sys.executable, "-c", IN_ANOTHER],
        input=data,
        cwd=Path(__file__).parents[1],
        capture_output=True,
        check=False,
    )
    assert not found.returncode, found.stderr.decode()
    numbers = [0.5] if parameters is None else [8.0, 0.5]
    assert found.stdout.decode().split(maxsplit=1) == ["1.0", f"{numbers}\n"]


def local() -> Program:
    w = Value(2.0)
    return Program(lambda x: w * x, 1.0)


def nested() -> Program:
    w = Value(2.0)

    def loss(x: Any) -> Any:
        return w * x

    return Program(loss, 1.0)


def of_a_local_class() -> Program:
    class Local(Curve):
        pass

    return Program(Local().loss, 1.0)


def with_a_partial() -> Program:
    return Program(partial(lambda w, x: w * x, Value(2.0)), 1.0)


@pytest.mark.parametrize("was_run", [False, True])
@pytest.mark.parametrize("make", [local, nested, of_a_local_class, with_a_partial])
def test_what_has_no_name_can_not_be_pickled(
    make: Callable[[], Program], was_run: bool
) -> None:
    program = make()
    if was_run:
        program.map([1.0, 2.0])
    with pytest.raises(TypeError, match=r"pickled with its function.*top of a module"):
        pickle.dumps(program)
    assert copy.copy(program)(2.0) == program(2.0)
    if make in {local, nested}:
        with pytest.raises(TypeError, match="can't be deep-copied"):
            copy.deepcopy(program)
    else:
        check_copy(program, copy.deepcopy(program), (2.0,))


def test_a_method_that_reads_a_global_is_no_whole_copy() -> None:
    curve = Curve()
    for parameters in (None, [curve.a, SLOPE]):
        program = Program(curve.with_a_global, 1.0, parameters=parameters)
        with pytest.raises(
            TypeError, match=r"copy of a program of with_a_global can't"
        ):
            copy.deepcopy(program)
        result = pickled(program)
        with pytest.raises(
            TypeError, match=r"copy of a program of with_a_global can't"
        ):
            result(1.0)
        assert copy.copy(program)(2.0) == 12.0


def test_a_lambda_without_parameters_is_copied() -> None:
    program = Program(lambda x: tanh(x) * 2.0, 1.0)
    check_copy(program, copy.deepcopy(program), (0.3,))
    assert math.isclose(
        copy.deepcopy(program)(0.3), 2.0 * math.tanh(0.3), rel_tol=1e-15
    )


def test_the_example_is_the_program_s_own() -> None:
    example = [1.0, 2.0]
    w = Value(3.0)
    program = Program(lambda x: w * w * x[0] * x[1], example)
    example.append(5.0)
    assert program.hvp([1.0, 2.0], v=[1.0]).tolist() == [4.0]
    assert copy.copy(program)([1.0, 2.0]) == 18.0


# --- threads -------------------------------------------------------------------


def test_copies_and_threads_share_no_buffers() -> None:
    program = Program(nn.MLP(3, [4, 1], rng=1), [0.0] * 3)
    programs = [program, copy.copy(program), copy.deepcopy(program), pickled(program)]
    x = np.random.default_rng(0).normal(size=(4, 16, 3))
    wanted = [program.value_and_grad(rows, wrt="both") for rows in x]
    single = [program(rows[0]) for rows in x]
    wrong: list[Any] = []

    def work(own: Program, k: int) -> None:
        for _ in range(10):
            value, (in_theta, in_x) = own.value_and_grad(x[k], wrt="both")
            same = value == wanted[k][0] and own(x[k][0]) == single[k]
            same = same and np.array_equal(in_theta, wanted[k][1][0])
            wrong.extend([k] * (not (same and np.array_equal(in_x, wanted[k][1][1]))))

    threads = [
        threading.Thread(target=work, args=(own, k))
        for k in range(4)
        for own in (programs[k], program)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


# --- letting go ----------------------------------------------------------------


@contextmanager
def without_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def runs_everything(program: Program) -> None:
    program.map([1.0, 2.0])
    program.value_and_grad([1.0, 2.0])
    program.backward(1.0)
    program.jacobian(1.0, wrt="inputs")
    program.hvp(1.0, v=[1.0])
    program.check(2.0)
    assert program.source
    assert program.report()
    assert program.groups


@pytest.mark.parametrize("backend", ["numpy", "machine", "jax"])
def test_a_dropped_program_is_freed(backend: Backend) -> None:
    w = Value(2.0)
    program = Program(lambda x: tanh(w * x), 1.0, backend=backend)
    runs_everything(program)
    own = copy.copy(program)
    runs_everything(own)
    held = [program, own, program._ready, program._ready.engine, program._recipe.f]
    kept: list[Any] = [*map(weakref.ref, held)]
    with without_collector():
        del program, own, held
        assert [ref() for ref in kept] == [None] * 5


def sources() -> set[str]:
    return {name for name in linecache.cache if "gradtrace program" in name}


def test_the_source_of_a_dropped_program_is_let_go() -> None:
    gc.collect()
    before = sources()
    w = Value(2.0)
    program, same = [
        Program(lambda x: tanh(w * x[0]) + x[1], [1.0, 2.0]) for _ in range(2)
    ]
    program.map([[1.0, 2.0]] * 3)
    made = sources() - before
    assert made
    same.map([[1.0, 2.0]] * 3)
    with without_collector():
        del same
        assert sources() - before == made  # its twin's is its own
        del program
        assert sources() <= before


def test_lines_of_a_program_are_shown_in_a_traceback() -> None:
    w = Value(2.0)
    program = Program(lambda x: tanh(w * x[0]) + x[1], [1.0, 2.0])
    function = program._ready.engine.function("value")  # type: ignore[attr-defined]
    with pytest.raises(TypeError, match="multiply") as caught:
        function(np.ones(1), np.array([["no", "numbers"]]), np.zeros((1, 0)))
    shown = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert "gradtrace program" in shown.filename
    assert shown.line in function.source.lines
