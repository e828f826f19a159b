"""Parts: what one card of a picture stands for, and how parts hang together."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from visualize.folding.numbered import Numbered, readers_of
from visualize.folding.scopes import Units

Kind = Literal[
    "graph",
    "value",
    "module",
    "neuron",
    "repeat",
    "block",
    "sum",
    "scope",
    "part",
    "outside",
]


_TITLED = ("module", "neuron", "scope", "part")


# Not frozen: there may be a million, and frozen ones take three times as long to make.
@dataclass(slots=True)
class Part:
    """Nodes that one card stands for.

    Attributes:
        kind: "value" for a single node, else what holds them together.
        title: What the card prints as its name.
        members: The nodes, in topological order.
        count: How many equal ones they are.
        unit: What is counted, such as "blocks".
        shown: Those of the members that tell about all: one block of several.
        scope: The scope that all of them were made in, where that holds them together.
        step: Which step of a recurrence it belongs to; -1 for none.
        row: Which thing of that step it is; -1 for several steps folded to one.
    """

    kind: Kind
    title: str
    members: tuple[int, ...]
    count: int = 1
    unit: str = ""
    shown: tuple[int, ...] = ()
    scope: Units = ()
    step: int = -1
    row: int = -1

    @property
    def first(self) -> int:
        """The first of the members."""
        return self.members[0]

    def at(self, step: int, row: int) -> Part:
        """The same part, as a thing of a step."""
        told = self.kind, self.title, self.members, self.count, self.unit
        return Part(*told, self.shown, self.scope, step, row)


@dataclass(frozen=True, eq=False)
class Net:
    """Parts in topological order, and for each the places of those it reads."""

    numbered: Numbered
    parts: tuple[Part, ...]
    parents: tuple[tuple[int, ...], ...]

    @property
    def wires(self) -> int:
        """How many pairs of parts are joined."""
        return sum(map(len, self.parents))

    @cached_property
    def stepped(self) -> bool:
        """Whether parts stand in the steps of a recurrence."""
        return any(part.step >= 0 for part in self.parts)

    @property
    def columns(self) -> int:
        """How many parts lie on the longest path."""
        return len(self.by_column)

    @cached_property
    def by_column(self) -> dict[int, list[int]]:
        """The parts of each column, counted from the outputs."""
        distance = [0] * len(self.parts)
        for place in reversed(range(len(self.parts))):
            for parent in self.parents[place]:
                distance[parent] = max(distance[parent], distance[place] + 1)
        columns: dict[int, list[int]] = {}
        for place, steps in enumerate(distance):
            columns.setdefault(steps, []).append(place)
        return {steps: columns[steps] for steps in sorted(columns)}

    def kinds(self) -> list[int]:
        """For each part a number that is equal for those that do the same.

        As far as counting operations tells.
        """
        known: dict[object, int] = {}
        return [known.setdefault(self._kind(part), len(known)) for part in self.parts]

    def _kind(self, part: Part) -> object:
        signatures = self.numbered.signatures
        if part.kind == "value":
            return signatures[part.first]
        counts = Counter(signatures[number] for number in part.members)
        return part.kind, frozenset(counts.items())

    def readers(self) -> list[list[int]]:
        """For each part the places of those that read it."""
        return readers_of(self.parents)


def value_part(number: int) -> Part:
    """The part that is a single node."""
    own = (number,)
    return Part("value", "", own, shown=own)


def join(numbered: Numbered, parts: Sequence[Part]) -> Net:
    """Puts parts in topological order: as near to the nodes' own as that allows.

    The groups that the parts are must form no cycle.
    """
    parents, owner = numbered.parents, [-1] * len(numbered)
    for place, part in enumerate(parts):
        for number in part.members:
            owner[number] = place
    before: list[tuple[int, ...]] = []
    for place, part in enumerate(parts):
        read = [owner[p] for number in part.members for p in parents[number]]
        sources = dict.fromkeys(read)
        sources.pop(place, None)
        sources.pop(-1, None)
        before.append((*sources,))
    firsts = [part.first for part in parts]
    if all(part.kind == "value" for part in parts) and firsts == sorted(firsts):
        return Net(numbered, (*parts,), (*before,))
    order = _order(firsts, before)
    rank = {place: position for position, place in enumerate(order)}
    return Net(
        numbered,
        tuple(parts[place] for place in order),
        tuple(tuple([rank[source] for source in before[place]]) for place in order),
    )


def _order(firsts: Sequence[int], before: Sequence[Sequence[int]]) -> list[int]:
    """Places in topological order; of those that may come next, the first node's."""
    after = readers_of(before)
    waiting = [len(sources) for sources in before]
    ready = [(first, place) for place, first in enumerate(firsts) if not waiting[place]]
    heapq.heapify(ready)
    order: list[int] = []
    while ready:
        _, place = heapq.heappop(ready)
        order.append(place)
        for reader in after[place]:
            waiting[reader] -= 1
            if not waiting[reader]:
                heapq.heappush(ready, (firsts[reader], reader))
    return order


def merged(
    kind: Kind, title: str, parts: Sequence[Part], count: int = 1, unit: str = ""
) -> Part:
    """One part of several; where `count` says so, the first share is shown."""
    members = tuple(sorted(n for part in parts for n in part.members))
    shown = members
    if kind == "block":
        shown = tuple(
            sorted(n for p in parts[: len(parts) // count] for n in p.members)
        )
    return Part(kind, title, members, count, unit, shown)


def renamed(parts: Sequence[Part]) -> list[Part]:
    """The same parts; scopes and stretches of equal title get a number."""
    titled = [part for part in parts if part.kind in _TITLED]
    totals = Counter(part.title for part in titled)
    numbers: Counter[str] = Counter()
    result = [*parts]
    for place, part in enumerate(parts):
        if part.kind in _TITLED and totals[part.title] > 1:
            numbers[part.title] += 1
            title = f"{part.title} #{numbers[part.title]}"
            result[place] = replace(part, title=title)
    return result
