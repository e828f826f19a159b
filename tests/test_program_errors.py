"""What a Program refuses, and what it says then; and branches that examples take."""

from __future__ import annotations

import math
import random
import re
import sys
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import (
    BranchError,
    GradientError,
    Graph,
    Op,
    Program,
    Value,
    gradients,
    no_grad,
    relu,
    take,
    where,
)
from autograd.program import passes
from nn import MLP

W = [Value(0.5, label="slope"), Value(-1.0)]


# --- while tracing -------------------------------------------------------------


def changes_a_parameter(x: Any) -> Any:
    W[0].data = 3.0
    return x * W[0]


def runs_backward(x: Any) -> Any:
    y = x * W[0]
    y.backward()
    return y


def takes_plain_gradients(x: Any) -> Any:
    (slope,) = gradients(x * x, [x])
    return x * slope


def forgets(x: Any) -> Any:
    with no_grad():
        return x * W[0]


def draws(x: Any) -> Any:
    return x * np.random.rand()  # noqa: NPY002 - the old way, which shares a state


own = random.Random(1)
calls: list[int] = []


def counts_its_calls(x: Any) -> Any:
    calls.append(1)
    return x * len(calls)


REFUSED: list[tuple[str, Any, type[Exception], str]] = [
    ("None", lambda x: None, TypeError, "returns must be a number.*got NoneType"),
    ("text", lambda x: "loss", TypeError, "returns must be a number.*got str"),
    ("float", float, TypeError, r"float\(.* bake a number"),
    ("int", int, TypeError, "bake a number"),
    ("round", round, TypeError, "bake a number"),
    ("math", math.exp, TypeError, r"autograd\.exp\(x\) instead of math"),
    ("data", lambda x: x * x.data, TypeError, "data would bake a number"),
    ("a parameter's data", lambda x: x * W[0].data, TypeError, "bake a number"),
    ("an array", lambda x: np.asarray([x], float)[0], TypeError, "bake a number"),
    ("a list index", lambda x: W[x], TypeError, r"use autograd\.take\(rows, index\)"),
    ("backward", runs_backward, TypeError, "create_graph=True"),
    ("gradients", takes_plain_gradients, TypeError, "create_graph=True"),
    ("no_grad", forgets, TypeError, r"no_grad\(\)"),
    ("data set", changes_a_parameter, TypeError, "may not change a leaf.*'slope'"),
    ("random", lambda x: x * random.random(), ValueError, r"random numbers \(random\)"),
    ("np.random", draws, ValueError, r"random numbers \(np\.random\)"),
    ("a generator", lambda x: x * own.random(), ValueError, r"random numbers \(own\)"),
    ("a state", counts_its_calls, ValueError, "not the same each time.*keeps a state"),
]


