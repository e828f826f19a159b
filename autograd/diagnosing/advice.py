"""What to write instead, at this place: rows of pattern and advice.

The first row that fits is taken. A pattern looks at the node where a finding began, at
its operands, and at the way on to the output. Advice that fits everywhere stands last.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from autograd.diagnosing.words import named
from autograd.value import Number, Value

Path = Sequence[Value]
Row = tuple[Callable[[Path], bool], Callable[[Path], str]]


def advice_for(kind: str, path: Path) -> str:
    """What to write instead of the node at the beginning of a path."""
    for fits, advice in _ROWS[kind]:
        if fits(path):
            return advice(path)
    return ""


# --- patterns -----------------------------------------------------------------------


def _is(*names: str) -> Callable[[Path], bool]:
    """The origin is one of these operations."""
    return lambda path: _name(path[0]) in names


def _then(*steps: str) -> Callable[[Path], bool]:
    """The way goes on so; "a|b" is one or the other, and signs in between are free."""

    def fits(path: Path) -> bool:
        left = [_name(x) for x in path if _name(x) not in ("neg", "identity")]
        return len(left) >= len(steps) and all(
            name in step.split("|") for name, step in zip(left, steps, strict=False)
        )

    return fits


def _within(first: str, *later: str) -> Callable[[Path], bool]:
    """The origin is the first, and the others come on the way, in this order."""

    def fits(path: Path) -> bool:
        names = iter([_name(x) for x in path])
        if next(names) not in first.split("|"):
            return False
        return all(any(x in step.split("|") for x in names) for step in later)

    return fits


def _both(*patterns: Callable[[Path], bool]) -> Callable[[Path], bool]:
    return lambda path: all(fits(path) for fits in patterns)


def _always(_path: Path) -> bool:
    return True


def _name(x: Number) -> str:
    return x.op.name if isinstance(x, Value) and x.op is not None else ""


def is_square(x: Number) -> bool:
    """Whether it is x * x, x**2, or a dot of a list with itself."""
    if not isinstance(x, Value) or x.op is None:
        return False
    operands = x.operands
    if x.op.name in ("power", "pow"):
        return float(operands[1]) == 2.0
    if x.op.name == "dot":
        half = len(operands) // 2
        return len(operands) % 2 == 0 and all(
            a is b for a, b in zip(operands[:half], operands[half:], strict=True)
        )
    return x.op.name == "square" or (x.op.name == "mul" and operands[0] is operands[1])


def _squares_begin(path: Path) -> bool:
    return is_square(path[0])


def _adds_one(path: Path) -> bool:
    """The next node is 1 + the origin."""
    return any(not isinstance(x, Value) and x == 1.0 for x in path[1].operands)


def _is_share_times_log(path: Path) -> bool:
    """p * log(p)."""
    if not _then("log", "mul")(path):
        return False
    inner = path[0].operands[0]
    return any(x is inner for x in path[1].operands)


def _is_quotient_of_differences(path: Path) -> bool:
    """Exponentials are subtracted above a fraction bar: (e^x - e^-x) / (e^x + e^-x)."""
    quotient = next((x for x in path if _name(x) == "div"), None)
    return quotient is not None and _name(quotient.operands[0]) == "sub"


def _has(names: str, inner: str) -> Callable[[Path], bool]:
    """The origin is one of these, and an operand of it (or minus that) is another."""

    def fits(path: Path) -> bool:
        if _name(path[0]) not in names.split("|"):
            return False
        operands = [_unsigned(x) for x in path[0].operands]
        return any(_name(x) == inner for x in operands)

    return fits


def _unsigned(x: Number) -> Number:
    return x.operands[0] if isinstance(x, Value) and _name(x) == "neg" else x


def _is_op(*names: str) -> Callable[[Number], bool]:
    return lambda x: _name(x) in names


def _adds_to_one(x: Number) -> bool:
    """1 + y, or 1 - y."""
    return isinstance(x, Value) and _name(x) in ("add", "sub") and 1.0 in x.operands


def _holds(pattern: Callable[[Number], bool]) -> Callable[[Path], bool]:
    """The origin's operand fits a pattern."""
    return lambda path: pattern(path[0].operands[0])


def _is_difference_of_means(path: Path) -> bool:
    """E[x^2] - E[x]^2."""
    if _name(path[0]) != "sub":
        return False
    x, y = path[0].operands
    return is_square(y) and _name(x) in ("mean", "div", "dot", "mul")


def _absorbs_terms(path: Path) -> bool:
    """A sum term by term."""
    return sum(_name(x) == "add" for x in path) >= 8


def _root_of(*patterns: Callable[[Number], bool]) -> Callable[[Path], bool]:
    """The origin is a root of what one of these holds for."""

    def fits(path: Path) -> bool:
        inner = path[0].operands[0] if _name(path[0]) == "sqrt" else 0.0
        return any(holds(inner) for holds in patterns)

    return fits


def _is_sum_of_squares(x: Number) -> bool:
    if not isinstance(x, Value) or _name(x) not in ("add", "sum", "mean"):
        return _name(x) == "dot" and is_square(x)
    return any(is_square(part) or _is_sum_of_squares(part) for part in x.operands)


