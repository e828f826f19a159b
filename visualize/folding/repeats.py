"""What is repeated: equal nodes side by side, and equal blocks one after the other.

Two parts are equal when they do the same and what reads them is equal: the products of
one layer, say. Equal parts can't depend on each other, for they lie equally far from
the outputs, so putting them together makes no cycle.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from visualize.cards.formula import operation_text
from visualize.cards.labels import clean
from visualize.folding.numbered import Numbered
from visualize.folding.parts import Net, Part, join, merged, structure
from visualize.folding.samples import chains

_LONGEST_BLOCK = 400
_MOST_BLOCKS = 40
_LEAST_REPEATS = 3
_LEAST_SHARE = 50
"""A run that covers less than so small a share of the sequence folds too little."""

_COMPARISONS = 40_000_000
_NEARBY = 64
_SHORT = 16
"""So many cards, all in a row, can be read without looking for blocks."""
_SIDE_BY_SIDE = ("value", "sum", "repeat")

Tokens = NDArray[np.int64]


def fold_sums(numbered: Numbered, parts: Sequence[Part]) -> list[Part]:
    """Parts in which a chain of additions is one part."""
    single = [part.first for part in parts if part.kind == "value"]
    ends = chains(numbered, single)
    members: dict[int, list[int]] = {}
    for number in single:
        members.setdefault(ends.get(number, number), []).append(number)
    by_end = {part.first: part for part in parts if part.kind == "value"}
    result = [part for part in parts if part.kind != "value"]
    for end, numbers in members.items():
        if len(numbers) < _LEAST_REPEATS - 1:
            result.append(by_end[end])
        else:
            shown = tuple(numbers)
            result.append(Part("sum", "Σ", shown, len(shown), "additions", shown))
    return result


def fold_equals(net: Net) -> list[Part]:
    """Parts in which equal nodes are one part, `x N`."""
    classes = _read_alike(net)
    together: dict[int, list[Part]] = {}
    for part, kind in zip(net.parts, classes, strict=True):
        together.setdefault(kind, []).append(part)
    result = []
    for parts in together.values():
        if len(parts) == 1 or any(p.kind not in _SIDE_BY_SIDE for p in parts):
            result.extend(parts)
        else:
            title = _shared_title(net.numbered, parts)
            result.append(merged("repeat", title, parts, len(parts)))
    return result


def _read_alike(net: Net) -> list[int]:
    """For each part a number that is equal for those of equal operation and readers."""
    known: dict[object, int] = {}
    readers = net.readers()
    classes = [0] * len(net.parts)
    for place in reversed(range(len(net.parts))):
        part = net.parts[place]
        key: object = place
        if part.kind in _SIDE_BY_SIDE and part.first not in net.numbered.outputs:
            mark = net.numbered.signatures[part.first]
            # An input is read by all neurons of a layer, a weight by one.
            uses = 0 if net.parents[place] else len(net.numbered.consumers[part.first])
            above = sorted({classes[reader] for reader in readers[place]})
            key = part.kind, mark, uses, *above
        classes[place] = known.setdefault(key, len(known))
    return classes


def _shared_title(numbered: Numbered, parts: Sequence[Part]) -> str:
    """What equal nodes are called: their common label, or their operation."""
    if any(part.kind != "value" for part in parts):
        return "Σ"
    nodes = [numbered.nodes[part.first] for part in parts]
    labels = [clean(node.label, 20) for node in nodes]
    if all(labels):
        if len(set(labels)) == 1:
            return labels[0]
        if not nodes[0].parents:
            return f"{labels[0]} … {labels[-1]}"
    if nodes[0].op is None:
        told = any(node.role == "parameter" for node in numbered.nodes)
        return f"{nodes[0].role}s" if told else "leaves"  # which are weights?
    texts = {operation_text(node) for node in nodes}
    return texts.pop() if len(texts) == 1 else nodes[0].op.symbol


def fold_blocks(net: Net) -> list[Part]:
    """Parts in which what repeats itself along the graph is one part, `Block x N`."""
    readers = net.readers()
    shared = [
        not before and len(readers[p]) > 1 for p, before in enumerate(net.parents)
    ]
    places = [place for place in _in_steps(net) if not shared[place]]
    rank = {place: position for position, place in enumerate(places)}
    tokens = _tokens(net, places, rank)
    reach = np.array([_reach(net, place, rank) for place in places], dtype=np.int64)
    result = [part for part, apart in zip(net.parts, shared, strict=True) if apart]
    sequence = [net.parts[place] for place in places]
    for start, end, period in _runs(tokens, reach):
        block = sequence[start:end]
        if period:
            count = len(block) // period
            title = "Block" if period > 1 else _block_title(net.numbered, block[0])
            result.append(merged("block", title, block, count, "blocks"))
        else:
            result.extend(block)
    return result


def _in_steps(net: Net) -> list[int]:
    """The places in an order in which each stands right before what reads it first.

    Of several operands the one that lies deepest comes first: so what a step of a
    recurrence computes from its input alone stands in that step.
    """
    depth = [0] * len(net.parts)
    for place, before in enumerate(net.parents):
        depth[place] = 1 + max((depth[parent] for parent in before), default=0)
    ends = [place for place, after in enumerate(net.readers()) if not after]
    order: list[int] = []
    seen = [False] * len(net.parts)
    stack = [(place, False) for place in reversed(ends)]
    while stack:
        place, ready = stack.pop()
        if ready:
            order.append(place)
        elif not seen[place]:
            seen[place] = True
            stack.append((place, True))
            parents = sorted(net.parents[place], key=lambda p: depth[p])
            stack.extend((parent, False) for parent in parents)
    return order


def _block_title(numbered: Numbered, part: Part) -> str:
    if part.kind == "value":
        return operation_text(numbered.nodes[part.first])
    return part.title


def _tokens(net: Net, places: Sequence[int], rank: dict[int, int]) -> Tokens:
    """A number for each part: what it is, and how far back what it reads stands."""
    known: dict[object, int] = {}
    kinds = [
        known.setdefault(structure(net.numbered, part), len(known))
        for part in net.parts
    ]
    tokens = []
    for place in places:
        back = [
            (0, rank[place] - rank[parent])
            if parent in rank and rank[place] - rank[parent] <= _NEARBY
            else (1, kinds[parent])
            for parent in net.parents[place]
        ]
        key = "token", kinds[place], tuple(sorted(back))
        tokens.append(known.setdefault(key, len(known)))
    return np.array(tokens, dtype=np.int64)


def _reach(net: Net, place: int, rank: dict[int, int]) -> int:
    """How many places back in the sequence the farthest near thing stands it reads."""
    steps = [rank[place] - rank[p] for p in net.parents[place] if p in rank]
    return max((step for step in steps if step <= _LONGEST_BLOCK), default=0)


def _runs(tokens: Tokens, reach: Tokens) -> Iterator[tuple[int, int, int]]:
    """Cuts the sequence into runs (start, end, period), period 0 for what is single."""
    pending, budget = [(0, len(tokens))], _MOST_BLOCKS
    while pending:
        start, end = pending.pop()
        found = _longest_run(tokens[start:end], reach[start:end]) if budget else None
        budget -= 1 if budget else 0
        if found is None:
            if start < end:
                yield start, end, 0
            continue
        first, last, period = found
        yield start + first, start + last, period
        pending += [(start + last, end), (start, start + first)]


def _longest_run(tokens: Tokens, reach: Tokens) -> tuple[int, int, int] | None:
    """The stretch that a repeated block covers most of; of near equals the shortest.

    Each block must read the one before it: else they stand side by side.
    """
    best: tuple[int, int, int] | None = None
    covered = len(tokens) // _LEAST_SHARE
    affordable = _COMPARISONS // max(1, len(tokens))
    longest = min(_LONGEST_BLOCK, len(tokens) // _LEAST_REPEATS, affordable)
    for period in range(1, longest + 1):
        equal = tokens[:-period] == tokens[period:]
        first, length = _longest_true(equal)
        count = (length + period) // period
        if count < _LEAST_REPEATS or count * period <= 1.1 * covered:
            continue
        second = reach[first + period : first + 2 * period]
        if (second > np.arange(period)).any():
            covered = count * period
            best = first, first + covered, period
        if covered > 0.9 * len(tokens):
            break
    return best


def _longest_true(flags: NDArray[np.bool_]) -> tuple[int, int]:
    """Where the longest stretch of true flags begins, and how long it is."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    if not len(edges):
        return 0, 0
    lengths = edges[1::2] - edges[::2]
    longest = int(np.argmax(lengths))
    return int(edges[2 * longest]), int(lengths[longest])


