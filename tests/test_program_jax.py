"""The JAX backend and `to_jax` beside the eager engine, on one device and several."""

from __future__ import annotations

import math
import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nn
from autograd import (
    BranchError,
    Op,
    Program,
    Value,
    dot,
    exp,
    grad,
    gradients,
    hessian,
    log,
    maximum,
    relu,
    sigmoid,
    sin,
    softmax,
    softplus,
    sqrt,
    take,
    tanh,
    where,
)
from nn.losses import cross_entropy
from tests.engines import check_batch, check_close, check_single, eager
from tests.random_graphs import on_values, random_recipe
from tests.structured_graphs import CASES

ROOT = Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    """XLA compiles faster if it is not to optimise; the statements are the same."""
    update: Callable[[str, bool], None] = jax.config.update
    update("jax_disable_most_optimizations", True)
    yield
    update("jax_disable_most_optimizations", False)


@pytest.fixture
def _exact() -> Iterator[None]:
    """64 bits for the user's own JAX code."""
    with jax.enable_x64(True):
        yield


def check_jax(
    f: Callable[..., Any], examples: list[tuple[Any, ...]], **options: float
) -> Program:
    """One example and a batch, values and gradients, against the eager engine."""
    program = Program(f, *examples[0], backend="jax")
    check_single(program, f, examples[-1], **options)
    check_batch(program, f, examples, **options)
    return program


def model() -> tuple[Callable[..., Any], list[Value]]:
    """A small loss of two numbers and a target, and its parameters."""
    w = [Value(0.5), Value(-1.0), Value(0.25)]

    def loss(x: Any, y: Any) -> Any:
        return (tanh(w[0] * x[0] + w[1] * x[1]) * w[2] - y) ** 2

    return loss, w


X = np.array([[1.0, 2.0], [3.0, -1.0], [0.5, 0.25], [-2.0, 1.5]])
Y = np.array([0.0, 1.0, -1.0, 0.5])


def model_program() -> Program:
    loss, _ = model()
    return Program(loss, X[0].tolist(), Y[0], backend="jax")


# --- equal to the eager engine ---------------------------------------------------


@pytest.mark.parametrize("name", CASES)
def test_known_structures(name: str) -> None:
    case = CASES[name](2)
    check_jax(case.f, case.examples)


@pytest.mark.parametrize("seed", range(4))
def test_random_programs(seed: int) -> None:
    """Six recipes at a time: compiling is what takes long."""
    rng = random.Random(seed)
    recipes = [random_recipe(rng, 5) for _ in range(6)]
    weights = [[Value(x) for x in recipe.inputs[::2]] for recipe in recipes]

    def f(rows: Any) -> Any:
        total: Any = 0.0
        for recipe, ws, row in zip(recipes, weights, rows, strict=True):
            inputs: list[Any] = [None] * len(recipe.inputs)
            inputs[::2], inputs[1::2] = ws, row
            total += recipe.run(inputs, on_values)
        return total

    def close_by() -> tuple[list[list[float]]]:
        return (
            [
                [x * (1.0 + 1e-4 * rng.random()) for x in r.inputs[1::2]]
                for r in recipes
            ],
        )

    check_jax(f, [close_by() for _ in range(3)], least=1.0)


NUMBERS = [0.0, -0.0, math.inf, -math.inf, math.nan, -800.0, 800.0]


@pytest.mark.parametrize(
    "name", ["dense_layers", "attention", "chosen_by_integers", "choices"]
)
def test_special_numbers(name: str) -> None:
    rng = random.Random(1)

    def spoiled(structure: Any) -> Any:
        if isinstance(structure, list):
            return [spoiled(part) for part in structure]
        special = isinstance(structure, float) and rng.random() < 0.2
        return rng.choice(NUMBERS) if special else structure

    case = CASES[name](0)
    examples = [case.examples[0]]
    examples += [tuple(map(spoiled, example)) for example in case.examples * 2]
    check_jax(case.f, examples, tolerance=1e-9)


