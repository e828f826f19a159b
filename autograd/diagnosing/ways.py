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
    nearest: dict[Value, tuple[int, Value | None]] = {output: (0, None)}
    for node in reversed(interior):
        if node not in nearest:
            continue
        steps = nearest[node][0] + 1
        for parent in node.parents:
            if parent not in nearest or steps < nearest[parent][0]:
                nearest[parent] = steps, node
    ways = {}
    for start in starts:
        way = [start]
        while (after := nearest[way[-1]][1]) is not None:
            way.append(after)
        ways[start] = way
    return ways
