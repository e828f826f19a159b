"""Blocks: the rows of one array, which one statement computes.

A block holds nodes of one level and operation. It is laid out as its operands are, so
that it reads them as slices; where its rows fall into a grid, such as positions x
units, it has the grid's shape. `grouping` makes blocks of a plan.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from autograd.ops import Op
from autograd.program.plan import (
    NOWHERE,
    Dot,
    Node,
    Operand,
    Plan,
    readers_of,
    uniform_of,
)
from autograd.program.statements.views import Rows, affine, shape_of


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    """What the rows of a block read in one operand slot.

    Attributes:
        places: The place that each row reads, in the shape of the block; of lists, with
            one more axis for their entries, in front but for matrices and takes, which
            have it as the last; NOWHERE where it is a constant.
        constants: The constants, in the same shape; None if there are none.
    """

    places: Rows
    constants: np.ndarray[Any, Any] | None = None


Read: TypeAlias = "Slot | float"
"""A slot, or one constant for all rows."""


@dataclass(frozen=True, slots=True, eq=False)
class DotTerm:
    """A part of a block of dots: products, or addends.

    Attributes:
        kind: "matrix", every left row with every right row; "weights", the same where
            the left ones are the same for every example; "pairs", row by row; "sum",
            addends.
        slots: The factors, left and right; of a sum what it adds, which may be one
            constant for all rows.
        starts: Where the rows' stretches start if they differ in length; the slots
            are flat then.
        several: Whether a sum has a list of addends for each row, not one.
    """

    kind: str
    slots: tuple[Read, ...]
    starts: Rows | None = None
    several: bool = False


@dataclass(slots=True, eq=False)
class Block:
    """Rows of numbers that one statement computes.

    Attributes:
        number: The place of the block among all.
        kind: "input", "parameter", "apply" (a row of the table, element by element),
            "lanes" (a row over lists of one length), "family" (all entries of
            softmaxes), "take", "batch" (means over the batch) or "dots".
        op: The operation; None for leaves and dots.
        uniform: Whether it is the same for every example.
        places: The place of each row's number; NOWHERE for a row nobody asked for.
        slots: What it reads, an entry an operand.
        terms: What a block of dots adds up.
        starts: Where the lists of a family start if they differ in length.
        scope: The scope that its nodes have in common.
    """

    number: int
    kind: str
    op: Op | None
    uniform: bool
    places: Rows
    slots: tuple[Read, ...] = ()
    terms: tuple[DotTerm, ...] = ()
    starts: Rows | None = None
    scope: str = ""

    @property
    def shape(self) -> tuple[int, ...]:
        """The grid of its rows."""
        shape: tuple[int, ...] = self.places.shape
        return shape

    @property
    def size(self) -> int:
        """How many rows it has."""
        return self.places.size


@dataclass(slots=True)
class Blocks:
    """The blocks of a plan, and in which block and row each number is.

    Attributes:
        all: The blocks, operands first; the inputs' and the parameters' come first.
        block_of, row_of: For each place, its block and its row there.
        uniform: For each place, whether it is the same for every example.
        filled: Whether there are products with zeros added or with holes: then NaN may
            be where it is not in the plan.
    """

    all: list[Block]
    block_of: Rows
    row_of: Rows
    uniform: list[bool] = field(default_factory=list, repr=False)
    filled: bool = False


# --- how blocks are named --------------------------------------------------------


def hint(block: Block) -> str:
    """What a reader may call the block."""
    if block.op is not None:
        return block.op.name
    return "dot" if any(term.kind != "sum" for term in block.terms) else "sum"


def heading(block: Block) -> str:
    """What the block is, for a comment in the source."""
    if block.kind in ("input", "parameter"):  # of which there is only the adjoint
        return f"the gradient in the {block.kind}s"
    shape = " x ".join(map(str, block.shape))
    scope = "".join(c if c.isprintable() else "?" for c in block.scope)
    where = f"{scope}: " if scope else ""
    return f"{where}{hint(block)}" + (f", {shape} rows" if shape else "")


# --- what rows read, as arrays of places --------------------------------------------


def listed(operands: Sequence[Operand], shape: tuple[int, ...]) -> Slot:
    """A slot that keeps all entries of its lists, constants too."""
    read = np.array([NOWHERE if x.__class__ is float else x for x in operands], int)
    if not len(read) or read.min() >= 0:
        return Slot(read.reshape(shape))
    constants = np.array([x if x.__class__ is float else 0.0 for x in operands])
    return Slot(read.reshape(shape), constants.reshape(shape))


def slot_of(operands: Sequence[Operand], shape: tuple[int, ...]) -> Read:
    """The slot of one operand; a number where all rows have the same constant."""
    first = operands[0]
    if first.__class__ is float and len({repr(x) for x in operands}) == 1:
        return float(first)
    return listed(operands, shape)


def turned(slot: Slot) -> Slot:
    """A slot of lists with their entries as the first axis, not the last."""
    constants = slot.constants
    if constants is not None:
        constants = np.moveaxis(constants, -1, 0)
    return Slot(np.moveaxis(slot.places, -1, 0), constants)


# --- blocks while they are found ------------------------------------------------------

PARAMETERS = 1
"""The number of the parameters' block: the inputs' comes first."""


class Located:
    """The blocks of a plan's levels so far, and what the next level asks of them.

    Attributes:
        blocks: The blocks, and where numbers are.
        readers: For every place what reads it first.
        joined: Products that count as dots, and dots in another order, by place.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.readers = readers_of(plan)
        self.joined: dict[int, Dot] = {}
        total = plan.first + len(plan.nodes)
        nowhere = np.full(total, NOWHERE)
        self.blocks = Blocks([], nowhere, nowhere, uniform_of(plan))
        self._number_at = nowhere.tolist()  # lists are read faster
        self._row_at = nowhere.tolist()
        self.add("input", None, np.arange(plan.inputs))
        self.add("parameter", None, np.arange(plan.inputs, plan.first))

    def node(self, place: int) -> Node:
        """The node at a place, as it counts: see `joined`."""
        return self.joined.get(place) or self.plan.nodes[place - self.plan.first]

    def block(self, operand: Operand) -> int:
        """The block that an operand is in; NOWHERE for a constant."""
        return NOWHERE if operand.__class__ is float else self._number_at[operand]  # type: ignore[index]

    def row(self, operand: Operand) -> int:
        """The row of an operand in its block; NOWHERE for a constant."""
        return NOWHERE if operand.__class__ is float else self._row_at[operand]  # type: ignore[index]

    def numbers(self, operands: Iterable[Operand]) -> list[int]:
        """The blocks that operands are in."""
        at = self._number_at
        return [NOWHERE if x.__class__ is float else at[x] for x in operands]  # type: ignore[index]

    def pairs(self, dot: Dot) -> Iterator[tuple[int, int]]:
        """The blocks of the factors of each product."""
        return zip(self.numbers(dot.left), self.numbers(dot.right), strict=True)

    def sortable(self, operand: Operand) -> tuple[int, float]:
        """What tells in which order operands are stored; constants come first."""
        if operand.__class__ is float:
            return NOWHERE, operand
        return self.block(operand), self.row(operand)

    def add(
        self,
        kind: str,
        op: Op | None,
        places: Rows,
        slots: tuple[Read, ...] = (),
        terms: tuple[DotTerm, ...] = (),
        starts: Rows | None = None,
    ) -> None:
        """A new block, whose rows are at these places."""
        known = places[places != NOWHERE].tolist()
        uniform = self.blocks.uniform[known[0]] if known else kind == "parameter"
        scope = self._common_scope(known)
        number = len(self.blocks.all)
        block = Block(number, kind, op, uniform, places, slots, terms, starts, scope)
        self.blocks.all.append(block)
        for row, place in enumerate(places.ravel().tolist()):
            if place != NOWHERE:
                self.locate(place, number, row)

    def grid(self, reads: Sequence[tuple[int, Rows]]) -> tuple[int, ...]:
        """The shape in which most operands of a block's rows are read as views.

        Args:
            reads: For each operand, the block that it is in and the rows of it, in
                order. Of equal shapes the first one's counts.
        """
        shapes: dict[tuple[int, ...], None] = {}
        for number, rows in reads:
            block = self.blocks.all[number]
            is_all = len(rows) == block.size and (rows == np.arange(block.size)).all()
            shapes[block.shape if is_all else shape_of(rows)] = None

        def views(shape: tuple[int, ...]) -> int:
            return sum(affine(rows.reshape(shape)) is not None for _, rows in reads)

        return max(shapes, key=views) if len(shapes) > 1 else next(iter(shapes))

    def locate(self, place: int, number: int, row: int) -> None:
        """Note in which block and row a number is."""
        self._number_at[place], self._row_at[place] = number, row

    def finished(self) -> Blocks:
        """The blocks, now that all are found."""
        blocks = self.blocks
        blocks.block_of, blocks.row_of = map(np.array, (self._number_at, self._row_at))
        return blocks

    def _common_scope(self, places: Iterable[int]) -> str:
        """The parts of their names that the scopes of all nodes begin with."""
        first, known = self.plan.first, self.plan.scopes
        scopes = {known[place - first] for place in places if known and place >= first}
        parts = [scope.split(".") for scope in scopes]
        common = itertools.takewhile(lambda names: len(set(names)) == 1, zip(*parts))  # noqa: B905 - the shortest ends it
        return ".".join(names[0] for names in common)
