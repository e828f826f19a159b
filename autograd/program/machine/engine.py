"""The engine: runs any plan as a list of instructions over one array of registers."""

from __future__ import annotations

import importlib.util
from functools import cached_property, partial
from types import ModuleType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from autograd.program.direct import Direct
from autograd.program.loop_engine import LoopEngine
from autograd.program.loops.numba_functions import numba_functions
from autograd.program.loops.rolling import roll
from autograd.program.machine import interpreter, plain
from autograd.program.machine.assemble import Assembled, assemble
from autograd.program.machine.listing import Phase
from autograd.program.machine.registers import Code, Integers, code_of, joined
from autograd.program.machine.text import instructions
from autograd.program.passes import Passed
from autograd.program.report import Report, report_of

Vector: TypeAlias = NDArray[np.float64]

CACHE = 2**18
"""Bytes for the registers of all lanes: about what a processor's cache holds."""

MOST_LANES = 256
"""More examples at a time make no loop quicker."""

ROLLED = 1000
"""So many nodes for each one that is written down pay for code of their own."""


def runner() -> ModuleType:
    """What runs instructions: machine code, or plain Python without numba."""
    return interpreter if importlib.util.find_spec("numba") else plain


class Single:
    """Instructions for one example."""

    def __init__(self, assembled: Assembled) -> None:
        listing, results = assembled.listing, assembled.results
        places, given = joined(listing, results), range(assembled.givens)
        code = code_of(listing, places, Phase.EACH, results, given)
        self._code, self._start = (code.steps, code.lists), code.start
        self._results_of, self._count = code.registers(results), len(results)
        self._run = runner().single()
        self._free: list[Vector] = []

    def __call__(self, *given: Vector) -> Vector:
        """Outputs, conditions, derivatives in parameters and in inputs, in one row.

        Args:
            given: The inputs, the parameters and the seeds.
        """
        try:  # registers that no other thread is using
            w = self._free.pop()
        except IndexError:
            w = self._start.copy()
        start = 0
        for numbers in given:
            w[start : start + len(numbers)] = numbers
            start += len(numbers)
        results = np.empty(self._count)
        self._run(*self._code, w, self._results_of, results)
        self._free.append(w)
        return results

    def direct(self) -> Direct:
        """The same with registers and results of one's own."""
        w, results = self._start.copy(), np.empty(self._count)
        run = partial(self._run, *self._code, w, self._results_of, results)
        return Direct(w, results, run)


class Batch:
    """Instructions for many examples: before them, for each, after the last one.

    Args:
        assembled: The listing.
        inputs: How many numbers an example has.
        parameters: How many parameters there are.
        mixes: Whether one example looks at others: then all of them are lanes.
    """

    def __init__(
        self, assembled: Assembled, inputs: int, parameters: int, *, mixes: bool
    ) -> None:
        listing, self._mixes = assembled.listing, mixes
        places = joined(listing, assembled.results)
        totals = [x for x in places if listing.names[x] == "total"]
        summed = [listing.operands[x][0] for x in totals]
        rows = [*assembled.outputs, *assembled.in_x]
        self.after = code_of(listing, places, Phase.AFTER, assembled.in_theta)
        self.each = code_of(listing, places, Phase.EACH, [*rows, *summed])
        homes = {**self.each.homes, **self.after.homes}
        uniform = [x for x in homes if listing.phases[x] is Phase.BEFORE]
        self.before = code_of(listing, places, Phase.BEFORE, uniform)
        self._uniform_of = self.before.registers(uniform)
        # Places of givens: inputs, parameters, seeds.
        last = inputs + parameters
        self._theta_to = self.before.columns(range(inputs, last))
        self._x_to = self.each.columns(range(inputs))
        self._seeds_to = self.each.columns(range(last, assembled.givens))
        self._spread = self.each.columns(uniform)
        self._handed_on = self.after.columns(uniform)
        self._rows_of = self.each.columns(rows)
        self._summed = self.each.registers(summed)
        self._totals_to = self.after.registers(totals)
        self._in_theta_of = self.after.registers(assembled.in_theta)
        self._count = len(rows)
        self._single, self._run = runner().single(), runner().lanes()

    def __call__(
        self, x: Vector, theta: Vector, seeds: Vector
    ) -> tuple[Vector, Vector]:
        """A row for each example, and the derivatives in the parameters.

        A row has outputs, conditions and derivatives in the inputs.
        """
        u = self.before.start.copy()
        u[self._theta_to[:, 1]] = theta[self._theta_to[:, 0]]
        uniform = self._once(self.before, u, self._uniform_of)
        w = np.repeat(self.each.start[:, None], self._lanes(len(x)), axis=1)
        w[self._spread[:, 1]] = uniform[self._spread[:, 0], None]
        results = np.empty((self._count, len(x)))  # each kind in one piece
        totals = np.zeros(len(self._summed))
        given = x, self._x_to, seeds, self._seeds_to
        found = results, self._rows_of, totals, self._summed
        self._run(self.each.steps, self.each.lists, w, *given, *found)
        v = self.after.start.copy()
        v[self._handed_on[:, 1]] = uniform[self._handed_on[:, 0]]
        v[self._totals_to] = totals
        return results.T, self._once(self.after, v, self._in_theta_of)

    def _once(self, code: Code, w: Vector, results_of: Integers) -> Vector:
        """What a phase gives that is run once."""
        results = np.empty(len(results_of))
        self._single(code.steps, code.lists, w, results_of, results)
        return results

    def _lanes(self, examples: int) -> int:
        """How many examples are computed side by side."""
        if self._mixes:
            return max(1, examples)
        fit = CACHE // (8 * max(1, len(self.each.start)))
        return max(1, min(examples, MOST_LANES, max(16, fit)))


