"""Scalar programs as loops: equal to the eager engine, short, and readable."""

import importlib.util
import math
import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from autograd import OPS, Op, Value, gradients
from autograd import sum as total
from autograd.leaves import input_leaf
from autograd.program.loops import natives as python_natives
from autograd.program.loops.choice import is_scalar
from autograd.program.loops.expanding import expand
from autograd.program.loops.functions import Functions, python_functions
from autograd.program.loops.natives import BranchTaken
from autograd.program.loops.numba_functions import numba_functions
from autograd.program.loops.repeats import Reading, periods
from autograd.program.loops.rolled import Carried, Fixed, Row, Strided, Table, Within
from autograd.program.loops.rolling import roll
from autograd.program.loops.source import source
from autograd.program.loops.symbols import Scope, local_derivatives, value
from autograd.program.loops.text import Block
from autograd.program.loops.text import given as variable
from autograd.program.plan import Apply, Dot, Guard, Plan
from autograd.program.trace import trace
from tests.random_graphs import Recipe, random_recipe, recipes

INFINITY = math.inf
NUMBA = importlib.util.find_spec("numba") is not None
Compile = Callable[..., Functions]

COMPILERS = [python_functions]
if NUMBA:
    COMPILERS.append(numba_functions)
compilers = pytest.mark.parametrize("functions", COMPILERS)


# --- a function, traced and run by the eager engine -------------------------------

Program = Callable[[list[Any], list[Any]], list[Any]]


@dataclass
class Case:
    """A function of inputs and parameters, and numbers to try it on."""

    f: Program
    inputs: list[float]
    parameters: list[float]

    @property
    def plan(self) -> Plan:
        """The function as it was traced."""
        xs = [*map(input_leaf, self.inputs)]
        parameters = [*map(Value, self.parameters)]
        return trace(lambda *xs: self.f([*xs], parameters), xs, xs, parameters).plan

    def eager(self) -> tuple[list[float], list[float], list[float]]:
        """Outputs, and the derivatives of their seeded sum."""
        xs, parameters = [*map(Value, self.inputs)], [*map(Value, self.parameters)]
        outputs = self.f([*xs], parameters)
        weighted = [y * s for y, s in zip(outputs, seeds(outputs), strict=True)]
        slopes = gradients(total(weighted), [*parameters, *xs])
        n = len(parameters)
        return [float(y) for y in outputs], slopes[:n], slopes[n:]


def seeds(outputs: Sequence[Any]) -> list[float]:
    return [math.cos(k) for k in range(len(outputs))]


def assert_close(got: Any, expected: Sequence[float], tolerance: float) -> None:
    scale = max((abs(x) for x in expected if math.isfinite(x)), default=0.0)
    assert len(got) == len(expected)
    for ours, theirs in zip(got, expected, strict=True):
        if math.isfinite(theirs):
            assert abs(ours - theirs) <= tolerance * max(abs(theirs), 1e-3 * scale)
        else:
            assert ours == theirs or (math.isnan(ours) and math.isnan(theirs))


def assert_equals_eager(case: Case, functions: Compile, **options: Any) -> Functions:
    compiled = functions(case.plan, **options)
    outputs, by_theta, by_x = case.eager()
    assert_close(compiled.value(case.parameters, case.inputs), outputs, 1e-14)
    ours = compiled.gradient(case.parameters, case.inputs, seeds(outputs))
    assert_close(ours[0], outputs, 1e-14)
    assert_close([*ours[1], *ours[2]], [*by_theta, *by_x], 1e-12)
    return compiled


def wave(count: int) -> list[float]:
    return [math.sin(1.3 * k + 0.2) for k in range(count)]


tanh, sin, cos, sqrt = (OPS[name] for name in ("tanh", "sin", "cos", "sqrt"))


# --- programs that repeat themselves ----------------------------------------------


