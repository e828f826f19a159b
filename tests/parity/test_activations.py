"""Activations equal PyTorch's, their slopes and learned slopes too."""

from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value
from tests.nets import data, moved
from tests.parity import needed

torch = needed("torch")

from tests.parity.carrying import assert_agree, carried, tensors  # noqa: E402

functional = torch.nn.functional

NAMES = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": torch.relu,
    "leaky_relu": functional.leaky_relu,
    "elu": functional.elu,
    "selu": functional.selu,
    "celu": functional.celu,
    "silu": functional.silu,
    "swish": functional.silu,
    "gelu": functional.gelu,
    "gelu_tanh": lambda x: functional.gelu(x, approximate="tanh"),
    "softplus": lambda x: functional.softplus(x, threshold=800),
    "mish": functional.mish,
    "softsign": functional.softsign,
    "hard_tanh": functional.hardtanh,
    # The slope of PyTorch's own hardsigmoid is 1/6 in float32 only.
    "hard_sigmoid": lambda x: functional.relu6(x + 3.0) / 6.0,
    "hard_swish": functional.hardswish,
    "softmax": lambda x: functional.softmax(x, 0),
    "log_softmax": lambda x: functional.log_softmax(x, 0),
}
POINTS = [-7.5, -3.5, -2.75, -1.25, -0.5, -1e-3, 1e-3, 0.5, 0.75, 1.5, 2.9, 3.5, 8.0]


@pytest.mark.parametrize("name", NAMES)
def test_activations_and_their_slopes(name: str) -> None:
    function, xs = nn.ACTIVATIONS[name], [*map(Value, POINTS)]
    whole = name.endswith("softmax")
    ours = function(xs) if whole else [function(x) for x in xs]
    points = tensors(POINTS)
    its = NAMES[name](points)
    np.testing.assert_allclose(data(ours), its.detach(), rtol=1e-10, atol=1e-14)
    upstream = np.linspace(1.0, 2.0, len(POINTS))
    its.backward(torch.from_numpy(upstream))
    sum(g * y for g, y in zip(upstream.tolist(), ours, strict=True)).backward()
    slopes = [x.grad for x in xs]
    np.testing.assert_allclose(slopes, points.grad, rtol=1e-10, atol=1e-13)


def test_the_rest_of_the_list() -> None:
    assert {*nn.ACTIVATIONS} - {*NAMES} == {"linear", "step", "prelu", "maxout"}


@pytest.mark.parametrize("alpha", [0.3, 2.0])
def test_celu_of_any_alpha(alpha: float) -> None:
    ours = [nn.activations.celu(x, alpha) for x in POINTS]
    its = functional.celu(tensors(POINTS), alpha=alpha).detach()
    np.testing.assert_allclose(ours, its, rtol=1e-10)


@pytest.mark.parametrize("count", [1, 3])
def test_prelu(count: int) -> None:
    module = moved(nn.PReLU(count))
    other = carried(module, torch.nn.PReLU(count))
    x = np.random.default_rng(1).normal(size=(3, 4)).tolist()
    inputs: Any = [[Value(number) for number in row] for row in x]
    points = tensors(x)
    assert_agree(module, module(inputs), other, other(points[None])[0])
    slopes = [[v.grad for v in row] for row in inputs]
    np.testing.assert_allclose(slopes, points.grad, rtol=1e-10)
