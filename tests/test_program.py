"""Every way to call a Program: what goes in, what comes out, and where numbers live."""

from __future__ import annotations

import math
import threading
from typing import Any, NamedTuple

import numpy as np
import pytest

import autograd
import nn
from autograd import (
    Program,
    Value,
    dot,
    exp,
    gradients,
    hvp,
    log,
    log_softmax,
    logsumexp,
    maximum,
    mean,
    relu,
    sigmoid,
    sin,
    softmax,
    softplus,
    sqrt,
    take,
    tanh,
    where,
    xlogy,
)
from autograd.structure import flatten
from nn.losses import cross_entropy, hinge
from tests.engines import check_batch, check_close, check_program, check_single, eager


class Point(NamedTuple):
    x: Any
    y: Any


def weights(*numbers: float) -> list[Value]:
    return [Value(x) for x in numbers]


def model() -> tuple[Any, list[Value]]:
    """A small loss of two numbers and a target, and its parameters."""
    w = weights(0.5, -1.0, 0.25)

    def loss(x: Any, y: Any) -> Any:
        return (tanh(w[0] * x[0] + w[1] * x[1]) * w[2] - y) ** 2

    return loss, w


X = [[1.0, 2.0], [3.0, -1.0], [0.5, 0.25]]
Y = [0.0, 1.0, -1.0]


# --- single examples and batches -----------------------------------------------


def test_one_example_gives_a_float() -> None:
    loss, _ = model()
    program = Program(loss, X[0], Y[0])
    value = program(X[1], Y[1])
    assert type(value) is float
    check_single(program, loss, (X[1], Y[1]))


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7])
def test_a_batch_of_any_size(size: int) -> None:
    loss, w = model()
    program = Program(loss, X[0], Y[0])
    rng = np.random.default_rng(size)
    inputs, targets = rng.normal(size=(size, 2)), rng.normal(size=size)
    outputs = program.map(inputs, targets)
    assert outputs.shape == (size,)
    value, (in_w, in_x) = program.value_and_grad(inputs, targets, wrt="both")
    assert in_w.shape == (len(w),)
    assert [x.shape for x in in_x] == [(size, 2), (size,)]
    if not size:
        assert math.isnan(value)
        assert not in_w.any()
        return
    examples = list(zip(inputs.tolist(), targets.tolist(), strict=True))
    check_batch(program, loss, examples)


def test_what_wrt_asks_for() -> None:
    loss, _ = model()
    program = Program(loss, X[0], Y[0])
    value, both = program.value_and_grad(X, Y, wrt="both")
    for wrt, part in (("parameters", both[0]), ("inputs", both[1])):
        again, gradient = program.value_and_grad(X, Y, wrt=wrt)  # type: ignore[arg-type]
        assert again == value
        for got, want in zip(gradient, part, strict=True):
            np.testing.assert_array_equal(got, want)


def test_the_gradient_of_one_example_has_the_form_of_the_example() -> None:
    w = weights(2.0)

    def f(p: Any, rest: Any) -> Any:
        return w[0] * p.x[0] * p.y + rest["a"] * rest["b"][1]

    program = Program(f, Point([1.0], 2.0), {"a": 3.0, "b": (4.0, 5.0)})
    value, (in_p, in_rest) = program.value_and_grad(
        Point([3.0], 4.0), {"a": 5.0, "b": (6.0, 7.0)}, wrt="inputs"
    )
    assert value == 59.0
    assert in_p == Point([8.0], 6.0)
    assert in_rest == {"a": 7.0, "b": (0.0, 5.0)}


def test_sizes_in_turn_leave_each_other_alone() -> None:
    loss, _ = model()
    program = Program(loss, X[0], Y[0])
    first = program.value_and_grad(X, Y, wrt="both")
    kept = [np.copy(x) for x in flatten_arrays(first)]
    for size in (2, 1, 2, *range(3, 13), 1):  # more than buffers are kept for
        program.value_and_grad(np.ones((size, 2)), np.zeros(size), wrt="both")
    again = program.value_and_grad(X, Y, wrt="both")
    for old, same, new in zip(
        kept, flatten_arrays(first), flatten_arrays(again), strict=True
    ):
        np.testing.assert_array_equal(old, same)
        np.testing.assert_array_equal(old, new)


def flatten_arrays(structure: Any) -> list[Any]:
    if isinstance(structure, tuple | list):
        return [x for part in structure for x in flatten_arrays(part)]
    return [np.asarray(structure)]


