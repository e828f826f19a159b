"""Programs that repeat themselves, on the machine: with numba, and as scripts without.

Without it a long repetition is a loop of Python, and what can't be is run step by step.
"""

from __future__ import annotations

import importlib.util
import math
import random
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from autograd import OPS, Op, Program, Value
from autograd import sum as total
from autograd.program.machine import plain, runs
from autograd.program.machine.repeats import stretches
from tests.engines import check_batch, check_single
from tests.random_graphs import Recipe, random_recipe, recipes

NUMBA = importlib.util.find_spec("numba") is not None
Numbers = list[Any]
Function = Callable[[Numbers, Numbers], Numbers]


@pytest.fixture(params=["numba", "python"])
def runner(request: Any, monkeypatch: Any) -> None:
    """What the machine's instructions are run by."""
    if request.param == "numba" and not NUMBA:
        pytest.skip("numba is not installed")
    if request.param == "numba":  # who binds a run has it loaded
        Program(lambda x: x, 1.0, backend="machine").bind(1.0)
    else:
        monkeypatch.setattr(runs, "runner", lambda: plain)


@pytest.fixture
def python(monkeypatch: Any) -> None:
    """No numba."""
    monkeypatch.setattr(runs, "runner", lambda: plain)


def checked(
    f: Function, inputs: Sequence[float], parameters: Sequence[float], **options: float
) -> Program:
    """Value and gradient of one example and a batch, as the eager engine has them."""
    leaves = [*map(Value, parameters)]

    def on_inputs(xs: Numbers) -> Numbers:
        return f([*xs], leaves)

    program = Program(on_inputs, [*inputs], backend="machine")
    check_single(program, on_inputs, ([*inputs],), **options)
    examples = [([k * x + 0.01 * k for x in inputs],) for k in (1.0, 0.9, 1.1)]
    check_batch(program, on_inputs, examples, **options)
    return program


def wave(count: int) -> list[float]:
    return [math.sin(1.3 * k + 0.2) for k in range(count)]


tanh, sin, cos, sqrt = (OPS[name] for name in ("tanh", "sin", "cos", "sqrt"))


# --- programs that repeat themselves ----------------------------------------------


def chain(steps: int) -> Function:
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


REPEATING: dict[str, tuple[Function, list[float], list[float]]] = {
    "chain": (chain(50), [0.3], [0.5, 0.1]),
    "from_a_constant": (from_a_constant, [2.0], []),
    "logistic_map": (logistic_map, [0.2], [2.9]),
    "leapfrog": (leapfrog, [1.0], [0.01]),
    "pendulum": (pendulum, [0.5, 0.1], [9.81]),
    "changing_inputs": (changing_inputs, wave(25), [0.4, 0.7]),
    "backwards": (every_other_input_backwards, wave(41), [0.4]),
    "changing_parameters": (changing_parameters, [0.7], wave(30)),
    "changing_constants": (changing_constants, [0.7], []),
    "all_the_states": (all_the_states, [0.3], [0.5, 0.1]),
    "mean_of_the_states": (mean_of_the_states, wave(25), [0.4, 0.7]),
    "there_and_back": (there_and_back, wave(20), [0.8]),
    "one_after_the_other": (one_after_the_other, [0.3], [0.9]),
    "the_first_state_again": (the_first_state_again, [0.3], [0.9]),
    "two_that_swap": (two_that_swap, [0.3, 0.4], [0.9]),
    "dots": (dots, wave(30), [0.3, -0.2, 0.1]),
    "under_another_name": (under_another_name, [0.9], [0.5]),
    "starting_from_itself": (starting_from_itself, wave(20), [0.5]),
    "reading_again": (reading_again, wave(20), [0.5]),
    "matrix": (matrix, wave(20), wave(9)),
    "list_functions": (list_functions, wave(24), [0.5]),
}
repeating = pytest.mark.parametrize("name", REPEATING)


@repeating
@pytest.mark.usefixtures("runner")
def test_numbers_are_those_of_the_eager_engine(name: str) -> None:
    checked(*REPEATING[name])


