"""What went wrong in the numbers of a graph, and where digits were lost, on cards."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from autograd import Diagnosis, Finding, Graph, Value, diagnose
from visualize.cards.digits import Digits
from visualize.cards.group_cards import GroupCard
from visualize.cards.labels import counted, join
from visualize.cards.model import Card, Drawing
from visualize.folding.fold import Group


@dataclass(frozen=True)
class Checkup:
    """The diagnosis of a graph, as its pictures show it.

    Attributes:
        graph: The graph.
        findings: Mark each finding on the card of the node where it began.
        digits: Say on each card how many digits are right.
    """

    graph: Graph
    findings: bool
    digits: bool

    @cached_property
    def _diagnoses(self) -> tuple[Diagnosis, ...]:
        return tuple(diagnose(output) for output in self.graph.outputs)

    @cached_property
    def _parts(self) -> tuple[tuple[Diagnosis, Graph], ...]:
        """Each diagnosis with the graph that it is of."""
        return tuple((each, Graph(each.output)) for each in self._diagnoses)

    @cached_property
    def _found(self) -> dict[Value, Finding]:
        """The findings by the node where they began, the most harmful first."""
        found = (finding for each in self._diagnoses for finding in each.findings)
        return {f.node: f for f in sorted(found, key=lambda f: -f.harm)}

    def marked(self, drawing: Drawing, group: Group) -> Drawing:
        """The picture of a group with what is to be said on its cards."""
        if not (self.findings or self.digits):
            return drawing
        children = iter(group.children)
        cards = [
            card
            if card.index < 0 or card.outside
            else self._card(card, next(children), group)
            for card in drawing.cards
        ]
        return replace(drawing, cards=tuple(cards))

    def summed_up(self, drawing: Drawing) -> Drawing:
        """The picture of the whole with how many findings there are."""
        if not self.findings:
            return drawing
        shown = sum(len(card.findings) for card in drawing.cards)
        words = _summary(list(self._found.values()), shown)
        return replace(drawing, warning=join((drawing.warning, words)))

    def _card(
        self, card: Card | GroupCard, child: Value | Group, group: Group
    ) -> Card | GroupCard:
        if self.findings:
            inside = _everywhere(child, group)
            here = [self._found[node] for node in inside if node in self._found]
            kinds = dict.fromkeys(finding.kind for finding in here)
            told = [f"{finding.kind}: {finding.message}" for finding in here]
            marks = (*card.marks, *kinds)
            card = replace(card, marks=marks, findings=tuple(told))
        return replace(card, digits=self._digits(child)) if self.digits else card

    def _digits(self, child: Value | Group) -> Digits:
        """The digits of what a card gives to others, and of what it reads."""
        members = [child] if isinstance(child, Value) else list(child.nodes)
        own = set(members)
        ends = [node for node in members if self._is_read_outside(node, own)]
        read = {x for node in members for x in node.parents if x not in own}
        left = min(self._trusted(ends or members), default=0.0)
        return Digits.of(left, list(self._trusted(read)))

    def _is_read_outside(self, node: Value, own: Collection[Value]) -> bool:
        readers = [edge.child for edge in self.graph.consumers(node)]
        return not readers or any(reader not in own for reader in readers)

    def _trusted(self, nodes: Iterable[Value]) -> Iterator[float]:
        for node in nodes:
            yield next(d for d, graph in self._parts if node in graph).digits_of(node)


def _everywhere(child: Value | Group, group: Group) -> Iterable[Value]:
    """The nodes of a card, with those of the samples that it stands for."""
    if isinstance(child, Group):
        return group.plan.numbered.values(child.all_numbers)
    batch, numbered = group.plan.batch, group.plan.numbered
    number = numbered.number(child)
    others = batch.counterparts.get(number, []) if batch and number is not None else []
    return [child, *numbered.values(others)]


def _summary(found: list[Finding], shown: int) -> str:
    if not found:
        return "nothing went wrong in the numbers"
    kinds = ", ".join(dict.fromkeys(finding.kind for finding in found))
    count = f"{counted(len(found), 'finding')}: {kinds}"
    hidden = len(found) - shown
    return count + (f" ({hidden:,} not in this picture)" if hidden else "")
