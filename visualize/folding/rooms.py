"""Rooms: the picture of one group, a card for each of its children."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from autograd import Edge, Value
from visualize.cards.constants import show_constants, show_inputs
from visualize.cards.group_cards import GroupCard
from visualize.cards.model import Card, Drawing, Wire, value_card
from visualize.cards.statistics import activity_of, parameters_of, shape_of, strips_of
from visualize.folding.fold import Group
from visualize.folding.slopes import slopes as slopes_of
from visualize.style import Style

_FEW = 4
"""So many operands are looked through faster than they are looked up."""


def room(
    group: Group, *, inline_constants: bool = True, inputs: bool = True
) -> Drawing:
    """The picture of a group: a card for each child, in the children's order.

    Contributions are those of the nodes that the room shows: the ones that leave a
    card, with its hidden contribution, sum to its gradient.

    Args:
        group: The group.
        inline_constants: Write constant operands into the operation; else they are
            cards of their own, each before the card that reads it.
        inputs: Show the plain numbers that groups were called with.
    """
    view = _View(group)
    drawing = Drawing(
        cards=tuple(view.card(place) for place in range(len(group.children))),
        wires=tuple(wire for wires in view.wires for wire in wires),
        outputs=view.outputs,
        total=len(group.plan.numbered),
        differentiated=view.differentiated,
        remark=group.remark,
        warning=group.plan.condition.warning,
    )
    folded = any(isinstance(child, Group) for child in group.children)
    if inputs and folded:
        values = group.plan.numbered.values
        members = [
            values(numbers) if inline_constants or isinstance(child, Group) else ()
            for child, numbers in zip(group.children, view.members, strict=True)
        ]
        drawing = show_inputs(drawing, members, apart=not inline_constants)
    if inline_constants:
        return drawing
    before = [None] * (len(drawing.cards) - len(group.children))
    return show_constants(drawing, [*before, *group.children])


@dataclass
class _Count:
    """What can't be seen of a card: slots whose other end is not in the room."""

    operands: int = 0
    consumers: list[Edge] = field(default_factory=list)
    gradient: float = 0.0
    leaving: list[int] = field(default_factory=list)


