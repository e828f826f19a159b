"""Audience: who hears numbers of a function after every run of its program.

What they hear are outputs of the plan, behind those that the function returns.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd.program.plan import Plan, uniform_of
from autograd.program.trace.tape import Told


class Audience:
    """The listeners of a program.

    Args:
        plan: The plan, as traced.
        told: What was to be told while it was.
    """

    def __init__(self, plan: Plan, told: Sequence[Told]) -> None:
        self._counts = [len(each.values) for each in told]
        self._listeners = [each.listener for each in told]
        self._first = len(plan.outputs) - sum(self._counts)
        uniform = uniform_of(plan) if told else []
        ends = plan.outputs[self._first :]
        same = [x.__class__ is float or uniform[x] for x in ends]  # type: ignore[index]
        self._same = [all(part) for part in self._parted(same)]

    @property
    def is_there(self) -> bool:
        """Whether anybody listens."""
        return bool(self._listeners)

    def _parted(self, row: Any) -> list[Any]:
        """What each listener is told of what all are told."""
        ends = np.cumsum(self._counts, dtype=int).tolist()
        pairs = zip(self._counts, ends, strict=True)
        return [row[end - n : end] for n, end in pairs]

    def seed(self, seed: Any) -> Any:
        """Weights for all outputs of the plan: 0 for those that are only told."""
        if not self._listeners:
            return seed
        zeros = np.zeros((*np.shape(seed)[:-1], sum(self._counts)))
        return np.concatenate([seed, zeros], axis=-1)

    def outputs(self, outputs: Any, x: Any, *, tells: bool) -> Any:
        """The function's own outputs; whoever listens is told the others.

        Args:
            outputs: Those of the plan: of one example, or a row for each.
            x: The inputs of the run.
            tells: Whether anybody is told.
        """
        if not self._listeners:
            return outputs
        if tells and np.size(outputs):
            rows = np.reshape(outputs, (-1, np.shape(outputs)[-1]))[:, self._first :]
            self._tell(rows, len(x) if x.ndim == 2 else 1)
        return outputs[..., : self._first]

    def _tell(self, rows: Any, examples: int) -> None:
        parts = self._parted(rows.T)
        for listener, same, part in zip(
            self._listeners, self._same, parts, strict=True
        ):
            if same:
                listener(part[:, 0].tolist(), examples)
            else:
                for numbers in part.T.tolist():
                    listener(numbers, 1)
