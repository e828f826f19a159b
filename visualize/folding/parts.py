"""Parts: what one card of a picture stands for, and how parts hang together."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, NamedTuple

from visualize.cards.layers import layers_of
from visualize.folding.numbered import Numbered
from visualize.folding.scopes import Units
from visualize.layout.geometry import Direction

Kind = Literal[
    "graph", "value", "module", "neuron", "repeat", "block", "sum", "scope", "part"
]


class _Sizes(NamedTuple):
    """About what layout gives a card and the gap beside it, in points.

    Attributes:
        line: How long the picture may be in its direction before it is wrapped.
        value: A column of values, in that direction.
        group: A column with groups.
        across: A card of each kind, across that direction; of others, the last.
        slot: The place of a wire at a value, at a group, and of all at most.
    """

    line: float
    value: float
    group: float
    across: Mapping[str, float]
    slot: tuple[float, float, float]


_SIZES: Mapping[Direction, _Sizes] = {
    "right": _Sizes(
        *(1550.0, 260.0, 290.0),
        {"value": 72.0, "sum": 95.0, "neuron": 125.0, "": 150.0},
        (13.0, 13.0, 640.0),
    ),
    "down": _Sizes(
        *(950.0, 110.0, 190.0),
        {"value": 172.0, "": 230.0},
        (58.0, 150.0, 1550.0),
    ),
}
_BETWEEN = 45.0
_BOX, _NEURON, _CELL = 230.0, 47.0, 16.0
"""A layer's box, a neuron in it, and a cell of the matrix before the neurons."""

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
    """

    kind: Kind
    title: str
    members: tuple[int, ...]
    count: int = 1
    unit: str = ""
    shown: tuple[int, ...] = ()
    scope: Units = ()

    @property
    def first(self) -> int:
        """The first of the members."""
        return self.members[0]


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

    @property
    def columns(self) -> int:
        """How many parts lie on the longest path."""
        return len(self._columns)

    def across(self, direction: Direction, *, boxed: bool = False) -> float:
        """About how high the picture is, its columns wrapped as layout does it.

        Where wires lead down: how wide.

        Args:
            direction: Where wires lead.
            boxed: Neurons of a layer may stand close to each other in a box.
        """
        sizes = _SIZES[direction]
        close = set(self._boxed) if boxed and direction == "right" else set[int]()
        total = long = most = 0.0
        for places in self._columns.values():
            singles = all(self.parts[place].kind == "value" for place in places)
            own = sizes.value if singles else sizes.group
            if not close.isdisjoint(places):
                cells = max(len(self.parents[place]) for place in places)
                own = _BOX + _CELL * cells
            if long + own > sizes.line:
                total, long, most = total + most + _BETWEEN, 0.0, 0.0
            long += own
            high = sum(
                _NEURON if place in close else self._across(place, sizes)
                for place in places
            )
            most = max(most, high)
        return total + most

    @cached_property
    def _boxed(self) -> list[int]:
        """The neurons that stand in boxes, close to each other."""
        places = [n for n, part in enumerate(self.parts) if part.kind == "neuron"]
        layers = layers_of(places, self.parents)
        return [place for layer in layers for place in layer.members]

    def _across(self, place: int, sizes: _Sizes) -> float:
        usual = sizes.across.get(self.parts[place].kind, sizes.across[""])
        value, group, rail = sizes.slot
        slot = value if self.parts[place].kind == "value" else group
        return max(usual, min(rail, slot * len(self.parents[place])))

    @cached_property
    def _columns(self) -> dict[int, list[int]]:
        """The parts of each column, counted from the outputs."""
        distance = [0] * len(self.parts)
        for place in reversed(range(len(self.parts))):
            for parent in self.parents[place]:
                distance[parent] = max(distance[parent], distance[place] + 1)
        columns: dict[int, list[int]] = {}
        for place, steps in enumerate(distance):
            columns.setdefault(steps, []).append(place)
        return {steps: columns[steps] for steps in sorted(columns)}

    def readers(self) -> list[list[int]]:
        """For each part the places of those that read it."""
        found: list[list[int]] = [[] for _ in self.parts]
        for place, before in enumerate(self.parents):
            for parent in before:
                found[parent].append(place)
        return found


def value_part(number: int) -> Part:
    """The part that is a single node."""
    return Part("value", "", (number,), shown=(number,))


def join(numbered: Numbered, parts: Sequence[Part]) -> Net:
    """Puts parts in topological order: as near to the nodes' own as that allows.

    The groups that the parts are must form no cycle.
    """
    owner = [-1] * len(numbered)
    for place, part in enumerate(parts):
        for number in part.members:
            owner[number] = place
    before: list[tuple[int, ...]] = []
    after: dict[int, list[int]] = {}
    for place, part in enumerate(parts):
        sources = dict.fromkeys(
            [owner[p] for number in part.members for p in numbered.parents[number]]
        )
        sources.pop(place, None)
        sources.pop(-1, None)
        before.append(tuple(sources))
        for source in sources:
            after.setdefault(source, []).append(place)
    order = _order(parts, before, after)
    rank = {place: position for position, place in enumerate(order)}
    return Net(
        numbered,
        tuple(parts[place] for place in order),
        tuple(tuple(rank[source] for source in before[place]) for place in order),
    )


def _order(
    parts: Sequence[Part],
    before: Sequence[tuple[int, ...]],
    after: Mapping[int, Sequence[int]],
) -> Sequence[int]:
    """Places in topological order; of those that may come next, the first node's."""
    firsts = [part.first for part in parts]
    if all(part.kind == "value" for part in parts) and firsts == sorted(firsts):
        return range(len(parts))
    waiting = [len(sources) for sources in before]
    ready = [(first, place) for place, first in enumerate(firsts) if not waiting[place]]
    heapq.heapify(ready)
    order: list[int] = []
    while ready:
        _, place = heapq.heappop(ready)
        order.append(place)
        for reader in after.get(place, ()):
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


def structure(numbered: Numbered, part: Part) -> object:
    """Equal for parts that are made alike, as far as counting operations tells."""
    if part.kind == "value":
        return numbered.signatures[part.first]
    counts = Counter(numbered.signatures[number] for number in part.members)
    return part.kind, tuple(sorted(counts.items()))


def renamed(parts: Sequence[Part]) -> list[Part]:
    """The same parts; scopes and stretches of equal title get a number."""
    titled = [part for part in parts if part.kind in _TITLED]
    totals = Counter(part.title for part in titled)
    numbers: Counter[str] = Counter()
    result = []
    for part in parts:
        title = part.title
        if part.kind in _TITLED and totals[title] > 1:
            numbers[title] += 1
            title = f"{title} #{numbers[title]}"
        result.append(replace(part, title=title))
    return result
