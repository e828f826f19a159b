"""Metrics: what `fit` measures beside the loss, by name."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from nn.naming import by_name

__all__ = ["Metric", "metrics_by_name"]

Metric = Callable[[Any, Any], float]


def accuracy(targets: Any, predictions: Any) -> float:
    """The share of examples whose class is predicted.

    Args:
        targets: the classes: indices; or, for a net with one output, two numbers, the
            larger of which a positive output stands for.
        predictions: what the net gave: a row of scores for each example, the largest
            for its class; or one number each.
    """
    scores, classes = np.asarray(predictions), np.asarray(targets)
    if scores.ndim == classes.ndim + 1:
        return float(np.mean(scores.argmax(axis=-1) == classes))
    return float(np.mean((scores > 0) == (classes > 0)))


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
