"""micrograd's demo step, one example at a time: the points are the batch."""

from __future__ import annotations

from typing import Any

import numpy as np

import nn
from autograd import Value
from autograd import sum as add_up
from benchmarks import moons
from benchmarks.works import dense
from benchmarks.works.work import Array, Side, Work, installed

INPUTS = moons.POINTS
SIDES = moons.SIDES.astype(float)
PENALTY = moons.PENALTY


def work() -> Work:
    """MLP(2, [16, 16, 1]), hinge loss and the L2 penalty, on 100 points.

    The penalty stands in the loss of every example. It does not depend on the example,
    so a program computes it once a batch.
    """
    model = moons.model()
    parameters = model.parameters()

    def example(point: list[Any], side: Any) -> Value:
        hinge = nn.losses.hinge(model(point), side)
        loss: Value = hinge + PENALTY * add_up([p * p for p in parameters])
        return loss

    start = dense.matrices(model)
    peers = {"NumPy": lambda: by_hand(start), "PyTorch": lambda: in_torch(start)}
    peers = installed(peers, torch="PyTorch")
    return Work("micrograd's demo step", example, (INPUTS, SIDES), parameters, peers)


def by_hand(weights: list[Array]) -> Side:
    """The same in NumPy."""
    count = len(SIDES)
    net = dense.HandWritten(weights, count)
    slopes = -SIDES / count

    def step() -> tuple[float, list[Array]]:
        margins = 1.0 - SIDES * net.forward(INPUTS)[:, 0]
        np.multiply(slopes, margins > 0.0, out=net.errors[-1][:, 0])
        loss = float(np.maximum(margins, 0.0, out=margins).sum()) / count
        net.backward()
        for layer, matrix in enumerate(weights):
            net.gradients[layer] += 2.0 * PENALTY * matrix
            loss += PENALTY * float(np.vdot(matrix, matrix))
        return loss, net.gradients

    return Side(step, dense.in_order)


def in_torch(weights: list[Array]) -> Side:
    """The same in PyTorch."""
    import torch
    from torch.nn.utils import parameters_to_vector

    parameters = dense.torch_parameters(weights)
    points, sides = torch.tensor(INPUTS), torch.tensor(SIDES)

    def step() -> tuple[float, tuple[Any, ...]]:
        scores = dense.torch_scores(parameters, points)[:, 0]
        everything = parameters_to_vector(parameters)
        penalty = PENALTY * torch.dot(everything, everything)
        loss = torch.relu(1.0 - sides * scores).mean() + penalty
        return loss.item(), torch.autograd.grad(loss, parameters)

    return Side(step)