@pytest.mark.usefixtures("python")
def test_a_long_chain_is_found_again_and_quick() -> None:
    """Ten thousand steps written one by one would take seconds to compile."""
    program = checked(chain(3000), [0.3], [0.5, 0.1])
    script = program._ready.engine.single("both")._script
    assert script is not None
    assert script.__code__.co_stacksize < 50
    assert len(script.__code__.co_code) < 4000


@pytest.mark.usefixtures("python")
@pytest.mark.parametrize("names", [None, ["add", "mul", "tanh", "sub", "maximum"]])
def test_random_programs(names: list[str] | None) -> None:
    for seed in range(40):
        recipe = random_recipe(random.Random(seed), 1 + seed % 40, names)
        count = seed % (len(recipe.inputs) + 1)
        inputs, parameters = recipe.inputs[:count], recipe.inputs[count:]
        leaves = [*map(Value, parameters)]

        def f(xs: Numbers, recipe: Any = recipe, leaves: Any = leaves) -> Any:
            return recipe([*xs, *leaves])

        program = Program(f, [*inputs], backend="machine")
        check_single(program, f, ([*inputs],))


@pytest.mark.usefixtures("python")
@given(recipe=recipes(max_size=6, names=["sin", "mul", "add", "tanh", "atan", "sub"]))
@settings(max_examples=40, deadline=None)
def test_random_steps_in_a_loop(recipe: Recipe) -> None:
    def f(xs: Numbers) -> Numbers:
        states = [*map(Value, recipe.inputs)]
        for x in xs:
            states = [*states[1:], tanh(recipe(states) + x)]
        return states

    check_single(Program(f, wave(40), backend="machine"), f, (wave(40),))


def of_two_kinds(xs: Numbers, p: Numbers) -> Numbers:
    """Loops within a loop, with something in between."""
    (y,) = xs
    for k in range(30):
        for _ in range(9):
            y = sin(p[0] * y) + 0.1 * cos(y)
        y = tanh(y) * (1.0 + 0.01 * k)
    return [y]


def delay_line(x: Numbers, p: Numbers) -> Numbers:
    states = x
    for _ in range(90):
        states = [*states, sin(p[0] * states[-40])]
    return [states[-1], states[-30]]


def of_long_ago(x: Numbers, p: Numbers) -> Numbers:
    states = x
    for _ in range(40):
        states = [*states[1:], OPS["atan2"](states[-1], states[-3])]
    return states


def of_other_exponents(x: Numbers, p: Numbers) -> Numbers:
    (y,) = x
    for k in range(40):
        y = cos(OPS["power"](y, 20.0 if k < 20 else 30.0))
    return [y]


def with_long_sums(x: Numbers, p: Numbers) -> Numbers:
    """Sums of what every turn gives, of some, in another order, and of none."""
    y, states = x[0], []
    for k in range(60):
        y = tanh(p[k] * y + x[1])
        states.append(y)
    weights = [math.cos(k) for k in range(60)]
    others = [states[(7 * k) % 60] for k in range(60)]
    return [
        OPS["dot"](*states, *weights),
        OPS["dot"](*states, *others),
        total(states[:30]) * total(states[::2]),
        total([*states, *p[:40]]),
        total(p),
    ]


EDGES: dict[str, tuple[Function, list[float], list[float]]] = {
    "of_two_kinds": (of_two_kinds, [0.4], [0.9]),
    "delay_line": (delay_line, wave(40), [0.9]),
    "of_long_ago": (of_long_ago, [0.3, 0.4, 0.5], []),
    "of_other_exponents": (of_other_exponents, [0.7], []),
    "with_long_sums": (with_long_sums, [0.3, 0.1], wave(60)),
    "nothing": (lambda x, p: [x[1], p[0], 4.5], [1.0, 2.0], [7.0]),
}


@pytest.mark.parametrize("name", EDGES)
@pytest.mark.usefixtures("python")
def test_what_repeats_itself_in_part(name: str) -> None:
    checked(*EDGES[name])


