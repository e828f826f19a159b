"""What is computed about a group for its card: shape, activity and heat maps."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence
from typing import TypeVar

from autograd import Value
from visualize.cards.constants import count_given
from visualize.cards.group_cards import Strip, UnitActivity
from visualize.cards.labels import clean
from visualize.folding.dividing import Plan
from visualize.folding.fold import Group

DEAD_OPS = frozenset({"relu"})
SATURATING_OPS = frozenset(
    {"tanh", "sigmoid", "hard_tanh", "hard_sigmoid", "softsign", "erf"}
)
SATURATED_BELOW = 0.05
"""A unit whose local derivative is smaller passes hardly any gradient back."""

_LINEAR_OPS = frozenset({"dot", "mul", "add", "sum"})
_DENSE = frozenset({"Layer", "Neuron"})
"""Modules that are one weighted sum for each output."""

_MOST_ROWS = 20
_MOST_COLUMNS = 20
_LINE = 24

Item = TypeVar("Item")


def parameters_of(group: Group) -> list[int]:
    """The numbers of the parameters in a group."""
    plan = group.plan
    return [number for number in group.numbers if plan.is_parameter(number)]


def strips_of(
    group: Group, parameters: Sequence[int], leaving: Sequence[int]
) -> tuple[Strip, ...]:
    """Heat maps of numbers and of gradients, for some kinds of groups.

    Args:
        group: The group.
        parameters: Its parameters: these are shown if there are any.
        leaving: Those of its nodes that are read outside, shown for equal ones.
    """
    numbered = group.plan.numbered
    if parameters:
        rows = _rows(group, parameters)
    elif group.kind == "repeat" and leaving:
        rows = lines(leaving)
    else:
        return ()
    nodes = [[numbered.nodes[number] for number in row] for row in rows]
    caption = "W" if parameters else "values"
    number = group.plan.condition.number
    strips = [heat(caption, [[number(node) for node in row] for row in nodes])]
    if numbered.graph.differentiated:
        strips.append(heat("gradients", [[node.grad for node in row] for row in nodes]))
    return tuple(strips)


def _rows(group: Group, numbers: Sequence[int]) -> list[list[int]]:
    """Parameters with a row for each scope inside the group's, such as a neuron."""
    rows: dict[object, list[int]] = {}
    for number in numbers:
        rows.setdefault(group.plan.scopes[number], []).append(number)
    if len(rows) in (1, len(numbers)):
        return lines(numbers)
    return sorted(rows.values(), key=lambda row: row[0])


def lines(numbers: Sequence[Item]) -> list[list[Item]]:
    """Numbers in lines of equal length: one if they are few, else about a square."""
    count = len(numbers)
    length = count if count <= _LINE else max(_LINE, math.isqrt(count - 1) + 1)
    return [list(numbers[i : i + length]) for i in range(0, count, length)]


def heat(caption: str, rows: Sequence[Sequence[float]]) -> Strip:
    """A heat map of rows of numbers: of evenly chosen ones where they are too many."""
    total = sum(map(len, rows))
    wide = max(map(len, rows))
    most = _MOST_COLUMNS if len(rows) > 1 else _LINE
    columns = _chosen(wide, most)
    chosen = [rows[place] for place in _chosen(len(rows), _MOST_ROWS)]
    cells = tuple(row[c] if c < len(row) else None for row in chosen for c in columns)
    return Strip(caption, len(chosen), len(columns), cells, total)