def test_results_belong_to_the_caller() -> None:
    w = weights(1.0, 2.0)
    program = Program(lambda x: [w[0] * x[0], x[1], w[1], 3.0], [1.0, 2.0])
    asked = [
        lambda: program.map([[1.0, 2.0], [3.0, 4.0]]),
        lambda: program.jacobian([1.0, 2.0]),
        lambda: program.jacobian([1.0, 2.0], wrt="inputs"),
        program.read,
    ]
    for ask in asked:
        result = ask()
        before = result.copy()
        result[...] = -7.0  # may be written to, and nobody minds
        np.testing.assert_array_equal(ask(), before)


def test_a_large_and_a_small_example_alternate() -> None:
    loss, _ = model()
    program = Program(loss, X[0], Y[0])
    alone = [program(x, y) for x, y in zip(X, Y, strict=True)]
    np.testing.assert_allclose(program.map(X, Y), alone, rtol=1e-15)
    assert [program(x, y) for x, y in zip(X, Y, strict=True)] == alone


# --- forms of inputs and outputs -----------------------------------------------

FORMS: list[tuple[str, Any, list[tuple[Any, ...]]]] = [
    ("a number", lambda x: x * x, [(2.0,), (3.0,)]),
    ("a list", lambda x: x[0] * x[1], [([2.0, 3.0],), ([4.0, 5.0],)]),
    ("a tuple", lambda p: p[0] - p[1] * 2, [((2.0, 3.0),), ((4.0, 5.0),)]),
    ("a dict", lambda d: d["a"] * d["b"], [({"a": 2.0, "b": 3.0},)] * 2),
    ("a named tuple", lambda p: p.x / p.y, [(Point(2.0, 3.0),), (Point(1.0, 4.0),)]),
    ("a ragged list", lambda r: r[0][0] * r[1][1], [([[2.0], [3.0, 4.0]],)] * 2),
    ("an array", lambda a: (a @ a).sum(), [(np.array([[1.0, 2.0], [3.0, 4.0]]),)] * 2),
    ("two arguments", lambda x, y: x * exp(y), [(2.0, 0.5), (3.0, -0.5)]),
    ("nothing in it", lambda x, y: y * 1.0, [([], 2.0), ([], 3.0)]),
]


@pytest.mark.parametrize(
    ("f", "examples"), [c[1:] for c in FORMS], ids=[c[0] for c in FORMS]
)
def test_inputs_of_every_form(f: Any, examples: list[tuple[Any, ...]]) -> None:
    check_program(f, examples)


def test_nested_outputs_are_nested_again() -> None:
    w = weights(3.0)
    program = Program(
        lambda x: {"one": x[0] * w[0], "both": [x, (x[1], 2.5)], "point": Point(*x)},
        [1.0, 2.0],
    )
    assert program([4.0, 5.0]) == {
        "one": 12.0,
        "both": [[4.0, 5.0], (5.0, 2.5)],
        "point": Point(4.0, 5.0),
    }
    many = program.map([[4.0, 5.0], [6.0, 7.0]])
    np.testing.assert_array_equal(many["one"], [12.0, 18.0])
    np.testing.assert_array_equal(many["both"][0], [[4.0, 5.0], [6.0, 7.0]])
    np.testing.assert_array_equal(many["both"][1][1], [2.5, 2.5])
    np.testing.assert_array_equal(many["point"].y, [5.0, 7.0])


w0, w1 = weights(0.5, 2.0)

SPECIAL: list[tuple[str, Any, list[tuple[Any, ...]]]] = [
    ("a constant", lambda x: 2.5, [(1.0,), (2.0,)]),
    ("an input", lambda x: x, [(1.0,), (2.0,)]),
    ("inputs swapped", lambda x: [x[1], x[0]], [([1.0, 2.0],), ([3.0, 4.0],)]),
    ("a parameter", lambda x: w0, [(1.0,), (2.0,)]),
    ("no input read", lambda x: w0 * w1, [(1.0,), (2.0,)]),
    ("all kinds", lambda x: [x, w0, 1.5, x * w1], [(1.0,), (2.0,)]),
    ("the same twice", lambda x: [x * w0] * 2 + [x, x], [(1.0,), (2.0,)]),
    ("equal, made twice", lambda x: [x * w0, w0 * x], [(1.0,), (2.0,)]),
    (
        "equal but for signs",
        lambda x: [x * 2.0, x * -2.0, x + 1.0, x + -1.0],
        [(3.0,)] * 2,
    ),
    ("a number among Values", lambda x: [x * w0, 1, True], [(1.0,), (2.0,)]),
    ("a leaf made inside", lambda x: Value(3.0) * x + Value(1.0), [(1.0,), (2.0,)]),
    ("a leaf made inside alone", lambda x: Value(3.0), [(1.0,), (2.0,)]),
    ("nothing", lambda x: [], [(1.0,), (2.0,)]),
    ("no inputs", lambda: w0 * w1 + w0, [()]),
    ("no inputs, a constant", lambda: 3.0, [()]),
    ("no parameters", lambda x: sin(x) * x, [(1.0,), (2.0,)]),
    ("a computed Value outside", lambda x, y=w0 * w1: x * y, [(1.0,), (2.0,)]),
]


