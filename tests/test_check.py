"""check_gradients: its verdicts, its accuracy, and whom it blames."""

import math
import random
import re
import time
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf

import autograd
from autograd import OPS, GradientError, Op, Value, check_gradients, no_grad, parameter
from autograd.checking.differences import slope
from autograd.checking.operation import OperandSlot, judged


def verdicts(f: Any, *inputs: Any, order: int = 1) -> list[str]:
    return [row.verdict for row in check_gradients(f, *inputs, order=order).rows]


def complaint(f: Any, *inputs: Any, order: int = 1) -> str:
    with pytest.raises(GradientError) as caught:
        check_gradients(f, *inputs, order=order)
    return str(caught.value)


def reason(f: Any, *inputs: Any) -> str:
    (row,) = check_gradients(f, *inputs).rows
    assert row.verdict == "undecidable"
    return row.reason


# --- every row of the table -------------------------------------------------------

POINTS = {  # where the operands are not free numbers
    "clamp": [0.37, -1.2, 2.1],
    "log_softmax": [1.0, 0.3, -0.4, 1.2],
    "log_odds_against": [1.0, 0.3, -0.4, 1.2],
    "power": [1.3, 2.5],
    "power_derivative": [1.3, 2.5, 1.0],
    "softmax": [1.0, 0.3, -0.4, 1.2],
    "take": [1.0, 0.3, -0.4, 1.2],
}
CONSTANTS = {  # positions of operands that are never Values
    "log_softmax": {0},
    "log_odds_against": {0},
    "power": {1},
    "power_derivative": {2},
    "softmax": {0},
    "take": {0},
    "where": {0},
}


def ordinary_points(op: Op) -> list[float]:
    """A number in each operand's domain, away from kinks and ends."""
    if op.name in POINTS:
        return POINTS[op.name]
    count = 5 if op.variadic else len(op.operand_names)
    rng = random.Random(op.name)
    points = []
    for position in range(count):
        low, high = op.domain_of(position)
        low, high = max(low, -2.0), min(high, 3.0)
        points.append(low + (high - low) * rng.uniform(0.2, 0.9))
    return points


def with_constants(op: Op, point: list[float]) -> tuple[Any, list[float]]:
    """The operation of those operands that may be Values, and their numbers."""
    fixed = CONSTANTS.get(op.name, set())

    def f(*values: Any) -> Any:
        given = iter(values)
        return op(*[x if i in fixed else next(given) for i, x in enumerate(point)])

    return f, [x for i, x in enumerate(point) if i not in fixed]


@pytest.mark.parametrize("name", OPS)
@pytest.mark.parametrize("order", [1, 2])
def test_every_row_of_the_table_is_right(name: str, order: int) -> None:
    f, numbers = with_constants(OPS[name], ordinary_points(OPS[name]))
    check = check_gradients(f, *numbers, order=order)
    assert {row.verdict for row in check.rows} == {"right"}, str(check)
    assert {row.method for row in check.rows} == {"complex step"}, str(check)


@pytest.mark.parametrize("name", OPS)
def test_every_row_spoiled_is_caught_and_blamed(name: str) -> None:
    row = OPS[name]
    f, numbers = with_constants(row, ordinary_points(row))
    if all(
        g == 0.0
        for g in autograd.value_and_grad(f, tuple(range(len(numbers))))(*numbers)[1]
    ):
        return  # sign and step: nothing to spoil by a factor

    def spoiled(xp: Any, out: Any, *operands: Any) -> tuple[Any, ...]:
        return tuple(d * (1 + 1e-6) for d in row.local_derivatives(xp, out, *operands))

    bad = Op("spoiled", row.forward, spoiled, domain=row.domain)
    bad_f, numbers = with_constants(
        Op(name, bad.forward, bad.local_derivatives), ordinary_points(row)
    )
    assert complaint(bad_f, *numbers).startswith(f"{name} is wrong")


# --- accuracy ---------------------------------------------------------------------

TRUE = {
    **{name: getattr(mp, name) for name in ("exp", "tanh", "erf", "erfc", "sqrt")},
    **{name: getattr(mp, name) for name in ("log", "atan", "sin")},
    "cbrt": lambda x: mp.sign(x) * mp.cbrt(abs(x)),
    "gelu": lambda x: x * mp.ncdf(x),
    "softplus": lambda x: mp.log1p(mp.exp(x)),
    "mish": lambda x: x * mp.tanh(mp.log1p(mp.exp(x))),
}


