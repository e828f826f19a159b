"""Loops found again: a plan of ten thousand steps as one step, ten thousand times.

>>> from autograd.ops import OPS
>>> from autograd.program.plan import Apply, Plan
>>> steps = [Apply(OPS["tanh"], (0,))]
>>> steps += [Apply(OPS["tanh"], (place,)) for place in range(1, 10_000)]
>>> print(roll(Plan(1, 0, tuple(steps), (10_000,))))
10000 times, i = 0, 1, ...:
    v0 = tanh(v0 of 1 before, at first x0)
"""

from __future__ import annotations

import bisect
import heapq
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import cast

import numpy as np

from autograd.program.loops import repeats
from autograd.program.loops.expanding import expand
from autograd.program.loops.repeats import MAX_LAG, Reading, Stretch
from autograd.program.loops.rolled import (
    Carried,
    Fixed,
    Loop,
    Part,
    Rolled,
    Row,
    Single,
    Slot,
    Strided,
    Table,
    Within,
)
from autograd.program.plan import Apply, Plan

MIN_COUNT = 3
MIN_GAIN = 6
MAX_PERIODS = 200


def roll(plan: Plan) -> Rolled:
    """Write a plan as loops, as far as it repeats itself.

    Time n log n in the number of nodes; no more than one loop deep.
    """
    plan = expand(plan)
    nodes = cast("tuple[Apply, ...]", plan.nodes)
    parts: list[Part] = []
    loops: list[Loop] = []
    done = 0
    for stretch in _disjoint(_found(plan)):
        for loop in _loops(plan, nodes, stretch, loops):
            start = loop.start - plan.first
            parts += [Single(plan.first + k, nodes[k]) for k in range(done, start)]
            parts.append(loop)
            done = loop.end - plan.first
    parts += [Single(plan.first + k, nodes[k]) for k in range(done, len(nodes))]
    return Rolled(plan, tuple(parts), tuple(loops))


def _found(plan: Plan) -> Iterator[Stretch]:
    """Stretches of any period, which may overlap.

    Short stretches that come again and again, like the rows of a matrix in every step
    of a recurrence, are a part of something with a longer period.
    """
    if not plan.nodes:
        return
    reading = Reading(plan)
    waiting = repeats.periods(reading)
    tried = set(waiting)
    while waiting:
        period = waiting.pop()
        stretches = [*repeats.stretches(reading, period)]
        yield from stretches
        apart = Counter(b.start - a.start for a, b in pairwise(stretches))
        longer = {far for far, times in apart.most_common(2) if times > 1 and far > 0}
        if len(tried) < MAX_PERIODS:
            waiting += longer - tried
            tried |= longer


def _disjoint(found: Iterator[Stretch]) -> list[Stretch]:
    """Stretches that don't overlap, in order: those that save most go first."""
    waiting = [(-stretch.gain, stretch) for stretch in found]
    heapq.heapify(waiting)
    chosen: list[Stretch] = []
    while waiting:
        _, stretch = heapq.heappop(waiting)
        at = bisect.bisect_left(chosen, (stretch.start,))
        before = chosen[at - 1].end if at else 0
        if at < len(chosen) or before > stretch.start:
            pieces = _between(stretch, chosen[max(0, at - 1) :])
        else:
            pieces = [stretch]
        if pieces == [stretch]:
            chosen.insert(at, stretch)
            continue
        for piece in pieces:
            if piece.repetitions >= MIN_COUNT and piece.gain >= MIN_GAIN:
                heapq.heappush(waiting, (-piece.gain, piece))
    return chosen


def _between(stretch: Stretch, chosen: Sequence[Stretch]) -> list[Stretch]:
    """What the chosen ones leave of a stretch."""
    pieces = []
    start = stretch.start
    for other in chosen:
        if other.start >= stretch.end:
            break
        if other.start > start:
            pieces.append(stretch._replace(start=start, end=other.start))
        start = max(start, other.end)
    if start < stretch.end:
        pieces.append(stretch._replace(start=start))
    return pieces


