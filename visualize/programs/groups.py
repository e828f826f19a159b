"""What a picture reads of a program's groups, and their shapes as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import takewhile
from typing import Protocol

from autograd import Value


class Guard(Protocol):
    """A truth value that steered Python while tracing: it must stay what it was."""

    @property
    def outcome(self) -> bool:
        """What it was."""

    @property
    def where(self) -> str:
        """The file and the number of the line that asked."""

    @property
    def line(self) -> str:
        """The text of that line."""


class Group(Protocol):
    """Scalar nodes that one statement of a program computes: see `Program.groups`."""

    @property
    def number(self) -> int:
        """Its place among all groups."""

    @property
    def name(self) -> str:
        """A name that no other group has."""

    @property
    def kind(self) -> str:
        """One of "input", "parameter", "operation" and "output"."""

    @property
    def operation(self) -> str:
        """What is done; "" for leaves."""

    @property
    def symbol(self) -> str:
        """The operation as pictures print it."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The grid of its rows, without the batch."""

    @property
    def uniform(self) -> bool:
        """Whether it is computed once a batch, not once an example."""

    @property
    def reads(self) -> tuple[int, ...]:
        """The numbers of the groups that it reads."""

    @property
    def nodes(self) -> tuple[int, ...]:
        """Where in the trace the nodes are whose numbers it holds."""

    @property
    def rows(self) -> int:
        """How many numbers it holds."""

    @property
    def guards(self) -> Sequence[Guard]:
        """What must hold for its numbers."""


def shape_text(group: Group) -> str:
    """The shape of what a group holds; B is the batch: `B × 16`, `16 × 2`, `1`."""
    sizes = [f"{size:,}" for size in group.shape]
    return " × ".join(sizes if group.uniform else ["B", *sizes]) or "1"


def common_scope(nodes: Iterable[Value]) -> str:
    """The scope that all of the nodes were made in, "" if they have none in common.

    >>> from autograd import Value, scope
    >>> with scope("net"), scope("first"):
    ...     x = Value(1.0) * 2.0
    >>> with scope("net"), scope("second"):
    ...     y = Value(1.0) * 2.0
    >>> common_scope([x, y])
    'net'
    """
    paths = [node.scope.split(".") for node in nodes if node.op is not None]
    shared = takewhile(lambda names: len(set(names)) == 1, zip(*paths, strict=False))
    return ".".join(names[0] for names in shared)
