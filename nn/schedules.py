"""Schedules: the learning rate as a function of the step.

Each of these makes a function `schedule(step) -> lr` that remembers nothing; steps
count from 0. Set the rate before each step, as in `optimizer.lr = schedule(step)`;
groups of parameters with a rate of their own follow in proportion. The numbers are
those of PyTorch's schedulers, which count the steps themselves.

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
    """Go from `start` times the rate to `end` times in a line, as LinearLR does.

    The end is reached after so many steps; from then on the rate stays.
    """
    lr, steps = at_least_zero("lr", lr), whole("steps", steps)
    start, end = at_least_zero("start", start), at_least_zero("end", end)
    return lambda step: lr * (start + (end - start) * min(step / steps, 1.0))


def cosine(lr: float, steps: int, end: float = 0.0) -> Schedule:
    """Swing from the rate down to `end` in half a wave, as CosineAnnealingLR does.

    Whoever goes on swings up again, in as many steps.

    Source: Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm
    restarts", 2017, equation 5.
    """
    lr, steps = at_least_zero("lr", lr), whole("steps", steps)
    end = at_least_zero("end", end)
    return lambda step: _swing(lr, end, step / steps)


def warm_up(schedule: Schedule, steps: int, start: float = 1.0 / 3.0) -> Schedule:
    """Rise to the first rate of a schedule in a line, and follow it from there.

    This is LinearLR and the other one in a SequentialLR. The rise takes so many steps,
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

    Args:
        lr: the highest rate.
        steps: how many there are; from the last one on the rate stays.
        rise: the share of the steps in which it goes up.
        start: the first rate, as a factor of the highest.
        end: the last rate, as a factor of the highest.

    Source: Smith and Topin, "Super-convergence: very fast training of neural networks
    using large learning rates", 2018; the wave in place of lines is PyTorch's default.
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
