"""Eager: a function of an example, run as it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from autograd.calculus import gradients
from autograd.program.forms.signature import Signature
from autograd.recording import new_epoch
from autograd.running import name_of
from autograd.structure import flatten
from autograd.value import Value


class EagerRun(NamedTuple):
    """A function run as it is.

    Attributes:
        f: The function.
        inputs: Its arguments.
        variables: Their numbers, where it is differentiated by them: Values, but ints
            of integers.
        result: What it returned.
        parameters: The leaves to differentiate by, if anybody said which.
    """

    f: Callable[..., Any]
    inputs: tuple[Any, ...]
    variables: list[Any]
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
    parameters: Sequence[Value] | None = None,
    by_inputs: bool = True,
) -> EagerRun:
    """Run a function of numbers as it is, and record it even where that is off.

    Args:
        f: The function.
        inputs: Its arguments.
        parameters: The leaves to differentiate by.
        by_inputs: Whether the arguments' numbers are to be Values.
    """
    variables: list[Any] = []
    if by_inputs:
        variables, inputs = Signature(inputs).variables(_variable)
    with new_epoch():
        result = f(*inputs)
    return EagerRun(f, inputs, variables, result, parameters)


def _variable(x: float, integer: bool) -> Any:
    return int(x) if integer else Value(x)
