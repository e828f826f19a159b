"""Scenes: what the page and the terminal show one at a time, ready to be stepped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from autograd import Edge, Graph, Value
from visualize.cards.group_cards import GroupCard
from visualize.cards.labels import clean, counted
from visualize.cards.model import Card, Drawing, Wire
from visualize.folding.border import Border
from visualize.folding.fold import Group
from visualize.options import Showing, settled
from visualize.stepping.wording import Changes
from visualize.views import View

SceneSubject = Value | Group
ScenePlace = tuple[str, str]


def nodes_of(subject: SceneSubject) -> tuple[Value, ...]:
    """All nodes that a card stands for."""
    return (subject,) if isinstance(subject, Value) else subject.nodes


@dataclass(frozen=True)
class Scene:
    """One picture of the graph or of a part of it, with what its cards stand for.

    Attributes:
        title: What the scene is called.
        graph: The whole graph.
        drawing: The cards and wires of this scene.
        subjects: What each card stands for, in the order of the cards.
        given: Names that the caller gave to parameters.
        place: The path of the group, and the scope that all of it was made in.
        above: The number of the scene in which this one is a card.
        doors: The scenes behind the cards that can be opened, by card.
    """

    title: str
    graph: Graph = field(repr=False)
    drawing: Drawing = field(repr=False)
    subjects: tuple[SceneSubject, ...] = field(repr=False)
    given: Mapping[Value, str] = field(repr=False)
    place: ScenePlace = ("", "")
    above: int | None = None
    doors: Mapping[int, int] = field(default_factory=dict)

    @cached_property
    def operands(self) -> tuple[tuple[int, ...], ...]:
        """For each card, the numbers of the wires that come in, in operand order."""
        found: list[list[int]] = [[] for _ in self.drawing.cards]
        for number, wire in enumerate(self.drawing.wires):
            found[wire.child].append(number)
        return tuple(map(tuple, found))

    @cached_property
    def consumers(self) -> tuple[tuple[Wire, ...], ...]:
        """For each card, the wires that leave it."""
        found: list[list[Wire]] = [[] for _ in self.drawing.cards]
        for wire in self.drawing.wires:
            found[wire.parent].append(wire)
        return tuple(map(tuple, found))

    def computes(self, card: int) -> bool:
        """Whether a card has operands, or operations inside, and so its own steps.

        What stands outside and reads nothing of this scene is there from the start.
        """
        return card not in self.given_cards

    @cached_property
    def given_cards(self) -> Mapping[int, None]:
        """The cards without operands: their numbers are there from the start."""
        return dict.fromkeys(
            card
            for card, drawn in enumerate(self.drawing.cards)
            if (drawn.outside and not self.operands[card])
            or not any(node.parents for node in self.members(card))
        )

    def name(self, node: Value) -> str:
        """A node's name, whether or not it is in this scene.

        Inside of a scope, what it is called there: `weights.0`.
        """
        if node not in self.graph:
            return clean(node.label)
        given = self.given.get(node, "")
        full = clean(given or self.graph.name(node)) or f"v{self.graph.index(node)}"
        return _within(self.place, full)

    def card_name(self, card: int) -> str:
        """The name of a card, as it is called in this scene."""
        drawn = self.drawing.cards[card]
        name = _within(self.place, clean(drawn.name))
        # A group outside is called as in the picture that it is a card of.
        apart = isinstance(drawn, GroupCard) and drawn.outside
        return name.rpartition("/")[2] if apart else name

    def seeds(self) -> tuple[int, ...]:
        """The cards that hold the graph's outputs: there the backward pass starts."""
        return tuple(
            card
            for card, subject in enumerate(self.subjects)
            # Not `in`: Values compare by their numbers.
            if any(node is o for node in nodes_of(subject) for o in self.graph.outputs)
        )

    def slots(self, node: Value) -> tuple[Edge, ...]:
        """The operand slots of a node."""
        return tuple(
            Edge(parent, node, position) for position, parent in enumerate(node.parents)
        )

    def readers(self, node: Value) -> tuple[Edge, ...]:
        """The slots that read a node; none for the leaf of a constant's card."""
        return self.graph.consumers(node) if node in self.graph else ()

    def members(self, card: int) -> tuple[Value, ...]:
        """The nodes that a card stands for, of the shown sample only."""
        subject = self.subjects[card]
        if isinstance(subject, Value):
            return (subject,)
        return subject.plan.numbered.values(subject.numbers)

    @cached_property
    def owners(self) -> dict[Value, int]:
        """The card that each node of this scene belongs to."""
        cards = range(len(self.subjects))
        return {node: card for card in cards for node in self.members(card)}

    def joined(self, edge: Edge) -> bool:
        """Whether the picture has a wire for a slot: not between two cards outside."""
        ends = [self.owners.get(edge.parent), self.owners.get(edge.child)]
        cards = [self.drawing.cards[end] for end in ends if end is not None]
        return len(cards) == 2 and not all(card.outside for card in cards)

    @cached_property
    def passed(self) -> tuple[Mapping[int, Changes], ...]:
        """For each card, what it passes back into each group that it reads."""
        found: list[dict[int, dict[Value, float]]] = [{} for _ in self.subjects]
        for node, card in self.owners.items():
            for edge in self.slots(node):
                into = self.owners.get(edge.parent, card)
                if into == card or isinstance(self.subjects[into], Value):
                    continue
                if not self.joined(edge):
                    continue
                changes = found[card].setdefault(into, {})
                before = changes.get(edge.parent, 0.0)
                changes[edge.parent] = before + edge.contribution
        return tuple(found)

    def passed_from_outside(self, card: int) -> Changes:
        """What consumers that are not in this scene pass back to a card's nodes."""
        subject = self.subjects[card]
        own = set(subject.nodes) if isinstance(subject, Group) else set[Value]()
        found: dict[Value, float] = {}
        for node in self.members(card):
            for edge in self.readers(node):
                if edge.child not in own and not self.joined(edge):
                    found[node] = found.get(node, 0.0) + edge.contribution
        return found

    @cached_property
    def places(self) -> dict[Value, int]:
        """The cards of the Values that are shown."""
        return {
            subject: card
            for card, subject in enumerate(self.subjects)
            if isinstance(subject, Value)
        }


