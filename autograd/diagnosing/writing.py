"""Terms in doubles and as Python, in one and the same order.

A product or quotient of several factors can be in range where its parts are not; so
factors are taken in such an order that the intermediate results stay near 1, wherever
the plain order would leave the range.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from functools import reduce
from operator import add

from autograd.diagnosing.terms import Term, factors
from autograd.namespaces import total
from autograd.ops import OPS

Environment = Mapping[str, float]
FEW = 2.0**-50  # a last digit or two of a sum, which need no list to be saved
AT_EASE = 2.0**-1000, 2.0**1000  # here nothing has lost digits to the range


def value(term: Term, numbers: Environment) -> float:
    """The term in doubles, as its text says."""
    match term[0]:
        case "one":
            return 1.0
        case "atom":
            return numbers[term[1]]
        case "call":
            return OPS[term[1]].value(*[value(x, numbers) for x in term[2]])
        case "prod":
            return _run(_ordered(Fraction(1), term, numbers))
    return _added([_run(_ordered(c, t, numbers)) for c, t in _in_order(term)])


def _in_order(term: Term) -> list[tuple[Fraction, Term]]:
    """The terms of a sum, those that are subtracted last."""
    return sorted(term[1], key=lambda entry: entry[0] < 0)


def _added(parts: list[float]) -> float:
    """A sum from left to right, or rounded once if digits are lost on the way."""
    plain, once = _left_to_right(parts), total(parts)
    return plain if abs(plain - once) <= FEW * abs(once) else once


RoundedStep = tuple[float, str, int]
"""A number, its text, and whether it multiplies (1) or divides (-1)."""


def _left_to_right(parts: list[float]) -> float:
    return reduce(add, parts, 0.0)


def _ordered(c: Fraction, term: Term, numbers: Environment) -> list[RoundedStep]:
    """The factors of a term in the order in which to take them."""
    above, below = _constant_steps(c)
    for base, n in factors(term):
        (above if n > 0 else below).extend(_power_steps(base, n, numbers))
    plain = [*above, *below]
    if all(map(_is_at_ease, _results(plain))):
        return plain
    ordered: list[RoundedStep] = []
    size = 0.0
    while plain:
        choice = plain if ordered or not above else above
        step = min(choice, key=lambda step: abs(size + _log(step[0]) * step[2]))
        plain.remove(step)
        ordered.append(step)
        size += _log(step[0]) * step[2]
    return ordered


def _power_steps(base: Term, n: int, numbers: Environment) -> list[RoundedStep]:
    """A power as one step, or as several where it leaves the range."""
    x, way = value(base, numbers), 1 if n > 0 else -1
    whole = OPS["power"].value(x, float(abs(n)))
    if abs(n) == 1 or not _is_at_ease(whole):
        return [(x, text(base, numbers, 1), way)] * abs(n)
    return [(whole, f"{text(base, numbers, 2)}**{abs(n)}", way)]


def _constant_steps(c: Fraction) -> tuple[list[RoundedStep], list[RoundedStep]]:
    if c.denominator > 1000 or abs(c.numerator) > 2**53:
        return [(float(c), repr(float(c)), 1)], []
    above = [(float(c.numerator), str(c.numerator), 1)] if c.numerator != 1 else []
    below = [(float(c.denominator), str(c.denominator), -1)]
    return above, below if c.denominator != 1 else []


def _is_at_ease(x: float) -> bool:
    return AT_EASE[0] < abs(x) < AT_EASE[1]


def _results(steps: list[RoundedStep]) -> list[float]:
    """The numbers on the way of a product."""
    results = [1.0]
    for x, _, way in steps:
        before = results[-1]
        results.append(before * x if way > 0 else OPS["div"].value(before, x))
    return results[1:] or results


def _run(steps: list[RoundedStep]) -> float:
    return _results(steps)[-1]


def _log(x: float) -> float:
    """The size of a number; of 0 and infinity, too."""
    return math.log(min(max(abs(x), 5e-324), 1e308)) if x == x else 0.0


def text(term: Term, numbers: Environment, level: int = 0) -> str:
    """The term as Python: level 1 inside of products, 2 inside of powers."""
    match term[0]:
        case "one":
            return "1"
        case "atom":
            return str(term[1])
        case "call":
            return f"{term[1]}({', '.join(text(x, numbers) for x in term[2])})"
        case "prod":
            return _product_text(Fraction(1), term, numbers, level)
    if not term[1]:
        return "0"
    if len(term[1]) == 1:
        ((c, t),) = term[1]
        return _product_text(c, t, numbers, level)
    ordered = _in_order(term)
    parts = [_run(_ordered(c, t, numbers)) for c, t in ordered]
    if _added(parts) != _left_to_right(parts) and len(parts) > 2:
        pieces = [_product_text(c, t, numbers, 0) for c, t in ordered]
        return f"sum([{', '.join(pieces)}])"
    pieces = [_product_text(abs(c), t, numbers, 0) for c, t in ordered]
    result = ("-" if ordered[0][0] < 0 else "") + pieces[0]
    for (c, _), piece in zip(ordered[1:], pieces[1:], strict=True):
        result += f" {'-' if c < 0 else '+'} {piece}"
    return f"({result})" if level else result


def _product_text(c: Fraction, term: Term, numbers: Environment, level: int) -> str:
    steps = _ordered(c, term, numbers)
    pieces = [("*" if way > 0 else "/") + piece for _, piece, way in steps]
    if not pieces or pieces[0][0] == "/":
        pieces.insert(0, "*1")
    if pieces[0] == "*-1" and len(pieces) > 1 and pieces[1][0] == "*":
        pieces[:2] = ["*-" + pieces[1][1:]]
    result = "".join(pieces)[1:]
    bare = len(pieces) == 1 and result[0] != "-" and "**" not in result
    divides = any(piece[0] == "/" for piece in pieces)
    return f"({result})" if (level == 2 and not bare) or (level and divides) else result
