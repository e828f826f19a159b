"""How many digits of a number can be trusted: the error of every node, signed.

Errors are signed, and made of residues (`residues.py`), not of bounds of half an ulp
each: bounds would call right results wrong. An overflow, a 0 or a lost digit on the way
is followed to where it matters or does not (`shadow.py`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Protocol

from autograd.diagnosing.shadow import Shadows, again, is_usual, real
from autograd.diagnosing.wide import Real, Wide, quotient
from autograd.graph import Graph
from autograd.operators import datum
from autograd.value import Value

ALL_DIGITS = 53 * math.log10(2.0)  # those of a correctly rounded double


class Truths(Protocol):
    """Who knows the true numbers of nodes."""

    def true(self, node: Value) -> Real:
        """The true number of a node; an infinity or NaN is a float."""


class ErrorEstimate:
    """How far the number of one node is from the true one.

    True is what exact arithmetic makes of the leaves and constants, along the branch
    that the doubles took.
    """

    __slots__ = ("_true", "node")

    def __init__(self, node: Value, true: Real) -> None:
        self.node = node
        self._true = true

    @property
    def true(self) -> float:
        """The true number, rounded once."""
        return float(self._true)

    @property
    def error(self) -> float:
        """True - computed; 0 for an infinity that is right, NaN if one is undefined."""
        return _difference(self._true, datum(self.node))

    @property
    def digits(self) -> float:
        """How many decimal digits can be trusted, from 0 to nearly 16."""
        return digits_of(datum(self.node), self._true)

    @property
    def made(self) -> float:
        """The rounding error that the node's own operation made."""
        node = self.node
        if node.op is None:
            return 0.0
        numbers = [*map(datum, node.operands)]
        return _difference(again(node, [*map(real, numbers)]), datum(node))

    @property
    def in_range(self) -> bool:
        """Whether neither the number nor the true one overflows or underflows."""
        true = self._true
        vanishes = isinstance(true, Wide) and true.man != 0 and self.true == 0.0
        return is_usual(datum(self.node)) and is_usual(self.true) and not vanishes

    def __repr__(self) -> str:
        return f"ErrorEstimate(error={self.error:.3g}, digits={self.digits:.1f})"


class ErrorEstimates(Mapping[Value, ErrorEstimate]):
    """An `ErrorEstimate` for every node of a graph."""

    def __init__(self, graph: Graph, truths: Truths) -> None:
        self.graph = graph
        self._truths = truths

    def true(self, node: Value) -> Real:
        """The true number of a node, with more digits than a double."""
        return self._truths.true(node)

    def __getitem__(self, node: Value) -> ErrorEstimate:
        return ErrorEstimate(node, self.true(node))

    def __iter__(self) -> Iterator[Value]:
        return iter(self.graph.nodes)

    def __len__(self) -> int:
        return len(self.graph)


def error_estimates(of: Graph | Value) -> ErrorEstimates:
    """The signed error of every node, on Python's floats and integers alone.

    >>> from autograd import Value
    >>> x = Value(1e-9, label="x")
    >>> y = (1 + x) - 1
    >>> estimate = error_estimates(y)[y]
    >>> f"{estimate.error:.2e} of {y.data:.2e}: {estimate.digits:.1f} digits"
    '-8.27e-17 of 1.00e-09: 7.1 digits'

    Args:
        of: A graph, or its output.
    """
    graph = of if isinstance(of, Graph) else Graph(of)
    shadows = Shadows()
    for node in graph.nodes:
        if node.op is not None:
            shadows.visit(node)
    for output in graph.outputs:
        shadows.ensure(output)
    return ErrorEstimates(graph, shadows)


def _difference(true: Real, number: float) -> float:
    if isinstance(true, Wide) and math.isfinite(number):
        return float(true - number)
    return 0.0 if float(true) == number else float(true) - number


def digits_of(number: float, true: Real) -> float:
    """The digits of a number next to the true one.

    Rounded correctly it has all, also as a 0, a subnormal number or an infinity.
    """
    if number == float(true):
        return ALL_DIGITS
    if not (isinstance(true, Wide) and true and math.isfinite(number)):
        return 0.0
    off = quotient(abs(true - number), abs(true))
    return min(ALL_DIGITS, max(0.0, -_log10(off)))


def _log10(x: Wide) -> float:
    """The logarithm of a positive number of any size."""
    part = float(Wide(x.man, x.exp - x.top))
    return math.log10(part) + x.top * math.log10(2.0)
