"""Guards: what steered Python while tracing must hold for every example."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.errors import BranchError
from autograd.program.plan import Guard
from autograd.program.worlds.world import listing
from autograd.tracing import name_of


def check_guards(guards: tuple[Guard, ...], conditions: Any) -> None:
    """Raise a BranchError if an example would have steered the function otherwise.

    Args:
        guards: What was decided while tracing.
        conditions: The numbers that were asked, in this order: for one example, or a
            row for each; none where the engine has looked at them itself.
    """
    if not (guards and np.size(conditions)):
        return
    outcomes = np.array([guard.outcome for guard in guards])
    wrong = (np.asarray(conditions) != 0.0) != outcomes
    if wrong.any():
        *example, number = np.argwhere(wrong)[0].tolist()
        if len(wrong) == 1:  # one example, or what does not depend on it
            example = []
        raise branch_error(guards, number, *example)


def world_error(f: Callable[..., Any], changed: Sequence[str]) -> BranchError:
    """What is raised where a function would read something else than when traced."""
    return BranchError(
        f"the world has changed since {name_of(f)} was traced: {listing(changed)}. A "
        f"program keeps what its function read then: make a new Program, pass as an "
        f"argument what changes, or use @autograd.compiled, which traces again"
    )


def branch_error(
    guards: Sequence[Guard], number: int, example: int | None = None
) -> BranchError:
    """What is raised for an example that goes another way at this guard."""
    guard = guards[number]
    who = "this example" if example is None else f"example {example} of the batch"
    error = BranchError(
        f"{who} takes another branch than the one that was traced: at {guard.where}, "
        f"{guard.line!r} was {guard.outcome} while tracing and is {not guard.outcome} "
        f"now. A program has one branch only: write autograd.where(condition, x, y) "
        f"(or maximum, clamp, relu), or use @autograd.compiled, which traces again"
    )
    error.path = (*(guard.outcome for guard in guards[:number]), not guard.outcome)
    return error
