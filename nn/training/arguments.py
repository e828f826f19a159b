"""What `fit` is given, checked and made into what it needs, before anything runs."""

from __future__ import annotations

import operator
import os
from pathlib import Path
from typing import Any

import numpy as np

from nn import losses
from nn.examples import Examples
from nn.module import Module
from nn.optimizer import Optimizer
from nn.optimizers import OPTIMIZERS
from nn.running import Loss
from nn.settings import by_name

__all__ = [
    "PathLike",
    "check_callable",
    "check_module",
    "check_place",
    "check_seed",
    "loss_of",
    "optimizer_of",
    "resumed_from",
    "split",
]

PathLike = str | os.PathLike[str]


def check_callable(what: str, function: Any) -> None:
    """Refuse what can't be called."""
    if not callable(function):
        kind = type(function).__name__
        raise TypeError(f"{what} must be a function, got {kind}")


def check_seed(seed: Any) -> int:
    """A seed as an int."""
    if not isinstance(seed, bool):
        try:
            number = operator.index(seed)
        except TypeError:
            number = -1
        if number >= 0:
            return number
    raise TypeError(f"seed must be a whole number, 0 or more, got {seed!r}")


def check_place(checkpoint: PathLike | None) -> None:
    """Refuse a checkpoint whose folder is not there."""
    if checkpoint is not None and not Path(checkpoint).absolute().parent.is_dir():
        folder = os.fspath(Path(checkpoint).parent)
        raise FileNotFoundError(f"checkpoint= is in {folder!r}, which is no folder")


def split(
    examples: Examples, validation: tuple[Any, Any] | float | None, seed: int
) -> tuple[Examples, Examples | None]:
    """What to learn from, and what is held out."""
    if validation is None:
        return examples, None
    if isinstance(validation, tuple | list):
        if len(validation) != 2:
            raise ValueError(
                f"validation is (X, y) or a share of the examples, got "
                f"{len(validation)} parts"
            )
        return examples, Examples(*validation, of="validation ")
    if not 0.0 < validation < 1.0:
        message = f"a share to hold out is between 0 and 1, got {validation!r}"
        raise ValueError(message)
    count = round(len(examples) * validation)
    if not 0 < count < len(examples):
        raise ValueError(
            f"{validation!r} of {len(examples)} examples leaves none to "
            + ("learn from" if count else "hold out")
        )
    order = np.random.default_rng([seed, 0, 0]).permutation(len(examples))
    return examples.chosen(order[count:]), examples.chosen(order[:count])


def resumed_from(
    resume: bool | PathLike, checkpoint: PathLike | None
) -> PathLike | None:
    """The file to go on from, if any."""
    if not isinstance(resume, bool):
        return resume
    if resume and checkpoint is None:
        raise ValueError("resume=True goes on from checkpoint=, which is not given")
    return checkpoint if resume and os.path.exists(checkpoint or "") else None


def loss_of(loss: str | Loss) -> Loss:
    """A loss by its name, or as it is."""
    if isinstance(loss, str):
        names = [name for name in losses.__all__ if not name.endswith("_penalty")]
        known = {name: getattr(losses, name) for name in names}
        found: Loss = by_name("loss", loss, known, "a function (prediction, target)")
        return found
    check_callable("loss", loss)
    return loss


def check_module(model: Any) -> None:
    """Refuse what is no net."""
    if not isinstance(model, Module):
        kind = type(model).__name__
        raise TypeError(f"the first argument must be an nn.Module, got {kind}")


def optimizer_of(optimizer: str | Optimizer, model: Module) -> Optimizer:
    """An optimizer by its name, of all parameters, or as it is."""
    if isinstance(optimizer, str):
        kind: Any = by_name("optimizer", optimizer, OPTIMIZERS, "an optimizer")
        made: Optimizer = kind(model.parameters())
        return made
    if not isinstance(optimizer, Optimizer):
        given = type(optimizer).__name__
        raise TypeError(
            f"optimizer must be a name or an optimizer such as "
            f"nn.Adam(model.parameters()), got {given}"
        )
    if not {*map(id, optimizer.parameters)} & {*map(id, model.parameters())}:
        raise ValueError(
            "the optimizer moves no parameter of this net: make it of "
            "model.parameters(), as in nn.Adam(model.parameters())"
        )
    return optimizer
