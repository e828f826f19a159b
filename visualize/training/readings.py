"""Numbers read from models: parameters by layer, and scores of rows. No drawing here.

A model is anything that can be called with a list of numbers; its parameters are found
through `named_parameters()` or `parameters()`, or given as a mapping or as Values.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from autograd import Value, no_grad
from visualize.naming import array_and_place

Numbers = NDArray[np.float64]
Model = Callable[[list[float]], Any]
LayerOf = Callable[[str], str]


def layer_of(name: str) -> str:
    """The layer that a parameter or a scope belongs to, by its dotted name.

    Places in arrays and the attribute go; so do neurons, which a layer holds.

    >>> layer_of("layers.0.weight.3.1"), layer_of("neurons.3.w.1")
    ('layers.0', 'neurons')
    """
    array, _ = array_and_place(name)
    return layer_of_scope(array.rpartition(".")[0] or array) or "parameters"


def layer_of_scope(scope: str) -> str:
    """The layer that a scope belongs to: without the neuron, where there is one."""
    path = scope.split(".")
    if "neurons" in path:
        path = path[: max(1, path.index("neurons"))]
    return ".".join(path)


def by_layer(
    parameters: Mapping[str, Value], layer: LayerOf = layer_of
) -> dict[str, list[Value]]:
    """The parameters of each layer, in the order in which they are named."""
    layers: dict[str, list[Value]] = {}
    for name, value in parameters.items():
        layers.setdefault(layer(name), []).append(value)
    return layers


def root_mean_square(numbers: Iterable[float]) -> float:
    """The size of a typical number: sqrt(mean of squares); NaN if there are none."""
    array = np.fromiter(numbers, dtype=np.float64)
    if not array.size:
        return math.nan
    largest = float(np.max(np.abs(array)))
    if largest == 0 or not math.isfinite(largest):
        return largest
    # Scaled, so that squares of 1e-200 do not vanish.
    return largest * math.sqrt(float(np.mean((array / largest) ** 2)))


def number_of(found: Any, what: str) -> float:
    """A number that a user gave, or that a function of a user's returned.

    Raises:
        TypeError: If it is none.
    """
    message = f"{what} must be a number or a Value, not {found!r}"
    if isinstance(found, str | bytes):  # float("3") would be one
        raise TypeError(message)
    try:
        return float(found)
    except (TypeError, ValueError) as error:
        raise TypeError(message) from error


def points_of(inputs: ArrayLike, targets: ArrayLike) -> tuple[Numbers, NDArray[Any]]:
    """Points in the plane and which of the two classes each belongs to.

    Returns:
        The points, of shape (n, 2), and whether each is of the second class: that
        with the larger target.

    Raises:
        ValueError: If shapes do not fit, a number is not finite, or the targets are
            not of two classes.
    """
    points = _numbers_of(inputs, "X")
    if points.ndim != 2 or points.shape[1] != 2 or not len(points):
        raise ValueError(
            f"X must have shape (n, 2), not {points.shape}: a boundary is drawn in "
            "the plane of two inputs; for a model of more, hand a function that "
            "fills in the rest, such as lambda row: model([*row, 0.0])"
        )
    if not np.isfinite(points).all():
        raise ValueError("X has a NaN or an infinity in it")
    labels = _numbers_of(targets, "y")
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.shape != (len(points),):
        raise ValueError(
            f"y must have one number for each of the {len(points)} rows of X, "
            f"not shape {labels.shape}"
        )
    classes = np.unique(labels)
    if len(classes) > 2 or not np.isfinite(classes).all():
        found = ", ".join(f"{c:g}" for c in classes[:5])
        raise ValueError(
            f"y must be of two classes, such as 0 and 1, or -1 and 1; found {found}"
        )
    second = classes[1] if len(classes) == 2 else max(classes[0], 0.5)
    return points, labels >= second


def _numbers_of(given: ArrayLike, what: str) -> Numbers:
    try:
        return np.asarray(given, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{what} must be an array of numbers: {error}") from None


def probabilities(
    model: Model,
    rows: Iterable[Sequence[float]],
    to_probability: Callable[[float], Any] | None,
) -> Numbers:
    """The probability of the second class for each row, without recording.

    Args:
        model: Called with a list of numbers; gives one number (a score) or two (the
            scores of the two classes).
        rows: The inputs.
        to_probability: From score to probability; None if the model gives it itself.

    Raises:
        TypeError: If the model is no function, or gives no number.
        ValueError: If the model gives more than two numbers, or what is said to be a
            probability is none.
    """
    if not callable(model):
        raise TypeError(f"model must be a function of a list of numbers, not {model!r}")
    with no_grad():
        scores = [_score(model(list(map(float, row)))) for row in rows]
        if to_probability is not None:
            scores = [
                number_of(to_probability(score), "a probability") for score in scores
            ]
    found = np.array(scores)
    if np.any((found < 0) | (found > 1)):
        wrong = found[(found < 0) | (found > 1)][0]
        raise ValueError(
            f"{wrong:g} is no probability: a model that gives scores needs "
            "to_probability, such as autograd.sigmoid"
        )
    return found


def _score(output: Any) -> float:
    """One number for one row; of two class scores, how far the second is ahead."""
    if isinstance(output, list | tuple | np.ndarray):
        numbers = [float(number) for number in np.ravel(np.array(output, dtype=object))]
        if len(numbers) == 1:
            return numbers[0]
        if len(numbers) == 2:
            return numbers[1] - numbers[0]
        raise ValueError(
            f"the model gives {len(numbers)} numbers for a row: a boundary lies "
            "between two classes; hand a function that gives one score"
        )
    return number_of(output, "what the model gives")
