"""ProgramPicture: a program's regrouped graph, and the page that has both graphs."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import final

from autograd import Program
from visualize.cards.model import MAX_NODES
from visualize.folding.fold import fold
from visualize.folding.views import Options
from visualize.layout.engines import Engine
from visualize.picture import Picture
from visualize.programs.page import write_page
from visualize.programs.sheet import Sheet, sheet_of
from visualize.stepping.scenes import Book, Scene, open_book
from visualize.style import Style
from visualize.svg.css import Theme
from visualize.svg.figure import Figure, compose

MAX_CARDS = 1_500
MAX_SCENES = 60
"""So many cards, or scenes of fewer, of the scalar graph: a page of a few megabytes."""

_KNOWN = ("max_nodes", "level", "group_by", "sample")


@final
@dataclass(frozen=True, repr=False)
class ProgramPicture(Picture):
    """The regrouped graph of a program; `graph` is the scalar one.

    `save("x.html")` writes a page with both graphs side by side, in which a click on
    a group shows its scalar nodes.

    Attributes:
        sheet: What each card stands for, and the scalar graph behind it.
        options: How the scalar graph is folded.
        engine: Which layout to use.
    """

    sheet: Sheet = field(repr=False, kw_only=True)
    options: Options = field(repr=False, kw_only=True)
    engine: Engine = field(default="auto", kw_only=True)

    @cached_property
    def book(self) -> Book:
        """The scalar graph, folded so that it fits, and what is inside its groups."""
        is_empty = self.sheet.scalars.is_empty
        root = fold(
            self.graph,
            level=self.options.get("level", "auto"),
            group_by=self.options.get("group_by"),
            sample=self.options.get("sample"),
            max_nodes=self.options.get("max_nodes", MAX_NODES),
            within=() if is_empty else None,
        )
        book = open_book(root, MAX_CARDS, MAX_SCENES)
        return Book((_wordy(book.scenes[0]),)) if is_empty else book

    @cached_property
    def scalar_figures(self) -> tuple[Figure, ...]:
        """Every scene of the scalar graph with its places found."""
        return tuple(
            compose(scene.drawing, self.figure.style, engine=self.engine)
            for scene in self.book.scenes
        )

    @property
    def html(self) -> str:
        """The page with both graphs, which needs nothing but itself."""
        return write_page(
            self.sheet, self.figure, self.book, self.scalar_figures, self.theme
        )


def sheet_for(program: Program, options: Options) -> Sheet:
    """The regrouped graph of a program; the options are those of `visualize.draw`.

    Raises:
        ValueError: An option has no meaning for a program.
    """
    unknown = [name for name in options if name not in _KNOWN]
    if unknown:
        raise ValueError(
            f"draw(program) knows the options {', '.join(_KNOWN)}; got {unknown[0]}. "
            "For a part of the scalar graph draw a Value of the eager computation"
        )
    return sheet_of(program, options.get("max_nodes"))


def draw_program(
    program: Program, options: Options, style: Style, theme: Theme, engine: Engine
) -> ProgramPicture:
    """Draws a program; raises as `sheet_for` does."""
    sheet = sheet_for(program, options)
    return ProgramPicture(
        sheet.scalars.graph,
        compose(sheet.drawing, style, engine=engine),
        theme,
        sheet=sheet,
        options=options,
        engine=engine,
    )


def _wordy(scene: Scene) -> Scene:
    """A scene without cards, which says so."""
    words = "no scalar node: nothing is computed"
    key = ("What the program returns is given to it.",)
    drawing = replace(scene.drawing, remark=words, about=words, key=key)
    return replace(scene, drawing=drawing)
