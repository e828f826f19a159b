"""Progress: a bar in a terminal or a notebook, a few lines in a log file."""

import sys
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from tqdm import tqdm

__all__ = ["Progress"]

LINES = 10
"""So many lines a training leaves in a log file, however long it is."""


class Progress:
    """Tells on standard error how far a training has come.

    Args:
        epochs: how many there will be.
        done: how many there were before.
        wanted: whether to tell anything.
    """

    def __init__(self, epochs: int, done: int, wanted: bool) -> None:
        is_shown = wanted and _is_live()
        self._epochs, self._done = epochs, done
        self._tells = wanted and not is_shown
        self._bar: Any = None
        if is_shown:
            self._bar = tqdm(
                total=epochs, initial=done, desc="training", unit="epoch", ascii=" =",
                dynamic_ncols=True,
            )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def tell(self, numbers: Mapping[str, float]) -> None:
        """An epoch is over, and came to these numbers."""
        self._done += 1
        shown = {x: f"{y:.4g}" for x, y in numbers.items() if "." not in x}
        if self._bar is not None:
            self._bar.set_postfix(shown, refresh=False)
            self._bar.update()
        elif self._tells and self._is_a_tenth():
            told = ", ".join(f"{name} {number}" for name, number in shown.items())
            tqdm.write(f"epoch {self._done}/{self._epochs}: {told}", sys.stderr)

    def _is_a_tenth(self) -> bool:
        before = (self._done - 1) * LINES // self._epochs
        return self._done * LINES // self._epochs > before


def _is_live() -> bool:
    """Whether what is written can be overwritten: a terminal or a notebook."""
    stream = sys.stderr
    return stream.isatty() or type(stream).__module__.startswith("ipykernel")
