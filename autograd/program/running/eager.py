"""A function run as it is; and a program checked against that, on a user's numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from autograd.calculus import gradients
from autograd.errors import GradientError
from autograd.program.forms.signature import Signature
from autograd.program.running.checks import refuse_several
from autograd.recorded import StaleGraphError
from autograd.recording import new_epoch
from autograd.running import name_of
from autograd.structure import flatten
from autograd.sweep import NUMERIC, Arithmetic, interior_order, reverse
from autograd.value import Value

if TYPE_CHECKING:
    from autograd.program.program import Program
    from autograd.program.running.ready import Ready


class EagerRun(NamedTuple):
    """A function run as it is.

    Attributes:
        f: The function.
        inputs: Its arguments.
        variables: Their numbers, where it is differentiated by them: Values, but ints
            of integers.
        result: What it returned.
        parameters: The leaves to differentiate by, if anybody said which.
    """

    f: Callable[..., Any]
    inputs: tuple[Any, ...]
    variables: list[Any]
    result: Any
    parameters: Sequence[Value] | None

    @property
    def output(self) -> Any:
        """The one number of the result.

        Raises:
            TypeError: There are several.
        """
        outputs = self.outputs
        refuse_several(self.f, len(outputs))
        return outputs[0]

    @property
    def outputs(self) -> list[Any]:
        """All numbers of the result."""
        return flatten(self.result, f"what {name_of(self.f)} returns")

    @property
    def wanted(self) -> Sequence[Value]:
        """The parameters.

        Raises:
            ValueError: Nobody said which.
        """
        if self.parameters is None:
            raise ValueError(
                f"{name_of(self.f)} runs eagerly: say which parameters are meant, as "
                f"in @compiled(parameters=[...])"
            )
        return self.parameters

    def slopes(self, output: Any, by: Sequence[Any]) -> list[float]:
        """The derivatives of an output; 0 by what is no Value."""
        leaves = [x for x in by if isinstance(x, Value)]
        if not isinstance(output, Value):
            return [0.0] * len(by)
        found = dict(zip(leaves, gradients(output, leaves), strict=True))
        return [found[x] if isinstance(x, Value) else 0.0 for x in by]


def run(
    f: Callable[..., Any],
    inputs: tuple[Any, ...],
    parameters: Sequence[Value] | None = None,
    by_inputs: bool = True,
) -> EagerRun:
    """Run a function of numbers as it is, and record it even where that is off.

    Args:
        f: The function.
        inputs: Its arguments.
        parameters: The leaves to differentiate by.
        by_inputs: Whether the arguments' numbers are to be Values.
    """
    variables: list[Any] = []
    if by_inputs:
        variables, inputs = Signature(inputs).variables(_variable)
    with new_epoch():
        result = f(*inputs)
    return EagerRun(f, inputs, variables, result, parameters)


def _variable(x: float, integer: bool) -> Any:
    return int(x) if integer else Value(x)


# --- a program against it ------------------------------------------------------------

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
