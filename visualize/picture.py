"""Picture: what a notebook shows, and what save() writes."""

from __future__ import annotations

import base64
import importlib
import os
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from importlib.util import find_spec
from pathlib import Path

import graphviz

from autograd import Graph
from visualize.css import Theme
from visualize.dot import write_dot
from visualize.figure import Figure
from visualize.labels import clean
from visualize.model import Drawing
from visualize.svg import page_size, write_svg
from visualize.text import write_tree

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="{scheme}">
<title>{title}</title>
<style>
body {{ margin: 0; padding: 16px; }}
figure {{ margin: 0; overflow-x: auto; }}
</style>
</head>
<body>
<figure>
{svg}</figure>
</body>
</html>
"""


@dataclass(frozen=True)
class Picture:
    """A drawn graph: a notebook shows it, `save` writes it, `print` tells it.

    Attributes:
        graph: The graph that is drawn.
        figure: The cards and wires, with all their numbers and places.
        theme: "auto" follows the reader's light or dark theme.
    """

    graph: Graph = field(repr=False)
    figure: Figure = field(repr=False)
    theme: Theme = "auto"

    @property
    def drawing(self) -> Drawing:
        """The cards and wires that are shown, without places."""
        return self.figure.drawing

    @cached_property
    def svg(self) -> str:
        """The picture as an SVG document."""
        return write_svg(self.figure, self.theme)

    @cached_property
    def text(self) -> str:
        """The picture as text, see `visualize.tree`."""
        return write_tree(self.drawing, self.figure.style)

    @property
    def html(self) -> str:
        """The picture as a page that needs nothing but itself."""
        scheme = "light dark" if self.theme == "auto" else self.theme
        title = escape(clean(self.drawing.summary))
        return _PAGE.format(scheme=scheme, title=title, svg=self.svg)

    @property
    def dot(self) -> graphviz.Digraph:
        """The picture as a graph for Graphviz."""
        return write_dot(self.drawing, self.figure.style)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes the picture to a file; the suffix says in which form.

        Args:
            path: Ends in .svg, .png, .pdf, .dot (or .gv), .html, .json or .txt.

        Returns:
            The path that was written.

        Raises:
            ValueError: If the suffix is none of these.
            ImportError: If the package that makes PNG and PDF is not installed.
            OSError: If the file can't be written. What was there before is kept.
        """
        target = Path(path)
        writers = self._writers()
        writer = writers.get(target.suffix.lower())
        if writer is None:
            known = " ".join(writers)
            raise ValueError(f"can't save as {target.suffix!r}; known: {known}")
        _write(target, writer())
        return target

    def _writers(self) -> dict[str, Callable[[], bytes]]:
        return {
            ".svg": lambda: _bytes(self.svg),
            ".png": lambda: self._converted("svg2png", scale=2),
            ".pdf": lambda: self._converted("svg2pdf", scale=1),
            ".dot": lambda: _bytes(self.dot.source),
            ".gv": lambda: _bytes(self.dot.source),
            ".html": lambda: _bytes(self.html),
            ".json": lambda: _bytes(self.graph.to_json()),
            ".txt": lambda: _bytes(f"{self.text}\n"),
        }

    def _converted(self, function: str, scale: int) -> bytes:
        if find_spec("cairosvg") is None:
            raise ImportError(
                "saving as PNG or PDF needs the package cairosvg: "
                "pip install 'gradtrace[images]'"
            )
        convert = getattr(importlib.import_module("cairosvg"), function)
        return bytes(convert(bytestring=self.svg.encode(), scale=scale))

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<Picture: {clean(self.drawing.summary)}>"

    def _repr_mimebundle_(
        self,
        include: Collection[str] | None = None,
        exclude: Collection[str] | None = None,
    ) -> dict[str, str]:
        """What a notebook shows.

        The page form is an image with its data inside: the only form that a notebook
        shows which the reader has not said to trust.
        """
        bundle = {
            "text/html": self._image(),
            "image/svg+xml": self.svg,
            "text/plain": self.text,
        }
        return {
            kind: data
            for kind, data in bundle.items()
            if (not include or kind in include) and kind not in (exclude or ())
        }

    def _image(self) -> str:
        data = base64.b64encode(self.svg.encode()).decode()
        summary = escape(clean(self.drawing.summary))
        # Notebooks squeeze an image to the width of their column: not beyond reading.
        least = round(0.6 * page_size(self.figure)[0])
        return (
            f'<img src="data:image/svg+xml;base64,{data}" alt="{summary}" '
            f'style="min-width:{least}px">'
        )


def _bytes(text: str) -> bytes:
    return text.encode()


def _write(target: Path, content: bytes) -> None:
    """Replaces a file as a whole, or leaves it as it was."""
    if target.exists() and not target.is_file():
        # A device or a pipe is written to, not replaced; a folder is an error here.
        target.write_bytes(content)
        return
    target = target.resolve()
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        part.write_bytes(content)
        part.replace(target)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(target)) from None
