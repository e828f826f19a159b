"""diagnose: what went wrong in a graph, where it began, and what to write instead."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from autograd.diagnosing.digits import ErrorEstimates, error_estimates
from autograd.diagnosing.exact import exact_estimates
from autograd.diagnosing.finding import Finding
from autograd.diagnosing.nets import troubles
from autograd.diagnosing.rewrites import rewrite_for
from autograd.diagnosing.rounding import Loss, losses, may_lose, origin
from autograd.diagnosing.slopes import bad_slopes
from autograd.diagnosing.story import of_trouble, told
from autograd.diagnosing.values import RangeAnalysis
from autograd.diagnosing.ways import ways_out
from autograd.listening.alone import unheard
from autograd.operators import datum
from autograd.sweep import NUMERIC, interior_order, reverse
from autograd.value import Value

RUINS_VALUE, RUINS_GRADIENT, HIDDEN = 4.0, 3.0, 0.5
"""How harmful findings are; what rounding loses is between."""


RUINS_DIGITS = 2.0
"""To this the share of the result is added that is lost."""


LOST_DIGITS = ("cancellation", "sensitivity")

MOST_LOSSES = 8
"""So many nodes that lose digits are told of, for each is tried in other forms."""


@dataclass(frozen=True)
class Diagnosis:
    """What went wrong, the most harmful first.

    Attributes:
        output: What was looked at.
        findings: Each once, at its origin.
        exact: Whether numbers were computed again in high precision.
    """

    output: Value
    findings: tuple[Finding, ...]
    exact: bool = False

    @property
    def digits(self) -> float:
        """How many decimal digits of the output can be trusted."""
        return self._estimates[self.output].digits

    @property
    def error(self) -> float:
        """How far the true value is from the output: true - computed."""
        return self._estimates[self.output].error

    def digits_of(self, node: Value) -> float:
        """How many decimal digits can be trusted of a node on the way to the output.

        Raises:
            ValueError: The output was not computed from it.
        """
        if node not in self._estimates.graph:
            name = node.label or "this Value"
            raise ValueError(f"digits_of: the output was not computed from {name}")
        return self._estimates[node].digits

    @cached_property
    def _estimates(self) -> ErrorEstimates:
        return estimates_of(self.output, self.exact)

    def __str__(self) -> str:
        if not self.findings:
            return "nothing went wrong"
        return "\n\n".join(
            f"{place}. {finding.kind}\n{finding.message}"
            for place, finding in enumerate(self.findings, 1)
        )


def estimates_of(output: Value, exact: bool) -> ErrorEstimates:
    """The errors of all nodes, estimated or from an exact replay."""
    return exact_estimates(output) if exact else error_estimates(output)


@unheard()
def diagnose(output: Value, exact: bool = False) -> Diagnosis:
    """Find what went wrong on the way to a value, and in its gradient.

    >>> from autograd import Value, diagnose, exp, log
    >>> x = Value(1000.0, label="x")
    >>> print(diagnose(log(1.0 + exp(x))))
    1. overflow
    exp(x=1000) is inf. The largest double is 1.8e308, and the true value lies beyond.
    By exp -> add -> log the result is inf.
    Instead: softplus(x).

    Args:
        output: The value, a loss for example. No `.grad` is touched.
        exact: Look for lost digits by computing all in high precision, not by
            estimates: right by construction, and slow.

    Raises:
        TypeError: It is no Value.
        ImportError: `exact`, and mpmath is not installed.
    """
    if not isinstance(output, Value):
        raise TypeError(f"diagnose wants a Value, got {type(output).__name__}")
    interior = interior_order([output])
    adjoints = reverse(interior, {output: 1.0}, NUMERIC)
    numbers = RangeAnalysis()
    numbers.read_all(interior or [output])
    findings = [
        *(of_value(output, numbers) or of_rounding(output, interior, adjoints, exact)),
        *of_slopes(output, interior, adjoints, numbers),
        *of_swallowed(numbers),
        *of_layers(output, interior, adjoints),
    ]
    return Diagnosis(output, most_harmful_first(findings), exact)


def most_harmful_first(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Each origin once, in the order of harm; the causal order where that is equal.

    Digits that a number lost and a slope that is infinite there are two stories. What
    is told in the same words of many nodes, as of each exponential of a softmax, is
    told of the first.
    """
    origins: set[tuple[Value, bool]] = set()
    once: dict[object, Finding] = {}
    for finding in sorted(findings, key=lambda finding: -finding.harm):
        origin = finding.node, finding.kind in LOST_DIGITS
        if origin not in origins:
            origins.add(origin)
            name = finding.op.name if finding.op is not None else finding.node
            once.setdefault((finding.kind, name, finding.line, finding.advice), finding)
    return tuple(once.values())