def chain(steps: int) -> Program:
    def f(x: list[Any], p: list[Any]) -> list[Any]:
        (y,), (w, b) = x, p
        for _ in range(steps):
            y = tanh(w * y + b)
        return [y]

    return f


def from_a_constant(x: list[Any], p: list[Any]) -> list[Any]:
    y = 1.0
    for _ in range(12):
        y = 0.5 * (y + x[0] / y)
    return [y]


def logistic_map(x: list[Any], p: list[Any]) -> list[Any]:
    (y,) = x
    for _ in range(40):
        y = p[0] * y * (1.0 - y)
    return [y]


def leapfrog(x: list[Any], p: list[Any]) -> list[Any]:
    before, now = x[0], x[0] - 0.001
    for _ in range(30):
        before, now = now, 2.0 * now - before - p[0] * sin(now)
    return [now]


def pendulum(x: list[Any], p: list[Any]) -> list[Any]:
    (angle, speed), (g,) = x, p
    for _ in range(50):
        middle = speed - 0.005 * g * sin(angle)
        angle = angle + 0.01 * middle
        speed = middle - 0.005 * g * sin(angle)
    return [angle, speed]


def changing_inputs(xs: list[Any], p: list[Any]) -> list[Any]:
    state = 0.0
    for x in xs:
        state = tanh(p[0] * x + p[1] * state)
    return [state]


def every_other_input_backwards(xs: list[Any], p: list[Any]) -> list[Any]:
    state = p[0]
    for k in range(40, 0, -2):
        state = sin(state + xs[k])
    return [state]


def changing_parameters(x: list[Any], p: list[Any]) -> list[Any]:
    y = 0.0
    for coefficient in p:
        y = y * x[0] + coefficient
    return [y]


def changing_constants(x: list[Any], p: list[Any]) -> list[Any]:
    (y,) = x
    for k in range(30):
        y = cos(y * (1.0 + 0.1 * k) + 0.01 * k * k)
    return [y]


def all_the_states(x: list[Any], p: list[Any]) -> list[Any]:
    (y,), states = x, []
    for _ in range(20):
        y = tanh(p[0] * y + p[1])
        states.append(y)
    return [*states[:8], x[0], states[-1], 2.5, states[3]]


def mean_of_the_states(xs: list[Any], p: list[Any]) -> list[Any]:
    state, states = p[1], []
    for x in xs:
        state = tanh(p[0] * x + state)
        states.append(state)
    return [OPS["mean"](*states), states[3], total(states)]


def there_and_back(xs: list[Any], p: list[Any]) -> list[Any]:
    (w,), states = p, []
    state = w
    for x in xs:
        state = sin(w * state + x)
        states.append(state)
    for earlier in reversed(states):
        state = tanh(state * w + earlier)
    return [state]


def one_after_the_other(x: list[Any], p: list[Any]) -> list[Any]:
    (y,), (w,) = x, p
    for _ in range(20):
        y = sin(w * y)
    z = OPS["exp"](y) + w
    for _ in range(15):
        z = cos(z) / (1.0 + w)
    return [y * z, z]


def the_first_state_again(x: list[Any], p: list[Any]) -> list[Any]:
    y = first = sin(p[0] * x[0])
    for _ in range(20):
        y = sin(p[0] * y) + 0.01 * first
    return [y]


def two_that_swap(x: list[Any], p: list[Any]) -> list[Any]:
    a, b = x
    for _ in range(20):
        a, b = sin(p[0] * b), cos(a)
    return [a, b]


def dots(xs: list[Any], w: list[Any]) -> list[Any]:
    h, g = 0.1, 0.2
    for x in xs:
        h = tanh(OPS["dot"](w[0], w[1], h, g, x))
        g = tanh(OPS["dot"](w[2], w[0], h, x))
    return [h, g]


def under_another_name(x: list[Any], p: list[Any]) -> list[Any]:
    (y,), before, names = x, p[0], []
    for _ in range(20):
        name = OPS["identity"](y)
        y = OPS["gelu"](OPS["atan2"](y, before))
        before = name
        names.append(name)
    return [*names, y]


