"""A program of one example beside what one writes by hand for a batch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from autograd import Program
from benchmarks.works.work import Array

Numbers: TypeAlias = "list[Any]"
Rows: TypeAlias = "list[list[Any]]"


class Pair(NamedTuple):
    """A number computed from arrays, in two ways.

    Attributes:
        name: What the table calls it.
        example: From the numbers of one example, written on scalars.
        by_hand: From arrays with the batch as their first axis; one number a row.
        shapes: Those of an example's arguments.
        spread: The lowest and the highest number that they hold.
    """

    name: str
    example: Callable[..., Any]
    by_hand: Callable[..., Array]
    shapes: tuple[tuple[int, ...], ...]
    spread: tuple[float, float] = (-1.0, 1.0)

    def arguments(self, count: int) -> tuple[Array, ...]:
        """A batch to run it on."""
        rng = np.random.default_rng(5)
        return tuple(
            rng.uniform(*self.spread, (count, *shape)) for shape in self.shapes
        )

    def program(self) -> Program:
        """The example, compiled."""
        first = [argument[0].tolist() for argument in self.arguments(1)]
        return Program(self.example, *first)
