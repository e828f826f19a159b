"""Scenes: what the page and the terminal show one at a time, ready to be stepped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from autograd import Edge, Graph, Value
from visualize.cards.group_cards import GroupCard
from visualize.cards.labels import clean
from visualize.cards.model import Card, Drawing, Wire
from visualize.folding.fold import Group
from visualize.options import Showing, settled
from visualize.stepping.changes import Changes
from visualize.style import Style
from visualize.views import View

Subject = Value | Group
Place = tuple[str, str]

_TYPED = str.maketrans({"×": "*", "÷": "/", "−": "-", "^": "**"})
"""The signs of operations as they are on a keyboard, and in Python."""


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
    subjects: tuple[Subject, ...] = field(repr=False)
    given: Mapping[Value, str] = field(repr=False)
    place: Place = ("", "")
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
        """Whether a card has operands, or operations inside, and so its own steps."""
        return self._computing[card]

    @cached_property
    def _computing(self) -> tuple[bool, ...]:
        cards = range(len(self.subjects))
        return tuple(any(node.parents for node in self.members(c)) for c in cards)

    @cached_property
    def given_cards(self) -> tuple[int, ...]:
        """The cards without operands: their numbers are there from the start."""
        return tuple(c for c in range(len(self.subjects)) if not self.computes(c))

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
        return _within(self.place, clean(self.drawing.cards[card].name))

    def seeds(self) -> tuple[int, ...]:
        """The cards that hold the graph's outputs: there the backward pass starts."""
        return tuple(
            card
            for card, subject in enumerate(self.subjects)
            if any(self._holds(subject, output) for output in self.graph.outputs)
        )

    def _holds(self, subject: Subject, node: Value) -> bool:
        if isinstance(subject, Group):
            # Not `node in subject.nodes`: Values compare by their numbers.
            return any(inside is node for inside in subject.nodes)
        return subject is node

    def slots(self, node: Value) -> tuple[Edge, ...]:
        """The operand slots of a node."""
        return tuple(
            Edge(parent, node, position) for position, parent in enumerate(node.parents)
        )

    def readers(self, node: Value) -> tuple[Edge, ...]:
        """The slots that read a node; none for the leaf of a constant's card."""
        return self.graph.consumers(node) if node in self.graph else ()

    def find(self, text: str) -> tuple[int, ...]:
        """The cards that have this name or operation; else those whose name has it."""
        wanted = clean(text).casefold()
        if not wanted:
            return ()
        words = [self.words(card) for card in range(len(self.subjects))]
        equal = tuple(card for card, known in enumerate(words) if wanted in known)
        return equal or tuple(
            card for card, known in enumerate(words) if wanted in known[0]
        )

    def named(self, text: str) -> tuple[int, ...]:
        """Those of the cards found that are called so, not the ones that do so."""
        wanted, found = clean(text).casefold(), self.find(text)
        words = {card: self.words(card) for card in found}
        equal = tuple(card for card in found if wanted in words[card][:3])
        by_operation = any(wanted in words[card][3:] for card in found)
        return equal if equal or by_operation else found

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

    @cached_property
    def passed(self) -> tuple[Mapping[int, Changes], ...]:
        """For each card, what it passes back into each group that it reads."""
        found: list[dict[int, dict[Value, float]]] = [{} for _ in self.subjects]
        for node, card in self.owners.items():
            for edge in self.slots(node):
                into = self.owners.get(edge.parent, card)
                if into == card or isinstance(self.subjects[into], Value):
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
                if edge.child not in own and edge.child not in self.owners:
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

    def value_text(self, card: int, style: Style) -> str:
        """A card's value as a picture prints it; empty for a group of many."""
        value = self.drawing.cards[card].value
        return "" if value is None else style.number(value)

    def words(self, card: int) -> tuple[str, ...]:
        """What a card answers to: its names, its operation, its sign, also as typed.

        The names are the first three: the whole one, that in the picture, the label.
        """
        drawn, subject = self.drawing.cards[card], self.subjects[card]
        if isinstance(subject, Group):
            # Equal nodes are called by what they do: their title may be a sign.
            label, made, sign = subject.title, str(subject.kind), subject.title
        else:
            label, op = subject.label, subject.op
            made, sign = (op.name, op.symbol) if op else ("", "")
        signs = [drawn.operation, sign]
        typed = [text.translate(_TYPED) for text in signs]
        more = dict.fromkeys([made, *signs, *typed])
        names = (drawn.name, drawn.title, label)
        return tuple(clean(word).casefold() for word in (*names, *more))


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
    above: dict[Group, int] = {}
    scenes = []
    for number, group in enumerate(groups):
        drawing = seen.room(group, inline_constants=inline) if number else seen.drawing
        subjects = tuple(_subjects(drawing, group))
        doors = {
            card: numbers[subject]
            for card, subject in enumerate(subjects)
            if isinstance(subject, Group) and subject in numbers
        }
        place = (clean(group.path), clean(".".join(group.scope)))
        above.update((groups[inside], number) for inside in doors.values())
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
        count = f"{left_out:,} group" + "s" * (left_out != 1)
        note = f"{count} can't be opened here: there are too many for one page."
    return Book(tuple(scenes), note)


def _subjects(drawing: Drawing, group: Group) -> Iterator[Subject]:
    """What each card stands for; a constant's card, for a leaf of its own."""
    children = iter(group.children)
    for card in drawing.cards:
        if card.index < 0:
            yield Value(card.value or 0.0, label=card.name)
        else:
            yield next(children)


def _within(place: Place, name: str) -> str:
    """What something is called inside of a group: `weights.0`."""
    path, scope = place
    return name.removeprefix(f"{path}/").removeprefix(f"{scope}.") or name


def _named(drawing: Drawing, place: Place) -> Drawing:
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
