"""A backward pass as a sequence of steps: pure data, for the page and the terminal.

First the forward pass, an operation at a time, parents first. Then the backward pass
in exactly the opposite order: a node passes its gradient on to its operands as soon as
all its own consumers have done so. Leaves have no step of their own: they are given at
the start, and have nobody to pass a gradient to.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from visualize.stepping.scenes import Scene

Kind = Literal["start", "forward", "seed", "outside", "backward"]


@dataclass(frozen=True)
class Arrival:
    """A card's running gradient after a step, and whether all of it is there."""

    card: int
    gradient: float
    complete: bool = False


@dataclass(frozen=True)
class Step:
    """One step of a scene.

    Attributes:
        kind: "start", then "forward" steps, "seed" (the output's own gradient is 1),
            then "backward" steps; "outside" is what comes from consumers that are not
            in the scene.
        card: The card whose turn it is; None at the start.
        lines: What happens, as equations with their numbers.
        why: Why this card may be next.
        notes: What else there is to know: which gradients are complete now.
        arrivals: The running gradients that change, in the order of the lines.
        wires: The wires that something passes along.
    """

    kind: Kind
    card: int | None
    lines: tuple[str, ...]
    why: str
    notes: tuple[str, ...] = ()
    arrivals: tuple[Arrival, ...] = ()
    wires: tuple[int, ...] = ()

    @property
    def phase(self) -> Literal["forward", "backward"]:
        """Which of the two passes the step belongs to."""
        return "forward" if self.kind in {"start", "forward"} else "backward"


def running(steps: Sequence[Step], last: int) -> dict[int, float]:
    """The gradients that exist after step number `last`, by card."""
    return {
        arrival.card: arrival.gradient
        for step in steps[: last + 1]
        for arrival in step.arrivals
    }


def run_until(
    steps: Sequence[Step], start: int, stop: Callable[[Step], bool]
) -> int | None:
    """The number of the first step after `start` at which `stop` holds, if any."""
    later = range(start + 1, len(steps))
    return next((number for number in later if stop(steps[number])), None)


def at_card(scene: Scene, text: str) -> Callable[[Step], bool]:
    """Holds for the steps of the cards that have this name or operation."""
    wanted = set(scene.find(text))
    return lambda step: step.card in wanted


def gradient_above(bound: float) -> Callable[[Step], bool]:
    """Holds where a running gradient becomes larger than `bound`, or NaN."""
    return lambda step: any(
        abs(arrival.gradient) > bound or math.isnan(arrival.gradient)
        for arrival in step.arrivals
    )
