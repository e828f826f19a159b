"""What of a graph is shown: all of it folded, a neighbourhood, or the way between."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from autograd import Edge, Explanation, Graph, Value, opened
from visualize.cards.group_cards import GroupCard
from visualize.cards.labels import clean
from visualize.cards.model import Card, Drawing
from visualize.folding.border import Around, Border
from visualize.folding.checkup import Checkup
from visualize.folding.fold import Group, Level, fold, walk
from visualize.folding.modules import describe_module
from visualize.folding.numbered import Numbered
from visualize.folding.rooms import room
from visualize.folding.selection import (
    GROUPS_DEPTH,
    USUAL_DEPTH,
    NamedNodes,
    between,
    find_node,
    find_places,
    nearest_to,
)
from visualize.options import Options, Showing, changed, settled
from visualize.subjects import Subject, graph_of, is_module

NOTHING = Drawing((), (), (), 0, differentiated=False)


@dataclass(frozen=True)
class View:
    """What of a graph is shown.

    Attributes:
        group: The outermost group: of the graph, or of what is inside of a compiled
            function that is in focus.
        within: The places in its graph of what is shown; None for all.
        checkup: What is said on its cards of what went wrong in the numbers.
        whole: All of the graph, where what is shown is an opened part of it.
        drawing: The picture of the group.
    """

    group: Group
    within: Collection[int] | None = None
    checkup: Checkup | None = None
    whole: Group | None = None
    drawing: Drawing = NOTHING

    def border(self, group: Group) -> Border:
        """What stands at the border of a group: nothing where it is the whole."""
        if group is not self.group:
            pictures = [self.group, *([self.whole] if self.whole else [])]
            return Around(pictures).border(group)
        return Around([self.whole]).border(group) if self.whole else Border()

    def room(self, group: Group, *, inline_constants: bool) -> Drawing:
        """The picture of a group inside, with what is said on its cards."""
        border = self.border(group)
        drawing = room(group, border, inline_constants=inline_constants)
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
        places = {graph.index(x) for x in [*inside, *ends]}
        words = f"what {clean(graph.name(inside[-1]), 40)} computed"
        part = _Selection(places, words, len(places))
    else:
        part = _selected(graph, chosen)
    within = part.within
    near = within is not None and len(within) <= chosen["max_nodes"]
    if chosen["focus"] is not None and level == "auto" and near:
        level = "value"
    group = _folded(graph, chosen, level, within)
    whole = _folded(graph, chosen, chosen["level"]) if part.opens else None
    checkup = Checkup(graph, chosen["diagnose"], chosen["digits"])
    seen = View(group, within, checkup, whole)
    drawing = seen.room(group, inline_constants=chosen["inline_constants"])
    drawing = checkup.summed_up(drawing)
    if chosen["explain"] is not None:
        drawing = _with_shares(drawing, graph, chosen["explain"])
    if within is None:
        return replace(seen, drawing=drawing)
    if compiled is not None:
        cards = [_used_outside(card, graph, outer, compiled) for card in drawing.cards]
        drawing = replace(drawing, cards=tuple(cards))
    remark = f"{part.words}: {part.shown:,} of {len(graph):,} nodes"
    if drawing.remark:
        remark += f" in {len(drawing.cards):,} cards"
    return replace(seen, drawing=replace(drawing, remark=remark))


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


class _Selection(NamedTuple):
    """What is to be shown of a graph.

    Attributes:
        within: Its places in the graph; None for all.
        words: The same in words.
        shown: How many nodes that are, those at its border included.
        opens: Whether what it is joined to stands at its border.
    """

    within: Collection[int] | None
    words: str
    shown: int
    opens: bool = False


def _selected(graph: Graph, options: Options) -> _Selection:
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
        return _Selection(None, "", len(graph))
    numbered = Numbered(graph)
    most = options["max_nodes"]
    steps = USUAL_DEPTH if depth is None else depth
    if focus is None:
        near = nearest_to(numbered, numbered.outputs, len(graph), depth=steps)
        words = f"up to {steps} steps from the output"
        return _Selection(frozenset(near), words, len(near))
    found, name = find_places(graph, focus, "focus", _groups(graph, options))
    opens = len(found) > 1 and depth is None
    if len(found) > 1:
        steps, most = GROUPS_DEPTH if depth is None else depth, len(graph)
    near = nearest_to(numbered, found, most, depth=steps, onward=True)
    words = f"up to {steps} step{'s' * (steps != 1)} around {name}"
    return _Selection(frozenset(found if opens else near), words, len(near), opens)


def _groups(graph: Graph, options: Options) -> Callable[[], Iterator[NamedNodes]]:
    """The groups of the whole picture by name, found when they are asked for."""

    def groups() -> Iterator[NamedNodes]:
        root = _folded(graph, options, options["level"])
        names = root.plan.names.items()
        yield from ((name, [graph.index(v)]) for v, name in names if v in graph)
        yield from ((group.path, group.numbers) for group in walk(root) if group.path)
        yield from Around([root]).named()
        yield from _given(root, inline_constants=options["inline_constants"])

    return groups


def _given(root: Group, *, inline_constants: bool) -> Iterator[NamedNodes]:
    """The cards of plain numbers, with the nodes that read them; steps, with theirs."""
    drawing, parts = room(root, inline_constants=inline_constants), iter(root.net.parts)
    nodes = [() if card.index < 0 else next(parts).members for card in drawing.cards]
    for place, card in enumerate(drawing.cards):
        if card.index < 0:
            readers = [nodes[w.child] for w in drawing.wires if w.parent == place]
            yield card.name, [number for members in readers for number in members]
    for step in drawing.steps:
        if step.title:
            yield step.title, [n for place in step.cards.values() for n in nodes[place]]


def _explained(graph: Graph, explained: Explanation) -> _Selection:
    """The nodes on the paths of a gradient."""
    if explained.output not in graph:
        raise ValueError("explain: the gradient is of a node that the graph has not")
    name = clean(graph.name(explained.output), 40)
    ends = {e.parent for e in explained.shares} | {e.child for e in explained.shares}
    found = frozenset(graph.index(node) for node in {*ends, explained.output})
    wrt = explained.wrt
    below = clean(graph.name(wrt) if wrt in graph else wrt.label, 40) or "the input"
    return _Selection(found, f"the paths of d{name}/d{below}", len(found))


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


def _way(graph: Graph, path: object, options: Options) -> _Selection:
    if not isinstance(path, tuple | list) or len(path) != 2:
        raise TypeError("path must be a pair of Values or names: (start, end)")
    groups = _groups(graph, options)
    start, end = (find_places(graph, place, "path", groups) for place in path)
    found = between(Numbered(graph), frozenset(start[0]), frozenset(end[0]))
    names = [start[1], end[1]]
    if not found:
        raise ValueError(f"path: no way leads from {names[0]} to {names[1]}")
    words = f"from {names[0]} to {names[1]}"
    opens = len(start[0]) > 1 or len(end[0]) > 1
    return _Selection(found, words, len(found), opens)
