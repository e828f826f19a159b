"""The search of lint: what happens at a point, and which points to try.

Where an operation has an edge, a pole or a kink its operand has a known number, such as
0 for sqrt. Newton's method on the recorded derivatives leads to inputs at which it has.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from autograd.diagnosing.diagnose import RUINS_GRADIENT, diagnose
from autograd.diagnosing.finding import Finding
from autograd.listening.origins import record_sources
from autograd.operators import datum
from autograd.sweep import NUMERIC, interior_order, reverse
from autograd.value import Value

Point = tuple[float, ...]

STARTS: Final = 24
"""From so many points Newton's method is begun."""

STEPS: Final = 30
"""Of Newton's method, which doubles its digits with each: what takes more, fails."""

ROUNDED: Final = 6
"""A root is tried with so many decimals, too: at 2 an accident, beside it none."""

NEARBY: Final = 1e-6
"""So far beside a point its derivatives are looked at."""

EDGES: Final[dict[str, tuple[float, ...]]] = {
    **dict.fromkeys(("sqrt", "cbrt", "power", "pow", "reciprocal"), (0.0,)),
    **dict.fromkeys(("log", "log2", "log10", "abs", "relu", "sign", "step"), (0.0,)),
    **dict.fromkeys(("acos", "asin", "atanh", "hard_tanh"), (-1.0, 1.0)),
    "acosh": (1.0,),
    "log1p": (-1.0,),
}
"""The operands at which an operation has an edge, a pole or a kink."""


@dataclass(frozen=True)
class Accident:
    """A point at which a function goes wrong.

    Attributes:
        point: The inputs.
        value: What the function gives.
        gradient: Its derivatives there.
        problem: What is wrong, in a few words.
        finding: Why, if `diagnose` knows.
    """

    point: Point
    value: float
    gradient: Point
    problem: str
    finding: Finding | None = None

    def __str__(self) -> str:
        at = ", ".join(f"{x:.6g}" for x in self.point)
        why = f"\n{self.finding.message}" if self.finding is not None else ""
        return f"at ({at}): {self.problem}{why}"


@dataclass(frozen=True)
class _Trial:
    """The function at a point: its leaves, its graph and its derivatives."""

    leaves: list[Value]
    output: Value
    interior: list[Value]

    @property
    def gradient(self) -> Point:
        return self.slopes(self.output)

    def slopes(self, node: Value) -> Point:
        """The derivatives of a node in the inputs."""
        interior = self.interior if node is self.output else interior_order([node])
        adjoints = reverse(interior, {node: 1.0}, NUMERIC)
        return tuple(adjoints.get(x, 0.0) for x in self.leaves)


