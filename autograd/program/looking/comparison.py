"""Check: a program against the eager engine, on numbers of the user's choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.errors import GradientError
from autograd.program.running.eager import EagerRun, run
from autograd.recorded import StaleGraphError
from autograd.structure import flatten
from autograd.sweep import interior_order
from autograd.value import Value

if TYPE_CHECKING:
    from autograd.program.program import Program
    from autograd.program.running.ready import Ready

TOLERANCE = 1e-9
"""How far a number may be off, relative to the largest of those compared."""


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
        expected = _eager(program, run(ready.f, arguments))
        found = {
            "value": np.array(flatten(program(*arguments))),
            "inputs": program.jacobian(*arguments, wrt="inputs"),
        }
        if program.parameters:
            found["parameters"] = program.jacobian(*arguments, wrt="parameters")
        for what, numbers in found.items():
            worst[what] = max(worst[what], _off(what, numbers, expected[what]))
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


def _off(
    what: str, found: np.ndarray[Any, Any], expected: np.ndarray[Any, Any]
) -> float:
    """The largest difference over the largest number.

    Raises:
        GradientError: It is too large, or an infinity or NaN is not matched.
    """
    finite = np.isfinite(expected)
    same = np.array_equal(found[~finite], expected[~finite], equal_nan=True)
    size = np.abs(expected[finite]).max(initial=0.0) or 1.0
    off = float(np.abs(found - expected)[finite].max(initial=0.0)) / size
    if not same or not off <= TOLERANCE:
        raise GradientError(
            f"the program differs from the eager engine in the {what}: it has "
            f"{found.tolist()!r:.200}, where {expected.tolist()!r:.200} was expected"
        )
    return off
