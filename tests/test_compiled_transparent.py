"""A compiled function beside the plain one: all derivatives are the same."""

# A lambda around a call reaches the callee by a name, and that is tested here.
# ruff: noqa: PLW0108

from __future__ import annotations

import copy
import math
import pickle
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
import nn
import visualize
from autograd import (
    Graph,
    Program,
    StaleGraphError,
    Value,
    check_gradients,
    compiled,
    derivative,
    exp,
    grad,
    gradients,
    hessian,
    hvp,
    jacobian,
    jvp,
    log,
    log_softmax,
    logsumexp,
    no_grad,
    opened,
    sin,
    softmax,
    sqrt,
    take,
    tanh,
    value_and_grad,
    vjp,
    where,
)
from autograd.errors import CompilationWarning
from autograd.structure import flatten
from visualize.cards.model import Card

Function = Callable[..., Any]
BACKENDS = ["auto", "numpy", "machine", "jax"]


def as_it_is(f: Function) -> Function:
    return f


def close(got: Any, want: Any) -> None:
    """Equal to rounding, and of one structure and kind."""
    np.testing.assert_allclose(
        [float(x) for x in flatten(got)],
        [float(x) for x in flatten(want)],
        rtol=1e-12,
        atol=1e-14,
    )


# How a function may depend on what is differentiated. Each takes the decorator and
# gives a function of a list of two numbers, in which something is compiled.


def by_argument(deco: Function) -> Function:
    f: Function = deco(lambda w: sin(w[0]) * w[1] * w[1] + exp(w[0] * w[1]))
    return f


def by_closure(deco: Function) -> Function:
    def outer(w: Any) -> Any:
        inner = deco(lambda x: tanh(w[0] * x) * w[1] * w[1] + w[0] * w[0])
        return inner(0.5) * w[0]

    return outer


def by_computed_closure(deco: Function) -> Function:
    def outer(w: Any) -> Any:
        h = exp(w[0]) * w[1]
        return deco(lambda x: h * h * x + w[1] * x)(0.5)

    return outer


def by_both(deco: Function) -> Function:
    def outer(w: Any) -> Any:
        inner = deco(lambda x: w[0] * x * x * x + sin(x))
        return inner(w[1]) + inner(2.0 * w[0])

    return outer


def by_a_container(deco: Function) -> Function:
    def outer(w: Any) -> Any:
        held = {"a": [w[0]], "b": (w[1], 3.0)}
        return deco(lambda x: held["a"][0] ** 2 * held["b"][0] * x)(1.5)

    return outer


def by_a_method(deco: Function) -> Function:
    class Model:
        def __init__(self, w: Any) -> None:
            self.w = w

        @deco
        def loss(self, x: Any) -> Any:
            return (self.w[0] * x - self.w[1] ** 3) ** 2

    return lambda w: Model(w).loss(0.7)


def with_structures(deco: Function) -> Function:
    inner = deco(lambda d: {"s": d["x"] * d["y"][0], "t": [d["x"] ** 2, 1.0]})

    def outer(w: Any) -> Any:
        found = inner({"x": w[0], "y": (w[1], 2.0)})
        return found["s"] * found["t"][0] + found["t"][1]

    return outer


def with_branches(deco: Function) -> Function:
    inner = deco(lambda x, y: x * x * y if x * y > 0.0 else y * y * x)
    return lambda w: inner(w[0], w[1]) + inner(-w[0], w[1])


def nested(deco: Function) -> Function:
    inner = deco(lambda x: x * x * x)
    middle = deco(lambda x, y: inner(x) * y + inner(y))
    return lambda w: middle(w[0], inner(w[1]))


def with_a_derivative_inside(deco: Function) -> Function:
    inner = deco(lambda x: x**3 * 2.0)
    return lambda w: grad(inner)(w[0]) * w[1] + grad(lambda t: inner(t) * w[1])(w[0])


DEPENDENCES = [
    by_argument,
    by_closure,
    by_computed_closure,
    by_both,
    by_a_container,
    by_a_method,
    with_structures,
    with_branches,
    nested,
    with_a_derivative_inside,
]

POINT, DIRECTION = [0.4, -0.8], [1.5, -0.5]

