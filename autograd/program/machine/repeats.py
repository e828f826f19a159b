"""Where a list of instructions repeats itself, as a simulation's steps do."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

LIKE = 8
"""So many instructions of the same names make a place worth a closer look."""

TRIED = 16
"""So many such places are looked at; the first ones are mostly a step away."""

FEWEST = 4
"""Fewer turns are no loop."""

SHORTEST = 64
"""Fewer instructions than this are sooner written down one by one."""


class Stretch(NamedTuple):
    """Instructions from `start` on: `turns` times `period` of them."""

    start: int
    period: int
    turns: int

    @property
    def end(self) -> int:
        """What comes after the last one."""
        return self.start + self.period * self.turns


def stretches(names: Sequence[str], reads: Sequence[Sequence[int]]) -> list[Stretch]:
    """The loops, and what stands between them, in order.

    In a loop every turn reads the turn before it, or itself, as every other turn does.
    What was computed before the loop it may read as it likes.

    Args:
        names: What each instruction does; "" for what must stay out of loops.
        reads: For each, the instructions that it reads; below 0 for other numbers.
    """
    places: dict[tuple[str, ...], list[int]] = defaultdict(list)
    windows = [tuple(names[k : k + LIKE]) for k in range(len(names))]
    for k, window in enumerate(windows):
        places[window].append(k)
    found: list[Stretch] = []
    straight = k = 0
    while k < len(names):
        loop = _loop_at(names, reads, places[windows[k]], k)
        if loop is None:
            k += 1
            continue
        if straight < k:
            found.append(Stretch(straight, k - straight, 1))
        found.append(loop)
        straight = k = loop.end
    if straight < k:
        found.append(Stretch(straight, k - straight, 1))
    return found


def _loop_at(
    names: Sequence[str], reads: Sequence[Sequence[int]], alike: list[int], k: int
) -> Stretch | None:
    """The longest loop that starts here; None if there is none to speak of."""
    best, tried = Stretch(k, 1, 0), 0
    for place in range(bisect_right(alike, k), len(alike)):
        other = alike[place]
        period, end = other - k, other
        if other < best.end and period % best.period == 0:  # several turns in one
            continue
        if tried == TRIED:
            break
        tried += 1
        least = max(SHORTEST, FEWEST * period)
        if names[k : k + least - period] != names[other : k + least]:
            continue
        while end < len(names) and _goes_on(names, reads, k, period, end):
            end += 1
        loop = Stretch(k, period, (end - k) // period)
        if end - k >= least and loop.end > best.end:
            best = loop
    return best if best.turns else None


def _goes_on(
    names: Sequence[str],
    reads: Sequence[Sequence[int]],
    start: int,
    period: int,
    m: int,
) -> bool:
    """Whether instruction m does in its turn what the one did a turn before."""
    before, here = reads[m - period], reads[m]
    if names[m] != names[m - period] or not names[m] or len(before) != len(here):
        return False
    turn = (m - start) // period
    for a, b in zip(before, here, strict=True):
        if b < start:  # computed before the loop
            if a >= start:
                return False
            continue
        back = turn - (b - start) // period
        from_before = turn == 1 and back == 1 and a < start
        if back > 1 or not (a == b - period or from_before):
            return False
    return True
