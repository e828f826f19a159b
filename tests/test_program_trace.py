"""Tracing: what a function does becomes a plan, and no number decides for good."""

import copy
import math
import operator
import random
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest

import autograd
import nn
from autograd import OPS, Graph, Op, Value, gradients, no_grad, parameter, scope, where
from autograd.leaves import input_leaf
from autograd.program.plan import Apply
from autograd.program.trace.tape import Tape
from autograd.program.trace.writing import Traced
from autograd.structure import flatten
from nn.losses import cross_entropy
from tests.plans import rerun, run, traced
from tests.random_graphs import random_recipe

HERE = __file__


def operations(trace: Traced) -> list[str]:
    return [node.op.name for node in trace.plan.nodes if isinstance(node, Apply)]


def eager(f: Callable[..., Any], *example: Any) -> list[float]:
    """What f gives on Values outside a trace, as plain numbers."""
    return [float(x) for x in flatten(f(*example))]


def agree(x: float, y: float) -> bool:
    if x != x or y != y:
        return x != x and y != y
    return x == y or abs(x - y) <= 1e-12 * max(abs(x), abs(y)) + 1e-320


# --- the plan ----------------------------------------------------------------------


def test_the_plan_is_what_was_done_in_order() -> None:
    w, b = Value(2.0, label="w"), Value(0.5, label="b")

    def f(x: list[Value]) -> Any:
        y = w * x[0]
        _unused = y.exp()
        with scope("end"):
            return [y + b * 3, x[1], 7]

    trace = traced(f, [1.0, 5.0])
    plan = trace.plan
    assert str(plan) == (
        "v0 = mul(p0, x0)\n"
        "v1 = exp(v0)\n"
        "v2 = mul(p1, 3.0)  # end\n"
        "v3 = add(v0, v2)  # end\n"
        "return v3, x1, 7.0"
    )
    assert trace.parameters == [w, b]
    assert plan.scopes == ("", "", "end", "end")
    assert plan.origins == (0, 1, 2, 3)
    assert [node.data for node in trace.log] == [2.0, math.exp(2.0), 1.5, 3.5]
    assert rerun(trace, [10.0, -1.0]) == [21.5, -1.0, 7.0]


def test_leaves_made_inside_are_constants_and_others_parameters() -> None:
    outside = Value(3.0)
    learned = parameter(4.0, label="w")

    def f(x: Value) -> Any:
        inside, also = Value(2.0), parameter(5.0)
        return x * inside + outside * also + learned

    trace = traced(f, 1.0)
    assert trace.parameters == [outside, learned]
    assert run(trace.plan, [1.0], [3.0, 4.0]) == [21.0]
    assert run(trace.plan, [1.0], [1.0, 1.0]) == [8.0]


def test_a_computed_value_from_outside_comes_with_its_history() -> None:
    a, b = Value(2.0), Value(3.0)
    c = (a * b).exp()
    trace = traced(lambda x: c * x + b, 1.0)
    assert trace.parameters == [a, b]
    assert operations(trace) == ["mul", "exp", "mul", "add"]
    assert run(trace.plan, [2.0], [0.5, 1.0]) == [2.0 * math.exp(0.5) + 1.0]


def test_parameters_stand_in_the_order_in_which_they_are_read() -> None:
    leaves = [Value(float(i)) for i in range(6)]
    order = [3, 1, 5, 0]

    def f() -> Any:
        total = leaves[order[0]] + leaves[order[1]]
        for i in order[2:]:
            total = leaves[i] * total
        return [total, leaves[2]]

    trace = traced(f)
    assert trace.parameters == [leaves[i] for i in (3, 1, 5, 0, 2)]


def test_given_parameters_keep_their_order_and_may_be_unread() -> None:
    a, b, c = Value(1.0), Value(2.0), Value(3.0)
    trace = traced(lambda x: a * x + c, 1.0, parameters=[c, b, a])
    assert trace.parameters == [c, b, a]
    assert run(trace.plan, [2.0], [10.0, 0.0, 100.0]) == [210.0]


