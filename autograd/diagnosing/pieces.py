"""The piece of a graph that makes a node, read as a term."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from fractions import Fraction

from autograd.diagnosing.terms import (
    ONE,
    Term,
    add,
    atom,
    call,
    number,
    over,
    power,
    scaled,
    size,
    times,
)
from autograd.explaining.printing import Fragment, Python
from autograd.explaining.simplifying import Expression
from autograd.graph import Graph
from autograd.operators import datum
from autograd.ops import Op
from autograd.value import Value

LARGEST = 40  # parts of a piece; what is beyond is taken as it is
DEPTHS = (12, 9, 7, 5, 4, 3, 2, 1)  # tried until the piece is small enough
LONGEST = 8  # operands of a list
DEEPEST = 8  # brackets in brackets: what is deeper is called by its name
PYTHON = Python(is_code=False)


class Piece:
    """A node as a term over the nodes at the edge of its neighbourhood.

    Attributes:
        term: What makes it.
        numbers: The numbers of the nodes at the edge, by name.
    """

    def __init__(self, node: Value, graph: Graph) -> None:
        self._graph = graph
        self.numbers: dict[str, float] = {}
        for depth in DEPTHS:
            self.numbers.clear()
            self.term = self._made(node, depth)
            if size(self.term) <= LARGEST:
                break

    def _term(self, x: Value | float, depth: int) -> Term:
        if not isinstance(x, Value):
            return number(x) if math.isfinite(x) else self._edge(repr(x), x)
        if depth and x.op is not None and len(x.operands) <= LONGEST:
            return self._made(x, depth)
        return self._edge(self._graph.name(x), datum(x))

    def _edge(self, name: str, data: float) -> Term:
        self.numbers[name] = data
        return atom(name)

    def _made(self, node: Value, depth: int) -> Term:
        op: Op = node.op  # type: ignore[assignment]
        operands = [self._term(x, depth - 1) for x in node.operands]
        try:
            if op.name in ALGEBRA:
                return ALGEBRA[op.name](*operands)
            if op.name in ("pow", "power"):
                return _power(*operands)
            if not (op.variadic or op.constants or len(operands) > 2):
                return call(op.name, *operands)
        except ZeroDivisionError:
            pass
        return self._edge(self._graph.name(node), datum(node))


def _power(x: Term, n: Term) -> Term:
    """A whole power or a root, if the exponent is one."""
    exponent = constant(n)
    if exponent is None or abs(exponent) > LONGEST:
        return call("pow", x, n)
    if exponent.denominator == 1:
        return power(x, int(exponent))
    if exponent.denominator == 2:
        return times(power(call("sqrt", x), exponent.numerator))
    return call("pow", x, n)


def constant(term: Term) -> Fraction | None:
    """The number that a term is, if it is one."""
    if term == ONE:
        return Fraction(1)
    if term[0] == "sum" and len(term[1]) < 2:
        if not term[1]:
            return Fraction(0)
        c, rest = term[1][0]
        return c if rest == ONE else None
    return None


def _dot(*operands: Term) -> Term:
    n = len(operands) // 2
    products = map(times, operands[:n], operands[n : 2 * n])
    return add(*products, *operands[2 * n :])


ALGEBRA: Mapping[str, Callable[..., Term]] = {
    "add": add,
    "sub": lambda x, y: add(x, scaled(-1, y)),
    "mul": times,
    "div": over,
    "neg": lambda x: scaled(-1, x),
    "reciprocal": lambda x: power(x, -1),
    "square": lambda x: power(x, 2),
    "identity": lambda x: x,
    "sum": add,
    "mean": lambda *xs: scaled(Fraction(1, len(xs)), add(*xs)),
    "dot": _dot,
}


def spelled(node: Value, graph: Graph) -> str:
    """How a node was computed, as Python; a leaf or what lies deeper by its name."""
    return _spelled(node, graph, DEEPEST).text


def _spelled(x: Value | float, graph: Graph, depth: int) -> Fragment:
    if not isinstance(x, Value):
        return PYTHON.number(x)
    if x.op is None or not depth:
        return PYTHON.name(graph.name(x))
    name = "power" if x.op.name == "pow" else x.op.name
    operands = [_spelled(y, graph, depth - 1) for y in x.operands]
    return PYTHON.step(Expression(name), operands)
