"""Nodes: what a call of a compiled function leaves in the graph, one an output."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import chain, compress
from math import isfinite
from typing import Any

from autograd.errors import BranchError
from autograd.operators import datum, make_node
from autograd.ops import OPS, Op
from autograd.program.calling.arguments import SINGLE
from autograd.program.calling.composite import Composite
from autograd.program.differentiated import Wanted
from autograd.program.plan import Operand
from autograd.program.program import Program
from autograd.program.running.checks import calls_around
from autograd.recording import Epoch, current, get_state
from autograd.running import name_of
from autograd.structure import flatten
from autograd.value import Number, Value


class RunAsItIsError(Exception):
    """No program will do here: the function itself is to be run."""


class Moment:
    """What is recorded when a compiled function is called.

    Attributes:
        traces: Whether a function is being traced.
        records: Whether operations are recorded.
        call: The epoch of the differentiating call that is open, if one is.
        is_nested: Whether several are: then derivatives of derivatives are taken.
    """

    __slots__ = ("call", "is_nested", "records", "traces")

    def __init__(self) -> None:
        epoch = get_state().epoch
        self.call: Epoch | None = None
        self.is_nested = self.traces = False
        if epoch.plain and epoch.outer is None:  # the common case
            self.records = True
            return
        epoch = current().epoch
        self.records, self.traces = epoch.records, epoch.tracer is not None
        calls = [*calls_around(epoch)]
        self.call = calls[0] if calls else None
        self.is_nested = len(calls) > 1

    def is_own(self, values: Iterable[Value]) -> bool:
        """Whether all of them were made in the call that is open, or none is open.

        The derivative of such a call would be a Value itself.
        """
        call = self.call
        return call is None or all(call.encloses(x.recording.epoch) for x in values)


class Nodes:
    """Makes the nodes of a program's calls.

    Args:
        program: The program.
    """

    def __init__(self, program: Program) -> None:
        self._program = program
        self._plan = program.stages[0][1]
        self._parameters = tuple(program.parameters)
        self._ops: dict[Operand, Op] = {}

    @cached_property
    def _are_few(self) -> bool:
        """Whether they have no more edges than the nodes that were traced."""
        first = self._plan.first
        ends = {x for x in self._plan.outputs if isinstance(x, int) and x >= first}
        traced = sum([len(node.operands) for node in self._plan.nodes])
        return len(ends) <= 1 or len(ends) * first <= traced

    def quickly(self, numbers: Sequence[Any]) -> Any:
        """The same of single numbers; None where that is not to be had."""
        try:
            return self.of_call(numbers, Moment())
        except (BranchError, RunAsItIsError):
            return None

    def of_call(self, inputs: Sequence[Any], moment: Moment) -> Any:
        """What the function returns for one example; its numbers are nodes.

        Raises:
            RunAsItIsError: These would not be right or not be worth it; or a number is
                not finite, and what the function records tells where that began.
        """
        program = self._program
        are_single = {*map(type, inputs)} <= SINGLE
        numbers = [*inputs] if are_single else flatten(inputs)
        given = tuple([x for x in numbers if isinstance(x, Value)])
        parents = (*given, *self._parameters)
        # More outputs than the function returns are numbers that somebody is told.
        is_heard = len(self._plan.outputs) > program._ready.outputs.count
        wrong = program.reads_computed or is_heard or not self._are_few
        if wrong or not moment.is_own(parents):
            raise RunAsItIsError
        wrt: Wanted = "both" if given else "parameters"
        values, rows = program.linear([*map(datum, numbers)], wrt=wrt)
        if not all(map(isfinite, chain(values, *rows))):
            raise RunAsItIsError
        operands = (*numbers, *self._parameters)
        if len(parents) == len(operands):
            operands = parents  # as one object, which nodes keep once
        is_value = [isinstance(x, Value) for x in numbers]
        ends: dict[Operand, Number] = {}
        for i, end in enumerate(self._plan.outputs):
            if isinstance(end, float):
                ends[end] = end
            elif end < self._plan.first:
                ends[end] = operands[end]
            elif end not in ends:
                slopes = rows[i]
                in_x, in_theta = slopes[: len(numbers)], slopes[len(numbers) :]
                kept = (*compress(in_x, is_value), *in_theta)
                ends[end] = make_node(
                    Value, self._op(i), values[i], operands, parents, kept
                )
        if program._ready.outputs.is_number:
            return ends[self._plan.outputs[0]]
        return program.in_form([ends[end] for end in self._plan.outputs])

    def _op(self, output: int) -> Op:
        """The operation that computes one output."""
        if output not in self._ops:
            rules = Composite(self._program, output)
            self._ops[output] = Op(
                self._name(output),
                rules.forward,
                rules.local_derivatives,
                doc="what a compiled function computes",
            )
        return self._ops[output]

    def _name(self, output: int) -> str:
        """The function's name, where it has one, and which output it is."""
        name = name_of(self._program.__wrapped__)
        if not name.isidentifier() or name in OPS:
            name = f"compiled_{name}" if name.isidentifier() else "compiled"
        return name if len(self._plan.outputs) == 1 else f"{name}_{output}"
