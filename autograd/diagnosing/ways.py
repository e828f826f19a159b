"""Ways: from nodes of a graph to its output."""

from __future__ import annotations

from collections.abc import Sequence

from autograd.value import Value


def adjoints_of(output: Value, order: Sequence[Value]) -> dict[Value, float]:
    """D output / d node for every node: `sweep.reverse` on floats, written out.

    Args:
        output: What is differentiated.
        order: Its `interior_order`.
    """
    adjoints = {output: 1.0}
    get = adjoints.get
    for node in reversed(order):
        adjoint = get(node)
        if not adjoint:  # an exact 0 passes nothing on, and neither does a slope of 0
            continue
        x, y = node._x, node._y
        if x is None:
            for parent, slope in zip(y, node._dy, strict=True):
                if slope:
                    adjoints[parent] = get(parent, 0.0) + adjoint * slope
            continue
        if node._dx:
            adjoints[x] = get(x, 0.0) + adjoint * node._dx
        if y is not None and node._dy:
            adjoints[y] = get(y, 0.0) + adjoint * node._dy
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
