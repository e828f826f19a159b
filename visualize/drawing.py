"""draw, draw_dot and tree: from a value to a picture of how it was computed."""

from __future__ import annotations

from typing import Unpack

import graphviz

from autograd import Program
from visualize.cards.model import Drawing
from visualize.dot import write_dot
from visualize.folding.views import Options, view
from visualize.layout.engines import Engine
from visualize.options import door
from visualize.picture import Picture
from visualize.programs.portrait import draw_program, sheet_for
from visualize.style import Style
from visualize.subjects import Subject, graph_of, is_module
from visualize.svg.css import Theme
from visualize.svg.figure import compose
from visualize.text import write_tree


@door
def draw(
    value: Subject | Program,
    *,
    contributions: bool = False,
    theme: Theme = "auto",
    engine: Engine = "auto",
    style: Style | None = None,
    **options: Unpack[Options],
) -> Picture:
    """Draws how a value was computed, one card a Value and one wire an operand.

    A large graph folds by itself: to one sample of its batch, to neurons, to modules,
    and to what is repeated. The picture says what it folded.

    Args:
        value: The output to draw, a Graph of several outputs, or a module, whose
            structure is then drawn with its weights and their present gradients; or a
            Program, for its regrouped graph: a page that is saved as .html has the
            scalar graph beside it.
        contributions: Print on every wire what it passes back, too.
        theme: "light", "dark", or "auto" for the reader's own.
        engine: "dot", "pygraphviz", "built-in", or "auto" for the first there is.
        style: Colours, fonts, sizes and number formats other than the usual.
        options: What to show; all may be left out: `parameters` (leaves to show as
            parameters: a module, a mapping from names to Values, or Values), `level`
            ("auto", "value", "neuron", "module"), `group_by` ("scope", "op", "label"
            or a function from a Value to a name), `sample` (which of a batch stands
            for all), `focus` (a Value or its name; the node of a compiled function
            opens) and `depth` (how many steps around it, or from the output), `path`
            (two Values or names: all between them), `inline_constants` (False: a card
            for each constant), `max_nodes` (so many cards at most).

    Returns:
        A Picture: a notebook shows it, `save(path)` writes it.
    """
    if contributions and (isinstance(value, Program) or is_module(value)):
        message = "contributions= is for Values and Graphs: draw a loss of the"
        raise ValueError(
            f"{message} {'program' if isinstance(value, Program) else 'module'}"
        )
    if isinstance(value, Program):
        return draw_program(value, options, style or Style(), theme, engine)
    drawing = view(value, options)
    figure = compose(
        drawing, style or Style(), engine=engine, contributions=contributions
    )
    return Picture(graph_of(value), figure, theme)


@door
def draw_dot(
    value: Subject | Program,
    *,
    format: str = "svg",  # noqa: A002 - the name that micrograd and graphviz give it
    rankdir: str = "LR",
    **options: Unpack[Options],
) -> graphviz.Digraph:
    """The picture as a `graphviz.Digraph`, to go on with in DOT.

    Its `.source` is text. To show or render it, Graphviz's dot program must be
    installed; the Picture that `draw` gives needs no dot.

    Args:
        value: As for `draw`.
        format: What `render()` of the Digraph will write.
        rankdir: Where outputs lie: "LR" right, "TB" below, "RL" left, "BT" above.
        options: What to show, as for `draw`.
    """
    return write_dot(_drawing(value, options), Style(), output=format, rankdir=rankdir)


@door
def tree(value: Subject | Program, **options: Unpack[Options]) -> str:
    """How a value was computed, as text; a shared node stands in full only once.

    Args:
        value: As for `draw`.
        options: What to show, as for `draw`.

    >>> from autograd import Value
    >>> x = Value(3.0, label="x")
    >>> y = x * x
    >>> y.backward()
    >>> print(tree(y))
    v1 = ×      9  grad 1
    ├─ ×3  x (input)  3  grad 6
    └─ ×3  x ↑
    """
    return write_tree(_drawing(value, options), Style())


def _drawing(value: Subject | Program, options: Options) -> Drawing:
    """The cards and wires of anything that can be drawn."""
    if isinstance(value, Program):
        return sheet_for(value, options).drawing
    return view(value, options)
