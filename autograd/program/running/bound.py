"""Bound calls: a run whose arguments and results stay where they are.

Packing an example, and asking whether the world is as it was, take longer than a small
function itself. A bound call has done both, and is then one call into the machine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from autograd.program.machine.runs import Direct
from autograd.program.plan import Vector
from autograd.program.running.checks import check_guards, outcomes_of
from autograd.program.running.ready import Ready
from autograd.recording import get_state


class Bound:
    """A program on arguments that stay: see `Program.bind`.

    Args:
        ready: The traced function.
        slopes: Its value and gradients as flat numbers: `Differentiated._slopes`.
        inputs: Its arguments.
        theta: The parameters' numbers; None to read the Values.
        wrt: What it is differentiated by; None for the value alone.
        out: What takes the value, or the gradient; None for an array of its own.

    Attributes:
        run: Gives the value, a number or an array; or with `wrt` value and gradient.
    """

    def __init__(
        self,
        ready: Ready,
        slopes: Callable[..., tuple[Any, ...]],
        inputs: Sequence[Any],
        theta: Any,
        wrt: Literal["parameters", "inputs"] | None,
        out: Vector | None,
    ) -> None:
        self._ready, self._slopes = ready, slopes
        self._inputs, self._theta, self._wrt = inputs, theta, wrt
        single, x = ready.examples(inputs)
        count = ready.outputs.count
        self._is_number = single and count == 1
        shape = x.shape[:-1] if count == 1 else (*x.shape[:-1], count)
        shapes = {"parameters": (len(ready.parameters),), "inputs": x.shape}
        self._is_own = out is None
        self._out = _buffer(out, shape if wrt is None else shapes[wrt])
        self._slowly()  # what is wrong with the arguments is said now
        quick = self._quick() if single else None
        self.run: Callable[[], Any] = self._slowly if quick is None else quick

    def _slowly(self) -> Any:
        """The run by the program's own calls, which look at everything."""
        out, ready = self._out, self._ready
        if self._wrt is None:
            theta, (_, x) = ready.theta(self._theta), ready.examples(self._inputs)
            outputs = ready.value(theta, x, tells=self._theta is None)
            out[...] = outputs[..., 0] if ready.outputs.count == 1 else outputs
            return float(out) if self._is_number else out
        _, value, *found = self._slopes(self._inputs, self._theta, self._wrt)
        out[...] = found[self._wrt == "inputs"]
        return value, out

    def _quick(self) -> Callable[[], Any] | None:
        """One call into the machine; None where more has to be looked at."""
        ready, plan, theta = self._ready, self._ready.passed.simplified, self._theta
        moves = _moves(self._inputs)
        is_plain = theta is None or isinstance(theta, np.ndarray)
        if moves is None or not (is_plain and ready.is_simple):
            return None
        if theta is not None:
            moves.append((plan.inputs, theta))
        copied = [(at, x) for at, x in moves if _lies_in_one_piece(x)]
        direct = ready.engine.direct(self._wrt or "value", copied)
        if direct is None:
            return None
        pairs: list[tuple[Vector, Vector]] = []
        for at, x in moves:
            target = direct.given[at : at + np.size(x)].reshape(np.shape(x))
            target[...] = x  # a float stays as it is
            if isinstance(x, np.ndarray) and not _lies_in_one_piece(x):
                pairs.append((target, x))
        return self._closure(direct, pairs)

    def _closure(
        self, direct: Direct, pairs: Sequence[tuple[Vector, Vector]]
    ) -> Callable[[], Any]:
        """The quick run: variables of a closure are found sooner than attributes."""
        ready, wrt, is_number = self._ready, self._wrt, self._is_number
        guards, slowly = ready.passed.simplified.guards, self._slowly
        run, conditions = direct.run, direct.conditions
        parameters = direct.given[ready.passed.simplified.inputs :]
        outcomes = outcomes_of(guards)
        in_wrt = direct.in_theta if wrt == "parameters" else direct.in_x
        found = (in_wrt if wrt else direct.outputs).reshape(self._out.shape)
        if self._is_own:  # results come where they are wanted
            self._out = found
        out = self._out
        reads = self._theta is None and len(parameters) > 0
        read = ready.parameters.numbers if reads else None

        def quick() -> Any:
            if not get_state().epoch.is_idle:
                return slowly()
            for target, array in pairs:
                target[...] = array
            if read is not None:
                parameters[:] = read()
            value = run()
            if guards and conditions.tobytes() != outcomes:
                check_guards(guards, conditions)
            if out is not found:
                out[...] = found
            if wrt:
                return value, out
            return value if is_number else out

        return quick


def _moves(inputs: Sequence[Any]) -> list[tuple[int, Any]] | None:
    """Where the numbers of arrays and floats go; None if there is something else."""
    found: list[tuple[int, Any]] = []
    start = 0
    for x in inputs:
        if not (type(x) is float or (isinstance(x, np.ndarray) and x.dtype == float)):
            return None
        found.append((start, x))
        start += np.size(x)
    return found


def _lies_in_one_piece(x: Any) -> bool:
    """Whether the machine can copy something by itself."""
    is_row = isinstance(x, np.ndarray) and x.dtype == np.float64
    return is_row and x.flags.c_contiguous and x.flags.aligned


def _buffer(out: Vector | None, shape: tuple[int, ...]) -> Vector:
    """The array that takes a result.

    Raises:
        TypeError: It is no array of float64.
        ValueError: It is of another shape.
    """
    if out is None:
        return np.zeros(shape[::-1]).T  # as programs have batches: side by side
    if not (isinstance(out, np.ndarray) and out.dtype == np.float64):
        kind = getattr(out, "dtype", type(out).__name__)
        raise TypeError(f"out must be an array of float64, got {kind}")
    if out.shape != shape:
        raise ValueError(f"out: expected an array of shape {shape}, got {out.shape}")
    return out