class Search:
    """Looks at points of a box.

    Args:
        f: The function.
        names: Of its arguments, to call it by; none to call it by place.
        box: The least and the largest number of each.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        names: Sequence[str],
        box: Sequence[tuple[float, float]],
    ) -> None:
        self._f, self._names, self._box = f, names, box
        self.seen: dict[Point, Accident | None] = {}

    def look(self, point: Point) -> None:
        """Note what goes wrong at a point."""
        if point not in self.seen:
            self.seen[point] = None
            self.seen[point] = self._accident(point)

    def look_at_edges(self) -> None:
        """Look where operations of the graph have an edge, from the points so far."""
        starts = [*self.seen]
        for start in starts[:: max(1, len(starts) // STARTS)]:
            for root in self._roots(start):
                self.look(root)
                self.look(tuple(round(x, ROUNDED) for x in root))

    def worst_first(self) -> tuple[Accident, ...]:
        """Each accident once, at its simplest point."""
        once: dict[object, Accident] = {}
        found = [accident for accident in self.seen.values() if accident is not None]
        for accident in sorted(found, key=_harm):
            finding = accident.finding
            key = (finding.kind, str(finding.op), finding.line) if finding else ""
            once.setdefault((accident.problem, key), accident)
        return tuple(once.values())

    # --- a point --------------------------------------------------------------------

    def _run(self, point: Point) -> _Trial | None:
        """The function there; None where it gives a plain number or fails."""
        leaves = [Value(x) for x in point]
        for leaf, name in zip(leaves, self._names, strict=False):
            leaf.label = name
        with record_sources():
            if self._names:
                output = self._f(**dict(zip(self._names, leaves, strict=True)))
            else:
                output = self._f(*leaves)
        if not isinstance(output, Value):
            return None
        return _Trial(leaves, output, interior_order([output]))

    def _accident(self, point: Point) -> Accident | None:
        run = self._run(point)
        if run is None or not math.isfinite(datum(run.output)):
            return None
        gradient = run.gradient
        findings = diagnose(run.output).findings[:1]
        found = findings[0] if findings else None
        if not all(map(math.isfinite, gradient)):
            problem = "the value is finite, a derivative is not"
        elif found is not None and found.kind == "infinite slope":
            problem = "a derivative on the way is infinite"
            if found.harm < RUINS_GRADIENT:
                return None
        elif self._is_zero_by_accident(point, gradient):
            problem = "a derivative is 0 by accident, at a kink: beside it, it is not"
        else:
            return None
        return Accident(point, datum(run.output), gradient, problem, found)

    def _is_zero_by_accident(self, point: Point, gradient: Point) -> bool:
        """Whether a derivative is 0, and stays away from 0 however near one comes."""
        for i, slope in enumerate(gradient):
            if slope == 0.0:
                for side in (NEARBY, -NEARBY):
                    near = self._slope(point, i, side)
                    nearer = self._slope(point, i, side / 8.0)
                    if abs(nearer) > 0.5 * abs(near) > 0.0:
                        return True
        return False

    def _slope(self, point: Point, i: int, step: float) -> float:
        """The derivative in one input, a step beside a point; 0 outside the box."""
        low, high = self._box[i]
        x = point[i] + step * max(1.0, abs(point[i]))
        if not low <= x <= high:
            return 0.0
        run = self._run((*point[:i], x, *point[i + 1 :]))
        slope = 0.0 if run is None else run.gradient[i]
        return slope if math.isfinite(slope) else 0.0

    # --- edges ----------------------------------------------------------------------

    def _roots(self, start: Point) -> Iterator[Point]:
        """Points at which an operation has an edge, on the way from a start."""
        run = self._run(start)
        if run is None:
            return
        for place, node in enumerate(run.interior):
            for distance in _distances(node):
                root = self._root(start, place, distance)
                if root is not None:
                    yield root

    def _root(self, point: Point, place: int, distance: Distance) -> Point | None:
        """Newton's method: the shortest step to where the distance would be 0."""
        for _ in range(STEPS):
            run = self._run(point)
            if run is None or place >= len(run.interior):
                return None
            off, slopes = distance(run, run.interior[place])
            size = sum(slope * slope for slope in slopes)
            if off == 0.0:
                return point
            if not (size > 0.0 and math.isfinite(off / size)):
                return None
            sides = zip(point, slopes, self._box, strict=True)
            new = tuple(
                min(max(x - off * slope / size, low), high)
                for x, slope, (low, high) in sides
            )
            if new == point:
                break
            point = new
        return point


Distance = Callable[[_Trial, Value], tuple[float, Point]]


def _distances(node: Value) -> Iterator[Distance]:
    """How far operands are from where the operation has an edge."""
    name = node.op.name if node.op is not None else ""
    for edge in EDGES.get(name, ()):
        yield partial(_of_operand, 0, edge)
    if name == "div":
        yield partial(_of_operand, 1, 0.0)
    if name in ("maximum", "minimum") or (
        name in ("max", "min") and len(node.operands) > 1
    ):
        yield _of_tie


def _of_operand(
    place: int, edge: float, run: _Trial, node: Value
) -> tuple[float, Point]:
    """An operand minus its edge, and the slopes of that."""
    if place >= len(node.operands):
        return math.nan, ()
    x = node.operands[place]
    if not isinstance(x, Value):
        return math.nan, ()
    return datum(x) - edge, run.slopes(x)


def _of_tie(run: _Trial, node: Value) -> tuple[float, Point]:
    """The difference of the first two operands, and the slopes of that."""
    sides = []
    for x in node.operands[:2]:
        if isinstance(x, Value):
            sides.append((datum(x), run.slopes(x)))
        else:
            sides.append((x, (0.0,) * len(run.leaves)))
    (one, up), (other, down) = sides
    return one - other, tuple(p - q for p, q in zip(up, down, strict=True))


def _harm(accident: Accident) -> tuple[bool, float]:
    """Those that break a training first; the simplest point before others."""
    spoils = accident.finding is not None and accident.finding.harm >= RUINS_GRADIENT
    return not spoils, sum(abs(x) for x in accident.point)