TRANSFORMS: dict[str, Function] = {
    "value": lambda f: f(POINT),
    "grad": lambda f: grad(f)(POINT),
    "value_and_grad": lambda f: value_and_grad(f)(POINT),
    "jacobian": lambda f: jacobian(lambda w: [f(w), f(w) * w[0]])(POINT),
    "hessian": lambda f: hessian(f)(POINT),
    "hvp": lambda f: hvp(f, POINT, DIRECTION),
    "jvp": lambda f: jvp(f, (POINT,), (DIRECTION,)),
    "vjp": lambda f: vjp(f, POINT)[1](2.0),
    "derivative": lambda f: derivative(lambda t: f([t, t * t]))(0.3),
    "third": lambda f: derivative(lambda t: f([t, t * t]), order=3)(0.3),
    "grad of grad": lambda f: grad(lambda w: grad(f)(w)[0] * w[1])(POINT),
    "grad of jvp": lambda f: grad(lambda w: jvp(f, (w,), (DIRECTION,))[1])(POINT),
    "jvp of grad": lambda f: jvp(lambda w: grad(f)(w), (POINT,), (DIRECTION,))[1],
    "mixed": lambda f: grad(lambda w: (f(w) - 1.0) ** 2 + 0.01 * w[0] * w[1])(POINT),
}


@pytest.mark.parametrize("dependence", DEPENDENCES)
@pytest.mark.parametrize("name", TRANSFORMS)
def test_every_transform(name: str, dependence: Function) -> None:
    transform = TRANSFORMS[name]
    want = transform(dependence(as_it_is))
    close(transform(dependence(compiled)), want)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dependence", [by_argument, by_closure, by_a_method])
def test_every_backend(backend: Any, dependence: Function) -> None:
    f = dependence(compiled(backend=backend))
    for name in ("grad", "hessian", "hvp", "jvp", "mixed"):
        close(TRANSFORMS[name](f), TRANSFORMS[name](dependence(as_it_is)))


def by_leaves(f: Function, leaves: list[Value]) -> list[float]:
    """What the plain backward pass gives."""
    for leaf in leaves:
        leaf.grad = 0.0
    f().backward()
    return [leaf.grad for leaf in leaves]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("dependence", DEPENDENCES)
def test_backward_from_a_loss_that_is_compiled_in_part(
    backend: Any, dependence: Function
) -> None:
    if backend == "jax" and dependence is with_a_derivative_inside:
        pytest.skip("the same functions, and jax takes long to compile them")
    w = [Value(x) for x in POINT]
    plain, f = dependence(as_it_is), dependence(compiled(backend=backend))
    want = by_leaves(lambda: (plain(w) - 1.0) ** 2 + 0.01 * w[0] * w[0], w)
    for _ in range(2):
        close(by_leaves(lambda: (f(w) - 1.0) ** 2 + 0.01 * w[0] * w[0], w), want)
    loss = (f(w) - 1.0) ** 2
    close(gradients(loss, w), gradients((plain(w) - 1.0) ** 2, w))


@pytest.mark.parametrize("backend", BACKENDS)
def test_the_examples_of_the_readme(backend: Any) -> None:
    make = compiled(backend=backend)
    assert grad(lambda w: make(lambda x: w * x)(2.0))(3.0) == 2.0
    w = Value(3.0)
    f = make(lambda x: w * x)
    ((f(2.0) - 1) ** 2 + 0.01 * w * w).backward()
    assert w.grad == pytest.approx(20.06, rel=1e-14)


@pytest.mark.parametrize("dependence", DEPENDENCES)
def test_gradients_that_are_recorded(dependence: Function) -> None:
    def second(deco: Function) -> list[Any]:
        w = [Value(x) for x in POINT]
        y = dependence(deco)(w) * w[1]
        slopes = gradients(y, w, create_graph=True)
        along = slopes[0] * slopes[1] + y
        third = gradients(along, w, create_graph=True)
        return [*slopes, *third, *gradients(third[0] + third[1], w)]

    close(second(compiled), second(as_it_is))


def test_a_call_is_one_node_named_after_the_function() -> None:
    w, b = Value(2.0, label="w"), Value(1.0, label="b")

    @compiled
    def model(x: Any, scale: Any) -> Any:
        return tanh(w * x + b) * scale + tanh(b)

    x = Value(0.5, label="x")
    y = model(x, 3.0)
    assert y.op.name == "model"
    assert y.parents == (x, w, b)
    assert y.operands == (x, 3.0, w, b)
    inner = 1.0 - math.tanh(2.0) ** 2
    want = (6.0 * inner, 1.5 * inner, 3.0 * inner + 1.0 - math.tanh(1.0) ** 2)
    assert y.local_derivatives == pytest.approx(want, rel=1e-14)
    assert len(Graph(y * y).nodes) == 5
    again = model(x, 3.0)
    assert again.op is y.op
    assert "model" in autograd.Graph(y).to_json()


