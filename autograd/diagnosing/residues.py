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

from autograd.namespaces import total as rounded_total
from autograd.ops import OPS, Op

Rule: TypeAlias = Callable[[float, Sequence[float], Sequence[float]], float]
"""rule(out, operands, errors of the operands) -> error of out."""

NAN = math.nan
UNSURE = math.inf
CANCELLED = 1e-24  # of an operand: a number and its error have 32 digits, not all sure
SPLITTER = 134217729.0  # 2^27 + 1: halves of a double whose products are exact
LOW, HIGH = 1e-260, 1e290  # between them residues of products are normal doubles


def rest_of_sum(s: float, x: float, y: float) -> float:
    """x + y - s, exactly, where s is the rounded sum (Knuth's TwoSum)."""
    back = s - x
    return (x - (s - back)) + (y - back)


def rest_of_product(p: float, x: float, y: float) -> float:
    """x y - p, exactly, where p is the rounded product (Dekker's TwoProduct)."""
    wide = SPLITTER * x
    x_high = wide - (wide - x)
    x_low = x - x_high
    wide = SPLITTER * y
    y_high = wide - (wide - y)
    y_low = y - y_high
    return x_low * y_low - (((p - x_high * y_high) - x_low * y_high) - x_high * y_low)


def add(out: float, operands: Sequence[float], errors: Sequence[float]) -> float:
    """The rest of the sum, and both errors."""
    x, y = operands
    back = out - x
    error = ((x - (out - back)) + (y - back)) + (errors[0] + errors[1])
    return UNSURE if abs(out + error) < CANCELLED * abs(x) else error


def sub(out: float, operands: Sequence[float], errors: Sequence[float]) -> float:
    """The rest of the difference, and that of the errors."""
    x, y = operands
    back = out - x
    error = ((x - (out - back)) - (y + back)) + (errors[0] - errors[1])
    return UNSURE if abs(out + error) < CANCELLED * abs(x) else error


def mul(out: float, operands: Sequence[float], errors: Sequence[float]) -> float:
    """The rest of the product, and what the errors of its factors make of it."""
    x, y = operands
    x_error, y_error = errors
    if LOW < out < HIGH or LOW < -out < HIGH:
        inherited = x * y_error + (y + y_error) * x_error
        return rest_of_product(out, x, y) + inherited
    if (x == 0.0 and x_error == 0.0) or (y == 0.0 and y_error == 0.0):
        return 0.0 if out == 0.0 else NAN
    return NAN


def div(out: float, operands: Sequence[float], errors: Sequence[float]) -> float:
    """What is left of x after out x y, over y."""
    x, y = operands
    x_error, y_error = errors
    if LOW < abs(out) < HIGH and LOW < abs(x) < HIGH:
        product = out * y
        rest = (x - product) - rest_of_product(product, out, y)
        below = y + y_error
        return (rest + x_error - out * y_error) / below if below else NAN
    return 0.0 if x == 0.0 and x_error == 0.0 and out == 0.0 else NAN


def sqrt(out: float, operands: Sequence[float], errors: Sequence[float]) -> float:
    """What is left of x after the square of the root, over twice the root."""
    x, error = operands[0], errors[0]
    if LOW < x < HIGH and x + error > 0.0:
        square = out * out
        rest = (x - square) - rest_of_product(square, out, out)
        return (rest + error) / (out + math.sqrt(x + error))
    return 0.0 if x == 0.0 and error == 0.0 else NAN


def total(out: float, operands: Sequence[float], errors: Sequence[float]) -> float:
    """A sum rounded once: so is what it lost."""
    try:
        error = math.fsum([*operands, -out, *errors])
    except OverflowError:
        return NAN
    size = max(map(abs, operands), default=0.0)
    return UNSURE if abs(out + error) < CANCELLED * size else error


def dot(out: float, operands: Sequence[float], errors: Sequence[float]) -> float:
    """Each product with its own rest: their additions are rounded once."""
    n = len(operands) // 2
    terms = [*operands[2 * n :], *errors[2 * n :]]
    for x, y, x_error, y_error in zip(
        operands[:n], operands[n:], errors[:n], errors[n:], strict=False
    ):
        if x != 0.0 and y != 0.0:
            product = x * y
            if not (LOW < product < HIGH or LOW < -product < HIGH):
                return NAN
            terms += (product, rest_of_product(product, x, y))
        terms.append(x * y_error + (y + y_error) * x_error)
    return total(out, terms, ())


def mean(out: float, operands: Sequence[float], errors: Sequence[float]) -> float:
    """The sum, and then a quotient."""
    count = float(len(operands))
    whole = rounded_total(operands)
    return div(out, (whole, count), (total(whole, operands, errors), 0.0))


def _same(_out: float, _operands: Sequence[float], errors: Sequence[float]) -> float:
    return errors[0]


def _opposite(_: float, _operands: Sequence[float], errors: Sequence[float]) -> float:
    return -errors[0]


def absolute(_: float, operands: Sequence[float], errors: Sequence[float]) -> float:
    """Of the sign that the true operand has."""
    x, error = operands[0], errors[0]
    if abs(error) >= abs(x):
        return abs(x + error) - abs(x)
    return error if x > 0.0 else -error


def relu(_out: float, operands: Sequence[float], errors: Sequence[float]) -> float:
    """Of the side on which the true operand lies."""
    x, error = operands[0], errors[0]
    if abs(error) >= abs(x):
        return max(x + error, 0.0) - max(x, 0.0)
    return error if x > 0.0 else 0.0


def steps(_out: float, operands: Sequence[float], errors: Sequence[float]) -> float:
    """Flat, if the true operand lies on the same side."""
    return 0.0 if abs(errors[0]) < abs(operands[0]) or errors[0] == 0.0 else NAN


def largest(out: float, operands: Sequence[float], errors: Sequence[float]) -> float:
    """The largest of the true numbers."""
    return max(x - out + error for x, error in zip(operands, errors, strict=True))


def smallest(out: float, operands: Sequence[float], errors: Sequence[float]) -> float:
    """The smallest of the true numbers."""
    return min(x - out + error for x, error in zip(operands, errors, strict=True))


def reciprocal(out: float, xs: Sequence[float], errors: Sequence[float]) -> float:
    """A quotient."""
    return div(out, (1.0, xs[0]), (0.0, errors[0]))


def square(out: float, xs: Sequence[float], errors: Sequence[float]) -> float:
    """A product."""
    return mul(out, (xs[0], xs[0]), (errors[0], errors[0]))


def power(out: float, operands: Sequence[float], errors: Sequence[float]) -> float:
    """A square, which is a product; other powers are for `wide.py`."""
    return square(out, operands, errors) if operands[1] == 2.0 else NAN


RULES: Mapping[Op, Rule] = {
    OPS[name]: rule
    for name, rule in {
        "add": add,
        "sub": sub,
        "mul": mul,
        "strong_product": mul,
        "div": div,
        "neg": _opposite,
        "abs": absolute,
        "power": power,
        "reciprocal": reciprocal,
        "square": square,
        "sqrt": sqrt,
        "relu": relu,
        "identity": _same,
        "sum": total,
        "mean": mean,
        "dot": dot,
        **dict.fromkeys(("sign", "step"), steps),
        **dict.fromkeys(("max", "maximum"), largest),
        **dict.fromkeys(("min", "minimum"), smallest),
    }.items()
}
