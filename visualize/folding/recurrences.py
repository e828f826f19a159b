"""Recurrences: their steps stand in columns, and those in the middle are folded."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterator
from dataclasses import replace

from visualize.cards.model import TimeStep
from visualize.folding.alike import LEAST_TURNS
from visualize.folding.parts import Net, Part, join, merged
from visualize.folding.samples import chains
from visualize.folding.turns import Turn, turns_of

_SHOWN = (3, 2), (2, 2), (2, 1), (1, 1)
"""So many steps are shown at the beginning and the end where those between are not."""

_FEWEST = 2
"""So few steps are worth a card that stands for all of them."""


def in_steps(net: Net) -> Net:
    """The net with its parts in the steps of a recurrence, if there is a longer one."""
    if sum(len(before) > 1 for before in net.parents) < LEAST_TURNS:
        return net  # a chain, which wraps as a text
    known: dict[Hashable, int] = {}
    kinds = [known.setdefault(_kind(net, part), len(known)) for part in net.parts]
    turns = turns_of(kinds, net.parents)
    if not turns or not _recurs(net, turns):
        return net
    parts = list(net.parts)
    for number, turn in enumerate(turns):
        for row, place in turn.items():
            parts[place] = parts[place].at(number, row)
    found = replace(net, parts=tuple(parts))
    return found if _in_order(found) else net


def _kind(net: Net, part: Part) -> Hashable:
    """Equal for parts that may be the same thing of two steps."""
    if part.kind == "value":
        return net.numbered.signatures[part.first]
    first = net.numbered.signatures[part.first]
    if _learns(net, part):
        return part.kind, part.title, first
    return part.kind, re.sub(r"\d+", "#", part.title), None if part.scope else first


def _learns(net: Net, part: Part) -> bool:
    """Whether parameters are among its nodes: other steps have the same ones."""
    nodes = net.numbered.values(part.members)
    return any(node.role == "parameter" and not node.parents for node in nodes)


def _recurs(net: Net, turns: list[Turn]) -> bool:
    """Whether these are steps: no chain, which wraps as a text, no layers, no sum."""
    middle = len(turns) // 2
    places = turns[middle].values()
    if any(_learns(net, net.parts[place]) for place in places):
        return False
    sums = chains(net.numbered, [part.first for part in net.parts])
    before = set(turns[middle - 1].values())
    ends = (
        (sums.get(net.parts[parent].first, -1), sums.get(net.parts[place].first, -2))
        for place in places
        for parent in before.intersection(net.parents[place])
    )
    carried = any(one != other for one, other in ends)
    return carried and any(len(net.parents[place]) > 1 for place in places)


def _in_order(net: Net) -> bool:
    """Whether each step can stand before all that reads it: nothing turns back."""
    latest: list[int] = []  # the last step that each part depends on
    for part, before in zip(net.parts, net.parents, strict=True):
        own = part.step
        read = [latest[p] for p in before if own < 0 or net.parts[p].step != own]
        if 0 <= own <= max(read, default=-1):
            return False
        latest.append(max(read, default=own) if own < 0 else own)
    return True


def middles_folded(net: Net, least: int = 2) -> Iterator[Net]:
    """The net with the steps in the middle as one part; fewer and fewer are left.

    Args:
        net: A net in steps.
        least: So many steps are left at least.
    """
    count = 1 + max((part.step for part in net.parts), default=-1)
    for first, after in _SHOWN:
        if first + after >= least and count - first - after >= _FEWEST:
            yield from _folded(net, first, count - after)


def _folded(net: Net, first: int, last: int) -> Iterator[Net]:
    """The net with the steps from one to before another as one part."""
    inner = [part for part in net.parts if first <= part.step < last]
    rest = [part for part in net.parts if not first <= part.step < last]
    title = f"steps {first:,} … {last - 1:,}"
    block = merged("block", title, inner, last - first, "steps")
    shown = sorted(n for p in inner if p.step == first for n in p.members)
    block = replace(block, shown=tuple(shown), step=first)
    found = join(net.numbered, [*rest, block])
    # What lies between two steps and is in none would be before and behind the block.
    if len(found.parts) == len(rest) + 1:
        yield found


def whole_steps(net: Net) -> Iterator[Net]:
    """The net with each step of a recurrence as one part; then with fewer of those."""
    steps: dict[int, list[Part]] = {}
    for part in net.parts:
        steps.setdefault(part.step, []).append(part)
    parts = steps.pop(-1, [])
    for number, inner in sorted(steps.items()):
        step = merged("scope", f"step {number:,}", inner)
        parts.append(step.at(number, 0))
    if steps:
        found = join(net.numbered, parts)
        yield found
        yield from middles_folded(found)


def steps_in(net: Net, before: int = 0) -> tuple[TimeStep, ...]:
    """The steps of a net, whose parts' cards stand in order behind some others."""
    found: dict[int, dict[int, int]] = {}
    for place, part in enumerate(net.parts):
        if part.step >= 0:
            found.setdefault(part.step, {})[part.row] = before + place
    alone = Counter(len(cards) for cards in found.values()).keys() == {1}
    return tuple(
        TimeStep("" if alone or -1 in cards else f"step {number:,}", cards)
        for number, cards in sorted(found.items())
    )
