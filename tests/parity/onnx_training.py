"""ONNX's losses, and single steps of its optimizers."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

import nn
from autograd import Value, parameter
from tests.parity.cases import Adapter, Case, Settings, along, array

# Losses ------------------------------------------------------------------------------


def loss(function: Any) -> Adapter:
    def run(case: Case) -> list[Any]:
        scores, target, weight = (*case.inputs, None)[:3]
        rows = np.moveaxis(scores, 1, -1).reshape(-1, scores.shape[1])
        got = function(
            rows,
            target.ravel(),
            weight=weight,
            ignore_index=case.attributes.get("ignore_index"),
            reduction=case.attributes["reduction"],
        )
        logs = along(nn.ACTIVATIONS["log_softmax"], scores, 1)
        return [array(got).reshape(case.outputs[0].shape), logs]

    return run


# Optimizers --------------------------------------------------------------------------


def optimizer(
    make: Callable[[list[Value], float, int, dict[str, Any]], Any],
) -> Adapter:
    """A step, where the tensors of each kind lie end to end in one vector."""

    def run(case: Case) -> list[Any]:
        rate, count, *tensors = case.inputs
        given = {"norm_coefficient": 0.0, **case.attributes}
        kinds = 2 + len(
            make([parameter(0.0)], float(rate), int(count), given).remembers
        )
        number = len(tensors) // kinds
        x, g, *memory = (
            np.concatenate(tensors[i : i + number]).astype(np.float64)
            for i in range(0, len(tensors), number)
        )
        moving = make([*map(parameter, x)], rate, count, case.attributes)
        remembered = dict(zip(moving.remembers, memory, strict=True))
        steps = {"steps": np.array(max(count - 1, 0))}
        moving.load_state_dict(moving.state_dict() | remembered | steps)
        moved, state = moving.update(x, g), moving.state_dict()
        ends = np.cumsum([len(tensor) for tensor in tensors[:number]])[:-1]
        vectors = [moved, *(state[name] for name in moving.remembers)]
        return [part for vector in vectors for part in np.split(vector, ends)]

    return run


KINDS = {"Adagrad": 3, "Adam": 4, "Momentum": 3}
"""How many kinds of tensors there are: parameters, gradients, what is remembered."""


def adagrad(xs: list[Value], rate: float, count: int, given: Settings) -> Any:
    lr = rate / (1.0 + count * given["decay_factor"])
    return nn.Adagrad(xs, lr, given["norm_coefficient"], given["epsilon"])


def adam(xs: list[Value], rate: float, count: int, given: Settings) -> Any:
    """ONNX adds epsilon before it makes up for the start, which it doesn't at T = 0."""
    first, second = given["alpha"], given["beta"]
    root = math.sqrt(1.0 - second ** max(count, 1))
    lr = rate if count else rate * (1.0 - first) / root
    eps = given["epsilon"] / root
    return nn.Adam(xs, lr, (first, second), eps, given["norm_coefficient"])


def momentum(xs: list[Value], rate: float, count: int, given: Settings) -> Any:
    assert not count or given["beta"] == 1.0  # PyTorch's dampening, from T = 1 on
    nesterov = given["mode"] == "nesterov"
    return nn.SGD(xs, rate, given["alpha"], given["norm_coefficient"], nesterov)
