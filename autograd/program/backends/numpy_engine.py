"""The NumPy engine: one function for batches; one example is a batch of one.

A batch is run in chunks of examples that stay in the cache. What a chunk makes is
written over by the next one, so memory does not grow with the batch; and a chunk is
long enough for the loops of arrays to be long.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, cached_property, partial
from math import isfinite, isnan
from typing import Any, TypeAlias

import numpy as np

from autograd.program.backends.choice import SCALAR, size_of
from autograd.program.differentiate.differentiation import RETURNED, statements_of
from autograd.program.lower.printer import Source, write
from autograd.program.machine.engine import MachineEngine, Slopes
from autograd.program.passes import Passed
from autograd.program.plan import Vector
from autograd.program.statements.table import Array

LONG = 1000
"""Of so many nodes that have hardly anything to put into arrays, nothing is written.

It would be thousands of statements, which take seconds to compile: the machine runs it.
"""

CACHE = 2**21
"""Bytes of a chunk's arrays: they are to lie in the second or third cache."""

LEAST = 512
"""Examples of a chunk, at least: below, calls cost more than their loops."""

Found: TypeAlias = "list[Any]"
"""What a function returns, in the order of `RETURNED`; None where there is nothing."""


class ArrayFunction:
    """A function of (theta, x, seed), on any number of examples.

    Args:
        passed: The plan. Where that takes means over the batch, no example stands
            alone, and all are one chunk.
        wanted: What it is differentiated by; "value" for not at all.
    """

    def __init__(self, passed: Passed, wanted: str) -> None:
        self.code, kept = statements_of(passed, wanted, stops=True)
        what = "Value" if wanted == "value" else "Value and gradient"
        self.source = source = write(self.code, kept, title=f"{what} of {passed.title}")
        self._run = source.compiled()
        self._taken = [("theta", "x", "seed").index(name) for name in source.given]
        # Of each result how many numbers it has, and whether for each example.
        self._results = [
            (RETURNED.index(name), x.size, x.batched) for name, x in kept.items()
        ]
        each = max(1, source.bytes_per_example)
        # What is the same for all examples is computed once a chunk.
        fits = max(LEAST, CACHE // each, source.fixed_bytes // each)
        self._most = None if passed.plan.mixes else fits

    def __call__(self, theta: Vector, x: Vector, seed: Vector) -> Found:
        """Outputs and conditions, a row an example or one for all; and gradients.

        Args:
            theta: The parameters' numbers.
            x: A row for each example.
            seed: The same; of no numbers where it is not taken.
        """
        size = len(x)
        most = self._most or size
        if size <= most:
            return self._part(theta, x, seed)
        total: Found = [None] * len(RETURNED)
        for start in range(0, size, most):
            some = slice(start, start + most)
            part = self._part(theta, x[some], seed[some])
            for place, _, batched in self._results:
                if start == 0 and batched:
                    total[place] = np.empty((size, part[place].shape[1]))
                if batched:
                    total[place][some] = part[place]
                elif start == 0 or place < 2:  # the same for all examples
                    total[place] = part[place]
                else:
                    total[place] += part[place]
        return total

    def _part(self, theta: Vector, x: Vector, seed: Vector) -> Found:
        """What is found for one chunk."""
        given = theta, x.T, seed.T
        results = self._run(*[np.ascontiguousarray(given[i]) for i in self._taken])
        found: Found = [None] * len(RETURNED)
        for (place, count, batched), result in zip(self._results, results, strict=True):
            if batched or place < 2:
                found[place] = result.reshape(count, len(x) if batched else 1).T
            else:
                found[place] = result.reshape(count)
        return found


class NumpyEngine(MachineEngine):
    """Runs a plan with NumPy; functions are written when they are first needed.

    They stop at an invalid operation (inf - inf, 0 * inf). Then, and where a gradient
    is not finite, the machine has the answer: it never stops, and its zero adjoints are
    strong.
    """

    def __init__(self, passed: Passed) -> None:
        super().__init__(passed)
        self.function = cache(partial(ArrayFunction, passed))

    @cached_property
    def width(self) -> float:
        """How many operations an array statement has, about."""
        return size_of(self.passed.simplified).width

    @cached_property
    def is_long(self) -> bool:
        """Whether it is too long for arrays, even with a batch."""
        return len(self.passed.simplified.nodes) > LONG and self.width <= SCALAR

    def by_machine(self, _x: Vector) -> bool:
        """Whether the machine runs one example, or a batch of them."""
        return self.is_long

    def is_direct(self, _often: bool = False, /) -> bool:
        """Arrays have no registers, but the machine has."""
        return self.is_long

    def gradient(
        self, theta: Vector, x: Vector, seed: Vector, wanted: str
    ) -> tuple[Any, Any, Slopes]:
        """Outputs, conditions, and the gradient of the outputs weighted by `seed`."""
        try:
            if self.by_machine(x):
                return super().gradient(theta, x, seed, wanted)
            found = self._answer(wanted, (theta, x, seed))
        except ArithmeticError:
            return super().gradient(theta, x, seed, wanted)
        outputs, conditions, in_theta, in_x = found
        if in_theta is None and wanted != "value":
            in_theta = np.zeros(self.passed.plan.parameters)
        if wanted in ("inputs", "both"):
            in_x = np.zeros(x.shape) if in_x is None else np.reshape(in_x, x.shape)
        return _rows(outputs, x), _rows(conditions, x), (in_theta, in_x)

    @np.errstate(all="ignore", invalid="raise")
    def _answer(self, wanted: str, given: tuple[Vector, Vector, Vector]) -> Found:
        """What the function finds.

        Raises:
            ArithmeticError: It can't be trusted.
        """
        theta, x, seed = given
        if x.ndim == 1:  # a batch of one
            x, seed = x[None], seed[None]
        found = self.function(wanted)(theta, x, seed)
        if not self._is_trusted(found, given):
            raise FloatingPointError("the machine might say something else")
        return found

    def _is_trusted(self, found: Found, given: tuple[Vector, Vector, Vector]) -> bool:
        """Whether the machine would say the same.

        Arrays do not stop at 0 times NaN, which is NaN for those who never asked where
        products were filled with zeros; and the fast step of a NaN is 0.
        """
        outputs, _, in_theta, in_x = found
        if not isfinite(_squares(in_theta) + _squares(in_x)):
            return False
        total = _squares(outputs)
        if self.passed.blocks.filled:
            theta, x, _ = given
            total += _squares(theta) + _squares(x)
        return not isnan(total)

    @cached_property
    def shown(self) -> tuple[Source, Sequence[Array]]:
        """The gradient's function, for a batch; what is too long is the machine's."""
        if self.is_long:
            return super().shown
        function = self.function(self.passed.main)
        return function.source, function.code.statements


def _squares(numbers: Vector | None) -> float:
    """The sum of the squares: NaN if one number is, and infinite only for large ones.

    By a method, which is quicker than `np.vdot`.
    """
    if numbers is None:
        return 0.0
    flat = numbers.ravel("K")
    return flat.dot(flat)  # type: ignore[no-any-return]


def _rows(numbers: Any, x: Vector) -> Any:
    """A row for each example, or one for all; of one example the row."""
    if numbers is None:
        return np.zeros(0)
    return numbers[0] if x.ndim == 1 else numbers