def fold_stretches(net: Net, most: int) -> list[Part]:
    """Parts that are stretches of the sequence, for graphs that nothing else folds."""
    size = -(-sum(len(part.members) for part in net.parts) // most)
    stretches: list[list[Part]] = [[]]
    held = 0
    for part in net.parts:
        if held and held + len(part.members) > size:
            stretches.append([])
            held = 0
        stretches[-1].append(part)
        held += len(part.members)
    result, before = [], 0
    for parts in stretches:
        count = sum(len(part.members) for part in parts)
        title = f"nodes {before + 1:,}–{before + count:,}"
        told = _operations(net.numbered, parts)
        title = f"{told} · {title}" if told else title
        result.append(parts[0] if len(parts) == 1 else merged("part", title, parts))
        before += count
    return result


def _operations(numbered: Numbered, parts: Sequence[Part]) -> str:
    """The two operations that are most frequent in some parts: "mul, exp"."""
    nodes = (numbered.nodes[number] for part in parts for number in part.members)
    names = Counter(node.op.name for node in nodes if node.op is not None)
    return ", ".join(name for name, _ in names.most_common(2))


def refold(numbered: Numbered, parts: Sequence[Part], *, blocks: bool = True) -> Net:
    """Sums, equals, then blocks where it is long: what folds without names."""
    net = join(numbered, fold_sums(numbered, parts))
    net = _joined(net, fold_equals(net))
    if not blocks or max(len(net.parts) // 2, net.columns) <= _SHORT:
        return net
    return _joined(net, fold_blocks(net))


def _joined(net: Net, parts: Sequence[Part]) -> Net:
    """The net of folded parts: the same one if nothing folded."""
    return net if len(parts) == len(net.parts) else join(net.numbered, parts)
