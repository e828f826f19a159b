"""Direct: one example on registers of its own, for calls without any packing."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[np.float64]


class Direct(NamedTuple):
    """A run of one example on registers that nothing else uses.

    Attributes:
        registers: Inputs, parameters and seeds come first.
        results: Where outputs, conditions and derivatives come.
        run: Goes from the one to the other.
    """

    registers: Vector
    results: Vector
    run: Callable[[], None]
