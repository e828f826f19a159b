"""What to write instead, at this place: rows of pattern and advice.

The first row that fits is taken. A pattern looks at the node where a finding began, at
its operands, and at the way on to the output. Advice that fits everywhere stands last.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from autograd.diagnosing.patterns import (
    Pattern,
    Route,
    absorbs_terms,
    adds_one,
    adds_to_one,
    always,
    both,
    divides_by,
    divides_by_difference,
    has,
    has_share,
    holds,
    is_difference_of_means,
    is_few_turns,
    is_fraction,
    is_logistic,
    is_made_by,
    is_many,
    is_mean,
    is_near_one,
    is_op,
    is_rounded_difference,
    is_share,
    is_square,
    is_sum_of_squares,
    is_tangent,
    is_weighted_by_zero,
    name_of,
    next_to_one,
    over_root_of,
    root_of,
    squares_begin,
    then,
    within,
)
from autograd.diagnosing.words import named
from autograd.operators import datum
from autograd.value import Number, Value

Remedy = tuple[Pattern, Callable[[Route], str]]


def advice_for(kind: str, path: Route) -> str:
    """What to write instead of the node at the beginning of a path."""
    for fits, advice in _ROWS[kind]:
        if fits(path):
            return advice(path)
    return ""


# --- advice -------------------------------------------------------------------------


def _x(path: Route) -> str:
    """What the origin was applied to, for a formula."""
    return named(path[0].operands[0], "x") if path[0].op is not None else "x"


def _say(text: str) -> Callable[[Route], str]:
    """Advice in which $x stands for the origin's operand, $f for its operation."""
    return lambda path: text.replace("$x", _x(path)).replace("$f", name_of(path[0]))


def _divisor(path: Route) -> str:
    y = named(path[0].operands[-1], "y")
    return (
        f"put the where before the division: divide by where({y} != 0, {y}, 1.0), and "
        f"choose the limit that you want for {y} = 0 in a second where"
    )


def _hypot(path: Route) -> str:
    """The root of a sum of squares, by the names of its two sides."""
    total = next(x for x in path if name_of(x) in ("add", "sum"))
    sides = [*map(_side, total.operands)]
    pair = ", ".join(sides) if len(sides) == 2 and all(sides) else "x, y"
    return f"hypot({pair}): it scales before it squares"


def _side(x: Number) -> str:
    """What squared is x, "" if that has no name."""
    if isinstance(x, Value) and is_square(x):
        return named(x.operands[0], "") if len(x.operands) <= 2 else ""
    name = named(x, "")
    return f"sqrt({name})" if name and datum(x) >= 0.0 else ""


def _xlogy(path: Route) -> str:
    """A weight of 0 and what the logarithm is taken of, by their names."""
    weight = next(x for x in path[1].operands if datum(x) == 0.0)
    return (
        f"xlogy({named(weight, 'p')}, {_x(path)}), which is 0 where the weight is 0, "
        f"whatever the logarithm"
    )


def _smaller(_path: Route) -> str:
    return (
        "a product of many factors grows or shrinks beyond the range: add logarithms "
        "and take exp once at the end, or keep the factors near 1 (a smaller "
        "initialisation, clipping)"
    )


_SPREAD: Final = (
    "a small number under the root, as in sqrt(variance + 1e-5): a spread of 0 has no "
    "direction"
)

