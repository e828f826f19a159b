"""Picture: a drawn graph that a notebook shows and save() writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import graphviz

from autograd import Graph
from visualize.cards.model import Drawing
from visualize.display import Display, as_bytes
from visualize.dot import write_dot
from visualize.svg.canvas import scheme_of
from visualize.svg.css import Theme
from visualize.svg.document import page_size, write_svg
from visualize.svg.figure import Figure
from visualize.text import write_tree


@dataclass(frozen=True, repr=False)
class Picture(Display):
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
    def summary(self) -> str:
        """One line for those who can't see the picture."""
        return self.drawing.summary

    @property
    def scheme(self) -> str:
        """The colour schemes that the picture knows."""
        return scheme_of(self.theme)

    @property
    def wide(self) -> float:
        """How wide the picture is, in pixels."""
        return page_size(self.figure)[0]

    @property
    def dot(self) -> graphviz.Digraph:
        """The picture as a graph for Graphviz."""
        return write_dot(self.drawing, self.figure.style)

    def _writers(self) -> dict[str, Callable[[], bytes]]:
        return {
            **super()._writers(),
            ".dot": lambda: as_bytes(self.dot.source),
            ".gv": lambda: as_bytes(self.dot.source),
            ".json": lambda: as_bytes(self.graph.to_json()),
        }
