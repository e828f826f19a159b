"""Layers: neurons that read the same stand in one box, dense wires as a matrix."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from visualize.cards.group_cards import GroupCard
from visualize.cards.model import Drawing
from visualize.folding.scopes import units
from visualize.layout.geometry import Direction

DENSE = 40
"""More wires than that between two layers are no lines that an eye can follow."""

_LEAST = 5
"""So few cards need no box, unless their wires are dense."""

_TALL = 8
"""More cards than that under each other are higher than a page if each says much."""


@dataclass(frozen=True)
class Layer:
    """Neurons that read the same.

    Attributes:
        members: Their places.
        reads: The places of what all of them read.
        dense: Whether its wires are too many for lines, and stand as a matrix.
    """

    members: tuple[int, ...]
    reads: tuple[int, ...]
    dense: bool


def layers_of(
    neurons: Collection[int],
    parents: Sequence[Collection[int]],
    direction: Direction = "right",
) -> list[Layer]:
    """The layers that are drawn in a box: dense or tall ones, and what those read.

    Neurons stand under each other: what leads down can't enter them by lines. It needs
    much room beside each other, too, for what stands at the lines to one neuron.

    Args:
        neurons: The places of what are neurons.
        parents: For each place those that it reads.
        direction: Where wires lead.
    """
    down = direction == "down"
    alike: dict[frozenset[int], list[int]] = {}
    for place in neurons:
        alike.setdefault(frozenset(parents[place]), []).append(place)
    found = [
        Layer(
            tuple(members),
            tuple(dict.fromkeys(parents[members[0]])),
            len(members) * len(reads) > DENSE or (down and len(reads) >= _LEAST),
        )
        for reads, members in alike.items()
        if len(members) > 1 or down
    ]
    read = {place for layer in found if layer.dense for place in layer.reads}
    return [
        replace(layer, dense=layer.dense or down)
        for layer in found
        if layer.dense
        or len(layer.members) > _TALL
        or (len(layer.members) >= _LEAST and read.issuperset(layer.members))
    ]


def layers_in(drawing: Drawing, direction: Direction) -> list[Layer]:
    """The layers of a drawing; of a batch, a neuron computes one number for each."""
    neurons = [
        number
        for number, card in enumerate(drawing.cards)
        if isinstance(card, GroupCard)
        and card.kind == "neuron"
        and not card.hidden_operands
        and not card.outside
    ]
    reads = [[wire.parent for wire in wires] for wires in drawing.operands()]
    return layers_of(neurons, reads, direction) if neurons else []


def named_apart(names: Sequence[str]) -> tuple[str, list[str]]:
    """What a layer is called, and its neurons inside of it.

    >>> named_apart(["layers.1.neurons.0", "layers.1.neurons.1"])
    ('layers.1', ['neurons.0', 'neurons.1'])
    """
    parts = [units(name) for name in names]
    outer = {".".join(part[:-1]) for part in parts}
    if len(outer) == 1 and "" not in outer:
        return outer.pop(), [part[-1] for part in parts]
    return f"{len(names):,} neurons", list(names)
