"""Lists as lanes, in the least that it takes: an array whose last axis is the list.

A rule over a list sees a tuple with one `Lanes` in it, which stands for all entries.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.namespaces import Namespace
from autograd.ops import RULES
from autograd.program.statements.natives import NUMPY


class Lanes(np.lib.mixins.NDArrayOperatorsMixin):
    """All entries of lists; what is no Lanes has one number a list."""

    def __init__(self, array: Any) -> None:
        self.array = np.asarray(array)

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *operands: Any, **options: Any
    ) -> Lanes:
        return Lanes(ufunc(*map(lifted, operands), **options))


def lifted(x: Any) -> Any:
    """An operand with the axis of the lanes."""
    return x.array if isinstance(x, Lanes) else np.asarray(x)[..., np.newaxis]


def on_lanes(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of arrays that takes lanes among them."""

    def answer(*operands: Any) -> Any:
        if any(isinstance(x, Lanes) for x in operands):
            return Lanes(function(*map(lifted, operands)))
        return function(*operands)

    return answer


def reduced(ufunc: np.ufunc) -> Callable[[Sequence[Any]], Any]:
    """A reduction of a list of numbers and lanes."""

    def answer(xs: Sequence[Any]) -> Any:
        parts = [ufunc.reduce(x.array, -1) if isinstance(x, Lanes) else x for x in xs]
        result = parts[0]
        for part in parts[1:]:
            result = ufunc(result, part)
        return result

    return answer


def sum_of_products(xs: Sequence[Any], ys: Sequence[Any], more: Sequence[Any]) -> Any:
    products = [x * y for x, y in zip(xs, ys, strict=True)]
    return reduced(np.add)([*products, *more])


def count(xs: Sequence[Any]) -> float:
    (entries,) = xs
    return float(entries.array.shape[-1])


def hits(xs: Sequence[Any], index: Any) -> list[Lanes]:
    (entries,) = xs
    return [Lanes(np.arange(entries.array.shape[-1]) == np.asarray(index)[..., None])]


def pick(xs: Sequence[Any], index: Any) -> Any:
    (entries,) = xs
    (hit,) = hits(xs, index)
    return np.where(hit.array, entries.array, 0.0).sum(-1)


LISTS: dict[str, Callable[..., Any]] = {
    "sum": reduced(np.add),
    "sum_of_products": sum_of_products,
    "max": reduced(np.maximum),
    "min": reduced(np.minimum),
    "count": count,
    "hits": hits,
    "pick": pick,
}
ELEMENTWISE = {name: on_lanes(function) for name, function in NUMPY.items()}

XP = Namespace({**ELEMENTWISE, **LISTS}, RULES)
"""What `xp` is on arrays and lanes."""