@pytest.mark.parametrize(
    ("name", "x"),
    [("exp", 1.0), ("tanh", -0.7), ("erf", 0.3), ("gelu", 1.3), ("sqrt", 1e-12),
     ("log", 1e-9), ("log", 1e300), ("atan", 40.0), ("cbrt", -5.0), ("exp", 1e-5),
     ("sin", 1e6), ("softplus", -30.0), ("mish", 0.4), ("erfc", 3.0)],
)  # fmt: skip
def test_differences_reach_1e_9_and_the_complex_step_1e_14(name: str, x: float) -> None:
    mp.dps = 50
    true = mp.diff(TRUE[name], mpf(x), h=mpf(abs(x)) / 10**15)
    found = slope(OPS[name].value, x)
    assert abs(found.number - true) <= mpf("1e-9") * abs(true)
    assert abs(found.number - true) <= found.error
    opinion = judged(OperandSlot(OPS[name], (x,), 0), float(true))
    assert opinion.method == "complex step"
    assert abs(opinion.reference - true) <= mpf("1e-14") * abs(true)


def test_one_sided_steps_stay_inside_the_domain() -> None:
    x = 1 - 1e-9
    true = 1 / math.sqrt((1 - x) * (1 + x))
    assert abs(slope(OPS["asin"].value, x).number - true) < 1e-8 * true
    assert verdicts(autograd.asin, x) == ["right"]
    assert verdicts(lambda v: v * v * autograd.sqrt(v), 0.0) == ["right"]


def test_piecewise_functions_reach_1e_14_away_from_their_kinks() -> None:
    for f in (autograd.relu, autograd.elu, autograd.selu, autograd.softsign):
        (row,) = check_gradients(f, -0.6).rows
        assert row.method == "complex step"
        assert row.error < 1e-14


# --- verdicts ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "x"),
    [(autograd.relu, 0.0), (autograd.abs, 0.0), (autograd.leaky_relu, 0.0),
     (autograd.selu, 0.0), (autograd.hard_tanh, 1.0), (autograd.hard_tanh, -1.0),
     (autograd.hard_sigmoid, -3.0), (autograd.hard_swish, 3.0),
     (lambda x: autograd.max([x, 2.0, x + 1.0]), 1.0),
     (lambda x: autograd.maximum(x, 1.0), 1.0),
     (lambda x: x if x > 1.0 else 2.0 * x - 1.0, 1.0),
     (lambda x: autograd.relu(x) - autograd.relu(-x), 0.0)],
)  # fmt: skip
def test_kinks_are_kinks(f: Any, x: float) -> None:
    (row,) = check_gradients(f, x).rows
    assert row.verdict == "kink"
    assert "on the left" in row.reason


def test_a_tie_is_a_kink_in_both() -> None:
    assert verdicts(autograd.maximum, 1.0, 1.0) == ["kink", "kink"]
    assert verdicts(autograd.elu, 0.0, 1.0) == ["right", "right"]


# What has no first derivative has no second one, whatever the row declares.
WITHOUT_SECOND: dict[str, tuple[Any, list[float]]] = {
    "relu": (autograd.relu, [0.0]),
    "abs": (autograd.abs, [0.0]),
    "leaky_relu": (autograd.leaky_relu, [0.0]),
    "selu": (autograd.selu, [0.0]),
    "hard_tanh": (autograd.hard_tanh, [1.0]),
    "hard_sigmoid": (autograd.hard_sigmoid, [3.0]),
    "hard_swish": (autograd.hard_swish, [-3.0]),
    "sqrt": (autograd.sqrt, [0.0]),
    "cbrt": (autograd.cbrt, [0.0]),
    "acos": (autograd.acos, [1.0]),
    "step": (autograd.step, [0.0]),
    "sign": (autograd.sign, [0.0]),
    "floor": (autograd.floor, [3.0]),
    "maximum": (autograd.maximum, [1.0, 1.0]),
    "max": (lambda x, y: autograd.max([x, y, 2.0]), [2.0, 2.0]),
    "clamp": (lambda x: autograd.clamp(x, 1.0, 2.0), [2.0]),
    "hypot": (autograd.hypot, [0.0, 0.0]),
    "atan2": (autograd.atan2, [0.0, 0.0]),
    "exp of hypot": (lambda x, y: autograd.exp(autograd.hypot(x, y)), [0.0, 0.0]),
    "norm": (lambda x, y: autograd.hypot(x, y) * 3.0 + x * y, [0.0, 0.0]),
    "angle": (lambda x, y: autograd.sin(autograd.atan2(x, y)), [0.0, 0.0]),
    "sum of abs": (lambda x: autograd.abs(x) + x * x, [0.0]),
    "relu squared": (lambda x: autograd.relu(x) ** 2, [0.0]),
    "x abs(x)": (lambda x: x * autograd.abs(x), [0.0]),
    "elu": (lambda x: autograd.elu(x, 1.0), [0.0]),
    "softsign": (autograd.softsign, [0.0]),
}


