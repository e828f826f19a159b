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
from visualize.folding.recurrences import in_steps, middles_folded
from visualize.folding.repeats import fold_stretches, fold_sums, refold
from visualize.folding.samples import Batch
from visualize.folding.scopes import ScopeKey, Units, acyclic, is_numbered, module_depth
from visualize.folding.sizes import across
from visualize.layout.geometry import Direction

Level = Literal["auto", "value", "neuron", "module"]
GroupBy = Literal["scope", "op", "label"] | Callable[[Value], str]

MAX_COLUMNS = 60
"""A picture with more cards in a row is too wide to be read, however few they are."""

_MOST: Mapping[Direction, tuple[float, float]] = {
    "right": (1050.0, 1500.0),
    "down": (1550.0, 2150.0),
}
"""About so many points high are a picture's cards at most, or wide where wires lead
down: else it folds. Those of a small graph may be higher, and neurons that are asked
for."""

_STEPS: Mapping[Direction, float] = {"right": 1050.0, "down": 1600.0}
"""So are the steps of a recurrence: the others can always be folded."""

SMALL = 50
"""So many nodes at most are a small graph, or a small part of one that is opened."""

MAX_WIRES = 120
"""Between groups, more wires are a tangle; then modules say more than neurons."""

_MOST_VALUES, _MOST_NAMED = 20_000, 600
"""Of so many values the steps of a recurrence are looked for; of named ones, which are
modules soon, of fewer."""

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

    @cached_property
    def _inside(self) -> dict[Units, list[int]]:
        """The nodes of every scope, those of the scopes inside of it included."""
        found: dict[Units, list[int]] = {}
        for number, scope in enumerate(self.scopes):
            for depth in range(1, len(scope) + 1):
                found.setdefault(scope[:depth], []).append(number)
        return found

    def turns(self, scope: Units) -> list[list[int]]:
        """The nodes of the turns of a recurrence before and after one.

        They are the numbered scopes beside it that read the same parameters.
        """
        if not scope or not is_numbered(scope[-1]):
            return []
        name, _, place = scope[-1].rpartition(".")
        near = [(*scope[:-1], f"{name}.{int(place) + step}") for step in (-1, 1)]
        own, *others = (self._inside.get(one, []) for one in (scope, *near))
        return [nodes for nodes in others if self._learned(own) & self._learned(nodes)]

    def _learned(self, members: Sequence[int]) -> set[int]:
        """The parameters that some nodes read."""
        read = {p for number in members for p in self.numbered.parents[number]}
        return {number for number in read if self.is_parameter(number)}

    def is_parameter(self, number: int) -> bool:
        """Whether a node is a leaf that is trained."""
        node = self.numbered.nodes[number]
        return not node.parents and (node.role == "parameter" or node in self.names)

    def fits(self, net: Net, is_small: bool) -> bool:
        """Whether the parts, perhaps of a small graph, make a picture to be read."""
        few = len(net.parts) <= self.max_nodes and (
            net.stepped or net.columns <= MAX_COLUMNS
        )
        low = self.group_by is not None or is_low(net, is_small, self.direction)
        return few and low


def is_low(net: Net, is_small: bool, direction: Direction) -> bool:
    """Whether a picture, perhaps of a small graph, is not too high or too wide."""
    usual, small = _MOST[direction]
    most = small if is_small else usual
    return across(net, direction) <= (_STEPS[direction] if net.stepped else most)


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
    is_small = len(plan.numbered if outermost else members) <= SMALL
    if level in ("auto", "value") and group_by is None:
        named = any(len(plan.scopes[number]) > len(scope) for number in members)
        found = _values(plan, members, _MOST_NAMED if named else _MOST_VALUES)
        if found is not None and len(found.parts) <= plan.max_nodes and asked:
            return found
        # Rather whole steps of modules than the first and the last, value by value.
        for net in _shortened(found, least=3 if named else 2):
            if plan.fits(net, is_small):
                return net
    best: Net | None = None
    few = plan.max_nodes if asked else _FEW
    for turn, keys in enumerate(_groupings(plan, members, scope, level, group_by)):
        parts = _grouped(plan, members, keys, by_scope=group_by is None)
        # Rather whole modules than blocks of neurons.
        blocks = asked or turn > 0 or not keys
        # Neurons that are asked for may be as high as a small graph, if they must.
        is_asked = level == "neuron" and not turn
        for may_be_high in (is_small, True) if is_asked else (is_small,):
            for net in _attempts(plan, parts, few, blocks=blocks):
                if len(net.parts) == 1 and not asked:
                    continue
                if plan.fits(net, may_be_high) and (asked or net.wires <= MAX_WIRES):
                    return net
                best = net
    return (
        best if best and plan.fits(best, is_small) else _stretched(plan, best, members)
    )


def _values(plan: Plan, members: Sequence[int], most: int) -> Net | None:
    """All nodes one by one, but for the additions that add up a batch, if not more."""
    added = set(plan.batch.join if plan.batch else ())
    if len(members) - len(added) > most:
        return None
    parts = [value_part(number) for number in members if number not in added]
    joined = [value_part(number) for number in members if number in added]
    return in_steps(join(plan.numbered, [*parts, *fold_sums(plan.numbered, joined)]))


def _attempts(
    plan: Plan, parts: Sequence[Part], few: int, *, blocks: bool
) -> Iterator[Net]:
    """The parts as they are, if they are few, then with all folded that repeats."""
    if len(parts) <= few:
        yield from _shortened(in_steps(join(plan.numbered, parts)))
    yield from refold(plan.numbered, parts, blocks=blocks)


def _shortened(net: Net | None, least: int = 2) -> Iterator[Net]:
    """A net as it is, then with fewer and fewer of a recurrence's steps."""
    if net is not None:
        yield net
        yield from middles_folded(net, least)


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
) -> Iterator[dict[int, ScopeKey]]:
    """Ways to put nodes together by name, the finest first; {} for not at all."""
    if group_by is not None:
        yield _chosen(plan, members, group_by)
        return
    inner = len(scope)
    scopes = {n: plan.scopes[n] for n in members if len(plan.scopes[n]) > inner}
    deepest = max(map(len, scopes.values()), default=inner)
    if level in ("auto", "neuron") and scopes:
        yield dict(scopes)
    # Neurons that are too many are modules, and not all equal operations in one.
    if level != "value" and scopes:
        yield {n: s[: max(inner + 1, module_depth(s))] for n, s in scopes.items()}
    if level == "auto":
        for depth in range(deepest - 1, inner, -1):
            yield {n: s[:depth] for n, s in scopes.items()}
    yield {}


def _chosen(
    plan: Plan, members: Sequence[int], group_by: GroupBy
) -> dict[int, ScopeKey]:
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
    plan: Plan, members: Sequence[int], keys: Mapping[int, ScopeKey], *, by_scope: bool
) -> list[Part]:
    """A part for every group, and one for every node without a group."""
    if not keys:
        return [value_part(number) for number in members]
    keys = acyclic(plan.numbered, members, keys)
    groups: dict[ScopeKey, list[int]] = {}
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


def _named(plan: Plan, key: ScopeKey, numbers: tuple[int, ...], by_scope: bool) -> Part:
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
