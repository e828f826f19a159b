"""Schedules: the learning rate as a function of the step.

Each of these makes a function `schedule(step) -> lr`; steps count from 0. Set the rate
before each step, as in `optimizer.lr = schedule(step)`. The numbers are those of
PyTorch's schedulers, which count the steps themselves.

>>> import nn
>>> schedule = nn.schedules.warm_up(nn.schedules.cosine(0.5, steps=100), steps=4)
>>> [round(schedule(step), 4) for step in (0, 2, 4, 54, 104)]
[0.1667, 0.3333, 0.5, 0.25, 0.0]
"""

import math
from collections.abc import Callable

from nn.checks import at_least_zero, function_of, whole

__all__ = [
    "Schedule", "cosine", "exponential", "linear", "one_cycle", "step", "warm_up",
]  # fmt: skip

Schedule = Callable[[int], float]


def step(lr: float, every: int, factor: float = 0.1) -> Schedule:
    """Multiply the rate by `factor` every so many steps, as StepLR does."""
    lr, every = at_least_zero("lr", lr), whole("every", every)
    factor = at_least_zero("factor", factor)
    return lambda step: lr * factor ** (step // every)


def exponential(lr: float, factor: float) -> Schedule:
    """Multiply the rate by `factor` at each step, as ExponentialLR does."""
    return step(lr, 1, factor)


def linear(
    lr: float, steps: int, start: float = 1.0 / 3.0, end: float = 1.0
) -> Schedule:
    """Go from `start` times the rate to `end` times in a line, as LinearLR does."""
    lr, steps = at_least_zero("lr", lr), whole("steps", steps)
    start, end = at_least_zero("start", start), at_least_zero("end", end)
    return lambda step: lr * (start + (end - start) * min(step / steps, 1.0))


def cosine(lr: float, steps: int, end: float = 0.0) -> Schedule:
    """Swing from the rate down to `end` in half a wave, as CosineAnnealingLR does.

    Source: Loshchilov and Hutter, "SGDR", 2017, equation 5.
    """
    lr, steps = at_least_zero("lr", lr), whole("steps", steps)
    end = at_least_zero("end", end)
    return lambda step: _swing(lr, end, step / steps)


def warm_up(schedule: Schedule, steps: int, start: float = 1.0 / 3.0) -> Schedule:
    """Rise to the first rate of a schedule in a line, and follow it from there.

    This is LinearLR and the other one in a SequentialLR: the rise takes so many steps,
    from `start` times the rate that it reaches; then the schedule counts from 0.

    Source: Goyal et al., "Accurate, large minibatch SGD", 2017, section 2.2.
    """
    function_of("the schedule that warm_up follows", schedule)
    rise = linear(schedule(0), steps, start)
    return lambda step: rise(step) if step < steps else schedule(step - steps)


def one_cycle(
    lr: float, steps: int, rise: float = 0.3, start: float = 0.04, end: float = 4e-6
) -> Schedule:
    """Swing up to the rate and down again, to nearly nothing, as OneCycleLR does.

    It goes up for the share `rise` of the steps; `start` and `end` are the first and
    the last rate as factors of the highest.

    Source: Smith and Topin, "Super-convergence", 2018; the wave in place of lines is
    PyTorch's.
    """
    lr, steps = at_least_zero("lr", lr), whole("steps", steps)
    low, last = lr * at_least_zero("start", start), lr * at_least_zero("end", end)
    if not 0.0 <= rise <= 1.0:
        raise ValueError(f"rise is a share between 0 and 1, got {rise!r}")
    top = rise * steps - 1.0  # the step at which the rate is highest, first and last
    down = steps - 1.0 - top

    def schedule(step: int) -> float:
        if step < top:
            return _swing(low, lr, step / top)
        return _swing(lr, last, min((step - top) / down, 1.0) if down else 0.0)

    return schedule


def _swing(start: float, end: float, share: float) -> float:
    """From start to end along half a wave of the cosine."""
    return end + (start - end) * 0.5 * (1.0 + math.cos(math.pi * share))