@pytest.mark.parametrize(
    ("f", "error", "says"), [c[1:] for c in REFUSED], ids=[c[0] for c in REFUSED]
)
def test_what_would_be_baked_in_is_refused(
    f: Any, error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        Program(f, 1.0)
    assert W[0].data == 0.5
    assert W[0].grad == 0.0
    assert Program(lambda x: x * W[0], 2.0)(4.0) == 2.0  # nothing is left behind


def test_an_integer_is_no_bare_index() -> None:
    with pytest.raises(
        TypeError, match="an integer input can't be a bare Python index"
    ):
        Program(lambda i: W[i], 1)


def test_an_error_of_the_function_comes_through() -> None:
    def f(x: Any) -> Any:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        Program(f, 1.0)
    assert float(Value(2.0) * 3.0) == 6.0  # nothing is being traced any more


def test_printing_is_allowed(capsys: pytest.CaptureFixture[str]) -> None:
    def f(x: Any) -> Any:
        sys.stdout.write(f"{x:.3f} {x!r}")
        return x

    Program(f, 1.0)
    assert "1.000 Value(data=1.0" in capsys.readouterr().out


# --- arguments -----------------------------------------------------------------


def test_what_is_no_function_or_no_number() -> None:
    with pytest.raises(TypeError, match="Program wants a function, got int"):
        Program(3, 1.0)  # type: ignore[arg-type]
    with pytest.raises(
        TypeError, match=r"argument 0 \('x'\) must be a number.*got str"
    ):
        Program(lambda x: x, "a")
    with pytest.raises(TypeError, match=r"plain numbers, got a Value: give its \.data"):
        Program(lambda x: x * 2.0, W[0])
    with pytest.raises(ValueError, match="a backend is 'auto', 'numpy', 'jax' or"):
        Program(lambda x: x, 1.0, backend="torch")  # type: ignore[arg-type]


PARAMETERS: list[tuple[Any, type[Exception], str]] = [
    ([W[0], W[0], W[1]], ValueError, "has 'slope' twice"),
    ([W[1]], ValueError, "lacks what the function reads: 'slope'"),
    ([W[0] * 2.0], TypeError, "wants leaf Values; at 0 it has a computed Value"),
    ([W[0], 1.0], TypeError, "wants leaf Values; at 1 it has float"),
]


NO_LIST = (
    r"parameters= wants a list of leaf Values, such as model\.parameters\(\) .*got "
)
PARAMETERS += [
    (W[0], TypeError, NO_LIST + "Value"),
    (MLP(2, [1]), TypeError, NO_LIST + "MLP"),
    ({"w": W[0]}, TypeError, NO_LIST + "dict"),
]


@pytest.mark.parametrize(("parameters", "error", "says"), PARAMETERS)
def test_wrong_parameters(parameters: Any, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        Program(lambda x: x * W[0] + W[1], 1.0, parameters=parameters)


@pytest.mark.parametrize("backend", ["numpy", "machine", "jax"])
def test_a_gradient_in_no_parameters(backend: Any) -> None:
    program = Program(lambda x: x[0] * x[1], [1.0, 2.0], backend=backend)
    example, batch = [3.0, 4.0], [[3.0, 4.0], [1.0, 2.0]]
    asked: list[Any] = [
        lambda: program.value_and_grad(example),
        lambda: program.value_and_grad(batch),
        lambda: program.value_and_grad(example, theta=[]),
        lambda: program.backward(example),
        lambda: program.backward(batch),
        lambda: program.jacobian(example),
        lambda: program.hvp(example, v=[]),
    ]
    for ask in asked:
        with pytest.raises(ValueError, match=r"no parameters: .*wrt='inputs'\?"):
            ask()
    assert program.value_and_grad(example, wrt="inputs") == (12.0, ([4.0, 3.0],))
    assert program.jacobian(example, wrt="inputs").tolist() == [[4.0, 3.0]]
    value, (in_theta, in_x) = program.value_and_grad(example, wrt="both")
    assert (value, in_theta.shape, in_x) == (12.0, (0,), ([4.0, 3.0],))
    assert program.read().shape == (0,)
    program.write([])
    assert program.check(batch).examples == 2


def test_no_parameters_on_purpose() -> None:
    """`parameters=[]` says how many there are: none, and so many derivatives."""
    program = Program(lambda x: x * x, 3.0, parameters=[])
    assert program.backward(3.0) == 9.0
    assert program.value_and_grad(3.0)[1].shape == (0,)
    assert program.value_and_grad([3.0, 4.0])[1].shape == (0,)
    assert program.jacobian(3.0).shape == (1, 0)
    assert program.hvp(3.0, v=[]).shape == (0,)
    with pytest.raises(ValueError, match="lacks what the function reads: 'slope'"):
        Program(lambda x: W[0] * x, 3.0, parameters=[])


def test_a_parameter_that_is_missing_is_called_as_in_the_graph() -> None:
    net = MLP(2, [2, 1], rng=0)
    hidden, last = net.layers
    graph = Graph(net([0.5, -1.0]))
    missing = [graph.name(leaf) for leaf in last.parameters()]
    with pytest.raises(ValueError, match=r"reads: 'layers\.1\.") as raised:
        Program(net, [0.5, -1.0], parameters=hidden.parameters())
    assert [name for name in missing if repr(name) in str(raised.value)] == missing
    with pytest.raises(ValueError, match=r"has 'layers\.1\.[^']*bias' twice"):
        Program(net, [0.5, -1.0], parameters=[*net.parameters(), last.parameters()[-1]])


FORMS: list[tuple[tuple[Any, ...], str]] = [
    (([1.0], {"a": 1.0}), "'x'.*expected a list of 2 numbers, got a list of 1 number"),
    ((3.0, {"a": 1.0}), "'x'.*expected a list of 2 numbers.*got a number"),
    (([1.0, 2.0], {"b": 1.0}), "'y'.*keys 'a', got a dict with the keys 'b'"),
    (([1.0, 2.0],), r"expected 2 arguments.*, got 1"),
    (([1.0, "2"], {"a": 1.0}), "'x'.*expected a number, got str"),
    (([1.0, None], {"a": 1.0}), "'x'.*expected a number, got NoneType"),
]


@pytest.mark.parametrize(("arguments", "says"), FORMS)
def test_an_example_of_another_form(arguments: tuple[Any, ...], says: str) -> None:
    program = Program(lambda x, y: x[0] * x[1] + y["a"], [1.0, 2.0], {"a": 3.0})
    for ask in (program, program.jacobian):
        with pytest.raises((TypeError, ValueError), match=says):
            ask(*arguments)
    for run in (program.map, program.value_and_grad, program.backward):
        with pytest.raises((TypeError, ValueError), match="expected"):
            run(*arguments)


def test_a_batch_where_one_example_is_wanted() -> None:
    program = Program(lambda x, y: x[0] * x[1] - y, [1.0, 2.0], 3.0)
    pairs, targets = [[1.0, 2.0], [3.0, 4.0]], [3.0, 4.0]
    for batch in ((pairs, targets), (np.array(pairs), targets), (pairs[0], targets)):
        with pytest.raises(ValueError, match=r"got .*; for a batch use program\.map$"):
            program(*batch)
        with pytest.raises(ValueError, match="; jacobian takes one example: call it"):
            program.jacobian(*batch)
    others: list[Any] = [[1.0], [[1.0], [2.0]], [], [[]], [["a", "b"]]]
    for wrong in others:
        with pytest.raises(ValueError, match=r"^(?!.*for a batch)"):
            program(wrong, 3.0)


def test_over_no_examples_nothing_is_added() -> None:
    program = Program(lambda x: x * W[0], 1.0)
    assert math.isnan(program.backward([]))
    assert W[0].grad == 0.0


def test_batches_that_do_not_fit() -> None:
    program = Program(lambda x, y: x[0] * y, [1.0, 2.0], 3.0)
    with pytest.raises(ValueError, match="as many examples in every argument"):
        program.map([[1.0, 2.0]], [1.0, 2.0])
    with pytest.raises(ValueError, match="example 1: expected a list of 2 numbers"):
        program.map([[1.0, 2.0], [3.0]], [1.0, 2.0])


def test_several_outputs_have_no_gradient() -> None:
    program = Program(lambda x: [x, x * x], 1.0)
    for ask in (program.value_and_grad, program.backward):
        with pytest.raises(TypeError, match=r"returns 2 numbers.*use jacobian"):
            ask(2.0)
    with pytest.raises(TypeError, match="use jacobian"):
        program.hvp(2.0, v=[])


def test_words_and_vectors_that_are_not_known() -> None:
    program = Program(lambda x: x * W[0], 1.0)
    with pytest.raises(
        ValueError, match="wrt is one of 'parameters', 'inputs', 'both'"
    ):
        program.value_and_grad(1.0, wrt="x")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="wrt is one of 'parameters', 'inputs'; got"):
        program.jacobian(1.0, wrt="both")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"v: expected a vector of shape \(1,\)"):
        program.hvp(1.0, v=[1.0, 2.0])
    with pytest.raises(
        ValueError, match=r"theta: expected a vector.*got shape \(1, 1\)"
    ):
        program(1.0, theta=[[1.0]])