@pytest.mark.parametrize("name", WITHOUT_SECOND)
def test_where_there_is_no_second_derivative_is_a_kink(name: str) -> None:
    f, point = WITHOUT_SECOND[name]
    check = check_gradients(f, *point, order=2)
    second = check.rows[len(point) :]
    assert {row.verdict for row in second} == {"kink"}, str(check)
    assert all(row.reason for row in second)


def test_a_squared_distance_has_second_derivatives_that_hypot_does_not_see() -> None:
    check = check_gradients(lambda x, y: autograd.hypot(x, y) ** 2, 0.0, 0.0, order=2)
    assert [row.verdict for row in check.rows[:2]] == ["right", "right"]
    assert {row.verdict for row in check.rows[2:]} <= {"kink", "right"}
    assert check.rows[2].verdict == check.rows[5].verdict == "kink"  # 2, not 0


def test_a_kink_in_one_input_hides_nothing_in_the_other() -> None:
    def f(x: Any, y: Any) -> Any:
        return autograd.relu(x) + PLAIN(y)

    assert complaint(f, 0.0, 2.0, order=2).startswith("plain is wrong")


def test_second_derivatives_of_smooth_compositions_of_kinks_are_right() -> None:
    assert verdicts(lambda x: autograd.abs(x) ** 3, 0.0, order=2)[1] == "right"
    assert verdicts(autograd.relu, 0.3, order=2) == ["right", "right"]
    assert verdicts(autograd.hypot, 0.0, 1.0, order=2) == ["right"] * 6


def hashed(x: float) -> float:
    """The same number at every call, and one without a limit nearby."""
    return random.Random(x).random()


NOISY = Op("noisy", lambda xp, x: hashed(float(x)), lambda xp, out, x: (1.0,))


def test_undecidable_says_why() -> None:
    assert "infinite" in reason(autograd.sqrt, 0.0)
    assert "infinite" in reason(autograd.cbrt, 0.0)
    assert "infinite" in reason(autograd.acos, 1.0)
    assert "jumps" in reason(autograd.step, 0.0)
    assert "jumps" in reason(autograd.sign, 0.0)
    assert "is -inf here" in reason(autograd.log, 0.0)
    assert "is nan here" in reason(autograd.sqrt, -1.0)
    assert "is inf here" in reason(lambda x: x * x, 1e300)
    assert "the input is inf" in reason(lambda x: 1.0 / x, math.inf)
    rng = random.Random(1)
    assert "another value at each call" in reason(lambda x: x + rng.random(), 1.0)
    assert "noisy" in reason(NOISY, 1.3)


def test_ordinary_points_of_unusual_size_are_right() -> None:
    for f, x in (
        *((autograd.sqrt, 1e-12), (autograd.log, 1e-300), (autograd.log, 1e300)),
        *((autograd.square, 0.0), (autograd.cos, 0.0), (autograd.sin, 1e20)),
        *((autograd.tanh, 20.0), (lambda x: 3.0 * x, 5e-324), (lambda x: x, 1e300)),
        *((autograd.sigmoid, 0.0), (autograd.gelu, -12.0)),
    ):
        assert verdicts(f, x) == ["right"], (f, x)


def test_an_input_that_f_ignores_is_right() -> None:
    assert verdicts(lambda x, y: x * 2.0, 1.0, 2.0) == ["right", "right"]
    assert verdicts(lambda x: 5.0, 1.0) == ["right"]


