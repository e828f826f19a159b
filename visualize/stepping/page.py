"""The interactive page: one HTML file that needs nothing but itself.

Pictures are the SVG of `svg/document.py`, put in as they are; all else that the page
shows is data, and the scripts in `web/` look it up. Nothing is fetched: a content
security policy in the page forbids it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Literal

from autograd import Explanation
from visualize.assets import page
from visualize.cards.group_cards import GroupCard
from visualize.cards.labels import clean, counted, shorten
from visualize.stepping.details import details
from visualize.stepping.scenes import Book, Scene
from visualize.stepping.searching import folded_names, words
from visualize.stepping.steps import Arrival, Step
from visualize.stepping.wording import more_of
from visualize.style import Style
from visualize.svg.css import Theme, band_classes, page_sheet
from visualize.svg.document import write_svg
from visualize.svg.figure import Figure

PageKind = Literal["step", "explore"]

SCRIPTS = (
    *("elements.js", "theme.js", "words.js", "viewport.js", "scenes.js"),
    *("player.js", "explorer.js", "page.js"),
)

_LONGEST_WAY = 240
_HINT_GROUPS = ["Click a group to open it."]
_HINTS = {
    "step": "Arrow keys step, space plays. Click a card for all its numbers.",
    "explore": "Click a card: what it is computed from and what uses it stay lit.",
}


def write_page(
    kind: PageKind,
    book: Book,
    figures: Sequence[Figure],
    steps: Sequence[Sequence[Step]],
    theme: Theme,
    explained: Explanation | None = None,
) -> str:
    """The whole page."""
    scenes, style = book.scenes, figures[0].style
    summary = clean(scenes[0].drawing.summary)
    folded = folded_names(scenes)
    data = {
        "kind": kind,
        "theme": theme,
        "hint": " ".join([_HINTS[kind], *_HINT_GROUPS[: len(scenes) > 1], book.note]),
        "paths": _paths(explained, scenes[0], style) if explained else None,
        "scenes": [
            _scene(*scene, folded[number])
            for number, scene in enumerate(zip(scenes, figures, steps, strict=True))
        ],
    }
    verb = "Step through" if kind == "step" else "Explore"
    name = clean(scenes[0].drawing.cards[scenes[0].drawing.ends[0]].name, 60)
    return page(
        "page.html",
        {"heading": escape(summary), "scenes": sections(figures)},
        title=f"{verb} {name}",
        style=page_sheet(style, "page.css"),
        data=data,
        scripts=SCRIPTS,
    )


def sections(figures: Sequence[Figure]) -> str:
    """The pictures of all scenes; the first is shown."""
    return "\n".join(
        f'<section data-scene="{number}"{" hidden" if number else ""}>'
        f"{write_svg(figure)}</section>"
        for number, figure in enumerate(figures)
    )


def _paths(explained: Explanation, scene: Scene, style: Style) -> dict[str, Any]:
    """The strongest paths of a gradient: the way, share and product of each."""
    output, wrt = (scene.name(node) for node in (explained.output, explained.wrt))
    count, total = explained.path_count, style.number(explained.gradient)
    rows = [
        (
            shorten(" → ".join(map(scene.name, reversed(path.nodes))), _LONGEST_WAY),
            f"{100 * path.share:.3g} %",
            style.number(path.product),
        )
        for path in explained.paths
    ]
    return {
        "title": f"∂{output}/∂{wrt} = {total}, the sum of {counted(count, 'path')}",
        "rows": rows,
        "more": more_of(count - len(rows), "path"),
    }


def _scene(
    scene: Scene,
    figure: Figure,
    steps: Sequence[Step],
    folded: Mapping[int, Sequence[str]],
) -> dict[str, Any]:
    return {
        "title": clean(scene.title, 60),
        "above": scene.above,
        "note": scene.drawing.note,
        "output": scene.drawing.outputs[0],
        "cards": [
            _card(scene, number, folded.get(number, ()))
            for number in range(len(figure.faces))
        ],
        "wires": [
            {"parent": wire.parent, "child": wire.child} for wire in scene.drawing.wires
        ],
        "steps": [_step(scene, figure, step) for step in steps],
    }


def _card(scene: Scene, number: int, folded: Sequence[str]) -> dict[str, Any]:
    card = scene.drawing.cards[number]
    return {
        "name": scene.card_name(number),
        "group": isinstance(card, GroupCard),
        "outside": card.outside,
        "operation": card.operation,
        "words": words(scene, number),
        "folded": folded,
        "gradient": "—" if card.gradient is None else repr(card.gradient),
        "door": scene.doors.get(number),
        **details(scene, number),
    }


def _step(scene: Scene, figure: Figure, step: Step) -> dict[str, Any]:
    name = "" if step.card is None else clean(scene.card_name(step.card), 60)
    return {
        "kind": step.kind,
        "phase": step.phase,
        "card": step.card,
        "title": name,
        "lines": step.lines,
        "why": step.why,
        "notes": step.notes,
        "arrivals": [_arrival(figure, arrival) for arrival in step.arrivals],
        "wires": step.wires,
    }


def _arrival(figure: Figure, arrival: Arrival) -> dict[str, Any]:
    band, ink = band_classes(figure.scale, arrival.gradient)
    return {
        "complete": arrival.complete,
        "card": arrival.card,
        "text": figure.style.number(arrival.gradient),
        "full": repr(arrival.gradient),
        "size": arrival.size if math.isfinite(arrival.size) else None,
        "band": band,
        "ink": ink,
    }
