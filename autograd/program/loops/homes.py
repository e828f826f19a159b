"""Which numbers a program keeps, and which of them matter to a derivative.

The result of a loop's row is a variable that the next iteration overwrites. If somebody
else reads it later, the last one is still in the variable; the others are kept in a
list, one entry an iteration.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, cast

from autograd.program.loops.rolled import (
    Carried,
    Fixed,
    Loop,
    Rolled,
    Slot,
    Strided,
    Within,
)
from autograd.program.plan import Apply, Operand

MIN_STRETCH = 4  # so many outputs in even steps are copied by a loop


class Outputs(NamedTuple):
    """Outputs first, first + 1, ... : the places base, base + stride, ..."""

    first: int
    length: int
    base: int
    stride: int


@dataclass
class Homes:
    """What is read from where.

    Attributes:
        rolled: The program.
        kept: The rows (by the place of their first node) whose results are kept.
        last: The rows whose last result is read after the loop.
        outputs: Stretches of outputs.
        active: For each place whether it depends on a number that is differentiated,
            and an output on it.
        useful: For each place whether an output depends on it.
    """

    rolled: Rolled
    kept: set[int] = field(default_factory=set)
    last: set[int] = field(default_factory=set)
    outputs: list[Outputs] = field(default_factory=list)
    active: bytearray = field(default_factory=bytearray)
    useful: bytearray = field(default_factory=bytearray)

    def row_matters(self, loop: Loop, row: int) -> bool:
        """Whether any iteration's result has an adjoint."""
        return any(
            self.active[place] and self.useful[place]
            for place in range(loop.start + row, loop.end, loop.period)
        )

    def slot_matters(self, loop: Loop, slot: Slot) -> bool:
        """Whether an adjoint flows into this slot in any iteration."""
        match slot:
            case Fixed(int(place)):
                return bool(self.active[place])
            case Within(row):
                places = range(loop.start + row, loop.end, loop.period)
                return any(self.active[place] for place in places)
            case Carried(row, _, initial):
                places = range(loop.start + row, loop.end, loop.period)
                starts = any(isinstance(x, int) and self.active[x] for x in initial)
                return starts or any(self.active[place] for place in places)
            case Strided(base, stride):
                return any(self.active[base + stride * i] for i in range(loop.count))
        return False


def homes(rolled: Rolled, wrt: str) -> Homes:
    """Look at every operand and output once.

    Args:
        rolled: The program.
        wrt: With respect to what it is differentiated: "parameters", "inputs", "both".
    """
    found = Homes(rolled)
    found.outputs = _stretches(rolled)
    for part in rolled.parts:
        if not isinstance(part, Loop):
            for operand in part.node.operands:
                _note(found, operand)
            continue
        for row in part.rows:
            for slot in row.slots:
                _note_slot(found, slot)
    for stretch in found.outputs:
        _note_stretch(found, stretch)
    _mark(found, wrt)
    return found


def _note(found: Homes, operand: Operand) -> None:
    """The same operand is read once, or in every iteration of a loop."""
    if not isinstance(operand, int):
        return
    loop = found.rolled.loop_at(operand)
    if loop is None:
        return
    row, iteration = loop.position(operand)
    is_last = iteration == loop.count - 1
    (found.last if is_last else found.kept).add(loop.start + row)


def _note_slot(found: Homes, slot: Slot) -> None:
    match slot:
        case Fixed(operand):
            _note(found, operand)
        case Carried(_, _, initial):
            for operand in initial:
                _note(found, operand)
        case Strided(base, _):
            source = found.rolled.loop_at(base)
            if source is not None:
                found.kept.add(source.start + source.position(base)[0])


def _note_stretch(found: Homes, stretch: Outputs) -> None:
    if stretch.length == 1:
        _note(found, found.rolled.plan.outputs[stretch.first])
        return
    loop = found.rolled.loop_at(stretch.base)
    if loop is not None:
        found.kept.add(loop.start + loop.position(stretch.base)[0])


def _mark(found: Homes, wrt: str) -> None:
    """Fill `active` and `useful`."""
    plan = found.rolled.plan
    nodes = cast("tuple[Apply, ...]", plan.nodes)
    active = bytearray(plan.first + len(nodes))
    for place in range(plan.first):
        is_input = place < plan.inputs
        asked = wrt == "both" or (wrt == "inputs") == is_input
        active[place] = asked and place not in plan.integers
    for place, node in enumerate(nodes, plan.first):
        active[place] = any(isinstance(x, int) and active[x] for x in node.operands)
    useful = bytearray(len(active))
    for output in plan.outputs:
        if isinstance(output, int):
            useful[output] = True
    for place in range(len(active) - 1, plan.first - 1, -1):
        if useful[place]:
            for operand in nodes[place - plan.first].operands:
                if isinstance(operand, int):
                    useful[operand] = True
    # what only a guard asks for has no adjoint
    found.active = bytearray(map(operator.and_, active, useful))
    found.useful = useful


# --- outputs ----------------------------------------------------------------------


def _stretches(rolled: Rolled) -> list[Outputs]:
    """All outputs in order, as long as possible in even steps through one home."""
    outputs = rolled.plan.outputs
    found, at = [], 0
    while at < len(outputs):
        base = outputs[at]
        count = _even(rolled, outputs, at) if isinstance(base, int) else 1
        if count < MIN_STRETCH or not isinstance(base, int):
            found.append(Outputs(at, 1, -1, 0))
            at += 1
            continue
        stride = cast(int, outputs[at + 1]) - base
        found.append(Outputs(at, count, base, stride))
        at += count
    return found


def _even(rolled: Rolled, outputs: Sequence[Operand], at: int) -> int:
    """How many outputs from `at` on are in even steps through one home."""
    places = [*_leading_places(outputs, at)]
    if len(places) < MIN_STRETCH:
        return 1
    home, stride = _home(rolled, places[0]), places[1] - places[0]
    loop = rolled.loop_at(places[0])
    if home is None or (loop is not None and stride % loop.period):
        return 1
    count = 1
    while count < len(places) and places[count] - places[count - 1] == stride:
        if _home(rolled, places[count]) != home:
            break
        count += 1
    return count


def _leading_places(outputs: Sequence[Operand], at: int) -> Iterator[int]:
    for k in range(at, len(outputs)):
        place = outputs[k]
        if not isinstance(place, int):
            return
        if k > at + 1 and place - cast(int, outputs[k - 1]) != cast(
            int, outputs[at + 1]
        ) - cast(int, outputs[at]):
            return
        yield place


def _home(rolled: Rolled, place: int) -> int | None:
    """A number for the list that a place is in; None for a single node."""
    plan = rolled.plan
    if place < plan.first:
        return -1 if place < plan.inputs else -2
    loop = rolled.loop_at(place)
    return None if loop is None else loop.start
