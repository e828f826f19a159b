"""A program over a batch: in chunks of examples that stay in the cache.

What a chunk makes is written over by the next one, so memory does not grow with the
batch; and a chunk is long enough for the loops of arrays to be long.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from autograd.program.differentiate.statements import RETURNED
from autograd.program.lower.printer import Source

Vector: TypeAlias = NDArray[np.float64]

CACHE = 2**21
"""Bytes of a chunk's arrays: they are to lie in the second or third cache."""

LEAST = 512
"""Examples of a chunk, at least: below, calls cost more than their loops."""

Found: TypeAlias = "list[Any]"
"""What a function returns, in the order of `RETURNED`; None where there is nothing."""


class Chunked:
    """Runs a source on any number of examples.

    Args:
        source: Of a function of "theta", "x" and "seed", which have the batch as their
            last axis.
        results: For each of its results, how many numbers it has, and whether for each
            example.
        whole: Whether no example stands alone, so that all are one chunk.
    """

    def __init__(
        self, source: Source, results: list[tuple[int, bool]], *, whole: bool
    ) -> None:
        self.source = source
        self._run = source.compiled()
        self._taken = [("theta", "x", "seed").index(name) for name in source.given]
        places = [RETURNED.index(name) for name in source.outputs]
        self._results = [
            (place, *result) for place, result in zip(places, results, strict=True)
        ]
        each = max(1, source.bytes_per_example)
        # What is the same for all examples is computed once a chunk.
        fits = max(LEAST, CACHE // each, source.fixed_bytes // each)
        self.most = None if whole else fits

    def __call__(self, theta: Vector, x: Vector, seed: Vector | None) -> Found:
        """Outputs and conditions, a row an example or one for all; and gradients.

        Args:
            theta: The parameters' numbers.
            x: A row for each example.
            seed: The same, if it is taken.
        """
        size = len(x)
        most = self.most or size
        if size <= most:
            return self._part(theta, x, seed)
        total: Found = [None] * len(RETURNED)
        for start in range(0, size, most):
            some = slice(start, start + most)
            part = self._part(theta, x[some], None if seed is None else seed[some])
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

    def _part(self, theta: Vector, x: Vector, seed: Vector | None) -> Found:
        """What is found for one chunk."""
        turned = None if seed is None else np.ascontiguousarray(seed.T)
        given = theta, np.ascontiguousarray(x.T), turned
        results = self._run(*[given[i] for i in self._taken])
        found: Found = [None] * len(RETURNED)
        for (place, count, batched), result in zip(self._results, results, strict=True):
            if batched or place < 2:
                found[place] = result.reshape(count, len(x) if batched else 1).T
            else:
                found[place] = result.reshape(count)
        return found