def test_given_parameters_are_checked() -> None:
    a, b = Value(1.0, label="a"), Value(2.0, label="b")
    with pytest.raises(ValueError, match="lacks what the function reads: 'b'"):
        traced(lambda x: a * x + b, 1.0, parameters=[a])
    with pytest.raises(ValueError, match="'a' twice"):
        traced(lambda x: a * x, 1.0, parameters=[a, b, a])
    with pytest.raises(TypeError, match="leaf Values; at 1 it has a computed Value"):
        traced(lambda x: a * x, 1.0, parameters=[a, a * b])
    with pytest.raises(TypeError, match="at 0 it has float"):
        traced(lambda x: a * x, 1.0, parameters=[1.0])
    many = [Value(1.0) for _ in range(9)]
    with pytest.raises(ValueError, match="and 4 more"):
        traced(lambda: autograd.sum(many), parameters=[])


def test_outputs_may_be_constants_inputs_and_nested() -> None:
    trace = traced(lambda x: {"a": (x, 2), "b": [np.float64(0.5), True]}, 1.0)
    assert rerun(trace, 9.0) == {"a": (9.0, 2.0), "b": [0.5, 1.0]}


@pytest.mark.parametrize("result", [None, "text", 1j, object()])
def test_a_function_that_returns_no_number_is_named(result: Any) -> None:
    with pytest.raises(TypeError, match=rf"returns.*{type(result).__name__}"):
        traced(lambda x: [x, result], 1.0)


def test_what_a_function_does_to_its_lists_stays_inside() -> None:
    def f(xs: list[Value]) -> Any:
        total = xs.pop()
        while xs:
            total = total * xs.pop()
        return total

    assert rerun(traced(f, [1.0, 2.0, 3.0]), [2.0, 3.0, 4.0]) == 24.0


def test_a_function_runs_in_the_scope_and_state_around_it() -> None:
    x = Value(1.0)
    with no_grad(), scope("outside"):
        trace = traced(lambda y: y * x, 2.0)
    assert trace.plan.scopes == ("outside",)
    assert (x < 2) is True
    assert (x * x).parents == (x, x)


def test_nothing_is_kept_alive_in_a_cycle() -> None:
    trace = traced(lambda x: (x * 2).exp() if x > 0 else x, 1.0)
    tape = trace.log[0].recording.epoch.tracer
    assert isinstance(tape, Tape)
    assert not tape.log
    assert not tape.decisions


def test_random_recipes_give_the_same_numbers() -> None:
    for seed in range(80):
        recipe = random_recipe(random.Random(seed), 25)
        trace = traced(recipe, list(recipe.inputs))
        moved = [x + 0.01 for x in recipe.inputs]
        assert not trace.plan.guards
        assert rerun(trace, moved) == recipe([Value(x) for x in moved]).data


def test_a_long_chain_is_traced() -> None:
    def f(x: Value) -> Any:
        for _ in range(100_000):
            x = x * 0.5 + 1.0
        return x

    trace = traced(f, 1.0)
    assert len(trace.plan.nodes) == 200_000
    assert rerun(trace, 5.0) == 2.0


# --- comparisons and choices -------------------------------------------------------

COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "less": operator.lt,
    "less_equal": operator.le,
    "greater": operator.gt,
    "greater_equal": operator.ge,
    "equal": operator.eq,
    "not_equal": operator.ne,
}


@pytest.mark.parametrize("name", COMPARISONS)
def test_a_comparison_is_recorded(name: str) -> None:
    compare = COMPARISONS[name]
    for kind in ("values", "right", "left", "numpy"):

        def f(x: Value, y: Value, kind: str = kind) -> Any:
            operands = {
                "values": (x, y),
                "right": (x, 0.5),
                "left": (0.5, y),
                "numpy": (np.float64(0.5), y),
            }
            result = compare(*operands[kind])
            assert isinstance(result, Value)
            return result

        trace = traced(f, 0.0, 1.0)
        assert not trace.plan.guards
        for x in (-1.0, 0.5, 2.0, math.nan):
            for y in (-1.0, 0.5, 2.0, math.nan):
                left = x if kind in ("values", "right") else 0.5
                right = y if kind != "right" else 0.5
                assert rerun(trace, x, y) == float(compare(left, right))


