"""Sequential, Residual and Flatten: order, names, shapes, and what they refuse."""

from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Value
from tests.nets import agrees_with_its_program, data, holding, moved, theta_of, weighted


def small() -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(2, 3, rng=0), autograd.tanh, nn.Residual(nn.Linear(3, 3, rng=1))
    )


def test_stages_run_one_after_the_other() -> None:
    net, x = small(), [0.5, -1.0]
    first, _, last = net
    hidden = [y.tanh() for y in first(x)]
    expected = [
        y.data + h.data for y, h in zip(last.module(hidden), hidden, strict=True)
    ]
    assert data(net(x)) == pytest.approx(expected, rel=1e-15)
    assert data(net(np.array(x))) == data(net(x))
    assert nn.Sequential()(x) is x


def test_its_state_has_the_places_as_names() -> None:
    net = small()
    assert {name: array.shape for name, array in net.state_dict().items()} == {
        "0.weight": (3, 2),
        "0.bias": (3,),
        "2.module.weight": (3, 3),
        "2.module.bias": (3,),
    }
    nodes = autograd.Graph(*net([0.5, -1.0])).nodes
    modules = ("0", "2.module")
    for op, scopes in (
        ("dot", {f"{name}.neurons.{i}" for name in modules for i in range(3)}),
        ("tanh", {"1"}),
    ):
        assert {node.scope for node in nodes if node.op is autograd.OPS[op]} == scopes


def test_stages_are_indexed_counted_and_iterated() -> None:
    net = small()
    assert len(net) == 3
    assert net[1] is autograd.tanh
    assert net[-1] is [*net][2]
    part = net[:2]
    assert isinstance(part, nn.Sequential)
    assert part[0] is net[0]
    assert data(part([0.5, -1.0])) == [y.tanh().data for y in net[0]([0.5, -1.0])]
    with pytest.raises(IndexError):
        net[3]
    assert repr(net) == (
        "Sequential(Layer(2 -> 3 linear), tanh, Residual(Layer(3 -> 3 linear)))"
    )


@pytest.mark.parametrize("name", nn.ACTIVATIONS)
def test_an_activation_by_name_or_function_is_a_stage(name: str) -> None:
    by_name = nn.Sequential(nn.Linear(2, 3, rng=0), name)
    as_function = nn.Sequential(nn.Linear(2, 3, rng=0), nn.ACTIVATIONS[name])
    layer = nn.Linear(2, 3, name, rng=0)
    expected = data(layer([0.5, -1.0]))
    assert data(by_name([0.5, -1.0])) == expected
    assert data(as_function([0.5, -1.0])) == expected


def test_other_functions_get_all_that_comes() -> None:
    net = nn.Sequential(nn.Linear(2, 3, rng=0), lambda ys: ys[0] * ys[1] - ys[2])
    first, second, third = data(net[0]([0.5, -1.0]))
    assert net([0.5, -1.0]).data == first * second - third
    with pytest.raises(ValueError, match=r"'rleu'; did you mean relu"):
        nn.Sequential("rleu")
    wrong: Any = 3
    with pytest.raises(TypeError, match="got int"):
        nn.Sequential(wrong)


def test_a_stage_that_does_not_fit_is_named() -> None:
    net = nn.Sequential(nn.Linear(2, 3), nn.Linear(4, 1))
    text = r"^Layer\(4 -> 1 linear\) \(held as '1'\) expects 4 inputs, got 3$"
    with pytest.raises(ValueError, match=text):
        net([0.5, -1.0])


def test_a_residual_adds_its_inputs_in_any_shape() -> None:
    assert nn.Residual(autograd.square)(3.0) == 12.0
    one = nn.Residual(nn.Linear(1, 1, rng=0))
    assert one([2.0])[0].data == 2.0 + one.module([2.0]).data
    planes = nn.Residual(nn.Conv2d(1, 1, 3, padding=1, init="zeros"))
    image = [[[1.0, 2.0], [3.0, 4.0]]]
    assert data(planes(image)) == image
    text = r"the shape \(2,\), the other \(3,\)$"
    with pytest.raises(ValueError, match=text):
        nn.Residual(nn.Linear(2, 3))([1.0, 2.0])
    wrong: Any = "f"
    with pytest.raises(TypeError, match="a module or a function, got str"):
        nn.Residual(wrong)


def test_flatten_keeps_the_order_of_numpy() -> None:
    array = np.arange(24.0).reshape(2, 3, 4)
    assert nn.Flatten()(array) == array.ravel().tolist()
    x = Value(1.0)
    assert nn.Flatten()([[x]]) == [x]
    assert nn.Flatten()(2.0) == [2.0]
    with pytest.raises(ValueError, match="lists of unequal lengths"):
        nn.Flatten()([[1.0], [2.0, 3.0]])
    with pytest.raises(TypeError, match="got str"):
        nn.Flatten()("abc")


def test_gradients_agree_with_differences_and_with_programs() -> None:
    net = moved(
        nn.Sequential(
            nn.Flatten(), nn.Residual(small_square()), "prelu", nn.Linear(4, 2)
        )
    )
    x = [[0.5, -1.0], [0.25, 2.0]]
    autograd.check_gradients(
        lambda theta, x: weighted(holding(net, theta)(x)), theta_of(net), x
    )
    agrees_with_its_program(net, x)


def small_square() -> nn.Sequential:
    return nn.Sequential(nn.Linear(4, 3, rng=0), "tanh", nn.Linear(3, 4, rng=1))


def test_a_compiled_net_sees_that_a_stage_was_replaced() -> None:
    net = nn.Sequential(nn.Linear(2, 3, rng=0), "tanh", nn.Linear(3, 1, rng=1))
    f = autograd.compiled(net)
    x = [0.5, -1.0]
    assert f(x).data == pytest.approx(net(x).data, rel=1e-14)
    setattr(net, "1", autograd.sin)
    setattr(net, "2", nn.Linear(3, 1, rng=7))
    setattr(net, "1", autograd.sigmoid)
    assert f(x).data == pytest.approx(net(x).data, rel=1e-14)
