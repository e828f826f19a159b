"""The NumPy engine: one function for batches; one example is a batch of one."""

from __future__ import annotations

from functools import cached_property
from math import isfinite, isnan
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from autograd.program.backends.choice import SCALAR, size_of
from autograd.program.differentiate.statements import statements_of
from autograd.program.looking.report import Report, report_of
from autograd.program.lower.chunks import Chunked, Found
from autograd.program.lower.printer import write
from autograd.program.machine.engine import MachineEngine
from autograd.program.machine.runs import Direct, Given
from autograd.program.passes import Passed

Vector: TypeAlias = NDArray[np.float64]

LONG = 1000
"""Of so many nodes that have hardly anything to put into arrays, nothing is written.

It would be thousands of statements, which take seconds to compile: the machine runs it.
"""


class _NumpyFunction(Chunked):
    """One compiled function of (theta, x, seed)."""

    def __init__(self, passed: Passed, wanted: str) -> None:
        self.code, kept = statements_of(passed, wanted, stops=True)
        what = "Value" if wanted == "value" else "Value and gradient"
        source = write(self.code, kept, title=f"{what} of {passed.title}")
        results = [(array.size, array.batched) for array in kept.values()]
        super().__init__(source, results, whole=passed.plan.mixes)


class NumpyEngine:
    """Runs a plan with NumPy; functions are written when they are first needed.

    They stop at an invalid operation (inf - inf, 0 * inf). Then, and where a gradient
    is not finite, the machine has the answer: it never stops, and its zero adjoints are
    strong.
    """

    def __init__(self, passed: Passed) -> None:
        self.passed = passed
        self._functions: dict[str, _NumpyFunction] = {}

    @cached_property
    def machine(self) -> MachineEngine:
        """What has the answer where arrays can't be trusted, or are too many."""
        return MachineEngine(self.passed)

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

    def function(self, wanted: str) -> _NumpyFunction:
        """The function for this purpose, written once."""
        found = self._functions.get(wanted)
        if found is None:
            found = self._functions[wanted] = _NumpyFunction(self.passed, wanted)
        return found

    def stacked(self, _signature: object, _inputs: object) -> None:
        """Arrays that are not NumPy's are not kept where they lie."""

    @property
    def is_direct(self) -> bool:
        """Arrays have no registers, but the machine has."""
        return self.is_long

    def direct(self, wanted: str, given: Given | None = None) -> Direct | None:
        """A run of one example on the machine, if that is what runs it."""
        return self.machine.direct(wanted, given) if self.is_long else None

    def value(self, theta: Vector, x: Vector) -> tuple[Any, Any]:
        """The outputs and the guards' conditions, for every example."""
        try:
            if self.by_machine(x):
                return self.machine.value(theta, x)
            outputs, conditions, _, _ = self._answer("value", (theta, x, None))
        except ArithmeticError:
            return self.machine.value(theta, x)
        return _rows(outputs, x), _rows(conditions, x)

    def gradient(
        self, theta: Vector, x: Vector, seed: Vector, wanted: str
    ) -> tuple[Any, Any, tuple[Any, Any]]:
        """The same, and the gradient of the outputs weighted by `seed`."""
        try:
            if self.by_machine(x):
                return self.machine.gradient(theta, x, seed, wanted)
            found = self._answer(wanted, (theta, x, seed))
        except ArithmeticError:
            return self.machine.gradient(theta, x, seed, wanted)
        outputs, conditions, in_theta, in_x = found
        if in_theta is None:
            in_theta = np.zeros(self.passed.plan.parameters)
        if wanted != "parameters":
            in_x = np.zeros(x.shape) if in_x is None else np.reshape(in_x, x.shape)
        return _rows(outputs, x), _rows(conditions, x), (in_theta, in_x)

    @np.errstate(all="ignore", invalid="raise")
    def _answer(
        self, wanted: str, given: tuple[Vector, Vector, Vector | None]
    ) -> Found:
        """What the function finds.

        Raises:
            ArithmeticError: It can't be trusted.
        """
        theta, x, seed = given
        if x.ndim == 1:  # a batch of one
            x, seed = x[None], None if seed is None else seed[None]
        found = self.function(wanted)(theta, x, seed)
        if not self._is_trusted(found, given):
            raise FloatingPointError("the machine might say something else")
        return found

    def _is_trusted(
        self, found: Found, given: tuple[Vector, Vector, Vector | None]
    ) -> bool:
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

    @property
    def _shown(self) -> _NumpyFunction:
        """The function that is shown: the gradient's, for a batch."""
        return self.function(self.passed.main)

    @property
    def source(self) -> str:
        """What runs for a batch, to be read."""
        return self.machine.source if self.is_long else self._shown.source.text

    @property
    def groups(self) -> tuple[int, ...]:
        """For each line of the source the group that it computes; -1 for none."""
        return self.machine.groups if self.is_long else self._shown.source.groups

    @property
    def statements(self) -> list[str]:
        """Its statements, one a line."""
        return self.machine.statements if self.is_long else self._shown.source.lines

    @property
    def report(self) -> Report:
        """What the program is made of, and what it costs."""
        if self.is_long:
            return self.machine.report
        source = self._shown.source
        buffers = (source.bytes_per_example, source.fixed_bytes)
        return report_of(self.passed, self._shown.code.statements, buffers)


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