def test_right_is_said_of_8_digits_and_more() -> None:
    def wild(x: Any) -> Any:
        return autograd.abs(x) * autograd.sin(1.0 / x)

    # 1e9 is rounded to 1.1e-7, and by that the phase is moved
    assert re.search(r"rounding in f moves it by up to \d.\de-07", reason(wild, 1e-9))
    why = reason(lambda v: v * autograd.sqrt(v), 0.0)
    assert "one-sided; agreement reaches" in why
    assert "in absolute terms" in why


def test_a_derivative_of_0_is_right_next_to_what_is_much() -> None:
    (row,) = check_gradients(lambda v: v * v * autograd.sqrt(v), 0.0).rows
    assert row.verdict == "right"
    assert row.error == 1.0
    assert "both are 0 to" in row.reason


def test_what_is_undecidable_at_8_digits_excuses_nothing() -> None:
    def f(x: Any, y: Any) -> Any:
        return y * autograd.abs(x) * autograd.sin(1.0 / x) * float(y)

    assert complaint(f, 1e-9, 2.0).startswith("no operation is to blame")


def test_what_noise_hides_is_not_wrong() -> None:
    assert verdicts(lambda x: (1e12 + x) - 1e12, 1.0) == ["right"]


# --- blame ------------------------------------------------------------------------

LEAKY = Op(
    "leaky",
    lambda xp, x: xp.where(x > 0.0, x, 0.1 * x),
    lambda xp, out, x: (xp.where(x > 0.0, 1.0, 0.2),),
)
CUBE = Op("cube", lambda xp, x: x * x * x, lambda xp, out, x: (3.0 * x * x * 1.000001,))
NEGATED = Op("negated", lambda xp, x: -x, lambda xp, out, x: (1.0,))


def square_of(x: Any) -> float:
    """Its square as a plain float: a derivative does not come through."""
    number: float = x.data if isinstance(x, Value) else x
    return number * number


PLAIN = Op(
    "plain",
    lambda xp, x: x * x * x,
    lambda xp, out, x: (3.0 * square_of(x),),
)
ON_FLOATS = Op(
    "on_floats", lambda xp, x: math.lgamma(float(x)), lambda xp, out, x: (x,)
)


def test_wrong_operations_are_blamed_by_name() -> None:
    assert complaint(lambda x: CUBE(x) + 1.0, 2.0).startswith("cube is wrong: at x = 2")
    assert complaint(lambda x: autograd.exp(NEGATED(x)), 0.4).startswith("negated ")
    assert complaint(lambda x: ON_FLOATS(x) * x, 3.3).startswith("on_floats is wrong")


def test_an_operation_wrong_on_one_side_is_caught_there() -> None:
    assert verdicts(LEAKY, 2.0) == ["right"]
    assert complaint(lambda x: LEAKY(x) * 3.0, -2.0).startswith("leaky is wrong")


def test_a_second_derivative_is_blamed_on_its_rule() -> None:
    assert verdicts(PLAIN, 2.0) == ["right"]
    text = complaint(lambda x, y: autograd.exp(x) * PLAIN(y), 0.1, 2.0, order=2)
    first = text.splitlines()[0]
    assert first.startswith(
        "plain is wrong: at x = 2.0 the derivative in x of its local"
    )
    assert "is 0 and should be 12" in first


def test_kinks_elsewhere_do_not_hide_the_culprit() -> None:
    def f(x: Any, y: Any) -> Any:
        return autograd.relu(x) * 2.0 + CUBE(y) + autograd.abs(x)

    assert complaint(f, 0.0, 1.5).startswith("cube")


def test_the_culprit_is_found_in_a_big_graph() -> None:
    def f(x: Any, y: Any) -> Any:
        for step in range(1500):
            x = autograd.sin(x) + 0.1 * y
            if step == 1490:
                x = CUBE(x)
        return x

    started = time.perf_counter()
    assert complaint(f, 0.4, 1.1).startswith("cube is wrong")
    assert time.perf_counter() - started < 20.0


def test_numbers_that_were_not_recorded_are_found_out() -> None:
    text = complaint(lambda x: x * math.sin(x), 1.0)
    assert text.startswith("no operation is to blame")
    assert "float(x)" in text
    assert complaint(lambda x: Value(x.data) ** 2 + x, 3.0).startswith("no operation")


