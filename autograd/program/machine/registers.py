"""Registers: a listing becomes arrays of integers, which the machine runs.

Only what leads to a result stays. A product that is read once, by an addition, becomes
one step with it. Then every number gets a register: givens and constants first, as
they are, and results of steps wherever one is free, so that few of them are in use and
stay in the cache. A step never writes where it reads: loops over lanes are then quick.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import compress
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from autograd.program.machine.listing import Listing, Phase
from autograd.program.machine.opcodes import LISTS, NUMBERS, factors

Integers: TypeAlias = "NDArray[np.uint32]"
Registers: TypeAlias = "NDArray[np.float64]"

WIDTH = 5
"""Numbers an instruction: opcode, target, and up to three operands.

A sum over lists has instead of operands where its first and its last list start, and
how many terms it has.
"""

_FUSED = {"mul": "plus_product", "strong_product": "plus_strong_product"}


@dataclass(frozen=True)
class Instructions:
    """Instructions for the machine.

    Attributes:
        steps: A row of `WIDTH` numbers for each instruction.
        lists: The registers of all lists, one after the other, each known one once:
            all products with one row of numbers share the list of these.
        start: What the registers hold at first: the constants.
        homes: The register of every place in the listing that was asked for.
    """

    steps: Integers
    lists: Integers
    start: Registers
    homes: dict[int, int]

    def registers(self, places: Iterable[int]) -> Integers:
        """Where these places are found."""
        return np.array([self.homes[place] for place in places], np.uint32)

    def columns(self, places: Iterable[int]) -> Integers:
        """Rows of a column and the register of its place, of those that have one."""
        pairs = [(k, self.homes.get(place)) for k, place in enumerate(places)]
        found = [pair for pair in pairs if pair[1] is not None]
        return np.array(found, np.uint32).reshape(-1, 2)


def joined(listing: Listing, results: Sequence[int]) -> list[int]:
    """The places that lead to the results, after products were joined to sums."""
    _fuse(listing, _needed(listing, results), results)
    return _needed(listing, results)


def _needed(listing: Listing, results: Iterable[int]) -> list[int]:
    """The places that lead to the results, in order."""
    needed = bytearray(len(listing.names))
    for place in results:
        needed[place] = 1
    for place in range(len(needed) - 1, -1, -1):
        if needed[place]:
            for x in listing.operands[place]:
                needed[x] = 1
    return [*compress(range(len(needed)), needed)]


def _fuse(listing: Listing, places: Sequence[int], results: Iterable[int]) -> None:
    """Make one step of an addition and a product that nothing else reads."""
    uses = Counter(x for place in places for x in listing.operands[place])
    uses.update(results)
    names, operands = listing.names, listing.operands
    for place in places:
        if names[place] != "add":
            continue
        for x, other in (operands[place], operands[place][::-1]):
            same_phase = listing.phases[x] is listing.phases[place]
            if names[x] in _FUSED and uses[x] == 1 and same_phase and x != other:
                names[place], operands[place] = _FUSED[names[x]], (*operands[x], other)
                break


@dataclass
class _Allocation:
    """Registers in use, and free ones; and lists of them, known ones once."""

    count: int = 0
    free: list[int] = field(default_factory=list)
    homes: dict[int, int] = field(default_factory=dict)
    lists: list[int] = field(default_factory=list)
    starts: dict[tuple[int, ...], int] = field(default_factory=dict)

    def new(self) -> int:
        if self.free:
            return heappop(self.free)
        self.count += 1
        return self.count - 1

    def list_of(self, registers: tuple[int, ...]) -> int:
        """Where the list of these begins."""
        if registers not in self.starts:
            self.starts[registers] = len(self.lists)
            self.lists += registers
        return self.starts[registers]


def instructions_of(
    listing: Listing,
    places: Iterable[int],
    phase: Phase,
    kept: Sequence[int],
    given: Sequence[int] = (),
) -> Instructions:
    """The code of one phase of a listing.

    Args:
        listing: The listing.
        places: Those that lead to a result.
        phase: The phase.
        kept: Places that are read afterwards.
        given: Places that have the first registers, whether they are read or not.
    """
    steps = [x for x in places if listing.is_step(x) and listing.phases[x] is phase]
    known = {*steps, *given}
    others = {*kept} - known
    others.update(x for step in steps for x in listing.operands[step] if x not in known)
    return _allocated(listing, [*given, *sorted(others)], steps, kept)


def _allocated(
    listing: Listing, given: Sequence[int], steps: Sequence[int], kept: Sequence[int]
) -> Instructions:
    """Registers for what is given, in order and for good, and for each step."""
    registers = _Allocation()
    permanent = dict.fromkeys([*given, *kept])
    for place in permanent:  # results side by side
        registers.homes[place] = registers.new()
    last = {x: place for place in steps for x in listing.operands[place]}
    rows: list[int] = []
    for place in steps:
        operands, name = listing.operands[place], listing.names[place]
        if place not in permanent:
            registers.homes[place] = registers.new()
        read = [registers.homes[x] for x in operands]
        if name in LISTS:
            each = [tuple(part) for part in factors(name, read)]
            parts = [registers.list_of(part) for part in each]
            read = [parts[0], parts[-1], len(each[0])]
        home = registers.homes[place]
        rows += NUMBERS[name], home, *read, *(0,) * (WIDTH - 2 - len(read))
        for x in {*operands}:
            if last[x] == place and x not in permanent:
                heappush(registers.free, registers.homes[x])
    start = np.zeros(registers.count)
    for place in given:
        if place in listing.constants:
            start[registers.homes[place]] = listing.constants[place]
    table = np.array(rows, np.uint32).reshape(-1, WIDTH)
    lists = np.array(registers.lists, np.uint32)
    return Instructions(table, lists, start, registers.homes)


# --- four dots in one ---------------------------------------------------------------

FOURS = {
    NUMBERS[name]: len(NUMBERS) + i for i, name in enumerate(("dot", "strong_dot"))
}
"""What stands for four instructions, by what stands for one."""


def by_fours(steps: Integers, lists: Integers) -> tuple[Integers, Integers]:
    """The same instructions, four dots in one where neighbours share a list.

    A matrix times a vector is such dots: all have the vector, and of the matrix each
    has the registers that the one before it has, a step further on. So have their
    results:

        w[t + r] = sum over j of w[a[j] + r * step] * w[b[j]]    for r = 0, 1, 2, 3

    To find out where a number is takes as long as to multiply it; of four at once half
    of that is done once. Of their first list that of the first dot is kept, and before
    it the step.
    """
    rows, registers = steps.tolist(), lists.tolist()
    found, k = list[list[int]](), 0
    while k < len(rows):
        four = rows[k : k + 4]
        shared = _shared(four, registers)
        if shared is None:
            found.append(rows[k])
            k += 1
            continue
        (step, *first), other = shared
        number, target, _, _, count = rows[k]
        found.append([FOURS[number], target, len(registers) + 1, other, count])
        registers += [step, *first]
        k += 4
    table = np.array(found, np.uint32).reshape(-1, WIDTH)
    return table, np.array(registers, np.uint32)


def _shared(
    four: Sequence[Sequence[int]], lists: Sequence[int]
) -> tuple[list[int], int] | None:
    """The step and the first of the lists that differ; where the shared one starts."""
    number, target, _, _, count = four[0]
    if number not in FOURS or len(four) < 4:
        return None
    if len({(x[0], x[1] - r, x[4]) for r, x in enumerate(four)}) > 1:
        return None
    for one, other in ((2, 3), (3, 2)):
        first, *others = [lists[x[one] : x[one] + count] for x in four]
        step = others[0][0] - first[0]
        moved = [[x + r * step for x in first] for r in (1, 2, 3)]
        is_one = len({x[other] for x in four}) == 1 and step > 0
        # None of them may read what another one gives.
        is_apart = all(x + 3 * step < target or x > target + 3 for x in first)
        if is_one and is_apart and moved == others:
            return [step, *first], four[0][other]
    return None
