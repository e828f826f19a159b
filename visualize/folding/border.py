"""The border of an opened group: cards for what enters it, and for what it feeds.

They are the cards that the pictures around it have: finer ones where those are few,
and where they are many one for all that belong together, such as `inputs (16)`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from autograd import Value
from visualize.folding.fold import Group, walk
from visualize.folding.scopes import common, module_depth

FEW = 6
"""More cards under each other would outweigh what is opened."""

Child = Group | Value
Found = list[tuple[Child, list[int]]]
"""Cards, and for each those of its nodes that are joined to the opened group."""


@dataclass(frozen=True)
class Border:
    """What stands around a group: what it reads, and what reads it."""

    before: tuple[Child, ...] = ()
    after: tuple[Child, ...] = ()


@dataclass(frozen=True, eq=False)
class Around:
    """The pictures around an opened group, from which its border is taken.

    Attributes:
        pictures: Outermost groups: where the first has no card for a node, the next.
    """

    pictures: Sequence[Group]

    def border(self, group: Group) -> Border:
        """What stands at the border of a group."""
        outside = _Outside(group, self.pictures)
        return Border(outside.cards(reads=True), outside.cards(reads=False))

    def named(self) -> Iterator[tuple[str, Sequence[int]]]:
        """The cards at borders that stand for several nodes, by their names."""
        for whole in self.pictures:
            for group in walk(whole):
                border = self.border(group) if group is not whole else Border()
                for child in (*border.before, *border.after):
                    if isinstance(child, Group):
                        yield child.path, child.numbers


@dataclass(frozen=True, eq=False)
class _Outside:
    """What is outside of an opened group."""

    group: Group
    pictures: Sequence[Group]

    def cards(self, *, reads: bool) -> tuple[Child, ...]:
        """The cards of what the group reads, or of what reads it."""
        found: dict[Child, list[int]] = {}
        for number in self._numbers(reads=reads):
            found.setdefault(self._card(number, reads=reads), []).append(number)
        several = self._put_together(_finer([*found.items()]), reads=reads)
        return tuple(child for child, _ in sorted(several, key=lambda one: one[1][0]))

    def _numbers(self, *, reads: bool) -> list[int]:
        """The nodes outside that the group reads, or that read it.

        Not those of other samples, nor what is read and reads: it has no side.
        """
        plan, inside = self.group.plan, self.group.places
        near = plan.numbered.parents if reads else plan.numbered.consumers
        found = {n for number in inside for n in near[number]}.difference(inside)
        hidden = plan.batch.hidden if plan.batch else frozenset[int]()
        return sorted(found - hidden - self._beyond(reads=reads))

    def _beyond(self, *, reads: bool) -> frozenset[int]:
        """What lies on the other side of the group, where that is anything at all.

        A group of a picture is no part of a cycle; nodes that were asked for may be.
        """
        if self.group.kind != "graph":
            return frozenset()
        return self._after if reads else self._before

    @cached_property
    def _after(self) -> frozenset[int]:
        return _reached(self.group.plan.numbered.parents, self.group.places, 1)

    @cached_property
    def _before(self) -> frozenset[int]:
        return _reached(self.group.plan.numbered.consumers, self.group.places, -1)

    def _card(self, number: int, *, reads: bool) -> Child:
        """The outermost card for a node that has nothing of the group in it."""
        beyond = self._beyond(reads=reads)
        own = self.group.places.keys()
        for picture in self.pictures:
            child: Child = picture
            while isinstance(child, Group) and number in child.places:
                child = child.children[child.places[number]]
                if isinstance(child, Value):
                    return child
                if own.isdisjoint(child.numbers) and beyond.isdisjoint(child.numbers):
                    return child
        return self.group.plan.numbered.nodes[number]

    def _put_together(self, found: Found, *, reads: bool) -> Found:
        """One card for all that belong together, where there are too many."""
        if len(found) <= FEW:
            return found
        kin: dict[str, Found] = {}
        for child, numbers in found:
            kin.setdefault(self._kind_of(child, numbers), []).append((child, numbers))
        if len(kin) > FEW:
            kin = {"inputs" if reads else "uses": found}
        return [
            members[0] if len(members) == 1 else self._one(title, members)
            for title, members in kin.items()
        ]

    def _kind_of(self, child: Child, numbers: Sequence[int]) -> str:
        """What a card belongs to: a module, or all inputs or parameters."""
        plan = self.group.plan
        if isinstance(child, Value) and not child.parents:
            return "parameters" if plan.is_parameter(numbers[0]) else "inputs"
        scope = common({plan.scopes[number] for number in numbers})
        return ".".join(scope[: module_depth(scope)]) or "values"

    def _one(self, title: str, members: Found) -> tuple[Child, list[int]]:
        numbers = sorted(number for _, found in members for number in found)
        path = title
        if title in _COUNTED:
            title = f"{title} ({len(numbers):,})"
            path = f"{self.group.path}/{title}".lstrip("/")
        plan, inside = self.group.plan, tuple(numbers)
        group = Group(path, title, "outside", 1, "", inside, inside, (), plan)
        return group, numbers


_COUNTED = ("inputs", "parameters", "values", "uses")


def _finer(found: Found) -> Found:
    """The cards; in place of one of several numbers, a card for each if all are few."""
    result: Found = []
    for place, (child, numbers) in enumerate(found):
        room = FEW - len(result) - len(found[place + 1 :])
        result += _single(child, numbers, room) or [(child, numbers)]
    return result


def _single(child: Child, numbers: Sequence[int], most: int) -> Found:
    """The cards of one number that some nodes belong to; none where they are many."""
    if isinstance(child, Value) or len(child.leaving) == 1:
        return [(child, [*numbers])]
    if len(numbers) > most * FEW or not child.places.keys() >= set(numbers):
        return []
    inner: dict[Child, list[int]] = {}
    for number in numbers:
        inner.setdefault(child.children[child.places[number]], []).append(number)
    result: Found = []
    for one, its in inner.items():
        result += (found := _single(one, its, most - len(result)))
        if not found or len(result) > most:
            return []
    return result


def _reached(
    near: Sequence[Sequence[int]], starts: Iterable[int], step: int
) -> frozenset[int]:
    """All that can be reached from some nodes, these left out.

    Args:
        near: For each node its parents, or its consumers.
        starts: The nodes.
        step: 1 for what has them among its parents, -1 for its consumers.
    """
    own = set(starts)
    found: set[int] = set()
    for number in range(len(near))[::step]:
        if any(one in own or one in found for one in near[number]):
            found.add(number)
    return frozenset(found - own)
