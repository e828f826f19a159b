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
    between = {*starts}
    for node in interior:
        if not between.isdisjoint(node.parents):
            between.add(node)
    after: dict[Value, Value] = {}
    missing, front = {*starts} - {output}, [output]
    while missing:  # a step further from the output each time
        behind = []
        for node in front:
            for parent in node.parents:
                if parent in between and parent not in after:
                    after[parent] = node
                    behind.append(parent)
        missing.difference_update(behind)
        front = behind
    return {start: _way(start, output, after) for start in starts}


def _way(start: Value, output: Value, after: dict[Value, Value]) -> list[Value]:
    way = [start]
    while way[-1] is not output:
        way.append(after[way[-1]])
    return way