def test_comparisons_outside_are_bools() -> None:
    x = Value(1.0)
    assert (x < 2.0, x > x, x == 1) == (True, False, True)
    assert all(type(c(x, 1)) is bool for c in COMPARISONS.values())
    with pytest.raises(TypeError):
        _ = x & True


def test_a_comparison_with_no_number_stays_what_it_is() -> None:
    def f(x: Value) -> Any:
        assert (x == None) is False  # noqa: E711
        assert (x != "1") is True
        with pytest.raises(TypeError):
            _ = x < "1"
        return x

    assert not traced(f, 1.0).plan.guards


def test_where_and_joined_comparisons_choose_for_each_example() -> None:
    def f(x: Value) -> Any:
        inside = (x > -1) & (x < 1)
        outside = (x <= -1) | (x >= 1) | False
        outside &= outside | inside & (x < -5)
        return [where(inside, x * x, 1.0), where(outside & True, -x, 0.0)]

    trace = traced(f, 0.5)
    assert not trace.plan.guards
    assert rerun(trace, -0.5) == [0.25, 0.0]
    assert rerun(trace, 3.0) == [1.0, -3.0]


NO_TRUTHS: list[Callable[[Value], Any]] = [
    lambda x: x & True,
    lambda x: (x < 1.0) & 1.0,
    lambda x: (x * x) & (x < 1.0),
    lambda x: (x < 1.0) | autograd.maximum(x, 0.5),
    lambda x: ((x < 1.0) * 0.5) & True,
    lambda x: ((x < 1.0) * (x > 0.0) * x) | (x < 1.0),
]


@pytest.mark.parametrize("f", NO_TRUTHS)
def test_only_truths_are_joined(f: Any) -> None:
    with pytest.raises(TypeError, match="unsupported operand"):
        f(Value(1.0))
    with pytest.raises(TypeError, match="unsupported operand"):
        traced(f, 1.0)


def test_arrays_of_comparisons_are_recorded() -> None:
    def f(x: list[Value]) -> Any:
        hits = np.array([0.0, 1.0]) < x[0]
        return [where(c, 1.0, -1.0) for c in hits]

    trace = traced(f, [2.0])
    assert not trace.plan.guards
    assert rerun(trace, [0.5]) == [1.0, -1.0]


def test_where_numpy_wants_bools_they_are_guarded() -> None:
    trace = traced(lambda x: (np.array(x, dtype=object) > 0.0).sum(), [1.0, -2.0])
    assert [guard.outcome for guard in trace.plan.guards] == [True, False]


# --- guards ------------------------------------------------------------------------


def steered(x: Value) -> Any:
    if x > 0:
        return x * 2
    return x


def test_an_if_becomes_a_guard_with_its_line() -> None:
    (guard,) = traced(steered, 1.0).plan.guards
    assert guard.outcome is True
    assert guard.where == f"{HERE}:{steered.__code__.co_firstlineno + 1}"
    assert guard.line == "if x > 0:"
    (guard,) = traced(steered, -1.0).plan.guards
    assert guard.outcome is False


def test_the_line_is_the_users_where_numpy_asks() -> None:
    def f(x: Any) -> Any:
        return np.max([x, 0.0])

    guards = traced(f, 0.5).plan.guards
    line = f.__code__.co_firstlineno + 1
    assert {guard.where for guard in guards} == {f"{HERE}:{line}"}
    assert {guard.line for guard in guards} == {"return np.max([x, 0.0])"}


def guard_and(x: Value, y: Value) -> Any:
    return x if x > 0 and y > 0 else y


def guard_while(x: Value, y: Value) -> Any:
    while x < 10:
        x = x * 2
    return x + y


def guard_builtin_max(x: Value, y: Value) -> Any:
    return max(x, y)


def guard_sorted(x: Value, y: Value) -> Any:
    return sorted([x, y, x * y])


def guard_assert(x: Value, y: Value) -> Any:
    assert x != y
    return x


def guard_not(x: Value, y: Value) -> Any:
    if not x:
        return y
    return x


