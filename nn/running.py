"""Running a net on batches: compiled when first called, what is random an input."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import autograd
from autograd import no_grad
from nn import noise
from nn.examples import Batch, Examples

if TYPE_CHECKING:
    from nn.module import Module

__all__ = ["Lessons", "evaluating", "predict"]

CHUNK = 1024
"""So many examples are answered at once: no more memory, and hardly slower."""

Loss = Callable[[Any, Any], Any]


class Lessons:
    """The loss of a net on an example, and its gradient on batches of them.

    The function is compiled when it is first called, and runs on Values where it can't
    be; a `CompilationWarning` says why then. What chance decides in the net, such as
    what a Dropout drops, is drawn here and given to it as an input.

    Args:
        model: the net.
        loss: from prediction and target to one number.
    """

    def __init__(self, model: Module, loss: Loss) -> None:
        def example(x: Any, y: Any, numbers: Any) -> Any:
            with noise.supplied(numbers):
                return loss(model(x), y)

        self.example = example
        self._model, self._loss = model, loss
        self._compiled = autograd.compiled(example)
        self._wanted: dict[Any, int] = {}

    def noise(self, batch: Batch, rng: np.random.Generator) -> NDArray[np.float64]:
        """Random numbers for a batch, as many for each example as the net asks for."""
        return rng.random((len(batch.rows), self._count(batch)))

    def backward(self, batch: Batch, numbers: NDArray[np.float64]) -> float:
        """The mean loss of a batch; its gradient is added to the parameters' `.grad`.

        Args:
            batch: the examples.
            numbers: what chance decides, a row for each.
        """
        try:
            return self._compiled.backward(batch.X, batch.y, numbers)
        except (IndexError, ValueError):
            self._blame(batch, numbers)
            raise

    def _blame(self, batch: Batch, numbers: NDArray[np.float64]) -> None:
        """Find the example on which the loss fails, such as one of an unknown class.

        Raises:
            IndexError, ValueError: what it says of that one, with its row.
        """
        targets = [None] * len(batch.rows) if batch.y is None else batch.y
        for row, x, y, drawn in zip(batch.rows, batch.X, targets, numbers, strict=True):
            try:
                self.example(x, y, drawn)
            except (IndexError, ValueError) as error:
                error.add_note(f"in row {row} of X and y")
                raise

    def losses(self, examples: Examples) -> float:
        """The mean loss over all examples, with nothing left to chance."""
        total = 0.0
        for batch in examples.in_order(CHUNK):
            numbers = np.full((len(batch.rows), self._count(batch)), 0.5)
            rows = self._compiled.map(batch.X, batch.y, numbers)
            total += float(np.sum(rows))
        return total / len(examples)

    def _count(self, batch: Batch) -> int:
        """How many random numbers an example takes; it is run once to see that.

        So the first call is one of one example: the compiled function knows by it what
        a batch is.
        """
        key = batch.X.shape[1:], batch.target_shape, self._model.training
        if key not in self._wanted:
            first = batch.X[0], None if batch.y is None else batch.y[0]
            with no_grad():
                with noise.supplied(itertools.repeat(0.5)) as supply:
                    self._loss(self._model(first[0]), first[1])
                self._compiled(*first, np.full(supply.used, 0.5))
            self._wanted[key] = supply.used
        return self._wanted[key]


@contextmanager
def evaluating(model: Module, training: bool = False) -> Iterator[None]:
    """Set all modules of a net to `eval()`, or to `train()`, for a block."""
    before = [(module, module.training) for _, module in model.named_modules()]
    try:
        _set([(module, training) for module, _ in before])
        yield
    finally:
        _set(before)


def _set(modes: Iterable[tuple[Module, bool]]) -> None:
    for module, training in modes:
        if module.training is not training:  # to set it makes programs look again
            module.training = training


def predict(model: Module, X: Any) -> Any:  # noqa: N803
    """What a net makes of examples, in their order: see `Module.predict`."""
    examples = X if isinstance(X, Examples) else Examples(X)
    answer = vars(model).get("_answer")
    if answer is None:
        answer = vars(model)["_answer"] = autograd.compiled(model)
    answers = []
    with evaluating(model), no_grad():
        for batch in examples.in_order(CHUNK):
            answer(batch.X[0])  # so that it knows what one example is
            answers.append((batch, _rows(answer.map(batch.X))))
    return examples.gathered(answers)


def _rows(mapped: Any) -> NDArray[Any]:
    """What a map gave, as one array.

    Raises:
        TypeError: the net returns something else than numbers in even lists.
    """
    if isinstance(mapped, np.ndarray):
        return mapped
    kind = type(mapped).__name__
    raise TypeError(
        f"predict is for nets that return numbers in even lists, got a {kind} of them: "
        "write a Module whose forward() returns what is wanted"
    )
