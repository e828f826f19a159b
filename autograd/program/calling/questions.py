"""Questions: what a compiled function is asked for, beside its value.

Each can be put to a program, for one example or a batch; to what the function recorded
when it ran as it is; and to examples one by one, of which it takes the mean.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NamedTuple

import numpy as np

from autograd.calculus import gradients
from autograd.functions import dot
from autograd.program.calling.arguments import numbers_in
from autograd.program.differentiated import Wanted
from autograd.program.forms import is_integer
from autograd.program.program import Program
from autograd.program.signature import Signature
from autograd.recording import new_epoch
from autograd.structure import flatten, plain, rebuild
from autograd.sweep import adjoints_of, interior_order
from autograd.tracing import name_of
from autograd.value import Value


class Run(NamedTuple):
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
) -> Run:
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
    return Run(f, inputs, result, parameters)


def _variable(x: Any) -> Any:
    return x if is_integer(x) else Value(x)


@dataclass(frozen=True, slots=True)
class ValueAndGrad:
    """The value and its gradient: see `Program.value_and_grad`."""

    wrt: Wanted
    theta: Any

    @property
    def by_inputs(self) -> bool:
        """Whether it asks for derivatives by the arguments."""
        return self.wrt != "parameters"

    @property
    def by_parameters(self) -> bool:
        """Whether the answer is in the order of the parameters."""
        return self.wrt != "inputs"

    def of_program(self, program: Program, inputs: Sequence[Any]) -> Any:
        """The answer of a program, for one example or a batch."""
        return program.value_and_grad(*inputs, theta=self.theta, wrt=self.wrt)

    def of_run(self, run: Run) -> Any:
        """The answer of a function that was run as it is."""
        output, answer = run.output, []
        if self.wrt != "inputs":
            answer.append(np.array(run.slopes(output, run.wanted)))
        if self.by_inputs:
            slopes = run.slopes(output, [*numbers_in(run.inputs)])
            answer.append(rebuild(run.inputs, slopes))
        return plain(output), answer[0] if len(answer) == 1 else tuple(answer)

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


@dataclass(frozen=True, slots=True)
class Swept:
    """The value, and what is to be added to gradients: pairs of adder and amount."""

    theta: Any
    by_inputs = by_parameters = False

    def of_program(self, program: Program, inputs: Sequence[Any]) -> Any:
        """The answer of a program, for one example or a batch."""
        parameters = program._ready.parameters
        if not parameters:  # a branch that reads none
            value, _ = program.value_and_grad(*inputs, theta=self.theta, wrt="inputs")
            return value, []
        value, gradient = program.value_and_grad(*inputs, theta=self.theta)
        return value, [(parameters.add_grad, gradient)]

    def of_run(self, run: Run) -> Any:
        """The answer of a function that was run as it is."""
        output = run.output
        if not isinstance(output, Value):
            return plain(output), []
        order = interior_order([output])
        leaves = {x: None for node in order for x in node.parents if not x.parents}
        adjoints = adjoints_of(order, {output: 1.0})
        slopes = [
            (partial(_add_grad, leaf), adjoints.get(leaf, 0.0)) for leaf in leaves
        ]
        return plain(output), slopes

    def of_each(self, answers: Sequence[Any], _signature: Signature) -> Any:
        """The mean of the answers for the examples of a batch."""
        shares = [
            (add, slope / len(answers)) for _, found in answers for add, slope in found
        ]
        return _mean([value for value, _ in answers]), shares


@dataclass(frozen=True, slots=True)
class Jacobian:
    """All derivatives of all outputs of one example: see `Program.jacobian`."""

    wrt: Literal["parameters", "inputs"]
    theta: Any

    @property
    def by_inputs(self) -> bool:
        """Whether it asks for derivatives by the arguments."""
        return self.wrt == "inputs"

    @property
    def by_parameters(self) -> bool:
        """Whether the answer is in the order of the parameters."""
        return not self.by_inputs

    def of_program(self, program: Program, inputs: Sequence[Any]) -> Any:
        """The answer of a program."""
        return program.jacobian(*inputs, theta=self.theta, wrt=self.wrt)

    def of_run(self, run: Run) -> Any:
        """The answer of a function that was run as it is."""
        by = [*numbers_in(run.inputs)] if self.by_inputs else run.wanted
        rows = [run.slopes(output, by) for output in run.outputs]
        return np.array(rows).reshape(len(rows), len(by))


@dataclass(frozen=True, slots=True)
class HessianProduct:
    """The Hessian times a direction: see `Program.hvp`."""

    v: Any
    theta: Any
    by_inputs, by_parameters = False, True

    def of_program(self, program: Program, inputs: Sequence[Any]) -> Any:
        """The answer of a program, for one example or a batch."""
        return program.hvp(*inputs, v=self.v, theta=self.theta)

    def of_run(self, run: Run) -> Any:
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
    """The mean of numbers or of vectors; infinities have one, too."""
    with np.errstate(over="ignore", invalid="ignore"):
        mean = np.mean(np.array(numbers), axis=0)
    return mean if np.ndim(mean) else float(mean)
