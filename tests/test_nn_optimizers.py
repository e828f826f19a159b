"""Optimizers: PyTorch's numbers, on lists of parameters and on vectors alike."""

import copy
import inspect
import math
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import autograd
import nn
from autograd import Program, Value, dot, gradients, no_grad, parameter, relu, where

Make = Callable[[list[Value]], nn.Optimizer]
Vector = NDArray[np.float64]

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
MAKERS: list[Make] = [
    *(make for make, _ in PYTORCH),
    lambda p: nn.SGD(p, lr=0.02, momentum=0.9, weight_decay=0.1, nesterov=True),
    lambda p: nn.Adagrad(p, lr=0.3, weight_decay=0.1),
    lambda p: nn.RMSprop(p, lr=0.1),
    lambda p: nn.RMSprop(p, lr=0.02, alpha=0.8, momentum=0.9, weight_decay=0.1),
    lambda p: nn.Adam(p, lr=0.1, weight_decay=0.1),
    lambda p: nn.AdamW(p, lr=0.1, weight_decay=0.1),
    lambda p: nn.Lion(p, lr=0.1, weight_decay=0.1),
    lambda p: nn.Adam(
        [
            {"params": p[:1], "lr": 0.3},
            {"params": p[1:], "weight_decay": 0.1, "betas": (0.5, 0.6)},
        ],
        lr=0.1,
    ),
]


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


# --- what was published, number by number ---------------------------------------


def slopes(x: Vector) -> Vector:
    """The gradient of the bowl, by hand."""
    return np.array([2.0, 20.0, 0.02]) * (x - [0.3, 0.1, -4.0]) + 0.4 * x**3


def sgd(x: Vector, lr: float, mu: float, decay: float, nesterov: bool) -> Vector:
    """Sutskever et al. 2013, equations 1 to 4: v <- mu v - lr grad(x [+ mu v]).

    Nesterov's gradient is taken at the point ahead. That point moves as PyTorch's
    parameters do, where there is no decay, so it is what is returned.
    """
    v = np.zeros(3)
    for _ in range(5):
        at = x + mu * v if nesterov else x
        v = mu * v - lr * (slopes(at) + decay * at)
        x = x + v
    return x + mu * v if nesterov else x


def adagrad(x: Vector, lr: float, decay: float) -> Vector:
    """Duchi et al. 2011: the diagonal of the sum of outer products of gradients."""
    outer = np.zeros((3, 3))
    for _ in range(5):
        g = slopes(x) + decay * x
        outer += np.outer(g, g)
        x = x - lr * g / (1e-10 + np.diag(outer) ** 0.5)
    return x


def rmsprop(x: Vector, lr: float, alpha: float, mu: float) -> Vector:
    """Tieleman and Hinton 2012: the mean square as the weighted sum of all so far."""
    squares: list[Vector] = []
    v = np.zeros(3)
    for t in range(5):
        squares.append(slopes(x) ** 2)
        kept = [alpha ** (t - i) * (1 - alpha) * s for i, s in enumerate(squares)]
        v = mu * v + slopes(x) / (np.sqrt(sum(kept)) + 1e-8)
        x = x - lr * v
    return x


def adam(
    x: Vector, lr: float, b1: float, b2: float, inside: float, apart: float
) -> Vector:
    """Kingma and Ba 2015, and Loshchilov and Hutter 2019, algorithm 2.

    The moments are weighted means of all gradients so far: their equation 1.
    """
    past: list[Vector] = []
    for t in range(1, 6):
        past.append(slopes(x) + inside * x)
        mean, square = (
            sum(b ** (t - i) * g**power for i, g in enumerate(past, 1))
            / sum(b ** (t - i) for i in range(1, t + 1))
            for b, power in ((b1, 1), (b2, 2))
        )
        x = x - lr * (mean / (np.sqrt(square) + 1e-8) + apart * x)
    return x


