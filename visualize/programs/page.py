"""The page of a program: the generated source, its groups, and the scalar graph.

Both pictures are the SVG of `svg/document.py`, put in as they are; all else is data
that the script looks up. Nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from autograd import Value
from visualize.assets import page
from visualize.cards.formula import operands_text
from visualize.cards.labels import clean
from visualize.programs.faces import guards_of, often, title_of
from visualize.programs.sheet import Sheet
from visualize.stepping.page import sections
from visualize.stepping.scenes import Book, nodes_of
from visualize.svg.css import Theme, page_sheet
from visualize.svg.document import write_svg
from visualize.svg.figure import Figure

MOST_NODES = 200
"""So many scalar nodes of a group are listed; the others are counted."""

MOST_LINES = 1_500
"""So many lines of the generated source are shown."""

_MOST_OPERANDS = 6
_MOST_GUARDS = 8

SCRIPTS = ("elements.js", "theme.js", "words.js", "viewport.js", "program.js")

_HINT = (
    "Click a statement, a group, or a card of the scalar graph: all three show what "
    "belongs together."
)
_HINT_DOORS = "A card of many scalar nodes opens when it is clicked."
_HINT_SHUT = "Some cards can't be opened: there are too many for one page."

Spot = tuple[int, int]
"""A scene of the scalar graph, and the card in it."""


def write_page(
    sheet: Sheet,
    figure: Figure,
    book: Book,
    figures: Sequence[Figure],
    theme: Theme,
) -> str:
    """The whole page."""
    hints = [_HINT]
    if len(book.scenes) > 1:
        hints += [_HINT_DOORS, *([_HINT_SHUT] if book.note else [])]
    data = {
        "theme": theme,
        "hint": " ".join(hints),
        "groups": _groups(sheet, _spots(book)),
        "scenes": list(_scenes(sheet, book)),
    }
    title = clean(sheet.drawing.summary)
    return page(
        "program.html",
        {
            "title": escape(title),
            "source": _source(sheet),
            "groups": write_svg(figure),
            "scenes": sections(figures),
        },
        title=title,
        style=page_sheet(figure.style, "page.css", "program.css"),
        data=data,
        scripts=SCRIPTS,
    )


def _source(sheet: Sheet) -> str:
    """The lines of the generated source; those of a group say which card it is."""
    places = _places(sheet)
    lines = []
    for line, number in sheet.source[:MOST_LINES]:
        bare = line.lstrip()
        text = " " * (len(line) - len(bare)) + escape(clean(bare, len(bare)))
        place = places.get(number) if bare else None
        card = "" if place is None else f' data-card="{place}" tabindex="0"'
        lines.append(f"<li{card}><code>{text}</code></li>")
    more = len(sheet.source) - MOST_LINES
    rest = [f"<li>… {more:,} more lines</li>"] if more > 0 else []
    return "\n".join([*lines, *rest])


def _places(sheet: Sheet) -> dict[int, int]:
    """From the number of a group to its card."""
    return {
        group.number: place
        for place, bundle in enumerate(sheet.bundles)
        for group in bundle.groups
    }


def _groups(sheet: Sheet, spots: dict[Value, Spot]) -> dict[str, Any]:
    cards = [_card(sheet, number, spots) for number in range(len(sheet.bundles))]
    wires = [
        {"parent": wire.parent, "child": wire.child, "reads": wire.reads}
        for wire in sheet.drawing.wires
    ]
    return {"cards": cards, "wires": wires}


def _card(sheet: Sheet, number: int, spots: dict[Value, Spot]) -> dict[str, Any]:
    nodes, name = sheet.members(number), sheet.scalars.name
    return {
        "name": sheet.drawing.cards[number].name,
        "facts": _facts(sheet, number),
        "total": len(nodes),
        "nodes": [
            {
                "name": name(node),
                "value": repr(node.data),
                "operation": clean(node.op.name if node.op else node.role, 40),
                "operands": operands_text(node, name, _MOST_OPERANDS),
                "spot": spots.get(node),
            }
            for node in nodes[:MOST_NODES]
        ],
    }


def _facts(sheet: Sheet, number: int) -> list[tuple[str, str]]:
    card, bundle = sheet.drawing.cards[number], sheet.bundles[number]
    operation = bundle.groups[-1].operation
    several = f"{title_of(bundle)}, {bundle.turns:,} times" if bundle.repeats else ""
    guards = guards_of(bundle)
    more = len(guards) - _MOST_GUARDS
    found = [
        ("operation", "" if bundle.repeats else clean(operation, 40)),
        ("groups", several),
        ("shape", card.operation),
        ("computed", often(bundle) if operation else ""),
        ("scope", card.scope),
        *(("guard", guard) for guard in guards[:_MOST_GUARDS]),
        ("guard", f"… and {more:,} more" if more > 0 else ""),
    ]
    return [(name, text) for name, text in found if text]


def _scenes(sheet: Sheet, book: Book) -> Iterable[dict[str, Any]]:
    places, groups = _places(sheet), sheet.scalars.groups
    for scene in book.scenes:
        cards = []
        for number, subject in enumerate(scene.subjects):
            owners = {places.get(groups.get(n, -1), -1) for n in nodes_of(subject)}
            name, door = scene.card_name(number), scene.doors.get(number)
            cards.append({"name": name, "door": door, "groups": sorted(owners - {-1})})
        yield {"title": clean(scene.title, 60), "above": scene.above, "cards": cards}


def _spots(book: Book) -> dict[Value, Spot]:
    """Where each node is shown, alone or at least in the innermost group there is."""
    return {
        node: (place, number)
        for place, scene in enumerate(book.scenes)
        for number in range(len(scene.subjects))
        if not scene.drawing.cards[number].outside
        for node in nodes_of(scene.subjects[number])
    }
