"""Convolutions and pools against sums written out in NumPy, and what they refuse."""

import itertools
import math
import re
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from tests.nets import agrees_with_its_program, data, holding, moved, theta_of, weighted

Array = np.ndarray[Any, Any]
Pair = tuple[int, int]


def convolved(
    x: Array, w: Array, b: Array, stride: Pair, padding: Pair, dilation: Pair
) -> Array:
    """The definition: every product written out; x [in][h][w], w [out][in][kh][kw]."""
    x = np.pad(x, [(0, 0), *((p, p) for p in padding)])
    spans = [d * (k - 1) + 1 for d, k in zip(dilation, w.shape[2:], strict=True)]
    down, across = (
        (n - span) // s + 1
        for n, span, s in zip(x.shape[1:], spans, stride, strict=True)
    )
    y = np.zeros((len(w), down, across))
    for o, r, c in itertools.product(*map(range, y.shape)):
        y[o, r, c] = b[o] + sum(
            w[o, i, u, v]
            * x[i, r * stride[0] + u * dilation[0], c * stride[1] + v * dilation[1]]
            for i, u, v in itertools.product(*map(range, w.shape[1:]))
        )
    return y


CONVOLUTIONS = [
    {"kernel_size": 3},
    {"kernel_size": (2, 3), "stride": (1, 2)},
    {"kernel_size": 3, "padding": 1},
    {"kernel_size": (3, 1), "stride": 2, "padding": (1, 0), "dilation": (2, 1)},
    {"kernel_size": 2, "stride": 3, "padding": 2, "dilation": 3},
    {"kernel_size": 1, "bias": False},
]


def pair(size: Any) -> Pair:
    return (size, size) if isinstance(size, int) else size


def images(*shape: int) -> Any:
    return np.random.default_rng(3).normal(size=shape).tolist()


@pytest.mark.parametrize("options", CONVOLUTIONS, ids=str)
def test_a_convolution_is_its_definition(options: dict[str, Any]) -> None:
    net = moved(nn.Conv2d(2, 3, rng=1, **options))
    image = images(2, 6, 7)
    state = net.state_dict()
    settings = [
        pair(options.get(name, usual))
        for name, usual in (("stride", 1), ("padding", 0), ("dilation", 1))
    ]
    bias = state.get("bias", np.zeros(3))
    expected = convolved(np.array(image), state["weight"], bias, *settings)
    np.testing.assert_allclose(data(net(image)), expected, rtol=1e-12, atol=1e-14)
    agrees_with_its_program(net, image)


@pytest.mark.parametrize("bias", [True, False])
def test_in_groups_it_is_one_convolution_for_each(bias: bool) -> None:
    net = moved(nn.Conv2d(4, 6, 3, padding=1, groups=2, bias=bias, rng=1))
    assert net.state_dict()["weight"].shape == (6, 2, 3, 3)
    image, state = images(4, 5, 6), net.state_dict()
    expected = []
    for first in (True, False):
        alone = nn.Conv2d(2, 3, 3, padding=1, bias=bias)
        half = slice(3) if first else slice(3, None)
        alone.load_state_dict({name: x[half] for name, x in state.items()})
        expected += data(alone(image[:2] if first else image[2:]))
    np.testing.assert_allclose(data(net(image)), expected, rtol=1e-12, atol=1e-14)
    agrees_with_its_program(net, image)


@pytest.mark.parametrize("options", [{}, {"stride": 2, "padding": 1, "dilation": 2}])
def test_in_one_direction_it_is_the_same(options: dict[str, Any]) -> None:
    net = moved(nn.Conv1d(2, 3, kernel_size=3, rng=1, **options))
    steps = images(2, 9)
    w, b = net.state_dict().values()
    assert w.shape == (3, 2, 3)
    settings = [
        (usual, options.get(name, usual))
        for name, usual in (("stride", 1), ("padding", 0), ("dilation", 1))
    ]
    x = np.array(steps)[:, np.newaxis]
    expected = convolved(x, w[:, :, np.newaxis], b, *settings)[:, 0]
    np.testing.assert_allclose(data(net(steps)), expected, rtol=1e-12, atol=1e-14)
    agrees_with_its_program(net, steps)


