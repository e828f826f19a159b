"""A module's structure, from its parameters alone: before any loss.

The last part of a name such as `layers.0.weight.3.2` is what holds the parameter, and
what is before it a module. The neuron is told by the scope that the parameter was made
in, `layers.0.neurons.3`, or by a numbered part of the name.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise
from typing import Protocol, runtime_checkable

from autograd import Value
from visualize.cards.group_cards import Account, GroupCard
from visualize.cards.labels import clean
from visualize.cards.model import Drawing, Wire
from visualize.cards.parameters import HasParameters
from visualize.cards.statistics import heat, lines
from visualize.folding.scopes import Units, module_depth, units

Named = dict[Units, list[Value]]
"""The parameters of each neuron, or of each module that has none."""


@runtime_checkable
class HasModules(Protocol):
    """Anything that names the modules inside of it, outer before inner."""

    def named_modules(self) -> Iterable[tuple[str, object]]:
        """Pairs of a name, "" for itself, and a module."""
        ...


def describe_module(module: HasParameters, *, neurons: bool = False) -> Drawing:
    """A card for every module that does something of its own, or for every neuron.

    Wires join modules that stand one after the other; a card of the inputs stands
    before the first where their number is known.

    Args:
        module: Anything that offers `named_parameters()`.
        neurons: A card for each neuron.

    Raises:
        ValueError: If it has no parameters and names no modules.
    """
    kind = clean(type(module).__name__, 40)
    kinds = _kinds(module)
    parts: dict[Units, Named] = {} if neurons else {key: {} for key in kinds}
    stems: dict[Units, Counter[str]] = {}
    for name, value in module.named_parameters():
        *inner, stem = units(name) or ("",)
        scope = (*inner, *_neuron(value, inner))
        key = scope if neurons else _owner(scope, kinds)
        parts.setdefault(key, {}).setdefault(scope, []).append(value)
        head, dot, _ = stem.partition(".")
        stems.setdefault(scope, Counter())[head + dot] += 1
    if not parts:
        raise ValueError(f"{kind} has no parameters: there is nothing to draw")
    everything = [v for rows in parts.values() for row in rows.values() for v in row]
    differentiated = any(value.grad != 0.0 for value in everything)
    sizes = [_sizes(rows, stems) for rows in parts.values()]
    entered = [(sizes[0][0], sizes[0][0])] if kinds and not neurons else []
    cards = [_inputs_card(count) for count, _ in entered]
    for (key, rows), size in zip(parts.items(), sizes, strict=True):
        shape = _shape(size, "" if neurons else kinds.get(key, ""))
        name = ".".join(key) or kind
        cards.append(_card(len(cards), name, rows, shape, differentiated))
    wires = tuple(
        Wire(place, place + 1, 0, None, None, before[1] or 1)
        for place, (before, after) in enumerate(pairwise([*entered, *sizes]))
        if (kinds and not neurons) or (before[1] and before[1] == after[0])
    )
    count = f"{len(everything):,} parameters in {len(cards):,} cards"
    return Drawing(
        cards=tuple(cards),
        wires=wires,
        outputs=tuple(range(len(cards))),
        total=len(everything),
        differentiated=differentiated,
        remark=f"{kind}: {count}",
        about=f"Parameters of {kind}: {count}",
    )


def _kinds(module: HasParameters) -> dict[Units, str]:
    """What every module says of itself that has parameters of its own, or none inside.

    What is inside of another such module has no card of its own: the projections of
    an attention, say.
    """
    if not isinstance(module, HasModules):
        return {}
    named = {units(name): inner for name, inner in module.named_modules()}
    owners = {_owner(units(name), named) for name, _ in module.named_parameters()}
    outer = {name[:depth] for name in named for depth in range(len(name))} - owners
    shown = [name for name in named if name not in outer]
    inside = {n for n in shown for one in shown if one != n and one == n[: len(one)]}
    return {n: clean(repr(named[n]), 60) for n in shown if n not in inside}


def _shape(size: tuple[int, int], told: str) -> str:
    """What a card says the module is: `Linear 2→3 · relu`, or what it says itself."""
    if not size[0]:
        return told.replace(" -> ", "→")
    plain = f"Linear {size[0]:,}→{size[1]:,}"
    dense = re.search(r"\(\d+ -> \d+ ([^()]+)\)$", told)
    return f"{plain} · {dense[1]}" if dense else plain


def _owner(scope: Units, kinds: Collection[Units]) -> Units:
    """The innermost module that holds a parameter."""
    found = [name for name in kinds if name == scope[: len(name)]]
    return max(found, key=len, default=scope[: module_depth(scope)])


def _inputs_card(count: int) -> GroupCard:
    title = f"inputs ({count:,})" if count else "inputs"
    account = Account("", (), "what the module is called with")
    return GroupCard(0, title, title, "inputs", "input", account=account)


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
    if not rows:
        return 0, 0
    most = [stems[scope].most_common(1)[0] for scope in rows]
    alike = len(set(most)) == 1
    first = next(iter(rows))
    in_layer = first != () and first[-1].startswith("neurons.")
    alone = stems[first].keys() >= {"weight.", "bias"}
    told = len(rows) > 1 or in_layer or alone
    return (most[0][1], len(rows)) if alike and told else (0, 0)


def _card(
    place: int, name: str, rows: Named, shape: str, differentiated: bool
) -> GroupCard:
    table = list(rows.values())
    values = [value for row in table for value in row]
    if not values:
        told = f"{name}: {shape}, no parameters"
        account = Account("", ("no parameters",), told)
        return GroupCard(
            place, name, name, "module", "operation", shape, name, account=account
        )
    if len(table) == 1:
        table = lines(values)
    strips = [heat("W", [[v.data for v in row] for row in table])]
    if differentiated:
        strips.append(heat("gradients", [[v.grad for v in row] for row in table]))
    norm = math.hypot(*(v.grad for v in values)) if differentiated else None
    return GroupCard(
        index=place,
        name=name,
        title=name,
        kind="module",
        role="parameter",
        shape=shape,
        scope=name,
        nodes=len(values),
        parameter_count=len(values),
        norm=norm,
        strips=tuple(strips),
    )
