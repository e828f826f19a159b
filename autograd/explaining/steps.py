"""Steps: a computation and its derivatives as formulas, before they are written.

The rows of the table run on symbols (`fast/symbols.py`). Every step is kept, once for
equal steps, and made simple as it arises (`simplifying.py`).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from itertools import compress
from typing import Any, cast

import numpy as np

from autograd.explaining.simplifying import SIMPLER, Expression, is_number, step_of
from autograd.fast.symbols import Symbol, Symbolic, UndecidedError
from autograd.namespaces import FLOAT_NATIVES, Namespace
from autograd.operators import has_derivative
from autograd.ops import OPS, RULES, Op
from autograd.sweep import Arithmetic, reverse
from autograd.value import Value

FAR = 40.0
"""Rules hold x within bounds beyond this only so that no 0 x inf arises."""


class Steps:
    """The steps so far: what symbols are written with.

    Attributes:
        labels: The names that symbols have, by their identity: their nodes' labels.
    """

    def __init__(self) -> None:
        self._known: dict[Any, Symbol] = {}
        self.labels: dict[int, str] = {}

    def variable(self, name: str) -> Symbol:
        """A symbol that stands for itself."""
        return self._kept(Expression(name))

    def apply(
        self, name: str, operands: Sequence[Symbolic], op: Op | None = None
    ) -> Any:
        """The symbol, or the number, that an operation comes to."""
        xs = tuple(operands)
        if any(isinstance(x, Symbol) for x in xs):
            simple = SIMPLER[name](self, *xs) if name in SIMPLER else None
            found = self._kept(Expression(name, xs, op)) if simple is None else simple
        else:
            found = _computed(name, xs) if op is None else op.value(*xs)
        return ieee(found)

    def _kept(self, step: Expression) -> Symbol:
        parts = [x if isinstance(x, float) else id(x) for x in step.operands]
        if step.name in ("add", "mul"):
            parts.sort()
        key = (step.name, *parts)
        if key not in self._known:
            self._known[key] = Symbol(step, self)
        return self._known[key]


def ieee(x: Symbolic) -> Symbolic:
    """A number as NumPy's: rules divide by 0, where Python's own raise."""
    return np.float64(x) if isinstance(x, float) else x


def _computed(name: str, xs: tuple[float, ...]) -> float:
    if name in FLOAT_NATIVES and name not in ("max", "min", "sum"):
        return cast(float, FLOAT_NATIVES[name](*xs))
    if name in ("and", "or"):
        return all(xs) if name == "and" else any(xs)
    return OPS[name].value(*xs)


def _total(xs: Iterable[Symbolic]) -> Symbolic:
    return reduce(operator.add, xs, 0.0)


def _bounded(steps: Steps, x: Symbolic, low: Symbolic, high: Symbolic) -> Symbolic:
    """Within bounds, but for those that only keep the far tails in range."""
    far = isinstance(low, float) and isinstance(high, float)
    if far and low <= -FAR and high >= FAR:
        return x
    return steps.apply("clamp", (x, low, high), OPS["clamp"])


Rules = Mapping[str, Callable[..., Any]]


def namespace(steps: Steps, kept: Iterable[str], textbook: Rules) -> Namespace:
    """What `xp` is here: the rows that are kept are steps, others are what they are.

    Args:
        steps: Where the steps are kept.
        kept: The rows that the formula may call by their names.
        textbook: Other forms of rows that are not kept.
    """

    def call(name: str) -> Callable[..., Symbolic]:
        return lambda *xs: steps.apply(name, xs, OPS.get(name))

    natives: dict[str, Any] = {name: call(name) for name in kept}
    natives |= {
        "sum": _total,
        "max": lambda xs: steps.apply("max", tuple(xs)),
        "min": lambda xs: steps.apply("min", tuple(xs)),
        "where": lambda condition, x, y: steps.apply("where", (condition, x, y)),
        "power": call("power"),
        "pow": call("power"),
        "repaired": lambda _condition, _value, plain: plain,
    }
    if "clamp" in natives:
        natives["clamp"] = lambda *xs: _bounded(steps, *xs)
    return Namespace(natives, {**RULES, **textbook})


class Formulas:
    """The formulas of a graph: of its values, and of a derivative.

    Args:
        names: What its leaves are called.
        kept: The rows that a formula may call by their names.
        textbook: Other forms of rows that are not kept: see `rules/textbook.py`.
        templates: Keep operations of one's own that say how they look in LaTeX, too.
    """

    def __init__(
        self,
        names: Mapping[Value, str],
        kept: Iterable[str],
        textbook: Rules,
        templates: bool = False,
    ) -> None:
        self.steps = Steps()
        self.kept = frozenset(kept)
        self.textbook = textbook
        self.templates = templates
        called = self.kept.difference(textbook)  # rules are read as textbooks have them
        self.xp = namespace(self.steps, called, textbook)
        self.values: dict[Value, Symbolic] = {}
        self.names = names

    def of(self, operand: Value | float) -> Symbolic:
        """The formula of an operand; of a leaf its name."""
        if not isinstance(operand, Value):
            return ieee(operand)
        if operand not in self.values:
            self.values[operand] = self.steps.variable(self.names[operand])
        return self.values[operand]

    def compute(self, order: Iterable[Value]) -> None:
        """Write down the values of nodes, parents before children."""
        for node in order:
            out = self.apply(cast(Op, node.op), [self.of(x) for x in node.operands])
            self.values[node] = out
            if node.label and isinstance(out, Symbol) and step_of(out).operands:
                self.steps.labels.setdefault(id(out), node.label)

    def apply(self, op: Op, operands: Sequence[Symbolic]) -> Symbolic:
        """The formula of an operation.

        Raises:
            TypeError: The operation can't be written down.
        """
        in_table = OPS.get(op.name) is op
        if op.name in self.kept if in_table else op.latex and self.templates:
            return self.steps.apply(op.name, operands, op)
        is_read = in_table and op.name in self.textbook
        rule = self.textbook[op.name] if is_read else op.forward
        return self._run(rule, *operands, who=op.name)

    def slopes(self, node: Value) -> list[Symbolic]:
        """The formulas of the local derivatives of a node."""
        op = cast(Op, node.op)
        operands = [self.values[node], *map(self.of, node.operands)]
        who = f"the derivative of {op.name}"
        weights = self._run(op.local_derivatives, *operands, who=who)
        return list(compress(map(ieee, weights), has_derivative(op, node.operands)))

    def _run(self, rule: Callable[..., Any], *operands: Symbolic, who: str) -> Any:
        try:
            with np.errstate(all="ignore"):
                return rule(self.xp, *operands)
        except (UndecidedError, AttributeError, TypeError):
            message = f"{who} decides by its operands: it has no formula"
            raise TypeError(message) from None

    def derivative(self, order: Sequence[Value], output: Value, wrt: Value) -> Symbolic:
        """The formula of d output / d wrt: reverse mode, on formulas."""
        arithmetic: Arithmetic[Symbolic] = Arithmetic(weights=self.slopes, flow=_flow)
        return reverse(order, {output: 1.0}, arithmetic).get(wrt, 0.0)


def _flow(adjoint: Symbolic, weight: Symbolic) -> Symbolic | None:
    if is_number(adjoint, 0.0) or is_number(weight, 0.0):
        return None
    return adjoint * weight
