"""Calls: whether what a program closes over is being differentiated at the moment.

Inside `grad(f)(x)`, and inside every other such call, a plain number that was made of
the call's variables has lost their derivative. So a program, which gives plain numbers,
asks here first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograd.recording import Epoch, current, get_state
from autograd.sweep import interior_order
from autograd.value import Value


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
