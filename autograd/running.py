"""A function run once on fresh variables, and what it recorded.

A function sees variables of its own, recorded in an epoch of their own, so the sweep
over it ends where the function began: see `recording.Epoch`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import update_wrapper
from typing import Any, NamedTuple, cast

from autograd.applying import Function
from autograd.ops import OPS
from autograd.recorded import recorded
from autograd.recording import Recorder, current, listeners, new_epoch
from autograd.structure import flatten, outline, rebuild
from autograd.sweep import NUMERIC, Arithmetic, forward, interior_order, reverse
from autograd.value import Number, Value


class Run(NamedTuple):
    """A function run once: its variables, its outputs and what it recorded.

    Attributes:
        connected: Whether a Value from outside takes part: results are Values then.
        asked: What a message calls the derivatives where they are floats.
    """

    variables: list[Value]
    outputs: list[Number]
    result: Any
    order: list[Value]
    connected: bool
    asked: str = "a gradient under no_grad()"

    def value(self) -> Any:
        """What the function returned."""
        return rebuild(self.result, [self.number(x) for x in self.outputs])

    def number(self, x: Number) -> Number:
        """A result: a Value if a Value from outside takes part, else a float."""
        if not self.connected:
            return float(x)
        return x if isinstance(x, Value) else Value(x)

    def pull_back(self, seeds: dict[Value, Any]) -> list[Number]:
        """Reverse mode: adjoints of the variables, from those of some outputs."""
        adjoints = reverse(self.order, seeds, self._about_to_sweep(seeds))
        return [self.number(adjoints.get(x, 0.0)) for x in self.variables]

    def slopes(self, output: Number) -> list[Number]:
        """The derivatives of one output in every variable."""
        return self.pull_back({output: 1.0} if isinstance(output, Value) else {})

    def push_forward(self, directions: Sequence[Number]) -> Any:
        """Forward mode: the derivative of the result when the variables move so."""
        moves = [x if self.connected else float(x) for x in directions]
        seeds: dict[Value, Any] = dict(zip(self.variables, moves, strict=True))
        values = [x for x in self.outputs if isinstance(x, Value)]
        tangents = forward(self.order, seeds, self._about_to_sweep(values))
        along = [
            tangents.get(x, 0.0) if isinstance(x, Value) else 0.0 for x in self.outputs
        ]
        return rebuild(self.result, [*map(self.number, along)])

    def _about_to_sweep(self, outputs: Collection[Value]) -> Arithmetic[Any]:
        """Tell all who listen; the numbers of a sweep are Values if it is connected."""
        for recorder in listeners():
            recorder.sweeps(outputs, "" if self.connected else self.asked)
        return recorded() if self.connected else NUMERIC


def run_of(
    f: Function,
    args: Sequence[Any],
    argnums: Sequence[int],
    keywords: Mapping[str, Any] | None = None,
) -> Run:
    """Run f on fresh variables in the place of the numbers of some arguments."""
    arguments = list(args)
    variables: list[Value] = []
    recorder = Recorder.of_a_call()
    with new_epoch(recorder) as epoch:
        for i in argnums:
            fresh = [_variable(x) for x in flatten(args[i], f"argument {i}")]
            arguments[i] = rebuild(args[i], fresh)
            variables += fresh
        epoch.variables = known = {*variables}
        result = f(*arguments, **(keywords or {}))
    outputs = flatten(result, f"what {name_of(f)} returns")
    values = [x for x in outputs if isinstance(x, Value)]
    recorder.finished(name_of(f), values, variables)
    order = interior_order(
        values,
        lambda node: node not in known and epoch.may_reach(node.recording.epoch),
    )
    ends = {x for node in order for x in node.parents}.union(values, variables)
    connected = current().epoch.records and any(  # does one come from outside?
        x.parents or not epoch.encloses(x.recording.epoch)
        for x in ends.difference(order)
    )
    return Run(variables, outputs, result, order, connected)


def _variable(x: Number) -> Value:
    """A fresh variable with this number, connected to it if it is a Value."""
    return cast(Value, OPS["identity"](x)) if isinstance(x, Value) else Value(x)


# --- what functions are asked, and what they are called ---------------------------


def name_of(f: Function) -> str:
    """What a message calls the function."""
    return getattr(f, "__name__", type(f).__name__)


def named_after(f: Function, derived: Function, what: str) -> Function:
    """The derived function under f's name and signature, for messages and `help`."""
    update_wrapper(derived, f, ("__module__", "__name__", "__qualname__"), ())
    derived.__doc__ = f"The {what} of {name_of(f)}."
    return derived


def check_function(f: Any, asked: str) -> None:
    """Raise a TypeError at once if f can't be called."""
    if not callable(f):
        message = f"{asked} wants a function, got {type(f).__name__}"
        if isinstance(f, Value):
            message += ": put the computation in a function, or use gradients(y, [x])"
        raise TypeError(message)


def positions_of(argnums: int | tuple[int, ...]) -> tuple[int, ...]:
    """The positions that argnums names: an int, or a tuple of different ints."""
    positions = argnums if isinstance(argnums, tuple | list) else (argnums,)
    distinct = len(set(map(repr, positions))) == len(positions) > 0
    if distinct and all(type(i) is int for i in positions):
        return tuple(positions)
    message = f"argnums must be an int or a tuple of different ints, got {argnums!r}"
    raise TypeError(message)


def like(model: Any, given: Any, what: str, wanted: str) -> list[Number]:
    """The numbers of what is given; a ValueError if it is not built like the model."""
    numbers = flatten(given, what)
    if outline(given) != outline(model):
        raise ValueError(f"{wanted}; got {given!r:.99} for {model!r:.99}")
    return numbers
