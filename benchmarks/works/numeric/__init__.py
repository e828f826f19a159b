"""Sixteen programs of numerical work, on scalars and by hand on arrays."""

from __future__ import annotations

from benchmarks.works.numeric import algebra, models, sequences, simulations
from benchmarks.works.numeric.pair import Pair


def pairs() -> list[Pair]:
    """All sixteen."""
    rooms = (simulations, models, sequences, algebra)
    return [pair for room in rooms for pair in room.pairs()]
