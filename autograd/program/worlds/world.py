"""World: what a function reads besides its arguments, and whether it is as it was.

A program knows the world of the moment in which it was traced. So every call asks
whether the globals, closure cells, attributes and containers that the function reads
still hold the same. Most often they hold the very same objects, and one comparison of
identities, all in C, says so; nets are looked at only after one has changed. Else
numbers, texts and the like are compared by what they are; Values and other objects by
identity.

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
from contextlib import suppress
from io import IOBase
from operator import eq
from typing import Any

import numpy as np

from autograd.listening.watching import Watched, last_change
from autograd.program.worlds.asked import Asked, Kind, comparison, reader
from autograd.program.worlds.reach import Reach
from autograd.program.worlds.things import held_by, is_plain
from autograd.recording import Epoch, Recorder, Recording, reset_state, set_state


class _AnotherValueError(Exception):
    """Two Values were compared: they are not one and the same."""


class _Alarm(Recorder):
    """Rings when two Values are compared: a comparison that is traced is a node."""

    traces = True

    def made(self, _node: Any) -> None:
        """Ring."""
        raise _AnotherValueError


_ALARMED = Recording(Epoch(recorders=(_Alarm(),)), "")

_GONE = (AttributeError, LookupError, ValueError, RuntimeError)
"""What is raised where something is read that is there no more."""


class World:
    """What a function reads by name, and what was there when this was made.

    Args:
        f: The function.
        objects: Objects among its arguments. They are not kept: every question brings
            its own, and what counts is what is found in them.
        names: What messages call those.
        ignoring: What is not looked at, by the names that `changed` gives.
        written: Arrays that are not looked at, for the function only writes them.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        objects: Sequence[Any] = (),
        names: Sequence[str] = (),
        ignoring: frozenset[str] = frozenset(),
        written: Sequence[Any] = (),
    ) -> None:
        self._made_of = f, tuple(names), ignoring, tuple(written)
        self._last_change = last_change()
        left_out = {*map(id, written)}
        reach = Reach(f, [*zip(names, objects, strict=True)])
        self._asked = [
            x
            for x in reach.asked()
            if x.name not in ignoring and id(x.holder) not in left_out
        ]
        self._rows = [x.holder for x in self._asked if x.is_row]
        self._rows_seen = [type(row)(row) for row in self._rows]
        numbered = [x for x in enumerate(self._asked) if not x[1].is_row]
        watched = [x for x in numbered if isinstance(x[1].holder, Watched)]
        others = [x for x in numbered if not isinstance(x[1].holder, Watched)]
        self._watched_hold, self._most_hold = comparison(watched), comparison(others)
        self._is_most = len(others) == len(self._asked)
        # The containers whose contents are compared, by identity.
        compared = (Kind.ENTRIES, Kind.STATE)
        self._held = {id(x.holder) for x in self._asked if x.kind in compared}
        self._read = reader(self._asked)
        self._seen = self._read(objects)

    def holds(self, objects: Sequence[Any] = ()) -> bool:
        """Whether the function would find all as it was."""
        try:
            is_same = self._most_hold(objects, self._seen)
            if is_same and self._is_most:
                return True
            change = last_change()
            if is_same and change is not self._last_change:
                is_same = self._watched_hold(objects, self._seen)
            if not ((is_same and self._rows_hold()) or self._is_equal(objects)):
                return False
        except _GONE:
            return False
        self._last_change = change
        return True

    def _rows_hold(self) -> bool:
        """Whether lists and tuples of Values still hold the very same ones.

        Python compares lists by identity first: ten times faster than an `is` for each.
        It asks the Values themselves only about another one, and then the alarm rings.
        """
        if not self._rows:
            return True
        token = set_state(_ALARMED)
        try:
            return all(map(eq, self._rows, self._rows_seen))
        except _AnotherValueError:
            return False
        finally:
            reset_state(token)

    @property
    def is_partial(self) -> bool:
        """Whether something that the function reads is ignored."""
        return bool(self._made_of[2])

    def changed(self, objects: Sequence[Any] = ()) -> list[str]:
        """What is not as it was, by name: "k", "self.lr"."""
        return self._differing(objects, Kind.THING, Kind.ENTRIES, Kind.STATE)

    def appeared(self) -> list[str]:
        """What is there now that was not, by name, if nothing else has `changed`."""
        found = self._differing((), Kind.GAP, Kind.LENGTH)
        return [f"what {name} holds" for name in found]

    def _differing(self, objects: Sequence[Any], *kinds: Kind) -> list[str]:
        """The names of the questions of some kinds that have another answer now."""
        found = [
            x.name
            for x, now, old in zip(
                self._asked, self._now(objects), self._seen, strict=True
            )
            if x.kind in kinds and [*_differing(now, old)]
        ]
        return [*dict.fromkeys(found)]

    def _now(self, objects: Sequence[Any]) -> Sequence[Any]:
        """The answers of this moment; `_NOTHING` where nothing is there."""
        try:
            return self._read(objects)
        except _GONE:
            return [_answer(x, objects) for x in self._asked]

    def _is_equal(self, objects: Sequence[Any]) -> bool:
        """The same, if some of it was replaced by what may be its equal.

        If that is in another container, it is looked for there from now on.
        """
        now = self._read(objects)
        is_equal = True
        for _, old in _differing(now, self._seen):
            # What is True was a gap, perhaps, and what fills it the same as was seen.
            if old is not True and id(old) not in self._held:
                return False
            is_equal = False
        if is_equal:
            self._seen = now
            return True
        f, names, ignoring, written = self._made_of
        fresh = World(f, objects, names, ignoring, written)
        if not self._is_like(fresh):
            return False
        vars(self).update(vars(fresh))
        return True

    def _is_like(self, fresh: World) -> bool:
        """Whether another one sees the same, if in other containers."""
        (mine, seen), (its, now) = self._found(), fresh._found()
        return mine == its and all(
            id(x) in fresh._held and id(old) in self._held
            for x, old in _differing(now, seen)
        )

    def _found(self) -> tuple[list[tuple[str, str]], tuple[Any, ...]]:
        """What was asked, and what was seen, of all that is there."""
        found = [
            ((x.name, x.text), answer)
            for x, answer in zip(self._asked, self._seen, strict=True)
            if x.kind is not Kind.GAP
        ]
        return [x for x, _ in found], tuple([answer for _, answer in found])


_NOTHING = object()


def _answer(question: Asked, objects: Sequence[Any]) -> Any:
    """The answer to one question; `_NOTHING` where what is asked is gone."""
    with suppress(*_GONE):
        return reader([question])(objects)[0]
    return _NOTHING


def _differing(x: Any, old: Any) -> Iterator[tuple[Any, Any]]:
    """What stands for what was there and is neither itself nor an equal number."""
    is_alike = x.__class__ is old.__class__
    if is_alike and isinstance(x, tuple) and len(x) == len(old):
        for part, was in zip(x, old, strict=True):
            if part is not was:
                yield from _differing(part, was)
    elif not (x is old or (is_alike and is_plain(x) and repr(x) == repr(old))):
        yield x, old  # 0.0 and -0.0 differ, too


def listing(names: Sequence[str], most: int = 3) -> str:
    """The first few of many names."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


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
