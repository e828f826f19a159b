"""Stepper and Explorer: what a notebook shows, and what save() and run() do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar, Unpack, final

from autograd import Graph, Value
from visualize.cards.labels import clean
from visualize.display import Page
from visualize.options import Options, door, settled
from visualize.picture import Picture, laid_out
from visualize.stepping.page import PageKind, write_page
from visualize.stepping.player import play
from visualize.stepping.replay import counterparts, replay
from visualize.stepping.scenes import Book, open_book
from visualize.stepping.steps import Step
from visualize.stepping.terminal import Terminal
from visualize.style import Style
from visualize.subjects import as_graph
from visualize.svg.document import page_size
from visualize.svg.figure import Figure
from visualize.views import view_of

_COLUMN = 560.0
_AROUND = 260.0
_LOWEST, _HIGHEST = 480.0, 900.0


@dataclass(frozen=True)
class Interactive(Page):
    """A graph as an interactive page.

    Attributes:
        book: The pictures, the whole first, then those of its groups.
        options: What they show, and how.
    """

    book: Book = field(repr=False)
    options: Options = field(repr=False)
    kind: ClassVar[PageKind]
    file: ClassVar[str]

    @property
    def style(self) -> Style:
        """Colours, fonts, sizes and number formats."""
        return self.options["style"] or Style()

    @property
    def steps(self) -> tuple[tuple[Step, ...], ...]:
        """The steps of each scene."""
        return ((),) * len(self.figures)

    @cached_property
    def html(self) -> str:  # type: ignore[override] # nobody sets it
        """The page, which needs nothing but itself."""
        theme, explained = self.options["theme"], self.options["explain"]
        return write_page(
            self.kind, self.book, self.figures, self.steps, theme, explained
        )

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        """Every scene with its places found."""
        return tuple(
            laid_out(scene.drawing, self.options) for scene in self.book.scenes
        )

    @property
    def picture(self) -> Picture:
        """The whole graph as a picture that stands still."""
        scene = self.book.scenes[0]
        return Picture(scene.graph, self.figures[0], self.options["theme"])

    def __str__(self) -> str:
        return self.picture.text

    def __repr__(self) -> str:
        return f"<{clean(self._title)}>"

    def bundle(self) -> dict[str, str]:
        """The picture that stands still, and below it the page.

        A page inside of a notebook is a frame with a script, which is not shown where
        the reader has not said to trust, nor on the sites that show notebooks: there
        the picture remains, and a line that tells how to come to the page.
        """
        bundle = self.picture.bundle()
        invitation = f'As a page of its own: <code>.save("{self.file}")</code>.'
        bundle["text/html"] += f"\n<p>{invitation}</p>\n{self._frame(self._title)}"
        return bundle

    @cached_property
    def height(self) -> float:  # type: ignore[override] # nobody sets it
        """How high the page is in a notebook: the picture with what is around it."""
        wide, high = page_size(self.figures[0])
        # In a notebook's column the picture has some 560 pixels; the rest are controls.
        shown = high * min(1.0, _COLUMN / wide)
        return round(min(_HIGHEST, max(_LOWEST, shown + _AROUND)))

    @property
    def _title(self) -> str:
        return f"{type(self).__name__}: {self.book.scenes[0].drawing.summary}"


@final
@dataclass(frozen=True, repr=False)
class Stepper(Interactive):
    """The steps of one forward and one backward pass.

    `save("step.html")` writes them as a page, `run()` shows them in the terminal.
    """

    kind = "step"
    file = "step.html"

    @cached_property
    def steps(self) -> tuple[tuple[Step, ...], ...]:
        """The steps of each scene."""
        return tuple(play(scene, self.style) for scene in self.book.scenes)

    def run(
        self,
        read: Callable[[str], str] | None = None,
        write: Callable[[str], object] | None = None,
    ) -> None:
        """Steps in the terminal: letters at a prompt, until `q` or the input's end.

        Args:
            read: Shows a prompt and returns a line; `input`, if None. An EOFError
                ends the walk.
            write: Takes each text to be shown; `print`, if None.
        """
        Terminal(self.book.scenes, self.style, write or print).run(read or input)


@final
@dataclass(frozen=True, repr=False)
class Explorer(Interactive):
    """A page to search a graph and to look around in it; `save("graph.html")`."""

    kind = "explore"
    file = "graph.html"


@door
def step(value: Value | Graph, **options: Unpack[Options]) -> Stepper:
    """Steps through a forward and a backward pass, node by node.

    The numbers are those of one backward pass from `value`, with seed 1, whatever was
    accumulated before; it is played on a copy, and nothing of yours is changed.

    Args:
        value: The output to start from, such as a loss, or a Graph of one output.
        options: What the first picture shows, and how; each group has steps of its own.

    Returns:
        A Stepper: `save("step.html")` writes a page, `run()` steps in the terminal.

    Raises:
        ValueError: `value` is a Graph of several outputs.
    """
    graph = as_graph(value)
    played = replay(graph)
    chosen = counterparts(settled(options), graph, played)
    return Stepper(open_book(view_of(played, chosen), chosen), chosen)


@door
def explore(value: Value | Graph, **options: Unpack[Options]) -> Explorer:
    """A page to look around in a graph: search, ancestors, descendants, zoom, groups.

    It shows the numbers as they are: gradients are those that the last backward passes
    left in `.grad`.

    Args:
        value: The output to draw, or a Graph of several outputs.
        options: What the first picture shows, and how.

    Returns:
        An Explorer: `save("graph.html")` writes the page.
    """
    chosen = settled(options)
    return Explorer(open_book(view_of(as_graph(value), chosen), chosen), chosen)