def lion(x: Vector, lr: float, b1: float, b2: float, decay: float) -> Vector:
    """Chen et al. 2023, algorithm 2, line by line."""
    m = np.zeros(3)
    for _ in range(5):
        g = slopes(x)
        update = b1 * m + (1 - b1) * g
        m = b2 * m + (1 - b2) * g
        x = x - lr * (np.sign(update) + decay * x)
    return x


def ahead(p: list[Value]) -> nn.Optimizer:
    return nn.SGD(p, lr=0.02, momentum=0.9, nesterov=True)


PUBLISHED: list[tuple[Make, Callable[[Vector], Vector]]] = [
    (lambda p: nn.SGD(p, lr=0.05), lambda x: sgd(x, 0.05, 0.0, 0.0, nesterov=False)),
    (
        lambda p: nn.SGD(p, lr=0.02, momentum=0.9, weight_decay=0.1),
        lambda x: sgd(x, 0.02, 0.9, 0.1, nesterov=False),
    ),
    (ahead, lambda x: sgd(x, 0.02, 0.9, 0.0, nesterov=True)),
    (
        lambda p: nn.Adagrad(p, lr=0.3, weight_decay=0.1),
        lambda x: adagrad(x, 0.3, 0.1),
    ),
    (lambda p: nn.RMSprop(p, lr=0.02), lambda x: rmsprop(x, 0.02, 0.99, 0.0)),
    (
        lambda p: nn.RMSprop(p, lr=0.02, alpha=0.8, momentum=0.9),
        lambda x: rmsprop(x, 0.02, 0.8, 0.9),
    ),
    (
        lambda p: nn.Adam(p, lr=0.1, weight_decay=0.3),
        lambda x: adam(x, 0.1, 0.9, 0.999, inside=0.3, apart=0.0),
    ),
    (
        lambda p: nn.AdamW(p, lr=0.1, betas=(0.5, 0.8), weight_decay=0.3),
        lambda x: adam(x, 0.1, 0.5, 0.8, inside=0.0, apart=0.3),
    ),
    (
        lambda p: nn.Lion(p, lr=0.1, betas=(0.7, 0.8), weight_decay=0.3),
        lambda x: lion(x, 0.1, 0.7, 0.8, 0.3),
    ),
]


