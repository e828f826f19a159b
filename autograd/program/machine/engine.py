"""The engine: runs any plan as a list of instructions over one array of registers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, cached_property
from typing import Any, TypeAlias

import numpy as np

from autograd.program.forms.signature import Signature
from autograd.program.lower.printer import Source
from autograd.program.machine.assemble import assemble
from autograd.program.machine.runs import (
    Batch,
    Direct,
    Given,
    single_of,
)
from autograd.program.passes import Passed
from autograd.program.plan import Plan, Vector
from autograd.program.statements.table import Array

_NO_SEED = np.zeros(0)
Slopes: TypeAlias = "tuple[Vector | None, Vector | None]"


class MachineEngine:
    """Runs a plan on numbers; `x` is one example, (n,), or a batch, (B, n).

    Instructions are written when first needed. All engines are such ones: they have
    quicker ways for some examples, and leave to the machine what these can't do.

    Args:
        passed: The plan.
    """

    def __init__(self, passed: Passed) -> None:
        self.passed = passed
        # The instructions for one example, and for many, by what is wanted.
        self.single = cache(lambda wanted: single_of(passed.exact, wanted))
        self.batch = cache(lambda wanted: Batch(passed.exact, wanted))

    @cached_property
    def _plan(self) -> Plan:
        return self.passed.exact

    def is_direct(self, _often: bool = False, /) -> bool:
        """Whether the machine runs single examples by now; it may begin later.

        Args:
            _often: Whether somebody will run one and the same often.
        """
        return True

    def direct(self, wanted: str, given: Given | None = None) -> Direct | None:
        """A run of one example on registers of one's own; None if it has none.

        Args:
            wanted: As for `gradient`, or "value".
            given: Arrays that it copies before it runs, each in one piece, and to which
                register: of somebody who will run it often. None of others.
        """
        if not self.is_direct(given is not None) or self._plan.mixes:
            return None
        first, count = self._plan.first, self._plan.parameters
        w, results, run = self.single(wanted).fixed(given)
        if wanted != "value":
            w[first : first + len(self._plan.outputs)] = 1.0
        outputs, conditions, slopes = self._parts(results)
        slopes_of = slopes[:count], slopes[count:]
        return Direct(w[:first], run, outputs, conditions, *slopes_of)

    def stacked(self, _signature: Signature, _inputs: Sequence[Any]) -> Any:
        """A batch as (B, n), kept where it lies; None if it is to be NumPy's."""
        return None

    def value(self, theta: Vector, x: Vector) -> tuple[Any, Any]:
        """The outputs and the guards' conditions, for every example."""
        outputs, conditions, _ = self.gradient(theta, x, _NO_SEED, "value")
        return outputs, conditions

    def gradient(
        self, theta: Vector, x: Vector, seed: Vector, wanted: str
    ) -> tuple[Any, Any, Slopes]:
        """The same, and the gradient of the outputs weighted by `seed`.

        Args:
            theta: The parameters' numbers.
            x: The inputs' numbers.
            seed: A weight for every output, of every example; of none for "value".
            wanted: "parameters", "inputs" or "both"; "value" for no gradient.

        Returns:
            Outputs, conditions, and the gradient in the parameters, summed over the
            batch, and in the inputs.
        """
        if x.ndim == 1:
            found = self.single(wanted)(*_in_order(x, theta, seed))
            outputs, conditions, slopes = self._parts(found)
            count = len(theta)
            return outputs, conditions, (slopes[:count], slopes[count:])
        seed = np.zeros((len(x), 0)) if wanted == "value" else seed
        found, in_theta = self.batch(wanted)(x, theta, seed)
        outputs, conditions, in_x = self._parts(found)
        return outputs, conditions, (in_theta, in_x)

    def _parts(self, found: Vector) -> tuple[Vector, Vector, Vector]:
        """Outputs, conditions, and what follows them."""
        m = len(self._plan.outputs)
        end = m + len(self._plan.guards)
        return found[..., :m], found[..., m:end], found[..., end:]

    @cached_property
    def shown(self) -> tuple[Source, Sequence[Array]]:
        """What runs, to be read, and the statements of arrays that it is made of.

        Here one example's instructions, which belong to no group.
        """
        assembled = assemble(self._plan, self.passed.main, batch=False)
        lines = assembled.lines(self._plan)
        groups = (-1,) * len(lines)
        return Source("\n".join(lines) + "\n", (), (), (), 0, 0, groups), ()


def _in_order(*given: Vector) -> Iterator[tuple[slice, Vector]]:
    """Numbers, and the first registers, in which they stand one after the other."""
    start = 0
    for numbers in given:
        yield slice(start, start + len(numbers)), numbers
        start += len(numbers)
