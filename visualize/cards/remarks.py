"""What is said of a card beside its numbers: digits, findings, lines of source."""

from __future__ import annotations

from visualize.cards.group_cards import GroupCard
from visualize.cards.labels import clean, counted, join
from visualize.cards.model import Card
from visualize.style import Style

OUTSIDE = "outside of what is shown"
"""What is said of a card that stands at the border."""


def below_of(card: Card | GroupCard, style: Style) -> str:
    """What stands below a card: how many more use it, and the like."""
    if isinstance(card, GroupCard):
        return ""
    parts = [*card.marks, clean(card.source, style.label_limit)]
    if card.outside and card.operation:
        # Its number alone does not tell where it comes from, or goes to.
        parts.append(f"in {clean(card.scope, style.label_limit)}" if card.scope else "")
    if card.samples > 1 and not card.operation:
        return join([*parts, f"×{card.samples:,} samples"])
    if card.hidden_consumers:
        parts.append(counted(card.hidden_consumers, "more use"))
    if card.earlier:
        parts.append(f"{style.number(card.earlier)} from before")
    return join(parts)


def remarks(card: Card | GroupCard) -> list[str]:
    """Digits, line of source, warnings and findings, for those who point at a card."""
    digits = str(card.digits) if card.digits else ""
    source = f"made at {clean(card.source)}" if card.source else ""
    told = [text for text in (digits, source) if text]
    apart = [OUTSIDE] if card.outside else []
    return [*apart, *told, *card.marks, *card.findings]
