"""How many digits can be trusted: against mpmath, for every row and known accidents.

The truth of a row is its definition in `reference.py`, that of a graph its formula in
mpmath; the replay in mpmath is held to the same.
"""

import math
import random
import sys
from collections.abc import Callable
from typing import Any

import pytest
from mpmath import mp, mpf

import autograd as ag
from autograd import OPS, Value, gradients
from autograd.diagnosing.digits import ALL_DIGITS, error_estimates
from autograd.diagnosing.exact import exact_estimates, replay
from tests.reference import REFERENCE
from tests.samples import Sample, samples
from tests.truth import Truth

ESTIMATES = [error_estimates, exact_estimates]
ROUNDED = {"selu", "gelu_tanh"}  # their constants are the doubles that stand there
Estimates = Callable[..., Any]


def some(name: str, estimates: Estimates) -> list[Sample]:
    """A share of the samples of a row, always the same."""
    every = [x for x in samples(OPS[name]) if all(map(math.isfinite, x.operands))]
    wanted = 60 if estimates is error_estimates else 15
    return random.Random(name).sample(every, min(wanted, len(every)))


@pytest.mark.parametrize("estimates", ESTIMATES)
@pytest.mark.parametrize("name", [name for name in OPS if name not in ROUNDED])
def test_error_of_every_row(name: str, estimates: Estimates) -> None:
    """A number and its error are what the row's definition gives, to 25 digits."""
    with mp.workdps(60):  # the reference rounds its pi to what is set
        for sample in some(name, estimates):
            assert_sample(name, sample, estimates)


def assert_sample(name: str, sample: Sample, estimates: Estimates) -> None:
    operands = [
        x if i in sample.constants else Value(x) for i, x in enumerate(sample.operands)
    ]
    truth = REFERENCE[name].truth((), sample.operands)
    if isinstance(truth, Truth) and any(isinstance(x, Value) for x in operands):
        node = OPS[name](*operands)
        estimate = estimates(node)[node]
        assert_error(estimate, node.data, truth.number)
        last = 1e-25 * abs(node.data) + 5e-324
        assert estimate.made == pytest.approx(estimate.error, 1e-9, last, True)


def test_half_a_turn_has_the_sign_of_the_zero_and_an_error() -> None:
    for zero in (0.0, -0.0):
        node = ag.atan2(Value(zero), Value(-2.0))
        for estimates in ESTIMATES:
            with mp.workdps(60):
                true = mp.pi * int(math.copysign(1.0, zero))
                assert_error(estimates(node)[node], node.data, true)


def assert_error(estimate: Any, data: float, true: mpf) -> None:
    nearest = float(true)
    if not math.isfinite(nearest) or not math.isfinite(data):
        assert math.isnan(estimate.true) == math.isnan(nearest)
        assert (estimate.digits == ALL_DIGITS) == (data == nearest)
        return
    error = true - mpf(data)
    allowed = 1e-9 * abs(error) + mpf(10) ** -25 * abs(true) + 5e-324
    assert abs(estimate.error - error) <= allowed, (data, true)


ACCIDENTS: dict[str, tuple[Callable[..., Any], tuple[float, ...]]] = {
    "exp less 1": (lambda m, x: m.exp(x) - 1, (1e-229,)),
    "1 less cosine": (lambda m, x: (1 - m.cos(x)) / (x * x), (1e-9,)),
    "roots": (lambda m, x: m.sqrt(x + 1) - m.sqrt(x), (1e218,)),
    "inverse roots": (lambda m, x: 1 / m.sqrt(x) - 1 / m.sqrt(x + 1), (6e298,)),
    "quadratic": (
        lambda m, a, b, c: (-b + m.sqrt(b * b - 4 * a * c)) / (2 * a),
        (1.7e-6, 1.3e11, 5.7e-9),
    ),
    "hypot": (lambda m, x, y: m.sqrt(x * x + y * y), (3e200, 4e200)),
    "softplus": (lambda m, x: m.log(1 + m.exp(x)), (1000.0,)),
    "tail of softplus": (lambda m, x: m.log(1 + m.exp(x)), (-40.0,)),
    "softmax": (lambda m, x, y: m.exp(x) / (m.exp(x) + m.exp(y)), (1000.0, 0.0)),
    "rightly 0": (lambda m, x: 1 / (1 + m.exp(x)), (1000.0,)),
    "variance": (
        lambda m, x, y: (x * x + y * y) / 2 - ((x + y) / 2) * ((x + y) / 2),
        (1e8 + 1, 1e8),
    ),
    "power of almost 1": (lambda m, x: (1 + 1 / x) ** x, (1e15,)),
    "needle": (
        lambda m, a, b, c: m.sqrt(
            (a + b + c) / 2 * ((a + b - c) / 2) * ((a - b + c) / 2) * ((b + c - a) / 2)
        ),
        (1.0, 1.0, 1e-12),
    ),
    "large sine": (lambda m, x: m.sin(x * x), (1e10 + 0.1,)),
    "inverse": (lambda m, x: m.exp(m.log(x)) - x, (3e200,)),
    "tan": (lambda m, x, y: m.tan(x + y) - m.tan(x), (1.3, 1e-200)),
}


