"""One card, measured: its texts, its size, and where its wires enter.

Lengths are along the picture's direction or across it: to the right or down.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from visualize.cards.group_cards import GroupCard
from visualize.cards.labels import clean, fit, width
from visualize.cards.model import Card
from visualize.cards.remarks import below_of
from visualize.layout.geometry import ACROSS, Box, Direction
from visualize.style import Style
from visualize.svg.digits_bar import DIGITS_HEIGHT
from visualize.svg.group_face import Body, body_of

_TITLE_LIMIT = 220.0
_OPERATION_LIMIT = 140.0
_USUAL_WIDTH = 176.0
_LABEL_PITCH = 9.0
"""Where slots are nearer to each other, labels would overlap and are left out."""

STUB_HEIGHT = 12.0
STUB_LIMIT = 90.0
LABEL_GAP = 4.0
"""How far what stands at a wire is from a card below it."""

RAIL = 6.0
"""How thick the bar before a card is that has more wires than its side has room for."""

_LABEL_HEIGHT = 11.0
_BESIDE = 8.0
_FOOT = 14.0
_NOT_YET = "—"


@dataclass(frozen=True)
class Slot:
    """What stands where a wire enters a card: a label, or a stub and its label."""

    label: str
    stub: str = ""

    def wide(self, style: Style) -> float:
        """How much of an upper edge it takes."""
        stub = stub_width(self.stub, style) if self.stub else 0.0
        return max(width(self.label, style.wire_size), stub) + _BESIDE

    def zone(self, direction: Direction, style: Style) -> float:
        """How much room it takes before the card."""
        stub = bool(self.stub)
        if direction == "down":
            label = _LABEL_HEIGHT + 2 * LABEL_GAP if self.label or stub else 0.0
            return label + stub * STUB_HEIGHT
        before = stub_width(self.stub, style) if stub else 0.0
        return 14 + width(self.label, style.wire_size) + before


@dataclass(frozen=True)
class Face:
    """One card's texts and sizes.

    `docks` are places on the side at which wires enter, relative to its middle, one an
    operand slot; the last is that of the hidden operands, if there are any. `reach` is
    the length that the docks take up: where it is more than the side's, they sit on a
    rail. `labelled` says whether there is room for what stands at the wires. `body` is
    what stands on a group's card. `row` is the room at its left for a row of a matrix,
    `zone` that before it for what is said at its wires, `foot` that between it and
    where its wires may turn. The docks `across` are on the side at which wires inside
    of a step enter, and `room` is that before it, `span` how long it must be for what
    is said there.
    """

    title: str
    operation: str
    value: str
    gradient: str
    width: float
    height: float
    body: Body | None = None
    docks: tuple[float, ...] = ()
    reach: float = 0.0
    labelled: bool = True
    row: float = 0.0
    zone: float = 0.0
    foot: float = 0.0
    across: frozenset[int] = frozenset()
    room: float = 0.0
    span: float = 0.0

    def side(self, across: bool = False) -> list[float]:
        """The docks of one of the two sides."""
        return [d for n, d in enumerate(self.docks) if (n in self.across) == across]

    def railed(self, direction: Direction) -> bool:
        """Whether its wires end at a bar before it."""
        if direction == "down":
            return any(abs(dock) > self.width / 2 - RAIL for dock in self.side())
        return len(self.side()) > 4 and self.reach > self.height

    def box(self, direction: Direction) -> Box:
        """What layout places: as if the picture's direction were to the right."""
        along, across = self.row + self.width, self.height
        if direction == "down":
            along, across = across, along
        across = max(across, self.reach)
        docks = tuple(across / 2 + dock for dock in self.docks)
        return Box(self.zone + along + self.foot, across, docks)


def measured(card: Card | GroupCard, style: Style, short: str | None = None) -> Face:
    """A card's texts and its size; where it is in a box, with a short title."""
    if isinstance(card, GroupCard) and card.outside and card.value is not None:
        return measured_value(card, card.value, card.title, "", style)
    if isinstance(card, GroupCard):
        body = body_of(card, style)
        return Face("", "", "", "", body.width, body.height, body)
    title = card.title if short is None else short
    return measured_value(card, card.value, title, card.operation, style)


