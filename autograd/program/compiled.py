"""compiled: a decorator that traces a function when it is called."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Sequence
from functools import partial, update_wrapper
from types import FunctionType, MethodType
from typing import Any, cast, overload

from autograd.program.asking import (
    check_wanted,
    listed,
    refuse_no_parameters,
    refuse_while_tracing,
)
from autograd.program.calling.answers import Answers
from autograd.program.calling.arguments import (
    Call,
    UnguardedError,
    by_argument,
    take_apart,
    without_values,
)
from autograd.program.calling.instances import kept_of
from autograd.program.calling.kept import CompilationWarning, Kept
from autograd.program.calling.nodes import Moment, RunAsItIsError
from autograd.program.calling.questions import (
    HessianProduct,
    Jacobian,
    Swept,
    ValueAndGrad,
)
from autograd.program.engines import Backend, maker_of
from autograd.program.program import Program
from autograd.program.ready import Recipe
from autograd.tracing import check_function, name_of
from autograd.value import Value

__all__ = ["CompilationWarning", "Compiled", "compiled"]


class Compiled:
    """A function that is traced when it is called, and run as array code from then on.

    It computes what the function computes, in every respect but time. Called where
    operations are recorded, with Values among its arguments or among what it reads, it
    returns Values that depend on them: one node for each output, whose local
    derivatives are the program's gradient. Where derivatives of derivatives are taken,
    inside a traced function, and where a number is not finite, it is the function
    itself. Otherwise it returns floats.

    *Arguments.* Numbers, also in lists, tuples, dicts and arrays, vary from call to
    call. What is no number is static: for each bool, None, text or function, and for
    each state of an object, there are programs of their own.

    *The world.* Every call asks whether what the function reads by name is as it was
    when it was traced: globals, closure cells, defaults, attributes of objects, and
    what containers and arrays of up to 1,000 numbers hold; so for all functions and
    methods that it names. Numbers and texts count by what they are, Values and other
    objects by identity. Nobody sees what is changed in larger containers of numbers, in
    the objects of installed libraries, in files or the environment, nor what is read
    from the clock, by `eval` or by `globals()`. What a function prints, or appends to a
    list that it does not read, it does only when it is traced.

    *Eagerly* it runs, with a `CompilationWarning` that says why, where it can't be
    traced: it draws random numbers, changes what it reads, or makes plain numbers of
    Values. So it does for a while, and `repr` says why, where hardly any program would
    be used twice: another branch or another world in most calls.

    Attributes:
        programs: What it holds, the last used form last.
    """

    __wrapped__: Callable[..., Any]

    def __init__(
        self,
        f: Callable[..., Any],
        parameters: Sequence[Value] | None,
        backend: Backend,
    ) -> None:
        check_function(f, "compiled")
        maker_of(backend)  # now, for its errors
        update_wrapper(self, f, updated=())
        self._f, self._parameters, self._backend = f, parameters, backend
        self._make = partial(_program, parameters, backend)
        self._names = _names_of(f)
        self._owner: tuple[Any, ...] = ()
        self._answer_from(Kept(f, self._names, self._make))

    def _answer_from(self, kept: Kept) -> None:
        self._kept = kept
        self._answers = Answers(self._f, kept, self._parameters)

    @property
    def programs(self) -> list[Program]:
        """The programs that it holds, those of the last used form last."""
        return self._kept.programs

    @property
    def parameters(self) -> list[Value]:
        """The leaves in whose order gradients are: those given, or first read."""
        if self._parameters is not None:
            return [*self._parameters]
        leader = self._kept.leader
        return [] if leader is None else leader.program.parameters

    def __get__(self, instance: Any, owner: type | None = None) -> Compiled:
        """The method of an instance: it has programs of its own."""
        if instance is None or not hasattr(self._f, "__get__"):
            return self
        method = self._f.__get__(instance, owner)
        if not (isinstance(method, MethodType) and method.__self__ is instance):
            return self  # a static method
        bound = object.__new__(Compiled)
        vars(bound).update(vars(self))
        bound._owner = (instance,)
        bound._answer_from(kept_of(instance, self._kept))
        return bound

    # --- asking ----------------------------------------------------------------

    def __call__(self, *inputs: Any, **keywords: Any) -> Any:
        """What the function returns for one example: see `Compiled`.

        With `theta=`, a vector of numbers for `parameters`, it is floats.
        """
        theta = self._option(keywords, "theta") if keywords else None
        moment = Moment()
        if moment.traces:
            return self._f(*self._owner, *inputs, **keywords)
        records = moment.records and theta is None
        try:
            if records and moment.is_nested:
                raise RunAsItIsError
            call = self._call(inputs, keywords)
            if records:
                return self._answers.node(call, moment)
            return self._answers.value(call, theta, moment.records)
        except UnguardedError as error:
            self._kept.warn(f"with {error} among its arguments: it may change unseen")
        except RunAsItIsError:
            pass
        result = self._f(*self._owner, *inputs, **keywords)
        return result if records else without_values(result)

    def map(self, *inputs: Any, **keywords: Any) -> Any:
        """What the function returns for every example of a batch: see `Program.map`.

        All at once where all examples take one branch, else one after the other.

        Args:
            inputs: For every argument a sequence with an entry an example; what is no
                number is the same for all.
            keywords: Arguments by name; `theta` as for `Program`.
        """
        theta = self._option(keywords, "theta")
        return self._answers.map(self._numbers(inputs, keywords), theta)

    def value_and_grad(self, *inputs: Any, **keywords: Any) -> tuple[float, Any]:
        """The value for one example, or the mean over a batch, and its gradient.

        Arguments like those of an earlier call are one example, and those that have
        one axis more are a batch. As long as there was no call, they are one example
        if the function makes one number of them, and else a batch.

        Args:
            inputs: One example, or a batch.
            keywords: Arguments by name; `theta` and `wrt` as for `Program`.

        Raises:
            ValueError: Two branches read other parameters, and none were given.
        """
        wrt = self._option(keywords, "wrt", "parameters")
        check_wanted(wrt, ("parameters", "inputs", "both"))
        question = ValueAndGrad(wrt, self._option(keywords, "theta"))
        call = self._numbers(inputs, keywords)
        value, gradient = self._answers.of_one_or_batch(question, call)
        if wrt == "inputs":
            gradient = self._by_argument(call, gradient)
        elif wrt == "both":
            gradient = gradient[0], self._by_argument(call, gradient[1])
        return value, gradient

    def backward(self, *inputs: Any, **keywords: Any) -> float:
        """The same value; its gradient is added to every parameter's `.grad`.

        Raises:
            ValueError: The function has no parameters.
        """
        question = Swept(self._option(keywords, "theta"))
        call = self._numbers(inputs, keywords)
        value, shares = self._answers.of_one_or_batch(question, call)
        # One branch of several may read none, and then adds nothing.
        programs = self.programs
        if not shares and not any(x.parameters or x.plan.guards for x in programs):
            refuse_no_parameters(self._f)
        for add, share in shares:
            add(share)
        return float(value)

    def jacobian(self, *inputs: Any, **keywords: Any) -> Any:
        """All derivatives of one example's outputs: see `Program.jacobian`."""
        wrt = self._option(keywords, "wrt", "parameters")
        check_wanted(wrt, ("parameters", "inputs"))
        question = Jacobian(wrt, self._option(keywords, "theta"))
        return self._answers.of_one(question, self._numbers(inputs, keywords))

    def hvp(self, *inputs: Any, v: Any, **keywords: Any) -> Any:
        """The Hessian in the parameters times v: of one example, or of the mean."""
        question = HessianProduct(v, self._option(keywords, "theta"))
        call = self._numbers(inputs, keywords)
        return self._answers.of_one_or_batch(question, call)

    # --- arguments -------------------------------------------------------------

    def _option(self, keywords: dict[str, Any], name: str, default: Any = None) -> Any:
        """An option of the question, unless the function's own argument is named so."""
        return default if name in self._names else keywords.pop(name, default)

    def _call(self, inputs: tuple[Any, ...], keywords: dict[str, Any]) -> Call:
        """The call taken apart.

        Raises:
            UnguardedError: An argument is neither a number nor can it be guarded.
        """
        arguments: tuple[Any, ...] = (*self._owner, *inputs)
        names: tuple[str, ...] = ()
        if keywords:
            bound = inspect.signature(self._f).bind(*arguments, **keywords)
            names = tuple(bound.kwargs)
            arguments = (*bound.args, *bound.kwargs.values())
        return take_apart(arguments, names, bool(self._owner))

    def _numbers(self, inputs: tuple[Any, ...], keywords: dict[str, Any]) -> Call:
        """The call of a question that is asked for numbers.

        Raises:
            TypeError: A Value is among them, or something that can't be guarded; or a
                function is traced.
        """
        refuse_while_tracing(self._f)
        call = self._call(inputs, keywords)
        if call.has_values:
            raise TypeError(
                f"{name_of(self._f)} is asked for numbers here, and so takes plain "
                f"numbers, got a Value: give its .data, or call the function itself"
            )
        return call

    def _by_argument(self, call: Call, slopes: tuple[Any, ...]) -> tuple[Any, ...]:
        """A gradient by the inputs with an entry an argument; None for static ones."""
        return by_argument(call, slopes)[len(self._owner) :]

    # --- copies ----------------------------------------------------------------

    def __reduce__(self) -> str | tuple[Any, ...]:
        """Copy and pickle it as its function is: a function by its name."""
        if self._owner:
            return getattr, (*self._owner, name_of(self._f))
        if isinstance(self._f, FunctionType):
            return self._f.__qualname__
        return Compiled, (self._f, self._parameters, self._backend)

    def __deepcopy__(self, memo: dict[int, Any]) -> Compiled:
        """The copy of an object's method is its copy's; a function is not copied."""
        if isinstance(self._f, FunctionType) and not self._owner:
            return self
        made, arguments = cast("tuple[Any, ...]", self.__reduce__())
        result: Compiled = made(*copy.deepcopy(arguments, memo))
        return result

    def __repr__(self) -> str:
        count = len(self.programs)
        why = self._kept.given_up
        told = f"{count} program{'s' * (count != 1)}"
        told += f"; runs eagerly: {why}" if why else ""
        return f"compiled({name_of(self._f)}: {told})"