def _chosen(count: int, most: int) -> list[int]:
    if count <= most:
        return list(range(count))
    return [place * count // most for place in range(most)]


def shape_of(group: Group, leaving: Collection[int]) -> str:
    """What a group computes, in words: "Linear 2→16 · relu"; empty where it is plain.

    Args:
        group: The group.
        leaving: Those of its nodes that are read outside.
    """
    if group.kind in ("repeat", "sum", "block"):
        return ""
    numbered = group.plan.numbered
    inner = [numbered.nodes[n] for n in group.numbers if numbered.parents[n]]
    names = Counter(node.op.name for node in inner if node.op)
    ends = {numbered.nodes[n].op for n in leaving if numbered.parents[n]}
    if group.kind == "part" or not names:
        return ", ".join(f"{name} {count:,}" for name, count in names.most_common(2))
    told = clean(_kind_of(group, inner), 24)
    end = next(iter(ends)) if len(ends) == 1 else None
    last = end.name if end is not None and end.name not in _LINEAR_OPS else ""
    outputs = sum(bool(numbered.parents[number]) for number in leaving)
    rows = _uses(group)
    plain = group.kind in ("module", "neuron") and names.keys() <= _LINEAR_OPS | {last}
    # A recurrence has two weighted sums for an output, a convolution uses each weight
    # often, a norm has one for each number.
    alone = plain and not told and rows == 1 and names["dot"] <= max(1, outputs)
    inputs = _inputs(group, inner, dense=told in _DENSE or alone)
    read = "" if inputs is None else f"{inputs:,}"
    whole = inputs and len(parameters_of(group)) >= inputs * max(1, outputs)
    if told in _DENSE or (alone and whole):
        times = f" ×{rows:,}" if rows > 1 else ""
        sizes = f"{read}→{max(1, outputs // rows):,}{times}"
        return f"Linear {sizes} · {last or 'linear'}"
    sizes = f"{read}→{max(1, outputs):,}"
    listed = ", ".join(name for name, _ in names.most_common(2))
    return f"{told} {sizes} · {last or listed}".lstrip()


def _kind_of(group: Group, inner: Sequence[Value]) -> str:
    """What the innermost module around a group is, where one told; "" elsewhere."""
    kinds = inner[0].scope_kinds
    inside = [".".join(group.scope[:end]) for end in range(len(group.scope), 0, -1)]
    return next((kinds[scope] for scope in inside if scope in kinds), "")


def _uses(group: Group) -> int:
    """How often at most a parameter is read in a group."""
    numbered, inside = group.plan.numbered, set(group.numbers)
    return max(
        (
            sum(reader in inside for reader in numbered.consumers[number])
            for number in parameters_of(group)
        ),
        default=1,
    )


def _inputs(group: Group, inner: Sequence[Value], *, dense: bool) -> int | None:
    """How many numbers a group reads, its own parameters and those of others aside.

    None where it can't be counted.
    """
    dots = [n for n in inner if n.op and n.op.name == "dot"]
    # A plain number has no node, but a place in the sum.
    widest = max((len(node.operands) // 2 for node in dots), default=0)
    if widest and dense:
        return widest
    plan = group.plan
    own = _read(plan, group.numbers)
    # A turn of a recurrence reads what the next one does: the first was given numbers.
    turns = [_read(plan, numbers) for numbers in plan.turns(group.scope)]
    return own if own is None else max([own, *(turn or 0 for turn in turns)])


def _read(plan: Plan, numbers: Sequence[int]) -> int | None:
    """How many numbers some nodes read: Values, and plain ones given to weights."""
    inside = set(numbers)
    outside = {
        parent
        for number in numbers
        for parent in plan.numbered.parents[number]
        if parent not in inside and not plan.is_parameter(parent)
    }
    given = count_given(map(plan.numbered.nodes.__getitem__, numbers))
    return None if given is None else len(outside) + given


def activity_of(group: Group) -> UnitActivity:
    """The activation units of a group, and how many of them do nothing."""
    batch = group.plan.batch
    nodes = group.plan.numbered.nodes
    units = dead = saturated = 0
    for number in group.numbers:
        op = nodes[number].op
        if op is None or op.name not in DEAD_OPS | SATURATING_OPS:
            continue
        others = batch.counterparts.get(number, []) if batch else []
        alike = [nodes[n] for n in (number, *others, *_strays(group, number))]
        units += 1
        if op.name in DEAD_OPS:
            dead += all(node.data == 0 for node in alike)
        else:
            saturated += all(
                max(map(abs, node.local_derivatives)) < SATURATED_BELOW
                for node in alike
            )
    return UnitActivity(units, dead, saturated)


def _strays(group: Group, number: int) -> list[int]:
    """The same unit in samples of another structure: its scope and operation."""
    plan = group.plan
    scope = plan.scopes[number]
    if not scope:
        return []
    mark = plan.numbered.signatures[number]
    strays = plan.strays.get(scope, [])
    return [other for other in strays if plan.numbered.signatures[other] == mark]