def starting_from_itself(xs: list[Any], p: list[Any]) -> list[Any]:
    y = None
    for x in xs:
        term = p[0] * x
        y = OPS["atan2"](term if y is None else y, term)
    return [y]


def reading_again(xs: list[Any], p: list[Any]) -> list[Any]:
    (y,) = p
    for x in xs:
        y = sin(y + x) * y + 1.0
    return [y]


def matrix(xs: list[Any], w: list[Any]) -> list[Any]:
    """Each row of the matrix repeats itself, and so does each step of the whole."""
    state = [0.0] * 3
    for x in xs:
        sums = [
            w[3 * k] * state[0] + w[3 * k + 1] * state[1] + w[3 * k + 2] * state[2]
            for k in range(3)
        ]
        state = [tanh(number + x) for number in sums]
    return state


def list_functions(xs: list[Any], p: list[Any]) -> list[Any]:
    (h,) = p
    for a, b in zip(xs[::2], xs[1::2], strict=True):
        h = OPS["logsumexp"](h, a, b) - OPS["max"](a, h, p[0])
        h = h + OPS["log_softmax"](1.0, a, h, b) * 0.1
    return [h]


def guarded_roots(xs: list[Any], p: list[Any]) -> list[Any]:
    """A zero adjoint meets an infinite slope in every other step."""
    y = 0.0
    for x in xs:
        y = y + OPS["where"](x, sqrt(x), x)
    return [y]


REPEATING = {  # a case, and how many loops it is
    "chain": (Case(chain(50), [0.3], [0.5, 0.1]), 1),
    "from_a_constant": (Case(from_a_constant, [2.0], []), 1),
    "logistic_map": (Case(logistic_map, [0.2], [2.9]), 1),
    "leapfrog": (Case(leapfrog, [1.0], [0.01]), 1),
    "pendulum": (Case(pendulum, [0.5, 0.1], [9.81]), 1),
    "changing_inputs": (Case(changing_inputs, wave(25), [0.4, 0.7]), 1),
    "backwards": (Case(every_other_input_backwards, wave(41), [0.4]), 1),
    "changing_parameters": (Case(changing_parameters, [0.7], wave(30)), 1),
    "changing_constants": (Case(changing_constants, [0.7], []), 1),
    "all_the_states": (Case(all_the_states, [0.3], [0.5, 0.1]), 1),
    "mean_of_the_states": (Case(mean_of_the_states, wave(25), [0.4, 0.7]), 3),
    "there_and_back": (Case(there_and_back, wave(20), [0.8]), 2),
    "one_after_the_other": (Case(one_after_the_other, [0.3], [0.9]), 2),
    "the_first_state_again": (Case(the_first_state_again, [0.3], [0.9]), 1),
    "two_that_swap": (Case(two_that_swap, [0.3, 0.4], [0.9]), 1),
    "dots": (Case(dots, wave(30), [0.3, -0.2, 0.1]), 1),
    "under_another_name": (Case(under_another_name, [0.9], [0.5]), 1),
    "starting_from_itself": (Case(starting_from_itself, wave(20), [0.5]), 1),
    "reading_again": (Case(reading_again, wave(20), [0.5]), 1),
    "matrix": (Case(matrix, wave(20), wave(9)), 1),
    "list_functions": (Case(list_functions, wave(24), [0.5]), 1),
}
repeating = pytest.mark.parametrize("name", REPEATING)


@repeating
@pytest.mark.parametrize("careful", [False, True])
@compilers
def test_a_loop_gives_the_numbers_of_the_eager_engine(
    name: str, careful: bool, functions: Compile
) -> None:
    case, loops = REPEATING[name]
    compiled = assert_equals_eager(case, functions, careful=careful)
    assert len(roll(case.plan).loops) == loops
    assert "for " in compiled.source


