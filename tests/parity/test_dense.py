"""Dense layers and nets equal PyTorch's, with the same weights under the same names."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value
from tests.nets import moved
from tests.parity import needed

torch = needed("torch")

from tests.parity.carrying import assert_agree, carried, tensors  # noqa: E402


class TorchMLP(torch.nn.Module):  # type: ignore[misc, name-defined]
    """As nn.MLP: `layers`, and an activation between them."""

    def __init__(self, widths: list[int], activation: Any, bias: bool) -> None:
        super().__init__()
        self.layers = torch.nn.ModuleList(
            torch.nn.Linear(*pair, bias=bias) for pair in pairwise(widths)
        )
        self.activation = activation

    def forward(self, x: Any) -> Any:
        *hidden, last = self.layers
        for layer in hidden:
            x = self.activation(layer(x))
        return last(x)


def agree(module: nn.Module, other: Any, count: int) -> None:
    numbers = np.random.default_rng(1).normal(size=count).tolist()
    inputs, points = [*map(Value, numbers)], tensors(numbers)
    assert_agree(module, module(inputs), other, other(points))
    np.testing.assert_allclose([x.grad for x in inputs], points.grad, rtol=1e-10)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("n_out", [1, 4])
def test_layers(n_out: int, bias: bool) -> None:
    module = moved(nn.Linear(3, n_out, bias=bias, rng=2))
    agree(module, carried(module, torch.nn.Linear(3, n_out, bias=bias)), 3)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("name", ["tanh", "relu", "sigmoid"])
def test_nets(name: str, bias: bool) -> None:
    module = moved(nn.MLP(3, [5, 4, 2], name, bias=bias, rng=2))
    other = TorchMLP([3, 5, 4, 2], getattr(torch, name), bias)
    agree(module, carried(module, other), 3)


def test_weights_travel_both_ways() -> None:
    other = TorchMLP([3, 5, 2], torch.tanh, bias=True).double()
    module = nn.MLP(3, [5, 2], "tanh")
    module.load_state_dict({name: x.numpy() for name, x in other.state_dict().items()})
    agree(module, other, 3)


@pytest.mark.parametrize("p", [0.0, 0.3, 1.0])
def test_dropout(p: float) -> None:
    numbers = np.random.default_rng(1).normal(size=20).tolist()
    inputs, points = [*map(Value, numbers)], tensors(numbers)
    module, other = nn.Dropout(p), torch.nn.Dropout(p)
    its = other(points)
    kept = (its != 0.0).double().numpy()  # who is dropped is left to chance
    with nn.noise.supplied(kept):
        assert_agree(module, module(inputs), other, its[None])
    np.testing.assert_allclose([x.grad for x in inputs], points.grad, rtol=1e-10)
    module.eval()
    assert module(numbers) == other.eval()(points).tolist()
