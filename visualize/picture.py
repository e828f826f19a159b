"""Picture: a drawn graph that a notebook shows and save() writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import graphviz

from autograd import Graph
from visualize.cards.model import Drawing
from visualize.display import Display
from visualize.dot import write_dot
from visualize.options import Options
from visualize.style import Style
from visualize.svg.css import Theme
from visualize.svg.document import page_size, write_svg
from visualize.svg.figure import Figure, compose
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
    def wide(self) -> float:
        """How wide the picture is, in pixels."""
        return page_size(self.figure)[0]

    @property
    def dot(self) -> graphviz.Digraph:
        """The picture as a graph for Graphviz."""
        return write_dot(self.drawing, self.figure.style)

    def _writers(self) -> dict[str, Callable[[], str | bytes]]:
        return {
            **super()._writers(),
            ".dot": lambda: self.dot.source,
            ".gv": lambda: self.dot.source,
            ".json": self.graph.to_json,
        }


def laid_out(drawing: Drawing, options: Options) -> Figure:
    """A drawing with its texts measured and its places found, as the options say."""
    return compose(
        drawing,
        options["style"] or Style(),
        engine=options["engine"],
        contributions=options["contributions"],
        direction=options["direction"],
    )