_RANGE: Final[tuple[Remedy, ...]] = (
    (then("exp", "log"), _say("$x itself: log(exp($x)) is $x")),
    (both(then("exp", "add", "log"), adds_one), _say("softplus($x)")),
    (then("exp", "add|sum|mean", "log"), _say("logsumexp([...]) of the exponents")),
    (within("exp", "sum|add", "log"), _say("logsumexp([...]) of the exponents")),
    (both(within("exp|exp2", "div"), is_tangent), _say("tanh, which is this quotient")),
    (both(within("exp", "div"), is_logistic), _say("sigmoid($x)")),
    (lambda path: has("div", "exp", all)(path[1:2]), _say(
        "exp(x - y) for exp(x) / exp(y)")),
    (both(within("exp", "div", "log"), divides_by("exp")), _say(
        "log_softmax([...]): it shifts by the largest exponent before it takes exp")),
    (both(within("exp", "div"), divides_by("exp")), _say(
        "softmax([...]) or, for two, sigmoid($x): they shift by the largest exponent "
        "before they take exp")),
    (both(within("exp", "div"), divides_by_difference), _say(
        "exp($x) taken out above and below the bar: 1 / (exp($x) - 1) is exp(-$x) / "
        "(1 - exp(-$x))")),
    (within("exp", "log"), _say(
        "the exponent itself: log(c * exp($x)) is log(c) + $x")),
    (lambda path: all(has("div", x)(path[1:2]) for x in ("sinh", "cosh")),
     _say("tanh($x) for sinh / cosh")),
    (within("cosh", "log"), _say(
        "abs($x) + log1p(exp(-2 * abs($x))) - log(2) for log(cosh($x))")),
    (then("sigmoid", "log"), _say("log_sigmoid($x)")),
    (within("sigmoid", "log"), _say(
        "log_sigmoid of the logit, or binary cross entropy on logits (softplus)")),
    (within("softmax", "log"), _say("log_softmax([...]) in place of log of softmax")),
    (both(squares_begin, within("mul|square|power|pow|dot", "add|sum", "sqrt")),
     _hypot),
    (both(squares_begin, then("mul|square|power|pow|dot", "sqrt")),
     _say("abs($x), or hypot for more than one")),
    (within("exp", "mul"), _say("add the exponents first, and take exp once")),
    (is_many, _smaller),
    (within("mul|div|pow|power|exp|sigmoid|dot|square", "log"), _say(
        "take the logarithm of each factor and add: log(x * y) = log(x) + log(y)")),
    (is_op("exp", "exp2", "expm1", "sinh", "cosh"), _say(
        "keep the exponent $x as a logarithm and go on with that, or clamp it "
        "before exp")),
    (within("mul|square|power|pow|div", "div|mul"), _say(
        "regroup the factors so that no partial product leaves the range: divide "
        "before you multiply, or add logarithms")),
    (always, _say("scale the numbers, or compute with their logarithms")),
)  # fmt: skip

