"""Scopes as modules and neurons: which nodes belong together by name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import takewhile

from autograd import Value
from visualize.folding.numbered import Numbered

Units = tuple[str, ...]
"""A scope's parts, each with its number: ("layers.0", "neurons.3")."""

ScopeKey = tuple[object, ...]


def units(scope: str) -> Units:
    """The parts of a dotted name; numbers belong to the name before them.

    >>> units("layers.0.neurons.3")
    ('layers.0', 'neurons.3')
    """
    parts: list[str] = []
    for word in scope.split(".") if scope else ():
        if parts and word.isdecimal():
            parts[-1] += f".{word}"
        else:
            parts.append(word)
    return tuple(parts)


def is_numbered(unit: str) -> bool:
    """Whether a part of a scope is one of several, as "neurons.3" is."""
    return unit.rpartition(".")[2].isdecimal()


def module_depth(scope: Units) -> int:
    """How many parts name the module: all but a neuron's."""
    return len(scope) - (len(scope) > 1 and is_numbered(scope[-1]))


def scopes_of(numbered: Numbered, names: Collection[int] = ()) -> list[Units]:
    """For each node its scope's parts; a parameter's are those of what reads it.

    Args:
        numbered: The graph.
        names: Leaves that count as parameters whatever their role says.
    """
    known: dict[str, Units] = {}
    found: list[Units] = []
    for node in numbered.nodes:
        scope = node.scope
        if scope not in known:
            known[scope] = units(scope)
        found.append(known[scope])
    for number, node in enumerate(numbered.nodes):
        if not node.parents and (node.role == "parameter" or number in names):
            readers = {found[child] for child in numbered.consumers[number]} - {()}
            shared = common(readers)
            # A penalty reads the weights of all modules: it does not own them.
            own = [scope for scope in readers if found[number] == scope]
            found[number] = shared or (own[0] if own else found[number])
    return found


def common(scopes: Collection[Units]) -> Units:
    """The parts with which all of some scopes begin."""
    if not scopes:
        return ()
    first, *others = scopes
    agreed = takewhile(
        lambda place: all(o[place : place + 1] == (first[place],) for o in others),
        range(len(first)),
    )
    return first[: len(list(agreed))]


def common_scope(nodes: Iterable[Value]) -> str:
    """The scope that all of some nodes were made in; "" if they have none in common.

    >>> from autograd import Value, scope
    >>> with scope("net"), scope("layers.0"):
    ...     x = Value(1.0) * 2.0
    >>> with scope("net"), scope("layers.1"):
    ...     y = Value(1.0) * 2.0
    >>> common_scope([x, y])
    'net'
    """
    return ".".join(common({units(node.scope) for node in nodes}))


def acyclic(
    numbered: Numbered, members: Sequence[int], keys: Mapping[int, ScopeKey]
) -> dict[int, ScopeKey]:
    """Keys such that the groups of equal keys form no cycles.

    A group that another lies between is divided into stages: the encoder before and
    the encoder after. Nodes without a key stand for themselves.

    Args:
        numbered: The graph.
        members: The nodes to group, in topological order.
        keys: The wished group of a node, for some of the members.
    """
    looping = _looping(numbered, members, keys)
    if not looping:
        return dict(keys)
    stages = _stages(numbered, members, keys)
    split: dict[int, ScopeKey] = {}
    for number, key in keys.items():
        if key not in looping:
            split[number] = key
        elif numbered.parents[number]:
            split[number] = (*key, stages[number])
        else:
            readers = {
                stages[child]
                for child in numbered.consumers[number]
                if keys.get(child) == key
            }
            split[number] = (*key, min(readers, default=0))
    if not _looping(numbered, members, split):
        return split
    # A leaf that several groups read can close a cycle: then it stands alone.
    return {n: key for n, key in split.items() if numbered.parents[n]}


def _stages(
    numbered: Numbered, members: Sequence[int], keys: Mapping[int, ScopeKey]
) -> dict[int, int]:
    """For each node how often its way from the leaves changes from group to group."""
    stages: dict[int, int] = {}
    for number in members:
        own = keys.get(number)
        stages[number] = max(
            (
                stages[parent] + (own is None or keys.get(parent) != own)
                for parent in numbered.parents[number]
                if parent in stages and numbered.parents[parent]
            ),
            default=0,
        )
    return stages


def _looping(
    numbered: Numbered, members: Sequence[int], keys: Mapping[int, ScopeKey]
) -> set[ScopeKey]:
    """The keys of groups that lie on a cycle or between two."""
    after: dict[object, set[object]] = {}
    before: dict[object, set[object]] = {}
    for number in members:
        own: object = keys.get(number, number)
        after.setdefault(own, set())
        before.setdefault(own, set())
    for number in members:
        own = keys.get(number, number)
        for parent in numbered.parents[number]:
            source: object = keys.get(parent, parent)
            if source != own and source in after:
                after[source].add(own)
                before[own].add(source)
    left = _peel(before, after)
    left = _peel(
        {item: after[item] & left for item in left},
        {item: before[item] & left for item in left},
    )
    return {item for item in left if isinstance(item, tuple)}


def _peel(
    before: Mapping[object, set[object]], after: Mapping[object, set[object]]
) -> set[object]:
    """What is left when everything with nothing left before it is taken away."""
    waiting = {item: len(sources) for item, sources in before.items()}
    ready = [item for item, count in waiting.items() if not count]
    while ready:
        item = ready.pop()
        del waiting[item]
        for reader in after[item]:
            waiting[reader] -= 1
            if not waiting[reader]:
                ready.append(reader)
    return set(waiting)
