"""User text made fit for a picture: cleaned, shortened, measured.

Whatever a user writes as a label is data. It is cleaned here once, for every form of
output; each writer then escapes it for its own language.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

# Invisible characters that reorder the text around them.
_BIDIRECTIONAL = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e")
_ISOLATES = frozenset("\u2066\u2067\u2068\u2069\ufeff")
_UNSEEN = {"Cc", "Cs", "Cn"}

# Widths in thousandths of the font size: the widest of DejaVu Sans (what Linux falls
# back to), Inter with tabular numerals and Liberation Sans (metrics of Helvetica and
# Arial), rounded up.
_WIDTHS: tuple[tuple[int, str], ...] = (
    (280, "'ijl"),
    (320, " ,.I·"),
    (360, "/:;\\|"),
    (400, "()[]ft"),
    (440, "!r²³¹₁₂₃₄₅₆₇₈₉⁴⁵⁶⁷⁸⁹"),
    (480, '"-₀⁰'),
    (520, "*`°‖"),
    (560, "?J_csz–ε"),
    (600, "Lkvxyλγ"),
    (640, "$Fabdeghnopqu{}∂Σσμβδθρτ"),
    (680, "0123456789EKPSTY∇α"),
    (720, "ABVXZπ"),
    (760, "CHNRUφ"),
    (800, "&DGOQ"),
    (840, "#+<=>^w~×÷−±⇠⇢ω"),
    (920, "M"),
    (960, "%↑↓∞"),
    (1000, "Wm…—←→"),
    (1040, "@"),
)
_BOLD: tuple[tuple[int, str], ...] = (
    (360, "' ijl"),
    (400, ",./:;I\\|·"),
    (440, "f²³¹₁₂₃₅₆₇₈₉⁵⁶⁷⁸⁹"),
    (480, "!()-[]t₀₄⁰⁴"),
    (520, "`r°‖"),
    (560, '"*_–'),
    (600, "Jcszε"),
    (640, "?Lλτ"),
    (680, "aekvxy∂"),
    (720, "$0123456789EFTbdghnopqu{}∇Σαβγδθρ"),
    (760, "CPSYZμ"),
    (800, "ABKRVXσπ"),
    (840, "#+<=>DGHNU^~×÷−±⇠⇢φ"),
    (920, "&OQω"),
    (960, "w↑↓"),
    (1000, "@M…—←→∞"),
    (1040, "%"),
    (1080, "m"),
    (1120, "W"),
)
_WIDTH = {character: width for width, group in _WIDTHS for character in group}
_BOLD_WIDTH = {character: width for width, group in _BOLD for character in group}


def clean(text: str, limit: int = 400) -> str:
    r"""The text in one line, without what can't be seen, at most `limit` long.

    Control characters, lone surrogates, unassigned code points and marks that
    reorder text are dropped; white space of any kind becomes one space.

    >>> clean('two\nlines\x00')
    'two lines'
    """
    # Only the two ends of a very long text can be shown: look at no more than that.
    if len(text) > 4 * limit:
        text = text[: 2 * limit] + "…" + text[-2 * limit :]
    seen = "".join(" " if c.isspace() else c for c in text if _visible(c))
    return shorten(" ".join(seen.split()), limit)


def _visible(character: str) -> bool:
    if character.isspace():
        return True
    if character in _BIDIRECTIONAL or character in _ISOLATES:
        return False
    return unicodedata.category(character) not in _UNSEEN


def shorten(text: str, limit: int) -> str:
    """The text, its middle replaced by an ellipsis where it is longer than `limit`.

    The middle goes because both ends tell names like `layers.0.weights.31` apart.
    """
    if len(text) <= limit:
        return text
    tail = (limit - 1) // 2
    head = limit - 1 - tail
    return text[:head].rstrip() + "…" + text[len(text) - tail :].lstrip()


def width(text: str, size: float, *, bold: bool = False) -> float:
    """The width of a line of text at this font size, in the widest font it may have."""
    known = _BOLD_WIDTH if bold else _WIDTH
    return sum(known.get(c) or _character_width(c) for c in text) * size / 1000


def _character_width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    if unicodedata.east_asian_width(character) in ("W", "F"):
        return 1050
    # Scripts that are not measured here vary: rather leave a gap than overlap.
    return 900


def fit(text: str, size: float, space: float, *, bold: bool = False) -> str:
    """The text, shortened in its middle until it fits into `space`."""
    limit = len(text)
    while limit > 1 and width(shorten(text, limit), size, bold=bold) > space:
        limit -= 1
    return shorten(text, limit)


def join(parts: Iterable[str], separator: str = " · ") -> str:
    """The parts that are not empty, with a separator between them."""
    return separator.join(part for part in parts if part)


def counted(count: int, what: str) -> str:
    """A count and its noun.

    >>> counted(1, "node"), counted(2000, "node")
    ('1 node', '2,000 nodes')
    """
    return f"{count:,} {what}{'s' * (count != 1)}"
