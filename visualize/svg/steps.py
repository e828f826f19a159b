"""The steps of a recurrence in columns: what stands in them, and the wires inside.

Inside of a step a wire leads across the picture: from a card to the one after it, or in
a lane round those between. Where wires lead down, a step is a row.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from visualize.cards.labels import clean
from visualize.cards.model import Drawing, TimeStep
from visualize.cards.remarks import below_of
from visualize.layout.geometry import (
    Box,
    Link,
    Point,
    Route,
    cornered,
    curve,
    end_of,
    straight,
)
from visualize.layout.layered import far_links
from visualize.svg.boxed import HEAD, PAD, Frame
from visualize.svg.draft import Draft
from visualize.svg.face import STUB_HEIGHT, stub_width

_LANE = 7.0
_OUT = 5.0
_BELOW = 14.0


def lanes_of(drawing: Drawing, links: Sequence[Link]) -> dict[int, int]:
    """The wires inside of steps, each with its lane; -1 for those to the next card."""
    place = {
        card: (number, rank)
        for number, step in enumerate(drawing.steps)
        for rank, (_, card) in enumerate(sorted(step.cards.items()))
        if step.title
    }
    found: dict[int, int] = {}
    taken: dict[tuple[int, int], list[tuple[int, int]]] = {}
    inner = []
    for number, link in enumerate(links):
        here, there = place.get(link.parent), place.get(link.child)
        if here and there and here[0] == there[0]:
            inner.append((there[1] - here[1], number, here[0], here[1], there[1]))
    for long, number, step, first, last in sorted(inner):
        lane = -1
        if long > 1:
            lane = 0
            while any(a < last and first < b for a, b in taken.get((step, lane), ())):
                lane += 1
            taken.setdefault((step, lane), []).append((first, last))
        found[number] = lane
    return found


def stubs_of(
    drawing: Drawing, links: Sequence[Link], first: Collection[int] = ()
) -> dict[int, str]:
    """What stands far from its use, by the wire, and what is written there instead.

    What several steps read has a wire to the first of them alone; what is read later
    than in the next step stands there by the name of its step.
    """
    steps, cards = drawing.steps, drawing.cards
    titles = {number: cards[links[number].parent].title for number in range(len(links))}
    far = set(far_links(len(cards), links, first))
    if not steps:
        return {number: titles[number] for number in sorted(far)}
    at = {card: n for n, step in enumerate(steps) for card in step.cards.values()}
    used: dict[int, int] = {}
    for link in links:
        if link.child in at:
            number = min(at[link.child], used.get(link.parent, len(steps)))
            used[link.parent] = number
    found = {}
    for number, link in enumerate(links):
        source, end = at.get(link.parent), at.get(link.child, len(steps))
        if source is None:
            late = end > used[link.parent] if link.child in at else number in far
        else:
            late = end > source + 1
        if late:
            named = steps[source].title if source is not None else ""
            found[number] = named or titles[number]
    return {number: clean(text) for number, text in found.items() if text}


def stub_routes(
    draft: Draft, stubs: Sequence[str], corners: Sequence[Point]
) -> dict[int, Route]:
    """The short ways from stubs to cards."""
    found = {}
    for number, (link, stub) in enumerate(zip(draft.links, stubs, strict=True)):
        if stub:
            x, y = end_of(draft.boxes[link.child], corners[link.child], link.dock)
            start = x + (STUB_HEIGHT if draft.down else stub_width(stub, draft.style))
            found[number] = ((start, y), *straight((start, y), (start + 4, y)))
    return found


def step_frames(draft: Draft) -> list[Frame]:
    """A frame round the cards of each step: the same row at the same place in all."""
    boxes, faces = draft.boxes, draft.faces
    steps = [step for step in draft.drawing.steps if step.title]
    members = [card for step in steps for card in step.cards.values()]
    if not members:
        return []
    left = _start(draft) + _LANE * (1 + max((*draft.lanes.values(), -1)))
    # All cards have their middles in one line, which the wires between them follow.
    middles = {card: draft.middle(card) for card in members}
    axis = left + max(middles.values())
    after = [max(boxes[c].width - middles[c], faces[c].span / 2) for c in members]
    rows, bottom = _rows(draft, steps)
    outer = Box(axis + max(after) + PAD, bottom + PAD)
    lefts = {card: axis - middle for card, middle in middles.items()}
    return [_frame(step, lefts, rows, boxes, outer) for step in steps]


def _start(draft: Draft) -> float:
    """Where the lanes of a step begin."""
    return HEAD if draft.down else PAD


def _rows(draft: Draft, steps: Sequence[TimeStep]) -> tuple[dict[int, float], float]:
    """Where the middle of each row is, and where the last one ends."""
    y = PAD if draft.down else HEAD
    middles = {}
    for number, row in enumerate(sorted({row for step in steps for row in step.cards})):
        cards = [step.cards[row] for step in steps if row in step.cards]
        room = max(draft.faces[card].room for card in cards)
        y += max(PAD if number else 0.0, room + _OUT if room else 0.0)
        high = max(draft.boxes[card].height for card in cards)
        middles[row] = y + high / 2
        y += high
        below = [below_of(draft.drawing.cards[card], draft.style) for card in cards]
        y += 0.0 if draft.down or not any(below) else _BELOW
    return middles, y


def _frame(
    step: TimeStep,
    lefts: Mapping[int, float],
    rows: Mapping[int, float],
    boxes: Sequence[Box],
    outer: Box,
) -> Frame:
    inside: dict[int, Point] = {}
    starts: dict[int, int] = {}
    docks: list[float] = []
    for row, card in sorted(step.cards.items()):
        top = rows[row] - boxes[card].height / 2
        inside[card] = lefts[card], top
        starts[card] = len(docks)
        docks += (top + dock for dock in boxes[card].docks)
    box = Box(outer.width, outer.height, tuple(docks), level=True)
    return Frame(step.title, box, inside, starts=starts)


def inner_routes(
    draft: Draft, frames: Sequence[Frame], corners: Sequence[Point]
) -> dict[int, Route]:
    """The ways of the wires inside of steps, which begin at the cards' far sides."""
    left = {card: frame.corner[0] for frame in frames for card in frame.inside}
    found = {}
    for number, lane in draft.lanes.items():
        link = draft.links[number]
        corner, box = corners[link.child], draft.boxes[link.child]
        out = draft.side(link.parent, corners[link.parent], 1)
        if lane < 0:
            x, y = draft.side(link.child, corner, -1)
            x += draft.faces[link.child].docks[link.dock]
            ahead = curve(out[::-1], (y, x))
            found[number] = (out, *((across, along) for along, across in ahead))
            continue
        end = end_of(box, corner, link.dock)
        inner = left[link.child] + _start(draft) + _LANE * lane
        level = out[1] + _OUT
        turns = [(out[0], level), (inner, level), (inner, end[1])]
        found[number] = (out, *cornered([out, *turns, end]))
    return found
