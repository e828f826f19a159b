"""Rules for all entries of a list together: quicker in programs, and for them alone.

The core records entry by entry, by the rows of the table; the tests hold these rules
against those rows.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from itertools import repeat
from typing import Any

from autograd.namespaces import INFINITY, NAN
from autograd.rules.elementary import Numbers
from autograd.rules.lists import shifted_exponentials, sum_of_others


def softmaxes_pullback(
    xp: Any,
    shares: Sequence[Any],
    adjoints: Sequence[Any],
    times: Callable[[Any, Any], Any] = operator.mul,
) -> list[Any]:
    """What all entries of a softmax together pass back: s_j sum_k s_k (a_j - a_k).

    That is s_j times what a_j has over the mean adjoint. The mean is taken off twice:
    where one share is nearly 1, its adjoint is nearly the mean, and the rounding error
    of the first mean would be all that is left. For programs and finite adjoints;
    `times` is the product of an adjoint and a share, `xp.strong_product` where shares
    may be NaN.
    """
    mean = xp.sum([*map(times, adjoints, shares)])
    apart = [a - mean for a in adjoints]
    rest = xp.sum([*map(times, apart, shares)])
    return [times(a - rest, s) for a, s in zip(apart, shares, strict=True)]


def log_softmax_pullback(
    xp: Any, adjoint: Any, out: Any, index: Any, *xs: Any
) -> list[Any]:
    """What an entry of log_softmax passes back: -s_j, and the others' sum for 1 - s_i.

    For programs, in a sweep that is not recorded: the derivative of this sum has few
    digits.
    """
    top, exponentials = shifted_exponentials(xp, xs)
    rest = sum_of_others(xp, index, exponentials)
    share = adjoint / xp.repaired(top == -INFINITY, NAN, xp.sum(exponentials))
    flows = [-share * e for e in exponentials]
    return [*map(xp.where, xp.hits(xs, index), repeat(rest * share), flows)]


def largest_pullback(xp: Any, adjoint: Any, out: Any, *xs: Any) -> list[Any]:
    """What a maximum or minimum passes back: to the entries that it is, equal shares.

    For programs: a list with a NaN, in which nothing is equal to it, makes NaN.
    """
    hits = [xp.where(x == out, 1.0, 0.0) for x in xs]
    share = adjoint / xp.sum(hits)
    return [hit * share for hit in hits]


def sigmoid(xp: Any, x: Any) -> Any:
    """1 / (1 + exp(-x)), which is 0 where it would be subnormal: below -709."""
    return 1.0 / (1.0 + xp.exp(-x))


def d_sigmoid(xp: Any, out: Any, x: Any) -> Numbers:
    """s(x) s(-x), by the exponential that is there already; below -709 it is NaN.

    For programs, which then run exactly, and in a sweep that is not recorded.
    """
    return (out * (xp.exp(-x) * out),)


def d_tanh(xp: Any, out: Any, x: Any) -> Numbers:
    """1 / cosh(x)², which is 0 where it would be subnormal: beyond 355.

    For programs, and in a sweep that is not recorded.
    """
    return (1.0 / xp.square(xp.cosh(x)),)


def sech(xp: Any, x: Any) -> Any:
    """1 / cosh(x), which is 0 where it would be subnormal: beyond 710."""
    return 1.0 / xp.cosh(x)
