"""World: what a function reads besides its arguments, and whether it is as it was.

A program knows the world of the moment in which it was traced. So every call asks
whether the globals, closure cells, attributes and containers that the function reads
still hold the same. Most often they hold the very same objects, and one comparison of
identities, all in C, says so; nets are looked at only after one has changed. Else
numbers, texts and the like are compared by what they are; Values and other objects by
identity.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import takewhile
from operator import is_, itemgetter
from typing import Any

from autograd.listening.watching import last_change
from autograd.program.worlds.asked import END, Asked, Kind, comparison, reader
from autograd.program.worlds.reach import Reach
from autograd.program.worlds.things import PLAIN
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
        asked = Reach(f, [*zip(names, objects, strict=True)]).asked()
        kept = [
            x for x in asked if x.name not in ignoring and id(x.holder) not in left_out
        ]
        rows = [x for x in kept if x.is_row]
        watched = [x for x in kept if x.is_watched and not x.is_row]
        unwatched = [x for x in kept if not (x.is_watched or x.is_row)]
        # What is asked most often comes first, and so its answers do.
        self._asked = [*unwatched, *watched, *rows]
        self._rows = [x.holder for x in rows]
        self._rows_seen = [type(row)(row) for row in self._rows]
        # The containers whose contents are compared.
        compared = (Kind.ENTRIES, Kind.STATE)
        self._looked_into = {id(x.holder) for x in kept if x.kind in compared}
        self._read = reader(self._asked)
        self._read_others = reader([*unwatched, *watched]) if rows else self._read
        self._read_unwatched = reader(unwatched) if watched else self._read_others
        self._seen = self._read(objects)
        self._compared = comparison(self._asked, self._by_question(self._seen))

    def _by_question(self, answers: Sequence[Any]) -> list[list[Any]]:
        """A row of answers, parted by the questions."""
        rest = iter(answers)
        return [
            [*takewhile(_is_entry, rest)] if x.kind is Kind.ENTRIES else [next(rest)]
            for x in self._asked
        ]

    def holds(self, objects: Sequence[Any] = ()) -> bool:
        """Whether the function would find all as it was."""
        if self._compared is not None:
            try:
                if self._compared(objects, self._seen):
                    return True
            except _GONE:
                pass
        change = last_change()
        is_unchanged = change is self._last_change
        read = self._read_unwatched if is_unchanged else self._read_others
        try:
            same = all(map(is_, read(objects), self._seen)) and self._rows_hold()
            if not (same or self._is_equal(objects)):
                return False
        except _GONE:
            return False
        self._last_change = change
        return True

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
        seen = self._by_question(self._seen)
        triples = zip(self._asked, self._now(objects), seen, strict=True)
        found = [
            x.name
            for x, now, old in triples
            if x.kind in kinds
            and (len(now) != len(old) or not all(map(_is_same, now, old)))
        ]
        return [*dict.fromkeys(found)]

    def _now(self, objects: Sequence[Any]) -> list[list[Any]]:
        """The answers of this moment, by question; none where nothing is there."""
        try:
            return self._by_question(self._read(objects))
        except _GONE:
            return [[*self._answer(x, objects)] for x in self._asked]

    def _answer(self, question: Asked, objects: Sequence[Any]) -> Iterator[Any]:
        """The answer to one question; nothing where what is asked is gone."""
        with suppress(*_GONE):
            yield from filter(_is_entry, reader([question])(objects))

    def _rows_hold(self) -> bool:
        """Whether lists of Values still hold the very same ones.

        Python compares lists by identity first: ten times faster than an `is` for each.
        It asks the Values themselves only about another one, and then the alarm rings.
        """
        if not self._rows:
            return True
        token = set_state(_ALARMED)
        try:
            return self._rows == self._rows_seen
        except _AnotherValueError:
            return False
        finally:
            reset_state(token)

    def _is_equal(self, objects: Sequence[Any]) -> bool:
        """The same, if some of it was replaced by what may be its equal.

        If that is in another container, it is looked for there from now on.
        """
        now = self._read(objects)
        if len(now) != len(self._seen):
            return False
        pairs = zip(now, self._seen, strict=True)
        others = [old for x, old in pairs if not _is_same(x, old)]
        if not others:
            self._seen = now
            return True
        # What is True was a gap, perhaps, and what fills it the same as was seen.
        if any(old is not True and id(old) not in self._looked_into for old in others):
            return False
        f, names, ignoring, written = self._made_of
        fresh = World(f, objects, names, ignoring, written)
        if not self._is_like(fresh):
            return False
        vars(self).update(vars(fresh))
        return True

    def _is_like(self, fresh: World) -> bool:
        """Whether another one sees the same, if in other containers."""
        mine, its = self._answers(), fresh._answers()
        return [*map(itemgetter(0), mine)] == [*map(itemgetter(0), its)] and all(
            _is_same(x, old)
            or (id(x) in fresh._looked_into and id(old) in self._looked_into)
            for (_, some), (_, others) in zip(its, mine, strict=True)
            for x, old in zip(some, others, strict=True)
        )

    def _answers(self) -> list[tuple[Any, list[Any]]]:
        """What was asked, and what was seen, of all that is there."""
        pairs = zip(self._asked, self._by_question(self._seen), strict=True)
        return [
            ((x.name, x.text, x.known, len(answers)), answers)
            for x, answers in pairs
            if x.kind is not Kind.GAP
        ]


def _is_entry(x: Any) -> bool:
    return x is not END


def _is_same(x: Any, old: Any) -> bool:
    """Whether something stands for what was there: itself, or an equal number."""
    if x is old:
        return True
    if x.__class__ is not old.__class__:
        return False
    if isinstance(x, tuple):
        return len(x) == len(old) and all(map(_is_same, x, old))
    return isinstance(x, PLAIN) and repr(x) == repr(old)  # 0.0 and -0.0 differ


def listing(names: Sequence[str]) -> str:
    """The first few of many names."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
