"""Which nodes of a graph to show: near to some, or on the way between two."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from autograd import Graph, Value
from visualize.cards.labels import clean
from visualize.cards.parameters import HasParameters
from visualize.folding.numbered import Numbered
from visualize.folding.scopes import common_scope

NamedNodes = tuple[str, Sequence[int]]

USUAL_DEPTH = 2
GROUPS_DEPTH = 1
Place = Value | str | HasParameters
"""A node, or its name, label or operation; a scope, a group's name, or a module."""


def scope_of(module: HasParameters) -> str:
    """The scope that all of a module's parameters were made in; "" for none."""
    return common_scope(value for _, value in module.named_parameters())


def find_places(
    graph: Graph, place: Place, what: str, groups: Callable[[], Iterable[NamedNodes]]
) -> tuple[list[int], str]:
    """The numbers of the nodes that are meant, and what they are called.

    Args:
        graph: Where to look.
        place: What is meant.
        what: The option, for errors.
        groups: The groups that the picture has, by their names.

    Raises:
        TypeError: If it is neither a Value nor a text nor a module.
        ValueError: If the graph has no such node, or a text fits several.
    """
    if isinstance(place, HasParameters) and not isinstance(place, type):
        place = scope_of(place)
        if not place:
            return list(range(len(graph))), "the whole"
    if not isinstance(place, str):
        node = find_node(graph, place, what)
        return [graph.index(node)], clean(graph.name(node), 40)
    inside, found = _in_scope(graph, place), graph.find(place)
    if found and (not inside or any(graph.name(node) == place for node in found)):
        node = find_node(graph, place, what)
        return [graph.index(node)], clean(graph.name(node), 40)
    shown = clean(place, 40)
    if not inside:
        named = _groups_named(clean(place), groups())
        if len(named) > 1:
            names = ", ".join(clean(name, 40) for name, _ in named)
            message = f"{len(named)} groups fit {shown!r}; say which: {names}"
            raise ValueError(f"{what}: {message}")
        inside = [number for _, numbers in named for number in numbers]
    if not inside:
        raise ValueError(f"{what}: the graph has no node or group named {shown!r}")
    return inside, shown


def _groups_named(place: str, groups: Iterable[NamedNodes]) -> list[NamedNodes]:
    """The group of this name; else the outermost ones of which it is the last part.

    A card prints the last part, and apart from it how often it stands for itself:
    `dot` of `layers.1/dot ×8`.
    """
    found: dict[str, Sequence[int]] = {}
    for name, numbers in groups:
        whole = clean(name)
        if whole == place:
            return [(name, numbers)]
        last = whole.rpartition("/")[2]
        if place in (last, last.rpartition(" ×")[0]):
            found.setdefault(whole, numbers)
    depth = min((name.count("/") for name in found), default=0)
    return [(name, found[name]) for name in found if name.count("/") == depth]


def _in_scope(graph: Graph, scope: str) -> list[int]:
    inner = f"{scope}."
    return [
        number
        for number, node in enumerate(graph.nodes)
        if scope and (node.scope == scope or node.scope.startswith(inner))
    ]


def find_node(graph: Graph, place: object, what: str) -> Value:
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
        raise TypeError(
            f"{what} must be a Value, a name or a module, not {type(place).__name__}"
        )
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
    back = steps_away(numbered.parents, starts, most, depth, within)
    if onward:
        ahead = steps_away(numbered.consumers, starts, most, depth, within)
        # By turns of distance, so that neither side crowds out the other.
        steps = sorted({**ahead, **back}, key=lambda n: (_least(n, back, ahead), n))
        return sorted(steps[:most])
    return sorted(back)


def _least(number: int, *distances: dict[int, int]) -> int:
    return min(steps[number] for steps in distances if number in steps)


def steps_away(
    neighbours: Sequence[Sequence[int]],
    starts: Collection[int],
    most: int,
    depth: int | None = None,
    within: Collection[int] | None = None,
) -> dict[int, int]:
    """The nearest nodes, and how many steps away each of them is.

    Args:
        neighbours: For each node those that are one step away.
        starts: Where to begin.
        most: As for `nearest_to`, as are the others.
        depth: So many steps at most.
        within: The only nodes to choose from.
    """
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


def between(
    numbered: Numbered, starts: Collection[int], ends: Collection[int]
) -> frozenset[int]:
    """The nodes on any way from some nodes to others, all included; or none."""
    reached = bytearray(len(numbered))
    for number in range(len(numbered)):
        behind = any(reached[parent] for parent in numbered.parents[number])
        reached[number] = number in starts or behind
    found = {end for end in ends if reached[end]}
    for number in range(max(found, default=-1), -1, -1):
        if number in found:
            found.update(p for p in numbered.parents[number] if reached[p])
    return frozenset(found)
