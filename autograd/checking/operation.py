"""One operation at the numbers it was recorded with: are its local derivatives right?

Its value rule, run on complex numbers, gives a derivative to the last digit. What
looks wrong then is looked into before it is called so: with other steps, with each of
the rule's own steps shaken by its rounding, and by differences. A rule that computes on
plain floats has only those.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Final, Literal, NamedTuple

from autograd.checking.complex_step import Shaken, Stepped, derivative, steps
from autograd.checking.differences import CLEAR, INFINITE, JUMP, NOISE, Slope, slope
from autograd.ops import OPS, Op

Verdict = Literal["right", "wrong", "kink", "undecidable"]

COMPLEX_STEP: Final = "complex step"
DIFFERENCES: Final = "differences"
FINE_STEPS: Final = "fine steps say something else than larger ones"
STEP_TOLERANCE: Final = 1e-11  # a step is good to 1e-15, a rule's rounding to less
DIFFERENCES_TOLERANCE: Final = 1e-9  # they are good to about 1e-10
SMALLEST: Final = 1e-320  # what rounding may cost next to the smallest doubles
AGAIN: Final[tuple[tuple[type[Stepped], float], ...]] = (
    (Stepped, 2.0**-13),
    *((Shaken, factor) for factor in (1.0, 0.75, 0.625, 0.875)),
)
"""Other steps, and steps with the rule's rounding shaken: what they move is unsure."""


class Opinion(NamedTuple):
    """What a derivative should be, and what is to be thought of the one given.

    Attributes:
        reference: The derivative; NaN if there is none to be had, and at a kink.
        method: How it was found.
        verdict: "right", "wrong", "kink" or "undecidable".
        reason: Why, where it is not plain.
    """

    reference: float
    method: str
    verdict: Verdict
    reason: str = ""

    @property
    def is_kink(self) -> bool:
        """Whether there is a kink, or worse: in any case no derivative."""
        return self.verdict == "kink" or self.reason in (JUMP, INFINITE)


class OperandSlot(NamedTuple):
    """An operation, its operands, and the one with respect to which it is judged."""

    op: Op
    operands: tuple[float, ...]
    position: int

    @property
    def x(self) -> float:
        """The number of the operand."""
        return self.operands[self.position]

    @property
    def name(self) -> str:
        """What the rule calls the operand: "x", or "xs[2]"."""
        return operand_name(self.op, self.position)

    def value(self, x: float) -> float:
        """The operation with this operand replaced; NaN where it has no value."""
        numbers = [*self.operands]
        numbers[self.position] = x
        try:
            return self.op.value(*numbers)
        except (ArithmeticError, ValueError):
            return math.nan

    def is_outside(self) -> bool:
        """Whether an operand is infinite, or not in the domain that is declared."""
        ends = map(self.op.domain_of, range(len(self.operands)))
        return any(
            math.isinf(x) or not low <= x <= high
            for (low, high), x in zip(ends, self.operands, strict=True)
        )

    def __str__(self) -> str:
        """The operation and its operands; the first few of a long list."""
        texts = [
            f"{operand_name(self.op, position)} = {operand!r}"
            for position, operand in enumerate(self.operands[:6])
        ]
        more = ", ..." if len(self.operands) > 6 else ""
        return f"{self.op} at {', '.join(texts)}{more}"


def operand_name(op: Op, position: int) -> str:
    """What the rule calls the operand at a position: "x", or "xs[2]"."""
    last = len(op.operand_names) - 1
    if op.variadic and position >= last:
        return f"{op.operand_names[last]}[{position - last}]"
    return op.operand_names[position]


def is_row(op: Op | None) -> bool:
    """Whether an operation is a row of the table, not one of one's own."""
    return op is not None and OPS.get(op.name) is op


def close(x: float, y: float, tolerance: float, slack: float = 0.0) -> bool:
    """Whether two numbers are equal to a relative tolerance and an absolute slack."""
    granted = tolerance * max(abs(x), abs(y)) + slack + SMALLEST
    return x == y or abs(x - y) <= granted < math.inf


