"""The graphs of a training as one reel: the same places in every frame.

A frame's SVG differs from the first one's in few lines; only those are kept.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from visualize.cards.model import Drawing
from visualize.layout.engines import Engine
from visualize.style import Scale, Style
from visualize.svg.css import Theme
from visualize.svg.document import write_svg
from visualize.svg.figure import Figure, compose
from visualize.svg.group_face import widened

_PREFIX = re.compile(r'id="(g[0-9a-f]{12})"')


@dataclass(frozen=True)
class _Roomy(Style):
    """A style whose every number is as wide as numbers get."""

    def number(self, value: float) -> str:  # noqa: ARG002 - they are all alike
        return "−8.888e−8"


def reel(
    drawings: Sequence[Drawing], style: Style, theme: Theme, engine: Engine
) -> list[str]:
    """Each drawing as SVG, all with the same places, scale and ids.

    Where a graph has not the structure of the first, its picture has its own places.
    """
    first = drawings[0]
    roomy = _Roomy(**{name: vars(style)[name] for name in vars(style)})
    base = compose(first, roomy, engine=engine)
    numbers = [
        card.gradient
        for drawing in drawings
        for card in drawing.cards
        if card.gradient is not None
    ]
    scale = Scale.of(numbers)
    pictures = []
    for drawing in drawings:
        figure = compose(drawing, style, engine="built-in")
        if _structure(figure) == _structure(base):
            figure = _placed(figure, base)
        elif engine != "built-in":
            figure = compose(drawing, style, engine=engine)
        pictures.append(_anonymous(write_svg(replace(figure, scale=scale), theme)))
    return pictures


def _structure(figure: Figure) -> object:
    """What two figures must have in common to be laid out alike."""
    drawing = figure.drawing
    sizes = tuple((face.height, face.reach, face.docks) for face in figure.faces)
    return sizes, figure.links, drawing.outputs


def _placed(own: Figure, base: Figure) -> Figure:
    faces = tuple(
        replace(
            face,
            width=roomy.width,
            zone=roomy.zone,
            body=face.body and widened(face.body, roomy.width),
        )
        for face, roomy in zip(own.faces, base.faces, strict=True)
    )
    return replace(own, faces=faces, layout=base.layout, frames=base.frames)


def _anonymous(svg: str) -> str:
    """Without the hash of its content in its ids: only one is in the page at a time."""
    found = _PREFIX.search(svg)
    return svg.replace(found[1], "frame") if found else svg


def differences(pictures: Sequence[str]) -> tuple[list[str], list[dict[str, str]]]:
    """The lines of the first picture, and for each picture those that differ.

    A picture with another number of lines has all its text under the key "all".
    """
    base = pictures[0].split("\n")
    found = []
    for picture in pictures:
        lines = picture.split("\n")
        if len(lines) != len(base):
            found.append({"all": picture})
            continue
        pairs = enumerate(zip(lines, base, strict=True))
        found.append({str(n): line for n, (line, old) in pairs if line != old})
    return base, found