def test_names_that_are_no_operation_of_their_own() -> None:
    w = Value(2.0)

    def exp(x: Any) -> Any:
        return w * x

    assert compiled(exp)(3.0).op.name == "compiled_exp"
    assert compiled(lambda x: w * x)(3.0).op.name == "compiled"


def test_outputs_in_any_form_one_node_each() -> None:
    a, b = Value(2.0), Value(3.0)

    @compiled
    def f(x: Any, y: Any) -> Any:
        sums = a * x * x + b * y + a * b * x * y
        product = x * y * a * b * x
        return {"both": (sums, [product, sums]), "x": x, "one": 1.0, "a": a}

    x, y = Value(0.5), Value(-1.0)
    found = f(x, y)
    assert found["x"] is x
    assert found["a"] is a
    assert found["one"] == 1.0
    assert type(found["one"]) is float
    sums, (product, again) = found["both"]
    assert sums is again
    assert (sums.op.name, product.op.name) == ("f_0", "f_1")
    close(gradients(product, [x, y, a, b]), [-6.0, 1.5, -0.75, -0.5])


def test_many_outputs_are_recorded_as_they_are() -> None:
    f = compiled(lambda xs: [x * x for x in xs])
    xs = [Value(float(i)) for i in range(6)]
    found = f(xs)
    assert all(y.op.name == "mul" for y in found)
    assert [gradients(y, xs)[i] for i, y in enumerate(found)] == [0, 2, 4, 6, 8, 10]


def test_arrays_of_values() -> None:
    w = Value(2.0)
    f = compiled(lambda x: (x * x).sum() * w)
    x = np.array([Value(1.0), Value(3.0)])
    y = f(x)
    assert y.data == 20.0
    assert gradients(y, [*x, w]) == [4.0, 12.0, 10.0]
    assert f(np.array([1.0, 3.0])).data == 20.0


def test_the_same_value_twice() -> None:
    f = compiled(lambda x, y: x * x * y)
    v = Value(3.0)
    y = f(v, v)
    assert gradients(y, [v]) == [27.0]
    (slope,) = gradients(y, [v], create_graph=True)
    assert gradients(slope, [v]) == [18.0]


def test_floats_where_nothing_is_recorded_or_no_value_takes_part() -> None:
    w = Value(3.0)
    f = compiled(lambda x: w * x if x > 0.0 else x)
    assert type(f(2.0)) is Value
    assert type(f(-2.0)) is float
    assert type(compiled(lambda x: x * x)(2.0)) is float
    with no_grad():
        assert type(f(2.0)) is float
        assert type(f(Value(2.0))) is float
    assert type(f.value_and_grad(2.0)[0]) is float
    assert f.map([1.0, 2.0]).tolist() == [3.0, 6.0]
    assert type(f.backward(2.0)) is float


def test_a_changed_leaf_is_found() -> None:
    w = Value(3.0)
    f = compiled(lambda x: w * w * x)
    y = f(2.0)
    w.data = 4.0
    assert gradients(y, [w]) == [12.0]  # as recorded
    with pytest.raises(StaleGraphError, match="changed after recording"):
        gradients(y, [w], create_graph=True)
    assert gradients(f(2.0), [w], create_graph=True)[0].data == 16.0


def test_a_leaf_that_leads_to_another_branch_is_found() -> None:
    w = Value(3.0)
    f = compiled(lambda x: w * w * x if w > 0.0 else w * x)
    y = f(2.0)
    w.data = -1.0
    with pytest.raises(StaleGraphError):
        gradients(y, [w], create_graph=True)


def test_digits_that_cancel_are_not_taken_for_a_changed_leaf() -> None:
    w = [Value(0.1 * k + 1e-3) for k in range(40)]

    @compiled
    def f(x: Any) -> Any:
        big = sum((exp(5.0 * v) * x for v in w), start=0.0)
        return (big - exp(5.0 * w[39]) * x) * 1e-8 - 1e-8 * big + w[0] * w[1]

    slopes = gradients(f(1e8), w, create_graph=True)
    assert slopes[0].data == pytest.approx(w[1].data, abs=1e-4)


