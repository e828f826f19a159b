"""Chance: whether a function draws random numbers while it is run.

A number that was drawn while a function was traced would stay the same for ever, even
if it only tossed a coin. What two runs compute does not tell: a coin falls on the same
side twice. So all generators that the function reaches by a name are asked whether they
moved on; what can't say so counts as if it had.
"""

from __future__ import annotations

import os
import pickle
import random
import secrets
import uuid
import weakref
from collections.abc import Callable, Iterator, Sequence
from io import IOBase
from typing import Any

import numpy as np

from autograd.program.worlds.reach import Reach
from autograd.program.worlds.things import held_by

_WITH_STATE = (
    random.Random,
    np.random.Generator,
    np.random.RandomState,
    np.random.BitGenerator,
)
_MAKERS = (random.Random, np.random.RandomState, np.random.BitGenerator)
_FROM_THE_SYSTEM = (np.random.default_rng, os.urandom, uuid.uuid1, uuid.uuid4)


class Chance:
    """The generators that a function reaches by a name, and where they stood.

    Args:
        f: The function.
        objects: Objects among its arguments, with their names.
    """

    def __init__(
        self, f: Callable[..., Any], objects: Sequence[tuple[str, Any]] = ()
    ) -> None:
        reach = Reach(f, objects)
        self._generators: dict[str, Any] = {"random": random, "np.random": np.random}
        self._generators.update(filter(_has_state, reach.things))
        self._unknowable = [name for name, x in reach.things if _is_unknowable(x)]
        self._before = self._states()

    def drawn(self) -> str:
        """The generator that moved on meanwhile, by name; "" if none did."""
        for name, state in self._states().items():
            if state != self._before[name]:
                return name
        return next(iter(self._unknowable), "")

    def _states(self) -> dict[str, bytes]:
        return {name: _state_of(x) for name, x in self._generators.items()}


def _has_state(named: tuple[str, Any]) -> bool:
    thing = named[1]
    return isinstance(thing, _WITH_STATE) and not isinstance(thing, random.SystemRandom)


def _is_unknowable(thing: Any) -> bool:
    """Whether something makes or draws numbers, or goes on to the next, unseen."""
    if isinstance(thing, type):
        return issubclass(thing, _MAKERS)
    if isinstance(thing, Iterator) and type(thing) not in weakref.ProxyTypes:
        return not isinstance(thing, IOBase)
    is_secret = held_by(thing, "__module__") == secrets.__name__
    is_system = any(thing is maker for maker in _FROM_THE_SYSTEM)
    return is_secret or is_system or isinstance(thing, random.SystemRandom)


def _state_of(generator: Any) -> bytes:
    """Where a generator stands, as bytes: comparing arrays gives no bool."""
    if isinstance(generator, np.random.Generator):
        generator = generator.bit_generator
    if isinstance(generator, np.random.BitGenerator):
        return pickle.dumps(generator.state)
    if isinstance(generator, random.Random) or generator is random:
        return pickle.dumps(generator.getstate())
    return pickle.dumps(generator.get_state())
