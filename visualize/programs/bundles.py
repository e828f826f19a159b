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

LONGEST_TURN = 32
"""So many groups at most in one turn of a loop."""

FEWEST_TURNS = 3


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
    runs = _runs(groups)
    bundles: list[Bundle] = []
    start = 0
    while start < len(groups):
        length, turns = _longest(runs, start)
        bundles.append(Bundle(tuple(groups[start : start + length]), turns))
        start += length
    return bundles


def nearest(
    reads: Sequence[Sequence[int]], ends: Sequence[int], most: int
) -> list[int]:
    """The places nearest to the ends, by what reads what, in order.

    Args:
        reads: For each place, those that it reads.
        ends: Where to begin.
        most: So many at most.
    """
    found = list(dict.fromkeys(ends))[:most]
    known = set(found)
    for place in found:  # grows while it is walked
        for near in reads[place]:
            if len(found) < most and near not in known:
                known.add(near)
                found.append(near)
    return sorted(found)


def _runs(groups: Sequence[Group]) -> list[list[int]]:
    """For each length of a turn, from how many places on the next turn is alike."""
    kinds: dict[object, int] = {}
    signs = [
        kinds.setdefault((g.kind, g.operation, g.shape, g.uniform), len(kinds))
        for g in groups
    ]
    runs = []
    for turn in range(1, LONGEST_TURN + 1):
        run = [0] * (len(groups) + 1)
        for place in reversed(range(len(groups) - turn)):
            if signs[place] == signs[place + turn] and _alike(groups, place, turn):
                run[place] = run[place + 1] + 1
        runs.append(run)
    return runs


def _alike(groups: Sequence[Group], place: int, turn: int) -> bool:
    """Whether a group reads the same as the one a turn later, or as far behind."""
    reads, later = groups[place].reads, groups[place + turn].reads
    return len(reads) == len(later) and all(
        y - x in (0, turn) for x, y in zip(reads, later, strict=True)
    )


def _longest(runs: Sequence[Sequence[int]], start: int) -> tuple[int, int]:
    """How many groups the longest run from here has, and how many turns."""
    best = (1, 1)
    for turn, run in enumerate(runs, 1):
        turns = run[start] // turn + 1
        if turns >= FEWEST_TURNS and turns * turn > best[0]:
            best = turns * turn, turns
    return best
