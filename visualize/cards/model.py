"""What is drawn: cards, the wires between them, and their numbers. No drawing here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from autograd import Graph, Value
from visualize.cards.digits import Digits
from visualize.cards.formula import expression, operation_text
from visualize.cards.group_cards import GroupCard
from visualize.cards.labels import clean, counted

ROLES = ("input", "parameter", "operation", "output")

MAX_NODES = 300
"""So many cards can still be read, and are laid out in a moment."""


@dataclass(frozen=True)
class Card:
    """One Value, as it is drawn.

    `name` is unique in the graph, and one line of text that can be seen. `title` is
    what the card prints as its name: empty where the operation says enough. `gradient`
    is None before a backward pass.

    `hidden_operands` and `hidden_consumers` count the operand slots whose other end
    is not in the picture; `hidden_contribution` is what the hidden consumers pass
    back, so that the contributions leaving a card still sum to its gradient. `earlier`
    is what a leaf's gradient holds from passes before this one. `samples` is more than
    1 for a node of the one sample that stands for a batch of so many. `marks` are words
    of warning: `NaN starts here`, `since changed to 2`, a finding's kind; `findings`
    tell what went wrong, each in some lines, and `digits` how many of them are right,
    where these were asked for. `source` is the line that made it, if it was recorded.
    `outside` says that it stands at the border of what is opened: it is read there, or
    reads what is.
    """

    index: int
    name: str
    title: str
    operation: str
    expression: str
    role: str
    scope: str
    value: float
    gradient: float | None
    hidden_operands: int = 0
    hidden_consumers: int = 0
    hidden_contribution: float = 0.0
    earlier: float = 0.0
    samples: int = 1
    marks: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    digits: Digits | None = None
    source: str = ""
    outside: bool = False


@dataclass(frozen=True)
class Wire:
    """One operand slot: what `parent` passes to `child`.

    `parent` and `child` are positions in `Drawing.cards`; `slot` is the position
    among the child's operands that are Values. `contribution` is what comes back
    along the wire, the child's gradient times the local derivative; None before a
    backward pass.

    A wire to or from a group stands for `count` slots, and its contribution is their
    sum; `local_derivative` is None where it stands for several, or for a constant.
    `size` is the sum of what the slots pass back without its signs.
    `reads` is what the child reads through it, where that is told and not derivatives.
    `share` is what of an explained gradient flows through it, where one is explained.
    """

    parent: int
    child: int
    slot: int
    local_derivative: float | None
    contribution: float | None
    count: int = 1
    reads: str = ""
    share: float | None = None
    size: float = 0.0

    @property
    def cancels(self) -> bool:
        """Whether what its slots pass back adds up to nothing but rounding.

        So it does before every softmax and every layer that normalises: these do not
        change where the same is added to all that they read.
        """
        return abs(self.contribution or 0.0) < 1e-9 * self.size

    @property
    def flow(self) -> float | None:
        """What its width shows: what comes back; one side of it where both cancel."""
        return self.size / 2 if self.cancels else self.contribution


@dataclass(frozen=True)
class TimeStep:
    """A step of a recurrence: its cards, the same thing in the same row of each.

    Attributes:
        title: What it is called; empty for steps that are folded to one card.
        cards: The places of its cards, by their rows.
    """

    title: str
    cards: Mapping[int, int]


@dataclass(frozen=True)
class Drawing:
    """Everything that a picture says.

    Cards stand in topological order, wires in that of their children and slots.
    `remark` says what is folded or left out, where it is not the usual, and `about`
    what it is a picture of. `key` explains the signs of a picture without gradients;
    its legend says nothing of gradients then. `warning` says where numbers do not
    belong together. `steps` are those of a recurrence, in their order.
    """

    cards: tuple[Card | GroupCard, ...]
    wires: tuple[Wire, ...]
    outputs: tuple[int, ...]
    total: int
    differentiated: bool
    remark: str = ""
    about: str = ""
    key: tuple[str, ...] = ()
    warning: str = ""
    steps: tuple[TimeStep, ...] = ()

    @property
    def note(self) -> str:
        """Says what is left out, and warns; empty where there is nothing to say."""
        return " · ".join(text for text in (self.warning, self._left_out()) if text)

    def _left_out(self) -> str:
        if self.remark:
            return self.remark
        shown = sum(card.role != "constant" for card in self.cards)
        if shown == self.total:
            return ""
        which = "outputs" if len(self.outputs) > 1 else "output"
        return f"{shown:,} of {self.total:,} nodes: the nearest to the {which}"

    @property
    def summary(self) -> str:
        """One line for those who can't see the picture."""
        if self.about:
            return self.about
        names = [self.cards[output].name for output in self.ends]
        shown = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
        count = counted(self.total, "node")
        state = "with gradients" if self.differentiated else "before a backward pass"
        return f"Computation graph of {shown}: {count}, {state}"

    @property
    def ends(self) -> tuple[int, ...]:
        """The outputs that are no cards at the border, or else what those read."""
        outside = {n for n in self.outputs if self.cards[n].outside}
        inside = [n for n in self.outputs if n not in outside]
        read = [wire.parent for wire in self.wires if wire.child in outside]
        return tuple(inside or dict.fromkeys(read))

    def operands(self) -> tuple[tuple[Wire, ...], ...]:
        """For each card, the wires that come into it, in operand order."""
        found: list[list[Wire]] = [[] for _ in self.cards]
        for wire in self.wires:
            found[wire.child].append(wire)
        return tuple(map(tuple, found))