def test_other_worlds_in_between_do_not_mix() -> None:
    """Second derivatives are of what was called, not of what would be called now."""
    k = [2]
    f = compiled(lambda x: x ** k[0])

    def loss(x: Any) -> Any:
        total = 0.0
        for k[0] in (2, 3, 4):
            total = total + f(x)
        return total

    assert hessian(loss)(2.0) == pytest.approx(2 + 6 * 2 + 12 * 4)
    x = Value(2.0)
    (slope,) = gradients(loss(x), [x], create_graph=True)
    assert gradients(slope, [x])[0] == pytest.approx(2 + 6 * 2 + 12 * 4)


def test_infinities_and_nan() -> None:
    """What is not finite is recorded in full, and says where it began."""
    f = compiled(lambda x: where(x > 0.0, sqrt(x), 0.0) + log(x) * 0.0 * x)
    plain = f.__wrapped__
    for number in (0.0, -1.0, 4.0, math.inf, math.nan):
        got, want = Value(number), Value(number)
        f(got).backward()
        plain(want).backward()
        np.testing.assert_equal(got.grad, want.grad)


@pytest.mark.parametrize("x", [-1.0, 0.0, 2.0])
def test_zeros_are_strong_in_both_modes(x: float) -> None:
    relu = compiled(lambda x: where(x > 0.0, x, 0.0))

    def root(f: Function) -> Function:
        return lambda t: sqrt(f(t))

    for f in (root(relu), root(relu.__wrapped__)):
        want = 0.0 if x <= 0.0 else 0.5 / math.sqrt(x)
        assert grad(f)(x) == want
        assert derivative(f)(x) == want


def test_check_gradients_of_a_compiled_function() -> None:
    w = Value(0.7)
    f = compiled(lambda x, y: tanh(w * x) * y * y)
    check_gradients(f, 0.3, -1.2)
    check_gradients(f, 0.3, -1.2, order=2)


def test_a_wrong_rule_inside_is_blamed() -> None:
    wrong = autograd.Op("wrong", lambda xp, x: x * x, lambda xp, out, x: (3.0 * x,))
    f = compiled(lambda x: wrong(x) + x)
    with pytest.raises(autograd.GradientError):
        check_gradients(f, 0.3)


def test_a_trained_net_in_a_larger_loss() -> None:
    model, plain = (nn.MLP(2, [4, 1], activation="tanh", rng=3) for _ in range(2))
    f = compiled(lambda x: model(x))
    points = [[0.5, -1.0], [1.0, 2.0], [-0.3, 0.4]]

    def loss(call: Function, net: Any) -> Any:
        errors = [(call(point) - 1.0) ** 2 for point in points]
        penalty = sum((p * p for p in net.parameters()), start=Value(0.0))
        return sum(errors, start=Value(0.0)) + 0.01 * penalty

    for _ in range(3):
        model.zero_grad()
        plain.zero_grad()
        loss(f, model).backward()
        loss(plain, plain).backward()
        pairs = zip(model.parameters(), plain.parameters(), strict=True)
        for mine, its in pairs:
            assert mine.grad == pytest.approx(its.grad, rel=1e-12, abs=1e-15)
            mine.data -= 0.1 * mine.grad
            its.data -= 0.1 * its.grad
    assert len(f.programs) == 1


def test_a_compiled_layer_inside_a_module() -> None:
    class Net(nn.Module):
        def __init__(self) -> None:
            self.inner = nn.MLP(2, [3, 1], activation="tanh", rng=0)
            self.scale = autograd.parameter(2.0)

        @compiled
        def part(self, x: Any) -> Any:
            return self.inner(x) * self.scale

        def forward(self, x: Any) -> Any:
            return self.part(x) ** 2

    net = Net()
    y = net([0.5, -0.2])
    y.backward()
    got = [p.grad for p in net.parameters()]
    net.zero_grad()
    inner = net.inner([0.5, -0.2]) * net.scale
    (inner**2).backward()
    assert got == pytest.approx([p.grad for p in net.parameters()], rel=1e-12)
    assert len(net.part.programs) == 1
    assert "_compiled_methods" not in str(net.state_dict())


