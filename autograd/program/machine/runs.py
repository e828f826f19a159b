"""Runs: instructions with registers, for one example or for many side by side."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from functools import cache, cached_property, partial
from types import ModuleType
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from autograd.program.machine import interpreter, plain
from autograd.program.machine.assemble import assemble
from autograd.program.machine.listing import Phase
from autograd.program.machine.registers import Instructions, instructions_of
from autograd.program.machine.script import Script, script
from autograd.program.plan import Plan, Vector

Given: TypeAlias = "Sequence[tuple[int, Vector]]"
"""What is copied to the registers before a run, and where to."""

CACHE = 2**18
"""Bytes for the registers of all lanes: about what a processor's cache holds."""

PATIENCE = 2_000_000
"""Instructions that are run without numba before it is loaded.

To load it takes half a second, and Python as long for five times as many: so what is
run a few times never pays for it, and what is run often loses little.
"""

CALL = 30
"""So many examples fit into the time of one call of NumPy."""

FEW_RUNS = 100
"""Of a program for which that is fewer runs, a script would take as long to make."""

SOME_LANES = 16
"""Lanes come by so many: what fills no whole vector is computed number by number."""

MOST_LANES = 256
"""More examples at a time make no loop quicker."""


@cache  # to look for a package that is missing takes longer than a call
def runner() -> ModuleType:
    """What runs instructions: machine code, or plain Python without numba."""
    return interpreter if importlib.util.find_spec("numba") else plain


class Direct(NamedTuple):
    """A run of one example on registers that nothing else uses.

    A gradient is that of the sum of the outputs.

    Attributes:
        given: Where the numbers of inputs and parameters are to be put.
        run: Goes from there to the results, and gives the first output.
        outputs: Where the outputs come.
        conditions: Where those of the guards come.
        in_theta: Where the derivatives in the parameters come; 0 if not wanted.
        in_x: Where those in the inputs come; 0 if not wanted.
    """

    given: Vector
    run: Callable[[], float]
    outputs: Vector
    conditions: Vector
    in_theta: Vector
    in_x: Vector


_Fixed = tuple[Vector, Vector, Callable[[], float]]


class Single:
    """Instructions for single numbers.

    Args:
        code: The instructions.
        results: The places whose numbers are wanted.
        script: What makes the same in Python.
    """

    def __init__(
        self,
        code: Instructions,
        results: Sequence[int],
        script: Callable[[], Script | None] | None = None,
    ) -> None:
        self._make_script = script
        self._code, self._start = (code.steps, code.lists), code.start
        self._results_of = code.registers(results)
        self._free: list[_Fixed] = []

    def __call__(self, *given: tuple[Any, Vector]) -> Vector:
        """The results, in one row.

        Args:
            given: Numbers, and the registers that they come to.
        """
        try:  # registers that no other thread is using
            fixed = self._free.pop()
        except IndexError:
            fixed = self.fixed()
        w, results, run = fixed
        for registers, numbers in given:
            w[registers] = numbers
        run()
        found = results.copy()
        self._free.append(fixed)
        return found

    @cached_property
    def _script(self) -> Script | None:
        make, self._make_script = self._make_script, None  # it holds the whole listing
        return make() if make else None

    def fixed(self, given: Given | None = None) -> _Fixed:
        """Registers and results of one's own, and what goes from these to those.

        Args:
            given: What is copied to the registers first: see `MachineEngine.direct`.
        """
        w, results = self._start.copy(), np.empty(len(self._results_of))
        told = self._code, w, self._results_of, results, given or ()
        if runner() is plain:
            return w, results, plain.single(*told, script=self._script)
        runs = PATIENCE // (1 + len(self._code[0]))
        if given is not None or runs < FEW_RUNS or interpreter.is_loaded():
            self._make_script = None  # numba is there from now on
            return w, results, interpreter.single(*told)
        slow = plain.single(*told, script=self._script)
        return w, results, _patient(slow, partial(interpreter.single, *told), runs)


