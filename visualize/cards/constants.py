"""Constant operands as cards of their own, for those who want to see each number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from autograd import Value
from visualize.cards.formula import has_wire
from visualize.cards.group_cards import GroupCard
from visualize.cards.model import Card, Drawing, Wire


def show_constants(drawing: Drawing, subjects: Sequence[object]) -> Drawing:
    """The drawing with a card before each value for every constant that it reads.

    Args:
        drawing: A drawing without such cards.
        subjects: What its cards stand for: Values, or anything else for groups.
    """
    cards: list[Card | GroupCard] = []
    places: list[int] = []
    constants: list[dict[int, int]] = []
    for place, subject in enumerate(subjects):
        card = drawing.cards[place]
        found: dict[int, int] = {}
        if isinstance(subject, Value) and isinstance(card, Card):
            for position, operand in enumerate(subject.operands):
                if not has_wire(operand):
                    found[position] = len(cards)
                    cards.append(_card(card, position, float(operand)))
            if found and subject.op is not None:
                card = replace(card, operation=subject.op.symbol)
        constants.append(found)
        places.append(len(cards))
        cards.append(card)
    wires: list[Wire] = []
    for place, incoming in enumerate(drawing.operands()):
        found = constants[place]
        moved = [
            replace(wire, parent=places[wire.parent], child=places[wire.child])
            for wire in incoming
        ]
        added = [Wire(card, places[place], p, None, None) for p, card in found.items()]
        wires += _in_operand_order(moved, added) if added else moved
    return replace(
        drawing,
        cards=tuple(cards),
        wires=tuple(wires),
        outputs=tuple(places[output] for output in drawing.outputs),
    )


def _in_operand_order(wires: list[Wire], constants: list[Wire]) -> list[Wire]:
    """Wires of Values, counted among Values, and of constants, counted among all."""
    result: list[Wire] = []
    waiting = list(reversed(wires))
    fixed = {wire.slot: wire for wire in constants}
    slots = iter(range(len(wires) + len(constants) + max(w.slot for w in constants)))
    value_slot = 0
    for position in slots:
        if position in fixed:
            result.append(fixed[position])
        else:
            if waiting and waiting[-1].slot == value_slot:
                result.append(waiting.pop())
            value_slot += 1
    return [*result, *reversed(waiting)]


def _card(reader: Card, position: int, number: float) -> Card:
    name = f"constant {position + 1} of {reader.name}"
    return Card(-1, name, "", "", "", "constant", reader.scope, float(number), None)
