"""What is drawn: cards, the wires between them, and their numbers. No drawing here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Protocol, runtime_checkable

from autograd import Edge, Graph, Value
from visualize.cards.digits import Digits
from visualize.cards.formula import expression, operation_text
from visualize.cards.group_cards import GroupCard
from visualize.cards.labels import clean

ROLES = ("input", "parameter", "operation", "output")

MAX_NODES = 300
"""So many cards can still be read, and are laid out in a moment."""


@runtime_checkable
class HasParameters(Protocol):
    """Anything that names its parameters, such as a module."""

    def named_parameters(self) -> Iterable[tuple[str, Value]]:
        """Pairs of a name and a parameter."""
        ...


Parameters = HasParameters | Mapping[str, Value] | Iterable[Value]


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


@dataclass(frozen=True)
class Wire:
    """One operand slot: what `parent` passes to `child`.

    `parent` and `child` are positions in `Drawing.cards`; `slot` is the position
    among the child's operands that are Values. `contribution` is what comes back
    along the wire, the child's gradient times the local derivative; None before a
    backward pass.

    A wire to or from a group stands for `count` slots, and its contribution is their
    sum; `local_derivative` is None where it stands for several, or for a constant.
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


@dataclass(frozen=True)
class Drawing:
    """Everything that a picture says.

    Cards stand in topological order, wires in that of their children and slots.
    `remark` says what is folded or left out, where it is not the usual, and `about`
    what it is a picture of. `key` explains the signs of a picture without gradients;
    its legend says nothing of gradients then. `warning` says where numbers do not
    belong together.
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
        names = [self.cards[output].name for output in self.outputs]
        shown = ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
        count = f"{self.total:,} node" + ("" if self.total == 1 else "s")
        state = "with gradients" if self.differentiated else "before a backward pass"
        return f"Computation graph of {shown}: {count}, {state}"

    def operands(self) -> tuple[tuple[Wire, ...], ...]:
        """For each card, the wires that come into it, in operand order."""
        found: list[list[Wire]] = [[] for _ in self.cards]
        for wire in self.wires:
            found[wire.child].append(wire)
        return tuple(map(tuple, found))


def parameter_names(parameters: Parameters | None) -> dict[Value, str]:
    """The leaves that the caller calls parameters, with their names ("" for none)."""
    names: dict[Value, str] = {}
    for name, value in _pairs(() if parameters is None else parameters):
        if not isinstance(value, Value):
            given = type(value).__name__
            raise TypeError(f"parameters must hold Values, not {given}")
        names.setdefault(value, str(name))
    return names


def _pairs(parameters: object) -> Iterable[tuple[object, object]]:
    if isinstance(parameters, HasParameters):
        # A leaf that was made in a scope has one name, with a module or without.
        named = parameters.named_parameters()
        return ((n if not (v.label and v.scope) else "", v) for n, v in named)
    if isinstance(parameters, Mapping):
        return parameters.items()
    if isinstance(parameters, Iterable):
        return (("", value) for value in parameters)
    given = type(parameters).__name__
    raise TypeError(
        "parameters must be a module, a mapping from names to Values, or Values; "
        f"not {given}"
    )


def value_card(
    graph: Graph,
    node: Value,
    names: Mapping[Value, str],
    *,
    hidden_operands: int = 0,
    hidden: Sequence[Edge] = (),
    uses: Sequence[Edge] = (),
    samples: int = 1,
    value: float | None = None,
    marks: tuple[str, ...] = (),
) -> Card:
    """The card of one node.

    Args:
        graph: The graph it belongs to.
        node: The node.
        names: What the caller calls parameters.
        hidden_operands: How many of its operands are not in the picture.
        hidden: The slots outside the picture that read it.
        uses: All slots that read a leaf.
        samples: For how many samples it stands.
        value: Its number when the graph was computed; None where that is its own.
        marks: Words of warning.
    """
    given = names.get(node, "")
    # A name of nothing but invisible characters is none.
    unique = clean(given or graph.name(node)) or f"v{graph.index(node)}"
    back = sum(edge.contribution for edge in hidden)
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
    )


def _source(node: Value) -> str:
    """The line that made a node, as "model.py:12"; empty where none was recorded."""
    line = node.source
    return f"{PurePath(line.file).name}:{line.number}" if line and line.file else ""


def _earlier(graph: Graph, node: Value, uses: Sequence[Edge]) -> float:
    """What a leaf's gradient holds beside the contributions of the last pass."""
    # Not `node in graph.outputs`: Values compare by their numbers.
    if node.parents or any(node is output for output in graph.outputs):
        return 0.0
    contributions = [edge.contribution for edge in uses]
    rest = node.grad - sum(contributions)
    size = abs(node.grad) + sum(map(abs, contributions))
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
