"""The picture as text: a tree from the outputs back to the leaves.

Each node stands in full once: value, gradient, and before the name the local derivative
of the node above with respect to it. A node that was shown already is only named, with
an arrow; so is one whose branch begins anew at the left because it lies too deep.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from visualize.cards.group_cards import GroupCard
from visualize.cards.labels import clean, join
from visualize.cards.model import Card, Drawing, Wire
from visualize.cards.wire_text import wire_text
from visualize.style import Style

_DEEPEST = 12
_NAME_LIMIT = 48
_MOST_LINES = 60
"""A screen reader takes some two minutes for so many."""


@dataclass(frozen=True)
class _Row:
    branch: str
    value: str = ""
    gradient: str = ""


@dataclass(frozen=True)
class _Visit:
    """A card to be written, or the note (if not empty) that some are not shown."""

    card: int
    lead: str
    rest: str
    depth: int
    weight: str = ""
    note: str = ""


def write_tree(drawing: Drawing, style: Style) -> str:
    """The tree of a drawing, with values and gradients in columns."""
    operands = drawing.operands()
    rows: list[_Row] = []
    seen: set[int] = set()
    sections = list(reversed(drawing.outputs))
    while sections:
        start = sections.pop()
        if start in seen:
            continue
        deeper: list[int] = []
        stack = [_Visit(start, "", "", 0)]
        while stack:
            visit = stack.pop()
            card = drawing.cards[visit.card]
            if visit.note:
                rows.append(_Row(visit.lead + visit.note))
            elif visit.card in seen:
                rows.append(_Row(f"{visit.lead}{visit.weight}{_name(card)} ↑"))
            elif visit.depth > _DEEPEST and operands[visit.card]:
                rows.append(_Row(f"{visit.lead}{visit.weight}{_name(card)} ↓"))
                deeper.append(visit.card)
            else:
                seen.add(visit.card)
                rows.append(_row(card, visit, style))
                stack.extend(reversed(_operands(card, operands, visit, style)))
        sections.extend(reversed(deeper))
    told = [text for card in drawing.cards for text in card.findings]
    return "\n".join(
        [*_columns(rows), *([drawing.note] if drawing.note else []), *told]
    )


def _operands(
    card: Card | GroupCard,
    operands: tuple[tuple[Wire, ...], ...],
    visit: _Visit,
    style: Style,
) -> list[_Visit]:
    visits = [
        _Visit(
            wire.parent,
            f"{visit.rest}├─ ",
            f"{visit.rest}│  ",
            visit.depth + 1,
            _weight(wire, style),
        )
        for wire in operands[visit.card]
    ]
    if card.hidden_operands:
        note = f"… {card.hidden_operands:,} more not shown"
        lead = f"{visit.rest}├─ "
        visits.append(_Visit(visit.card, lead, "", visit.depth + 1, note=note))
    if visits:
        last = visits[-1]
        visits[-1] = _Visit(
            last.card,
            f"{visit.rest}└─ ",
            f"{visit.rest}   ",
            last.depth,
            last.weight,
            last.note,
        )
    return visits


def _weight(wire: Wire, style: Style) -> str:
    text = f"[{wire.reads}]" if wire.reads else wire_text(wire, style.number)
    return f"{text}  " if text else ""


def _row(card: Card | GroupCard, visit: _Visit, style: Style) -> _Row:
    if isinstance(card, GroupCard):
        return _group_row(card, visit, style)
    gradient = "—" if card.gradient is None else style.number(card.gradient)
    made = f"= {card.operation}" if card.operation else f"({card.role})"
    words = (visit.lead + visit.weight + _name(card), made, _marks(card))
    branch = join(words, " ")
    return _Row(branch, style.number(card.value), gradient)


def _group_row(card: GroupCard, visit: _Visit, style: Style) -> _Row:
    """A group: how many nodes stand for a value, their norm for a gradient."""
    if card.account:
        branch = join((visit.lead + visit.weight + _name(card), card.shape), "  ")
        return _Row(branch, join(card.account.lines))
    kind = "" if card.kind in ("repeat", "block", "sum") else f"({card.kind})"
    words = (
        visit.lead + visit.weight + _name(card),
        kind,
        card.shape,
        _times(card),
        _marks(card),
    )
    norm = "—" if card.norm is None else f"‖{style.number(card.norm)}‖"
    return _Row(join(words, " "), f"{card.nodes:,} nodes", norm)


def _marks(card: Card | GroupCard) -> str:
    digits = [str(card.digits)] if card.digits else []
    words = [*card.marks, *digits, *([clean(card.source)] if card.source else [])]
    return f"[{', '.join(words)}]" if words else ""


def _times(card: GroupCard) -> str:
    # The name says the count.
    return f"×{card.samples:,} samples" if card.samples > 1 else ""


def _name(card: Card | GroupCard) -> str:
    return clean(card.name, _NAME_LIMIT)


def _columns(rows: list[_Row]) -> list[str]:
    """Value and gradient in columns; a row that is only named has neither."""
    full = [row for row in rows if row.value]
    wide = max(len(row.gradient) for row in full)
    told = iter(
        in_columns(
            [
                (row.branch, row.value, row.gradient and f"grad {row.gradient:>{wide}}")
                for row in full
            ]
        )
    )
    return [next(told) if row.value else row.branch for row in rows]


def in_columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines of text: names, at the left, and numbers below each other.

    >>> in_columns([("node", "value"), ("x", "2")])
    ['node  value', 'x         2']
    """
    names, *numbers = zip(*rows, strict=True)
    columns = [
        [text.ljust(max(map(len, names))) for text in names],
        *([text.rjust(max(map(len, column))) for text in column] for column in numbers),
    ]
    return ["  ".join(row).rstrip() for row in zip(*columns, strict=True)]


def in_words(summary: str, text: str) -> str:
    """A picture for those who can't see it: what it is, then the words of its text.

    Args:
        summary: What it is, in one line.
        text: The picture as text; of a long one, the beginning.
    """
    lines = [line for line in text.splitlines() if line != summary]
    told = [clean(line) for line in (summary, *lines[:_MOST_LINES])]
    rest = len(lines) - _MOST_LINES
    return "\n".join([*told, *([f"… and {rest:,} more lines"] if rest > 0 else [])])
