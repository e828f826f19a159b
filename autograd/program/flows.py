"""Adjoint times local derivative, on arrays: fast, or with strong zeros."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from autograd.program.arrays import Array, Code


@dataclass(frozen=True, slots=True)
class Times:
    """What flows along a block's slot.

    Args:
        code: Where statements are written.
        careful: Zeros are strong: see `sweep.strong_product`.
    """

    code: Code
    careful: bool

    def __call__(self, adjoint: Array, slope: Any) -> Array | None:
        """The flow; None where nothing flows, for any example."""
        if slope.__class__ is not Array:
            slope = float(slope)
            if slope == 0.0:
                return None
        flow: Array = self.code.call("mul", adjoint, slope)
        if not self.careful or flow is adjoint:
            return flow
        for factor in (adjoint, slope):
            if isinstance(factor, Array):
                at_zero = self.code.call("equal", factor, 0.0)
                flow = self.code.call("where", at_zero, 0.0, flow)
        return flow
