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
class _TreeRow:
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
    rows: list[_TreeRow] = []
    seen: set[int] = set()
    sections = list(reversed(drawing.outputs))
    while sections:
        start = sections.pop()
        deeper: list[int] = []
        stack = [] if start in seen else [_Visit(start, "", "", 0)]
        while stack:
            visit = stack.pop()
            card = drawing.cards[visit.card]
            named = f"{visit.lead}{visit.weight}{_name(card)}"
            if visit.note:
                rows.append(_TreeRow(visit.lead + visit.note))
            elif visit.card in seen:
                rows.append(_TreeRow(f"{named} ↑"))
            elif visit.depth > _DEEPEST and operands[visit.card]:
                rows.append(_TreeRow(f"{named} ↓"))
                deeper.append(visit.card)
            else:
                seen.add(visit.card)
                rows.append(_row(card, named, style))
                stack.extend(reversed(_operands(card, operands, visit, style)))
        sections.extend(reversed(deeper))
    told = [text for card in drawing.cards for text in card.findings]
    note = [drawing.note] if drawing.note else []
    return "\n".join([*_columns(rows), *note, *told])


def _operands(
    card: Card | GroupCard,
    operands: tuple[tuple[Wire, ...], ...],
    visit: _Visit,
    style: Style,
) -> list[_Visit]:
    found = [(w.parent, _weight(w, style), "") for w in operands[visit.card]]
    if card.hidden_operands and not card.outside:
        note = f"… {card.hidden_operands:,} more not shown"
        found.append((visit.card, "", note))
    visits = []
    for left, (number, weight, note) in enumerate(found, 1 - len(found)):
        corner, line = ("├─ ", "│  ") if left else ("└─ ", "   ")
        lead, rest = f"{visit.rest}{corner}", f"{visit.rest}{line}"
        visits.append(_Visit(number, lead, rest, visit.depth + 1, weight, note))
    return visits


def _weight(wire: Wire, style: Style) -> str:
    text = f"[{wire.reads}]" if wire.reads else wire_text(wire, style.number)
    return f"{text}  " if text else ""


def _row(card: Card | GroupCard, name: str, style: Style) -> _TreeRow:
    if isinstance(card, GroupCard):
        return _group_row(card, name, style)
    made = f"= {card.operation}" if card.operation else ""
    role = "" if card.operation else card.role
    told = join((role, "outside" if card.outside else ""), ", ")
    words = name, made, f"({told})" if told else "", _marks(card)
    return _TreeRow(join(words, " "), style.number(card.value), _gradient(card, style))


def _group_row(card: GroupCard, name: str, style: Style) -> _TreeRow:
    """A group: how many nodes stand for a value, their norm for a gradient."""
    if card.outside and card.value is not None:
        branch = join((name, "(outside)", _marks(card)), " ")
        return _TreeRow(branch, style.number(card.value), _gradient(card, style))
    if card.account:
        branch = join((name, "(outside)" if card.outside else card.shape), "  ")
        return _TreeRow(branch, join(card.account.lines))
    kind = "" if card.kind in ("repeat", "block", "sum") else f"({card.kind})"
    # Where it stands for several groups, the name says the count.
    times = f"×{card.samples:,} samples" if card.samples > 1 else ""
    norm = "—" if card.norm is None else f"‖{style.number(card.norm)}‖"
    branch = join((name, kind, card.shape, times, _marks(card)), " ")
    return _TreeRow(branch, f"{card.nodes:,} nodes", norm)


def _gradient(card: Card | GroupCard, style: Style) -> str:
    return "—" if card.gradient is None else style.number(card.gradient)


def _marks(card: Card | GroupCard) -> str:
    digits = [str(card.digits)] if card.digits else []
    words = [*card.marks, *digits, *([clean(card.source)] if card.source else [])]
    return f"[{', '.join(words)}]" if words else ""


def _name(card: Card | GroupCard) -> str:
    return clean(card.name, _NAME_LIMIT)


def _columns(rows: list[_TreeRow]) -> list[str]:
    """Value and gradient in columns; a row that is only named has neither."""
    full = [row for row in rows if row.value]
    wide = max(len(row.gradient) for row in full)
    texts = [
        (row.branch, row.value, row.gradient and f"grad {row.gradient:>{wide}}")
        for row in full
    ]
    told = iter(in_columns(texts))
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
    """A picture for those who can't see it: what it is, then the words of its text."""
    lines = [line for line in text.splitlines() if line != summary]
    told = [clean(line) for line in (summary, *lines[:_MOST_LINES])]
    rest = len(lines) - _MOST_LINES
    return "\n".join([*told, *([f"… and {rest:,} more lines"] if rest > 0 else [])])