@pytest.mark.parametrize("index", [-1, 2, 99])
def test_an_index_out_of_range(index: int) -> None:
    program = Program(lambda i: take(W, i), 1)
    for ask in (program, program.value_and_grad):
        with pytest.raises(IndexError, match=f"index {index} .*out of range"):
            ask(index)
    with pytest.raises(IndexError, match=f"index {index} in example 1 of the batch"):
        program.map([0, index])


def test_a_fraction_is_no_integer() -> None:
    program = Program(lambda i: take(W, i), 1)
    with pytest.raises(TypeError, match=r"expected a whole number.*got 0\.5"):
        program(0.5)
    with pytest.raises(TypeError, match=r"expected a whole number.*got 0\.5"):
        program.map([0.0, 0.5])
    assert program(1.0) == -1.0
    huge = r"got inf; an int beyond 1\.8e308 is infinite as a float"
    for ask, index in ((program, 10**400), (program.map, [10**400])):
        with pytest.raises(TypeError, match=huge):
            ask(index)


# --- what it says of itself ----------------------------------------------------

NAMED: list[tuple[Any, tuple[Any, ...], str]] = [
    (lambda: 1.0, (), "0 inputs, 0 parameters, 0 scalar nodes"),
    (relu, (1.0,), "1 input, 0 parameters, 1 scalar node"),
    (lambda x: x * W[0], (1.0,), "1 input, 1 parameter, 1 scalar node"),
    (lambda x: x[0] * W[0] + W[1], ([1.0] * 1200,), "1,200 inputs, 2 parameters, 2 sc"),
]


