"""One backward pass of a graph's own, played on a copy."""

from __future__ import annotations

import copy

from autograd import Graph, Value, explain
from visualize.cards.parameters import given_names
from visualize.folding.selection import Place, scope_of
from visualize.options import Options
from visualize.subjects import is_module


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
    copies: dict[int, object] = {}
    output = copy.deepcopy(graph.outputs[0], copies)
    output.zero_grad()
    output.backward()
    if graph.is_whole:
        return Graph(output)
    return Graph(output, edges=copy.deepcopy(graph.edges, copies))


def counterparts(options: Options, graph: Graph, played: Graph) -> Options:
    """The options with the nodes of the copy in place of the caller's Values."""
    copies = dict(zip(graph.nodes, played.nodes, strict=True))

    def copied(place: Place) -> Place:
        if isinstance(place, Value):
            return copies.get(place, place)
        return scope_of(place) if is_module(place) else place

    found = options.copy()
    focus, path = options["focus"], options["path"]
    if focus is not None:
        found["focus"] = copied(focus)
    if isinstance(path, tuple | list):
        found["path"] = tuple(map(copied, path))  # type: ignore[typeddict-item]
    explained = options["explain"]
    if explained is not None and explained.output in copies:
        wrt = copies.get(explained.wrt, explained.wrt)
        found["explain"] = explain(copies[explained.output], wrt)
    names = given_names(options["parameters"])
    leaves = {copies[leaf]: name for leaf, name in names.items() if leaf in copies}
    if options["parameters"] is not None:
        named = all(leaves.values())
        found["parameters"] = (
            {name: leaf for leaf, name in leaves.items()} if named else list(leaves)
        )
    return found
