"""The engine: runs any plan as a list of instructions over one array of registers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from autograd.program.looking.report import Report, report_of
from autograd.program.machine.assemble import assemble
from autograd.program.machine.runs import (
    Batch,
    Direct,
    Given,
    Single,
    Vector,
    single_of,
)
from autograd.program.passes import Passed


class MachineEngine:
    """Runs a plan on the machine; instructions are written when first needed.

    Args:
        passed: The plan.
    """

    def __init__(self, passed: Passed) -> None:
        self.passed = passed
        self._plan = passed.exact
        self.mixes = self._plan.mixes
        self._singles: dict[str, Single] = {}
        self._batches: dict[str, Batch] = {}

    is_direct = True

    def direct(self, wanted: str, given: Given | None = None) -> Direct | None:
        """A run of one example for somebody who has it again and again."""
        if self.mixes:
            return None
        first, count = self._plan.first, self._plan.parameters
        w, results, run = self.single(wanted).fixed(given)
        if wanted != "value":
            w[first : first + len(self._plan.outputs)] = 1.0
        outputs, conditions, slopes = self._parts(results)
        slopes_of = slopes[:count], slopes[count:]
        return Direct(w[:first], run, outputs, conditions, *slopes_of)

    def single(self, wanted: str) -> Single:
        """The instructions for one example, written once."""
        if wanted not in self._singles:
            self._singles[wanted] = single_of(assemble(self._plan, wanted, batch=False))
        return self._singles[wanted]

    def batch(self, wanted: str) -> Batch:
        """The instructions for many examples, written once."""
        if wanted not in self._batches:
            assembled = assemble(self._plan, wanted, batch=True)
            self._batches[wanted] = Batch(assembled, self._plan)
        return self._batches[wanted]

    def stacked(self, _signature: object, _inputs: object) -> None:
        """Arrays that are not NumPy's are not kept where they lie."""

    def value(self, theta: Vector, x: Vector) -> tuple[Vector, Vector]:
        """The outputs and the guards' conditions, for every example."""
        if x.ndim == 1:
            found = self.single("value")(*_in_order(x, theta))
        else:
            found, _ = self.batch("value")(x, theta, np.zeros((len(x), 0)))
        outputs, conditions, _ = self._parts(found)
        return outputs, conditions

    def gradient(
        self, theta: Vector, x: Vector, seed: Vector, wanted: str
    ) -> tuple[Vector, Vector, tuple[Vector, Vector]]:
        """The same, and the gradient of the outputs weighted by `seed`."""
        if x.ndim == 1:
            found = self.single(wanted)(*_in_order(x, theta, seed))
            outputs, conditions, slopes = self._parts(found)
            count = len(theta)
            return outputs, conditions, (slopes[:count], slopes[count:])
        found, in_theta = self.batch(wanted)(x, theta, seed)
        outputs, conditions, in_x = self._parts(found)
        return outputs, conditions, (in_theta, in_x)

    def _parts(self, found: Vector) -> tuple[Vector, Vector, Vector]:
        """Outputs, conditions, and what follows them."""
        m = len(self._plan.outputs)
        end = m + len(self._plan.guards)
        return found[..., :m], found[..., m:end], found[..., end:]

    @cached_property
    def statements(self) -> list[str]:
        """Its instructions for one example, one a line."""
        main = self.passed.main
        return assemble(self._plan, main, batch=False).lines(self._plan)

    @property
    def source(self) -> str:
        """What runs for one example, to be read."""
        return "\n".join(self.statements) + "\n"

    @property
    def groups(self) -> tuple[int, ...]:
        """None: an instruction computes one number."""
        return (-1,) * len(self.statements)

    @property
    def report(self) -> Report:
        """What the program is made of, and what it costs."""
        return report_of(self.passed, (), (0, 0), lines=len(self.statements))


def _in_order(*given: Vector) -> Iterator[tuple[slice, Vector]]:
    """Numbers, and the first registers, in which they stand one after the other."""
    start = 0
    for numbers in given:
        yield slice(start, start + len(numbers)), numbers
        start += len(numbers)
