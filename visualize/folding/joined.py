"""The wires of a room: what its cards read of each other, and what leads out of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from autograd import Edge, Value
from visualize.cards.model import Wire
from visualize.folding.border import Border
from visualize.folding.fold import Group
from visualize.folding.slopes import slopes as slopes_of


@dataclass
class Count:
    """What can't be seen of a card: slots whose other end is not in the room."""

    operands: int = 0
    passed_back: list[float] = field(default_factory=list)
    gradient: float = 0.0


class Joined:
    """The wires of a room, and what leads out of it."""

    def __init__(self, group: Group, border: Border) -> None:
        self.group = group
        self.numbered = group.plan.numbered
        self.differentiated = self.numbered.graph.differentiated
        self.children = (*border.before, *group.children, *border.after)
        first, last = len(border.before), len(self.children) - len(border.after)
        self.outside = {*range(first), *range(last, len(self.children))}
        self.members = [
            *map(self._numbers, border.before),
            *(part.members for part in group.net.parts),
            *map(self._numbers, border.after),
        ]
        self.owner = {n: p for p, ns in enumerate(self.members) for n in ns}
        self.counts = [Count() for _ in self.members]
        self.uses: dict[int, list[float]] = {}
        self._look_outside()
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

    def _numbers(self, child: Group | Value) -> tuple[int, ...]:
        if isinstance(child, Value):
            return (self.numbered.number(child),)
        return child.numbers

    def _joined(self, source: int, place: int) -> bool:
        """Whether a wire leads from one card to another: not outside of the group."""
        return source < place and not self.outside >= {source, place}

    def _wires(self, place: int) -> Iterator[Wire]:
        """The wires that come into a card: one a slot between two values."""
        single, own = self._is_value(place), set(self.members[place])
        slots: dict[int, list[Edge]] = {}
        for number in self.members[place]:
            parents = self.numbered.parents[number]
            if not self.numbered.graph.is_whole:
                left_out = len(self.numbered.nodes[number].parents) - len(parents)
                self.counts[place].operands += left_out
            if own.issuperset(parents):
                continue
            for position, parent in self.numbered.slots(number):
                source = self.owner.get(parent)
                if source == place:
                    continue
                if source is None or not self._joined(source, place):
                    self.counts[place].operands += 1
                else:
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
        child = self.children[place]
        if isinstance(child, Value):
            return self.members[place][0]
        alone = len(child.leaving) == 1 and child.samples == 1
        return child.leaving[0] if alone else None

    def _is_value(self, place: int) -> bool:
        return isinstance(self.children[place], Value)

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
        back = [edge.contribution for edge in edges] if self.differentiated else []
        return Wire(
            parent=parent,
            child=child,
            slot=slot,
            local_derivative=slope,
            contribution=sum(back) if self.differentiated else None,
            count=len(edges),
            size=sum(map(abs, back)),
        )

    def _look_outside(self) -> None:
        """Finds what reads the cards' nodes outside, and what that passes back."""
        own = [
            {*child.all_numbers} if isinstance(child, Group) else {*members}
            for child, members in zip(self.children, self.members, strict=True)
        ]
        leaving = [
            child.leaving if isinstance(child, Group) else members
            for child, members in zip(self.children, self.members, strict=True)
        ]
        read = {n: inside for ns, inside in zip(leaving, own, strict=True) for n in ns}
        for number, uses in self._uses(read).items():
            node = self.numbered.nodes[number]
            self.uses[number] = [back for _, back in uses]
            place, inside = self.owner[number], read[number]
            count = self.counts[place]
            # A leaf may hold gradients of earlier passes: only an output counts whole.
            whole = number in self.numbered.outputs
            count.gradient += node.grad if whole else 0.0
            for reader, back in uses:
                if (reader in inside) == whole:
                    count.gradient += -back if whole else back
                source = self.owner.get(reader)
                seen = source is not None and self._joined(place, source)
                if reader not in inside and not seen:
                    count.passed_back.append(back)

    def _uses(
        self, read: Mapping[int, Collection[int]]
    ) -> dict[int, list[tuple[int, float]]]:
        """What reads each of some nodes, and what it passes back, slot by slot.

        What reads it inside of its card counts only for an output. These are
        contributions of edges; a batch has too many for an object of each.

        Args:
            read: The nodes, and for each those that are in its card.
        """
        readers = {
            reader
            for number, inside in read.items()
            for reader in self.numbered.consumers[number]
            if reader not in inside or number in self.numbered.outputs
        }
        found: dict[int, list[tuple[int, float]]] = {number: [] for number in read}
        for reader in sorted(readers):
            node = self.numbered.nodes[reader]
            adjoint, slopes = node.grad, node.local_derivatives
            for position, parent in self.numbered.slots(reader):
                if parent in found:
                    slope = slopes[position]
                    # A 0 of either is strong, as in Edge.contribution.
                    back = adjoint * slope if adjoint and slope else 0.0
                    found[parent].append((reader, back))
        return found
