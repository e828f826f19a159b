"""Folding: a graph of any size as a tree of groups, each of which fits in a picture.

A group's room shows its children: values, and groups that have rooms of their own. The
whole graph is the outermost group. Small graphs have one room with all their values.
A large one shows one sample of its batch, then neurons, then modules, whichever is the
first to fit; where no scopes tell what belongs together, equal nodes fold to `x N`,
equal blocks to `Block x N`, and what is left to stretches of the sequence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from autograd import Graph, Value, collector_paused
from visualize.cards.model import MAX_NODES
from visualize.cards.parameters import Parameters, given_names
from visualize.folding.dividing import SMALL, GroupBy, Level, Plan, divide, is_low
from visualize.folding.numbered import Numbered
from visualize.folding.parts import Kind, Net, Part, join, value_part
from visualize.folding.recurrences import in_steps
from visualize.folding.samples import find_batch
from visualize.folding.scopes import Units, scopes_of
from visualize.folding.selection import nearest_to
from visualize.layout.geometry import Direction

__all__ = ["Group", "GroupBy", "Level", "fold", "walk"]


@dataclass(frozen=True, eq=False)
class Group:
    """Nodes that one card stands for, and that have a room of their own.

    Attributes:
        path: Unique in the tree: the titles from the outermost group on. User text.
        title: What its card prints as its name.
        kind: "graph" is the whole; "module" has parameters, "neuron" is one of a
            module's, "scope" is any other scope; "repeat" are equal nodes, "block"
            equal blocks, "sum" a chain of additions, "part" a stretch of the rest;
            "outside" are nodes that an opened group reads, or that read it.
        count: How many equal ones it stands for.
        unit: What is counted: "blocks", "additions" or nothing.
        numbers: Its nodes in the graph's order, of the shown sample only.
        shown_numbers: Those of them that its room shows.
        scope: The scope that holds it together, () if none does.
        plan: How the whole graph is folded.
    """

    path: str
    title: str
    kind: Kind
    count: int
    unit: str
    numbers: tuple[int, ...]
    shown_numbers: tuple[int, ...]
    scope: Units
    plan: Plan = field(repr=False)

    @property
    def nodes(self) -> tuple[Value, ...]:
        """All nodes inside, of every sample and repeat, in topological order."""
        return self.plan.numbered.values(self.all_numbers)

    @property
    def shown(self) -> tuple[Value, ...]:
        """Those of the nodes that its room shows: one sample, one block."""
        return self.plan.numbered.values(self.shown_numbers)

    @cached_property
    def all_numbers(self) -> tuple[int, ...]:
        """The numbers of all nodes inside."""
        batch = self.plan.batch
        if batch is None:
            return self.numbers
        if self.kind == "graph":
            return tuple(sorted(batch.hidden.union(self.numbers)))
        found = set(self.numbers)
        for number in self.numbers:
            found.update(batch.counterparts.get(number, ()))
        for scope, numbers in self.plan.strays.items():
            if self.scope and scope[: len(self.scope)] == self.scope:
                found.update(numbers)
        return tuple(sorted(found))

    @cached_property
    def leaving(self) -> tuple[int, ...]:
        """The numbers of the graph's outputs in it, and of what is read outside."""
        numbered, inside = self.plan.numbered, set(self.all_numbers)
        return tuple(
            number
            for number in self.numbers
            if number in numbered.outputs
            or not inside.issuperset(numbered.consumers[number])
        )

    @property
    def samples(self) -> int:
        """For how many samples it stands: 1 where it does not depend on them."""
        batch = self.plan.batch
        if batch is None or batch.own.isdisjoint(self.numbers):
            return 1
        return batch.count

    @property
    def remark(self) -> str:
        """Says what is folded in its picture, where something is."""
        plan = self.plan
        total, cards = len(plan.numbered), len(self.children)
        folded = any(isinstance(child, Group) for child in self.children)
        texts = []
        if self.kind != "graph":
            count = f"{len(self.all_numbers):,} nodes in {cards:,} cards"
            texts.append(f"{self.title}: {count}")
        elif folded or plan.batch:
            texts.append(f"{total:,} nodes in {cards:,} cards")
        if plan.batch:
            batch = plan.batch
            alike = f", {batch.alike} of them alike"
            alike = "" if batch.alike == batch.count else alike
            texts.append(f"sample {batch.sample} of {batch.count:,} shown{alike}")
        hidden = total - len(self.all_numbers)
        if self.kind == "graph" and hidden and texts:
            texts.append(f"{hidden:,} nodes left out")
        return " · ".join(texts)

    @cached_property
    def net(self) -> Net:
        """The children as parts, and how they hang together."""
        outermost = self.kind == "graph"
        if outermost and self.plan.level == "value":
            return self._nearest()
        return divide(self.plan, self.shown_numbers, self.scope, outermost)

    def _nearest(self) -> Net:
        """The values nearest to the outputs: to those of what is shown, at least."""
        numbered, shown = self.plan.numbered, set(self.shown_numbers)
        ends = [
            n
            for n in self.shown_numbers
            if n in numbered.outputs or shown.isdisjoint(numbered.consumers[n])
        ]
        near = nearest_to(numbered, ends, self.plan.max_nodes, within=shown)
        return in_steps(join(numbered, [value_part(number) for number in near]))

    @cached_property
    def children(self) -> tuple[Group | Value, ...]:
        """What its room shows: in topological order, at most about max_nodes."""
        nodes = self.plan.numbered.nodes
        taken: Counter[str] = Counter()
        return tuple(
            nodes[part.first] if part.kind == "value" else self._group(part, taken)
            for part in self.net.parts
        )

    @cached_property
    def places(self) -> dict[int, int]:
        """The place among the children of each node that its room shows."""
        parts = enumerate(self.net.parts)
        return {number: place for place, part in parts for number in part.members}

    def _group(self, part: Part, taken: Counter[str]) -> Group:
        tag = f" ×{part.count:,}" if part.count > 1 else ""
        name = f"{part.title}{tag}"
        taken[name] += 1
        if taken[name] > 1:
            name = f"{name} #{taken[name]}"
        return Group(
            path=f"{self.path}/{name}" if self.path else name,
            title=part.title,
            kind=part.kind,
            count=part.count,
            unit=part.unit,
            numbers=part.members,
            shown_numbers=part.shown,
            scope=part.scope,
            plan=self.plan,
        )


