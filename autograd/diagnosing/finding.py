"""Finding: one thing that went wrong, at the node where it began."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from autograd.diagnosing.rewrites import Rewrite, rewrite_for
from autograd.listening.sources import Line
from autograd.ops import Op
from autograd.value import Number, Value

KINDS: Final = (
    "overflow",
    "underflow",
    "domain",
    "undefined",
    "infinite slope",
    "hidden nan",
    "cancellation",
    "sensitivity",
    "saturated",
    "dead",
    "vanishing",
    "exploding",
)
"""All that a finding may be."""


@dataclass(frozen=True, eq=False)
class Finding:
    """One thing that went wrong, told at its origin and not where it spread.

    Attributes:
        kind: One of `KINDS`.
        node: The node where it began.
        path: From that node to the output, or to the node that hides it.
        advice: What to write instead, at this place.
        message: The story: what happened, what came of it, what to do.
        harm: Which findings stand first: the share of the result that is lost.
        line: The line of source that made the node, if it is known.
        row: Which example of a batch it is, if there is one.
    """

    kind: str
    node: Value
    path: tuple[Value, ...]
    advice: str
    message: str
    harm: float = field(default=0.0, repr=False)
    line: Line | None = None
    row: int | None = None

    @property
    def op(self) -> Op | None:
        """The operation of the node; None for a leaf."""
        return self.node.op

    @property
    def operands(self) -> tuple[Number, ...]:
        """What the operation was applied to: Values and plain numbers."""
        return self.node.operands

    def rewrite(self) -> Rewrite | None:
        """Another form of the node, tried at the same numbers: what it gains.

        None where no form that is known gains digits here.
        """
        return rewrite_for(self.node, self.path[-1])

    def __str__(self) -> str:
        return self.message