@pytest.mark.parametrize(
    "net",
    [
        nn.Conv1d(2, 2, 2, stride=2, padding=1, rng=1),
        nn.Conv2d(2, 2, 2, dilation=2, padding=1, rng=1),
        nn.MaxPool2d(2, stride=1, padding=1),
        nn.AvgPool2d((2, 3), stride=1, padding=1),
        nn.MaxPool2d(2, dilation=2, padding=1, ceil_mode=True),
        nn.AvgPool2d(2, padding=1, ceil_mode=True, count_include_pad=False),
    ],
    ids=repr,
)
def test_gradients_agree_with_differences(net: nn.Module) -> None:
    image = images(2, 3) if isinstance(net, nn.Conv1d) else images(2, 3, 3)
    autograd.check_gradients(
        lambda theta, x: weighted(holding(net, theta)(x)), theta_of(moved(net)), image
    )


POOLS = [
    {"kernel_size": 2},
    {"kernel_size": (2, 3)},
    {"kernel_size": 3, "stride": 1, "padding": 1},
    {"kernel_size": (3, 2), "stride": (2, 1), "padding": (1, 0)},
]


@pytest.mark.parametrize("options", POOLS, ids=str)
@pytest.mark.parametrize(
    ("kind", "fill", "of"),
    [(nn.MaxPool2d, -math.inf, np.max), (nn.AvgPool2d, 0.0, np.mean)],
)
def test_a_pool_is_its_definition(
    kind: Any, fill: float, of: Any, options: dict[str, Any]
) -> None:
    image = images(2, 6, 7)
    size = pair(options["kernel_size"])
    stride = pair(options.get("stride", size))
    (up, left) = pair(options.get("padding", 0))
    x = np.pad(image, [(0, 0), (up, up), (left, left)], constant_values=fill)
    down, across = (
        (n - k) // s + 1 for n, k, s in zip(x.shape[1:], size, stride, strict=True)
    )
    expected = [
        [
            [
                of(p[r * stride[0] :, c * stride[1] :][: size[0], : size[1]])
                for c in range(across)
            ]
            for r in range(down)
        ]
        for p in x
    ]
    pool = kind(**options)
    np.testing.assert_allclose(data(pool(image)), expected, rtol=1e-12, atol=1e-15)
    assert pool.parameters() == []
    program = autograd.Program(lambda x: weighted(pool(x)), image)
    assert program(image) == pytest.approx(weighted(pool(image)), rel=1e-12)


