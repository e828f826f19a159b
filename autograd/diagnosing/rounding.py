"""What rounding lost: digits that cancel, and functions that magnify the last digit.

The error of the result is followed back to the node that made much of little: whose
own error, relative to its number, is far larger than those of its operands. That node
is told of, for those before it are right and those after it are not to blame.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from autograd.diagnosing.digits import ErrorEstimates
from autograd.operators import datum
from autograd.ops import OPS
from autograd.value import Value

ULP: Final = sys.float_info.epsilon

LOST: Final = 2.0**16 * ULP / 2.0
"""Relative error from which digits are lost: 16 of 53 bits, as in Herbie's studies."""

MAGNIFIED: Final = 1e7
"""A function that makes this much of a relative change is told of though its argument
be given: half of the digits then hang on its last one."""

ABSORBED: Final = 50
"""So many terms that change nothing: in a series the last few do."""

_ADD, _SUB = OPS["add"], OPS["sub"]
ADDING: Final = {"add", "sub", "sum", "mean", "dot"}


class Loss(NamedTuple):
    """Digits that were lost at a node.

    Attributes:
        node: Where.
        kind: "cancellation" or "sensitivity".
        share: Of the result: its relative error, or how much a last digit changes it.
    """

    node: Value
    kind: str
    share: float


def may_lose(output: Value, adjoints: Mapping[Value, float]) -> bool:
    """Whether as much as an ulp of every node, together, could cost digits.

    It is the usual bound, a hundred times too large in the mean, and quickly known. A
    long sum may lose less than that and still be an accident.
    """
    size, total, main = abs(datum(output)), 0.0, []
    for node, adjoint in adjoints.items():
        part = abs(adjoint * datum(node))
        total += part
        if part >= 0.5 * size:
            main.append(node)
    return not total * ULP < LOST * size or len(_absorbing(main)) >= ABSORBED


def losses(
    output: Value,
    interior: Sequence[Value],
    adjoints: Mapping[Value, float],
    estimates: ErrorEstimates,
) -> list[Loss]:
    """What costs the result its digits, the worst first."""
    found = []
    share = relative_error(output, estimates)
    absorbed = _absorbing(interior) if share > 16.0 * ULP else []
    if len(absorbed) >= ABSORBED and _is_of(
        absorbed, share, output, adjoints, estimates
    ):
        found.append(Loss(absorbed[0], "cancellation", share))
    elif share > LOST:
        found.append(origin(output, estimates))
    found += sensitive(output, interior, adjoints)
    return found


def relative_error(node: Value, estimates: ErrorEstimates) -> float:
    """The share of a node's number that is wrong; infinite for a wrong one of a 0."""
    estimate = estimates[node]
    error = abs(estimate.error)
    if not error:
        return 0.0
    true = abs(estimate.true)
    if not math.isfinite(datum(node)) and math.isfinite(true):
        return math.inf
    return error / true if true else math.inf


def origin(output: Value, estimates: ErrorEstimates) -> Loss:
    """The node that magnified the error of the output."""
    share = relative_error(output, estimates)
    node, own = output, min(share, 1.0)
    while True:
        worst, shares = None, 0.0
        for x, contribution in _contributions(node, estimates):
            if contribution > shares:
                worst, shares = x, contribution
        if worst is None:
            break
        inner = relative_error(worst, estimates)
        if inner <= LOST / 16.0 or inner < own * ULP:
            break
        node, own = worst, inner
    adds = node.op is not None and node.op.name in ADDING
    return Loss(node, "cancellation" if adds else "sensitivity", min(share, 1.0))


def _contributions(node: Value, estimates: ErrorEstimates) -> list[tuple[Value, float]]:
    """The operands that are in error, and how much of the node's error they bring."""
    found = []
    for x, slope in zip(node.parents, node.local_derivatives, strict=True):
        error = abs(estimates[x].error) if x.parents else 0.0
        if error:
            if not math.isfinite(slope):  # at a pole only the shares compare
                error = relative_error(x, estimates)
            elif slope:
                error *= abs(slope)
            found.append((x, error))
    return found


def _absorbing(nodes: Sequence[Value]) -> list[Value]:
    """The sums of two that are one of them, though the other is no 0."""
    found = []
    for node in nodes:
        if node.op is _ADD or node.op is _SUB:
            x, y = map(datum, node.operands)
            if x and y and abs(datum(node)) in (abs(x), abs(y)):
                found.append(node)
    return found


def _is_of(
    absorbed: Sequence[Value],
    share: float,
    output: Value,
    adjoints: Mapping[Value, float],
    estimates: ErrorEstimates,
) -> bool:
    """Whether the terms that were absorbed are half of the error at least."""
    lost = math.fsum(adjoints.get(x, 0.0) * estimates[x].made for x in absorbed)
    true = abs(estimates[output].true)
    return 2.0 * abs(lost) >= share * true


def sensitive(
    output: Value, interior: Sequence[Value], adjoints: Mapping[Value, float]
) -> list[Loss]:
    """Functions of which the last digit of an argument decides."""
    found = []
    size = abs(datum(output))
    for node in interior:
        data = abs(datum(node))
        if not data or (node.op is not None and node.op.name in ADDING):
            continue
        for x, slope in zip(node.parents, node.local_derivatives, strict=True):
            change = abs(slope * datum(x))
            if not MAGNIFIED * data < change < math.inf:
                continue
            reaching = abs(adjoints.get(node, 0.0)) * change
            if reaching > MAGNIFIED * size:
                share = min(1.0, reaching * ULP / size) if size else 1.0
                found.append(Loss(node, "sensitivity", share))
                break
    return found
