"""Judging the derivatives of a function: right, wrong, kink or undecidable, and why.

Each derivative that the engine gives is held against a reference that uses values
only. The complex step gives it to the last digit, but it runs what was *recorded*; a
few plain differences of the function itself confirm that the record is the function
(it isn't where the function computes on `float(x)`). Where there is no complex step,
or no confirmation, adaptive differences decide.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, Literal, NamedTuple

from autograd.calculus import gradients
from autograd.checking.complex_step import Replay
from autograd.checking.differences import CLEAR, EPSILON, NOISE, UNDERFLOW, Slope, slope
from autograd.recording import new_epoch
from autograd.sweep import Arithmetic, interior_order, reverse, strong_product
from autograd.value import Number, Value

Function = Callable[[list[Value]], list[Number]]
Verdict = Literal["right", "wrong", "kink", "undecidable"]

STEP_TOLERANCE: Final = 1e-11
DIFFERENCES_TOLERANCE: Final = 1e-9
RIGHT_TO: Final = 1e-8


class Judgement(NamedTuple):
    """One derivative of one output, and what is to be thought of it.

    Attributes:
        scale: What is much for this derivative: the flows that it is the difference
            of, and how fast the output varies some way off.
    """

    output: int
    variable: int
    derivative: float
    reference: float
    method: str
    verdict: Verdict
    reason: str = ""
    scale: float = 0.0

    def plainly(self) -> Judgement:
        """The judgement as it may be told: "right" is said of 8 digits and more.

        Rounding may hide a difference far larger than that, which `judge` then puts
        down to it. It does not speak against an operation, but it proves nothing.
        """
        if self.verdict != "right" or self.derivative == self.reference:
            return self
        off = abs(self.derivative - self.reference)
        largest = max(abs(self.derivative), abs(self.reference))
        if off <= RIGHT_TO * largest:
            return self
        before = f"{self.reason}; " if self.reason else ""
        if off <= RIGHT_TO * self.scale:
            reason = f"{before}both are 0 to {off:.1e}, next to {self.scale:.1e}"
            return self._replace(reason=reason)
        error = off / largest
        reached = f"{error:.1e}" if error < CLEAR else f"{off:.1e} in absolute terms"
        reason = f"{before}agreement reaches {reached} only"
        return self._replace(verdict="undecidable", reason=reason)


class Recorded(NamedTuple):
    """A function run once on fresh variables."""

    variables: list[Value]
    outputs: list[Number]
    order: list[Value]


class Subject:
    """A function of flat numbers at a point, whose derivatives are judged.

    Args:
        function: From a list of Values to a list of numbers.
        point: The numbers.
        order: Judge the function's derivatives (1) or those of its gradient (2).
    """

    def __init__(self, function: Function, point: Sequence[float], order: int) -> None:
        self._function, self.point, self._order = function, list(point), order

    def record(self) -> Recorded:
        """Run it at the point; for order 2 the sweep is recorded, too."""
        with new_epoch() as epoch:
            variables = [Value(x) for x in self.point]
            epoch.variables = {*variables}
            outputs = self._run(variables, create_graph=True)
        order = interior_order([x for x in outputs if isinstance(x, Value)])
        return Recorded(variables, outputs, order)

    def values(self, index: int, x: float) -> list[float]:
        """Its values with one of the numbers replaced; empty where it has none."""
        numbers = [*self.point[:index], x, *self.point[index + 1 :]]
        try:
            with new_epoch() as epoch:
                variables = [*map(Value, numbers)]
                epoch.variables = {*variables}
                outputs = self._run(variables, create_graph=False)
        except (ArithmeticError, ValueError):
            return []
        return list(map(float, outputs))

    def _run(self, variables: list[Value], create_graph: bool) -> list[Any]:
        outputs = self._function(variables)
        if self._order == 1:
            return outputs
        nothing = [0.0] * len(variables)
        rows = (
            gradients(x, variables, create_graph) if isinstance(x, Value) else nothing
            for x in outputs
        )
        return [number for row in rows for number in row]


# The flow without its signs: what a derivative is the difference of.
_GROSS: Arithmetic[float] = Arithmetic(
    weights=lambda node: [abs(weight) for weight in node.local_derivatives],
    times=strong_product,
    plus=lambda x, y: x + y,
)


def judge(subject: Subject) -> list[Judgement]:
    """Judge the derivative of every output with respect to every variable."""
    recorded = subject.record()
    variables, outputs, order = recorded
    replay = Replay(order, outputs)
    derivatives, flows = [], []
    for output in outputs:
        if isinstance(output, Value):
            derivatives.append(gradients(output, variables))
            gross = reverse(order, {output: 1.0}, _GROSS)
            flows.append([gross.get(x, 0.0) for x in variables])
        else:
            derivatives.append([0.0] * len(variables))
            flows.append([0.0] * len(variables))
    found = {}
    for j, variable in enumerate(variables):
        stepped = replay.derivatives(variable) or [math.nan] * len(outputs)
        column, x = _Column(subject, j, len(outputs)), variable.data
        for i in range(len(outputs)):
            numbers = (derivatives[i][j], stepped[i], flows[i][j], float(outputs[i]))
            found[i, j] = _Case(*numbers, column.entry(i), x).judged(i, j)
    return [found[key] for key in sorted(found)]


class _Column:
    """The outputs as functions of one variable, each point computed once for all."""

    def __init__(self, subject: Subject, index: int, count: int) -> None:
        self._subject, self._index, self._count = subject, index, count
        self._known: dict[float, list[float]] = {}

    def entry(self, output: int) -> Callable[[float], float]:
        return partial(self._value, output)

    def _value(self, output: int, x: float) -> float:
        if x not in self._known:
            values = self._subject.values(self._index, x)
            whole = len(values) == self._count
            self._known[x] = values if whole else [math.nan] * self._count
        return self._known[x][output]


class _Case(NamedTuple):
    """One derivative, and all that there is to judge it by.

    Attributes:
        derivative: What the engine gives.
        stepped: What the complex step gives; NaN if there is none.
        gross: The sum of the absolute flows that make up the derivative.
        value: The output that was recorded.
        f: The output as a function of the variable.
        x: The variable's number.
    """

    derivative: float
    stepped: float
    gross: float
    value: float
    f: Callable[[float], float]
    x: float

    def judged(self, output: int, variable: int) -> Judgement:
        """The verdict, with the reference it rests on."""
        opinion, scale = self._refusal() or self._by_complex_step(), self.gross
        if opinion is None:
            found = slope(self.f, self.x)
            opinion, scale = self._by_differences(found), max(scale, found.variation)
        return Judgement(output, variable, self.derivative, *opinion, scale)

    def _refusal(self) -> tuple[float, str, Verdict, str] | None:
        """Why nothing can be said at all, if so."""
        reason = ""
        if not math.isfinite(self.x):
            reason = f"the input is {self.x}"
        elif repr(self.f(self.x)) != repr(self.value):
            reason = "the function gives another value at each call"
        return (math.nan, "none", "undecidable", reason) if reason else None

    def _close(self, reference: float, tolerance: float, slack: float) -> bool:
        if self.derivative == reference:
            return True
        largest = max(abs(self.derivative), abs(reference))
        granted = tolerance * largest + slack + 64.0 * EPSILON * self.gross
        return abs(self.derivative - reference) <= granted

    def _by_complex_step(self) -> tuple[float, str, Verdict, str] | None:
        """The verdict of the complex step, if plain differences confirm it."""
        if not math.isfinite(self.stepped) or self._invisible():
            return None
        rounding = self._confirmation()
        if rounding is None:
            return None
        right = self._close(self.stepped, STEP_TOLERANCE, rounding)
        verdict: Verdict = "right" if right else "wrong"
        return self.stepped, "complex step", verdict, ""

    def _invisible(self) -> bool:
        """Whether the derivative is too small for a complex step from x."""
        return self.stepped == 0.0 < abs(self.derivative) < Replay.visible(self.x)

    def _confirmation(self) -> float | None:
        """None if f is not what was recorded; else how far rounding may move f'.

        That is: by the rounding of x through the curvature of f, and of f itself.
        """
        size = abs(self.x)
        exponent = math.frexp(size)[1] if size else 0
        powers = (max(exponent, 0) - 10, exponent - 10, exponent - 20)
        for power in dict.fromkeys(powers):
            if power < -1000:
                continue
            bend = _bend(self.f, self.x, math.ldexp(1.0, power), self.stepped)
            if bend is not None:
                value = abs(self.f(self.x)) / (size or 1.0)
                return 64.0 * EPSILON * size * bend + 16.0 * EPSILON * value
        return None

    def _by_differences(self, found: Slope) -> tuple[float, str, Verdict, str]:
        number, error = found.number, found.error
        how = "differences"
        agrees = math.isfinite(self.stepped) and self._close(
            self.stepped, STEP_TOLERANCE, 0.0
        )
        if found.trouble == NOISE or (self._is_noise(found) and not found.one_sided):
            if agrees:
                reason = "too noisy for differences to confirm it"
                return self.stepped, "complex step", "right", reason
            return number, how, "undecidable", NOISE
        if found.trouble:
            return number, how, "undecidable", found.trouble
        if found.kink:
            left, right = found.kink
            largest = max(abs(left), abs(right))
            slack = 8.0 * error + 1e-6 * largest
            lowest, highest = min(left, right) - slack, max(left, right) + slack
            between = lowest <= self.derivative <= highest
            left, right = (x if abs(x) > 1e-9 * largest else 0.0 for x in found.kink)
            reason = f"the slope is {left:.6g} on the left and {right:.6g} on the right"
            return math.nan, how, "kink" if between or agrees else "wrong", reason
        close = self._close(number, DIFFERENCES_TOLERANCE, 8.0 * error)
        if found.one_sided:
            reason = "x is at the end of the domain: the slope is one-sided"
            return number, how, "right" if close else "undecidable", reason
        return number, how, "right" if close else "wrong", ""

    def _is_noise(self, found: Slope) -> bool:
        """Whether differences say nothing, neither here nor on the scale of f."""
        if self.derivative == found.number or found.kink or found.trouble:
            return False
        sizes = [abs(x) for x in (self.derivative, found.number) if math.isfinite(x)]
        sizes.append(0.0)
        scale = max(self.gross if math.isfinite(self.gross) else 0.0, found.variation)
        return found.error > max(CLEAR * max(sizes), 1e-6 * scale)


def _bend(
    f: Callable[[float], float], x: float, step: float, expected: float
) -> float | None:
    """|f''| at x by differences; None unless f has the expected slope on both sides."""
    middle = f(x)
    near, far = (f(x - step), f(x + step)), (f(x - 2.0 * step), f(x + 2.0 * step))
    rises = [y - middle for y in (*near, *far)]
    if not all(map(math.isfinite, rises)):
        return None
    slopes = (
        (8.0 * (rises[1] - rises[0]) - (rises[3] - rises[2])) / 12.0,
        (rises[2] - 4.0 * rises[0]) / 2.0,
        (4.0 * rises[1] - rises[3]) / 2.0,
    )
    largest = max(map(abs, (middle, *near, *far)))
    for number, tolerance in zip(slopes, (1e-6, 1e-3, 1e-3), strict=True):
        granted = tolerance * abs(expected) * step + 8.0 * EPSILON * largest + UNDERFLOW
        if not abs(number - expected * step) <= granted:
            return None
    return abs(rises[0] + rises[1]) / step / step
