"""Scripts: the instructions for one example as Python source.

Without numba Python's own arithmetic on local variables is the quickest there is, far
quicker than any interpreter written in Python:

    v7 = v1 * v2 + v3

What repeats itself becomes a loop again (`repeats.py`): ten thousand steps of a
simulation would take seconds to compile, and be read from memory line by line. Such a
loop takes from a list of all numbers what was computed before it, and puts there, at
its end, what others read.

Zeros are strong here, too. Only where Python raises and IEEE 754 has an answer
(`1.0 / 0.0`) a script has none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, TypeAlias

from autograd.fast.straight_line import compiled
from autograd.fast.symbols import literal
from autograd.program.machine.assemble import Assembled
from autograd.program.machine.opcodes import LISTS, OPCODES, factors
from autograd.program.machine.registers import Registers
from autograd.program.machine.repeats import Stretch, stretches

MOST_LINES = 4000
"""Python takes 30 to 60 µs to compile a line."""

MOST_NAMES = 255
"""A function finds its first 255 variables by shorter instructions."""

LONG = 16
"""A sum of more terms is one call on lists of numbers."""

Script: TypeAlias = "Callable[[Registers], list[float]]"

_PRODUCT = "({0} * {1} if {0} and {1} else 0.0)"
_STRONG = {"strong_product": _PRODUCT, "plus_strong_product": f"{{2}} + {_PRODUCT}"}
_TERMS = {"sum": "{0}", "dot": "{0} * {1}", "strong_dot": _PRODUCT}


def script(assembled: Assembled) -> Script | None:
    """A function from registers to the results; None if it would be too long.

    It raises an ArithmeticError or a ValueError where Python does. What is given are
    the first registers.
    """
    writer = ScriptWriter(assembled)
    if sum(stretch.period for stretch in writer.stretches) > MOST_LINES:
        return None
    run: Script = compiled(writer.text(), "run", writer.names)
    return run


class ScriptWriter:
    """Writes a script: the lines, and what they call by name."""

    def __init__(self, assembled: Assembled) -> None:
        self.listing = listing = assembled.listing
        self.results, self.givens = assembled.results, assembled.givens
        self.steps = [place for place in assembled.places if listing.is_step(place)]
        self.index = {place: k for k, place in enumerate(self.steps)}
        constants = [place for place in assembled.places if place in listing.constants]
        # Where numbers stand in the list of all: given, constants, results of steps.
        order = [*range(self.givens), *constants, *self.steps]
        self.home = {place: k for k, place in enumerate(order)}
        table = [listing.constants[place] for place in constants]
        self.names: dict[str, Any] = {"table": [*table, *[0.0] * len(self.steps)]}
        self.lines: list[str] = []
        self.local: dict[int, str] = {}
        self.stretches = self._stretches()
        self.loops = {x: Loop(self, x) for x in self.stretches if x.turns > 1}
        self.read, self.gathered = self._read()

    def _stretches(self) -> list[Stretch]:
        """Loops and what is between them; long sums stay out of loops."""
        names = ["" if self.is_long(x) else self.listing.names[x] for x in self.steps]
        operands = self.listing.operands
        reads = [[self.index.get(x, -1) for x in operands[step]] for step in self.steps]
        return stretches(names, reads)

    def _read(self) -> tuple[set[int], set[int]]:
        """The places that are read from outside of their loop; and those in lists."""
        read, gathered = set(self.results), set[int]()
        for stretch in self.stretches:
            if loop := self.loops.get(stretch):
                read.update(loop.read_once)
                gathered.update(x for places in loop.lists for x in places)
                continue
            for step in self.steps[stretch.start : stretch.end]:
                within = gathered if self.is_long(step) else read
                within.update(self.listing.operands[step])
        return read | gathered, gathered

    def is_long(self, step: int) -> bool:
        """Whether a step sums up a list with one call."""
        width = LISTS.get(self.listing.names[step], (1,))[0]
        return len(self.listing.operands[step]) > LONG * width

    def text(self) -> str:
        """The source of the function."""
        head = ["def run(registers):"]
        head.append(f"    given = registers[:{self.givens}].tolist()")
        if 0 < self.givens <= MOST_NAMES:
            self.local = {k: f"a{k}" for k in range(self.givens)}
            head.append(f"    [{', '.join(self.local.values())}] = given")
        for stretch in self.stretches:
            if loop := self.loops.get(stretch):
                self.lines += loop.lines()
            else:
                self._write_straight(self.steps[stretch.start : stretch.end])
        self.lines.append(f"return [{', '.join(map(self.operand, self.results))}]")
        if any("w[" in line or "(w)" in line for line in self.lines):
            head.append("    w = given + table")
        return "\n".join([*head, *("    " + line for line in self.lines)])

    def operand(self, place: int) -> str:
        """How a number is read."""
        if place in self.listing.constants:
            text = literal(self.listing.constants[place])
            return f"({text})" if text.startswith("-") else text
        return self.local.get(place) or f"w[{self.home[place]}]"

    def gather(self, places: Sequence[int]) -> str:
        """Numbers of the list of all: a slice of it, or picked out."""
        homes = [self.home[place] for place in places]
        step = homes[1] - homes[0]
        if step and homes == [*range(homes[0], homes[-1] + step, step)]:
            end = homes[-1] + step
            return f"w[{homes[0]}:{end if end >= 0 else ''}:{step}]"
        name = f"pick{len(self.names)}"
        self.names[name] = itemgetter(*homes)
        return f"{name}(w)"

    def _write_straight(self, steps: Sequence[int]) -> None:
        """A line for each step, or some."""
        for step in steps:
            name, operands = self.listing.names[step], self.listing.operands[step]
            target = f"v{self.index[step]}"
            if self.is_long(step):
                self.lines.append(f"{target} = {self._summed(step)}")
            else:
                self.lines += step_lines(name, target, [*map(self.operand, operands)])
            self.local[step] = target
            if step in self.gathered:
                self.lines.append(f"w[{self.home[step]}] = {target}")

    def _summed(self, step: int) -> str:
        """A long sum: one call on lists of numbers."""
        name, operands = self.listing.names[step], self.listing.operands[step]
        lists = [self.gather(part) for part in factors(name, operands)]
        each = _TERMS[name].format("x", "y")
        if len(lists) == 1:
            return f"sum({lists[0]})"
        return f"sum([{each} for x, y in zip({', '.join(lists)})])"


class Loop:
    """A loop: what each of its steps reads, and how it is written.

    Attributes:
        single: What it calls numbers that were computed before, by place.
        lists: What it calls those of which every turn reads another one.
        carried: What it calls results of the turn before, by the step and the place
            that the first turn reads in their stead.
    """

    def __init__(self, writer: ScriptWriter, stretch: Stretch) -> None:
        self.writer, self.stretch = writer, stretch
        self.single: dict[int, str] = {}
        self.lists: dict[tuple[int, ...], str] = {}
        self.carried: dict[tuple[int, int], str] = {}
        start, period, _ = stretch
        self.rows = [  # the places of each step, turn by turn
            writer.steps[start + j : stretch.end : period] for j in range(period)
        ]
        operands = writer.listing.operands
        self.reads = [
            [
                self._name(places)
                for places in zip(*[operands[x] for x in row], strict=True)
            ]
            for row in self.rows
        ]

    def _name(self, places: tuple[int, ...]) -> str:
        """What an operand is called, which is read at these places turn by turn."""
        start, period, _ = self.stretch
        step = self.writer.index.get(places[1], -1) - start
        if step >= period:  # of the same turn
            return f"u{step - period}"
        if step >= 0:
            return self.carried.setdefault((step, places[0]), f"c{len(self.carried)}")
        if len({*places}) == 1:
            return self.single.setdefault(places[0], f"f{len(self.single)}")
        return self.lists.setdefault(places, f"x{len(self.lists)}")

    @property
    def read_once(self) -> set[int]:
        """What it reads before the first turn."""
        return {*self.single, *(place for _, place in self.carried)}

    def lines(self) -> list[str]:
        """The lines before, in, and after the loop."""
        writer, body, after = self.writer, list[str](), list[str]()
        before = [f"{name} = {writer.operand(x)}" for x, name in self.single.items()]
        before += [
            f"{name} = {writer.operand(x)}" for (_, x), name in self.carried.items()
        ]
        for j, (row, reads) in enumerate(zip(self.rows, self.reads, strict=True)):
            body += step_lines(writer.listing.names[row[0]], f"u{j}", reads)
            first, last = writer.home[row[0]], writer.home[row[-1]]
            if not writer.read.isdisjoint(row[:-1]):
                before.append(f"k{j} = []")
                body.append(f"k{j}.append(u{j})")
                after.append(f"w[{first}:{last + 1}:{self.stretch.period}] = k{j}")
            elif row[-1] in writer.read:
                after.append(f"w[{last}] = u{j}")
        body += [f"{name} = u{j}" for (j, _), name in self.carried.items()]
        return [*before, self._head(), *("    " + line for line in body), *after]

    def _head(self) -> str:
        """What the loop runs over."""
        names = [*self.lists.values()]
        lists = [*map(self.writer.gather, self.lists)]
        if not names:
            return f"for _ in range({self.stretch.turns}):"
        if len(names) == 1:
            return f"for {names[0]} in {lists[0]}:"
        return f"for {', '.join(names)} in zip({', '.join(lists)}):"


def step_lines(name: str, target: str, operands: Sequence[str]) -> list[str]:
    """A step as lines of source."""
    if name in LISTS:
        each = zip(*factors(name, operands), strict=True)
        terms = [_TERMS[name].format(*term) for term in each]
        return [f"{target} = {' + '.join(terms)}"]
    if name in _STRONG:
        return [f"{target} = {_STRONG[name].format(*operands)}"]
    op, named = OPCODES[name], dict(zip("xyz", operands, strict=False))
    *lines, last = *op.lines, f"{target} = {op.result}"
    if lines and lines[-1].startswith(f"{op.result} = "):
        last = f"{target}{lines.pop().removeprefix(op.result)}"
    lines.append(last)
    plain = [re.sub(r"\b(?:math|np)\.", "", line) for line in lines]
    return [re.sub(r"\b[xyz]\b", lambda x: named[x[0]], line) for line in plain]
