"""Checkpoints: all that a training needs to go on, in one file of plain arrays."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from nn.optimizer import Optimizer
from nn.state import StateError, load_numbers, save_arrays
from nn.training.history import History

if TYPE_CHECKING:
    from nn.module import Module

__all__ = ["Course"]

Arrays = dict[str, NDArray[Any]]


class Course:
    """Where a training stands: what changes from epoch to epoch.

    Attributes:
        model: the net that learns.
        optimizer: what moves it.
        history: what it was like so far; its length counts the epochs.
        best: the state of the net when it was best; empty as long as nobody asks.
        best_loss: the loss at that time.
        waited: how many epochs have passed since.
        steps: how many batches there were.
        settings: what must be the same when it goes on, by name.
    """

    def __init__(
        self, model: "Module", optimizer: Optimizer, settings: Mapping[str, int]
    ) -> None:
        self.model, self.optimizer, self.settings = model, optimizer, settings
        self.history = History()
        self.best: Arrays = {}
        self.best_loss = float("inf")
        self.waited = 0
        self.steps = 0

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it all, whole or not at all.

        Raises:
            OSError: if the file can't be written.
        """
        counts = {"best_loss": self.best_loss, "waited": self.waited}
        numbers = {**counts, "steps": self.steps, **self.settings}
        parts: dict[str, Mapping[str, Any]] = {
            "model": self.model.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "history": self.history.columns,
            "best": self.best,
            "course": numbers,
        }
        arrays = {
            f"{part}/{name}": np.asarray(array)
            for part, state in parts.items()
            for name, array in state.items()
        }
        save_arrays(path, arrays)

    @contextmanager
    def unless_it_fails(self, only: bool) -> Iterator[None]:
        """Put the net and the optimizer back if a block fails on what it was given.

        Args:
            only: whether to; else the block is let alone.
        """
        steps, states = self.steps, self._states() if only else None
        try:
            yield
        except (TypeError, ValueError, IndexError):
            if states is not None:
                self._put_back(states)
                self.steps = steps
            raise

    def _states(self) -> tuple[Arrays, Arrays]:
        return self.model.state_dict(), self.optimizer.state_dict()

    def _put_back(self, states: tuple[Arrays, Arrays]) -> None:
        self.model.load_state_dict(states[0])
        self.optimizer.load_state_dict(states[1])

    def load(self, path: str | os.PathLike[str]) -> None:
        """Go on from a checkpoint: all of it, or nothing. No code in it is run.

        Raises:
            OSError: if the file can't be read.
            StateError: if it is none of a training of such a net by such an optimizer.
        """
        parts = _parts(path)
        before = self._states()
        try:
            numbers = {name: x.item() for name, x in parts["course"].items()}
            for name, own in self.settings.items():
                if numbers[name] != own:
                    raise ValueError(f"it has {name} {numbers[name]}, this {own}")
            self.model.load_state_dict(parts["model"])
            self.optimizer.load_state_dict(parts["optimizer"])
            columns = {name: x.tolist() for name, x in parts["history"].items()}
            self.best_loss = float(numbers["best_loss"])
            self.waited, self.steps = int(numbers["waited"]), int(numbers["steps"])
        except (KeyError, TypeError, ValueError) as error:
            self._put_back(before)
            raise StateError(
                f"{os.fspath(path)} is no checkpoint of this training: {error}"
            ) from error
        self.history.columns = columns
        self.best = parts.get("best", {})


def _parts(path: str | os.PathLike[str]) -> dict[str, Arrays]:
    """The arrays of a checkpoint, by part and name."""
    parts: dict[str, Arrays] = {}
    for name, array in load_numbers(path).items():
        part, slash, rest = name.partition("/")
        if not slash:
            raise StateError(f"{os.fspath(path)} is no checkpoint: it has {name!r}")
        parts.setdefault(part, {})[rest] = array
    return parts
