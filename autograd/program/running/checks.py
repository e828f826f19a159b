"""Checks: what a Program may be asked for, when, and what it is to be given.

And the branches that were traced, indices in range, rules that run on arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from autograd.errors import BranchError
from autograd.ops import OPS, Op
from autograd.program.differentiate.lanes import array_namespace
from autograd.program.plan import Apply, Guard, Plan, Vector
from autograd.program.statements.code import Code
from autograd.program.worlds.world import listing
from autograd.recording import Epoch, current, get_state, tracer
from autograd.running import name_of
from autograd.sweep import interior_order
from autograd.value import Value


def listed(parameters: Iterable[Value] | None) -> list[Value] | None:
    """The given parameters as a list; None for whatever the function reads.

    Raises:
        TypeError: They are no list, but a single Value, say, or a whole model.
    """
    if parameters is None:
        return None
    if isinstance(parameters, Mapping) or not isinstance(parameters, Iterable):
        message = (
            f"parameters= wants a list of leaf Values, such as model.parameters() or "
            f"[w, b]; got {type(parameters).__name__}"
        )
        raise TypeError(message)
    return list(parameters)


def refuse_while_tracing(f: Callable[..., Any]) -> None:
    """Raise a TypeError where a program's numbers would be constants for ever."""
    if tracer() is not None:
        message = (
            f"a program of {name_of(f)} can't be run while a function is traced: its "
            f"numbers would be baked in. Call {name_of(f)} itself, or use gradients(y, "
            f"inputs, create_graph=True)"
        )
        raise TypeError(message)


def refuse_inside(f: Callable[..., Any]) -> None:
    """Raise a TypeError where a program's numbers would have lost their derivative."""
    name = name_of(f)
    message = (
        f"a program of {name} gives plain numbers, and a Value that {name} closes over "
        f"is being differentiated: the derivative would be lost. Call {name} itself, "
        f"or grad, jacobian, hvp of it; give theta= if constants are meant"
    )
    raise TypeError(message)


def refuse_values(f: Callable[..., Any]) -> None:
    """Raise a TypeError where numbers are asked of numbers, and Values were given."""
    message = (
        f"{name_of(f)} is asked for numbers here, and so takes plain numbers, got a "
        f"Value: give its .data, or call the function itself"
    )
    raise TypeError(message)


def refuse_no_parameters(f: Callable[..., Any]) -> None:
    """Raise a ValueError where a gradient in parameters is asked, and f has none."""
    message = (
        f"no parameters: {name_of(f)} closes over no leaf Values, so there is no "
        f"gradient in them. wrt='inputs'? value_and_grad and jacobian take that; for "
        f"a Hessian in the inputs there are autograd.hessian and autograd.hvp"
    )
    raise ValueError(message)


def refuse_several(f: Callable[..., Any], count: int) -> None:
    """Raise a TypeError if a gradient is asked of several numbers."""
    if count != 1:
        message = f"{name_of(f)} returns {count} numbers; a gradient is of one"
        raise TypeError(f"{message}: use jacobian")


def check_wanted(wrt: str, known: Sequence[str]) -> None:
    """Raise a ValueError if `wrt` is none of those known."""
    if wrt not in known:
        names = ", ".join(map(repr, known))
        raise ValueError(f"wrt is one of {names}; got {wrt!r}")


# --- whether what a program closes over is being differentiated ---------------------


def calls_of(values: Sequence[Value]) -> list[Epoch]:
    """The calls under way, in any thread, whose variables the Values depend on."""
    found = {*values}
    for node in interior_order(values):
        found.update(node.parents)
    epochs = {value.recording.epoch for value in found}
    calls = {call for epoch in epochs for call in calls_around(epoch)}
    return [call for call in calls if not found.isdisjoint(call.variables)]


def is_open(calls: Sequence[Epoch]) -> bool:
    """Whether one of the calls is under way, and this may be a part of it.

    What another thread does may be: the function can have handed its work to that.
    """
    epoch = current().epoch
    return epoch.records and any(
        call.variables and call.may_reach(epoch) for call in calls
    )


class Moment:
    """What is recorded when a program or a compiled function is called.

    Attributes:
        traces: Whether a function is being traced.
        records: Whether operations are recorded.
        call: The epoch of the differentiating call that is open, if one is.
        is_nested: Whether several are: then derivatives of derivatives are taken.
    """

    __slots__ = ("call", "is_nested", "records", "traces")

    def __init__(self) -> None:
        epoch = get_state().epoch
        self.call: Epoch | None = None
        self.is_nested = self.traces = False
        if epoch.plain and epoch.outer is None:  # the common case
            self.records = True
            return
        epoch = current().epoch
        self.records, self.traces = epoch.records, epoch.tracer is not None
        calls = [*calls_around(epoch)]
        self.call = calls[0] if calls else None
        self.is_nested = len(calls) > 1

    @property
    def is_inside(self) -> bool:
        """Whether this is recorded as a part of some differentiating call."""
        return self.records and self.call is not None

    def is_own(self, values: Iterable[Value]) -> bool:
        """Whether all of them were made in the call that is open, or none is open.

        The derivative of such a call would be a Value itself.
        """
        call = self.call
        return call is None or all(call.encloses(x.recording.epoch) for x in values)


