"""Every operation of the table against the truth: value, first, second derivatives.

The rule is that of NUMERICS.md: an error of at most 16 eps max(1, cond) |true| and
32 times the smallest double; infinities and NaN exactly. `truth.py` says how the truth
is found, `reference.py` what it is, `samples.py` where it is asked.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import pytest
from mpmath import mp, mpf

import autograd
from autograd import OPS, Op, Value
from tests.reference import REFERENCE
from tests.samples import Sample, samples
from tests.truth import Quantity, Truth, Untested

SHOWN = 12  # failures a message prints, the worst first


class Failure(NamedTuple):
    """One number that is wrong, and by how much."""

    op: str
    sample: Sample
    quantity: str
    got: float
    truth: Truth

    @property
    def badness(self) -> float:
        """The error over what is allowed; inf where kinds of number differ."""
        number = self.truth.number
        if not (mp.isfinite(number) and math.isfinite(self.got)):
            return math.inf
        return float(min(abs(self.got - number) / self.truth.allowed(), mpf("1e300")))

    def __str__(self) -> str:
        number, allowed = self.truth.number, self.truth.allowed()
        operands = ", ".join(map(repr, self.sample.operands))
        line = f"{self.op}({operands}) {self.quantity}: got {self.got!r}"
        line += f", true {mp.nstr(number, 20, min_fixed=-5, max_fixed=5)}"
        if not (mp.isfinite(number) and math.isfinite(self.got)):
            return line
        if number == 0:
            return f"{line}, allowed error {mp.nstr(allowed, 3)}"
        error = mp.nstr(abs((self.got - number) / number), 3)
        grant = mp.nstr(allowed / abs(number), 3)
        return f"{line}, relative error {error}, allowed {grant}"


def quantity_name(quantity: Quantity, op: Op) -> str:
    """Words for a quantity: value, d/dx, d2/dx dy."""
    if not quantity:
        return "value"
    last = len(op.operand_names) - 1
    names = [
        f"{op.operand_names[last]}{i - last}"
        if op.variadic and i >= last
        else op.operand_names[i]
        for i in quantity
    ]
    if len(names) == 1:
        return f"d/d{names[0]}"
    return f"d2/d{names[0]} d{names[1]}"


def chosen(positions: list[int]) -> list[int]:
    """Of many operands the first, the second, one in the middle and the last."""
    if len(positions) <= 4:
        return positions
    middle = len(positions) // 2
    return [positions[0], positions[1], positions[middle], positions[-1]]


def measured(op: Op, sample: Sample) -> Iterator[tuple[Quantity, str, float]]:
    """All that the engine says: (quantity, how it was asked, number)."""
    operands: list[Any] = [
        number if position in sample.constants else Value(number)
        for position, number in enumerate(sample.operands)
    ]
    positions = [i for i in range(len(operands)) if i not in sample.constants]
    inputs = [operands[i] for i in positions]
    out = op(*operands)
    yield (), "", out.data
    yield (), " on plain numbers", op(*sample.operands)
    recorded = dict(zip(positions, out.local_derivatives, strict=True))
    swept = dict(zip(positions, autograd.gradients(out, inputs), strict=True))
    slopes = dict(
        zip(positions, autograd.gradients(out, inputs, create_graph=True), strict=True)
    )
    for i in chosen(positions):
        yield (i,), " (local_derivatives)", recorded[i]
        yield (i,), " (gradients)", swept[i]
        yield (i,), " (create_graph)", slopes[i].data
        bends = autograd.gradients(slopes[i], inputs)
        for j, bend in zip(positions, bends, strict=True):
            if j in chosen(positions):
                yield (i, j), "", bend


def failures(op: Op, reference_name: str = "") -> list[Failure]:
    """What the engine gets wrong in an operation, the worst first."""
    reference = REFERENCE[reference_name or op.name]
    found = []
    for sample in samples(op):
        known: dict[Quantity, Truth | Untested] = {}
        for quantity, how, got in measured(op, sample):
            key = tuple(sorted(quantity))
            if key not in known:
                known[key] = reference.truth(key, sample.operands)
            truth = known[key]
            if isinstance(truth, Truth) and not truth.accepts(got):
                name = quantity_name(quantity, op) + how
                found.append(Failure(op.name, sample, name, got, truth))
    return sorted(found, key=lambda failure: -failure.badness)


def report(found: list[Failure]) -> str:
    lines = [f"{len(found)} numbers are wrong; the worst:"]
    lines += [f"  {failure}" for failure in found[:SHOWN]]
    return "\n".join(lines)


@pytest.mark.parametrize("op", OPS.values(), ids=str)
def test_operation_is_right_over_its_whole_domain(op: Op) -> None:
    found = failures(op)
    if found:
        pytest.fail(report(found), pytrace=False)


def test_no_operation_is_without_a_reference() -> None:
    assert set(OPS) == set(REFERENCE)


@pytest.mark.parametrize("op", OPS.values(), ids=str)
def test_operation_is_tried_well(op: Op) -> None:
    """Many points, and few of them without a true value."""
    special = REFERENCE[op.name].special
    tried = samples(op)
    told = [x for x in tried if not isinstance(special((), x.operands), Untested)]
    assert len(told) >= 40
    assert len(told) >= 0.6 * len(tried)


# A wrong row is caught ----------------------------------------------------------------

Rule = Callable[..., tuple[Any, ...]]


def scaled_rule(op: Op, factor: Callable[[Any], Any]) -> Rule:
    """The operation's local derivatives times factor(x)."""

    def rule(xp: Any, out: Any, x: Any) -> tuple[Any, ...]:
        (slope,) = op.local_derivatives(xp, out, x)
        return (slope * factor(x),)

    return rule


