"""Asking: what a Program may be asked for, when, and what it is to be given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

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


def is_inside() -> bool:
    """Whether this is recorded as a part of some differentiating call."""
    epoch = get_state().epoch
    if epoch.plain and epoch.outer is None:  # most often: nothing more to ask
        return False
    epoch = current().epoch
    return epoch.records and any(calls_around(epoch))


def calls_around(epoch: Epoch | None) -> Iterator[Epoch]:
    """The calls that an epoch is a part of, the innermost first."""
    while epoch is not None:
        if epoch.variables:
            yield epoch
        epoch = epoch.outer
