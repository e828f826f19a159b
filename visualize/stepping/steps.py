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
from visualize.stepping.searching import find, named

StepKind = Literal["start", "forward", "seed", "outside", "backward"]


@dataclass(frozen=True)
class Arrival:
    """A card's running gradient after a step, and whether all of it is there.

    Attributes:
        card: The card.
        gradient: Its gradient so far. A group has many: this is what has come back
            through its wires in all, to keep account of, and no gradient to show.
        complete: Whether nothing more will come.
        size: How large the gradient is; of a group's gradients, the largest.
    """

    card: int
    gradient: float
    complete: bool
    size: float


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

    kind: StepKind
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


def settled(steps: Sequence[Step], last: int) -> set[int]:
    """The cards whose own gradients all exist after step number `last`.

    A group passes gradients back inside of itself when its turn has come, not before.
    """
    turns = {step.card for step in steps if step.kind == "backward"}
    past = steps[: last + 1]
    done = {s.card for s in past if s.kind == "backward" and s.card is not None}
    arrivals = [arrival for step in past for arrival in step.arrivals]
    return done | {a.card for a in arrivals if a.complete and a.card not in turns}


def run_until(
    steps: Sequence[Step], start: int, stop: Callable[[Step], bool]
) -> int | None:
    """The number of the first step after `start` at which `stop` holds, if any."""
    later = range(start + 1, len(steps))
    return next((number for number in later if stop(steps[number])), None)


def at_card(scene: Scene, text: str) -> Callable[[Step], bool]:
    """Holds for the steps of the cards that have this name or operation.

    For a name, also where the gradient changes: a leaf has no other steps.
    """
    wanted, called = set(find(scene, text)), set(named(scene, text))
    return lambda step: (
        step.card in wanted or any(a.card in called for a in step.arrivals)
    )


def gradient_above(bound: float) -> Callable[[Step], bool]:
    """Holds where a running gradient becomes larger than `bound`, or NaN."""
    return lambda step: any(
        arrival.size > bound or math.isnan(arrival.size) for arrival in step.arrivals
    )
