"""Convolutions, pools and a small net equal PyTorch's, and so do all gradients."""

from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value
from nn.arrays import mapped
from tests.nets import flat, moved
from tests.parity import needed

torch = needed("torch")

from tests.parity.carrying import assert_agree, carried, tensors  # noqa: E402


def agree(module: nn.Module, other: Any, *shape: int) -> None:
    numbers = np.random.default_rng(1).normal(size=shape).tolist()
    inputs, points = mapped(Value, numbers), tensors(numbers)
    assert_agree(module, module(inputs), other, other(points[None])[0])
    slopes = [x.grad for x in flat(inputs)]
    expected = points.grad.ravel()
    np.testing.assert_allclose(slopes, expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize("padding", [0, 2])
@pytest.mark.parametrize("stride", [1, 3])
@pytest.mark.parametrize("bias", [True, False])
def test_convolutions(stride: int, padding: int, dilation: int, bias: bool) -> None:
    options: Any = {
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
        "bias": bias,
    }
    for name, shape in (("Conv1d", (2, 8)), ("Conv2d", (2, 7, 8))):
        module = moved(getattr(nn, name)(2, 3, 3, rng=2, **options))
        agree(
            module, carried(module, getattr(torch.nn, name)(2, 3, 3, **options)), *shape
        )


@pytest.mark.parametrize("groups", [2, 4])
def test_groups(groups: int) -> None:
    for name, shape in (("Conv1d", (4, 8)), ("Conv2d", (4, 5, 6))):
        module = moved(getattr(nn, name)(4, 8, 3, groups=groups, rng=2))
        other = getattr(torch.nn, name)(4, 8, 3, groups=groups)
        agree(module, carried(module, other), *shape)


def test_settings_in_each_direction() -> None:
    options: Any = {
        "kernel_size": (3, 2),
        "stride": (2, 1),
        "padding": (0, 3),
        "dilation": (1, 2),
    }
    module = moved(nn.Conv2d(2, 3, rng=2, **options))
    agree(module, carried(module, torch.nn.Conv2d(2, 3, **options)), 2, 6, 5)


@pytest.mark.parametrize("name", ["MaxPool2d", "AvgPool2d"])
@pytest.mark.parametrize(
    "options",
    [{}, {"stride": 1}, {"stride": (1, 2), "padding": (1, 0)}, {"padding": 1}],
    ids=str,
)
def test_pools(name: str, options: dict[str, Any]) -> None:
    other = getattr(torch.nn, name)((3, 2), **options)
    agree(getattr(nn, name)((3, 2), **options), other, 2, 6, 7)


@pytest.mark.parametrize("ceil_mode", [False, True])
@pytest.mark.parametrize("stride", [None, 1, 3, (2, 4)])
@pytest.mark.parametrize("padding", [0, 1, (1, 0)])
def test_pools_that_reach_over_the_edge(
    stride: Any, padding: Any, ceil_mode: bool
) -> None:
    options: Any = {"stride": stride, "padding": padding, "ceil_mode": ceil_mode}
    for dilation in (1, 2, (1, 3)):
        other = torch.nn.MaxPool2d((2, 3), dilation=dilation, **options)
        agree(nn.MaxPool2d((2, 3), dilation=dilation, **options), other, 2, 6, 7)
    for counts in (False, True):
        options["count_include_pad"] = counts
        for size, shape in (((2, 3), (2, 6, 7)), (3, (1, 5, 8)), ((4, 2), (1, 4, 3))):
            other = torch.nn.AvgPool2d(size, **options)
            agree(nn.AvgPool2d(size, **options), other, *shape)


@pytest.mark.parametrize("name", ["MaxPool2d", "AvgPool2d"])
def test_a_window_larger_than_the_image(name: str) -> None:
    options: Any = {"stride": 2, "ceil_mode": True}
    other = getattr(torch.nn, name)(3, **options)
    agree(getattr(nn, name)(3, **options), other, 1, 2, 2)


def test_a_net_for_images() -> None:
    module = moved(
        nn.Sequential(
            *(nn.Conv2d(1, 4, 3, padding=1, rng=0), "relu", nn.MaxPool2d(2)),
            *(nn.Conv2d(4, 3, 2, rng=1), "prelu", nn.AvgPool2d(2, stride=1)),
            *(nn.Flatten(), nn.Linear(3 * 4, 5, rng=2)),
        )
    )
    other = torch.nn.Sequential(
        *(torch.nn.Conv2d(1, 4, 3, padding=1), torch.nn.ReLU(), torch.nn.MaxPool2d(2)),
        *(torch.nn.Conv2d(4, 3, 2), torch.nn.PReLU(), torch.nn.AvgPool2d(2, stride=1)),
        *(torch.nn.Flatten(), torch.nn.Linear(3 * 4, 5)),
    )
    agree(module, carried(module, other), 1, 8, 8)