@collector_paused()
def fold(
    graph: Graph,
    *,
    level: Level = "auto",
    group_by: GroupBy | None = None,
    sample: int | None = None,
    parameters: Parameters | None = None,
    max_nodes: int = MAX_NODES,
    within: Collection[int] | None = None,
    direction: Direction = "right",
) -> Group:
    """A graph as a tree of groups; the outermost one is the whole graph.

    Args:
        graph: The graph to fold.
        level: How far the outermost room folds; "auto" for the finest that fits.
        group_by: What holds the outermost room's groups together: "scope", "op",
            "label", or a function from a node to a name ("" for no group).
        sample: Which sample of a batch stands for all; None for the first, if there
            is a batch and the graph is large.
        parameters: As for `visualize.draw`.
        max_nodes: How many cards a room may have.
        within: Places in `graph.nodes` to show; the rest is neither drawn nor folded.
        direction: Where wires will lead: what fits then is another room.

    Raises:
        ValueError: There is no such sample.
    """
    numbered = Numbered(graph)
    names = given_names(parameters)
    whole = within is None and (
        sample is not None
        or (level != "value" and _is_large(numbered, max_nodes, direction))
    )
    batch = find_batch(numbered, sample) if whole and group_by is None else None
    hidden = batch.hidden if batch else frozenset[int]()
    members = tuple(
        n
        for n in range(len(numbered))
        if n not in hidden and (within is None or n in within)
    )
    named = {numbered.number(node) for node in names if node in graph}
    plan = Plan(
        numbered=numbered,
        names=names,
        scopes=scopes_of(numbered, named),
        batch=batch,
        level=level,
        group_by=group_by,
        max_nodes=max_nodes,
        direction=direction,
    )
    return Group("", "graph", "graph", 1, "", members, members, (), plan)


def _is_large(numbered: Numbered, max_nodes: int, direction: Direction) -> bool:
    """Whether a picture of all nodes would be too large to be read."""
    if len(numbered) > max_nodes:
        return True
    parts = [value_part(number) for number in range(len(numbered))]
    return not is_low(join(numbered, parts), len(parts) <= SMALL, direction)


def walk(group: Group) -> Iterator[Group]:
    """The group and all groups below it, outer before inner."""
    pending = [group]
    while pending:
        current = pending.pop()
        yield current
        inner = [child for child in current.children if isinstance(child, Group)]
        pending.extend(reversed(inner))
