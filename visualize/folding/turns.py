"""The turns of a recurrence, laid over each other: which thing is the same in each.

A run of turns is found along the line of a graph's items. What each turn has beside,
an input of its own that several read or an error that nothing later needs, is added
where all turns have it; so is the first turn, which starts from other things than the
one before it.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Hashable, Mapping, Sequence
from itertools import pairwise

from visualize.folding.alike import LEAST_TURNS, in_turns, line_of
from visualize.folding.numbered import readers_of

Turn = dict[int, int]
"""The items of a turn by their rows."""

Home = tuple[int, int]
"""The turn and the row of an item."""


def turns_of(kinds: Sequence[int], reads: Sequence[Sequence[int]]) -> list[Turn]:
    """The turns of a graph's longest recurrence, rows from first to last; [] for none.

    Args:
        kinds: For each item what it is.
        reads: For each item those that it reads, which come before it.
    """
    items, line = line_of(kinds, reads)
    run = line.longest(least=2)
    if run is None:
        return []
    starts = range(run.start, run.end, run.length)
    found = [dict(enumerate(items[at : at + run.length])) for at in starts]
    return _Grid(kinds, reads, found).whole()


class _Grid:
    """Turns, and what may be added to them."""

    def __init__(
        self,
        kinds: Sequence[int],
        reads: Sequence[Sequence[int]],
        turns: list[Turn],
    ) -> None:
        self._kinds, self._reads, self._turns = kinds, reads, turns
        self._rows = len(turns[0])
        self._taken = {item for turn in turns for item in turn.values()}
        self._readers = readers_of(reads)

    def whole(self) -> list[Turn]:
        """The turns with all that belongs to them, rows in the order of computing."""
        rest, least = self._extend(), math.inf
        while earlier := self._earlier():
            kept = _kept(self._lags(), earlier)
            if kept >= least:  # what was added behind undid it
                break
            least = kept
            self._shift(earlier)
            rest = self._extend()
        if len(self._turns) < LEAST_TURNS:
            return []
        lags = self._lags()
        if rest and _kept(lags, rest) <= _kept(lags, ()):
            # What is left over at the end is the end of the turn before.
            self._turns.append(rest)
            self._shift(rest)
        while self._grow():
            pass
        self._turns[0] = self._filled(*self._turns[:3])
        return self._in_order()

    def _extend(self) -> Turn:
        """Adds turns before the first and behind the last; and what is left over."""
        while self._is_turn(first := self._filled({}, *self._turns[:2])):
            self._turns.insert(0, first)
            self._taken.update(first.values())
        while self._is_turn(last := self._next()):
            self._turns.append(last)
            self._taken.update(last.values())
        return last

    def _earlier(self) -> frozenset[int]:
        """Rows that had better belong to the turn before: then fewer numbers are kept.

        They go there with all that they read in their turn.
        """
        lags = self._lags()

        def behind(row: int) -> frozenset[int]:
            found = [row]
            for reader in found:  # grows while it is walked
                near = {s for (s, r), lag in lags.items() if r == reader and not lag}
                found += near.difference(found)
            return frozenset(found)

        moves = [behind(row) for row in self._turns[-1]]
        best = min(moves, key=lambda moved: (_kept(lags, moved), -len(moved)))
        fewer = _kept(lags, best) < _kept(lags, ())
        return best if fewer and len(self._turns) > 2 else frozenset()

    def _lags(self) -> dict[tuple[int, int], int]:
        """How many turns later a row is read, by it and by the row that reads it."""
        homes = self._homes()
        number = len(self._turns) - 1
        return {
            (homes[parent][1], row): number - homes[parent][0]
            for row, item in self._turns[number].items()
            for parent in self._reads[item]
            if parent in homes
        }

    def _shift(self, rows: Collection[int]) -> None:
        """Puts rows into the turn before; only whole turns are left."""
        self._turns = [
            {
                row: turn[row]
                for row in range(self._rows)
                if row in (turn := other if row in rows else one)
            }
            for one, other in pairwise(self._turns)
        ]
        self._taken = {item for turn in self._turns for item in turn.values()}

    def _homes(self) -> dict[int, Home]:
        return {
            item: (number, row)
            for number, turn in enumerate(self._turns)
            for row, item in turn.items()
        }

    def _grow(self) -> bool:
        """Adds a row for each thing that all turns have beside; whether one is."""
        homes = self._homes()
        beside = {
            item
            for own in homes
            for item in (*self._reads[own], *self._readers[own])
            if item not in homes
        }
        found: dict[Hashable, dict[int, list[int]]] = defaultdict(
            lambda: defaultdict(list)
        )
        for item in sorted(beside):
            place = self._place(item, homes)
            if place:
                found[place[1]][place[0]].append(item)
        grown = False
        for turns in found.values():
            single = all(len(items) == 1 for items in turns.values())
            if single and len(turns) >= len(self._turns) - 1:
                for number, (item,) in turns.items():
                    self._turns[number][self._rows] = item
                    self._taken.add(item)
                self._rows += 1
                grown = True
        return grown

    def _place(
        self, item: int, homes: Mapping[int, Home]
    ) -> tuple[int, Hashable] | None:
        """The turn that an item belongs to, and what it is there."""
        kind = self._kinds[item]
        readers = {homes.get(reader) for reader in self._readers[item]}
        known = {home for home in readers if home is not None}
        turns = {turn for turn, _ in known}
        if known == readers and len(turns) == 1:
            return turns.pop(), ("before", kind, frozenset(row for _, row in known))
        read = [homes.get(parent) for parent in self._reads[item]]
        last = max((home[0] for home in read if home is not None), default=None)
        if last is None:
            return None
        slots = ((last - home[0], home[1]) if home else None for home in read)
        return last, ("after", kind, tuple(slots))

    def _is_turn(self, turn: Turn) -> bool:
        """Whether most of a turn stands there, and some of it is what it should be."""
        known = self._turns[0]
        alike = any(
            row in known and self._kinds[item] == self._kinds[known[row]]
            for row, item in turn.items()
        )
        return alike and 2 * len(turn) >= self._rows

    def _filled(self, turn: Turn, after: Turn, second: Turn) -> Turn:
        """A turn with what the two behind it have too, read back from those.

        What the next turn reads where the second reads the next is the same thing,
        whatever it is itself; and where it is alike, so is what it reads.
        """
        taken, turn = self._taken, dict(turn)
        row_of = {item: row for row, item in after.items()}
        pending = [
            (after[row], item, True) for row, item in second.items() if row in after
        ]
        pending += [
            (item, after[row], False) for row, item in turn.items() if row in after
        ]
        for item, later, _ in pending:  # grows while it is walked
            if self._kinds[item] != self._kinds[later]:
                continue
            pairs = zip(self._reads[item], self._reads[later], strict=False)
            beside = [
                (r, other)
                for r in self._readers[item]
                for other in self._readers[later]
                if self._kinds[r] == self._kinds[other]
            ]
            for here, there in [*pairs, *beside]:
                row = row_of.get(there)
                if row is None or row in turn or here in taken or here in turn.values():
                    continue
                turn[row] = here
                pending.append((here, there, False))
        return turn

    def _next(self) -> Turn:
        """What does with the last turn's things what that does with those before."""
        before, last = self._turns[-2:]
        image = {item: last[row] for row, item in before.items() if row in last}
        row_of = {item: row for row, item in last.items()}
        own = set(row_of)
        pending = list(image.items())
        for old, new in pending:  # grows while it is walked
            # The last reader first: it tells all that it is made of.
            for one in reversed(self._readers[old]):
                for other in self._readers[new]:
                    if one in row_of and one not in image and other not in self._taken:
                        found = self._same(one, other, image, own)
                        image.update(found)
                        pending += found.items()
        return {row: image[item] for item, row in row_of.items() if item in image}

    def _same(
        self, one: int, other: int, image: Mapping[int, int], own: set[int]
    ) -> dict[int, int]:
        """What corresponds to what if one item is in the last turn what another was.

        {} if it is not: both must do the same with what corresponds.
        """
        found: dict[int, int] = {}
        pending = [(one, other)]
        while pending:
            x, y = pending.pop()
            if x == y or image.get(x, found.get(x)) == y:
                continue
            fits = self._kinds[x] == self._kinds[y]
            alike = fits and len(self._reads[x]) == len(self._reads[y])
            private = x in own or own.issuperset(self._readers[x])
            if not (alike and private) or x in image or y in self._taken:
                return {}
            found[x] = y
            pending += zip(self._reads[x], self._reads[y], strict=True)
        return found

    def _in_order(self) -> list[Turn]:
        """The turns with their rows renumbered, operands above what reads them."""
        fullest = max(self._turns, key=len)
        items = sorted(fullest.values())
        place = {item: number for number, item in enumerate(items)}
        inner = [[place[p] for p in self._reads[i] if p in place] for i in items]
        row_of = {item: row for row, item in fullest.items()}
        rows = [row_of[items[number]] for number in in_turns(inner)]
        rows += [row for row in range(self._rows) if row not in fullest]
        return [
            {place: turn[row] for place, row in enumerate(rows) if row in turn}
            for turn in self._turns
        ]


def _kept(lags: Mapping[tuple[int, int], int], earlier: Collection[int]) -> int:
    """How many numbers are kept for later turns, with some rows in the turn before."""
    most: dict[int, int] = {}
    for (source, row), lag in lags.items():
        now = lag - (row in earlier) + (source in earlier)
        most[source] = max(most.get(source, 0), now)
    return sum(most.values())
