"""Fifty steps of every schedule, and of the optimizers it drives, as in PyTorch."""

from typing import Any

import numpy as np
import pytest

import nn
from autograd import parameter
from nn import schedules
from tests.parity import needed

torch = needed("torch")
S = torch.optim.lr_scheduler

LR, OTHER = 0.3, 0.1
WARM = {"start_factor": 0.1, "total_iters": 7}
PAIRS: dict[str, tuple[schedules.Schedule, Any]] = {
    "step": (schedules.step(LR, 7), lambda o: S.StepLR(o, 7)),
    "step by half": (schedules.step(LR, 3, 0.5), lambda o: S.StepLR(o, 3, 0.5)),
    "exponential": (
        schedules.exponential(LR, 0.9),
        lambda o: S.ExponentialLR(o, 0.9),
    ),
    "cosine": (schedules.cosine(LR, 50), lambda o: S.CosineAnnealingLR(o, 50)),
    "cosine, and up again": (
        schedules.cosine(LR, 12),
        lambda o: S.CosineAnnealingLR(o, 12),
    ),
    "linear": (schedules.linear(LR, 5), S.LinearLR),
    "linear, down": (
        schedules.linear(LR, 40, 1.0, 0.0),
        lambda o: S.LinearLR(o, 1.0, 0.0, 40),
    ),
    "one cycle": (
        schedules.one_cycle(LR, 51),
        lambda o: S.OneCycleLR(o, [LR, OTHER], 51, cycle_momentum=False),
    ),
    "one cycle of other shares": (
        schedules.one_cycle(LR, 60, 0.25, 0.1, 0.1 / 50),
        lambda o: S.OneCycleLR(
            o,
            [LR, OTHER],
            60,
            pct_start=0.25,
            div_factor=10,
            final_div_factor=50,
            cycle_momentum=False,
        ),
    ),
    "warm-up, then cosine": (
        schedules.warm_up(schedules.cosine(LR, 30), 7, 0.1),
        lambda o: S.SequentialLR(
            o, [S.LinearLR(o, **WARM), S.CosineAnnealingLR(o, 30)], [7]
        ),
    ),
    "warm-up, then steps": (
        schedules.warm_up(schedules.step(LR, 10), 7, 0.1),
        lambda o: S.SequentialLR(o, [S.LinearLR(o, **WARM), S.StepLR(o, 10)], [7]),
    ),
}


def groups(values: list[Any]) -> list[dict[str, Any]]:
    return [{"params": values[:1]}, {"params": values[1:], "lr": OTHER}]


@pytest.mark.filterwarnings("ignore:.*epoch parameter in .scheduler.step")  # Sequential
@pytest.mark.parametrize("name", PAIRS)
def test_fifty_steps_of_two_groups_are_pytorchs(name: str) -> None:
    schedule, scheduler_of = PAIRS[name]
    tensors = [torch.tensor(x, dtype=torch.float64) for x in (1.0, 2.0)]
    leaves = [parameter(1.0), parameter(2.0)]
    their_optimizer = torch.optim.SGD(groups(tensors), lr=LR)
    scheduler = scheduler_of(their_optimizer)
    optimizer = nn.SGD(groups(leaves), lr=LR)
    for step in range(50):
        optimizer.lr = schedule(step)
        rates = [group["lr"] for group in optimizer.groups]
        np.testing.assert_allclose(rates, scheduler.get_last_lr(), 1e-12, 1e-16)
        for leaf, tensor in zip(leaves, tensors, strict=True):
            leaf.grad = 0.1
            tensor.grad = torch.tensor(0.1, dtype=torch.float64)
        optimizer.step()
        their_optimizer.step()
        scheduler.step()
    expected = [tensor.item() for tensor in tensors]
    np.testing.assert_allclose([leaf.data for leaf in leaves], expected, 1e-12)


def test_a_wave_that_ends_above_zero() -> None:
    schedule = schedules.cosine(LR, 20, 0.01)
    their_optimizer = torch.optim.SGD([torch.zeros(1)], lr=LR)
    scheduler = S.CosineAnnealingLR(their_optimizer, 20, 0.01)
    for step in range(50):
        assert schedule(step) == pytest.approx(scheduler.get_last_lr()[0], rel=1e-12)
        their_optimizer.step()
        scheduler.step()
