"""A plan while a pass writes it, and the removal of what nothing needs.

A pass walks over a plan once, in order. It says for every old place what stands for it
in the new plan: a new place, or a constant. So each pass takes linear time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from autograd.program.plan import NOWHERE, Apply, Dot, Guard, Node, Operand, Plan

MADE = -1
"""The origin of a node that a pass made: no Value of the trace is the same number."""


class Building:
    """The nodes of a new plan of the same inputs and parameters.

    Attributes:
        old: The plan that a pass reads.
        nodes: What is written so far.
        stands: For every old place, what stands for it in the new plan.
    """

    def __init__(self, old: Plan) -> None:
        self.old = old
        self.nodes: list[Node] = []
        self.stands: list[Operand] = list(range(old.first))
        self._first = old.first
        self._indices: list[int] = []
        self._made: list[int] = []

    def add(self, node: Node, index: int, made: bool = False) -> int:
        """Write a node down; its place.

        Args:
            node: The node; its operands are new places.
            index: The number of the old node that it comes from: for its scope.
            made: Whether it computes something else than that old node.
        """
        place = len(self.nodes)
        self.nodes.append(node)
        self._indices.append(index)
        if made:
            self._made.append(place)
        return self._first + place

    def now(self, operands: Sequence[Operand]) -> tuple[Operand, ...]:
        """What stands for these operands."""
        stands = self.stands
        return tuple([x if isinstance(x, float) else stands[x] for x in operands])

    def moved(self, node: Node) -> Node:
        """A node on what stands for its operands."""
        if isinstance(node, Apply):
            return Apply(node[0], self.now(node[1]))
        return Dot(*map(self.now, node))

    def finished(self) -> Plan:
        """The new plan, with the outputs and guards of the old one.

        A guard on what is a constant now needs no asking, and one of two that ask
        the same goes.
        """
        guards: dict[int, Guard] = {}
        for guard in self.old.guards:
            condition = self.stands[guard.condition]
            if not isinstance(condition, float):
                guards.setdefault(condition, guard._replace(condition=condition))
        old = self.old
        count = len(old.nodes)
        scopes, known = old.scopes or ("",) * count, old.origins or (MADE,) * count
        origins = [*map(known.__getitem__, self._indices)]
        for place in self._made:
            origins[place] = MADE
        return Plan(
            inputs=old.inputs,
            parameters=old.parameters,
            nodes=tuple(self.nodes),
            outputs=self.now(old.outputs),
            guards=tuple(guards.values()),
            integers=old.integers,
            scopes=tuple(map(scopes.__getitem__, self._indices)),
            origins=tuple(origins),
        )


def without_dead_nodes(plan: Plan) -> Plan:
    """The plan without what no output and no guard needs."""
    first, nodes = plan.first, plan.nodes
    needed = needed_places(plan, lambda node: node.operands)
    if needed.count(1, first) == len(nodes):
        return plan
    building = Building(plan)
    for index, node in enumerate(nodes):
        kept = needed[first + index]
        building.stands.append(
            building.add(building.moved(node), index) if kept else NOWHERE
        )
    return building.finished()


def needed_places(plan: Plan, read: Callable[[Node], Sequence[Operand]]) -> bytearray:
    """For every place whether an output or a guard needs it.

    Args:
        plan: The plan.
        read: What a node reads: its operands, or what is to be read in their stead.
    """
    first, nodes = plan.first, plan.nodes
    needed = bytearray(first + len(nodes))
    for end in (*plan.outputs, *(guard.condition for guard in plan.guards)):
        if isinstance(end, int):
            needed[end] = 1
    for place in range(first + len(nodes) - 1, first - 1, -1):
        if needed[place]:
            for x in read(nodes[place - first]):
                if isinstance(x, int):
                    needed[x] = 1
    return needed
