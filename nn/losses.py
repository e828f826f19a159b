"""Losses: how far predictions are from what they should be, as one Value.

Each takes a prediction and a target, or equally nested lists of them. Any iterable that
keeps an order is a list here. Targets are plain numbers, or Values where they are
computed too. The formulas are rows of autograd's table, composed so that they hold in
the tails.

The `reduction` says what becomes of the items: their "mean" (the default), their "sum",
or "none", which keeps them apart, nested as the targets are. Names and numbers are
PyTorch's, but that nothing is ignored that was not asked for. Each raises a ValueError
if shapes differ, if there are no items, or if a target is out of its range, and a
TypeError for what is no number.
"""

from collections.abc import Iterable
from typing import Any

import autograd
from autograd import OPS, Value, clamp, dot, relu, scope, softplus, square
from nn.arrays import flattened
from nn.classes import Classes
from nn.items import check_share, lists_of, over_numbers, refuse_others

__all__ = [
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "hinge",
    "huber",
    "kl_divergence",
    "l1_penalty",
    "l2_penalty",
    "mean_absolute_error",
    "mean_squared_error",
    "negative_log_likelihood",
]


def mean_squared_error(prediction: Any, target: Any, *, reduction: str = "mean") -> Any:
    """Average the squared differences."""
    name = "mean_squared_error"
    return over_numbers(name, lambda x, y: square(x - y), prediction, target, reduction)


def mean_absolute_error(
    prediction: Any, target: Any, *, reduction: str = "mean"
) -> Any:
    """Average the differences without their signs: far ones count less than squared."""
    name = "mean_absolute_error"
    return over_numbers(
        name, lambda x, y: autograd.abs(x - y), prediction, target, reduction
    )


def huber(
    prediction: Any, target: Any, *, delta: float = 1.0, reduction: str = "mean"
) -> Any:
    """Half the square of a small difference, and a straight line from `delta` on.

    Source: Huber, "Robust estimation of a location parameter", 1964.
    """
    if not delta > 0:
        raise ValueError(f"huber: delta is above 0, got {delta!r}")

    def cost(got: Any, wanted: Any) -> Any:
        difference = got - wanted
        slope = clamp(difference, -delta, delta)
        return slope * (difference - 0.5 * slope)

    return over_numbers("huber", cost, prediction, target, reduction)


def hinge(prediction: Any, target: Any, *, reduction: str = "mean") -> Any:
    """Penalise scores that do not clear the margin: mean of max(0, 1 - target * score).

    Args:
        prediction: scores, whose sign is the class.
        target: for each score 1 or -1.
        reduction: see above.
    """

    def cost(score: Any, label: Any) -> Any:
        if not isinstance(label, Value) and label not in (-1, 1):
            raise ValueError(f"hinge: a target is 1 or -1, got {label!r}")
        return relu(1.0 - label * score)

    return over_numbers("hinge", cost, prediction, target, reduction)


def binary_cross_entropy_with_logits(
    prediction: Any, target: Any, *, reduction: str = "mean"
) -> Any:
    """Negative log likelihood of yes-or-no targets under sigmoid(logit), averaged.

    It is accurate for logits of any size, where log(sigmoid(logit)) is -inf or 0.

    Args:
        prediction: logits; sigmoid(logit) is the probability of 1.
        target: for each logit 0 or 1, or a probability between them.
        reduction: see above.
    """
    name = "binary_cross_entropy_with_logits"

    def cost(logit: Any, probability: Any) -> Any:
        check_share(name, "target", probability)
        if not isinstance(probability, Value) and probability in (0, 1):
            return softplus(-logit if probability else logit)
        # Two positive terms: softplus(z) - t z would cancel for large z.
        yes, no = softplus(-logit), softplus(logit)
        return probability * yes + (1.0 - probability) * no

    return over_numbers(name, cost, prediction, target, reduction)


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
        target: the index of the right class, an int or an integer input of a program;
            or a float for each class, its probability; or a list of either.
        weight: a factor for each class.
        ignore_index: a target that counts for nothing; it need not be a class.
        label_smoothing: the share of a target that is spread over all classes evenly.
        reduction: see above.

    Raises:
        IndexError: if an integer input of a program is out of range; it gives NaN
            where an index is ignored that is no class.

    Source, for smoothing: Szegedy et al., "Rethinking the Inception architecture",
    2016, section 7.
    """

    def cost(logits: list[Any], index: Any) -> Any:
        # One node; the public log_softmax makes one for every class.
        return -OPS["log_softmax"](index, *logits)

    classes = Classes(
        "cross_entropy", "logit", cost, weight, ignore_index, label_smoothing
    )
    return classes.over(prediction, target, reduction)


def negative_log_likelihood(
    prediction: Any,
    target: Any,
    *,
    weight: Iterable[float] | None = None,
    ignore_index: int | None = None,
    reduction: str = "mean",
) -> Any:
    """Cross entropy where log-probabilities are known already, as from log_softmax.

    Args:
        prediction: one log-probability for each class, or a list of such lists.
        target: the index of the right class, or a list of such; with probabilities
            for all classes it is the cross entropy of two distributions.
        weight: a factor for each class.
        ignore_index: a target that counts for nothing; it need not be a class.
        reduction: see above.
    """

    def cost(logs: list[Any], index: Any) -> Any:
        return -autograd.take(logs, index)

    name = "negative_log_likelihood"
    classes = Classes(name, "log-probability", cost, weight, ignore_index, 0.0)
    return classes.over(prediction, target, reduction)


def kl_divergence(prediction: Any, target: Any, *, reduction: str = "mean") -> Any:
    """Sum up target * (log(target) - prediction): what the prediction misses.

    As in PyTorch, each number is an item and the mean is over all of them. So the
    divergence itself is the "sum", for one distribution; for several, average those.

    Args:
        prediction: log-probabilities, as from log_softmax.
        target: probabilities; where one is 0 the prediction does not matter.
        reduction: see above.

    Source: Kullback and Leibler, "On information and sufficiency", 1951.
    """

    def cost(predicted: Any, probability: Any) -> Any:
        check_share("kl_divergence", "target", probability)
        here = probability * (autograd.log(probability) - predicted)
        return autograd.where(probability, here, 0.0)

    return over_numbers("kl_divergence", cost, prediction, target, reduction)


def l1_penalty(parameters: Any) -> Any:
    """Add up the sizes of parameters: added to a loss, it draws the useless ones to 0.

    Args:
        parameters: Values in lists, however nested, as `model.parameters()`.

    Source: Tibshirani, "Regression shrinkage and selection via the lasso", 1996.
    """
    with scope("l1_penalty"):
        return autograd.sum(map(autograd.abs, _leaves("l1_penalty", parameters)))


def l2_penalty(parameters: Any) -> Any:
    """Add up the squares of parameters: added to a loss, it keeps all of them small.

    Args: as for `l1_penalty`.

    Source: Hoerl and Kennard, "Ridge regression", 1970.
    """
    leaves = _leaves("l2_penalty", parameters)
    with scope("l2_penalty"):
        return dot(leaves, leaves)


def _leaves(name: str, parameters: Any) -> list[Any]:
    leaves = flattened(lists_of(parameters))
    for leaf in leaves:
        refuse_others(name, parameter=leaf)
    return leaves
