"""What is said of a card beside its numbers: digits, findings, lines of source."""

from __future__ import annotations

from visualize.cards.group_cards import GroupCard
from visualize.cards.labels import clean, join
from visualize.cards.model import Card
from visualize.style import Style


def below_of(card: Card | GroupCard, style: Style) -> str:
    """What stands below a card: how many more use it, and the like."""
    if isinstance(card, GroupCard):
        return ""
    parts = [*card.marks, clean(card.source, style.label_limit)]
    if card.samples > 1 and not card.operation:
        return join([*parts, f"×{card.samples:,} samples"])
    if card.hidden_consumers:
        uses = "use" if card.hidden_consumers == 1 else "uses"
        parts.append(f"{card.hidden_consumers:,} more {uses}")
    if card.earlier:
        parts.append(f"{style.number(card.earlier)} from before")
    return join(parts)


def remarks(card: Card | GroupCard) -> list[str]:
    """Digits, line of source, warnings and findings, for those who point at a card."""
    digits = str(card.digits) if card.digits else ""
    source = f"made at {clean(card.source)}" if card.source else ""
    told = [text for text in (digits, source) if text]
    return [*told, *card.marks, *card.findings]
