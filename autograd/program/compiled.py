"""compiled: a decorator that traces a function when it is called."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from functools import partial, update_wrapper
from types import FunctionType, MethodType
from typing import Any, cast, overload

from autograd.program.backends.engines import Backend, maker_of
from autograd.program.calling.answers import Answers, kept_of
from autograd.program.calling.arguments import (
    Call,
    call_of,
    names_of_arguments,
    without_values,
)
from autograd.program.calling.composite import RunAsItIsError
from autograd.program.calling.questions import Question
from autograd.program.calling.slots import UnguardedError
from autograd.program.program import Program
from autograd.program.running.checks import (
    Moment,
    check_wanted,
    listed,
    refuse_no_parameters,
    refuse_values,
    refuse_while_tracing,
)
from autograd.recording import get_state
from autograd.running import check_function, name_of
from autograd.value import Value


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
        self._f, self._parameters, self._backend = f, listed(parameters), backend
        self._names = names_of_arguments(f)
        self._owner: tuple[Any, ...] = ()
        self._kept = Answers(f, self._names, self._parameters, backend)

    @property
    def programs(self) -> list[Program]:
        """The programs that it holds, those of the last used form last."""
        return self._kept.programs

    @property
    def parameters(self) -> list[Value]:
        """The leaves that gradients are by: those given, or as they were first read.

        Another branch, or a longer sequence, may read more: they come at the end.
        """
        given = self._parameters
        return [*(self._kept.leaves.known if given is None else given)]

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
        bound._kept = kept_of(instance, self._kept)
        return bound

    # --- asking ----------------------------------------------------------------

    def __call__(self, *inputs: Any, **keywords: Any) -> Any:
        """What the function returns for one example: see `Compiled`.

        With `theta=`, a vector of numbers for `parameters`, it is floats.
        """
        epoch = get_state().epoch
        if epoch.is_idle and not keywords and not self._owner:
            records = epoch.records or epoch.outer is None  # or is about to
            answer = self._kept.quickly(inputs, records)
            if answer is not None:
                return answer
        theta = self._option(keywords, "theta") if keywords else None
        moment = Moment()
        if moment.traces:
            return self._f(*self._owner, *inputs, **keywords)
        records = moment.records and theta is None
        try:
            if records and moment.is_nested:
                raise RunAsItIsError
            call = call_of(self._f, self._owner, inputs, keywords)
            if records:
                return self._kept.node(call, moment)
            return self._kept.value(call, theta)
        except UnguardedError as error:
            self._kept.warn(
                f"with {error.what} among its arguments: it may change unseen"
            )
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
        return self._kept.map(self._numbers(inputs, keywords), theta)

    def value_and_grad(self, *inputs: Any, **keywords: Any) -> tuple[float, Any]:
        """The value for one example, or the mean over a batch, and its gradient.

        Arguments like those of an earlier call are one example, and those that have
        one axis more are a batch. As long as there was no call, they are one example
        if the function makes one number of them, and else a batch.

        Args:
            inputs: One example, or a batch.
            keywords: Arguments by name; `theta` and `wrt` as for `Program`.
        """
        wrt = self._option(keywords, "wrt", "parameters")
        check_wanted(wrt, ("parameters", "inputs", "both"))
        question = Question("value_and_grad", self._option(keywords, "theta"), wrt)
        call = self._numbers(inputs, keywords)
        value, gradient = self._kept.of_one_or_batch(question, call)
        if wrt == "inputs":
            gradient = call.by_argument(gradient)
        elif wrt == "both":
            gradient = gradient[0], call.by_argument(gradient[1])
        return value, gradient

    def backward(self, *inputs: Any, **keywords: Any) -> float:
        """The same value; its gradient is added to every parameter's `.grad`.

        Raises:
            ValueError: The function has no parameters.
        """
        if not (keywords or self._owner):
            value = self._kept.last_batch.again(inputs)
            if value is not None:
                return value
        question = Question("backward", self._option(keywords, "theta"))
        call = self._numbers(inputs, keywords)
        value, shares = self._kept.of_one_or_batch(question, call)
        # One branch of several may read none, and then adds nothing.
        if not (shares or any(x.parameters or x.plan.guards for x in self.programs)):
            refuse_no_parameters(self._f)
        for add, share in shares:
            add(share)
        return float(value)

    def jacobian(self, *inputs: Any, **keywords: Any) -> Any:
        """All derivatives of one example's outputs: see `Program.jacobian`."""
        wrt = self._option(keywords, "wrt", "parameters")
        check_wanted(wrt, ("parameters", "inputs"))
        question = Question("jacobian", self._option(keywords, "theta"), wrt)
        return self._kept.of_one(question, self._numbers(inputs, keywords))

    def hvp(self, *inputs: Any, v: Any, **keywords: Any) -> Any:
        """The Hessian in the parameters times v: of one example, or of the mean."""
        question = Question("hvp", self._option(keywords, "theta"), v=v)
        return self._kept.of_one_or_batch(question, self._numbers(inputs, keywords))

    # --- arguments -------------------------------------------------------------

    def _option(self, keywords: dict[str, Any], name: str, default: Any = None) -> Any:
        """An option of the question, unless the function's own argument is named so."""
        return default if name in self._names else keywords.pop(name, default)

    def _numbers(self, inputs: tuple[Any, ...], keywords: dict[str, Any]) -> Call:
        """The call of a question that is asked for numbers.

        Raises:
            TypeError: A Value is among them, or something that can't be guarded; or a
                function is traced.
        """
        refuse_while_tracing(self._f)
        call = call_of(self._f, self._owner, inputs, keywords)
        if call.has_values:
            refuse_values(self._f)
        return call

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
        count, why = len(self.programs), self._kept.given_up
        told = f"{count} program{'s' * (count != 1)}"
        told += f"; runs eagerly: {why}" * bool(why)
        return f"compiled({name_of(self._f)}: {told})"


@overload
def compiled(f: Callable[..., Any], /) -> Compiled: ...
@overload
def compiled(
    *, parameters: Sequence[Value] | None = None, backend: Backend = "auto"
) -> Callable[[Callable[..., Any]], Compiled]: ...
def compiled(
    f: Callable[..., Any] | None = None,
    /,
    *,
    parameters: Sequence[Value] | None = None,
    backend: Backend = "auto",
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
