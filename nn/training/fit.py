"""fit: the loop that everybody writes, with what everybody adds to it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from autograd import Parameters
from nn.examples import Batch, Examples
from nn.optimizer import Optimizer
from nn.running import Lessons, Loss, evaluating, one_by_one
from nn.settings import positive_int
from nn.training.arguments import (
    PathLike,
    check_callable,
    check_module,
    check_place,
    check_seed,
    loss_of,
    optimizer_of,
    resumed_from,
    split,
)
from nn.training.checkpoint import Course
from nn.training.evaluate import tried
from nn.training.findings import Checkup, NotFiniteError, finding
from nn.training.history import History
from nn.training.metrics import Metric, metrics_by_name
from nn.training.progress import Progress

if TYPE_CHECKING:
    from nn.module import Module

__all__ = ["fit"]


def fit(
    model: Module,
    X: Any,  # noqa: N803 - a matrix, as everywhere
    y: Any,
    *,
    loss: str | Loss,
    optimizer: str | Optimizer = "adam",
    epochs: int = 10,
    batch_size: int = 32,
    validation: tuple[Any, Any] | float | None = None,
    metrics: Mapping[str, Metric] | Iterable[str | Metric] = (),
    early_stopping: int | None = None,
    schedule: Callable[[int], float] | None = None,
    seed: int = 0,
    checkpoint: PathLike | None = None,
    resume: bool | PathLike = False,
    callbacks: Iterable[Callable[[History], Any]] = (),
    progress: bool = True,
    diagnose: bool = False,
) -> History:
    """Train a net on examples, compiled underneath.

    In each epoch every example comes once, in a new order; each batch is one step of
    the optimizer, by the gradient of the mean loss. The net learns in `train()`, and is
    tried on what is held out in `eval()`; afterwards it is as it was.

    The same arguments give the same numbers, to the bit. An interruption by the
    keyboard ends the training, and what was learned stays.

    Args:
        model: the net.
        X: the inputs, one row an example: see `nn.examples.Examples`. Sequences
            of different lengths come in batches of one length.
        y: the targets.
        loss: a name from `nn.losses`, or a function of a prediction and a target. The
            loss of a batch is the mean over its examples; with class weights or an
            ignored index the weighted mean, as in PyTorch.
        optimizer: an optimizer of the net's parameters (one that has only some of them
            leaves the others as they are), or a name from `nn.OPTIMIZERS`.
        epochs: how many, counted from the beginning also where one is resumed.
        batch_size: how many examples a step sees at most.
        validation: held-out inputs and targets, or which share of X and y to hold out.
        metrics: functions (targets, predictions) -> float, as scikit-learn's; by name,
            or with the names they have; "accuracy" is known. Predictions are the
            net's outputs; a metric that refuses those is given the classes. They are
            told of the held-out examples as "validation_...", or without such of X.
        early_stopping: stop when for so many epochs the loss on the held-out examples
            (or without such the training's) was no new best; the best net is kept.
        schedule: the learning rate at each step, counted from 0: see `nn.schedules`.
        seed: of the order of the examples, and of what the net leaves to chance.
        checkpoint: where to write the whole state after each epoch.
        resume: go on from a checkpoint: from this file, or (True) from `checkpoint` if
            there is one.
        callbacks: called with the history after each epoch.
        progress: whether to tell on standard error how far it is.
        diagnose: look before each epoch at some examples, and stop where a layer is
            dead or saturated, gradients vanish or explode, the loss explodes, or digits
            are lost: the history says so in `stopped` and tells more in `diagnosis`.

    Returns:
        What each epoch came to.

    Raises:
        NotFiniteError: a loss or a gradient is NaN or infinite; the net holds what it
            held before that step, and the text says where the number was made.
        StateError: `resume` is no checkpoint of such a training: of such a net and
            optimizer, with this seed and batch_size, on as many examples.
        TypeError, ValueError, IndexError: an argument is none of these, X or y hold
            what is no finite number, or the net or the loss refuses an example. The net
            is as it was then.

    >>> import nn
    >>> X = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]
    >>> y = [0, 1, 1, 0]
    >>> model = nn.MLP(2, [8, 1], activation="tanh", rng=0)
    >>> history = nn.fit(
    ...     model, X, y, loss="binary_cross_entropy_with_logits", epochs=200,
    ...     optimizer=nn.Adam(model.parameters(), lr=0.05), progress=False,
    ... )
    >>> (model.predict(X) > 0).astype(int).tolist()
    [0, 1, 1, 0]
    """
    check_module(model)
    seed = check_seed(seed)
    examples, held_out = split(Examples(X, y), validation, seed)
    told = metrics_by_name(metrics)
    moves = optimizer_of(optimizer, model)
    lessons = Lessons(model, loss_of(loss))
    positive_int("epochs", epochs)
    positive_int("batch_size", batch_size)
    if early_stopping is not None:
        positive_int("early_stopping", early_stopping)
    if schedule is not None:
        check_callable("schedule", schedule)
    heard = [*callbacks]
    for callback in heard:
        check_callable("a callback", callback)
    check_place(checkpoint)
    settings = {"seed": seed, "batch_size": batch_size, "examples": len(examples)}
    course = Course(model, moves, settings)
    start = resumed_from(resume, checkpoint)
    if start is not None:
        course.load(start)
    epoch = Epoch(course, lessons, batch_size, schedule)
    checkup = Checkup(lessons, examples, course)
    first = len(course.history)
    with Progress(epochs, len(course.history), progress) as bar:
        try:
            while len(course.history) < epochs and not (
                _is_over(course, early_stopping) or (diagnose and checkup.is_ill())
            ):
                # Whatever is wrong with the data shows in the first epoch.
                with course.unless_it_fails(only=len(course.history) == first):
                    numbers = epoch.run(examples, seed)
                    numbers |= tried(model, lessons, held_out, examples, told)
                course.history.note(numbers)
                _keep_best(course, early_stopping)
                if checkpoint is not None:
                    course.save(checkpoint)
                bar.tell(numbers)
                for callback in heard:
                    callback(course.history)
        except KeyboardInterrupt:
            course.history.stopped = "interrupted"
    if early_stopping is not None and course.best:
        model.load_state_dict(course.best)
    return course.history


class Epoch:
    """Runs the epochs of a training.

    Args:
        course: where it stands.
        lessons: the loss and its gradient.
        batch_size: how many examples a step sees at most.
        schedule: the learning rate at each step.
    """

    def __init__(
        self,
        course: Course,
        lessons: Lessons,
        batch_size: int,
        schedule: Callable[[int], float] | None,
    ) -> None:
        self._course, self._lessons = course, lessons
        self._size, self._schedule = batch_size, schedule
        leaves = course.model.parameters()
        self._leaves = Parameters(leaves).packed()
        # The optimizer may move others besides those of the net.
        moved = dict.fromkeys([*leaves, *course.optimizer.parameters])
        self._touched = Parameters(moved).packed()
        self._layers = _layers(course.model)

    def run(self, examples: Examples, seed: int) -> dict[str, float]:
        """One epoch: what it came to."""
        course = self._course
        # A generator for each epoch: who resumes need not know where the last stood.
        rng = np.random.default_rng([seed, len(course.history)])
        total, left = 0.0, len(examples)
        before = self._leaves.read()
        with evaluating(course.model, training=True):
            for batch in examples.batches(self._size, rng):
                left -= len(batch.rows)
                if not left:  # the last step is told of
                    before = self._leaves.read()
                total += self._step(batch, rng) * len(batch.rows)
        return {
            "loss": total / len(examples),
            "lr": course.optimizer.lr,
            **self._sizes(before),
        }

    def _step(self, batch: Batch, rng: np.random.Generator) -> float:
        """One step of the optimizer: the loss before it.

        Raises:
            NotFiniteError: the loss or its gradient is not finite.
        """
        course, lessons = self._course, self._lessons
        if self._schedule is not None:
            course.optimizer.lr = self._schedule(course.steps)
        numbers = lessons.noise(batch, rng)
        self._touched.zero_grad()
        loss = lessons.backward(batch, numbers)
        if not (math.isfinite(loss) and _is_finite(self._leaves.read_grad())):
            with one_by_one(course.model):
                where = finding(lessons.example, batch, numbers)
            epoch = len(course.history) + 1
            raise NotFiniteError(
                f"epoch {epoch}: the loss is {loss}, or its gradient is not finite: "
                f"{where}",
                course.history,
            )
        course.optimizer.step()
        course.steps += 1
        return loss

    def _sizes(self, before: Any) -> dict[str, float]:
        """The last gradient's length in each layer, and how far the step moved it."""
        gradient, now = self._leaves.read_grad(), self._leaves.read()
        told = {}
        for name, places in self._layers.items():
            size = float(np.linalg.norm(before[places]))
            moved = float(np.linalg.norm(now[places] - before[places]))
            told[f"gradient_norm.{name}"] = float(np.linalg.norm(gradient[places]))
            told[f"update_ratio.{name}"] = moved / size if size else 0.0
        return told