class MachineEngine:
    """Runs a plan on the machine; instructions are written when first needed.

    Args:
        passed: The plan. Its strong products stay: there is no other, faster variant.
    """

    def __init__(self, passed: Passed) -> None:
        self.passed = passed
        self._plan = passed.carefully_simplified
        self.mixes = self._plan.mixes
        self._singles: dict[str, Single] = {}
        self._batches: dict[str, Batch] = {}

    @cached_property
    def loops(self) -> LoopEngine | None:
        """What runs one example of a long repetition, where numba is installed.

        The machine takes 2 to 3 ns for an instruction besides its arithmetic. Code of
        the program's own takes none, but numba compiles it for 10 to 20 ms a line: that
        pays where so many nodes are a few lines in a loop.
        """
        plan = self._plan
        if runner() is plain or self.mixes or len(plan.nodes) < ROLLED:
            return None
        if roll(self.passed.simplified).size * ROLLED > len(plan.nodes):
            return None
        return LoopEngine(self.passed, numba_functions)

    def direct(self, wanted: str) -> Direct | None:
        """A run of one example for somebody who has it again and again."""
        return None if self.loops or self.mixes else self.single(wanted).direct()

    def single(self, wanted: str) -> Single:
        """The instructions for one example, written once."""
        if wanted not in self._singles:
            self._singles[wanted] = Single(assemble(self._plan, wanted, batch=False))
        return self._singles[wanted]

    def batch(self, wanted: str) -> Batch:
        """The instructions for many examples, written once."""
        if wanted not in self._batches:
            plan = self._plan
            assembled = assemble(plan, wanted, batch=True)
            self._batches[wanted] = Batch(
                assembled, plan.inputs, plan.parameters, mixes=self.mixes
            )
        return self._batches[wanted]

    def stacked(self, _signature: object, _inputs: object) -> None:
        """Arrays that are not NumPy's are not kept where they lie."""

    def value(self, theta: Vector, x: Vector) -> tuple[Vector, Vector]:
        """The outputs and the guards' conditions, for every example."""
        if x.ndim == 1:
            if self.loops:
                return self.loops.value(theta, x)
            found = self.single("value")(x, theta)
        else:
            found, _ = self.batch("value")(x, theta, np.zeros((len(x), 0)))
        outputs, conditions, _ = self._parts(found)
        return outputs, conditions

    def gradient(
        self, theta: Vector, x: Vector, seed: Vector, wanted: str
    ) -> tuple[Vector, Vector, tuple[Vector, Vector]]:
        """The same, and the gradient of the outputs weighted by `seed`."""
        if x.ndim == 1:
            if self.loops:
                return self.loops.gradient(theta, x, seed, wanted)
            found = self.single(wanted)(x, theta, seed)
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
        return instructions(assemble(self._plan, main, batch=False), self._plan)

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
