"""Bound calls: a run whose arguments and results stay where they are.

Packing an example, and asking whether the world is as it was, take longer than a small
function itself. A bound call has done both, and is then one call into the machine.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from autograd.program.guards import check_guards
from autograd.recording import current, get_state

if TYPE_CHECKING:
    from autograd.program.direct import Direct
    from autograd.program.ready import Ready

Vector: TypeAlias = NDArray[np.float64]


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
        ready, plan, theta = self._ready, self._ready.passed.plan, self._theta
        moves = _moves(self._inputs)
        is_plain = theta is None or isinstance(theta, np.ndarray)
        if moves is None or not is_plain or ready.signature.integers or ready.is_heard:
            return None
        direct = ready.engine.direct(self._wrt or "value")
        if direct is None:
            return None
        given = direct.registers
        for at, x in moves:
            given[at] = np.ravel(x)  # a float stays as it is
        arrays = [(at, x) for at, x in moves if isinstance(x, np.ndarray)]
        numbers = [(at.start, x.item) for at, x in arrays if x.size == 1]
        copies = [(given[at].reshape(x.shape), x) for at, x in arrays if x.size != 1]
        parameters = given[plan.inputs : plan.first]
        if theta is not None:
            copies.append((parameters, theta))
        read = ready.parameters.numbers if theta is None and plan.parameters else None
        if self._wrt:
            given[plan.first] = 1.0
        return self._closure(direct, numbers, copies, read, parameters)

    def _closure(
        self,
        direct: Direct,
        numbers: Sequence[tuple[int, Callable[[], float]]],
        copies: Sequence[tuple[Vector, Vector]],
        read: Callable[[], Vector] | None,
        parameters: Vector,
    ) -> Callable[[], Any]:
        """The quick run: variables of a closure are found sooner than attributes."""
        plan, wrt, is_number = self._ready.passed.plan, self._wrt, self._is_number
        given, results, run = direct
        m, guards, slowly = len(plan.outputs), plan.guards, self._slowly
        conditions = results[m : m + len(guards)]
        start = m + len(guards) + plan.parameters * (wrt == "inputs")
        found = results[start : start + self._out.size] if wrt else results[:m]
        found = found.reshape(self._out.shape)
        if self._is_own:  # results come where they are wanted
            self._out = found
        out = self._out

        def quick() -> Any:
            epoch = get_state().epoch
            if epoch.recorders or not epoch.plain:
                current()  # so that a thread which records nothing has a state, too
                return slowly()
            for place, number in numbers:  # twice as fast as an array of one
                given[place] = number()
            for target, array in copies:
                target[...] = array
            if read is not None:
                parameters[:] = read()
            run()
            if guards:
                check_guards(guards, conditions)
            if out is not found:
                out[...] = found
            if wrt:
                return results.item(0), out
            return results.item(0) if is_number else out

        return quick


def _moves(inputs: Sequence[Any]) -> list[tuple[slice, Any]] | None:
    """Where the numbers of arrays and floats go; None if there is something else."""
    found: list[tuple[slice, Any]] = []
    start = 0
    for x in inputs:
        if not (type(x) is float or (isinstance(x, np.ndarray) and x.dtype == float)):
            return None
        found.append((slice(start, start + np.size(x)), x))
        start += np.size(x)
    return found


def _buffer(out: Vector | None, shape: tuple[int, ...]) -> Vector:
    """The array that takes a result.

    Raises:
        TypeError: It is no array of float64.
        ValueError: It is of another shape.
    """
    if out is None:
        return np.zeros(shape)
    if not (isinstance(out, np.ndarray) and out.dtype == np.float64):
        kind = getattr(out, "dtype", type(out).__name__)
        raise TypeError(f"out must be an array of float64, got {kind}")
    if out.shape != shape:
        raise ValueError(f"out: expected an array of shape {shape}, got {out.shape}")
    return out
