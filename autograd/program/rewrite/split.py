"""Split: what a dot can have ready early is a dot of its own.

In a recurrence the inputs are there from the start, the state is not. So

    v5 = p0 * x2 + p1 * x3 + p2 * v3 + p3 * v4 + p4

becomes

    v5 = p0 * x2 + p1 * x3 + p4
    v6 = p2 * v3 + p3 * v4 + v5

and the first halves of all steps, which have one level now, are one matrix product,
with all biases in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TypeAlias

from autograd.ops import OPS
from autograd.program.plan import (
    Apply,
    Dot,
    Node,
    Operand,
    Plan,
    is_uniform,
    is_zero,
    level_of,
)
from autograd.program.rewrite.building import Building

MOST_PARTS = 4
"""More parts than this are none: a sum over all steps of a recurrence is one sum."""

_MUL, _ADD = OPS["mul"], OPS["add"]
_Pairs: TypeAlias = "list[tuple[Operand, Operand]]"


def split(plan: Plan) -> Plan:
    """The plan with its dots split by when their products can be computed."""
    if not any(isinstance(node, Dot) and node.left for node in plan.nodes):
        return plan
    splitting = _Splitting(plan)
    stands = splitting.building.stands
    for index, old in enumerate(plan.nodes):
        node = splitting.building.moved(old)
        if isinstance(node, Dot) and node.left:
            node = splitting.rest_of(node, index)
        stands.append(splitting.add(node, index))
    return splitting.building.finished()


class _Splitting:
    """The new plan so far, and when each of its numbers is ready.

    Attributes:
        levels: For every place, the length of the longest way to it.
        uniform: For every place, whether it is the same for every example.
    """

    def __init__(self, plan: Plan) -> None:
        self.building = Building(plan)
        self.levels = [0] * plan.first
        self.uniform = [False] * plan.inputs + [True] * plan.parameters

    def add(self, node: Node, index: int, made: bool = False) -> int:
        """Write a node down, and when it is ready."""
        self.levels.append(level_of(node, self.levels))
        self.uniform.append(is_uniform(node, self.uniform))
        return self.building.add(node, index, made)

    def rest_of(self, dot: Dot, index: int) -> Node:
        """What remains of a dot once its early parts are written down."""
        *early, last = self.parts(dot)
        if not early:
            return dot
        addends = dot.addends
        for part in early:
            biases: tuple[Operand, ...] = ()
            if part is early[-1] and any(map(self._varies, part)):
                biases = tuple(x for x in addends if self._is_ready(x))
                addends = tuple(x for x in addends if not self._is_ready(x))
            addends = (self._written(part, index, biases), *addends)
        if len(last) > 1:
            return _dot(last, addends)
        addends = (self._written(last, index), *addends)
        if len(addends) > 2:
            return Dot((), (), addends)
        return Apply(_ADD, addends)

    def _varies(self, pair: tuple[Operand, Operand]) -> bool:
        return any(isinstance(x, int) and not self.uniform[x] for x in pair)

    def _is_ready(self, x: Operand) -> bool:
        """Whether an addend, such as a bias, is there before any dot."""
        return x.__class__ is int and self._readiness(x) == (0, 0)

    def _written(
        self, part: _Pairs, index: int, addends: tuple[Operand, ...] = ()
    ) -> int:
        many = len(part) > 1 or addends
        node = _dot(part, addends) if many else Apply(_MUL, part[0])
        return self.add(node, index, made=True)

    def _readiness(self, x: Operand) -> tuple[int, int]:
        """Whether a number depends on the inputs, and its level."""
        return (not self.uniform[x], self.levels[x]) if isinstance(x, int) else (0, 0)

    def _times(self, side: Sequence[Operand]) -> set[tuple[bool, int]]:
        """When the numbers of a list are ready; of many, and so without calls."""
        levels, uniform = self.levels, self.uniform
        return {
            (False, 0) if x.__class__ is float else (not uniform[x], levels[x])  # type: ignore[index]
            for x in side
        }

    def parts(self, dot: Dot) -> list[_Pairs]:
        """The products by when they are ready, those without inputs in front.

        A single product joins the next part, unless that would keep the uniform
        waiting: it is computed once a batch, the others once an example. A row of
        weights stays whole where it meets zeros: so a window that reaches over the
        border of an image is one like the others.
        """
        lefts, rights = dot[:2]
        start = lefts[0]
        if isinstance(start, int) and lefts == (*range(start, start + len(lefts)),):
            rights = tuple([x for x in rights if not is_zero(x)]) or rights
        if all(len(self._times(side)) == 1 for side in (lefts, rights)):
            return [list(zip(dot.left, dot.right, strict=True))]  # as in most layers
        ready: dict[tuple[bool, int], _Pairs] = defaultdict(list)
        for left, right in zip(dot.left, dot.right, strict=True):
            # Both depend on the inputs if one does, and wait for the later one.
            varies, level = zip(*map(self._readiness, (left, right)), strict=True)
            ready[any(varies), max(level)].append((left, right))
        uniform = [ready[key] for key in sorted(ready) if not key[0]]
        others = [ready[key] for key in sorted(ready) if key[0]]
        return [*_folded(uniform), *_folded(others)]


def _folded(parts: list[_Pairs]) -> list[_Pairs]:
    """Parts in order: single products join the next part, too many are one."""
    if len(parts) > MOST_PARTS:
        return [[pair for part in parts for pair in part]]
    folded: list[_Pairs] = []
    waiting: _Pairs = []
    for part in parts:
        waiting = waiting + part
        if len(waiting) > 1 or part is parts[-1]:
            folded.append(waiting)
            waiting = []
    return folded


def _dot(pairs: _Pairs, addends: tuple[Operand, ...]) -> Dot:
    left, right = zip(*pairs, strict=True)
    return Dot(left, right, addends)
