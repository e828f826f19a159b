"""Compiled functions on batches: as Program, with the form told by earlier calls."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
import pytest

import nn
from autograd import Program, Value, compiled, no_grad, take
from autograd.errors import CompilationWarning
from autograd.structure import flatten

rng = np.random.default_rng(7)
X, Y = rng.normal(size=(6, 2)), rng.normal(size=6)


def numbers(answer: Any) -> list[float]:
    return [float(x) for x in flatten([*answer])]


def net() -> tuple[Any, Any]:
    model = nn.MLP(2, [3, 1], activation="tanh", rng=0)

    def loss(x: Any, y: Any) -> Any:
        return (model(x) - y) ** 2

    return model, loss


FORMS = [(X, Y), (X.tolist(), Y.tolist()), ([*map(tuple, X.tolist())], [*Y])]


@pytest.mark.parametrize("called_before", [True, False])
@pytest.mark.parametrize("batch", FORMS)
@pytest.mark.parametrize("backend", ["numpy", "machine", "jax"])
def test_all_questions(called_before: bool, batch: Any, backend: Any) -> None:
    model, loss = net()
    f = compiled(backend=backend)(loss)
    program = Program(loss, batch[0][0], batch[1][0])
    if called_before:
        f(batch[0][0], batch[1][0])
    for wrt in ("parameters", "inputs", "both"):
        got, want = (g.value_and_grad(*batch, wrt=wrt) for g in (f, program))
        np.testing.assert_allclose(numbers(got), numbers(want), rtol=1e-11, atol=1e-14)
    v = rng.normal(size=len(program.parameters))
    np.testing.assert_allclose(
        f.hvp(*batch, v=v), program.hvp(*batch, v=v), rtol=1e-10, atol=1e-13
    )
    theta = program.read() + 0.1
    got, want = (g.value_and_grad(*batch, theta=theta) for g in (f, program))
    np.testing.assert_allclose(got[1], want[1], rtol=1e-11, atol=1e-14)
    assert f.backward(*batch) == pytest.approx(program.value_and_grad(*batch)[0])
    gradient = program.value_and_grad(*batch)[1]
    grads = [leaf.grad for leaf in program.parameters]
    np.testing.assert_allclose(grads, gradient, rtol=1e-11, atol=1e-14)
    single = batch[0][2], batch[1][2]
    np.testing.assert_allclose(
        f.jacobian(*single), program.jacobian(*single), rtol=1e-11, atol=1e-14
    )
    np.testing.assert_allclose(
        f.jacobian(*single, wrt="inputs", theta=theta),
        program.jacobian(*single, wrt="inputs", theta=theta),
        rtol=1e-11,
    )
    assert [*map(id, f.parameters)] == [*map(id, program.parameters)]
    np.testing.assert_allclose(f(*single, theta=theta), program(*single, theta=theta))
    np.testing.assert_allclose(f.map(*batch), program.map(*batch), rtol=1e-12)
    assert len(model.parameters()) == len(program.parameters)


def test_one_example_or_a_batch() -> None:
    w = Value(3.0)
    f = compiled(lambda x: w * x)
    assert f(2.0) == 6.0
    value, gradient = f.value_and_grad([1.0, 2.0, 6.0])
    assert (value, gradient.tolist()) == (9.0, [3.0])
    assert f.value_and_grad(2.0)[0] == 6.0
    assert len(f.programs) == 1


def test_a_first_call_with_a_batch() -> None:
    w = Value(3.0)
    f = compiled(lambda x, y: (w * x - y) ** 2)
    for _ in range(2):
        value, gradient = f.value_and_grad(np.array([1.0, 2.0]), np.array([3.0, 5.0]))
        assert (value, gradient.tolist()) == (0.5, [2.0])


def test_a_first_call_with_one_example_that_looks_like_a_batch() -> None:
    w = Value(3.0)
    f = compiled(lambda xs: sum(w * x * x for x in xs))
    assert f.value_and_grad([1.0, 2.0])[0] == 15.0
    assert f.value_and_grad([[1.0, 2.0], [0.0, 0.0]])[0] == 7.5


def test_the_last_used_form_comes_first() -> None:
    w = Value(1.0)

    def f(x: Any) -> Any:
        rows = x if isinstance(x, list) else [x]
        return sum((w * r for r in rows), start=0.0)

    g = compiled(f)
    g(2.0)
    assert g.value_and_grad([1.0, 3.0])[0] == 2.0
    g([1.0, 1.0])
    assert g.value_and_grad([1.0, 3.0])[0] == 4.0  # one example, as before
    assert g.value_and_grad([[1.0, 3.0], [5.0, 7.0]])[0] == 8.0


def test_neither_example_nor_batch() -> None:
    _, loss = net()
    f = compiled(loss)
    with pytest.raises(ValueError, match="expects 2 inputs, got 3") as caught:
        f.value_and_grad([1.0, 2.0, 3.0], 0.5)
    assert "call it on one example first" in str(caught.value.__notes__)
    with pytest.raises(TypeError, match="returns 2 numbers"):
        compiled(lambda x: [x, x]).backward(2.0)


def test_examples_that_take_several_branches() -> None:
    w = [Value(2.0), Value(5.0)]

    def plain(x: Any) -> Any:
        return w[0] * x * x if x > 0.0 else w[1] * x + w[0]

    f = compiled(parameters=w)(plain)
    xs = [1.0, -2.0, 3.0, -1.0]
    want_value = np.mean([plain(x).data for x in xs])
    want = np.mean([[x * x, 0.0] if x > 0 else [1.0, x] for x in xs], axis=0)
    value, (in_w, (in_x,)) = f.value_and_grad(xs, wrt="both")
    assert value == pytest.approx(want_value)
    np.testing.assert_allclose(in_w, want)
    slopes = [2 * 2.0 * x if x > 0 else 5.0 for x in xs]
    np.testing.assert_allclose(in_x, np.array(slopes) / 4)
    assert f.backward(np.array(xs)) == pytest.approx(want_value)
    np.testing.assert_allclose([leaf.grad for leaf in w], want)
    unlisted = compiled(plain)
    assert unlisted.backward(xs) == pytest.approx(want_value)
    np.testing.assert_allclose([leaf.grad for leaf in w], 2 * want)
    np.testing.assert_allclose(unlisted.value_and_grad(xs)[1], want)
    hvp = f.hvp(xs, v=[1.0, 1.0])
    assert hvp.tolist() == [0.0, 0.0]


def test_batches_of_what_runs_eagerly() -> None:
    w = Value(2.0)
    f = compiled(parameters=[w])(lambda x: w * w * float(x))
    with pytest.warns(CompilationWarning):
        f(1.0)
    value, (in_w, (in_x,)) = f.value_and_grad([1.0, 2.0], wrt="both")
    assert (value, in_w.tolist(), in_x.tolist()) == (6.0, [6.0], [0.0, 0.0])
    assert f.backward([1.0, 2.0]) == 6.0
    assert w.grad == 6.0
    assert f.hvp([1.0, 2.0], v=[1.0]).tolist() == [3.0]
    assert f.jacobian(2.0).tolist() == [[8.0]]
    assert f.map([1.0, 2.0]).tolist() == [4.0, 8.0]
    with pytest.raises(ValueError, match="runs eagerly, and can't be given theta"):
        f.value_and_grad(1.0, theta=[1.0])


def test_what_runs_eagerly_says_why_at_its_first_call_too() -> None:
    w = Value(2.0)
    f = compiled(parameters=[w])(lambda x: w * w * float(x))
    with (
        pytest.warns(CompilationWarning),
        pytest.raises(ValueError, match=r"can't be given theta: float\(\.\.\.\) would"),
    ):
        f.value_and_grad(1.0, theta=[1.0])


def test_static_arguments_are_the_same_for_all_examples() -> None:
    w = Value(2.0)
    f = compiled(lambda x, kind, y: w * x if kind == "a" else w * y)
    xs, ys = [1.0, 3.0], [5.0, 7.0]
    assert f.value_and_grad(xs, "a", ys)[0] == 4.0
    assert f.value_and_grad(xs, "b", ys)[0] == 12.0
    assert f.value_and_grad(xs, "b", ys, wrt="inputs")[1][1] is None
    assert f.map(xs, "a", ys).tolist() == [2.0, 6.0]
    assert f.backward(x=xs, kind="b", y=ys) == 12.0
    assert compiled(lambda x, flag: x if flag else -x).map(
        [1.0, 2.0], [True, False]
    ).tolist() == [1.0, -2.0]


def test_integers_look_up_in_batches() -> None:
    rows = [Value(1.0), Value(2.0), Value(4.0)]
    f = compiled(lambda i, x: take(rows, i) * x)
    assert f.value_and_grad([0, 2, 2], [1.0, 1.0, 3.0])[0] == pytest.approx(17.0 / 3.0)
    assert f.map(np.array([0, 1]), np.array([2.0, 2.0])).tolist() == [2.0, 4.0]


def test_dicts_and_named_arguments() -> None:
    w = Value(2.0)
    f = compiled(lambda d: w * d["x"] * d["y"][0])
    batch = {"x": np.array([1.0, 2.0]), "y": np.array([[3.0], [4.0]])}
    assert f.value_and_grad(batch)[0] == 11.0
    assert f.value_and_grad({"x": 1.0, "y": [3.0]})[0] == 6.0


def test_map_wants_examples() -> None:
    f = compiled(lambda x: x)
    with pytest.raises(ValueError, match="at least one example"):
        f.map([])
    with pytest.raises(ValueError, match="as many examples"):
        compiled(lambda x, y: x * y).map([1.0, 2.0], [1.0])


def test_numbers_only_where_numbers_are_asked_for() -> None:
    w = Value(2.0)
    f = compiled(lambda x: w * x)
    for ask in (f.value_and_grad, f.backward, f.jacobian):
        with pytest.raises(TypeError, match=r"plain numbers, got a Value"):
            ask(Value(1.0))


def test_training_by_batches() -> None:
    model, loss = net()
    f = compiled(loss)
    other, plain = net()
    program = Program(plain, X[0], 0.5, parameters=other.parameters())
    optimizers = [nn.SGD(m.parameters(), lr=0.1) for m in (model, other)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(5):
            for m in (model, other):
                m.zero_grad()
            assert f.backward(X, Y) == pytest.approx(program.backward(X, Y), rel=1e-12)
            for optimizer in optimizers:
                optimizer.step()
    assert len(f.programs) == 1


def test_no_examples_are_a_batch_of_none() -> None:
    w = Value(2.0)
    one, row = compiled(lambda x: w * x * x), compiled(lambda x: w * x[0])
    with no_grad():
        one(1.0), row([1.0, 2.0])
    for f, X in ((one, np.zeros(0)), (row, np.zeros((0, 2)))):  # noqa: N806
        value, gradient = f.value_and_grad(X)
        assert np.isnan(value)
        assert gradient.tolist() == [0.0]
        assert np.isnan(f.backward(X))
        assert w.grad == 0.0
        assert f.map(X).tolist() == []


def test_a_map_with_other_numbers() -> None:
    w = Value(2.0)
    f = compiled(lambda x: w * x if x > 0 else w - x)
    assert f.map([1.0, 2.0], theta=[5.0]).tolist() == [5.0, 10.0]
    assert f.map([1.0, -2.0], theta=[5.0]).tolist() == [5.0, 7.0]
    assert f.map([1.0, -2.0]).tolist() == [2.0, 4.0]
    taken = compiled(lambda x, theta: x * theta)
    assert taken.map([1.0, 2.0], theta=[3.0, 4.0]).tolist() == [3.0, 8.0]


def test_backward_without_parameters_says_so() -> None:
    with pytest.raises(ValueError, match="no parameters"):
        compiled(lambda x: x * x).backward(3.0)
    w = Value(2.0)
    f = compiled(lambda x: w * x if x > 0 else x)
    assert (f.backward(3.0), f.backward(-1.0), w.grad) == (6.0, -1.0, 3.0)


def test_the_gradient_in_inputs_needs_no_order_of_parameters() -> None:
    v, w = Value(2.0), Value(3.0)
    f = compiled(lambda x: v * x if x > 0 else w * x)
    assert f.value_and_grad(1.0, wrt="inputs") == (2.0, (2.0,))
    assert f.value_and_grad(-1.0, wrt="inputs") == (-3.0, (3.0,))
    value, (slopes,) = f.value_and_grad(np.array([1.0, -1.0]), wrt="inputs")
    assert (value, slopes.tolist()) == (-0.5, [1.0, 1.5])


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        ((X, 1.0), "argument 1: expected a sequence with an entry for each ex.*float"),
        ((3, Y), "argument 0: expected a sequence with an entry for each ex.*got int"),
        ((X, np.array(1.0)), "argument 1: expected a sequence with an entry.*ndarray"),
        ((X + 0j, Y), "expected numbers, or lists, .* got an array of complex128"),
        ((X, {1.0, 2.0}), r"expected numbers, or lists, .* got builtins\.set"),
    ],
)
def test_what_is_no_batch_is_refused_by_what_is_wanted(
    batch: Any, message: str
) -> None:
    _, loss = net()
    with pytest.raises(TypeError, match=message):
        compiled(loss).map(*batch)


class Pair(NamedTuple):
    x: Any
    y: Any


def test_a_named_tuple_of_batches_before_any_call() -> None:
    pairs = Pair(X[:, 0], Y)
    assert compiled(lambda p: p[0] * p[1]).map(pairs).tolist() == [*X[:, 0] * Y]
    _, (slope,) = compiled(lambda p: p.x * p.y).value_and_grad(pairs, wrt="inputs")
    np.testing.assert_allclose(slope.x, Y / 6)


@pytest.mark.parametrize("called_before", [True, False])
@pytest.mark.parametrize("kind", ["double", "triple", True])
def test_what_is_static_in_a_dict_is_the_same_for_all(
    called_before: bool, kind: Any
) -> None:
    f = compiled(lambda d: d["y"] * (2.0 if d["kind"] == "double" else 3.0))
    if called_before:
        f({"y": 1.0, "kind": kind})
    found = f.map({"y": Y, "kind": kind})
    assert found.tolist() == [*Y * (2.0 if kind == "double" else 3.0)]


def test_parts_of_a_dict_that_make_no_batch() -> None:
    f = compiled(lambda d: d["x"] * d["y"])
    with pytest.raises(ValueError, match="as many examples in every argument"):
        f.map({"x": X[:2, 0], "y": Y})
    with pytest.raises(TypeError, match=r"argument 0\['x'\]: expected a sequence"):
        f.map({"x": 2.0, "y": Y})


@pytest.mark.parametrize("examples", [(2.0, 2), (2, 2.0)])
def test_a_batch_of_floats_is_one_of_floats_if_these_are_known(examples: Any) -> None:
    f = compiled(lambda x: 3.0 * x)
    for x in examples:
        f(x)
    assert (
        f.value_and_grad(np.array([2.0, 3.0]), wrt="inputs")[1][0].tolist() == [1.5] * 2
    )
    assert f.value_and_grad([2.0, 3.0], wrt="inputs")[1][0].tolist() == [1.5] * 2
