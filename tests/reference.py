"""Definitions of every operation: what the table of operations is judged by.

Choices, sums and the functions of many values stand here; `reference_unary.py`,
`reference_pairs.py` and `reference_powers.py` hold the others.
"""

import math
import operator
from collections.abc import Callable

from mpmath import mp, mpf

from tests.reference_pairs import PAIRS
from tests.reference_powers import POWERS
from tests.reference_shapes import LIMIT, NAN, ZERO, Special, fixed
from tests.reference_unary import UNARY
from tests.truth import Formula, Number, Operands, Quantity, Reference, Untested


def extreme(
    pick: Callable[..., float], quantity: Quantity, operands: Operands
) -> Number:
    """The largest or smallest operand; ties share the derivative equally."""
    if any(map(math.isnan, operands)):
        return Untested("piecewise constant, of no side") if len(quantity) == 2 else NAN
    best = pick(operands)
    if not quantity:
        return mpf(best)
    if len(quantity) == 2:
        return ZERO
    ties = operands.count(best)
    return 1 / mpf(ties) if operands[quantity[0]] == best else ZERO


def extreme_row(pick: Callable[..., float]) -> Reference:
    def special(quantity: Quantity, operands: Operands) -> Number:
        with mp.workdps(60):
            return extreme(pick, quantity, operands)

    return fixed({}, special)


def clamp_special(quantity: Quantity, operands: Operands) -> Number | Untested | None:
    x, low, high = operands
    if any(map(math.isnan, operands)):
        return Untested("piecewise constant, of no side") if quantity else NAN
    if low > high:  # numpy.clip, torch.clamp and ONNX's Clip take the upper bound
        return mpf(quantity == (2,)) if quantity else mpf(high)
    if x in {low, high} and set(quantity) - {0}:
        return Untested("the derivative in a bound jumps where it is met")
    if len(quantity) == 2:
        return ZERO
    if not quantity:
        return mpf(min(max(x, low), high))
    if quantity == (0,):
        return mpf(low < x < high)
    return mpf(x < low) if quantity == (1,) else mpf(x > high)


def where_special(quantity: Quantity, operands: Operands) -> Number | Untested | None:
    condition, *branches = operands
    if math.isnan(condition):
        return Untested("a condition that is NaN chooses nothing")
    chosen = 1 if condition else 2
    if not quantity:
        return mpf(branches[chosen - 1])
    return mpf(quantity == (chosen,))


def comparison_row(compare: Callable[[float, float], bool]) -> Reference:
    """1 or 0 by the numbers; NaN compares as Python has it; flat everywhere."""

    def special(quantity: Quantity, operands: Operands) -> Number:
        return ZERO if quantity else mpf(compare(*operands))

    return fixed({(): lambda x, y: mpf(compare(x, y))}, special)


def share_special(quantity: Quantity, operands: Operands) -> Number:
    """1 for the larger of two, a half at a tie, else 0, NaN at NaN; flat everywhere."""
    if any(map(math.isnan, operands)):
        return NAN
    return ZERO if quantity else share_of_larger(*operands)


def share_of_larger(x: Number, y: Number) -> Number:
    """What x has of the larger of two numbers."""
    return mpf((x > y) + 0.5 * (x == y))


def entry(quantity: Quantity, operands: Operands) -> Number | Untested:
    """The entry of a list at an index, which is no variable."""
    index, *xs = operands
    if 0 in quantity:
        return Untested("an index is no variable")
    if not quantity:
        return mpf(xs[int(index)])
    return mpf(quantity == (1 + int(index),))


# Functions of many values -----------------------------------------------------------


def total(quantity: Quantity, operands: Operands) -> Number | Untested | None:
    """Infinities and NaN in a sum."""
    if quantity or all(map(math.isfinite, operands)):
        return None
    infinities = {x for x in operands if math.isinf(x)}
    if any(map(math.isnan, operands)) or len(infinities) == 2:
        return NAN
    return mpf(infinities.pop())


def weighted(quantity: Quantity, operands: Operands) -> Number | Untested | None:
    """Infinities and NaN in a dot product: those of its products."""
    if quantity or all(map(math.isfinite, operands)):
        return None
    half = len(operands) // 2
    products = [operands[i] * operands[half + i] for i in range(half)]
    return total((), (*products, *operands[2 * half :]))