def guard_truth(x: Value, y: Value) -> Any:
    return x if x - 1 else y


def guard_in_a_rule(x: Value, y: Value) -> Any:
    rule = Op(
        "crooked",
        lambda xp, x: abs(x),
        lambda xp, out, x: (1.0 if x > 0 else -1.0,),
    )
    return gradients(rule(x) * y, [x], create_graph=True)


@pytest.mark.parametrize(
    ("f", "outcomes"),
    [
        (guard_and, [True, True]),
        (guard_while, [True, True, True, False]),
        (guard_builtin_max, [True]),
        (guard_sorted, [False, False]),
        (guard_assert, [True]),
        (guard_not, [True]),
        (guard_truth, [True]),
        (guard_in_a_rule, [True]),
    ],
)
def test_what_steers_python_becomes_a_guard(
    f: Callable[..., Any], outcomes: list[bool]
) -> None:
    guards = traced(f, 2.0, 3.0).plan.guards
    assert [guard.outcome for guard in guards] == outcomes
    assert all(guard.where.startswith(f"{HERE}:") for guard in guards)
    assert all(guard.line for guard in guards)


def test_a_guard_in_a_library_names_the_callers_line() -> None:
    rule = OPS["square"]

    def f(x: Value) -> Any:
        return nn.losses.hinge(rule(x), 1.0) if x else 0.0

    (guard,) = traced(f, 1.0).plan.guards
    assert guard.line == "return nn.losses.hinge(rule(x), 1.0) if x else 0.0"


def test_each_condition_is_guarded_once_and_constants_never() -> None:
    def f(x: Value) -> Any:
        positive = x > 0
        if positive and positive:
            x = x * 2
        two = Value(2.0)
        if two > 1 and two * 3 and bool(two):
            x = x * two
        return x

    assert len(traced(f, 1.0).plan.guards) == 1


def test_guards_on_parameters_and_inputs_themselves() -> None:
    w = Value(1.0)

    def f(x: Value) -> Any:
        return (x if w else 0.0) if x else 1.0

    trace = traced(f, 3.0)
    assert [guard.condition for guard in trace.plan.guards] == [0, 1]
    assert trace.parameters == [w]


# --- numbers that would be baked in ------------------------------------------------

W = Value(2.0, label="w")


def plainly(x: Value) -> Any:
    with no_grad():
        return x * 2


def grad_plainly(x: Value) -> Any:
    with no_grad():
        return autograd.grad(lambda y: y * y)(x)


def vjp_plainly(x: Value) -> Any:
    _, pullback = autograd.vjp(lambda y: y * y, x)
    with no_grad():
        return pullback(1.0)


def jvp_plainly(x: Value) -> Any:
    with no_grad():
        return autograd.jvp(lambda y: y * y, (x,), (1.0,))[1]


def set_data(leaf: Value) -> Any:
    leaf.data = 3.0
    return leaf


BAKING: dict[str, tuple[Callable[[Value], Any], str]] = {
    "float": (float, "float"),
    "int": (int, "int"),
    "round": (lambda x: round(x, 2), "round"),
    "data": (lambda x: x.data, r"\.data"),
    "of a parameter": (lambda x: x * W.data, r"\.data"),
    "of a result": (lambda x: (x * 2 + 1).data, r"\.data"),
    "math": (math.exp, r"autograd\.exp"),
    "numpy": (lambda x: np.asarray([x], float).sum(), "bake|float"),
    "np.float64": (np.float64, "bake"),
    "index": (lambda x: [1, 2][x], r"autograd\.take"),
    "range": (lambda x: len(range(x)), r"autograd\.take"),
    "backward": (lambda x: (x * x).backward(), "create_graph=True"),
    "gradients": (lambda x: gradients(x * x, [x]), "create_graph=True"),
    "no_grad": (plainly, r"no_grad"),
    "grad under no_grad": (grad_plainly, r"no_grad|create_graph"),
    "vjp under no_grad": (vjp_plainly, r"no_grad|create_graph"),
    "jvp under no_grad": (jvp_plainly, r"no_grad|float|create_graph"),
    "copy": (copy.copy, "copy"),
    "deepcopy": (lambda x: copy.deepcopy([x * 2]), "copy"),
    "set a parameter": (lambda x: set_data(W), "change"),
    "check": (lambda x: autograd.check_gradients(lambda y: y * x, 1.0), "bake"),
}


