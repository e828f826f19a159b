"""Optimizers: PyTorch's numbers, on lists of parameters and on vectors alike."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nn
from autograd import Value, parameter

Make = Callable[[list[Value]], nn.Optimizer]

# After 5 steps from (1, -2, 0.5) down the bowl below: torch.optim of PyTorch 2.13 in
# float64, with the same settings.
PYTORCH: list[tuple[Make, list[float]]] = [
    (
        lambda p: nn.SGD(p, lr=0.05),
        [0.6644074043563684, 0.09998001199048008, 0.46606079559650043],
    ),
    (
        lambda p: nn.SGD(p, lr=0.02, momentum=0.9),
        [0.590452558425446, 1.5465569348714536, 0.46373387011809636],
    ),
    (
        lambda p: nn.SGD(p, lr=0.02, momentum=0.5, weight_decay=0.1),
        [0.7357286860074966, 0.46166684717340595, 0.46994338245937173],
    ),
    (
        lambda p: nn.Adam(p, lr=0.1),
        [0.5178037856337929, -1.503211648921286, 0.011751913295554098],
    ),
    (
        lambda p: nn.Adam(p, lr=0.05, betas=(0.5, 0.9), eps=1e-3),
        [0.7609691961340087, -1.7530185248713712, 0.262484843980658],
    ),
]
MAKERS = [make for make, _ in PYTORCH]


def bowl(x: list[Value]) -> Value:
    centre, steepness = (0.3, 0.1, -4.0), (1.0, 10.0, 0.01)
    terms = [
        s * (v - c) ** 2 + 0.1 * v**4
        for v, c, s in zip(x, centre, steepness, strict=True)
    ]
    return terms[0] + terms[1] + terms[2]


def start() -> list[Value]:
    return [parameter(1.0), parameter(-2.0), parameter(0.5)]


@pytest.mark.parametrize(("make", "expected"), PYTORCH)
def test_steps_agree_with_pytorch(make: Make, expected: list[float]) -> None:
    x = start()
    optimizer = make(x)
    for _ in range(5):
        optimizer.zero_grad()
        bowl(x).backward()
        optimizer.step()
    assert [v.data for v in x] == pytest.approx(expected, rel=1e-13)


@pytest.mark.parametrize("make", MAKERS)
@given(gradients=st.lists(st.lists(st.floats(), min_size=3, max_size=3), max_size=5))
def test_vectors_and_parameters_move_alike(
    make: Make, gradients: list[list[float]]
) -> None:
    x = start()
    by_step, by_update = make(x), make(start())
    theta = np.array([v.data for v in x])
    for gradient in gradients:
        for v, g in zip(x, gradient, strict=True):
            v.grad = g
        by_step.step()
        theta = by_update.update(theta, np.array(gradient))
        assert np.array([v.data for v in x]).tobytes() == theta.tobytes()


@pytest.mark.parametrize("make", MAKERS)
def test_update_leaves_its_arguments_alone(make: Make) -> None:
    theta, gradient = np.array([1.0, 2.0, 3.0]), np.array([0.5, -1.0, 0.0])
    optimizer = make(start())
    first = optimizer.update(theta, gradient)
    optimizer.update(first, gradient)
    assert theta.tolist() == [1.0, 2.0, 3.0]
    assert gradient.tolist() == [0.5, -1.0, 0.0]
    assert first is not theta


@pytest.mark.parametrize("make", MAKERS)
def test_a_vector_of_another_length_changes_nothing(make: Make) -> None:
    optimizer, fresh = make(start()), make(start())
    theta = np.zeros(3)
    for wrong in (np.zeros(2), np.zeros((3, 1)), 1.0):
        with pytest.raises(ValueError, match=r"expected shape \(3,\), got"):
            optimizer.update(theta, wrong)
        with pytest.raises(ValueError, match=r"theta: expected shape \(3,\), got"):
            optimizer.update(wrong, theta)
    gradient = np.array([1.0, -2.0, 3.0])
    assert optimizer.update(theta, gradient).tolist() == (
        fresh.update(theta, gradient).tolist()
    )


def test_the_learning_rate_may_be_changed_between_steps() -> None:
    x = parameter(1.0)
    optimizer = nn.SGD([x], lr=0.5)
    x.grad = 1.0
    optimizer.step()
    optimizer.lr = 0.25
    optimizer.step()
    assert x.data == 0.25


def test_zero_grad_clears_what_the_optimizer_moves() -> None:
    x, other = parameter(1.0), parameter(1.0)
    optimizer = nn.Adam([x])
    (x * other).backward()
    optimizer.zero_grad()
    assert (x.grad, other.grad) == (0.0, 1.0)


def test_a_parameter_listed_twice_moves_once() -> None:
    x = parameter(1.0)
    optimizer = nn.SGD([x, x], lr=0.5)
    x.grad = 1.0
    optimizer.step()
    assert x.data == 0.5


def test_parameters_may_come_from_a_generator_and_with_equal_numbers() -> None:
    model = nn.MLP(2, [2, 1], init="zeros")
    assert len(nn.SGD((p for p in model.parameters()), lr=0.1).parameters) == 9


@pytest.mark.parametrize("make", MAKERS)
def test_inf_and_nan_pass_without_a_warning(make: Make) -> None:
    x = start()
    optimizer = make(x)
    for v, g in zip(x, (math.inf, math.nan, 1e300), strict=True):
        v.grad = g
    optimizer.step()
    optimizer.step()
    assert math.isnan(x[1].data)


def test_what_cannot_be_moved_is_refused() -> None:
    x = parameter(1.0)
    with pytest.raises(ValueError, match="at least one parameter"):
        nn.SGD([], lr=0.1)
    with pytest.raises(TypeError, match="got float"):
        nn.SGD([1.0], lr=0.1)  # type: ignore[list-item]
    with pytest.raises(TypeError, match="got tuple"):
        nn.SGD(nn.Neuron(2).named_parameters(), lr=0.1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="moves leaves"):
        nn.SGD([x, x * 2.0], lr=0.1)
    with pytest.raises(TypeError, match=r"such as model\.parameters\(\); got Neuron"):
        nn.SGD(nn.Neuron(2), lr=0.1)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"those of model\.parameters\(\); got "):
        nn.SGD(dict(nn.Neuron(2).named_parameters()), lr=0.1)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="lr must be a number, got str"):
        nn.SGD([x], lr="0.1")  # type: ignore[arg-type]
    for wrong in (0.9, (0.9,), "ab"):
        with pytest.raises((TypeError, ValueError), match=r"betas.* must be"):
            nn.Adam([x], betas=wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda p: nn.SGD(p, lr=-1.0), "lr"),
        (lambda p: nn.SGD(p, lr=math.nan), "lr"),
        (lambda p: nn.SGD(p, lr=0.1, momentum=-0.1), "momentum"),
        (lambda p: nn.SGD(p, lr=0.1, weight_decay=-0.1), "weight_decay"),
        (lambda p: nn.Adam(p, betas=(1.0, 0.9)), r"betas\[0\]"),
        (lambda p: nn.Adam(p, betas=(0.9, -0.1)), r"betas\[1\]"),
        (lambda p: nn.Adam(p, betas=(0.9, 1.0)), r"betas\[1\]"),
        (lambda p: nn.Adam(p, eps=-1e-8), "eps"),
        (lambda p: nn.SGD(p, lr=math.inf), "lr"),
    ],
)
def test_settings_out_of_range_are_refused(make: Make, name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be at least 0 and "):
        make([parameter(1.0)])


def test_an_optimizer_tells_its_settings() -> None:
    x = parameter(1.0)
    assert repr(nn.SGD([x], lr=0.1, momentum=0.9)) == (
        "SGD(1 parameter, lr=0.1, momentum=0.9, weight_decay=0.0)"
    )
    optimizer = nn.Adam(nn.Neuron(2).parameters())
    optimizer.lr = 0.5
    assert repr(optimizer) == (
        "Adam(3 parameters, lr=0.5, betas=(0.9, 0.999), eps=1e-08)"
    )


@pytest.mark.parametrize("make", [lambda p: nn.SGD(p, lr=0.1), nn.Adam])
def test_a_net_learns_exclusive_or(make: Any) -> None:
    model = nn.MLP(2, [6, 1], activation="tanh", rng=2)
    optimizer = make(model.parameters())
    optimizer.lr = 0.2
    rows, targets = [(0, 0), (0, 1), (1, 0), (1, 1)], [0, 1, 1, 0]
    for _ in range(200):
        optimizer.zero_grad()
        scores = [model(row) for row in rows]
        loss = nn.losses.binary_cross_entropy_with_logits(scores, targets)
        loss.backward()
        optimizer.step()
    assert [model(row) > 0 for row in rows] == [False, True, True, False]