@pytest.mark.parametrize(("make", "published"), PUBLISHED)
def test_steps_agree_with_the_published_algorithm(make: Make, published: Any) -> None:
    x = start()
    optimizer = make(x)
    for _ in range(5):
        optimizer.zero_grad()
        bowl(x).backward()
        optimizer.step()
    expected = published(np.array([1.0, -2.0, 0.5]))
    assert [v.data for v in x] == pytest.approx(expected.tolist(), rel=1e-12)


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
    with pytest.raises(TypeError, match=r"such as model\.parameters\(\), got Neuron"):
        nn.SGD(nn.Neuron(2), lr=0.1)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"those of model\.parameters\(\), got "):
        nn.SGD(dict(nn.Neuron(2).named_parameters()), lr=0.1)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="nesterov looks ahead along the momentum"):
        nn.SGD([x], lr=0.1, nesterov=True)
    with pytest.raises(TypeError, match="nesterov must be True or False, got 1"):
        nn.SGD([x], lr=0.1, momentum=0.9, nesterov=1)
    with pytest.raises(TypeError, match="lr must be a number, got str"):
        nn.SGD([x], lr="0.1")
    for wrong in (0.9, (0.9,), "ab"):
        with pytest.raises((TypeError, ValueError), match=r"betas.* must be"):
            nn.Adam([x], betas=wrong)


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
        "SGD(1 parameter, lr=0.1, momentum=0.9, weight_decay=0.0, nesterov=False)"
    )
    optimizer = nn.Adam(nn.Neuron(2).parameters())
    optimizer.lr = 0.5
    assert repr(optimizer) == (
        "Adam(3 parameters, lr=0.5, betas=(0.9, 0.999), eps=1e-08, weight_decay=0.0)"
    )
    assert repr(nn.SGD([{"params": [x]}, {"params": [parameter(2.0)]}])) == (
        "SGD(2 parameters in 2 groups)"
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


def test_lion_weighs_the_new_gradient_before_it_remembers() -> None:
    x = parameter(0.0)
    optimizer = nn.Lion([x], lr=1.0, betas=(0.5, 0.75))
    # The mean is 0.25 after the first; 0.5 * 0.25 - 0.5 * 0.3 is below 0.
    for gradient, position in ((1.0, -1.0), (-0.3, 0.0)):
        x.grad = gradient
        optimizer.step()
        assert x.data == position


def test_a_step_of_a_net_as_scikit_learn_worked_it_out() -> None:
    """scikit-learn's test_mlp.py, test_fit: numbers by hand, to 3 decimals."""
    net = nn.MLP(3, [2, 1], activation="sigmoid")
    net.load_state_dict(
        {
            "layers.0.weight": [[0.1, 0.3, 0.5], [0.2, 0.1, 0.0]],
            "layers.0.bias": [0.1, 0.1],
            "layers.1.weight": [[0.1, 0.2]],
            "layers.1.bias": [1.0],
        }
    )
    named = net.named_parameters()
    weights = [leaf for name, leaf in named if "weight" in name]
    biases = [leaf for name, leaf in named if "bias" in name]
    optimizer = nn.SGD(
        [{"params": weights, "weight_decay": 0.1}, {"params": biases}], lr=0.1
    )
    x = [0.6, 0.8, 0.7]
    hidden = [h.data for h in net.layers[0](x)]
    assert hidden == pytest.approx([0.679178699175393, 0.574442516811659], rel=1e-14)
    assert autograd.sigmoid(net(x)).data == pytest.approx(0.7654, abs=1e-4)
    nn.losses.binary_cross_entropy_with_logits(net(x), 0).backward()
    optimizer.step()
    state = {name: array.ravel().tolist() for name, array in net.state_dict().items()}
    expected = {
        "layers.0.weight": [0.098, 0.2956664, 0.4939998, 0.195756, 0.096008, -0.002244],
        "layers.0.bias": [0.098333, 0.09626],
        "layers.1.weight": [0.04706, 0.154089],
        "layers.1.bias": [0.9235],
    }
    for name, numbers in expected.items():
        assert state[name] == pytest.approx(numbers, abs=1.5e-3)
    assert autograd.sigmoid(net(x)).data == pytest.approx(0.739, abs=1e-3)


# --- groups -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "settings", "own"),
    [
        (nn.SGD, {"lr": 0.02, "momentum": 0.9}, {"weight_decay": 0.1}),
        (nn.SGD, {"lr": 0.02, "momentum": 0.9}, {"momentum": 0.0}),
        (nn.SGD, {"lr": 0.02, "momentum": 0.9}, {"nesterov": True, "lr": 0.01}),
        (nn.Adagrad, {"lr": 0.1}, {"eps": 0.1, "weight_decay": 0.1}),
        (nn.RMSprop, {"lr": 0.02}, {"alpha": 0.5, "momentum": 0.5}),
        (nn.Adam, {"lr": 0.1}, {"betas": (0.5, 0.6), "eps": 0.1}),
        (nn.AdamW, {"lr": 0.1}, {"lr": 0.3, "weight_decay": 0.0}),
        (nn.Lion, {"lr": 0.1}, {"betas": (0.5, 0.6), "weight_decay": 0.1}),
    ],
)
def test_groups_move_as_optimizers_of_their_own_would(
    kind: Any, settings: dict[str, Any], own: dict[str, Any]
) -> None:
    x, y = start(), start()
    together = kind([{"params": x[:1]}, {"params": x[1:], **own}], **settings)
    apart = [kind(y[:1], **settings), kind(y[1:], **{**settings, **own})]
    for _ in range(5):
        together.zero_grad()
        bowl(x).backward()
        together.step()
        for optimizer in apart:
            optimizer.zero_grad()
        bowl(y).backward()
        for optimizer in apart:
            optimizer.step()
        assert [v.data for v in x] == [v.data for v in y]


