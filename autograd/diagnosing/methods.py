"""Methods of algebra that write a term differently: each is equal, not always better.

A common denominator, multiplying out, drawing out common factors, the conjugate of a
root, and polynomials divided by a difference that is nearly 0.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from fractions import Fraction

from autograd.diagnosing.terms import (
    ONE,
    ZERO,
    Term,
    add,
    entries,
    expanded,
    factors,
    over,
    power,
    scaled,
    times,
)
from autograd.diagnosing.writing import value

MONOMIALS = 12  # of a polynomial that a difference is drawn out of
NEAR = 0.1  # a share: nearer numbers cancel
NUMERATOR, DENOMINATOR = 1000.0, 12  # of the fraction that one may be of the other


def by_algebra(term: Term, numbers: Mapping[str, float]) -> Iterator[Term]:
    """Other forms of a term as a whole, at these numbers of its atoms."""
    for method in (expanded, common_denominator, distributed, factored):
        try:
            yield method(term)
        except ZeroDivisionError:
            continue
    yield from conjugated(term)
    yield from divided(term, numbers)


def common_denominator(term: Term) -> Term:
    """A sum of quotients as one quotient, its numerator multiplied out."""
    below: dict[Term, int] = {}
    for _, t in entries(term):
        for base, n in factors(t):
            below[base] = min(below.get(base, 0), n)
    divisor = times(*[power(base, -n) for base, n in below.items() if n < 0])
    whole = add(*[scaled(c, times(t, divisor)) for c, t in entries(term)])
    return over(factored(expanded(whole)), divisor)


def factored(term: Term) -> Term:
    """A sum with the factors that all of its terms have drawn out."""
    parts = [dict(factors(t)) for _, t in entries(term)] or [{}]
    shared = {base: min(part.get(base, 0) for part in parts) for base in parts[0]}
    content = times(*[power(base, n) for base, n in shared.items() if n > 0])
    rest = add(*[scaled(c, over(t, content)) for c, t in entries(term)])
    return times(content, rest)


def distributed(term: Term) -> Term:
    """A product over sums as a sum of quotients."""
    return add(*[scaled(c, t) for c, t in entries(expanded(term))])


def conjugated(term: Term) -> Iterator[Term]:
    """A sum with a root in it, a + b, as (a² - b²) / (a - b)."""
    roots = {
        base
        for _, t in entries(term)
        for base, _ in factors(t)
        if base[:2] == ("call", "sqrt")
    }
    for root in sorted(roots, key=repr) if len(entries(term)) > 1 else ():
        a = add(*[scaled(c, t) for c, t in entries(term) if root in dict(factors(t))])
        b = add(term, scaled(-1, a))
        difference = add(times(a, a), scaled(-1, times(b, b)))
        try:
            yield over(factored(expanded(difference)), add(a, scaled(-1, b)))
        except ZeroDivisionError:
            continue


def divided(term: Term, numbers: Mapping[str, float]) -> Iterator[Term]:
    """A polynomial with a difference drawn out that is nearly 0 at these numbers.

    So x**3 - y**3 is (x - y) times a sum in which nothing cancels, and x**2 - 2 x + 1
    is (x - 1)**2.
    """
    whole = expanded(term)
    if not 1 < len(entries(whole)) <= MONOMIALS:
        return
    found = {base for _, t in entries(whole) for base, _ in factors(t)}
    bases = sorted(found, key=repr)
    for i, base in enumerate(bases):
        x = value(base, numbers)
        for other in (*bases[i + 1 :], ONE):
            root = scaled(_near(x, value(other, numbers)), other)
            if abs(x - value(root, numbers)) <= NEAR * abs(x):
                difference, n, rest = add(base, scaled(-1, root)), 0, whole
                while (quotient := _quotient(rest, base, root)) is not None:
                    n, rest = n + 1, quotient
                if n:
                    yield times(power(difference, n), rest)


def _near(x: float, y: float) -> Fraction:
    """The simple fraction of y that x is near to; 0 if there is none."""
    ratio = x / y if y else math.nan
    if not abs(ratio) < NUMERATOR:
        return Fraction(0)
    return Fraction(ratio).limit_denominator(DENOMINATOR)


def _quotient(whole: Term, base: Term, root: Term) -> Term | None:
    """A polynomial in a base over (base - root), if that leaves no rest."""
    coefficients: dict[int, list[Term]] = defaultdict(list)
    for c, t in entries(whole):
        n = dict(factors(t)).get(base, 0)
        coefficients[n].append(scaled(c, over(t, power(base, n))))
    if min(coefficients) < 0 or max(coefficients) == 0:
        return None
    carried, parts = ZERO, []
    for n in range(max(coefficients), -1, -1):
        parts.append(times(carried, power(base, n)))
        carried = expanded(add(times(carried, root), *coefficients[n]))
    return add(*parts) if carried == ZERO else None