def _is_difference_of_squares(x: Number) -> bool:
    """E[x^2] - E[x]^2, b^2 - 4ac and the like."""
    return isinstance(x, Value) and _name(x) == "sub"


def _is_fraction(path: Path) -> bool:
    exponent = path[0].operands[1]
    return abs(float(exponent) * 3.0 - 1.0) < 1e-9


def _is_many(path: Path) -> bool:
    """A long product or a recurrence: the same operation over and over."""
    return sum(_name(x) in ("mul", "dot", "add") for x in path) >= 8


# --- advice -------------------------------------------------------------------------


def _x(path: Path) -> str:
    """What the origin was applied to, for a formula."""
    return named(path[0].operands[0], "x") if path[0].op is not None else "x"


def _say(text: str) -> Callable[[Path], str]:
    """Advice in which $x stands for the origin's operand, $f for its operation."""
    return lambda path: text.replace("$x", _x(path)).replace("$f", _name(path[0]))


def _divisor(path: Path) -> str:
    y = named(path[0].operands[-1], "y")
    return (
        f"put the where before the division: divide by where({y} != 0, {y}, 1.0), and "
        f"choose the limit that you want for {y} = 0 in a second where"
    )


def _smaller(_path: Path) -> str:
    return (
        "a product of many factors grows or shrinks beyond the range: add logarithms "
        "and take exp once at the end, or keep the factors near 1 (a smaller "
        "initialisation, clipping)"
    )


_RANGE: Final[tuple[Row, ...]] = (
    (_then("exp", "log"), _say("$x itself: log(exp($x)) is $x")),
    (_both(_then("exp", "add", "log"), _adds_one), _say("softplus($x)")),
    (_then("exp", "add|sum|mean", "log"), _say("logsumexp([...]) of the exponents")),
    (_within("exp", "sum|add", "log"), _say("logsumexp([...]) of the exponents")),
    (_both(_within("exp|exp2|expm1", "div"), _is_quotient_of_differences),
     _say("tanh, which is this quotient")),
    (_within("exp", "div"), _say(
        "softmax([...]) or, for two, sigmoid($x): they shift by the largest exponent "
        "before they take exp")),
    (_within("exp", "log"), _say("log_softmax([...]), on the exponents")),
    (_within("sinh|cosh", "div"), _say("tanh($x) for sinh / cosh")),
    (_then("cosh", "log"), _say(
        "abs($x) + log1p(exp(-2 * abs($x))) - log(2) for log(cosh($x))")),
    (_then("sigmoid", "log"), _say("log_sigmoid($x)")),
    (_within("sigmoid", "log"), _say(
        "log_sigmoid of the logit, or binary cross entropy on logits (softplus)")),
    (_within("softmax", "log"), _say("log_softmax([...]) in place of log of softmax")),
    (_both(_squares_begin, _within("mul|square|power|pow|dot", "add|sum", "sqrt")),
     _say("hypot($x, y): it scales before it squares")),
    (_both(_squares_begin, _then("mul|square|power|pow|dot", "sqrt")),
     _say("abs($x), or hypot for more than one")),
    (_within("exp", "mul"), _say("add the exponents first, and take exp once")),
    (_is_many, _smaller),
    (_within("mul|pow|power|exp|sigmoid|dot|square", "log"), _say(
        "take the logarithm of each factor and add: log(x * y) = log(x) + log(y)")),
    (_is("exp", "exp2", "expm1", "sinh", "cosh"), _say(
        "keep the exponent $x as a logarithm and go on with that, or clamp it "
        "before exp")),
    (_within("mul|square|power|pow|div", "div|mul"), _say(
        "regroup the factors so that no partial product leaves the range: divide "
        "before you multiply, or add logarithms")),
    (_is("div", "reciprocal"), _divisor),
    (_always, _say("scale the numbers, or compute with their logarithms")),
)  # fmt: skip

