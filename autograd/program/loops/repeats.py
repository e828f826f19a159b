"""Where a list of nodes repeats itself.

Two nodes *read alike* if they have the same operation and the same kinds of operands.
A stretch has period p if every node in it reads like the node p further on, and every
operand moves by the same number of places each time: by 0 if it is a parameter, by p
if it is the last iteration's result, by 1 if it is the next input.

For one p that is a comparison of arrays. Which p are worth the comparison is seen from
how far it is from a window of nodes to the next one that reads alike, for windows of
1, 2, 4, 8 ... nodes: a window that is long enough occurs once in each iteration. Their
names double in length as in the construction of suffix arrays (Karp, Miller and
Rosenberg 1972), so all this takes n log n steps.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import Any, NamedTuple, TypeAlias, cast

import numpy as np
import numpy.typing as npt

from autograd.program.plan import Apply, Operand, Plan

Integers: TypeAlias = "npt.NDArray[np.int64]"

MAX_LAG = 16  # a loop carries results over at most so many iterations
_CONSTANT = -1
_PERIODS_PER_LENGTH = 6


class Stretch(NamedTuple):
    """Nodes start, ..., end - 1 (by index) are repetitions of the first `period`."""

    start: int
    period: int
    end: int

    @property
    def repetitions(self) -> int:
        """How many whole repetitions there are."""
        return (self.end - self.start) // self.period

    @property
    def gain(self) -> int:
        """How many nodes a loop saves."""
        return (self.repetitions - 1) * self.period


class Reading:
    """A plan as arrays of integers, to be compared with itself further on."""

    def __init__(self, plan: Plan) -> None:
        nodes = cast("tuple[Apply, ...]", plan.nodes)
        outcomes: dict[int, tuple[bool, ...]] = {}
        for guard in plan.guards:
            outcomes[guard.condition] = (
                *outcomes.get(guard.condition, ()),
                guard.outcome,
            )
        heads = [
            (node.op, _fixed_constants(node), outcomes.get(place, ()))
            for place, node in enumerate(nodes, plan.first)
        ]
        kinds = [tuple(_kind(x, plan) for x in node.operands) for node in nodes]
        counts = [len(node.operands) for node in nodes]
        places = [
            x if isinstance(x, int) else _CONSTANT
            for node in nodes
            for x in node.operands
        ]
        self.first = plan.first
        self.heads = _numbered(zip(heads, counts, strict=True))
        self.tokens = _numbered(zip(heads, kinds, strict=True))
        self.places: Integers = np.array(places, dtype=np.int64)
        self.owners: Integers = np.repeat(np.arange(len(nodes)), counts)
        self.offsets: Integers = np.concatenate([[0], np.cumsum(counts)]).astype(int)

    def __len__(self) -> int:
        return len(self.tokens)

    def slots(self, node: int) -> Integers:
        """The places of a node's operands; -1 for a constant."""
        return self.places[self.offsets[node] : self.offsets[node + 1]]


def _kind(operand: Operand, plan: Plan) -> int:
    if not isinstance(operand, int):
        return _CONSTANT
    return (operand >= plan.inputs) + (operand >= plan.first)


def _fixed_constants(node: Apply) -> tuple[Operand, ...]:
    """Constants that decide how a rule is written, such as the exponent of `power`."""
    if not node.op.constants:
        return ()
    named = zip(node.op.operand_names, node.operands, strict=False)
    return tuple(
        x for name, x in named if name in node.op.constants and isinstance(x, float)
    )


def _numbered(keys: Iterable[Hashable]) -> Integers:
    """Equal keys get equal numbers."""
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(k, len(numbers)) for k in keys], dtype=np.int64)


def periods(reading: Reading) -> list[int]:
    """The periods worth a try: frequent distances of windows that read alike."""
    names, length, found = reading.tokens, 1, set[int]()
    while len(names) > 1:
        order = np.argsort(names, kind="stable")
        ordered = names[order]
        same = ordered[1:] == ordered[:-1]
        distances = (order[1:] - order[:-1])[same]
        if not len(distances):
            break
        values, counts = np.unique(distances, return_counts=True)
        best = np.argsort(-values * counts, kind="stable")
        often = np.argsort(-counts, kind="stable")
        for chosen in (best, often):
            found.update(values[chosen[:_PERIODS_PER_LENGTH]].tolist())
        if len(names) <= length:
            break
        pairs = names[:-length] * (int(names.max()) + 1) + names[length:]
        names = np.unique(pairs, return_inverse=True)[1].astype(np.int64)
        length *= 2
    return sorted(found)


def stretches(reading: Reading, period: int) -> Iterator[Stretch]:
    """The longest stretches of three or more repetitions with this period."""
    n = len(reading) - 2 * period
    if n < period:
        return
    alike = reading.tokens[:-period] == reading.tokens[period:]
    steady = alike[:n] & alike[period : period + n]
    if not any(end - start >= period for start, end in _runs(steady)):
        return
    offsets, places = reading.offsets, reading.places
    slots = int(offsets[n])
    owners = reading.owners[:slots]
    last = len(places) - 1
    # the same slot of the node one period on, and of the one two periods on
    once = np.arange(slots) - offsets[owners] + offsets[owners + period]
    twice = np.arange(slots) - offsets[owners] + offsets[owners + 2 * period]
    once, twice = np.minimum(once, last), np.minimum(twice, last)
    moves = places[once] - places[:slots] == places[twice] - places[once]
    steady &= np.logical_and.reduceat(moves, offsets[:n])
    for start, end in _runs(steady):
        if end - start >= period:
            begin = _earlier(reading, int(start), period)
            yield Stretch(begin, period, int(end) + 2 * period)


def _runs(flags: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The stretches of True, as (start, end)."""
    edges = np.flatnonzero(np.diff(flags.astype(np.int8), prepend=0, append=0))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]


def _earlier(reading: Reading, start: int, period: int) -> int:
    """How far the stretch reaches back if its first results come from anywhere.

    In x = f(x) the first x is an input, a constant or whatever there is: an operand
    that is the last iteration's result may be anything in the first iteration, if only
    it is there when the loop starts.
    """
    lowest = max(0, start - MAX_LAG * period)
    node = start - 1
    while node >= lowest and reading.heads[node] == reading.heads[node + period]:
        like = start + (node - start) % period
        back = (like - node) // period
        rows: Any = zip(
            reading.slots(node).tolist(),
            reading.slots(like).tolist(),
            reading.slots(like + period).tolist(),
            strict=True,
        )
        for place, known, following in rows:
            move = following - known
            if place == known - back * move and (place < 0) == (known < 0):
                continue
            reach = reading.first + like - known  # so far back this operand is read
            if move != period or not 0 < reach <= MAX_LAG * period:
                return node + 1
            lowest = max(lowest, node - reach + 1, place - reading.first + 1)
        if node < lowest:
            break
        node -= 1
    return node + 1
