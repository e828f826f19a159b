"""What of a graph is shown: all of it folded, a neighbourhood, or the way between."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TypedDict

from autograd import Graph, Value, opened
from visualize.cards.group_cards import GroupCard
from visualize.cards.labels import clean
from visualize.cards.model import MAX_NODES, Card, Drawing, Parameters
from visualize.folding.dividing import GroupBy, Level
from visualize.folding.fold import fold
from visualize.folding.modules import describe_module
from visualize.folding.numbered import Numbered
from visualize.folding.rooms import room
from visualize.folding.selection import (
    USUAL_DEPTH,
    Place,
    between,
    find_node,
    nearest_to,
)
from visualize.subjects import Subject, graph_of, is_module


class Options(TypedDict, total=False):
    """What to show of a graph: the options of `draw`, `draw_dot` and `tree`.

    parameters: Leaves to show as parameters: a module, or a mapping from names to
        Values, which also names them, or Values alone.
    level: "value" for every number, "neuron" or "module" to fold by scopes, "auto" for
        the finest that fits.
    group_by: Fold by "scope", "op" or "label", or by what a function from a Value to a
        name says ("" for no group).
    sample: Which sample of a batch stands for all.
    focus: A Value, or its name: show its neighbourhood only; of a compiled function's
        node, named as the function, what is inside.
    depth: How many steps from `focus`, or from the outputs, to show.
    path: Two Values, or their names: show what lies on any way from one to the other.
    inline_constants: Write constant operands into the operation; False gives each a
        card of its own.
    max_nodes: So many cards at most; larger graphs fold.
    """

    parameters: Parameters | None
    level: Level
    group_by: GroupBy | None
    sample: int | None
    focus: Place | None
    depth: int | None
    path: tuple[Place, Place] | None
    inline_constants: bool
    max_nodes: int


def view(value: Subject, options: Options) -> Drawing:
    """What a picture of this value, graph or module shows.

    Raises:
        TypeError, ValueError: If an option is wrong, or does not fit the others.
    """
    level = options.get("level", "auto")
    if is_module(value):
        _check_for_module(options)
        return describe_module(value, neurons=level == "neuron")
    outer = graph = graph_of(value)
    compiled = _opened(graph, options)
    if compiled is not None:
        inside = opened(compiled)
        graph = Graph(inside[-1])
        ends = [x for node in inside for x in node.parents]
        within: Collection[int] | None = {graph.index(x) for x in [*inside, *ends]}
        words = f"what {clean(graph.name(inside[-1]), 40)} computed"
    else:
        within, words = _selected(graph, options)
    if options.get("focus") is not None and level == "auto":
        level = "value"
    group = fold(
        graph,
        level=level,
        group_by=options.get("group_by"),
        sample=options.get("sample"),
        parameters=options.get("parameters"),
        max_nodes=options.get("max_nodes", MAX_NODES),
        within=within,
    )
    drawing = room(group, inline_constants=options.get("inline_constants", True))
    if within is None:
        return drawing
    if compiled is not None:
        cards = [_used_outside(card, graph, outer, compiled) for card in drawing.cards]
        drawing = replace(drawing, cards=tuple(cards))
    shown = f"{words}: {len(within):,} of {len(graph):,} nodes"
    remark = f"{shown} in {len(drawing.cards):,} cards" if drawing.remark else shown
    return replace(drawing, remark=remark)


def _check_for_module(options: Options) -> None:
    """Refuse what has no meaning for a module: it has no values but its parameters."""
    other = [n for n, given in options.items() if n != "level" and given is not None]
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
    focus = options.get("focus")
    others = options.get("depth"), options.get("path")
    if focus is None or others != (None, None):
        return None
    named = [node for node in graph.nodes if node.op and node.op.name == focus]
    compiled = [node for node in named if opened(node)[-1] is not node]
    node = compiled[0] if len(compiled) == 1 else find_node(graph, focus, "focus")
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
    focus, depth = options.get("focus"), options.get("depth")
    path = options.get("path")
    if path is not None and (focus is not None or depth is not None):
        raise ValueError("path= shows all between two nodes: without focus= and depth=")
    if path is not None:
        return _way(graph, path)
    if focus is None and depth is None:
        return None, ""
    numbered = Numbered(graph)
    most = options.get("max_nodes", MAX_NODES)
    steps = USUAL_DEPTH if depth is None else depth
    if focus is None:
        near = nearest_to(numbered, numbered.outputs, len(graph), depth=steps)
        return frozenset(near), f"up to {steps} steps from the output"
    node = find_node(graph, focus, "focus")
    near = nearest_to(numbered, [graph.index(node)], most, depth=steps, onward=True)
    name = clean(graph.name(node), 40)
    return frozenset(near), f"up to {steps} steps around {name}"


def _way(graph: Graph, path: object) -> tuple[Collection[int], str]:
    if not isinstance(path, tuple | list) or len(path) != 2:
        raise TypeError("path must be a pair of Values or names: (start, end)")
    start, end = (find_node(graph, place, "path") for place in path)
    found = between(Numbered(graph), graph.index(start), graph.index(end))
    names = [clean(graph.name(node), 40) for node in (start, end)]
    if not found:
        raise ValueError(f"path: no way leads from {names[0]} to {names[1]}")
    return found, f"from {names[0]} to {names[1]}"
