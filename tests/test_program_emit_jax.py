"""JAX source against the interpreter: the same numbers, also on several devices."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from autograd.program.arrays import Array, Code, Term
from autograd.program.emit.jax_source import write_jax
from autograd.program.emit.runner import compiled
from tests.array_programs import interpret, numbers_for, random_program, same


def both(
    code: Code, outputs: dict[str, Term], *, batch: bool, jit: bool
) -> tuple[list[Any], list[Any]]:
    """What JAX gives, and what the interpreter gives."""
    size = 3 if batch else 1
    numbers = numbers_for(7, size)
    expected = interpret(code, outputs, numbers, size)
    if not batch:
        numbers |= {"x": numbers["x"][0], "index": numbers["index"][0]}
        pairs = zip(outputs.values(), expected, strict=True)
        expected = [b[0] if isinstance(a, Array) and a.batched else b for a, b in pairs]
    run = compiled(write_jax(code, outputs, batch=batch))()
    with jax.enable_x64(True):
        given = [jax.numpy.asarray(x) for x in numbers.values()]
        return list((jax.jit(run) if jit else run)(*given)), expected


@pytest.mark.parametrize("seed", range(16))
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_random_programs_equal_their_interpretation(seed: int) -> None:
    maker, outputs = random_program(seed)
    for batch in (True, False):
        got, expected = both(maker.code, outputs, batch=batch, jit=seed % 8 == 0)
        for a, b in zip(got, expected, strict=True):
            assert a.dtype in (np.float64, np.int64, bool)
            same(a, b)


def dense() -> tuple[Code, dict[str, Term]]:
    """tanh(W x), and the adjoint of W."""
    code = Code()
    theta = code.given("theta", (12,), batched=False)
    x = code.given("x", (3,), batched=True)
    w = code.take(theta, np.arange(12).reshape(4, 3))
    w.hint = "W"
    h = code.call("tanh", code.matmul(x, w, transpose=True))
    slope = code.call("sub", 1.0, code.call("mul", h, h))
    return code, {"h": h, "W_bar": code.outer(slope, x)}


def test_the_source_reads_like_jax_written_by_hand() -> None:
    text = write_jax(*dense(), batch=True).text
    _, _, body = text.partition("    def run")
    assert [line.strip() for line in body.splitlines()] == [
        "(theta, x):",
        "W = theta[rows]",
        "t1 = x @ W.T",
        "t2 = jnp.tanh(t1)",
        "t3 = t2 * t2",
        "t4 = 1.0 - t3",
        't5 = jnp.einsum("ei,ej->ij", t4, x)',
        "return (t2, t5)",
        "",
        "return run",
    ]


def test_a_strong_zero_stops_infinity_in_products() -> None:
    code = Code()
    a = code.given("a", (2, 3), batched=True)
    b = code.given("b", (3, 2), batched=False)
    product = code.matmul(a, b, strong=True)
    summed = code.outer(a, code.turned(b), strong=True)
    outputs: dict[str, Term] = {"product": product, "outer": summed}
    run = compiled(write_jax(code, outputs, batch=True))()
    left = np.array([[[0.0, 1.0, 2.0], [1.0, 0.0, 0.0]]])
    right = np.array([[np.inf, 1.0], [1.0, 0.0], [2.0, 3.0]])
    with jax.enable_x64(True):
        got = jax.jit(run)(left, right)
    same(got[0], [[[5.0, 6.0], [np.inf, 1.0]]])
    same(got[1], [[1.0, 0.0, 3.0], [np.inf, 1.0, 2.0], [np.inf, 2.0, 4.0]])


def test_the_source_passes_ruff(tmp_path: Path) -> None:
    for seed in range(40):
        maker, outputs = random_program(seed)
        for batch in (True, False):
            text = write_jax(maker.code, outputs, batch=batch).text
            (tmp_path / f"program_{seed}_{batch}.py").write_text(text)
    settings = Path(__file__).parent.parent / "pyproject.toml"
    command = [sys.executable, "-m", "ruff", "check", "--config", str(settings)]
    ignored = "ANN,D,N803,N806,PLR09,C901,INP,ERA,A,RUF034,RET504"
    result = subprocess.run(
        [*command, "--ignore", ignored, str(tmp_path)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stdout[-4000:]


_SHARDED = """
import jax, numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from autograd.program.emit.runner import compiled
from autograd.program.emit.jax_source import write_jax
from tests.test_program_emit_jax import dense

assert jax.device_count() == 4
mesh = Mesh(np.array(jax.devices()), ("batch",))
rng = np.random.default_rng(0)
theta, x = rng.normal(size=12), rng.normal(size=(8, 3))
with jax.enable_x64(True):
    run = jax.jit(compiled(write_jax(*dense(), batch=True))())
    one = run(theta, x)
    spread = jax.device_put(x, NamedSharding(mesh, PartitionSpec("batch")))
    many = run(theta, spread)
    assert len(many[0].sharding.device_set) == 4
    for a, b in zip(one, many):
        np.testing.assert_allclose(a, b, rtol=1e-14, atol=1e-15)
"""


def test_four_devices_give_the_numbers_of_one() -> None:
    flags = {"XLA_FLAGS": "--xla_force_host_platform_device_count=4"}
    root = Path(__file__).parent.parent
    result = subprocess.run(
        [sys.executable, "-c", _SHARDED],
        cwd=root,
        env={**os.environ, **flags, "JAX_PLATFORMS": "cpu"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr[-4000:]
