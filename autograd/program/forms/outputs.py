"""Outputs: from a program's flat numbers to what its function returns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.program.forms.form import form_of
from autograd.program.forms.packing import as_floats
from autograd.structure import as_array, flatten, rebuild
from autograd.value import Value


class Outputs:
    """The form of what a function returned.

    >>> outputs = Outputs({"loss": 0.5, "scores": [1.0, 2.0]})
    >>> outputs.single([3.0, 4.0, 5.0])
    {'loss': 3.0, 'scores': [4.0, 5.0]}
    >>> outputs.batch(np.zeros((8, 3)))["scores"].shape
    (8, 2)

    Attributes:
        count: How many numbers it has.
        is_number: Whether it is a single one, and nothing around it.
    """

    def __init__(self, result: Any) -> None:
        self.count = len(flatten(result, "what the function returns"))
        self._result = rebuild(result, [0.0] * self.count)
        self._form = form_of(result)
        self.is_number = self._form.kind is float

    def single(self, flat: Sequence[float] | NDArray[Any]) -> Any:
        """One example's numbers in the form of the result: a number is a float."""
        return rebuild(self._result, as_floats(flat))

    def filled(
        self, numbers: Sequence[Any], stack: Callable[[list[Any]], Any] = as_array
    ) -> Any:
        """Numbers of another kind, in order, in the form of the result."""
        return rebuild(self._result, numbers, stack)

    def stacked(self, results: Sequence[Any]) -> Any:
        """What was returned for some examples, as for a batch; Values stay Values."""
        numbers = [*map(flatten, results)]
        has_values = any(isinstance(x, Value) for row in numbers for x in row)
        rows = np.empty((len(numbers), self.count), object if has_values else float)
        for row, found in zip(rows, numbers, strict=True):
            row[:] = found
        return self.batch(rows)

    def batch(self, rows: NDArray[Any]) -> Any:
        """Rows, of shape (B, count), in the form of the result, as for a batch."""
        return self._form.unstacked(rows)
