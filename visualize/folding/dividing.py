"""How the nodes of a room are divided into parts: the finest division that fits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from autograd import Value
from visualize.cards.condition import Condition, condition_of
from visualize.cards.labels import clean
from visualize.folding.numbered import Numbered
from visualize.folding.parts import Kind, Net, Part, join, renamed, value_part
from visualize.folding.repeats import fold_stretches, fold_sums, refold
from visualize.folding.samples import Batch
from visualize.folding.scopes import Key, Units, acyclic, module_depth
from visualize.layout.geometry import Direction

Level = Literal["auto", "value", "neuron", "module"]
GroupBy = Literal["scope", "op", "label"] | Callable[[Value], str]

MAX_COLUMNS = 60
"""A picture with more cards in a row is too wide to be read, however few they are."""

_MOST: Mapping[Direction, tuple[float, float, float]] = {
    "right": (1000.0, 1500.0, 1500.0),
    "down": (1600.0, 1600.0, 2300.0),
}
"""About so many points high are a picture's cards at most, or wide where wires lead
down: else it folds. Few cards may be higher, those of all of a small graph most."""

_SMALL = 50

MAX_WIRES = 120
"""Between groups, more wires are a tangle; then modules say more than neurons."""

_STRETCHES = 8
_FEW = 40
"""So many cards may stand beside named groups before equal ones are put together."""


@dataclass(frozen=True, eq=False)
class Plan:
    """How a graph is folded: what all its groups have in common."""

    numbered: Numbered
    names: dict[Value, str]
    scopes: list[Units]
    batch: Batch | None
    level: Level
    group_by: GroupBy | None
    max_nodes: int
    direction: Direction

    @cached_property
    def strays(self) -> dict[Units, list[int]]:
        """The nodes of samples that are made otherwise than the shown one, by scope."""
        found: dict[Units, list[int]] = {}
        if self.batch:
            alike = {n for others in self.batch.counterparts.values() for n in others}
            for number in sorted(self.batch.hidden - alike):
                found.setdefault(self.scopes[number], []).append(number)
        return found

    @cached_property
    def condition(self) -> Condition:
        """Which leaves were changed since, and where NaN or infinity starts."""
        return condition_of(self.numbered.nodes)

    def is_parameter(self, number: int) -> bool:
        """Whether a node is a leaf that is trained."""
        node = self.numbered.nodes[number]
        return not node.parents and (node.role == "parameter" or node in self.names)

    def fits(self, net: Net) -> bool:
        """Whether the parts make a picture that can be read."""
        boxed = self.level == "neuron"
        few = len(net.parts) <= self.max_nodes and net.columns <= MAX_COLUMNS
        return few and (self.group_by is not None or is_low(net, self.direction, boxed))


def is_low(net: Net, direction: Direction, boxed: bool = False) -> bool:
    """Whether a picture of the parts is not too high to be read, or too wide."""
    usual, few, whole = _MOST[direction]
    if len(net.parts) > _SMALL:
        most = usual
    else:
        most = whole if all(part.kind == "value" for part in net.parts) else few
    return net.across(direction, boxed=boxed) <= most


def divide(plan: Plan, members: Sequence[int], scope: Units, outermost: bool) -> Net:
    """The parts that a room shows of these nodes.

    Args:
        plan: How the graph is folded.
        members: The nodes, in topological order.
        scope: The scope whose room it is; () for others.
        outermost: Whether the user's own wishes hold: in the rooms inside, what fits
            is shown value by value.
    """
    net = _divided(plan, members, scope, outermost)
    return replace(net, parts=tuple(renamed(net.parts)))


def _divided(plan: Plan, members: Sequence[int], scope: Units, outermost: bool) -> Net:
    level = plan.level if outermost else "auto"
    group_by = plan.group_by if outermost else None
    asked = level != "auto" or group_by is not None
    if level in ("auto", "value") and group_by is None:
        found = _values(plan, members)
        if found is not None and (asked or plan.fits(found)):
            return found
    best: Net | None = None
    few = plan.max_nodes if asked else _FEW
    for turn, keys in enumerate(_groupings(plan, members, scope, level, group_by)):
        parts = _grouped(plan, members, keys, by_scope=group_by is None)
        # Rather whole modules than blocks of neurons.
        blocks = asked or turn > 0 or not keys
        for net in _attempts(plan, parts, few, blocks=blocks):
            if len(net.parts) == 1 and not asked:
                continue
            if plan.fits(net) and (asked or net.wires <= MAX_WIRES):
                return net
            best = net
    return best if best and plan.fits(best) else _stretched(plan, best, members)


def _values(plan: Plan, members: Sequence[int]) -> Net | None:
    """All nodes one by one, but for the additions that add up a batch."""
    parts = [value_part(number) for number in members]
    if plan.batch and plan.batch.join:
        inside = set(plan.batch.join)
        joined = [part for part in parts if part.first in inside]
        parts = [part for part in parts if part.first not in inside]
        parts += fold_sums(plan.numbered, joined)
    if len(parts) > plan.max_nodes:
        return None
    return join(plan.numbered, parts)


def _attempts(
    plan: Plan, parts: Sequence[Part], few: int, *, blocks: bool
) -> Iterator[Net]:
    """The parts as they are, if they are few, then with all folded that repeats."""
    if len(parts) <= few:
        yield join(plan.numbered, parts)
    yield refold(plan.numbered, parts, blocks=blocks)


def _stretched(plan: Plan, net: Net | None, members: Sequence[int]) -> Net:
    if net is None or len(net.parts) == 1:
        net = join(plan.numbered, [value_part(number) for number in members])
    most = max(2, min(_STRETCHES, plan.max_nodes))
    return join(plan.numbered, fold_stretches(net, most))


def _groupings(
    plan: Plan,
    members: Sequence[int],
    scope: Units,
    level: Level,
    group_by: GroupBy | None,
) -> Iterator[dict[int, Key]]:
    """Ways to put nodes together by name, the finest first; {} for not at all."""
    if group_by is not None:
        yield _chosen(plan, members, group_by)
        return
    inner = len(scope)
    scopes = {n: plan.scopes[n] for n in members if len(plan.scopes[n]) > inner}
    deepest = max(map(len, scopes.values()), default=inner)
    if level in ("auto", "neuron") and scopes:
        yield dict(scopes)
    if level in ("auto", "module") and scopes:
        yield {n: s[: max(inner + 1, module_depth(s))] for n, s in scopes.items()}
    if level == "auto":
        for depth in range(deepest - 1, inner, -1):
            yield {n: s[:depth] for n, s in scopes.items()}
    yield {}


def _chosen(plan: Plan, members: Sequence[int], group_by: GroupBy) -> dict[int, Key]:
    """The groups that the user asks for."""
    nodes = plan.numbered.nodes
    if callable(group_by):
        keys = {number: group_by(nodes[number]) for number in members}
    elif group_by == "scope":
        keys = {number: nodes[number].scope for number in members}
    elif group_by == "label":
        keys = {number: nodes[number].label for number in members}
    else:
        ops = {number: nodes[number].op for number in members}
        keys = {n: op.name if op else nodes[n].role for n, op in ops.items()}
    wrong = [key for key in keys.values() if not isinstance(key, str)]
    if wrong:
        kind = type(wrong[0]).__name__
        raise TypeError(f"group_by must give a str for every node, not {kind}")
    return {number: (key,) for number, key in keys.items() if key}


def _grouped(
    plan: Plan, members: Sequence[int], keys: Mapping[int, Key], *, by_scope: bool
) -> list[Part]:
    """A part for every group, and one for every node without a group."""
    if not keys:
        return [value_part(number) for number in members]
    keys = acyclic(plan.numbered, members, keys)
    groups: dict[Key, list[int]] = {}
    parts = []
    for number in members:
        if number in keys:
            groups.setdefault(keys[number], []).append(number)
        else:
            parts.append(value_part(number))
    for key, numbers in groups.items():
        if len(numbers) == 1:
            parts.append(value_part(numbers[0]))
        else:
            parts.append(_named(plan, key, tuple(numbers), by_scope))
    return parts


def _named(plan: Plan, key: Key, numbers: tuple[int, ...], by_scope: bool) -> Part:
    words = tuple(word for word in key if isinstance(word, str))
    title = clean(".".join(words), 60) or "group"
    if not by_scope:
        return Part("scope", title, numbers, shown=numbers)
    whole = words if len(words) == len(key) else ()
    kind: Kind = "scope"
    if len(words) > module_depth(words):
        kind = "neuron"
    elif any(plan.is_parameter(number) for number in numbers):
        kind = "module"
    return Part(kind, title, numbers, shown=numbers, scope=whole)
