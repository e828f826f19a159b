"""What stands at a wire: the same in every form of output."""

from __future__ import annotations

from collections.abc import Callable

from visualize.cards.model import Wire

LabelPart = tuple[str, float | None]
"""A text, and the number that it prints, if it does."""


def wire_parts(
    wire: Wire, number: Callable[[float], str], contributions: bool = False
) -> tuple[LabelPart, ...]:
    """What stands at a wire: `×2`, or in words whatever is no local derivative.

    Args:
        wire: The wire.
        number: How a number is printed.
        contributions: Say what comes back along it beside the derivative, too.
    """
    local, back = wire.local_derivative, wire.contribution
    if wire.reads:
        return ((wire.reads, None),)
    if local is not None:
        factor: LabelPart = f"×{number(local)}", local
        if wire.share is not None:
            return factor, (f" · {100.0 * wire.share:.3g} %", None)
        # Read towards the operand: what comes back is the gradient times this factor.
        if contributions and back is not None:
            return (f"{number(back)} ←", back), (f" ×{number(local)}", local)
        return (factor,)
    if back is not None and wire.cancels:
        return ((f"±{number(wire.size / 2)} passed back", 0.0),)
    if back is not None:
        return ((f"{number(back)} passed back", back),)
    return ((f"{wire.count:,} slots", None),) if wire.count > 1 else ()


def wire_text(
    wire: Wire, number: Callable[[float], str], contributions: bool = False
) -> str:
    """The parts in one text, as in `−6 ← ×2`."""
    return "".join(text for text, _ in wire_parts(wire, number, contributions))