@dataclass(frozen=True)
class Book:
    """All scenes of a graph, the whole first, and what could not be put in."""

    scenes: tuple[Scene, ...]
    note: str = ""


MAX_CARDS = 2_500
MAX_SCENES = 120
"""So many cards, or scenes of fewer, make a page of some five megabytes."""


def open_book(
    seen: View,
    options: Showing | None = None,
    max_cards: int = MAX_CARDS,
    max_scenes: int = MAX_SCENES,
) -> Book:
    """A scene for the outermost group and for each group inside, outer ones first.

    Args:
        seen: The outermost group, and its picture.
        options: How the groups inside are shown.
        max_cards: At most so many cards in all, unless the outermost group alone has
            more; groups beyond that can't be opened.
        max_scenes: At most so many scenes.
    """
    inline = settled(options or {})["inline_constants"]
    groups, left_out = _chosen(seen.group, max_cards, max_scenes)
    numbers = {group: number for number, group in enumerate(groups)}
    above: dict[SceneSubject, int] = {}
    scenes = []
    for number, group in enumerate(groups):
        drawing = seen.room(group, inline_constants=inline) if number else seen.drawing
        subjects = tuple(_subjects(drawing, group, seen.border(group)))
        doors = {
            card: numbers[subject]
            for card, subject in enumerate(subjects)
            if isinstance(subject, Group) and subject in numbers
        }
        place = (clean(group.path), clean(".".join(group.scope)))
        above.update({child: number for child in group.children if child in numbers})
        scenes.append(
            Scene(
                title=group.title if number else "whole graph",
                graph=group.plan.numbered.graph,
                drawing=_named(drawing, place),
                subjects=subjects,
                given=group.plan.names,
                place=place,
                above=above.get(group),
                doors=doors,
            )
        )
    note = ""
    if left_out:
        count = counted(left_out, "group")
        note = f"{count} can't be opened here: there are too many for one page."
    return Book(tuple(scenes), note)


def _subjects(drawing: Drawing, group: Group, border: Border) -> Iterator[SceneSubject]:
    """What each card stands for; a constant's card, for a leaf of its own."""
    children = iter((*border.before, *group.children, *border.after))
    for card in drawing.cards:
        if card.index < 0:
            yield Value(card.value or 0.0, label=card.name)
        else:
            yield next(children)


def _within(place: ScenePlace, name: str) -> str:
    """What something is called inside of a group: `weights.0`."""
    path, scope = place
    return name.removeprefix(f"{path}/").removeprefix(f"{scope}.") or name


def _named(drawing: Drawing, place: ScenePlace) -> Drawing:
    """The drawing with a name on every card: the equations call the nodes by it."""
    cards: list[Card | GroupCard] = []
    for card in drawing.cards:
        title = _within(place, card.title or clean(card.name))
        cards.append(replace(card, title=title))
    return replace(drawing, cards=tuple(cards))


def _chosen(root: Group, max_cards: int, max_scenes: int) -> tuple[list[Group], int]:
    """The groups that get a scene, level by level, and how many others there are."""
    chosen: list[Group] = []
    cards = left_out = 0
    level = [root]
    while level:
        inner: list[Group] = []
        for group in level:
            full = len(chosen) == max_scenes
            if chosen and (full or cards + len(group.children) > max_cards):
                left_out += 1
                continue
            chosen.append(group)
            cards += len(group.children)
            inner += [child for child in group.children if isinstance(child, Group)]
        level = inner
    return chosen, left_out
