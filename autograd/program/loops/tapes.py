"""What the forward loop keeps for the reverse loop, and what is computed again.

The local derivatives of an iteration read numbers that its forward run computed. Such a
number is, in this order,

* read again, if it is an input or a constant;
* at hand, if it is a result that the iteration after has kept as its last result;
* computed again, if that takes a few sums and products of what is there anyway;
* kept in a list, one entry an iteration, if nothing else will do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from autograd.fast.symbols import Number, Symbol
from autograd.program.loops.forward import Forward, Written
from autograd.program.loops.rolled import Loop
from autograd.program.loops.text import (
    COMPARISON,
    Block,
    Expression,
    Item,
    Line,
    Statement,
)

MAX_DEPTH = 3
Ends: TypeAlias = "list[tuple[str, Expression]]"


def keep_what_is_needed(
    forward: Forward, loop: Loop, written: Written, block: Block, ends: Ends
) -> None:
    """Complete the reverse loop, and make the forward loop keep what it reads.

    Args:
        forward: The program.
        loop: The loop.
        written: Its forward run.
        block: The body of its reverse run, in which forward lines are still read.
        ends: The variables that the body sets at its end, and to what.
    """
    own = [line for history in written.histories for line in history.variables]
    own += [item for item in written.block.items if isinstance(item, Line)]
    known = {*own}
    roots = [x for item in block.items for x in _operands(item)]
    needed = {*_first_of(known, [*roots, *(x for _, x in ends)])}
    tape = _Tape(forward, loop, written, needed)
    copies: dict[Expression, Line] = {}
    for line in reversed(own):  # a copy may need lines before it
        if line in needed:
            copies[line] = tape.copy(line)
    front = [copies[line] for line in own if line in copies]
    for item in [*front, *block.items]:
        if isinstance(item, Line | Statement):
            item.operands = tuple(copies.get(x, x) for x in item.operands)
    block.items[:0] = [line for line in front if not line.given]
    pairs = [(name, copies.get(x, x)) for name, x in ends]
    block.assign(pairs + [(name, copies[line]) for name, line in tape.rotated])


def _operands(item: Item) -> tuple[Expression, ...]:
    return item.operands if isinstance(item, Statement) else ()


def _first_of(known: set[Line], roots: list[Expression]) -> Iterator[Line]:
    """The known lines that the roots read, be it through other lines."""
    seen: set[Line] = set()
    while roots:
        line = roots.pop()
        if isinstance(line, Line) and line not in seen:
            seen.add(line)
            if line in known:
                yield line
            else:
                roots += line.operands


class _Tape:
    """How the needed numbers of one loop get from forward to reverse."""

    def __init__(
        self, forward: Forward, loop: Loop, written: Written, needed: set[Line]
    ) -> None:
        self.forward = forward
        self.loop = loop
        self.written = written
        self.needed = needed
        self.inside = {x for x in written.block.items if isinstance(x, Line)}
        self.inside |= {v for h in written.histories for v in h.variables}
        self.rotated: list[tuple[str, Line]] = []

    def copy(self, line: Line) -> Line:
        """The line that stands for this one in the reverse loop."""
        if not line.operands and not line.given:
            return Line(line.template)
        following = self._following(line)
        if following is not None:
            line.kept = True
            self.rotated.append((line.name, following))
            return Line(line.name, name=line.name, given=True)
        before = self._before(line, MAX_DEPTH)
        if before is not None:
            self.needed |= before
            return Line(
                line.template, line.operands, line.binding, line.needed, line.name
            )
        return Line(f"{self._kept(line)}[i]", name=line.name)

    def _before(self, line: Line, depth: int) -> set[Line] | None:
        """What has to be there before a line is computed again.

        None if that is too much: more than `depth` sums and products one after another,
        or something else than those. A comparison is always computed again, for true or
        false is no number to be kept.
        """
        operands = [x for x in line.operands if isinstance(x, Line)]
        operands = [x for x in operands if x in self.inside]
        if line.binding == COMPARISON:
            return {*operands}
        if not line.cheap or depth == 0:
            return None
        for operand in operands:
            is_load = not operand.operands and not operand.given
            if operand in self.needed or is_load:
                continue
            if operand.given or self._before(operand, depth - 1) is None:
                return None
        return {*operands}

    def _following(self, line: Line) -> Line | None:
        """The carried variable that has this result one iteration later.

        A line that is itself carried has moved on when the forward loop ends.
        """
        if line.given:
            return None
        for history in self.written.histories:
            value: Number = self.written.values[history.row]
            is_value = isinstance(value, Symbol) and value.expression is line
            if is_value and history.variables[0] in self.needed and line.name:
                return history.variables[0]
        return None

    def _kept(self, line: Line) -> str:
        """The list that keeps a number of every iteration."""
        for row, value in enumerate(self.written.values):
            place = self.loop.start + row
            same = isinstance(value, Symbol) and value.expression is line
            if same and place in self.forward.homes.kept:
                return f"kept_{self.forward.name(place)}"
        if not line.name:
            line.name = self.forward.fresh_name()
        kept = f"kept_{line.name}"
        body = self.forward.body.items
        at = next(k for k, item in enumerate(body) if item is self.written.repeat)
        body.insert(at, Statement(f"{kept} = zeros({self.loop.count})"))
        self.written.block.say(f"{kept}[i] = {{}}", line)
        return kept
