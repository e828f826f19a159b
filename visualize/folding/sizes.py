"""About how large a picture of some parts will be, before any text is measured."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from visualize.cards.layers import Layer, layers_of
from visualize.folding.parts import Net
from visualize.layout.bands import WIDER
from visualize.layout.geometry import Direction

Column = tuple[float, float]
"""How long a column is in the picture's direction, and how high across it."""


class _Sizes(NamedTuple):
    """About what layout gives a card and the gap beside it, in points.

    Attributes:
        line: How long the picture may be in its direction before it is wrapped.
        value: A column of values, in that direction.
        group: A column with groups.
        across: A card of each kind, across that direction; of others, the last.
        slot: The place of a wire at a value, at a group, and of all at most.
        step: A step with values in that direction, with groups, steps folded to one.
        row: What a row of a step takes more than a card does, across.
        label: What stands at a wire with a number, and with one that is passed back;
            a letter on a stub.
    """

    line: float
    value: float
    group: float
    across: Mapping[str, float]
    slot: tuple[float, float, float]
    step: tuple[float, float, float]
    row: float
    label: tuple[float, float, float]


_SIZES: Mapping[Direction, _Sizes] = {
    "right": _Sizes(
        *(1550.0, 260.0, 290.0),
        {"value": 72.0, "sum": 95.0, "": 150.0},
        (13.0, 13.0, 640.0),
        *((235.0, 150.0, 255.0), -4.0, (48.0, 95.0, 5.5)),
    ),
    "down": _Sizes(
        *(950.0, 110.0, 190.0),
        {"value": 190.0, "": 230.0},
        (58.0, 150.0, 1550.0),
        *((155.0, 230.0, 165.0), 30.0, (0.0, 0.0, 0.0)),
    ),
}
_BETWEEN = 45.0
_HEAD = 30.0
"""Between two bands; and for the title of a step."""

_BOX, _NEURON, _CELL = 230.0, 47.0, 16.0
"""How wide a layer's box is, how high a neuron in it; a cell of its matrix."""

_LONGEST = 15
"""So many letters are written on a stub."""

_LESS = 40.0
"""Beside steps a column of values is less wide: few labels stand before it."""


def across(net: Net, direction: Direction) -> float:
    """About how high a picture is, its columns wrapped as layout does it.

    Where wires lead down: how wide.

    Args:
        net: What is shown.
        direction: Where wires lead.
    """
    sizes = _SIZES[direction]
    layers = _layers(net, direction)
    down = direction == "down"
    found = _in_steps(net, sizes) if net.stepped else _plain(net, sizes, layers, down)
    columns = [*found]
    if max((own for own, _ in columns), default=0.0) > sizes.line:
        return math.inf  # a layer's box can't be wrapped
    if sum(own for own, _ in columns) <= WIDER * sizes.line:
        return max((high for _, high in columns), default=0.0)
    total = long = most = 0.0
    for own, high in columns:
        if long + own > sizes.line:
            total, long, most = total + most + _BETWEEN, 0.0, 0.0
        long += own
        most = max(most, high)
    return total + most


def _plain(
    net: Net, sizes: _Sizes, layers: Sequence[Layer], down: bool
) -> Iterator[Column]:
    """The columns of a layered picture, in which neurons in boxes stand close."""
    home = {place: layer for layer in layers for place in layer.members}
    for places in net.by_column.values():
        singles = all(net.parts[place].kind == "value" for place in places)
        own = sizes.value if singles else sizes.group
        high = sum(_height(net, place, sizes) for place in places if place not in home)
        for layer in {home[place] for place in places if place in home}:
            wide = _BOX + _CELL * len(layer.reads)
            tall = _HEAD + _NEURON * len(layer.members)
            along, beside = (tall, wide) if down else (wide, tall)
            own, high = max(own, along), high + beside
        yield own, high


def _layers(net: Net, direction: Direction) -> list[Layer]:
    """The neurons that stand in boxes, close to each other."""
    places = [n for n, part in enumerate(net.parts) if part.kind == "neuron"]
    return layers_of(places, net.parents, direction)


def _height(net: Net, place: int, sizes: _Sizes) -> float:
    usual = sizes.across.get(net.parts[place].kind, sizes.across[""])
    value, group, rail = sizes.slot
    slot = value if net.parts[place].kind == "value" else group
    # In a step a wire comes from the card before it, to another side.
    wires = len(net.parents[place]) - (net.parts[place].row > 0)
    return max(usual, min(rail, slot * wires))


def _in_steps(net: Net, sizes: _Sizes) -> Iterator[Column]:
    """The columns of a recurrence: what it reads, its steps, what is made of them."""
    rows: dict[int, float] = {}
    leaves, ends, deep = 0.0, dict[int, float](), [0] * len(net.parts)
    for place, part in enumerate(net.parts):
        size = _height(net, place, sizes)
        if part.row >= 0:
            rows[part.row] = max(rows.get(part.row, 0.0), size + sizes.row)
        elif part.step < 0 and net.parents[place]:
            deep[place] = 1 + max(deep[parent] for parent in net.parents[place])
            ends[deep[place]] = ends.get(deep[place], 0.0) + size
        elif part.step < 0:
            leaves += size
    high = _HEAD + sum(rows.values())
    other = sizes.value - (_LESS if sizes.label[0] else 0.0)
    if leaves:
        yield other, leaves
    zone = _zone(net, sizes)
    alone = all(part.kind == "value" or part.row < 0 for part in net.parts)
    folded = {part.step for part in net.parts if part.step >= 0 and part.row < 0}
    for step in sorted({part.step for part in net.parts} - {-1}):
        yield zone + sizes.step[2 if step in folded else not alone], high
    yield from ((other, end) for _, end in sorted(ends.items()))


def _zone(net: Net, sizes: _Sizes) -> float:
    """How much room a step needs for what stands at its wires."""
    parts = net.parts
    read = [
        len(parts[parent].title or net.numbered.nodes[parts[parent].first].label)
        for place, part in enumerate(parts)
        for parent in net.parents[place]
        if part.step > 0 and parts[parent].step < 0
    ]
    kept = {
        parts[parent].row
        for place, part in enumerate(parts)
        for parent in net.parents[place]
        if parts[parent].step >= 0 and not 0 <= part.step <= parts[parent].step
    }
    groups = any(part.kind != "value" and part.row >= 0 for part in parts)
    folded = any(part.step >= 0 and part.row < 0 for part in parts)
    passed = groups or (folded and len(kept - {-1}) > 1)
    letters = min(_LONGEST, max(read, default=0))
    return sizes.label[passed] + sizes.label[2] * letters
