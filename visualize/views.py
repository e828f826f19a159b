"""What of a graph is shown: all of it folded, a neighbourhood, or the way between."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace

from autograd import Edge, Explanation, Graph, Value, opened
from visualize.cards.group_cards import GroupCard
from visualize.cards.labels import clean
from visualize.cards.model import Card, Drawing
from visualize.folding.checkup import Checkup
from visualize.folding.fold import Group, Level, fold, walk
from visualize.folding.modules import describe_module
from visualize.folding.numbered import Numbered
from visualize.folding.rooms import room
from visualize.folding.selection import (
    GROUPS_DEPTH,
    USUAL_DEPTH,
    Named,
    between,
    find_node,
    find_places,
    nearest_to,
)
from visualize.options import Options, Showing, changed, settled
from visualize.subjects import Subject, graph_of, is_module


@dataclass(frozen=True)
class View:
    """What of a graph is shown.

    Attributes:
        group: The outermost group: of the graph, or of what is inside of a compiled
            function that is in focus.
        drawing: The picture of that group.
        within: The places in its graph of what is shown; None for all.
        checkup: What is said on its cards of what went wrong in the numbers.
    """

    group: Group
    drawing: Drawing
    within: Collection[int] | None = None
    checkup: Checkup | None = None

    def room(self, group: Group, *, inline_constants: bool) -> Drawing:
        """The picture of a group inside, with what is said on its cards."""
        drawing = room(group, inline_constants=inline_constants)
        return self.checkup.marked(drawing, group) if self.checkup else drawing


def view(value: Subject, options: Showing) -> Drawing:
    """What a picture of this value, graph or module shows.

    Raises:
        TypeError, ValueError: If an option is wrong, or does not fit the others.
    """
    if is_module(value):
        _check_for_module(options)
        neurons = options.get("level") == "neuron"
        return describe_module(value, neurons=neurons)
    return view_of(graph_of(value), options).drawing


def view_of(graph: Graph, options: Showing) -> View:
    """What is shown of a graph; raises as `view` does."""
    chosen = settled(options)
    level = chosen["level"]
    outer, compiled = graph, _opened(graph, chosen)
    if compiled is not None:
        inside = opened(compiled)
        graph = Graph(inside[-1])
        ends = [x for node in inside for x in node.parents]
        within: Collection[int] | None = {graph.index(x) for x in [*inside, *ends]}
        words = f"what {clean(graph.name(inside[-1]), 40)} computed"
    else:
        within, words = _selected(graph, chosen)
    near = within is not None and len(within) <= chosen["max_nodes"]
    if chosen["focus"] is not None and level == "auto" and near:
        level = "value"
    group = _folded(graph, chosen, level, within)
    drawing = room(group, inline_constants=chosen["inline_constants"])
    checkup = Checkup(graph, chosen["diagnose"], chosen["digits"])
    drawing = checkup.summed_up(checkup.marked(drawing, group))
    if chosen["explain"] is not None:
        drawing = _with_shares(drawing, graph, chosen["explain"])
    if within is None:
        return View(group, drawing, checkup=checkup)
    if compiled is not None:
        cards = [_used_outside(card, graph, outer, compiled) for card in drawing.cards]
        drawing = replace(drawing, cards=tuple(cards))
    shown = f"{words}: {len(within):,} of {len(graph):,} nodes"
    remark = f"{shown} in {len(drawing.cards):,} cards" if drawing.remark else shown
    return View(group, replace(drawing, remark=remark), within, checkup)


def _folded(
    graph: Graph,
    options: Options,
    level: Level,
    within: Collection[int] | None = None,
) -> Group:
    return fold(
        graph,
        level=level,
        group_by=options["group_by"],
        sample=options["sample"],
        parameters=options["parameters"],
        max_nodes=options["max_nodes"],
        within=within,
        direction=options["direction"],
    )


def _check_for_module(options: Showing) -> None:
    """Refuse what has no meaning for a module: it has no values but its parameters."""
    showing = Showing.__annotations__
    other = [n for n in changed(options) if n in showing and n != "level"]
    if other or options.get("level") == "value":
        what = other[0] if other else "level='value'"
        raise ValueError(
            f"draw(module) knows the option level (auto, module, neuron); got {what}. "
            "For single values draw what the module returns"
        )


def _opened(graph: Graph, options: Options) -> Value | None:
    """The node in focus, where that is a compiled function's; else none.

    Such a node may be named as its card is: by the function.
    """
    focus = options["focus"]
    others = options["depth"], options["path"]
    if focus is None or others != (None, None):
        return None
    named = [node for node in graph.nodes if node.op and node.op.name == focus]
    compiled = [node for node in named if opened(node)[-1] is not node]
    if len(compiled) != 1 and not isinstance(focus, Value):
        return None
    node = compiled[0] if compiled else find_node(graph, focus, "focus")
    return None if opened(node)[-1] is node else node


def _used_outside(
    card: Card | GroupCard, graph: Graph, outer: Graph, compiled: Value
) -> Card | GroupCard:
    """A card of what a compiled function read, with the uses that are outside of it."""
    if isinstance(card, GroupCard) or not card.earlier:
        return card
    node = graph.nodes[card.index]
    uses = [x for x in outer.consumers(node) if x.child is not compiled]
    back = sum(edge.contribution for edge in uses)
    rest = card.earlier - back
    return replace(
        card,
        hidden_consumers=card.hidden_consumers + len(uses),
        hidden_contribution=card.hidden_contribution + back,
        earlier=rest if abs(rest) > 1e-9 * abs(card.earlier) else 0.0,
    )


def _selected(graph: Graph, options: Options) -> tuple[Collection[int] | None, str]:
    """The places in the graph of what is to be shown, None for all; and in words."""
    focus, depth, path = options["focus"], options["depth"], options["path"]
    explained = options["explain"]
    if explained is not None:
        if (focus, depth, path) != (None, None, None):
            message = "explain= shows the paths of a gradient: without focus=, depth="
            raise ValueError(f"{message} and path=")
        return _explained(graph, explained)
    if path is not None and (focus is not None or depth is not None):
        raise ValueError("path= shows all between two nodes: without focus= and depth=")
    if path is not None:
        return _way(graph, path, options)
    if focus is None and depth is None:
        return None, ""
    numbered = Numbered(graph)
    most = options["max_nodes"]
    steps = USUAL_DEPTH if depth is None else depth
    if focus is None:
        near = nearest_to(numbered, numbered.outputs, len(graph), depth=steps)
        return frozenset(near), f"up to {steps} steps from the output"
    found, name = find_places(graph, focus, "focus", _groups(graph, options))
    if len(found) > 1:
        steps, most = GROUPS_DEPTH if depth is None else depth, len(graph)
    near = nearest_to(numbered, found, most, depth=steps, onward=True)
    plural = "s" * (steps != 1)
    return frozenset(near), f"up to {steps} step{plural} around {name}"


def _groups(graph: Graph, options: Options) -> Callable[[], Iterator[Named]]:
    """The groups of the whole picture by name, found when they are asked for."""

    def groups() -> Iterator[Named]:
        root = _folded(graph, options, options["level"])
        names = root.plan.names.items()
        yield from ((name, [graph.index(v)]) for v, name in names if v in graph)
        yield from ((group.path, group.numbers) for group in walk(root) if group.path)

    return groups


def _explained(graph: Graph, explained: Explanation) -> tuple[Collection[int], str]:
    """The nodes on the paths of a gradient."""
    if explained.output not in graph:
        raise ValueError("explain: the gradient is of a node that the graph has not")
    name = clean(graph.name(explained.output), 40)
    ends = {e.parent for e in explained.shares} | {e.child for e in explained.shares}
    found = frozenset(graph.index(node) for node in {*ends, explained.output})
    below = clean(explained.wrt.label, 40) or "the input"
    return found, f"the paths of d{name}/d{below}"


def _with_shares(drawing: Drawing, graph: Graph, explained: Explanation) -> Drawing:
    """The drawing with what flows through each wire; none between groups."""
    nodes = [
        None if isinstance(card, GroupCard) else graph.nodes[card.index]
        for card in drawing.cards
    ]
    wires = []
    for wire in drawing.wires:
        parent, child = nodes[wire.parent], nodes[wire.child]
        share = None
        if parent is not None and child is not None:
            share = explained.shares.get(Edge(parent, child, wire.slot))
        wires.append(replace(wire, share=share))
    return replace(drawing, wires=tuple(wires))


def _way(graph: Graph, path: object, options: Options) -> tuple[Collection[int], str]:
    if not isinstance(path, tuple | list) or len(path) != 2:
        raise TypeError("path must be a pair of Values or names: (start, end)")
    groups = _groups(graph, options)
    start, end = (find_places(graph, place, "path", groups) for place in path)
    found = between(Numbered(graph), frozenset(start[0]), frozenset(end[0]))
    names = [start[1], end[1]]
    if not found:
        raise ValueError(f"path: no way leads from {names[0]} to {names[1]}")
    return found, f"from {names[0]} to {names[1]}"
