"""What numbers look like: classes, widths, and the titles that spell them out."""

from __future__ import annotations

import math

from visualize.cards.group_cards import GroupCard
from visualize.cards.labels import clean
from visualize.cards.model import Card, Wire
from visualize.cards.remarks import remarks
from visualize.cards.wire_text import wire_parts
from visualize.style import STEPS
from visualize.svg.figure import Figure


def wire_sign(wire: Wire) -> str:
    """The class of a wire's colour, by the sign of what comes back along it."""
    unknown = wire.contribution is None and wire.local_derivative is not None
    bad = unknown and not math.isfinite(wire.local_derivative or 0.0)
    return "invalid" if bad else sign_of(None if wire.cancels else wire.contribution)


def sign_of(number: float | None) -> str:
    """The class of a number's colour; "neutral" for 0 and for none."""
    if not number:
        return "neutral"
    if not math.isfinite(number):
        return "invalid"
    return "positive" if number > 0 else "negative"


def wire_label(figure: Figure, wire: Wire) -> list[tuple[str, str]]:
    """What stands at a wire: texts with their classes, each number as its sign says."""
    parts = wire_parts(wire, figure.style.number, figure.contributions)
    return [(f"label {sign_of(number)}", text) for text, number in parts]


def wire_width(figure: Figure, wire: Wire) -> float:
    """The width of a wire, from the logarithm of what comes back along it."""
    if not wire.flow:
        return 1.2
    if not math.isfinite(wire.flow):
        return 3.0
    return 1.4 + 2.2 * abs(figure.scale.step(wire.flow)) / STEPS


def card_title(card: Card) -> str:
    """All about one card, for those who point at it: numbers in full."""
    gradient = "not yet" if card.gradient is None else repr(card.gradient)
    made = f" = {card.expression}" if card.expression else ""
    lines = [
        clean(card.name) + made,
        f"value {card.value!r}",
        f"gradient {gradient}",
        f"of which {card.earlier!r} from earlier passes" if card.earlier else "",
        f"in {clean(card.scope)}" if card.scope else "",
        f"operands not shown: {card.hidden_operands:,}" if card.hidden_operands else "",
        *remarks(card),
    ]
    return "\n".join(line for line in lines if line)


def group_title(card: GroupCard) -> str:
    """All about a group's card, for those who point at it."""
    if card.account:
        return card.account.told
    activity = card.activity
    gradient = "not yet" if card.norm is None else repr(card.norm)
    what = "its parameters' gradients" if card.parameter_count else "its gradients"
    lines = [
        f"{clean(card.name)}: {card.nodes:,} nodes {card.times}".rstrip(),
        clean(card.shape),
        f"value {card.value!r}" if card.value is not None else "",
        f"norm of {what} {gradient}",
        f"passes back {card.gradient!r} in all" if card.gradient is not None else "",
    ]
    if activity.units:
        every = f"for all of {card.samples:,} samples" if card.samples > 1 else "here"
        lines += [
            f"{activity.units:,} activation units",
            f"dead: {activity.dead:,} (relu, output 0 {every})",
            f"saturated: {activity.saturated:,} (local derivative below 0.05 {every})",
        ]
    lines += remarks(card)
    shown = [len(strip.cells) - strip.cells.count(None) for strip in card.strips]
    if any(count < s.total for count, s in zip(shown, card.strips, strict=True)):
        lines.append("the heat maps show an even choice of the numbers")
    return "\n".join(line for line in lines if line)


def wire_title(figure: Figure, wire: Wire) -> str:
    """All about one wire, for those who point at it: numbers in full."""
    parent, child = (figure.drawing.cards[n] for n in (wire.parent, wire.child))
    lines = [
        f"{clean(parent.name)} → {clean(child.name)}",
        f"reads {wire.reads}"
        if wire.reads
        else f"local derivative {wire.local_derivative!r}"
        if wire.local_derivative is not None
        else f"{wire.count:,} operand slots"
        if wire.count > 1
        else "a constant",
    ]
    if wire.contribution is not None:
        lines.append(f"contribution {wire.contribution!r}")
    if wire.cancels:
        lines.append(f"{wire.flow!r} with either sign cancels")
    return "\n".join(lines)
