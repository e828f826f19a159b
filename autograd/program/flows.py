"""Adjoint times local derivative, on arrays: fast, or with strong zeros."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from autograd.ops import Op
from autograd.program.arrays import Array, Code


@dataclass(frozen=True, slots=True)
class Times:
    """What flows along a block's slot.

    Args:
        code: Where statements are written.
        careful: An adjoint of exactly 0 passes nothing on, and an operand that was not
            selected receives nothing: see `sweep.strong_product`.
    """

    code: Code
    careful: bool

    def __call__(self, adjoint: Array, slope: Any, op: Op | None) -> Array | None:
        """The flow; None where nothing flows, for any example."""
        if isinstance(slope, float | int):
            if slope == 0.0 and (op is None or op.selects or not self.careful):
                return None
            slope = float(slope)
        flow: Array = self.code.call("mul", adjoint, slope)
        if not self.careful or flow is adjoint:
            return flow
        chosen = self._chosen(adjoint, flow)
        if op is not None and op.selects and isinstance(slope, Array):
            return self._chosen(slope, chosen)
        return chosen

    def _chosen(self, strong: Array, flow: Array) -> Array:
        """The flow where `strong` is not 0."""
        at_zero = self.code.call("equal", strong, 0.0)
        chosen: Array = self.code.call("where", at_zero, 0.0, flow)
        return chosen
