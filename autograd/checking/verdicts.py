"""Judging the derivatives of a function: right, wrong, kink or undecidable, and why.

A derivative is a sum over the paths of the record, of products of local derivatives.
So it is right if every operation's own derivatives are (`operation`), if the record is
the function (`record`), and if rounding leaves its digits (`flows`). An operation is
judged at the very numbers that it was recorded with, which no rounding before it can
spoil: so terms that cancel accuse nobody. Differences of the function itself decide
only where an operation has no derivative, or the function has a branch.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from autograd.checking.differences import CLEAR
from autograd.checking.flows import (
    OUT_OF_RANGE,
    RIGHT_TO,
    Case,
    Flows,
    Suspect,
    slots,
)
from autograd.checking.operation import (
    DIFFERENCES,
    OperandSlot,
    Opinion,
    by_differences,
    is_row,
)
from autograd.checking.record import Moved, Subject
from autograd.operators import datum
from autograd.value import Number, Value

UNRECORDED: Final = 1e-6  # of a derivative: what numbers are called unrecorded for


class Judgement(NamedTuple):
    """A derivative, what is to be thought of it, and who is to blame if it is wrong."""

    derivative: float
    opinion: Opinion
    finding: Suspect | None = None


class Examination:
    """A function's derivatives at a point, judged one by one.

    Args:
        subject: The function.
        first: For second derivatives, the examination of the first ones.
    """

    def __init__(self, subject: Subject, first: Examination | None = None) -> None:
        self._subject, self._first = subject, first
        self._flows = Flows(subject.here)

    def judgements(self) -> Iterator[Judgement]:
        """A judgement for every output, and in it for every variable."""
        for i, output in enumerate(self._subject.here.outputs):
            for j, case in enumerate(self._flows.cases(output)):
                opinion = self._opinion(i, j, case)
                finding = case.suspect if opinion.verdict == "wrong" else None
                yield Judgement(case.derivative, opinion, finding)

    def _opinion(self, i: int, j: int, case: Case) -> Opinion:
        x = self._subject.point[j]
        if not math.isfinite(x):
            return _nothing(f"the input is {x}")
        if self._subject.flickers:
            return _nothing("the function gives another value at each call")
        kink = self._kink(i, j, muted=True)
        if kink is not None:
            return _nothing(str(kink))._replace(verdict="kink")
        if case.is_wrong:
            return Opinion(case.reference, case.method, "wrong")
        moved = self._subject.moved(j)
        opinion = self._unrecorded(i, moved, case) if moved else None
        if opinion is not None:
            return opinion
        smooth = case.suspect is None or case.suspect.opinion.verdict == "wrong"
        finite = case.is_finite and math.isfinite(float(self._subject.here.outputs[i]))
        if moved is not None and smooth and finite:
            return case.plain()
        return self._by_differences(i, j, case)

    def _unrecorded(self, i: int, moved: list[Moved], case: Case) -> Opinion | None:
        """The opinion on plain numbers that move with a variable; None if none matters.

        A shift that is added and taken off again may move as it likes.
        """
        adjoints = self._flows.adjoints(self._subject.here.outputs[i])
        effect = size = error = 0.0
        for number in moved:
            factor = self._factor(i, number, adjoints)
            if factor != 0.0:
                effect += factor * number.slope.number
                size += abs(factor * number.slope.number)
                error += abs(factor) * number.error
        reference = case.derivative + effect
        largest = max(abs(case.derivative), abs(reference))
        if abs(effect) > 8.0 * error + UNRECORDED * largest + RIGHT_TO * size:
            reason = "f computes with numbers that were not recorded"
            return Opinion(reference, DIFFERENCES, "wrong", reason)
        if abs(effect) + error <= RIGHT_TO * max(largest, size):
            return None
        return _nothing("f computes with plain numbers that move with the input")

    def _factor(self, i: int, number: Moved, adjoints: Mapping[Value, float]) -> float:
        """How an output moves with a plain number."""
        node = number.node
        if node is None:
            return float(number.position == i)
        adjoint = adjoints.get(node, 0.0)
        if adjoint == 0.0 or node.op is None:
            return 0.0
        operands = tuple(map(datum, node.operands))
        slot = OperandSlot(node.op, operands, number.position)
        return adjoint * self._flows.opinion(slot, math.nan).reference

    def _by_differences(self, i: int, j: int, case: Case) -> Opinion:
        """The opinion where an operation has no derivative, or f a branch."""
        f, x = self._subject.entry(i, j), self._subject.point[j]
        slack = case.noise if math.isfinite(case.noise) else 0.0
        opinion, found = by_differences(f, x, case.derivative, slack)
        if opinion.verdict == "right":
            return case._replace(
                reference=opinion.reference,
                method=opinion.method,
                gross=max(case.gross, found.variation),
                noise=0.0 if self._flows.in_range else math.inf,
            ).plain(opinion.reason)
        kink = self._kink(i, j, muted=False)
        if kink is not None:
            return opinion._replace(verdict="kink", reason=str(kink))
        if opinion.verdict != "wrong":
            return opinion
        if case.suspect is not None:
            verdict = case.suspect.opinion.verdict
            return opinion._replace(verdict=verdict, reason=str(case.suspect))
        if case.is_finite and found.error <= CLEAR * abs(found.number):
            reason = "f does something else at this very point than beside it"
            return opinion._replace(reason=reason)
        return opinion._replace(verdict="undecidable", reason=OUT_OF_RANGE)

    def _kink(self, i: int, j: int, muted: bool) -> Suspect | None:
        """For a second derivative: where there is not even a first one."""
        if self._first is None:
            return None
        here, count = self._first._subject.here, len(self._subject.point)
        suspects = self._first._flows.suspects(here.outputs[i // count], muted, order=2)
        found = [suspects.get(here.variables[k]) for k in (i % count, j)]
        return next((x for x in found if x and x.opinion.is_kink), None)

    def culprit(self, judgements: Iterable[Judgement]) -> Suspect | None:
        """The operation to blame for what is wrong, one's own before the table's."""
        place = {node: i for i, node in enumerate(self._subject.here.order)}
        findings = [x.finding for x in judgements if x.finding is not None]
        if findings:
            return min(findings, key=lambda x: (x.rank, place[x.node]))
        nodes = [] if self._first is None else self._first._subject.here.order
        nodes = sorted(nodes, key=lambda node: is_row(node.op))
        return next(filter(None, map(_second_finding, nodes)), None)


def _nothing(reason: str) -> Opinion:
    return Opinion(math.nan, "none", "undecidable", reason)


def _second_finding(node: Value) -> Suspect | None:
    """Which local derivative of a node has a wrong derivative itself."""
    places = slots(node)

    def alone(variables: list[Value]) -> list[Number]:
        operands: list[Any] = [*places[0].operands]
        for slot, variable in zip(places, variables, strict=True):
            operands[slot.position] = variable
        return [slot.op(*operands)]

    subjects = [Subject(alone, [slot.x for slot in places], order) for order in (1, 2)]
    examination = Examination(subjects[1], Examination(subjects[0]))
    for k, (given, opinion, _) in enumerate(examination.judgements()):
        if opinion.verdict == "wrong":
            first, second = (places[i] for i in divmod(k, len(places)))
            return Suspect(node, second, given, opinion, first.position)
    return None
