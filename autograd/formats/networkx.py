"""A recorded graph for networkx, which is asked for only then."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import networkx as nx

    from autograd.graph import Graph


def written(graph: Graph) -> nx.MultiDiGraph[str]:
    """The graph with nodes by name, and an edge for every operand slot."""
    try:
        import networkx as nx
    except ImportError:
        message = "to_networkx needs networkx: pip install networkx"
        raise ImportError(message) from None
    result: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for node in graph.nodes:
        result.add_node(
            graph.name(node),
            data=node.data,
            grad=node.grad,
            op=None if node.op is None else node.op.name,
            label=node.label,
            role=node.role,
            scope=node.scope,
        )
    for edge in graph.edges:
        result.add_edge(
            graph.name(edge.parent),
            graph.name(edge.child),
            position=edge.position,
            local_derivative=edge.local_derivative,
            contribution=edge.contribution,
        )
    return result
