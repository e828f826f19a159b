"""`to_c`: what a C compiler makes of a program, beside the eager engine."""

from __future__ import annotations

import ctypes
import math
import random
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nn
from autograd import (
    Program,
    Value,
    batch_mean,
    dot,
    exp,
    log,
    logsumexp,
    maximum,
    sin,
    softmax,
    sqrt,
    tanh,
    where,
)
from tests.engines import check_close, eager
from tests.random_graphs import on_values, random_recipe

COMPILER = shutil.which("cc")
pytestmark = pytest.mark.skipif(COMPILER is None, reason="there is no C compiler here")
STRICT = ("-std=c99", "-O1", "-Wall", "-Wextra", "-pedantic", "-Werror")
W = [Value(0.7), Value(-0.4)]


def compiled(source: str, folder: Path, *options: str) -> Path:
    """What the compiler makes of a source, every warning an error."""
    (folder / "program.c").write_text(source, encoding="utf-8")
    made = folder / "program"
    command = [str(COMPILER), *STRICT, *options, "program.c", "-lm", "-o", str(made)]
    found = subprocess.run(
        command, cwd=folder, check=False, capture_output=True, text=True
    )
    assert found.returncode == 0, found.stderr
    return made


class InC:
    """A program as C has it."""

    def __init__(self, program: Program, folder: Path) -> None:
        self.library = ctypes.CDLL(
            str(compiled(program.to_c(), folder, "-shared", "-fPIC"))
        )
        self.theta = program.read()

    def __call__(self, example: Sequence[Any], seed: Sequence[float]) -> Any:
        """The answer and the outputs, theirs again, and the two gradients."""
        x = np.array([float(v) for part in example for v in np.ravel(part)])
        weights = np.array(seed)
        once, again = np.zeros((2, len(seed)))
        in_theta, in_x = np.zeros(len(self.theta)), np.zeros(len(x))
        value = self._run("value", x, self.theta, once)
        given = x, self.theta, weights, again, in_theta, in_x
        assert self._run("gradient", *given) == value
        np.testing.assert_array_equal(once, again)
        return value, once, in_theta, in_x

    def _run(self, name: str, *arrays: Any) -> int:
        run = getattr(self.library, f"program_{name}")
        return int(run(*[a.ctypes.data_as(ctypes.c_void_p) for a in arrays]))


def check(
    f: Callable[..., Any], examples: Sequence[Sequence[Any]], folder: Path
) -> None:
    """Hold values and gradients of all outputs to the eager engine's."""
    program = Program(f, *examples[0])
    in_c = InC(program, folder)
    for example in examples:
        outputs, slopes, in_x = eager(f, example, program.parameters)
        for k in range(len(outputs)):
            seed = [float(i == k) for i in range(len(outputs))]
            answer, found, theta_bar, x_bar = in_c(example, seed)
            assert answer == 0
            check_close(found, outputs)
            check_close(theta_bar, slopes[k])
            check_close(x_bar, in_x[k])


def kinks(x: Any) -> Any:
    chosen = where(x[0] > 0.0, sqrt(maximum(x[0], 0.0)), 0.0)
    return chosen * W[0] + 1.0 / (x[1] + 0.5) + log(x[0]) * W[1]


def long_sum(x: Any) -> Any:
    return [dot([*x, *x] * 6, [*W, *W] * 6), logsumexp([*x, *W]), softmax([*x, *W])]


def net(x: Any) -> Any:
    return NET(x)


NET = nn.MLP(2, [6, 5, 3], activation="sigmoid", rng=0)
SPECIAL = [([0.5, 0.3],), ([0.0, -0.5],), ([math.nan, 1.0],), ([2.0, math.inf],)]


@pytest.mark.parametrize("f", [kinks, long_sum, net], ids=lambda f: f.__name__)
def test_values_and_gradients_are_the_eager_ones(f: Any, tmp_path: Path) -> None:
    check(f, SPECIAL, tmp_path)


@pytest.mark.parametrize("seed", range(12))
def test_random_programs(seed: int, tmp_path: Path) -> None:
    recipe = random_recipe(random.Random(seed), 12)
    check(lambda x: recipe.run(x, on_values), [([*recipe.inputs],)], tmp_path)


def test_a_long_program_is_cut_into_functions(tmp_path: Path) -> None:
    def chain(x: Any) -> Any:
        for _ in range(3000):
            x = tanh(W[0] * x + W[1]) + 0.1 * sin(x)
        return x

    check(chain, [(0.3,), (-2.0,)], tmp_path)


def test_main_prints_the_example(tmp_path: Path) -> None:
    program = Program(lambda x, y: exp(W[0] * x) * y + W[1], 2.0, -3.0)
    found = subprocess.run(
        [compiled(program.to_c(), tmp_path)], check=True, capture_output=True, text=True
    )
    rows = [line.rsplit(" ", 1) for line in found.stdout.splitlines()]
    names = ["output 0", "theta_bar 0", "theta_bar 1", "x_bar 0", "x_bar 1"]
    assert [name for name, _ in rows] == names
    w, v = (x.data for x in W)
    e = math.exp(2.0 * w)
    wanted = [-3.0 * e + v, -6.0 * e, 1.0, -3.0 * w * e, e]
    assert [float(x) for _, x in rows] == pytest.approx(wanted, rel=1e-14)


def test_a_comparison_that_is_decided_otherwise_is_told(tmp_path: Path) -> None:
    def f(x: Any, y: Any) -> Any:
        if x > 0.0 and not y > 1.0:
            return x * y
        return x

    in_c = InC(Program(f, 2.0, 0.5), tmp_path)
    answers = [in_c((x, y), [1.0])[0] for x, y in ((3.0, 1.0), (-1.0, 0.5), (1.0, 2.0))]
    assert answers == [0, 1, 2]


@pytest.mark.parametrize("f", [lambda: 3.0, lambda x: x, lambda x: [x, 2.0, math.inf]])
def test_programs_of_hardly_anything(f: Any, tmp_path: Path) -> None:
    check(f, [(0.5,) * f.__code__.co_argcount], tmp_path)


def test_a_hostile_name_stays_within_its_comment(tmp_path: Path) -> None:
    def f(x: Any) -> Any:
        return x * W[0]

    f.__name__ = f.__qualname__ = "*/ #error \\"
    check(f, [(0.5,)], tmp_path)


def test_means_over_a_batch_are_refused() -> None:
    with pytest.raises(TypeError, match="to_c gives a function of one example"):
        Program(lambda x: batch_mean(x) * x, 1.0).to_c()