def _loops(
    plan: Plan, nodes: Sequence[Apply], stretch: Stretch, loops: list[Loop]
) -> Iterator[Loop]:
    """The stretch as a loop; as several where an operand changes its home.

    The loops found are added to `loops`, for those after them to read.
    """
    if stretch.repetitions < MIN_COUNT or stretch.gain < MIN_GAIN:
        return
    cuts = set()
    for row in range(stretch.period):
        for slot in range(len(nodes[stretch.start + row].operands)):
            read = _Progression(plan, nodes, stretch, row, slot)
            if read.move and read.lag < 0:
                cuts |= _changes(plan, loops, read)
    if cuts:
        ends = sorted({0, stretch.repetitions, *cuts})
        for begin, end in pairwise(stretch.start + stretch.period * k for k in ends):
            piece = stretch._replace(start=begin, end=end)
            yield from _loops(plan, nodes, piece, loops)
        return
    rows = _rows(plan, nodes, stretch)
    if rows is not None:
        loops.append(Loop(stretch.start + plan.first, stretch.repetitions, rows))
        yield loops[-1]


class _Progression:
    """The operands in one slot of a row, iteration by iteration.

    Attributes:
        operands: All of them.
        move: By how many places they move, as the last two iterations have it: the
            first ones may start from anywhere. 0 for constants.
        base: The place that would be in iteration 0 by that.
        constant: Whether they are constants, so that all this is 0.
        row: The row of the loop that is read.
        lag: How many iterations before it was computed; -1 if it comes from elsewhere.
    """

    def __init__(
        self, plan: Plan, nodes: Sequence[Apply], piece: Stretch, row: int, slot: int
    ) -> None:
        start, period, count = piece.start, piece.period, piece.repetitions
        indices = range(start + row, start + count * period, period)
        self.operands = [nodes[k].operands[slot] for k in indices]
        self.start = plan.first + start
        self.base, self.move, self.row, self.lag = 0, 0, 0, -1
        self.constant = True
        before, last = self.operands[-2:]
        if isinstance(before, int) and isinstance(last, int):
            self.constant = False
            self.move = last - before
            self.base = last - (count - 1) * self.move
            iteration, self.row = divmod(self.base - plan.first - start, period)
            if self.move == period and -min(MAX_LAG, count - 1) <= iteration <= 0:
                self.lag = -iteration

    @property
    def even(self) -> bool:
        """Whether the operands move as the last two do, but for initial ones.

        What a carried operand is at first must be there when the loop starts.
        """
        first = max(0, self.lag)
        if any(isinstance(x, int) and x >= self.start for x in self.operands[:first]):
            return False
        if self.constant:
            return not any(isinstance(x, int) for x in self.operands)
        expected = [self.base + self.move * i for i in range(len(self.operands))]
        return self.operands[first:] == expected[first:]


def _changes(plan: Plan, loops: Sequence[Loop], read: _Progression) -> set[int]:
    """The iterations in which the operand gets into another home.

    Homes are the inputs, the parameters, and each row of a loop; a single node is a
    home for one iteration.
    """
    count = len(read.operands)
    places = read.base + read.move * np.arange(count)
    home = np.arange(count) + 2
    home[places < plan.first] = 1
    home[places < plan.inputs] = 0
    lowest, highest = sorted((int(places[0]), int(places[-1])))
    for number, loop in enumerate(loops):
        if lowest < loop.end and loop.start <= highest and not read.move % loop.period:
            home[(places >= loop.start) & (places < loop.end)] = -1 - number
    return {int(i) + 1 for i in np.flatnonzero(home[1:] != home[:-1])}


def _rows(plan: Plan, nodes: Sequence[Apply], piece: Stretch) -> tuple[Row, ...] | None:
    """The body of a loop; None if the first iterations are all there is of it."""
    rows = []
    for row in range(piece.period):
        node = nodes[piece.start + row]
        slots = []
        for slot in range(len(node.operands)):
            read = _Progression(plan, nodes, piece, row, slot)
            if not read.even:
                return None
            slots.append(_slot(read))
        rows.append(Row(node.op, tuple(slots)))
    return tuple(rows)


def _slot(read: _Progression) -> Slot:
    """How an operand is found in iteration i."""
    if read.lag == 0:
        return Within(read.row)
    if read.lag > 0:
        return Carried(read.row, read.lag, tuple(read.operands[: read.lag]))
    if not read.constant:
        return Strided(read.base, read.move) if read.move else Fixed(read.base)
    numbers = cast("tuple[float, ...]", tuple(read.operands))
    same = len({*map(repr, numbers)}) == 1  # 0.0 and -0.0 differ, NaN is itself
    return Fixed(numbers[0]) if same else Table(numbers)
