"""Animation: a training as a flipbook that a notebook shows and `save` writes."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from visualize.display import framed, offered
from visualize.files import save_page
from visualize.layout.engines import Engine
from visualize.options import door
from visualize.style import Style
from visualize.svg.css import Theme
from visualize.svg.document import page_size
from visualize.svg.figure import compose
from visualize.training.flipbook import write_flipbook
from visualize.training.recorder import Recorder

_CHARTS, _CAPTION = 520.0, 70.0
"""Pixels: the charts with the controls, what is about a graph."""


@door
def animate(
    recorder: Recorder,
    *,
    title: str = "Training",
    theme: Theme = "auto",
    engine: Engine = "auto",
    style: Style | None = None,
) -> Animation:
    """Makes a flipbook of a training: graph, loss and decision boundary, step by step.

    Args:
        recorder: What was recorded; the boundary is there if it was given X and y,
            the graph if it recorded Values.
        title: The heading of the page.
        theme: "light", "dark", or "auto" for the reader's own.
        engine: As for `draw`.
        style: Colours, fonts and number formats other than the usual.

    Raises:
        ImportError: If matplotlib, which draws the charts, is not installed.
        TypeError: If this is no Recorder.
        ValueError: If nothing was recorded yet.
    """
    if not isinstance(recorder, Recorder):
        given = type(recorder).__name__
        raise TypeError(f"can animate what a visualize.Recorder kept, not {given}")
    if not recorder.frames:
        raise ValueError("nothing was recorded yet: call recorder.record(loss) first")
    look = style or Style()
    page = write_flipbook(recorder, title, look, theme, engine)
    height, drawing = _CHARTS, recorder.frames[0].drawing
    if drawing is not None:
        height += _CAPTION + page_size(compose(drawing, look, engine=engine))[1]
    return Animation(page, len(recorder.frames), len(recorder.losses), height)


@dataclass(frozen=True)
class Animation:
    """A training as one self-contained HTML page.

    Slider, buttons and arrow keys turn to a step, space plays; `#step=40` at the end
    of the page's address opens it there.

    Attributes:
        html: The page.
        frames: How many frames it has.
        steps: How many steps the training had.
        height: How high it is in a notebook's column, in pixels.
    """

    html: str = field(repr=False)
    frames: int
    steps: int
    height: float = _CHARTS

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes the page to a file whose name ends in .html, and returns its path.

        Raises:
            ValueError: If it has another suffix.
            OSError: If the file can't be written. What was there before is kept.
        """
        return save_page(self.html, path)

    def __str__(self) -> str:
        frames = "frame" if self.frames == 1 else "frames"
        steps = "step" if self.steps == 1 else "steps"
        return f"Training of {self.steps:,} {steps} in {self.frames:,} {frames}"

    def _repr_mimebundle_(
        self,
        include: Collection[str] | None = None,
        exclude: Collection[str] | None = None,
    ) -> dict[str, str]:
        """What a notebook shows: the page, where it is trusted, else a line of text."""
        bundle = {
            "text/html": framed(self.html, str(self), self.height),
            "text/plain": f"{self}; save it as HTML and open it in a browser",
        }
        return offered(bundle, include, exclude)