@repeating
def test_a_program_is_much_shorter_than_its_plan(name: str) -> None:
    plan = REPEATING[name][0].plan
    rolled = roll(plan)
    assert rolled.size <= 45
    assert rolled.size < 0.7 * len(expand(plan).nodes)
    assert "times, i = 0, 1, ..." in str(rolled)


def test_a_chain_is_a_short_loop_however_long_it_is() -> None:
    cases = (Case(chain(n), [0.3], [0.5, 0.1]) for n in (1000, 10_000))
    short, long = (python_functions(case.plan).source for case in cases)
    assert long.count("\n") < 60
    assert short.replace("999", "9999").replace("1000", "10000") == long
    assert "for _ in range(10000):\n        v2 = tanh(p0 * last_v2 + p1)" in long


def random_case(seed: int, size: int, names: Sequence[str] | None = None) -> Case:
    recipe = random_recipe(random.Random(seed), size, names)
    count = seed % (len(recipe.inputs) + 1)
    inputs, parameters = recipe.inputs[:count], recipe.inputs[count:]
    return Case(lambda x, p: [recipe([*x, *p])], [*inputs], [*parameters])


@pytest.mark.parametrize("names", [None, ["add", "mul", "tanh", "sub", "maximum"]])
def test_random_programs_are_right(names: list[str] | None) -> None:
    for seed in range(60):
        case = random_case(seed, 1 + seed % 40, names)
        assert_equals_eager(case, python_functions, careful=seed % 2 == 0)


@given(recipe=recipes(max_size=6, names=["sin", "mul", "add", "tanh", "atan", "sub"]))
@settings(max_examples=60, deadline=None)
def test_random_steps_in_a_loop_are_right(recipe: Recipe) -> None:
    def f(xs: list[Any], states: list[Any]) -> list[Any]:
        for x in xs:
            states = [*states[1:], tanh(recipe(states) + x)]
        return states

    case = Case(f, wave(30), [*recipe.inputs])
    assert_equals_eager(case, python_functions)
    assert roll(case.plan).loops


@pytest.mark.skipif(not NUMBA, reason="numba is not installed")
def test_random_programs_are_right_as_machine_code() -> None:
    for seed in range(4):
        assert_equals_eager(random_case(seed, 12), numba_functions)


# --- edges ------------------------------------------------------------------------


@compilers
def test_no_node_one_node_and_constant_outputs(functions: Compile) -> None:
    nothing = functions(Plan(0, 0, (), ()))
    assert [len(part) for part in nothing.gradient([], [], [])] == [0, 0, 0]
    passed_on = functions(Plan(2, 1, (), (1, 2, 4.5)))
    outputs, by_theta, by_x = passed_on.gradient([7.0], [1.0, 2.0], [1.0, 3.0, 9.0])
    assert [*outputs, *by_theta, *by_x] == [2.0, 7.0, 4.5, 3.0, 0.0, 1.0]
    one = functions(Plan(1, 0, (Apply(OPS["square"], (0,)),), (1,)))
    outputs, _, by_x = one.gradient([], [3.0], [1.0])
    assert [*outputs, *by_x] == [9.0, 6.0]


def test_dots_sums_and_means_are_written_out() -> None:
    plan = Plan(
        3,
        2,
        (
            Dot((3, -1.0, 4), (0, 1, 2), (3, 0.5)),
            Dot((), (), (0, 1, 2)),
            Dot((), (), ()),
            Apply(OPS["mean"], (0, 1, 2, 2)),
            Apply(OPS["sum"], (1.0, 2.0)),
        ),
        (5, 6, 7, 8, 9),
    )
    assert [str(n.op) for n in expand(plan).nodes[:4] if isinstance(n, Apply)] == [
        "mul",
        "sub",
        "mul",
        "add",
    ]
    x, theta = [1.5, -2.0, 0.25], [3.0, 7.0]
    outputs, by_theta, by_x = python_functions(plan).gradient(theta, x, [1.0] * 5)
    assert [*outputs] == [4.5 + 2.0 + 1.75 + 3.0 + 0.5, -0.25, 0.0, 0.0, 3.0]
    assert [*by_theta] == [2.5, 0.25]
    assert [*by_x] == [3.0 + 1.0 + 0.25, -1.0 + 1.0 + 0.25, 7.0 + 1.0 + 0.5]