def test_numbers_that_were_not_recorded_are_found_where_terms_cancel() -> None:
    def f(x: Any) -> Any:
        return (1e8 + x * math.sin(float(x))) - 1e8

    assert complaint(f, 1.0).startswith("no operation is to blame")
    assert complaint(lambda x: [x * x, float(x) ** 2], 3.0).startswith("no operation")
    assert complaint(lambda x: x ** float(x), 1.3).startswith("no operation")


def by_hand(xs: list[Any]) -> Any:
    """logsumexp, shifted by a plain number, as everybody writes it."""
    top = max(float(x) for x in xs)
    return top + autograd.log(autograd.sum([autograd.exp(x - top) for x in xs]))


def root(a: Any) -> Any:
    """A square root found on plain numbers, with one recorded step of Newton's."""
    y = math.sqrt(float(a))
    return y - (y * y - a) / (2.0 * y)


@pytest.mark.parametrize(
    ("f", "x"),
    [(by_hand, [1.0, 30.0, -5.0]), (by_hand, [1.0, 40.0, -25.0]), (root, 3.0),
     (lambda x: x - math.floor(float(x)), 0.3),
     (lambda x: x * [1.0, 2.0, 3.0][int(float(x))], 1.3)],
)  # fmt: skip
def test_plain_numbers_that_do_not_matter_accuse_nobody(f: Any, x: Any) -> None:
    assert set(verdicts(f, x)) == {"right"}


def test_an_order_that_is_another_in_each_run_accuses_nobody() -> None:
    """A set of Values is ordered by their addresses, so the record may differ."""
    for _ in range(20):
        found = verdicts(lambda x: autograd.sum(list({x, 2.0 * x, 3.0 * x})), 1.3)
        assert set(found) <= {"right", "undecidable"}


def test_what_is_not_certain_is_no_accusation() -> None:
    steps = reason(lambda x: x * round(float(x), 3), 1.3)
    assert "plain numbers that move with the input" in steps
    hidden = reason(lambda x: x * (1.0 - math.erf(float(x))), 4.0)
    assert "plain numbers that move with the input" in hidden


def test_a_value_given_for_this_very_point_is_found_out() -> None:
    text = complaint(lambda x: x if x == 1.0 else x * x, 1.0)
    assert "something else at this very point than beside it" in text
    assert verdicts(lambda x: 1.0 if x == 0.0 else autograd.sin(x) / x, 0.0) == [
        "right"
    ]


def test_what_a_reference_misreads_is_no_accusation() -> None:
    """NumPy's abs is the modulus of a complex number: the step sees a constant."""
    twice = Op("twice", lambda xp, x: np.abs(x) * x, lambda xp, out, x: (2.0 * abs(x),))
    assert set(verdicts(twice, 2.0)) <= {"right", "undecidable"}
    # from 2**53 on every double is a whole number, and floor(x) looks like x
    for f, x in ((autograd.floor, 1e16), (autograd.rint, 1e300), (autograd.ceil, 3e17)):
        assert verdicts(f, x) == ["undecidable"]
    assert set(verdicts(OPS["floor_divide"], 1e300, 3.0)) <= {"right", "undecidable"}


def test_outside_its_domain_an_operation_may_have_any_derivative() -> None:
    def rule(xp: Any, out: Any, x: Any) -> tuple[Any, ...]:
        return (xp.where(x >= 0.0, 2.0 * x, math.nan),)

    half = Op("half", lambda xp, x: x * x, rule, domain=((0.0, math.inf),))
    assert verdicts(half, 3.0) == ["right"]
    assert "outside the domain of half" in reason(half, -3.0)


# --- operations of one's own whose terms cancel -------------------------------------

