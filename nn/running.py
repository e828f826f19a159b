"""Running a net on batches: compiled when first called, what is random an input."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

import autograd
from autograd import Program, no_grad
from nn import noise
from nn.examples import Batch, Examples
from nn.items import in_batch

if TYPE_CHECKING:
    from nn.module import Module

__all__ = ["Lessons", "evaluating", "one_by_one", "predict"]

CHUNK = 1024
"""So many examples are answered at once: no more memory, and hardly slower."""

Loss = Callable[[Any, Any], Any]


class Lessons:
    """The loss of a net on an example, and its gradient on batches of them.

    The function is compiled when it is first called, and runs on Values where it can't
    be; a `CompilationWarning` says why then. What chance decides in the net, such as
    what a Dropout drops, is drawn here and given to it as an input.

    What a net with a BatchNorm in training makes of one example depends on its batch,
    and so does a mean with weights. Such a function can't be run on Values, one example
    after the other: it is a Program.

    Args:
        model: the net.
        loss: from prediction and target to one number.

    Attributes:
        loss: the same.
    """

    def __init__(self, model: Module, loss: Loss) -> None:
        def example(x: Any, numbers: Any, y: Any = None) -> Any:
            with noise.supplied(numbers), in_batch():
                return loss(model(x), y)

        self._is_weighted = False
        example.__name__ = f"the loss of {type(model).__name__}"
        self.example = example
        self._model, self.loss = model, loss
        self._compiled = autograd.compiled(example)
        self._wanted: dict[Any, int] = {}
        self._programs: dict[Any, Program] = {}

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
            asked = self._asked(batch, numbers)
            loss: float = asked.backward(*batch.arguments(numbers))
        except (IndexError, ValueError):
            self._blame(batch, numbers)
            raise
        return loss

    def _asked(self, batch: Batch, numbers: NDArray[np.float64]) -> Any:
        """What is asked for the gradient of a batch."""
        if not self._needs_batch:
            return self._compiled
        key = batch.X.shape[1:], batch.target_shape, self._model.training
        if key not in self._programs:
            first = [column[0] for column in batch.arguments(numbers)]
            self._programs[key] = Program(self.example, *first)
        return self._programs[key]

    @property
    def _needs_batch(self) -> bool:
        """Whether the loss of one example depends on the others of its batch."""
        return self._is_weighted or any(_batch_norms(self._model))

    def _blame(self, batch: Batch, numbers: NDArray[np.float64]) -> None:
        """Find the example on which the loss fails, such as one of an unknown class.

        Raises:
            IndexError, ValueError: what it says of that one, with its row.
        """
        with one_by_one(self._model):
            for row, *example in zip(
                batch.rows, *batch.arguments(numbers), strict=True
            ):
                try:
                    self.example(*example)
                except (IndexError, ValueError) as error:
                    error.add_note(f"in row {row} of X and y")
                    raise

    def losses(self, examples: Examples) -> float:
        """The mean loss over all examples, with nothing left to chance."""
        total = 0.0
        for group in examples.groups:
            self._count(group)  # which finds out whether there are weights
        size = len(examples) if self._is_weighted else CHUNK
        for batch in examples.in_order(size):
            numbers = np.full((len(batch.rows), self._count(batch)), 0.5)
            asked = self._asked(batch, numbers)
            total += float(np.sum(asked.map(*batch.arguments(numbers))))
        return total / len(examples)

    def _count(self, batch: Batch) -> int:
        """How many random numbers an example takes; it is run once to see that.

        So the first call is one of one example: the compiled function knows by it what
        a batch is.
        """
        key = batch.X.shape[1:], batch.target_shape, self._model.training
        if key not in self._wanted:
            first = batch.chosen(slice(1))
            supply = noise.supplied(itertools.repeat(0.5))
            with no_grad(), one_by_one(self._model), supply, in_batch() as weighing:
                target = None if first.y is None else first.y[0]
                self.loss(self._model(first.X[0]), target)
            self._is_weighted |= weighing.is_weighted
            if not self._needs_batch:
                numbers = np.full((1, supply.used), 0.5)
                with no_grad():
                    self._compiled(*(x[0] for x in first.arguments(numbers)))
            self._wanted[key] = supply.used
        return self._wanted[key]


@contextmanager
def evaluating(model: Module, training: bool = False) -> Iterator[None]:
    """Set all modules of a net to `eval()`, or to `train()`, for a block."""
    with _mode([module for _, module in model.named_modules()], training):
        yield


@contextmanager
def one_by_one(model: Module) -> Iterator[None]:
    """For a block, each BatchNorm uses what it remembers: one example is no batch."""
    with _mode([*_batch_norms(model)], False):
        yield


def _batch_norms(model: Module) -> Iterator[Module]:
    """All that normalise over the batch at the moment."""
    modules = (module for _, module in model.named_modules())
    return (x for x in modules if x.learns_from_batches and x.training)


@contextmanager
def _mode(modules: Sequence[Module], training: bool) -> Iterator[None]:
    before = [(module, module.training) for module in modules]
    try:
        _set([(module, training) for module in modules])
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