def test_an_infinity_behind_a_choice_stays_there() -> None:
    w = Value(2.0)
    program = check_jax(
        lambda x: where(x > 0.0, sqrt(x), 0.0) * w + where(x > 9.0, 1.0, exp(x)),
        [(4.0,), (0.0,), (800.0,)],
    )
    assert program.value_and_grad(0.0, wrt="inputs") == (1.0, (1.0,))


def test_a_value_by_products_that_are_no_longer_strong() -> None:
    """0 times infinity within a gradient that is itself a value."""

    def f(x: Any) -> Any:
        slope = grad(lambda z: where(z > 0.0, sqrt(z), 0.0))(x)
        return where(slope == 0.0, 1.0, x)

    check_jax(f, [(4.0,), (0.0,), (-1.0,)])


def test_products_that_were_filled_with_zeros() -> None:
    """Token 0 never looks at the infinity of token 2, nor at the NaN of 0 times it."""

    def f(shares: Any, values: Any) -> Any:
        found = [
            dot(shares[t][: t + 1], [row[k] for row in values[: t + 1]])
            for t in range(3)
            for k in range(2)
        ]
        return sum([where(y > 0.0, 1.0, 2.0) for y in found])

    shares = [[1.0] * 3] * 3
    values = [[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]
    program = check_jax(
        f, [(shares, values), (shares, [*values[:2], [math.inf, -math.inf]])]
    )
    assert program._ready.engine.passed.blocks.filled


def test_the_reciprocal_of_negative_zero() -> None:
    """XLA takes x + 0.0 for x, also where it is meant to make 0.0 of -0.0."""
    check_jax(log, [(1.0,), (-0.0,), (0.0,)])


def test_nets_and_losses() -> None:
    net = nn.MLP(3, [4, 3], rng=1)

    def f(x: Any, label: Any) -> Any:
        return cross_entropy(net(x), label) + 0.1 * sum(w * w for w in net.parameters())

    rows = np.random.default_rng(0).normal(size=(4, 3)).tolist()
    check_jax(f, list(zip(rows, [0, 2, 1, 1], strict=True)))


# --- every way to call -----------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 3])
@pytest.mark.parametrize("module", [np, jnp], ids=["numpy", "jax"])
def test_batches_of_any_size(size: int, module: Any) -> None:
    numpy_program, program = Program(model()[0], X[0].tolist(), 0.0), model_program()
    with jax.enable_x64(True):
        inputs, targets = module.asarray(X[:size]), module.asarray(Y[:size])
    for arguments in ((inputs, targets), (inputs, Y[:size])):
        value, (in_w, in_x) = program.value_and_grad(*arguments, wrt="both")
        want, (want_w, want_x) = numpy_program.value_and_grad(
            X[:size], Y[:size], wrt="both"
        )
        assert type(value) is float
        for array in (in_w, *in_x):
            assert type(array) is np.ndarray
            assert array.dtype == np.float64
            assert array.flags.writeable
        np.testing.assert_allclose(value, want, rtol=1e-14)
        for got, expected in zip((in_w, *in_x), (want_w, *want_x), strict=True):
            np.testing.assert_allclose(got, expected, rtol=1e-13)
    assert program.map(inputs, targets).shape == (size,)


def test_parameters_may_be_a_vector_of_jax() -> None:
    program = model_program()
    theta = [0.1, 0.2, 0.3]
    value, gradient = program.value_and_grad(X, Y, theta=jnp.array(theta))
    program.write(np.array(theta, np.float32))
    want, expected = program.value_and_grad(X, Y)
    assert value == want
    np.testing.assert_array_equal(gradient, expected)


def test_hessian_products() -> None:
    loss, w = model()
    program = Program(loss, X[0].tolist(), 0.0, backend="jax")
    v = [1.0, -2.0, 0.5]
    want = Program(loss, X[0].tolist(), 0.0).hvp(X, Y, v=v)
    np.testing.assert_allclose(program.hvp(X, Y, v=v), want, rtol=1e-12)
    program.backward(X, Y)
    slopes = program.value_and_grad(X, Y)[1]
    assert [leaf.grad for leaf in w] == slopes.tolist()


def test_what_does_not_depend_on_the_example() -> None:
    a, b = Value(2.0), Value(3.0)
    constant = Program(lambda: a * b, backend="jax")
    assert constant() == 6.0
    assert constant.value_and_grad()[1].tolist() == [3.0, 2.0]
    uniform = Program(lambda x: a * b, 1.0, backend="jax")
    assert uniform.map([1.0, 2.0]).tolist() == [6.0, 6.0]
    value, (in_w, (in_x,)) = uniform.value_and_grad([1.0, 2.0], wrt="both")
    assert (value, in_w.tolist(), in_x.tolist()) == (6.0, [3.0, 2.0], [0.0, 0.0])
    plain = Program(lambda x: [x * x, x, 7.0], 1.0, backend="jax")
    assert plain(3.0) == [9.0, 3.0, 7.0]
    assert plain.map(jnp.ones(2)).tolist() == [[1.0, 1.0, 7.0]] * 2
    assert plain.jacobian(3.0, wrt="inputs").tolist() == [[6.0], [1.0], [0.0]]


def test_structures_of_jax_arrays() -> None:
    w = Value(2.0)

    def f(s: Any) -> Any:
        return s["a"] * w + s["b"][1]

    program = Program(f, {"a": 1.0, "b": [1.0, 2.0]}, backend="jax")
    batch = {"b": jnp.array([[0.0, 1.0], [0.0, 2.0]]), "a": jnp.array([1.0, 3.0])}
    assert program.map(batch).tolist() == [3.0, 8.0]
    with pytest.raises(ValueError, match="a dict with the keys 'a', 'b'"):
        program.map({"a": jnp.ones(2)})


def test_nan_stays_in_its_row() -> None:
    program = model_program()
    inputs = X.copy()
    inputs[1, 0] = math.nan
    assert np.isnan(program.map(inputs, Y)).tolist() == [False, True, False, False]
    _, (in_x, in_y) = program.value_and_grad(inputs, Y, wrt="inputs")
    assert np.isnan(in_x).any(axis=1).tolist() == [False, True, False, False]
    assert np.isnan(in_y).tolist() == [False, True, False, False]


def test_guards() -> None:
    w = Value(3.0)
    program = Program(lambda x: w * x if x > 0.0 else x, 1.0, backend="jax")
    assert program.map(jnp.array([1.0, 2.0])).tolist() == [3.0, 6.0]
    for run in (program.map, program.value_and_grad):
        with pytest.raises(BranchError, match=r"example 1 .*test_program_jax.py"):
            run(np.array([1.0, -2.0]))
    with pytest.raises(BranchError, match="this example"):
        program(-1.0)


@pytest.mark.parametrize("module", [np, jnp], ids=["numpy", "jax"])
def test_integers(module: Any) -> None:
    table = [[Value(float(i + j)) for j in range(2)] for i in range(5)]

    def f(i: Any, x: Any) -> Any:
        row = take(table, i)
        return row[0] * x + row[1]

    program = check_jax(f, [(1, 2.0), (4, 3.0), (1, -1.0)])
    ones = module.ones(2)
    assert program.map(module.array([0, 4]), ones).tolist() == [1.0, 9.0]
    assert program.map(module.array([0.0, 4.0]), ones).tolist() == [1.0, 9.0]
    with pytest.raises(IndexError, match=r"index 5 in example 1 .* from 0 to 4"):
        program.map(module.array([0, 5]), ones)
    with pytest.raises(TypeError, match="expected a whole number"):
        program.map(module.array([0.5, 1.0]), ones)


def test_what_does_not_fit() -> None:
    program = model_program()
    with pytest.raises(ValueError, match="as many examples in every argument"):
        program.map(jnp.ones((4, 2)), jnp.ones(3))
    with pytest.raises((TypeError, ValueError), match=r"an array of shape \(B, 2\)"):
        program.map(jnp.ones((4, 3)), jnp.ones(4))
    with pytest.raises(TypeError, match=r"program\.to_jax"):
        jax.jit(program.map)(jnp.ones((4, 2)), jnp.ones(4))


def test_two_threads() -> None:
    program = model_program()
    want = [program.value_and_grad(X[:n], Y[:n])[1] for n in (1, 2, 3, 4)]
    fresh = model_program()
    found: list[Any] = [None] * 4

    def work(n: int) -> None:
        for _ in range(5):
            found[n - 1] = fresh.value_and_grad(X[:n], Y[:n])[1]

    threads = [threading.Thread(target=work, args=(n,)) for n in (1, 2, 3, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_allclose(found, want, rtol=1e-14)


@pytest.mark.parametrize("wide", [False, True])
def test_64_bits_whatever_the_user_has_chosen(wide: bool) -> None:
    program = model_program()
    want = Program(model()[0], X[0].tolist(), 0.0).value_and_grad(X, Y)
    with jax.enable_x64(wide), jax.numpy_rank_promotion("raise"):
        value, gradient = program.value_and_grad(X, Y)
        inputs = program.value_and_grad(jnp.asarray(X), jnp.asarray(Y))
        assert jnp.ones(1).dtype == (np.float64 if wide else np.float32)
    np.testing.assert_allclose(value, want[0], rtol=1e-14)
    np.testing.assert_allclose(gradient, want[1], rtol=1e-13)
    np.testing.assert_allclose(inputs[1], want[1], rtol=1e-6)
    assert jnp.ones(1).dtype == np.float32


def test_looking_at_it() -> None:
    program = model_program()
    assert program.source.startswith("import jax.numpy as jnp")
    assert any("jnp.tanh" in line for line in program.statements)
    assert "after trace" in str(program.report())
    program.check(X, Y)


# --- several devices -------------------------------------------------------------

_SHARDED = """
import jax, numpy as np
import nn
from autograd import Program
from nn.losses import cross_entropy
from jax.sharding import AxisType, NamedSharding, PartitionSpec

net = nn.MLP(3, [8, 4], activation="tanh", rng=1)
loss = lambda x, label: cross_entropy(net(x), label)
program = Program(loss, [0.0] * 3, 0, backend="jax")
rng = np.random.default_rng(0)
X = rng.normal(size=(8, 3)).astype(np.float32)
Y = rng.integers(0, 4, size=8)
value, gradient = Program(loss, [0.0] * 3, 0).value_and_grad(X, Y)
assert jax.device_count() == 4
for kind in (AxisType.Auto, AxisType.Explicit):
    mesh = jax.make_mesh((4,), ("batch",), axis_types=(kind,))
    rows = NamedSharding(mesh, PartitionSpec("batch"))
    inputs = [jax.device_put(a, rows) for a in (X, Y)]
    many = program.value_and_grad(*inputs)
    np.testing.assert_allclose(many[0], value, rtol=1e-13)
    np.testing.assert_allclose(many[1], gradient, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(program.map(*inputs), program.map(X, Y), rtol=1e-13)

    # A device has two rows of everything, and only sums over the batch are exchanged.
    engine = program._ready.engine
    stacked = engine.stacked(program._ready.signature, inputs).array
    assert stacked.sharding.shard_shape(stacked.shape) == (2, 4)
    with jax.enable_x64(True):
        function = engine.function("parameters")
        theta, seed = program.read(), np.full((8, 1), 1 / 8)
        compiled = function.lower(theta, stacked, seed).compile()
        outputs = compiled(theta, stacked, seed).outputs
    assert outputs.sharding.shard_shape((8, 1)) == (2, 1)
    text = compiled.as_text()
    assert "all-reduce" in text
    assert "all-gather" not in text and "all-to-all" not in text
    assert "f64[8,2]" in text and "f64[8,8]" not in text  # the hidden layer
"""


def test_a_batch_spread_over_four_devices() -> None:
    flags = {"XLA_FLAGS": "--xla_force_host_platform_device_count=4"}
    run_python(_SHARDED, {**flags, "JAX_PLATFORMS": "cpu"})


def run_python(code: str, environment: dict[str, str]) -> None:
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=ROOT,
        env={**os.environ, **environment},
        check=False,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr[-4000:]


# --- without JAX -----------------------------------------------------------------

_WITHOUT = """
import sys
import autograd
assert not {"jax", "numba"} & sys.modules.keys()
sys.modules["jax"] = sys.modules["numba"] = None
f = lambda x: x * x
for make in (
    lambda: autograd.Program(f, 1.0, backend="jax"),
    lambda: autograd.Program(f, 1.0).to_jax(),
):
    try:
        make()
    except ImportError as error:
        print(error)
    else:
        raise SystemExit("no error")
for backend in ("numpy", "machine"):
    assert autograd.Program(f, 3.0, backend=backend)(3.0) == 9.0
"""


def test_without_the_packages_there_is_numpy_and_the_machine() -> None:
    result = subprocess.run(
        [sys.executable, "-c", _WITHOUT],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr[-2000:]
    jax_line, to_jax_line = result.stdout.splitlines()
    assert 'pip install "gradtrace[jax]"' in jax_line
    assert to_jax_line == jax_line


# --- to_jax ----------------------------------------------------------------------


@pytest.mark.usefixtures("_exact")
@pytest.mark.parametrize("name", ["dense_layers", "attention", "chosen_by_integers"])
def test_to_jax_under_vmap(name: str) -> None:
    case = CASES[name](3)
    program = Program(case.f, *case.examples[0])
    f, theta = program.to_jax(), jnp.asarray(program.read())
    columns = [jnp.array(column) for column in zip(*case.examples, strict=True)]
    axes = (None, *[0] * len(columns))
    values, slopes = jax.jit(jax.vmap(jax.value_and_grad(f), axes))(theta, *columns)
    for value, slope, example in zip(values, slopes, case.examples, strict=True):
        want, expected, _ = eager(case.f, example, program.parameters)
        check_close(value, want[0])
        check_close(slope, expected[0])


@pytest.mark.usefixtures("_exact")
def test_to_jax_in_a_larger_function() -> None:
    """A step of gradient descent, compiled as a whole."""
    numpy_program = Program(model()[0], X[0].tolist(), 0.0)
    f = numpy_program.to_jax()

    def loss(theta: Any, scale: Any, inputs: Any, targets: Any) -> Any:
        return jax.vmap(f, (None, 0, 0))(theta, inputs * scale, targets).mean()

    @jax.jit
    def update(theta: Any, inputs: Any, targets: Any) -> Any:
        value, slope = jax.value_and_grad(loss)(theta, 2.0, inputs, targets)
        return theta - 0.1 * slope, value

    theta, want = jnp.asarray(numpy_program.read()), numpy_program.read()
    for _ in range(5):
        theta, value = update(theta, X, Y)
        expected, slope = numpy_program.value_and_grad(2.0 * X, Y, theta=want)
        want = want - 0.1 * slope
        check_close(value, expected)
        check_close(theta, want)


SECOND: dict[str, tuple[Callable[[Any, Any], Any], list[float], list[float]]] = {
    "smooth": (lambda w, x: (tanh(x[0] * w[0]) - x[1]) ** 2, [2.0], [0.4, 1.0]),
    "sigmoid at 0": (lambda w, x: w[0] * sigmoid(x[0]), [2.0], [0.0]),
    "softplus at 0": (lambda w, x: w[0] * softplus(w[0] * x[0]), [2.0], [0.0]),
    "relu at 0": (lambda w, x: w[0] * relu(x[0]) * x[0], [2.0], [0.0]),
    "a tie": (lambda w, x: maximum(w[0] * w[0], x[0] * x[0]), [2.0], [2.0]),
    "no leak": (lambda w, x: where(x[0] > 0.0, sqrt(x[0]), 0.0) * w[0], [2.0], [0.0]),
    "a gradient inside": (
        lambda w, x: grad(lambda z: tanh(z * w[0]) * z)(x[0]) * w[0],
        [2.0],
        [0.3],
    ),
    "softmax": (lambda w, x: softmax([w[0] * x[0], x[1], w[0]])[0], [0.3], [1.0, -1.0]),
}


@pytest.mark.usefixtures("_exact")
@pytest.mark.parametrize("name", SECOND)
def test_derivatives_are_those_of_the_table(name: str) -> None:
    """First and second ones, at kinks and where infinities wait, too."""
    f, weights, inputs = SECOND[name]
    leaves = [Value(w) for w in weights]
    count = len(weights)
    whole = Program(lambda x: f(leaves, x), inputs, parameters=leaves).to_jax()
    together = jax.grad(lambda v: whole(v[:count], v[count:]))
    point = [*weights, *inputs]
    slopes, curvature = jax.jit(lambda v: (together(v), jax.jacrev(together)(v)))(
        jnp.array(point)
    )
    check_close(slopes, [*grad(lambda v: f(v[:count], v[count:]))(point)])
    check_close(curvature, hessian(lambda v: f(v[:count], v[count:]))(point))


@pytest.mark.usefixtures("_exact")
def test_third_derivatives() -> None:
    f = Program(tanh, 0.3).to_jax()
    third = jax.grad(jax.grad(jax.grad(lambda x: f(jnp.zeros(0), x))))
    want = grad(grad(grad(tanh)))(0.3)
    check_close(third(0.3), want)


def test_no_leak_under_vmap() -> None:
    w = Value(2.0)
    f = Program(lambda x: where(x > 0.0, sqrt(x), 0.0) * w, 1.0).to_jax()
    pull = jax.vmap(jax.grad(f, (0, 1)), (None, 0))
    slopes = pull(jnp.ones(1), jnp.array([4.0, 0.0]))
    assert slopes[0].tolist() == [[2.0], [0.0]]
    assert slopes[1].tolist() == [0.25, 0.0]
    # Arrays or the machine have the whole batch, not both and then a choice.
    assert "cond[" in str(jax.make_jaxpr(pull)(jnp.ones(1), jnp.ones(2)))


def test_structures_in_and_out() -> None:
    w = [Value(1.0), Value(2.0)]

    def f(s: Any, rows: Any) -> Any:
        total = s["a"] * w[0] + s["b"][0] * w[1]
        return {"total": total, "rows": rows * w[0], "rest": (s["b"][1], 3.0)}

    example = {"a": 1.0, "b": (2.0, 3.0)}, np.ones((2, 2))
    g = jax.jit(Program(f, *example).to_jax())
    theta = jnp.array([10.0, 100.0])
    for rows in (2.0 * jnp.ones((2, 2)), [[2.0, 2.0], [2.0, 2.0]]):
        found = g(theta, {"b": (jnp.float32(2.0), 3.0), "a": 1.0}, rows)
        assert [*found] == ["rest", "rows", "total"]  # jit sorts what it returns
        assert (found["total"], found["rest"]) == (210.0, (3.0, 3.0))
        assert found["rows"].tolist() == [[20.0, 20.0], [20.0, 20.0]]
    together = Program(f, *example).to_jax()(theta, (example[0], example[1]))
    assert together["total"] == 210.0
    slopes = jax.grad(lambda s: g(theta, s, jnp.ones((2, 2)))["total"])(example[0])
    assert slopes == {"a": 10.0, "b": (100.0, 0.0)}


def test_precision_is_that_of_jax() -> None:
    program = Program(model()[0], X[0].tolist(), 0.0)
    f, theta = program.to_jax(), jnp.asarray(program.read(), jnp.float32)
    value, slope = jax.value_and_grad(f)(theta, X[0], Y[0])
    assert (value.dtype, slope.dtype) == (jnp.float32, jnp.float32)
    want, expected = program.value_and_grad(X[0].tolist(), Y[0])
    np.testing.assert_allclose(value, want, rtol=1e-5)
    np.testing.assert_allclose(slope, expected, rtol=1e-5)
    with jax.enable_x64(True):
        assert f(theta, X[0], Y[0]).dtype == jnp.float64
        assert jax.grad(f)(theta, X[0], Y[0]).dtype == jnp.float32


def test_tokens() -> None:
    table = [[Value(float(10 * i + j)) for j in range(2)] for i in range(3)]

    def f(tokens: Any) -> Any:
        rows = [take(table, token) for token in tokens]
        return [row[0] * row[1] for row in rows]

    program = Program(f, [0, 1])
    g, theta = program.to_jax(), jnp.asarray(program.read())
    found = jax.jit(jax.vmap(g, (None, 0)))(theta, jnp.array([[0, 2], [1, 1]]))
    assert [x.tolist() for x in found] == [[0.0, 110.0], [420.0, 110.0]]
    slope = jax.grad(lambda theta: g(theta, jnp.array([0, 2]))[1])(theta)
    assert slope.tolist() == [0.0, 0.0, 21.0, 0.0, 0.0, 20.0]
    for wrong in ([0, 3], [0, -1], [0, 0.5]):
        assert all(math.isnan(x) for x in g(theta, jnp.array(wrong)))
        assert jnp.isnan(jax.grad(lambda t, i=wrong: g(t, i)[0])(theta)).all()


def test_an_example_of_another_branch_is_nan() -> None:
    """JAX can raise nothing while it runs; but nothing wrong comes out."""
    w = Value(3.0)
    f = Program(lambda x: w * x * x if x > 0.0 else x, 1.0).to_jax()
    theta, inputs = jnp.array([3.0]), jnp.array([2.0, -2.0])
    assert str(jax.vmap(f, (None, 0))(theta, inputs).tolist()) == "[12.0, nan]"
    slope = jax.grad(f, 1)
    assert str(jax.vmap(slope, (None, 0))(theta, inputs).tolist()) == "[12.0, nan]"
    curvature = jax.vmap(jax.grad(slope, 1), (None, 0))(theta, inputs)
    assert str(curvature.tolist()) == "[6.0, nan]"


def test_what_to_jax_refuses() -> None:
    f, theta = model_program().to_jax(), jnp.ones(3)
    x, y = jnp.ones(2), jnp.float32(0.0)
    with pytest.raises(TypeError, match="expected theta and 2 inputs, got theta and 1"):
        f(theta, x)
    with pytest.raises(ValueError, match=r"theta: expected shape \(3,\), got \(2,\)"):
        f(jnp.ones(2), x, y)
    with pytest.raises(
        ValueError, match="argument 0: expected a list of 2 numbers, got"
    ):
        f(theta, y, x)
    with pytest.raises(
        ValueError, match="argument 0: expected a list of 2 numbers, got"
    ):
        jax.jit(f)(theta, [1.0, 2.0, 3.0], y)
    with pytest.raises(TypeError, match="forward-mode"):
        jax.jvp(lambda theta: f(theta, x, y), (theta,), (theta,))


def test_operations_of_the_users_own() -> None:
    def d_cubed(xp: Any, out: Any, x: Any) -> tuple[Any]:
        return (3.0 * x * x,)

    cubed = Op("cubed", lambda xp, x: x * x * x, d_cubed)
    w = Value(2.0)
    program = check_jax(lambda x: cubed(w * x), [(1.0,), (-2.0,), (0.0,)])
    second = jax.grad(jax.grad(program.to_jax(), 1), 1)(jnp.array([2.0]), 3.0)
    assert second == 6.0 * 3.0 * 2.0**3


# --- long repetitions -----------------------------------------------------------

GAINS = [Value(0.7), Value(-0.4), Value(0.2)]


def filtered(seen: Any, start: Any) -> Any:
    """A filter whose every step reads the one before, two inputs and the gains."""
    place: Any = start
    speed: Any = 0.0
    spread: Any = 1.0
    total: Any = 0.0
    for y in seen:
        place = place + 0.1 * speed
        speed = tanh(GAINS[0] * speed + GAINS[1] * sin(place))
        spread = spread * GAINS[2] ** 2 + 0.5
        off = y - place
        gain = spread / (spread + 0.3)
        place, spread = place + gain * off, spread - gain * spread
        total = total + log(spread) + maximum(off, 0.0) * off / spread
    return total, place


SEEN = [float(y) for y in np.random.default_rng(2).normal(size=16)]
FILTERED = [
    (SEEN, 0.1),
    (SEEN[::-1], -0.0),
    ([math.inf, *SEEN[1:]], 0.5),
    ([*SEEN[:-1], math.nan], 0.5),
]


def test_long_repetitions_are_scanned_and_the_numbers_are_the_same() -> None:
    program = Program(filtered, *FILTERED[0], backend="jax")
    for example in FILTERED:
        check_single(program, filtered, example)
    check_batch(program, filtered, FILTERED)
    check_batch(program, filtered, FILTERED[:1])


@pytest.mark.usefixtures("_exact")
def test_long_repetitions_are_compiled_once() -> None:
    program = Program(filtered, *FILTERED[0])
    pure, theta = program.to_jax(), program.read()
    rows, starts = np.array([SEEN, SEEN[::-1]]), np.array([0.1, 0.2])

    def loss(theta: Any, seen: Any, start: Any) -> Any:
        return pure(theta, seen, start)[0]

    slopes = jax.vmap(jax.grad(loss), (None, 0, 0))
    assert "scan" in str(jax.make_jaxpr(slopes)(theta, rows, starts))
    found = jax.jit(slopes)(theta, rows, starts)
    for row, seen, start in zip(found, rows.tolist(), starts.tolist(), strict=True):
        wanted = gradients(filtered(seen, start)[0], GAINS)
        np.testing.assert_allclose(row, wanted, rtol=1e-12)


def test_long_repetitions_run_in_single_precision() -> None:
    pure = Program(filtered, *FILTERED[0]).to_jax()
    total, _ = pure(np.array([0.7, -0.4, 0.2]), np.array(SEEN), 0.1)
    assert total.dtype == np.float32
    assert float(total) == pytest.approx(float(filtered(SEEN, 0.1)[0]), rel=1e-4)


def steps_of_a_recurrence(count: int) -> tuple[Callable[..., Any], Any]:
    """The end of h = tanh(a h + b x), and some xs."""

    def recurrence(xs: Any) -> Any:
        h: Any = 0.0
        for x in xs:
            h = tanh(GAINS[0] * h + GAINS[1] * x)
        return h

    return recurrence, np.random.default_rng(3).normal(size=count)


@pytest.mark.usefixtures("_exact")
def test_what_is_compiled_does_not_grow_with_the_steps() -> None:
    sizes = []
    for count in (60, 240):
        f, xs = steps_of_a_recurrence(count)
        program = Program(f, xs)
        slopes = jax.jit(jax.value_and_grad(program.to_jax(), (0, 1)))
        text: str = slopes.lower(program.read(), xs).as_text()
        sizes.append(text.count("\n"))
    assert max(sizes) < 500
    value, (in_theta, in_x) = slopes(program.read(), xs)
    leaves = [Value(x) for x in xs]
    wanted = f(leaves)
    by_hand = gradients(wanted, [*GAINS[:2], *leaves])
    np.testing.assert_allclose(value, wanted.data, rtol=1e-13)
    np.testing.assert_allclose([*in_theta, *in_x], by_hand, rtol=1e-11, atol=1e-300)


def test_a_recurrent_layer_is_scanned_with_its_units_side_by_side() -> None:
    layer = nn.LSTM(2, 4, rng=0)
    for leaf in layer.parameters():
        leaf.data *= 0.5

    def last(steps: Any) -> Any:
        _, (h, _) = layer(steps)
        return sum(x * x for x in h[0])

    rng = np.random.default_rng(4)
    examples: Any = [(rng.normal(size=(12, 2)).tolist(),) for _ in range(3)]
    examples += [([[math.inf, 0.0], *examples[0][0][1:]],)]
    program = Program(last, *examples[0], backend="jax")
    for example in examples[::3]:
        check_single(program, last, example)
    check_batch(program, last, examples)