@pytest.mark.parametrize("op", OPS.values(), ids=str)
def test_every_row_of_the_table_is_written_down(op: Op) -> None:
    scope = Scope(Block())
    names = [f"x{k}" for k in range(3 if op.variadic else len(op.operand_names))]
    symbols: list[Any] = [scope.symbol(variable(name)) for name in names]
    for position, name in enumerate(op.operand_names):
        if name in op.constants:
            symbols[position] = 1.0
    out = value(op, scope, symbols)
    slopes = local_derivatives(op, scope, out, symbols)
    assert len(slopes) == len(symbols)
    assert not scope.called


def test_an_integer_input_indexes_and_has_no_derivative() -> None:
    plan = Plan(3, 0, (Apply(OPS["take"], (0, 1, 2)),), (3,), integers=frozenset({0}))
    for index, chosen in ((0.0, 5.0), (1.0, 6.0), (-1.0, 6.0)):
        x = [index, 5.0, 6.0]
        outputs, _, by_x = python_functions(plan).gradient([], x, [1.0])
        assert [*outputs] == [chosen]
        assert [*by_x] == [0.0, float(chosen == 5.0), float(chosen == 6.0)]


def test_derivatives_are_made_only_for_what_is_asked() -> None:
    case = REPEATING["changing_inputs"][0]
    theta, x, seed = case.parameters, case.inputs, [1.0]
    _, by_theta, by_x = python_functions(case.plan).gradient(theta, x, seed)
    zeros = [0.0] * len(x), [0.0] * len(theta)
    parameters = python_functions(case.plan, wrt="parameters")
    inputs = python_functions(case.plan, wrt="inputs")
    assert parameters.gradient(theta, x, seed)[1:] == (by_theta, zeros[0])
    assert inputs.gradient(theta, x, seed)[1:] == (zeros[1], by_x)
    assert "d_x[i] +=" not in parameters.source
    with pytest.raises(ValueError, match=r"wrt must be one of .*got 'all'"):
        python_functions(case.plan, wrt="all")


def test_arrays_and_lists_are_taken() -> None:
    case = REPEATING["pendulum"][0]
    theta, x, seed = case.parameters, case.inputs, [1.0, 2.0]
    functions = python_functions(case.plan)
    arrays = functions.gradient(np.array(theta), np.array(x), np.array(seed))
    assert arrays == functions.gradient(theta, x, seed)
    assert type(arrays[0][0]) is float


# --- numbers that are none --------------------------------------------------------


@compilers
def test_a_zero_adjoint_is_strong_in_careful_programs(functions: Compile) -> None:
    case = Case(guarded_roots, [0.0, 4.0] * 4, [])
    assert case.eager()[2] == [1.0, 0.25] * 4
    assert_equals_eager(case, functions, careful=True)


@compilers
def test_a_zero_adjoint_that_meets_infinity_is_seen_in_fast_programs(
    functions: Compile,
) -> None:
    def f(x: list[Any], p: list[Any]) -> list[Any]:
        return [OPS["where"](p[0], 1.0, OPS["pow_log"](x[0], 0.5))]

    case = Case(f, [0.0], [1.0])
    (slope,) = functions(case.plan).gradient([1.0], [0.0], [1.0])[2]
    assert math.isnan(slope)
    assert_equals_eager(case, functions, careful=True)


FLAT = Op("flat", lambda xp, x: 0.0 * x, lambda xp, out, x: (0.0 * x,))


