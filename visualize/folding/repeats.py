"""What is repeated: equal nodes side by side, and equal blocks one after the other.

Two parts are equal when they do the same and what reads them is equal: the products of
one layer, say. Equal parts can't depend on each other, for they lie equally far from
the outputs, so putting them together makes no cycle.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence

from visualize.cards.formula import operation_text
from visualize.cards.labels import clean
from visualize.folding.alike import classes, line_of
from visualize.folding.numbered import Numbered
from visualize.folding.parts import Net, Part, join, merged
from visualize.folding.recurrences import in_steps, middles_folded, whole_steps
from visualize.folding.samples import chains

_LEAST = 3
_SHORT = 16
"""So many cards, all in a row, can be read without looking for blocks."""
_SIDE_BY_SIDE = ("value", "sum", "repeat")


def fold_sums(numbered: Numbered, parts: Sequence[Part]) -> list[Part]:
    """Parts in which a chain of additions is one part."""
    single = [part.first for part in parts if part.kind == "value"]
    members: dict[int, list[int]] = {}
    for number, end in chains(numbered, single).items():
        members.setdefault(end, []).append(number)
    added = [numbers for numbers in members.values() if len(numbers) >= _LEAST - 1]
    inside = {number for numbers in added for number in numbers}
    result = [p for p in parts if p.kind != "value" or p.first not in inside]
    for numbers in added:
        shown = tuple(sorted(numbers))
        result.append(Part("sum", "Σ", shown, len(shown), "additions", shown))
    return result


def fold_equals(net: Net) -> list[Part]:
    """Parts in which equal nodes are one part, `x N`."""
    alike = _read_alike(net)
    counts = Counter(alike.values())
    together: dict[int, list[Part]] = {}
    result = []
    for place, part in enumerate(net.parts):
        if counts[alike[place]] > 1:
            together.setdefault(alike[place], []).append(part)
        else:
            result.append(part)
    for parts in together.values():
        title = _shared_title(net.numbered, parts)
        result.append(merged("repeat", title, parts, len(parts)))
    return result


def _read_alike(net: Net) -> dict[int, int]:
    """For each part a number that is equal for those of equal operation and readers."""
    outputs, signatures = net.numbered.outputs, net.numbered.signatures
    kinds: list[Hashable] = []
    for part, before in zip(net.parts, net.parents, strict=True):
        first = part.members[0]
        # An input is read by all neurons of a layer, a weight by one.
        uses = 0 if before else len(net.numbered.consumers[first])
        own = part.kind in _SIDE_BY_SIDE and first not in outputs
        kinds.append((part.kind, signatures[first], uses) if own else None)
    backwards = zip(reversed(range(len(kinds))), reversed(kinds), strict=True)
    return classes(backwards, net.readers(), frozenset)


def _shared_title(numbered: Numbered, parts: Sequence[Part]) -> str:
    """What equal nodes are called: their common label, or their operation."""
    if any(part.kind != "value" for part in parts):
        return "Σ"
    nodes = [numbered.nodes[part.first] for part in parts]
    labels = [clean(node.label, 20) for node in nodes if node.label]
    if all(labels) and len(labels) == len(nodes):
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
    places, line = line_of(net.kinds(), net.parents)
    apart = set(range(len(net.parts))).difference(places)
    result = [net.parts[place] for place in sorted(apart)]
    for start, end, length in line.runs():
        block = [net.parts[place] for place in places[start:end]]
        if length:
            title = "Block" if length > 1 else _block_title(net.numbered, block)
            result.append(merged("block", title, block, len(block) // length, "blocks"))
        else:
            result.extend(block)
    return result


def _block_title(numbered: Numbered, parts: Sequence[Part]) -> str:
    """What single parts in a row are called; all of one name if only numbers differ."""
    first, last = parts[0], parts[-1]
    if first.kind == "value":
        return operation_text(numbered.nodes[first.first])
    names = {re.sub(r"\d+", "", part.title) for part in parts}
    return first.title if len(names) == 1 else f"{first.title} … {last.title}"


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


def refold(
    numbered: Numbered, parts: Sequence[Part], *, blocks: bool = True
) -> Iterator[Net]:
    """Sums, equals, then blocks where it is long: what folds without names."""
    net = join(numbered, fold_sums(numbered, parts))
    net = _joined(net, fold_equals(net))
    steps = in_steps(net)
    few = len(net.parts) <= 2 * _SHORT and net.columns <= _SHORT
    short = few or not blocks
    if short or steps.stepped:
        yield steps
        yield from middles_folded(steps)
        yield from whole_steps(steps)
    if not short:
        yield _joined(net, fold_blocks(net))


def _joined(net: Net, parts: Sequence[Part]) -> Net:
    """The net of folded parts: the same one if nothing folded."""
    return net if len(parts) == len(net.parts) else join(net.numbered, parts)