def calls_around(epoch: Epoch | None) -> Iterator[Epoch]:
    """The calls that an epoch is a part of, the innermost first."""
    while epoch is not None:
        if epoch.variables:
            yield epoch
        epoch = epoch.outer


# --- what steered Python while tracing -----------------------------------------------


def check_guards(guards: tuple[Guard, ...], conditions: Any) -> None:
    """Raise a BranchError if an example would have steered the function otherwise.

    Args:
        guards: What was decided while tracing.
        conditions: The numbers that were asked, in this order: for one example, or a
            row for each; none where the engine has looked at them itself.
    """
    if not (guards and np.size(conditions)):
        return
    outcomes = np.array([guard.outcome for guard in guards])
    wrong = (np.asarray(conditions) != 0.0) != outcomes
    if not wrong.any():
        return
    *example, number = np.argwhere(wrong)[0].tolist()
    is_one = not example or len(wrong) == 1  # one example, or the same for all
    who = "this example" if is_one else f"example {example[0]} of the batch"
    guard = guards[number]
    error = BranchError(
        f"{who} takes another branch than the one that was traced: at {guard.where}, "
        f"{guard.line!r} was {guard.outcome} while tracing and is {not guard.outcome} "
        f"now. A program has one branch only: write autograd.where(condition, x, y) "
        f"(or maximum, clamp, relu), or use @autograd.compiled, which traces again"
    )
    error.path = (*(guard.outcome for guard in guards[:number]), not guard.outcome)
    raise error


def outcomes_of(guards: Sequence[Guard]) -> bytes:
    """The conditions of one example that takes the branch that was traced, as bytes.

    Others may do as well: any number but 0 counts as true.
    """
    return np.array([guard.outcome for guard in guards], np.float64).tobytes()


def world_error(f: Callable[..., Any], changed: Sequence[str]) -> BranchError:
    """What is raised where a function would read something else than when traced."""
    return BranchError(
        f"the world has changed since {name_of(f)} was traced: {listing(changed)}. A "
        f"program keeps what its function read then: make a new Program, pass as an "
        f"argument what changes, or use @autograd.compiled, which traces again"
    )


# --- integer inputs as indices --------------------------------------------------------


class Indices:
    """The integer inputs that choose entries of lists, and how long those are.

    Args:
        plan: The plan; a row of the table has its index as the first operand.
    """

    def __init__(self, plan: Plan) -> None:
        counts: dict[int, int] = {}
        for node in plan.nodes:
            if not (isinstance(node, Apply) and node.op.constants == ("index",)):
                continue
            index, *entries = node.operands
            if isinstance(index, int) and index < plan.inputs:
                counts[index] = min(counts.get(index, len(entries)), len(entries))
        self._places = np.array(sorted(counts), int)
        self._counts = np.array([counts[place] for place in sorted(counts)], float)
        self._least = min(counts.values(), default=0)
        self._columns: Any = self._places
        if counts and np.ptp(self._places) == len(counts) - 1:  # side by side
            self._columns = slice(self._places[0], self._places[-1] + 1)

    def check(self, x: Vector) -> None:
        """Raise an IndexError if an index is out of range.

        Args:
            x: The inputs of one example, or a row for each.
        """
        if not len(self._places):
            return
        chosen: Any = x[..., self._columns]
        flat = chosen.ravel("K")
        if not flat.size or (  # by place, which is four times quicker than reductions
            flat[flat.argmin()] >= 0.0 and flat[flat.argmax()] < self._least
        ):
            return
        wrong = (chosen < 0.0) | (chosen >= self._counts)
        if wrong.any():
            *example, k = np.argwhere(wrong)[0].tolist()
            index, count = int(chosen[(*example, k)]), int(self._counts[k])
            where = f" in example {example[0]} of the batch" if example else ""
            raise IndexError(
                f"index {index}{where} is out of range: it chooses among {count}, so "
                f"it is from 0 to {count - 1}"
            )


# --- operations of the user's own -----------------------------------------------------


def check_own_operations(plan: Plan) -> None:
    """Run the rules of every own operation once on array symbols.

    Raises:
        TypeError: One computes with `math`, or asks Python to decide by an operand.
    """
    own = {
        node.op: len(node.operands)
        for node in plan.nodes
        if isinstance(node, Apply) and OPS.get(node.op.name) is not node.op
    }
    for op, count in own.items():
        try:
            _run(op, count)
        except TypeError as error:
            raise TypeError(
                f"the operation {op.name} can't be compiled: {error}. Its rules must "
                f"compute with xp (xp.exp, xp.where ...) and operators alone"
            ) from None


def _run(op: Op, count: int) -> None:
    code = Code()
    xp = array_namespace(code, stops=False)
    operands = [code.given(f"x{i}", (2,), batched=True) for i in range(count)]
    op.local_derivatives(xp, op.forward(xp, *operands), *operands)
