"""The derivative of what a group computes by what it reads, through the group alone."""

from __future__ import annotations

from collections.abc import Sequence

from visualize.folding.numbered import Numbered


def slopes(numbered: Numbered, members: Sequence[int], end: int) -> dict[int, float]:
    """d end / d node, over all ways inside of a group, for all that lead to its end.

    Args:
        numbered: The graph.
        members: The group's nodes, in topological order.
        end: The one of them that is read outside.

    Returns:
        For each node of the group, and for each that it reads, the sum over the ways
        of the products of their local derivatives.
    """
    found = {end: 1.0}
    for number in reversed(members):
        adjoint = found.get(number, 0.0)
        if adjoint == 0:  # even of an infinity: 0 is strong, as in the backward pass
            continue
        locals_ = numbered.nodes[number].local_derivatives
        for position, parent in numbered.slots(number):
            local = locals_[position]
            found[parent] = found.get(parent, 0.0) + (local and adjoint * local)
    return found
