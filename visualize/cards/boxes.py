"""Which leaves stand in a box together: their names begin alike, and stand once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from visualize.cards.group_cards import GroupCard
from visualize.cards.model import Drawing
from visualize.naming import array_and_place

MOST = 16
"""A box of more cards would be taller than a screen."""


@dataclass(frozen=True)
class NameBox:
    """Cards, by their places in the drawing, and the beginning of all their names."""

    title: str
    members: tuple[int, ...]


def name_boxes(drawing: Drawing) -> tuple[NameBox, ...]:
    """The leaves that are used by the same cards and whose names begin alike.

    A parameter's name begins with that of its module: `layers.0.weight.3` with
    `layers.0`. Those with the same uses can stand beside each other without a wire
    going astray.
    """
    uses = defaultdict(set)
    for wire in drawing.wires:
        uses[wire.parent].add(wire.child)
    inner = {wire.child for wire in drawing.wires}
    found: dict[tuple[str, frozenset[int]], list[int]] = defaultdict(list)
    for number, card in enumerate(drawing.cards):
        if isinstance(card, GroupCard) or number in inner or card.hidden_operands:
            continue
        if card.outside:
            continue
        title = array_and_place(card.title)[0].rpartition(".")[0]
        if title and uses[number]:
            found[title, frozenset(uses[number])].append(number)
    return tuple(
        NameBox(title, tuple(members))
        for (title, _), members in found.items()
        if 1 < len(members) <= MOST
    )


def short_titles(drawing: Drawing, boxes: tuple[NameBox, ...]) -> Mapping[int, str]:
    """What of the names still stands on the cards in boxes, by the cards' places."""
    titles = {}
    for box in boxes:
        for number in box.members:
            card = drawing.cards[number]
            if not isinstance(card, GroupCard):
                titles[number] = card.title.removeprefix(f"{box.title}.")
    return titles