@pytest.mark.parametrize(
    ("f", "examples"), [c[1:] for c in SPECIAL], ids=[c[0] for c in SPECIAL]
)
def test_special_functions(f: Any, examples: list[tuple[Any, ...]]) -> None:
    if not examples[0]:
        program = Program(f)
        check_single(program, f, ())
        np.testing.assert_array_equal(program.map(), [program()])
        assert program.value_and_grad(wrt="inputs")[0] == program()
        assert program.value_and_grad(wrt="inputs")[1] == ()
    else:
        program = check_program(f, examples)
        single = flatten(program(*examples[1]))
        for size in (0, 1):
            batch = [[e] * size for e in examples[1]]
            rows = [
                part.reshape(size, math.prod(part.shape[1:]))
                for part in flatten_arrays(program.map(*batch))
            ]
            assert np.concatenate(rows, axis=1).tolist() == [single] * size
    assert program.check(*examples[-1]).examples == 1
    assert program.source
    assert str(program.report())
    assert program.groups


# --- integers ------------------------------------------------------------------


def test_integer_inputs_choose_and_have_no_gradient() -> None:
    table = [weights(1.0, 2.0), weights(3.0, 4.0), weights(5.0, 6.0)]

    def f(i: Any, x: Any, j: Any) -> Any:
        rows = take(table, i), take(table, j[1])
        return dot(rows[0], rows[1]) * x + j[0] * x

    examples = [(0, 2.0, [5, 1]), (2, 3.0, [1, 2]), (1, -1.0, [0, 0])]
    program = check_program(f, examples)
    _, (in_i, in_x, in_j) = program.value_and_grad(2, 3.0, [1, 2], wrt="inputs")
    assert (in_i, in_x, in_j) == (0.0, 62.0, [0.0, 0.0])
    assert program(np.int64(2), 3.0, np.array([1, 2])) == program(2, 3.0, [1, 2])


# --- parameters, theta, read and write -----------------------------------------


def test_parameters_come_in_the_order_in_which_they_are_read() -> None:
    a, b, c = weights(1.0, 2.0, 3.0)
    program = Program(lambda x: c * x + a * (b + x), 1.0)
    assert program.parameters == [c, b, a]
    program.parameters.clear()  # a copy
    assert len(program.parameters) == 3


def test_listed_parameters_keep_their_order() -> None:
    a, b, c = weights(1.0, 2.0, 3.0)
    program = Program(lambda x: c * x + a * x, 1.0, parameters=[a, b, c])
    assert program.parameters == [a, b, c]
    assert program.value_and_grad(2.0)[1].tolist() == [2.0, 0.0, 2.0]
    assert program.jacobian(2.0).tolist() == [[2.0, 0.0, 2.0]]
    assert program.hvp(2.0, v=[1.0, 1.0, 1.0]).tolist() == [0.0, 0.0, 0.0]
    assert program.read().tolist() == [1.0, 2.0, 3.0]
    program.write([4.0, 5.0, 6.0])
    assert [v.data for v in (a, b, c)] == [4.0, 5.0, 6.0]


def test_values_are_read_anew_in_every_run() -> None:
    loss, w = model()
    program = Program(loss, X[0], Y[0])
    program(X[0], Y[0])
    w[1].data = 0.75
    check_single(program, loss, (X[1], Y[1]))
    program.write([0.1, 0.2, 0.3])
    check_single(program, loss, (X[1], Y[1]))


