"""Rows as textbooks have them: for formulas that people read.

The rows of the table are written for accuracy, in halves, scaled or split. What they
say is this, and it holds wherever nothing is lost on the way; the tests hold each form
against its row. No number is computed with these, and the core does without them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from autograd.rules.elementary import falling_factorial

TEXTBOOK: Mapping[str, Callable[..., Any]] = {
    "strong_product": lambda _xp, x, y: x * y,
    "square": lambda xp, x: xp.power(x, 2.0),
    "mean": lambda xp, *xs: xp.sum(xs) / float(len(xs)),
    "sech": lambda xp, x: 1.0 / xp.cosh(x),
    "exp_neg_square": lambda xp, x: xp.exp(-xp.square(x)),
    "direction": lambda xp, x, y: x / xp.hypot(x, y),
    "inversion": lambda xp, x, y: x / (xp.square(x) + xp.square(y)),
    "power_derivative": lambda xp, x, n, k: (
        falling_factorial(n, k)[0] * xp.pow(x, n - k)
    ),
    "pow_log": lambda xp, x, y: xp.pow(x, y) * xp.log(x),
}

IN_WORDS: Mapping[str, Callable[..., Any]] = {
    **TEXTBOOK,
    "expm1": lambda xp, x: xp.exp(x) - 1.0,
    "exp2": lambda xp, x: xp.pow(2.0, x),
    "log1p": lambda xp, x: xp.log(1.0 + x),
    "log_expm1": lambda xp, x: xp.log(xp.exp(x) - 1.0),
    "logaddexp": lambda xp, x, y: xp.log(xp.exp(x) + xp.exp(y)),
    "logit": lambda xp, x: xp.log(x / (1.0 - x)),
    "xlogy": lambda xp, x, y: x * xp.log(y),
    "hypot": lambda xp, x, y: xp.sqrt(xp.square(x) + xp.square(y)),
    "softplus": lambda xp, x: xp.log(1.0 + xp.exp(x)),
    "softsign": lambda _xp, x: x / (1.0 + abs(x)),
    "log_odds_against": lambda xp, index, *xs: (
        xp.log(xp.sum([xp.exp(x) for i, x in enumerate(xs) if i != index]))
        - xs[int(index)]
    ),
    "logsumexp": lambda xp, *xs: xp.log(xp.sum([xp.exp(x) for x in xs])),
}
"""These, too, where the formula is to be read and not to be run."""
