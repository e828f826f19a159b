"""The walk forward: numbers that left the range, their domain, or all meaning.

A node is told of here if its number is not what the range of a double lets remain of
the truth, or if that truth is no number. For such nodes alone the truth is computed
beside the graph, with numbers that have no range: so exp(1000) / exp(1000) is wrong,
and 1 / (1 + exp(1000)) is rightly 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Final, NamedTuple

from autograd.diagnosing.shadow import again, real
from autograd.diagnosing.wide import Real, Wide
from autograd.operators import datum
from autograd.ops import Op
from autograd.value import Number, Value

SMALLEST: Final = 2.0**-1022  # of the normal doubles: those below have fewer digits

_ROUNDING: Final = 1e-6
"""What is further off, relatively, did not come of rounding one number."""

_ARITHMETIC: Final = {
    *("add", "sub", "mul", "div", "sum", "mean", "dot"),
    *("softmax", "log_softmax"),  # inf - inf, 0 / 0
}
_QUOTIENTS: Final = {"div", "remainder", "fmod", "floor_divide"}

_OF_FACTORS: Final = {"mul", "div", "square", "power", "pow", "strong_product"}

_MAY_VANISH: Final = {
    *_OF_FACTORS,
    *("dot", "reciprocal"),
    *("exp", "exp2", "sech", "exp_neg_square", "sigmoid", "softplus", "erfc"),
    *("softmax", "elu", "silu", "gelu", "mish", "hypot", "sqrt"),
}
"""Operations that may round too small a number to 0: no other's 0 needs a look."""


class Swallowed(NamedTuple):
    """A number that went wrong, and the node that does not let it through."""

    node: Value
    by: Value


