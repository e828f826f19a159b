"""What two passes of the same structure held, and where their cards stand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from autograd import Graph, Value
from visualize.cards.group_cards import GroupCard
from visualize.cards.labels import clean
from visualize.folding.fold import fold
from visualize.folding.rooms import room
from visualize.layout.engines import Engine, place
from visualize.layout.geometry import Box, Layout, Link
from visualize.style import Style

CARD_WIDTH = 252.0
HEADER = 24.0
LINE = 25.0
CARD_HEIGHT = HEADER + 2 * LINE
ZONE = 12.0
"""The room left of a card in which its wires join it."""


Two = tuple[float | None, float | None]
"""A number of the first pass and one of the second; None where there is none."""


@dataclass(frozen=True)
class Pair:
    """What one node, or a group of them, held in both passes.

    Attributes:
        index: Its place in topological order; of a group, that of its first node.
        name: Its unique name.
        labelled: Whether a card prints the name, besides the operation.
        operation: What made it; empty for a leaf.
        expression: The operation with its operands by name.
        role: "input", "parameter", "operation" or "output".
        values: Its number in both passes; None for a group of several results.
        gradients: Its gradient in both passes, of a group the norm; None before a
            backward pass.
        tolerance: Relative differences up to this count as none.
        allowance: So do differences of the gradients up to this: what they are off.
        nodes: How many nodes it stands for; 0 for a node itself.
        differing: How many of these differ.
    """

    index: int
    name: str
    labelled: bool
    operation: str
    expression: str
    role: str
    values: Two
    gradients: Two
    tolerance: float
    allowance: float = 0.0
    nodes: int = 0
    differing: int = 0

    @cached_property
    def value_changed(self) -> bool:
        """Whether the value differs by more than the tolerance."""
        return not _close(self.values, self.tolerance)

    @cached_property
    def gradient_changed(self) -> bool:
        """Whether the gradient differs by more than the tolerance."""
        return not _close(self.gradients, self.tolerance, self.allowance)

    @property
    def changed(self) -> bool:
        """Whether anything differs."""
        return self.value_changed or self.gradient_changed or self.differing > 0

    @property
    def apart(self) -> float:
        """The larger of the relative differences of value and gradient."""
        return max(_apart(self.values), _apart(self.gradients))


def _close(numbers: Two, tolerance: float, allowance: float = 0.0) -> bool:
    old, new = numbers
    if old is None or new is None:
        return old is new
    if old == new or (old != old and new != new):
        return True
    return abs(new - old) <= max(tolerance * max(abs(old), abs(new)), allowance)


def _apart(numbers: Two) -> float:
    """The difference in shares of the first number; 0 only if there is none."""
    old, new = numbers
    if old is None or new is None:
        return 0.0
    if old == new or (old != old and new != new):
        return 0.0
    apart = abs(new - old) / abs(old) if old else math.inf
    return math.inf if apart != apart else apart


@dataclass(frozen=True)
class ComparisonPlan:
    """What is drawn, the wires in between, and where it stands.

    Attributes:
        pairs: The cards: nodes, and groups of a large graph.
        links: Wires between them; numbers are places in `pairs`.
        boxes: The room of each.
        layout: Where they stand.
        note: What is folded.
    """

    pairs: tuple[Pair, ...]
    links: tuple[Link, ...]
    boxes: tuple[Box, ...]
    layout: Layout
    note: str


def plan(
    before: Graph,
    after: Graph,
    pairs: Sequence[Pair],
    max_nodes: int,
    engine: Engine,
    style: Style,
) -> ComparisonPlan:
    """Folds two graphs of equal structure alike, and places their cards.

    Raises:
        ValueError: If `max_nodes` is less than 1.
    """
    old, new = (fold(graph, max_nodes=max_nodes) for graph in (before, after))
    first, second = (room(one, inputs=False) for one in (old, new))
    shown = []
    for child, one, other in zip(new.children, first.cards, second.cards, strict=True):
        if isinstance(child, Value):
            shown.append(pairs[after.index(child)])
        elif isinstance(one, GroupCard) and isinstance(other, GroupCard):
            inner = [pairs[after.index(node)] for node in child.nodes]
            shown.append(_group(one, other, inner))
    links: list[Link] = []
    boxes = []
    for number, wires in enumerate(second.operands()):
        links += [Link(wire.parent, number, dock) for dock, wire in enumerate(wires)]
        boxes.append(_box(len(wires)))
    layout = place(boxes, links, row_gap=style.row_gap, engine=engine)
    return ComparisonPlan(tuple(shown), tuple(links), tuple(boxes), layout, second.note)


def _group(one: GroupCard, other: GroupCard, inner: Sequence[Pair]) -> Pair:
    differing = sum(pair.changed for pair in inner)
    return Pair(
        index=inner[0].index,
        name=clean(other.title),
        labelled=True,
        operation=clean(other.times or other.shape, 60),
        expression=f"{clean(other.shape, 80)}: {differing:,} of {len(inner):,} differ",
        role=other.role,
        values=(one.value, other.value),
        gradients=(one.norm, other.norm),
        tolerance=inner[0].tolerance,
        allowance=math.hypot(*(pair.allowance for pair in inner)),
        nodes=len(inner),
        differing=differing,
    )


def _box(wires: int) -> Box:
    pitch = min(16.0, 640.0 / max(1, wires))
    height = max(CARD_HEIGHT, wires * pitch)
    docks = ((dock - (wires - 1) / 2) * pitch + height / 2 for dock in range(wires))
    return Box(ZONE + CARD_WIDTH, height, tuple(docks))
