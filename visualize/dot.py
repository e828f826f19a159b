"""The picture as a graph in the DOT language, for those who go on with Graphviz."""

from __future__ import annotations

import math
from collections.abc import Collection
from html import escape
from typing import Any

import graphviz

from visualize.cards.group_cards import GroupCard
from visualize.cards.labels import clean, join
from visualize.cards.model import Card, Drawing, Wire
from visualize.cards.remarks import OUTSIDE, remarks
from visualize.cards.wire_text import wire_parts
from visualize.layout.engines import INSTALL
from visualize.style import STEPS, Scale, Style


class Digraph(graphviz.Digraph):  # type: ignore[misc] # which has no types
    """A `graphviz.Digraph` that a notebook without Graphviz can show, too."""

    def _repr_mimebundle_(
        self,
        include: Collection[str] | None = None,
        exclude: Collection[str] | None = None,
        **options: Any,
    ) -> dict[str, Any]:
        """What a notebook shows: the picture, or how to come to it."""
        try:
            return dict(super()._repr_mimebundle_(include, exclude, **options))
        except graphviz.ExecutableNotFound:
            without = "visualize.draw(value) shows the picture without it"
            told = f"{INSTALL['dot']}.\n{without}; .source of this Digraph is its text."
            return {"text/plain": told}

    def __repr__(self) -> str:
        lines = len(self.source.splitlines())
        return f"<Digraph: {lines:,} lines of DOT, in .source>"


def write_dot(
    drawing: Drawing, style: Style, *, output: str = "svg", rankdir: str = "LR"
) -> graphviz.Digraph:
    """A Digraph of the same cards and wires, with the same numbers and colours."""
    graph = Digraph(
        format=output,
        graph_attr={"rankdir": rankdir, "ordering": "in", "label": drawing.note},
        node_attr={"shape": "plain", "fontname": "Helvetica", "fontsize": "11"},
        edge_attr={"fontname": "Helvetica", "fontsize": "9", "arrowsize": "0.6"},
    )
    cards = drawing.cards
    values = [card for card in cards if isinstance(card, Card)]
    scale = Scale.of([c.gradient for c in values if c.gradient is not None])
    names = [_id(card, place) for place, card in enumerate(cards)]
    for name, card in zip(names, cards, strict=True):
        tooltip = graphviz.escape(_tooltip(card))
        if isinstance(card, GroupCard):
            graph.node(name, _group_label(card, style), tooltip=tooltip)
        else:
            graph.node(name, _label(card, scale, style), tooltip=tooltip)
    for wire in drawing.wires:
        ends = names[wire.parent], names[wire.child]
        graph.edge(*ends, **_wire(wire, scale, style))
    return graph


def _id(card: Card | GroupCard, place: int) -> str:
    if isinstance(card, GroupCard):
        return f"g{card.index}"
    return f"n{card.index}" if card.index >= 0 else f"c{place}"


def _group_label(card: GroupCard, style: Style) -> str:
    """A table of what a group's card says, its heat maps aside."""
    norm = "—" if card.norm is None else style.number(card.norm)
    mark, texts = card.times, [f"|g| {norm}", f"{card.nodes:,} nodes"]
    if card.account:
        mark, texts = card.account.mark, [clean(line) for line in card.account.lines]
    title = join((clean(card.title, style.label_limit), clean(mark)), "  ")
    digits = str(card.digits) if card.digits else ""
    apart = OUTSIDE if card.outside else ""
    texts = [clean(card.shape), *texts, digits, *card.marks, apart]
    rows = [f'<TR><TD ALIGN="LEFT">{_html(text)}</TD></TR>' for text in texts if text]
    return _table(title, "</TR>", rows, 2, _outline(card.role, style))


def _table(title: str, rest: str, rows: list[str], border: int, colour: str) -> str:
    """A table in Graphviz's HTML-like language; `rest` is that of its first row."""
    return (
        f'<<TABLE BORDER="{border}" CELLBORDER="0" CELLSPACING="0" CELLPADDING="4" '
        f'COLOR="{colour}"><TR><TD ALIGN="LEFT"><FONT COLOR="{colour}">'
        f"{_html(title)}</FONT></TD>{rest}{''.join(rows)}</TABLE>>"
    )


def _outline(role: str, style: Style) -> str:
    palette = style.light
    return {
        "input": palette.input,
        "parameter": palette.parameter,
        "output": palette.output,
        "constant": palette.muted,
    }.get(role, palette.operation)


def _label(card: Card, scale: Scale, style: Style) -> str:
    """A table of what a card says."""
    title = join((clean(card.title, style.label_limit), card.operation), "  ")
    gradient = "—" if card.gradient is None else style.number(card.gradient)
    fill = _band(card.gradient, scale, style)
    hidden = f"{card.hidden_operands:,} operands not shown"
    notes = [OUTSIDE] if card.outside else [hidden] if card.hidden_operands else []
    notes += [str(card.digits)] if card.digits else []
    ink = style.light.text_on(fill)
    band = f'<FONT COLOR="{ink}">grad  {_html(gradient)}</FONT>'
    rows = [
        f'<TR><TD COLSPAN="2" ALIGN="RIGHT" BGCOLOR="{fill}">{band}</TD></TR>',
        *(
            f'<TR><TD COLSPAN="2" ALIGN="LEFT"><I>{_html(note)}</I></TD></TR>'
            for note in [*notes, *card.marks]
        ),
    ]
    value = f'<TD ALIGN="RIGHT">{_html(style.number(card.value))}</TD></TR>'
    border = 2 if card.role != "operation" else 1
    return _table(title, value, rows, border, _outline(card.role, style))


def _html(text: str) -> str:
    # As a character reference a backslash can't begin one of DOT's own escapes.
    return escape(text).replace("\\", "&#92;") or " "


def _band(gradient: float | None, scale: Scale, style: Style) -> str:
    if gradient is None:
        return style.light.card
    if not math.isfinite(gradient):
        return style.light.invalid
    return style.light.band(scale.step(gradient))


def _tooltip(card: Card | GroupCard) -> str:
    if isinstance(card, GroupCard):
        told = f"{clean(card.name)}: {card.nodes:,} nodes"
    else:
        gradient = "not yet" if card.gradient is None else repr(card.gradient)
        told = f"{clean(card.name)}: value {card.value!r}, gradient {gradient}"
    return "\n".join([told, *remarks(card)])


def _wire(wire: Wire, scale: Scale, style: Style) -> dict[str, str]:
    size, back = 1.0, wire.contribution
    if wire.flow and math.isfinite(wire.flow):
        size = 1 + 2 * abs(scale.step(wire.flow)) / STEPS
    parts = wire_parts(wire, style.number)
    returned = "not yet" if back is None else repr(back)
    told = f"{_local(wire)}, contribution {returned}"
    return {
        "label": "".join(text for text, _ in parts),
        "color": _ink(0.0 if wire.cancels else back, style),
        "fontcolor": _ink(parts[0][1] if parts else None, style),
        "penwidth": f"{size:.2f}",
        "tooltip": f"reads {wire.reads}" if wire.reads else told,
    }


def _ink(number: float | None, style: Style) -> str:
    """The colour of a number's sign."""
    palette = style.light
    if not number:
        return palette.neutral_wire
    if not math.isfinite(number):
        return palette.invalid
    return palette.positive_wire if number > 0 else palette.negative_wire


def _local(wire: Wire) -> str:
    if wire.local_derivative is not None:
        return f"local derivative {wire.local_derivative!r}"
    return f"{wire.count:,} operand slots"
