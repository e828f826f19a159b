"""what_if: the recorded computation once more, with other numbers in it.

>>> from autograd import Value, what_if
>>> x, w = Value(2.0, label="x"), Value(-3.0, label="w")
>>> y = w * x + 1.0
>>> y.label = "y"
>>> what_if(y, {w: 5.0})
y: -5 before, 11 after
<BLANKLINE>
node  before  after
w         -3      5
v2        -6     10
y         -5     11
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, cast

from autograd.explaining.paths import check_values
from autograd.explaining.wording import aligned
from autograd.explaining.wording import number as text_of
from autograd.graph import Graph
from autograd.namespaces import number
from autograd.operators import datum
from autograd.ops import OPS, Op
from autograd.recorded import StaleGraphError
from autograd.sweep import interior_order
from autograd.value import Value

_SHOWN = 40
"""A table of more rows is nothing to read; `.rows` has them all."""


class Change(NamedTuple):
    """A node whose number is another one, and both numbers."""

    node: Value
    before: float
    after: float


@dataclass(frozen=True, eq=False, repr=False)
class WhatIf:
    """What other numbers would have come to; prints as a table.

    Attributes:
        output: The node that was asked for.
        before: Its number, as it was recorded.
        after: What it would have been.
        rows: Every node that changes: (node, before, after), parents before children.
    """

    output: Value
    before: float
    after: float
    rows: tuple[Change, ...]

    @cached_property
    def _graph(self) -> Graph:
        return Graph(self.output)

    def __repr__(self) -> str:
        graph = self._graph
        name = graph.name(self.output)
        head = f"{name}: {text_of(self.before)} before, {text_of(self.after)} after"
        if not self.rows:
            return f"{head}: nothing changes"
        shown = [
            (graph.name(node), text_of(before), text_of(after))
            for node, before, after in self.rows[:_SHOWN]
        ]
        lines = aligned([("node", "before", "after"), *shown], "<>>")
        left = len(self.rows) - len(shown)
        more = [f"... and {left} more, in .rows"] if left else []
        return "\n".join([head, "", *lines, *more])


def what_if(output: Value, numbers: Mapping[Value, float]) -> WhatIf:
    """What the output would be if some nodes had other numbers. Nothing is changed.

    The recorded operations run again on plain floats. What Python decided while they
    were recorded stays decided: a branch of an `if`, the condition of a `where`.

    Args:
        output: A node.
        numbers: Leaves, with the numbers to give them; or nodes between, which then
            have theirs whatever they were computed from. What the output does not
            depend on changes nothing.

    Raises:
        StaleGraphError: A leaf was changed after recording, so that the numbers
            before are not those of one computation.
        TypeError: The output or a key is no Value, or a number is none.
    """
    check_values("what_if", output, output)
    if not isinstance(numbers, Mapping):
        given = type(numbers).__name__
        raise TypeError(f"what_if wants a mapping such as {{x: 2.0}}, got {given}")
    order = interior_order([output])
    known = {output, *order}.union(*[node.parents for node in order])
    for node in numbers:
        if not isinstance(node, Value):
            raise TypeError(f"what_if wants Values as keys, got {node!r}")
    after = {node: number(new) for node, new in numbers.items() if node in known}
    for node in order:
        if node not in after and any(parent in after for parent in node.parents):
            after[node] = _replayed(node, after)
    inside = [x for x in after if not x.parents] + order
    rows = [
        Change(node, node.data, after[node])
        for node in inside
        if node in after and not _same(node.data, after[node])
    ]
    now = after.get(output, output.data)
    return WhatIf(output, output.data, now, tuple(rows))


def _replayed(node: Value, after: Mapping[Value, float]) -> float:
    """The node's operation on the new numbers."""
    op = cast(Op, node.op)
    before = map(datum, node.operands)
    if OPS.get(op.name) is op and not _same(op.value(*before), node.data):
        message = (
            f"the graph is stale: {node!r} is not what its operands come to now, so "
            f"a leaf was changed after recording. Compute the output again"
        )
        raise StaleGraphError(message)
    now = [after.get(x, x.data) if isinstance(x, Value) else x for x in node.operands]
    return op.value(*now)


def _same(x: float, y: float) -> bool:
    return x == y or (x != x and y != y)