@pytest.mark.usefixtures("python")
def test_what_is_too_long_for_a_script_is_run_step_by_step() -> None:
    rng = np.random.default_rng(1)
    functions = [sin, tanh, cos, OPS["square"], OPS["atan"]]
    order = rng.integers(0, 5, 2500)

    def f(x: Numbers, p: Numbers) -> Numbers:
        (y,) = x
        for k in order:
            y = functions[k](p[0] * y)
        return [y]

    program = checked(f, [0.4], [1.5])
    assert program._ready.engine.single("both")._script is None


# --- numbers that Python refuses --------------------------------------------------


def powers(x: Numbers, p: Numbers) -> Numbers:
    y = x[0]
    for _ in range(30):
        y = OPS["relu"](p[0] * y + p[1] * y) + 1.0 / y
    return [y]


def logarithms(x: Numbers, p: Numbers) -> Numbers:
    y = x[0]
    for _ in range(20):
        y = OPS["log"](OPS["abs"](y)) + p[0] * OPS["exp"](y)
    return [y]


@pytest.mark.parametrize("f", [powers, logarithms, guarded_roots])
@pytest.mark.parametrize("x", [math.nan, math.inf, -math.inf, 0.0, -0.0, 1e200, 800.0])
@pytest.mark.usefixtures("runner")
def test_nan_and_infinities(f: Function, x: float) -> None:
    leaves = [Value(0.5), Value(0.1)]

    def on_inputs(xs: Numbers) -> Numbers:
        return f([*xs], leaves)

    program = Program(on_inputs, [0.5, 0.7], backend="machine")
    check_single(program, on_inputs, ([x, 0.7],))
    check_batch(program, on_inputs, [([x, 0.7],), ([0.5, 0.7],), ([-x, 0.7],)])


@pytest.mark.parametrize("op", OPS.values(), ids=str)
@pytest.mark.usefixtures("python")
def test_every_row_of_the_table(op: Op) -> None:
    count = 3 if op.variadic else len(op.operand_names)
    names = (*op.operand_names, *[""] * count)

    def f(xs: Numbers) -> Any:
        operands = [
            1.0 if name in op.constants else x
            for x, name in zip(xs, names, strict=False)
        ]
        return op(*operands)

    program = Program(f, [0.3, 0.6, 0.2][:count], backend="machine")
    for numbers in ([0.3, 0.6, 0.2], [0.9, 0.1, 0.5]):
        check_single(program, f, (numbers[:count],))


# --- finding loops ----------------------------------------------------------------


def test_every_instruction_stands_in_one_stretch() -> None:
    rng = random.Random(0)
    for _ in range(20):
        names, reads = list[str](), list[list[int]]()
        while len(names) < 400:
            kinds = [rng.choice("abc") for _ in range(rng.randint(1, 6))]
            for _ in range(rng.choice([1, 2, 60])):
                names += kinds
                reads += [[len(reads) - 1] for _ in kinds]
        found = stretches(names, reads)
        assert [x.start for x in found] == [0, *[x.end for x in found[:-1]]]
        assert found[-1].end == len(names)
        assert any(x.turns > 1 for x in found)


def test_a_turn_may_have_repetitions_of_its_own() -> None:
    """Forty units that multiply and add, then a sum: the steps are the loop."""
    turn = [*["mul", "add"] * 40, "sum"]
    names, reads = turn * 6, [[k - len(turn)] for k in range(len(turn) * 6)]
    assert stretches(names, reads) == [(0, len(turn), 6)]


def test_irregular_programs_are_looked_through_quickly() -> None:
    """No place is compared with more than a few others."""
    rng = random.Random(0)
    looked = 0

    class Counting(list[int]):
        def __len__(self) -> int:
            nonlocal looked
            looked += 1
            return super().__len__()

    names = [rng.choice("ab") for _ in range(20_000)]
    reads = [Counting([rng.randrange(k)] if k else []) for k in range(20_000)]
    stretches(names, reads)
    assert looked < 60 * len(names)