DIGITS_LOST = [
    (lambda xp, x: (xp.exp(x) - 1.0) / x, 1e-6, 0.5000003333334583),
    (lambda xp, x: (1.0 - xp.cos(x)) / (x * x), 1e-3, -8.333332777777793e-05),
    (lambda xp, x: 1.0 - xp.erf(x), 4.0, -1.2698234671866558e-07),
    (lambda xp, x: -xp.log(1.0 / (1.0 + xp.exp(-x))), 20.0, -2.0611536181902037e-09),
    (lambda xp, x: xp.sqrt(x + 1.0) - xp.sqrt(x), 1e10, -2.4999999998125e-16),
    (lambda xp, x: 1.0 - xp.tanh(x) * xp.tanh(x), 12.0, -3.0201076349672256e-10),
    (lambda xp, x: (math.exp(float(x)) - 1.0) / float(x), 1e-6, 0.5000003333334583),
    (lambda xp, x: -math.log(1.0 - math.exp(-float(x))), 30.0, -9.3576229688411e-14),
    (lambda xp, x: 1.0 - math.erf(float(x)), 5.5, -8.223316045262922e-14),
    (lambda xp, x: 1.0 - math.tanh(float(x)) ** 2, 16.0, -1.0131332439274828e-13),
]  # fmt: skip


@pytest.mark.parametrize(("forward", "x", "true"), DIGITS_LOST)
def test_a_rule_that_is_better_than_its_value_is_not_accused(
    forward: Any, x: float, true: float
) -> None:
    """The derivatives are mpmath's; rounding leaves the values few digits or none."""
    op = Op("lossy", forward, lambda xp, out, x: (true,))
    assert set(verdicts(op, x)) <= {"right", "undecidable"}


@pytest.mark.parametrize(("forward", "x", "true"), DIGITS_LOST[:6])
def test_a_rule_that_is_wrong_is_found_even_there(
    forward: Any, x: float, true: float
) -> None:
    for factor in (0.0, -1.0, 0.9):
        op = Op("lossy", forward, lambda xp, out, x, k=factor: (k * true,))
        assert complaint(op, x).startswith("lossy is wrong")


def test_the_complaint_shows_the_table_and_what_to_do() -> None:
    text = complaint(lambda weight: CUBE(weight) * 1.0, 2.0)
    assert "weight" in text
    assert "1 derivative checked: 1 wrong" in text
    assert "Correct local_derivatives of 'cube'" in text


# --- what f may be ----------------------------------------------------------------


def test_structures_are_named_by_their_place() -> None:
    def f(p: dict[str, Any], xs: list[Any], table: Any, *rest: Any) -> Any:
        total = p["w"] * xs[0][1] + xs[1] * table[0, 1]
        return {"a": total * rest[0], "b": [xs[1] ** 2]}

    inputs = ({"w": 2.0}, [(1.0, 3.0), 0.5], np.array([[1.0, 2.0]]), 4.0)
    names = [row.name for row in check_gradients(f, *inputs).rows]
    assert names[:7] == [
        *("output 0: p['w']", "output 0: xs[0][0]", "output 0: xs[0][1]"),
        *("output 0: xs[1]", "output 0: table[0][0]", "output 0: table[0][1]"),
        "output 0: rest[0]",
    ]
    assert len(names) == 14


def test_labels_name_values() -> None:
    (row,) = check_gradients(lambda v: v * v, Value(3.0, label="speed")).rows
    assert row.name == "speed"


def test_the_operands_of_an_operation_are_named() -> None:
    def listed(op: Op, *inputs: float) -> list[str]:
        return [row.name for row in check_gradients(op, *inputs).rows]

    bump = Op("bump", lambda xp, height, x: height * x, lambda xp, out, h, x: (x, h))
    assert listed(bump, 2.0, 3.0) == ["height", "x"]
    assert listed(OPS["hypot"], 3.0, 4.0) == ["x", "y"]
    last = OPS["sum"].operand_names[-1]
    assert listed(OPS["sum"], 3.0, 4.0) == [f"{last}[0]", f"{last}[1]"]
    with pytest.raises(TypeError, match=r"hypot\(x, y\) takes 2, got 3"):
        check_gradients(OPS["hypot"], 1.0, 2.0, 3.0)


def test_second_derivatives_are_named_by_both() -> None:
    rows = check_gradients(lambda x, y: x * x * y, 2.0, 3.0, order=2).rows
    assert [row.name for row in rows] == ["x", "y", "x, x", "x, y", "y, x", "y, y"]
    assert [row.derivative for row in rows[2:]] == [6.0, 4.0, 4.0, 0.0]


