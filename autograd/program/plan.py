"""Plan: a traced function as a flat list of scalar nodes.

Numbers are known by their place: first the inputs, then the parameters, then what the
nodes compute, in order. An operand is such a place (an int) or a constant (a float).
Every pass is a pure function from plan to plan.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from autograd.batches import BATCH_MEAN
from autograd.ops import Op

Operand: TypeAlias = "int | float"
Vector: TypeAlias = NDArray[np.float64]
"""Numbers of a run: those of an example, or a row for each."""

NOWHERE = -1
"""Stands among places where a constant is, or what is read no more, or not yet."""


class Apply(NamedTuple):
    """One operation of the table (or the user's own) on its operands, in order."""

    op: Op
    operands: tuple[Operand, ...]


class Dot(NamedTuple):
    """A sum of products and of addends: sum(left * right) + sum(addends)."""

    left: tuple[Operand, ...]
    right: tuple[Operand, ...]
    addends: tuple[Operand, ...]

    @property
    def operands(self) -> tuple[Operand, ...]:
        """All of them, in order."""
        return (*self.left, *self.right, *self.addends)


Node: TypeAlias = "Apply | Dot"


class Guard(NamedTuple):
    """A truth value that steered Python while tracing: it must stay what it was.

    Attributes:
        condition: The place of a number; its truth value is meant.
        outcome: What it was.
        where: "file.py:12", the line of the function that asked.
        line: The text of that line.
    """

    condition: int
    outcome: bool
    where: str
    line: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A function of numbers, node by node.

    Attributes:
        inputs: How many numbers an example has: places 0, 1, ...
        parameters: How many parameters there are: the places after those.
        nodes: What is computed: the places after those.
        outputs: The places of the outputs; a constant output is a float.
        guards: What must hold for an example.
        integers: The places of integer inputs.
        scopes: For each node, the scope in which it was recorded.
        origins: For each node, the index in the trace of the Value that it computes;
            -1 for a node that a pass made.
    """

    inputs: int
    parameters: int
    nodes: tuple[Node, ...]
    outputs: tuple[Operand, ...]
    guards: tuple[Guard, ...] = ()
    integers: frozenset[int] = frozenset()
    scopes: tuple[str, ...] = field(default=(), repr=False)
    origins: tuple[int, ...] = field(default=(), repr=False)

    @property
    def first(self) -> int:
        """The place of the first node."""
        return self.inputs + self.parameters

    @property
    def mixes(self) -> bool:
        """Whether there is a mean over the batch: then no example stands alone."""
        return any(isinstance(x, Apply) and x.op is BATCH_MEAN for x in self.nodes)

    def __str__(self) -> str:
        return listing(self)

    def placed(self) -> Iterator[tuple[int, Node]]:
        """Every node with its place."""
        return enumerate(self.nodes, self.first)


def is_zero(x: Operand) -> bool:
    """Whether an operand is a constant 0."""
    return x.__class__ is float and x == 0.0


def levels_of(plan: Plan) -> list[int]:
    """For every place the length of the longest way to it."""
    levels = [0] * plan.first
    for node in plan.nodes:
        levels.append(level_of(node, levels))
    return levels


def level_of(node: Node, levels: Sequence[int]) -> int:
    """One more than the highest level that a node reads."""
    return 1 + max([levels[x] for x in node.operands if x.__class__ is int], default=0)


class FirstReader(NamedTuple):
    """What reads a number: an operation, by which operand, and when.

    Attributes:
        op: The operation.
        operand: Which operand it is; 0 for any entry of a list.
        level: The level of the node that reads.
    """

    op: Op
    operand: int
    level: int


def readers_of(plan: Plan) -> list[FirstReader | None]:
    """For every place what reads it first.

    What is added to a dot is read as the dot is; and what a dot weighs, or nothing
    reads, by None.
    """
    levels = levels_of(plan)
    readers: list[FirstReader | None] = [None] * len(levels)
    for place, node in reversed([*plan.placed()]):
        told: list[tuple[Operand, FirstReader | None]]
        if isinstance(node, Dot):
            told = [(x, readers[place]) for x in node.addends]
        else:
            op, operands = node
            position = 0 if op.variadic else 1
            told = [
                (x, FirstReader(op, i * position, levels[place]))
                for i, x in enumerate(operands)
            ]
        for x, reader in told:
            if x.__class__ is int:
                readers[x] = reader
    return readers


def uniform_of(plan: Plan) -> list[bool]:
    """For every place whether it is the same for every example."""
    uniform = [False] * plan.inputs + [True] * plan.parameters
    for node in plan.nodes:
        uniform.append(is_uniform(node, uniform))
    return uniform


def is_uniform(node: Node, uniform: Sequence[bool]) -> bool:
    """Whether a node reads only what is, or means over the batch."""
    if node[0] is BATCH_MEAN:
        return True
    return all(x.__class__ is float or uniform[x] for x in node.operands)  # type: ignore[index]


# --- how a plan is shown ---------------------------------------------------------

SHOWN = 8
"""How many products or operands of one node a listing shows."""


def listing(plan: Plan) -> str:
    """A plan as text, a node a line: `v7 = mul(x0, p3)  # scope`.

    Inputs are x0, x1, ..., parameters p0, p1, ..., nodes v0, v1, ...
    """
    lines = []
    scopes = plan.scopes or ("",) * len(plan.nodes)
    for index, (node, scope) in enumerate(zip(plan.nodes, scopes, strict=True)):
        text = f"v{index} = {_written(plan, node)}"
        lines.append(f"{text}  # {scope}" if scope else text)
    for guard in plan.guards:
        outcome = "" if guard.outcome else "not "
        name = named(plan, guard.condition)
        lines.append(f"guard {outcome}{name}  # {guard.where}: {guard.line}")
    lines.append(f"return {', '.join([named(plan, x) for x in plan.outputs])}")
    return "\n".join(lines)


def named(plan: Plan, x: Operand) -> str:
    """What a listing calls an operand."""
    if isinstance(x, float):
        return repr(x)
    if x < plan.inputs:
        return f"x{x}"
    return f"p{x - plan.inputs}" if x < plan.first else f"v{x - plan.first}"


def _written(plan: Plan, node: Node) -> str:
    """A node as a formula."""
    if isinstance(node, Apply):
        read = shortened([named(plan, x) for x in node.operands])
        return f"{node.op.name}({read})"
    pairs = zip(node.left, node.right, strict=True)
    products = [f"{named(plan, x)} * {named(plan, y)}" for x, y in pairs]
    addends = [named(plan, x) for x in node.addends]
    parts = [shortened(part, " + ") for part in (products, addends) if part]
    return " + ".join(parts) or "0.0"


def shortened(texts: list[str], sign: str = ", ") -> str:
    """The texts joined; of a long list the first and the last, and how many."""
    if len(texts) > SHOWN:
        more = f"... ({len(texts)} in all) ..."
        texts = [*texts[: SHOWN // 2], more, texts[-1]]
    return sign.join(texts)
