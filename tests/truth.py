"""What an operation's value and derivatives truly are, from mpmath.

A `Reference` holds the mathematical definitions of one operation. Everything here
works on numbers of at least 60 digits, raised until twice the digits agree, so that a
definition may cancel without harm. Nothing is taken from the table under test.

A *quantity* is a tuple of operand positions: `()` is the value, `(0,)` the derivative
in the first operand, `(0, 1)` the mixed second derivative.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from mpmath import mp, mpc, mpf

EPSILON = 2.0**-52
SMALLEST = 5e-324
TINY = 2.0**-1022  # below it a double has fewer digits
STEP = mpf(10) ** -20  # for the condition number, as a share of the operand
OVERFLOW = mpf(2) ** 1024 - mpf(2) ** 970  # from here on a result rounds to infinity

Quantity = tuple[int, ...]
Operands = tuple[float, ...]
Number = Any  # an mpf; mpmath comes without types
Formula = Callable[..., Number]


class Untested(NamedTuple):
    """A place where a quantity has no true value, and why."""

    reason: str


@dataclass(frozen=True)
class Truth:
    """A true number and how far its operands' last bits can move it.

    `formula` and `operands` are what the number came from; None for a limit.
    """

    number: Number
    formula: Formula | None = None
    operands: Operands = ()

    @cached_property
    def nearest(self) -> float:
        """The number as a double; infinite where it is none."""
        return float(self.number)

    @cached_property
    def scale(self) -> Number:
        """sum_i |x_i d/dx_i true|, that is |true| times the condition number.

        In this form it has a meaning where `true` is 0, too. It costs several times
        what the number does, and is asked for where the number alone grants too little.
        """
        if self.formula is None:
            return mpf(0)
        with mp.workdps(60):
            return scale(self.formula, self.operands, self.number)

    def allowed(self) -> Number:
        """The error that the pass rule of NUMERICS.md grants."""
        return grant(max(abs(self.number), self.scale))

    def accepts(self, got: float) -> bool:
        """Whether a float is this number, by the pass rule."""
        if mp.isnan(self.number):
            return math.isnan(got)
        if mp.isinf(self.number):
            return got == float(self.number)
        if math.isnan(got):
            return False
        if abs(got - self.nearest) <= 15 * EPSILON * abs(self.nearest) < math.inf:
            return True  # within 16, whatever the rounding of this line: most are
        if math.isinf(got):  # right where the truth, or what is allowed, overflows
            return bool(abs(self.number) + self.allowed() >= OVERFLOW) and (
                (got > 0) == bool(self.number > 0)
            )
        error = abs(mpf(got) - self.number)
        return bool(error <= grant(abs(self.number)) or error <= self.allowed())


def grant(size: Number) -> Number:
    """The error that the pass rule allows a number of this size."""
    return 16 * EPSILON * size + 32 * mpf(SMALLEST)


@dataclass(frozen=True)
class Reference:
    """The definitions of one operation.

    `formula(quantity)` gives a function of mpmath numbers, right wherever the operands
    are finite and inside the domain (outside it returns NaN). `special(quantity,
    operands)` is asked first, with the floats themselves (so that -0.0 can be told
    from 0.0): a limit, a convention, an `Untested`, or None for "use the formula".
    """

    formula: Callable[[Quantity], Formula]
    special: Callable[[Quantity, Operands], Number | Untested | None]

    def truth(self, quantity: Quantity, operands: Operands) -> Truth | Untested:
        """The true number of a quantity at operands, with its scale."""
        special = self.special(quantity, operands)
        if isinstance(special, Untested):
            return special
        if special is not None:
            return Truth(mpf(special))
        formula = self.formula(quantity)
        with mp.workdps(60):
            return Truth(settled(formula, operands), formula, operands)


EXTREME = Untested("a second derivative of a helper, next to over- or underflow")


PARTS: tuple[Quantity, ...] = ((), (0,), (1,), (0, 0), (0, 1), (1, 1))


class Helper(Reference):
    """A row of two variables of which only derivatives are made.

    Its first derivatives are second derivatives of a public row, and right everywhere.
    Its second ones are asked for where nothing overflows or has lost digits.
    """

    def truth(self, quantity: Quantity, operands: Operands) -> Truth | Untested:
        """The true number of a quantity at operands, with its scale."""
        if len(quantity) == 2 and not all_ordinary(self, operands):
            return EXTREME
        return super().truth(quantity, operands)


@lru_cache(maxsize=1)  # the quantities of one sample are asked for in a row
def all_ordinary(helper: Helper, operands: Operands) -> bool:
    """Whether nothing about a helper is next to over- or underflow here."""
    truths = (Reference.truth(helper, part, operands) for part in PARTS)
    told = (truth.number for truth in truths if isinstance(truth, Truth))
    return all(map(is_ordinary, (*operands, *told)))


def is_ordinary(number: Number) -> bool:
    """Whether a number is 0 or a double of full precision."""
    return bool(number == 0 or TINY <= abs(number) < OVERFLOW)


def evaluate(formula: Formula, *operands: Number) -> Number:
    """The formula's number, NaN where it leaves the real line."""
    number = formula(*operands)
    return mpf("nan") if isinstance(number, mpc) else mpf(number)


def settled(formula: Formula, operands: Operands) -> Number:
    """The formula at as many digits as it takes for 30 of them to stand."""
    exact = [mpf(operand) for operand in operands]
    digits = 60
    number = evaluate(formula, *exact)
    while digits < 2000:
        digits *= 2
        with mp.workdps(digits):
            better = evaluate(formula, *exact)
            if agree(number, better):
                return better
        number = better
    raise ArithmeticError(f"no 30 digits stand at {operands}")


def beyond(number: Number) -> bool:
    """Whether a number is far outside the range of a double."""
    return number == 0 or not -1300 < mp.mag(number) < 1300


def agree(first: Number, second: Number) -> bool:
    """Whether two evaluations tell the same double, with digits to spare."""
    if mp.isnan(first) or mp.isnan(second):
        return bool(mp.isnan(first) and mp.isnan(second))
    if mp.isinf(first) or mp.isinf(second):
        return bool(first == second)
    if beyond(first) and beyond(second):  # both underflow or both overflow
        return bool(abs(first) < 1) == bool(abs(second) < 1)
    return bool(abs(first - second) <= mpf(10) ** -30 * abs(second))


def scale(formula: Formula, operands: Operands, number: Number) -> Number:
    """sum_i |x_i d/dx_i number|, one-sided and the gentler side where sides differ."""
    total = mpf(0)
    if not mp.isfinite(number) or (number and beyond(number)):
        return total
    exact = [mpf(operand) for operand in operands]
    for position, operand in enumerate(exact):
        if operand == 0 or not mp.isfinite(operand):
            continue
        sides = []
        for step in (STEP, -STEP):
            moved = [*exact]
            moved[position] = operand * (1 + step)
            sides.append(abs((evaluate(formula, *moved) - number) / step))
        finite = [side for side in sides if mp.isfinite(side)]
        total += min(finite, default=mpf(0))
    return total
