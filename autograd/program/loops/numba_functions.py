"""Emitted source made into machine code by numba."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from autograd.program.loops.functions import (
    Branch,
    Functions,
    Numbers,
    bound,
    raise_branch,
)
from autograd.program.loops.rolling import roll
from autograd.program.loops.source import COMPILED, source
from autograd.program.plan import Plan

MAX_LINES = 1500
"""Lines of both functions: numba takes 10 to 20 ms a line."""


def numba_functions(
    plan: Plan,
    *,
    wrt: str = "both",
    careful: bool = False,
    branch: Branch = raise_branch,
) -> Functions:
    """The program as machine code: the loops of `python_functions`, compiled.

    The functions are compiled when they are first called. Their numbers are IEEE 754's.

    Args:
        plan: The program.
        wrt: What `gradient` differentiates by: "parameters", "inputs" or "both".
        careful: Whether zeros are strong: see `sweep.strong_product`.
        branch: Called with a guard's number where it does not hold; it must raise.

    Raises:
        ImportError: numba is not installed.
        TypeError: An operation can't be written down.
        ValueError: The program repeats itself too little, and is too long to compile.
    """
    try:
        from numba import njit
    except ImportError:
        message = 'backend="numba" needs numba: pip install "gradtrace[numba]"'
        raise ImportError(message) from None
    text, called = source(roll(plan), wrt=wrt, careful=careful, module=COMPILED)
    _check(text, [op.name for op in called])
    namespace: dict[str, Any] = {}
    exec(compile(text, "<scalar program>", "exec"), namespace)  # noqa: S102
    compiled = njit(error_model="numpy", fastmath=False, cache=False)
    value, gradient = compiled(namespace["value"]), compiled(namespace["gradient"])
    return bound(text, value, gradient, _array, branch)


def _check(text: str, called: list[str]) -> None:
    if called:
        message = (
            f"numba can't compile the operation {', '.join(called)}: its rule asks "
            f"Python to decide by a number. Write it with xp.where, or use the default "
            f"backend."
        )
        raise TypeError(message)
    lines = text.count("\n", text.index("def value"))  # without tables of constants
    if lines > MAX_LINES:
        message = (
            f"the program repeats itself too little for numba: {lines} lines, of which "
            f"at most {MAX_LINES} compile in reasonable time. Use the default backend."
        )
        raise ValueError(message)


def _array(numbers: Numbers) -> npt.NDArray[np.float64]:
    return np.ascontiguousarray(numbers, dtype=np.float64)
