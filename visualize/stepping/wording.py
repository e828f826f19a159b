"""Words that the steps are told in: counts, and what comes back into a group."""

from __future__ import annotations

from collections.abc import Callable

from autograd import Value
from visualize.stepping.changes import Changes, norm


def counted(count: int, what: str) -> str:
    """A count and its noun.

    >>> counted(1, "node"), counted(2000, "node")
    ('1 node', '2,000 nodes')
    """
    return f"{count:,} {what}{'s' * (count != 1)}"


def more_of(count: int, what: str) -> tuple[str, ...]:
    """How many more there are than are listed; nothing where all are."""
    return (f"… and {counted(count, f'more {what}')}",) if count > 0 else ()


def told(
    group: str,
    changes: Changes,
    name: Callable[[Value], str],
    number: Callable[[float], str],
) -> str:
    """One line on what comes back into a group: of many gradients, how much in all.

    Args:
        group: What the group is called.
        changes: What is added to its gradients.
        name: How a Value is called.
        number: How a number is printed.
    """
    if len(changes) == 1:
        [(node, added)] = changes.items()
        return f"grad({name(node)}) += {number(added)}"
    return f"{len(changes):,} gradients of {group}: |Δg| = {number(norm(changes))}"
