"""Direct: one example on registers of its own, for calls without any packing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[np.float64]
Given: TypeAlias = "Sequence[tuple[int, Vector]]"
"""What is copied to the registers before a run, and where to."""


class Direct(NamedTuple):
    """A run of one example on registers that nothing else uses.

    A gradient is that of the sum of the outputs.

    Attributes:
        given: Where the numbers of inputs and parameters are to be put.
        run: Goes from there to the results, and gives the first output.
        outputs: Where the outputs come.
        conditions: Where those of the guards come.
        in_theta: Where the derivatives in the parameters come; 0 if not wanted.
        in_x: Where those in the inputs come; 0 if not wanted.
    """

    given: Vector
    run: Callable[[], float]
    outputs: Vector
    conditions: Vector
    in_theta: Vector
    in_x: Vector
