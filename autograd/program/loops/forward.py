"""The forward part of a program: the rows, written down in order."""

from __future__ import annotations

from dataclasses import dataclass, field

from autograd.fast.symbols import Number, Symbol
from autograd.program.loops import symbols
from autograd.program.loops.homes import Homes
from autograd.program.loops.rolled import (
    Carried,
    Fixed,
    Loop,
    Single,
    Slot,
    Strided,
    Table,
    Within,
)
from autograd.program.loops.symbols import Scope
from autograd.program.loops.text import (
    SUM,
    Block,
    Expression,
    Line,
    Repeat,
    Statement,
    given,
)
from autograd.program.plan import Guard, Operand


@dataclass(eq=False)
class History:
    """The variables that carry a row's last results into the next iterations.

    Attributes:
        row: The row.
        initial: What they hold at first: `lag` iterations ago is initial[-lag].
        variables: The variables, for lag 1, 2, ...
    """

    row: int
    initial: tuple[Operand, ...]
    variables: list[Line]

    def serves(self, slot: Carried) -> bool:
        """Whether a slot can read its operand here."""
        lag = slot.lag
        return slot.row == self.row and self.initial[-lag:] == slot.initial


@dataclass(eq=False)
class Written:
    """A part as it was written down: what its adjoint needs to know.

    Attributes:
        operands: For each row, its operands.
        values: For each row, its value.
        histories: The carried variables of a loop.
        block: A loop's body.
        scope: Where its lines are known.
        repeat: The loop itself.
    """

    operands: list[list[Number]] = field(default_factory=list)
    values: list[Number] = field(default_factory=list)
    histories: list[History] = field(default_factory=list)
    block: Block = field(default_factory=Block)
    scope: Scope = field(default_factory=lambda: Scope(Block()))
    repeat: Repeat | None = None

    def history(self, slot: Carried) -> History:
        """The history that a slot reads."""
        return next(h for h in self.histories if h.serves(slot))


