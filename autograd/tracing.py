"""A function run once on fresh variables, and what it recorded.

A function sees variables of its own, recorded in an epoch of their own, so the sweep
over it ends where the function began: see `recording.Epoch`.

(A function "is traced", as messages and `recording.tracer` say it, while it becomes a
program: comparisons are nodes then. Here it only runs.)
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import wraps
from typing import Any, ClassVar, NamedTuple, cast

from autograd.ops import OPS
from autograd.recorder import Recorder
from autograd.recording import Epoch, current, leaves_graph, listeners, new_epoch
from autograd.structure import flatten, rebuild
from autograd.sweep import NUMERIC, Arithmetic, interior_order, reverse
from autograd.value import GRADIENTS_INSTEAD, Number, Value

Function = Callable[..., Any]


class CallRecorder(Recorder):
    """Who looks at a call of a function, during it and when it is over: nobody here.

    Attributes:
        attached: Makes one for each call: see `listening/leaving.py`.
    """

    attached: ClassVar[Callable[[], CallRecorder]]

    def finished(
        self, who: str, outputs: Iterable[Value], variables: Iterable[Value]
    ) -> None:
        """The call gave these outputs, and is differentiated by these variables."""


CallRecorder.attached = CallRecorder


class Trace(NamedTuple):
    """A function run once: its variables, its outputs and what it recorded.

    Attributes:
        connected: Whether a Value from outside takes part: results are Values then.
    """

    variables: list[Value]
    outputs: list[Number]
    result: Any
    order: list[Value]
    connected: bool

    def arithmetic(self) -> Arithmetic[Any]:
        """That of one sweep: on Values if it is connected, else on floats."""
        if self.connected:
            return on_values()
        refuse_floats(self.outputs, "a gradient under no_grad()")
        return NUMERIC


def on_values() -> Arithmetic[Number]:
    """That of a sweep that is itself recorded, whose results are Values."""
    from autograd.recorded import recorded  # second derivatives: of no use to a first

    return recorded()


def trace_of(f: Function, args: Sequence[Any], argnums: Sequence[int]) -> Trace:
    """Run f on fresh variables in the place of the numbers of some arguments."""
    arguments = list(args)
    variables: list[Value] = []
    recorder = CallRecorder.attached()
    with new_epoch(recorder) as epoch:
        for i in argnums:
            fresh = [_variable(x) for x in flatten(args[i], f"argument {i}")]
            arguments[i] = rebuild(args[i], fresh)
            variables += fresh
        epoch.variables = known = {*variables}
        result = f(*arguments)
    outputs = flatten(result, f"what {name_of(f)} returns")
    values = [x for x in outputs if isinstance(x, Value)]
    recorder.finished(name_of(f), values, variables)
    order = interior_order(
        values,
        lambda node: node not in known and epoch.may_reach(node.recording.epoch),
    )
    connected = current().epoch.records and _reaches_out(
        variables, outputs, order, epoch
    )
    return Trace(variables, outputs, result, order, connected)


def _variable(x: Number) -> Value:
    """A fresh variable with this number, connected to it if it is a Value."""
    return cast(Value, OPS["identity"](x)) if isinstance(x, Value) else Value(x)


def _reaches_out(
    variables: list[Value], outputs: list[Number], order: list[Value], epoch: Epoch
) -> bool:
    """Whether a Value from outside takes part in what was recorded."""
    if any(x.parents for x in variables):
        return True
    inside = {*variables, *order}
    read = [parent for node in order for parent in node.parents]
    read += [x for x in outputs if isinstance(x, Value)]
    return any(
        x not in inside and (x.parents or not epoch.encloses(x.recording.epoch))
        for x in read
    )


def refuse_floats(outputs: Sequence[Number], what: str) -> None:
    """Let no derivative become plain floats that a traced function would keep.

    Raises:
        TypeError: A function is traced, and an output depends on what it is given.
    """
    for output in outputs:
        if isinstance(output, Value):
            leaves_graph(output, what, GRADIENTS_INSTEAD)


def name_of(f: Function) -> str:
    """What a message calls the function."""
    return getattr(f, "__name__", type(f).__name__)


def check_function(f: Any, asked: str) -> None:
    """Refuses at once what can't be called.

    Raises:
        TypeError: f is no function.
    """
    if not callable(f):
        message = f"{asked} wants a function, got {type(f).__name__}"
        if isinstance(f, Value):
            message += ": put the computation in a function, or use gradients(y, [x])"
        raise TypeError(message)


def like(f: Function, what: str) -> Callable[[Function], Function]:
    """Lets a derivative go by its function's name and signature in messages."""
    names = wraps(f, assigned=("__module__", "__name__", "__qualname__"), updated=())

    def named(derived: Function) -> Function:
        result = names(derived)
        result.__doc__ = f"The {what} of {name_of(f)}."
        return result

    return named


def with_constants(
    f: Function, constants: Sequence[Any], keywords: Mapping[str, Any]
) -> Function:
    """f as a function of its first arguments: the others are these."""
    if not constants and not keywords:
        return f

    @like(f, "rest")
    def given(*args: Any) -> Any:
        return f(*args, *constants, **keywords)

    return given


def positions_of(argnums: int | tuple[int, ...]) -> tuple[int, ...]:
    """The positions that argnums names.

    Raises:
        TypeError: It is neither an int nor a tuple of different ints.
    """
    positions = argnums if isinstance(argnums, tuple | list) else (argnums,)
    distinct = len(set(map(repr, positions))) == len(positions) > 0
    if distinct and all(type(i) is int for i in positions):
        return tuple(positions)
    message = f"argnums must be an int or a tuple of different ints, got {argnums!r}"
    raise TypeError(message)


def check_positions(f: Function, positions: Sequence[int], args: Sequence[Any]) -> None:
    """Refuses positions at which a call has no argument."""
    for i in positions:
        if not 0 <= i < len(args):
            message = (
                f"argnums names argument {i}, but {name_of(f)} was called with "
                f"{len(args)} positional arguments"
            )
            raise TypeError(message)


def single_output(trace: Trace, f: Function) -> Number:
    """The one output of a scalar function.

    Raises:
        TypeError: It returns a list of several.
    """
    if len(trace.outputs) != 1 or isinstance(trace.result, dict):
        message = (
            f"{name_of(f)} must return one number to have a gradient; it returned "
            f"{len(trace.outputs)}: use jacobian"
        )
        raise TypeError(message)
    return trace.outputs[0]


def about_to_sweep(outputs: Collection[Value]) -> None:
    """Tell all who listen that outputs are differentiated."""
    for recorder in listeners():
        recorder.sweeps(outputs)


def pulled_back(trace: Trace, seeds: dict[Value, Any]) -> list[Any]:
    """The adjoints of the variables: Values if they are connected, else floats."""
    about_to_sweep(seeds)
    adjoints = reverse(trace.order, seeds, trace.arithmetic())
    return [result_of(adjoints.get(x, 0.0), trace) for x in trace.variables]


def result_of(x: Number, trace: Trace) -> Number:
    """A result as a Value if it is connected to an outer computation."""
    return as_value(x) if trace.connected else x


def value_of(trace: Trace) -> Any:
    """What f returned: as Values if they are connected, else as floats."""
    values = [as_value(x) if trace.connected else float(x) for x in trace.outputs]
    return rebuild(trace.result, values)


def as_value(x: Number) -> Value:
    """The number as a Value, a new leaf if it is plain."""
    return x if isinstance(x, Value) else Value(x)