def value_card(
    graph: Graph,
    node: Value,
    names: Mapping[Value, str],
    *,
    hidden_operands: int = 0,
    hidden: Sequence[float] = (),
    uses: Sequence[float] = (),
    samples: int = 1,
    value: float | None = None,
    marks: tuple[str, ...] = (),
    outside: bool = False,
) -> Card:
    """The card of one node.

    Args:
        graph: The graph it belongs to.
        node: The node.
        names: What the caller calls parameters.
        hidden_operands: How many of its operands are not in the picture.
        hidden: What the slots outside the picture that read it pass back.
        uses: What all slots that read a leaf pass back.
        samples: For how many samples it stands.
        value: Its number when the graph was computed; None where that is its own.
        marks: Words of warning.
        outside: Whether it stands at the border.
    """
    given = names.get(node, "")
    # A name of nothing but invisible characters is none.
    unique = clean(given or graph.name(node)) or f"v{graph.index(node)}"
    back = sum(hidden)
    return Card(
        index=graph.index(node),
        name=unique,
        title=_title(node, unique, given, samples),
        operation=operation_text(node),
        expression=expression(node, graph.name),
        role=_role(graph, node, names),
        scope=graph.scope(node),
        value=node.data if value is None else value,
        gradient=node.grad if graph.differentiated else None,
        hidden_operands=hidden_operands,
        hidden_consumers=len(hidden),
        hidden_contribution=back if graph.differentiated else 0.0,
        earlier=_earlier(graph, node, uses) if graph.differentiated else 0.0,
        samples=samples,
        marks=marks,
        source=_source(node),
        outside=outside,
    )


def _source(node: Value) -> str:
    """The line that made a node, as "model.py:12"; empty where none was recorded."""
    line = node.source
    return f"{PurePath(line.file).name}:{line.number}" if line and line.file else ""


def _earlier(graph: Graph, node: Value, uses: Sequence[float]) -> float:
    """What a leaf's gradient holds beside the contributions of the last pass."""
    # Not `node in graph.outputs`: Values compare by their numbers.
    if node.parents or any(node is output for output in graph.outputs):
        return 0.0
    rest = node.grad - sum(uses)
    size = abs(node.grad) + sum(map(abs, uses))
    return rest if abs(rest) > 1e-9 * size else 0.0


def _title(node: Value, unique: str, given: str, samples: int) -> str:
    # The number that tells x of this sample from that of others says nothing here.
    if samples > 1 and clean(node.label):
        return clean(node.label)
    return unique if given or node.label or not node.parents else ""


def _role(graph: Graph, node: Value, names: Mapping[Value, str]) -> str:
    # Not `node in graph.outputs`: Values compare by their numbers.
    if any(node is output for output in graph.outputs):
        return "output"
    return "parameter" if node in names and not node.parents else node.role
