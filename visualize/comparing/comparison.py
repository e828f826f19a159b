"""Comparison: two backward passes of the same structure, node by node."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from autograd import Graph, Value
from visualize.cards.formula import expression, operation_text
from visualize.cards.labels import clean, counted
from visualize.comparing.pairs import ComparisonPlan, Pair, plan
from visualize.comparing.perturb import Differences
from visualize.comparing.side_by_side import width_of, write_pairs
from visualize.display import Display
from visualize.layout.engines import Engine
from visualize.options import door
from visualize.style import Style
from visualize.subjects import as_graph
from visualize.svg.css import Theme
from visualize.text import in_columns

MOST_CARDS = 80
"""Cards with two columns are large: a picture of more is hard to overlook."""

_ROWS = 200
_NAME_LIMIT = 40


@door
def compare(
    before: Value | Graph,
    after: Value | Graph,
    *,
    titles: tuple[str, str] = ("before", "after"),
    tolerance: float = 0.0,
    max_nodes: int = MOST_CARDS,
    theme: Theme = "auto",
    engine: Engine = "auto",
    style: Style | None = None,
) -> Comparison:
    """Sets two backward passes of the same structure side by side, node by node.

    Values are live: an optimizer's step changes what an earlier graph shows. So take
    `before = visualize.snapshot(loss)` before the step. Or compare a graph with its
    own `visualize.finite_differences(loss)`: gradients count as equal where they agree
    as well as those differences are exact.

    Args:
        before: One pass: a snapshot, or any graph that shares no node with the other.
        after: The other.
        titles: What to call them.
        tolerance: Relative differences up to this count as none.
        max_nodes: Above about so many cards the drawing folds, as that of `draw`; the
            text tells of single nodes.
        theme: "light", "dark", or "auto" for the reader's own.
        engine: As for `draw`.
        style: Colours, fonts and number formats other than the usual.

    Raises:
        ValueError: If the structures differ (the text says where first), or both hold
            the same Values.
    """
    old, new, look = as_graph(before), as_graph(after), style or Style()
    pairs = match(old, new, tolerance)
    places = plan(old, new, pairs, max_nodes, engine, look)
    return Comparison(pairs, titles, tolerance, places, look, theme)


@dataclass(frozen=True, repr=False)
class Comparison(Display):
    """Two passes side by side: a notebook shows it, `save` writes it.

    Attributes:
        pairs: What each node held in both passes, in topological order.
        titles: What the two passes are called.
        tolerance: Relative differences up to this count as none.
        plan: What the drawing shows, and where.
        style: Colours, fonts and number formats.
        theme: "auto" follows the reader's light or dark theme.
    """

    pairs: tuple[Pair, ...]
    titles: tuple[str, str]
    tolerance: float
    plan: ComparisonPlan
    style: Style
    theme: Theme

    @property
    def changed(self) -> tuple[Pair, ...]:
        """The nodes whose value or gradient differs, in topological order."""
        return tuple(pair for pair in self.pairs if pair.changed)

    @property
    def summary(self) -> str:
        """One line for those who can't see the picture."""
        first, second = (clean(title, 40) for title in self.titles)
        count = counted(len(self.pairs), "node")
        values = sum(pair.value_changed for pair in self.pairs)
        gradients = sum(pair.gradient_changed for pair in self.pairs)
        least = f" by more than {self.style.number(self.tolerance)}"
        apart = least if self.tolerance else ""
        if not values and not gradients:
            return f"{first} and {second}: no difference{apart} in {count}"
        return (
            f"{first} and {second}: of {count}, {values:,} differ in value and "
            f"{gradients:,} in gradient{apart}"
        )

    @property
    def wide(self) -> float:
        """How wide the picture is, in pixels."""
        return width_of(self.plan, self.style)

    @cached_property
    def svg(self) -> str:
        """The picture as an SVG document."""
        return write_pairs(self.plan, self.titles, self.summary, self.style, self.theme)

    @cached_property
    def text(self) -> str:
        """The nodes that differ as a table; of many, those that differ most."""
        shown = self.changed
        if len(shown) > _ROWS:
            largest = sorted(shown, key=lambda pair: -pair.apart)[:_ROWS]
            shown = tuple(sorted(largest, key=lambda pair: pair.index))
        lines = [self.summary]
        if shown:
            lines += _table(shown, self.titles, self.style)
        if len(shown) < len(self.changed):
            lines.append(f"the {_ROWS} that differ most of {len(self.changed):,}")
        return "\n".join(lines)


