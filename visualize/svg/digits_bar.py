"""A number's decimal digits as a row of squares: right, lost here, inherited."""

from __future__ import annotations

from visualize.cards.digits import ALL_DIGITS, Digits
from visualize.style import Style

DIGITS_HEIGHT = 26.0
_SIDE = 6.0


def digits_bar(digits: Digits, wide: float, top: float, style: Style) -> str:
    """The squares, and below them how many there are of each kind.

    Args:
        digits: What to show.
        wide: How wide the card is.
        top: Where the bar's part of the card begins.
        style: How the picture looks.
    """
    pitch = (wide - 2 * style.padding) / ALL_DIGITS
    squares = []
    place = 0
    for kind in ("left", "lost", "inherited"):
        for _ in range(getattr(digits, kind)):
            squares.append(
                f'<rect class="digit {kind}" x="{style.padding + place * pitch:.1f}" '
                f'y="{top + 4:g}" width="{pitch - 1:.1f}" height="{_SIDE:g}"/>'
            )
            place += 1
    text = (
        f'<text class="digits" x="{style.padding:g}" y="{top + 21:g}">{digits}</text>'
    )
    return "".join([*squares, text])
