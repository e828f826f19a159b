"""Which nodes of a graph to show: near to some, or on the way between two."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from autograd import Graph, Value
from visualize.cards.labels import clean
from visualize.folding.numbered import Numbered

USUAL_DEPTH = 2
Place = Value | str
"""A node, or its name, label or operation."""


def find_node(graph: Graph, place: Place, what: str) -> Value:
    """The node that is meant.

    Raises:
        TypeError: If it is neither a Value nor a text.
        ValueError: If the graph has no such node, or a text fits several.
    """
    if isinstance(place, Value):
        if place not in graph:
            raise ValueError(f"{what}: the graph has no node {place!r}")
        return place
    if not isinstance(place, str):
        raise TypeError(f"{what} must be a Value or a name, not {type(place).__name__}")
    found = graph.find(place)
    named = [node for node in found if graph.name(node) == place]
    if len(found) == 1 or named:
        return (named or list(found))[0]
    shown = clean(place, 40)
    if not found:
        raise ValueError(f"{what}: the graph has no node named {shown!r}")
    names = ", ".join(clean(graph.name(node), 40) for node in found[:5])
    more = ", …" if len(found) > 5 else ""
    raise ValueError(
        f"{what}: {len(found)} nodes fit {shown!r}; say which: {names}{more}"
    )


def nearest_to(
    numbered: Numbered,
    starts: Collection[int],
    most: int,
    *,
    depth: int | None = None,
    onward: bool = False,
    within: Collection[int] | None = None,
) -> list[int]:
    """The nodes nearest to some, in topological order.

    Breadth first from what they are to what they were computed from; of nodes equally
    near, the first in topological order.

    Args:
        numbered: The graph.
        starts: Where to begin.
        most: So many nodes at most.
        depth: So many steps at most; None for any number.
        onward: To what was computed from them, too.
        within: The only nodes to choose from.
    """
    back = _steps(numbered.parents, starts, most, depth, within)
    if onward:
        ahead = _steps(numbered.consumers, starts, most, depth, within)
        # By turns of distance, so that neither side crowds out the other.
        steps = sorted({**ahead, **back}, key=lambda n: (_least(n, back, ahead), n))
        return sorted(steps[:most])
    return sorted(back)


def _least(number: int, *distances: dict[int, int]) -> int:
    return min(steps[number] for steps in distances if number in steps)


def _steps(
    neighbours: Sequence[Sequence[int]],
    starts: Collection[int],
    most: int,
    depth: int | None,
    within: Collection[int] | None,
) -> dict[int, int]:
    """How many steps away each of the nearest nodes is."""
    found: dict[int, int] = {}
    level = sorted(n for n in set(starts) if within is None or n in within)
    distance = 0
    while level and len(found) < most and (depth is None or distance <= depth):
        found.update(dict.fromkeys(level[: most - len(found)], distance))
        behind = {near for number in level for near in neighbours[number]}
        level = sorted(
            n for n in behind if n not in found and (within is None or n in within)
        )
        distance += 1
    return found


def between(numbered: Numbered, start: int, end: int) -> frozenset[int]:
    """The nodes on any way from one node to another, both included; or none."""
    reached = bytearray(len(numbered))
    reached[start] = True
    for number in range(start + 1, end + 1):
        reached[number] = any(reached[parent] for parent in numbered.parents[number])
    if not reached[end]:
        return frozenset()
    found = {end}
    for number in range(end, start, -1):
        if number in found:
            found.update(p for p in numbered.parents[number] if reached[p])
    return frozenset(found)
