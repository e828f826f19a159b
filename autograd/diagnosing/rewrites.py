"""Advice that proves itself: what to write instead, tried at the same numbers.

The neighbourhood of a node is read as algebra (`terms.py`). Rows of the table
(`table.py`) and a few methods of algebra (`methods.py`) rewrite it, one after another;
every form is computed in doubles and held to the true number. What has the most digits
is the advice, if it has more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import CodeType

from autograd.diagnosing.digits import ErrorEstimates, digits_of, error_estimates
from autograd.diagnosing.matching import Binding, filled, fits, parsed
from autograd.diagnosing.methods import by_algebra
from autograd.diagnosing.pieces import LARGEST, Piece, spelled
from autograd.diagnosing.table import ROWS
from autograd.diagnosing.terms import (
    Term,
    add,
    calls,
    children,
    scaled,
    size,
    times,
)
from autograd.diagnosing.writing import text, value
from autograd.graph import Graph
from autograd.value import Value

STEPS = 4  # rewrites one after the other
BREADTH = 10  # forms that are followed from one step to the next
GAIN = 3.0  # decimal digits, ten bits: below, another form is not worth the trouble
ENOUGH = 15.0  # digits: no search for more
REACH = 6  # consumers up to which the damage of a node is followed


@dataclass(frozen=True)
class Rewrite:
    """Another form of a piece of a graph.

    Attributes:
        node: The node that is written differently.
        before: The digits of its number that can be trusted, now.
        after: Those of the new form.
        value: What the new form gives at the same numbers.
        old: The form that it has, as Python.
        new: The new form, as Python.
    """

    node: Value
    before: float
    after: float
    value: float
    old: str
    new: str

    @property
    def gained(self) -> float:
        """Decimal digits."""
        return self.after - self.before

    @property
    def advice(self) -> str:
        """What to do, in a sentence."""
        return f"write {self.new} instead of {self.old}"

    @property
    def proof(self) -> str:
        """What it gains at these numbers."""
        lost = [round(16 - digits) for digits in (self.before, self.after)]
        then = "none" if lost[1] <= 0 else str(lost[1])
        return f"{lost[0]} of 16 digits were wrong, now {then}"

    def __str__(self) -> str:
        return f"{self.advice}: {self.proof}"


def rewrite_for(
    node: Value, of: ErrorEstimates | Graph | Value | None = None
) -> Rewrite | None:
    """The best other form of a node, or of what is made of it; None if none is better.

    Args:
        node: Where digits were lost.
        of: The graph it stands in, or its errors if they are known.
    """
    if of is None:
        of = node
    estimates = of if isinstance(of, ErrorEstimates) else error_estimates(of)
    best: Rewrite | None = None
    for place in _places(node, estimates.graph):
        found = _rewrite_at(place, estimates)
        if found is not None and (best is None or found.gained > best.gained + 1.0):
            best = found
    return best


def _places(node: Value, graph: Graph) -> Iterator[Value]:
    """The node, and its consumers as long as it has one."""
    for _ in range(REACH):
        yield node
        consumers = {edge.child for edge in graph.consumers(node)}
        if len(consumers) != 1:
            return
        (node,) = consumers


def _rewrite_at(node: Value, estimates: ErrorEstimates) -> Rewrite | None:
    before = estimates[node].digits
    if before > ENOUGH or node.op is None:
        return None
    piece = Piece(node, estimates.graph)
    true = estimates.true(node)

    def digits(term: Term) -> float:
        return digits_of(value(term, piece.numbers), true)

    after, best = max(
        ((digits(term), term) for term in _forms(piece, digits)),
        key=lambda found: (min(found[0], ENOUGH), -size(found[1])),
    )
    if after - before < GAIN:
        return None
    result = value(best, piece.numbers)
    forms = spelled(node, estimates.graph), text(best, piece.numbers)
    return Rewrite(node, before, after, result, *forms)


def _forms(piece: Piece, digits: Callable[[Term], float]) -> Iterator[Term]:
    """Other forms of a term: the promising ones first, each once."""
    seen = {piece.term}
    front = [piece.term]
    known: dict[Term, list[Term]] = {}
    yield piece.term
    for _ in range(STEPS):
        found: dict[Term, float] = {}
        for term in front:
            for other in _steps(term, piece.numbers, known):
                if other not in seen and size(other) <= LARGEST:
                    seen.add(other)
                    found[other] = digits(other)
                    yield other
        if not found or max(found.values()) > ENOUGH:
            return
        good = sorted(found, key=lambda term: (-found[term], size(term)))
        short = sorted(found, key=size)
        front = list(dict.fromkeys([*good[:BREADTH], *short[:BREADTH]]))


def _steps(
    term: Term, numbers: Mapping[str, float], known: dict[Term, list[Term]]
) -> list[Term]:
    """What one rewrite makes of a term, anywhere in it.

    Forms of one piece share most of their parts, so those that are known are kept.
    """
    if term not in known:
        known[term] = [*_outside(term, numbers), *_inside(term, numbers, known)]
    return known[term]


def _outside(term: Term, numbers: Mapping[str, float]) -> Iterator[Term]:
    """What one rewrite makes of a term as a whole."""
    called = calls(term)
    for row in ROWS:
        if not calls(parsed(row.pattern)) <= called:
            continue
        for binding, scale, factor, rest in fits(parsed(row.pattern), term):
            try:
                if _holds(row.condition, binding, numbers):
                    new = filled(parsed(row.replacement), binding)
                    yield add(times(scaled(scale, factor), new), rest)
            except ZeroDivisionError:
                continue
    yield from by_algebra(term, numbers)


def _inside(
    term: Term, numbers: Mapping[str, float], known: dict[Term, list[Term]]
) -> Iterator[Term]:
    """What one rewrite makes of a term's parts."""
    for child, replaced in children(term):
        for other in _steps(child, numbers, known):
            try:
                yield replaced(other)
            except ZeroDivisionError:
                continue


@cache
def _compiled(condition: str) -> CodeType:
    return compile(condition, "condition", "eval")


def _holds(condition: str, binding: Binding, numbers: Mapping[str, float]) -> bool:
    if condition == "True":
        return True
    values = {name: value(term, numbers) for name, term in binding.items()}
    return bool(eval(_compiled(condition), {"abs": abs}, values))  # noqa: S307 - ours
