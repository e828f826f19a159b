"""Array programs: a short list of statements on whole blocks.

Each `Array` is a name for numbers that are computed when the program runs, and knows
how: a function and operands. Arithmetic on one makes another, so a rule of the table,
run on Arrays, writes its statements down. Nothing here computes.

An array has a shape, and it may vary with the example; then a batch of B examples has
B of them: its numbers are (*shape, B).
"""

from __future__ import annotations

from typing import Any, Protocol, TypeAlias

import numpy as np

from autograd.fast.symbols import Operators

ArrayOperand: TypeAlias = "Array | float"
"""An operand of a statement: an array, or one number for all."""


class Builder(Protocol):
    """What writes statements down: `Code`."""

    def call(self, name: str, *operands: Any) -> Any:
        """A native of arrays, element by element."""


class Array(Operators):
    """Numbers by name: how they are made, their shape, whether they vary.

    Attributes:
        function: How: see `Code`, whose methods make arrays.
        operands: Of what.
        options: What else the function needs: axes, rows, a view.
        shape: The shape without the batch axis.
        batched: Whether there is a batch axis, the last one.
        kind: "float", "bool" or "int".
        hint: What a reader may call it.
        section: Where in the source it belongs: a comment.
        group: The number of the group that it computes; -1 for none.
    """

    __slots__ = (
        *("batched", "code", "function", "group", "hint", "kind", "operands"),
        *("options", "section", "shape"),
    )

    def __init__(
        self,
        code: Builder,
        function: str,
        operands: tuple[ArrayOperand, ...],
        options: dict[str, Any],
        shape: tuple[int, ...],
        batched: bool,
        kind: str = "float",
    ) -> None:
        self.code = code
        self.function = function
        self.operands = operands
        self.options = options
        self.shape = shape
        self.batched = batched
        self.kind = kind
        self.hint = ""
        self.section = ""
        self.group = -1

    @property
    def size(self) -> int:
        """How many numbers there are in an example."""
        return int(np.prod(self.shape, dtype=int))

    @property
    def arrays(self) -> tuple[Array, ...]:
        """The operands that are arrays."""
        return tuple([x for x in self.operands if isinstance(x, Array)])

    def native(self, name: str, *operands: Any) -> Any:
        """A statement; a truth that a rule knows already needs none."""
        if name in ("and", "or"):
            for x, other in (operands, operands[::-1]):
                if isinstance(x, bool):
                    return x if x is (name == "or") else other
        if not all(isinstance(x, Array | float | int) for x in operands):
            return NotImplemented  # others, such as lanes, know what to do
        return self.code.call(name, *operands)

    def __bool__(self) -> bool:
        raise TypeError(
            "a rule asked Python to decide by an operand, which differs from row to "
            "row in a program: use xp.where(condition, x, y)"
        )

    def __repr__(self) -> str:
        batch = ", B" if self.batched else ""
        return f"Array({self.function}: {', '.join(map(str, self.shape))}{batch})"