@compilers
@pytest.mark.parametrize("op", [OPS["relu"], FLAT])
def test_an_infinite_adjoint_stops_where_a_derivative_is_0(
    op: Op, functions: Compile
) -> None:
    case = Case(lambda x, p: [op(x[0]) * 1e300 * 1e300], [-1.0], [])
    assert_close(case.eager()[2], [0.0], 0.0)
    assert_equals_eager(case, functions, careful=True)
    assert math.isnan(functions(case.plan).gradient([], [-1.0], [1.0])[2][0])


@compilers
@pytest.mark.parametrize("start", [math.nan, INFINITY, -INFINITY, 1e200])
def test_nan_and_infinities_are_those_of_the_eager_engine(
    start: float, functions: Compile
) -> None:
    def f(x: list[Any], p: list[Any]) -> list[Any]:
        (y,), (w, b) = x, p
        for _ in range(10):
            y = OPS["relu"](w * y + b * y)
        return [y]

    assert_equals_eager(Case(f, [start], [0.5, 0.1]), functions, careful=True)


def test_what_python_refuses_to_compute_is_left_to_the_caller() -> None:
    functions = python_functions(Plan(1, 0, (Apply(OPS["reciprocal"], (0,)),), (1,)))
    with pytest.raises(ZeroDivisionError):
        functions.value([], [0.0])


# --- guards -----------------------------------------------------------------------


def halving(steps: int) -> Plan:
    """While x > 1: x = x / 2, as it is traced for an x of 2**steps."""
    nodes: list[Apply] = []
    guards = []
    x, first = 0, 1
    for step in range(steps + 1):
        nodes.append(Apply(OPS["greater"], (x, 1.0)))
        condition = first + len(nodes) - 1
        guards.append(Guard(condition, step < steps, "f.py:2", "while x > 1:"))
        if step < steps:
            nodes.append(Apply(OPS["mul"], (0.5, x)))
            x = first + len(nodes) - 1
    return Plan(1, 0, tuple(nodes), (x,), tuple(guards))


@compilers
def test_a_guard_that_does_not_hold_is_named(functions: Compile) -> None:
    compiled = functions(halving(8))
    assert compiled.source.count("branch(") == 2 * 2  # in the loop, and after it
    assert [*compiled.value([], [256.0])] == [1.0]
    assert [*compiled.gradient([], [250.0], [1.0])[2]] == [1.0 / 256.0]
    for x, guard in ((1.0, 0), (2.0, 1), (128.0, 7), (257.0, 8)):
        with pytest.raises(BranchTaken) as taken:
            compiled.value([], [x])
        assert taken.value.args == (guard,)
        with pytest.raises(BranchTaken):
            compiled.gradient([], [x], [1.0])


def test_guards_with_other_outcomes_are_other_loops() -> None:
    outcomes = [True] * 8 + [False] * 8
    nodes = tuple(Apply(OPS["greater"], (k, 0.0)) for k in range(16))
    guards = [Guard(16 + k, o, "f.py:1", "if x:") for k, o in enumerate(outcomes)]
    plan = Plan(16, 0, nodes, (16,), tuple(guards))
    functions = python_functions(plan)
    assert len(roll(plan).loops) == 2
    assert functions.value([], [1.0] * 8 + [-1.0] * 8) == [1.0]
    with pytest.raises(BranchTaken, match="11"):
        functions.value([], [1.0] * 8 + [-1.0] * 3 + [1.0] * 5)


def test_the_caller_says_what_a_broken_guard_means() -> None:
    def refuse(guard: int) -> Any:
        raise LookupError(f"guard {guard}")

    guard = Guard(0, outcome=True, where="f.py:1", line="if x:")
    plan = replace(halving(8), guards=(guard,))
    with pytest.raises(LookupError, match="guard 0"):
        python_functions(plan, branch=refuse).value([], [0.0])


# --- operations of one's own ------------------------------------------------------


def by_sign(xp: Any, x: Any) -> Any:
    return x * x if x > 0.0 else -x