def _keep_best(course: Course, patience: int | None) -> None:
    """Note whether this epoch was the best."""
    if patience is None:
        return
    history = course.history
    loss = (history.validation_loss or history.loss)[-1]
    course.waited += 1
    if loss < course.best_loss:
        course.best_loss, course.waited = loss, 0
        course.best = course.model.state_dict()


def _is_over(course: Course, patience: int | None) -> bool:
    """Whether the patience is at an end."""
    if patience is None or course.waited < patience:
        return False
    course.history.stopped = "early stopping"
    return True


def _layers(model: Module) -> dict[str, Any]:
    """The places of the parameters of each module that holds some itself."""
    place_of = {id(leaf): place for place, leaf in enumerate(model.parameters())}
    places: dict[str, list[int]] = {}
    names = {name for name, _ in model.named_modules()}
    for block in model.module_tree().blocks:
        owner = block.name
        while owner not in names:
            owner = owner.rpartition(".")[0]
        kept = places.setdefault(owner or type(model).__name__, [])
        leaves = [id(leaf) for leaf in block.parameters.leaves]
        kept += [place_of.pop(leaf) for leaf in leaves if leaf in place_of]
    return {name: np.array(found) for name, found in places.items() if found}


def _is_finite(vector: Any) -> bool:
    # A sum of squares is quicker than a look at each, but it may overflow.
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(vector @ vector) or np.isfinite(vector).all())