@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize("padding", [(1, 1), (1, 0), (0, 1)])
def test_a_mean_counts_what_lies_in_the_image_or_its_padding(
    padding: tuple[int, int], counts: bool
) -> None:
    size, stride, shape = (2, 3), (3, 4), (4, 6)
    image = np.array(images(1, *shape))[0]
    pool = nn.AvgPool2d(size, stride, padding, ceil_mode=True, count_include_pad=counts)
    outputs = np.array(data(pool([image])))[0]
    for place in np.ndindex(*outputs.shape):
        total, count = 0.0, 0
        for step in np.ndindex(*size):
            at = [
                p * s + k - e
                for p, s, k, e in zip(place, stride, step, padding, strict=True)
            ]
            edge = padding if counts else (0, 0)
            inside = all(0 <= i < n for i, n in zip(at, shape, strict=True))
            total += image[tuple(at)] if inside else 0.0
            count += all(
                -e <= i < n + e for i, n, e in zip(at, shape, edge, strict=True)
            )
        assert outputs[place] == pytest.approx(total / count, rel=1e-14)
    assert outputs.shape == tuple(
        min(-(-(n + 2 * e - k) // s), -(-(n + e) // s) - 1) + 1
        for n, e, k, s in zip(shape, padding, size, stride, strict=True)
    )


def test_a_small_net_for_images() -> None:
    net = nn.Sequential(
        *(nn.Conv2d(1, 2, 3, rng=0), "relu", nn.MaxPool2d(2), nn.Flatten()),
        nn.Linear(8, 3, rng=1),
    )
    assert len(net(images(1, 6, 6))) == 3
    agrees_with_its_program(moved(net), images(1, 6, 6))


def test_a_convolution_is_one_matrix_product() -> None:
    program = autograd.Program(nn.Conv2d(2, 3, 3, rng=0), images(2, 5, 5))
    (line,) = [x for x in str(program.report()).splitlines() if "products" in x]
    assert re.fullmatch(r"matrix products +1  9×18 · 18×3", line)


def test_what_it_says_of_itself() -> None:
    for net, text in (
        (nn.Conv2d(1, 8, 3), "Conv2d(1 -> 8, kernel_size=3)"),
        (
            nn.Conv2d(1, 8, (3, 3), 1, (1, 2)),
            "Conv2d(1 -> 8, kernel_size=3, padding=(1, 2))",
        ),
        (nn.Conv1d(2, 4, 3, dilation=2), "Conv1d(2 -> 4, kernel_size=3, dilation=2)"),
        (nn.MaxPool2d(2), "MaxPool2d(kernel_size=2)"),
        (nn.AvgPool2d(2, stride=1), "AvgPool2d(kernel_size=2, stride=1)"),
        (
            nn.AvgPool2d(2, ceil_mode=True, count_include_pad=False),
            "AvgPool2d(kernel_size=2, ceil_mode=True, count_include_pad=False)",
        ),
        (nn.MaxPool2d(2, dilation=2), "MaxPool2d(kernel_size=2, dilation=2)"),
    ):
        assert repr(net) == text


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: nn.Conv2d(1, 1, 0), "kernel_size must be at least 1, got 0"),
        (lambda: nn.Conv2d(1, 1, 2.0), "kernel_size must be an int or a pair.*2.0"),  # type: ignore[arg-type]
        (lambda: nn.Conv2d(1, 1, (1, 2, 3)), r"or a pair of them, got \(1, 2, 3\)"),
        (lambda: nn.Conv1d(1, 1, (1, 2)), r"kernel_size must be an int, got \(1, 2\)"),
        (lambda: nn.Conv2d(1, 1, 2, stride=0), "stride must be at least 1"),
        (lambda: nn.Conv2d(1, 1, 2, padding=-1), "padding must be at least 0"),
        (lambda: nn.Conv2d(1, 1, 2, dilation=True), "dilation must be an int.*True"),
        (lambda: nn.Conv2d(0, 1, 2), "in_channels must be at least 1"),
        (lambda: nn.Conv2d(4, 6, 2, groups=4), "divide both.*got 4 for 4 -> 6"),
        (lambda: nn.Conv1d(4, 6, 2, groups=0), "groups must be at least 1"),
        (lambda: nn.Conv2d(1, 1, 2, bias=None), "bias must be True or False"),  # type: ignore[arg-type]
        (
            lambda: nn.MaxPool2d(2, padding=2),
            "at most half of what the window spans, got padding 2",
        ),
    ],
)
def test_settings_are_checked(make: Any, text: str) -> None:
    with pytest.raises((TypeError, ValueError), match=text):
        make()


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        (
            (3, 5, 5),
            r"expects numbers in the shape \[2\]\[any\]\[any\].*\[3\]\[5\]\[5\]",
        ),
        ((5, 5), r"got the shape \[5\]\[5\]"),
        ((2, 2, 5), r"the window of Conv2d\(2 -> 1, kernel_size=3\) does not.*2 x 5$"),
    ],
)
def test_inputs_are_checked(shape: tuple[int, ...], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        nn.Conv2d(2, 1, 3)(np.zeros(shape))