DECIDING = Op("fold", by_sign, lambda xp, out, x: ((2.0 * x if x > 0.0 else -1.0),))
SAME_NAME = Op(
    "fold",
    lambda xp, x: 0.5 * x if x > 0.0 else x,
    lambda xp, out, x: ((0.5 if x > 0.0 else 1.0),),
)


def folded(x: list[Any], p: list[Any]) -> list[Any]:
    (y,) = x
    for _ in range(10):
        y = SAME_NAME(DECIDING(y - 0.5))
    return [y]


def test_an_operation_that_decides_by_a_number_is_called_by_name() -> None:
    compiled = assert_equals_eager(Case(folded, [-0.7], []), python_functions)
    assert "fold_value(" in compiled.source
    assert "fold2_slopes(" in compiled.source


# --- numba ------------------------------------------------------------------------


def test_without_numba_the_error_names_the_extra(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "numba", None)
    with pytest.raises(ImportError, match=r'pip install "gradtrace\[numba\]"'):
        numba_functions(halving(3))


@pytest.mark.skipif(not NUMBA, reason="numba is not installed")
def test_numba_says_what_it_can_not_compile() -> None:
    with pytest.raises(TypeError, match="operation fold, fold: its rule asks Python"):
        numba_functions(Case(folded, [-0.7], []).plan)
    with pytest.raises(ValueError, match=r"repeats itself too little for numba: \d+"):
        numba_functions(random_plan(2000))


POINTS = [
    *(0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -3.0, 1e-3, 20.0, -40.0, 745.0, -745.0, 710.0),
    *(1e155, -1e155, 1e308, 5e-324, -1e-310, INFINITY, -INFINITY, math.nan, 1e22),
]
FUNCTIONS = sorted(
    {*python_natives.__all__}
    - {"INFINITY", "NAN", "BranchTaken", "branch", "numbers", "zeros"}
)


def called_with(count: int, function: Callable[..., float]) -> Callable[..., float]:
    def unary(x: float) -> float:
        return function(x)

    def binary(x: float, y: float) -> float:
        return function(x, y)

    return unary if count == 1 else binary


OF_TWO = {"atan2", "fmod", "hypot", "pow", "power", "strong_product"}


@pytest.mark.skipif(not NUMBA, reason="numba is not installed")
def test_compiled_functions_answer_as_the_table_does() -> None:
    from numba import njit

    from autograd.program.loops import numba_natives

    for name in FUNCTIONS:
        function = getattr(numba_natives, name)
        expected = getattr(python_natives, name)
        count = 2 if name in OF_TWO else 1
        compiled = njit(error_model="numpy")(called_with(count, function))
        for point in product(POINTS, repeat=count):
            ours, theirs = compiled(*point), expected(*point)
            same = ours == theirs or (math.isnan(ours) and math.isnan(theirs))
            assert same or abs(ours - theirs) <= 2 * math.ulp(theirs), (name, point)


# --- finding loops ----------------------------------------------------------------


def test_operands_are_told_by_how_they_move() -> None:
    ((mul, add, *_),) = rows("changing_constants")
    assert [type(slot) for slot in mul.slots] == [Carried, Table]
    assert [type(slot) for slot in add.slots] == [Within, Table]
    ((mul, *_),) = rows("changing_inputs")
    assert mul.slots == (Fixed(25), Strided(0, 1))


def rows(name: str) -> list[tuple[Row, ...]]:
    return [loop.rows for loop in roll(REPEATING[name][0].plan).loops]


def test_another_constant_exponent_is_another_loop() -> None:
    def f(x: list[Any], p: list[Any]) -> list[Any]:
        (y,) = x
        for k in range(20):
            y = cos(OPS["power"](y, 20.0 if k < 10 else 30.0))
        return [y]

    case = Case(f, [0.7], [])
    text = assert_equals_eager(case, python_functions).source
    assert len(roll(case.plan).loops) == 2
    assert "power(last_v1, 20.0)" in text


