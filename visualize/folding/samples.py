"""Batches: the equal branches of a sum or a mean that share their parameters.

A loss over a batch is a mean (or a sum, or a chain of additions) of one term a sample.
What only one term depends on is that sample's own; what several depend on, such as the
weights, is shared. Where the terms are made alike, one sample stands for all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from visualize.folding.alike import classes
from visualize.folding.numbered import Numbered, sums

_TRIES = 4
_UNKNOWN, _SHARED = -1, -2


@dataclass(frozen=True)
class Batch:
    """The samples of a graph, one of which is shown.

    Attributes:
        count: How many samples there are.
        sample: Which of them is shown, from 0.
        alike: How many of them, with the one that is shown, have its structure.
        own: The nodes that belong to the shown sample alone.
        hidden: The nodes that belong to the other samples.
        counterparts: For each node of `own` those of the other samples like it.
        join: The additions that add the samples up, where they are several nodes.
    """

    count: int
    sample: int
    alike: int
    own: frozenset[int]
    hidden: frozenset[int]
    counterparts: dict[int, list[int]] = field(repr=False)
    join: tuple[int, ...] = ()


def find_batch(numbered: Numbered, sample: int | None = None) -> Batch | None:
    """The batch of a graph, if there is one.

    Args:
        numbered: The graph.
        sample: Which sample to show; None for the first.

    Raises:
        ValueError: If there is no sample of this number.
    """
    for terms, join in _joins(numbered):
        labels = _label(numbered, terms, False) or _label(numbered, terms, True)
        found = _samples(numbered, terms, labels) if labels else None
        if found:
            return _batch(numbered, found, sample or 0, join)
    if sample:
        raise ValueError(f"there is no sample {sample}: the graph has no batch")
    return None


def chains(numbered: Numbered, members: Sequence[int]) -> dict[int, int]:
    """For each addition that is part of a chain of them, the chain's last.

    An addition belongs to the chain of the next one where that adds to it, in the same
    scope, and nothing else reads it: so Python's `sum` adds. One that stands alone is
    its own last. A term that is itself an addition stays a term.
    """
    last: dict[int, int] = {}
    for number in reversed(members):
        op = numbered.nodes[number].op
        if op is not None and op.name == "add":
            readers = numbered.consumers[number]
            only = readers[0] if len(readers) == 1 else -1
            next_one = only if _adds_to(numbered, only, number) else -1
            last[number] = last.get(next_one, number)
    return last


def _adds_to(numbered: Numbered, addition: int, number: int) -> bool:
    """Whether an operation goes on with a running sum, and in the same scope."""
    if addition < 0:
        return False
    parents, nodes = numbered.parents[addition], numbered.nodes
    goes_on = len(parents) == 2 and parents[0] == number
    return goes_on and nodes[addition].scope == nodes[number].scope


def _joins(numbered: Numbered) -> Iterator[tuple[list[int], tuple[int, ...]]]:
    """The terms of sums, from the outputs back, and the nodes that sum them up."""
    members: dict[int, list[int]] = {}
    for number, end in chains(numbered, range(len(numbered))).items():
        members.setdefault(end, []).append(number)
    kinds: dict[int, int] = {}
    equals: Counter[int] = Counter()
    tries = 0
    for number in reversed(range(len(numbered))):
        if number in members:
            nodes = sorted(members[number])
            inside = set(nodes)
            parents = [p for n in nodes for p in numbered.parents[n]]
            terms = [p for p in parents if p not in inside]
        elif sums(numbered.nodes[number].op):
            nodes, terms = [number], list(numbered.parents[number])
        else:
            continue
        terms = [term for term in dict.fromkeys(terms) if numbered.parents[term]]
        if len(terms) < 2:
            continue
        if not kinds:  # most graphs have no such sum
            kinds = classes(enumerate(numbered.signatures), numbered.parents)
            equals = Counter(kinds.values())
        alike = Counter([kinds[term] for term in terms])
        # A batch has one end; a pool has one at each place.
        if equals[kinds[number]] > 1 or max(alike.values()) < 2:
            continue
        yield terms, tuple(nodes)
        tries += 1
        if tries == _TRIES:
            return


def _label(
    numbered: Numbered, terms: Sequence[int], unite: bool
) -> dict[int, int] | None:
    """For each node behind the terms its sample, or that several share it.

    Args:
        numbered: The graph.
        terms: What is summed up.
        unite: Terms that depend on the same computed node are one sample's; else
            there must not be such.
    """
    labels = {term: place for place, term in enumerate(terms)}
    union = list(range(len(terms)))
    for number in range(max(terms), -1, -1):
        label = labels.get(number, _UNKNOWN)
        for parent in numbered.parents[number] if label != _UNKNOWN else ():
            before = labels.get(parent, _UNKNOWN)
            if before in (_UNKNOWN, label):
                labels[parent] = label
            elif not numbered.parents[parent] or numbered.fixed[parent]:
                labels[parent] = _SHARED
            elif unite and _SHARED not in (before, label):
                _join(union, before, label)
            elif before != _SHARED or label != _SHARED:
                return None
    if not unite:
        return labels
    return {n: x if x < 0 else _root(union, x) for n, x in labels.items()}


def _root(union: list[int], item: int) -> int:
    while union[item] != item:
        union[item] = union[union[item]]
        item = union[item]
    return item


def _join(union: list[int], one: int, other: int) -> None:
    one, other = _root(union, one), _root(union, other)
    union[max(one, other)] = min(one, other)


def _samples(
    numbered: Numbered, terms: Sequence[int], labels: dict[int, int]
) -> list[tuple[int, list[int]]] | None:
    """For each sample a number that tells its structure, and its own nodes.

    None where these are no samples: nothing is shared, hardly any two are alike, or
    all that differs are parameters.
    """
    regions: dict[int, list[int]] = {labels[term]: [] for term in terms}
    if len(regions) < 2 or _SHARED in regions:
        return None
    for number in sorted(labels):
        if labels[number] != _SHARED:
            regions[labels[number]].append(number)
    if all(label != _SHARED for label in labels.values()):
        return None
    kinds = (
        (number, None if labels[number] == _SHARED else numbered.signatures[number])
        for number in sorted(labels)
    )
    made = classes(kinds, numbered.parents)
    ends: dict[int, list[int]] = {label: [] for label in regions}
    for term in terms:
        ends[labels[term]].append(made[term])
    known: dict[object, int] = {}
    found = [
        (known.setdefault(tuple(ends[label]), len(known)), nodes)
        for label, nodes in regions.items()
    ]
    counts = Counter(structure for structure, _ in found)
    alike = sum(count for count in counts.values() if count > 1)
    return found if 2 * alike >= len(found) and _vary(numbered, labels) else None


def _vary(numbered: Numbered, labels: dict[int, int]) -> bool:
    """Whether samples differ by their data, and share what is learned.

    The neurons of a layer are made alike, too, but they share the data and have weights
    of their own. Where no leaf is known to be a parameter, the larger part is taken for
    the weights: a neuron has at least one for each input.
    """
    leaves = [number for number in labels if not numbered.parents[number]]
    shared = {number for number in leaves if labels[number] == _SHARED}
    own = [number for number in leaves if number not in shared]
    if any(numbered.nodes[number].role == "parameter" for number in leaves):
        learned = any(numbered.nodes[number].role == "parameter" for number in shared)
        given = {numbered.nodes[number].role for number in own} != {"parameter"}
        return learned and given
    most = max(Counter(labels[number] for number in own).values(), default=0)
    return len(shared) >= most


def _batch(
    numbered: Numbered,
    found: list[tuple[int, list[int]]],
    sample: int,
    join: tuple[int, ...],
) -> Batch:
    if not 0 <= sample < len(found):
        raise ValueError(f"sample must be from 0 to {len(found) - 1}, not {sample}")
    structure, own = found[sample]
    counterparts: dict[int, list[int]] = {number: [] for number in own}
    signs = numbered.signatures
    alike = 1
    for place, (other, nodes) in enumerate(found):
        pairs = list(zip(own, nodes, strict=False))
        if place == sample or other != structure or len(own) != len(nodes):
            continue
        if all(signs[one] == signs[two] for one, two in pairs):
            alike += 1
            for one, two in pairs:
                counterparts[one].append(two)
    kept = set(own)
    hidden = frozenset(n for _, nodes in found for n in nodes if n not in kept)
    return Batch(
        len(found),
        sample,
        alike,
        frozenset(own),
        hidden,
        counterparts,
        join if len(join) > 1 else (),
    )
