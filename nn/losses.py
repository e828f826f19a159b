"""Losses: how far predictions are from what they should be, as one Value.

Each takes a prediction and a target, or equally nested lists of them. Any iterable that
keeps an order is a list here. Targets are plain numbers, or Values where they are
computed too. The formulas are rows of autograd's table, composed so that they hold in
the tails.

The `reduction` says what becomes of the items: their "mean" (the default), their "sum",
or "none", which keeps them apart, nested as the targets are. Names and numbers are
PyTorch's, but that nothing is ignored that was not asked for. It is a ValueError if
shapes differ, there are no items, or a target is out of its range, and a TypeError if
something is no number.
"""

from collections.abc import Iterable
from typing import Any

import autograd
from autograd import OPS, Value, clamp, dot, relu, scope, softplus, square
from nn.arrays import flattened, listed
from nn.items import Classes, check_share, of_numbers, refuse_others

__all__ = [
    "binary_cross_entropy_with_logits", "cross_entropy", "hinge", "huber",
    "kl_divergence", "l1_penalty", "l2_penalty", "mean_absolute_error",
    "mean_squared_error", "negative_log_likelihood",
]  # fmt: skip


@of_numbers
def mean_squared_error(prediction: Any, target: Any) -> Any:
    """Average the squared differences."""
    return square(prediction - target)


@of_numbers
def mean_absolute_error(prediction: Any, target: Any) -> Any:
    """Average the differences without their signs: far ones count less than squared."""
    return autograd.abs(prediction - target)


@of_numbers
def huber(prediction: Any, target: Any, *, delta: float = 1.0) -> Any:
    """Half the square of a small difference, and a straight line from `delta` on.

    Source: Huber, "Robust estimation of a location parameter", 1964.
    """
    refuse_others("huber", delta=delta)
    if not delta > 0:
        raise ValueError(f"huber: delta is above 0, got {delta!r}")
    difference = prediction - target
    slope = clamp(difference, -delta, delta)
    return slope * (difference - 0.5 * slope)


@of_numbers
def hinge(prediction: Any, target: Any) -> Any:
    """Penalise scores that do not clear the margin: mean of max(0, 1 - target * score).

    The sign of a prediction is the class; a target is 1 or -1.
    """
    if not isinstance(target, Value) and target not in (-1, 1):
        raise ValueError(f"hinge: a target is 1 or -1, got {target!r}")
    return relu(1.0 - target * prediction)


@of_numbers
def binary_cross_entropy_with_logits(prediction: Any, target: Any) -> Any:
    """Negative log likelihood of yes-or-no targets under sigmoid(logit), averaged.

    It is accurate for logits of any size, where log(sigmoid(logit)) is -inf or 0. A
    prediction is a logit, a target 0 or 1, or the probability of 1.
    """
    check_share("binary_cross_entropy_with_logits", "target", target)
    if not isinstance(target, Value) and target in (0, 1):
        return softplus(-prediction if target else prediction)
    # Two positive terms: softplus(z) - t z would cancel for large z.
    return target * softplus(-prediction) + (1.0 - target) * softplus(prediction)


@of_numbers
def kl_divergence(prediction: Any, target: Any) -> Any:
    """Sum up target * (log(target) - prediction): what the prediction misses.

    Predictions are log-probabilities, as from log_softmax, and targets probabilities.
    As in PyTorch, each number is an item: the divergence of one distribution is the
    "sum", and that of several the mean of such.

    Source: Kullback and Leibler, "On information and sufficiency", 1951.
    """
    check_share("kl_divergence", "target", target)
    here = target * (autograd.log(target) - prediction)
    return autograd.where(target, here, 0.0)


def cross_entropy(
    prediction: Any,
    target: Any,
    *,
    weight: Iterable[float] | None = None,
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    reduction: str = "mean",
) -> Any:
    """Negative log likelihood of classes under softmax(logits), averaged.

    The mean divides by the weights of the right classes, ignored ones left out, as in
    PyTorch. So for a single item the weight cancels: in a program of one example, whose
    batch is averaged outside, weigh with reduction="sum"; `nn.fit` takes the mean over
    the batch. Probabilities as targets are averaged by their number alone.

    Args:
        prediction: one logit for each class, or a list of such lists.
        target: the index of the right class, an int or an integer input of a program
            (out of range it is an IndexError, or NaN where an index is ignored that is
            no class); or the probability of each class, a float; or a list of either.
        weight: a factor for each class.
        ignore_index: a target that counts for nothing; it need not be a class.
        label_smoothing: the share of a target that is spread over all classes evenly.
        reduction: see above.

    Source, for smoothing: Szegedy et al., "Rethinking the Inception architecture",
    2016, section 7.
    """

    def cost(logits: list[Any], index: Any) -> Any:
        # One node; the public log_softmax makes one for every class.
        return -OPS["log_softmax"](index, *logits)

    name, options = "cross_entropy", (weight, ignore_index, label_smoothing)
    return Classes(name, "logit", cost, *options).over(prediction, target, reduction)


def negative_log_likelihood(
    prediction: Any,
    target: Any,
    *,
    weight: Iterable[float] | None = None,
    ignore_index: int | None = None,
    reduction: str = "mean",
) -> Any:
    """Cross entropy where log-probabilities are known already, as from log_softmax.

    Args: as for `cross_entropy`, with one log-probability for each class. With
        probabilities as targets it is the cross entropy of two distributions.
    """

    def cost(logs: list[Any], index: Any) -> Any:
        return -autograd.take(logs, index)

    name = "negative_log_likelihood"
    classes = Classes(name, "log-probability", cost, weight, ignore_index)
    return classes.over(prediction, target, reduction)


def l1_penalty(parameters: Any) -> Any:
    """Add up the sizes of parameters: added to a loss, it draws the useless ones to 0.

    The parameters stand in lists, however nested, as `model.parameters()`.

    Source: Tibshirani, "Regression shrinkage and selection via the lasso", 1996.
    """
    with scope("l1_penalty"):
        return autograd.sum(map(autograd.abs, _leaves("l1_penalty", parameters)))


def l2_penalty(parameters: Any) -> Any:
    """Add up the squares of parameters: added to a loss, it keeps all of them small.

    Source: Hoerl and Kennard, "Ridge regression", 1970.
    """
    leaves = _leaves("l2_penalty", parameters)
    with scope("l2_penalty"):
        return dot(leaves, leaves)


def _leaves(name: str, parameters: Any) -> list[Any]:
    leaves = flattened(listed(parameters))
    for leaf in leaves:
        refuse_others(name, parameter=leaf)
    return leaves
