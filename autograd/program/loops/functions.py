"""Emitted source made into functions of plain Python floats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, TypeAlias

import numpy as np
import numpy.typing as npt

from autograd.ops import Op
from autograd.program.loops.natives import BranchTaken
from autograd.program.loops.rolling import roll
from autograd.program.loops.source import source
from autograd.program.plan import Plan

Numbers: TypeAlias = "Sequence[float] | npt.NDArray[np.float64]"
Branch: TypeAlias = "Callable[[int], NoReturn]"
Gradient: TypeAlias = "tuple[Numbers, Numbers, Numbers]"


@dataclass(frozen=True, slots=True)
class Functions:
    """A program of plain numbers.

    Attributes:
        source: What runs, to be read.
        value: `value(theta, x)` gives the outputs.
        gradient: `gradient(theta, x, seed)` gives the outputs and the derivatives of
            sum(seed * outputs) by `theta` and by `x`.
    """

    source: str
    value: Callable[[Numbers, Numbers], Numbers]
    gradient: Callable[[Numbers, Numbers, Numbers], Gradient]


def raise_branch(guard: int) -> NoReturn:
    """What happens by default where a guard does not hold.

    Raises:
        BranchTaken: Always; its argument is the guard's number.
    """
    raise BranchTaken(guard)


def python_functions(
    plan: Plan,
    *,
    wrt: str = "both",
    careful: bool = False,
    branch: Branch = raise_branch,
) -> Functions:
    """The program as loops of plain Python floats.

    Arithmetic is Python's: where that raises a ZeroDivisionError or OverflowError, so
    do the functions.

    Args:
        plan: The program.
        wrt: What `gradient` differentiates by: "parameters", "inputs" or "both"; the
            other derivatives are 0.
        careful: Whether zeros are strong: see `sweep.strong_product`. Slower; worth it
            where a derivative comes out infinite or NaN.
        branch: Called with a guard's number where it does not hold; it must raise.
    """
    text, called = source(roll(plan), wrt=wrt, careful=careful)
    namespace: dict[str, Any] = {}
    for op, name in called.items():
        namespace[f"{name}_value"] = op.value
        namespace[f"{name}_slopes"] = _slopes(op)
    exec(compile(text, "<scalar program>", "exec"), namespace)  # noqa: S102
    return bound(text, namespace["value"], namespace["gradient"], _floats, branch)


def bound(
    text: str,
    value: Callable[..., Any],
    gradient: Callable[..., Any],
    taken: Callable[[Numbers], Any],
    branch: Branch,
) -> Functions:
    """What the source defines, as functions of anybody's numbers.

    Args:
        text: The source.
        value: What it defines for the value.
        gradient: What it defines for value and gradient.
        taken: Makes of numbers what they take.
        branch: Called with the number of a guard that does not hold.
    """

    def run_value(theta: Numbers, x: Numbers) -> Numbers:
        outputs: Numbers = guarded(branch, value, taken(theta), taken(x))
        return outputs

    def run_gradient(theta: Numbers, x: Numbers, seed: Numbers) -> Gradient:
        given = map(taken, (theta, x, seed))
        result: Gradient = guarded(branch, gradient, *given)
        return result

    return Functions(text, run_value, run_gradient)


def guarded(branch: Branch, function: Callable[..., Any], *arguments: Any) -> Any:
    """The function's answer, or what `branch` makes of a guard that does not hold."""
    try:
        return function(*arguments)
    except BranchTaken as taken:
        guard = taken.args[0]
    return branch(guard)


def _slopes(op: Op) -> Callable[..., tuple[float, ...]]:
    return lambda *operands: op.evaluate(*operands)[1]


def _floats(numbers: Numbers) -> Sequence[float]:
    """Plain floats: arithmetic on NumPy's scalars is ten times slower."""
    if isinstance(numbers, np.ndarray):
        floats: list[float] = numbers.tolist()
        return floats
    return numbers