def test_a_learning_rate_of_a_group_keeps_its_ratio() -> None:
    x, y = parameter(1.0), parameter(1.0)
    optimizer = nn.SGD([{"params": [x]}, {"params": [y], "lr": 0.25}], lr=0.5)
    x.grad = y.grad = 1.0
    for lr in (0.5, 0.0, 0.25):
        optimizer.lr = lr
        optimizer.step()
        assert (optimizer.lr, optimizer.groups[1]["lr"]) == (lr, lr / 2)
    assert (x.data, y.data) == (0.25, 0.625)
    optimizer.groups[1]["lr"] = 2.0
    optimizer.step()
    assert (x.data, y.data) == (0.0, -1.375)


def test_groups_that_are_none_are_refused() -> None:
    x, y = parameter(1.0), parameter(2.0)
    cases: list[tuple[list[Any], type[Exception], str]] = [
        ([{"weights": [x]}], TypeError, 'dict with a list of them under "params"'),
        ([{"params": x}], TypeError, 'dict with a list of them under "params"'),
        (
            [{"params": [x], "weight_decey": 1.0}],
            ValueError,
            r"of a group .*mean weight_decay\?.*nesterov$",
        ),
        ([{"params": [x], "momentum": -1.0}], ValueError, "momentum must be at least"),
        ([{"params": [x]}, {"params": [y, x]}], ValueError, "in two groups"),
        ([{"params": [x]}, y], TypeError, "got dict"),
        ([{"params": []}], ValueError, "at least one parameter"),
        ([{"params": [1.0]}], TypeError, "got float"),
    ]
    for groups, error, text in cases:
        with pytest.raises(error, match=text):
            nn.SGD(groups, lr=0.1)
    with pytest.raises(ValueError, match="no multiple of the optimizer's 0"):
        nn.SGD([{"params": [x], "lr": 0.1}], lr=0.0)
    with pytest.raises(ValueError, match="lr must be at least 0"):
        nn.SGD([x], lr=0.1).lr = math.nan


def test_every_optimizer_has_a_name() -> None:
    assert {kind.__name__.lower() for kind in nn.OPTIMIZERS.values()} == (
        {*nn.OPTIMIZERS}
    )
    for kind in nn.OPTIMIZERS.values():
        assert kind([parameter(1.0)], lr=0.5).lr == 0.5
        assert kind(start(), 1e-3).update(np.ones(3), np.ones(3)).max() < 1.0


# --- saved and restored -----------------------------------------------------------


@pytest.mark.parametrize("make", MAKERS)
def test_a_restored_optimizer_goes_on_to_the_bit(make: Make, tmp_path: Path) -> None:
    x = start()
    optimizer = make(x)
    rng = np.random.default_rng(1)
    theta = np.array([1.0, -2.0, 0.5])
    for _ in range(3):
        theta = optimizer.update(theta, rng.normal(size=3))
    optimizer.lr *= 0.3
    np.savez(tmp_path / "state.npz", **optimizer.state_dict())  # type: ignore[arg-type]
    restored = make(start())
    with np.load(tmp_path / "state.npz", allow_pickle=False) as state:
        restored.load_state_dict(state)
    assert restored.lr == optimizer.lr
    for _ in range(3):
        gradient = rng.normal(size=3)
        other = restored.update(theta, gradient)
        theta = optimizer.update(theta, gradient)
        assert other.tobytes() == theta.tobytes()


