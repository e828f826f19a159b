"""Shortcuts: where there is nothing else to look at, a run is a few steps in a row.

Packing, form, audience, guards and engine, each a room of its own, take ten times as
long as a small function itself, and half as long as a step on a small batch, of 60 us.
Most calls need none of them: nobody listens, nothing around is differentiated, the
arguments are floats, or of a batch NumPy's arrays. Any other call, and any that will
end with an error, goes the long way.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from struct import Struct
from typing import Any, TypeAlias

import numpy as np

from autograd.program.forms.signature import Signature
from autograd.program.machine.runs import Direct
from autograd.program.plan import Vector
from autograd.program.running.checks import check_guards, outcomes_of
from autograd.program.running.ready import Ready
from autograd.recording import get_state

Shortcut = Callable[[Sequence[Any]], Any]
"""Is told the arguments, and gives the answer; None if that takes the long way."""


class Shortcuts(dict[str, Shortcut]):
    """The shortcuts of a program, by what is wanted: "value", "inputs" ...

    Args:
        ready: The traced function.
        flat: Whether the example's numbers are told one by one, and slopes given so:
            by all inputs, then by all parameters, in one tuple.
    """

    def __init__(self, ready: Ready, *, flat: bool = False) -> None:
        super().__init__()
        self._ready, self._flat = ready, flat

    def __missing__(self, wanted: str) -> Shortcut:
        ready = self._ready
        if not ready.engine.is_direct():  # it may be later: ask again
            return _long_way
        is_gradient = wanted in {"parameters", "inputs", "both"}
        is_known = ready.outputs.count == 1 if is_gradient else wanted == "value"
        is_given = wanted != "parameters" or ready.parameters
        is_short = is_known and is_given and ready.is_simple
        if is_short and ready.engine.direct(wanted) is not None:
            self[wanted] = _shortcut(ready, wanted, flat=self._flat)
        return self.setdefault(wanted, _long_way)


def _long_way(*_given: Any) -> None:
    """There is no shortcut."""


def _shortcut(ready: Ready, wanted: str, *, flat: bool) -> Shortcut:
    """A closure: its variables are found sooner than attributes."""
    plan, signature, holds = ready.passed.simplified, ready.signature, ready.holds
    width = plan.inputs if flat else len(signature.widths)
    is_gradient, is_number = wanted != "value", ready.outputs.is_number
    read = ready.parameters.numbers if plan.parameters else None
    outcomes = outcomes_of(plan.guards)
    put = _writer(signature, plan.inputs, are_numbers=flat or signature.are_numbers)
    free: list[_ReadyRun] = []

    def shortcut(inputs: Sequence[Any]) -> Any:
        if not (get_state().epoch.is_idle and len(inputs) == width):
            return None
        try:  # registers that no other thread is using
            mine = free.pop()
        except IndexError:
            mine = _run_of(ready, wanted, flat=flat)
        given, parameters, run, conditions, rest = mine
        try:
            if not (put(inputs, given) and holds()):
                return None
            if read is not None:
                parameters[:] = read()
            value = run()
            if outcomes and conditions() != outcomes:
                return None
            if is_gradient:
                return value, rest()
            return value if is_number else rest()
        finally:
            free.append(mine)

    return shortcut


def _writer(
    signature: Signature, count: int, *, are_numbers: bool
) -> Callable[[Sequence[Any], memoryview[float]], bool]:
    """What writes the numbers of an example; False if they take a closer look."""
    pack_into = Struct(f"{count}d").pack_into

    def put_rows(inputs: Sequence[Any], given: memoryview[float]) -> bool:
        numbers = signature.floats(inputs)
        if numbers is not None:
            pack_into(given, 0, *numbers)
        return numbers is not None

    def put_numbers(inputs: Sequence[Any], given: memoryview[float]) -> bool:
        place = 0
        for x in inputs:
            if x.__class__ is not float:
                return put_rows(inputs, given)
            given[place] = x
            place += 1  # noqa: SIM113 - `enumerate` takes 5 % of a small call
        return True

    return put_numbers if are_numbers else put_rows


_ReadyRun = tuple[
    Any, Vector, Callable[[], float], Callable[[], bytes], Callable[[], Any]
]
"""Where inputs and parameters are put, what runs, what gives the guards' conditions as
bytes, and what gives all that is wanted besides the first result, for good."""


def _run_of(ready: Ready, wanted: str, *, flat: bool) -> _ReadyRun:
    direct = ready.engine.direct(wanted)
    assert direct is not None  # noqa: S101 - it was asked before
    count = ready.passed.simplified.inputs
    given: Any = direct.given[:count].data
    rest = _slopes(direct) if flat else _rest(ready, wanted, direct)
    conditions = direct.conditions.tobytes
    return given, direct.given[count:], direct.run, conditions, rest


def _slopes(direct: Direct) -> Callable[[], tuple[float, ...]]:
    in_x, in_theta = direct.in_x.tolist, direct.in_theta.tolist
    return lambda: (*in_x(), *in_theta())


def _rest(ready: Ready, wanted: str, direct: Direct) -> Callable[[], Any]:
    """What is wanted besides the first result, for somebody to keep."""
    values, in_theta, in_x = direct.outputs.tolist, direct.in_theta.copy, direct.in_x
    if wanted == "parameters":
        return in_theta
    if wanted == "value":
        return lambda: ready.outputs.single(values())
    unflatten = ready.signature.unflatten_single
    in_inputs: Callable[[], Any] = lambda: unflatten(in_x.tolist())  # noqa: E731
    if ready.signature.are_numbers:
        in_inputs = partial(Struct(f"{len(in_x)}d").unpack_from, in_x.data)
    return in_inputs if wanted == "inputs" else lambda: (in_theta(), in_inputs())


# --- batches --------------------------------------------------------------------------

Step: TypeAlias = "Callable[[Sequence[Any], Any], tuple[float, Any] | None]"
"""Of arguments and theta the mean and its gradient; None if that takes the long way."""


def batch_step(ready: Ready) -> Step:
    """The short way to a mean and its gradient, as training asks.

    What is wrong it says as the long one does.
    """
    if ready.outputs.count != 1 or not (ready.parameters and ready.is_alone):
        return _long_way
    gradient, guards = ready.engine.gradient, ready.passed.simplified.guards
    rows, holds, check = ready.signature.rows, ready.holds, ready.check_indices
    read, shape = ready.parameters.read, (len(ready.parameters),)

    def step(inputs: Sequence[Any], theta: Any) -> tuple[float, Any] | None:
        x = rows(inputs)
        if x is None or not (get_state().epoch.is_idle and holds()):
            return None
        if theta is None:
            theta = read()
        elif theta.__class__ is not np.ndarray or theta.shape != shape:
            return None
        if theta.dtype != np.float64:
            return None
        check(x)
        weights = mean_weights(len(x))
        outputs, conditions, slopes = gradient(theta, x, weights, "parameters")
        if guards:
            check_guards(guards, conditions)
        return mean(outputs, weights), slopes[0]

    return step


@lru_cache(maxsize=32)
def mean_weights(count: int | None) -> Vector:
    """What every example weighs in a mean: a row each, or one number for one alone."""
    return np.ones(1) if count is None else np.full((count, 1), 1.0 / max(count, 1))


def mean(outputs: Vector, weights: Vector) -> float:
    """The mean over a batch; NaN over no examples. Infinities have one, too."""
    if not len(weights):
        return math.nan
    if len(outputs) != len(weights):  # the same for every example, and computed once
        return float(outputs[0, 0])
    return float(np.vdot(outputs, weights))  # which warns of no infinity
