"""What there is to see of a program: its source, its passes, its groups, its costs."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from autograd.program.backends.engines import Backend
from autograd.program.looking.groups import Group, groups_of
from autograd.program.looking.report import Report, report_of
from autograd.program.plan import Plan
from autograd.program.running.copies import Traceable
from autograd.running import name_of
from autograd.value import Value


class Inspected(Traceable):
    """A traced function that shows how it is run."""

    @property
    def __wrapped__(self) -> Callable[..., Any]:
        """The function: so a program has its signature, and what it reads is found."""
        return self._recipe.f

    @property
    def reads_computed(self) -> bool:
        """Whether f closes over Values that were computed outside."""
        return bool(self._ready.computed)

    @property
    def backend(self) -> Backend:
        """The name of the engine."""
        return self._recipe.backend

    @property
    def source(self) -> str:
        """The function that computes a batch's value and gradient, as Python."""
        return self._ready.engine.shown[0].text

    @property
    def source_groups(self) -> tuple[int, ...]:
        """For each line of `source` the number of the group that it computes.

        In the forward or in the backward pass; -1 for a line that belongs to no group.
        """
        return self._ready.engine.shown[0].groups

    @property
    def statements(self) -> list[str]:
        """The statements that it runs every time, one a line."""
        return self._ready.engine.shown[0].lines

    @property
    def plan(self) -> Plan:
        """The scalar nodes that are compiled, after all passes."""
        return self._ready.passed.plan

    @property
    def stages(self) -> tuple[tuple[str, Plan], ...]:
        """The plan as traced and after each pass, with the pass's name."""
        return self._ready.passed.stages

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The blocks of rows that the nodes were grouped to, operands first."""
        return groups_of(self._ready.passed)

    def trace(self) -> tuple[Value, ...]:
        """The scalar graph again, on the example: the Values that groups speak of."""
        return self._ready.traced(list(self._ready.parameters.leaves)).log

    def report(self) -> Report:
        """Nodes before and after each pass, groups, products, memory and work."""
        return report_of(self._ready.passed, *self._ready.engine.shown)

    def to_jax(self) -> Callable[..., Any]:
        """f as a pure function of JAX: (theta, *inputs) -> outputs, for one example.

        Use `jax.jit`, `jax.vmap` for batches and `jax.grad` as usual. Its reverse
        derivatives are the table's; `jax.jvp` does not work on it.

        Raises:
            ImportError: JAX is not installed.
        """
        from autograd.program.backends.jax_function import jax_function

        ready = self._ready
        count = len(ready.parameters)
        return jax_function(ready.passed, ready.signature, ready.outputs, count)

    def to_c(self) -> str:
        """f and its gradient as one file of C99, with a main that runs the example.

        It needs nothing but the standard library. The numbers are those of the eager
        engine, to the digits that the order of sums and the C library allow.

        >>> from autograd import Program, Value
        >>> w = Value(3.0)
        >>> source = Program(lambda x: w * x * x, 2.0).to_c()
        >>> print(source[source.index("int program_value") :].partition(")")[0])
        int program_value(const double *x, const double *theta, double *out

        Raises:
            TypeError: The function takes means over a batch.
        """
        from autograd.program.backends.c_source import c_source

        ready = self._ready
        theta = ready.parameters.read().tolist()
        return c_source(ready.passed, ready.signature.numbers, theta)

    def __repr__(self) -> str:
        ready = self._ready
        counts = [
            _counted(ready.signature.count, "input"),
            _counted(len(ready.parameters), "parameter"),
            _counted(len(ready.passed.traced.nodes), "scalar node"),
        ]
        return f"Program({name_of(ready.f)}: {', '.join(counts)})"


def _counted(count: int, what: str) -> str:
    """Count in words: "1 input", "2,000 inputs"."""
    return f"{count:,} {what}{'s' * (count != 1)}"
