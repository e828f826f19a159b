"""The walk backward: slopes that are infinite or NaN where the value is a number."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from autograd.diagnosing.values import RangeAnalysis
from autograd.operators import datum
from autograd.value import Value


class BadSlope(NamedTuple):
    """A node at which a derivative goes wrong.

    Attributes:
        kind: What kind of finding it is.
        flows: Whether anything flows through it, so that the gradient is spoilt.
    """

    node: Value
    kind: str
    flows: bool


def bad_slopes(
    order: Sequence[Value], adjoints: Mapping[Value, float], numbers: RangeAnalysis
) -> list[BadSlope]:
    """The origins, outputs first: what is bad only further back is not among them."""
    found = []
    for node in reversed(order):
        for slope in node.local_derivatives:
            if slope - slope != 0.0:
                kind = _kind(node, adjoints.get(node, 0.0), numbers)
                if kind:
                    found.append(BadSlope(node, kind, adjoints.get(node, 0.0) != 0.0))
                break
    if found or all(map(math.isfinite, adjoints.values())):
        return found
    return _overflow(order, adjoints)


def _kind(node: Value, adjoint: float, numbers: RangeAnalysis) -> str:
    """What a slope that is no number means; "" if that is told elsewhere."""
    if node in numbers.truths or not math.isfinite(datum(node)):
        return ""  # its value is the story
    if not math.isfinite(adjoint) or numbers.causes(node):
        return ""  # it was spoilt before it came here
    if any(math.isnan(slope) for slope in node.local_derivatives):
        return "domain"
    return "infinite slope"


def _overflow(
    order: Sequence[Value], adjoints: Mapping[Value, float]
) -> list[BadSlope]:
    """The first node whose finite adjoint and slope have an infinite product or sum."""
    for node in reversed(order):
        adjoint = adjoints.get(node, 0.0)
        if not math.isfinite(adjoint) or not adjoint:
            continue
        for parent, slope in zip(node.parents, node.local_derivatives, strict=True):
            spoilt = math.isinf(adjoints.get(parent, 0.0))
            if spoilt and math.isfinite(slope) and math.isinf(adjoint * slope):
                return [BadSlope(node, "overflow", True)]
    return []
