"""Where a number that is not finite began."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import Graph, TrainingDiagnosis, Value, diagnose_training
from nn.examples import Batch, Examples
from nn.running import Lessons, evaluating

if TYPE_CHECKING:
    from nn.training.checkpoint import Course
    from nn.training.history import History

__all__ = ["Checkup", "NotFiniteError", "finding"]

LOOKED_AT = 32
"""So many examples are looked at: enough to tell a dead unit from one that is off."""


class NotFiniteError(ArithmeticError):
    """A training came to a loss or a gradient that is NaN or infinite.

    The net holds what it held before that step.

    Attributes:
        finding: where the first such number was made, and of what.
        history: what the training was like until then.
    """

    def __init__(self, finding: str, history: History) -> None:
        super().__init__(finding)
        self.finding, self.history = finding, history


class Checkup:
    """Looks now and then whether something keeps a net from learning.

    Args:
        lessons: the loss.
        examples: of which some are looked at, of any order, as they may be sorted.
        course: whose history is told.
    """

    def __init__(self, lessons: Lessons, examples: Examples, course: Course) -> None:
        self._loss, self._course = lessons.loss, course
        batch = next(examples.batches(LOOKED_AT, np.random.default_rng(0)))
        self._batches = [] if batch.y is None else [(batch.X, batch.y)]
        self._known: TrainingDiagnosis | None = None

    def is_ill(self) -> bool:
        """Whether something does; noted in the history then."""
        model, history = self._course.model, self._course.history
        with evaluating(model):
            found = diagnose_training(model, self._batches, self._loss, self._known)
        self._known = found
        if found.findings:
            history.diagnosis, history.stopped = found, found.findings[0][1].kind
        return bool(found.findings)


def finding(example: Callable[..., Any], batch: Batch, numbers: Any) -> str:
    """Run a batch once more, on Values, and look for the first bad number.

    Args:
        example: the loss of an example.
        batch: the examples.
        numbers: what chance decided, a row for each.
    """
    for row, *arguments in zip(batch.rows, *batch.arguments(numbers), strict=True):
        loss = example(*arguments)
        told = _of_value(loss) or _of_gradient(loss) if isinstance(loss, Value) else ""
        if told:
            return f"in row {row}, {told}"
    return "no single example shows it: the mean over the batch overflows"


def _of_value(loss: Value) -> str:
    """The first node of a loss whose number is not finite; "" if there is none."""
    graph = Graph(loss)
    for node in graph.nodes:
        if math.isfinite(node.data):
            continue
        where = f" in {node.scope}" if node.scope else ""
        if node.op is None:
            return f"{graph.name(node)}{where} is {node.data}"
        operands = ", ".join(f"{float(x):.6g}" for x in node.operands[:6])
        more = ", ..." if len(node.operands) > 6 else ""
        return f"{node.op.name}({operands}{more}) is {node.data}{where}"
    return ""


def _of_gradient(loss: Value) -> str:
    """The last node of a loss whose derivative is not finite; "" if there is none."""
    graph = Graph(loss)
    kept = [(node, node.grad) for node in graph.leaves]
    loss.backward()
    told = ""
    for node in reversed(graph.nodes):
        if node.op is not None and not all(map(math.isfinite, node.local_derivatives)):
            where = f" in {node.scope}" if node.scope else ""
            operands = ", ".join(f"{float(x):.6g}" for x in node.operands[:6])
            told = f"a derivative of {node.op.name}({operands}){where} is not finite"
            break
    for node, grad in kept:
        node.grad = grad
    return told
