"""Rules for all entries of a list together: quicker in programs, and for them alone.

The core records entry by entry, by the rows of the table; the tests hold these rules
against those rows.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

from autograd.namespaces import NAN
from autograd.rules.common import Numbers
from autograd.rules.lists import replaced


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


def d_log_softmax_by_shares(xp: Any, out: Any, index: Any, *xs: Any) -> Numbers:
    """Those of log_softmax, 1 - s_i as the sum of the others: in a third of the steps.

    For programs, in a sweep that is not recorded: the derivative of this sum has few
    digits.
    """
    shares = xp.softmaxes(xs)
    hits = xp.hits(xs, index)
    own = xp.sum(replaced(xp, shares, hits, 0.0))
    return (NAN, *replaced(xp, [-s for s in shares], hits, own))
