"""History: what a training was like, epoch by epoch, and what is told meanwhile."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from autograd import TrainingDiagnosis
from nn.checks import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class History:
    """What `fit` noted after each epoch.

    Attributes:
        columns: numbers by name, one for each epoch: "loss" (the mean over the epoch's
            batches, while the net was learning), "validation_loss", the metrics, "lr",
            and for each layer "gradient_norm.<layer>" (the length of the last batch's
            gradient) and "update_ratio.<layer>" (how far the last step moved it, in
            shares of its own length).
        stopped: why it ended: "epochs", "early stopping", "interrupted", or the kind of
            what `diagnose=True` found.
        diagnosis: what that was, an `autograd.TrainingDiagnosis`; else None.

    >>> history = History()
    >>> history.note({"loss": 0.5}), history.note({"loss": 0.25})
    (None, None)
    >>> history.loss, history
    ([0.5, 0.25], History(2 epochs: loss 0.5 -> 0.25))
    """

    def __init__(self) -> None:
        self.columns: dict[str, list[float]] = {}
        self.stopped = "epochs"
        self.diagnosis: TrainingDiagnosis | None = None

    @property
    def loss(self) -> list[float]:
        """The loss of each epoch."""
        return self.columns.get("loss", [])

    @property
    def validation_loss(self) -> list[float]:
        """The loss on the held-out examples after each epoch; empty without such."""
        return self.columns.get("validation_loss", [])

    def __getitem__(self, name: str) -> list[float]:
        return self.columns[name]

    def __len__(self) -> int:
        return len(self.loss)

    def note(self, numbers: dict[str, float]) -> None:
        """Add what one epoch came to; what is not told of some epochs is NaN there."""
        before = [math.nan] * len(self)
        for name in {**self.columns, **numbers}:
            column = self.columns.setdefault(name, [*before])
            column.append(float(numbers.get(name, math.nan)))

    def to_dict(self) -> dict[str, list[float]]:
        """A column for each kind of number, as `pandas.DataFrame` takes them."""
        epochs = [float(epoch) for epoch in range(1, len(self) + 1)]
        return {"epoch": epochs, **{x: [*y] for x, y in self.columns.items()}}

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the losses over the epochs, on a new figure if none is given."""
        if ax is None:
            from matplotlib.figure import Figure

            ax = Figure(figsize=(6.0, 4.0), layout="constrained").subplots()
        epochs = range(1, len(self) + 1)
        ax.plot(epochs, self.loss, label="training")
        if self.validation_loss:
            ax.plot(epochs, self.validation_loss, "--", label="validation")
        if min([*self.loss, *self.validation_loss], default=0.0) > 0.0:
            ax.set_yscale("log")
        ax.set_xlabel("epoch")
        ax.set_ylabel("loss")
        ax.legend(frameon=False)
        return ax

    def _repr_png_(self) -> bytes | None:
        """What a notebook shows."""
        try:
            figure: Any = self.plot().figure
        except ImportError:
            return None
        png = BytesIO()
        figure.savefig(png, format="png", dpi=100)
        return png.getvalue()

    def __repr__(self) -> str:
        told = [
            f"{name} {values[0]:.4g} -> {values[-1]:.4g}"
            for name, values in self.columns.items()
            if "." not in name and name != "lr"
        ]
        ended = "" if self.stopped == "epochs" else f"; {self.stopped}"
        return f"History({counted(len(self), 'epoch')}: {', '.join(told)}{ended})"


LINES = 10
"""So many lines a training leaves in a log file, however long it is."""


@contextmanager
def telling(
    epochs: int, done: int, wanted: bool
) -> Iterator[Callable[[Mapping[str, float]], None]]:
    """For a block, tell on standard error how far a training has come, if wanted.

    What it gives is called with what an epoch came to. So many are `done` before.
    """
    stream = sys.stderr  # can what is written be overwritten?
    is_live = stream.isatty() or type(stream).__module__.startswith("ipykernel")
    bar = tqdm(
        total=epochs, initial=done, desc="training", unit="epoch", ascii=" =",
        dynamic_ncols=True, disable=not (wanted and is_live),
    )  # fmt: skip

    def tell(numbers: Mapping[str, float]) -> None:
        nonlocal done
        before, done = done, done + 1
        shown = {x: f"{y:.4g}" for x, y in numbers.items() if "." not in x}
        bar.set_postfix(shown, refresh=False)
        bar.update()
        is_due = done * LINES // epochs > before * LINES // epochs
        if wanted and not is_live and is_due:
            told = ", ".join(f"{name} {number}" for name, number in shown.items())
            tqdm.write(f"epoch {done}/{epochs}: {told}", sys.stderr)

    with bar:
        yield tell
