"""micrograd's demo step, written for each engine.

100 points of two interleaved half moons, MLP(2, [16, 16, 1]) with relu, the hinge
loss, an L2 penalty, the whole batch: one forward and one backward pass.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np

import nn
from autograd import Value, relu
from autograd import sum as add_up

SIZES = [16, 16, 1]
PENALTY = 1e-4
Step = Callable[[], float]
Array = np.ndarray[Any, Any]


def moons(count: int = 100, noise: float = 0.1) -> tuple[Array, Array]:
    """Points of two half moons, and which of the two they are on: -1 or 1.

    NumPy arrays, as in micrograd's notebook.
    """
    rng = random.Random(1337)
    points, sides = [], []
    for i in range(count):
        angle, side = math.pi * rng.random(), 1 if i % 2 else -1
        x, y = math.cos(angle), math.sin(angle)
        if side == 1:
            x, y = 1.0 - x, 0.5 - y
        points.append([x + rng.gauss(0.0, noise), y + rng.gauss(0.0, noise)])
        sides.append(side)
    return np.array(points), np.array(sides)


POINTS, SIDES = moons()


def weights() -> list[list[tuple[list[float], float]]]:
    """The same starting numbers for every engine: layers of (weights, bias)."""
    rng = random.Random(1337)
    widths = [2, *SIZES]
    return [
        [([rng.uniform(-1, 1) for _ in range(n_in)], 0.0) for _ in range(n_out)]
        for n_in, n_out in itertools.pairwise(widths)
    ]


def model() -> nn.MLP:
    """The demo's net, with these numbers."""
    net = nn.MLP(2, SIZES)
    for layer, rows in zip(net.layers, weights(), strict=True):
        weight, bias = zip(*rows, strict=True)
        layer.load_state_dict({"weight": weight, "bias": bias})
    return net


def gradtrace_step() -> Step:
    """Through `nn`: each neuron is one `dot` node and one activation node."""
    net = model()
    parameters = net.parameters()

    def step() -> float:
        scores = [net(list(map(Value, point))) for point in POINTS]
        hinge = nn.losses.hinge(scores, SIDES)
        loss = hinge + PENALTY * add_up([p * p for p in parameters])
        net.zero_grad()
        loss.backward()
        return float(loss.data)

    return step


def gradtrace_by_hand_step() -> Step:
    """By hand: every product is a node, every neuron a `sum` of them."""
    net = [[([*map(Value, row)], Value(b)) for row, b in rows] for rows in weights()]
    parameters = [p for rows in net for row, bias in rows for p in (*row, bias)]

    def score(point: Array) -> Value:
        values = list(map(Value, point))
        for depth, rows in enumerate(net):
            values = [
                add_up([*(w * x for w, x in zip(row, values, strict=True)), bias])
                for row, bias in rows
            ]
            if depth < len(net) - 1:
                values = [value.relu() for value in values]
        return values[0]

    def step() -> float:
        pairs = zip(map(score, POINTS), SIDES, strict=True)
        losses = [relu(1.0 - side * s) for s, side in pairs]
        hinge = add_up(losses) * (1.0 / len(losses))
        loss = hinge + PENALTY * add_up([p * p for p in parameters])
        for p in parameters:
            p.grad = 0.0
        loss.backward()
        return float(loss.data)

    return step


def micrograd_step() -> Step:
    """The same on micrograd."""
    from micrograd.engine import Value as MicrogradValue
    from micrograd.nn import MLP

    model = MLP(2, SIZES)
    for layer, rows in zip(model.layers, weights(), strict=True):
        for neuron, (row, _) in zip(layer.neurons, rows, strict=True):
            for parameter, start in zip(neuron.w, row, strict=True):
                parameter.data = start

    def step() -> float:
        scores = [model(list(map(MicrogradValue, point))) for point in POINTS]
        pairs = zip(scores, SIDES, strict=True)
        losses = [(1 + -side * s).relu() for s, side in pairs]
        hinge = sum(losses) * (1.0 / len(losses))
        loss = hinge + PENALTY * sum(p * p for p in model.parameters())
        model.zero_grad()
        loss.backward()
        return float(loss.data)

    return step


def xad_step() -> Step:
    """The same on xad's tape, which is written in C++."""
    import xad.adj_1st as adjoint
    from xad import math as xad_math

    start = weights()

    def step() -> float:
        with adjoint.Tape() as tape:
            net = [
                [([*map(adjoint.Real, row)], adjoint.Real(b)) for row, b in rows]
                for rows in start
            ]
            parameters = [p for rows in net for row, b in rows for p in (*row, b)]
            for parameter in parameters:
                tape.registerInput(parameter)
            tape.newRecording()
            loss = _xad_loss(net, parameters, adjoint.Real, xad_math.max)
            tape.registerOutput(loss)
            loss.setDerivative(1.0)
            tape.computeAdjoints()
            for parameter in parameters:
                parameter.getDerivative()
            return float(loss.getValue())

    return step


def _xad_loss(net: Any, parameters: Any, real: Any, larger: Any) -> Any:
    hinge = real(0.0)
    for point, side in zip(POINTS, SIDES, strict=True):
        values: list[Any] = [real(x) for x in point]
        for depth, rows in enumerate(net):
            sums = []
            for row, bias in rows:
                total = bias
                for w, x in zip(row, values, strict=True):
                    total = total + w * x
                sums.append(total if depth == len(net) - 1 else larger(total, 0.0))
            values = sums
        hinge = hinge + larger(1.0 - side * values[0], 0.0)
    loss = hinge * (1.0 / len(POINTS))
    for parameter in parameters:
        loss = loss + PENALTY * parameter * parameter
    return loss
