"""evaluate: how a net does on examples, by its loss and by metrics."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from nn.checks import chosen, wrong_type
from nn.examples import Examples, Loss, in_mode
from nn.module import Module
from nn.training.lessons import Lessons, loss_of

Metric = Callable[[Any, Any], float]


def evaluate(
    model: Module,
    X: Any,  # noqa: N803
    y: Any,
    *,
    loss: str | Loss,
    metrics: Mapping[str, Metric] | Iterable[str | Metric] = (),
) -> dict[str, float]:
    """The mean loss of a net on examples, and metrics by name; in `eval()`.

    Args: as for `fit`.
    """
    examples, told = Examples(X, y), metrics_by_name(metrics)
    return examined(Lessons(model, loss_of(loss)), examples, told)


def examined(
    lessons: Lessons, examples: Examples, metrics: Mapping[str, Metric]
) -> dict[str, float]:
    """The same, of what is prepared."""
    with in_mode(lessons.model, training=False):
        loss = lessons.losses(examples)
    return {"loss": loss, **measured(lessons.model, examples, metrics)}


def measured(
    model: Module, examples: Examples, metrics: Mapping[str, Metric]
) -> dict[str, float]:
    """What metrics come to for what a net predicts.

    One that refuses scores, as scikit-learn's of classes do, is given the classes that
    they stand for.
    """
    if not metrics:
        return {}
    targets, predictions = examples.targets(), model.predict(examples)
    told = {}
    for name, metric in metrics.items():
        try:
            found = metric(targets, predictions)
        except ValueError:
            if np.asarray(targets).dtype.kind not in "iu":
                raise
            found = metric(targets, _classes(targets, predictions))
        try:
            told[name] = float(found)
        except TypeError:
            wanted = f"the metric {name!r} must return a number"
            raise wrong_type(wanted, found) from None
    return told


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


def _classes(targets: Any, predictions: Any) -> Any:
    """The class of the largest score in each row; of single scores whether positive."""
    scores = np.asarray(predictions)
    if scores.ndim > np.ndim(targets):
        return scores.argmax(axis=-1)
    return (scores > 0).astype(int)


KNOWN: Mapping[str, Metric] = {"accuracy": accuracy}
TAKEN = ("epoch", "loss", "lr")  # other columns of a history


def metrics_by_name(
    metrics: Mapping[str, Metric] | Iterable[str | Metric],
) -> dict[str, Metric]:
    """What is to be measured: no name twice, nor that of another column."""
    is_one = isinstance(metrics, str) or not isinstance(metrics, Iterable)
    given: Any = [metrics] if is_one else metrics
    named = (
        given.items() if isinstance(given, Mapping) else [(_name(x), x) for x in given]
    )
    found: dict[str, Metric] = {}
    for name, metric in named:
        if name in found or name in TAKEN:
            why = "two metrics are" if name in found else "a metric can't be"
            raise ValueError(f"{why} called {name!r}: say others, as in {{'mine': f}}")
        found[name] = chosen("metric", metric, KNOWN, "a function")
    return found


def _name(metric: Any) -> str:
    own: str = getattr(metric, "__name__", type(metric).__name__)
    return metric if isinstance(metric, str) else own