@pytest.mark.parametrize("what", BAKING)
def test_a_number_is_never_baked_in(what: str) -> None:
    f, words = BAKING[what]
    before = W.data
    with pytest.raises(TypeError, match=words):
        traced(f, 1.0)
    assert W.data == before


def test_what_the_message_says() -> None:
    with pytest.raises(TypeError) as caught:
        traced(math.exp, 1.5)
    text = str(caught.value)
    assert "float(...) would bake a number into the program" in text
    assert "Value(data=1.5" in text
    assert "autograd.where" in text


def test_constants_may_be_read_and_all_may_be_shown() -> None:
    shown = []

    def f(x: Value) -> Any:
        constant = Value(2.0) * 3
        shown.append(f"{x:.1f} {x} {x!r} {constant.data} {float(constant)}")
        with no_grad():
            folded = constant * 2
        slope = gradients(constant * constant, [constant])[0]
        inner = autograd.grad(lambda y: y * y)(3.0)
        return x * constant.data + folded + slope + inner

    trace = traced(f, 1.5)
    assert shown[0].startswith("1.5 Value(data=1.5")
    assert rerun(trace, 2.0) == 12.0 + 12.0 + 12.0 + 6.0


def test_reading_a_number_in_a_loop_takes_linear_time() -> None:
    def f(x: Value) -> Any:
        constant = Value(1.0)
        for _ in range(20_000):
            constant = constant * 1.0
            if constant.data > 0 and x > 0:
                x = x * 1.0
        return x

    assert len(traced(f, 1.0).plan.guards) == 20_000


# --- derivatives inside ------------------------------------------------------------

CONSTANTS: dict[str, dict[int, list[float]]] = {
    "power": {1: [2.0, 3.0, 0.5, -1.0, 0.0, 1.0]},
    "power_derivative": {2: [1.0, 2.0]},
    "softmax": {0: [0.0, 1.0]},
    "log_softmax": {0: [0.0, 1.0]},
    "log_odds_against": {0: [0.0, 1.0]},
    "take": {0: [0.0, 1.0]},
}
AWKWARD = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -3.0, 40.0, 1e-300]
AWKWARD += [math.inf, -math.inf, math.nan]


class Case(NamedTuple):
    """A row with constants in place, and how many operands are left."""

    f: Callable[..., Any]
    width: int


def cases(op: Op, rng: random.Random) -> Iterator[Case]:
    width = 3 if op.variadic else len(op.operand_names)
    for _ in range(3):
        constants = {
            i: rng.choice(choices) for i, choices in CONSTANTS.get(op.name, {}).items()
        }

        def f(*xs: Any, constants: dict[int, float] = constants) -> Any:
            given = iter(xs)
            operands = [
                constants[i] if i in constants else next(given) for i in range(width)
            ]
            y = op(*operands)
            first = gradients(y, xs, create_graph=True)
            return [y, first, [gradients(g, xs, create_graph=True) for g in first]]

        yield Case(f, width - len(constants))


@pytest.mark.parametrize("op", OPS.values(), ids=str)
def test_no_number_decides_a_derivative(op: Op) -> None:
    """First and second derivatives, traced at one point, hold at all others."""
    rng = random.Random(op.name)
    for f, width in cases(op, rng):
        example = [rng.choice([0.3, 0.7, -0.4, 1.2, 0.0, 2.0]) for _ in range(width)]
        trace = traced(f, *example)
        assert not trace.plan.guards
        for _ in range(40):
            xs = [rng.choice(AWKWARD), rng.uniform(-3, 3), rng.choice(AWKWARD)][:width]
            if width > 1 and rng.random() < 0.3:
                xs[1] = xs[0]
            got = flatten(rerun(trace, *xs))
            for mine, true in zip(got, eager(f, *map(Value, xs)), strict=True):
                assert agree(float(mine), true), f"{op.name} at {xs}, from {example}"


