"""Pictures of recorded computations: every value, gradient and local derivative.

`draw(value)` gives a Picture that a notebook shows and that `save("graph.svg")`
writes; `tree(value)` is the same as text, `draw_dot(value)` as a graph for Graphviz.
"""

from __future__ import annotations

import graphviz

from autograd import Graph, Value
from visualize.css import Theme
from visualize.dot import write_dot
from visualize.figure import compose
from visualize.layout import Engine, LayoutError
from visualize.model import MAX_NODES, Parameters, describe
from visualize.picture import Picture
from visualize.plots import plot_loss
from visualize.style import Palette, Style
from visualize.text import write_tree

__all__ = [
    "LayoutError",
    "Palette",
    "Picture",
    "Style",
    "draw",
    "draw_dot",
    "plot_loss",
    "tree",
]


def draw(
    value: Value | Graph,
    *,
    parameters: Parameters | None = None,
    max_nodes: int = MAX_NODES,
    contributions: bool = False,
    theme: Theme = "auto",
    engine: Engine = "auto",
    style: Style | None = None,
) -> Picture:
    """Draws how a value was computed, one card a Value and one wire an operand.

    Args:
        value: The output to draw, or a Graph of several outputs.
        parameters: Leaves to show as parameters: a module, or a mapping from names to
            Values, which also names them, or Values alone.
        max_nodes: Above so many nodes only the nearest to the output are shown.
        contributions: Print on every wire what it passes back, too.
        theme: "light", "dark", or "auto" for the reader's own.
        engine: "dot", "pygraphviz", "built-in", or "auto" for the first there is.
        style: Colours, fonts, sizes and number formats other than the usual.

    Returns:
        A Picture: a notebook shows it, `save(path)` writes it.
    """
    graph = _graph(value)
    drawing = describe(graph, parameters, max_nodes)
    figure = compose(
        drawing, style or Style(), engine=engine, contributions=contributions
    )
    return Picture(graph, figure, theme)


def draw_dot(
    value: Value | Graph,
    *,
    format: str = "svg",  # noqa: A002 - the name that micrograd and graphviz give it
    rankdir: str = "LR",
    parameters: Parameters | None = None,
    max_nodes: int = MAX_NODES,
) -> graphviz.Digraph:
    """The picture as a `graphviz.Digraph`, to go on with in DOT.

    Args:
        value: The output to draw, or a Graph of several outputs.
        format: What `render()` of the Digraph will write.
        rankdir: Where outputs lie: "LR" right, "TB" below, "RL" left, "BT" above.
        parameters: As for `draw`.
        max_nodes: As for `draw`.
    """
    drawing = describe(_graph(value), parameters, max_nodes)
    return write_dot(drawing, Style(), output=format, rankdir=rankdir)


def tree(
    value: Value | Graph,
    *,
    parameters: Parameters | None = None,
    max_nodes: int = MAX_NODES,
) -> str:
    """How a value was computed, as text; a shared node stands in full only once.

    >>> from autograd import Value
    >>> x = Value(3.0, label="x")
    >>> y = x * x
    >>> y.backward()
    >>> print(tree(y))
    v1 = ×      9  grad 1
    ├─ ×3  x (input)  3  grad 6
    └─ ×3  x ↑
    """
    return write_tree(describe(_graph(value), parameters, max_nodes), Style())


def _graph(value: object) -> Graph:
    if isinstance(value, Graph):
        return value
    if isinstance(value, Value):
        return Graph(value)
    given = type(value).__name__
    raise TypeError(f"can draw a Value or a Graph, not {given}")
