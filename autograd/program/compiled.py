"""compiled: a decorator that traces a function when it is called."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from functools import partial, update_wrapper
from threading import Lock
from typing import Any, overload
from weakref import WeakKeyDictionary

import numpy as np

from autograd.calculus import gradients
from autograd.errors import BranchError
from autograd.program.asking import refuse_while_tracing
from autograd.program.engines import Backend, maker_of
from autograd.program.program import Program
from autograd.program.signature import Outputs
from autograd.recording import tracer
from autograd.structure import flatten, outline, rebuild
from autograd.tracing import check_function, name_of
from autograd.value import Value

MOST_BRANCHES = 16
"""For so many branches of one form of arguments programs are kept; then it is eager."""

Ask = Callable[[Program], Any]


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
        maker_of(backend)  # now, for its errors
        update_wrapper(self, f)
        self._f = f
        self._parameters = parameters
        self._backend = backend
        self._programs: dict[Hashable, list[Program]] = {}
        self._eager: set[Hashable] = set()
        self._tracing = Lock()
        self._bound: WeakKeyDictionary[Any, Compiled] = WeakKeyDictionary()

    @property
    def programs(self) -> list[Program]:
        """The programs that it holds, in the order in which they were traced."""
        return [program for kept in self._programs.values() for program in kept]

    def __get__(self, instance: Any, owner: type | None = None) -> Compiled:
        """The method of an instance: programs of its own for each."""
        if instance is None:
            return self
        if instance not in self._bound:
            method = self._f.__get__(instance, owner)
            self._bound[instance] = Compiled(method, self._parameters, self._backend)
        return self._bound[instance]

    def __call__(self, *inputs: Any, **keywords: Any) -> Any:
        """What the function returns for one example, as floats.

        With Values among the arguments, and while another function is traced, it is the
        function itself, so that it can be a part of what is recorded.
        """
        inputs = self._positional(inputs, keywords)
        if tracer() is not None or any(map(_is_value, _leaves(inputs))):
            return self._f(*inputs)
        return self._answer(inputs, lambda program: program(*inputs), _floats)

    def backward(self, *inputs: Any, **keywords: Any) -> float:
        """The value for one example; its gradient is added to every `.grad`."""
        inputs = self._positional(inputs, keywords)
        result: float = self._answer(
            inputs, lambda program: _added(program, inputs), _swept
        )
        return result

    def value_and_grad(self, *inputs: Any, **keywords: Any) -> tuple[float, Any]:
        """The value for one example, and the gradient in the order of the parameters.

        Raises:
            ValueError: Two branches read other parameters, and none were given.
        """
        inputs = self._positional(inputs, keywords)
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

    def _positional(
        self, inputs: tuple[Any, ...], keywords: Mapping[str, Any]
    ) -> tuple[Any, ...]:
        """The arguments in order, those given by name too."""
        if not keywords:
            return inputs
        bound = inspect.signature(self._f).bind(*inputs, **keywords)
        if bound.kwargs:
            names = ", ".join(bound.kwargs)
            raise TypeError(f"{name_of(self._f)} takes {names} by name only: name none")
        return bound.args

    def _answer(
        self, inputs: tuple[Any, ...], ask: Ask, eager: Callable[[Any], Any]
    ) -> Any:
        """Ask the program that knows this branch; trace one, or run eagerly."""
        refuse_while_tracing(self._f)
        key = outline(inputs, kinds=True)
        kept = self._programs.setdefault(key, [])
        asked = 0
        while asked < len(kept):
            try:
                return ask(kept[asked])
            except BranchError:
                asked += 1
        if key not in self._eager:
            with self._tracing:
                if asked == len(kept):  # no other thread has traced one meanwhile
                    self._trace(key, inputs)
            if asked < len(kept):
                return self._answer(inputs, ask, eager)
        return eager(self._f(*inputs))

    def _trace(self, key: Hashable, inputs: tuple[Any, ...]) -> None:
        """Keep a new program, if it can be made and knows its own example."""
        if len(self._programs[key]) == MOST_BRANCHES:
            why = f"it has more than {MOST_BRANCHES} branches; write them with where"
            self._run_eagerly(key, why)
            return
        try:
            program = Program(
                self._f, *inputs, parameters=self._parameters, backend=self._backend
            )
            program(*inputs)
        except BranchError as error:  # at a number that is 0 but for rounding
            self._run_eagerly(key, str(error))
        except (TypeError, ValueError, IndexError) as error:
            self._run_eagerly(key, str(error))
        else:
            self._programs[key].append(program)

    def _run_eagerly(self, key: Hashable, why: str) -> None:
        """Trace such arguments no more, and say so."""
        self._eager.add(key)
        message = f"{name_of(self._f)} runs eagerly on such arguments: {why}"
        warnings.warn(message, CompilationWarning, stacklevel=5)

    def _in_order(self, inputs: tuple[Any, ...]) -> Ask:
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


def _leaves(structure: Any) -> Iterator[Any]:
    """Whatever a structure holds, numbers or not."""
    if isinstance(structure, dict):
        structure = [*structure.values()]
    if isinstance(structure, list | tuple):
        for part in structure:
            yield from _leaves(part)
    elif isinstance(structure, np.ndarray) and structure.dtype == object:
        yield from structure.ravel()
    else:
        yield structure


def _is_value(x: Any) -> bool:
    return isinstance(x, Value)


def _floats(result: Any) -> Any:
    """What was recorded, as plain numbers."""
    return rebuild(result, [float(x) for x in flatten(result)])


def _swept(result: Any) -> float:
    """The value, and a backward pass."""
    output = _single(result)
    if isinstance(output, Value):
        output.backward()
    return float(output)


def _added(program: Program, inputs: tuple[Any, ...]) -> float:
    """The value, and the gradient added; a branch that reads no leaf adds none."""
    if program.parameters:
        return program.backward(*inputs)
    return program.value_and_grad(*inputs, wrt="inputs")[0]


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
        f: The function, or a method: see `Program`.
        parameters: The leaves to differentiate by; None for those that f reads.
        backend: As for `Program`.

    Raises:
        ImportError: The backend is not installed.
        ValueError: There is no such backend.
    """
    if f is None:
        return partial(Compiled, parameters=parameters, backend=backend)
    return Compiled(f, parameters, backend)
