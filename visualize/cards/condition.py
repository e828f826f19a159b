"""Whether a graph's numbers belong together: leaves changed since, and NaN's origin.

A leaf's number may be set after others were computed from it, as an optimizer does.
What it was is then read back from what was recorded: a factor from the derivative by
the other factor, any other lone leaf from the operation's result.
"""

from __future__ import annotations

import math
from collections.abc import (
    Callable,
    Collection,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass
from itertools import compress
from operator import mul

from autograd import Value

_ALIKE = 1e-9
"""Results this near to each other, in shares of what went in, are the same."""

_STEPS = 40


@dataclass(frozen=True)
class Condition:
    """What of a graph does not belong together.

    Attributes:
        recorded: Leaves whose numbers were changed, with the numbers that counted.
        doubtful: Leaves that may have been changed: what they were can't be told.
        origins: The nodes at which NaN or infinity starts, in topological order.
    """

    recorded: dict[Value, float]
    doubtful: frozenset[Value]
    origins: tuple[Value, ...]

    def number(self, node: Value) -> float:
        """The number that a node had when the graph was computed, where it is known."""
        return self.recorded.get(node, node.data)

    def mark(self, node: Value, number: Callable[[float], str]) -> str:
        """What is to be said of a leaf that was changed; empty for others."""
        if node in self.recorded:
            return f"since changed to {number(node.data)}"
        return "changed since" if node in self.doubtful else ""

    @property
    def warning(self) -> str:
        """One line where something was changed; empty where nothing was."""
        known, unknown = len(self.recorded), len(self.doubtful)
        if not known and not unknown:
            return ""
        leaves = f"{known + unknown:,} lea{'f was' if known + unknown == 1 else 'ves'}"
        verb = "" if known + unknown == 1 else " were"
        shown = "the recorded numbers are drawn" if known else ""
        lost = "what they were is not known" if unknown else ""
        rest = ", but of some " if known and unknown else ""
        told = f"{shown}{rest}{lost}"
        return f"{leaves}{verb} changed after this was computed: {told}"


def condition_of(nodes: Sequence[Value]) -> Condition:
    """Looks whether the numbers of a graph's nodes belong together.

    Args:
        nodes: All nodes, in topological order.
    """
    numbers = {node: node.data for node in nodes}
    parents = {node: node.parents for node in nodes}
    bad = {node: x for node, x in numbers.items() if not math.isfinite(x)}
    origins = tuple(node for node in bad if bad.keys().isdisjoint(parents[node]))
    leaves = {node for node, read in parents.items() if not read}
    readers = [node for node, read in parents.items() if not leaves.isdisjoint(read)]
    factors: dict[Value, float] = {}
    products, unsure = [], []
    for node in readers:
        if _product_kept(node, numbers):
            products.append(node)
            continue
        found = {f: was for f, was in _factors(node) if f in leaves and was == was}
        factors.update(found)
        # Where all leaves are the factors that they were, so is the product.
        kept_all = all(numbers[factor] == was for factor, was in found.items())
        if not (kept_all and leaves.intersection(parents[node]) <= found.keys()):
            unsure.append(node)
    recorded = {
        leaf: was
        for leaf, was in factors.items()
        if was != numbers[leaf] and not math.isnan(was)
    }
    numbers.update(recorded)
    off = [node for node in unsure if not _holds(node, numbers)]
    kept = _kept(set(readers).difference(off), leaves) if off else set()
    # Beside constants it is the sum that was kept, and a factor of 0 has no part in it.
    told = [n for n in products if off and len(n.operands) == len(parents[n])]
    kept.update(factors, *map(parents.__getitem__, told))
    doubtful: set[Value] = set()
    for node in off:
        suspects = leaves.intersection(parents[node]) - kept - recorded.keys()
        solved = _solved(node, suspects, numbers) if len(suspects) == 1 else {}
        numbers.update(solved)
        recorded.update(solved)
        if not _holds(node, numbers):
            doubtful |= suspects or leaves.intersection(parents[node])
    return Condition(recorded, frozenset(doubtful - recorded.keys()), origins)


def _product_kept(node: Value, numbers: Mapping[Value, float]) -> bool:
    """Whether a product, or a sum of them, has the factors that it had.

    Most of what reads a leaf is one, and nothing is computed again.
    """
    op, operands, slopes = node.op, node.operands, node.local_derivatives
    if op is None or op.name not in ("mul", "dot"):
        return False
    half, alone = len(operands) // 2, len(operands) == len(slopes)
    now = tuple(
        [numbers.get(o, math.nan) if isinstance(o, Value) else o for o in operands]
    )
    others = now[half : 2 * half] + now[:half]
    if not alone:  # there is no derivative by a constant
        others = (*compress(others, [isinstance(o, Value) for o in operands]),)
    if others != slopes[: len(others)]:
        return False
    if alone and len(now) == 2 * half:
        return True
    # A sum starts from another number.
    start = now[-1] if len(now) > 2 * half else 0.0
    again = sum(map(mul, now[:half], now[half : 2 * half]), start)
    return bool(abs(again - numbers[node]) <= _ALIKE * abs(again))


def _kept(readers: Collection[Value], leaves: Collection[Value]) -> set[Value]:
    """The leaves that gave just what was recorded, and had a part in it."""
    return {
        parent
        for node in readers
        for parent, local in zip(node.parents, node.local_derivatives, strict=True)
        if parent in leaves and local != 0
    }


def _factors(node: Value) -> Iterator[tuple[Value, float]]:
    """The factors that are Values, each with the derivative by the other factor."""
    op, operands = node.op, node.operands
    if op is None or op.name not in ("mul", "dot"):
        return
    slopes: Sequence[float | None] = node.local_derivatives
    if len(operands) > len(slopes):
        given = iter(node.local_derivatives)
        slopes = [next(given) if isinstance(o, Value) else None for o in operands]
    half = len(operands) // 2
    for factor, other in zip(
        operands, [*slopes[half : 2 * half], *slopes[:half]], strict=False
    ):
        if other is not None and isinstance(factor, Value):
            yield factor, other


def _result(node: Value, numbers: Mapping[Value, float]) -> float:
    if node.op is None:
        return numbers[node]
    try:
        return float(node.op(*_operands(node, numbers)))
    except (ArithmeticError, ValueError):
        return math.nan


def _operands(node: Value, numbers: Mapping[Value, float]) -> list[float]:
    """The numbers of a node's operands; an integer says which one of them."""
    return [
        int(o.data) if isinstance(o, Value) and o.is_integer else _number(o, numbers)
        for o in node.operands
    ]


def _number(operand: Value | float, numbers: Mapping[Value, float]) -> float:
    if isinstance(operand, Value):
        return numbers.get(operand, operand.data)
    return operand


def stale(node: Value) -> bool:
    """Whether a node's operands, as they are now, no longer give its number.

    So it is after an optimizer's step: the leaves hold new numbers, and the graph
    remembers what was computed from the old ones.
    """
    return node.op is not None and not _agrees(node, {node: node.data})


def _agrees(node: Value, numbers: Mapping[Value, float]) -> bool:
    """Whether the operands give the result that was recorded."""
    again, was = _result(node, numbers), numbers[node]
    if again == was or (math.isnan(again) and math.isnan(was)):
        return True
    pairs = zip(node.parents, node.local_derivatives, strict=True)
    parts = [abs(numbers.get(p, p.data) * local) for p, local in pairs]
    size = abs(was) + abs(again) + sum(part for part in parts if part == part)
    return math.isfinite(size) and abs(again - was) <= _ALIKE * size


def _holds(node: Value, numbers: Mapping[Value, float]) -> bool:
    """Whether the operands give the result and the derivatives that were recorded.

    The result alone is the same for atan2(x, x), whatever x, and for x * x at -x.
    """
    return _agrees(node, numbers) and _slopes_agree(node, numbers)


def _solved(
    node: Value, suspects: Collection[Value], numbers: Mapping[Value, float]
) -> dict[Value, float]:
    """A lone leaf's number at which the operation gives what was recorded: secants."""
    (leaf,) = suspects
    operands = [operand for operand in node.operands if operand is not leaf]
    pairs = zip(node.parents, node.local_derivatives, strict=True)
    local = math.fsum(slope for parent, slope in pairs if parent is leaf)

    near = {n: numbers[n] for n in (node, *node.parents) if n in numbers}

    def miss(x: float) -> float:
        return _result(node, {**near, leaf: x}) - numbers[node]

    if local == 0:  # a step: many numbers give this result
        return {}

    def fits(x: float) -> bool:
        now = {**near, leaf: x}
        return _holds(node, now)

    # An even function has two such numbers, and the slope tells which was meant.
    for start in (numbers[leaf], -numbers[leaf]):
        found = _root(miss, start, local)
        if fits(found):  # sine and remainder have it again, a period further on
            others = (near.get(o, 0.0) if isinstance(o, Value) else o for o in operands)
            periods = {math.pi, math.tau, *others} - {0.0}
            return {} if any(fits(found + p) for p in periods) else {leaf: found}
    return {}


def _root(miss: Callable[[float], float], x: float, slope: float) -> float:
    """Where a function is 0, by secants from a start."""
    start, now = x, miss(x)
    step = -now / slope
    for _ in range(_STEPS):
        x, before = x + step, now
        now = miss(x)
        if not math.isfinite(now) or now in (0, before):
            break
        step *= now / (before - now)
    # A sum's other terms leave traces in the last places.
    return 0.0 if abs(x) < 1e-14 * abs(start) else float(f"{x:.13g}")


def _slopes_agree(node: Value, numbers: Mapping[Value, float]) -> bool:
    """Whether the operands give the local derivatives that were recorded."""
    if node.op is None:
        return True
    try:
        _, slopes = node.op.evaluate(*_operands(node, numbers))
    except (ArithmeticError, ValueError):
        return True  # the result tells
    given = [
        x for x, o in zip(slopes, node.operands, strict=True) if isinstance(o, Value)
    ]
    pairs = zip(given, node.local_derivatives, strict=True)
    return all(
        math.isclose(a, b, rel_tol=1e-6, abs_tol=1e-9) or (a != a and b != b)
        for a, b in pairs
    )
