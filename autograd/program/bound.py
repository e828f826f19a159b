"""Bound calls: a run whose arguments and results stay where they are.

Packing an example, and asking whether the world is as it was, take longer than a small
function itself. A bound call has done both, and is then one call into the machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from autograd.program.guards import check_guards
from autograd.recording import current, get_state

if TYPE_CHECKING:
    from autograd.program.engines import Direct
    from autograd.program.program import Program
    from autograd.program.ready import Ready

Vector: TypeAlias = NDArray[np.float64]


class Bound:
    """A program on arguments that stay: see `Program.bind`.

    Args:
        program: The program.
        ready: What it runs.
        inputs: Its arguments.
        theta: The parameters' numbers; None to read the Values.
        wrt: What it is differentiated by; None for the value alone.
        out: What takes the value, or the gradient; None for an array of its own.
    """

    def __init__(
        self,
        program: Program,
        ready: Ready,
        inputs: Sequence[Any],
        theta: Any,
        wrt: Literal["parameters", "inputs"] | None,
        out: Vector | None,
    ) -> None:
        self._program, self._ready = program, ready
        self._inputs, self._theta, self._wrt = inputs, theta, wrt
        single, x = ready.examples(inputs)
        count = ready.outputs.count
        self._is_number = single and count == 1
        shape = x.shape[:-1] if count == 1 else (*x.shape[:-1], count)
        shapes = {"parameters": (len(ready.parameters),), "inputs": x.shape}
        self._out = _buffer(out, shape if wrt is None else shapes[wrt])
        self._slowly()  # what is wrong with the arguments is said now
        self._direct = self._directly() if single else None
        if out is None and self._direct:  # results come where they are wanted
            self._out = self._found

    def __call__(self) -> Any:
        """The value, a number or an array; or with `wrt` the value and the gradient.

        Raises:
            BranchError: The example takes another branch than the one that was traced.
        """
        epoch = get_state().epoch
        if self._direct is None or epoch.recorders or not epoch.plain:
            current()  # so that a thread which records nothing has a state, too
            return self._slowly()
        for target, array in self._copies:
            target[...] = array
        if self._read is not None:
            self._parameters[:] = self._read()
        self._direct.run()
        if self._guards:
            check_guards(self._guards, self._conditions)
        if self._out is not self._found:
            self._out[...] = self._found
        if self._wrt:
            return self._direct.results.item(0), self._out
        return self._direct.results.item(0) if self._is_number else self._out

    def _slowly(self) -> Any:
        """The same by the program's own calls, which look at everything."""
        out, ready = self._out, self._ready
        if self._wrt is None:
            theta, (_, x) = ready.theta(self._theta), ready.examples(self._inputs)
            outputs = ready.value(theta, x, tells=self._theta is None)
            out[...] = outputs[..., 0] if ready.outputs.count == 1 else outputs
            return float(out) if self._is_number else out
        value, slopes = self._program.value_and_grad(
            *self._inputs, theta=self._theta, wrt=self._wrt
        )
        out[...] = ready.examples(slopes)[1] if self._wrt == "inputs" else slopes
        return value, out

    def _directly(self) -> Direct | None:
        """A run on the machine's registers; None where more has to be looked at."""
        ready, plan, theta = self._ready, self._ready.passed.plan, self._theta
        moves = _moves(self._inputs)
        is_plain = theta is None or isinstance(theta, np.ndarray)
        if moves is None or not is_plain or ready.signature.integers or ready.is_heard:
            return None
        direct = ready.engine.direct(self._wrt or "value")
        if direct is None:
            return None
        given, results, m = direct.registers, direct.results, len(plan.outputs)
        for at, x in moves:
            given[at] = np.ravel(x)  # a float stays as it is
        arrays = [(at, x) for at, x in moves if isinstance(x, np.ndarray)]
        self._copies = [(given[at].reshape(x.shape), x) for at, x in arrays]
        self._parameters = given[plan.inputs : plan.first]
        self._read = ready.parameters.numbers if theta is None else None
        if theta is not None:
            self._copies.append((self._parameters, theta))
        elif not plan.parameters:
            self._read = None
        if self._wrt:
            given[plan.first] = 1.0
        self._guards, end = plan.guards, m + len(plan.guards)
        self._conditions = results[m:end]
        start = end + plan.parameters * (self._wrt == "inputs")
        found = results[start : start + self._out.size] if self._wrt else results[:m]
        self._found = found.reshape(self._out.shape)
        return direct


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
