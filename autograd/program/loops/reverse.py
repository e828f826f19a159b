"""The reverse part of a program: the same rows backwards, adjoint by adjoint.

A number's adjoint is the sum of what its readers pass back: their adjoint times their
local derivative. A loop runs backwards in a loop of its own; what its carried
variables pass back goes from iteration to iteration, and in the end to what they held
at first.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from autograd.fast.symbols import Number
from autograd.program.loops import symbols
from autograd.program.loops.forward import Forward, Written, rescoped
from autograd.program.loops.rolled import (
    Carried,
    Fixed,
    Loop,
    Single,
    Slot,
    Strided,
    Within,
)
from autograd.program.loops.symbols import Scope
from autograd.program.loops.tapes import keep_what_is_needed
from autograd.program.loops.text import (
    CHOICE,
    PRODUCT,
    SIGN,
    SUM,
    Block,
    Expression,
    Line,
    Repeat,
    given,
)
from autograd.program.plan import Operand


@dataclass(eq=False)
class _Backwards:
    """What flows inside of one loop.

    Attributes:
        within: For each row, what flows to it in the same iteration.
        carried: For each carried variable, by name.
        fixed: For each place that is the same in every iteration.
        pending: For each row, the variable that holds what comes from elsewhere.
    """

    within: dict[int, list[Line]] = field(default_factory=dict)
    carried: dict[str, list[Line]] = field(default_factory=dict)
    fixed: dict[int, list[Line]] = field(default_factory=dict)
    pending: dict[int, list[Line]] = field(default_factory=dict)


class Reverse:
    """Writes the adjoints of a program after its values.

    Args:
        forward: The values, written down.
        careful: Zeros are strong: see `sweep.strong_product`. It costs a comparison
            and a call for every product.
    """

    def __init__(self, forward: Forward, *, careful: bool) -> None:
        self.forward = forward
        self.homes = forward.homes
        self.plan = forward.plan
        self.body = forward.body
        self.scope = forward.scope
        self.careful = careful
        self.flows: dict[int, list[Line]] = {}
        self.listed: set[str] = set()

    def write(self) -> None:
        """Zeros, the seeds, the parts backwards, and the gradients."""
        self._start()
        for stretch in self.homes.outputs:
            self._seed(stretch.first, stretch.length, stretch.base, stretch.stride)
        parts = zip(self.forward.rolled.parts, self.forward.parts, strict=True)
        for part, written in reversed([*parts]):
            if isinstance(part, Loop):
                self._loop(part, written)
            else:
                self._single(part, written)
        for place in range(self.plan.first):
            flow = self._total(self.scope, self.flows.pop(place, []))
            if flow is not None:
                self.body.add(f"d_{self.forward.entry(place)}", flow)

    def _start(self) -> None:
        plan = self.plan
        self.body.say(f"d_theta = zeros({plan.parameters})")
        self.body.say(f"d_x = zeros({plan.inputs})")
        for start in sorted(self.homes.kept):
            loop = self.forward.rolled.loop_at(start)
            if loop is not None and self.homes.row_matters(loop, start - loop.start):
                name = f"d_kept_{self.forward.name(start)}"
                self.listed.add(name)
                self.body.say(f"{name} = zeros({loop.count})")

    def _seed(self, first: int, count: int, base: int, stride: int) -> None:
        """The adjoints of outputs, as the caller has them."""
        active = self.homes.active
        if count == 1:
            place = self.plan.outputs[first]
            if isinstance(place, int) and active[place]:
                self._pass_on(place, self.scope.line(f"seed[{first}]"))
            return
        if any(active[base + stride * i] for i in range(count)):
            entries = self.forward.entries(base, stride)
            block = Block()
            position = f"i + {first}" if first else "i"
            block.say(f"d_{entries} += seed[{position}]")
            self.body.items.append(Repeat(f"for i in range({count}):", block))

    # --- parts ------------------------------------------------------------------------

    def _single(self, part: Single, written: Written) -> None:
        adjoint = self._total(self.scope, self.flows.pop(part.place, []))
        if adjoint is None or not self.homes.active[part.place]:
            return
        (operands,), (value,) = written.operands, written.values
        op = part.node.op
        slopes = symbols.local_derivatives(op, self.scope, value, operands)
        for operand, slope in zip(part.node.operands, slopes, strict=True):
            if isinstance(operand, int) and self.homes.active[operand]:
                flow = self._times(self.scope, adjoint, slope)
                if flow is not None:
                    self._pass_on(operand, flow)

    def _pass_on(self, place: int, flow: Line) -> None:
        """Add to the adjoint of a place, outside of loops."""
        loop = self.forward.rolled.loop_at(place)
        if loop is not None and loop.position(place)[1] < loop.count - 1:
            self.body.add(f"d_{self.forward.entry(place)}", flow)
        else:
            self.flows.setdefault(place, []).append(flow)

    def _loop(self, loop: Loop, written: Written) -> None:
        flows = _Backwards()
        block = Block()
        scope = Scope(block, written.scope)
        before = Block()
        ends = self._start_carrying(loop, written, flows, before)
        for row in reversed(range(loop.period)):
            self._row(loop, written, row, scope, flows)
        for place, terms in flows.fixed.items():
            total = self._total(scope, terms)
            if total is not None:
                name = self._accumulator(place, before)
                block.add(name, total)
        pairs: list[tuple[str, Expression]] = []
        for name in ends:
            total = self._total(scope, flows.carried.get(name, []))
            pairs.append((name, "0.0" if total is None else total))
        keep_what_is_needed(self.forward, loop, written, block, pairs)
        self.body.items += before.items
        header = f"for i in range({loop.count - 1}, -1, -1):"
        self.body.items.append(Repeat(header, block))
        self._end_carrying(loop, written)

    def _row(
        self, loop: Loop, written: Written, row: int, scope: Scope, flows: _Backwards
    ) -> None:
        place = loop.start + row
        terms = [*flows.within.get(row, []), *flows.pending.get(row, [])]
        kept = f"d_kept_{self.forward.name(place)}"
        if kept in self.listed:
            line = Line(f"{kept}[i]", kept=True)
            scope.block.items.append(line)
            terms.append(line)
        adjoint = self._total(scope, terms)
        if adjoint is None or not self.homes.row_matters(loop, row):
            return
        op, slots = loop.rows[row]
        operands = [rescoped(x, scope) for x in written.operands[row]]
        value = rescoped(written.values[row], scope)
        slopes = symbols.local_derivatives(op, scope, value, operands)
        for slot, slope in zip(slots, slopes, strict=True):
            if self.homes.slot_matters(loop, slot):
                flow = self._times(scope, adjoint, slope)
                if flow is not None:
                    self._deliver(written, slot, flow, scope.block, flows)

    def _deliver(
        self,
        written: Written,
        slot: Slot,
        flow: Line,
        block: Block,
        flows: _Backwards,
    ) -> None:
        """Add to the adjoint of what a slot reads, inside of a loop."""
        match slot:
            case Within(row):
                flows.within.setdefault(row, []).append(flow)
            case Carried(_, lag, _):
                name = f"d_{written.history(slot).variables[lag - 1].name}"
                flows.carried.setdefault(name, []).append(flow)
            case Strided(base, stride):
                block.add(f"d_{self.forward.entries(base, stride)}", flow)
            case Fixed(int(place)):
                source = self.forward.rolled.loop_at(place)
                if source is None or source.position(place)[1] == source.count - 1:
                    flows.fixed.setdefault(place, []).append(flow)
                else:
                    block.add(f"d_{self.forward.entry(place)}", flow)

    # --- carried variables ------------------------------------------------------------

    def _start_carrying(
        self, loop: Loop, written: Written, flows: _Backwards, before: Block
    ) -> list[str]:
        """The variables that pass adjoints from iteration to iteration.

        What is known of the adjoints of the last results goes into them first.
        """
        names: list[str] = []
        starts = {
            row: self.flows.pop(loop.end - loop.period + row, [])
            for row in range(loop.period)
        }
        for history in written.histories:
            if not self._carries(loop, history.row, history.initial):
                continue
            variables = [given(f"d_{line.name}") for line in history.variables]
            for variable, older in zip(variables, [*variables[1:], None], strict=True):
                flows.carried[variable.name] = [] if older is None else [older]
                start = starts.pop(history.row, []) if variable is variables[0] else []
                total = self._total(self.scope, start)
                before.say(f"{variable.name} = {{}}", total or "0.0")
            flows.pending.setdefault(history.row, []).append(variables[0])
            names += [variable.name for variable in variables]
        for row, start in starts.items():
            total = self._total(self.scope, start)
            if total is not None:
                name = f"d_{self.forward.name(loop.start + row)}"
                before.say(f"{name} = {{}}", total)
                flows.pending.setdefault(row, []).append(given(name))
                names.append(name)
        return names

    def _carries(self, loop: Loop, row: int, initial: tuple[Operand, ...]) -> bool:
        return self.homes.slot_matters(loop, Carried(row, len(initial), initial))

    def _end_carrying(self, loop: Loop, written: Written) -> None:
        """What the carried variables passed back goes to what they held at first."""
        for history in written.histories:
            if not self._carries(loop, history.row, history.initial):
                continue
            newest_first = reversed(history.initial)
            for line, operand in zip(history.variables, newest_first, strict=True):
                if isinstance(operand, int) and self.homes.active[operand]:
                    self._pass_on(operand, given(f"d_{line.name}"))

    def _accumulator(self, place: int, before: Block) -> str:
        """The variable to which a loop adds the adjoint of a place."""
        name = f"d_{self.forward.name(place)}"
        total = self._total(self.scope, self.flows.pop(place, []))
        if total is None:
            before.say(f"{name} = 0.0")
        elif total.name != name:
            before.say(f"{name} = {{}}", total)
        self.flows[place] = [given(name)]
        return name

    # --- arithmetic -------------------------------------------------------------------

    def _total(self, scope: Scope, terms: list[Line]) -> Line | None:
        """The sum of the terms; None if there are none."""
        total: Line | None = None
        for term in terms:
            if total is None:
                total = term
            elif term.template == "-{}":
                operands = (total, *term.operands)
                total = scope.line("{} - {}", operands, SUM, (SUM, PRODUCT))
            else:
                total = scope.line("{} + {}", (total, term), SUM, (SUM, PRODUCT))
        return total

    def _times(self, scope: Scope, adjoint: Line, slope: Number) -> Line | None:
        """Adjoint x local derivative; None if nothing flows."""
        if isinstance(slope, float | int):
            if slope == 1.0:
                return adjoint
            if slope == -1.0:
                return scope.line("-{}", (adjoint,), SIGN, (SIGN + 1,))
            if slope == 0.0:
                return None
        weight = symbols.text(slope)
        finite = isinstance(slope, float | int) and slope - slope == 0.0
        if not self.careful or finite:
            return scope.line("{} * {}", (adjoint, weight), PRODUCT, (PRODUCT, SIGN))
        # The weight, which may divide by 0, is not computed where the adjoint is 0.
        template = "0.0 if {} == 0.0 else strong_product({}, {})"
        return scope.line(template, (adjoint, adjoint, weight), CHOICE, (SUM,))
