"""Bundles: groups that follow each other in the same way are one card.

A loop that was unrolled has the groups of each turn one after the other: the same
operations, of the same shapes, reading what lies as far behind, or what all of them
read. Such a run is one bundle; where that does not help enough, groups far from the
output are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autograd import Group
from visualize.folding.alike import Chain


@dataclass(frozen=True)
class Bundle:
    """Groups that one card stands for.

    Attributes:
        groups: The groups, operands first.
        turns: How often the first of them are done again; 1 for a single group.
    """

    groups: tuple[Group, ...]
    turns: int = 1

    @property
    def turn(self) -> tuple[Group, ...]:
        """The groups of one turn."""
        return self.groups[: len(self.groups) // self.turns]

    @property
    def repeats(self) -> bool:
        """Whether it stands for several turns."""
        return self.turns > 1

    @property
    def is_output(self) -> bool:
        """Whether the program returns some of its numbers."""
        return any(group.kind == "output" for group in self.groups)


def bundled(groups: Sequence[Group], most: int) -> list[Bundle]:
    """The groups one by one if there are at most so many, else with runs bundled."""
    if len(groups) <= most:
        return [Bundle((group,)) for group in groups]
    places = {group.number: place for place, group in enumerate(groups)}
    kinds: dict[object, int] = {}
    line = Chain(
        [
            kinds.setdefault((g.kind, g.operation, g.shape, g.uniform), len(kinds))
            for g in groups
        ],
        [[places.get(number, -1) for number in group.reads] for group in groups],
    )
    bundles: list[Bundle] = []
    for start, end, length in line.runs():
        if length:
            turns = (end - start) // length
            bundles.append(Bundle(tuple(groups[start:end]), turns))
        else:
            bundles += [Bundle((group,)) for group in groups[start:end]]
    return bundles
