"""Constant operands as cards of their own, for those who want to see each number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import accumulate

from autograd import Value
from visualize.cards.formula import has_wire
from visualize.cards.group_cards import Account, GroupCard
from visualize.cards.model import Card, Drawing, TimeStep, Wire
from visualize.style import USUAL

_SHOWN = 4


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
        steps=(),  # the constants would stand between them
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


def show_inputs(
    drawing: Drawing,
    members: Sequence[Sequence[Value]],
    *,
    apart: bool = False,
    outside: bool = False,
) -> Drawing:
    """The drawing with the plain numbers that its groups were called with, in front.

    Args:
        drawing: A drawing without them.
        members: The nodes that each of its cards stands for; none where it shows its
            constants itself.
        apart: A card for each number, not one for all.
        outside: Whether they stand at the border of what is opened.
    """
    read = [dict.fromkeys(filter(any, map(_plain, nodes))) for nodes in members]
    lists = dict.fromkeys(numbers for found in read for numbers in found)
    given = [number for numbers in lists for number in numbers]
    if not given:
        return drawing
    called = [node for nodes in members for node in nodes if any(_plain(node))]
    whole = count_given(called) == len(given)
    cards = [_input(place, number) for place, number in enumerate(given)]
    added: list[Card | GroupCard] = [*cards] if apart else [_inputs(given, whole)]
    added = [replace(card, outside=outside) for card in added]
    first = dict(zip(lists, accumulate(map(len, lists), initial=0), strict=False))
    wires: list[Wire] = []
    for place, incoming in enumerate(drawing.operands()):
        child = place + len(added)
        spans = [range(first[ns], first[ns] + len(ns)) for ns in read[place]]
        places = [number for span in spans for number in span]
        if apart:
            wires += [Wire(number, child, 0, None, None) for number in places]
        elif places:
            wires.append(Wire(0, child, 0, None, None, len(places)))
        wires += [
            replace(wire, parent=wire.parent + len(added), child=child)
            for wire in incoming
        ]
    return replace(
        drawing,
        cards=(*added, *drawing.cards),
        wires=tuple(wires),
        outputs=tuple(output + len(added) for output in drawing.outputs),
        steps=tuple(
            TimeStep(
                step.title, {r: card + len(added) for r, card in step.cards.items()}
            )
            for step in drawing.steps
        ),
    )


def _input(place: int, number: float) -> Card:
    name = f"inputs.{place}"
    return Card(-1, name, name, "", "", "constant", "", number, None)


def _plain(node: Value) -> tuple[float, ...]:
    """The plain numbers that a weighted sum was given as its inputs."""
    if node.op is None or node.op.name != "dot":
        return ()
    half = len(node.operands) // 2
    weights = node.operands[:half]
    if not any(isinstance(w, Value) and w.role == "parameter" for w in weights):
        return ()  # constants of a calculation, not what a net was called with
    inputs = node.operands[half : 2 * half]
    return tuple(float(x) for x in inputs if not isinstance(x, Value))


def count_given(nodes: Iterable[Value]) -> int | None:
    """How many plain numbers parameters were given; None where nobody can tell.

    What the same weights read one after the other may overlap, as the windows of an
    image do: then it can be counted only if no number occurs twice.
    """
    read: dict[tuple[int, ...], dict[tuple[float, ...], None]] = {}
    for node in nodes:
        half = len(node.operands) // 2
        weights, numbers = node.operands[:half], _plain(node) or _factor(node)
        # Zeros beside Values are the rim of an image.
        if any(numbers) or len(numbers) == half > 0:
            read.setdefault(tuple(map(id, weights)), {})[numbers] = None
    for lists in read.values():
        given = [number for numbers in lists for number in numbers]
        if len(lists) > 1 and len(set(given)) < len(given):
            return None
    return sum(map(len, {numbers for lists in read.values() for numbers in lists}))


def _factor(node: Value) -> tuple[float, ...]:
    """The plain number that a parameter is multiplied with."""
    if node.op is None or node.op.name != "mul":
        return ()
    alone = [x.role for x in node.operands if isinstance(x, Value)] == ["parameter"]
    numbers = tuple(float(x) for x in node.operands if not isinstance(x, Value))
    return numbers if alone else ()


def _inputs(given: Sequence[float], whole: bool) -> GroupCard:
    title = f"inputs ({len(given):,})" if whole else "inputs"
    number = USUAL.number
    shown = ", ".join(map(number, given[:_SHOWN])) + ", …" * (len(given) > _SHOWN)
    told = f"{title}: plain numbers, {shown}"
    account = Account("", (shown,), told)
    return GroupCard(-1, title, title, "inputs", "input", account=account)