def test_nothing_is_changed() -> None:
    w, x = parameter(2.0, label="w"), Value(3.0, label="x")
    (w * x).backward()
    before = (w.data, w.grad, x.data, x.grad)
    check_gradients(lambda v: autograd.tanh(w * v) + w, x, order=2)
    with no_grad():
        check_gradients(lambda v: autograd.tanh(w * v), x)
    assert (w.data, w.grad, x.data, x.grad) == before


def test_f_may_use_gradients_inside() -> None:
    def force(q: Any) -> Any:
        return autograd.grad(lambda z: z**4 + autograd.sin(z))(q) * q

    assert verdicts(force, 0.7, order=2) == ["right", "right"]


# --- bad input --------------------------------------------------------------------


def test_bad_input_is_refused_in_plain_words() -> None:
    with pytest.raises(TypeError, match="wants a function, then its inputs; got float"):
        check_gradients(2.0, 3.0)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="put the computation in a function"):
        check_gradients(Value(2.0), 3.0)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"what f returns must be a number.*NoneType"):
        check_gradients(lambda x: None, 3.0)
    with pytest.raises(TypeError, match=r"an input must be a number.*str"):
        check_gradients(lambda x: x, "3")
    with pytest.raises(ValueError, match="wants inputs to check at"):
        check_gradients(lambda: 1.0)
    with pytest.raises(ValueError, match="no number in the inputs"):
        check_gradients(lambda x: 1.0, [])
    with pytest.raises(ValueError, match="order must be 1 or 2, got 3"):
        check_gradients(lambda x: x, 1.0, order=3)


# --- the table --------------------------------------------------------------------


def test_the_table_prints_and_escapes() -> None:
    check = check_gradients(lambda p: p["<b>"] * 2.0, {"<b>": 1.0})
    assert check.ok
    assert repr(check) == "<GradientCheck: 1 derivative checked: 1 right>"
    assert "p['<b>']" in str(check)
    assert not any(line.endswith(" ") for line in str(check).splitlines())
    shown = check._repr_html_()
    assert "&lt;b&gt;" in shown
    assert "<b>" not in shown


def test_a_long_table_is_cut_and_shows_what_matters() -> None:
    def f(xs: list[Any]) -> Any:
        return autograd.sum([autograd.relu(x) for x in xs])

    check = check_gradients(f, [*(1.0 + 0.1 * i for i in range(60)), 0.0])
    assert "kink" in str(check)
    assert "... and 21 more" in str(check)


def test_a_network_of_337_parameters_is_checked_in_seconds() -> None:
    rng = random.Random(1)

    def layer(inputs: int, outputs: int) -> list[list[float]]:
        size = range(inputs + 1)
        return [[rng.gauss(0, inputs**-0.5) for _ in size] for _ in range(outputs)]

    data = [([rng.gauss(0, 1), rng.gauss(0, 1)], rng.choice([-1, 1])) for _ in range(5)]

    def loss(*layers: list[list[Any]]) -> Any:
        losses = []
        for numbers, target in data:
            h: list[Any] = numbers
            for rows in layers[:-1]:
                h = [autograd.dot(r[:-1], h, r[-1]).relu() for r in rows]
            (last,) = layers[-1]
            losses.append((autograd.dot(last[:-1], h, last[-1]) - target) ** 2)
        return autograd.mean(losses)

    started = time.perf_counter()
    check = check_gradients(loss, layer(2, 16), layer(16, 16), layer(16, 1))
    assert len(check.rows) == 337
    assert {row.verdict for row in check.rows} == {"right"}
    assert time.perf_counter() - started < 30.0


@pytest.mark.parametrize(
    "f",
    [
        lambda x: autograd.sqrt(x * x) ** 2,
        lambda x: ((x * x) ** 0.5) ** 2,
        lambda x: autograd.cbrt(x**3) ** 2,
        lambda x: autograd.sqrt(x * x + x * x) ** 2,
        lambda x: abs(x * x),
    ],
)
def test_a_kink_behind_a_slope_of_zero_is_no_second_derivative(f: Any) -> None:
    """The slope of x * x is 0 at 0, and lets nothing through; its own slope does."""
    first, second = check_gradients(f, 0.0, order=2).rows
    assert (first.verdict, second.verdict) == ("right", "kink")
    assert [row.verdict for row in check_gradients(f, 0.5, order=2).rows] == [
        "right"
    ] * 2
