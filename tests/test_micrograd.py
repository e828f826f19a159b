"""What was written for micrograd runs here with only its imports changed.

micrograd: Andrej Karpathy, https://github.com/karpathy/micrograd (MIT).
"""

import importlib
import math
import random
from importlib.util import find_spec
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import autograd
import nn

# The losses of the first 100 steps of `train` below, run with micrograd 0.1.0 (PyPI),
# `from micrograd.engine import Value` and `from micrograd.nn import MLP`, on CPython
# 3.11 and NumPy 2.4, printed with 17 digits.
MICROGRAD_LOSSES = [
    0.90466200428498067,
    1.6441462169612744,
    1.010135697774013,
    0.96856429135731115,
    0.41895865300854307,
    0.33919035511905776,
    0.30446467856248444,
    0.2811049607284592,
    0.26294293407594932,
    0.24809720508605407,
    0.22462937256705223,
    0.20655642003489358,
    0.19523150694056257,
    0.18693209297993912,
    0.17824083047542061,
    0.17789057681017439,
    0.19674489721198929,
    0.1811827825502777,
    0.18098772837784335,
    0.1783948537404387,
    0.16566263714103382,
    0.16021252453257853,
    0.16491758450174332,
    0.16936049825531099,
    0.16195031313846789,
    0.16233848615047036,
    0.15345752054299444,
    0.15813842102540279,
    0.15877057052222762,
    0.15789375175260309,
    0.14946028821619184,
    0.14305121044743949,
    0.13977011583120727,
    0.13675236314917616,
    0.12222186192052395,
    0.12637081246600121,
    0.12474050350843784,
    0.12823330572204289,
    0.11988977465361093,
    0.11550037137866283,
    0.11071554245948768,
    0.10643809371529606,
    0.10026660253963263,
    0.097596979801802375,
    0.098955626429897137,
    0.096996630086387953,
    0.099751493547799774,
    0.098345558925800686,
    0.090358451925231564,
    0.090619064363892929,
    0.087764033142848336,
    0.091169036372853424,
    0.097625466726770846,
    0.090428155852659189,
    0.084542378579412852,
    0.085443585451207671,
    0.083803190993895132,
    0.090872959653959459,
    0.096728626106939317,
    0.083898206192058525,
    0.08264098787258245,
    0.079454439406528535,
    0.078100468517236593,
    0.076961333555313025,
    0.076183820776605585,
    0.075923052720922549,
    0.077375962335922227,
    0.077435028081530105,
    0.077394566166246764,
    0.077355539476410912,
    0.074883858092417405,
    0.074312659957933541,
    0.074110678587822484,
    0.07468709995654052,
    0.074011778373975434,
    0.074067097825908382,
    0.072981519269677872,
    0.073081127421023823,
    0.072263712522921075,
    0.072000474854758814,
    0.071792206909651046,
    0.071567554614091533,
    0.071388367853367135,
    0.071272785970044092,
    0.071459535558559356,
    0.070977416245205024,
    0.070822793311013502,
    0.07069831632363785,
    0.070796384026810572,
    0.070562456814289798,
    0.070411476709723489,
    0.070345776474152508,
    0.070228910675777148,
    0.070103322577124039,
    0.070003104724600626,
    0.069890143584364683,
    0.069847791977606308,
    0.069762533618092051,
    0.069673283171094724,
    0.069586847646097863,
]


