"""diagnose: accidents are found at their origin, and healthy graphs are let alone."""

from collections.abc import Callable
from threading import Thread
from typing import Any

import mpmath
import pytest

import autograd
from autograd import (
    AnomalyError,
    Value,
    cos,
    detect_anomaly,
    diagnose,
    exp,
    log,
    sin,
    sqrt,
    where,
)
from tests.accidents import ACCIDENTS, RUINOUS, Accident
from tests.healthy import HEALTHY


@pytest.mark.parametrize("accident", ACCIDENTS, ids=lambda accident: accident.name)
def test_an_accident_is_found_at_its_origin(accident: Accident) -> None:
    output = accident.make()
    first = diagnose(output).findings[:2]
    found = {(x.kind, x.op.name if x.op else ""): x for x in first}
    assert (accident.kind, accident.op) in found
    finding = found[accident.kind, accident.op]
    assert accident.advice in finding.advice
    assert finding.advice in finding.message
    assert finding.path[0] is finding.node
    assert 2 <= len(finding.message.splitlines()) <= 3
    for parent, child in zip(finding.path, finding.path[1:], strict=False):
        assert parent in child.operands


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_graph_has_no_finding(name: str) -> None:
    assert not diagnose(HEALTHY[name]()).findings


def test_a_gallery_is_large_enough() -> None:
    assert min(len(ACCIDENTS), len(HEALTHY)) >= 40


def test_an_accident_is_told_once_and_not_where_it_spreads() -> None:
    bad = log(Value(-1.0))
    total = autograd.sum([bad * float(i) for i in range(50)])
    (finding,) = diagnose(total).findings
    assert finding.node is bad
    assert finding.path[-1] is total


def test_what_ruins_the_result_stands_before_what_is_hidden() -> None:
    hidden = where(False, log(Value(-2.0)), 1.0)
    ruined = log(Value(-1.0))
    kinds = [finding.kind for finding in diagnose(hidden * ruined).findings]
    assert kinds == ["domain", "hidden nan"]


def test_a_gradient_beyond_the_range_is_told_as_one() -> None:
    x = Value(0.5)
    for _ in range(2000):
        x = 3.9 * x * (1.0 - x)
    (finding,) = [x for x in diagnose(x).findings if x.kind == "overflow"]
    assert "the gradient" in finding.message
    assert "smallest" not in finding.message


def test_no_gradient_is_touched() -> None:
    x = Value(3.0)
    y = x * x
    y.backward()
    diagnose(y)
    assert (x.grad, y.grad) == (6.0, 1.0)


def test_it_wants_a_value() -> None:
    with pytest.raises(TypeError, match="wants a Value, got float"):
        diagnose(1.0)  # type: ignore[arg-type]


def test_a_chain_of_a_million_needs_no_recursion() -> None:
    y = log(Value(-1.0))
    for _ in range(1_000_000):
        y = y + 1.0
    (finding,) = diagnose(y).findings
    assert (finding.kind, len(finding.path)) == ("domain", 1_000_001)
    assert len(finding.message) < 1000


# --- digits -------------------------------------------------------------------------


def test_digits_and_error_are_those_of_the_truth() -> None:
    x = Value(1e-7)
    y = (1.0 - cos(x)) / x**2
    with mpmath.workdps(50):
        exact = mpmath.mpf(1e-7)
        true = (1 - mpmath.cos(exact)) / exact**2
        error = float(true - y.data)
        digits = float(-mpmath.log10(abs(true - y.data) / true))
    for found in (diagnose(y), diagnose(y, exact=True)):
        assert found.error == pytest.approx(error, rel=1e-6)
        assert found.digits == pytest.approx(digits, abs=0.1)


def test_advice_that_is_a_rewrite_proves_itself() -> None:
    x = Value(1e-7, label="x")
    (finding,) = diagnose((1.0 - cos(x)) / x**2).findings
    rewrite = finding.rewrite()
    assert rewrite is not None
    assert "13 of 16 digits were wrong, now none" in finding.message
    assert rewrite.value == pytest.approx(0.5e-14, rel=1e-13, abs=0.0)
    (finding,) = diagnose(sin(Value(1e20))).findings
    assert finding.rewrite() is None


def test_detect_anomaly_does_not_stop_for_lost_digits() -> None:
    x = Value(1e-9)
    with detect_anomaly():
        ((1.0 - cos(x)) / x**2).backward()


# --- detect_anomaly -----------------------------------------------------------------


@pytest.mark.parametrize("accident", RUINOUS, ids=lambda accident: accident.name)
def test_detect_anomaly_raises_what_diagnose_puts_first(accident: Accident) -> None:
    wanted = diagnose(accident.make()).findings[0]
    with pytest.raises(AnomalyError) as raised, detect_anomaly():
        accident.make().backward()
    got = raised.value.finding
    assert (got.kind, got.op) == (wanted.kind, wanted.op)
    assert [str(x) for x in got.operands] == [str(x) for x in wanted.operands]


@pytest.mark.parametrize("name", HEALTHY)
def test_detect_anomaly_lets_healthy_graphs_alone(name: str) -> None:
    with detect_anomaly():
        output = HEALTHY[name]()
        output.backward()


BACKWARD: dict[str, Callable[[], object]] = {
    "backward": lambda: sqrt(Value(0.0)).backward(),
    "gradients": lambda: autograd.gradients(sqrt(x := Value(0.0)), [x]),
    "grad": lambda: autograd.grad(sqrt)(0.0),
    "jvp": lambda: autograd.jvp(sqrt, (0.0,), (1.0,)),
    "jacobian": lambda: autograd.jacobian(lambda x: [sqrt(x)])(0.0),
    "vjp": lambda: autograd.vjp(sqrt, 0.0)[1](1.0),
}


