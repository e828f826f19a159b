"""Asking: what a Program may be asked for, when, and what it is to be given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from autograd.recording import tracer
from autograd.tracing import name_of
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
