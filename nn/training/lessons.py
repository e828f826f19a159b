"""Lessons: the loss of a net on an example, and its gradient on batches of them."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import autograd
from autograd import Program, no_grad, one_example
from nn import losses, noise
from nn.checks import chosen
from nn.examples import CHUNK, Batch, Examples, Loss, in_mode, loss_at
from nn.items import in_batch
from nn.module import Module
from nn.normalization import BatchNorm


def loss_of(loss: str | Loss) -> Loss:
    """A loss by its name, or as it is."""
    names = [name for name in losses.__all__ if not name.endswith("_penalty")]
    known = {name: getattr(losses, name) for name in names}
    found: Loss = chosen("loss", loss, known, "a function (prediction, target)")
    return found


class Asked(NamedTuple):
    """What runs batches of examples that are alike."""

    program: Any  # the compiled function, or a Program of the batch as a whole
    noise: int  # so many random numbers an example takes
    needs_batch: bool


class Lessons:
    """The loss of a net on an example, and its gradient on batches of them.

    The function is compiled when it is first called, and runs on Values where it can't
    be; a `CompilationWarning` says why then. What chance decides in the net, such as
    what a Dropout drops, is drawn here and given to it as an input.

    Where `autograd.batch_mean` is called, as by a BatchNorm in training or a mean with
    weights, what comes of one example depends on its batch. Such a function can't be
    run on Values, one example after the other: it is a Program.

    `example` maps what a program takes for an example to its loss.
    """

    def __init__(self, model: Module, loss: Loss) -> None:
        def example(x: Any, numbers: Any, y: Any = None) -> Any:
            with noise.supplied(numbers), in_batch():
                return loss_at(model, loss, x, y)

        example.__name__ = f"the loss of {type(model).__name__}"
        self.example = example
        self.model, self.loss = model, loss
        # not "auto": which digits come last must not depend on how often it was run
        self._compiled = autograd.compiled(backend="numpy")(example)
        self._known: dict[Any, Asked] = {}

    def noise(self, batch: Batch, rng: np.random.Generator) -> NDArray[np.float64]:
        """Random numbers for a batch, as many for each example as the net asks for."""
        return rng.random((len(batch.rows), self._asked(batch).noise))

    def backward(self, batch: Batch, numbers: NDArray[np.float64]) -> float:
        """The mean loss of a batch; its gradient is added to that of the parameters."""
        program, arguments = self._asked(batch).program, batch.arguments(numbers)
        with self._blaming(batch, arguments):
            loss: float = program.backward(*arguments)
        return loss

    @contextmanager
    def _blaming(self, batch: Batch, arguments: list[Any]) -> Iterator[None]:
        """Find the example on which the loss fails, such as one of an unknown class."""
        try:
            yield
        except (IndexError, ValueError):
            with one_by_one(self.model):
                for row, *example in zip(batch.rows, *arguments, strict=True):
                    with _of_row(row):
                        self.example(*example)
            raise

    def losses(self, examples: Examples) -> float:
        """The mean loss over all examples, with nothing left to chance."""
        total = 0.0
        mixes = any(self._asked(group).needs_batch for group in examples.groups)
        for batch in examples.in_order(len(examples) if mixes else CHUNK):
            asked = self._asked(batch)
            arguments = batch.arguments(np.full((len(batch.rows), asked.noise), 0.5))
            with self._blaming(batch, arguments):
                answers = asked.program.map(*arguments)
            total += float(np.sum(answers))
        return total / len(examples)

    def _asked(self, batch: Batch) -> Asked:
        """What is asked for the losses of batches on which the net is run alike.

        An example is run once to see what it wants, and what a batch of such is.
        """
        target: Any = None if batch.y is None else batch.y[0]
        key = batch.X.shape[1:], np.shape(target), self.model.training
        if key not in self._known:
            supply = noise.supplied(itertools.repeat(0.5))
            with no_grad(), one_example() as alone, _of_row(batch.rows[0]):
                with supply, in_batch():
                    loss_at(self.model, self.loss, batch.X[0], target)
                first = _first(batch, supply.used)
                if not alone.asked:
                    self._compiled(*first)
            program: Any = self._compiled
            if alone.asked:
                program = Program(self.example, *first, backend="numpy")
            self._known[key] = Asked(program, supply.used, alone.asked)
        return self._known[key]


@contextmanager
def one_by_one(model: Module) -> Iterator[None]:
    """For a block, single examples are run: a BatchNorm uses what it remembers."""
    with in_mode(model, False, BatchNorm), one_example():
        yield


@contextmanager
def _of_row(row: Any) -> Iterator[None]:
    """Have errors say of which example they are."""
    try:
        yield
    except (IndexError, TypeError, ValueError) as error:
        error.add_note(f"in row {row} of X and y")
        raise


def _first(batch: Batch, count: int) -> list[Any]:
    """What a loss takes for the first example, with so many random numbers."""
    numbers = np.full((len(batch.rows), count), 0.5)
    return [column[0] for column in batch.arguments(numbers)]
