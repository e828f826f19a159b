"""A drawing of a graph as it is, without any folding.

The simple way from a graph to its cards and wires: what the product draws of a graph
that needs no folding, `room(fold(graph))`, is held against it.
"""

from collections.abc import Mapping

from autograd import Edge, Graph, Value
from visualize.cards.model import MAX_NODES, Card, Drawing, Wire, value_card
from visualize.cards.parameters import Parameters, given_names


def describe(
    graph: Graph, parameters: Parameters | None = None, max_nodes: int = MAX_NODES
) -> Drawing:
    """What a picture of this graph shows.

    Args:
        graph: The graph to draw.
        parameters: Leaves to show as parameters: a module or a mapping, which also
            names them, or Values alone.
        max_nodes: Above so many nodes only the nearest to the outputs are described.
    """
    if max_nodes < 1:
        raise ValueError(f"max_nodes must be at least 1, not {max_nodes}")
    names = given_names(parameters)
    shown = nearest(graph, max_nodes)
    position = {node: place for place, node in enumerate(shown)}
    wires = [
        _wire(graph, edge, position)
        for node in shown
        for edge in graph.consumers(node)
        if edge.child in position
    ]
    outputs = dict.fromkeys(position[o] for o in graph.outputs if o in position)
    return Drawing(
        cards=tuple(_card(graph, node, names, position) for node in shown),
        wires=tuple(sorted(wires, key=lambda wire: (wire.child, wire.slot))),
        outputs=tuple(outputs),
        total=len(graph),
        differentiated=graph.differentiated,
    )


def nearest(graph: Graph, count: int) -> list[Value]:
    """The nodes nearest to the outputs, in topological order.

    Breadth first from the outputs; of nodes equally near, the first in topological
    order.
    """
    if len(graph) <= count:
        return list(graph.nodes)
    found: dict[Value, None] = {}
    level = sorted(dict.fromkeys(graph.outputs), key=graph.index)
    while level and len(found) < count:
        found.update(dict.fromkeys(level[: count - len(found)]))
        behind = (parent for node in level for parent in node.parents)
        level = sorted({p: None for p in behind if p not in found}, key=graph.index)
    return sorted(found, key=graph.index)


def _card(
    graph: Graph,
    node: Value,
    names: Mapping[Value, str],
    position: Mapping[Value, int],
) -> Card:
    reads = graph.consumers(node)
    return value_card(
        graph,
        node,
        names,
        hidden_operands=sum(parent not in position for parent in node.parents),
        hidden=[edge.contribution for edge in reads if edge.child not in position],
        uses=[edge.contribution for edge in reads],
    )


def _wire(graph: Graph, edge: Edge, position: Mapping[Value, int]) -> Wire:
    return Wire(
        parent=position[edge.parent],
        child=position[edge.child],
        slot=edge.position,
        local_derivative=edge.local_derivative,
        contribution=edge.contribution if graph.differentiated else None,
        size=abs(edge.contribution) if graph.differentiated else 0.0,
    )
