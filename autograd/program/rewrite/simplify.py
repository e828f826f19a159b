"""Simplify: what was computed twice, for nothing, or from constants alone.

    v0 = mul(2.0, 3.0)
    v1 = mul(x0, p0)
    v2 = mul(p0, x0)
    v3 = add(v1, v2)         ->      v0 = mul(x0, p0)
    v4 = identity(v3)                v1 = add(v0, v0)
    v5 = mul(v4, 1.0)                v2 = mul(v1, 6.0)
    v6 = mul(v5, v0)                 return v2
    v7 = exp(x0)
    return v6

Every number stays what it was, to the last bit, infinities and NaN included; only the
`0 +` that Python's `sum` begins with is dropped from sums of two terms or more, and a
sum that is 0 may so lose the sign of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from autograd.ops import OPS, Op
from autograd.program.plan import (
    NOWHERE,
    Apply,
    Dot,
    Node,
    Operand,
    Plan,
    levels_of,
    readers_of,
)
from autograd.program.rewrite.building import (
    Building,
    needed_places,
    without_dead_nodes,
)

_Operands: TypeAlias = "tuple[Operand, ...]"


def weaken(plan: Plan) -> Plan:
    """The plan with plain products in place of strong ones.

    The two differ only where one factor is infinite or NaN and the other is 0. Array
    code is weakened; where its gradient is not finite, the machine is asked, which is
    not.
    """
    strong, plain = OPS["strong_product"], OPS["mul"]
    if not any(isinstance(node, Apply) and node.op is strong for node in plan.nodes):
        return plan
    nodes = [
        Apply(plain, node.operands) if node[0] is strong else node
        for node in plan.nodes
    ]
    return replace(plan, nodes=tuple(nodes))


def simplify(plan: Plan) -> Plan:
    """The plan without repeated, needless and constant computations."""
    simplifying = _Simplifying(plan)
    needed = needed_places(plan, simplifying.read)
    for index, node in enumerate(plan.nodes):
        wanted = needed[plan.inputs + plan.parameters + index]
        stands = simplifying.taken(index, node) if wanted else NOWHERE
        simplifying.building.stands.append(stands)
    simpler = simplifying.building.finished()
    return without_dead_nodes(simpler) if simplifying.chose else simpler


class _Simplifying:
    """The new plan so far, and what is known about it.

    Attributes:
        led_by_zero: Of every 0.0 + x in the old plan, the x.
        known: The places of the nodes written so far.
        chose: Whether a choice was made, so that some nodes may not be needed any more.
        alike: Nodes that are like others but for a constant: see `_alike`.
    """

    def __init__(self, plan: Plan) -> None:
        self.building = Building(plan)
        self.alike = _alike(plan)
        self.led_by_zero: dict[Operand, Operand] = {}
        self.known: dict[Any, int] = {}
        self.chose = False
        for place, node in plan.placed():
            if isinstance(node, Apply) and node[0] is _ADD:
                x, y = node[1]
                if _is(x, 0.0) or _is(y, 0.0):
                    self.led_by_zero[place] = y if _is(x, 0.0) else x

    def read(self, node: Node) -> _Operands:
        """The operands of a node; of a sum without the 0.0 that begins them."""
        if isinstance(node, Apply) and node[0] in _SUMS and len(node[1]) > 1:
            terms = self.led_by_zero
            return tuple(
                [x if isinstance(x, float) else terms.get(x, x) for x in node[1]]
            )
        return node.operands

    def taken(self, index: int, node: Node) -> Operand:
        """What stands for the next node."""
        now = self.building.now
        if isinstance(node, Dot):
            parts = [now(part) for part in node]
            return self._once(index, Dot(*parts), tuple(map(_told, parts)))
        op, operands = node[0], now(self.read(node))
        kinds = {*map(type, operands)}
        if float in kinds or op in _ALWAYS or len(operands) == 1:
            same = self._same(index, op, operands, kinds)
            if same is not None:
                self.chose |= op is _WHERE
                return same
        key = _key(op, operands, float in kinds)
        return self._once(index, Apply(op, operands), key)

    def _same(
        self, index: int, op: Op, operands: _Operands, kinds: set[type[Any]]
    ) -> Operand | None:
        """A constant or an earlier number that is the same as this one."""
        if int not in kinds:
            return op.value(*operands)
        if op in _NEUTRAL and index not in self.alike:
            constant, places = _NEUTRAL[op]
            for place in places:
                if _is(operands[place], constant):
                    return operands[1 - place]
        rule = _RULES.get(op)
        return None if rule is None else rule(operands)

    def _once(self, index: int, node: Node, key: Any) -> int:
        """The place of a node; that of an equal one if there is one already."""
        place = self.known.get(key)
        if place is None:
            place = self.known[key] = self.building.add(node, index)
        return place


def _alike(plan: Plan) -> set[int]:
    """Nodes that do what others of their level do, with another constant.

    They stay, even where the constant changes nothing: targets are 0 and 1, and without
    the x - 0.0 among them the others would be no block. Those are alike that are read
    by the same operation, as the same operand: of a - 2 b + c, with weights 1 and -2,
    each is another thing.
    """
    levels, readers = levels_of(plan), readers_of(plan)
    found: dict[Any, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for place, node in plan.placed():
        if node[0] not in _NEUTRAL or float not in map(type, node.operands):
            continue
        x, y = node.operands
        constant = x if isinstance(x, float) else y
        reader = readers[place]
        read = reader and (reader.op, reader.operand)
        group = found[node[0], constant is x, levels[place], read]
        group[repr(constant)].append(place - plan.first)
    several = [group.values() for group in found.values() if len(group) > 1]
    return {index for group in several for indices in group for index in indices}


def _key(op: Op, operands: _Operands, has_constants: bool) -> Any:
    """Equal for operations that compute the same."""
    if op in _COMMUTATIVE:
        x, y = operands
        if has_constants:
            return op, frozenset(_told(operands))
        return (op, x, y) if x < y else (op, y, x)
    return op, _told(operands) if has_constants else operands


def _told(operands: _Operands) -> tuple[object, ...]:
    """Operands that can be compared: -0.0 is not 0.0, and 1.0 is not the place 1."""
    return tuple(
        [((x,) if x else repr(x)) if isinstance(x, float) else x for x in operands]
    )


def _is(x: Operand, constant: float) -> bool:
    """Whether an operand is this constant; 0.0 and -0.0 are told apart."""
    return x.__class__ is float and repr(x) == repr(constant)


def _choice(operands: _Operands) -> Operand | None:
    """A choice that is made already, or that is none."""
    condition, x, y = operands
    if isinstance(condition, float):
        return x if condition else y
    return x if repr(x) == repr(y) else None


def _alone(operands: _Operands) -> Operand | None:
    """The sum and the mean of one number are that number."""
    return operands[0] if len(operands) == 1 else None


_ADD = OPS["add"]
_WHERE = OPS["where"]
_ALWAYS = frozenset({OPS["identity"], _WHERE})  # not only with constants
_COMMUTATIVE = frozenset({OPS["add"], OPS["mul"]})
_SUMS = frozenset({OPS["add"], OPS["sub"], OPS["sum"]})

_NEUTRAL: Mapping[object, tuple[float, tuple[int, ...]]] = {
    OPS["mul"]: (1.0, (0, 1)),
    OPS["div"]: (1.0, (1,)),
    OPS["power"]: (1.0, (1,)),
    OPS["add"]: (-0.0, (0, 1)),  # but -0.0 + 0.0 is 0.0
    OPS["sub"]: (0.0, (1,)),
}
"""The constant that changes nothing, and at which places."""

_RULES: Mapping[object, Callable[[_Operands], Operand | None]] = {
    _WHERE: _choice,
    **{OPS[name]: _alone for name in ("identity", "sum", "mean")},
}
