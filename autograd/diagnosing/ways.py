"""Ways: from nodes of a graph to its output."""

from __future__ import annotations

from collections.abc import Sequence

from autograd.value import Value


def adjoints_of(output: Value, interior: Sequence[Value]) -> dict[Value, float]:
    """D output / d node for every node: `sweep.reverse` on floats, written out.

    It is half of what a diagnosis costs.
    """
    adjoints = {output: 1.0}
    for node in reversed(interior):
        adjoint = adjoints.get(node)
        if adjoint:  # an exact 0 passes nothing on, and neither does a slope of 0
            for parent, slope in zip(node.parents, node.local_derivatives, strict=True):
                if slope:
                    adjoints[parent] = adjoints.get(parent, 0.0) + adjoint * slope
    return adjoints


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
