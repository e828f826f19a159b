"""What the card of a program's group says, and the label at a wire."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from autograd import Group, Value
from visualize.cards.formula import expression
from visualize.cards.group_cards import Account, GroupCard
from visualize.cards.labels import clean, counted, join
from visualize.folding.scopes import common_scope
from visualize.programs.bundles import Bundle
from visualize.programs.scalars import NAME_LIMIT, Scalars
from visualize.training.readings import layer_of_scope

_TOLD_NODES = 12
_MARK_LIMIT = 24
_LINE_LIMIT = 120


def group_card(
    place: int, bundle: Bundle, scalars: Scalars, hidden: int, made_for: str
) -> GroupCard:
    """The card of a bundle.

    `made_for` is the group of whose sums it is a part; "" for most.
    """
    first = clean(bundle.groups[0].name, NAME_LIMIT)
    nodes = nodes_of(bundle, scalars)
    account = _account(bundle, scalars, nodes, made_for)
    return GroupCard(
        index=place,
        name=f"{first} ×{bundle.turns:,}" if bundle.repeats else first,
        title=title_of(bundle),
        kind="block" if bundle.repeats else "group",
        shape=shape_text(bundle.groups[-1]),
        role="output" if bundle.is_output else bundle.groups[-1].kind,
        scope=_scope(nodes),
        nodes=len(nodes),
        count=bundle.turns,
        hidden_operands=hidden,
        account=account,
    )


def shape_text(group: Group) -> str:
    """The shape of what a group holds; B is the batch: `B × 16`, `16 × 2`, `1`."""
    sizes = [f"{size:,}" for size in group.shape]
    return " × ".join(sizes if group.uniform else ["B", *sizes]) or "1"


def nodes_of(bundle: Bundle, scalars: Scalars) -> tuple[Value, ...]:
    """The scalar nodes of a bundle's groups."""
    return tuple(n for group in bundle.groups for n in scalars.members[group.number])


def title_of(bundle: Bundle) -> str:
    """The name of a group, or those of the groups of one turn."""
    return " → ".join(clean(group.name, NAME_LIMIT) for group in bundle.turn)


def often(bundle: Bundle) -> str:
    """How often its numbers are computed."""
    uniform = all(group.uniform for group in bundle.groups)
    return "once a batch" if uniform else "for every example"


def guards_of(bundle: Bundle) -> list[str]:
    """What must hold for its numbers, so that the program is true of an example."""
    guards = [guard for group in bundle.groups for guard in group.guards]
    texts = [
        f"{_asker(where)}: {clean(line, _LINE_LIMIT)!r} was {outcome}, must stay so"
        for _, outcome, where, line in guards
    ]
    return list(dict.fromkeys(texts))


def read_text(read: Bundle, reader: Bundle, scalars: Scalars) -> str:
    """What a card reads of another one: its shape, or how many of its numbers."""
    group, whole = read.groups[-1], shape_text(read.groups[-1])
    if read.repeats or reader.repeats:
        return whole
    exact = all(scalars.members[n] for g in reader.groups for n in g.reads)
    pairs = [(g.number, group.number) for g in reader.groups]
    counts = [scalars.read.get(pair, 0) for pair in pairs]
    if len(counts) > 1 or not exact or not 0 < counts[0] < group.rows:
        return whole
    return f"{counts[0]:,} of {group.rows:,}"


def _scope(nodes: Sequence[Value]) -> str:
    return clean(
        layer_of_scope(common_scope(n for n in nodes if n.op is not None)), NAME_LIMIT
    )


def _account(
    bundle: Bundle, scalars: Scalars, nodes: Sequence[Value], made_for: str
) -> Account:
    last, scope = bundle.groups[-1], _scope(nodes)
    sign = "" if last.symbol == last.operation else clean(last.symbol, _MARK_LIMIT)
    part = f"part of {clean(made_for, NAME_LIMIT)}"
    lines = [
        f"{len(bundle.groups):,} groups" if bundle.repeats else "",
        part if made_for and not nodes else _count(bundle, nodes),
        f"in {scope}" if scope else "",
        _guard_line(bundle),
    ]
    guards = guards_of(bundle)[:_TOLD_NODES]
    listed = [_line(node, scalars) for node in nodes[:_TOLD_NODES]]
    more = len(nodes) - len(listed)
    told = [
        title_of(bundle),
        shape_text(last),
        *lines,
        f"computed {often(bundle)}" if last.operation else "",
        *(f"guard: {guard}" for guard in guards),
        *listed,
        f"… and {more:,} more" if more else "",
    ]
    return Account(
        mark=f"×{bundle.turns:,}" if bundle.repeats else sign,
        lines=tuple(line for line in lines if line),
        told=join(told, "\n"),
    )


def _guard_line(bundle: Bundle) -> str:
    """Says that it is a guard, and of which line; "" for most."""
    askers = {_asker(g.where): None for group in bundle.groups for g in group.guards}
    if len(askers) > 1:
        return f"guards {len(askers):,} lines"
    return "".join(f"guards {asker}" for asker in askers)


def _asker(where: str) -> str:
    """The line that asked, without the folders of its file."""
    return clean(PurePath(where).name, NAME_LIMIT) or "a line of no file"


def _count(bundle: Bundle, nodes: Sequence[Value]) -> str:
    """How many scalar nodes there are, or how many numbers a leaf has."""
    group = bundle.groups[0]
    if not group.operation:
        return counted(group.rows, group.kind)
    return counted(len(nodes), "scalar node")


def _line(node: Value, scalars: Scalars) -> str:
    made = expression(node, scalars.name)
    return join((scalars.name(node), made, repr(node.data)), " = ")
