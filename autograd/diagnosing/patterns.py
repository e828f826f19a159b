"""Patterns of accidents: at the node where one began, its operands, and the way on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import cast

from autograd.operators import datum
from autograd.value import Number, Value

Route = Sequence[Value]
Pattern = Callable[[Route], bool]

HARDLY = 1e-6
"""What is further off, in shares, is no work of rounding alone."""

MANY_TURNS = 1e4
"""Beyond, an angle has lost four digits of its sixteen to whole turns."""


def is_op(*names: str) -> Pattern:
    """The origin is one of these operations."""
    return lambda path: name_of(path[0]) in names


def then(*steps: str) -> Pattern:
    """The way goes on so; "a|b" is one or the other, and signs in between are free."""

    def fits(path: Route) -> bool:
        left = [name_of(x) for x in path if name_of(x) not in ("neg", "identity")]
        return len(left) >= len(steps) and all(
            name in step.split("|") for name, step in zip(left, steps, strict=False)
        )

    return fits


def within(first: str, *later: str) -> Pattern:
    """The origin is the first, and the others come on the way, in this order."""

    def fits(path: Route) -> bool:
        names = iter([name_of(x) for x in path])
        if next(names) not in first.split("|"):
            return False
        return all(any(x in step.split("|") for x in names) for step in later)

    return fits


def both(*patterns: Pattern) -> Pattern:
    """All of these hold."""
    return lambda path: all(fits(path) for fits in patterns)


def always(_path: Route) -> bool:
    """It fits everywhere."""
    return True


def name_of(x: Number) -> str:
    """The operation's name, "" for a leaf or a number."""
    return x.op.name if isinstance(x, Value) and x.op is not None else ""


def is_square(x: Number) -> bool:
    """Whether it is x * x, x**2, or a dot of a list with itself."""
    if not isinstance(x, Value) or x.op is None:
        return False
    operands = x.operands
    if x.op.name in ("power", "pow"):
        return datum(operands[1]) == 2.0
    if x.op.name == "dot":
        half = len(operands) // 2
        return len(operands) % 2 == 0 and all(
            a is b for a, b in zip(operands[:half], operands[half:], strict=True)
        )
    return x.op.name == "square" or (
        x.op.name == "mul" and is_same(operands[0], operands[1])
    )


def squares_begin(path: Route) -> bool:
    """The origin is a square."""
    return is_square(path[0])


def adds_one(path: Route) -> bool:
    """The next node is 1 + the origin."""
    return any(not isinstance(x, Value) and x == 1.0 for x in path[1].operands)


def is_weighted_by_zero(path: Route) -> bool:
    """A logarithm that is infinite, times 0: p * log(p), p * log(p / q), t * log(p)."""
    if not then("log", "mul")(path) or name_of(path[1]) != "mul":
        return False
    return any(datum(x) == 0.0 for x in path[1].operands)


def is_tangent(path: Route) -> bool:
    """The difference over the sum of the same two: (e^x - e^-x) / (e^x + e^-x)."""
    for node in path:
        if name_of(node) == "div":
            x, y = node.operands
            return (name_of(x), name_of(y)) == ("sub", "add") and all(
                map(is_same, cast(Value, x).operands, cast(Value, y).operands)
            )
    return False


def has(
    names: str, inner: str, count: Callable[[Iterable[bool]], bool] = any
) -> Pattern:
    """The origin is one of these, and an operand of it (or minus that) is another."""

    def fits(path: Route) -> bool:
        if not path or name_of(path[0]) not in names.split("|"):
            return False
        return count(name_of(unsigned(x)) == inner for x in path[0].operands)

    return fits


def next_to_one(inner: str) -> Pattern:
    """1 - y or y - 1 with such a y, in whichever signs."""

    def fits(path: Route) -> bool:
        sizes = [abs(datum(x)) for x in path[0].operands]
        return has("add|sub", inner)(path) and 1.0 in sizes

    return fits


def unsigned(x: Number) -> Number:
    """What a minus sign stands before."""
    return x.operands[0] if isinstance(x, Value) and name_of(x) == "neg" else x


def is_made_by(*names: str) -> Callable[[Number], bool]:
    """An operand is one of these operations."""
    return lambda x: name_of(x) in names


def adds_to_one(x: Number) -> bool:
    """1 + y, or 1 - y."""
    return isinstance(x, Value) and name_of(x) in ("add", "sub") and 1.0 in x.operands


def holds(pattern: Callable[[Number], bool]) -> Pattern:
    """The origin's operand fits a pattern."""
    return lambda path: pattern(path[0].operands[0])


def is_difference_of_means(path: Route) -> bool:
    """E[x^2] - E[x]^2, or so many times that."""
    if name_of(path[0]) != "sub":
        return False
    x, y = map(_unscaled, path[0].operands)
    return is_sum_of_squares(x) and is_square(y)


