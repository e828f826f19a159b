"""Stepper and Explorer: what a notebook shows, and what save() and run() do."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import final

from autograd import Graph, Value
from visualize.cards.labels import clean
from visualize.cards.model import MAX_NODES, Parameters
from visualize.files import write_whole
from visualize.folding.dividing import GroupBy, Level
from visualize.folding.fold import fold
from visualize.layout.engines import Engine
from visualize.options import door
from visualize.picture import Picture
from visualize.stepping.page import write_page
from visualize.stepping.player import play
from visualize.stepping.replay import counterparts, replay
from visualize.stepping.scenes import Book, open_book
from visualize.stepping.steps import Step
from visualize.stepping.terminal import Terminal
from visualize.style import Style
from visualize.subjects import as_graph
from visualize.svg.figure import Figure, compose


@dataclass(frozen=True)
class Interactive(ABC):
    """A graph as an interactive page.

    Attributes:
        book: The pictures, the whole first, then those of its groups.
        style: Colours, fonts, sizes and number formats.
        engine: Which layout to use.
    """

    book: Book = field(repr=False)
    style: Style = field(repr=False)
    engine: Engine = "auto"

    @property
    @abstractmethod
    def html(self) -> str:
        """The page, which needs nothing but itself."""

    @property
    @abstractmethod
    def invitation(self) -> str:
        """How to come to the page: a line below the picture, in HTML."""

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        """Every scene with its places found."""
        return tuple(
            compose(scene.drawing, self.style, engine=self.engine)
            for scene in self.book.scenes
        )

    @property
    def picture(self) -> Picture:
        """The whole graph as a picture that stands still."""
        scene = self.book.scenes[0]
        return Picture(scene.graph, self.figures[0])

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes the page to a file, which opens in any browser.

        Args:
            path: Ends in .html.

        Returns:
            The path that was written.

        Raises:
            ValueError: If it has another suffix.
            OSError: If the file can't be written. What was there before is kept.
        """
        target = Path(path)
        if target.suffix.lower() not in {".html", ".htm"}:
            raise ValueError(
                f"an interactive page is saved as .html, not {target.suffix!r}; "
                "visualize.draw(...).save writes pictures"
            )
        write_whole(target, self.html.encode())
        return target

    def __str__(self) -> str:
        return self.picture.text

    def __repr__(self) -> str:
        summary = clean(self.book.scenes[0].drawing.summary)
        return f"<{type(self).__name__}: {summary}>"

    def _repr_mimebundle_(
        self,
        include: Collection[str] | None = None,
        exclude: Collection[str] | None = None,
    ) -> dict[str, str]:
        """What a notebook shows: the picture that stands still.

        A page inside of a notebook is a frame with a script, which is not shown where
        the reader has not said to trust, nor on the sites that show notebooks: the
        page is for `save`, and a line below the picture says so.
        """
        bundle = self.picture._repr_mimebundle_(include, exclude)
        if "text/html" in bundle:
            bundle["text/html"] += f"\n<p>{self.invitation}</p>"
        return bundle


@final
@dataclass(frozen=True, repr=False)
class Stepper(Interactive):
    """The steps of one forward and one backward pass.

    `save("step.html")` writes them as a page, `run()` shows them in the terminal.
    """

    @cached_property
    def steps(self) -> tuple[tuple[Step, ...], ...]:
        """The steps of each scene."""
        return tuple(play(scene, self.style) for scene in self.book.scenes)

    @property
    def html(self) -> str:
        """The page, which needs nothing but itself."""
        return write_page("step", self.book, self.figures, self.steps)

    @property
    def invitation(self) -> str:
        """How to come to the steps."""
        return 'To step through it: <code>.save("step.html")</code> and open that page.'

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

    @property
    def html(self) -> str:
        """The page, which needs nothing but itself."""
        empty: tuple[Step, ...] = ()
        steps = [empty] * len(self.figures)
        return write_page("explore", self.book, self.figures, steps)

    @property
    def invitation(self) -> str:
        """How to come to the page."""
        return 'To look around: <code>.save("graph.html")</code> and open that page.'


@door
def step(
    value: Value | Graph,
    *,
    level: Level = "auto",
    group_by: GroupBy | None = None,
    sample: int | None = None,
    parameters: Parameters | None = None,
    max_nodes: int = MAX_NODES,
    engine: Engine = "auto",
    style: Style | None = None,
) -> Stepper:
    """Steps through a forward and a backward pass, node by node.

    The numbers are those of one backward pass from `value`, with seed 1, whatever was
    accumulated before; it is played on a copy, and nothing of yours is changed.

    Args:
        value: The output to start from, such as a loss, or a Graph of one output.
        level: How far the first picture folds; each group has steps of its own.
        group_by: What the first picture's groups are: "scope", "op", "label", or a
            function from a node to a name.
        sample: Which sample of a batch stands for all.
        parameters: Leaves to show as parameters: a module, or a mapping from names to
            Values, which also names them, or Values alone.
        max_nodes: A larger graph folds to groups, and so does a group of more nodes.
        engine: "dot", "pygraphviz", "built-in", or "auto" for the first there is.
        style: Colours, fonts, sizes and number formats other than the usual.

    Returns:
        A Stepper: `save("step.html")` writes a page, `run()` steps in the terminal.

    Raises:
        ValueError: `value` is a Graph of several outputs.
    """
    graph = as_graph(value)
    played = replay(graph)
    root = fold(
        played,
        level=level,
        group_by=group_by,
        sample=sample,
        parameters=counterparts(parameters, graph, played),
        max_nodes=max_nodes,
    )
    return Stepper(open_book(root), style or Style(), engine)


@door
def explore(
    value: Value | Graph,
    *,
    level: Level = "auto",
    group_by: GroupBy | None = None,
    sample: int | None = None,
    parameters: Parameters | None = None,
    max_nodes: int = MAX_NODES,
    engine: Engine = "auto",
    style: Style | None = None,
) -> Explorer:
    """A page to look around in a graph: search, ancestors, descendants, zoom, groups.

    It shows the numbers as they are: gradients are those that the last backward passes
    left in `.grad`.

    Args:
        value: The output to draw, or a Graph of several outputs.
        level: As for `step`.
        group_by: As for `step`.
        sample: As for `step`.
        parameters: As for `step`.
        max_nodes: As for `step`.
        engine: As for `step`.
        style: As for `step`.

    Returns:
        An Explorer: `save("graph.html")` writes the page.
    """
    root = fold(
        as_graph(value),
        level=level,
        group_by=group_by,
        sample=sample,
        parameters=parameters,
        max_nodes=max_nodes,
    )
    return Explorer(open_book(root), style or Style(), engine)
