"""What flows through a record: its operations judged, and the sums that they make."""

from __future__ import annotations

import math
import operator
from array import array
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import compress
from typing import Final, NamedTuple

from autograd.calculus import gradients
from autograd.checking.complex_step import EPSILON
from autograd.checking.differences import CLEAR
from autograd.checking.operation import (
    COMPLEX_STEP,
    DIFFERENCES,
    SMALLEST,
    OperandSlot,
    Opinion,
    close,
    is_row,
    judged,
)
from autograd.checking.record import Recorded
from autograd.operators import datum, has_derivative
from autograd.ops import Op
from autograd.sweep import Arithmetic, reverse, strong_product
from autograd.value import Number, Value

RIGHT_TO: Final = 1e-8  # "right" is said of eight digits
VISIBLE: Final = 1e-9  # of a derivative: what an operation is called wrong for
FLOW_ERROR: Final = 1e-12  # of the flows: what the references may be off by
OUT_OF_RANGE: Final = "on the way numbers leave the range of doubles"
SHAKES: Final = 4  # draws of rounding errors, of which the worst counts
STRONG: Final = 2.0**-1066  # a 0 that was moved by its rounding is no larger
TINY: Final = 2.0**-1022  # below, a rounding error is no longer relative

Product = Callable[[float, float], float]
EdgeWeights = Mapping[Value, Sequence[float]]


class Suspect(NamedTuple):
    """An operation at whose operands a derivative is wrong or is none at all.

    Attributes:
        node: Where it was recorded.
        slot: The operation and the operand.
        derivative: What it gives.
        opinion: What is the matter.
        first: None; for a derivative of a local derivative, the operand of that.
    """

    node: Value
    slot: OperandSlot
    derivative: float
    opinion: Opinion
    first: int | None = None

    @property
    def rank(self) -> int:
        """Whom to blame first: one's own operations, for the table's have tests."""
        wrong = self.opinion.verdict == "wrong"
        return (1 if is_row(self.slot.op) else 0) if wrong else 2

    def __str__(self) -> str:
        return f"{self.slot}: {self.opinion.reason}"


class Case(NamedTuple):
    """One derivative, and what is known of it.

    Attributes:
        derivative: What the engine gives.
        reference: What the references of the operations give.
        method: How those were found.
        gross: The sum of the absolute flows that make it up.
        noise: What rounding may have moved it by.
        suspect: The first operation on the way that is wrong or has no derivative.
    """

    derivative: float
    reference: float
    method: str
    gross: float
    noise: float
    suspect: Suspect | None

    @property
    def is_finite(self) -> bool:
        """Whether nothing left the range of doubles."""
        return all(map(math.isfinite, (self.derivative, self.reference, self.gross)))

    @property
    def is_wrong(self) -> bool:
        """Whether an operation is wrong, and it shows in the derivative."""
        wrong = self.suspect is not None and self.suspect.opinion.verdict == "wrong"
        slack = FLOW_ERROR * self.gross
        return wrong and not close(self.derivative, self.reference, VISIBLE, slack)

    def plain(self, reason: str = "") -> Opinion:
        """That it is right, as far as that may be told: "right" is said of 8 digits."""
        apart = abs(self.derivative - self.reference)
        off = max(apart, self.noise)
        largest = max(abs(self.derivative), abs(self.reference))
        opinion = partial(Opinion, self.reference, self.method)
        if off <= RIGHT_TO * largest + SMALLEST < math.inf:
            return opinion("right", reason)
        if reason:
            reason += "; "
        if not math.isfinite(off):
            return opinion("undecidable", reason + OUT_OF_RANGE)
        if off <= RIGHT_TO * self.gross and largest <= 4.0 * off:
            zero = f"both are 0 to {off:.1e}, next to {self.gross:.1e}"
            return opinion("right", reason + zero)
        relative = off < CLEAR * largest
        size = f"{off / largest:.1e}" if relative else f"{off:.1e} in absolute terms"
        agreement = f"agreement reaches {size} only"
        rounding = f"rounding in f moves it by up to {size}"
        rounding += " of itself" if relative else ""
        why = agreement if apart >= self.noise else rounding
        return opinion("undecidable", reason + why)


