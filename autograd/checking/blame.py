"""Which operation is to blame for a wrong derivative.

Every recorded operation on the way from a wrong input is judged by itself, at the
numbers it was recorded with, just as a whole function is: its local derivatives
against its own values, and for second derivatives those of its local derivatives.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from autograd.checking.complex_step import Replay
from autograd.checking.verdicts import Judgement, Recorded, Subject, judge
from autograd.ops import OPS, Op
from autograd.value import Number, Value


def operand_name(op: Op, position: int) -> str:
    """What the rule calls the operand at a position: "x", or "xs[2]"."""
    last = len(op.operand_names) - 1
    if op.variadic and position >= last:
        return f"{op.operand_names[last]}[{position - last}]"
    return op.operand_names[position]


class Finding(NamedTuple):
    """An operation at whose operands a derivative is wrong or is none at all.

    Attributes:
        node: Where it was recorded.
        order: Which derivative: 1, or 2 for a derivative of its local derivatives.
        judgement: What is the matter.
    """

    node: Value
    order: int
    judgement: Judgement

    @property
    def operation(self) -> Op:
        """The operation."""
        if self.node.op is None:
            raise TypeError("a leaf can't be to blame")
        return self.node.op

    def operand_name(self, slot: int) -> str:
        """What the rule calls the operand behind a parent: "x", or "xs[2]"."""
        slots = [i for i, x in enumerate(self.node.operands) if isinstance(x, Value)]
        return operand_name(self.operation, slots[slot])

    def place(self) -> str:
        """The operands, such as "x = -2.0, n = 3.0"; the first few of a long list."""
        texts = [
            f"{operand_name(self.operation, position)} = {float(operand)!r}"
            for position, operand in enumerate(self.node.operands[:6])
        ]
        return ", ".join(texts) + (", ..." if len(self.node.operands) > 6 else "")


@dataclass(slots=True)
class Inquest:
    """The search for what is to blame in one recorded computation.

    Args:
        recorded: The function's own record, not that of its gradient.
        order: 1, or 2 to look at second derivatives as well.
    """

    recorded: Recorded
    order: int
    _known: dict[tuple[object, ...], list[tuple[int, Judgement]]] = field(
        init=False, default_factory=dict
    )

    def culprit(self, variables: Iterable[Value]) -> Finding | None:
        """The first operation with a wrong derivative on the way from variables.

        One's own operations come before those of the table, which have their tests.
        """
        nodes = self._nodes(variables)
        own = [node for node in nodes if not _is_row(node)]
        return self._first([*own, *filter(_is_row, nodes)], {"wrong"})

    def singular(self, variables: Iterable[Value]) -> Finding | None:
        """The first operation at a kink, a jump or an infinite derivative."""
        return self._first(self._nodes(variables), {"kink", "undecidable"})

    def _first(self, nodes: list[Value], verdicts: set[str]) -> Finding | None:
        for node in nodes:
            for order, judgement in self._judged(node):
                if judgement.verdict in verdicts:
                    return Finding(node, order, judgement)
        return None

    def _nodes(self, variables: Iterable[Value]) -> list[Value]:
        replay = Replay(self.recorded.order, self.recorded.outputs)
        found = {node for x in variables for node in replay.descendants(x)}
        return [node for node in self.recorded.order if node in found]

    def _judged(self, node: Value) -> list[tuple[int, Judgement]]:
        """What is to be said of one operation; the same is not looked into twice."""
        places = tuple(isinstance(x, Value) for x in node.operands)
        numbers = tuple(map(float, node.operands))
        key = (node.op, places, *map(repr, numbers))  # repr tells -0.0 from 0.0
        if key not in self._known:
            self._known[key] = list(self._judge(node))
        return self._known[key]

    def _judge(self, node: Value) -> Iterator[tuple[int, Judgement]]:
        op = node.op
        if op is None:
            return

        def alone(variables: list[Value]) -> list[Number]:
            given = iter(variables)
            return [
                op(*[next(given) if isinstance(x, Value) else x for x in node.operands])
            ]

        point = [parent.data for parent in node.parents]
        for order in range(1, self.order + 1):
            for judgement in judge(Subject(alone, point, order)):
                excused = judgement.verdict == "wrong" and _is_outside(node)
                yield order, _outside(judgement, op) if excused else judgement


def _is_row(node: Value) -> bool:
    return node.op is not None and OPS.get(node.op.name) is node.op


def _outside(judgement: Judgement, op: Op) -> Judgement:
    reason = f"outside the domain of {op}"
    return judgement._replace(verdict="undecidable", reason=reason)


def _is_outside(node: Value) -> bool:
    """Whether an operand lies outside the domain that the operation declares."""
    if node.op is None:
        return False
    ends = map(node.op.domain_of, range(len(node.operands)))
    return any(
        not low <= float(x) <= high
        for (low, high), x in zip(ends, node.operands, strict=True)
    )
