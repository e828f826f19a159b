"""Targets that are classes: by index or by probability, weighted, ignored, smoothed."""

import math
from collections.abc import Callable, Iterable
from typing import Any

from autograd import OPS, Value, take, where
from autograd import sum as total_of
from nn.checks import counted, is_whole, kind_of, whole
from nn.items import Cost, check_share, over_items, refuse_others


class Classes:
    """What a list of scores costs, given the right class or probabilities of all.

    Args:
        name: that of the loss, for errors.
        score: what a single score is called, for errors.
        cost: gives the cost of scores where the class of an index is right; the index
            may be an integer input of a program.
        weight, ignore_index, label_smoothing: as for `nn.losses.cross_entropy`.
    """

    def __init__(
        self,
        name: str,
        score: str,
        cost: Callable[[list[Any], Any], Any],
        weight: Iterable[float] | None,
        ignore_index: int | None,
        label_smoothing: float = 0.0,
    ) -> None:
        self.name, self.score, self.cost = name, score, cost
        self.weights = None if weight is None else [*weight]
        for each in self.weights or ():
            refuse_others(name, weight=each)
        if ignore_index is not None:
            whole(f"{name}: ignore_index", ignore_index, least=-math.inf)
        refuse_others(name, label_smoothing=label_smoothing)
        check_share(name, "label_smoothing", label_smoothing)
        self.ignored, self.smoothing = ignore_index, label_smoothing

    def over(self, prediction: Any, target: Any, reduction: str) -> Any:
        """Reduce the costs of all items: see `over_items`."""
        is_weighted = self.weights is not None or self.ignored is not None
        pairs = prediction, target, reduction
        return over_items(
            self.name, self._item, *pairs, of_lists=True, is_weighted=is_weighted
        )

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
        if not is_whole(target):
            message = f"{self.name}: a class index is an int, got {kind_of(target)}"
            if isinstance(target, Value):
                message += (
                    ": for an integer input, give an int in the program's example, and "
                    "use it as it is"
                )
            raise TypeError(message)
        if target == self.ignored:
            return 0, False
        if not 0 <= target < count:
            raise ValueError(
                f"{self.name}: a class index is from 0 to {count - 1}, got {target}"
            )
        return target, True

    def _by_probabilities(self, scores: list[Any], target: list[Any]) -> Cost:
        if self.ignored is not None:
            message = "probabilities leave no index to ignore"
            raise ValueError(f"{self.name}: {message}; leave out ignore_index")
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
