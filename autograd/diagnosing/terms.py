"""Terms: a piece of a recorded graph as algebra, ready to be written differently.

A term is a tuple, so equal terms are equal: ONE, ("atom", name), ("call", name,
arguments), ("prod", ((base, exponent), ...)) with whole exponents, and ("sum",
((coefficient, term), ...)) with exact fractions. `add`, `times` and `power` keep that
form: like terms are merged, x - x is gone, and a root squared is its operand.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import lru_cache, partial
from itertools import product as every_choice
from typing import Any, TypeAlias

Term: TypeAlias = tuple[Any, ...]
Coefficient: TypeAlias = Fraction | int

ONE: Term = ("one",)
ZERO: Term = ("sum", ())
LARGEST = 60  # terms of a sum that is multiplied out


def atom(name: str) -> Term:
    """A term that is taken as it is."""
    return ("atom", name)


def number(c: Coefficient | float) -> Term:
    """A constant, exactly."""
    return scaled(Fraction(c), ONE)


def call(name: str, *arguments: Term) -> Term:
    """A row of the table, applied."""
    return ("call", name, arguments)


def entries(term: Term) -> tuple[tuple[Fraction, Term], ...]:
    """The term as a sum: its coefficients and what they stand before."""
    return term[1] if term[0] == "sum" else ((Fraction(1), term),)


def factors(term: Term) -> tuple[tuple[Term, int], ...]:
    """The term as a product: its bases and their exponents."""
    if term == ONE:
        return ()
    return term[1] if term[0] == "prod" else ((term, 1),)


def scaled(c: Coefficient, term: Term) -> Term:
    """C times the term."""
    return _sum({t: c * k for k, t in entries(term)})


def add(*terms: Term) -> Term:
    """The sum, like terms merged."""
    merged: dict[Term, Coefficient] = defaultdict(Fraction)
    for term in terms:
        for c, t in entries(term):
            merged[t] += c
    return _sum(merged)


def _sum(merged: dict[Term, Coefficient]) -> Term:
    kept = tuple((Fraction(c), t) for t, c in merged.items() if c)
    if len(kept) == 1 and kept[0][0] == 1:
        return kept[0][1]
    return ("sum", tuple(sorted(kept, key=_order)))


def _order(entry: Any) -> str:
    return repr(entry[1])


def times(*terms: Term) -> Term:
    """The product; equal bases merged, coefficients drawn out.

    Raises:
        ZeroDivisionError: It has 0 in a denominator.
    """
    c = Fraction(1)
    exponents: Counter[Term] = Counter()
    waiting = [(term, 1) for term in terms]
    while waiting:
        term, n = waiting.pop()
        if term[0] == "prod":
            waiting += [(base, k * n) for base, k in term[1]]
        elif term[0] == "sum" and len(term[1]) < 2:
            k, rest = term[1][0] if term[1] else (Fraction(0), ONE)
            c *= k**n
            waiting.append((rest, n))
        elif term[0] == "sum" and all(k < 0 for k, _ in term[1]):
            c *= (-1) ** n
            exponents[scaled(-1, term)] += n
        elif term != ONE:
            exponents[term] += n
    for base, n in list(exponents.items()):
        if base[:2] == ("call", "sqrt") and abs(n) > 1:
            halves = int(n / 2)
            exponents[base] = n - 2 * halves
            return scaled(c, times(_prod(exponents), power(base[2][0], halves)))
    return scaled(c, _prod(exponents)) if c else ZERO


def _prod(exponents: dict[Term, int]) -> Term:
    kept = tuple((base, n) for base, n in exponents.items() if n)
    if len(kept) == 1 and kept[0][1] == 1:
        return kept[0][0]
    return ("prod", tuple(sorted(kept, key=repr))) if kept else ONE


def power(term: Term, n: int) -> Term:
    """The term to a whole power."""
    if n == 1:
        return term
    if term[0] == "sum" and len(term[1]) > 1:
        return ("prod", ((term, n),)) if n else ONE
    result = ONE
    if term[0] == "sum":
        c, rest = term[1][0] if term[1] else (Fraction(0), ONE)
        return scaled(c**n, power(rest, n))
    for base, k in factors(term):
        result = times(result, ("prod", ((base, k * n),)) if k * n else ONE)
    return result


def over(x: Term, y: Term) -> Term:
    """The quotient."""
    return times(x, power(y, -1))


def expanded(term: Term) -> Term:
    """The term with sums in products multiplied out, as far as that stays small."""
    result = []
    for c, t in entries(term):
        kept, sums = [], []
        for base, n in factors(t):
            if base[0] == "sum" and 0 < n <= 4:
                sums += [entries(base)] * n
            else:
                kept.append(("prod", ((base, n),)))
        size = 1
        for each in sums:
            size *= len(each)
        if not sums or size > LARGEST:
            result.append(scaled(c, t))
            continue
        for choice in every_choice(*sums):
            whole = times(*kept, *[scaled(k, rest) for k, rest in choice])
            result.append(scaled(c, whole))
    whole = add(*result)
    return whole if whole == term else expanded(whole)


def children(term: Term) -> Iterator[tuple[Term, Callable[[Term], Term]]]:
    """The parts of a term, each with what puts another in its place."""
    if term[0] == "call":
        for i, x in enumerate(term[2]):
            yield x, partial(_with_argument, term, i)
    elif term[0] == "prod":
        for base, n in term[1]:
            yield base, partial(_with_base, over(term, power(base, n)), n)
    elif term[0] == "sum":
        for c, t in term[1]:
            yield t, partial(_with_entry, add(term, scaled(-c, t)), c)


def _with_argument(whole: Term, i: int, new: Term) -> Term:
    return call(whole[1], *whole[2][:i], new, *whole[2][i + 1 :])


def _with_base(rest: Term, n: int, new: Term) -> Term:
    return times(power(new, n), rest)


def _with_entry(rest: Term, c: Fraction, new: Term) -> Term:
    return add(scaled(c, new), rest)


@lru_cache(10_000)
def calls(term: Term) -> frozenset[str]:
    """The rows of the table that it calls, by name."""
    match term[0]:
        case "call":
            return frozenset({term[1]}).union(*map(calls, term[2]))
        case "prod":
            return frozenset().union(*[calls(base) for base, _ in term[1]])
        case "sum":
            return frozenset().union(*[calls(t) for _, t in term[1]])
    return frozenset()


def size(term: Term) -> int:
    """How many names, calls and operations it has."""
    match term[0]:
        case "call":
            return 1 + sum(map(size, term[2]))
        case "prod":
            return sum(size(base) + (abs(n) != 1) for base, n in term[1])
        case "sum":
            return sum(size(t) + (abs(c) != 1) for c, t in term[1])
    return 1
