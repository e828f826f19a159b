"""What a rolled plan is made of: single nodes, and loops with their rows."""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from autograd.ops import Op
from autograd.program.plan import Apply, Operand, Plan


class Fixed(NamedTuple):
    """The same operand in every iteration."""

    operand: Operand


class Table(NamedTuple):
    """A constant of its own for every iteration."""

    numbers: tuple[float, ...]


class Within(NamedTuple):
    """The result of an earlier row of the same iteration."""

    row: int


class Carried(NamedTuple):
    """What a row gave `lag` iterations before; the first `lag` ones are given.

    Attributes:
        row: The row.
        lag: 1 for the iteration before.
        initial: The operand in iterations 0, ..., lag - 1.
    """

    row: int
    lag: int
    initial: tuple[Operand, ...]


class Strided(NamedTuple):
    """The place base + stride * i in iteration i: an input, say, or a kept result."""

    base: int
    stride: int


Slot: TypeAlias = "Fixed | Table | Within | Carried | Strided"


class Row(NamedTuple):
    """One operation of a loop's body."""

    op: Op
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class Loop:
    """Nodes that repeat: row j of iteration i has the place start + i * period + j.

    Attributes:
        start: The place of the first node.
        count: How many iterations there are.
        rows: The body.
    """

    start: int
    count: int
    rows: tuple[Row, ...]

    @property
    def period(self) -> int:
        """How many places one iteration takes."""
        return len(self.rows)

    @property
    def end(self) -> int:
        """The place after the last node."""
        return self.start + self.count * len(self.rows)

    def position(self, place: int) -> tuple[int, int]:
        """Row and iteration of a place."""
        iteration, row = divmod(place - self.start, len(self.rows))
        return row, iteration


class Single(NamedTuple):
    """A node outside of all loops."""

    place: int
    node: Apply


Part: TypeAlias = "Single | Loop"


@dataclass(frozen=True, slots=True)
class Rolled:
    """A plan as single nodes and loops, in order.

    Attributes:
        plan: The plan with its sums written out; the places are its places.
        parts: Single nodes and loops.
        loops: The loops among them.
    """

    plan: Plan
    parts: tuple[Part, ...]
    loops: tuple[Loop, ...]

    @property
    def size(self) -> int:
        """How many operations have to be written down."""
        return sum(p.period if isinstance(p, Loop) else 1 for p in self.parts)

    def loop_at(self, place: int) -> Loop | None:
        """The loop that computes a place, if one does."""
        at = bisect.bisect_right(self.loops, place, key=lambda loop: loop.start) - 1
        return self.loops[at] if at >= 0 and place < self.loops[at].end else None

    def __str__(self) -> str:
        return "\n".join(line for part in self.parts for line in _listing(self, part))


def _listing(rolled: Rolled, part: Part) -> list[str]:
    if isinstance(part, Single):
        operands = [_named(rolled, x) for x in part.node.operands]
        name = _named(rolled, part.place)
        return [f"{name} = {part.node.op}({', '.join(operands)})"]
    lines = [f"{part.count} times, i = 0, 1, ...:"]
    for row, (op, slots) in enumerate(part.rows):
        operands = [_slot_text(rolled, part, slot) for slot in slots]
        name = _named(rolled, part.start + row)
        lines.append(f"    {name} = {op}({', '.join(operands)})")
    return lines


def _named(rolled: Rolled, operand: Operand) -> str:
    plan = rolled.plan
    if not isinstance(operand, int):
        return repr(operand)
    if operand < plan.inputs:
        return f"x{operand}"
    if operand < plan.first:
        return f"p{operand - plan.inputs}"
    return f"v{operand - plan.first}"


def _slot_text(rolled: Rolled, loop: Loop, slot: Slot) -> str:
    match slot:
        case Fixed(operand):
            return _named(rolled, operand)
        case Table(numbers):
            return f"one of {len(numbers)} constants"
        case Within(row):
            return _named(rolled, loop.start + row)
        case Carried(row, lag, initial):
            first = ", ".join(_named(rolled, x) for x in initial)
            name = _named(rolled, loop.start + row)
            return f"{name} of {lag} before, at first {first}"
        case Strided(base, stride):
            return f"{_named(rolled, base)} + {stride} i"