def _table(pairs: tuple[Pair, ...], titles: tuple[str, str], style: Style) -> list[str]:
    first, second = (clean(title, 16) for title in titles)
    rows = [["node", f"value {first}", second, f"grad {first}", second, "change"]]
    for pair in pairs:
        name = clean(f"{pair.name} {pair.operation}".strip(), _NAME_LIMIT)
        numbers = [*pair.values, *pair.gradients]
        texts = ["—" if n is None else style.number(n) for n in numbers]
        rows.append([name, *texts, _per_cent(pair.apart)])
    return in_columns(rows)


def _per_cent(apart: float) -> str:
    """A relative difference in words that fit a column."""
    if not math.isfinite(apart):
        return "∞"
    return f"{100 * apart:.2g} %" if apart < 10 else f"×{apart:.3g}"


def match(before: Graph, after: Graph, tolerance: float) -> tuple[Pair, ...]:
    """Both passes' numbers, node by node.

    Raises:
        ValueError: If the structures differ (the text says where first), or the
            graphs share nodes.
    """
    _check_same_structure(before, after)
    _check_apart(before, after)
    outputs = set(after.outputs)
    doubts = [g.doubts for g in (before, after) if isinstance(g, Differences)]
    pairs = []
    for index, (old, new) in enumerate(zip(before, after, strict=True)):
        pairs.append(
            Pair(
                index=index,
                name=clean(after.name(new)) or f"v{index}",
                labelled=bool(new.label) or not new.parents,
                operation=operation_text(new),
                expression=expression(new, after.name),
                role="output" if new in outputs else new.role,
                values=(old.data, new.data),
                gradients=(
                    old.grad if before.differentiated else None,
                    new.grad if after.differentiated else None,
                ),
                tolerance=tolerance,
                allowance=sum(d.get(old, d.get(new, 0.0)) for d in doubts),
            )
        )
    return tuple(pairs)


def _check_apart(before: Graph, after: Graph) -> None:
    shared = next((node for node in before if node in after), None)
    if shared is not None:
        raise ValueError(
            f"both hold the very same node {clean(before.name(shared), 60)}, which "
            "has only its latest numbers: take before = visualize.snapshot(loss) "
            "before the step"
        )


def _check_same_structure(before: Graph, after: Graph) -> None:
    for index, (old, new) in enumerate(zip(before.nodes, after.nodes, strict=False)):
        one, other = _shape(before, old), _shape(after, new)
        if one != other:
            raise ValueError(
                "the two computations differ in structure, first at node number "
                f"{index}: {_told(before, old)} in one, {_told(after, new)} in the "
                "other"
            )
    if len(before) != len(after):
        longer = max(before, after, key=len)
        extra = longer.nodes[min(len(before), len(after))]
        raise ValueError(
            f"the two computations differ in structure: {len(before):,} nodes in one, "
            f"{len(after):,} in the other, which goes on with {_told(longer, extra)}"
        )
    ends = [[graph.index(o) for o in graph.outputs] for graph in (before, after)]
    if ends[0] != ends[1]:
        raise ValueError(
            "the two computations differ in structure: the outputs are nodes number "
            f"{ends[0]} in one and {ends[1]} in the other"
        )


def _shape(graph: Graph, node: Value) -> tuple[str, list[int]]:
    operation = node.op.name if node.op is not None else ""
    return operation, [graph.index(parent) for parent in node.parents]


def _told(graph: Graph, node: Value) -> str:
    name = clean(graph.name(node), 60)
    if not node.parents:
        return f"the {node.role} {name}"
    return clean(f"{name} = {expression(node, graph.name)}", 90)
