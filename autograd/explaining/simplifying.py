"""What makes formulas short: rules by which a step comes to something simpler.

Zeros, ones and double signs go, numbers come to the front, and so do cases go that only
say what a NaN or an infinity comes to, which nobody wants in a formula.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, cast

from autograd.fast.symbols import Symbol, Symbolic
from autograd.namespaces import INFINITY, NAN
from autograd.ops import Op

_NEGATED = {
    "less": "greater_equal",
    "greater_equal": "less",
    "greater": "less_equal",
    "less_equal": "greater",
    "equal": "not_equal",
    "not_equal": "equal",
}
_ALWAYS = {"equal", "less_equal", "greater_equal"}  # of x and x


class Expression(NamedTuple):
    """An operation on symbols and numbers; a name without operands."""

    name: str
    operands: tuple[Symbolic, ...] = ()
    op: Op | None = None


def step_of(x: Symbolic) -> Expression:
    """The step of a symbol; of a number one without a name."""
    return cast(Expression, x.expression) if isinstance(x, Symbol) else Expression("")


def _negated(steps: Any, x: Symbolic) -> Symbolic | None:
    """What x is the opposite of, if it is written with a sign: -3, -x, -2*x."""
    if isinstance(x, float):
        return -x if x < 0.0 else None
    step = step_of(x)
    if step.name == "mul" and isinstance(step.operands[0], float):
        factor, rest = step.operands
        return steps.apply("mul", (-factor, rest)) if factor < 0.0 else None
    return step.operands[0] if step.name == "neg" else None


def is_number(x: Symbolic, number: float) -> bool:
    """Whether an operand is this number, and no symbol."""
    return not isinstance(x, Symbol) and x == number


def _add(steps: Any, x: Symbolic, y: Symbolic) -> Symbolic | None:
    if is_number(x, 0.0):
        return y
    if is_number(y, 0.0):
        return x
    if (opposite := _negated(steps, y)) is not None:
        return x - opposite
    if (opposite := _negated(steps, x)) is not None:
        return y - opposite
    return steps.apply("mul", (2.0, x)) if x is y else None


def _sub(steps: Any, x: Symbolic, y: Symbolic) -> Symbolic | None:
    if is_number(y, 0.0):
        return x
    if is_number(x, 0.0):
        return steps.apply("neg", (y,))
    if isinstance(x, float) and abs(x) == INFINITY:
        return x
    opposite = _negated(steps, y)
    return None if opposite is None else x + opposite


def _mul(steps: Any, x: Symbolic, y: Symbolic) -> Symbolic | None:
    if isinstance(x, Symbol) and not isinstance(y, Symbol):
        return steps.apply("mul", (y, x))  # numbers come first
    if is_number(x, 0.0) or is_number(x, 1.0):
        return y if x else 0.0
    if is_number(x, -1.0):
        return steps.apply("neg", (y,))
    if isinstance(x, float) and x != x:
        return x
    for one, inner in ((x, step_of(y)), (y, step_of(x))):
        if inner.name == "neg":
            return steps.apply("neg", (_ordered(steps, one, inner.operands[0], y),))
        quotient = _times_quotient(steps, one, inner, y)
        if quotient is not None:
            return quotient
        if inner.name == "mul" and not isinstance(inner.operands[0], Symbol):
            factor, rest = inner.operands
            if isinstance(one, Symbol):
                return factor * _ordered(steps, one, rest, y)
            return steps.apply("mul", (one * factor, rest))
    return steps.apply("power", (x, 2.0)) if x is y else None


def _times_quotient(
    steps: Any, one: Symbolic, step: Expression, right: Symbolic
) -> Symbolic | None:
    """A product with 1 / y, 0.5 / y or -3 / y: numbers meet, and signs go first."""
    if step.name != "div" or isinstance(step.operands[0], Symbol):
        return None
    above, below = step.operands
    if is_number(above, 1.0):
        return steps.apply("div", (one, below))
    if isinstance(one, float):
        return steps.apply("div", (one * above, below))
    if above < 0.0:
        positive = steps.apply("div", (-above, below))
        return steps.apply("neg", (_ordered(steps, one, positive, right),))
    return None


def _ordered(steps: Any, one: Symbolic, changed: Symbolic, right: Symbolic) -> Symbolic:
    """The product of one operand and what the other has become, in their order."""
    xs = (changed, one) if one is right else (one, changed)
    return steps.apply("mul", xs)


def _div(steps: Any, x: Symbolic, y: Symbolic) -> Symbolic | None:
    if is_number(x, 0.0):
        return 0.0
    if is_number(y, 1.0):
        return x
    if (opposite := _negated(steps, y)) is not None:
        return steps.apply("neg", (steps.apply("div", (x, opposite)),))
    if isinstance(x, Symbol) and (opposite := _negated(steps, x)) is not None:
        return steps.apply("neg", (steps.apply("div", (opposite, y)),))
    inner = step_of(x)
    if inner.name == "div" and inner.operands[1] is y:
        return steps.apply("div", (inner.operands[0], steps.apply("power", (y, 2.0))))
    return None


def _neg(steps: Any, x: Symbolic) -> Symbolic | None:
    step = step_of(x)
    if step.name == "neg":
        return step.operands[0]
    if step.name == "sub":
        return step.operands[1] - step.operands[0]
    if step.name == "mul" and isinstance(step.operands[0], float):
        return steps.apply("mul", (-step.operands[0], step.operands[1]))
    return None


def _power(steps: Any, x: Symbolic, n: Symbolic) -> Symbolic | None:
    if is_number(n, 1.0):
        return x
    inner = step_of(x)
    if inner.name == "div" and is_number(inner.operands[0], 1.0):
        return 1.0 / steps.apply("power", (inner.operands[1], n))
    if inner.name == "sqrt" and is_number(n, 2.0):
        return inner.operands[0]
    return 1.0 if is_number(n, 0.0) else None


def _where(
    steps: Any, condition: Symbolic, x: Symbolic, y: Symbolic
) -> Symbolic | None:
    if not isinstance(condition, Symbol):
        return x if condition else y
    if x is y or (isinstance(x, float) and isinstance(y, float) and x == y):
        return x
    for one, other in ((x, y), (y, x)):  # a case for NaN alone
        if isinstance(one, float) and one != one:
            return other
    asked, again = step_of(condition), step_of(y)
    if again.name == "where":
        inner = step_of(again.operands[0])
        opposite = _NEGATED.get(asked.name)
        if inner.name == opposite and _same(asked.operands, inner.operands):
            return steps.apply("where", (condition, x, again.operands[1]))
    return None


def _same(xs: Sequence[Symbolic], ys: Sequence[Symbolic]) -> bool:
    return len(xs) == len(ys) and all(
        x is y or (isinstance(x, float) and isinstance(y, float) and x == y)
        for x, y in zip(xs, ys, strict=True)
    )


def _comparison(name: str) -> Callable[..., Symbolic | None]:
    def rule(_steps: Any, x: Symbolic, y: Symbolic) -> Symbolic | None:
        if x is y:
            return name in _ALWAYS
        plain = [z for z in (x, y) if not isinstance(z, Symbol)]
        if name == "equal" and plain and abs(plain[0]) == INFINITY:
            return False
        return None

    return rule


def _and(_steps: Any, x: Symbolic, y: Symbolic) -> Symbolic | None:
    for one, other in ((x, y), (y, x)):
        if not isinstance(one, Symbol):
            return other if one else False
    return x if x is y else None


def _or(_steps: Any, x: Symbolic, y: Symbolic) -> Symbolic | None:
    for one, other in ((x, y), (y, x)):
        if not isinstance(one, Symbol):
            return True if one else other
    return x if x is y else None


def _fmod(_steps: Any, _x: Symbolic, y: Symbolic) -> Symbolic | None:
    return NAN if is_number(y, 0.0) else None


def _extreme(name: str, least: float) -> Callable[..., Symbolic | None]:
    """The largest, or the smallest: `least` counts only where it is alone."""

    def rule(steps: Any, *xs: Symbolic) -> Symbolic | None:
        if len(xs) == 1:
            return xs[0]
        rest = [x for x in xs if not is_number(x, least)]
        return steps.apply(name, rest) if len(rest) < len(xs) else None

    return rule


SIMPLER: Mapping[str, Callable[..., Symbolic | None]] = {
    "add": _add,
    "sub": _sub,
    "mul": _mul,
    "div": _div,
    "neg": _neg,
    "power": _power,
    "fmod": _fmod,
    "where": _where,
    "and": _and,
    "or": _or,
    "max": _extreme("max", -INFINITY),
    "min": _extreme("min", INFINITY),
    **{name: _comparison(name) for name in _NEGATED},
}
"""By the name of an operation: what it comes to on its operands; None for itself."""
