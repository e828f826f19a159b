"""What numbers look like: classes, widths, and the titles that spell them out."""

from __future__ import annotations

import math

from visualize.css import band_class
from visualize.figure import Figure
from visualize.labels import clean
from visualize.model import Card, Wire
from visualize.style import STEPS


def wire_sign(wire: Wire) -> str:
    """The class of a wire's colour, by the sign of what comes back along it."""
    if wire.contribution is None or wire.contribution == 0:
        bad = wire.contribution is None and not math.isfinite(wire.local_derivative)
        return "invalid" if bad else "neutral"
    if not math.isfinite(wire.contribution):
        return "invalid"
    return "positive" if wire.contribution > 0 else "negative"


def wire_width(figure: Figure, wire: Wire) -> float:
    """The width of a wire, from the logarithm of what comes back along it."""
    if wire.contribution is None or wire.contribution == 0:
        return 1.2
    if not math.isfinite(wire.contribution):
        return 3.0
    return 1.4 + 2.2 * abs(figure.scale.step(wire.contribution)) / STEPS


def band_classes(figure: Figure, gradient: float | None) -> tuple[str, str]:
    """The classes of a gradient's band and of the text on it."""
    if gradient is None:
        return "unknown", "later"
    if not math.isfinite(gradient):
        return "invalid-band", "on-invalid"
    if gradient == 0:
        return "zero", "on-s0"
    step = band_class(figure.scale.step(gradient))
    return step, f"on-{step}"


def card_title(card: Card) -> str:
    """All about one card, for those who point at it: numbers in full."""
    gradient = "not yet" if card.gradient is None else repr(card.gradient)
    made = f" = {card.expression}" if card.expression else ""
    lines = [
        clean(card.name) + made,
        f"value {card.value!r}",
        f"gradient {gradient}",
        f"in {clean(card.scope)}" if card.scope else "",
        f"operands not shown: {card.hidden_operands:,}" if card.hidden_operands else "",
    ]
    return "\n".join(line for line in lines if line)


def wire_title(figure: Figure, wire: Wire) -> str:
    """All about one wire, for those who point at it: numbers in full."""
    parent, child = (figure.drawing.cards[n] for n in (wire.parent, wire.child))
    lines = [
        f"{clean(parent.name)} → {clean(child.name)}",
        f"local derivative {wire.local_derivative!r}",
    ]
    if wire.contribution is not None:
        lines.append(f"contribution {wire.contribution!r}")
    return "\n".join(lines)
