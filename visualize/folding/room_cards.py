"""The cards of a room: what each says of the values or the group that it stands for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from autograd import Value
from visualize.cards.group_cards import Account, GroupCard
from visualize.cards.model import Card, value_card
from visualize.cards.remarks import OUTSIDE
from visualize.cards.statistics import activity_of, parameters_of, shape_of, strips_of
from visualize.folding.fold import Group
from visualize.folding.joined import Joined
from visualize.style import USUAL


class Cards:
    """Makes the cards of a room."""

    def __init__(self, room: Joined) -> None:
        self._room = room

    def card(self, place: int) -> Card | GroupCard:
        """The card of a child, or of what stands at the border."""
        child, count = self._room.children[place], self._room.counts[place]
        outside = place in self._room.outside
        if isinstance(child, Group):
            made = self._outside_card if outside else self._group_card
            return made(child, place)
        plan = self._room.group.plan
        number = self._room.members[place][0]
        samples = plan.batch.count if plan.batch and number in plan.batch.own else 1
        return value_card(
            self._room.numbered.graph,
            child,
            plan.names,
            hidden_operands=count.operands,
            hidden=count.passed_back,
            uses=() if child.parents else self._room.uses[number],
            samples=samples,
            value=plan.condition.number(child),
            marks=tuple(self._marks(place)),
            outside=outside,
        )

    def _group_card(self, child: Group, place: int) -> GroupCard:
        """A group's card, with all that is known of its inside."""
        parameters = parameters_of(child)
        return replace(
            self._bare_card(child, place),
            shape=shape_of(child, child.leaving),
            count=child.count,
            unit=child.unit,
            norm=self._norm(parameters or child.numbers),
            parameter_count=len(parameters),
            activity=activity_of(child),
            strips=strips_of(child, parameters, child.leaving),
        )

    def _outside_card(self, child: Group, place: int) -> GroupCard:
        """A group's card at the border: what it hands on, and what comes back."""
        norm = self._norm(child.leaving)
        card = replace(self._bare_card(child, place), norm=norm, outside=True)
        if card.value is not None:
            return card
        lines = [f"{len(child.leaving):,} values"]
        lines += [] if norm is None else [f"|g| {USUAL.number(norm)}"]
        told = f"{card.name}: {lines[0]} {OUTSIDE}"
        return replace(card, account=Account("", (*lines, *card.marks), told))

    def _bare_card(self, child: Group, place: int) -> GroupCard:
        count = self._room.counts[place]
        back = sum(count.passed_back)
        ends = self._room.numbered.values(child.leaving)
        return GroupCard(
            index=child.numbers[0],
            name=child.path,
            title=child.title,
            kind=child.kind,
            role=self._role(child),
            scope=".".join(child.scope),
            nodes=len(child.all_numbers),
            samples=child.samples,
            value=ends[0].data if len(ends) == 1 else None,
            gradient=count.gradient if self._room.differentiated else None,
            hidden_operands=count.operands,
            hidden_consumers=len(count.passed_back),
            hidden_contribution=back if self._room.differentiated else 0.0,
            marks=tuple(self._marks(place)),
        )

    def _norm(self, numbers: Sequence[int]) -> float | None:
        """The norm of some nodes' gradients; None before there are any."""
        if not self._room.differentiated:
            return None
        # hypot neither overflows nor loses tiny ones.
        return math.hypot(*(node.grad for node in self._room.numbered.values(numbers)))

    def _marks(self, place: int) -> Iterator[str]:
        """Words of warning: where NaN starts, and what was changed since."""
        origin = self.origin
        if origin is not None and origin[0] == place:
            what = "NaN" if math.isnan(origin[1].data) else "inf"
            yield f"{what} starts here"
        child, condition = self._room.children[place], self._room.group.plan.condition
        if isinstance(child, Value):
            mark = condition.mark(child, USUAL.number)
            yield from [mark] if mark else []
        elif condition.warning:
            changed = condition.doubtful.union(condition.recorded)
            count = sum(node in changed for node in child.nodes)
            yield from [f"{count:,} changed since"] if count else []

    @cached_property
    def origin(self) -> tuple[int, Value] | None:
        """The first card at which NaN or infinity starts, and the node."""
        for node in self._room.group.plan.condition.origins:
            number = self._room.numbered.number(node)
            for place, child in enumerate(self._room.children):
                inside = self._room.members[place]
                if isinstance(child, Group):
                    inside = child.all_numbers
                if number in inside:
                    return place, node
        return None

    def _role(self, child: Group) -> str:
        if not self._room.numbered.outputs.isdisjoint(child.numbers):
            return "output"
        if parameters_of(child):
            return "parameter"
        parents = self._room.numbered.parents
        leaves = not any(parents[number] for number in child.numbers)
        return "input" if leaves else "operation"
