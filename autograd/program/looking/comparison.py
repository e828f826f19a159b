"""Check: a program against the eager engine, on numbers of the user's choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.errors import GradientError
from autograd.program.running.eager import EagerRun, run
from autograd.recorded import StaleGraphError
from autograd.structure import flatten
from autograd.sweep import NUMERIC, Arithmetic, interior_order, reverse
from autograd.value import Value

if TYPE_CHECKING:
    from autograd.program.program import Program
    from autograd.program.running.ready import Ready

TOLERANCE = 1e-9
"""How far a number may be off, relative to the largest of those compared."""

ROUNDING = 1e-13
"""And besides, relative to what it was added up from: some 500 roundings.

Of what is 0, such as the slopes of a softmax's sum, only rounding is left to compare.
"""


@dataclass(frozen=True, slots=True)
class ProgramCheck:
    """What the comparison found: the largest deviations, relative to the numbers' size.

    Attributes:
        examples: How many examples were compared.
        value: The deviation of the outputs.
        parameters: That of their derivatives in the parameters.
        inputs: That of their derivatives in the inputs.
    """

    examples: int
    value: float
    parameters: float
    inputs: float

    def __repr__(self) -> str:
        number = f"{self.examples} example{'s' * (self.examples != 1)}"
        return (
            f"ProgramCheck({number}; off by at most {self.value:.1e} in the value, "
            f"{self.parameters:.1e} in d/d parameters, {self.inputs:.1e} in d/d inputs)"
        )


def compared(program: Program, ready: Ready, inputs: Sequence[Any]) -> ProgramCheck:
    """Run both engines on one example or a batch of them.

    Args:
        program: The program.
        ready: What was traced of it.
        inputs: The example, or the batch.

    Raises:
        GradientError: They differ by more than `TOLERANCE`.
        StaleGraphError: What was computed outside is not what its leaves give now.
    """
    _refuse_stale(ready.computed)
    signature = ready.signature
    single = signature.is_single(inputs)
    rows = np.array([signature.single(inputs)]) if single else signature.batch(inputs)
    worst = {"value": 0.0, "parameters": 0.0, "inputs": 0.0}
    for arguments in signature.examples(rows):
        ran = run(ready.f, arguments)
        expected, added_up = _eager(program, ran), _added_up(program, ran)
        found = {
            "value": np.array(flatten(program(*arguments))),
            "inputs": program.jacobian(*arguments, wrt="inputs"),
        }
        if program.parameters:
            found["parameters"] = program.jacobian(*arguments, wrt="parameters")
        for what, numbers in found.items():
            off = _off(what, numbers, expected[what], added_up[what != "value"])
            worst[what] = max(worst[what], off)
    return ProgramCheck(len(rows), **worst)


def _refuse_stale(computed: Sequence[Value]) -> None:
    """Raise a StaleGraphError where f has old numbers, and a program makes new ones."""
    numbers: dict[Value, float] = {}
    for node in interior_order(computed):
        assert node.op is not None  # noqa: S101
        operands = [
            numbers.get(x, x.data) if isinstance(x, Value) else x for x in node.operands
        ]
        numbers[node] = node.op.value(*operands)
        if repr(numbers[node]) != repr(node.data):
            raise StaleGraphError(
                f"{node!r}, which the function closes over, was computed of leaves "
                f"that have changed: it would be {numbers[node]!r} now, which is what "
                f"the program has. Compute it inside the function to compare them"
            )


def _eager(program: Program, ran: EagerRun) -> dict[str, np.ndarray[Any, Any]]:
    """The same numbers of the function that was run as it is."""
    count = len(program.parameters)
    wanted = [*program.parameters, *ran.variables]
    slopes = np.array([ran.slopes(output, wanted) for output in ran.outputs])
    slopes = slopes.reshape(len(ran.outputs), len(wanted))
    values = np.array([float(output) for output in ran.outputs])
    return {
        "value": values,
        "parameters": slopes[:, :count],
        "inputs": slopes[:, count:],
    }


def _added_up(program: Program, ran: EagerRun) -> tuple[float, float]:
    """The largest terms of which the outputs are sums, and their slopes.

    A slope is the sum of all paths; where these cancel each other, their rounding is
    left. And what a node's number is rounded by, its paths carry on to the output.
    """
    terms, paths = [0.0], [0.0]
    for output in ran.outputs:
        if isinstance(output, Value):
            sizes = reverse(interior_order([output]), {output: 1.0}, _ABSOLUTE)
            terms += [abs(node.data) * size for node, size in sizes.items()]
            wanted = (*program.parameters, *ran.variables)
            paths += [sizes.get(x, 0.0) for x in wanted if isinstance(x, Value)]
    return max(filter(isfinite, terms)), max(filter(isfinite, paths))


_ABSOLUTE = Arithmetic(lambda node: [*map(abs, node.local_derivatives)], NUMERIC.flow)


def _off(
    what: str,
    found: np.ndarray[Any, Any],
    expected: np.ndarray[Any, Any],
    added_up: float,
) -> float:
    """The largest difference over the largest number and a little of what it is from.

    Raises:
        GradientError: It is too large, or an infinity or NaN is not matched.
    """
    finite = np.isfinite(expected)
    same = np.array_equal(found[~finite], expected[~finite], equal_nan=True)
    size = np.abs(expected[finite]).max(initial=0.0) + ROUNDING / TOLERANCE * added_up
    size = size or 1.0
    off = float(np.abs(found - expected)[finite].max(initial=0.0)) / size
    if not same or not off <= TOLERANCE:
        raise GradientError(
            f"the program differs from the eager engine in the {what}: it has "
            f"{found.tolist()!r:.200}, where {expected.tolist()!r:.200} was expected"
        )
    return off
