"""Metrics: what `fit` measures beside the loss, by name."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from nn.settings import by_name

__all__ = ["Metric", "measured", "metrics_by_name"]

Metric = Callable[[Any, Any], float]


def accuracy(targets: Any, predictions: Any) -> float:
    """The share of examples whose class is predicted.

    Args:
        targets: the classes: indices; or, for a net with one output, two numbers, the
            larger of which a positive output stands for.
        predictions: what the net gave: a row of scores for each example, the largest
            for its class; or one number each.
    """
    if np.ndim(predictions) == np.ndim(targets):
        targets = np.asarray(targets) > 0
    return float(np.mean(_classes(targets, predictions) == targets))


def measured(metric: Metric, targets: Any, predictions: Any) -> float:
    """What a metric comes to.

    One that refuses scores, as scikit-learn's of classes do, is given the classes that
    they stand for.
    """
    try:
        return float(metric(targets, predictions))
    except ValueError:
        if np.asarray(targets).dtype.kind not in "iu":
            raise
        return float(metric(targets, _classes(targets, predictions)))


def _classes(targets: Any, predictions: Any) -> Any:
    """The class of the largest score in each row; of single scores whether positive."""
    scores = np.asarray(predictions)
    if scores.ndim > np.ndim(targets):
        return scores.argmax(axis=-1)
    return (scores > 0).astype(int)


KNOWN: Mapping[str, Metric] = {"accuracy": accuracy}


def metrics_by_name(
    metrics: Mapping[str, Metric] | Iterable[str | Metric],
) -> dict[str, Metric]:
    """What is to be measured.

    Raises:
        TypeError: if something is neither a name nor a function.
        ValueError: if a name is unknown.
    """
    if isinstance(metrics, str):
        metrics = [metrics]
    if isinstance(metrics, Mapping):
        return dict(metrics)
    found: dict[str, Metric] = {}
    for metric in metrics:
        if isinstance(metric, str):
            found[metric] = by_name("metric", metric, KNOWN, "a function")
        elif callable(metric):
            found[getattr(metric, "__name__", type(metric).__name__)] = metric
        else:
            kind = type(metric).__name__
            raise TypeError(f"a metric is a name or a function, got {kind}")
    return found