def two_moons() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Two interleaved half circles of 50 points each, noisy, always the same."""
    points, labels = [], []
    for index in range(100):
        angle = math.pi * (index // 2) / 49
        if index % 2 == 0:
            points.append([math.cos(angle), math.sin(angle)])
            labels.append(-1)
        else:
            points.append([1 - math.cos(angle), 0.5 - math.sin(angle)])
            labels.append(1)
    # The old generator, because NumPy promises that its numbers never change.
    noise = np.random.RandomState(1337).normal(0.0, 0.1, (100, 2))
    return np.array(points) + noise, np.array(labels)


def train(engine: Any, steps: int) -> list[float]:
    """Fit the moons with hinge loss and an L2 penalty, as micrograd's demo does.

    `engine` offers Value and MLP. Everything is written as one writes it for
    micrograd: arithmetic on Values, NumPy labels, sum() of a generator.
    """
    points, labels = two_moons()
    random.seed(1337)
    model = engine.MLP(2, [16, 16, 1])
    losses = []
    for step in range(steps):
        rows = [list(map(engine.Value, row)) for row in points]
        scores = list(map(model, rows))
        margins = [(1 + -y * s).relu() for y, s in zip(labels, scores, strict=True)]
        data_loss = sum(margins) * (1.0 / len(margins))
        penalty = 1e-4 * sum(p * p for p in model.parameters())
        total = data_loss + penalty
        model.zero_grad()
        total.backward()
        rate = 1.0 - 0.9 * step / 100
        for p in model.parameters():
            p.data -= rate * p.grad
        losses.append(float(total.data))
    return losses


OURS = SimpleNamespace(Value=autograd.Value, MLP=nn.MLP)


def engines() -> dict[str, Any]:
    """This project's engine, and micrograd itself where it is installed."""
    found = {"gradtrace": OURS}
    if find_spec("micrograd") is not None:
        found["micrograd"] = SimpleNamespace(
            Value=importlib.import_module("micrograd.engine").Value,
            MLP=importlib.import_module("micrograd.nn").MLP,
        )
    return found


@pytest.fixture(autouse=True)
def _global_random_is_left_alone() -> Any:
    state = random.getstate()
    yield
    random.setstate(state)


@pytest.mark.parametrize("engine", engines().values(), ids=engines())
def test_the_first_losses_of_the_demo_are_micrograds(engine: Any) -> None:
    assert train(engine, 2) == pytest.approx(MICROGRAD_LOSSES[:2], rel=0, abs=1e-9)


def test_all_losses_of_the_demo_are_micrograds() -> None:
    losses = train(OURS, len(MICROGRAD_LOSSES))
    assert losses == pytest.approx(MICROGRAD_LOSSES, rel=0, abs=1e-9)


def test_the_demo_learns_the_moons() -> None:
    assert MICROGRAD_LOSSES[-1] < 0.1 < MICROGRAD_LOSSES[0]


@pytest.mark.parametrize("engine", engines().values(), ids=engines())
def test_products_sums_and_relu_agree_with_pytorch(engine: Any) -> None:
    x = engine.Value(-4.0)
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    h = (z * z).relu()
    y = h + q + q * x
    y.backward()
    # PyTorch 2.13 in float64; whole numbers, so exact.
    assert (y.data, x.grad) == (-20.0, 46.0)


@pytest.mark.parametrize("engine", engines().values(), ids=engines())
def test_powers_quotients_and_reassignment_agree_with_pytorch(engine: Any) -> None:
    a, b = engine.Value(-4.0), engine.Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    # PyTorch 2.13 in float64.
    assert g.data == pytest.approx(24.70408163265306, rel=1e-15)
    assert a.grad == pytest.approx(138.83381924198252, rel=1e-15)
    assert b.grad == pytest.approx(645.5772594752186, rel=1e-15)


def test_the_same_seed_gives_the_same_net_neuron_by_neuron() -> None:
    random.seed(5)
    expected = []
    for n_in, n_out in ((3, 4), (4, 2)):
        for _ in range(n_out):
            expected += [random.uniform(-1, 1) for _ in range(n_in)] + [0.0]
    random.seed(5)
    model = nn.MLP(3, [4, 2])
    neurons = [neuron for layer in model.layers for neuron in layer.neurons]
    assert [p.data for n in neurons for p in n.parameters()] == expected


def test_habits_of_micrograds_nets() -> None:
    model = nn.MLP(2, [3, 1])
    assert isinstance(model([1.0, -2.0]), autograd.Value)
    assert isinstance(nn.MLP(2, [3, 2])([1.0, -2.0]), list)
    assert isinstance(model.parameters(), list)
    model([1.0, 2.0]).backward()
    assert any(p.grad for p in model.parameters())
    model.zero_grad()
    assert not any(p.grad for p in model.parameters())
