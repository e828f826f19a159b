"""Located: the blocks found so far, and in which of them each number is."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

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
from autograd.program.statements.views import Rows
from autograd.program.vectorise.blocks import Block, Blocks, DotTerm, Read

PARAMETERS = 1
"""The number of the parameters' block: the inputs' comes first."""


class Located:
    """The blocks of a plan's levels so far, and what the next level asks of them.

    Attributes:
        blocks: The blocks, and where numbers are.
        readers: For every place what reads it first.
        joined: Products that count as dots, by place.
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
        """The node at a place; a product that joined dots is one of them."""
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
        known = places[places != NOWHERE]
        uniform = kind == "parameter"
        scope = ""
        if kind not in ("input", "parameter"):
            uniform = self.blocks.uniform[int(known.flat[0])]
            scope = self._common_scope(known)
        number = len(self.blocks.all)
        shape = places.shape
        block = Block(
            number, kind, op, uniform, shape, places, slots, terms, starts, scope
        )
        self.blocks.all.append(block)
        for row, place in enumerate(places.ravel().tolist()):
            if place != NOWHERE:
                self.locate(place, number, row)

    def locate(self, place: int, number: int, row: int) -> None:
        """Note in which block and row a number is."""
        self._number_at[place], self._row_at[place] = number, row

    def finished(self) -> Blocks:
        """The blocks, now that all are found."""
        blocks = self.blocks
        blocks.block_of, blocks.row_of = map(np.array, (self._number_at, self._row_at))
        return blocks

    def _common_scope(self, places: Rows) -> str:
        """The parts of their names that the scopes of all nodes begin with."""
        if not self.plan.scopes:
            return ""
        first = self.plan.first
        scopes = {self.plan.scopes[place - first] for place in places.ravel().tolist()}
        parts = [scope.split(".") for scope in scopes]
        common = itertools.takewhile(lambda names: len(set(names)) == 1, zip(*parts))  # noqa: B905 - the shortest ends it
        return ".".join(names[0] for names in common)