def test_results_of_long_ago_are_carried_one_by_one() -> None:
    def f(x: list[Any], p: list[Any]) -> list[Any]:
        states = x
        for _ in range(20):
            states = [*states[1:], OPS["atan2"](states[-1], states[-3])]
        return states

    case = Case(f, [0.3, 0.4, 0.5], [])
    ((only,),) = [loop.rows for loop in roll(case.plan).loops]
    assert only.slots == (Carried(0, 1, (2,)), Carried(0, 3, (0, 1, 2)))
    text = assert_equals_eager(case, python_functions).source
    assert "last_v0, last_v0_old, last_v0_old_old = v0, last_v0, last_v0_old" in text


def test_the_steps_of_a_delay_line_need_no_loop_to_be_right() -> None:
    def f(x: list[Any], p: list[Any]) -> list[Any]:
        states = x
        for _ in range(90):
            states = [*states, sin(p[0] * states[-40])]
        return [states[-1], states[-30]]

    assert_equals_eager(Case(f, wave(40), [0.9]), python_functions)


def test_the_periods_to_try_are_few_however_long_the_program_is() -> None:
    for count in (1000, 30_000):
        assert len(periods(Reading(long_chain(count)))) <= 6 * math.log2(count)
        rolled = roll(long_chain(count))
        assert rolled.size <= 8
        assert rolled.loops[0].period == 4


def long_chain(count: int) -> Plan:
    rows = [OPS[name] for name in ("sin", "cos", "neg", "sin")]
    nodes = [Apply(rows[k % 4], (k,)) for k in range(count)]
    return Plan(1, 0, tuple(nodes), (count,))


# --- when it is worth it ----------------------------------------------------------


def layer(width: int) -> Plan:
    """A dense layer: many nodes of one level share their operation."""
    n = width * width
    dots = [
        Dot(tuple(range(width + k, width + n, width)), tuple(range(width)), ())
        for k in range(width)
    ]
    first = width + n
    rows = [Apply(OPS["tanh"], (first + k,)) for k in range(width)]
    last = Dot((), (), tuple(range(first + width, first + 2 * width)))
    return Plan(width, n, (*dots, *rows, last), (first + 2 * width,))


@pytest.mark.parametrize(
    ("plan", "scalar"),
    [
        (lambda: Case(chain(300), [0.3], [0.5, 0.1]).plan, True),
        (lambda: REPEATING["pendulum"][0].plan, True),
        (lambda: Plan(1, 0, (), (0,)), True),
        (lambda: layer(16), False),
        (lambda: random_plan(6000), False),
    ],
)
def test_chains_are_scalar_and_layers_are_not(
    plan: Callable[[], Plan], scalar: bool
) -> None:
    assert is_scalar(plan()) is scalar


def random_plan(size: int) -> Plan:
    rng = random.Random(1)
    names = ["sin", "cos", "tanh", "neg", "square", "atan"]
    nodes = [Apply(OPS[rng.choice(names)], (k,)) for k in range(size)]
    return Plan(1, 0, tuple(nodes), (size,))


# --- the source -------------------------------------------------------------------


def test_the_source_passes_the_linter(tmp_path: Path) -> None:
    for name, (case, _) in REPEATING.items():
        for careful in (False, True):
            text = source(roll(case.plan), careful=careful).text
            (tmp_path / f"{name}_{careful}.py").write_text(text)
    (tmp_path / "guards.py").write_text(source(roll(halving(8))).text)
    rules = "E,F,W,B,C4,PIE,RET,SIM,UP,PERF,I"
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache"]
    ignored = ["--ignore", "SIM103,SIM108,SIM300,PERF402"]
    ran = subprocess.run(
        [*command, "--select", rules, *ignored, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout


def test_the_pendulum_reads_like_its_adjoint() -> None:
    text = python_functions(REPEATING["pendulum"][0].plan).source
    assert "cos(last_v" in text
    assert "+ -" not in text
    assert text.count("zeros(50)") <= 4
