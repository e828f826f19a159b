"""Five steps of every optimizer, with all settings, against PyTorch's."""

from typing import Any

import numpy as np
import pytest

import nn
from autograd import parameter
from tests.parity import needed

torch = needed("torch")

START = np.array([1.2, -2.0, 0.5, 0.0, 1e-6, 30.0])
GRADIENTS = np.array(  # some are 0, tiny or huge
    [
        [0.3, -1.0, 1e-9, 0.0, 1e-12, 1e6],
        [0.2, -2.0, -1e-9, 0.0, -1e-12, -1e6],
        [-0.1, 0.5, 3e-9, 1.0, 0.0, 0.0],
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        [0.7, 1e-3, 1e-8, -1.0, 1e-11, 1e5],
    ]
)

SETTINGS: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {}),
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 1.5, "weight_decay": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1, "nesterov": True}),
    ("Adagrad", {}),
    ("Adagrad", {"lr": 0.1, "weight_decay": 0.1, "eps": 1e-3}),
    ("RMSprop", {}),
    ("RMSprop", {"lr": 0.1, "alpha": 0.5, "eps": 1e-3, "weight_decay": 0.1}),
    ("RMSprop", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1}),
    ("Adam", {}),
    ("Adam", {"lr": 0.1, "betas": (0.5, 0.6), "eps": 1e-3, "weight_decay": 0.1}),
    ("Adam", {"lr": 0.1, "betas": (0.0, 0.0)}),
    ("AdamW", {}),
    ("AdamW", {"lr": 0.1, "betas": (0.5, 0.6), "eps": 1e-3, "weight_decay": 0.3}),
    ("AdamW", {"lr": 0.1, "weight_decay": 0.0}),
]


def tensors() -> list[Any]:
    return [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in START]


def give(tensors: list[Any], gradient: Any) -> None:
    for tensor, slope in zip(tensors, gradient, strict=True):
        tensor.grad = torch.tensor(slope, dtype=torch.float64)


@pytest.mark.parametrize(("name", "settings"), SETTINGS)
def test_five_steps_are_pytorchs(name: str, settings: dict[str, Any]) -> None:
    theirs = tensors()
    their_optimizer = getattr(torch.optim, name)(theirs, **settings)
    optimizer = getattr(nn, name)(map(parameter, START), **settings)
    theta = START
    for gradient in GRADIENTS:
        give(theirs, gradient)
        their_optimizer.step()
        theta = optimizer.update(theta, gradient)
        expected = [tensor.item() for tensor in theirs]
        np.testing.assert_allclose(theta, expected, rtol=1e-12, atol=1e-18)


@pytest.mark.parametrize("name", ["SGD", "Adagrad", "RMSprop", "Adam", "AdamW"])
def test_groups_are_pytorchs(name: str) -> None:
    def groups(values: list[Any]) -> list[dict[str, Any]]:
        return [
            {"params": values[:2], "lr": 0.3},
            {"params": values[2:], "weight_decay": 0.2},
        ]

    theirs = tensors()
    their_optimizer = getattr(torch.optim, name)(groups(theirs), lr=0.1)
    ours = [parameter(x) for x in START]
    optimizer = getattr(nn, name)(groups(ours), lr=0.1)
    for gradient in GRADIENTS:
        give(theirs, gradient)
        for leaf, slope in zip(ours, gradient, strict=True):
            leaf.grad = slope
        their_optimizer.step()
        optimizer.step()
        np.testing.assert_allclose(
            [leaf.data for leaf in ours],
            [tensor.item() for tensor in theirs],
            rtol=1e-12,
            atol=1e-18,
        )


@pytest.mark.parametrize("gradient", GRADIENTS)
@pytest.mark.parametrize("limit", [1e-6, 0.7, 2.0, 1e7])
def test_clipping_is_pytorchs(gradient: Any, limit: float) -> None:
    clipping = torch.nn.utils
    for ours, theirs in (
        (nn.clip_norm, clipping.clip_grad_norm_),
        (nn.clip_value, clipping.clip_grad_value_),
    ):
        leaves, their_leaves = [parameter(x) for x in START], tensors()
        give(their_leaves, gradient)
        for leaf, slope in zip(leaves, gradient, strict=True):
            leaf.grad = slope
        norm, their_norm = ours(leaves, limit), theirs(their_leaves, limit)
        if norm is not None:
            assert norm == pytest.approx(their_norm.item(), rel=1e-14)
        np.testing.assert_allclose(
            [leaf.grad for leaf in leaves],
            [tensor.grad.item() for tensor in their_leaves],
            rtol=1e-13,
        )