@pytest.mark.parametrize("door", BACKWARD)
def test_it_stops_before_every_kind_of_sweep(door: str) -> None:
    with pytest.raises(AnomalyError) as raised, detect_anomaly():
        BACKWARD[door]()
    assert raised.value.finding.kind == "infinite slope"


def test_the_line_that_made_the_number_is_told() -> None:
    told = r"log\(x=-1\) is nan at .*test_diagnose"
    with pytest.raises(AnomalyError, match=told), detect_anomaly():
        log(Value(-1.0, label="x"))


def test_an_overflow_made_before_the_block_is_found() -> None:
    large = exp(Value(1000.0))
    with pytest.raises(AnomalyError) as raised, detect_anomaly():
        _ = large / large
    assert raised.value.finding.node is large


def test_other_threads_are_not_watched() -> None:
    numbers: list[float] = []
    with detect_anomaly():
        thread = Thread(target=lambda: numbers.append(log(Value(-1.0)).data))
        thread.start()
        thread.join()
    assert str(numbers) == "[nan]"
    assert str(log(Value(-1.0)).data) == "nan"


# --- programs -----------------------------------------------------------------------


def example_loss(x: Any, y: Any) -> Any:
    share = x[0] / (x[0] + x[1])
    return -y * log(share)


@pytest.mark.parametrize("backend", ["numpy", "machine", "jax"])
def test_a_program_names_the_example_and_the_line(backend: Any) -> None:
    program = autograd.Program(example_loss, [1.0, 2.0], 1.0, backend=backend)
    batch = [[1.0, 2.0], [3.0, 1.0], [-1.0, 2.0], [1.0, 1.0]]
    (finding,) = program.diagnose(batch, [1.0] * 4).findings
    assert (finding.kind, finding.op, finding.row) == ("domain", autograd.OPS["log"], 2)
    assert finding.line is not None
    assert finding.line.text == "return -y * log(share)"
    assert finding.message.startswith("Example 2: log(-1) is nan at ")


def test_a_bad_example_is_found_among_many() -> None:
    program = autograd.Program(sqrt, 1.0)
    batch = [1.0] * 3000
    batch[2500] = 0.0
    (finding,) = program.diagnose(batch).findings
    assert (finding.kind, finding.row) == ("infinite slope", 2500)


def test_a_program_on_one_example_and_on_a_good_batch() -> None:
    program = autograd.Program(example_loss, [1.0, 2.0], 1.0)
    (finding,) = program.diagnose([-1.0, 2.0], 1.0).findings
    assert (finding.kind, finding.row) == ("domain", None)
    assert not program.diagnose([[1.0, 2.0], [3.0, 1.0]], [1.0, 1.0]).findings


def root_of_both(x: Any, y: Any) -> Any:
    return sqrt(x - y)


RUNS: dict[str, tuple[str, int | None, Callable[[Any], object]]] = {
    "one example": ("domain", None, lambda f: f(1.0, 2.0)),
    "a batch": ("domain", 1, lambda f: f.map([3.0, 1.0], [2.0, 2.0])),
    "a gradient": ("infinite slope", 1, lambda f: of_inputs(f, [3.0, 2.0], [2.0, 2.0])),
    "of one": ("infinite slope", None, lambda f: of_inputs(f, 2.0, 2.0)),
    "a jacobian": (
        "infinite slope",
        None,
        lambda f: f.jacobian(2.0, 2.0, wrt="inputs"),
    ),
}


def of_inputs(f: Any, *inputs: Any) -> object:
    return f.value_and_grad(*inputs, wrt="inputs")


@pytest.mark.parametrize("backend", ["numpy", "machine", "jax"])
@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("kind", ["program", "compiled"])
def test_detect_anomaly_sees_inside_of_runs_on_numbers(
    kind: str, run: str, backend: Any
) -> None:
    f: Any = autograd.Program(root_of_both, 3.0, 2.0, backend=backend)
    if kind == "compiled":
        f = autograd.compiled(backend=backend)(root_of_both)
        f(3.0, 2.0)
    wanted, row, act = RUNS[run]
    with pytest.raises(AnomalyError) as raised, detect_anomaly():
        act(f)
    found = raised.value.finding
    assert (found.kind, found.op, found.row) == (wanted, autograd.OPS["sqrt"], row)
    assert found.line is not None
    assert found.line.text == "return sqrt(x - y)"
    with detect_anomaly():
        assert f(6.0, 2.0) == 2.0
    assert str(f(1.0, 2.0)) == "nan"


def test_the_first_run_of_a_compiled_function_is_looked_at_too() -> None:
    with pytest.raises(AnomalyError) as raised, detect_anomaly():
        autograd.compiled(root_of_both)(1.0, 2.0)
    assert raised.value.finding.op is autograd.OPS["sqrt"]


def test_numbers_given_for_the_parameters_are_those_looked_at() -> None:
    w = Value(1.0)
    program = autograd.Program(lambda x: log(w * x), 1.0)
    with pytest.raises(AnomalyError, match="-3"), detect_anomaly():
        program.value_and_grad([1.0, 2.0], theta=[-3.0])
    (finding,) = program.diagnose([1.0, 2.0], theta=[-3.0]).findings
    assert finding.kind == "domain"
    assert w.data == 1.0
    with autograd.no_grad():
        (finding,) = program.diagnose(-1.0).findings
    assert finding.kind == "domain"


def test_an_infinity_inside_of_a_program_that_does_no_harm_is_let_alone() -> None:
    program = autograd.Program(lambda x: 1.0 / (1.0 + exp(x)), 1.0)
    with detect_anomaly():
        assert program(1000.0) == 0.0