class Flows:
    """The operations of a record, each judged once, and what flows through them."""

    def __init__(self, recorded: Recorded) -> None:
        self._recorded = recorded
        self._known: dict[tuple[Op, bytes], dict[tuple[int, float], Opinion]] = {}
        self._suspects: dict[Value, dict[int, Suspect]] = {}
        self._found: dict[tuple[Number, bool, int], Mapping[Value, Suspect]] = {}
        order = recorded.order
        self._engine: EdgeWeights = {node: node.local_derivatives for node in order}
        self._gross = {x: [*map(abs, weights)] for x, weights in self._engine.items()}
        self._references = {node: self._judge(node) for node in order}
        self._shakers = [Shaker(seed, recorded) for seed in range(SHAKES)]
        methods = {x.method for known in self._known.values() for x in known.values()}
        self._method = DIFFERENCES if DIFFERENCES in methods else COMPLEX_STEP

    def _judge(self, node: Value) -> list[float]:
        """What the local derivatives of a node should be, as far as that is known."""
        weights = list(node.local_derivatives)
        suspects: dict[int, Suspect] = {}
        for k, slot in enumerate(slots(node)):
            if self._recorded.depends(node.parents[k]):
                opinion = self.opinion(slot, weights[k])
                if opinion.verdict != "right":
                    suspects[k] = Suspect(node, slot, weights[k], opinion)
                if opinion.verdict in ("right", "wrong"):
                    weights[k] = opinion.reference
        kinks = [x for x in suspects.values() if x.opinion.is_kink]
        for k, suspect in suspects.items():  # NaN next to a kink is no error
            if kinks and not math.isfinite(suspect.derivative):
                suspects[k], weights[k] = kinks[0], suspect.derivative
        if suspects:
            self._suspects[node] = suspects
        return weights

    def opinion(self, slot: OperandSlot, given: float) -> Opinion:
        """The opinion on one local derivative; the same is not looked into twice."""
        operands = array("d", slot.operands).tobytes()  # which tell -0.0 from 0.0
        known = self._known.setdefault((slot.op, operands), {})
        if (slot.position, given) not in known:
            known[slot.position, given] = judged(slot, given)
        return known[slot.position, given]

    def cases(self, output: Number) -> list[Case]:
        """The derivatives of an output, one for each variable."""
        variables = self._recorded.variables
        if not self._recorded.depends(output):
            return [Case(0.0, 0.0, self._method, 0.0, 0.0, None)] * len(variables)
        references = self._sweep(output, self._references)
        gross = self._sweep(output, self._gross)
        shaken = [self._sweep(output, x.weights, x.product) for x in self._shakers]
        suspects = self.suspects(output, muted=True)
        cases = []
        for x, given in zip(variables, gradients(output, variables), strict=True):
            moves = [abs(adjoints.get(x, 0.0) - given) for adjoints in shaken]
            size, known = gross.get(x, 0.0), all(map(math.isfinite, moves))
            noise = 4.0 * EPSILON * size + (max(moves) if known else math.inf)
            numbers = (given, references.get(x, 0.0), self._method, size, noise)
            cases.append(Case(*numbers, suspects.get(x)))
        return cases

    def adjoints(self, output: Number) -> Mapping[Value, float]:
        """What the engine's local derivatives give for every node."""
        return self._sweep(output, self._engine) if isinstance(output, Value) else {}

    def _sweep(
        self,
        output: Value,
        weights: EdgeWeights,
        product: Product = strong_product,
    ) -> Mapping[Value, float]:
        arithmetic = Arithmetic(weights.__getitem__, product)
        return reverse(self._recorded.order, {output: 1.0}, arithmetic)

    def suspects(
        self, output: Number, muted: bool, order: int = 1
    ) -> Mapping[Value, Suspect]:
        """For each number the operation that makes its derivative doubtful, if any.

        Args:
            output: What is differentiated.
            muted: Leave kinks out that nothing flows through.
            order: How often it is. A derivative of 0 on the way lets nothing through,
                but its own derivative may: the slope of x * x is 0 at 0, and moves.
        """
        key = output, muted, order
        if key not in self._found:
            self._found[key] = self._suspicions(*key)
        return self._found[key]

    def _suspicions(
        self, output: Number, muted: bool, order: int
    ) -> dict[Value, Suspect]:
        found: dict[Value, Suspect] = {}
        adjoints = self.adjoints(output) if self._suspects else {}
        for node in reversed(self._recorded.order):
            if node not in adjoints:
                continue
            own = self._suspects.get(node, {})
            silent = muted and adjoints[node] == 0.0
            for k, parent in enumerate(node.parents):
                candidates = [found.get(parent)]
                if k in own and not (silent and own[k].opinion.verdict == "kink"):
                    candidates.append(own[k])
                if order > 1 or node.local_derivatives[k] != 0.0:
                    candidates.append(found.get(node))
                suspects = [x for x in candidates if x is not None]
                if suspects:
                    found[parent] = min(suspects, key=operator.attrgetter("rank"))
        return found

    @property
    def in_range(self) -> bool:
        """Whether every number is finite."""
        return all(math.isfinite(node.data) for node in self._recorded.order)


def slots(node: Value) -> list[OperandSlot]:
    """The operation at each of its operands that has a derivative."""
    if node.op is None:
        return []
    operands = tuple(map(datum, node.operands))
    kept = has_derivative(node.op, node.operands)
    return [OperandSlot(node.op, operands, i) for i in compress(range(len(kept)), kept)]


class Shaker:
    """Rounding errors as if by chance: what they move, rounding may have moved.

    Args:
        seed: For other errors; with the same seed they are the same in every run.
        recorded: What is shaken.

    Attributes:
        weights: The local derivatives where every number is off by its rounding.
    """

    def __init__(self, seed: int, recorded: Recorded) -> None:
        self._seed, self._count = seed, 0
        values: dict[Value, float] = {}
        self.weights: dict[Value, Sequence[float]] = {}
        for node in recorded.order:
            numbers = [
                values.get(x, x.data) if isinstance(x, Value) else x
                for x in node.operands
            ]
            op: Op = node.op  # type: ignore[assignment]
            try:
                value, derivatives = op.evaluate(*numbers)
            except (ArithmeticError, TypeError, ValueError):
                self.weights[node] = node.local_derivatives
                continue
            values[node] = self._moved(value) if all(numbers) else value
            kept = [*compress(derivatives, has_derivative(op, node.operands))]
            self.weights[node] = [*map(self._moved, kept)]

    def product(self, adjoint: float, weight: float) -> float:
        """`strong_product`, off where it underflows; a 0 that moved stays strong."""
        small, large = sorted(map(abs, (adjoint, weight)))
        if small <= STRONG and not math.isfinite(large):
            return 0.0
        product = strong_product(adjoint, weight)
        moves = abs(product) < TINY and small > 0.0
        return self._moved(product) if moves else product

    def _moved(self, x: float) -> float:
        """The number, off by up to two units in its last place.

        What overflowed may be anything.
        """
        self._count += 1
        units = hash((self._seed, self._count)) % 4001 / 1000.0 - 2.0
        if abs(x) < TINY:
            return x + round(4.0 * units) * math.ulp(0.0)
        return x + units * EPSILON * x if abs(x) < math.inf else math.nan
