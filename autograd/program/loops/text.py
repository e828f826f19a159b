"""Source that is written line by line, and then tidied.

What is not used is left out, and what is used once stands where it is used.

A `Line` computes one number. Its text has a hole for each operand, which is another
line or a text such as "2.0"; so a block of lines is a graph, and reads as one when it
is written down: `t1 = w * h`, `t2 = t1 + b`, `t3 = tanh(t2)` become `tanh(w * h + b)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

WIDTH = 60  # an expression that is longer than this gets a name of its own
LONGEST = 88  # columns of a line
INDENT = "    "

# How tightly an expression holds together, as in Python's grammar
CHOICE, COMPARISON, SUM, PRODUCT, SIGN, ATOM = range(6)


@dataclass(eq=False, slots=True)
class Line:
    """One number, computed by one operation.

    Attributes:
        template: Its text; "{}" stands for an operand.
        operands: Lines and texts.
        binding: How tightly the text holds together: ATOM for a call or a name.
        needed: For each operand, how tightly it must hold together at least.
        name: The variable that it is assigned to; "" if any will do.
        kept: It is assigned to its variable, however often that is read.
        given: It is a variable that is set elsewhere: nothing is to be written.
    """

    template: str
    operands: tuple[Expression, ...] = ()
    binding: int = ATOM
    needed: tuple[int, ...] = ()
    name: str = ""
    kept: bool = False
    given: bool = False

    @property
    def cheap(self) -> bool:
        """Whether to compute it again costs no more than to keep it."""
        return self.binding in (SUM, PRODUCT, SIGN) and " / " not in self.template


Expression: TypeAlias = "Line | str"


@dataclass(eq=False, slots=True)
class Statement:
    """What is done with numbers: they are stored, added to something or returned.

    Attributes:
        template: Its text; "{}" stands for an operand.
        operands: Lines and texts.
        needed: For each operand, how tightly it must hold together at least.
        targets: The variables that it sets to its operands, if that is what it does.
    """

    template: str
    operands: tuple[Expression, ...] = ()
    needed: tuple[int, ...] = ()
    targets: tuple[str, ...] = ()


@dataclass(eq=False, slots=True)
class Repeat:
    """A `for` loop: `header` names the indices."""

    header: str
    block: Block


Item: TypeAlias = "Line | Statement | Repeat"
Stretch: TypeAlias = "tuple[Block, int]"  # the items of a block between two loops


@dataclass(eq=False, slots=True)
class Block:
    """Lines and statements, one after the other."""

    items: list[Item] = field(default_factory=list)

    def say(self, template: str, *operands: Expression) -> None:
        """Append a statement."""
        self.items.append(Statement(template, operands))

    def add(self, name: str, line: Line) -> None:
        """Append an addition to a variable or an entry."""
        if line.template == "-{}":
            self.say(f"{name} -= {{}}", *line.operands)
        else:
            self.say(f"{name} += {{}}", line)

    def assign(self, pairs: Sequence[tuple[str, Expression]]) -> None:
        """Append an assignment to several variables at once, if there are any."""
        if pairs:
            names = tuple(name for name, _ in pairs)
            values = tuple(value for _, value in pairs)
            template = f"{', '.join(names)} = {', '.join('{}' for _ in names)}"
            self.items.append(Statement(template, values, targets=names))

    def walk(self) -> Iterator[tuple[Item, Stretch]]:
        """All items in order, those of loops included, with the stretch they are in."""
        stretch = 0
        for item in self.items:
            yield item, (self, stretch)
            if isinstance(item, Repeat):
                yield from item.block.walk()
                stretch += 1


def given(name: str) -> Line:
    """A variable that is set elsewhere."""
    return Line(name, name=name, given=True)


def written(block: Block) -> str:
    """The source of a block."""
    return "\n".join(_Writer(block).lines(block, ""))


class _Writer:
    """What of a block is written down, and what by name."""

    def __init__(self, block: Block) -> None:
        self.uses: dict[Line, int] = {}
        self.readers: dict[Line, Stretch] = {}
        self.texts: dict[Line, str] = {}
        self.bindings: dict[Line, int] = {}
        self.count = 0
        homes = {item: home for item, home in block.walk() if isinstance(item, Line)}
        self.homes = homes
        waiting: list[tuple[Sequence[Expression], Stretch]] = []
        for item, home in block.walk():
            if isinstance(item, Statement):
                waiting.append((item.operands, home))
            elif isinstance(item, Line) and item.kept:
                waiting.append(((item,), home))
        while waiting:
            operands, home = waiting.pop()
            for line in operands:
                if not isinstance(line, Line):
                    continue
                self.uses[line] = self.uses.get(line, 0) + 1
                self.readers[line] = home
                if self.uses[line] == 1 and not line.given:
                    waiting.append((line.operands, homes[line]))

    def lines(self, block: Block, indent: str) -> Iterator[str]:
        """The lines of source; of a line that nothing uses there is none."""
        for item in block.items:
            if isinstance(item, Repeat):
                body = [*self.lines(item.block, indent + INDENT)]
                if body:
                    yield indent + _header(item.header, body)
                    yield from body
            elif isinstance(item, Statement):
                yield from self.shortened(item, indent)
                text = _wrapped(self.filled(item), item, len(indent))
                yield indent + text.replace("\n", f"\n{indent}")
            elif item in self.uses:
                yield from self.line(item, indent)

    def line(self, item: Line, indent: str) -> Iterator[str]:
        """The assignment of a line, unless it stands where it is used."""
        text = self.filled(item)
        # not beyond a loop: that may set what the line reads
        alone = self.uses[item] == 1 and self.readers[item] == self.homes[item]
        if (alone and len(text) <= WIDTH and not item.kept) or text == item.name:
            self.texts[item], self.bindings[item] = text, item.binding
            return
        yield from self.shortened(item, indent)
        text = self.filled(item)
        yield f"{indent}{self.named(item)} = {text}"

    def named(self, line: Line) -> str:
        """The variable of a line: from now on it stands for it."""
        if not line.name:
            self.count += 1
            line.name = f"t{self.count}"
        self.texts[line], self.bindings[line] = line.name, ATOM
        return line.name

    def shortened(self, item: Line | Statement, indent: str) -> Iterator[str]:
        """Assignments of the longest operands, until the rest fits into a line."""
        room = LONGEST - len(indent) - (8 if isinstance(item, Line) else 0)
        while len(self.filled(item)) > room:
            inlined = [
                x
                for x in item.operands
                if isinstance(x, Line) and not x.given and self.texts[x] != x.name
            ]
            longest = max(inlined, key=lambda x: len(self.texts[x]), default=None)
            if longest is None or len(self.texts[longest]) < 5:
                return
            text = self.texts[longest]
            yield f"{indent}{self.named(longest)} = {text}"

    def filled(self, item: Line | Statement) -> str:
        """The template with its operands put in, in parentheses where they must be."""
        if not item.operands:
            return item.template
        texts = []
        for position, operand in enumerate(item.operands):
            if not isinstance(operand, Line):
                texts.append(operand)
                continue
            text = operand.name if operand.given else self.texts[operand]
            binding = ATOM if operand.given else self.bindings[operand]
            needed = item.needed[position] if position < len(item.needed) else CHOICE
            texts.append(f"({text})" if binding < needed else text)
        return item.template.format(*texts)


def _wrapped(text: str, statement: Statement, indent: int) -> str:
    """An assignment to many variables, one a line, if one line is too short for it."""
    if len(text) + indent <= LONGEST or len(statement.targets) < 2:
        return text
    names, values = text.split(" = ")
    sides = [side.replace(", ", f",\n{INDENT}") for side in (names, values)]
    return " = ".join(f"(\n{INDENT}{side},\n)" for side in sides)


def _header(header: str, body: Sequence[str]) -> str:
    """The `for` line; an index that the body does not read is called _."""
    if any(re.search(r"\bi\b", line) for line in body):
        return header
    return header.replace("for i in", "for _ in")
