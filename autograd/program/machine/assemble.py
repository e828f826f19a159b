"""Assembling: a plan becomes a listing, its values forward and its adjoints backward.

Both are what the rows of the table say, run on the symbols of one listing, so that
value and derivative share what they have in common. What flows along an edge is a
strong product (see `sweep.py`): this is the exact program, and there is no other.

Of a batch, each number belongs to a phase. What does not depend on the example is
computed once, *before* the examples, and broadcast to them. *Each* example then has
its values and adjoints. What flows from it into a number that is the same for all,
such as a parameter, is summed over the examples; and *after* the last one the adjoints
go on from these totals. One example alone has no phases: a total is the number itself.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from autograd.batches import BATCH_MEAN
from autograd.fast.symbols import Symbol, Symbolic
from autograd.ops import OPS
from autograd.program.machine.listing import Listing, Phase
from autograd.program.machine.registers import joined
from autograd.program.plan import Apply, Node, Operand, Plan, levels_of, shortened


class Assembled(NamedTuple):
    """A listing, and the places of what goes in and out.

    Attributes:
        listing: The instructions.
        places: Those that lead to the results, in order.
        givens: How many inputs, parameters and seeds there are: its first places.
        outputs: The outputs and then the guards' conditions.
        in_theta: The derivatives in the parameters.
        in_x: Those in the inputs.
    """

    listing: Listing
    places: list[int]
    givens: int
    outputs: list[int]
    in_theta: list[int]
    in_x: list[int]

    @property
    def results(self) -> list[int]:
        """All places that are read at the end."""
        return [*self.outputs, *self.in_theta, *self.in_x]

    def lines(self, plan: Plan) -> list[str]:
        """The instructions for one example, to be read: `t7 = mul(x0, p1)`.

        Inputs are x0, x1, ..., parameters p0, p1, ..., the weights of outputs seed0,
        ...
        """
        listing = self.listing
        names = [f"x{i}" for i in range(plan.inputs)]
        names += [f"p{i}" for i in range(plan.parameters)]
        names += [f"seed{i}" for i in range(self.givens - len(names))]
        called, lines = dict(enumerate(names)), list[str]()
        for place in self.places:
            if place in listing.constants:
                called[place] = repr(listing.constants[place])
            elif listing.is_step(place):
                called[place] = f"t{len(lines)}"
                read = shortened([called[x] for x in listing.operands[place]])
                lines.append(f"{called[place]} = {listing.names[place]}({read})")
        return lines


def assemble(plan: Plan, wanted: str, *, batch: bool) -> Assembled:
    """The instructions for the outputs of a plan, and for the derivatives wanted.

    Args:
        plan: The plan, with strong products where it takes gradients itself.
        wanted: "value", "parameters", "inputs" or "both".
        batch: Whether it is for many examples.
    """
    writer = _Assembly(plan, wanted, batch)
    writer.forward()
    ends = [*plan.outputs, *(guard.condition for guard in plan.guards)]
    outputs = [*map(writer.read, ends)]
    writer.backward()
    listing = writer.listing
    zero = listing.constant(0.0)
    slopes = [writer.adjoint(place) for place in range(plan.first)]
    at = [(zero if slope is None else slope).expression for slope in slopes]
    found = [symbol.expression for symbol in outputs]
    listing.close()
    places, givens = joined(listing, [*found, *at]), plan.first + len(writer.seeds)
    slopes_of = at[plan.inputs :], at[: plan.inputs]
    return Assembled(listing, places, givens, found, *slopes_of)


class _Assembly:
    """Symbols for every place of a plan, and what flows to it."""

    def __init__(self, plan: Plan, wanted: str, batch: bool) -> None:
        self.plan = plan
        self.batch = batch
        self.listing = Listing()
        varying, uniform = Phase.EACH, Phase.BEFORE if batch else Phase.EACH
        given = self.listing.given
        self.values = [given(varying) for _ in range(plan.inputs)]
        self.values += [given(uniform) for _ in range(plan.parameters)]
        count = 0 if wanted == "value" else len(plan.outputs)
        self.seeds = [given(varying) for _ in range(count)]
        in_inputs, in_theta = wanted in ("inputs", "both"), wanted != "inputs"
        self.matters = [
            in_inputs and place not in plan.integers for place in range(plan.inputs)
        ]
        self.matters += [in_theta and wanted != "value"] * plan.parameters
        self.levels = levels_of(plan)
        # How many nodes of a level read a place; what flows there, late or not.
        self.awaited = Counter(
            (x, self.levels[place])
            for place, node in plan.placed()
            for x in node.operands
            if isinstance(x, int)
        )
        self.flows: dict[tuple[int, bool], list[tuple[Symbol, Symbolic]]] = {}

    def read(self, x: Operand) -> Symbol:
        """The symbol of an operand."""
        return self.values[x] if isinstance(x, int) else self.listing.constant(x)

    def operands(self, node: Node) -> list[Symbolic]:
        """The symbols that a node reads; plain numbers where its row wants those."""
        constants = node.op.constants if isinstance(node, Apply) else ()
        names = node.op.operand_names if constants and isinstance(node, Apply) else ()
        found: list[Symbolic] = [*map(self.read, node.operands)]
        for k, name in enumerate(names):
            if name in constants and isinstance(node.operands[k], float):
                found[k] = node.operands[k]
        return found

    def forward(self) -> None:
        """The value of every node."""
        for node in self.plan.nodes:
            matter = [self.matters[x] for x in node.operands if isinstance(x, int)]
            self.matters.append(any(matter))
            value = self.value(node, self.operands(node))
            self.values.append(self.listing.symbol(value))

    def value(self, node: Node, operands: Sequence[Symbolic]) -> Symbolic:
        """What a node computes."""
        xp = self.listing.xp
        if not isinstance(node, Apply):
            n = len(node.left)
            left, right = operands[:n], operands[n : 2 * n]
            return xp.sum_of_products(left, right, operands[2 * n :])
        if node.op is BATCH_MEAN:
            return self.mean(operands[0])
        is_row = OPS.get(node.op.name) is node.op and not node.op.variadic
        if is_row:  # by the opcode, where there is one
            return getattr(xp, node.op.name)(*operands)
        return node.op.forward(xp, *operands)

    def mean(self, x: Symbol) -> Symbol:
        """The mean over the batch; what is the same for all is its own."""
        varies = self.batch and self.listing.phases[x.expression] is Phase.EACH
        return self.listing.mean(x) if varies else x

    def backward(self) -> None:
        """What flows to every place, from the outputs to the givens."""
        for output, seed in zip(self.plan.outputs, self.seeds, strict=False):
            self.flow(output, seed, 1.0)
        for place in range(len(self.values) - 1, self.plan.first - 1, -1):
            adjoint = self.adjoint(place)
            if adjoint is not None:
                self.pass_back(place, adjoint)

    def pass_back(self, place: int, adjoint: Symbol) -> None:
        """What a node hands to its operands: its adjoint times local derivatives."""
        node = self.plan.nodes[place - self.plan.first]
        operands, xp = self.operands(node), self.listing.xp
        if not isinstance(node, Apply):
            n = len(node.left)
            ones = [1.0] * len(node.addends)
            slopes: Sequence[Symbolic] = [*operands[n : 2 * n], *operands[:n], *ones]
        elif node.op is BATCH_MEAN:  # to every example its share
            slopes, adjoint = (1.0,), self.mean(adjoint)
        else:
            out = self.values[place]
            slopes = node.op.local_derivatives(xp, out, *operands)
        for x, slope in zip(node.operands, slopes, strict=True):
            self.flow(x, adjoint, slope, self.levels[place])

    def flow(
        self, x: Operand, adjoint: Symbol, slope: Symbolic, level: int = 0
    ) -> None:
        """Note what comes to an operand, from a node of some level.

        When all that comes from a level is there, it is added to what came before: it
        would keep registers until the end, and a loop adds up as its turns go by.
        """
        if not (isinstance(x, int) and self.matters[x]):
            return
        flows = self.flows.setdefault((x, self.is_late(adjoint)), [])
        if not (isinstance(slope, float) and slope == 0.0):
            flows.append((adjoint, slope))
        self.awaited[x, level] -= 1
        if len(flows) > 1 and not self.awaited[x, level]:
            flows[:] = [(self.summed(flows), 1.0)]

    def adjoint(self, place: int) -> Symbol | None:
        """The sum of what came to a place; None where nothing can have come."""
        listing = self.listing
        each = self.flows.pop((place, False), [])
        late = self.flows.pop((place, True), [])
        if listing.phases[self.values[place].expression] is Phase.EACH:
            return self.summed(each) if each else None
        if each:
            late.append((listing.total(self.summed(each)), 1.0))
        return self.summed(late) if late else None

    def is_late(self, x: Symbol) -> bool:
        """Whether an adjoint comes after all examples."""
        return self.listing.phases[x.expression] is Phase.AFTER

    def summed(self, flows: Sequence[tuple[Symbol, Symbolic]]) -> Symbol:
        """The sum of strong products; factors that need no care go first."""
        listing = self.listing
        plain, strong = [], []
        for adjoint, slope in flows:
            number = slope if isinstance(slope, float) else listing.number(slope)
            if number == 1.0:
                plain.append(adjoint)
            elif number is not None and math.isfinite(number):
                term = listing.apply("strong_product", (adjoint, slope))
                if listing.number(term) != 0.0:
                    plain.append(term)
            else:
                strong.append((adjoint, slope))
        if strong:
            plain.append(listing.listed("strong_dot", strong))
        return listing.listed("sum", [(x,) for x in plain])