def test_a_program_is_named_by_what_was_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any, **__: Any) -> Any:
        raise AssertionError("a name must not wait for the grouping")

    monkeypatch.setattr(passes, "blocks_of", refused)
    for f, example, counts in NAMED:
        told = repr(Program(f, *example))
        assert told.startswith(f"Program({f.__name__}: {counts}")
        assert told.endswith(("scalar node)", "scalar nodes)"))


# --- an operation of one's own that is wrong -----------------------------------


def test_check_finds_what_differs() -> None:
    """A rule that does another thing on arrays, which only a comparison can tell."""

    def forward(xp: Any, x: Any) -> Any:
        return x * (2.0 if isinstance(x, float) else 3.0)

    op = Op("twice", forward, lambda xp, out, x: (2.0,))
    program = Program(op, 1.0)
    with pytest.raises(
        GradientError, match="differs from the eager engine in the value"
    ):
        program.check([1.0, 2.0])


@pytest.mark.parametrize("size", [1.0, 1e-12])
def test_check_finds_a_wrong_slope_whatever_its_size(size: float) -> None:
    """Also where large paths cancel each other."""

    def slopes(xp: Any, out: Any, x: Any) -> Any:
        return (x * (size if isinstance(x, float) else 1.00001 * size),)

    op = Op("bent", lambda xp, x: x * x * (size / 2.0), slopes)
    cancelled = Program(lambda x: op(x) + (x - x) * size * 1e3, 1.0)
    for program in (Program(op, 1.0), cancelled):
        with pytest.raises(GradientError, match=r"differs .* in the inputs"):
            program.check([1.0, 2.0])


def test_a_rule_that_asks_python_cannot_be_compiled() -> None:
    def forward(xp: Any, x: Any) -> Any:
        return x if x > 0.0 else -x

    op = Op("steers", forward, lambda xp, out, x: (1.0,))
    with pytest.raises(TypeError, match=r"asked Python to decide.*xp\.where"):
        Program(op, 1.0)


