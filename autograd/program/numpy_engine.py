"""The NumPy engine: one function for batches, one for single examples."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from autograd.program.emit.numpy_source import Source, write
from autograd.program.emit.runner import Runner
from autograd.program.loop_engine import LoopEngine
from autograd.program.loops.choice import is_scalar
from autograd.program.passes import Passed
from autograd.program.report import Report, report_of
from autograd.program.statements import RETURNED, statements_of

Vector: TypeAlias = NDArray[np.float64]

LONG = 1000
"""A chain of more nodes than this is run in loops only."""

Found: TypeAlias = "list[Any]"
"""What a function returns, in the order of `RETURNED`; None where there is nothing."""


class _Function:
    """One compiled function of (theta, x, seed)."""

    def __init__(
        self, passed: Passed, wanted: str, *, batch: bool, careful: bool
    ) -> None:
        self.code, kept = statements_of(
            passed, wanted, careful=careful, stops=not careful, batch=batch
        )
        what = "Value" if wanted == "value" else "Value and gradient"
        title = f"{what} of {passed.title}"
        self.source: Source = write(
            self.code, kept, batch=batch, floats=not careful, title=title
        )
        self._places = [RETURNED.index(name) for name in kept]
        self._sizes = [array.size for array in kept.values()]
        self._taken = [("theta", "x", "seed").index(name) for name in self.source.given]
        self._batch = batch
        self._run_of = Runner(self.source).run_of

    def __call__(self, given: tuple[Vector, Vector, Vector | None], size: int) -> Found:
        """Run it for one example, or a batch of this size."""
        results = self._run_of(size)(*[given[i] for i in self._taken])
        found: Found = [None] * len(RETURNED)
        named = zip(self._places, self._sizes, results, strict=True)
        for place, count, result in named:
            if place < 2 and self._batch:  # an axis for the examples, and for outputs
                found[place] = np.asarray(result).reshape(-1 if count else size, count)
            else:
                found[place] = result
        return found


class NumpyEngine:
    """Runs a plan with NumPy; functions are written when they are first needed.

    The fast function stops at an invalid operation (inf - inf, 0 * inf), and plain
    floats at a division by 0. Then, and where a gradient is not finite, the careful
    one has the answer: it never stops, and its zero adjoints are strong.
    """

    def __init__(self, passed: Passed) -> None:
        self.passed = passed
        self._functions: dict[tuple[str, bool, bool], _Function] = {}

    @cached_property
    def loops(self) -> LoopEngine | None:
        """What runs single examples of a program that is a chain of scalars."""
        plan = self.passed.simplified
        return LoopEngine(self.passed) if is_scalar(plan) and not plan.mixes else None

    @property
    def in_loops(self) -> bool:
        """Whether even a batch is run one by one: as arrays it would be too long."""
        return len(self.passed.plan.nodes) > LONG and self.loops is not None

    def function(self, wanted: str, *, batch: bool, careful: bool = False) -> _Function:
        """The function for this purpose, written once."""
        key = (wanted, batch, careful)
        found = self._functions.get(key)
        if found is None:
            found = _Function(self.passed, wanted, batch=batch, careful=careful)
            self._functions[key] = found
        return found

    def stacked(self, _signature: object, _inputs: object) -> None:
        """Arrays that are not NumPy's are not kept where they lie."""

    def direct(self, _wanted: object) -> None:
        """Arrays have no registers."""

    def value(self, theta: Vector, x: Vector) -> tuple[Any, Any]:
        """The outputs and the guards' conditions, for every example."""
        if (x.ndim == 1 or self.in_loops) and self.loops:
            try:
                return self.loops.value(theta, x)
            except ArithmeticError:  # of plain floats: arrays have IEEE 754's answer
                pass
        outputs, conditions, _, _ = self._answer("value", (theta, x, None))
        return _flat(outputs), _flat(conditions)

    def gradient(
        self, theta: Vector, x: Vector, seed: Vector, wanted: str
    ) -> tuple[Any, Any, tuple[Any, Any]]:
        """The same, and the gradient of the outputs weighted by `seed`."""
        if (x.ndim == 1 or self.in_loops) and self.loops:
            try:
                return self.loops.gradient(theta, x, seed, wanted)
            except ArithmeticError:
                pass
        found = self._answer(wanted, (theta, x, seed))
        outputs, conditions, in_theta, in_x = found
        if in_theta is None:
            in_theta = np.zeros(self.passed.plan.parameters)
        in_x = np.zeros(x.shape) if in_x is None else np.reshape(in_x, x.shape)
        return _flat(outputs), _flat(conditions), (in_theta, in_x)

    def _answer(
        self, wanted: str, given: tuple[Vector, Vector, Vector | None]
    ) -> Found:
        """Run the fast function, or the careful one where that has to stop."""
        x = given[1]
        batch = x.ndim == 2
        size = len(x) if batch else 1
        try:
            with np.errstate(all="ignore", invalid="raise"):
                found = self.function(wanted, batch=batch)(given, size)
                if self._is_trusted(found, given):
                    return found
        except ArithmeticError:
            pass
        with np.errstate(all="ignore"):
            return self.function(wanted, batch=batch, careful=True)(given, size)

    def _is_trusted(
        self, found: Found, given: tuple[Vector, Vector, Vector | None]
    ) -> bool:
        """Whether the careful function would say the same as the fast one.

        Plain floats do not stop at 0 times infinity, nor arrays at 0 times NaN, which
        is NaN for those who never asked where products were filled with zeros; and the
        fast step of a NaN is 0.
        """
        outputs, _, in_theta, in_x = found
        if not (_is_finite(in_theta) and _is_finite(in_x)):
            return False
        theta, x, _ = given
        read = (theta, x, outputs) if self.passed.blocks.filled else (outputs,)
        return not any(map(_has_nan, read))

    @property
    def _shown(self) -> _Function:
        """The function that is shown: the gradient's, for a batch."""
        return self.function(self.passed.main, batch=True)

    @property
    def source(self) -> str:
        """What runs for a batch, to be read."""
        if self.in_loops and self.loops:
            return self.loops.source
        return self._shown.source.text

    @property
    def groups(self) -> tuple[int, ...]:
        """For each line of the source the group that it computes; -1 for none."""
        if self.in_loops and self.loops:
            return self.loops.groups
        return self._shown.source.groups

    @property
    def statements(self) -> list[str]:
        """Its statements, one a line."""
        if self.in_loops and self.loops:
            return self.loops.statements
        return self._shown.source.lines

    @property
    def report(self) -> Report:
        """What the program is made of, and what it costs."""
        if self.in_loops and self.loops:
            return self.loops.report
        source = self._shown.source
        buffers = (source.bytes_per_example, source.fixed_bytes)
        return report_of(self.passed, self._shown.code.statements, buffers)


def _is_finite(slopes: Vector | None) -> bool:
    """Whether all numbers are finite (and their squares add up to a finite one)."""
    if slopes is None:
        return True
    flat = slopes.ravel()
    return math.isfinite(np.dot(flat, flat))


def _has_nan(numbers: Any) -> bool:
    """Whether there is a NaN among them: squares add up to no other one."""
    if numbers is None:
        return False
    flat = np.ravel(numbers)
    return math.isnan(np.dot(flat, flat))


def _flat(numbers: Any) -> Any:
    """Outputs of one example in one axis; those of a batch have two."""
    if numbers is None:
        return np.zeros(0)
    return numbers if np.ndim(numbers) else np.reshape(numbers, 1)
