"""Rules for operations on lists, and for the larger of two.

A list is handled as a whole: one step for each of its entries, or one number from all
of them (`sum`, `max`, `min`, `count`, `pick`). Where arrays run the rule, the "list"
may therefore be a single array whose last axis holds the entries: its *lanes*. That is
why no rule here asks for `xs[i]`, and why an entry is told from the others by
`xp.hits`, never by its position in a Python list.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from itertools import repeat
from typing import Any

from autograd.namespaces import INFINITY, NAN
from autograd.rules.activations import half_bell
from autograd.rules.elementary import Numbers, flat


def share(xp: Any, x: Any, y: Any) -> Any:
    """What x has of the larger of x and y: 1, a half at a tie, 0, or NaN."""
    loses = xp.where(x < y, 0.0, x * NAN)
    return xp.where(x > y, 1.0, xp.where(x == y, 0.5, loses))


def equal_shares(xp: Any, out: Any, xs: Numbers) -> Numbers:
    """1 for the operand that is the result; ties share it equally; NaN at NaN."""
    miss = flat(xp, out)
    hits = [xp.where(x == out, 1.0, miss) for x in xs]
    count = xp.sum(hits)
    divisor = xp.where(count == 0.0, 1.0, count)
    return tuple(hit / divisor for hit in hits)


def shifted_exponentials(xp: Any, xs: Numbers) -> tuple[Any, list[Any]]:
    """The maximum m and every exp(x - m); equal infinities count as equal."""
    top = xp.max(xs)
    return top, [xp.exp(xp.repaired(x == top, 0.0, x - top)) for x in xs]


def log1p_of_others(xp: Any, exponentials: list[Any]) -> Any:
    """log of the sum of the exponentials, one of which is 1, by its excess over 1."""
    rest = [xp.where(e == 1.0, 0.0, e) for e in exponentials]
    ones = xp.sum([*map(operator.sub, exponentials, rest)])
    return xp.log1p(xp.sum([ones - 1.0, *rest]))


def logsumexp(xp: Any, *xs: Any) -> Any:
    """log(sum(exp(x))), shifted by the maximum."""
    top, exponentials = shifted_exponentials(xp, xs)
    return top + log1p_of_others(xp, exponentials)


def d_logsumexp(xp: Any, out: Any, *xs: Any) -> Numbers:
    """The softmax; all 0 where every operand is -inf."""
    nothing = out == -INFINITY
    return tuple(xp.repaired(nothing, 0.0, s) for s in xp.softmaxes(xs))


def softmaxes(xp: Any, xs: Numbers) -> list[Any]:
    """All of softmax(xs) at once; NaN where every operand is -inf."""
    top, exponentials = shifted_exponentials(xp, xs)
    below = xp.repaired(top == -INFINITY, NAN, xp.sum(exponentials))
    return [e / below for e in exponentials]


def difference(xp: Any, x: Any, y: Any) -> Any:
    """x - y, where equal infinities differ by 0."""
    return xp.repaired((x == y) & (abs(x) == INFINITY), 0.0, x - y)


def d_softmax(xp: Any, out: Any, index: Any, *xs: Any) -> Numbers:
    """s_i (1 - s_i) in x_i, and -s_i s_j in x_j; the index is a constant.

    1 - s_i is the sum of the others. One of two is a sigmoid of their difference,
    which keeps the digits of the second derivative.
    """
    hits = xp.hits(xs, index)
    if len(xs) == 2:
        slope = xp.square(half_bell(xp, difference(xp, *xs)))
        slope = xp.where(out == out, slope, out)  # NaN for two equal infinities
        return (NAN, *[xp.where(hit, slope, -slope) for hit in hits])
    shares = xp.softmaxes(xs)
    own = out * xp.sum(replaced(xp, shares, hits, 0.0))
    return (NAN, *replaced(xp, [-(out * s) for s in shares], hits, own))


def replaced(xp: Any, xs: Sequence[Any], hits: Sequence[Any], value: Any) -> list[Any]:
    """The list with `value` where it hits."""
    return [*map(xp.where, hits, repeat(value), xs)]


def log_softmax(xp: Any, index: Any, *xs: Any) -> Any:
    """The entry `index` of log(softmax(xs)): a sum of two terms, neither above 0."""
    top, exponentials = shifted_exponentials(xp, xs)
    x = xp.pick(xs, index)
    below_top = xp.repaired(x == top, 0.0, x - top)
    excess = sum_of_others(xp, index, exponentials) + xp.expm1(below_top)
    return xp.repaired(top == -INFINITY, NAN, below_top - xp.log1p(excess))


def sum_of_others(xp: Any, index: Any, exponentials: Sequence[Any]) -> Any:
    """The sum of all but one entry: if that is the 1, what the sum has over 1."""
    hits = xp.hits(exponentials, index)
    return xp.sum(replaced(xp, exponentials, hits, 0.0))


def d_log_softmax(xp: Any, out: Any, index: Any, *xs: Any) -> Numbers:
    """-s_j, and 1 - s_i at the index, as a sigmoid; the index is a constant."""
    sigmoid = xp.sigmoid(xp.log_odds_against(index, *xs))
    own = xp.where(xp.count(xs) > 1, sigmoid, 0.0)
    shares = [-s for s in xp.softmaxes(xs)]
    return (NAN, *replaced(xp, shares, xp.hits(xs, index), own))


def log_odds_against(xp: Any, index: Any, *xs: Any) -> Any:
    """logsumexp of the other entries less the entry, the largest of them first."""
    top, exponentials = shifted_exponentials(xp, others(xp, index, xs))
    ahead = difference(xp, top, xp.pick(xs, index))
    return ahead + log1p_of_others(xp, exponentials)


def d_log_odds_against(xp: Any, out: Any, index: Any, *xs: Any) -> Numbers:
    """The shares that the others have among themselves, and -1 at the index."""
    rest = others(xp, index, xs)
    shares = d_logsumexp(xp, xp.max(rest), *rest)
    return (NAN, *replaced(xp, shares, xp.hits(xs, index), -1.0))


def others(xp: Any, index: Any, xs: Numbers) -> Numbers:
    """The list with -inf, which has no share, at the index."""
    return tuple(replaced(xp, xs, xp.hits(xs, index), -INFINITY))


def mean(xp: Any, *xs: Any) -> Any:
    """The sum over the count, also where the sum overflows."""
    count = 1.0 * xp.count(xs)
    plain = xp.sum(xs) / count
    return xp.where(abs(plain) == INFINITY, xp.sum([x / count for x in xs]), plain)


def dot(xp: Any, *operands: Any) -> Any:
    """Weights, then as many inputs, then (for an odd number) a bias."""
    return xp.sum_of_products(*_dot_parts(operands))


def d_dot(xp: Any, out: Any, *operands: Any) -> Numbers:
    """The derivatives of `dot`, in the order of its operands."""
    return d_dot_of(*_dot_parts(operands))


def _dot_parts(operands: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    n = len(operands) // 2
    return operands[:n], operands[n : 2 * n], operands[2 * n :]


def d_dot_of(
    weights: Sequence[Any], inputs: Sequence[Any], bias: Sequence[Any]
) -> Numbers:
    """The inputs for the weights, the weights for the inputs, 1 for the bias."""
    return (*inputs, *weights, *(1.0,) * len(bias))
