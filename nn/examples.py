"""Examples to train on: checked before anything runs, and dealt out in batches.

Examples of one shape stand in one array, so that a batch is taken out of it at once.
Sequences of different lengths are a group for each length, and so is every batch.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nn.summary import counted

__all__ = ["Batch", "Examples"]

Array = NDArray[Any]


class Batch(NamedTuple):
    """Examples of one shape.

    Attributes:
        rows: which examples they are, in the order in which they were given.
        X: what the net is given, one row an example.
        y: what it should answer, likewise; None where nobody says.
    """

    rows: NDArray[np.int64]
    X: Array
    y: Array | None

    @property
    def target_shape(self) -> tuple[int, ...]:
        """The shape of one target."""
        return () if self.y is None else self.y.shape[1:]

    def arguments(self, numbers: Any) -> list[Any]:
        """What a loss takes, a column each: inputs, noise, and targets if there are."""
        return [self.X, numbers, *([] if self.y is None else [self.y])]

    def chosen(self, places: Any) -> "Batch":
        """The examples at these places."""
        y = None if self.y is None else self.y[places]
        return Batch(self.rows[places], self.X[places], y)


class Examples:
    """What a net is to learn from, or to be tried on.

    Args:
        X: an array with a row for each example; or a list of examples, which are
            numbers, lists or arrays, and need not be of one length. Whole numbers stay
            so: they may be indices, of an embedding.
        y: a target for each; None if there are none.
        of: what errors say before "X" and "y", such as "validation ".

    Raises:
        TypeError: if something is no number.
        ValueError: if there are no examples, more or fewer targets than examples, or a
            number is NaN or infinite; the text says where the first one stands.
    """

    def __init__(self, X: Any, y: Any = None, of: str = "") -> None:  # noqa: N803
        inputs = _column(f"{of}X", X)
        targets = None if y is None else _column(f"{of}y", y)
        if targets is not None and len(targets) != len(inputs):
            raise ValueError(
                f"{of}X has {counted(len(inputs), 'example')}, but {of}y has "
                f"{counted(len(targets), 'target')}"
            )
        self.count = len(inputs)
        self.groups = _groups(inputs, targets)

    def __len__(self) -> int:
        return self.count

    def batches(self, size: int, rng: np.random.Generator) -> Iterator[Batch]:
        """Deal out every example once, in a new order.

        Args:
            size: how many examples a batch has at most.
            rng: where the order is drawn from.
        """
        pieces = []
        for group in self.groups:
            order = rng.permutation(len(group.rows))
            starts = range(0, len(order), size)
            pieces += [(group, order[start : start + size]) for start in starts]
        if len(self.groups) > 1:  # or lengths would come one after the other
            pieces = [pieces[place] for place in rng.permutation(len(pieces))]
        for group, places in pieces:
            yield group.chosen(places)

    def in_order(self, size: int) -> Iterator[Batch]:
        """Every example once, group after group."""
        for group in self.groups:
            for start in range(0, len(group.rows), size):
                yield group.chosen(slice(start, start + size))

    def chosen(self, rows: NDArray[np.int64]) -> "Examples":
        """Those examples, group after group."""
        some = object.__new__(Examples)
        picked = [group.chosen(np.isin(group.rows, rows)) for group in self.groups]
        some.groups = [group for group in picked if len(group.rows)]
        some.count = len(rows)
        return some

    def gathered(self, answers: list[tuple[Batch, Array]]) -> Any:
        """Answers for every batch of `in_order`, in the order of the examples.

        An array if all answers are of one shape, else a list of arrays.
        """
        order = np.argsort(np.concatenate([batch.rows for batch, _ in answers]))
        arrays = [answer for _, answer in answers]
        if len({array.shape[1:] for array in arrays}) == 1:
            return np.concatenate(arrays)[order]
        flat = [one for array in arrays for one in array]
        return [flat[place] for place in order]

    def targets(self) -> Any:
        """All targets, in the order of the examples: an array, or a list of arrays."""
        return self.gathered([(x, x.y) for x in self.groups if x.y is not None])


def _column(name: str, given: Any) -> Array | list[Array]:
    """An array with a row an example, or a list of arrays, all of finite numbers."""
    if not hasattr(given, "__len__") or isinstance(given, str | bytes | dict):
        kind = type(given).__name__
        raise TypeError(f"{name} must be an array or a list of examples, got {kind}")
    if not len(given):
        raise ValueError(f"{name} has no examples")
    try:
        array = np.asarray(given)
    except ValueError:  # lists of several lengths
        return [_checked(name, np.asarray(x), (row,)) for row, x in enumerate(given)]
    return _checked(name, array, ())


def _checked(name: str, array: Array, place: tuple[int, ...]) -> Array:
    """Finite numbers; whole ones stay so, and others are float64.

    Args:
        name: of what, for errors.
        array: the numbers.
        place: where this stands among the others.
    """
    if array.dtype.kind not in "fiub":
        kind = "objects" if array.dtype == object else f"type {array.dtype}"
        raise TypeError(f"{name} must hold plain numbers, got {kind}")
    if array.dtype.kind in "iu":
        return array.astype(np.int64)
    array = array.astype(np.float64)
    wrong = np.argwhere(~np.isfinite(array))
    if len(wrong):
        first = wrong[0].tolist()
        raise ValueError(
            f"{name} has {array[tuple(first)]} in {_spoken((*place, *first))}: fill in "
            f"or leave out such examples first ({len(wrong)} of {array.size} numbers "
            "are not finite)"
        )
    return array


def _spoken(place: tuple[int, ...]) -> str:
    """A place in words, counted from 0."""
    row, *rest = place
    if not rest:
        return f"row {row}"
    column = rest[0] if len(rest) == 1 else tuple(rest)
    return f"row {row}, column {column}"


def _groups(inputs: Any, targets: Any) -> list[Batch]:
    """The examples, together where input and target have the shapes of others."""
    has_one_shape = not isinstance(inputs, list) and not isinstance(targets, list)
    if has_one_shape:
        return [Batch(np.arange(len(inputs)), inputs, targets)]
    by_shape: dict[Any, list[int]] = {}
    for row, one in enumerate(inputs):
        shape = np.shape(one), None if targets is None else np.shape(targets[row])
        by_shape.setdefault(shape, []).append(row)
    return [
        Batch(
            np.array(rows),
            np.array([inputs[row] for row in rows]),
            None if targets is None else np.array([targets[row] for row in rows]),
        )
        for rows in by_shape.values()
    ]
