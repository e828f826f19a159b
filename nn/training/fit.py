"""fit: the loop that everybody writes, with what everybody adds to it."""

import os
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from nn.checks import by_name, function_of, whole, wrong_type
from nn.examples import Examples, Loss
from nn.module import Module
from nn.optimizer import Optimizer
from nn.optimizers import OPTIMIZERS
from nn.training.course import Course
from nn.training.evaluate import Metric, examined, measured, metrics_by_name
from nn.training.history import History, telling
from nn.training.lessons import Lessons, loss_of

PathLike = str | os.PathLike[str]


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
    tried on what is held out in `eval()`; afterwards it is as it was. The same
    arguments give the same numbers, to the bit. An interruption by the keyboard ends
    the training, and what was learned stays.

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

    Warns:
        UserWarning: no gradient reaches the net or some of its layers, as before a
            step; the text names them.

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
    if not isinstance(model, Module):
        raise wrong_type("the first argument must be an nn.Module", model)
    seed, early = whole("seed", seed, least=0), early_stopping
    whole("epochs", epochs)
    whole("batch_size", batch_size)
    if early is not None:
        whole("early_stopping", early)
    if schedule is not None:
        function_of("schedule", schedule)
    examples, held_out = Examples(X, y).split(validation, seed)
    told, heard = metrics_by_name(metrics), _callbacks(callbacks)
    _check_place(checkpoint)
    lessons, moves = Lessons(model, loss_of(loss)), _optimizer(optimizer, model)
    settings = {"seed": seed, "batch_size": batch_size, "examples": len(examples)}
    course = Course(lessons, moves, schedule, **settings)
    start = _start(resume, checkpoint)
    if start is not None:
        course.load(start)
    history = course.history
    first = len(history)
    with telling(epochs, first, progress) as tell:
        try:
            while len(history) < epochs and not (
                course.is_over(early) or (diagnose and course.is_ill(examples))
            ):
                # Whatever is wrong with the data shows in the first epoch.
                is_new = len(history) == first
                with course.unless_it_fails() if is_new else nullcontext():
                    numbers = course.epoch(examples)
                    numbers |= _tried(lessons, held_out, examples, told)
                history.note(numbers)
                course.keep_best(early)
                if checkpoint is not None:
                    course.save(checkpoint)
                tell(numbers)
                for callback in heard:
                    callback(history)
        except KeyboardInterrupt:
            history.stopped = "interrupted"
    if early is not None and course.best:
        model.load_state_dict(course.best)
    return history


def _tried(
    lessons: Lessons,
    held_out: Examples | None,
    examples: Examples,
    metrics: Mapping[str, Metric],
) -> dict[str, float]:
    """How a net does after an epoch."""
    if held_out is None:
        return measured(lessons.model, examples, metrics)
    try:
        numbers = examined(lessons, held_out, metrics)
    except (TypeError, ValueError, IndexError) as error:
        error.add_note("in the examples held out, validation=")
        raise
    return {f"validation_{name}": number for name, number in numbers.items()}


def _callbacks(callbacks: Any) -> list[Callable[..., Any]]:
    """What is to be called after each epoch."""
    if not isinstance(callbacks, Iterable):
        raise wrong_type("callbacks must be a list of functions", callbacks)
    return [function_of("a callback", each) for each in callbacks]


def _check_place(checkpoint: PathLike | None) -> None:
    """Refuse a checkpoint that no file can be written for."""
    if checkpoint is None:
        return
    path = Path(checkpoint)
    if not path.absolute().parent.is_dir():
        folder = os.fspath(path.parent)
        raise FileNotFoundError(f"checkpoint= is in {folder!r}, which is no folder")
    if path.is_dir():
        message = f"checkpoint= is a file to write, got folder {str(path)!r}"
        raise IsADirectoryError(message)


def _start(resume: bool | PathLike, checkpoint: PathLike | None) -> PathLike | None:
    """The file to go on from, if any."""
    if not isinstance(resume, bool):
        return resume
    if resume and checkpoint is None:
        raise ValueError("resume=True goes on from checkpoint=, which is not given")
    return checkpoint if resume and os.path.exists(checkpoint or "") else None


def _optimizer(optimizer: str | Optimizer, model: Module) -> Optimizer:
    """An optimizer by its name, of all parameters, or as it is."""
    if isinstance(optimizer, str):
        kind: Any = by_name("optimizer", optimizer, OPTIMIZERS, "an optimizer")
        made: Optimizer = kind(model.parameters())
        return made
    if not isinstance(optimizer, Optimizer):
        such = "a name or an optimizer such as nn.Adam(model.parameters())"
        raise wrong_type(f"optimizer must be {such}", optimizer)
    if {*optimizer.parameters}.isdisjoint(model.parameters()):
        raise ValueError(
            "the optimizer moves no parameter of this net: make it of "
            "model.parameters(), as in nn.Adam(model.parameters())"
        )
    return optimizer
