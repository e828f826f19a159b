"""A number's decimal digits as a row of squares: right, lost here, inherited."""

from __future__ import annotations

from visualize.cards.digits import ALL_DIGITS, Digits
from visualize.style import Style
from visualize.svg.canvas import text

DIGITS_HEIGHT = 26.0
_SIDE = 6.0


def digits_bar(digits: Digits, wide: float, top: float, style: Style) -> str:
    """The squares, and below them how many there are of each kind."""
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
    return "".join([*squares, text("digits", style.padding, top + 21, str(digits))])