class RangeAnalysis:
    """What is known of the nodes at an end of the range, or beyond.

    Attributes:
        truths: What such a node would be without the range.
        swallowed: Bad numbers that another node hides.
    """

    def __init__(self) -> None:
        self.truths: dict[Value, Real] = {}
        self.swallowed: list[Swallowed] = []

    def read_all(self, nodes: Iterable[Value]) -> None:
        """Look at nodes, parents before children."""
        truths = self.truths
        for node in nodes:
            data = datum(node)
            if SMALLEST <= abs(data) < math.inf:
                if not truths or truths.keys().isdisjoint(node.parents):
                    continue  # as it nearly always is
            elif data == 0.0 and self._is_plain_zero(node):
                continue
            self._read(node, data)

    def _is_plain_zero(self, node: Value) -> bool:
        """Whether a 0 is one by right: no product of small numbers, say."""
        if node.op is None:
            return True
        if not self.truths.keys().isdisjoint(node.parents):
            return False
        if node.op.name not in _MAY_VANISH:
            return True
        if node.op.name not in _OF_FACTORS:
            return False
        # A product's derivatives are its other factors: no look at each operand.
        if node.op.name == "mul" and 0.0 in node.local_derivatives:
            return True
        return 0.0 in map(datum, node.operands)

    def _read(self, node: Value, data: float) -> None:
        """Look at a node that may be at an end of the range."""
        truth = self._truth(node, data)
        if agrees(data, truth) and (_is_usual(truth) or self._was_given(node, truth)):
            self._swallow(node)
        else:
            self.truths[node] = truth

    def _truth(self, node: Value, data: float) -> Real:
        if node.op is None:
            return real(data)
        operands = [self._true(x) for x in node.operands]
        if data != data and any(x != x for x in operands):
            return data  # as most of the nodes are once one is
        return again(node, operands)

    def _true(self, x: Number) -> Real:
        if not isinstance(x, Value):
            return real(x)
        known = self.truths.get(x)
        if known is not None:
            return known
        number = datum(x)
        if number != number:  # a leaf, which nobody has looked at
            self.truths[x] = number
        return real(number)

    def _was_given(self, node: Value, truth: Real) -> bool:
        """Whether a number is infinite or tiny because a given one is."""
        if node.op is None:
            return truth == truth
        is_infinite = any(math.isinf(datum(x)) for x in node.operands)
        return _is_pole(truth) and is_infinite and not self.causes(node)

    def _swallow(self, node: Value) -> None:
        """Note what a good number was made of and does not show."""
        if node.op is None:
            return
        for x in node.operands:
            truth = self.truths.get(x) if isinstance(x, Value) else None
            if truth is None or not isinstance(x, Value):
                continue
            if truth != truth or (node.op.name == "where" and _is_pole(truth)):
                self.swallowed.append(Swallowed(x, node))

    def causes(self, node: Value) -> list[Value]:
        """The operands that made a bad number of a node; none at an origin."""
        bad = [x for x in taken(node) if x in self.truths]
        undefined = [x for x in bad if math.isnan(datum(x))]
        return list(dict.fromkeys(undefined or bad))

    def origins(self, node: Value) -> dict[Value, Value | None]:
        """Where a bad number began: from each such node on, which node it reached next.

        The keys without a key among their causes are the origins; all nodes on the way
        are there too, each with the next one towards `node`.
        """
        following: dict[Value, Value | None] = {node: None}
        waiting = [node]
        while waiting:
            child = waiting.pop()
            for parent in self.causes(child):
                if parent not in following:
                    following[parent] = child
                    waiting.append(parent)
        return following

    def is_wrong(self, node: Value) -> bool:
        """Whether a node's number is useless: infinite, NaN, or not near the truth."""
        truth = self.truths.get(node)
        if truth is None:
            return False
        return not (math.isfinite(datum(node)) and agrees(datum(node), truth))

    def overflows_rightly(self, node: Value) -> bool:
        """Whether it is infinite as the truth is too large, and not yet wrong."""
        truth = self.truths[node]
        data = datum(node)
        return math.isinf(data) and isinstance(truth, Wide) and agrees(data, truth)

    def kind(self, node: Value) -> str:
        """What went wrong at an origin."""
        truth, op = self.truths[node], node.op
        if isinstance(truth, Wide):
            return "overflow" if math.isinf(datum(node)) else _vanished(node)
        operands = [*map(datum, node.operands)]
        if _is_pole(truth) or op is None:
            return "undefined" if op is None else "domain"
        if op.name in _QUOTIENTS and operands[0] == operands[1] == 0.0:
            return "undefined"
        return "undefined" if _is_indefinite(op, operands) else "domain"


def agrees(number: float, truth: Real) -> bool:
    """Whether a double is what the range lets remain of the truth."""
    nearest = float(truth)
    if number == nearest or (number != number and nearest != nearest):
        return True
    return abs(number - nearest) <= _ROUNDING * abs(nearest)


def _is_usual(truth: Real) -> bool:
    """Whether a double holds it with all its digits."""
    if not isinstance(truth, Wide):
        return False
    return not truth or SMALLEST <= abs(float(truth)) < math.inf


def _is_pole(truth: Real) -> bool:
    """Whether it is infinite even without a range."""
    return not isinstance(truth, Wide) and math.isinf(truth)


def _vanished(node: Value) -> str:
    """A number that is too small, or NaN as the row overflows within."""
    return "underflow" if abs(datum(node)) < SMALLEST else "overflow"


def _is_indefinite(op: Op, operands: list[float]) -> bool:
    """Whether it is inf - inf, 0 x inf and the like: of arithmetic, not of a domain."""
    return op.name in _ARITHMETIC or any(math.isnan(x) for x in operands)


def taken(node: Value) -> list[Value]:
    """The operands that are Values and take part: of `where` the chosen one alone."""
    operands: tuple[Number, ...] = node.operands
    if node.op is not None and node.op.name == "where":
        condition, x, y = operands
        operands = (condition, x if datum(condition) else y)
    return [x for x in operands if isinstance(x, Value)]
