"""Course: where a training stands, how it goes on, and how all of it is kept in a file.

A checkpoint is one npz file of plain arrays.
"""

import math
import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from autograd import (
    AnomalyError,
    Parameters,
    TrainingDiagnosis,
    Value,
    detect_anomaly,
    diagnose_training,
    gradients,
)
from nn.checks import few
from nn.examples import Batch, Examples, in_mode
from nn.module import Module
from nn.optimizer import Optimizer
from nn.perceptron import Perceptron
from nn.state import State, StateError, load_arrays, save_arrays
from nn.training.history import History
from nn.training.lessons import Lessons, one_by_one

LOOKED_AT = 32
"""So many examples are looked at: enough to tell a dead unit from one that is off."""


class NotFiniteError(ArithmeticError):
    """A loss or a gradient is NaN or infinite; the net is as it was before that step.

    Attributes:
        finding: where the first such number was made, and of what.
        history: what the training was like until then.
    """

    def __init__(self, finding: str, history: History) -> None:
        super().__init__(finding)
        self.finding, self.history = finding, history


class Course:
    """A training: who learns what from whom, and how far it has come.

    Args: `settings` are what must be the same when it goes on from a checkpoint: seed,
        batch_size, and the number of examples.

    Attributes:
        history: what it was like so far; its length counts the epochs.
        steps: how many batches there were.
        best: the state of the net when it was best; empty as long as nobody asks.
        best_loss: the loss at that time; `waited` epochs have passed since.
    """

    def __init__(
        self,
        lessons: Lessons,
        optimizer: Optimizer,
        schedule: Callable[[int], float] | None,
        **settings: int,
    ) -> None:
        self.lessons, self.model, self.optimizer = lessons, lessons.model, optimizer
        self.schedule, self.settings = schedule, settings
        self.history = History()
        self.steps, self.waited = 0, 0
        self.best: State = {}
        self.best_loss = math.inf
        leaves = self.model.parameters()
        self._leaves = Parameters(leaves).packed()
        # The optimizer may move others besides those of the net.
        moved = dict.fromkeys([*leaves, *optimizer.parameters])
        self._touched = Parameters(moved).packed()
        self._layers = _layers(self.model, leaves)
        wanted = {*optimizer.parameters}
        self._moved = _layers(self.model, [x if x in wanted else None for x in leaves])
        self._unreached = dict(self._moved)  # as long as every gradient was 0
        self._known: TrainingDiagnosis | None = None

    # --- learning ------------------------------------------------------------

    def epoch(self, examples: Examples) -> dict[str, float]:
        """Learn from every example once: what that came to."""
        # A generator for each epoch: who resumes need not know where the last stood.
        rng = np.random.default_rng([self.settings["seed"], len(self.history)])
        total, left = 0.0, len(examples)
        before = self._leaves.read()
        with in_mode(self.model, training=True):
            for batch in examples.batches(self.settings["batch_size"], rng):
                left -= len(batch.rows)
                if not left:  # the last step is told of
                    before = self._leaves.read()
                total += self._step(batch, rng) * len(batch.rows)
        # Weights that start at 0 let a gradient through one layer further a step.
        is_flat = len(self._unreached) == len(self._moved)
        if self._unreached and total and (is_flat or self.steps >= len(self._layers)):
            warnings.warn(_flat(self.model, self._unreached, is_flat), stacklevel=3)
            self._unreached = {}  # told once
        numbers = {"loss": total / len(examples), "lr": self.optimizer.lr}
        return numbers | self._sizes(before)

    def _step(self, batch: Batch, rng: np.random.Generator) -> float:
        """One step of the optimizer: the loss before it, if that is finite."""
        if self.schedule is not None:
            self.optimizer.lr = self.schedule(self.steps)
        numbers = self.lessons.noise(batch, rng)
        self._touched.zero_grad()
        loss = self.lessons.backward(batch, numbers)
        gradient = self._leaves.read_grad()
        for name, places in [*self._unreached.items()]:
            if gradient[places].any():
                del self._unreached[name]
        if not (math.isfinite(loss) and _is_finite(gradient)):
            raise NotFiniteError(
                f"epoch {len(self.history) + 1}: the loss is {loss}, or its gradient "
                f"is not finite: {self._cause(batch, numbers)}",
                self.history,
            )
        self.optimizer.step()
        self.steps += 1
        return loss

    def _cause(self, batch: Batch, numbers: Any) -> str:
        """Run a batch once more, on Values, and look for the first bad number."""
        arguments = batch.arguments(numbers)
        with one_by_one(self.model):
            for row, *example in zip(batch.rows, *arguments, strict=True):
                try:
                    with detect_anomaly():
                        loss = self.lessons.example(*example)
                        if isinstance(loss, Value):
                            gradients(loss, self._leaves.leaves)
                except AnomalyError as error:
                    return f"in row {row}, {error}"
        return "no single example shows it: the mean over the batch overflows"

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

    # --- coming to an end ----------------------------------------------------

    def keep_best(self, patience: int | None) -> None:
        """Note whether this epoch was the best."""
        if patience is None:
            return
        loss = (self.history.validation_loss or self.history.loss)[-1]
        self.waited += 1
        if loss < self.best_loss:
            self.best_loss, self.waited = loss, 0
            self.best = self.model.state_dict()

    def is_over(self, patience: int | None) -> bool:
        """Whether the patience is at an end."""
        if patience is None or self.waited < patience:
            return False
        self.history.stopped = "early stopping"
        return True

    def is_ill(self, examples: Examples) -> bool:
        """Whether something keeps the net from learning; noted in the history then."""
        # Of any order, as they may be sorted.
        batch = next(examples.batches(LOOKED_AT, np.random.default_rng(0)))
        batches = [] if batch.y is None else [(batch.X, batch.y)]
        with in_mode(self.model, training=False):
            loss = self.lessons.loss
            found = diagnose_training(self.model, batches, loss, self._known)
        self._known = found
        if found.findings:
            self.history.diagnosis = found
            self.history.stopped = found.findings[0][1].kind
        return bool(found.findings)

    # --- files ---------------------------------------------------------------

    @contextmanager
    def unless_it_fails(self) -> Iterator[None]:
        """Put the net and the optimizer back if a block fails on what it was given."""
        before = self.model.state_dict(), self.optimizer.state_dict(), self.steps
        try:
            yield
        except (KeyError, TypeError, ValueError, IndexError):
            self.model.load_state_dict(before[0])
            self.optimizer.load_state_dict(before[1])
            self.steps = before[2]
            raise

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it all, whole or not at all."""
        counts = {"best_loss": self.best_loss, "waited": self.waited}
        parts: dict[str, Mapping[str, Any]] = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "history": self.history.columns,
            "best": self.best,
            "course": {**counts, "steps": self.steps, **self.settings},
        }
        arrays = {
            f"{part}/{name}": np.asarray(array)
            for part, state in parts.items()
            for name, array in state.items()
        }
        save_arrays(path, arrays)

    def load(self, path: str | os.PathLike[str]) -> None:
        """Go on from a checkpoint: all of it, or nothing. No code in it is run."""
        parts: dict[str, State] = {}
        for name, array in load_arrays(path).items():
            part, _, rest = name.partition("/")
            parts.setdefault(part, {})[rest] = array
        try:
            with self.unless_it_fails():
                numbers = {name: x.item() for name, x in parts["course"].items()}
                for name, own in self.settings.items():
                    if numbers[name] != own:
                        raise ValueError(f"it has {name} {numbers[name]}, this {own}")
                self.model.load_state_dict(parts["model"])
                self.optimizer.load_state_dict(parts["optimizer"])
                columns = {x: y.tolist() for x, y in parts.get("history", {}).items()}
                best_loss, waited = float(numbers["best_loss"]), int(numbers["waited"])
                self.steps = int(numbers["steps"])
        except (KeyError, TypeError, ValueError) as error:
            why = f"it has no {error}" if isinstance(error, KeyError) else error
            raise StateError(
                f"{os.fspath(path)} is no checkpoint of this training: {why}"
            ) from error
        self.history.columns, self.best = columns, parts.get("best", {})
        self.best_loss, self.waited = best_loss, waited


def _is_finite(numbers: Any) -> bool:
    """Whether all are: their squares tell at once, unless they are huge."""
    return math.isfinite(np.vdot(numbers, numbers)) or bool(np.isfinite(numbers).all())


def _layers(model: Module, among: Iterable[Value | None]) -> dict[str, Any]:
    """The places of the parameters of each module that holds some of these itself."""
    tree = model.module_tree()
    place_of = {leaf: place for place, leaf in enumerate(among)}
    names = {name for name, _ in tree.modules}
    places: dict[str, list[int]] = {}
    for block in tree.blocks:
        owner = block.name
        while owner not in names:
            owner = owner.rpartition(".")[0]
        kept = places.setdefault(owner or type(model).__name__, [])
        leaves = block.parameters.leaves
        kept += [place_of.pop(leaf) for leaf in leaves if leaf in place_of]
    return {name: np.array(found) for name, found in places.items() if found}


def _flat(model: Module, layers: Iterable[str], is_whole_net: bool) -> str:
    """What to say of layers in which no gradient was anything but 0."""
    which = repr(model) if is_whole_net else f"{few([*layers])} of {model!r}"
    advice = (
        "choose an activation with a slope, such as sigmoid, or other first weights"
    )
    if any(isinstance(module, Perceptron) for _, module in model.named_modules()):
        advice = "a perceptron learns by its own rule, learn(inputs, target)"
    if not is_whole_net:
        advice += (
            "; call a layer that is not called, or make the optimizer without what "
            "shall stay as it is"
        )
    return (
        f"{which} learned nothing so far: every gradient was 0. A step is flat, and so "
        f"is a relu that is off for all examples: {advice}"
    )
