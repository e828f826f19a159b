"""Check: a program against the eager engine, on numbers of the user's choice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd.calculus import gradients
from autograd.errors import GradientError
from autograd.program.signature import Signature
from autograd.structure import flatten
from autograd.value import Value

if TYPE_CHECKING:
    from autograd.program.program import Program

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


def compared(
    program: Program,
    f: Callable[..., Any],
    signature: Signature,
    inputs: Sequence[Any],
) -> ProgramCheck:
    """Run both engines on one example or a batch of them.

    Raises:
        GradientError: They differ by more than `TOLERANCE`.
    """
    single = signature.is_single(inputs)
    rows = np.array([signature.single(inputs)]) if single else signature.batch(inputs)
    worst = {"value": 0.0, "parameters": 0.0, "inputs": 0.0}
    for row in rows:
        arguments = signature.unflatten_single(row)
        expected = _eager(program, f, signature, row)
        found = {
            "value": np.array(flatten(program(*arguments))),
            "parameters": program.jacobian(*arguments, wrt="parameters"),
            "inputs": program.jacobian(*arguments, wrt="inputs"),
        }
        for what, numbers in found.items():
            worst[what] = max(worst[what], _off(what, numbers, expected[what]))
    return ProgramCheck(len(rows), **worst)


def _eager(
    program: Program,
    f: Callable[..., Any],
    signature: Signature,
    row: np.ndarray[Any, Any],
) -> dict[str, np.ndarray[Any, Any]]:
    """The same numbers by recording f on Values."""
    numbers = iter(row.tolist())
    leaves, arguments = signature.variables(
        lambda _, integer: int(next(numbers)) if integer else Value(next(numbers))
    )
    outputs = flatten(f(*arguments))
    wanted = [*program.parameters, *(x for x in leaves if isinstance(x, Value))]
    varying = [i for i, x in enumerate(leaves) if isinstance(x, Value)]
    slopes = np.zeros((len(outputs), len(wanted)))
    for i, output in enumerate(outputs):
        if isinstance(output, Value):
            slopes[i] = gradients(output, wanted)
    count = len(program.parameters)
    inputs = np.zeros((len(outputs), signature.count))
    inputs[:, varying] = slopes[:, count:]
    values = np.array([float(output) for output in outputs])
    return {"value": values, "parameters": slopes[:, :count], "inputs": inputs}


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
        message = (
            f"the program differs from the eager engine in the {what}: it has "
            f"{found.tolist()!r:.200}, where {expected.tolist()!r:.200} was expected"
        )
        raise GradientError(message)
    return off
