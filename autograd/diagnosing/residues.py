"""What rounding took from a number: signed, and exact where doubles can say it.

The rounding error of +, -, x, / and the square root is itself a double that a few
operations give (Dekker 1971; Knuth's TwoSum; Christianson 1991 sums them over a graph).
A rule here takes the number that was computed, the operands and *their* errors, and
gives the error of the result: true - computed, where true is what the operation makes
of the operands without their errors. It is not first order: products of errors count.

A rule gives NaN where doubles can't say it, for a product of theirs would overflow or
lose digits, and an infinity where nothing sure is left of a difference; the number is
then computed again in `wide.py`, whose range and digits have no end.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from autograd.namespaces import largest as highest
from autograd.namespaces import total as rounded_total
from autograd.ops import OPS, Op

OfOne: TypeAlias = Callable[[float, float, float], float]
"""rule(out, x, error of x) -> error of out"""

OfTwo: TypeAlias = Callable[[float, float, float, float, float], float]
"""rule(out, x, y, error of x, error of y) -> error of out"""

OfList: TypeAlias = Callable[[float, Sequence[float], Sequence[float]], float]
"""rule(out, operands, their errors) -> error of out"""

NAN = math.nan
UNSURE = math.inf
CANCELLED = 1e-15  # of an operand: number and error have 32 digits, 17 are left
SPLITTER = 134217729.0  # 2^27 + 1: halves of a double whose products are exact
LEFT = 0.25  # of a number: what is left of one that is all wrong lacks digits
LOW, HIGH = 1e-260, 1e290  # between them residues of products are normal doubles


def rest_of_product(p: float, x: float, y: float) -> float:
    """x y - p, exactly, where p is the rounded product (Dekker's TwoProduct)."""
    wide = SPLITTER * x
    x_high = wide - (wide - x)
    x_low = x - x_high
    wide = SPLITTER * y
    y_high = wide - (wide - y)
    y_low = y - y_high
    return x_low * y_low - (((p - x_high * y_high) - x_low * y_high) - x_high * y_low)


def add(out: float, x: float, y: float, x_error: float, y_error: float) -> float:
    """The rest of the sum (Knuth's TwoSum), and both errors."""
    back = out - x
    error = ((x - (out - back)) + (y - back)) + (x_error + y_error)
    return UNSURE if abs(out + error) < CANCELLED * abs(x) + LEFT * abs(out) else error


def sub(out: float, x: float, y: float, x_error: float, y_error: float) -> float:
    """The rest of the difference, and that of the errors."""
    back = out - x
    error = ((x - (out - back)) - (y + back)) + (x_error - y_error)
    return UNSURE if abs(out + error) < CANCELLED * abs(x) + LEFT * abs(out) else error


def mul(out: float, x: float, y: float, x_error: float, y_error: float) -> float:
    """The rest of the product, and what the errors of its factors make of it."""
    if LOW < out < HIGH or LOW < -out < HIGH:
        inherited = x * y_error + (y + y_error) * x_error
        return rest_of_product(out, x, y) + inherited
    is_zero = x == 0.0 == x_error or y == 0.0 == y_error
    return 0.0 if is_zero and out == 0.0 else NAN


def div(out: float, x: float, y: float, x_error: float, y_error: float) -> float:
    """What is left of x after out x y, over y."""
    if LOW < abs(out) < HIGH and LOW < abs(x) < HIGH:
        product = out * y
        rest = (x - product) - rest_of_product(product, out, y)
        below = y + y_error
        return (rest + x_error - out * y_error) / below if below else NAN
    return 0.0 if x == x_error == out == 0.0 else NAN


def sqrt(out: float, x: float, error: float) -> float:
    """What is left of x after the square of the root, over twice the root."""
    if LOW < x < HIGH and x + error > 0.0:
        product = out * out
        rest = (x - product) - rest_of_product(product, out, out)
        return (rest + error) / (out + math.sqrt(x + error))
    return 0.0 if x == error == 0.0 else NAN


def absolute(_out: float, x: float, error: float) -> float:
    """Of the sign that the true operand has."""
    if abs(error) >= abs(x):
        return abs(x + error) - abs(x)
    return error if x > 0.0 else -error


def relu(_out: float, x: float, error: float) -> float:
    """Of the side on which the true operand lies."""
    if abs(error) >= abs(x):
        return max(x + error, 0.0) - max(x, 0.0)
    return error if x > 0.0 else 0.0


def steps(_out: float, x: float, error: float) -> float:
    """Flat, if the true operand lies on the same side."""
    return 0.0 if abs(error) < abs(x) or error == 0.0 else NAN


def total(out: float, operands: Sequence[float], errors: Sequence[float]) -> float:
    """A sum rounded once: so is what it lost."""
    try:
        error = math.fsum([*operands, -out, *errors])
    except (OverflowError, ValueError):
        return NAN
    size = max(map(abs, operands), default=0.0)
    return UNSURE if abs(out + error) < CANCELLED * size else error


def dot(out: float, operands: Sequence[float], errors: Sequence[float]) -> float:
    """Each product with its own rest: their additions are rounded once."""
    n = len(operands) // 2
    terms = [*operands[2 * n :], *errors[2 * n :]]
    for i in range(n):
        x, y, y_error = operands[i], operands[n + i], errors[n + i]
        terms.append(x * y_error + (y + y_error) * errors[i])
        if x != 0.0 != y:
            product = x * y
            if not (LOW < product < HIGH or LOW < -product < HIGH):
                return NAN
            terms += (product, rest_of_product(product, x, y))
    return total(out, terms, ())


def mean(out: float, operands: Sequence[float], errors: Sequence[float]) -> float:
    """The sum, and then a quotient."""
    count = float(len(operands))
    whole = rounded_total(operands)
    return div(out, whole, count, total(whole, operands, errors), 0.0)


def largest(out: float, operands: Sequence[float], errors: Sequence[float]) -> float:
    """The largest of the true numbers."""
    return highest([x - out + e for x, e in zip(operands, errors, strict=True)])


def smallest(out: float, operands: Sequence[float], errors: Sequence[float]) -> float:
    """The smallest of the true numbers."""
    return -highest([out - x - e for x, e in zip(operands, errors, strict=True)])


OF_ONE: Mapping[Op, OfOne] = {
    OPS["abs"]: absolute,
    OPS["identity"]: lambda _out, _x, error: error,
    OPS["neg"]: lambda _out, _x, error: -error,
    OPS["reciprocal"]: lambda out, x, error: div(out, 1.0, x, 0.0, error),
    OPS["relu"]: relu,
    OPS["sign"]: steps,
    OPS["sqrt"]: sqrt,
    OPS["square"]: lambda out, x, error: mul(out, x, x, error, error),
    OPS["step"]: steps,
}
OF_TWO: Mapping[Op, OfTwo] = {
    OPS["add"]: add,
    OPS["div"]: div,
    OPS["maximum"]: lambda out, x, y, *errors: largest(out, (x, y), errors),
    OPS["minimum"]: lambda out, x, y, *errors: smallest(out, (x, y), errors),
    OPS["mul"]: mul,
    # a square is a product; other powers are for `wide.py`
    OPS["power"]: lambda out, x, n, error, _: (
        mul(out, x, x, error, error) if n == 2.0 else NAN
    ),
    OPS["strong_product"]: mul,
    OPS["sub"]: sub,
}
OF_LIST: Mapping[Op, OfList] = {
    OPS["dot"]: dot,
    OPS["max"]: largest,
    OPS["mean"]: mean,
    OPS["min"]: smallest,
    OPS["sum"]: total,
}