class Forward:
    """Writes the values of a program into `body`.

    Args:
        homes: The program, and which results are kept.
    """

    def __init__(self, homes: Homes) -> None:
        self.homes = homes
        self.rolled = homes.rolled
        self.plan = homes.rolled.plan
        self.body = Block()
        self.scope = Scope(self.body)
        self.tables: list[tuple[float, ...]] = []
        self.singles: dict[int, Number] = {}
        self.variables: dict[str, Line] = {}
        self.names = 0
        self.parts: list[Written] = []
        self.guards: dict[int, list[int]] = {}
        for number, guard in enumerate(self.plan.guards):
            self.guards.setdefault(guard.condition, []).append(number)

    def write(self) -> None:
        """All parts; the shifts of carried variables are left to `finish`."""
        for place in sorted(self.guards):
            if place < self.plan.first:
                self._check(self.body, self.at(place), [self.guards[place][0]])
        for part in self.rolled.parts:
            if isinstance(part, Loop):
                self.parts.append(self._loop(part))
            else:
                self.parts.append(self._single(part))

    def finish(self) -> None:
        """At the end of every loop's body: the results become the last results."""
        for written in self.parts:
            pairs: list[tuple[str, Expression]] = []
            for history in written.histories:
                newest = symbols.text(written.values[history.row])
                newer = [newest, *history.variables[:-1]]
                names = [variable.name for variable in history.variables]
                pairs += zip(names, newer, strict=True)
            written.block.assign(pairs)

    # --- where numbers are ----------------------------------------------------------

    def name(self, place: int) -> str:
        """The variable for a place."""
        plan = self.plan
        if place < plan.inputs:
            return f"x{place}"
        if place < plan.first:
            return f"p{place - plan.inputs}"
        loop = self.rolled.loop_at(place)
        if loop is not None:
            place = loop.start + loop.position(place)[0]
        return f"v{place - plan.first}"

    def entry(self, place: int) -> str:
        """A place as an entry of a list: of `x`, `theta`, or of the kept results."""
        plan = self.plan
        if place < plan.inputs:
            return f"x[{place}]"
        if place < plan.first:
            return f"theta[{place - plan.inputs}]"
        loop = self.rolled.loop_at(place)
        iteration = 0 if loop is None else loop.position(place)[1]
        return f"kept_{self.name(place)}[{iteration}]"

    def entries(self, base: int, stride: int) -> str:
        """The places base + stride * i as entries of a list."""
        loop = self.rolled.loop_at(base)
        if loop is not None:
            first, step = loop.position(base)[1], stride // loop.period
        else:
            first = base - self.plan.inputs * (base >= self.plan.inputs)
            step = stride
        return f"{self.entry(base).partition('[')[0]}[{index(first, step)}]"

    def variable(self, name: str) -> Line:
        """A variable or an entry that a loop sets."""
        return self.variables.setdefault(name, given(name))

    def fresh_name(self) -> str:
        """A variable for a number that is no node's value."""
        self.names += 1
        return f"u{self.names}"

    def at(self, operand: Operand) -> Number:
        """An operand that is the same in every iteration of who reads it."""
        if not isinstance(operand, int):
            return operand
        if operand in self.singles:
            return self.singles[operand]
        loop = self.rolled.loop_at(operand)
        if loop is None:
            line = self.scope.line(self.entry(operand))
            line.name = self.name(operand)
            return self.scope.symbol(line)
        if loop.position(operand)[1] == loop.count - 1:
            return self.scope.symbol(self.variable(self.name(operand)))
        return self.scope.symbol(self.variable(self.entry(operand)))

    def slot(self, slot: Slot, written: Written) -> Number:
        """An operand of a row inside of a loop."""
        scope = written.scope
        match slot:
            case Within(row):
                return written.values[row]
            case Carried(_, lag, _):
                return scope.symbol(written.history(slot).variables[lag - 1])
            case Strided(base, stride):
                return scope.symbol(scope.line(self.entries(base, stride)))
            case Table(numbers):
                if numbers not in self.tables:
                    self.tables.append(numbers)
                name = f"NUMBERS_{self.tables.index(numbers)}"
                return scope.symbol(scope.line(f"{name}[i]"))
            case Fixed(operand):
                return rescoped(self.at(operand), scope)

    # --- parts ----------------------------------------------------------------------

    def _single(self, part: Single) -> Written:
        operands = [self.at(x) for x in part.node.operands]
        value = symbols.value(part.node.op, self.scope, operands)
        self._named(self.scope, value, part.place, keep=False)
        self.singles[part.place] = value
        if part.place in self.guards:
            self._check(self.body, value, [self.guards[part.place][0]])
        return Written([operands], [value])

    def _loop(self, loop: Loop) -> Written:
        written = Written()
        written.scope = Scope(written.block, self.scope)
        self._start_histories(loop, written)
        for row, (op, slots) in enumerate(loop.rows):
            operands = [self.slot(slot, written) for slot in slots]
            value = symbols.value(op, written.scope, operands)
            place = loop.start + row
            keep = place in self.homes.last
            value = self._named(written.scope, value, place, keep=keep)
            written.operands.append(operands)
            written.values.append(value)
            if place in self.guards:
                places = range(place, loop.end, loop.period)
                numbers = [self.guards[p][0] for p in places]
                self._check(written.block, value, numbers)
            if place in self.homes.kept:
                kept = f"kept_{self.name(place)}"
                self.body.say(f"{kept} = zeros({loop.count})")
                written.block.say(f"{kept}[i] = {{}}", symbols.text(value))
        written.repeat = Repeat(f"for i in range({loop.count}):", written.block)
        self.body.items.append(written.repeat)
        return written

    def _start_histories(self, loop: Loop, written: Written) -> None:
        """Make the carried variables of a loop, set to what they are at first."""
        slots = [s for row in loop.rows for s in row.slots if isinstance(s, Carried)]
        for slot in sorted(slots, key=lambda slot: -slot.lag):
            if any(history.serves(slot) for history in written.histories):
                continue
            again = sum(h.row == slot.row for h in written.histories)
            name = self.name(loop.start + slot.row)
            stem = f"last{again + 1 if again else ''}_{name}"
            names = [stem + "_old" * lag for lag in range(slot.lag)]
            variables = [*map(given, names)]
            history = History(slot.row, slot.initial, variables)
            written.histories.append(history)
            for name, operand in zip(names, reversed(slot.initial), strict=True):
                self.body.say(f"{name} = {{}}", symbols.text(self.at(operand)))

    def _named(self, scope: Scope, value: Number, place: int, *, keep: bool) -> Number:
        """Give a new value its name; one that must stay gets a line of its own."""
        expression = symbols.text(value)
        is_new = isinstance(expression, Line) and not expression.name
        if keep and not is_new:
            expression = Line("{}", (expression,))
            scope.block.items.append(expression)
            is_new = True
        if is_new and isinstance(expression, Line):
            expression.name = self.name(place)
            expression.kept = keep
            return scope.symbol(expression)
        return value

    def _check(self, block: Block, value: Number, numbers: list[int]) -> None:
        """The statement that a guard holds: one that differs goes to `branch`."""
        guard: Guard = self.plan.guards[numbers[0]]
        sign = "==" if guard.outcome else "!="
        number = str(numbers[0])
        if len(numbers) > 1:
            number = self._guard_number(numbers)
        template = f"if {{}} {sign} 0.0:\n    branch({number})"
        statement = Statement(template, (symbols.text(value),), (SUM,))
        block.items.append(statement)

    def _guard_number(self, numbers: list[int]) -> str:
        """Number k in iteration i."""
        step = numbers[1] - numbers[0]
        if all(n == numbers[0] + step * i for i, n in enumerate(numbers)):
            return index(numbers[0], step)
        table = tuple(map(float, numbers))
        if table not in self.tables:
            self.tables.append(table)
        return f"NUMBERS_{self.tables.index(table)}[i]"


def rescoped(number: Number, scope: Scope) -> Number:
    """The same number, its further lines to be written in another scope."""
    return scope.symbol(number.expression) if isinstance(number, Symbol) else number


def index(first: int, step: int) -> str:
    """The text of first + step * i."""
    if step == 0:
        return str(first)
    if step < 0:
        return f"{first} - {'' if step == -1 else f'{-step} * '}i"
    text = "i" if step == 1 else f"{step} * i"
    if first == 0:
        return text
    return f"{text} + {first}" if first > 0 else f"{text} - {-first}"
