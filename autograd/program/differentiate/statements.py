"""The statements of a program: its value, and the gradient that is asked for."""

from __future__ import annotations

from collections.abc import Mapping

from autograd.program.differentiate.differentiation import Differentiation
from autograd.program.passes import Passed
from autograd.program.statements.arrays import Array
from autograd.program.statements.code import Code

RETURNED = ("outputs", "conditions", "theta_bar", "x_bar")
"""What a program may return: the outputs, the numbers that guards ask for, and the
gradients in the parameters and the inputs."""

WANTED: Mapping[str, tuple[str, ...]] = {
    "parameters": ("parameter",),
    "inputs": ("input",),
    "both": ("parameter", "input"),
    "value": (),
}
"""What may be asked for, and of which blocks the adjoints give it."""


def statements_of(
    passed: Passed,
    wanted: str,
    *,
    stops: bool = False,
) -> tuple[Code, dict[str, Array]]:
    """The statements for the value, and for the gradient that is wanted.

    Args:
        passed: The plan.
        wanted: A key of `WANTED`.
        stops: Whether the program stops at an invalid operation.

    Returns:
        The statements, and those of `RETURNED` that there are.
    """
    plan = passed.plan
    whole = Differentiation(plan, passed.blocks, stops=stops)
    conditions = whole.read_places([guard.condition for guard in plan.guards])
    slopes = whole.gradient(WANTED[wanted]) if WANTED[wanted] else {}
    found = (whole.outputs, conditions, slopes.get("parameter"), slopes.get("input"))
    named = zip(RETURNED, found, strict=True)
    return whole.code, {name: array for name, array in named if array is not None}
