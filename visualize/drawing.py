"""draw, draw_dot and tree: from a value to a picture of how it was computed."""

from __future__ import annotations

from typing import Unpack

import graphviz

from autograd import Program
from visualize.cards.model import Drawing
from visualize.dot import write_dot
from visualize.options import Options, Showing, door, settled
from visualize.picture import Picture, laid_out
from visualize.programs.portrait import draw_program, sheet_for
from visualize.style import Style
from visualize.subjects import Subject, graph_of, is_module
from visualize.text import write_tree
from visualize.views import view


@door
def draw(value: Subject | Program, **options: Unpack[Options]) -> Picture:
    """Draws how a value was computed, one card a Value and one wire an operand.

    A large graph folds by itself: to one sample of its batch, to neurons, to modules,
    and to what is repeated. The picture says what it folded.

    Args:
        value: The output to draw, a Graph of several outputs, or a module, whose
            structure is then drawn with its weights and their present gradients; or a
            Program, for its regrouped graph: a page that is saved as .html has the
            scalar graph beside it, and the options choose what of that is shown.
        options: What to show, and how; all may be left out.

    Returns:
        A Picture: a notebook shows it, `save(path)` writes it.
    """
    chosen = settled(options)
    if chosen["contributions"] and (isinstance(value, Program) or is_module(value)):
        message = "contributions= is for Values and Graphs: draw a loss of the"
        raise ValueError(
            f"{message} {'program' if isinstance(value, Program) else 'module'}"
        )
    if isinstance(value, Program):
        return draw_program(value, chosen)
    graph = graph_of(value)
    shown = view(value if is_module(value) else graph, chosen)
    return Picture(graph, laid_out(shown, chosen), chosen["theme"])


@door
def draw_dot(
    value: Subject | Program,
    *,
    format: str = "svg",  # noqa: A002 - the name that micrograd and graphviz give it
    rankdir: str = "LR",
    **options: Unpack[Showing],
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
def tree(value: Subject | Program, **options: Unpack[Showing]) -> str:
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


def _drawing(value: Subject | Program, options: Showing) -> Drawing:
    """The cards and wires of anything that can be drawn."""
    if isinstance(value, Program):
        return sheet_for(value, settled(options)).drawing
    return view(value, options)