def of_value(output: Value, numbers: RangeAnalysis) -> list[Finding]:
    """Where a useless result began."""
    if not numbers.is_wrong(output):
        return []
    following = numbers.origins(output)
    origins = [x for x in numbers.truths if x in following and not numbers.causes(x)]
    found = []
    for node in origins:
        path = _on_from(node, following)
        kind = numbers.kind(node)
        if kind == "domain" and (loss := _rounded_out(node)) is not None:
            kind = loss.kind
            path = [
                *ways_out(node, interior_order([node]), [loss.node])[loss.node],
                *path[1:],
            ]
        found.append(told(kind, path, RUINS_VALUE))
    return found


def _on_from(origin: Value, following: Mapping[Value, Value | None]) -> list[Value]:
    """The nodes that a bad number went through, from where it began."""
    path = [origin]
    while (after := following[path[-1]]) is not None:
        path.append(after)
    return path


def _rounded_out(node: Value) -> Loss | None:
    """What brought a number to the edge of a domain, if that was rounding alone."""
    estimates = error_estimates(node)
    if not math.isfinite(estimates[node].true):
        return None
    loss = origin(node, estimates)
    return loss if loss.node is not node else None


def of_rounding(
    output: Value,
    interior: Sequence[Value],
    adjoints: Mapping[Value, float],
    exact: bool,
) -> list[Finding]:
    """What costs the result its digits."""
    if not (exact or may_lose(output, adjoints)):
        return []
    estimates = estimates_of(output, exact)
    found = losses(output, interior, adjoints, estimates)[:MOST_LOSSES]
    ways = ways_out(output, interior, [loss.node for loss in found])
    return [
        told(
            loss.kind,
            ways[loss.node],
            RUINS_DIGITS + 0.9 * min(1.0, loss.share),
            rewrite_for(loss.node, estimates),
        )
        for loss in found
    ]


def of_slopes(
    output: Value,
    interior: Sequence[Value],
    adjoints: Mapping[Value, float],
    numbers: RangeAnalysis,
) -> list[Finding]:
    """Where a useless gradient began."""
    slopes = bad_slopes(interior, adjoints, numbers)
    ways = ways_out(output, interior, [slope.node for slope in slopes])
    return [
        told(slope.kind, ways[slope.node], RUINS_GRADIENT if slope.flows else HIDDEN)
        for slope in slopes
    ]


def of_layers(
    output: Value, interior: Sequence[Value], adjoints: Mapping[Value, float]
) -> list[Finding]:
    """Layers that do not learn."""
    found = troubles(output, interior, adjoints)
    ways = ways_out(output, interior, [trouble.node for trouble in found])
    return [of_trouble(trouble, ways[trouble.node]) for trouble in found]


def of_swallowed(numbers: RangeAnalysis) -> list[Finding]:
    """Bad numbers that do not show."""
    found = []
    for node, by in numbers.swallowed:
        following = numbers.origins(node)
        (*_, origin) = following  # the furthest back
        if math.isnan(datum(node)) or numbers.kind(origin) == "domain":
            path = [*_on_from(origin, following), by]
            found.append(told("hidden nan", path, HIDDEN))
    return found
