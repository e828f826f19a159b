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
