"""Regroup: chains of `+` become sums, and sums of products become dots.

    v0 = mul(p0, x0)
    v1 = mul(x1, p1)
    v2 = add(v0, v1)         ->      v0 = p0 * x0 + p1 * x1 + p2
    v3 = add(v2, p2)
    return v3                        return v0

A sum takes up what nobody else reads: other sums, and products. The factor that does
not depend on the inputs comes first, so that a weight is always on the left.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple, cast

from autograd.ops import OPS
from autograd.program.plan import NOWHERE, Apply, Dot, Node, Operand, Plan, uniform_of
from autograd.program.rewrite.building import (
    Building,
    without_dead_nodes,
)

_ADD, _SUB, _NEG, _SUM = OPS["add"], OPS["sub"], OPS["neg"], OPS["sum"]
_MUL, _SQUARE, _DOT = OPS["mul"], OPS["square"], OPS["dot"]
_SHORT = frozenset({_ADD, _SUB})
_SUMS = frozenset({_ADD, _SUB, _SUM, _DOT})


class Addend(NamedTuple):
    """One term of a sum, in the places of the old plan.

    Attributes:
        place: Where its value stands; None for a product of a dot, which has no place.
        factors: The two factors, if it is a product.
        negative: Whether it is taken off.
    """

    place: Operand | None
    factors: tuple[Operand, Operand] | None = None
    negative: bool = False


def regroup(plan: Plan) -> Plan:
    """The plan with sums of three terms or more, and sums of products, as dots."""
    regrouping = _Regrouping(plan)
    if not (regrouping.totals or regrouping.whole):
        return plan
    for index, node in enumerate(plan.nodes):
        regrouping.building.stands.append(regrouping.written(index, node))
    regrouped = regrouping.building.finished()
    return without_dead_nodes(regrouped) if regrouping.totals else regrouped


def summands(node: Node) -> Sequence[Addend]:
    """What a sum is the sum of."""
    if node[0] is _SUB:
        x, y = node[1]
        return Addend(x), Addend(-y) if y.__class__ is float else Addend(y, None, True)
    left, right, rest = _as_dot(node)
    pairs = zip(left, right, strict=True)
    return [*[Addend(None, pair) for pair in pairs], *[Addend(x) for x in rest]]


def _as_dot(node: Node) -> Dot:
    """A sum, but of two of which one is taken off, by what it multiplies and adds."""
    if isinstance(node, Dot):
        return node
    op, xs = node
    n = len(xs) // 2 if op is _DOT else 0
    return Dot(xs[:n], xs[n : 2 * n], xs[2 * n :])


class _Regrouping:
    """The new plan so far, and what is known about the old one.

    Attributes:
        single: For every place, whether it is read exactly once, and by a node.
        joined: For every place, whether it is a sum that another sum takes up.
        gone: For every place, whether some sum says all that is to be said about it.
        totals: For the place of every sum that is written anew, its terms.
        whole: The places of dots of some products that take up nothing else.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.first = plan.first
        self.building = Building(plan)
        self.single = _read_once(plan)
        self.joined = _joined(plan, self.single)
        self.gone = bytearray(self.joined)
        self.totals: dict[int, list[Addend]] = {}
        self.whole: set[int] = set()
        for place, node in plan.placed():
            if _is_sum(node) and not self.joined[place]:
                self._note(place, node)

    @cached_property
    def uniform(self) -> list[bool]:
        """For every place whether it is the same for every example."""
        return uniform_of(self.plan)

    def _note(self, place: int, node: Node) -> None:
        """Note the terms of a sum; those that take up nothing stay as they are.

        That is two without a sum among them; and a dot, whose terms are very many.
        """
        if node[0] in _SHORT and not any(map(self._is_joined, node[1])):
            return
        if self._is_whole(node):
            self.whole.add(place)
            return
        terms = self.totals[place] = self.terms(node)
        if _is_weighted(terms):
            for term in terms:
                if term.factors and term.place is not None:
                    self.gone[int(term.place)] = term.place not in _product(term)

    def _is_joined(self, x: Operand) -> bool:
        return isinstance(x, int) and bool(self.joined[x])

    def _is_whole(self, node: Node) -> bool:
        """Whether a sum is a dot of some products, and takes up nothing else."""
        if node[0] is not _DOT:
            return False
        left, _, addends = _as_dot(node)
        return len(left) > 1 and not any(
            isinstance(x, int) and x >= self.first and self.single[x] for x in addends
        )

    def terms(self, node: Node) -> list[Addend]:
        """The terms of a sum, in order, with those of the sums that it takes up."""
        found: list[Addend] = []
        waiting = [*reversed(summands(node))]
        nodes, first, single = self.plan.nodes, self.first, self.single
        while waiting:
            term = waiting.pop()
            x = term.place
            if x.__class__ is int and x >= first and single[x]:
                inner = nodes[x - first]
                if self.joined[x]:
                    waiting.extend(reversed(summands(inner)))
                    continue
                if inner.__class__ is Apply:
                    op, operands = inner
                    if op is _NEG:
                        opposite = Addend(operands[0], None, not term.negative)
                        waiting.append(opposite)
                        continue
                    if op is _MUL:
                        term = Addend(x, (operands[0], operands[1]), term.negative)
                    elif op is _SQUARE:
                        term = Addend(x, (operands[0],) * 2, term.negative)
            found.append(term)
        return found

    def written(self, index: int, node: Node) -> Operand:
        """What stands for the next node: itself, or a dot."""
        place = self.first + index
        if self.gone[place]:
            return NOWHERE
        terms = self.totals.get(place)
        if place in self.whole:
            return self._add_dot(index, _as_dot(node))
        if terms is None:
            return self.building.add(self.building.moved(node), index)
        if not _is_weighted(terms):
            return self._plain_total(index, terms)
        if sum([bool(term.factors) for term in terms]) < 2:
            return self._dot(index, terms)
        taken = [t for t in terms if t.negative and not t.factors]
        total = self._dot(index, [t for t in terms if t not in taken], bool(taken))
        for term in taken:  # not as -1 times it: a layer's lists would all differ
            subtrahend = self._value(index, term)
            last = term is taken[-1]
            difference = Apply(_SUB, (total, subtrahend))
            total = self.building.add(difference, index, made=not last)
        return total

    def _dot(self, index: int, terms: Sequence[Addend], made: bool = False) -> Operand:
        """Write down a sum of products and addends."""
        pairs = [_product(term) for term in terms if term.factors or term.negative]
        rest = [
            t.place
            for t in terms
            if t.place is not None and not (t.factors or t.negative)
        ]
        left, right = zip(*pairs, strict=True)
        return self._add_dot(index, Dot(left, right, tuple(rest)), made)

    def _add_dot(self, index: int, dot: Dot, made: bool = False) -> Operand:
        """Write a dot down, of two factors the one that alone is uniform in front."""
        left, right, rest = dot
        if any(map(self._varies, left)):
            pairs = [
                (y, x) if self._varies(x) and not self._varies(y) else (x, y)
                for x, y in zip(left, right, strict=True)
            ]
            left, right = zip(*pairs, strict=True)
        moved = self.building.moved(Dot(left, right, rest))
        return self.building.add(moved, index, made=made)

    def _varies(self, x: Operand) -> bool:
        return isinstance(x, int) and not self.uniform[x]

    def _plain_total(self, index: int, terms: Sequence[Addend]) -> Operand:
        """Write down a sum with one product at most: as a dot of addends, or `add`."""
        added = tuple([self._value(index, t) for t in terms if not t.negative])
        taken = [self._value(index, t) for t in terms if t.negative]
        total: Operand = added[0] if len(added) == 1 else 0.0
        if len(added) > 1:
            long = len(added) > 2
            node = Dot((), (), added) if long else Apply(_ADD, added)
            total = self.building.add(node, index, made=bool(taken))
        for x in taken:  # one at most
            last = Apply(_SUB, (total, x)) if added else Apply(_NEG, (x,))
            total = self.building.add(last, index)
        return total

    def _value(self, index: int, term: Addend) -> Operand:
        """The value of a term, but for its sign, in the new plan."""
        if term.place is not None:
            return self.building.now([term.place])[0]
        factors = self.building.now(term.factors or ())
        return self.building.add(Apply(_MUL, factors), index, made=True)


