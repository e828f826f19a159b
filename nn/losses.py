"""Losses: how far predictions are from what they should be, as one Value.

Each takes a prediction and a target, or equally nested lists of them, and returns the
mean over all items. Any iterable that keeps an order is a list here. Targets are plain
numbers, or Values where they are computed too. The formulas are rows of autograd's
table, composed so that they hold in the tails.
"""

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import numpy as np

from autograd import OPS, Value, mean, relu, scope, softplus, square
from nn.calling import is_number
from nn.summary import counted

Item = Callable[[Any, Any], Any]

__all__ = [
    "binary_cross_entropy_with_logits",
    "cross_entropy",
    "hinge",
    "mean_squared_error",
]


def hinge(prediction: Any, target: Any) -> Any:
    """Penalise scores that do not clear the margin: mean of max(0, 1 - target * score).

    Args:
        prediction: scores, whose sign is the class.
        target: for each score 1 or -1.

    Raises:
        ValueError: if shapes differ, there are no items, or a target is not 1 or -1.
    """

    def item(score: Any, label: Any) -> Any:
        if not isinstance(label, Value) and label not in (-1, 1):
            raise ValueError(f"hinge: a target is 1 or -1, got {label!r}")
        return relu(1.0 - label * score)

    return _mean_over_numbers("hinge", item, prediction, target)


def mean_squared_error(prediction: Any, target: Any) -> Any:
    """Average the squared differences.

    Raises:
        ValueError: if shapes differ or there are no items.
    """

    def item(got: Any, wanted: Any) -> Any:
        return square(got - wanted)

    return _mean_over_numbers("mean_squared_error", item, prediction, target)


def binary_cross_entropy_with_logits(prediction: Any, target: Any) -> Any:
    """Negative log likelihood of yes-or-no targets under sigmoid(logit), averaged.

    It is accurate for logits of any size, where log(sigmoid(logit)) is -inf or 0.

    Args:
        prediction: logits; sigmoid(logit) is the probability of 1.
        target: for each logit 0 or 1, or a probability between them.

    Raises:
        ValueError: if shapes differ, there are no items, or a target is not in [0, 1].
    """
    name = "binary_cross_entropy_with_logits"

    def item(logit: Any, probability: Any) -> Any:
        if not isinstance(probability, Value):
            if not 0 <= probability <= 1:
                raise ValueError(
                    f"{name}: a target is between 0 and 1, got {probability!r}"
                )
            if probability in (0, 1):
                return softplus(-logit if probability else logit)
        # Two positive terms: softplus(z) - t z would cancel for large z.
        yes, no = softplus(-logit), softplus(logit)
        return probability * yes + (1.0 - probability) * no

    return _mean_over_numbers(name, item, prediction, target)


def cross_entropy(prediction: Any, target: Any) -> Any:
    """Negative log likelihood of class indices under softmax(logits), averaged.

    Args:
        prediction: one logit for each class, or a list of such lists.
        target: the index of the right class, or a list of such indices: ints, or
            integer inputs of a program.

    Raises:
        TypeError: if an index is not an int.
        ValueError: if counts differ, there are no items, or an index is out of range.
        IndexError: if an integer input of a program is out of range.
    """

    def item(logits: Any, index: Any) -> Any:
        logits = _as_list(logits)
        if not logits:
            got = "one number" if logits is None else "an empty one"
            raise ValueError(
                f"cross_entropy: expected a list of logits for each target, got {got} "
                "(a target is the index of a class)"
            )
        if isinstance(index, Value) and index.is_integer:  # of a traced function
            return -OPS["log_softmax"](index, *logits)
        if isinstance(index, bool):
            raise TypeError("cross_entropy: a class index is an int, got bool")
        try:
            position = operator.index(index)
        except TypeError:
            given = type(index).__name__
            message = f"cross_entropy: a class index is an int, got {given}"
            if isinstance(index, Value):
                message += (
                    ": for an integer input, give an int in the program's example, and "
                    "use it as it is"
                )
            raise TypeError(message) from None
        if not 0 <= position < len(logits):
            raise ValueError(
                f"cross_entropy: a class index is from 0 to {len(logits) - 1}, "
                f"got {position}"
            )
        try:  # one node; the public log_softmax would make one for every class
            return -OPS["log_softmax"](position, *logits)
        except TypeError:
            for logit in logits:
                _refuse_others("cross_entropy", logit=logit)
            raise

    return _mean_over_items("cross_entropy", item, prediction, target)


def _mean_over_numbers(name: str, item: Item, prediction: Any, target: Any) -> Any:
    """Average `item` over pairs of one number each."""

    def checked(number: Any, wanted: Any) -> Any:
        numbers = _as_list(number)
        if numbers is not None:
            got = counted(len(numbers), "prediction")
            raise ValueError(f"{name}: got {got} for one target")
        try:
            return item(number, wanted)
        except TypeError:
            _refuse_others(name, prediction=number, target=wanted)
            raise

    return _mean_over_items(name, checked, prediction, target)


def _refuse_others(name: str, **numbers: object) -> None:
    """Find out whether a TypeError came from what is no number.

    Raises:
        TypeError: one is none; the text says which.
    """
    for what, number in numbers.items():
        if not is_number(number):
            kind = type(number).__name__
            message = f"{name}: a {what} is a number or a Value, got {kind}"
            raise TypeError(message) from None


def _mean_over_items(name: str, item: Item, prediction: Any, target: Any) -> Any:
    """Average `item` over the pairs, inside a scope with the loss's name."""
    with scope(name):
        items = [item(*pair) for pair in _pairs(name, prediction, target)]
        if not items:
            raise ValueError(f"{name}: there are no items to average")
        return items[0] if len(items) == 1 else mean(items)


def _pairs(name: str, prediction: Any, target: Any) -> Iterator[tuple[Any, Any]]:
    """Line up predictions with targets; the target's nesting says what is an item."""
    targets, predictions = _as_list(target), _as_list(prediction)
    if targets is None:
        yield prediction if predictions is None else predictions, target
        return
    wanted = counted(len(targets), "target")
    if predictions is None:
        raise ValueError(f"{name}: got one prediction for {wanted}")
    if len(predictions) != len(targets):
        got = counted(len(predictions), "prediction")
        raise ValueError(f"{name}: got {got} for {wanted}")
    for pair in zip(predictions, targets, strict=True):
        yield from _pairs(name, *pair)


def _as_list(item: Any) -> Sequence[Any] | None:
    """See whatever has elements in order as a list; None for a number or Value."""
    if isinstance(item, np.ndarray):
        item = item.tolist()
    if isinstance(item, Sequence) and not isinstance(item, str):
        return item
    unordered = isinstance(item, str | Mapping | AbstractSet)
    if isinstance(item, Iterable) and not unordered:
        return list(item)  # map, zip or a generator: its elements come only once
    return None