def linear(weight: Callable[[int], Number]) -> Reference:
    """sum, mean: weight(n) times the exact sum."""

    def formula(quantity: Quantity) -> Formula:
        return (
            lambda *xs: weight(len(xs)) * mp.fsum(xs),
            lambda *xs: weight(len(xs)),
            lambda *xs: ZERO,
        )[len(quantity)]

    return Reference(formula, total)


def dot_formula(quantity: Quantity) -> Formula:
    def value(*xs: Number) -> Number:
        half = len(xs) // 2
        products = [(xs[i], xs[half + i]) for i in range(half)]
        return mp.fdot([*products, *((bias, mpf(1)) for bias in xs[2 * half :])])

    def first(*xs: Number) -> Number:
        half, position = len(xs) // 2, quantity[0]
        if position == 2 * half:
            return mpf(1)
        return xs[position + half if position < half else position - half]

    def second(*xs: Number) -> Number:
        half = len(xs) // 2
        low, high = sorted(quantity)
        return mpf(high - low == half and low < half and high < 2 * half)

    return (value, first, second)[len(quantity)]


def shares(xs: Operands) -> list[Number]:
    """exp(x_i) / sum_j exp(x_j)."""
    top = max(xs)
    powers = [mp.exp(x - top) for x in xs]
    whole_sum = mp.fsum(powers)
    return [power / whole_sum for power in powers]


def log_share(xs: Operands, index: int) -> Number:
    """The logarithm of shares(xs)[index]."""
    peak = max(range(len(xs)), key=xs.__getitem__)
    rest = mp.fsum(mp.exp(x - xs[peak]) for i, x in enumerate(xs) if i != peak)
    return xs[index] - xs[peak] - mp.log1p(rest)


def but(p: list[Number], *left_out: int) -> Number:
    """The sum of the other shares: one minus these, without the subtraction."""
    return mp.fsum(share for i, share in enumerate(p) if i not in left_out)


def share_bend(p: list[Number], i: int, j: int) -> Number:
    """The second derivative of log(sum exp): p_i (delta_ij - p_j)."""
    return p[i] * but(p, i) if i == j else -p[i] * p[j]


def logsumexp_formula(quantity: Quantity) -> Formula:
    def value(*xs: Number) -> Number:
        peak = max(range(len(xs)), key=xs.__getitem__)
        return xs[peak] - log_share(xs, peak)

    return (
        value,
        lambda *xs: shares(xs)[quantity[0]],
        lambda *xs: share_bend(shares(xs), *quantity),
    )[len(quantity)]


def several_infinite(xs: Operands) -> bool:
    return xs.count(math.inf) > 1


def logsumexp_special(quantity: Quantity, xs: Operands) -> Number | Untested | None:
    if any(map(math.isnan, xs)):
        return NAN
    top = max(xs)
    if math.isfinite(top):
        return None
    if not quantity:
        return mpf(top)
    if top == -math.inf:
        return ZERO if len(quantity) == 1 else LIMIT
    if several_infinite(xs):
        return LIMIT
    return mpf(len(quantity) == 1 and xs[quantity[0]] == math.inf)


def softmax_formula(quantity: Quantity) -> Formula:
    positions = [position - 1 for position in quantity]

    def formula(target: Number, *xs: Number) -> Number:
        t = int(mp.nint(target))
        p = shares(xs)
        if not positions:
            return p[t]
        if len(positions) == 1:
            (i,) = positions
            return p[t] * but(p, t) if i == t else -p[t] * p[i]
        i, j = positions
        if i != j and t not in positions:
            return 2 * p[t] * p[i] * p[j]
        pivot = i if i == j else i + j - t
        tilt = but(p, pivot) - p[pivot]  # 1 - 2 p
        if len(xs) == 2:  # without the subtraction, for differences such as 1e-310
            tilt = mp.tanh((xs[1 - pivot] - xs[pivot]) / 2)
        if i == j == t:
            return p[t] * but(p, t) * tilt
        if i != j:
            tilt = -tilt if len(xs) == 2 else but(p, t) - p[t]
        return -p[t] * p[pivot] * tilt

    return formula


