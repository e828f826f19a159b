"""All about one card of a scene, as text: what the page shows beside the picture."""

from __future__ import annotations

from typing import Any

from autograd import Edge, Value
from visualize.cards.formula import has_wire
from visualize.cards.group_cards import GroupCard
from visualize.cards.labels import clean, join, shorten
from visualize.cards.model import Card, Wire
from visualize.stepping.scenes import Scene
from visualize.stepping.wording import norm

_SLOTS = 16
_FEW = 8
_NAME_LIMIT = 60
_LONG = 120
_NOT_YET = "—"

Fact = tuple[str, str]


SlotData = dict[str, int | str | None]
"""One operand slot of a card: the other card, if it is shown, and the numbers."""


def details(scene: Scene, number: int) -> dict[str, Any]:
    """The facts, operands and consumers of a card, for JSON."""
    subject = scene.subjects[number]
    if isinstance(subject, Value):
        before, after = _operands(scene, subject), _consumers(scene, subject)
    else:
        before, after = _wires(scene, number, "parent"), _wires(scene, number, "child")
    found = facts(scene, number)
    return {"facts": found, "operands": before, "consumers": after}


def _slot(card: int | None, name: str, local: str = "", back: str = "") -> SlotData:
    return {"card": card, "name": name, "local": local, "contribution": back}


def facts(scene: Scene, number: int) -> list[Fact]:
    """What there is to know of a card besides its gradient and its neighbours."""
    card = scene.drawing.cards[number]
    if isinstance(card, GroupCard):
        return _group_facts(card)
    found = [
        ("operation", shorten(card.expression, _LONG)),
        ("value", repr(card.value)),
        ("role", card.role),
        ("scope", clean(card.scope, _NAME_LIMIT)),
        *_remarks(card),
    ]
    return [(name, text) for name, text in found if text]


def _group_facts(card: GroupCard) -> list[Fact]:
    activity = card.activity
    dead, saturated = (
        f"{count:,} of {activity.units:,}" if activity.units else ""
        for count in (activity.dead, activity.saturated)
    )
    found = [
        ("kind", join((card.kind, card.times))),
        ("computes", clean(card.shape, _NAME_LIMIT)),
        ("nodes", f"{card.nodes:,}"),
        ("value", "" if card.value is None else repr(card.value)),
        ("parameters", f"{card.parameter_count:,}" if card.parameter_count else ""),
        ("gradient norm", "" if card.norm is None else repr(card.norm)),
        ("dead units", dead),
        ("saturated units", saturated),
        ("scope", clean(card.scope, _NAME_LIMIT)),
        *_remarks(card),
    ]
    return [(name, text) for name, text in found if text]


def _remarks(card: Card | GroupCard) -> list[Fact]:
    """What went wrong here, where digits were lost, and the line that made it."""
    return [
        *(("went wrong", text) for text in card.findings),
        ("digits", str(card.digits) if card.digits else ""),
        ("made at", clean(card.source, _LONG)),
    ]


def _operands(scene: Scene, node: Value) -> list[SlotData]:
    edges = iter(scene.slots(node))
    return _limited(
        [
            _of_edge(scene, next(edges), "parent")
            if has_wire(operand)
            else _slot(None, repr(float(operand)), "constant")
            for operand in node.operands
        ]
    )


def _consumers(scene: Scene, node: Value) -> list[SlotData]:
    edges = scene.readers(node)
    listed = [_of_edge(scene, edge, "child") for edge in edges[:_SLOTS]]
    return _limited(listed, len(edges))


def _of_edge(scene: Scene, edge: Edge, end: str) -> SlotData:
    other = edge.parent if end == "parent" else edge.child
    name = clean(scene.name(other), _NAME_LIMIT)
    done = scene.drawing.differentiated
    back = repr(edge.contribution) if done else _NOT_YET
    return _slot(scene.places.get(other), name, repr(edge.local_derivative), back)


def _wires(scene: Scene, number: int, end: str) -> list[SlotData]:
    """The neighbours of a group: several slots may share one wire.

    Of many, those first to which most comes back.
    """
    near = [
        wire
        for wire in scene.drawing.wires
        if (wire.child if end == "parent" else wire.parent) == number
    ]
    if len(near) > _FEW:
        near.sort(key=lambda wire: -abs(wire.contribution or 0.0))
    slots = []
    for wire in near:
        other = wire.parent if end == "parent" else wire.child
        name = clean(scene.card_name(other), _NAME_LIMIT)
        back = _passed(scene, wire)
        local = "" if wire.local_derivative is None else repr(wire.local_derivative)
        several = f"{wire.count:,} slots" if wire.count > 1 else local
        slots.append(_slot(other, name, several, back))
    return _limited(slots)


def _passed(scene: Scene, wire: Wire) -> str:
    """What comes back along a wire; of the gradients inside a group, the norm."""
    if wire.contribution is None:
        return _NOT_YET
    changes = scene.passed[wire.child].get(wire.parent, {})
    return f"|Δg| {norm(changes)!r}" if len(changes) > 1 else repr(wire.contribution)


def _limited(slots: list[SlotData], total: int | None = None) -> list[SlotData]:
    more = (total or len(slots)) - _SLOTS
    rest = [_slot(None, f"… and {more:,} more")] if more > 0 else []
    return [*slots[:_SLOTS], *rest]