def judged(slot: OperandSlot, given: float) -> Opinion:
    """The opinion on a local derivative."""
    value = slot.value(slot.x)
    if not math.isfinite(value):
        return Opinion(math.nan, "none", "undecidable", f"it is {value} here")
    opinion = _by_complex_step(slot, given)
    if opinion is None:
        opinion, _ = by_differences(slot.value, slot.x, given)
    if opinion.verdict != "wrong":
        return opinion
    excuse = _excuse(slot, given, opinion)
    return opinion._replace(verdict="undecidable", reason=excuse) if excuse else opinion


def _by_complex_step(slot: OperandSlot, given: float) -> Opinion | None:
    """Right if some step says so; wrong if one that can be trusted says so."""

    def attempt(step: float, kind: type[Stepped] = Stepped) -> float | None:
        return derivative(slot.op, slot.operands, slot.position, step, kind)

    for step in steps(slot.operands, slot.position):
        reference = attempt(step)
        if reference is not None and close(given, reference, STEP_TOLERANCE):
            return Opinion(reference, COMPLEX_STEP, "right")
    for step in steps(slot.operands, slot.position):
        reference = attempt(step)
        again = [attempt(step * factor, kind) for kind, factor in AGAIN]
        numbers = [number for number in again if number is not None]
        if not reference or len(numbers) < len(again):
            continue  # 0 may be an underflow
        error = 8.0 * max(abs(number - reference) for number in numbers)
        if error <= 0.5 * abs(reference):
            right = close(given, reference, STEP_TOLERANCE, error)
            return Opinion(reference, COMPLEX_STEP, "right" if right else "wrong")
    return None


def _excuse(slot: OperandSlot, given: float, opinion: Opinion) -> str:
    """Why a local derivative that looks wrong can't be called so; else ""."""
    if slot.is_outside():
        return f"outside the domain of {slot.op}"
    if opinion.method == DIFFERENCES:  # rows have their tests, an overflow is no error
        unsure = is_row(slot.op) or math.isinf(given)
        return "no complex step can be taken here" if unsure else ""
    _, found = by_differences(slot.value, slot.x, given)
    contradicts = found.speaks_for(given, opinion.reference)
    return "differences contradict the complex step" if contradicts else ""


def by_differences(
    f: Callable[[float], float], x: float, given: float, slack: float = 0.0
) -> tuple[Opinion, Slope]:
    """The opinion of adaptive differences, and what it rests on.

    Args:
        f: The function; NaN where it has no value.
        x: The point.
        given: The derivative to be judged.
        slack: How far it may be off, apart from the error of the differences.
    """
    found = slope(f, x)
    slack += 8.0 * found.error
    opinion = partial(Opinion, found.number, DIFFERENCES)
    if found.trouble:
        return opinion("undecidable", found.trouble), found
    if found.kink:
        return _at_kink(found, found.kink, given, slack), found
    right = close(given, found.number, DIFFERENCES_TOLERANCE, slack)
    if found.one_sided:
        reason = "x is at the end of the domain: the slope is one-sided"
        return opinion("right" if right else "undecidable", reason), found
    if _is_noise(found, given):
        return opinion("undecidable", NOISE), found
    if not right and (found.number == 0.0 or found.speaks_for(given, found.number)):
        return opinion("undecidable", FINE_STEPS), found
    return opinion("right" if right else "wrong"), found


def _at_kink(
    found: Slope, kink: tuple[float, float], given: float, slack: float
) -> Opinion:
    largest = max(map(abs, kink))
    nearest = min(max(given, min(kink)), max(kink))
    left, right = (y if abs(y) > 1e-9 * largest else 0.0 for y in kink)
    reason = f"the slope is {left:.6g} on the left and {right:.6g} on the right"
    verdict: Verdict = "kink"
    if not close(given, nearest, 0.0, slack + 1e-6 * largest):
        doubtful = found.speaks_for(given, nearest)
        verdict, reason = ("undecidable", FINE_STEPS) if doubtful else ("wrong", reason)
    return Opinion(math.nan, DIFFERENCES, verdict, reason)


def _is_noise(found: Slope, given: float) -> bool:
    """Whether differences say nothing, neither here nor on the scale of f."""
    if given == found.number:
        return False
    largest = max(abs(found.number), abs(given) if math.isfinite(given) else 0.0)
    return found.error > max(CLEAR * largest, 1e-6 * found.variation)
