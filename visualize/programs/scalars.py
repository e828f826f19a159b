"""The scalar nodes behind a program's groups: to which group each of them belongs.

A group names the nodes whose numbers it stores. Others have no number of their own any
more: a product that became a part of a dot, a sum that another one took up. Those
belong to the group that reads them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from autograd import Graph, Program, Value
from visualize.cards.labels import clean

NAME_LIMIT = 60

NOBODY = -1
"""The group of a node that nothing needs."""


@dataclass(frozen=True)
class Scalars:
    """The scalar graph of a program, divided among its groups.

    Attributes:
        graph: The scalar graph, on the program's example.
        members: For every group its nodes, in the order in which they were recorded.
        groups: The group that each node belongs to.
        read: How many numbers of one group another reads, by (reader, read).
        is_empty: Whether there is nothing in it: the program returns constants, or
            inputs as they are. A Graph must have a Value, so one stands there.
    """

    graph: Graph
    members: tuple[tuple[Value, ...], ...]
    groups: Mapping[Value, int]
    read: Mapping[tuple[int, int], int]
    is_empty: bool

    def name(self, node: Value) -> str:
        """What a node is called; integer inputs and unread parameters have no place."""
        known = node in self.graph
        called = clean(self.graph.name(node) if known else node.label, NAME_LIMIT)
        return called or (f"v{self.graph.index(node)}" if known else node.role)


def scalars_of(program: Program) -> Scalars:
    """Traces a program again, and divides what was recorded among its groups."""
    tracing = _Tracing(program)
    owners = _owners(tracing)
    values = tracing.values
    owned = {values[place]: owner for place, owner in owners.items() if place in values}
    graph = _graph(tracing, owned)
    members: list[list[Value]] = [[] for _ in program.groups]
    for node, owner in owned.items():
        members[owner].append(node)
    read = _read(tracing, owners)
    return Scalars(graph, tuple(map(tuple, members)), owned, read, not owned)


class _Tracing:
    """The program's scalar operations by place: inputs, parameters, then the nodes.

    Attributes:
        program: The program.
        first: The place of the first node.
        operands: For every node, the places that it reads.
        values: The Values at these places; inputs that nothing reads are not there.
        outputs: The places that are returned.
        same: For every place the first that is computed from the same numbers by the
            same operation: there the program computes it.
    """

    def __init__(self, program: Program) -> None:
        plan = program.stages[0][1]
        log = program.trace()
        self.program = program
        self.first = plan.first
        self.operands: list[tuple[int, ...]] = []
        self.values: dict[int, Value] = {}
        for number, leaf in enumerate(program.parameters, plan.inputs):
            self.values[number] = leaf
        steps = zip(plan.nodes, log, strict=True)
        for place, (step, node) in enumerate(steps, plan.first):
            self.values[place] = node
            self.operands.append(
                tuple([x for x in step.operands if isinstance(x, int)])
            )
            for x, operand in zip(step.operands, node.operands, strict=True):
                is_input = isinstance(x, int) and x < plan.inputs
                if is_input and isinstance(operand, Value):
                    self.values[int(x)] = operand
                    # A fresh leaf of this trace alone, called as the plan calls it.
                    operand.label = operand.label or f"x{x}"
        self.outputs = [x for x in plan.outputs if isinstance(x, int)]
        self.same = self._same([step.operands for step in plan.nodes])

    def _same(self, operands: Iterable[tuple[int | float, ...]]) -> list[int]:
        same = list(range(self.first))
        known: dict[object, int] = {}
        for place, xs in enumerate(operands, self.first):
            told = tuple([same[x] if isinstance(x, int) else repr(x) for x in xs])
            same.append(known.setdefault((self.values[place].op, told), place))
        return same


def _owners(tracing: _Tracing) -> dict[int, int]:
    """The group of each place that belongs to one, in the order of the places."""
    first, same = tracing.first, tracing.same
    owner = [NOBODY] * len(same)
    leaves = {g.kind: g.number for g in tracing.program.groups if g.kind in _LEAVES}
    for place in range(first):
        is_input = place < first - len(tracing.program.parameters)
        owner[place] = leaves["input" if is_input else "parameter"]
    for group in tracing.program.groups:
        for index in group.nodes:
            owner[first + index] = group.number
    parts = _parts(tracing.program)
    # From the outputs back: whoever reads a node is known before the node is.
    for place in reversed(range(first, len(same))):
        if owner[place] == NOBODY or same[place] != place:
            continue
        for x in map(same.__getitem__, tracing.operands[place - first]):
            if owner[x] == NOBODY:
                sources = {owner[same[y]] for y in tracing.operands[x - first]}
                owner[x] = _taker(sources, owner[place], parts)
    found = {place: owner[same[place]] for place in range(len(same))}
    return {place: group for place, group in found.items() if group != NOBODY}


_LEAVES = ("input", "parameter")


def _parts(program: Program) -> dict[int, dict[int, frozenset[int]]]:
    """For each group the groups without nodes that it reads, and what these read.

    A pass made those: a part of a sum that is ready before the rest of it.
    """
    groups = program.groups
    made = {g.number for g in groups if not g.nodes and g.kind not in _LEAVES}
    return {
        group.number: {
            part: frozenset(groups[part].reads) for part in group.reads if part in made
        }
        for group in groups
    }


def _taker(
    sources: set[int], reader: int, parts: Mapping[int, Mapping[int, frozenset[int]]]
) -> int:
    """Who took up a node: its reader, or the part of it that reads the same groups."""
    fitting = [part for part, reads in parts[reader].items() if sources <= reads]
    return fitting[0] if fitting else reader


def _graph(tracing: _Tracing, owned: Mapping[Value, int]) -> Graph:
    """The graph of the outputs, and of what else is computed: conditions of guards."""
    values = tracing.values
    ends = [values[x] for x in dict.fromkeys(tracing.outputs) if x in values]
    known = set(Graph(*ends).nodes) if ends else set()
    others = [node for node in owned if node not in known and node.op is not None]
    read = {parent for node in others for parent in node.parents}
    ends += [node for node in others if node not in read]
    return Graph(*(ends or owned or [Value(0.0, "nothing is computed")]))


def _read(
    tracing: _Tracing, owners: Mapping[int, int]
) -> Mapping[tuple[int, int], int]:
    """How many numbers each group reads of each other one."""
    found: defaultdict[tuple[int, int], set[int]] = defaultdict(set)
    for place, operands in enumerate(tracing.operands, tracing.first):
        reader = owners.get(place, NOBODY)
        for x in map(tracing.same.__getitem__, operands):
            if reader != NOBODY and owners[x] != reader:
                found[reader, owners[x]].add(x)
    return {pair: len(places) for pair, places in found.items()}