def with_derivatives(name: str, rule: Rule) -> list[Failure]:
    return failures(replace(OPS[name], local_derivatives=rule))


def test_wrong_by_1e_12_in_a_tail_is_caught() -> None:
    def factor(x: Any) -> float:
        return 1 + 1e-12 if -300 < x < -15 else 1.0

    found = with_derivatives("tanh", scaled_rule(OPS["tanh"], factor))
    assert found
    assert all(-300 < failure.sample.operands[0] < -15 for failure in found)
    assert any(failure.quantity.startswith("d/dx") for failure in found)
    assert "relative error" in str(found[0])
    assert str(found[0]).startswith("tanh(-")


def test_textbook_derivative_of_tanh_is_caught() -> None:
    found = with_derivatives("tanh", lambda xp, out, x: (1.0 - out * out,))
    assert any(failure.sample.operands == (22.0,) for failure in found)


def test_wrong_kink_is_caught() -> None:
    def rule(xp: Any, out: Any, x: Any) -> tuple[Any, ...]:
        return (xp.where(x >= 0, 1.0, 0.0) + 0.0 * x,)

    found = with_derivatives("relu", rule)
    assert {0.0} <= {failure.sample.operands[0] for failure in found}


def test_wrong_second_derivative_alone_is_caught() -> None:
    def rule(xp: Any, out: Any, x: Any) -> tuple[Any, ...]:
        (slope,) = OPS["softplus"].local_derivatives(xp, out, x)
        number = x.data if isinstance(x, Value) else x
        return (slope + 1e-9 * (x - number) * slope,)  # 0, but of slope 1

    found = [
        failure
        for failure in with_derivatives("softplus", rule)
        if math.isfinite(failure.sample.operands[0])
    ]
    assert found
    assert all(failure.quantity.startswith("d2/") for failure in found)


def test_wrong_value_is_caught() -> None:
    naive = replace(OPS["log1p"], forward=lambda xp, x: xp.log(1.0 + x))
    assert any(failure.quantity.startswith("value") for failure in failures(naive))


def test_nan_at_a_limit_is_caught() -> None:
    naive = replace(OPS["silu"], forward=lambda xp, x: x * xp.sigmoid(x))
    assert any(failure.sample.operands == (-math.inf,) for failure in failures(naive))


def test_wrong_share_of_a_list_is_caught() -> None:
    def rule(xp: Any, out: Any, *values: Any) -> tuple[Any, ...]:
        return tuple(xp.exp(x - out) for x in values)

    naive = replace(OPS["logsumexp"], local_derivatives=rule)
    assert any(failure.quantity.startswith("d2/") for failure in failures(naive))


def test_operation_without_a_reference_cannot_pass() -> None:
    unheard = Op(
        "unheard",
        lambda xp, x: x,
        lambda xp, out, x: (1.0,),
    )
    with pytest.raises(KeyError, match="unheard"):
        failures(unheard)