@pytest.mark.parametrize("make", MAKERS)
def test_a_state_is_a_copy(make: Make) -> None:
    optimizer = make(start())
    optimizer.update(np.ones(3), np.ones(3))
    state = optimizer.state_dict()
    before = {name: array.tobytes() for name, array in state.items()}
    optimizer.update(np.ones(3), np.ones(3))
    assert {name: array.tobytes() for name, array in state.items()} == before
    other = make(start())
    other.load_state_dict(state)
    for array in state.values():
        array.fill(0)
    assert {n: array.tobytes() for n, array in other.state_dict().items()} == before


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"mean": None}, "missing: mean"),
        ({"extra": np.zeros(3)}, "unexpected: extra"),
        ({"mean": np.zeros(4)}, r"mean: expected shape \(3,\), got \(4,\)"),
        ({"mean": np.array(["a", "b", "c"])}, "mean: expected real numbers, got"),
        ({"steps": np.array(1.5)}, "steps: expected integers, got"),
        ({"lr": np.array(math.nan)}, "lr must be at least 0"),
        ({"groups.0.betas": np.array([0.9, 1.0])}, r"betas\[1\] must be at least 0"),
    ],
)
def test_a_state_of_another_kind_changes_nothing(change: Any, text: str) -> None:
    optimizer = nn.Adam(start())
    optimizer.update(np.ones(3), np.ones(3))
    before = optimizer.state_dict()
    state = {**nn.Adam(start(), lr=0.5).state_dict(), **change}
    with pytest.raises(nn.StateError, match=text):
        optimizer.load_state_dict({n: x for n, x in state.items() if x is not None})
    with pytest.raises(nn.StateError, match="does not fit the optimizer"):
        optimizer.load_state_dict(nn.SGD(start()).state_dict())
    with pytest.raises(TypeError, match="maps names to arrays, got list"):
        optimizer.load_state_dict([])  # type: ignore[arg-type]
    for name, array in optimizer.state_dict().items():
        assert array.tobytes() == before[name].tobytes()


# --- a step without a gradient --------------------------------------------------

Use = Callable[[nn.MLP, nn.Optimizer], object]


def zero_each(model: nn.MLP, _: nn.Optimizer) -> None:
    for value in model.parameters():
        value.zero_grad()


def look(model: nn.MLP, _: nn.Optimizer) -> object:
    return [repr(value) for value in model.parameters()], model.state_dict()


def backward(model: nn.MLP, _: nn.Optimizer) -> Value:
    output: Value = model([1.0, 2.0])
    output.backward()
    return output


def backward_of_a_dead_net(model: nn.MLP, _: nn.Optimizer) -> None:
    relu(model([1.0, 2.0]) * 0.0 - 5.0).backward()
    assert not any(value.grad for value in model.parameters())


def backward_of_a_program(model: nn.MLP, _: nn.Optimizer) -> None:
    program = Program(model, [1.0, 2.0], parameters=model.parameters())
    program.backward([[1.0, 2.0]])


def backward_of_a_dead_program(model: nn.MLP, _: nn.Optimizer) -> None:
    program = Program(lambda x: 0.0 * model(x), [1.0, 2.0])
    program.backward([[1.0, 2.0]])


def backward_of_the_last_bias(model: nn.MLP, _: nn.Optimizer) -> None:
    (model.parameters()[-1] * 0.0).backward()


def assign(model: nn.MLP, _: nn.Optimizer) -> None:
    for value in model.parameters():
        value.grad = 0.0  # computed elsewhere, who knows


def backward_of_another_model(model: nn.MLP, _: nn.Optimizer) -> None:
    backward(copy.deepcopy(model), _)


def compute_gradients(model: nn.MLP, _: nn.Optimizer) -> object:
    return gradients(model([1.0, 2.0]), model.parameters())


def backward_without_recording(model: nn.MLP, _: nn.Optimizer) -> None:
    with no_grad():
        output = model([1.0, 2.0])
    output.backward()


def backward_and_zero_the_graph(model: nn.MLP, _: nn.Optimizer) -> None:
    backward(model, _).zero_grad()


def zero_the_module(model: nn.MLP, _: nn.Optimizer) -> None:
    model.zero_grad()


def zero_the_optimizer(_: nn.MLP, optimizer: nn.Optimizer) -> None:
    optimizer.zero_grad()


def step(_: nn.MLP, optimizer: nn.Optimizer) -> None:
    optimizer.step()


