"""Chance: whether a function draws random numbers while it is traced."""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograd.tracing import name_of


def refuse_chance(f: Callable[..., Any], before: Mapping[str, Any]) -> None:
    """Raise a ValueError if a generator moved on since `random_states` was asked."""
    for name, state in random_states(f).items():
        if state != before[name]:
            message = (
                f"{name_of(f)} draws random numbers ({name}) while it is traced, and "
                f"they would stay the same for ever: pass them as inputs"
            )
            raise ValueError(message)


def random_states(f: Callable[..., Any]) -> dict[str, Any]:
    """The states of the generators that everyone shares, and of those that f names."""
    name, keys, *rest = np.random.get_state()  # noqa: NPY002 - to see if f draws
    states: dict[str, Any] = {
        "random": random.getstate(),
        "np.random": (name, np.asarray(keys).tobytes(), *rest),
    }
    for name, generator in _named_by(f).items():
        if isinstance(generator, random.Random):
            states[name] = generator.getstate()
        elif isinstance(generator, np.random.Generator):
            states[name] = repr(generator.bit_generator.state)
    return states


def _named_by(f: Callable[..., Any]) -> dict[str, Any]:
    """What a function closes over, and the globals whose names it uses."""
    f = inspect.unwrap(getattr(f, "func", f))
    if not inspect.isfunction(f):
        return {}
    found = inspect.getclosurevars(f)
    return {**found.globals, **found.nonlocals}
