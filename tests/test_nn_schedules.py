"""Schedules: where they start, turn and end, and what they refuse."""

import math
from typing import Any

import pytest

import nn
from nn import schedules

LR = 0.3

# At some steps: the rate as a share of LR, from what each is said to do.
SHARES: list[tuple[schedules.Schedule, dict[int, float]]] = [
    (schedules.step(LR, 10), {0: 1, 9: 1, 10: 0.1, 19: 0.1, 20: 0.01}),
    (schedules.step(LR, 1, 0.5), {0: 1, 1: 0.5, 3: 0.125}),
    (schedules.exponential(LR, 0.5), {0: 1, 1: 0.5, 3: 0.125}),
    (schedules.linear(LR, 3), {0: 1 / 3, 1: 5 / 9, 3: 1, 100: 1}),
    (schedules.linear(LR, 10, 1.0, 0.0), {0: 1, 5: 0.5, 10: 0, 11: 0}),
    (schedules.cosine(LR, 12), {0: 1, 4: 0.75, 6: 0.5, 8: 0.25, 12: 0, 24: 1}),
    (schedules.cosine(LR, 12, LR / 2), {0: 1, 6: 0.75, 12: 0.5}),
    (
        schedules.warm_up(schedules.step(LR, 5), 4, 0.0),
        {0: 0, 1: 0.25, 4: 1, 8: 1, 9: 0.1},
    ),
    (  # 30 % of 20 steps up, which ends at step 5
        schedules.one_cycle(LR, 20, start=0.2, end=0.02),
        {0: 0.2, 5: 1, 12: 0.51, 19: 0.02, 20: 0.02, 100: 0.02},
    ),
    (schedules.one_cycle(LR, 11, rise=1.0, start=0.0), {0: 0, 5: 0.5, 10: 1}),
    (schedules.one_cycle(LR, 10, rise=0.1, end=0.0), {0: 1, 3: 0.75, 9: 0}),
    (schedules.one_cycle(LR, 9, rise=0.0, end=0.0), {2: 0.75, 8: 0}),
]


@pytest.mark.parametrize(("schedule", "shares"), SHARES)
def test_a_schedule_passes_these_points(
    schedule: schedules.Schedule, shares: dict[int, float]
) -> None:
    for step, share in reversed(shares.items()):  # it remembers nothing
        assert schedule(step) == pytest.approx(share * LR, rel=1e-14, abs=1e-16)


def test_every_rate_may_be_an_optimizers() -> None:
    optimizer = nn.SGD(nn.Neuron(2).parameters())
    for schedule, _ in SHARES:
        for step in range(100):
            optimizer.lr = schedule(step)
            assert 0.0 <= optimizer.lr <= LR * (1.0 + 1e-15)


BAD: list[tuple[Any, tuple[Any, ...], type[Exception], str]] = [
    (schedules.step, (-1.0, 3), ValueError, "lr must be at least 0"),
    (schedules.step, (0.1, 0), ValueError, "every must be at least 1, got 0"),
    (schedules.step, (0.1, 2, math.nan), ValueError, "factor must be at least 0"),
    (schedules.cosine, (0.1, 1.5), TypeError, "steps must be an int, got float"),
    (schedules.cosine, (0.1, True), TypeError, "steps must be an int, got bool"),
    (schedules.cosine, (0.1, 5, -0.1), ValueError, "end must be at least 0"),
    (schedules.linear, (0.1, 5, -0.1), ValueError, "start must be at least 0"),
    (schedules.one_cycle, (0.1, 5, 1.5), ValueError, "rise is a share .* got 1.5"),
    (
        schedules.warm_up,
        (0.1, 3),
        TypeError,
        "the schedule that warm_up follows .*got float",
    ),
]


@pytest.mark.parametrize(("make", "arguments", "error", "text"), BAD)
def test_what_is_no_schedule_is_refused(
    make: Any, arguments: tuple[Any, ...], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        make(*arguments)