_ROWS: Final[dict[str, tuple[Remedy, ...]]] = {
    "overflow": _RANGE,
    "underflow": _RANGE,
    "domain": (
        (is_weighted_by_zero, _xlogy),
        (is_op("log", "log2", "log10", "logit", "log1p", "log_expm1"), _say(
            "put the where before the log: log(where($x > 0, $x, 1.0))")),
        (root_of(is_rounded_difference), _say(
            "a difference that can't be negative came out so by rounding: sum the "
            "squared differences from the mean, factor it, or take maximum(..., 0)")),
        (is_op("sqrt"), _say(
            "put the where before the root: sqrt(where($x > 0, $x, 1.0))")),
        (both(is_op("acos", "asin", "atanh"), holds(is_near_one)), _say(
            "clamp($x, -1.0, 1.0) before it, or atan2")),
        (is_op("acos", "asin", "atanh"), _say(
            "a choice with where before it: far beyond 1 nothing has this $f, so look "
            "at what $x is computed from")),
        (is_op("acosh"), _say("maximum($x, 1.0) before it")),
        (both(is_op("pow", "power"), is_fraction), _say(
            "cbrt($x), defined below 0 too")),
        (is_op("pow", "power"), _say(
            "a negative base has no power but whole, constant ones: $x**3, say, or "
            "abs($x) before it; for 0 put a where before the power")),
        (is_op("div", "reciprocal", "remainder", "fmod", "floor_divide"), _divisor),
        (always, _say("put a where before it, which replaces $x outside the domain")),
    ),
    "undefined": (
        (over_root_of(is_mean), _say(_SPREAD)),
        (is_op("softmax", "log_softmax"), _say(
            "one entry at least that is finite, and none that is inf: a row that is "
            "masked as a whole has no softmax; leave it out, or choose with where "
            "before it")),
        (is_op("div", "remainder", "fmod", "floor_divide"), _divisor),
        (lambda path: path[0].op is None, _say("look where this number comes from")),
        (always, _say("keep infinities apart: choose with where before they meet")),
    ),
    "infinite slope": (
        (root_of(is_square), _say(
            "abs(x) for the root of x * x, hypot for several")),
        (root_of(is_mean), _say(_SPREAD)),
        (root_of(is_sum_of_squares), _say(
            "hypot(x, y), whose derivative at the origin is 0; hypot of hypot for "
            "more than two")),
        (is_op("sqrt", "cbrt"), _say(
            "put the where before the root, $f(where($x > 0, $x, 1.0)), or add a "
            "small number under it")),
        (is_op("acos", "asin"), _say(
            "atan2(sqrt((1 - $x) * (1 + $x)), $x) has no such edge for acos; for an "
            "angle between vectors take atan2 of cross and dot product")),
        (is_op("pow", "power"), _say(
            "put the where before the power: where($x > 0, $x, 1.0) ** p")),
        (always, _say("put a where before it, which replaces $x at the edge")),
    ),
    "hidden nan": (
        (is_op("div", "reciprocal"), _divisor),
        (is_op("log", "sqrt", "log2", "log10"), _say(
            "put the where before it: $f(where($x > 0, $x, 1.0)), and choose after "
            "it")),
        (is_op("pow", "power"), _say(
            "put the where before the power: where($x > 0, $x, 1.0) ** p")),
        (always, _say("put a where before it, which replaces $x in that branch")),
    ),
    "cancellation": (
        (next_to_one("cos"), _say("2 * sin(x / 2)**2 for 1 - cos(x)")),
        (next_to_one("exp"), _say("expm1(x) for exp(x) - 1")),
        (next_to_one("sigmoid"), _say("sigmoid(-x) for 1 - sigmoid(x)")),
        (both(is_op("sub"), has_share), _say(
            "the other share computed directly: sigmoid(-x) for 1 - sigmoid(x)")),
        (next_to_one("erf"), _say("erfc(x) for 1 - erf(x), erfc(-x) for 1 + erf(x)")),
        (next_to_one("tanh"), _say("2 / (exp(2 * x) + 1) for 1 - tanh(x)")),
        (has("sub|add", "sqrt"), _say(
            "the conjugate form: a - b = (a**2 - b**2) / (a + b), with what is above "
            "the bar simplified by hand")),
        (has("sub", "log", all), _say(
            "log1p of the relative difference for log(a) - log(b)")),
        (is_difference_of_means, _say(
            "the mean of the squared differences from the mean, in two passes")),
        (absorbs_terms, _say(
            "one sum([...]) of all terms, which adds as fsum does, without loss")),
        (is_op("dot", "sum", "mean"), _say(
            "terms that cancel before they are rounded: subtract what they have in "
            "common from each, and then sum")),
        (always, _say(
            "a form without this difference: factor it, or subtract what is equal in "
            "both by hand")),
    ),
    "sensitivity": (
        (both(is_op("log"), holds(adds_to_one)), _say("log1p(x) for log(1 + x)")),
        (both(is_op("log"), holds(is_made_by("sigmoid"))), _say("log_sigmoid(x)")),
        (both(is_op("log"), holds(is_share)), _say(
            "log_softmax([...]) in place of log of a share")),
        (both(is_op("log"), holds(is_made_by("div"))), _say(
            "log1p((a - b) / b) for log(a / b), with a - b computed directly")),
        (is_op("log", "log2", "log10"), _say(
            "log1p of the distance from 1, computed directly: near 1 the digits of $x "
            "are those of 1")),
        (both(is_op("sin", "cos", "tan"), holds(is_few_turns)), _say(
            "the distance from the nearest multiple of pi / 2, computed directly: here "
            "the digits of $x are those of that multiple")),
        (is_op("sin", "cos", "tan"), _say(
            "the angle reduced before it grows: count whole turns apart, for the last "
            "digit of $x decides")),
        (is_op("acos"), _say(
            "atan2(sqrt((1 - x) * (1 + x)), x), with 1 - x computed directly")),
        (is_op("asin"), _say(
            "atan2(x, sqrt((1 - x) * (1 + x))), with 1 - x computed directly")),
        (is_op("pow", "power"), _say(
            "exp(n * log1p(base - 1)), with base - 1 computed directly")),
        (always, _say(
            "$f of an argument with more digits: compute that more directly")),
    ),
    "saturated": (
        (always, _say(
            "smaller weights to begin with (initialisation by Xavier), inputs of "
            "size 1, and for an output a loss on logits, which never goes flat")),
    ),
    "dead": (
        (always, _say(
            "leaky_relu, which has a slope below 0 too; biases of 0 to begin with "
            "(initialisation by He), and a smaller learning rate")),
    ),
    "vanishing": (
        (is_op("tanh", "sigmoid", "softsign"), _say(
            "an initialisation by Xavier that keeps the size from layer to layer, relu "
            "in place of $f, connections that skip layers; in a recurrence a gate "
            "(LSTM)")),
        (always, _say(
            "an initialisation that keeps the size from layer to layer (He)")),
    ),
    "exploding": (
        (always, _say(
            "clipping the gradient's norm, and an initialisation that keeps the size "
            "from step to step: weights that multiply by 1, not by more")),
    ),
}  # fmt: skip