@pytest.mark.parametrize("estimates", ESTIMATES)
@pytest.mark.parametrize("name", ACCIDENTS)
def test_error_of_known_accidents(name: str, estimates: Estimates) -> None:
    formula, inputs = ACCIDENTS[name]
    output = formula(ag, *map(Value, inputs))
    with mp.workprec(9000):
        true = formula(mp, *map(mpf, inputs))
        assert_error(estimates(output)[output], output.data, true)


def test_every_node_on_the_way_has_its_error() -> None:
    """Inner nodes, too, which nobody makes sure of: residues alone have to tell."""
    x, y = Value(0.1), Value(0.7)
    a, b = x * y, x / y
    c = ag.sqrt(a * b + x) - a * a
    nodes = [a, b, c, 1 / c, c**2, ag.dot([a, b], [c, y], x), ag.mean([a, b, c])]
    output = ag.sum([ag.maximum(node, -node) * 3.0 - node for node in nodes])
    told, exact = error_estimates(output), exact_estimates(output)
    errors = [exact[node].error for node in told]
    assert [told[node].error for node in told] == pytest.approx(
        errors, rel=1e-6, abs=1e-30
    )
    assert sum(error != 0.0 for error in errors) > 12


@pytest.mark.parametrize("estimates", ESTIMATES)
def test_digits_of_numbers_at_the_ends_of_the_range(estimates: Estimates) -> None:
    """A 0, a subnormal number or an infinity that is right has all its digits."""
    x = Value(1e-200)
    for right in (x * x, 3e-120 * x, 1 / x * 1e200, ag.exp(-1000 * (x + 1))):
        assert estimates(right)[right].digits == ALL_DIGITS
        assert not estimates(right)[right].in_range
    wrong = (x * x) / (x * x)
    assert estimates(wrong)[wrong].digits == 0.0
    back = (x * x) * 1e300 * 1e100  # 0, and should be 1
    assert estimates(back)[back].error == pytest.approx(1.0)


def test_digits_of_a_gradient() -> None:
    """A gradient that was recorded is a graph like any other."""
    x = Value(1e-5)
    (slope,) = gradients((1 - ag.cos(x)) / (x * x), [x], create_graph=True)
    with mp.workprec(9000):
        true = mp.diff(lambda x: (1 - mp.cos(x)) / (x * x), mpf(1e-5))
    estimate = error_estimates(slope)[slope]
    assert slope.data + estimate.error == pytest.approx(float(true), rel=1e-12)
    assert estimate.digits < 1.0


def test_the_branch_is_the_one_the_doubles_took() -> None:
    x = Value(1e-20)
    y = ag.where(1 + x > 1, 5 * x, 7 * x)
    for estimates in ESTIMATES:
        assert estimates(y)[y].true == pytest.approx(7e-20)


def test_chain_of_a_million() -> None:
    x = Value(1.0)
    y = x
    for _ in range(500_000):
        y = y * 1.000001 + 1e-9
    estimate = error_estimates(y)[y]
    factor, term = mpf(1.000001), mpf(1e-9)
    with mp.workdps(40):
        power = factor**500_000
        true = power + term * (power - 1) / (factor - 1)
        assert y.data + mpf(estimate.error) == pytest.approx(true, rel=1e-25)


def test_made_is_what_the_node_itself_lost() -> None:
    x = Value(0.1)
    inner = x * x
    outer = inner * 2.0
    estimates = error_estimates(outer)
    assert estimates[outer].made == 0.0
    assert estimates[outer].error == 2.0 * estimates[inner].made != 0.0


def test_replay_says_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mpmath", None)
    with pytest.raises(ImportError, match=r"pip install 'gradtrace\[mpmath\]'"):
        replay(Value(1.0) + 1.0)
