"""The sparsity pattern of a graph, gathered into few cells. Numbers only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from autograd import Graph
from visualize.training.readings import Numbers

ROLES = ("input", "parameter", "operation")
"""What a node may be."""

Cells = NDArray[np.int64]


@dataclass(frozen=True)
class Pattern:
    """Which nodes are computed from which, in cells.

    Attributes:
        nodes: How many nodes the graph has.
        edges: How many operand slots.
        cells: How many cells each side has; a cell stands for `nodes / cells` nodes.
        rows: For each cell that is not empty where it lies: its parents,
        columns: and its children.
        counts: How many edges it stands for.
        contributions: Of these, the contribution of largest size; NaN if one is NaN
            or infinite.
        roles: For each cell of an axis the place in `ROLES` of what is most there.
        differentiated: Whether there are gradients.
    """

    nodes: int
    edges: int
    cells: int
    rows: Cells
    columns: Cells
    counts: Cells
    contributions: Numbers
    roles: tuple[int, ...]
    differentiated: bool


def pattern_of(graph: Graph, cells: int) -> Pattern:
    """Gathers a graph's edges into cells."""
    parents, children, contributions = _edges(graph)
    side = min(cells, len(graph))
    rows, columns = parents * side // len(graph), children * side // len(graph)
    keys, places, counts = np.unique(
        rows * side + columns, return_inverse=True, return_counts=True
    )
    gathered = _largest(places, contributions, len(keys))
    return Pattern(
        nodes=len(graph),
        edges=len(parents),
        cells=side,
        rows=keys // side,
        columns=keys % side,
        counts=counts,
        contributions=gathered,
        roles=_roles(graph, side),
        differentiated=graph.differentiated,
    )


def _edges(graph: Graph) -> tuple[Cells, Cells, Numbers]:
    """Parent, child and contribution of every operand slot.

    Read off the nodes directly: a million Edge objects would take longer than the
    picture.
    """
    place = {node: number for number, node in enumerate(graph.nodes)}
    sizes = np.fromiter((len(node.parents) for node in graph), np.int64)
    count = int(sizes.sum())
    parents = np.fromiter(
        (place[parent] for node in graph for parent in node.parents), np.int64, count
    )
    weights = np.fromiter(
        (weight for node in graph for weight in node.local_derivatives),
        np.float64,
        count,
    )
    adjoints = np.repeat(np.fromiter((node.grad for node in graph), np.float64), sizes)
    children = np.repeat(np.arange(len(graph)), sizes)
    nothing = (adjoints == 0) | (weights == 0)  # even of an infinity: 0 is strong
    with np.errstate(all="ignore"):
        contributions = np.where(nothing, 0.0, adjoints * weights)
    return parents, children, contributions


def _largest(places: Cells, numbers: Numbers, count: int) -> Numbers:
    """For each place the number of largest size; NaN where one is not finite."""
    size = np.where(np.isfinite(numbers), np.abs(numbers), np.inf)
    # Equal sizes: the negative one, so that the order of edges does not matter.
    order = np.lexsort((-np.sign(numbers), size, places))
    last = np.searchsorted(places[order], np.arange(count), side="right") - 1
    found = numbers[order][last]
    return np.where(np.isfinite(found), found, np.nan)


def _roles(graph: Graph, side: int) -> tuple[int, ...]:
    known = {role: number for number, role in enumerate(ROLES)}
    roles = np.fromiter((known[node.role] for node in graph), np.int64)
    cells = np.arange(len(graph)) * side // len(graph)
    counts = np.zeros((side, len(ROLES)), np.int64)
    np.add.at(counts, (cells, roles), 1)
    # Leaves are few among operations: where there is one, it shows.
    counts[:, known["operation"]] = np.minimum(counts[:, known["operation"]], 1)
    most = np.argmax(counts[:, ::-1], axis=1)
    return tuple((len(ROLES) - 1 - most).tolist())