def log_softmax_formula(quantity: Quantity) -> Formula:
    positions = [position - 1 for position in quantity]

    def formula(target: Number, *xs: Number) -> Number:
        t = int(mp.nint(target))
        if not positions:
            return log_share(xs, t)
        p = shares(xs)
        if len(positions) == 1:
            (i,) = positions
            return but(p, t) if i == t else -p[i]
        return -share_bend(p, *positions)

    return formula


def softmax_special(
    limit: Callable[[float, bool], float],
) -> Special:
    """The target's index is no variable; a single inf takes all."""

    def special(quantity: Quantity, operands: Operands) -> Number | Untested | None:
        target, *xs = operands
        if 0 in quantity:
            return Untested("the index of the target is no variable")
        if any(map(math.isnan, xs)):
            alone = len(xs) == 1 and quantity
            return (
                Untested("the share of a single number is constant") if alone else NAN
            )
        top = max(xs)
        if math.isfinite(top):
            return None
        if quantity or top < 0 or xs.count(top) > 1:
            return LIMIT
        return mpf(limit(xs[int(target)], xs[int(target)] == top))

    return special


def log_odds_formula(quantity: Quantity) -> Formula:
    """The logarithm of what the others have together over what one entry has."""

    def formula(target: Number, *xs: Number) -> Number:
        own = int(mp.nint(target))
        others = (*xs[:own], *xs[own + 1 :])
        if not quantity:
            peak = max(others)
            return peak - xs[own] + mp.log(mp.fsum(mp.exp(x - peak) for x in others))
        if own + 1 in quantity:
            return mpf(-1 if len(quantity) == 1 else 0)
        # their places among the others
        i, *more = (p - 1 - (p - 1 > own) for p in quantity)
        p = shares(others)
        return share_bend(p, i, *more) if more else p[i]

    return formula


def log_odds_special(
    quantity: Quantity, operands: Operands
) -> Number | Untested | None:
    """The limits at infinities; a single entry leaves nothing to others."""
    target, *xs = operands
    if 0 in quantity:
        return Untested("the index of the entry is no variable")
    if any(map(math.isnan, xs)):
        return LIMIT if quantity else NAN
    own = xs.pop(int(target))
    top = max(xs, default=-math.inf)
    if math.isfinite(own) and math.isfinite(top):
        return None
    if quantity or own == top:
        return LIMIT
    return mpf(math.inf if top == math.inf or own == -math.inf else -math.inf)


class References(dict[str, Reference]):
    """Definitions by name; one that is missing is asked for."""

    def __missing__(self, name: str) -> Reference:
        raise KeyError(
            f"{name} has no reference: write down its value and derivatives as "
            f"published, in tests/reference_unary.py or one of its neighbours"
        )


REFERENCE = References(
    {
        **UNARY,
        **PAIRS,
        **POWERS,
        "maximum": extreme_row(max),
        "minimum": extreme_row(min),
        "clamp": fixed({}, clamp_special),
        "where": fixed({}, where_special),
        "less": comparison_row(operator.lt),
        "less_equal": comparison_row(operator.le),
        "greater": comparison_row(operator.gt),
        "greater_equal": comparison_row(operator.ge),
        "equal": comparison_row(operator.eq),
        "not_equal": comparison_row(operator.ne),
        "share": fixed({(): share_of_larger}, share_special),
        "take": fixed({(): lambda index, *xs: xs[int(index)]}, entry),
        "sum": linear(lambda count: mpf(1)),
        "mean": linear(lambda count: 1 / mpf(count)),
        "dot": Reference(dot_formula, weighted),
        "max": extreme_row(max),
        "min": extreme_row(min),
        "logsumexp": Reference(logsumexp_formula, logsumexp_special),
        "softmax": Reference(
            softmax_formula,
            softmax_special(lambda x, is_top: float(is_top)),
        ),
        "log_odds_against": Reference(log_odds_formula, log_odds_special),
        "log_softmax": Reference(
            log_softmax_formula,
            softmax_special(lambda x, top: 0.0 if top else -math.inf),
        ),
    }
)
