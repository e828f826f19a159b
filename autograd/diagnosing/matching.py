"""Patterns: a term with free names in it, and where it fits another.

The order of sums and products does not count. A pattern that is a sum may take a few
terms of a longer one, up to a common factor; a free name that stands in a sum or
product takes all that the pattern leaves over there.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import cache
from typing import TypeAlias

from autograd.diagnosing.terms import (
    ONE,
    ZERO,
    Term,
    add,
    atom,
    call,
    entries,
    factors,
    number,
    over,
    power,
    scaled,
    times,
)

Binding: TypeAlias = dict[str, Term]
UNSCALED = Fraction(1)


@cache
def parsed(text: str) -> Term:
    """The term that a Python expression says; names are atoms."""
    return _parsed(ast.parse(text, mode="eval").body)


def _parsed(tree: ast.expr) -> Term:
    match tree:
        case ast.Constant(value=int() | float() as x):
            return number(Fraction(x))
        case ast.Name(id=name):
            return atom(name)
        case ast.UnaryOp(op=ast.USub(), operand=x):
            return scaled(-1, _parsed(x))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return call(name, *map(_parsed, arguments))
        case ast.BinOp(left=x, op=ast.Add(), right=y):
            return add(_parsed(x), _parsed(y))
        case ast.BinOp(left=x, op=ast.Sub(), right=y):
            return add(_parsed(x), scaled(-1, _parsed(y)))
        case ast.BinOp(left=x, op=ast.Mult(), right=y):
            return times(_parsed(x), _parsed(y))
        case ast.BinOp(left=x, op=ast.Div(), right=y):
            return over(_parsed(x), _parsed(y))
        case ast.BinOp(left=x, op=ast.Pow(), right=ast.Constant(value=int() as n)):
            return power(_parsed(x), n)
    raise ValueError(f"a pattern can't say {ast.unparse(tree)}")


def filled(term: Term, binding: Mapping[str, Term]) -> Term:
    """The term with what the binding has for its free names."""
    match term[0]:
        case "atom":
            return binding[term[1]]
        case "call":
            return call(term[1], *[filled(x, binding) for x in term[2]])
        case "prod":
            return times(*[power(filled(base, binding), n) for base, n in term[1]])
        case "sum":
            return add(*[scaled(c, filled(t, binding)) for c, t in term[1]])
    return term


def fits(pattern: Term, term: Term) -> Iterator[tuple[Binding, Fraction, Term, Term]]:
    """Where a pattern fits: term = scale * rest_factor * pattern(binding) + rest.

    Yields:
        The binding, the scale, what else is multiplied, and what else is added.
    """
    if pattern[0] == "sum" and term[0] == "sum":
        # What stands before a free name may belong to it: it says nothing of the scale.
        (lead, _) = min(pattern[1], key=lambda entry: entry[1][0] == "atom")
        for scale in {c / lead for c, _ in term[1]}:
            for binding, rest in _entries_fit(pattern[1], term[1], {}, scale):
                yield binding, scale, ONE, rest
    elif pattern[0] == "prod":
        for binding, rest in _factors_fit(pattern[1], factors(term), {}):
            yield binding, UNSCALED, rest, ZERO
    else:
        for binding in _fits(pattern, term, {}):
            yield binding, UNSCALED, ONE, ZERO


def _fits(pattern: Term, term: Term, binding: Binding) -> Iterator[Binding]:
    """The bindings with which a pattern is the whole term."""
    kind = pattern[0]
    if kind == "atom":
        name = pattern[1]
        if binding.get(name, term) == term:
            yield {**binding, name: term}
    elif kind == "call":
        if term[:2] == pattern[:2]:
            yield from _all_fit(pattern[2], term[2], binding)
    elif kind == "one":
        if term == ONE:
            yield binding
    else:
        every = (
            _entries_fit(pattern[1], entries(term), binding)
            if kind == "sum"
            else _factors_fit(pattern[1], factors(term), binding)
        )
        nothing = ZERO if kind == "sum" else ONE
        for found, rest in every:
            if rest == nothing:
                yield found


def _all_fit(
    patterns: tuple[Term, ...], terms: tuple[Term, ...], binding: Binding
) -> Iterator[Binding]:
    if not patterns:
        if not terms:
            yield binding
        return
    if terms:
        for found in _fits(patterns[0], terms[0], binding):
            yield from _all_fit(patterns[1:], terms[1:], found)


def _entries_fit(
    patterns: tuple[tuple[Fraction, Term], ...],
    terms: tuple[tuple[Fraction, Term], ...],
    binding: Binding,
    scale: Fraction = UNSCALED,
) -> Iterator[tuple[Binding, Term]]:
    """The bindings of a sum of patterns, and the sum of the terms that are left."""
    ordered = sorted(patterns, key=lambda entry: entry[1][0] == "atom")
    if not ordered:
        yield binding, add(*[scaled(c, t) for c, t in terms])
        return
    (c, first), *others = ordered
    if first[0] == "atom" and not others:
        whole = scaled(1 / (scale * c), add(*[scaled(k, t) for k, t in terms]))
        if terms:
            for found in _fits(first, whole, binding):
                yield found, ZERO
    for i, (k, t) in enumerate(terms):
        if k == scale * c or (first[0] == "atom" and others):
            rest = terms[:i] + terms[i + 1 :]
            part = t if k == scale * c else scaled(k / (scale * c), t)
            for found in _fits(first, part, binding):
                yield from _entries_fit(tuple(others), rest, found, scale)


def _factors_fit(
    patterns: tuple[tuple[Term, int], ...],
    terms: tuple[tuple[Term, int], ...],
    binding: Binding,
) -> Iterator[tuple[Binding, Term]]:
    """The bindings of a product of patterns, and the product of what is left."""
    ordered = sorted(patterns, key=lambda factor: factor[0][0] == "atom")
    if not ordered:
        yield binding, times(*[power(base, n) for base, n in terms])
        return
    (first, n), *others = ordered
    if first[0] == "atom" and n == 1 and not others and terms:
        whole = times(*[power(base, k) for base, k in terms])
        for found in _fits(first, whole, binding):
            yield found, ONE
    for i, (base, k) in enumerate(terms):
        if k % n == 0 and k // n > 0 and (k == n or first[0] == "atom"):
            rest = terms[:i] + terms[i + 1 :]
            for found in _fits(first, power(base, k // n), binding):
                yield from _factors_fit(tuple(others), rest, found)
