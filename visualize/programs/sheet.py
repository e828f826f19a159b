"""The regrouped graph of a program as a drawing: a card a group, a wire a reading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from autograd import Graph, Program, Value
from visualize.cards.labels import clean, counted, join
from visualize.cards.model import MAX_NODES, Drawing, Wire
from visualize.folding.selection import steps_away
from visualize.programs.bundles import Bundle, bundled
from visualize.programs.faces import group_card, nodes_of, read_text
from visualize.programs.scalars import Scalars, scalars_of

FEW = 40
"""So many groups are shown one by one, whether or not they repeat."""

KEY = (
    "B: the examples of a batch",
    "at a wire: the shape of what is read, or how many of its numbers are",
)


NodesShown = Callable[[Graph], Iterable[Value]]


@dataclass(frozen=True)
class Sheet:
    """The regrouped graph of a program.

    Attributes:
        drawing: The cards and wires.
        bundles: What each card stands for.
        scalars: The scalar graph behind it.
        source: The lines of the generated source, each with the number of the group
            that it computes, -1 for none.
    """

    drawing: Drawing
    bundles: tuple[Bundle, ...] = field(repr=False)
    scalars: Scalars = field(repr=False)
    source: tuple[tuple[str, int], ...] = field(repr=False)

    def members(self, card: int) -> tuple[Value, ...]:
        """The scalar nodes that a card stands for."""
        return nodes_of(self.bundles[card], self.scalars)


def sheet_of(
    program: Program, most: int | None = None, shown: NodesShown | None = None
) -> Sheet:
    """The regrouped graph: a few dozen cards.

    Args:
        program: The program.
        most: More groups than that are folded, where they repeat, and then cut; None
            for the usual numbers.
        shown: Chooses nodes of the scalar graph: only groups that hold one of them are
            shown.
    """
    scalars = scalars_of(program)
    groups = [group for group in program.groups if group.rows] or program.groups
    every = bundled(groups, most or FEW)
    reads = _reads(every)
    last = _ends(every, reads)
    kept = sorted(steps_away(reads, last, most or MAX_NODES))
    if shown is not None:
        within = set(shown(scalars.graph))
        kept = [n for n in kept if not within.isdisjoint(nodes_of(every[n], scalars))]
    places = {number: place for place, number in enumerate(kept)}
    bundles = tuple(every[number] for number in kept)
    inner = [[places[n] for n in reads[number] if n in places] for number in kept]
    hidden = [len(reads[n]) - len(s) for n, s in zip(kept, inner, strict=True)]
    drawing = Drawing(
        cards=tuple(
            group_card(n, bundle, scalars, hidden[n], _made_for(program, bundle))
            for n, bundle in enumerate(bundles)
        ),
        wires=tuple(_wires(bundles, inner, scalars)),
        outputs=tuple(_ends(bundles, inner)),
        total=len(scalars.graph),
        differentiated=False,
        remark=_remark(program, scalars, len(groups), len(every), len(kept)),
        about=clean(repr(program)),
        key=KEY,
    )
    lines = program.source.splitlines()
    source = tuple(zip(lines, program.source_groups, strict=True))
    return Sheet(drawing, bundles, scalars, source)


def _reads(bundles: Sequence[Bundle]) -> list[list[int]]:
    """For each bundle the places of those that it reads, in order."""
    place_of = {g.number: place for place, b in enumerate(bundles) for g in b.groups}
    found = []
    for place, bundle in enumerate(bundles):
        numbers = [number for group in bundle.groups for number in group.reads]
        places = dict.fromkeys(place_of[number] for number in numbers)
        places.pop(place, None)
        found.append(list(places))
    return found


def _ends(bundles: Sequence[Bundle], reads: Sequence[Sequence[int]]) -> list[int]:
    """The outputs, and what nothing reads: the conditions of guards."""
    read = {place for places in reads for place in places}
    return [n for n, b in enumerate(bundles) if b.is_output or n not in read]


def _wires(
    bundles: Sequence[Bundle], reads: Sequence[Sequence[int]], scalars: Scalars
) -> Iterator[Wire]:
    for child, parents in enumerate(reads):
        for slot, parent in enumerate(parents):
            text = read_text(bundles[parent], bundles[child], scalars)
            yield Wire(parent, child, slot, None, None, reads=text)


def _made_for(program: Program, bundle: Bundle) -> str:
    """Who reads a group that a pass made, a part of a larger sum; "" for all others."""
    group = bundle.groups[0]
    if bundle.repeats or group.nodes or not group.operation:
        return ""
    readers = [other.name for other in program.groups if group.number in other.reads]
    return readers[0] if readers else ""


def _remark(
    program: Program, scalars: Scalars, groups: int, bundles: int, cards: int
) -> str:
    """How much became how little; and what is folded or left out."""
    operations = sum(node.op is not None for node in scalars.groups)
    texts = [f"{counted(operations, 'scalar node')} in {counted(groups, 'group')}"]
    texts += _as_they_are(program)
    if bundles < groups:
        texts.append(f"repeats folded: {bundles:,} cards")
    if cards < bundles:
        texts.append(f"{cards:,} of them shown: the nearest to the output")
    return join(texts)


def _as_they_are(program: Program) -> list[str]:
    """What the program returns and does not compute, in words."""
    plan = program.plan
    kinds = Counter(
        "constant"
        if not isinstance(x, int)
        else "input"
        if x < plan.inputs
        else "parameter"
        for x in plan.outputs
        if not isinstance(x, int) or x < plan.first
    )
    texts = [counted(count, kind) for kind, count in kinds.items()]
    if texts:
        return [f"returns {' and '.join(texts)} as given"]
    return [] if plan.outputs else ["returns nothing"]
