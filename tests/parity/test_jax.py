"""Activations equal JAX's: values, slopes, and slopes of slopes."""

from typing import Any

import numpy as np
import pytest

import nn
from autograd import derivative
from tests.parity import needed

jax = needed("jax")

NAMES = [
    *("sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "celu", "silu"),
    *("gelu", "gelu_tanh", "softplus", "mish", "hard_tanh", "hard_sigmoid"),
    *("softsign", "hard_swish"),
]
OTHERS = {
    "gelu": lambda x: jax.nn.gelu(x, approximate=False),
    "gelu_tanh": lambda x: jax.nn.gelu(x, approximate=True),
    "softsign": jax.nn.soft_sign,
    "hard_swish": jax.nn.hard_swish,
}
POINTS = [-7.5, -2.75, -0.5, -1e-3, 1e-3, 0.75, 2.9, 8.0]


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("name", NAMES)
def test_activations(name: str, order: int) -> None:
    ours: Any = nn.ACTIVATIONS[name]
    its = OTHERS.get(name) or getattr(jax.nn, name)
    for _ in range(order):
        its = jax.grad(its)
    if order:
        ours = derivative(ours, order)
    with jax.enable_x64(True):
        wanted = [float(its(x)) for x in POINTS]
    np.testing.assert_allclose([*map(ours, POINTS)], wanted, rtol=1e-10, atol=1e-13)