# --- branches ------------------------------------------------------------------


def by_sign(x: Any) -> Any:
    if x > 0.0:
        return x * W[0]
    return x * W[1]


LINE = by_sign.__code__.co_firstlineno + 1


def test_another_branch_is_an_error_that_helps() -> None:
    program = Program(by_sign, 2.0)
    assert program(3.0) == 1.5
    with pytest.raises(BranchError) as caught:
        program(-3.0)
    message = str(caught.value)
    assert f"{__file__}:{LINE}" in message
    assert "'if x > 0.0:' was True while tracing and is False now" in message
    assert "autograd.where(condition, x, y)" in message
    assert "@autograd.compiled" in message
    assert message.startswith("this example")
    other = Program(by_sign, -2.0)
    with pytest.raises(BranchError, match="was False while tracing and is True now"):
        other(3.0)


def test_every_way_to_run_asks_the_guards() -> None:
    program = Program(by_sign, 2.0)
    with pytest.raises(BranchError, match="example 2 of the batch"):
        program.map([1.0, 2.0, -3.0, -4.0])
    with pytest.raises(BranchError, match="example 1 of the batch"):
        program.value_and_grad([1.0, -2.0], wrt="both")
    with pytest.raises(BranchError, match="this example"):
        program.jacobian(-1.0)
    with pytest.raises(BranchError):
        program.hvp([1.0, -2.0], v=[1.0])
    with pytest.raises(BranchError):
        program.backward([1.0, -2.0])
    assert W[0].grad == 0.0  # nothing was added
    with pytest.raises(BranchError):
        program(math.nan)  # nan > 0 is False
    assert program.map([]).shape == (0,)
    assert program.map([1.0, 2.0]).tolist() == [0.5, 1.0]


def test_a_branch_on_parameters_is_asked_once() -> None:
    program = Program(lambda x: x if W[0] > 0.0 else -x, 1.0)
    assert program.map([1.0, 2.0]).tolist() == [1.0, 2.0]
    for ask in (program, lambda x, theta: program.map([x, x], theta=theta)):
        with pytest.raises(BranchError):
            ask(1.0, theta=[-1.0])


STEERED: list[tuple[Any, list[float], list[float], list[float]]] = [
    (lambda xs: sorted(xs)[1], [1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [4.0, 6.0, 5.0]),
    (max, [1.0, 2.0], [1.5, 2.0], [2.5, 2.0]),  # Python's own
    (lambda xs: xs[0 if xs[0] and xs[1] else 1], [1.0, 2.0], [3.0, -1.0], [0.0, 1.0]),
    (lambda xs: xs[0 if xs[0] == xs[1] else 1], [1.0, 2.0], [3.0, 1.0], [2.0, 2.0]),
    (lambda xs: xs[not 0.0 < xs[0] < xs[1]], [1.0, 2.0], [1.0, 3.0], [3.0, 1.0]),
]


@pytest.mark.parametrize(("f", "example", "same", "other"), STEERED)
def test_what_python_asks_is_guarded(
    f: Any, example: Any, same: Any, other: Any
) -> None:
    program = Program(f, example)
    assert program(same) == f(same)
    assert program.map([example, same]).tolist() == [f(example), f(same)]
    with pytest.raises(BranchError, match=re.escape(__file__)):
        program(other)
    with pytest.raises(BranchError, match="example 2 of the batch"):
        program.map([example, same, other])


def test_where_needs_no_guard() -> None:
    program = Program(lambda x: where(x > 0.0, relu(x), -x), 1.0)
    assert not program.plan.guards
    assert program.map([2.0, -3.0]).tolist() == [2.0, 3.0]


def test_a_constant_decides_for_good() -> None:
    program = Program(lambda x: x * 2.0 if Value(1.0) > 0.0 else x, 1.0)
    assert not program.plan.guards
    assert program(3.0) == 6.0
    assert autograd.Program is Program