class _View:
    """The wires of a room, and what leads out of it."""

    def __init__(self, group: Group) -> None:
        self.group = group
        self.numbered = group.plan.numbered
        self.differentiated = self.numbered.graph.differentiated
        self.members = [part.members for part in group.net.parts]
        self.owner = {n: p for p, ns in enumerate(self.members) for n in ns}
        self.counts = [_Count() for _ in self.members]
        self.slots: dict[int, dict[int, list[int]]] = {}
        for place in range(len(self.members)):
            self._look_outside(place)
        self.wires = [list(self._wires(place)) for place in range(len(self.members))]

    @property
    def outputs(self) -> tuple[int, ...]:
        """The cards of the graph's outputs, and of what nothing in the room reads."""
        graph = self.numbered.graph
        places = [self.owner.get(self.numbered.number(o)) for o in graph.outputs]
        read = {wire.parent for wires in self.wires for wire in wires}
        ends = [place for place in range(len(self.members)) if place not in read]
        found = [place for place in places if place is not None]
        return tuple(dict.fromkeys([*found, *ends]))

    def _wires(self, place: int) -> Iterator[Wire]:
        """The wires that come into a card: one a slot between two values."""
        single = self._is_value(place)
        slots: dict[int, list[Edge]] = {}
        for number in self.members[place]:
            left_out = len(self.numbered.nodes[number].parents)
            left_out -= len(self.numbered.parents[number])
            self.counts[place].operands += left_out
            for position, parent in self._slots_of(number):
                source = self.owner.get(parent)
                if source is None:
                    self.counts[place].operands += 1
                elif source != place:
                    edge = self._edge(parent, number, position)
                    if single and self._is_value(source):
                        slope = edge.local_derivative
                        yield self._wire(source, place, position, [edge], slope)
                    else:
                        slots.setdefault(source, []).append(edge)
        end = self._end(place)
        slopes: dict[int, float] = {}
        if slots and end is not None:
            slopes = slopes_of(self.numbered, self.members[place], end)
        for source, edges in slots.items():
            read = self._end(source)
            local = None if end is None or read is None else slopes.get(read, 0.0)
            yield self._wire(source, place, edges[0].position, edges, local)

    def _end(self, place: int) -> int | None:
        """The one number that a card stands for; None where there are several."""
        child, leaving = self.group.children[place], self.counts[place].leaving
        if isinstance(child, Value):
            return self.members[place][0]
        return leaving[0] if len(leaving) == 1 and child.samples == 1 else None

    def _slots_of(self, number: int) -> Iterator[tuple[int, int]]:
        """The positions and the numbers of a node's parents."""
        return zip(
            self.numbered.slots[number], self.numbered.parents[number], strict=True
        )

    def _is_value(self, place: int) -> bool:
        return isinstance(self.group.children[place], Value)

    def _edge(self, parent: int, child: int, position: int) -> Edge:
        nodes = self.numbered.nodes
        return Edge(nodes[parent], nodes[child], position)

    def _wire(
        self,
        parent: int,
        child: int,
        slot: int,
        edges: list[Edge],
        slope: float | None,
    ) -> Wire:
        return Wire(
            parent=parent,
            child=child,
            slot=slot,
            local_derivative=slope,
            contribution=sum(edge.contribution for edge in edges)
            if self.differentiated
            else None,
            count=len(edges),
        )

    def _look_outside(self, place: int) -> None:
        """Finds what reads a card's nodes outside, and what that passes back."""
        child, count = self.group.children[place], self.counts[place]
        own = set(self.members[place])
        if isinstance(child, Group):
            own.update(child.all_numbers)
        for number in self.members[place]:
            readers = self.numbered.consumers[number]
            if number not in self.numbered.outputs and own.issuperset(readers):
                continue
            count.leaving.append(number)
            node = self.numbered.nodes[number]
            # A leaf may hold gradients of earlier passes: only an output counts whole.
            whole = number in self.numbered.outputs
            count.gradient += node.grad if whole else 0.0
            for edge in self._read_by(number):
                reader = self.numbered.number(edge.child)
                if (reader in own) == whole:
                    count.gradient += -edge.contribution if whole else edge.contribution
                if reader not in own and reader not in self.owner:
                    count.consumers.append(edge)

    def _read_by(self, number: int) -> Iterator[Edge]:
        """The slots that read a node, in the order of the nodes that own them."""
        for child in dict.fromkeys(self.numbered.consumers[number]):
            if len(self.numbered.parents[child]) <= _FEW:
                for position, parent in self._slots_of(child):
                    if parent == number:
                        yield self._edge(number, child, position)
                continue
            if child not in self.slots:
                # Once for each reader: a sum may have a hundred thousand operands.
                slots: dict[int, list[int]] = {}
                for position, parent in self._slots_of(child):
                    slots.setdefault(parent, []).append(position)
                self.slots[child] = slots
            for position in self.slots[child][number]:
                yield self._edge(number, child, position)

    def card(self, place: int) -> Card | GroupCard:
        """The card of a child."""
        child, count = self.group.children[place], self.counts[place]
        if isinstance(child, Group):
            return self._group_card(child, place)
        plan = self.group.plan
        number = self.members[place][0]
        samples = plan.batch.count if plan.batch and number in plan.batch.own else 1
        return value_card(
            self.numbered.graph,
            child,
            plan.names,
            hidden_operands=count.operands,
            hidden=count.consumers,
            uses=() if child.parents else tuple(self._read_by(number)),
            samples=samples,
            value=plan.condition.number(child),
            marks=tuple(self._marks(place)),
        )

    def _group_card(self, child: Group, place: int) -> GroupCard:
        count = self.counts[place]
        parameters = parameters_of(child)
        nodes = self.numbered.nodes
        measured = parameters or child.numbers
        back = sum(edge.contribution for edge in count.consumers)
        one = count.leaving if len(count.leaving) == 1 else []
        return GroupCard(
            index=child.numbers[0],
            name=child.path,
            title=child.title,
            kind=child.kind,
            shape=shape_of(child, count.leaving),
            role=self._role(child, parameters),
            scope=".".join(child.scope),
            nodes=len(child.all_numbers),
            count=child.count,
            unit=child.unit,
            samples=child.samples,
            value=nodes[one[0]].data if one else None,
            gradient=count.gradient if self.differentiated else None,
            norm=_norm(nodes[n].grad for n in measured)
            if self.differentiated
            else None,
            parameter_count=len(parameters),
            activity=activity_of(child),
            strips=strips_of(child, parameters, count.leaving),
            hidden_operands=count.operands,
            hidden_consumers=len(count.consumers),
            hidden_contribution=back if self.differentiated else 0.0,
            marks=tuple(self._marks(place)),
        )

    def _marks(self, place: int) -> Iterator[str]:
        """Words of warning: where NaN starts, and what was changed since."""
        origin = self.origin
        if origin is not None and origin[0] == place:
            what = "NaN" if math.isnan(origin[1].data) else "inf"
            yield f"{what} starts here"
        child, condition = self.group.children[place], self.group.plan.condition
        if isinstance(child, Value):
            mark = condition.mark(child, Style().number)
            yield from [mark] if mark else []
        elif condition.warning:
            changed = condition.doubtful.union(condition.recorded)
            count = sum(node in changed for node in child.nodes)
            yield from [f"{count:,} changed since"] if count else []

    @cached_property
    def origin(self) -> tuple[int, Value] | None:
        """The first card at which NaN or infinity starts, and the node."""
        for node in self.group.plan.condition.origins:
            number = self.numbered.number(node)
            for place, child in enumerate(self.group.children):
                inside = self.members[place]
                if isinstance(child, Group):
                    inside = child.all_numbers
                if number in inside:
                    return place, node
        return None

    def _role(self, child: Group, parameters: list[int]) -> str:
        if not self.numbered.outputs.isdisjoint(child.numbers):
            return "output"
        if parameters:
            return "parameter"
        leaves = all(not self.numbered.parents[number] for number in child.numbers)
        return "input" if leaves else "operation"


def _norm(gradients: Iterator[float]) -> float:
    # hypot neither overflows nor loses tiny ones.
    return math.hypot(*gradients)
