"""Jacobians: one sweep for all outputs, or for all that they depend on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from autograd.program.backends.engines import Backend, maker_of
from autograd.program.differentiate.sweeps import pullback_of, pushforward_of
from autograd.program.passes import Passed
from autograd.program.running.ready import Ready

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]

FEW = 8
"""Of so many outputs the Jacobian is as many gradients.

The program of a sweep takes as long to write as that of the function.
"""

EARLY, MANY = 2, 1000
"""So many Jacobians, of so many outputs at most, are gradients all the same.

Of 256 outputs and 16 inputs these take 14 ms, the sweep 0.2 ms, and to write it 800; of
1,000 outputs a third of that.
"""


class JacobianSweep:
    """A batch of unit adjoints, or of unit tangents where there are fewer of these.

    Args:
        ready: The traced function.
        backend: What runs it.
        wrt: "parameters" or "inputs".
    """

    def __init__(self, ready: Ready, backend: Backend, wrt: str) -> None:
        outputs = ready.outputs.count
        columns = ready.width(wrt)
        self._is_forward = columns < outputs
        self._shape = outputs, columns
        self._units = np.eye(min(outputs, columns))
        whole = ready.passed.traced
        plan = replace(whole, outputs=whole.outputs[:outputs])  # others are only told
        make = pushforward_of if self._is_forward else pullback_of
        swept = make(plan, ready.signature.numbers, wrt)
        title = f"the Jacobian of {ready.passed.title}"
        self._engine = maker_of(backend)(Passed(swept, title))

    def __call__(self, theta: Vector, x: Vector) -> Vector:
        """The derivatives at these numbers: a row for each output."""
        found, _ = self._engine.value(np.concatenate([x, theta]), self._units)
        shape = self._shape[::-1] if self._is_forward else self._shape
        matrix = np.broadcast_to(found, shape)
        return np.array(matrix.T if self._is_forward else matrix)
