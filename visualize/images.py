"""PNG and PDF, made of a picture's SVG by the package cairosvg."""

from __future__ import annotations

import re
from typing import Any, Literal

_PROOF = "Hamburgefonstiv 0123456789"
"""Letters whose widths tell one font from another."""

_NO_FONT = "no font has this name"


def converted(svg: str, form: Literal["png", "pdf"]) -> bytes:
    """The picture in another form; a PNG has two dots for each of its pixels.

    Raises:
        ImportError: If the package or its library is not installed.
    """
    try:
        import cairocffi
        import cairosvg
    except ImportError as error:
        raise ImportError(
            "saving as PNG or PDF needs the package cairosvg: "
            "pip install 'gradtrace[images]'"
        ) from error
    except OSError as error:  # the package is there, what it calls is not
        raise ImportError(
            "saving as PNG or PDF needs the library cairo: apt-get install libcairo2, "
            f"or brew install cairo ({error})"
        ) from error
    svg = _in_one_font(svg, cairocffi)
    if form == "png":
        return bytes(cairosvg.svg2png(svg.encode(), scale=2))
    return bytes(cairosvg.svg2pdf(svg.encode()))


def _in_one_font(svg: str, cairo: Any) -> str:
    """The picture with the first of its fonts that is installed.

    cairosvg itself asks for the first one alone, and where that is not there cairo
    takes any, be it one of a typewriter.
    """
    _, style, rest = svg.partition("<style>")
    fonts = re.search("font-family:([^;}]*)", rest)
    if not style or fonts is None:
        return svg
    font = _installed(fonts[1].split(","), cairo)
    return svg.replace(
        "</style>", f"text,tspan{{font-family:{font} !important}}</style>", 1
    )


def _installed(fonts: list[str], cairo: Any) -> str:
    """The first font that is not what cairo takes for a name that no font has.

    Where there is none, that font is what each of them would be.
    """
    context = cairo.Context(cairo.ImageSurface(cairo.FORMAT_A8, 1, 1))
    context.set_font_size(100)

    def measured(font: str) -> Any:
        context.select_font_face(font.strip(" \"'"))
        return context.text_extents(_PROOF)

    other = measured(_NO_FONT)
    return next((font for font in fonts if measured(font) != other), fonts[0])
