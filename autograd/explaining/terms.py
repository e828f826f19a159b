"""The terms of an output that is a sum, and the samples of one that is a loss.

A sum is opened from the output down: what it adds up, through factors that are plain
numbers. Each term has the derivative of the output in it, its seed.
"""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from autograd.graph import Graph
from autograd.sweep import interior_order
from autograd.value import Value

_SUMS = {"add", "sub", "sum", "mean"}
_FACTORS = {"neg", "mul", "div", "identity", "batch_mean"}
"""Operations that pass a sum on as it is, where they have one operand only."""


class Summand(NamedTuple):
    """A part of the output.

    Attributes:
        name: What it is called.
        node: Its own output.
        seed: The derivative of the output in it.
        reader: The operation that adds it.
    """

    name: str
    node: Value
    seed: float
    reader: Value


def _opened(term: Summand) -> list[Summand]:
    """What a term is the sum of; empty if it is no sum."""
    node = term.node
    if node.op is None or node.op.name not in _SUMS | _FACTORS:
        return []
    if node.op.name in _FACTORS and len(node.parents) != 1:
        return []
    slots = zip(node.parents, node.local_derivatives, strict=True)
    return [Summand("", parent, term.seed * d, node) for parent, d in slots]


def terms_of(output: Value, graph: Graph) -> list[Summand]:
    """The operands of the sum that the output is.

    A term that has a label is one; others are opened if they are sums themselves.
    """
    found: list[Summand] = []
    waiting = [Summand("", output, 1.0, output)]
    while waiting:
        term = waiting.pop()
        is_end = bool(term.node.label) and term.node is not output
        parts = [] if is_end else _opened(term)
        waiting += reversed(parts)
        if not parts:
            name = term.node.label or graph.name(term.node)
            found.append(term._replace(name=name))
    return found


def samples_of(output: Value) -> list[Summand]:
    """The samples of the batch that the output is the sum of, and the rest of it.

    The batch is the first sum from the output down of which several operands are made
    by one operation and read a leaf in common, as samples read the same parameters.

    Raises:
        ValueError: There is none.
    """
    rest: list[Summand] = []
    waiting = [Summand("", output, 1.0, output)]
    while waiting:
        parts = _spine(waiting.pop(0))
        samples = _alike(parts)
        if samples:
            chosen = {*map(id, samples)}
            rest += [part for part in parts if id(part) not in chosen] + waiting
            named = [
                part._replace(name=f"sample {i}") for i, part in enumerate(samples)
            ]
            return [*named, *[part._replace(name="the rest") for part in rest]]
        for part in parts:
            (waiting if _opened(part) else rest).append(part)
    message = (
        "ledger finds no samples: the output is no sum or mean over terms of one kind "
        "that share parameters; by='term' shares it out by the terms there are"
    )
    raise ValueError(message)


def _spine(term: Summand) -> list[Summand]:
    """What a sum adds up, one after another: `a + b + c` is (a + b) + c.

    Python's own `sum([a, b])` is (0 + a) + b.
    """
    ends: list[Summand] = []
    while _is_addition(term.node):
        first, second = _opened(term)
        ends.append(second)
        term = first
    if not ends:
        return _opened(term)
    starts_at_0 = term.node.op is not None and term.node.op.name == "add"
    return [*(_opened(term) if starts_at_0 else [term]), *reversed(ends)]


def _is_addition(node: Value) -> bool:
    return node.op is not None and node.op.name == "add" and len(node.parents) == 2


def _alike(parts: list[Summand]) -> list[Summand]:
    """The largest group of parts of one operation of which two read one leaf."""
    kinds: dict[str, list[Summand]] = defaultdict(list)
    for part in parts:
        if part.node.op is not None:
            kinds[part.node.op.name].append(part)
    shared = [kind for kind in kinds.values() if len(kind) > 1 and _share(*kind[:2])]
    return max(shared, key=len, default=[])


def _share(first: Summand, second: Summand) -> bool:
    return not _leaves(first.node).isdisjoint(_leaves(second.node))


def _leaves(node: Value) -> set[Value]:
    order = interior_order([node])
    return {parent for x in order for parent in x.parents if not parent.parents}
