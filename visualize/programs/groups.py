"""What pictures say of a program's groups: their shapes, their common scope."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import takewhile

from autograd import Group, Value


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