_ROWS: Final[dict[str, tuple[Row, ...]]] = {
    "overflow": _RANGE,
    "underflow": _RANGE,
    "domain": (
        (_is_share_times_log, _say("xlogy($x, $x), which is 0 for $x = 0")),
        (_is("log", "log2", "log10", "logit", "log1p", "log_expm1"), _say(
            "put the where before the log: log(where($x > 0, $x, 1.0))")),
        (_root_of(_is_difference_of_squares), _say(
            "a difference that can't be negative came out so by rounding: sum the "
            "squared differences from the mean, factor it, or take maximum(..., 0)")),
        (_is("sqrt"), _say(
            "put the where before the root: sqrt(where($x > 0, $x, 1.0))")),
        (_is("acos", "asin", "atanh"), _say(
            "clamp($x, -1.0, 1.0) before it, or atan2")),
        (_is("acosh"), _say("maximum($x, 1.0) before it")),
        (_both(_is("pow", "power"), _is_fraction), _say(
            "cbrt($x), defined below 0 too")),
        (_is("pow", "power"), _say(
            "a negative base has no power but whole, constant ones: $x**3, say, or "
            "abs($x) before it; for 0 put a where before the power")),
        (_is("div", "reciprocal", "remainder", "fmod", "floor_divide"), _divisor),
        (_always, _say("put a where before it, which replaces $x outside the domain")),
    ),
    "undefined": (
        (_is("div", "remainder", "fmod", "floor_divide"), _divisor),
        (lambda path: path[0].op is None, _say("look where this number comes from")),
        (_always, _say("keep infinities apart: choose with where before they meet")),
    ),
    "infinite slope": (
        (_root_of(is_square), _say(
            "abs(x) for the root of x * x, hypot for several")),
        (_root_of(_is_sum_of_squares), _say(
            "hypot(x, y), whose derivative at the origin is 0; hypot of hypot for "
            "more than two")),
        (_is("sqrt", "cbrt"), _say(
            "put the where before the root, $f(where($x > 0, $x, 1.0)), or add a "
            "small number under it")),
        (_is("acos", "asin"), _say(
            "atan2(sqrt((1 - $x) * (1 + $x)), $x) has no such edge for acos; for an "
            "angle between vectors take atan2 of cross and dot product")),
        (_is("pow", "power"), _say(
            "put the where before the power: where($x > 0, $x, 1.0) ** p")),
        (_always, _say("put a where before it, which replaces $x at the edge")),
    ),
    "hidden nan": (
        (_is("div", "reciprocal"), _divisor),
        (_is("log", "sqrt", "log2", "log10"), _say(
            "put the where before it: $f(where($x > 0, $x, 1.0)), and choose after "
            "it")),
        (_is("pow", "power"), _say(
            "put the where before the power: where($x > 0, $x, 1.0) ** p")),
        (_always, _say("put a where before it, which replaces $x in that branch")),
    ),
    "cancellation": (
        (_has("sub", "cos"), _say("2 * sin(x / 2)**2 for 1 - cos(x)")),
        (_has("sub", "exp"), _say("expm1(x) for exp(x) - 1")),
        (_has("sub", "sigmoid"), _say("sigmoid(-x) for 1 - sigmoid(x)")),
        (_has("sub", "erf"), _say("erfc(x) for 1 - erf(x)")),
        (_has("sub", "tanh"), _say("2 / (exp(2 * x) + 1) for 1 - tanh(x)")),
        (_has("sub|add", "sqrt"), _say(
            "the conjugate form: a - b = (a**2 - b**2) / (a + b), with what is above "
            "the bar simplified by hand")),
        (_has("sub", "log"), _say(
            "log1p of the relative difference for log(a) - log(b)")),
        (_is_difference_of_means, _say(
            "the mean of the squared differences from the mean, in two passes")),
        (_absorbs_terms, _say(
            "one sum([...]) of all terms, which adds as fsum does, without loss")),
        (_is("dot", "sum", "mean"), _say(
            "terms that cancel before they are rounded: subtract what they have in "
            "common from each, and then sum")),
        (_always, _say(
            "a form without this difference: factor it, or subtract what is equal in "
            "both by hand")),
    ),
    "sensitivity": (
        (_both(_is("log"), _holds(_adds_to_one)), _say("log1p(x) for log(1 + x)")),
        (_both(_is("log"), _holds(_is_op("sigmoid"))), _say("log_sigmoid(x)")),
        (_both(_is("log"), _holds(_is_op("softmax", "div"))), _say(
            "log_softmax([...]) in place of log of a share")),
        (_is("log", "log2", "log10"), _say(
            "log1p of the distance from 1, computed directly: near 1 the digits of $x "
            "are those of 1")),
        (_is("sin", "cos", "tan"), _say(
            "the angle reduced before it grows: count whole turns apart, for the last "
            "digit of $x decides")),
        (_is("acos"), _say(
            "atan2(sqrt((1 - x) * (1 + x)), x), with 1 - x computed directly")),
        (_is("asin"), _say(
            "atan2(x, sqrt((1 - x) * (1 + x))), with 1 - x computed directly")),
        (_is("pow", "power"), _say(
            "exp(n * log1p(base - 1)), with base - 1 computed directly")),
        (_always, _say(
            "$f of an argument with more digits: compute that more directly")),
    ),
    "saturated": (
        (_always, _say(
            "smaller weights to begin with (initialisation by Xavier), inputs of "
            "size 1, and for an output a loss on logits, which never goes flat")),
    ),
    "dead": (
        (_always, _say(
            "leaky_relu, which has a slope below 0 too; biases of 0 to begin with "
            "(initialisation by He), and a smaller learning rate")),
    ),
    "vanishing": (
        (_is("tanh", "sigmoid", "softsign"), _say(
            "an initialisation by Xavier that keeps the size from layer to layer, relu "
            "in place of $f, connections that skip layers; in a recurrence a gate "
            "(LSTM)")),
        (_always, _say(
            "an initialisation that keeps the size from layer to layer (He)")),
    ),
    "exploding": (
        (_always, _say(
            "clipping the gradient's norm, and an initialisation that keeps the size "
            "from step to step: weights that multiply by 1, not by more")),
    ),
}  # fmt: skip