def _unscaled(x: Number) -> Number:
    """What is multiplied or divided by plain numbers."""
    while isinstance(x, Value) and name_of(x) in ("mul", "div"):
        inner = [y for y in x.operands if isinstance(y, Value)]
        if len(inner) != 1:
            break
        (x,) = inner
    return x


def absorbs_terms(path: Route) -> bool:
    """A sum term by term."""
    return sum(name_of(x) == "add" for x in path) >= 8


def root_of(*patterns: Callable[[Number], bool]) -> Pattern:
    """The origin is a root of what one of these holds for."""

    def fits(path: Route) -> bool:
        inner = path[0].operands[0] if name_of(path[0]) == "sqrt" else 0.0
        return any(holds(inner) for holds in patterns)

    return fits


def is_sum_of_squares(x: Number) -> bool:
    """Whether squares are added, and what else there may be."""
    adds = name_of(x) in ("add", "sum", "mean", "dot")
    return adds and any(map(is_square, _terms(x)))


def _terms(
    x: Number, opened: Sequence[str] = ("add", "sub", "neg", "sum", "mean")
) -> Iterator[Number]:
    """What a sum adds up, by default of whatever sign; sums in it are opened."""
    waiting = [x]
    while waiting:
        part = waiting.pop()
        if name_of(part) in opened:
            waiting += cast(Value, part).operands
        else:
            yield part


def over_root_of(pattern: Callable[[Number], bool]) -> Pattern:
    """The origin divides by such a root."""

    def fits(path: Route) -> bool:
        if name_of(path[0]) != "div":
            return False
        below = path[0].operands[1]
        return isinstance(below, Value) and root_of(pattern)([below])

    return fits


def is_mean(x: Number) -> bool:
    """The mean of squares: a variance."""
    return name_of(x) == "mean" and is_sum_of_squares(x)


def is_rounded_difference(x: Number) -> bool:
    """E[x^2] - E[x]^2 and the like, so small that rounding made its sign."""
    if not isinstance(x, Value) or name_of(x) != "sub":
        return False
    return abs(datum(x)) < HARDLY * max(abs(datum(y)) for y in x.operands)


def is_near_one(x: Number) -> bool:
    """Beyond 1 or -1 by as little as rounding makes."""
    return abs(datum(x)) < 1.0 + HARDLY


def is_few_turns(x: Number) -> bool:
    """An angle of a few turns: its size is not what makes it uncertain."""
    return abs(datum(x)) < MANY_TURNS


def divides_by(inner: str) -> Pattern:
    """The way goes through a quotient whose divisor is made of these."""
    return lambda path: any(_is_over(x, inner) for x in path)


def divides_by_difference(path: Route) -> bool:
    """The way goes through a quotient whose divisor is a difference."""
    return any(name_of(x) == "div" and name_of(x.operands[1]) == "sub" for x in path)


def is_share(x: Number) -> bool:
    """A softmax, by its name or by hand."""
    return name_of(x) == "softmax" or _is_over(x, "exp")


def has_share(path: Route) -> bool:
    """An operand of the origin is a softmax or a sigmoid by hand."""
    return any(is_share(x) for x in path[0].operands)


def _is_over(x: Number, inner: str) -> bool:
    """A quotient whose divisor adds up such nodes, and subtracts nothing."""
    if not isinstance(x, Value) or name_of(x) != "div":
        return False
    names = [*map(name_of, _terms(x.operands[1], ("add", "sum", "mean")))]
    return len(names) > 1 and inner in names and not {"sub", "neg"} & {*names}


def is_logistic(path: Route) -> bool:
    """exp(x) / (1 + exp(x))."""
    quotient = next((x for x in path if name_of(x) == "div"), path[0])
    above, below = quotient.operands[0], quotient.operands[-1]
    return (
        isinstance(below, Value)
        and name_of(below) == "add"
        and 1.0 in below.operands
        and any(is_same(above, x) for x in below.operands)
    )


def is_same(x: Number, y: Number) -> bool:
    """One number, one node, or two that were made alike."""
    if not (isinstance(x, Value) and isinstance(y, Value)):
        return type(x) is type(y) and x == y
    if x is y or x.op is None or x.op is not y.op:
        return x is y
    return all(a is b or a == b for a, b in zip(x.operands, y.operands, strict=True))


def is_fraction(path: Route) -> bool:
    """The exponent is a third."""
    exponent = path[0].operands[1]
    return abs(datum(exponent) * 3.0 - 1.0) < 1e-9


def is_many(path: Route) -> bool:
    """A long product or a recurrence: the same operation over and over."""
    return sum(name_of(x) in ("mul", "dot", "add") for x in path) >= 8
