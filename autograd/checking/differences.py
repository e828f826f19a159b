"""Derivatives of a function of one number, from nothing but its values.

The formula has five points; the step is found, not given: steps go down and up by
factors of two from a thousandth of the argument, and the one is kept at which the
estimate agrees best with those of half and of twice the step. A step too large shows
there (the formula's own error grows 16-fold a level) and so does one too small (the
rounding of the values doubles a level), however smooth or noisy the function is. That
the best step is to be estimated is the idea of FiniteDifferences.jl.

Steps are powers of two, so x + h is exact. The same is done with formulas that look
to the right or to the left only, which tells kinks, jumps and ends of the domain.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final, NamedTuple

from autograd.checking.complex_step import EPSILON

FINEST: Final = -1065  # 2**-1065 is still a number with some digits below it
UNDERFLOW: Final = 1e-320  # what a value may be off by near the smallest doubles
CLEAR: Final = 1e-3  # an estimate with a larger relative error says nothing

NOISE: Final = "the function is too noisy at any step"
JUMP: Final = "the function jumps here"
INFINITE: Final = "the slope is infinite here"


class Slope(NamedTuple):
    """What the values around a point say of the derivative there.

    Attributes:
        number: The derivative; NaN if there is none to be had.
        error: How far it may be from the truth.
        variation: The slope to points some way off: what is much and little here.
        kink: The one-sided derivatives (left, right), where they differ.
        one_sided: The function has values on one side only.
        trouble: Why there is no number, else "".
        levels: What each step says for itself.
    """

    number: float
    error: float
    variation: float = 0.0
    kink: tuple[float, float] | None = None
    one_sided: bool = False
    trouble: str = ""
    levels: Sequence[Estimate] = ()

    def speaks_for(self, number: float, other: float) -> bool:
        """Whether some step has the one number and not the other.

        Where terms cancel, fine steps may agree on nonsense, for they no longer move
        all of the terms; larger steps know better.
        """
        largest = max(x for x in (0.0, abs(number), abs(other)) if x < math.inf)
        moving = [x for x in self.levels if abs(x.number) > x.rounding]
        return any(
            level.error <= CLEAR * largest and level.has(number) > level.has(other)
            for level in moving or self.levels
        )


class Estimate(NamedTuple):
    """A derivative by one formula, and how far it may be from the truth.

    `rounding` is the part of the error that the last digits of the values explain.
    """

    number: float
    error: float
    rounding: float

    @property
    def clear(self) -> bool:
        """Whether the error is far below the number."""
        return self.error <= CLEAR * abs(self.number)

    def has(self, number: float) -> bool:
        """Whether this may be an estimate of the number."""
        return abs(self.number - number) <= 8.0 * self.error + 1e-9 * abs(number)


NOTHING: Final = Estimate(math.nan, math.inf, math.inf)


@dataclass(frozen=True, slots=True)
class Formula:
    """A derivative at 0 as a weighted sum of values at 0 and at `nodes`."""

    nodes: tuple[int, ...]
    weights: tuple[float, ...]

    @classmethod
    def at(cls, *nodes: int) -> Formula:
        """The formula that is exact for polynomials (Lagrange's, differentiated)."""
        weights = [math.prod(b / (b - a) for b in nodes if b != a) / a for a in nodes]
        return cls((0, *nodes), (-sum(1.0 / b for b in nodes), *weights))


CENTRAL: Final = Formula.at(-2, -1, 1, 2)
RIGHT: Final = Formula.at(1, 2, 4, 8)
LEFT: Final = Formula.at(-1, -2, -4, -8)


class Samples:
    """The values of a function around a point, each computed once."""

    def __init__(self, f: Callable[[float], float], x: float) -> None:
        self._f, self._x = f, x
        self._values: dict[float, float] = {}

    def at(self, offset: float) -> float:
        """f(x + offset)."""
        x = self._x + offset
        if x not in self._values:
            self._values[x] = self._f(x) if math.isfinite(x) else math.nan
        return self._values[x]

    def variation(self, step: float) -> float:
        """The larger slope to the two points a step away; 0 if they have no value."""
        rises = [abs(self.at(offset) - self.at(0.0)) for offset in (-step, step)]
        return max((rise / step for rise in rises if math.isfinite(rise)), default=0.0)


class Ladder:
    """The estimates by one formula: a level for each step, by its power of two."""

    def __init__(self, formula: Formula, samples: Samples) -> None:
        self._formula, self._samples = formula, samples
        self.levels: dict[int, Estimate] = {}

    def climb(self, exponent: int) -> None:
        """Add the level of the step 2**exponent, with the rounding alone as error."""
        step = math.ldexp(1.0, exponent)
        values = [self._samples.at(node * step) for node in self._formula.nodes]
        terms = list(map(operator.mul, self._formula.weights, values))
        if all(map(math.isfinite, terms)) and sum(map(abs, terms)) < math.inf:
            off = 2.0 * EPSILON * max(map(abs, values)) + UNDERFLOW
            rounding = off * sum(map(abs, self._formula.weights)) / step
            number = math.fsum(terms) / step
            if math.isfinite(number):
                self.levels[exponent] = Estimate(number, rounding, rounding)

    def best(self, left_out: int = 0) -> Estimate:
        """The most exact level that does not contradict the finer ones.

        A step across a kink can agree with its neighbours very well, and be wrong.

        Args:
            left_out: How many of the finest levels don't count, as noise may happen
                to agree there.
        """
        exponents = sorted(self.levels)
        result = NOTHING
        for exponent in exponents[left_out if len(exponents) > 8 else 0 :]:
            level = self.judged(exponent)
            unsure = level.error + result.error
            agrees = result is NOTHING or (
                abs(level.number - result.number) <= 4.0 * unsure
            )
            if agrees and level.error < result.error:
                result = level
        return result

    def near(self, exponent: int) -> Estimate:
        """The most exact level of the steps about 2**exponent."""
        levels = map(self.judged, range(exponent - 1, exponent + 2))
        return min(levels, key=operator.attrgetter("error"))

    def judged(self, exponent: int) -> Estimate:
        """A level with its error: by its neighbours, its rounding, and the noise.

        Noise grows as the step shrinks, so what finer levels stray by says how large
        it is here.
        """
        levels = self.levels
        if not all(k in levels for k in (exponent - 1, exponent, exponent + 1)):
            return NOTHING
        number, _, rounding = levels[exponent]
        noise = max(
            math.ldexp(abs(finer.number - number), k - exponent)
            for k, finer in levels.items()
            if k < exponent
        )
        finer, coarser = levels[exponent - 1].number, levels[exponent + 1].number
        apart = max(abs(number - finer), abs(number - coarser))
        return Estimate(number, max(apart, noise) + rounding, rounding)

    def growth(self) -> float:
        """By what factor the estimates grow from level to level; 1 if they don't.

        2 is a jump of the function, something between 1 and 2 an infinite slope.
        """
        seen = [
            abs(number)
            for _, (number, _, rounding) in sorted(self.levels.items())[:24]
            if abs(number) > 100.0 * rounding
        ]
        factors = [fine / coarse for fine, coarse in pairwise(seen)]
        if len(factors) < 8 or min(factors) < 1.01:
            return 1.0
        return median(factors)


def slope(f: Callable[[float], float], x: float) -> Slope:
    """The derivative of f at x by differences, with an estimate of its error.

    >>> import math
    >>> estimate = slope(math.exp, 1.0)
    >>> abs(estimate.number - math.e) < 1e-10
    True
    >>> slope(abs, 0.0).kink
    (-1.0, 1.0)

    Args:
        f: A function that gives NaN where it has no value.
        x: The point.
    """
    samples = Samples(f, x)
    here = samples.at(0.0)
    if not math.isfinite(here):
        return Slope(math.nan, math.inf, trouble=f"the function is {here} here")
    sides = {formula: Ladder(formula, samples) for formula in (CENTRAL, LEFT, RIGHT)}
    exponents, settled = _exponents(x), False
    for exponent in exponents:
        for ladder in sides.values():
            ladder.climb(exponent)
        if _settled(sides, exponent):
            settled = True
            break
    way_off = math.ldexp(8.0, exponents[0]) if exponents else math.inf
    variation = samples.variation(way_off)
    found = _conclusion(sides, 0 if settled else 4, variation)
    levels = [x.judged(k) for x in sides.values() for k in x.levels]
    return found._replace(variation=variation, levels=levels)


def _exponents(x: float) -> list[int]:
    """The steps worth trying, as powers of two, the most promising first.

    Functions vary on the scale of |x| (log, sqrt) or on that of 1 (exp at 1e-9).
    """
    if x == 0.0:
        return sorted(range(-44, 22), key=lambda k: abs(k + 10))
    own = math.frexp(x)[1]
    steps = {*range(own - 46, own - 1), *(range(-44, -2) if own < 0 else ())}
    least = max(math.frexp(math.ulp(x))[1] + 1, FINEST)
    best = (own - 10, -10) if own < 0 else (own - 10,)
    worth = (k for k in steps if k >= least)
    return sorted(worth, key=lambda k: min(abs(k - b) for b in best))


def _settled(sides: dict[Formula, Ladder], exponent: int) -> bool:
    """Whether further steps would tell no more.

    The estimate is very good, or good after some tries; and it holds on both sides.
    """
    central, left, right = (ladder.near(exponent) for ladder in sides.values())
    if not (central.error <= 1e-11 * abs(central.number)):
        if len(sides[CENTRAL].levels) < 7:
            return False
        central = sides[CENTRAL].best()
        if not (central.error <= 1e-10 * abs(central.number)):
            return False
        left, right = sides[LEFT].best(), sides[RIGHT].best()
    size = abs(central.number)
    return all(abs(one.number - central.number) <= 1e-5 * size for one in (left, right))


def _conclusion(sides: dict[Formula, Ladder], left_out: int, variation: float) -> Slope:
    central, left, right = (ladder.best(left_out) for ladder in sides.values())
    for formula in (RIGHT, LEFT):
        growth = sides[formula].growth()
        if growth > 1.0:
            trouble = JUMP if growth > 1.9 else INFINITE
            return Slope(math.nan, math.inf, trouble=trouble)
    if left is NOTHING and right is NOTHING:
        trouble = "the function has no finite values at any step around this point"
        return Slope(math.nan, math.inf, trouble=trouble)
    if left is NOTHING or right is NOTHING:
        number, error, _ = left if right is NOTHING else right
        return Slope(number, error, one_sided=True)
    largest, unsure = max(abs(left.number), abs(right.number)), left.error + right.error
    differ = abs(left.number - right.number) > 8.0 * unsure + 1e-6 * largest
    if differ and unsure <= CLEAR * largest:
        return Slope(math.nan, unsure, kink=(left.number, right.number))
    strays = central.error > max(1e4 * central.rounding, 1e-6 * variation)
    return Slope(
        central.number,
        central.error,
        trouble=NOISE if strays and not central.clear else "",
    )