def _patient(
    slow: Callable[[], float], make: Callable[[], Callable[[], float]], runs: int
) -> Callable[[], float]:
    """Runs slowly for so many times, and then by what is made."""
    fast: Callable[[], float] | None = None

    def run() -> float:
        nonlocal fast, runs
        if fast is None:
            runs -= 1
            if runs > 0 and not interpreter.is_loaded():
                return slow()
            fast = make()
        return fast()

    return run


def single_of(plan: Plan, wanted: str) -> Single:
    """The instructions for one example.

    They give outputs, conditions, derivatives in parameters and in inputs; inputs,
    parameters and seeds have the first registers.
    """
    assembled = assemble(plan, wanted, batch=False)
    listing, places, results = assembled.listing, assembled.places, assembled.results
    given = range(assembled.givens)
    code = instructions_of(listing, places, Phase.EACH, results, given)
    return Single(code, results, partial(script, assembled))


class Batch:
    """Instructions for many examples: before them, for each, after the last one.

    Args:
        plan: The plan. Where it takes means over the batch, one example looks at
            others, and all of them are lanes.
        wanted: As for `assemble`.
    """

    def __init__(self, plan: Plan, wanted: str) -> None:
        assembled = assemble(plan, wanted, batch=True)
        listing, places, self._mixes = assembled.listing, assembled.places, plan.mixes
        totals = [x for x in places if listing.names[x] == "total"]
        summed = [listing.operands[x][0] for x in totals]
        rows = [*assembled.outputs, *assembled.in_x]
        after = instructions_of(listing, places, Phase.AFTER, assembled.in_theta)
        each = instructions_of(listing, places, Phase.EACH, [*rows, *summed])
        homes = {**each.homes, **after.homes}
        uniform = [x for x in homes if listing.phases[x] is Phase.BEFORE]
        before = instructions_of(listing, places, Phase.BEFORE, uniform)
        self._code, self._start = (each.steps, each.lists), each.start
        self._before = Single(before, uniform)
        self._after = Single(after, assembled.in_theta)
        # Places of givens: inputs, parameters, seeds.
        self._theta_to = before.columns(range(plan.inputs, plan.first))
        self._x_to = each.columns(range(plan.inputs))
        self._seeds_to = each.columns(range(plan.first, assembled.givens))
        self._spread = each.columns(uniform)
        self._handed_on = after.columns(uniform)
        self._rows_of = each.columns(rows)
        self._summed = each.registers(summed)
        self._totals_to = after.registers(totals)
        self._count = len(rows)
        self._patience = PATIENCE

    def __call__(
        self, x: Vector, theta: Vector, seeds: Vector
    ) -> tuple[Vector, Vector]:
        """A row for each example, and the derivatives in the parameters.

        A row has outputs, conditions and derivatives in the inputs.
        """
        to, spread, handed_on = self._theta_to, self._spread, self._handed_on
        uniform = self._before((to[:, 1], theta[to[:, 0]]))
        w = np.repeat(self._start[:, None], self._lanes(len(x)), axis=1)
        w[spread[:, 1]] = uniform[spread[:, 0], None]
        # Each kind of number for all examples in one piece, as programs are given them.
        x_rows, seed_rows = np.ascontiguousarray(x.T), np.ascontiguousarray(seeds.T)
        given = x_rows, self._x_to, seed_rows, self._seeds_to
        results, totals = np.empty((self._count, len(x))), np.zeros(len(self._summed))
        found = results, self._rows_of, totals, self._summed
        self._runner(len(x)).lanes()(*self._code, w, *given, *found)
        known = handed_on[:, 1], uniform[handed_on[:, 0]]
        return results.T, self._after(known, (self._totals_to, totals))

    def _runner(self, examples: int) -> ModuleType:
        """What runs lanes; numba is loaded where it pays: see `PATIENCE`."""
        self._patience -= len(self._code[0]) * max(examples, CALL)
        is_patient = self._patience > 0 and not interpreter.is_loaded()
        return plain if is_patient else runner()

    def _lanes(self, examples: int) -> int:
        """How many examples are computed side by side."""
        if self._mixes:
            return max(1, examples)
        fit = CACHE // (8 * SOME_LANES * max(1, len(self._start)))
        return max(1, min(examples, MOST_LANES, SOME_LANES * max(1, fit)))
