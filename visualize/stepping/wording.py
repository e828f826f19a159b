"""Words that the steps are told in: counts, and what comes back into a group."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from autograd import Value
from visualize.cards.labels import counted

Changes = Mapping[Value, float]
"""How much a step adds to the gradient of each of some Values."""


def norm(changes: Changes) -> float:
    """The root of the summed squares; never a sum, in which they would cancel."""
    return math.hypot(*changes.values())


def largest(gradients: Changes) -> float:
    """The largest size among some gradients: NaN if one of them is."""
    sizes = [abs(gradient) for gradient in gradients.values()]
    return math.nan if any(map(math.isnan, sizes)) else max(sizes, default=0.0)


def more_of(count: int, what: str) -> tuple[str, ...]:
    """How many more there are than are listed; nothing where all are."""
    return (f"… and {counted(count, f'more {what}')}",) if count > 0 else ()


def enumerated(names: Sequence[str], most: int) -> str:
    """Names in a row, of which at most so many are told.

    >>> enumerated(["a", "b", "c"], 4), enumerated(["a", "b", "c"], 1)
    ('a, b and c', 'a and 2 more')
    """
    more = len(names) - most
    told = [*names[:most], *([f"{more:,} more"] if more > 0 else [])]
    *first, last = told or [""]
    return f"{', '.join(first)} and {last}" if first else last


def told(
    group: str,
    changes: Changes,
    name: Callable[[Value], str],
    number: Callable[[float], str],
) -> str:
    """One line on what comes back into a group: of many gradients, how much in all."""
    if len(changes) == 1:
        [(node, added)] = changes.items()
        return f"grad({name(node)}) += {number(added)}"
    return f"{len(changes):,} gradients of {group}: |Δg| = {number(norm(changes))}"
