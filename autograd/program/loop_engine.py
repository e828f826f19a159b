"""The engine of long chains: loops of plain floats, in Python or compiled by numba."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from autograd.program.guards import branch_error
from autograd.program.loops.functions import Functions, Numbers, python_functions
from autograd.program.loops.natives import BranchTaken
from autograd.program.passes import Passed
from autograd.program.report import Report, report_of

Vector: TypeAlias = NDArray[np.float64]
Maker: TypeAlias = Callable[..., Functions]

NO_CONDITIONS = np.zeros(0)
"""The loops check guards themselves."""


class LoopEngine:
    """Runs a plan example by example, as loops of plain numbers.

    Args:
        passed: The plan.
        make: What compiles a plan: `python_functions` or `numba_functions`.
    """

    def __init__(self, passed: Passed, make: Maker = python_functions) -> None:
        self.passed = passed
        self._make = make
        self._functions: dict[tuple[str, bool], Functions] = {}

    def functions(self, wanted: str, *, careful: bool = False) -> Functions:
        """The functions for this purpose, made once."""
        key = (wanted, careful)
        if key not in self._functions:
            passed = self.passed
            plan = passed.carefully_simplified if careful else passed.simplified
            self._functions[key] = self._make(plan, wrt=wanted, careful=careful)
        return self._functions[key]

    def _told(self, example: int | None, run: Callable[..., Any], *given: Any) -> Any:
        """What a run gives; a branch not taken is told with its example and line.

        Raises:
            BranchError: A guard does not hold.
        """
        try:
            return run(*given)
        except BranchTaken as taken:
            number = taken.args[0]
        raise branch_error(self.passed.simplified.guards, number, example)

    def stacked(self, _signature: object, _inputs: object) -> None:
        """Arrays that are not NumPy's are not kept where they lie."""

    def value(self, theta: Vector, x: Vector) -> tuple[Any, Any]:
        """The outputs, for every example."""
        if x.ndim == 1:
            return self._told(None, self._value, theta, x), NO_CONDITIONS
        rows = [self._told(i, self._value, theta, row) for i, row in enumerate(x)]
        count = len(self.passed.plan.outputs)
        return np.array(rows).reshape(len(x), count), NO_CONDITIONS

    def gradient(
        self, theta: Vector, x: Vector, seed: Vector, wanted: str
    ) -> tuple[Any, Any, tuple[Any, Any]]:
        """The same, and the gradient of the outputs weighted by `seed`."""
        if x.ndim == 1:
            outputs, in_theta, in_x = self._told(
                None, self._one, theta, x, seed, wanted
            )
            return outputs, NO_CONDITIONS, (in_theta, in_x)
        plan = self.passed.plan
        outputs = np.zeros((len(x), len(plan.outputs)))
        in_theta, in_x = np.zeros(plan.parameters), np.zeros(x.shape)
        for i, (row, weights) in enumerate(zip(x, seed, strict=True)):
            found = self._told(i, self._one, theta, row, weights, wanted)
            outputs[i], slopes, in_x[i] = found
            in_theta += slopes
        return outputs, NO_CONDITIONS, (in_theta, in_x)

    def _value(self, theta: Vector, x: Vector) -> Vector:
        """The outputs of one example, by the careful function if the fast one's is NaN.

        Raises:
            ArithmeticError: Python has no answer where IEEE 754 has.
        """
        outputs = self.functions("both").value(theta, x)
        if any(map(math.isnan, outputs)):
            outputs = self.functions("both", careful=True).value(theta, x)
        return np.array(outputs)

    def _one(
        self, theta: Vector, x: Vector, seed: Vector, wanted: str
    ) -> tuple[Vector, Vector, Vector]:
        """One example, by the careful functions if the fast ones' answer is not finite.

        Raises:
            ArithmeticError: Python has no answer where IEEE 754 has.
        """
        found = self.functions(wanted).gradient(theta, x, seed)
        outputs, in_theta, in_x = found
        is_finite = _are_finite(in_theta) and _are_finite(in_x)
        if not is_finite or any(map(math.isnan, outputs)):
            found = self.functions(wanted, careful=True).gradient(theta, x, seed)
        outputs, in_theta, in_x = map(np.array, found)
        return outputs, in_theta, in_x

    @property
    def main(self) -> str:
        """What is differentiated by, if nobody says so."""
        return "inputs" if self.passed.main == "value" else self.passed.main

    @property
    def source(self) -> str:
        """What runs for one example, to be read."""
        return self.functions(self.main).source

    @property
    def groups(self) -> tuple[int, ...]:
        """None: a loop's lines compute many groups in turn."""
        return (-1,) * len(self.source.splitlines())

    @property
    def statements(self) -> list[str]:
        """Its statements, one a line."""
        lines = self.source.splitlines()
        return [line.strip() for line in lines if line.startswith(" ")]

    @property
    def report(self) -> Report:
        """What the program is made of, and what it costs."""
        return report_of(self.passed, (), (0, 0), lines=len(self.statements))


def _are_finite(numbers: Numbers) -> bool:
    """Whether all are: NumPy's answer takes longer on a few floats in a list."""
    if isinstance(numbers, np.ndarray):
        return bool(np.isfinite(numbers).all())
    return all(map(math.isfinite, numbers))