def reload(model: nn.MLP, _: nn.Optimizer) -> None:
    model.load_state_dict(model.state_dict())


MISTAKES: list[list[Use]] = [
    [],
    [look],
    [reload],
    [zero_the_module],
    [zero_the_optimizer],
    [backward, zero_the_module],
    [backward, zero_the_optimizer],
    [backward, zero_each],
    [backward, zero_the_module, look],
    [backward_and_zero_the_graph],
    [backward_of_a_program, zero_the_module],
    [backward_of_a_dead_net, zero_the_optimizer],
    [backward, step, zero_the_module],
    [backward_of_a_program, step, zero_the_optimizer, look],
    [assign, zero_the_module],
    [backward_of_another_model],
    [zero_the_module, backward_of_another_model],
    [compute_gradients],
    [backward_without_recording],
]

RIGHT: list[list[Use]] = [
    [backward],
    [zero_the_module, backward],
    [zero_the_optimizer, backward, look],
    [backward, step],  # twice with one gradient
    [backward_of_a_dead_net],
    [look, backward_of_a_dead_net],
    [zero_the_module, look, backward_of_a_dead_net],
    [backward, step, zero_the_optimizer, backward_of_a_dead_net],
    [backward_of_a_program],
    [zero_the_module, backward_of_a_program],
    [backward_of_a_dead_program],
    [zero_the_optimizer, backward_of_a_dead_program],
    [backward_of_the_last_bias],
    [assign],
    [zero_the_module, assign],
    [backward_of_another_model, backward],
]


def name_of(uses: list[Use]) -> str:
    return " ".join(use.__name__ for use in uses) or "nothing"


@pytest.mark.parametrize("make", [nn.Adam, lambda p: nn.SGD(p, lr=0.1, momentum=0.9)])
@pytest.mark.parametrize("uses", MISTAKES, ids=name_of)
def test_a_step_without_a_gradient_is_refused(uses: list[Use], make: Any) -> None:
    model = nn.MLP(2, [3, 1], rng=0)
    optimizer = make(model.parameters())
    for use in uses:
        use(model, optimizer)
    before = model.state_dict()
    with pytest.raises(RuntimeError, match=r"step\(\) without a gradient: no backward"):
        optimizer.step()
    for name, numbers in model.state_dict().items():
        assert numbers.tobytes() == before[name].tobytes()
    backward(model, optimizer)
    optimizer.step()  # and nothing is lost


@pytest.mark.parametrize("make", [nn.Adam, lambda p: nn.SGD(p, lr=0.1)])
@pytest.mark.parametrize("uses", RIGHT, ids=name_of)
def test_a_gradient_may_be_zero(uses: list[Use], make: Any) -> None:
    model = nn.MLP(2, [3, 1], rng=0)
    optimizer = make(model.parameters())
    for use in uses:
        use(model, optimizer)
    optimizer.step()


@pytest.mark.parametrize("uses", [uses for uses in RIGHT if step not in uses])
def test_a_gradient_may_be_older_than_the_optimizer(uses: list[Use]) -> None:
    model = nn.MLP(2, [3, 1], rng=0)
    for use in uses:
        if use is not zero_the_optimizer:
            use(model, None)  # type: ignore[arg-type]
    nn.SGD(model.parameters(), lr=0.1).step()


DEAD: list[Callable[[Value], Value]] = [
    relu,
    lambda w: relu(w * 2.0),
    lambda w: relu(Value(2.0) * w - 1.0),
    lambda w: 0.0 * where(Value(1.0), w, Value(3.0)),
    lambda w: 0.0 * dot([w, Value(1.0)], [Value(2.0), Value(3.0)], Value(4.0)),
    lambda w: 0.0 * dot([Value(2.0), Value(3.0)], [Value(1.0), w]),
    lambda w: 0.0 * dot([Value(2.0), Value(3.0)], [w, Value(1.0)], Value(4.0)),
    lambda w: 0.0 * autograd.sum([Value(1.0), w, Value(2.0)]),
    lambda w: relu(autograd.sum([Value(0.0), Value(0.0), w, Value(0.0), Value(0.0)])),
    lambda w: relu(-autograd.logsumexp([*map(Value, range(4)), w, Value(1.0)])),
]


