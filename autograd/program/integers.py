"""Integer inputs as indices: what may be looked up with them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.program.plan import Apply, Plan


class Indices:
    """The integer inputs that choose entries of lists, and how long those are.

    Args:
        plan: The plan; a row of the table has its index as the first operand.
    """

    def __init__(self, plan: Plan) -> None:
        counts: dict[int, int] = {}
        for node in plan.nodes:
            if not (isinstance(node, Apply) and node.op.constants == ("index",)):
                continue
            index, *entries = node.operands
            if isinstance(index, int) and index < plan.inputs:
                counts[index] = min(counts.get(index, len(entries)), len(entries))
        self._places = np.array(sorted(counts), int)
        self._counts = np.array([counts[place] for place in sorted(counts)], float)
        self._least = min(counts.values(), default=0)
        self._columns: Any = self._places
        if counts and np.ptp(self._places) == len(counts) - 1:  # side by side
            self._columns = slice(self._places[0], self._places[-1] + 1)

    def check(self, x: NDArray[np.float64]) -> None:
        """Raise an IndexError if an index is out of range.

        Args:
            x: The inputs of one example, or a row for each.
        """
        if not len(self._places):
            return
        chosen: Any = x[..., self._columns]
        if chosen.size == 0 or (
            np.minimum.reduce(chosen, axis=None) >= 0.0
            and np.maximum.reduce(chosen, axis=None) < self._least
        ):
            return
        wrong = (chosen < 0.0) | (chosen >= self._counts)
        if wrong.any():
            *example, k = np.argwhere(wrong)[0].tolist()
            index, count = int(chosen[(*example, k)]), int(self._counts[k])
            where = f" in example {example[0]} of the batch" if example else ""
            raise IndexError(
                f"index {index}{where} is out of range: it chooses among {count}, so "
                f"it is from 0 to {count - 1}"
            )