def measured_value(
    card: Card | GroupCard, number: float, title: str, operation: str, style: Style
) -> Face:
    """A card of one number with this title and operation."""
    title = fit(
        clean(title, style.label_limit), style.name_size, _TITLE_LIMIT, bold=True
    )
    operation = fit(operation, style.name_size, _OPERATION_LIMIT)
    value = style.number(number)
    gradient = _NOT_YET if card.gradient is None else style.number(card.gradient)
    # Beside a title the operation is small print, alone it is the name.
    name_width = width(title, style.name_size, bold=True) + width(
        operation, style.name_size + (not title), bold=not title
    )
    digits = width(str(card.digits), style.caption_size) if card.digits else 0.0
    header = name_width + 22 + width(value, style.value_size)
    band = width("grad", style.caption_size) + 14 + width(gradient, style.value_size)
    needed = max(_below(card, style), 2 * style.padding + max(header, band, digits))
    height = style.card_height + (DIGITS_HEIGHT if card.digits else 0.0)
    wide = max(style.card_width, needed)
    return Face(title, operation, value, gradient, wide, height)


def _below(card: Card | GroupCard, style: Style) -> float:
    return width(below_of(card, style), style.caption_size + 1)


def evened(faces: Sequence[Face]) -> tuple[Face, ...]:
    """All cards as wide as the widest of the usual ones, so that columns line up."""
    values = [f.width for f in faces if f.body is None and f.width <= _USUAL_WIDTH]
    usual = max(values, default=0.0)
    return tuple(
        replace(f, width=math.ceil(max(f.width, usual))) if f.body is None else f
        for f in faces
    )


def wired(
    face: Face,
    card: Card | GroupCard,
    slots: Sequence[Slot],
    direction: Direction,
    style: Style,
    across: Collection[int] = (),
) -> Face:
    """The face of a card with places for what comes into it.

    Those `across` come from the card before it in its step.
    """
    if across:
        inner = [slot for number, slot in enumerate(slots) if number in across]
        outer = [slot for number, slot in enumerate(slots) if number not in across]
        face = wired(face, card, outer, direction, style)
        other = wired(face, card, inner, ACROSS[direction], style)
        sides = iter(face.docks), iter(other.docks)
        docks = tuple(next(sides[number in across]) for number in range(len(slots)))
        return replace(
            face,
            docks=docks,
            across=frozenset(across),
            room=other.zone,
            span=other.reach,
        )
    labelled = fits(slots, direction, style)
    zone = max((slot.zone(direction, style) for slot in slots), default=0.0)
    if direction == "right":
        docks, reach = _beside(len(slots), face.height, style)
        return replace(face, docks=docks, reach=reach, labelled=labelled, zone=zone)
    # What stands below a card is at the left of the wire that leaves it.
    below = _below(card, style)
    wide = math.ceil(max(face.width, 2 * (below + _BESIDE) if below else 0.0))
    pitch = min(style.slot_pitch, _space(direction, style) / max(1, len(slots)))
    widths = [slot.wide(style) if labelled else pitch for slot in slots]
    ends = list(accumulate(widths, initial=-sum(widths) / 2))
    face = replace(
        face,
        width=wide,
        docks=tuple((start + end) / 2 for start, end in pairwise(ends)),
        reach=max(wide, sum(widths)),
        labelled=labelled,
        foot=_FOOT if below else 0.0,
    )
    rail = RAIL if face.railed(direction) else 0.0
    return replace(face, zone=zone + rail if labelled else 0.0)


def fits(slots: Sequence[Slot], direction: Direction, style: Style) -> bool:
    """Whether what stands at a card's wires has room beside each other."""
    space = _space(direction, style)
    if direction == "down":
        return sum(slot.wide(style) for slot in slots) <= space
    stubs = any(slot.stub for slot in slots)
    least = STUB_HEIGHT + 1 if stubs else _LABEL_PITCH
    return len(slots) < 3 or min(style.slot_pitch, space / len(slots)) >= least


def _space(direction: Direction, style: Style) -> float:
    """How long the side of a card may be at which wires enter."""
    if direction == "down":
        return style.page_width - 2 * style.margin
    return style.rail_limit


def _beside(count: int, height: float, style: Style) -> tuple[tuple[float, ...], float]:
    """Docks at the left side, and the height that they take up."""
    if count == 2:
        apart = 0.18 * height
        return (-apart, apart), height
    pitch = min(style.slot_pitch, style.rail_limit / max(1, count))
    docks = tuple((slot - (count - 1) / 2) * pitch for slot in range(count))
    return docks, max(height, count * pitch)


def stub_width(text: str, style: Style) -> float:
    """How wide the stub with a name in it is."""
    return width(text, style.wire_size) + 12


def hidden_label(card: Card | GroupCard) -> str:
    """What stands where operands are not shown; empty where all are, and outside."""
    shown = card.hidden_operands and not card.outside
    return f"{card.hidden_operands:,} more" if shown else ""
