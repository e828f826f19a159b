"""Examples: checked before anything runs, dealt out in batches, answered by a net.

Examples of one shape stand in one array, so that a batch is taken out of it at once.
Sequences of different lengths are a group for each length, and so is every batch.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import autograd
from autograd import no_grad
from nn.checks import counted, no_tuple, wrong_type

Array = NDArray[Any]
Loss = Callable[[Any, Any], Any]  # of a prediction and a target


class Batch(NamedTuple):
    """Examples of one shape."""

    rows: NDArray[np.int64]  # which examples they are, as they were given
    X: Array  # what the net is given, one row an example
    y: Array | None  # what it should answer, where that is known

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
            numbers, lists or arrays, and need not be of one length. Whole numbers and
            booleans are ints: they may be indices, of an embedding or of classes.
        y: a target for each; None if there are none.
        of: what errors say before "X" and "y", such as "validation ".

    What is no number is a TypeError. No examples, more or fewer targets than examples,
    and a number that is NaN or infinite are a ValueError, which says where it stands.
    """

    def __init__(self, X: Any, y: Any = None, of: str = "") -> None:  # noqa: N803
        inputs = _column(f"{of}X", X)
        targets = None if y is None else _column(f"{of}y", y)
        if targets is not None and len(targets) != len(inputs):
            raise ValueError(
                f"{of}X has {counted(len(inputs), 'example')}, but {of}y has "
                f"{counted(len(targets), 'target')}"
            )
        self.groups = _groups(inputs, targets)

    def __len__(self) -> int:
        return sum(len(group.rows) for group in self.groups)

    def batches(self, size: int, rng: np.random.Generator) -> Iterator[Batch]:
        """Deal out every example once, in a new order, at most `size` at a time."""
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

    def split(self, validation: Any, seed: int) -> tuple["Examples", "Examples | None"]:
        """What to learn from, and what is held out: see `nn.fit`."""
        if validation is None:
            return self, None
        what = "validation is (X, y) or a share of the examples"
        if isinstance(validation, tuple | list):
            if len(validation) != 2:
                raise ValueError(f"{what}, got {len(validation)} parts")
            inputs, targets = validation
            return self, Examples(inputs, targets, of="validation ")
        if not isinstance(validation, Real):
            raise wrong_type(what, validation)
        share = float(validation)
        if not 0.0 < share < 1.0:
            raise ValueError(f"a share to hold out is between 0 and 1, got {share!r}")
        count = round(len(self) * share)
        if not 0 < count < len(self):
            raise ValueError(
                f"{share!r} of {len(self)} examples leaves none to "
                + ("learn from" if count else "hold out")
            )
        order = np.random.default_rng([seed, 0, 0]).permutation(len(self))
        return self.chosen(order[count:]), self.chosen(order[:count])

    def chosen(self, rows: NDArray[np.int64]) -> "Examples":
        """Those examples, group after group."""
        some = object.__new__(Examples)
        picked = [group.chosen(np.isin(group.rows, rows)) for group in self.groups]
        some.groups = [group for group in picked if len(group.rows)]
        return some

    def gathered(self, answers: list[tuple[Batch, Array]]) -> Any:
        """Answers for batches in the order of the examples: in a list, if uneven."""
        order = np.argsort(np.concatenate([batch.rows for batch, _ in answers]))
        arrays = [answer for _, answer in answers]
        if len({array.shape[1:] for array in arrays}) == 1:
            return np.concatenate(arrays)[order]
        flat = [one for array in arrays for one in array]
        return [flat[place] for place in order]

    def targets(self) -> Any:
        """All targets, likewise."""
        return self.gathered([(x, x.y) for x in self.groups if x.y is not None])


def _column(name: str, given: Any) -> Array | list[Array]:
    """An array with a row an example, or a list of arrays, all of finite numbers."""
    if not hasattr(given, "__len__") or isinstance(given, str | bytes | dict):
        raise wrong_type(f"{name} must be an array or a list of examples", given)
    if not len(given):
        raise ValueError(f"{name} has no examples")
    try:
        array = np.asarray(given)
    except ValueError:  # lists of several lengths
        return [_checked(name, np.asarray(x), (row,)) for row, x in enumerate(given)]
    return _checked(name, array, ())


def _checked(name: str, array: Array, place: tuple[int, ...]) -> Array:
    """Finite numbers, at a place among others; whole ones as ints, others as floats."""
    if array.dtype.kind not in "fiub":
        kind = "objects" if array.dtype == object else f"type {array.dtype}"
        if array.dtype.kind in "US":
            kind = "text: number classes by np.unique(labels, return_inverse=True)"
        raise TypeError(f"{name} must hold plain numbers, got {kind}")
    if array.dtype.kind in "iub":
        return array.astype(np.int64)
    array = array.astype(np.float64)
    wrong = np.argwhere(~np.isfinite(array))
    if len(wrong):
        first = tuple(wrong[0].tolist())
        row, *rest = place + first
        column = rest[0] if len(rest) == 1 else tuple(rest)
        where = f"row {row}, column {column}" if rest else f"row {row}"
        raise ValueError(
            f"{name} has {array[first]} in {where}: fill in or leave out such examples "
            f"first ({len(wrong)} of {array.size} numbers are not finite)"
        )
    return array


def _groups(inputs: Any, targets: Any) -> list[Batch]:
    """The examples, together where input and target have the shapes of others."""
    if not isinstance(inputs, list) and not isinstance(targets, list):
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


CHUNK = 1024
"""So many examples are answered at once: no more memory, and hardly slower."""


@contextmanager
def in_mode(model: Any, training: bool, kind: type[Any] = object) -> Iterator[None]:
    """Set a net, or what in it is of a kind, to `train()` or `eval()` for a block."""
    # To set it makes programs look again: so only where it changes.
    some = [module for _, module in model.named_modules() if isinstance(module, kind)]
    modules = [module for module in some if module.training is not training]
    try:
        for module in modules:
            module.training = training
        yield
    finally:
        for module in modules:
            module.training = not training


def predict(model: Any, X: Any) -> Any:  # noqa: N803
    """What a net makes of examples, in their order: see `nn.Module.predict`."""
    examples = X if isinstance(X, Examples) else Examples(X)
    answer = vars(model).get("_answer")
    if answer is None:
        answer = vars(model)["_answer"] = autograd.compiled(model)
    answers = []
    with in_mode(model, training=False), no_grad():
        for batch in examples.in_order(CHUNK):
            answer(batch.X[0])  # so that it knows what one example is
            rows = answer.map(batch.X)
            if not isinstance(rows, np.ndarray):
                raise TypeError(
                    "predict is for nets that return numbers in even lists, got a "
                    f"{type(rows).__name__} of them: write a Module whose forward() "
                    "returns what is wanted"
                )
            answers.append((batch, rows))
    return examples.gathered(answers)


def loss_at(model: Callable[[Any], Any], loss: Loss, x: Any, target: Any) -> Any:
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
