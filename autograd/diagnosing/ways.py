"""Ways: from nodes of a graph to its output."""

from __future__ import annotations

from collections.abc import Sequence

from autograd.value import Value


def ways_out(
    output: Value, interior: Sequence[Value], starts: Sequence[Value]
) -> dict[Value, list[Value]]:
    """For each start the nodes from there to the output, by the fewest steps.

    Args:
        output: Where the ways end.
        interior: The nodes with parents, parents before children.
        starts: Where they begin.
    """
    if not starts:
        return {}
    distances = {output: 0}
    after: dict[Value, Value] = {}
    for node in reversed(interior):
        distance = distances.get(node)
        if distance is None:
            continue
        distance += 1
        for parent in node.parents:
            if distance < distances.get(parent, distance + 1):
                distances[parent], after[parent] = distance, node
    ways = {}
    for start in starts:
        way = [start]
        while way[-1] is not output:
            way.append(after[way[-1]])
        ways[start] = way
    return ways
