"""Colours, fonts and number formats: everything about looks, in one place."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, fields
from typing import Self

from visualize.naming import refuse_unknown

STEPS = 12
"""Colour steps for each sign of a gradient: three a decade, over four decades."""

DECADES = 4


@dataclass(frozen=True)
class _Looks:
    """What has named settings, and refuses other names."""

    def __new__(cls, *_settings: object, **options: object) -> Self:
        """Look at the names first: the error of a dataclass suggests none."""
        refuse_unknown(cls.__name__, options, [setting.name for setting in fields(cls)])
        return super().__new__(cls)


@dataclass(frozen=True)
class Palette(_Looks):
    """The colours of one theme, as `#rrggbb`.

    Raises:
        ValueError: If one of them is not written so.
    """

    background: str
    card: str
    ink: str
    muted: str
    input: str
    parameter: str
    operation: str
    output: str
    negative: str
    zero: str
    positive: str
    hatch: str
    invalid: str
    negative_wire: str
    positive_wire: str
    neutral_wire: str

    def __post_init__(self) -> None:
        """Check every colour."""
        for name, colour in vars(self).items():
            if not re.fullmatch("#[0-9a-fA-F]{6}", str(colour)):
                raise ValueError(f"{name} must be #rrggbb, as #14181d; got {colour!r}")

    def band(self, step: int) -> str:
        """The colour of a gradient step, from -STEPS (orange) to STEPS (blue)."""
        end = self.positive if step > 0 else self.negative
        return blend(self.zero, end, abs(step) / STEPS)

    def text_on(self, colour: str) -> str:
        """Black or white, whichever is easier to read on `colour`."""
        return max(("#000000", "#ffffff"), key=lambda text: contrast(text, colour))


LIGHT = Palette(
    background="#ffffff",
    card="#ffffff",
    ink="#14181d",
    muted="#667080",
    input="#009E73",
    parameter="#7A5195",
    operation="#5b6672",
    output="#14181d",
    negative="#f59322",
    zero="#f1f2f4",
    positive="#2b7bba",
    hatch="#c3c8cf",
    invalid="#d6249f",
    negative_wire="#b8650b",
    positive_wire="#2470ae",
    neutral_wire="#98a1ab",
)

DARK = Palette(
    background="#12161c",
    card="#1c222b",
    ink="#e9edf2",
    muted="#9aa5b3",
    input="#2ec79a",
    parameter="#bb90d8",
    operation="#7f8c9a",
    output="#ffffff",
    negative="#e08a24",
    zero="#2a313b",
    positive="#3d8fd1",
    hatch="#4b5562",
    invalid="#e83fb3",
    negative_wire="#f0a24a",
    positive_wire="#62aeea",
    neutral_wire="#66717e",
)


@dataclass(frozen=True, repr=False)
class Style(_Looks):
    """How pictures look: hand a changed copy to `draw(style=...)`.

    Lengths are in SVG user units, which a browser shows as CSS pixels.

    Raises:
        TypeError: If a setting is of another type than the usual one.
        ValueError: If a number is not positive.
    """

    light: Palette = field(default=LIGHT)
    dark: Palette = field(default=DARK)
    font: str = 'Inter, "Segoe UI", Helvetica, Arial, sans-serif'
    name_size: float = 13.0
    value_size: float = 13.0
    caption_size: float = 10.0
    wire_size: float = 9.5
    page_width: float = 1600.0
    page_height: float = 1000.0
    card_width: float = 120.0
    card_height: float = 50.0
    corner: float = 7.0
    padding: float = 10.0
    slot_pitch: float = 13.0
    rail_limit: float = 640.0
    row_gap: float = 22.0
    margin: float = 24.0
    significant_digits: int = 4
    scientific_below: float = 1e-3
    scientific_from: float = 1e5
    label_limit: int = 40

    def __post_init__(self) -> None:
        """Check that every setting is of the kind of the usual one."""
        for setting in fields(self):
            name, given = setting.name, getattr(self, setting.name)
            number = isinstance(setting.default, int | float)
            kind = type(setting.default)
            fits = isinstance(given, (int, kind) if kind is float else kind)
            if not fits or isinstance(given, bool):
                words = {int: "whole number", float: "number", str: "text"}
                wanted = words.get(kind, f"visualize.{kind.__name__}")
                raise TypeError(f"{name} must be a {wanted}, not {given!r}")
            if number and not given > 0:
                raise ValueError(f"{name} must be positive, not {given!r}")

    def __repr__(self) -> str:
        changed = [
            f"{setting.name}={getattr(self, setting.name)!r}"
            for setting in fields(self)
            if getattr(self, setting.name) != setting.default
        ]
        return f"{type(self).__name__}({', '.join(changed)})"

    def number(self, value: float) -> str:
        """A number as a picture prints it.

        Four significant digits, scientific where very small or large, a real minus
        sign, and never a negative zero.

        >>> Style().number(-0.00002), Style().number(1234.56), Style().number(-0.0)
        ('−2e−5', '1235', '0')
        """
        if math.isnan(value):
            return "NaN"
        if math.isinf(value):
            return "∞" if value > 0 else "−∞"
        if value == 0:
            return "0"
        rounded = float(f"{value:.{self.significant_digits - 1}e}")
        if self.scientific_below <= abs(rounded) < self.scientific_from:
            text = _plain(rounded, self.significant_digits)
        else:
            # The largest floats round up to no float: format `value` itself.
            text = _scientific(value, self.significant_digits)
        return text.replace("-", "−")


USUAL = Style()
"""How texts are written that are made before a style is chosen."""


def _plain(value: float, digits: int) -> str:
    exponent = math.floor(math.log10(abs(value)))
    text = f"{value:.{max(0, digits - 1 - exponent)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _scientific(value: float, digits: int) -> str:
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    if "." in mantissa:
        mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa}e{int(exponent)}"


@dataclass(frozen=True)
class Scale:
    """Symmetric logarithmic scale of one picture's gradients.

    `top` is the largest finite magnitude in the picture, rounded up to 1, 2 or 5
    times a power of ten, so that the legend reads well and equal graphs of similar
    gradients have equal colours. Four decades below it the scale ends: smaller
    gradients keep the palest tint of their sign, and only an exact zero has none.
    """

    top: float

    @classmethod
    def of(cls, magnitudes: list[float]) -> Scale:
        """The scale that holds all these numbers; NaN and infinities are ignored."""
        finite = [abs(m) for m in magnitudes if math.isfinite(m)]
        return cls(_round_up(max(finite, default=0.0)))

    @property
    def bottom(self) -> float:
        """Where the scale ends: magnitudes up to this share the palest tint."""
        return self.top / 10.0**DECADES

    def step(self, value: float) -> int:
        """The colour step of a finite number: its sign times 1 to STEPS; 0 for 0."""
        if value == 0:
            return 0
        magnitude = min(abs(value), self.top)
        share = 1 + (math.log10(magnitude) - math.log10(self.top)) / DECADES
        step = max(1, min(STEPS, math.ceil(share * STEPS - 1e-9)))
        return step if value > 0 else -step


def _round_up(value: float) -> float:
    if value == 0:
        return 1.0
    decade = math.floor(math.log10(value))
    for exponent in (decade, decade + 1):
        for digit in (1, 2, 5):
            # Through text: 10.0**-5 is not exactly 1e-05. Beyond the largest float
            # this reads as infinity, which is then no scale.
            candidate = float(f"{digit}e{exponent}")
            if value <= candidate < math.inf:
                return candidate
    return value


def blend(start: str, end: str, share: float) -> str:
    """The colour that lies `share` of the way from `start` to `end`."""
    pairs = zip(_channels(start), _channels(end), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, section 1.4.3)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else math.pow((share + 0.055) / 1.055, 2.4)
