"""diagnose_training: layers over time; and a fit that stops with what it finds."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import autograd
import nn
import visualize
from autograd import diagnose_training

X = np.random.default_rng(0).normal(size=(16, 2)).tolist()
Y = [1.0 if x > y else -1.0 for x, y in X]


def model_with_bias(bias: float) -> nn.MLP:
    model = nn.MLP(2, [8, 8, 1], rng=0)
    for name, parameter in model.named_parameters():
        if name.startswith("layers.0.") and "bias" in name:
            parameter.data = bias
    return model


def test_a_healthy_training_has_rows_and_no_findings() -> None:
    model = model_with_bias(0.0)
    optimizer = nn.SGD(model.parameters(), lr=0.01)

    def batches() -> Iterator[Any]:
        for _ in range(3):
            yield X, Y
            model.zero_grad()
            autograd.mean(
                [(model(x) - y) ** 2 for x, y in zip(X, Y, strict=True)]
            ).backward()
            optimizer.step()

    found = diagnose_training(model, batches(), nn.losses.mean_squared_error)
    assert not found.findings
    assert str(found) == "nothing went wrong"
    assert [(row.step, row.layer) for row in found.rows[:4]] == [
        *((0, f"layers.{layer}") for layer in range(3)),
        (1, "layers.0"),
    ]
    first, second, third = found.update_ratios["layers.0"]
    assert first == 0.0
    assert min(second, third) > 0.0


def test_the_gradients_are_those_of_a_backward_pass() -> None:
    model = model_with_bias(0.0)
    found = diagnose_training(model, [(X, Y)], nn.losses.mean_squared_error)
    assert not any(parameter.grad for parameter in model.parameters())
    autograd.mean(
        [nn.losses.mean_squared_error(model(x), y) for x, y in zip(X, Y, strict=True)]
    ).backward()
    for name, parameter in model.named_parameters():
        assert found.flow[name].grad == pytest.approx(parameter.grad, rel=1e-12)


def test_it_feeds_the_plots() -> None:
    found = diagnose_training(
        model_with_bias(0.0), [(X, Y)] * 2, nn.losses.mean_squared_error
    )
    axes = visualize.plot_gradient_flow(found.flow)
    assert [tick.get_text() for tick in axes.get_xticklabels()] == [
        f"layers.{layer}" for layer in range(3)
    ]


def test_a_dead_layer_is_told_with_its_step() -> None:
    found = diagnose_training(
        model_with_bias(-100.0), [(X, Y)], nn.losses.mean_squared_error
    )
    ((step, finding),) = found.findings
    assert (step, finding.kind) == (0, "dead")
    assert "layers.0" in str(found)
    assert {row.layer: row.flat for row in found.rows}["layers.0"] == 1.0


def test_fit_stops_with_what_is_found() -> None:
    def trained(bias: float) -> nn.History:
        model = model_with_bias(bias)
        loss = "mean_squared_error"
        return nn.fit(model, X, Y, loss=loss, epochs=2, diagnose=True, progress=False)

    ill = trained(-100.0)
    assert (ill.stopped, len(ill)) == ("dead", 0)
    assert ill.diagnosis is not None
    well = trained(0.0)
    assert (well.stopped, len(well), well.diagnosis) == ("epochs", 2, None)


@pytest.mark.parametrize(
    ("sizes", "activation", "lr"),
    [
        ([1], "linear", 3.0),
        ([1], "linear", 1e6),
        ([8, 1], "relu", 3.0),
        ([4, 1], "softplus", 1e6),
        ([8, 8, 1], "tanh", 1e6),
    ],
)
def test_fit_stops_where_steps_are_so_long_that_the_loss_explodes(
    sizes: list[int], activation: str, lr: float
) -> None:
    model = nn.MLP(2, sizes, activation=activation, rng=0)
    optimizer = nn.SGD(model.parameters(), lr=lr)
    loss: Any = "mean_squared_error"
    options: Any = {"epochs": 6, "diagnose": True, "progress": False}
    history = nn.fit(model, X, Y, loss=loss, optimizer=optimizer, **options)
    assert history.stopped == "exploding"
    assert history.diagnosis is not None
    step, finding = history.diagnosis.findings[0]
    assert step == len(history) == len(history.diagnosis.losses) - 1
    assert "smaller learning rate" in finding.advice
    assert history.diagnosis.update_ratios["layers.0"][-1] > 1.0


@pytest.mark.parametrize("width", [4, 16, 32])
@pytest.mark.parametrize("output", ["linear", "sigmoid"])
def test_gradients_vanish_in_a_deep_net_of_sigmoids(width: int, output: str) -> None:
    kinds = {}
    for activation in ("sigmoid", "tanh"):
        sizes = [width] * 11 + [1]
        model = nn.MLP(2, sizes, activation, output_activation=output, rng=0)
        batches = [(X[:8], Y[:8])]
        found = diagnose_training(model, batches, nn.losses.mean_squared_error)
        kinds[activation] = [finding.kind for _, finding in found.findings]
    assert kinds == {"sigmoid": ["vanishing"], "tanh": []}


def test_a_training_is_gone_on_with() -> None:
    model, loss = model_with_bias(0.0), nn.losses.mean_squared_error
    whole = diagnose_training(model, [(X, Y), (X[:8], Y[:8])], loss)
    parts = diagnose_training(model, [(X, Y)], loss)
    parts = diagnose_training(model, [(X[:8], Y[:8])], loss, parts)
    assert (parts.rows, parts.losses) == (whole.rows, whole.losses)
    assert [row.step for row in parts.rows] == [0, 0, 0, 1, 1, 1]
