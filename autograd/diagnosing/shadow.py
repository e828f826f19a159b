"""What every node would be without rounding: one forward sweep over the graph.

The error of a node is the rounding error it made itself plus what it inherits from its
operands. It is kept as a double beside the number (`residues.py` gives it) as long as
that has all its digits. Where it has not, the node is computed again:

* *widely*, from the numbers and errors of its operands, where the range of doubles ends
  and for functions, whose residues need more than doubles, and
* *deeply*, from the leaves on, where operands cancel so far that their errors as
  doubles no longer say what is left.
"""

from __future__ import annotations

import math
from typing import cast

from autograd.diagnosing.residues import (
    CANCELLED,
    LEFT,
    OF_LIST,
    OF_ONE,
    OF_TWO,
    UNSURE,
)
from autograd.diagnosing.wide import BITS, Real, Wide, wide
from autograd.diagnosing.wide_rows import WIDE, run
from autograd.operators import datum
from autograd.ops import OPS, Op
from autograd.sweep import interior_order
from autograd.value import Value

DOUBTFUL = 1e-20  # of a number: its own rounding is rarely so small by chance
DEEP = 2400  # bits: 80 would hide most of the errors, exp(1e-229) - 1 needs 760

DIFFERENCES = {OPS[name] for name in ("add", "sub", "sum", "mean")}


class Shadows:
    """The true numbers of the nodes visited so far."""

    def __init__(self) -> None:
        self._errors: dict[Value, float] = {}  # NaN where no double says it
        self._numbers: dict[Value, Real] = {}  # the true numbers of those
        self._deep: dict[Value, Real] = {}

    def true(self, node: Value) -> Real:
        """What the node would be in exact arithmetic."""
        if node in self._numbers:
            return self._numbers[node]
        error = self._errors.get(node)
        number = real(datum(node))
        return number + wide(error) if error else number

    def visit(self, node: Value) -> None:
        """Find the error of a node whose operands have theirs."""
        error = self._by_rule(node)
        if error == 0.0:
            return  # as if it were exact: most of the nodes of a net are
        if error - error == 0.0:
            self._errors[node] = error
        elif error == UNSURE:
            self._deeply(node)
        else:
            self._widely(node)

    def _by_rule(self, node: Value) -> float:
        """The error by residues of doubles; NaN or `UNSURE` where they don't tell."""
        op, out, error_of = cast(Op, node.op), datum(node), self._errors.get
        pair = OF_TWO.get(op)
        if pair is not None:
            if len(node.parents) == 2:
                a, b = node.parents
                return pair(out, datum(a), datum(b), error_of(a, 0.0), error_of(b, 0.0))
            (x, y), (x_error, y_error) = self._operands(node)
            return pair(out, x, y, x_error, y_error)
        if op in OF_ONE:
            (a,) = node.parents
            return OF_ONE[op](out, datum(a), error_of(a, 0.0))
        if op in OF_LIST:
            return OF_LIST[op](out, *self._operands(node))
        return math.nan

    def _operands(self, node: Value) -> tuple[list[float], list[float]]:
        """The numbers of the operands, and their errors."""
        numbers, errors = [], []
        for x in node.operands:
            numbers.append(datum(x))
            errors.append(self._errors.get(x, 0.0) if isinstance(x, Value) else 0.0)
        return numbers, errors

    def ensure(self, node: Value) -> None:
        """Make sure of an error that is suspiciously small: others have cancelled."""
        doubtful = DOUBTFUL * abs(datum(node))
        if (
            node.parents and not abs(self._errors.get(node, 0.0)) >= doubtful
        ):  # NaN is none
            self._deeply(node)

    def _widely(self, node: Value) -> None:
        operands = [
            self.true(x) if isinstance(x, Value) else real(x) for x in node.operands
        ]
        true = again(node, operands)
        if isinstance(true, Wide) and self._cancels(node, true):
            self._deeply(node)
        else:
            self._keep(node, true)

    def _cancels(self, node: Value, true: Wide) -> bool:
        """Whether the number is far less than what its operands contribute."""
        size = abs(float(true)) / CANCELLED
        return any(
            x.parents and abs(weight * datum(x)) > size
            for x, weight in zip(node.parents, node.local_derivatives, strict=True)
        )

    def _deeply(self, node: Value) -> None:
        deep = self._deep
        for x in interior_order([node], lambda x: x not in deep):
            operands = [self._deep_operand(y) for y in x.operands]
            deep[x] = _settled(x, again(x, operands), operands)
        self._keep(node, deep[node])

    def _deep_operand(self, x: Value | float) -> Real:
        """An operand with so many bits that everything made of it has as many."""
        if isinstance(x, Value) and x.parents:
            return self._deep[x]
        exact = real(datum(x))
        if not isinstance(exact, Wide):
            return exact
        return Wide(exact.man << DEEP, exact.exp - DEEP)

    def _keep(self, node: Value, true: Real) -> None:
        """The error as a double if that has all its digits, else the true number."""
        number = datum(node)
        if isinstance(true, Wide) and math.isfinite(number):
            rest, nearest = true - number, float(true)
            error = float(rest)
            is_left = abs(nearest) >= LEFT * abs(number) and is_usual(nearest)
            if not rest or (error and is_usual(error) and is_left):
                self._errors[node] = error
                return
            true = true.kept(BITS + max(0, true.top - rest.top))
        self._errors[node] = math.nan
        self._numbers[node] = true


def _settled(node: Value, true: Real, operands: list[Real]) -> Real:
    """A difference of which no bits are left is 0."""
    if node.op not in DIFFERENCES or not isinstance(true, Wide):
        return true
    tops = [x.top for x in operands if isinstance(x, Wide) and x.man]
    return Wide(0) if true.top < max(tops, default=0) - DEEP + 100 else true


def again(node: Value, operands: list[Real]) -> Real:
    """The node's row on these operands."""
    return real(run(WIDE, node, operands))


def real(x: Real) -> Real:
    """A finite number as a Wide, others as they are."""
    return x if isinstance(x, Wide) or not math.isfinite(x) else wide(x)


def is_usual(x: float) -> bool:
    """Whether a double has all its digits, and products near it, too."""
    return x == 0.0 or 1e-290 < abs(x) < 1e300
