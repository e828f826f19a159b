"""The picture as a graph in the DOT language, for those who go on with Graphviz."""

from __future__ import annotations

import math
from html import escape

import graphviz

from visualize.labels import clean, join
from visualize.model import Card, Drawing, Wire
from visualize.style import STEPS, Scale, Style


def write_dot(
    drawing: Drawing, style: Style, *, output: str = "svg", rankdir: str = "LR"
) -> graphviz.Digraph:
    """A Digraph of the same cards and wires, with the same numbers and colours.

    Args:
        drawing: What to draw.
        style: Its number format and its light palette are used.
        output: What `Digraph.render()` will write.
        rankdir: Where outputs lie: "LR" right, "TB" below, "RL" left, "BT" above.
    """
    graph = graphviz.Digraph(
        format=output,
        graph_attr={"rankdir": rankdir, "ordering": "in", "label": drawing.note},
        node_attr={"shape": "plain", "fontname": "Helvetica", "fontsize": "11"},
        edge_attr={"fontname": "Helvetica", "fontsize": "9", "arrowsize": "0.6"},
    )
    scale = Scale.of([c.gradient for c in drawing.cards if c.gradient is not None])
    for card in drawing.cards:
        tooltip = graphviz.escape(_tooltip(card))
        graph.node(f"n{card.index}", _label(card, scale, style), tooltip=tooltip)
    for wire in drawing.wires:
        parent, child = drawing.cards[wire.parent], drawing.cards[wire.child]
        graph.edge(f"n{parent.index}", f"n{child.index}", **_wire(wire, scale, style))
    return graph


def _label(card: Card, scale: Scale, style: Style) -> str:
    """A table in Graphviz's HTML-like language, in which every text is escaped."""
    palette = style.light
    outline = {
        "input": palette.input,
        "parameter": palette.parameter,
        "output": palette.output,
    }.get(card.role, palette.operation)
    title = join((clean(card.title, style.label_limit), card.operation), "  ")
    gradient = "—" if card.gradient is None else style.number(card.gradient)
    fill = _band(card.gradient, scale, style)
    ink = palette.text_on(fill)
    hidden = f"{card.hidden_operands:,} operands not shown"
    frontier = (
        f'<TR><TD COLSPAN="2" ALIGN="LEFT"><I>{hidden}</I></TD></TR>'
        if card.hidden_operands
        else ""
    )
    border = 2 if card.role != "operation" else 1
    return (
        f'<<TABLE BORDER="{border}" CELLBORDER="0" CELLSPACING="0" CELLPADDING="4" '
        f'COLOR="{outline}">'
        f'<TR><TD ALIGN="LEFT"><FONT COLOR="{outline}">{_html(title)}</FONT></TD>'
        f'<TD ALIGN="RIGHT">{_html(style.number(card.value))}</TD></TR>'
        f'<TR><TD COLSPAN="2" ALIGN="RIGHT" BGCOLOR="{fill}">'
        f'<FONT COLOR="{ink}">grad  {_html(gradient)}</FONT></TD></TR>'
        f"{frontier}</TABLE>>"
    )


def _html(text: str) -> str:
    # As a character reference a backslash can't begin one of DOT's own escapes.
    return escape(text).replace("\\", "&#92;") or " "


def _band(gradient: float | None, scale: Scale, style: Style) -> str:
    if gradient is None:
        return style.light.card
    if not math.isfinite(gradient):
        return style.light.invalid
    return style.light.band(scale.step(gradient))


def _tooltip(card: Card) -> str:
    gradient = "not yet" if card.gradient is None else repr(card.gradient)
    return f"{clean(card.name)}: value {card.value!r}, gradient {gradient}"


def _wire(wire: Wire, scale: Scale, style: Style) -> dict[str, str]:
    palette = style.light
    size, back = 1.0, wire.contribution
    if back is None or back == 0:
        colour = palette.neutral_wire
    elif not math.isfinite(back):
        colour = palette.invalid
    else:
        colour = palette.positive_wire if back > 0 else palette.negative_wire
        size = 1 + 2 * abs(scale.step(back)) / STEPS
    returned = "not yet" if back is None else repr(back)
    return {
        "label": f"×{style.number(wire.local_derivative)}",
        "color": colour,
        "fontcolor": colour,
        "penwidth": f"{size:.2f}",
        "tooltip": f"local derivative {wire.local_derivative!r}, "
        f"contribution {returned}",
    }
