"""evaluate: how a net does on examples, and what `fit` says of it after an epoch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from nn.examples import Examples
from nn.running import Lessons, Loss, evaluating
from nn.training.arguments import loss_of
from nn.training.metrics import Metric, measured, metrics_by_name

if TYPE_CHECKING:
    from nn.module import Module

__all__ = ["evaluate", "measured_by", "tried"]


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
    with evaluating(model):
        value = Lessons(model, loss_of(loss)).losses(examples)
    return {"loss": value, **measured_by(model, examples, told)}


def measured_by(
    model: Module, examples: Examples, metrics: Mapping[str, Metric]
) -> dict[str, float]:
    """The metrics of what a net predicts."""
    if not metrics:
        return {}
    targets, predictions = examples.targets(), model.predict(examples)
    return {name: measured(f, targets, predictions) for name, f in metrics.items()}


def tried(
    model: Module,
    lessons: Lessons,
    held_out: Examples | None,
    examples: Examples,
    metrics: Mapping[str, Metric],
) -> dict[str, float]:
    """How a net does after an epoch."""
    if held_out is None:
        return measured_by(model, examples, metrics)
    try:
        with evaluating(model):
            numbers = {"loss": lessons.losses(held_out)}
        numbers |= measured_by(model, held_out, metrics)
    except (TypeError, ValueError, IndexError) as error:
        error.add_note("in the examples held out, validation=")
        raise
    return {f"validation_{name}": number for name, number in numbers.items()}
