"""lint: search a box of inputs for points at which a function goes wrong.

Points come from the box itself (corners, middle, 0, 1 and -1), at random, and from the
graph: `searching.py` goes to where a recorded node has an edge, a pole or a kink.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from autograd.diagnosing.searching import Accident, Point, Search
from autograd.errors import AnomalyError
from autograd.running import check_function

Box = Sequence[tuple[float, float]]

SAMPLES: Final = 200
"""Random points: they reach the branches, and the graph tells of what matters there."""

SPECIAL: Final = (0.0, 1.0, -1.0)  # where kinks, poles and edges mostly are
CORNERS: Final = 500  # at most: a box of many sides has more than anybody can look at

WORST: Final = 3
"""So many are printed."""


@dataclass(frozen=True)
class Lint:
    """What was found in a box, the worst first."""

    accidents: tuple[Accident, ...]
    points: int

    def check(self) -> None:
        """Raise for the worst point, if there is any: for tests and CI.

        Raises:
            AnomalyError: With the worst point's finding.
        """
        if self.accidents:
            raise AnomalyError(str(self), self.accidents[0].finding)

    def __str__(self) -> str:
        if not self.accidents:
            return f"nothing went wrong at {self.points} points"
        worst = "\n\n".join(map(str, self.accidents[:WORST]))
        count = len(self.accidents)
        found = f"{count} accident{'s' if count > 1 else ''}"
        return f"{found} at {self.points} points\n\n{worst}"


def lint(
    f: Callable[..., Any],
    domain: Mapping[str, tuple[float, float]] | Box,
    *,
    samples: int = SAMPLES,
    seed: int = 0,
) -> Lint:
    """Search a box for points where the value is finite and a derivative is not.

    Points count, too, where a derivative is 0 by accident: at a kink or a tie, with
    slopes at both sides, where a training that begins there never moves.

    >>> from autograd import lint, sqrt
    >>> print(lint(lambda x, y: sqrt(x * x + y * y), [(-1, 1), (-1, 1)]))
    1 accident at ... points
    <BLANKLINE>
    at (0, 0): a derivative on the way is infinite
    sqrt(0) is 0 at ..., a number, but its derivative is inf there.
    Every gradient that goes through it is infinite, NaN, or 0 by chance.
    Instead: hypot(x, y), whose derivative at the origin is 0; hypot of hypot for more
    than two.

    Args:
        f: A function of numbers that returns one.
        domain: For each argument the least and the largest number: a list in the order
            of the arguments, or a mapping by their names.
        samples: How many random points.
        seed: Of these.

    Raises:
        TypeError, ValueError: f is no function, or the domain no box.
    """
    check_function(f, "lint")
    names = list(domain) if isinstance(domain, Mapping) else []
    box = _box([*domain.values()] if isinstance(domain, Mapping) else domain)
    search = Search(f, names, box)
    rng = random.Random(seed)  # noqa: S311 - no secret
    for point in [*_special(box), *_random(box, samples, rng)]:
        search.look(point)
    search.look_at_edges()
    return Lint(search.worst_first(), len(search.seen))


def _box(domain: Box) -> list[tuple[float, float]]:
    expected = f"a domain is a list of (low, high), one an argument, got {domain!r}"
    try:
        box = [(float(low), float(high)) for low, high in domain]
    except (TypeError, ValueError):
        raise TypeError(expected) from None
    if not box or not all(low <= high for low, high in box):
        raise ValueError(expected)
    return box


def _special(box: Box) -> Iterator[Point]:
    """Corners, middle, and 0, 1 and -1 where the box has them."""
    sides = []
    for low, high in box:
        inside = [x for x in SPECIAL if low <= x <= high]
        sides.append(list(dict.fromkeys([*inside, (low + high) / 2.0, low, high])))
    yield from itertools.islice(itertools.product(*sides), CORNERS)


def _random(box: Box, count: int, rng: random.Random) -> Iterator[Point]:
    for _ in range(count):
        yield tuple(rng.uniform(low, high) for low, high in box)
