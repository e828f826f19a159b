"""Items of a loss: predictions lined up with targets, costs summed or averaged.

Whatever has elements in order is a list here: tuples, arrays, generators. Targets are
numbers, or classes: by index or by probability, weighted, ignored, smoothed.
"""

import inspect
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any

from autograd import OPS, Value, batch_mean, mean, scope, take, where
from autograd import sum as total_of
from nn.arrays import listed
from nn.checks import counted, is_number, is_whole, whole, wrong_type

_IN_BATCH = ContextVar("in_batch", default=False)


@contextmanager
def in_batch() -> Iterator[None]:
    """For a block, a single item is one of a batch, and divided by all weights in it.

    So its weighted mean is that of the batch, by `autograd.batch_mean`.
    """
    token = _IN_BATCH.set(True)
    try:
        yield
    finally:
        _IN_BATCH.reset(token)


Cost = tuple[Any, Any]
"""What an item costs, weighted already, and what it counts for in a weighted mean."""


def of_numbers(cost: Callable[..., Any]) -> Callable[..., Any]:
    """Make a loss, with a `reduction`, of what a prediction and a target cost."""
    name = cost.__name__

    @wraps(cost)
    def loss(
        prediction: Any, target: Any, *, reduction: str = "mean", **settings: Any
    ) -> Any:
        def item(number: Any, wanted: Any) -> Cost:
            try:
                return cost(number, wanted, **settings), 1.0
            except TypeError:
                refuse_others(name, prediction=number, target=wanted)
                raise

        return over_items(name, item, prediction, target, reduction)

    own, outer = inspect.signature(cost), inspect.signature(loss, follow_wrapped=False)
    both = [*own.parameters.values(), outer.parameters["reduction"]]
    vars(loss)["__signature__"] = own.replace(parameters=both)  # what `help` prints
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
    """
    if reduction not in ("mean", "sum", "none"):
        known = '"mean", "sum" or "none"'
        raise ValueError(f"{name}: reduction is {known}, got {reduction!r}")
    pairs: list[Cost] = []

    def noted(of_one: Any, target: Any) -> Any:
        pairs.append(item(of_one, target))
        return pairs[-1][0]

    with scope(name):
        found = _lined_up(name, noted, listed(prediction), listed(target), of_lists)
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
        if rows is None or of_lists:
            return item(prediction, target)
        wanted = (
            "one target: it is a number, and predictions are nested as targets are; "
            "lists of one are opened by [y for (y,) in predictions]"
        )
    else:
        wanted = counted(len(target), "target")
        if rows is None:
            wanted += ": it is a number, and the targets stand in a list"
        elif len(rows) == len(target):
            deeper = partial(_lined_up, name, item, of_lists=of_lists)
            return [*map(deeper, rows, target)]
    got = "one prediction" if rows is None else counted(len(rows), "prediction")
    raise ValueError(f"{name}: got {got} for {wanted}")


def check_share(name: str, what: str, share: Any) -> None:
    """Refuse what is not between 0 and 1, but a Value, which may be anything."""
    if not isinstance(share, Value) and not 0 <= share <= 1:
        raise ValueError(f"{name}: a {what} is between 0 and 1, got {share!r}")


def refuse_others(name: str, **numbers: object) -> None:
    """Raise a TypeError that says which of these is no number, if one is none."""
    for what, number in numbers.items():
        if not is_number(number):
            wanted = f"{name}: a {what} is a number or a Value"
            raise wrong_type(wanted, number) from None


@dataclass
class Classes:
    """What a list of scores costs, given the right class or probabilities of all.

    The index of a class may be an integer input of a program.
    """

    name: str  # what errors call the loss
    score: str  # and a single score
    cost: Callable[[list[Any], Any], Any]  # of scores, if that index is right
    weights: Any  # a factor for each class, or None
    ignored: int | None  # an index that counts for nothing
    smoothing: float = 0.0  # the share of a target that all classes get

    def __post_init__(self) -> None:
        if self.weights is not None:
            self.weights = [*self.weights]
        for weight in self.weights or ():
            refuse_others(self.name, weight=weight)
        if self.ignored is not None:
            whole(f"{self.name}: ignore_index", self.ignored, least=-math.inf)
        refuse_others(self.name, label_smoothing=self.smoothing)
        check_share(self.name, "label_smoothing", self.smoothing)

    def over(self, prediction: Any, target: Any, reduction: str) -> Any:
        """Reduce the costs of all items: see `over_items`."""
        is_weighted = self.weights is not None or self.ignored is not None
        more: dict[str, Any] = {"of_lists": True, "is_weighted": is_weighted}
        return over_items(self.name, self._item, prediction, target, reduction, **more)

    def _item(self, scores: Any, target: Any) -> Cost:
        """The weighted cost of one item, and what it counts for in the mean."""
        if not isinstance(scores, list) or not scores or _are_indices(target):
            got = "one number"
            if isinstance(scores, list):
                got = "one such list" if scores else "an empty one"
            raise ValueError(
                f"{self.name}: expected a list of {self.score}s for each target, got "
                f"{got} (a target is the index of a class)"
            )
        if self.weights is not None and len(self.weights) != len(scores):
            got = f"{counted(len(self.weights), 'weight')} for {len(scores)} classes"
            raise ValueError(f"{self.name}: got {got}")
        by = self._by_probabilities if isinstance(target, list) else self._by_index
        try:
            return by(scores, target)
        except TypeError:
            for score in scores:
                refuse_others(self.name, **{self.score: score})
            raise

    def _by_index(self, scores: list[Any], target: Any) -> Cost:
        index, kept = self._index(target, len(scores))
        weight: Any = 1.0
        pick: Callable[..., Any] = take
        if isinstance(index, Value) and self.ignored not in (None, *range(len(scores))):
            pick = _chosen  # to look up the one to ignore would be an error
            costs = [self.cost(scores, place) for place in range(len(scores))]
            cost = pick(costs, index)
        else:
            cost = self.cost(scores, index)
        if self.weights is not None:
            weight = pick(self.weights, index)
            cost = weight * cost
        if self.smoothing:
            even = [1.0 / len(scores)] * len(scores)
            spread = self._expected(scores, even)
            cost = (1.0 - self.smoothing) * cost + self.smoothing * spread
        if kept is not True:
            cost, weight = where(kept, cost, 0.0), where(kept, weight, 0.0)
        return cost, weight

    def _index(self, target: Any, count: int) -> tuple[Any, Any]:
        """An index to look up, and whether the target counts."""
        if isinstance(target, Value) and target.is_integer:  # of a traced function
            if self.ignored is None:
                return target, True
            return target, OPS["not_equal"](target, float(self.ignored))
        wanted = f"{self.name}: a class index is"
        if not is_whole(target):
            how = "give an int in the program's example, and use it as it is"
            hint = f": for an integer input, {how}" if isinstance(target, Value) else ""
            raise wrong_type(f"{wanted} an int", target, hint)
        if target == self.ignored:
            return 0, False
        if not 0 <= target < count:
            raise ValueError(f"{wanted} from 0 to {count - 1}, got {target}")
        return target, True

    def _by_probabilities(self, scores: list[Any], target: list[Any]) -> Cost:
        if self.ignored is not None:
            what = "probabilities leave no index to ignore; leave out ignore_index"
            raise ValueError(f"{self.name}: {what}")
        if len(target) != len(scores):
            got = f"{len(target)} probabilities for {len(scores)} {self.score}s"
            raise ValueError(f"{self.name}: got {got}")
        for share in target:
            refuse_others(self.name, probability=share)
            check_share(self.name, "probability", share)
        if self.smoothing:
            even = self.smoothing / len(scores)
            target = [(1.0 - self.smoothing) * share + even for share in target]
        return self._expected(scores, target), 1.0

    def _expected(self, scores: list[Any], shares: list[Any]) -> Any:
        """The weighted costs of all classes, each times its share."""
        terms = []
        for place, share in enumerate(shares):
            cost = self.cost(scores, place)
            if self.weights is not None:
                cost = self.weights[place] * cost
            # A class without a share costs nothing, be it impossible.
            terms.append(where(share, share * cost, 0.0))
        return total_of(terms)


def _are_indices(target: Any) -> bool:
    """Whether a list is one of class indices, and not of probabilities."""
    return isinstance(target, list) and all(
        is_whole(x) or (isinstance(x, Value) and x.is_integer) for x in target
    )


def _chosen(values: list[Any], index: Value) -> Any:
    """The value at the index; NaN where it points at none."""
    found: Any = math.nan
    for place, value in enumerate(values):
        found = where(OPS["equal"](index, float(place)), value, found)
    return found