@pytest.mark.parametrize("loss", DEAD)
@pytest.mark.parametrize("make", [parameter, Value])
def test_one_number_may_be_dead(loss: Any, make: Any) -> None:
    w = make(-1.0)
    optimizer = nn.SGD([w], lr=0.1)
    with pytest.raises(RuntimeError, match="without a gradient"):
        optimizer.step()
    loss(w).backward()
    assert w.grad == 0.0
    optimizer.step()
    optimizer.zero_grad()
    with pytest.raises(RuntimeError, match="without a gradient"):
        optimizer.step()


def test_two_optimizers_have_their_own_gradients() -> None:
    one, other = parameter(1.0), parameter(2.0)
    first, second = nn.SGD([one], lr=0.5), nn.SGD([other], lr=0.5)
    (one * one).backward()
    first.step()
    with pytest.raises(RuntimeError, match="without a gradient"):
        second.step()
    both = nn.SGD([one, other], lr=0.5)  # what the loss does not reach stays
    both.step()
    assert (one.data, other.data) == (-1.0, 2.0)
    both.zero_grad()
    (other * other).backward()
    second.step()
    first.zero_grad()
    assert other.grad == 4.0


def test_an_optimizer_copies_and_pickles_with_its_model() -> None:
    model = nn.MLP(2, [3, 1], rng=0)
    optimizer = nn.Adam(model.parameters())
    backward(model, optimizer)
    optimizer.step()
    copies = [
        copy.deepcopy((model, optimizer)),
        pickle.loads(pickle.dumps((model, optimizer))),
    ]
    for net, its_own in [(model, optimizer), *copies]:
        net.zero_grad()
        backward(net, its_own)
        its_own.step()
    for net, its_own in copies:
        assert its_own.parameters[0] is net.parameters()[0]
        assert net.parameters() == model.parameters()
        fresh = nn.SGD(copy.deepcopy(net).parameters(), lr=0.1)
        fresh.step()  # its gradient has been copied


def test_an_unknown_setting_is_told_the_known_ones() -> None:
    with pytest.raises(TypeError, match="'rate'; its settings are lr, momentum, "):
        nn.SGD([parameter(1.0)], rate=0.1)


def test_a_class_line_is_the_signature() -> None:
    told = "(parameters, lr=0.001, momentum=0.0, weight_decay=0.0, nesterov=False)"
    assert str(inspect.signature(nn.SGD)) == told
    adam, adamw = inspect.signature(nn.Adam), inspect.signature(nn.AdamW)
    assert [*adam.parameters] == [*adamw.parameters]
    with pytest.raises(TypeError, match=r"^SGD: got an unexpected"):
        nn.SGD([autograd.parameter(1.0)], momentumm=0.9)


def test_an_optimizer_of_ones_own_is_a_class_line_and_a_step() -> None:
    class Signs(nn.Optimizer, lr=0.5):
        def _move(self, group: Any, memory: Any, theta: Any, g: Any) -> None:
            theta -= group["lr"] * np.sign(g)

    x = autograd.parameter(3.0)
    optimizer = Signs([x])
    (x * x).backward()
    optimizer.step()
    assert x.data == 2.5
    assert repr(optimizer) == "Signs(1 parameter, lr=0.5)"
    assert Signs([x], 0.25).lr == 0.25

    class Decaying(Signs, weight_decay=0.5):
        """What is not said in the class line is as in the class before."""

    class Plain(nn.Optimizer):
        _move = Signs._move

    assert repr(Decaying([x])) == "Decaying(1 parameter, lr=0.5, weight_decay=0.5)"
    assert repr(Plain([x])) == "Plain(1 parameter, lr=0.001)"