def _is_sum(node: Node) -> bool:
    return node.__class__ is Dot or node[0] in _SUMS


def _is_weighted(terms: Sequence[Addend]) -> bool:
    """Whether two terms or more are products: a term that is taken off is -1 times it.

    A term of a dot that is alone stays a product; so does x - y.
    """
    return sum([bool(t.factors or t.negative) for t in terms]) > 1


def _product(term: Addend) -> tuple[Operand, Operand]:
    """A term as two factors; the sign of a negative one goes into a constant."""
    if term.factors and not term.negative:
        return term.factors
    left, right = term.factors or (None, None)
    if isinstance(left, float):
        return -left, cast(Operand, right)
    if isinstance(right, float):
        return -right, cast(Operand, left)
    return -1.0, cast(Operand, term.place)


def _read_once(plan: Plan) -> bytearray:
    """For every place whether one operand alone, and no output or guard, reads it."""
    counts = bytearray(plan.first + len(plan.nodes))  # 0, 1, or 2 for "several"
    for x in (*plan.outputs, *(guard.condition for guard in plan.guards)):
        if isinstance(x, int):
            counts[x] = 2
    for node in plan.nodes:
        for x in node.operands:
            if x.__class__ is int and counts[x] < 2:
                counts[x] += 1
    return bytearray([count == 1 for count in counts])


def _joined(plan: Plan, single: bytearray) -> bytearray:
    """For every place whether it is a sum that is only added to another sum."""
    joined = bytearray(len(single))
    first, nodes = plan.first, plan.nodes
    for node in nodes:
        if _is_sum(node):
            for x in _added(node):
                if x.__class__ is int and x >= first and single[x]:
                    joined[x] = _is_sum(nodes[x - first])
    return joined


def _added(node: Node) -> Sequence[Operand]:
    """The operands of a sum that are terms of it, without a factor or a sign."""
    return node[1][:1] if node[0] is _SUB else _as_dot(node).addends