def test_theta_touches_no_value() -> None:
    loss, w = model()
    program = Program(loss, X[0], Y[0])
    theta = np.array([0.3, 0.6, -0.9])
    found = [
        program(X[0], Y[0], theta=theta),
        program.map(X, Y, theta=theta),
        program.value_and_grad(X, Y, theta=theta, wrt="both"),
        program.jacobian(X[0], Y[0], theta=theta),
        program.hvp(X, Y, v=[1.0, 2.0, 3.0], theta=theta),
    ]
    assert [v.data for v in w] == [0.5, -1.0, 0.25]
    assert not any(v.grad for v in w)
    assert theta.tolist() == [0.3, 0.6, -0.9]
    program.write(theta)
    plain = [
        program(X[0], Y[0]),
        program.map(X, Y),
        program.value_and_grad(X, Y, wrt="both"),
        program.jacobian(X[0], Y[0]),
        program.hvp(X, Y, v=[1.0, 2.0, 3.0]),
    ]
    for a, b in zip(flatten_arrays(found), flatten_arrays(plain), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_wrong_theta_is_not_written() -> None:
    loss, w = model()
    program = Program(loss, X[0], Y[0])
    with pytest.raises(ValueError, match=r"shape \(3,\).*got shape \(2,\)"):
        program.write([1.0, 2.0])
    with pytest.raises(TypeError, match="theta must be a vector of numbers, got str"):
        program.write("abc")
    assert [v.data for v in w] == [0.5, -1.0, 0.25]


def test_programs_and_eager_code_share_parameters() -> None:
    w = weights(0.5, -0.5)
    programs = {
        n: Program(lambda x: dot([w[0]] * len(x), x) * w[1], [1.0] * n) for n in (2, 3)
    }
    x = [1.0, 2.0, 3.0]
    eager_loss = tanh(w[0]) * w[1]
    for v in w:
        v.grad = 0.0
    eager_loss.backward()
    wanted = np.array([v.grad for v in w])
    for n, program in programs.items():
        program.backward(x[:n])
        wanted += program.value_and_grad(x[:n])[1]
    np.testing.assert_array_equal([v.grad for v in w], wanted)


def test_backward_adds_the_mean_over_the_batch() -> None:
    loss, w = model()
    program = Program(loss, X[0], Y[0])
    value, gradient = program.value_and_grad(X, Y)
    w[1].grad = 10.0
    assert program.backward(X, Y) == value
    assert program.backward(X, Y) == value
    assert [v.grad for v in w] == (2 * gradient + [0.0, 10.0, 0.0]).tolist()
    assert all(type(v.grad) is float for v in w)


# --- second derivatives --------------------------------------------------------


def test_hvp_is_the_eager_one() -> None:
    loss, w = model()
    program = Program(loss, X[0], Y[0])
    v = [1.0, -2.0, 0.5]

    def total(numbers: Any) -> Any:
        a, b, c = numbers
        terms = [
            (tanh(a * x[0] + b * x[1]) * c - y) ** 2 for x, y in zip(X, Y, strict=True)
        ]
        return sum(terms) / len(X)

    check_close(program.hvp(X, Y, v=v), hvp(total, [x.data for x in w], v))
    one = program.hvp(X[0], Y[0], v=v)
    assert one.shape == (3,)
    difference = 1e-6 * np.array(v)
    up, down = (
        program.value_and_grad(X[0], Y[0], theta=program.read() + s * difference)[1]
        for s in (1, -1)
    )
    np.testing.assert_allclose(one, (up - down) / 2e-6, rtol=1e-7)


def test_jacobian_has_a_row_for_every_output() -> None:
    w = weights(1.0, 2.0)
    program = Program(lambda x: [w[0] * x[0], {"a": w[1] * x[1] * x[0]}], [1.0, 1.0])
    assert program.jacobian([3.0, 4.0]).tolist() == [[3.0, 0.0], [0.0, 12.0]]
    in_x = program.jacobian([3.0, 4.0], wrt="inputs")
    assert in_x.tolist() == [[1.0, 0.0], [8.0, 6.0]]


# --- threads -------------------------------------------------------------------


def test_threads_have_buffers_of_their_own() -> None:
    model = nn.MLP(3, [8, 8, 1], rng=1)
    program = Program(lambda x: model(x) ** 2, [0.0] * 3)
    rng = np.random.default_rng(0)
    batches = [rng.normal(size=(size, 3)) for size in (1, 5, 5, 32)]
    wanted = [program.value_and_grad(batch, wrt="both") for batch in batches]
    wrong: list[Any] = []

    def work(batch: Any, want: Any) -> None:
        for _ in range(50):
            got = program.value_and_grad(batch, wrt="both")
            pairs = zip(flatten_arrays(got), flatten_arrays(want), strict=True)
            wrong.extend(1 for a, b in pairs if not np.array_equal(a, b))

    threads = [
        threading.Thread(target=work, args=pair)
        for pair in zip(batches, wanted, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


# --- looking -------------------------------------------------------------------


def test_what_can_be_looked_at() -> None:
    loss, _ = model()
    program = Program(loss, X[0], Y[0])
    assert repr(program).startswith("Program(")
    assert "3 inputs, 3 parameters" in repr(program)
    names = [name for name, _ in program.stages]
    assert names[0] == "trace"
    assert {"simplify", "regroup", "split"} <= set(names)
    assert program.stages[-1][1] is program.plan
    assert "return v" in str(program.plan)
    assert "def program(" in program.source
    assert all(line and not line.startswith("#") for line in program.statements)
    assert set(program.statements) <= {x.strip() for x in program.source.splitlines()}
    report = program.report()
    assert dict(report.nodes)["trace"] == len(program.stages[0][1].nodes)
    assert "groups" in str(report)
    assert report.statements <= len(program.statements)
    assert len(program.groups) == report.groups
    trace = program.trace()
    assert len(trace) == len(program.stages[0][1].nodes)
    for group in program.groups:
        if group.kind == "operation" and group.operation in {"tanh", "power"}:
            ops = {trace[i].op for i in group.nodes}
            assert ops == {autograd.OPS[group.operation]}


def test_check_compares_with_the_eager_engine() -> None:
    loss, _ = model()
    program = Program(loss, X[0], Y[0])
    found = program.check(X, Y)
    assert found.examples == 3
    assert max(found.value, found.parameters, found.inputs) < 1e-14
    assert "3 examples" in repr(found)


@pytest.mark.parametrize("seed", range(20))
def test_check_knows_what_is_zero_but_for_rounding(seed: int) -> None:
    """A softmax's entries add up to 1, whatever they are of: its slopes are 0."""
    xs = np.random.default_rng(seed).normal(size=4).tolist()
    for f in (
        lambda xs: autograd.sum(softmax(xs)),
        lambda xs: autograd.sum(softmax(xs)) - 1.0,
        lambda xs: log(autograd.sum([exp(x) for x in log_softmax(xs)])),
    ):
        assert Program(f, xs).check(xs).inputs < 1e-10


@pytest.mark.parametrize("backend", ["numpy", "machine", "auto"])
def test_an_integer_has_no_slope_whichever_way_a_jacobian_goes(backend: Any) -> None:
    def f(x: Any, i: Any) -> Any:
        return [x[k] * i for k in range(9)]

    program = Program(f, [0.5] * 9, 2, backend=backend)
    for _ in range(3):  # "auto" goes another way when it is asked often
        by_inputs = program.jacobian([0.5] * 9, 2, wrt="inputs")
        check_close(by_inputs, np.hstack([2.0 * np.eye(9), np.zeros((9, 1))]))


@pytest.mark.parametrize("backend", ["numpy", "machine", "auto"])
def test_constants_of_one_list_keep_the_signs_of_their_zeros(backend: Any) -> None:
    def f(x: Any) -> Any:
        return [autograd.atan2(c, x) for c in (0.0, -0.0)]

    program = Program(f, -1.0, backend=backend)
    for found in (program(-1.0), program.map(np.array([-1.0, -2.0]))[0]):
        assert list(found) == [math.pi, -math.pi]


@pytest.mark.parametrize("size", [1, 2])
def test_a_product_is_written_over_no_array_that_lies_otherwise(size: int) -> None:
    """Curvature of a layer's norm: what is turned, and picked into turned memory."""
    ps = [Value(0.3), Value(-0.7)]

    def f(xs: Any) -> Any:
        total: Any = 0.0
        for row in [[tanh(x * p) for p in ps] for x in xs]:
            centre = mean(row)
            spread = sqrt(mean([(x - centre) ** 2 for x in row]) + 0.1)
            total += autograd.sum([tanh((x - centre) / spread) * x for x in row])
        return total

    xs = np.random.default_rng(2).normal(size=(size, 4))
    program = Program(f, xs[0].tolist(), backend="numpy")
    machine = Program(f, xs[0].tolist(), backend="machine")
    ones = [1.0, 1.0]
    check_close(program.hvp(xs, v=ones), machine.hvp(xs, v=ones))


def test_an_example_and_its_lists_are_left_alone() -> None:
    x = [1.0, 2.0]

    def f(xs: Any) -> Any:
        xs[0] = xs[0] * w0
        return xs[0] + xs.pop()

    program = Program(f, x)
    assert x == [1.0, 2.0]
    batch = np.array([[3.0, 4.0]])
    assert program(x) == 2.5
    assert program.map(batch).tolist() == [5.5]
    assert (x, batch.tolist()) == ([1.0, 2.0], [[3.0, 4.0]])


def test_gradients_agree_with_autograd() -> None:
    loss, w = model()
    program = Program(loss, X[0], Y[0])
    recorded = gradients(loss(X[0], Y[0]), w)
    check_close(program.value_and_grad(X[0], Y[0])[1], recorded)
    assert eager(loss, (X[0], Y[0]), w)[0][0] == pytest.approx(program(X[0], Y[0]))


# --- numbers at their ends -----------------------------------------------------


def masked_attention(xs: Any) -> Any:
    shares = softmax([xs[0], xs[1], where(xs[2] > 0.0, xs[2], -math.inf)])
    return dot(shares, [w0, w1, 1.0])


def slope_behind_where(x: Any) -> Any:
    y = where(x > 0.0, sqrt(x), x * w0)
    (slope,) = gradients(y, [x], create_graph=True)
    return slope * x


EDGES: list[tuple[str, Any, list[Any]]] = [
    ("sqrt behind where", lambda x: where(x > 0.0, sqrt(x), 0.0), [4.0, 0.0, -1.0]),
    ("log behind where", lambda x: where(x > 0.0, log(x) * w0, x), [1.0, 0.0, -2.0]),
    ("1/x behind where", lambda x: where(x == 0.0, w0, 1.0 / x), [2.0, 0.0]),
    ("x log x", lambda x: xlogy(x, x), [0.5, 0.0]),
    ("times zero", lambda x: 0.0 * sqrt(x) + x, [1.0, 0.0]),
    ("relu of -inf", lambda x: relu(x) * w0, [1.0, -math.inf, math.inf]),
    ("relu at its kink", lambda x: relu(x * w0) + abs(x), [1.0, 0.0, -1.0]),
    ("log of 0", lambda x: log(x) * w0, [1.0, 0.0, -1.0]),
    ("division by 0", lambda x: w0 / x, [1.0, 0.0, -0.0]),
    ("0 / 0", lambda x: x / (x * w0), [1.0, 0.0]),
    ("a uniform division by 0", lambda x: x * (w0 / (w1 - 2.0)), [1.0, 0.0, 3.0]),
    ("a uniform 0 / 0", lambda x: x + (w1 - 2.0) / (w1 - 2.0), [1.0]),
    ("a uniform log of 0", lambda x: x + log(w1 - 2.0) * w0, [1.0]),
    ("overflow", lambda x: exp(x) * w0, [1.0, 1000.0, -1000.0]),
    ("a uniform overflow", lambda x: x * exp(w1 * 1000.0), [1.0, 0.0, 3.0]),
    ("overflow of a square", lambda x: x * x * w0 + x, [1.0, 1e200]),
    ("inf - inf", lambda x: exp(x) - exp(x * 2.0), [1.0, 1000.0]),
    (
        "inf - inf of a difference",
        lambda x: log_softmax([x, x, 1.0])[0],
        [2.0, math.inf],
    ),
    ("a power of 0", lambda x: (x * w0) ** 0.5 + x**2, [1.0, 0.0]),
    ("a tie", lambda x: maximum(x, w0) * w1, [1.0, 0.5, 0.0]),
    ("a tie of three", lambda x: autograd.max([x, w0, 0.5]) * w1, [1.0, 0.5, 0.0]),
    ("logsumexp of -inf", lambda x: logsumexp([x, -math.inf, w0]), [1.0, -math.inf]),
    ("nothing but -inf", lambda x: logsumexp([x, -math.inf]), [1.0, -math.inf]),
    ("no share at all", lambda x: log_softmax([x, -math.inf])[0], [1.0, -math.inf]),
    ("a slope behind where", slope_behind_where, [4.0, 0.0, -1.0]),
    ("NaN", lambda x: tanh(x * w0) + x, [1.0, math.nan]),
    ("NaN not chosen", lambda x: where(x > 0.0, x, log(x)), [1.0, math.nan, 2.0]),
    ("the far tail", lambda x: softplus(x) * sigmoid(-x), [800.0, -800.0, 40.0]),
]


@pytest.mark.parametrize(
    ("f", "points"), [c[1:] for c in EDGES], ids=[c[0] for c in EDGES]
)
def test_numbers_at_their_ends(f: Any, points: list[float]) -> None:
    program = Program(f, points[0])
    for point in points:
        check_single(program, f, (point,))
    check_batch(program, f, [(point,) for point in points])
    for point in points:  # and in company that needs no care
        check_batch(program, f, [(points[0],), (point,)])


@pytest.mark.parametrize("last", [1.0, 0.0, -1.0, math.nan])
def test_a_mask_of_minus_infinity(last: float) -> None:
    program = Program(masked_attention, [0.1, 0.2, 0.3])
    assert program([0.1, 0.2, -1.0]) == masked_attention([0.1, 0.2, -1.0])
    for example in ([0.1, 0.2, last], [-math.inf, 0.2, last]):
        check_single(program, masked_attention, (example,))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_bad_example_stays_in_its_row(bad: float) -> None:
    net = nn.MLP(3, [4, 4, 2], activation="tanh", rng=2)
    program = Program(lambda x: cross_entropy(net(x), 1), [0.0] * 3)
    rows = np.random.default_rng(0).normal(size=(5, 3))
    spoiled = rows.copy()
    spoiled[2, 1] = bad

    def slopes(x: Any) -> Any:
        return program.value_and_grad(x, wrt="inputs")[1][0] * len(x)

    for ask in (program.map, slopes):
        calm, found = ask(rows), ask(spoiled)
        assert np.isnan(found[2]).any() == math.isnan(bad)
        others = [0, 1, 3, 4]
        np.testing.assert_allclose(found[others], calm[others], rtol=1e-13)


# --- transforms inside the function --------------------------------------------


def slope_inside(x: Any) -> Any:
    return autograd.grad(lambda y: relu(y * w0) * y)(x) * w1


def slope_of_slope(x: Any) -> Any:
    y = relu(x * w0) * x**3
    (first,) = gradients(y, [x], create_graph=True)
    (second,) = gradients(first, [x], create_graph=True)
    return second * first + y


def tangent_inside(x: Any) -> Any:
    return autograd.jvp(lambda y: tanh(y) * w0, (x,), (w1,))[1]


def curvature_inside(xs: Any) -> Any:
    def f(ys: Any) -> Any:
        return ys[0] ** 2 * ys[1] * w0 + exp(ys[0] * w1)

    return autograd.hessian(f)(xs)


def both_inside(x: Any) -> Any:
    def f(y: Any) -> Any:
        return sigmoid(y * w0) * where(y > 0.0, y, w1)

    value, slope = autograd.value_and_grad(f)(x)
    return value * slope


def slope_in_a_parameter(x: Any) -> Any:
    (slope,) = gradients(tanh(w0 * x), [w0], create_graph=True)
    return slope * slope


def ties_inside(x: Any) -> Any:
    y = autograd.max([x * w0, x * x, w1]) + abs(x) + maximum(x, w0)
    (slope,) = gradients(y, [x], create_graph=True)
    return slope * x


def newton(x: Any) -> Any:
    """A step of Newton's method, whose slopes are part of what is differentiated."""
    for _ in range(3):
        value, slope = autograd.value_and_grad(lambda y: y**3 - w1 * y - w0)(x)
        x = x - value / slope
    return x


@pytest.mark.parametrize(
    ("f", "points"),
    [
        (slope_inside, [2.0, -1.0, 0.0]),
        (slope_of_slope, [1.5, -1.0, 0.0]),
        (tangent_inside, [2.0, 0.3]),
        (curvature_inside, [[1.0, 2.0], [0.3, 0.4]]),
        (both_inside, [1.0, -2.0, 0.0]),
        (slope_in_a_parameter, [1.0, 2.0]),
        (ties_inside, [1.0, -0.6, 0.5, 0.0]),
        (newton, [2.0, 1.7]),
    ],
)
def test_transforms_inside(f: Any, points: list[Any]) -> None:
    check_program(f, [(point,) for point in points])


def test_hvp_of_a_function_with_a_gradient_inside() -> None:
    program = Program(slope_of_slope, 1.5)
    eps = 1e-6
    theta = program.read()
    up, down = (
        program.value_and_grad(0.7, theta=theta + s * eps)[1] for s in (1.0, -1.0)
    )
    np.testing.assert_allclose(
        program.hvp(0.7, v=[1.0]), (up - down) / (2.0 * eps), rtol=1e-7
    )


# --- training ------------------------------------------------------------------

POINTS = np.random.default_rng(4).normal(size=(12, 3))
SIGNS = np.where(POINTS[:, 0] * POINTS[:, 1] > 0.0, 1.0, -1.0)
OPTIMIZERS: list[tuple[str, Any]] = [
    ("momentum", lambda ps: nn.SGD(ps, lr=0.05, momentum=0.9, weight_decay=1e-3)),
    ("Adam", lambda ps: nn.Adam(ps, lr=0.02)),
]


def problem() -> tuple[nn.MLP, Any]:
    net = nn.MLP(3, [6, 6, 1], activation="tanh", rng=7)

    def loss(x: Any, y: Any) -> Any:
        penalty = 1e-3 * sum(w * w for w in net.parameters())
        return hinge(net(x), y) + penalty

    return net, loss


def eager_losses(optimizer: Any, steps: int) -> list[float]:
    net, loss = problem()
    moving, losses = optimizer(net.parameters()), []
    for _ in range(steps):
        net.zero_grad()
        terms = [
            loss(x, y) for x, y in zip(POINTS.tolist(), SIGNS.tolist(), strict=True)
        ]
        total = mean(terms)
        total.backward()
        moving.step()
        losses.append(total.data)
    return losses


@pytest.mark.parametrize(
    "optimizer", [o[1] for o in OPTIMIZERS], ids=[o[0] for o in OPTIMIZERS]
)
def test_training_is_that_of_the_eager_loop(optimizer: Any) -> None:
    steps = 50
    wanted = eager_losses(optimizer, steps)
    assert wanted[-1] < 0.5 * wanted[0]

    net, loss = problem()
    program, moving = Program(loss, POINTS[0], 1.0), optimizer(net.parameters())
    losses = []
    for _ in range(steps):
        net.zero_grad()
        losses.append(program.backward(POINTS, SIGNS))
        moving.step()
    np.testing.assert_allclose(losses, wanted, rtol=1e-9)

    net, loss = problem()
    program = Program(loss, POINTS[0], 1.0, parameters=net.parameters())
    moving, theta = optimizer(net.parameters()), program.read()
    losses = []
    for _ in range(steps):
        value, gradient = program.value_and_grad(POINTS, SIGNS, theta=theta)
        theta = moving.update(theta, gradient)
        losses.append(value)
    np.testing.assert_allclose(losses, wanted, rtol=1e-9)
    assert program(POINTS[0], SIGNS[0]) != pytest.approx(
        program(POINTS[0], SIGNS[0], theta=theta)
    )
    program.write(theta)
    assert float(loss(POINTS[0].tolist(), SIGNS[0])) == pytest.approx(
        program(POINTS[0], SIGNS[0], theta=theta), rel=1e-12
    )


@pytest.mark.parametrize("backend", ["auto", "numpy", "machine"])
def test_results_of_a_batch_belong_to_the_caller(backend: Any) -> None:
    w = Value(3.0)
    program = Program(lambda x: [x[0], w, w * x[1]], [0.0, 0.0], backend=backend)
    slope = Program(lambda x: x[0] + w * x[1], [0.0, 0.0], backend=backend)
    batch = np.arange(8.0).reshape(4, 2)
    theta = np.array([3.0])
    first = program.map(batch, theta=theta)
    _, (in_theta, (in_x,)) = slope.value_and_grad(batch, theta=theta, wrt="both")
    kept = [np.array(x) for x in (first, in_theta, in_x)]
    batch[:], theta[:] = -1.0, -1.0
    other = program.map(batch, theta=theta)
    _, (of_theta, (of_x,)) = slope.value_and_grad(batch, theta=theta, wrt="both")
    other[:], of_theta[:], of_x[:] = 7.0, 7.0, 7.0
    for x, was in zip((first, in_theta, in_x), kept, strict=True):
        assert np.array_equal(x, was)
    assert theta == [-1.0]
    assert (batch == -1.0).all()
    assert np.array_equal(program.map(batch, theta=theta)[:, 1], -np.ones(4))
