"""Questions: what a compiled function is asked for, beside its value.

Each can be put to a program, for one example or a batch; to what the function recorded
when it ran as it is; and to examples one by one, of which it takes the mean.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from autograd.calculus import gradients
from autograd.functions import dot
from autograd.operators import datum
from autograd.program.calling.arguments import numbers_in
from autograd.program.calling.order import Order
from autograd.program.differentiated import Wanted
from autograd.program.forms.form import is_integer
from autograd.program.forms.signature import Signature
from autograd.program.program import Program
from autograd.recording import new_epoch
from autograd.running import name_of
from autograd.structure import flatten, rebuild
from autograd.sweep import NUMERIC, interior_order, reverse
from autograd.value import Value


class EagerRun(NamedTuple):
    """A function run as it is.

    Attributes:
        f: The function of the numbers.
        inputs: Its arguments; Values in place of all numbers but integers.
        result: What it returned.
        parameters: The leaves to differentiate by, if anybody said which.
    """

    f: Callable[..., Any]
    inputs: tuple[Any, ...]
    result: Any
    parameters: Sequence[Value] | None

    @property
    def output(self) -> Any:
        """The one number of the result.

        Raises:
            TypeError: There are several.
        """
        (output, *more) = self.outputs
        if more:
            raise TypeError(
                f"{name_of(self.f)} returns {1 + len(more)} numbers; a gradient is of "
                f"one: use jacobian"
            )
        return output

    @property
    def outputs(self) -> list[Any]:
        """All numbers of the result."""
        return flatten(self.result, f"what {name_of(self.f)} returns")

    @property
    def wanted(self) -> Sequence[Value]:
        """The parameters.

        Raises:
            ValueError: Nobody said which.
        """
        if self.parameters is None:
            raise ValueError(
                f"{name_of(self.f)} runs eagerly: say which parameters are meant, as "
                f"in @compiled(parameters=[...])"
            )
        return self.parameters

    def slopes(self, output: Any, by: Sequence[Any]) -> list[float]:
        """The derivatives of an output; 0 by what is no Value."""
        leaves = [x for x in by if isinstance(x, Value)]
        if not isinstance(output, Value):
            return [0.0] * len(by)
        found = dict(zip(leaves, gradients(output, leaves), strict=True))
        return [found[x] if isinstance(x, Value) else 0.0 for x in by]


def run(
    f: Callable[..., Any],
    inputs: tuple[Any, ...],
    parameters: Sequence[Value] | None,
    by_inputs: bool,
) -> EagerRun:
    """Run a function of numbers as it is, and record it even where that is off.

    Args:
        f: The function.
        inputs: Its arguments.
        parameters: The leaves to differentiate by.
        by_inputs: Whether the arguments' numbers are to be Values.
    """
    if by_inputs:
        inputs = rebuild(inputs, [*map(_variable, numbers_in(inputs))])
    with new_epoch():
        result = f(*inputs)
    return EagerRun(f, inputs, result, parameters)


def _variable(x: Any) -> Any:
    return x if is_integer(x) else Value(x)


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
            slopes = run.slopes(output, [*numbers_in(run.inputs)])
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
        by = [*numbers_in(run.inputs)] if self.by_inputs else run.wanted
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
