"""GroupCard: what a picture says about nodes that it does not show one by one."""

from __future__ import annotations

from dataclasses import dataclass

from visualize.cards.digits import Digits


@dataclass(frozen=True)
class Strip:
    """Numbers to be drawn as a small heat map, row by row.

    `cells` are `rows * columns`, None where a shorter row has no number. `total` is how
    many numbers there are; where the cells are fewer, they are a selection.
    """

    caption: str
    rows: int
    columns: int
    cells: tuple[float | None, ...]
    total: int


@dataclass(frozen=True)
class UnitActivity:
    """Activation units, over all samples, and how many of them do nothing.

    A unit is dead if it is a relu whose output is 0 for every sample, and saturated if
    it is a tanh, sigmoid or the like whose local derivative is below 0.05 in size for
    every sample.
    """

    units: int = 0
    dead: int = 0
    saturated: int = 0


@dataclass(frozen=True)
class Account:
    """What a group's card says where gradients are not the matter.

    Attributes:
        mark: What stands at the right of its name.
        lines: Its lines of text below the shape.
        told: All about it, for those who point at it.
    """

    mark: str
    lines: tuple[str, ...]
    told: str


@dataclass(frozen=True)
class GroupCard:
    """A group of nodes, as it is drawn.

    Attributes:
        index: The place of its first node in the graph.
        name: Unique in the picture: the group's path. User text.
        title: What the card prints as its name.
        kind: As in `folding.Group`.
        role: Its outline: "parameter", "input", "operation" or "output".
        shape: What it computes, such as "Linear 16→16 · relu".
        scope: The scope that holds it together.
        nodes: How many nodes it stands for, those of all samples included.
        count: How many equal ones, such as blocks, it stands for.
        unit: What is counted.
        samples: For how many samples it stands.
        value: The number it computes, if it is one only.
        gradient: What its wires pass back in all: the gradients of the values that
            are read outside, less what comes from inside. None before backward.
        norm: The root of the summed squares of its parameters' gradients, or of its
            nodes' where it has no parameters. None before backward.
        parameter_count: How many parameters it has.
        activity: Its activation units.
        strips: Heat maps of its parameters, or of its equal nodes: their numbers,
            then their gradients.
        hidden_operands: Operand slots that read what is not in the picture.
        hidden_consumers: Slots outside the picture that read its nodes.
        hidden_contribution: What comes back through those.
        account: What it says in place of gradients; None where it tells of them.
        marks: Words of warning, as on a card of one value; so are `findings`,
            `digits`, `source` and `outside`.
    """

    index: int
    name: str
    title: str
    kind: str
    role: str
    shape: str = ""
    scope: str = ""
    nodes: int = 0
    count: int = 1
    unit: str = ""
    samples: int = 1
    value: float | None = None
    gradient: float | None = None
    norm: float | None = None
    parameter_count: int = 0
    activity: UnitActivity = UnitActivity()
    strips: tuple[Strip, ...] = ()
    hidden_operands: int = 0
    hidden_consumers: int = 0
    hidden_contribution: float = 0.0
    account: Account | None = None
    marks: tuple[str, ...] = ()
    findings: tuple[str, ...] = ()
    digits: Digits | None = None
    source: str = ""
    outside: bool = False

    @property
    def operation(self) -> str:
        """What it computes, as a card of one value says it."""
        return self.shape

    @property
    def times(self) -> str:
        """How often it stands for itself: `×16`, `×50 blocks`, `×100 samples`."""
        tags = []
        if self.count > 1:
            tags.append(f"×{self.count:,} {self.unit}".rstrip())
        if self.samples > 1:
            tags.append(f"×{self.samples:,} samples")
        return " ".join(tags)
