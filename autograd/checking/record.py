"""A function run and recorded: at the point, and beside it.

The record is the function as long as the function records the same operations beside
the point, on the same plain numbers. A plain number that moves with x, such as
float(x), is a part of the function that was not recorded.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import Any, Final, NamedTuple, TypeGuard

from autograd.calculus import gradients
from autograd.checking.differences import CLEAR, Slope, slope
from autograd.recording import new_epoch
from autograd.sweep import interior_order
from autograd.value import Number, Value

FlatFunction = Callable[[list[Value]], list[Number]]

# How far beside the point to look, as powers of two of its size: far enough for plain
# numbers to move, then nearer, for a branch of the function may lie between.
DISTANCES: Final = (-10, -20, -30)

# What a function may raise beside the point, where it has no value.
NO_VALUE: Final = (ArithmeticError, AssertionError, LookupError, TypeError, ValueError)


class Recorded:
    """A function run once on fresh variables.

    What does not depend on the variables is a plain number in it.

    Attributes:
        variables: What it was run on.
        outputs: What it gave.
        order: The nodes that depend on the variables, parents before children.
        steps: What was done, but for the plain numbers.
        plain: The plain numbers among operands and outputs.
        places: Where they are: a node, or None for the outputs, and the position.
    """

    def __init__(self, variables: list[Value], outputs: list[Number]) -> None:
        self.variables, self.outputs = variables, outputs
        self._index = {x: -i for i, x in enumerate(variables, 1)}
        self.order: list[Value] = []
        self.steps: list[tuple[Any, ...]] = []
        self.plain: list[float] = []
        self.places: list[tuple[Value | None, int]] = []
        for node in interior_order([x for x in outputs if isinstance(x, Value)]):
            if node not in self._index and any(map(self.depends, node.parents)):
                self._index[node] = len(self.order)
                self.order.append(node)
                self._note(node, node.operands)
        self._note(None, outputs)

    def _note(self, node: Value | None, numbers: Sequence[Number]) -> None:
        indices = [self._index[x] if self.depends(x) else None for x in numbers]
        self.steps.append((None if node is None else node.op, *indices))
        for position, (x, index) in enumerate(zip(numbers, indices, strict=True)):
            if index is None:
                self.plain.append(float(x))
                self.places.append((node, position))

    def depends(self, x: Number) -> TypeGuard[Value]:
        """Whether a number depends on the variables."""
        return isinstance(x, Value) and x in self._index


class Moved(NamedTuple):
    """A plain number that moves with a variable.

    Attributes:
        node: Whose operand it is; None for an output.
        position: Which operand, or output.
        slope: How fast it moves.
        error: How well the slope is known; infinite for a number that moves in steps.
    """

    node: Value | None
    position: int
    slope: Slope
    error: float


class Subject:
    """A function of flat numbers at a point, whose derivatives are judged.

    Args:
        function: From a list of Values to a list of numbers.
        point: The numbers.
        order: Judge the function's derivatives (1) or those of its gradient (2).
    """

    def __init__(
        self, function: FlatFunction, point: Sequence[float], order: int
    ) -> None:
        self._function, self.point, self._order = function, list(point), order
        self._known: dict[tuple[int, float], list[float]] = {}
        self._moved: dict[int, list[Moved] | None] = {}

    @cached_property
    def here(self) -> Recorded:
        """Its record at the point."""
        return self._record(self.point)

    @cached_property
    def flickers(self) -> bool:
        """Whether it gives another value at each call."""
        runs = (self.here, self._record(self.point))
        first, again = ([repr(float(x)) for x in run.outputs] for run in runs)
        return first != again

    def entry(self, output: int, index: int) -> Callable[[float], float]:
        """An output as a function of one number; NaN where it has no value."""
        return lambda x: self._values(index, x)[output]

    def _values(self, index: int, x: float) -> list[float]:
        if (index, x) not in self._known:
            try:
                _, outputs = self._run(self._replaced(index, x), create_graph=False)
                values = [float(y) for y in outputs]
            except NO_VALUE:
                values = []
            count = len(self.here.outputs)
            whole = len(values) == count
            self._known[index, x] = values if whole else [math.nan] * count
        return self._known[index, x]

    def moved(self, index: int) -> list[Moved] | None:
        """The plain numbers that move with a variable; None if other steps are taken.

        There the function has a branch, and the point lies on its boundary.
        """
        if self._still:
            return []
        if index not in self._moved:
            one = [float(i == index) for i in range(len(self.point))]
            moving = self._moving(one)
            found = None if moving is None else self._slopes(index, *moving)
            self._moved[index] = found
        return self._moved[index]

    def _slopes(self, index: int, far: list[int], near: list[int]) -> list[Moved]:
        """How fast the plain numbers move that move far from the point, or near too."""
        runs: dict[float, Recorded | None] = {}

        def plain(i: int, x: float) -> float:
            if x not in runs:
                runs[x] = self._beside(self._replaced(index, x))
            run = runs[x]
            same = run is not None and run.steps == self.here.steps
            return run.plain[i] if run is not None and same else math.nan

        found = []
        for i in far:
            rate = slope(partial(plain, i), self.point[index])
            clear = not rate.trouble and rate.error <= CLEAR * abs(rate.number)
            if clear or i in near:  # else it jumps somewhere between
                error = rate.error if clear and i in near else math.inf
                found.append(Moved(*self.here.places[i], rate, error))
        return found

    @cached_property
    def _still(self) -> bool:
        """Whether nothing but the variables moves, if all of them move at once."""
        unequal = [0.5 + (0.37 * i) % 0.5 for i in range(len(self.point))]
        return self._moving(unequal) == ([], [])

    def _moving(self, direction: Sequence[float]) -> tuple[list[int], list[int]] | None:
        """Which plain numbers move, far from the point and near it; None as above."""
        found: list[list[int]] = []
        for distance in DISTANCES:
            points = [self._shifted(direction, distance, way) for way in (-1.0, 1.0)]
            runs = [run for run in map(self._beside, points) if run is not None]
            if [run.steps for run in runs] == [self.here.steps] * 2:
                found.append(_different(self.here.plain, *[run.plain for run in runs]))
                if not found[-1]:
                    break
        return (found[0], found[-1]) if found else None

    def _shifted(
        self, direction: Sequence[float], distance: int, way: float
    ) -> list[float]:
        return [
            x + math.ldexp(way * part, max(math.frexp(x)[1], -1000) + distance)
            for x, part in zip(self.point, direction, strict=True)
        ]

    def _replaced(self, index: int, x: float) -> list[float]:
        return [*self.point[:index], x, *self.point[index + 1 :]]

    def _beside(self, point: Sequence[float]) -> Recorded | None:
        """A record where the function need not have a value."""
        try:
            return self._record(point)
        except NO_VALUE:
            return None

    def _record(self, point: Sequence[float]) -> Recorded:
        return Recorded(*self._run(point, create_graph=True))

    def _run(
        self, point: Sequence[float], create_graph: bool
    ) -> tuple[list[Value], list[Any]]:
        """Run it on fresh variables; for order 2 the sweep, too."""
        with new_epoch() as epoch:
            variables = [Value(x) for x in point]
            epoch.variables = {*variables}
            outputs = self._function(variables)
            if self._order == 1:
                return variables, outputs
            nothing = [0.0] * len(variables)
            rows = [
                gradients(x, variables, create_graph)
                if isinstance(x, Value)
                else nothing
                for x in outputs
            ]
        return variables, [number for row in rows for number in row]


def _different(numbers: Sequence[float], *others: Sequence[float]) -> list[int]:
    """Where another list has another number."""
    return [
        i
        for i, (x, *ys) in enumerate(zip(numbers, *others, strict=True))
        if any(x != y and (x == x or y == y) for y in ys)
    ]