def test_graphs_with_such_nodes_are_copied_and_pickled() -> None:
    w = Value(0.5, label="w")
    f = compiled(lambda x: tanh(w * x) * w)
    y = f(2.0) * 3.0
    for other in (copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
        leaf = next(node for node in Graph(other).nodes if node.label == "w")
        assert other.data == y.data
        assert gradients(other, [leaf]) == gradients(y, [w])
        (slope,) = gradients(other, [leaf], create_graph=True)
        (want,) = gradients(y, [w], create_graph=True)
        close(gradients(slope, [leaf]), gradients(want, [w]))


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_node_closed_over_by_a_program(backend: Any) -> None:
    w = [Value(0.5), Value(-0.3), Value(1.2)]
    f = compiled(
        lambda x: (
            logsumexp([v * x for v in w])
            + softmax(w)[1] * where(w[0] > 0.0, w[1], w[2])
        )
    )
    y = f(2.0)
    z = y * w[0] + y
    for closed in (y, z):
        program = Program(lambda x, closed=closed: closed * x, 1.0, backend=backend)
        assert program(3.0) == pytest.approx(3.0 * closed.data)
        _, gradient = program.value_and_grad(3.0)
        want = [3.0 * slope for slope in gradients(closed, program.parameters)]
        np.testing.assert_allclose(gradient, want, rtol=1e-12)
        outer = compiled(lambda x, closed=closed: closed * x)
        close(gradients(outer(3.0), [*w, closed])[:2], want_of(closed, w[:2]))


def want_of(closed: Value, leaves: list[Value]) -> list[float]:
    return [3.0 * slope for slope in gradients(closed, leaves)]


def test_computed_values_that_are_closed_over_keep_their_number() -> None:
    w = Value(2.0)
    h = w * w
    f = compiled(lambda x: h * x)
    assert gradients(f(3.0), [w, h]) == [12.0, 3.0]
    w.data = 5.0
    assert f(3.0).data == 12.0  # as it was computed
    with no_grad():
        assert f(3.0) == 12.0


def test_inside_a_traced_function_it_is_the_function() -> None:
    w = Value(2.0)
    inner = compiled(lambda x: w * x * x)
    outer = compiled(lambda x: inner(x) + grad(inner)(x))
    assert outer(3.0).data == 2.0 * 9.0 + 2.0 * 6.0
    assert gradients(outer(3.0), [w]) == pytest.approx([15.0])
    (program,) = outer.programs
    assert "mul" in str(program.stages[0][1])


def test_scopes_and_labels_of_the_caller() -> None:
    w = Value(2.0)
    f = compiled(lambda x: w * x)
    with autograd.scope("part"):
        y = f(3.0)
    assert y.scope == "part"


def test_gradients_inside_a_simulation() -> None:
    w = Value(3.0)

    def simulate(f: Function) -> Any:
        x: Any = Value(1.0)
        for _ in range(5):
            x = x - 0.1 * grad(f)(x)
        return x

    f = compiled(lambda x: w * x * x)
    close(gradients(simulate(f), [w]), gradients(simulate(f.__wrapped__), [w]))


def test_derivatives_of_a_compiled_gradient() -> None:
    slope = compiled(grad(lambda w, x: (w[0] * x + w[1]) ** 2))
    assert slope([1.0, 2.0], 3.0) == [30.0, 10.0]
    w = [Value(1.0), Value(2.0)]
    assert gradients(slope(w, 3.0)[0], w) == [18.0, 6.0]


def test_rows_over_lists_and_integers() -> None:
    rows = [Value(0.3), Value(-0.5), Value(1.2)]

    def f(i: Any) -> Any:
        scores = [r * r for r in rows]
        return logsumexp(scores) * take(log_softmax(rows), i) + take(rows, i)

    got, want = compiled(f)(1), f(1)
    close(gradients(got, rows), gradients(want, rows))
    pairs = zip(
        gradients(got, rows, create_graph=True),
        gradients(want, rows, create_graph=True),
        strict=True,
    )
    for one, other in pairs:
        close(gradients(one, rows), gradients(other, rows))


def test_a_loop_of_calls_in_one_graph() -> None:
    w = Value(0.9)
    step = compiled(lambda x: sin(x) * w)

    def run(f: Function, x: Any) -> Any:
        for _ in range(50):
            x = f(x)
        return x

    x = Value(1.0)
    y = run(step, x)
    want = run(step.__wrapped__, x)
    assert len(Graph(y).nodes) == 52
    close(gradients(y, [x, w]), gradients(want, [x, w]))
    close(
        hessian(lambda t: run(step, t))(1.0),
        hessian(lambda t: run(step.__wrapped__, t))(1.0),
    )


def test_nothing_is_warned_of_what_works() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert grad(lambda w: compiled(lambda x: w * x)(2.0))(3.0) == 2.0


@pytest.mark.parametrize("traced", [True, False])
@pytest.mark.parametrize("name", ["value_and_grad", "backward", "jacobian", "hvp"])
def test_numbers_are_refused_where_their_derivative_would_be_lost(
    name: str, traced: bool
) -> None:
    def outer(w: Any) -> Any:
        f = compiled(lambda x: w * x * (1.0 if traced else float(x)))
        if not traced:
            with pytest.warns(CompilationWarning):
                f(2.0)
        with pytest.raises(TypeError, match="is being differentiated"):
            getattr(f, name)(2.0, **({"v": [1.0]} if name == "hvp" else {}))
        return w * w

    assert grad(outer)(3.0) == 6.0


def test_a_map_in_a_differentiating_call_gives_values() -> None:
    for f in (lambda w, x: w * x * x, lambda w, x: w * x if x > 1.5 else w * w):

        def outer(w: Any, f: Any = f) -> Any:
            return compiled(lambda x: f(w, x)).map([1.0, 2.0, 3.0]).sum()

        def plain(w: Any, f: Any = f) -> Any:
            return f(w, 1.0) + f(w, 2.0) + f(w, 3.0)

        assert grad(outer)(3.0) == pytest.approx(grad(plain)(3.0))


def test_grad_of_a_compiled_function_of_several_arguments() -> None:
    f = compiled(lambda x, kind, *, y: x * y if kind == "product" else x + y)
    assert grad(f)(2.0, "product", y=3.0) == 3.0
    assert grad(lambda y: f(2.0, "product", y=y))(3.0) == 2.0
    assert value_and_grad(f)(2.0, "sum", y=3.0) == (5.0, 1.0)


def test_a_compiled_node_opens() -> None:
    """Inside are the operations that were traced, with the gradients that flow back."""
    w, b, x = Value(3.0, "w"), Value(-1.0, "b"), Value(0.5, "x")

    def f(x: Any) -> Any:
        return (w * x + b).tanh() * x

    def plain(w: Any, b: Any, x: Any) -> Any:
        return ((w * x + b).tanh() * x - 1.0) ** 2

    output = compiled(f)(x)
    loss = (output - 1.0) ** 2
    loss.backward()
    before = [leaf.grad for leaf in (w, b, x)]
    assert before == pytest.approx(grad(plain, argnums=(0, 1, 2))(3.0, -1.0, 0.5))
    inside = opened(output)
    assert [node.op and node.op.name for node in inside] == [
        "mul",
        "add",
        "tanh",
        "mul",
    ]
    assert inside[-1].data == output.data
    assert inside[-1].grad == output.grad == 2.0 * (output.data - 1.0)
    assert inside[1].grad == pytest.approx(b.grad)  # it adds b, and nothing else does
    assert [leaf.grad for leaf in (w, b, x)] == before
    assert opened(loss) == [loss]
    drawn = visualize.tree(loss, focus="f")
    assert "tanh" in drawn
    assert "what f computed" in drawn
    assert "tanh" not in visualize.tree(loss)
    assert visualize.tree(loss, focus=output) == drawn


def test_what_a_compiled_function_reads_may_be_used_outside() -> None:
    """The gradient of w comes from both; the picture of the inside says so."""
    w = Value(3.0, "w")
    f = compiled(lambda x: (w * x).tanh())
    output = f(0.5)
    loss = (output - 1.0) ** 2 + 0.01 * w * w + w
    loss.backward()
    cards = visualize.draw(loss, focus=output).drawing.cards
    (card,) = [x for x in cards if isinstance(x, Card) and x.name == "w"]
    assert (card.hidden_consumers, card.earlier) == (3, 0.0)
    assert card.hidden_contribution == pytest.approx(0.06 + 1.0)
    w.grad += 24.0  # as from a pass before
    cards = visualize.draw(loss, focus=output).drawing.cards
    (card,) = [x for x in cards if isinstance(x, Card) and x.name == "w"]
    assert card.earlier == pytest.approx(24.0)
