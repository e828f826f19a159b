"""World: what a function reads besides its arguments, and whether it is as it was.

A program knows the world of the moment in which it was traced. So every call asks
whether the globals, closure cells, attributes and containers that the function reads
still hold the same. Most often they hold the very same objects, and one comparison of
identities, all in C, says so; nets are looked at only after one has changed. Else
numbers, texts and the like are compared by what they are; Values and other objects by
identity.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from operator import call, is_
from typing import Any

from autograd.listening.watching import Watched, last_change
from autograd.program.worlds.gaps import gaps_of
from autograd.program.worlds.places import arrays_of, places_of
from autograd.program.worlds.reach import Reach
from autograd.program.worlds.things import PLAIN
from autograd.recorder import Recorder
from autograd.recording import Epoch, Recording, reset_state, set_state


class _AnotherValueError(Exception):
    """Two Values were compared: they are not one and the same."""


class _Alarm(Recorder):
    """Rings when two Values are compared: a comparison that is traced is a node."""

    traces = True

    def made(self, _node: Any) -> None:
        """Ring."""
        raise _AnotherValueError


_ALARMED = Recording(Epoch(recorders=(_Alarm(),)), "")

_GONE = (AttributeError, KeyError, ValueError, RuntimeError)
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
        reach = Reach(f, [*zip(names, objects, strict=True)])
        self._places = places_of(reach, objects, ignoring)
        self._readers = [place.read for place in self._places]
        others = [x for x in self._places if not x.is_row]
        self._quick = [x.read for x in others]
        self._unwatched = [x.read for x in others if not x.is_watched]
        self._rows = [x.holder for x in self._places if x.is_row]
        self._rows_seen = [type(row)(row) for row in self._rows]
        holders = [place.holder for place in self._places]
        self._asked = [place.holder for place in self._places if place.is_asked]
        self._holders = holders[len(self._asked) :]
        self._sized = [place.holder for place in others if place.is_container]
        # The containers whose contents are compared.
        self._looked_into = {*map(id, chain(self._sized, self._rows))}
        self._sized += [holder for name, holder in reach.large if name not in ignoring]
        self._sizes = [*map(len, self._sized)]
        gaps = gaps_of(reach, objects, ignoring)
        self._asked_gaps = [gap for gap in gaps if isinstance(gap.owner, int)]
        self._watched_gaps = [x for x in gaps if isinstance(x.owner, Watched)]
        self._gaps = [x for x in gaps if not isinstance(x.owner, int | Watched)]
        self._arrays = arrays_of(reach, ignoring, {*map(id, written)})
        self._looked_into |= {id(array) for _, array in self._arrays}
        self._bytes = self._array_bytes()
        found = [[*read] for read in self._reading(objects)]
        self._counts = [*map(len, found)]
        self._seen = (*chain.from_iterable(found),)

    def holds(self, objects: Sequence[Any] = ()) -> bool:
        """Whether the function would find all as it was."""
        change = last_change()
        readers = self._unwatched if change is self._last_change else self._quick
        try:
            now = chain.from_iterable(self._reading(objects, readers))
            same = all(map(is_, now, self._seen)) and self._rows_hold()
            if self._sized and [*map(len, self._sized)] != self._sizes:
                return False
            if self._arrays and self._array_bytes() != self._bytes:
                return False
            if self._has_appeared(objects, change is not self._last_change):
                return self._is_equal_anew(objects)
            if not (same or self._is_equal(objects)):
                return False
        except _GONE:
            return False
        self._last_change = change
        return True

    def _has_appeared(self, objects: Sequence[Any], are_nets_changed: bool) -> bool:
        """Whether a variable or attribute is there that was looked for in vain."""
        gaps = [*self._gaps, *self._watched_gaps] if are_nets_changed else self._gaps
        if any(gap.is_filled(gap.owner) for gap in gaps):
            return True
        return any(gap.is_filled(objects[gap.owner]) for gap in self._asked_gaps)

    @property
    def is_partial(self) -> bool:
        """Whether something that the function reads is ignored."""
        return bool(self._made_of[2])

    def changed(self, objects: Sequence[Any] = ()) -> list[str]:
        """What is not as it was, by name: "k", "self.lr"."""
        arrays = zip(self._arrays, self._array_bytes(), self._bytes, strict=True)
        found = [name for (name, _), now, old in arrays if now != old]
        seen = iter(self._seen)
        for place, count in zip(self._places, self._counts, strict=True):
            holder = objects[place.holder] if place.is_asked else place.holder
            old = [*islice(seen, count)]
            try:
                now = [*place.read(holder)]
            except _GONE:
                now = []
            found += _differing(place.names, now, old)
        return [*dict.fromkeys(found)]

    def appeared(self) -> list[str]:
        """What is there now that was not, by name, if nothing else has `changed`."""
        gaps = [*self._gaps, *self._watched_gaps]
        found = [f"what {x.name} holds" for x in gaps if x.is_filled(x.owner)]
        return found or ["the length of a large container"]

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

    def _reading(
        self, objects: Sequence[Any], readers: Sequence[Any] | None = None
    ) -> Iterator[Iterable[Any]]:
        """What each place holds at this moment; or those that have these readers."""
        readers = self._readers if readers is None else readers
        if not self._asked:
            return map(call, readers, self._holders)
        asked = map(objects.__getitem__, self._asked)
        return map(call, readers, chain(asked, self._holders))

    def _array_bytes(self) -> list[bytes]:
        return [array.tobytes() for _, array in self._arrays]

    def _is_equal(self, objects: Sequence[Any]) -> bool:
        """The same, if some of it was replaced by what may be its equal."""
        now = [*chain.from_iterable(self._reading(objects))]
        if len(now) != len(self._seen):
            return False
        pairs = [*zip(now, self._seen, strict=True)]
        others = [pair for pair in pairs if not _is_same(*pair)]
        if not others:
            self._seen = (*now,)
            return True
        if any(id(old) not in self._looked_into for _, old in others):
            return False
        return self._is_equal_anew(objects)

    def _is_equal_anew(self, objects: Sequence[Any]) -> bool:
        """The same, if the function reads it elsewhere; then it is read there."""
        f, names, ignoring, written = self._made_of
        fresh = World(f, objects, names, ignoring, written)
        if not self._is_like(fresh):
            return False
        vars(self).update(vars(fresh))  # from now on it looks at the new ones
        return True

    def _is_like(self, fresh: World) -> bool:
        """Whether another one sees the same, if in other containers."""
        if len(self._seen) != len(fresh._seen) or self._outside != fresh._outside:
            return False
        return all(
            _is_same(x, old)
            or (id(x) in fresh._looked_into and id(old) in self._looked_into)
            for x, old in zip(fresh._seen, self._seen, strict=True)
        )

    @property
    def _outside(self) -> tuple[Any, ...]:
        """All but the things themselves."""
        arrays = [(name, x.shape, x.dtype) for name, x in self._arrays]
        names = [place.names for place in self._places]
        return names, self._sizes, [*map(len, self._rows)], arrays, self._bytes


def _is_same(x: Any, old: Any) -> bool:
    """Whether something stands for what was there: itself, or an equal number."""
    if x is old:
        return True
    if x.__class__ is not old.__class__:
        return False
    if isinstance(x, tuple):
        return len(x) == len(old) and all(map(_is_same, x, old))
    return isinstance(x, PLAIN) and repr(x) == repr(old)  # 0.0 and -0.0 differ


def _differing(names: Sequence[str], now: list[Any], old: list[Any]) -> list[str]:
    """The names of what is not the same, or of all where it is not even as much."""
    if len(now) != len(old):
        return [*names]
    each = names if len(names) == len(old) else [names[0]] * len(old)
    pairs = zip(each, now, old, strict=True)
    return [name for name, x, before in pairs if not _is_same(x, before)]


def listing(names: Sequence[str]) -> str:
    """The first few of many names."""
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