def _program(
    parameters: Sequence[Value] | None,
    backend: Backend,
    f: Callable[..., Any],
    *example: Any,
) -> Program:
    """A program of a function; who keeps it looks at the world."""
    leaves = listed(parameters)
    return Program.of(Recipe(f, example, leaves, backend, is_guarded=False))


def _names_of(f: Callable[..., Any]) -> list[str]:
    """What a function calls its arguments; nothing where it does not say."""
    try:
        return [*inspect.signature(f).parameters]
    except (TypeError, ValueError):
        return []


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

    >>> from autograd import Value, compiled, no_grad
    >>> w = Value(3.0)
    >>> @compiled
    ... def f(x):
    ...     return w * x if x > 0 else x
    >>> with no_grad():
    ...     f(2.0), f(-2.0), f(4.0)
    (6.0, -2.0, 12.0)
    >>> f
    compiled(f: 2 programs)

    Where operations are recorded, a call is a node that depends on what f reads:

    >>> loss = (f(2.0) - 1.0) ** 2 + 0.01 * w * w
    >>> loss.backward()
    >>> round(w.grad, 9)
    20.06

    Args:
        f: The function, or a method: see `Compiled`.
        parameters: The leaves to differentiate by; None for those that f reads.
        backend: As for `Program`.

    Raises:
        ImportError: The backend is not installed.
        ValueError: There is no such backend.
    """
    if f is None:
        return partial(Compiled, parameters=parameters, backend=backend)
    return Compiled(f, parameters, backend)
