"""What comes back into a group: the gradients of several Values, not one number."""

from __future__ import annotations

import math
from collections.abc import Mapping

from autograd import Value

Changes = Mapping[Value, float]
"""How much a step adds to the gradient of each of some Values."""


def norm(changes: Changes) -> float:
    """The root of the summed squares; never a sum, in which they would cancel."""
    return math.hypot(*changes.values())


def largest(gradients: Changes) -> float:
    """The largest size among some gradients: NaN if one of them is."""
    sizes = [abs(gradient) for gradient in gradients.values()]
    return math.nan if any(map(math.isnan, sizes)) else max(sizes, default=0.0)