def test_an_infinite_adjoint_does_not_reach_what_was_not_chosen() -> None:
    """Traced where it is chosen, run where it is not, and the other way round."""

    def f(x: Value) -> Any:
        return gradients(autograd.sqrt(autograd.relu(x)), [x], create_graph=True)

    for example in (4.0, -1.0):
        trace = traced(f, example)
        assert rerun(trace, -1.0) == [0.0]
        assert rerun(trace, 4.0) == [0.25]
        assert rerun(trace, 0.0) == [0.0]


def test_transforms_inside_a_function() -> None:
    w = Value(0.7)

    def f(x: Value, y: Value) -> Any:
        slope = autograd.grad(lambda v: (v * w).tanh() * x)(y)
        tangent = autograd.jvp(lambda v: autograd.maximum(v, x) * w, (y,), (1.0,))[1]
        curve = autograd.hessian(lambda v: autograd.softplus(v[0] * v[1]))([x, y])
        return [slope, tangent, curve]

    trace = traced(f, 1.0, 2.0)
    for x, y in ((0.3, -0.2), (-0.2, 0.3), (1.0, 1.0)):
        for mine, true in zip(
            flatten(rerun(trace, x, y)), eager(f, Value(x), Value(y)), strict=True
        ):
            assert agree(float(mine), true)


# --- integers ----------------------------------------------------------------------


def test_an_integer_input_takes_a_row() -> None:
    table = [[Value(float(10 * i + j)) for j in range(2)] for i in range(3)]
    rows = {
        "lists": table,
        "tuples": [tuple(row) for row in table],
        "dicts": [dict(zip("ab", row, strict=True)) for row in table],
        "arrays": [np.array(row, dtype=object) for row in table],
        "one array": np.array(table, dtype=object),
        "plain": [[10.0 * i + j for j in range(2)] for i in range(3)],
    }
    for form in rows.values():
        assert isinstance(form, list | np.ndarray)
        trace = traced(lambda i, form=form: autograd.take(form, i), 1)
        assert trace.plan.integers == {0}
        assert operations(trace) == ["take", "take"]
        assert type(trace.result) is type(form[0])
        for i in range(3):
            assert [*map(float, flatten(rerun(trace, i)))] == [10.0 * i, 10.0 * i + 1]


def test_take_outside_is_plain_indexing() -> None:
    rows = [Value(1.0), Value(2.0)]
    assert autograd.take(rows, 1) is rows[1]
    assert autograd.take(rows, np.int64(-1)) is rows[1]


def test_an_integer_input_is_a_number_too() -> None:
    trace = traced(lambda i, x: [x * i + 1, where(i > 2, x, -x), i], 3, 2.0)
    assert rerun(trace, 2, 5.0) == [11.0, -5.0, 2.0]
    graph = gradients_of_take()
    assert graph == [0.0, 1.0, 0.0]


def gradients_of_take() -> list[float]:
    rows = [Value(1.0), Value(2.0), Value(3.0)]

    def f(i: Value) -> Any:
        return gradients(autograd.take(rows, i), rows, create_graph=True)

    outputs = rerun(traced(f, 0), 1)
    return [*map(float, outputs)]


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_an_integer_input_is_the_index_of_a_row(name: str) -> None:
    op = OPS[name]

    def f(i: Any, *xs: Any) -> Any:
        y = op(i, *xs)
        assert len(y.parents) == len(xs)
        first = gradients(y, xs, create_graph=True)
        return [y, first, gradients(first[0], xs, create_graph=True)]

    for width in (1, 2, 3, 4):
        xs = [0.3, -0.4, 1.2, 0.0][:width]
        trace = traced(f, 0, *xs)
        assert not trace.plan.guards
        for i in range(width):
            moved = [x * 2 - 0.1 for x in xs]
            got = flatten(rerun(trace, i, *moved))
            true = eager(f, i, *map(Value, moved))
            assert all(map(agree, map(float, got), true))


