"""compiled: a decorator that traces a function when it is called."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable, Sequence
from functools import partial, update_wrapper
from typing import Any, overload

import numpy as np

from autograd.calculus import gradients
from autograd.errors import BranchError
from autograd.program.engines import Backend
from autograd.program.program import Program, refuse_while_tracing
from autograd.program.signature import Outputs
from autograd.recording import current_tape
from autograd.structure import flatten, outline, rebuild
from autograd.tracing import check_function, name_of
from autograd.value import Value

MOST_BRANCHES = 16
"""For so many branches of one form of arguments programs are kept; then it is eager."""


class CompilationWarning(UserWarning):
    """A function can't be compiled, and runs on Values as it is."""


class Compiled:
    """A function that is traced on its first call, for each form of its arguments.

    An example that takes a branch which no program knows is traced, too. What can't
    be traced runs eagerly, and a warning says why.

    Attributes:
        programs: What it holds, in the order of tracing.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        parameters: Sequence[Value] | None,
        backend: Backend,
    ) -> None:
        check_function(f, "compiled")
        update_wrapper(self, f)
        self._f = f
        self._parameters = parameters
        self._backend = backend
        self._programs: dict[Hashable, list[Program]] = {}
        self._eager: set[Hashable] = set()

    @property
    def programs(self) -> list[Program]:
        """The programs that it holds, in the order in which they were traced."""
        return [program for kept in self._programs.values() for program in kept]

    def __call__(self, *inputs: Any) -> Any:
        """What the function returns for one example, as floats.

        With Values among the arguments, and while another function is traced, it is the
        function itself, so that it can be a part of what is recorded.
        """
        numbers = (x for structure in inputs for x in flatten(structure))
        if current_tape() is not None or any(isinstance(x, Value) for x in numbers):
            return self._f(*inputs)
        return self._answer(inputs, lambda program: program(*inputs), _floats)

    def backward(self, *inputs: Any) -> float:
        """The value for one example; its gradient is added to every `.grad`."""
        result: float = self._answer(
            inputs, lambda program: program.backward(*inputs), _swept
        )
        return result

    def value_and_grad(self, *inputs: Any) -> tuple[float, Any]:
        """The value for one example, and the gradient in the order of the parameters.

        Raises:
            ValueError: Two branches read other parameters, and none were given.
        """
        result: tuple[float, Any] = self._answer(
            inputs, self._in_order(inputs), self._recorded
        )
        return result

    def map(self, *inputs: Any) -> Any:
        """What the function returns for every example of a batch: see `Program.map`.

        All at once where all examples take one branch, else one after the other.

        Args:
            inputs: For every argument a sequence with an entry an example.
        """
        examples = list(zip(*inputs, strict=True))
        if not examples:
            raise ValueError("map wants at least one example")
        results = [self(*examples[0])]
        for program in self._programs.get(outline(examples[0], kinds=True), ()):
            try:
                return program.map(*inputs)
            except BranchError:
                continue
        results += [self(*example) for example in examples[1:]]
        rows = np.array([flatten(result) for result in results])
        return Outputs(results[0]).batch(rows)

    def _answer(
        self,
        inputs: tuple[Any, ...],
        ask: Callable[[Program], Any],
        eager: Callable[[Any], Any],
    ) -> Any:
        """Ask the program that knows this branch; trace one, or run eagerly."""
        refuse_while_tracing(self._f)
        key = outline(inputs, kinds=True)
        kept = self._programs.setdefault(key, [])
        if key not in self._eager:
            for program in kept:
                try:
                    return ask(program)
                except BranchError:
                    continue
            new = self._trace(key, inputs)
            if new is not None:
                try:
                    answer = ask(new)
                except BranchError as error:  # at a number that is 0 but for rounding
                    self._run_eagerly(key, str(error))
                else:
                    kept.append(new)
                    return answer
        return eager(self._f(*inputs))

    def _trace(self, key: Hashable, inputs: tuple[Any, ...]) -> Program | None:
        """A new program; None, with a warning, if there can be none."""
        if len(self._programs[key]) == MOST_BRANCHES:
            why = f"it has more than {MOST_BRANCHES} branches; write them with where"
        else:
            try:
                return Program(
                    self._f,
                    *inputs,
                    parameters=self._parameters,
                    backend=self._backend,
                )
            except (TypeError, ValueError) as error:
                why = str(error)
        self._run_eagerly(key, why)
        return None

    def _run_eagerly(self, key: Hashable, why: str) -> None:
        """Trace such arguments no more, and say so."""
        self._eager.add(key)
        message = f"{name_of(self._f)} runs eagerly on such arguments: {why}"
        warnings.warn(message, CompilationWarning, stacklevel=5)

    def _in_order(self, inputs: tuple[Any, ...]) -> Callable[[Program], Any]:
        """Ask for a gradient in an order that all programs share."""

        def ask(program: Program) -> Any:
            if self._parameters is None:
                first = next(iter(self.programs), program)
                if [*map(id, first.parameters)] != [*map(id, program.parameters)]:
                    message = (
                        f"{name_of(self._f)} reads other parameters in other branches: "
                        f"say which are meant, as in @compiled(parameters=[...])"
                    )
                    raise ValueError(message)
            return program.value_and_grad(*inputs)

        return ask

    def _recorded(self, result: Any) -> tuple[float, Any]:
        """Value and gradient of what was run eagerly."""
        output = _single(result)
        if self._parameters is None:
            raise ValueError(
                f"{name_of(self._f)} runs eagerly: say which parameters are meant, as "
                f"in @compiled(parameters=[...])"
            )
        if not isinstance(output, Value):
            return float(output), np.zeros(len(self._parameters))
        return output.data, np.array(gradients(output, self._parameters))

    def __repr__(self) -> str:
        count = len(self.programs)
        return f"compiled({name_of(self._f)}: {count} program{'s' * (count != 1)})"


def _floats(result: Any) -> Any:
    """What was recorded, as plain numbers."""
    return rebuild(result, [float(x) for x in flatten(result)])


def _swept(result: Any) -> float:
    """The value, and a backward pass."""
    output = _single(result)
    if isinstance(output, Value):
        output.backward()
    return float(output)


def _single(result: Any) -> Any:
    (output, *more) = flatten(result)
    if more:
        raise TypeError(f"a gradient is of one number, and this is {1 + len(more)}")
    return output


@overload
def compiled(f: Callable[..., Any], /) -> Compiled: ...
@overload
def compiled(
    *, parameters: Sequence[Value] | None = None, backend: Backend = "numpy"
) -> Callable[[Callable[..., Any]], Compiled]: ...
def compiled(
    f: Callable[..., Any] | None = None,
    /,
    *,
    parameters: Sequence[Value] | None = None,
    backend: Backend = "numpy",
) -> Any:
    """Trace a function when it is first called, and run it as array code from then on.

    >>> from autograd import Value, compiled
    >>> w = Value(3.0)
    >>> @compiled
    ... def f(x):
    ...     return w * x if x > 0 else x
    >>> f(2.0), f(-2.0), f(4.0)
    (6.0, -2.0, 12.0)
    >>> f
    compiled(f: 2 programs)

    Args:
        f: The function: see `Program`.
        parameters: The leaves to differentiate by; None for those that f reads.
        backend: As for `Program`.
    """
    if f is None:
        return partial(Compiled, parameters=parameters, backend=backend)
    return Compiled(f, parameters, backend)
