"""Items of a loss: predictions lined up with targets, costs summed or averaged.

Whatever has elements in order is a list here: tuples, arrays, generators.
"""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial, wraps
from typing import Any

from autograd import OPS, Value, batch_mean, mean, scope
from autograd import sum as total_of
from nn.arrays import listed
from nn.checks import counted, is_number, no_tuple

_IN_BATCH = ContextVar("in_batch", default=False)


@contextmanager
def in_batch() -> Iterator[None]:
    """For a block, a single item is one of a batch: the mean is that of all.

    Where items have weights, the sum of the costs is divided by that of all weights in
    the batch, by `autograd.batch_mean`.
    """
    token = _IN_BATCH.set(True)
    try:
        yield
    finally:
        _IN_BATCH.reset(token)


def loss_at(
    model: Callable[[Any], Any], loss: Callable[..., Any], x: Any, target: Any
) -> Any:
    """The loss of a net on an example.

    It is a TypeError if the loss can't take the tuple that a recurrent layer returns.
    """
    answer = model(x)
    try:
        return loss(answer, target)
    except (TypeError, ValueError) as error:
        if isinstance(answer, tuple):
            raise no_tuple("the loss", model) from error
        raise


Cost = tuple[Any, Any]
"""What an item costs, weighted already, and what it counts for in a weighted mean."""


def of_numbers(cost: Callable[..., Any]) -> Callable[..., Any]:
    """Make a loss, with a `reduction`, of what a prediction and a target cost.

    The loss raises a TypeError if one of them is no number, else as `over_items`.
    """
    name = cost.__name__

    @wraps(cost)
    def loss(
        prediction: Any, target: Any, *, reduction: str = "mean", **settings: Any
    ) -> Any:
        def item(number: Any, wanted: Any) -> Cost:
            numbers = number if isinstance(number, list) else None
            if numbers is not None:
                got = counted(len(numbers), "prediction")
                raise ValueError(f"{name}: got {got} for one target")
            try:
                return cost(number, wanted, **settings), 1.0
            except TypeError:
                refuse_others(name, prediction=number, target=wanted)
                raise

        return over_items(name, item, prediction, target, reduction)

    reduction = inspect.signature(loss, follow_wrapped=False).parameters["reduction"]
    own = inspect.signature(cost)
    told = own.replace(parameters=[*own.parameters.values(), reduction])
    vars(loss)["__signature__"] = told  # what `help` prints
    return loss


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
        name: that of the loss.
        item: gives a pair's weighted cost and its weight in the mean.
        prediction: that of one item, or a list of such, however nested.
        target: as many, nested alike.
        reduction: see `nn.losses`; the mean divides the costs' sum by the weights'.
        of_lists: whether the prediction of one item is a list of numbers.
        is_weighted: whether items may have other weights than 1.0.

    Raises:
        ValueError: if counts differ, there are no items, or the reduction is unknown.
    """
    if reduction not in ("mean", "sum", "none"):
        known = '"mean", "sum" or "none"'
        raise ValueError(f"{name}: reduction is {known}, got {reduction!r}")
    pairs: list[Cost] = []

    def noted(of_one: Any, target: Any) -> Any:
        pairs.append(item(of_one, target))
        return pairs[-1][0]

    with scope(name):
        lists = listed(prediction), listed(target)
        found = _lined_up(name, noted, *lists, of_lists)
        if not pairs:
            raise ValueError(f"{name}: there are no items to average")
        if reduction == "none":
            return found
        costs, weights = map(list, zip(*pairs, strict=True))
        total = total_of(costs) if len(costs) > 1 else costs[0]
        if reduction == "sum":
            return total
        if not is_weighted:
            return mean(costs) if len(costs) > 1 else total
        if isinstance(found, list) or not _IN_BATCH.get():
            return OPS["div"](total, total_of(weights))
        weight = batch_mean(weights[0])
        # On a dry run an item that is ignored has nothing to be divided by.
        return total / (weight if isinstance(weight, Value) or weight else 1.0)


def _lined_up(
    name: str, item: Callable[..., Any], prediction: Any, target: Any, of_lists: bool
) -> Any:
    """What `item` makes of each pair, nested as the targets are."""
    rows = prediction if isinstance(prediction, list) else None
    is_row = bool(rows) and not any(isinstance(x, list) for x in rows or ())
    if not isinstance(target, list) or (of_lists and is_row):
        return item(prediction, target)
    wanted = counted(len(target), "target")
    if rows is None:
        raise ValueError(
            f"{name}: got one prediction for {wanted}: it is a number, and the "
            "targets stand in a list"
        )
    if len(rows) != len(target):
        got = counted(len(rows), "prediction")
        raise ValueError(f"{name}: got {got} for {wanted}")
    return [*map(partial(_lined_up, name, item, of_lists=of_lists), rows, target)]


def check_share(name: str, what: str, share: Any) -> None:
    """Refuse what is not between 0 and 1, but a Value, which may be anything."""
    if not isinstance(share, Value) and not 0 <= share <= 1:
        raise ValueError(f"{name}: a {what} is between 0 and 1, got {share!r}")


def refuse_others(name: str, **numbers: object) -> None:
    """Raise a TypeError that says which of these is no number, if one is none."""
    for what, number in numbers.items():
        if not is_number(number):
            kind = type(number).__name__
            message = f"{name}: a {what} is a number or a Value, got {kind}"
            raise TypeError(message) from None
