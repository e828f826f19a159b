"""ProgramPicture: a program's regrouped graph, and the page that has both graphs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import final

from autograd import Program
from visualize.folding.dividing import Level
from visualize.folding.fold import fold
from visualize.folding.rooms import room
from visualize.options import OPTIONS, Options, changed
from visualize.picture import Picture, laid_out
from visualize.programs.page import write_page
from visualize.programs.sheet import Sheet, sheet_of
from visualize.stepping.scenes import Book, Scene, open_book
from visualize.svg.figure import Figure
from visualize.views import View, view_of

MAX_CARDS = 1_500
MAX_SCENES = 60
"""So many cards, or scenes of fewer, of the scalar graph: a page of a few megabytes."""

READABLE = 40
"""More cards of the scalar graph can't be read in half of a window."""


@final
@dataclass(frozen=True, repr=False)
class ProgramPicture(Picture):
    """The regrouped graph of a program; `graph` is the scalar one.

    `save("x.html")` writes a page with both graphs side by side, in which a click on
    a group shows its scalar nodes.

    Attributes:
        sheet: What each card stands for, and the scalar graph behind it.
        options: What is shown of the scalar graph, and how.
    """

    sheet: Sheet = field(repr=False, kw_only=True)
    options: Options = field(repr=False, kw_only=True)

    @cached_property
    def book(self) -> Book:
        """The scalar graph, folded so that it fits, and what is inside its groups."""
        if self.sheet.scalars.is_empty:
            nothing = fold(self.graph, within=())
            book = open_book(View(nothing, drawing=room(nothing)))
            return Book((_wordy(book.scenes[0]),))
        return open_book(self._seen(), self.options, MAX_CARDS, MAX_SCENES)

    def _seen(self) -> View:
        """The scalar graph, folded until it can be read beside the other two sides."""
        chosen = self.options["level"]
        levels: list[Level] = ["auto", "neuron", "module"]
        for level in levels if chosen == "auto" else [chosen]:
            options = self.options.copy()
            options["level"] = level
            seen = view_of(self.graph, options)
            if len(seen.drawing.cards) <= READABLE:
                break
        return seen

    @cached_property
    def scalar_figures(self) -> tuple[Figure, ...]:
        """Every scene of the scalar graph with its places found."""
        return tuple(
            laid_out(scene.drawing, self.options) for scene in self.book.scenes
        )

    @property
    def html(self) -> str:
        """The page with both graphs, which needs nothing but itself."""
        return write_page(
            self.sheet, self.figure, self.book, self.scalar_figures, self.theme
        )


def sheet_for(program: Program, options: Options) -> Sheet:
    """The regrouped graph of a program; the options are those of `visualize.draw`.

    Where they show a part of the scalar graph, the groups are those of that part.

    Raises:
        TypeError, ValueError: If an option is wrong, or does not fit the others.
    """
    most = options["max_nodes"]
    given = None if most == OPTIONS["max_nodes"].usual else most
    if {"focus", "depth", "path"}.isdisjoint(changed(options)):
        return sheet_of(program, given)
    return sheet_of(program, given, lambda g: view_of(g, options).group.nodes)


def draw_program(program: Program, options: Options) -> ProgramPicture:
    """Draws a program; raises as `sheet_for` does."""
    sheet = sheet_for(program, options)
    figure = laid_out(sheet.drawing, options)
    graph, theme = sheet.scalars.graph, options["theme"]
    return ProgramPicture(graph, figure, theme, sheet=sheet, options=options)


def _wordy(scene: Scene) -> Scene:
    """A scene without cards, which says so."""
    words = "no scalar node: nothing is computed"
    key = ("What the program returns is given to it.",)
    drawing = replace(scene.drawing, remark=words, about=words, key=key)
    return replace(scene, drawing=drawing)
