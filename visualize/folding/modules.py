"""A module's structure, from its parameters alone: before any loss.

The last part of a name such as `layers.0.weight.3.2` is what holds the parameter, and
what is before it a module. The neuron is told by the scope that the parameter was made
in, `layers.0.neurons.3`, or by a numbered part of the name.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from autograd import Value
from visualize.cards.group_cards import Activity, GroupCard
from visualize.cards.labels import clean
from visualize.cards.model import Drawing, HasParameters, Wire
from visualize.cards.statistics import heat, lines
from visualize.folding.scopes import Units, module_depth, units

Named = dict[Units, list[Value]]
"""The parameters of each neuron, or of each module that has none."""


def describe_module(module: HasParameters, *, neurons: bool = False) -> Drawing:
    """A card for every module that holds parameters, or for every neuron.

    Wires join modules that follow each other and fit: as many outputs as inputs.

    Args:
        module: Anything that offers `named_parameters()`.
        neurons: A card for each neuron.

    Raises:
        ValueError: If it has no parameters.
    """
    kind = clean(type(module).__name__, 40)
    parts: dict[Units, Named] = {}
    stems: dict[Units, Counter[str]] = {}
    for name, value in module.named_parameters():
        *inner, stem = units(name) or ("",)
        scope = (*inner, *_neuron(value, inner))
        key = scope if neurons else scope[: module_depth(scope)]
        parts.setdefault(key, {}).setdefault(scope, []).append(value)
        head, dot, _ = stem.partition(".")
        stems.setdefault(scope, Counter())[head + dot] += 1
    if not parts:
        raise ValueError(f"{kind} has no parameters: there is nothing to draw")
    everything = [v for rows in parts.values() for row in rows.values() for v in row]
    differentiated = any(value.grad != 0.0 for value in everything)
    sizes = [_sizes(rows, stems) for rows in parts.values()]
    cards = tuple(
        _card(place, ".".join(key) or kind, rows, size, differentiated)
        for place, ((key, rows), size) in enumerate(
            zip(parts.items(), sizes, strict=True)
        )
    )
    wires = tuple(
        Wire(place, place + 1, 0, None, None, before[1])
        for place, (before, after) in enumerate(pairwise(sizes))
        if before[1] and before[1] == after[0]
    )
    count = f"{len(everything):,} parameters in {len(cards):,} cards"
    return Drawing(
        cards=cards,
        wires=wires,
        outputs=tuple(range(len(cards))),
        total=len(everything),
        differentiated=differentiated,
        remark=f"{kind}: {count}",
        about=f"Parameters of {kind}: {count}",
    )


def _neuron(value: Value, inner: Sequence[str]) -> Units:
    """The neuron that a parameter was made for, where its name does not tell."""
    last = units(value.scope)[-1:]
    return (
        last
        if last and last[0].startswith("neurons.") and last != (*inner[-1:],)
        else ()
    )


def _sizes(rows: Named, stems: dict[Units, Counter[str]]) -> tuple[int, int]:
    """How many inputs and outputs a module has; 0 where its names don't tell.

    What has a list of weights and a single bias is a neuron.
    """
    most = [stems[scope].most_common(1)[0] for scope in rows]
    alike = len(set(most)) == 1
    first = next(iter(rows))
    in_layer = first != () and first[-1].startswith("neurons.")
    alone = stems[first].keys() >= {"weight.", "bias"}
    told = len(rows) > 1 or in_layer or alone
    return (most[0][1], len(rows)) if alike and told else (0, 0)


def _card(
    place: int, name: str, rows: Named, sizes: tuple[int, int], differentiated: bool
) -> GroupCard:
    table = list(rows.values())
    values = [value for row in table for value in row]
    if len(table) == 1:
        table = lines(values)
    strips = [heat("W", [[v.data for v in row] for row in table])]
    if differentiated:
        strips.append(heat("gradients", [[v.grad for v in row] for row in table]))
    return GroupCard(
        index=place,
        name=name,
        title=name,
        kind="module",
        shape=f"Linear {sizes[0]:,}→{sizes[1]:,}" if sizes[0] else "",
        role="parameter",
        scope=name,
        nodes=len(values),
        count=1,
        unit="",
        samples=1,
        value=None,
        gradient=None,
        norm=math.hypot(*(v.grad for v in values)) if differentiated else None,
        parameter_count=len(values),
        activity=Activity(),
        strips=tuple(strips),
    )