def test_cross_entropy_takes_an_integer_input() -> None:
    def f(logits: Any, target: Any) -> Any:
        return cross_entropy(logits, target)

    trace = traced(f, [[0.1, 0.2, 0.3], [1.0, 0.0, -1.0]], [0, 1])
    logits = [[0.5, -0.2, 0.1], [0.3, 0.3, 2.0]]
    true = f([[Value(x) for x in row] for row in logits], [2, 0]).data
    assert agree(rerun(trace, logits, [2, 0]), true)


def test_what_an_index_may_be() -> None:
    rows = [Value(1.0), Value(2.0)]

    def take(i: Any) -> Any:
        return autograd.take(rows, i)

    with pytest.raises(
        TypeError, match=r"got Value: .*give an int in the program's ex"
    ):
        traced(take, 1.0)
    with pytest.raises(TypeError, match=r"got Value \(of 'add'\).* input of its own"):
        traced(lambda i: take(i + 1), 0)
    with pytest.raises(TypeError, match=r"integer index, got float$"):
        traced(lambda i: take(0.5), 0)
    for loss in (
        lambda i: cross_entropy(rows, i),
        lambda i: cross_entropy([rows], [i]),
    ):
        with pytest.raises(TypeError, match=r"index is an int, got Value: .*an int in"):
            traced(loss, 1.0)
    with pytest.raises(IndexError, match="out of range for 2 rows"):
        traced(take, 2)
    with pytest.raises(IndexError, match="counts from 0 to 1, got -1"):
        traced(take, -1)
    with pytest.raises(TypeError, match="an integer input can't be a bare"):
        traced(lambda i: rows[i], 1)
    with pytest.raises(TypeError, match="index is a constant"):
        traced(lambda x: OPS["softmax"](x, x, x), 1.0)
    with pytest.raises(TypeError, match="n is a constant"):
        traced(lambda i: OPS["power"](2.0, i), 2)
    with pytest.raises(TypeError, match="rows of one form"):
        traced(lambda i: autograd.take([[1.0, 2.0], [3.0]], i), 1)


def test_roles() -> None:
    assert input_leaf(3.0).role == "input"
    assert input_leaf(3, integer=True).role == "integer"
    assert input_leaf(3, integer=True).is_integer
    assert not Value(3).is_integer


# --- functions that are not the same each time -------------------------------------


def test_random_numbers_are_named() -> None:
    state = random.getstate()
    with pytest.raises(ValueError, match=r"random numbers \(random\)"):
        traced(lambda x: x * random.random(), 1.0)
    random.setstate(state)
    with pytest.raises(ValueError, match=r"random numbers \(np\.random\)"):
        traced(lambda x: x * np.random.rand(), 1.0)  # noqa: NPY002


def test_a_state_is_found_out() -> None:
    rng = np.random.default_rng(0)
    calls: list[int] = []
    kept: list[Value] = []

    def counts(x: Value) -> Any:
        calls.append(1)
        return x * len(calls)

    def keeps(x: Value) -> Any:
        if not kept:
            kept.append(Value(3.0))
        return x * kept[0]

    def grows(x: Value) -> Any:
        calls.append(1)
        return [x] * (1 + len(calls) % 2)

    def swaps(x: Value) -> Any:
        calls.append(1)
        return x.exp() if len(calls) % 2 else x.tanh()

    generated: Callable[[Value], Any] = lambda x: x * rng.normal()  # noqa: E731
    with pytest.raises(ValueError, match=r"draws random numbers \(rng\)"):
        traced(generated, 1.0)
    for f in (counts, keeps, grows, swaps):
        with pytest.raises(ValueError, match="is not the same each time"):
            traced(f, 1.0)


def test_nan_and_own_operations_are_the_same_each_time() -> None:
    def f(x: Value) -> Any:
        cube = Op("cube", lambda xp, x: x * x * x, lambda xp, out, x: (3.0 * x * x,))
        return [cube(x) + math.nan, x * float("nan")]

    assert len(traced(f, 1.0).plan.nodes) == 3


def test_an_error_inside_leaves_no_trace() -> None:
    def f(x: Value) -> Any:
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        traced(f, 1.0)
    assert (Value(1.0) < 2.0) is True
    assert Graph(Value(1.0) * 2).nodes
