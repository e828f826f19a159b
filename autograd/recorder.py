"""Recorder: what somebody who listens can hear of."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any, ClassVar


class Recorder:
    """Who wants to know what is recorded: installed by `listening` or `new_epoch`.

    Each method is called when something happens to a Value in that block, and does
    nothing by default. None hears of `operators.datum(value)`, the number itself.
    """

    of_a_call: ClassVar[Callable[[], Recorder]]
    """Makes the one who looks at a call that is differentiated: nobody in the core."""

    traces = False
    """Whether the block will run again on other numbers: comparisons are nodes then."""

    def made(self, node: Any) -> None:
        """A leaf was made or an operation recorded; under `no_grad` without parents."""

    def read(self, value: Any, how: str, advice: str = "") -> None:
        """A Value becomes a plain number, by "float(...)" say; what to do instead."""

    def decide(self, value: Any) -> None:
        """A Value is asked for its truth value, to steer Python."""

    def sweeps(self, outputs: Collection[Any]) -> None:
        """Derivatives of the outputs are about to be computed; `backward` is read."""

    def finished(
        self, who: str, outputs: Iterable[Any], variables: Iterable[Any]
    ) -> None:
        """A call gave these outputs, and is differentiated by these variables."""

    def ran(self, results: Collection[Any], diagnosed: Callable[[], Any]) -> None:
        """A program ran on plain numbers: what came of it, and its diagnosis."""

    def tell(self, listener: Any, values: Any, writes: Any) -> None:
        """Somebody is to hear numbers after every run: see `batches.tell`."""


Recorder.of_a_call = Recorder
