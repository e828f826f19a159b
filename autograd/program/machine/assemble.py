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
from collections.abc import Sequence
from typing import NamedTuple

from autograd.batches import BATCH_MEAN
from autograd.fast.symbols import Number, Symbol
from autograd.ops import OPS
from autograd.program.machine.listing import Listing, Phase
from autograd.program.plan import Apply, Node, Operand, Plan


class Assembled(NamedTuple):
    """A listing, and the places of what goes in and out.

    Attributes:
        listing: The instructions.
        givens: How many inputs, parameters and seeds there are: its first places.
        outputs: The outputs and then the guards' conditions.
        in_theta: The derivatives in the parameters.
        in_x: Those in the inputs.
    """

    listing: Listing
    givens: int
    outputs: list[int]
    in_theta: list[int]
    in_x: list[int]

    @property
    def results(self) -> list[int]:
        """All places that are read at the end."""
        return [*self.outputs, *self.in_theta, *self.in_x]


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
    zero = writer.listing.constant(0.0)
    places = range(plan.first)
    slopes = [writer.adjoint(place) for place in places]
    at = [(zero if slope is None else slope).expression for slope in slopes]
    found = [symbol.expression for symbol in outputs]
    slopes_of = at[plan.inputs :], at[: plan.inputs]
    return Assembled(writer.listing, plan.first + len(writer.seeds), found, *slopes_of)


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
        self.flows: dict[int, list[tuple[Number, Number]]] = {}

    def read(self, x: Operand) -> Symbol:
        """The symbol of an operand."""
        return self.values[x] if isinstance(x, int) else self.listing.constant(x)

    def operands(self, node: Node) -> list[Number]:
        """The symbols that a node reads; plain numbers where its row wants those."""
        constants = node.op.constants if isinstance(node, Apply) else ()
        names = node.op.operand_names if constants and isinstance(node, Apply) else ()
        found: list[Number] = [*map(self.read, node.operands)]
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

    def value(self, node: Node, operands: Sequence[Number]) -> Number:
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
            slopes: Sequence[Number] = [*operands[n : 2 * n], *operands[:n], *ones]
        elif node.op is BATCH_MEAN:  # to every example its share
            slopes, adjoint = (1.0,), self.mean(adjoint)
        else:
            out = self.values[place]
            slopes = node.op.local_derivatives(xp, out, *operands)
        for x, slope in zip(node.operands, slopes, strict=True):
            self.flow(x, adjoint, slope)

    def flow(self, x: Operand, adjoint: Symbol, slope: Number) -> None:
        """Note that this comes to an operand."""
        if isinstance(x, int) and self.matters[x]:
            self.flows.setdefault(x, []).append((adjoint, slope))

    def adjoint(self, place: int) -> Symbol | None:
        """The sum of what came to a place; None where nothing can have come."""
        flows = [
            (x, slope)
            for x, slope in self.flows.pop(place, ())
            if not (isinstance(slope, float) and slope == 0.0)
        ]
        if not flows:
            return None
        listing = self.listing
        if listing.phases[self.values[place].expression] is Phase.EACH:
            return listing.symbol(self.summed(flows))
        each = [pair for pair in flows if not self.is_late(pair[0])]
        late = [pair for pair in flows if self.is_late(pair[0])]
        if each:
            total = listing.total(listing.symbol(self.summed(each)))
            late.append((total, 1.0))
        return listing.symbol(self.summed(late))

    def is_late(self, x: Symbol) -> bool:
        """Whether an adjoint comes after all examples."""
        return self.listing.phases[x.expression] is Phase.AFTER

    def summed(self, flows: Sequence[tuple[Number, Number]]) -> Symbol:
        """The sum of strong products; factors that need no care go first."""
        listing = self.listing
        plain, strong = [], []
        for adjoint, slope in flows:
            number = slope if isinstance(slope, float) else listing.number(slope)
            if number is not None and math.isfinite(number):
                term = listing.apply("strong_product", (adjoint, slope))
                if listing.number(term) != 0.0:
                    plain.append(term)
            else:
                strong.append((adjoint, slope))
        if strong:
            plain.append(listing.listed("strong_dot", strong))
        return listing.listed("sum", [(x,) for x in plain])
