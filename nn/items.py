"""Items of a loss: predictions lined up with targets, costs summed or averaged.

Whatever has elements in order is a list here: tuples, arrays, generators.
"""

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from contextvars import ContextVar
from typing import Any, Self

import numpy as np

from autograd import OPS, Value, batch_mean, mean, scope
from autograd import sum as total_of
from nn.calling import is_number
from nn.summary import counted

__all__ = [
    "check_share",
    "in_batch",
    "lists_of",
    "over_items",
    "over_numbers",
    "refuse_others",
]

_IN_BATCH: ContextVar["in_batch | None"] = ContextVar("in_batch", default=None)


class in_batch:  # noqa: N801 - reads as a function: `with in_batch() as batch:`
    """For a block, a single item is one of a batch: the mean is that of all.

    Where items have weights, the sum of the costs is divided by that of all weights in
    the batch. In a program of one example that is a mean over the batch; elsewhere the
    weight of a single item is left in its cost.

    Attributes:
        is_weighted: whether there was such an item.
    """

    def __init__(self) -> None:
        self.is_weighted = False

    def __enter__(self) -> Self:
        self._token = _IN_BATCH.set(self)
        return self

    def __exit__(self, *_exception: object) -> None:
        _IN_BATCH.reset(self._token)

    def mean_weight(self, weight: Any) -> Any:
        """What the cost of a single item is to be divided by."""
        self.is_weighted = True
        try:
            return batch_mean(weight)
        except TypeError:  # no program
            return 1.0


Cost = tuple[Any, Any]
"""What an item costs, weighted already, and what it counts for in a weighted mean."""


def over_numbers(
    name: str,
    cost: Callable[[Any, Any], Any],
    prediction: Any,
    target: Any,
    reduction: str,
) -> Any:
    """Reduce what `cost` says of each pair of one number each.

    Raises:
        TypeError: if one of a pair is no number.
        ValueError: as `over_items`.
    """

    def item(number: Any, wanted: Any) -> Cost:
        numbers = number if isinstance(number, list) else None
        if numbers is not None:
            got = counted(len(numbers), "prediction")
            raise ValueError(f"{name}: got {got} for one target")
        try:
            return cost(number, wanted), 1.0
        except TypeError:
            refuse_others(name, prediction=number, target=wanted)
            raise

    return over_items(name, item, prediction, target, reduction)


def over_items(
    name: str,
    item: Callable[[Any, Any], Cost],
    prediction: Any,
    target: Any,
    reduction: str,
    *,
    of_lists: bool = False,
    is_weighted: bool = False,
) -> Any:
    """Reduce what `item` says of each pair, inside a scope with the loss's name.

    Args:
        name: that of the loss, for errors.
        item: gives a pair's weighted cost and its weight in the mean, 1.0 where means
            are not weighted.
        prediction: that of one item, or a list of such, however nested.
        target: as many, nested alike.
        reduction: "mean" divides the sum of the costs by that of the weights, "sum"
            does not, "none" returns the costs, nested as the targets.
        of_lists: whether the prediction of one item is a list of numbers.
        is_weighted: whether items may have other weights than 1.0.

    Raises:
        ValueError: if counts differ, there are no items, or the reduction is unknown.
    """
    if reduction not in ("mean", "sum", "none"):
        known = '"mean", "sum" or "none"'
        raise ValueError(f"{name}: reduction is {known}, got {reduction!r}")
    costs: list[Any] = []
    weights: list[Any] = []

    def nested(predictions: Any, targets: Any) -> Any:
        is_row = of_lists and _is_row(predictions)
        if is_row or not isinstance(targets, list):
            cost, weight = item(predictions, targets)
            costs.append(cost)
            weights.append(weight)
            return cost
        wanted = counted(len(targets), "target")
        rows = predictions if isinstance(predictions, list) else None
        if rows is None:
            raise ValueError(
                f"{name}: got one prediction for {wanted}: it is a number, and the "
                "targets stand in a list"
            )
        if len(rows) != len(targets):
            got = counted(len(rows), "prediction")
            raise ValueError(f"{name}: got {got} for {wanted}")
        return [*map(nested, rows, targets)]

    with scope(name):
        found = nested(lists_of(prediction), lists_of(target))
        if not costs:
            raise ValueError(f"{name}: there are no items to average")
        if reduction == "none":
            return found
        total = total_of(costs) if len(costs) > 1 else costs[0]
        if reduction == "sum":
            return total
        if not is_weighted:
            return mean(costs) if len(costs) > 1 else total
        batch = None if isinstance(found, list) else _IN_BATCH.get()
        weight = total_of(weights) if batch is None else batch.mean_weight(weights[0])
        return OPS["div"](total, weight)


def check_share(name: str, what: str, share: Any) -> None:
    """Refuse a probability that is none; a Value may be anything.

    Raises:
        ValueError: if it is not between 0 and 1.
    """
    if not isinstance(share, Value) and not 0 <= share <= 1:
        raise ValueError(f"{name}: a {what} is between 0 and 1, got {share!r}")


def refuse_others(name: str, **numbers: object) -> None:
    """Find out whether a TypeError came from what is no number.

    Raises:
        TypeError: one is none; the text says which.
    """
    for what, number in numbers.items():
        if not is_number(number):
            kind = type(number).__name__
            message = f"{name}: a {what} is a number or a Value, got {kind}"
            raise TypeError(message) from None


def _is_row(numbers: Any) -> bool:
    """Whether it is a list of numbers, at least one."""
    return (
        isinstance(numbers, list)
        and bool(numbers)
        and not any(isinstance(number, list) for number in numbers)
    )


def lists_of(item: Any) -> Any:
    """See whatever has elements in order as a list; a number or Value stays."""
    if isinstance(item, np.ndarray):
        item = item.tolist()
    unordered = isinstance(item, str | Mapping | AbstractSet)
    if isinstance(item, Iterable) and not unordered:
        # At once: of map, zip or a generator, elements come only once.
        return [lists_of(each) for each in item]
    return item
