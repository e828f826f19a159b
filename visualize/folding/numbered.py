"""A graph's nodes by number: what folding walks over, in lists instead of objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from autograd import Graph, Op, Value

_REDUCING = {"sum", "mean", "max", "min", "logsumexp"}
_TELLING = {"power"}
"""Operations of which a constant operand is part of the name, as in x^3."""


class Numbered:
    """The nodes of a graph, numbered in topological order.

    Attributes:
        graph: The graph itself.
        nodes: Its nodes.
        parents: For each node the numbers of its parents: operand order, with repeats;
            those alone to which the graph has an edge.
        consumers: For each node the numbers of its consumers, one an operand slot.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.nodes = graph.nodes
        number = {node: place for place, node in enumerate(self.nodes)}
        self._number = number
        self._positions: list[list[int]] = []  # of a whole graph all, in order
        if graph.is_whole:  # then nobody needs an object for every edge
            place = number.__getitem__
            self.parents = [tuple(map(place, node.parents)) for node in self.nodes]
        else:
            self.parents = []
            incoming: list[list[tuple[int, int]]] = [[] for _ in self.nodes]
            for edge in graph.edges:
                slot = number[edge.parent], edge.position
                incoming[number[edge.child]].append(slot)
            for slots in incoming:
                self.parents.append(tuple([parent for parent, _ in slots]))
                self._positions.append([position for _, position in slots])
        self.consumers = readers_of(self.parents)

    def __len__(self) -> int:
        return len(self.nodes)

    def number(self, node: Value) -> int:
        """The number of a node.

        Raises:
            ValueError: If it is not a node of the graph.
        """
        return self._number[node] if node in self._number else self.graph.index(node)

    def slots(self, number: int) -> Iterator[tuple[int, int]]:
        """The positions of a node's parents among all it has, and their numbers."""
        parents = self.parents[number]
        positions = self._positions[number] if self._positions else range(len(parents))
        return zip(positions, parents, strict=True)

    def values(self, numbers: Iterable[int]) -> tuple[Value, ...]:
        """The nodes of these numbers."""
        return tuple(self.nodes[number] for number in numbers)

    @cached_property
    def outputs(self) -> frozenset[int]:
        """The numbers of the graph's outputs."""
        return frozenset(self._number[output] for output in self.graph.outputs)

    @cached_property
    def fixed(self) -> bytearray:
        """Which nodes depend on parameters alone."""
        found = bytearray(len(self))
        for number, parents in enumerate(self.parents):
            if parents:
                found[number] = all(map(found.__getitem__, parents))
            else:
                found[number] = self.nodes[number].role == "parameter"
        return found

    @cached_property
    def signatures(self) -> list[int]:
        """For each node a number that is equal where the operations are alike.

        Constant operands count by their places, not by their sizes, but for those
        that belong to an operation's name.
        """
        known: dict[object, int] = {}
        return [known.setdefault(_signature(node), len(known)) for node in self.nodes]


def readers_of(reads: Sequence[Sequence[int]]) -> list[list[int]]:
    """For each item those that read it, in order, one a slot."""
    found: list[list[int]] = [[] for _ in reads]
    for item, before in enumerate(reads):
        for parent in before:
            found[parent].append(item)
    return found


def sums(op: Op | None) -> bool:
    """Whether an operation adds up, or else reduces, a list of any length."""
    return op is not None and op.variadic and op.name in _REDUCING


def _signature(node: Value) -> object:
    op = node.op
    if op is None:
        return node.role
    operands, count = node.operands, len(node.parents)
    if len(operands) == count:
        return op.name, 0 if sums(op) else count
    if op.name in _TELLING:
        return op.name, *(o for o in operands if not isinstance(o, Value))
    if op.variadic:
        return op.name, len(operands)
    return op.name, *[isinstance(operand, Value) for operand in operands]
