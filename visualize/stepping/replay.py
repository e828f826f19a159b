"""One backward pass of a graph's own, played on a copy."""

from __future__ import annotations

import copy
import math

from autograd import Graph, Value
from visualize.cards.model import Parameters, parameter_names

_ALIKE = 1e-9


def replay(graph: Graph) -> Graph:
    """A copy of the graph with the gradients of one pass from its output, seed 1.

    Whatever passes there were before, and whatever the leaves have accumulated, the
    copy starts from nothing; the graph itself is not touched. Its nodes stand in the
    same order.

    Raises:
        ValueError: There is more than one output: it would be unclear which gradient.
    """
    if len({id(output) for output in graph.outputs}) > 1:
        raise ValueError(
            f"one backward pass starts from one output, not from {len(graph.outputs)}: "
            "step through them one by one, or through their sum"
        )
    output = copy.deepcopy(graph.outputs[0])
    output.zero_grad()
    output.backward()
    return Graph(output)


def counterparts(
    parameters: Parameters | None, graph: Graph, played: Graph
) -> Parameters | None:
    """The caller's parameters as nodes of the copy, under the same names."""
    if parameters is None:
        return None
    copies = dict(zip(graph.nodes, played.nodes, strict=True))
    names = parameter_names(parameters)
    found = {leaf: name for leaf, name in names.items() if leaf in copies}
    if all(found.values()):
        return {name: copies[leaf] for leaf, name in found.items()}
    return [copies[leaf] for leaf in found]


def stale(node: Value) -> bool:
    """Whether a node's operands, as they are now, no longer give its number.

    So it is after an optimizer's step: the leaves hold new numbers, and the graph
    remembers what was computed from the old ones.
    """
    if node.op is None:
        return False
    try:
        again = float(node.op(*map(float, node.operands)))
    except (ArithmeticError, ValueError):
        return True
    if math.isnan(again) or math.isnan(node.data):
        return math.isnan(again) != math.isnan(node.data)
    return not math.isclose(again, node.data, rel_tol=_ALIKE, abs_tol=1e-300)
