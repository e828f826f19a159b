"""Rules for operations on lists, and for the larger of two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.namespaces import INFINITY, NAN
from autograd.rules.activations import half_bell
from autograd.rules.common import Numbers, flat


def share(xp: Any, x: Any, y: Any) -> Any:
    """What x has of the larger of x and y: 1, a half at a tie, 0, or NaN."""
    loses = xp.where(x < y, 0.0, x * NAN)
    return xp.where(x > y, 1.0, xp.where(x == y, 0.5, loses))


def equal_shares(xp: Any, out: Any, xs: Numbers) -> Numbers:
    """1 for the operand that is the result; ties share it equally; NaN at NaN."""
    hits = [xp.where(x == out, 1.0, flat(xp, out)) for x in xs]
    count = xp.sum(hits)
    return tuple(hit / xp.where(count == 0.0, 1.0, count) for hit in hits)


def shifted_exponentials(xp: Any, xs: Numbers) -> tuple[Any, list[Any]]:
    """The maximum m and every exp(x - m); equal infinities count as equal."""
    top = xp.max(xs)
    return top, [xp.exp(xp.where(x == top, 0.0, x - top)) for x in xs]


def log1p_of_others(xp: Any, exponentials: list[Any]) -> Any:
    """log of the sum of the exponentials, one of which is 1, by its excess over 1."""
    ones = [xp.where(e == 1.0, 1.0, 0.0) for e in exponentials]
    rest = [xp.where(e == 1.0, 0.0, e) for e in exponentials]
    return xp.log1p(xp.sum([xp.sum(ones) - 1.0, *rest]))


def logsumexp(xp: Any, *xs: Any) -> Any:
    """log(sum(exp(x))), shifted by the maximum."""
    top, exponentials = shifted_exponentials(xp, xs)
    return top + log1p_of_others(xp, exponentials)


def d_logsumexp(xp: Any, out: Any, *xs: Any) -> Numbers:
    """The softmax; all 0 where every operand is -inf."""
    nothing = out == -INFINITY
    return tuple(xp.where(nothing, 0.0, s) for s in xp.softmaxes(xs))


def softmaxes(xp: Any, xs: Numbers) -> list[Any]:
    """All of softmax(xs) at once; NaN where every operand is -inf."""
    top, exponentials = shifted_exponentials(xp, xs)
    below = xp.sum(exponentials)
    return [xp.where(top == -INFINITY, NAN, e / below) for e in exponentials]


def softmax(xp: Any, index: Any, *xs: Any) -> Any:
    """The entry `index` of softmax(xs)."""
    return xp.softmaxes(xs)[int(index)]


def difference(xp: Any, x: Any, y: Any) -> Any:
    """x - y, where equal infinities differ by 0."""
    return xp.where((x == y) & (abs(x) == INFINITY), 0.0, x - y)


def d_softmax(xp: Any, out: Any, index: Any, *xs: Any) -> Numbers:
    """s_i (1 - s_i) in x_i, and -s_i s_j in x_j; the index is a constant.

    1 - s_i is the sum of the others. One of two is a sigmoid of their difference.
    """
    i = int(index)
    if len(xs) == 2:
        slope = xp.square(half_bell(xp, difference(xp, xs[i], xs[1 - i])))
        return (NAN, slope, -slope) if i == 0 else (NAN, -slope, slope)
    shares = xp.softmaxes(xs)
    slopes = [-(out * s) for s in shares]
    slopes[i] = out * xp.sum([s for j, s in enumerate(shares) if j != i])
    return (NAN, *slopes)


def log_softmax(xp: Any, index: Any, *xs: Any) -> Any:
    """The entry `index` of log(softmax(xs)): a sum of two terms, neither above 0."""
    top, exponentials = shifted_exponentials(xp, xs)
    x = xs[int(index)]
    below_top = xp.where(x == top, 0.0, x - top)
    entry = below_top - log1p_of_others(xp, exponentials)
    return xp.where(top == -INFINITY, NAN, entry)


def d_log_softmax(xp: Any, out: Any, index: Any, *xs: Any) -> Numbers:
    """-s_j, and 1 - s_i at the index, as a sigmoid; the index is a constant."""
    i = int(index)
    slopes = [-s for s in xp.softmaxes(xs)]
    rest = [x for j, x in enumerate(xs) if j != i]
    slopes[i] = 0.0
    if rest:
        slopes[i] = xp.sigmoid(difference(xp, xp.logsumexp(*rest), xs[i]))
    return (NAN, *slopes)


def mean(xp: Any, *xs: Any) -> Any:
    """The sum over the count, also where the sum overflows."""
    count = float(len(xs))
    plain = xp.sum(xs) / count
    return xp.where(abs(plain) == INFINITY, xp.sum([x / count for x in xs]), plain)


def dot(xp: Any, *operands: Any) -> Any:
    """Weights, then as many inputs, then (for an odd number) a bias."""
    return dot_of(xp, *_dot_parts(operands))


def d_dot(xp: Any, out: Any, *operands: Any) -> Numbers:
    """The derivatives of `dot`, in the order of its operands."""
    return d_dot_of(*_dot_parts(operands))


def _dot_parts(operands: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    n = len(operands) // 2
    return operands[:n], operands[n : 2 * n], operands[2 * n :]


def dot_of(
    xp: Any, weights: Sequence[Any], inputs: Sequence[Any], bias: Sequence[Any]
) -> Any:
    """The sum of weight x input over the pairs, plus the bias if there is one."""
    return xp.sum_of_products(weights, inputs, bias)


def d_dot_of(
    weights: Sequence[Any], inputs: Sequence[Any], bias: Sequence[Any]
) -> Numbers:
    """The inputs for the weights, the weights for the inputs, 1 for the bias."""
    return (*inputs, *weights, *(1.0,) * len(bias))
