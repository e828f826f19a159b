"""Questions: what a compiled function is asked for, beside its value.

Each can be put to a program, for one example or a batch; to what the function recorded
when it ran as it is; and to examples one by one, of which it takes the mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from autograd.calculus import gradients
from autograd.functions import dot
from autograd.operators import datum
from autograd.program.calling.order import Order
from autograd.program.differentiated import Wanted
from autograd.program.forms.signature import Signature
from autograd.program.program import Program
from autograd.program.running.eager import EagerRun
from autograd.structure import flatten, rebuild
from autograd.sweep import NUMERIC, interior_order, reverse
from autograd.value import Value


@dataclass(frozen=True, slots=True)
class _BaseQuestion:
    """What is asked for, and on which numbers of the parameters."""

    theta: Any
    wrt: Wanted = "parameters"

    @property
    def by_inputs(self) -> bool:
        """Whether it asks for derivatives by the arguments."""
        return self.wrt != "parameters"

    @property
    def by_parameters(self) -> bool:
        """Whether it asks for derivatives by the parameters, and wants some."""
        return self.wrt != "inputs"


class ValueAndGrad(_BaseQuestion):
    """The value and its gradient: see `Program.value_and_grad`."""

    __slots__ = ()

    def of_program(self, program: Program, inputs: Sequence[Any], order: Order) -> Any:
        """The answer of a program, for one example or a batch."""
        theta = order.own("theta", self.theta)
        value, slopes = program.value_and_grad(*inputs, theta=theta, wrt=self.wrt)
        if self.wrt == "both":
            return value, (order.spread(slopes[0]), slopes[1])
        return value, slopes if self.by_inputs else order.spread(slopes)

    def of_run(self, run: EagerRun) -> Any:
        """The answer of a function that was run as it is."""
        output, answer = run.output, []
        if self.wrt != "inputs":
            answer.append(np.array(run.slopes(output, run.wanted)))
        if self.by_inputs:
            slopes = run.slopes(output, run.variables)
            answer.append(rebuild(run.inputs, slopes))
        return datum(output), answer[0] if len(answer) == 1 else tuple(answer)

    def of_each(self, answers: Sequence[Any], signature: Signature) -> Any:
        """The mean of the answers for the examples of a batch."""
        value = _mean([value for value, _ in answers])
        found = [slopes for _, slopes in answers]
        if self.wrt == "parameters":
            return value, _mean(found)
        both = found if self.wrt == "both" else [(None, slopes) for slopes in found]
        rows = np.array([flatten(in_x) for _, in_x in both]) / len(answers)
        in_inputs = signature.unflatten_batch(rows)
        if self.wrt == "inputs":
            return value, in_inputs
        return value, (_mean([in_theta for in_theta, _ in both]), in_inputs)


class Swept(_BaseQuestion):
    """The value, and what is to be added to gradients: pairs of adder and amount."""

    __slots__ = ()
    by_parameters = False  # a branch that reads none adds nothing

    def of_program(self, program: Program, inputs: Sequence[Any], order: Order) -> Any:
        """The answer of a program, for one example or a batch."""
        theta = order.own("theta", self.theta)
        value, gradient = program.value_and_grad(*inputs, theta=theta)
        parameters = program._ready.parameters
        return value, [(parameters.add_grad, gradient)] if parameters else []

    def of_run(self, run: EagerRun) -> Any:
        """The answer of a function that was run as it is."""
        output = run.output
        if not isinstance(output, Value):
            return datum(output), []
        order = interior_order([output])
        leaves = {x: None for node in order for x in node.parents if not x.parents}
        adjoints = reverse(order, {output: 1.0}, NUMERIC)
        slopes = [
            (partial(_add_grad, leaf), adjoints.get(leaf, 0.0)) for leaf in leaves
        ]
        return datum(output), slopes

    def of_each(self, answers: Sequence[Any], _signature: Signature) -> Any:
        """The mean of the answers for the examples of a batch."""
        shares = [
            (add, slope / len(answers)) for _, found in answers for add, slope in found
        ]
        return _mean([value for value, _ in answers]), shares


class Jacobian(_BaseQuestion):
    """All derivatives of all outputs of one example: see `Program.jacobian`."""

    __slots__ = ()

    def of_program(self, program: Program, inputs: Sequence[Any], order: Order) -> Any:
        """The answer of a program."""
        theta = order.own("theta", self.theta)
        wrt: Any = self.wrt
        rows = program.jacobian(*inputs, theta=theta, wrt=wrt)
        return rows if self.by_inputs else order.spread(rows)

    def of_run(self, run: EagerRun) -> Any:
        """The answer of a function that was run as it is."""
        by = run.variables if self.by_inputs else run.wanted
        rows = [run.slopes(output, by) for output in run.outputs]
        return np.array(rows).reshape(len(rows), len(by))


@dataclass(frozen=True, slots=True)
class HessianProduct(_BaseQuestion):
    """The Hessian times a direction: see `Program.hvp`."""

    v: Any = None

    def of_program(self, program: Program, inputs: Sequence[Any], order: Order) -> Any:
        """The answer of a program, for one example or a batch."""
        v, theta = order.own("v", self.v), order.own("theta", self.theta)
        return order.spread(program.hvp(*inputs, v=v, theta=theta))

    def of_run(self, run: EagerRun) -> Any:
        """The answer of a function that was run as it is."""
        output, leaves = run.output, run.wanted
        if not isinstance(output, Value):
            return np.zeros(len(leaves))
        slopes = gradients(output, leaves, create_graph=True)
        along = dot(slopes, [float(x) for x in np.asarray(self.v, float)])
        return np.array(gradients(along, leaves))

    def of_each(self, answers: Sequence[Any], _signature: Signature) -> Any:
        """The mean of the answers for the examples of a batch."""
        return _mean(answers)


def _add_grad(leaf: Value, slope: float) -> None:
    leaf.grad += slope


Question = ValueAndGrad | Swept | HessianProduct


def _mean(numbers: Sequence[Any]) -> Any:
    """The mean of numbers or of vectors; infinities have one, too.

    A vector that is shorter than others is of examples that came before a branch which
    reads more leaves: its slopes in those are 0.
    """
    length = max(map(np.size, numbers))
    rows = [np.pad(x, (0, length - len(x))) if np.ndim(x) else x for x in numbers]
    with np.errstate(over="ignore", invalid="ignore"):
        mean = np.mean(np.array(rows), axis=0)
    return mean if np.ndim(mean) else float(mean)
