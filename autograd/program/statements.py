"""The statements of a program: its value, and the gradient that is asked for."""

from __future__ import annotations

from collections.abc import Mapping

from autograd.program.arrays import Array, Code
from autograd.program.differentiate import Differentiation
from autograd.program.passes import Passed

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
    careful: bool = False,
    stops: bool = False,
    batch: bool = True,
) -> tuple[Code, dict[str, Array]]:
    """The statements for the value, and for the gradient that is wanted.

    Args:
        passed: The plan.
        wanted: A key of `WANTED`.
        careful: Whether zeros are strong: see `sweep.strong_product`.
        stops: Whether the program stops at an invalid operation.
        batch: Whether it is for many examples at once.

    Returns:
        The statements, and those of `RETURNED` that there are.
    """
    plan, blocks = passed.careful if careful else (passed.plan, passed.blocks)
    whole = Differentiation(plan, blocks, careful=careful, stops=stops, batch=batch)
    conditions = whole.read_places([guard.condition for guard in plan.guards])
    slopes = whole.gradient(WANTED[wanted]) if WANTED[wanted] else {}
    found = (whole.outputs, conditions, slopes.get("parameter"), slopes.get("input"))
    named = zip(RETURNED, found, strict=True)
    return whole.code, {name: array for name, array in named if array is not None}
