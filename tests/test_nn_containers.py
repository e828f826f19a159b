"""Sequential, Residual and Flatten: order, names, shapes, and what they refuse."""

from typing import Any

import numpy as np
import pytest

import autograd
import nn
import visualize
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
    assert data(net[1]([0.5, -1.0])) == [np.tanh(0.5), np.tanh(-1.0)]
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


def test_functions_are_listed_among_the_modules() -> None:
    def joined(ys: list[Any]) -> Any:
        return ys[0] + ys[1] * ys[2]

    inner = nn.Residual(nn.Sequential(nn.Linear(3, 3, rng=1), autograd.sin))
    net = nn.Sequential(nn.Linear(2, 3, rng=0), "relu", inner, joined)
    told = {name: repr(module) for name, module in net.named_modules()}
    functions = ("1", "relu"), ("2.module.1", "sin"), ("3", "joined")
    assert {*functions} <= {*told.items()}
    lines = [line.split() for line in net.summary([0.5, -1.0]).splitlines()]
    cells = {name: cells for name, *cells in lines}
    # The output, no parameters, and the nodes and flops of three and of one number.
    assert cells["1"] == ["relu", "[3]", "0", "3", "3"]
    assert cells["2.module.1"] == ["sin", "[3]", "0", "3", "3"]
    assert cells["3"] == ["joined", "number", "0", "2", "2"]
    picture = visualize.draw(net).svg
    for name, function in functions:
        assert f"{name}: {function}, no parameters" in picture


def test_other_functions_get_all_that_comes() -> None:
    net = nn.Sequential(nn.Linear(2, 3, rng=0), lambda ys: ys[0] * ys[1] - ys[2])
    first, second, third = data(net[0]([0.5, -1.0]))
    assert net([0.5, -1.0]).data == first * second - third
    with pytest.raises(ValueError, match=r"'rleu'; did you mean relu"):
        nn.Sequential("rleu")
    wrong: Any = 3
    with pytest.raises(TypeError, match="got int"):
        nn.Sequential(wrong)
    several: Any = [nn.Linear(2, 3), nn.Linear(3, 1)]
    with pytest.raises(TypeError, match="got list: parts come one by one"):
        nn.Sequential(several)


def test_functions_of_one_number_are_applied_to_each() -> None:
    double = autograd.Op("double", lambda _xp, x: 2.0 * x, lambda _xp, _out, _x: (2.0,))
    for function in (autograd.sin, autograd.square, double):
        net = nn.Sequential(nn.Flatten(), function)
        assert data(net([[0.5], [-1.0]])) == [function(0.5), function(-1.0)]
    assert nn.Sequential(autograd.sum)([0.5, -1.0]) == -0.5
    with pytest.raises(TypeError, match=r"^sin \(held as '0'\) expects numbers"):
        nn.Sequential(autograd.sin)("abc")


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
    assert data(nn.Residual("relu")([2.0, -1.0])) == [4.0, -1.0]
    wrong: Any = 3
    with pytest.raises(TypeError, match="got int"):
        nn.Residual(wrong)


def test_what_has_one_output_goes_on_into_any_layer() -> None:
    x = [0.5, -1.0]
    for one in (nn.LayerNorm(1), nn.RMSNorm(1), nn.BatchNorm(1).eval(), nn.Dropout()):
        net = nn.Sequential(nn.Linear(2, 1, rng=0), one.eval())
        alone = nn.Flatten()(one([net[0](x).data]))
        assert nn.Flatten()(data(net(x))) == pytest.approx(data(alone), rel=1e-15)
        agrees_with_its_program(net, x)
    unit = nn.Sequential(nn.Linear(2, 1, rng=0), nn.Perceptron(1))
    assert unit(x).data in (0.0, 1.0)
    with pytest.raises(ValueError, match=r"in the shape \[2\], got one number"):
        nn.Sequential(nn.Linear(2, 1), nn.BatchNorm(2).eval())(x)


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


@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU, nn.LSTM])
def test_a_stage_that_gets_outputs_and_state_says_who_returned_them(kind: Any) -> None:
    steps = [[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]
    inner = kind(3, 3, rng=0)
    nets = [
        nn.Residual(inner),
        nn.Sequential(inner, nn.Linear(3, 1, rng=0)),
        nn.Sequential(inner, "relu"),
        nn.Sequential(inner, nn.Flatten()),
    ]
    for net in nets:
        with pytest.raises(TypeError, match=rf"{kind.__name__}\(3 -> 3\).* a tuple"):
            net(steps)
    taken = nn.Sequential(inner, lambda told: told[0])
    assert len(nn.Residual(taken)(steps)) == 2


def test_a_function_may_take_the_tuple_of_the_stage_before() -> None:
    net = nn.Sequential(nn.LSTM(2, 3, rng=0), lambda told: told[1][0][0], nn.Flatten())
    assert len(net([[0.1, 0.2]])) == 3


def test_what_a_stage_refuses_is_told_by_itself_where_no_tuple_came() -> None:
    with pytest.raises(ValueError, match="expects 4 inputs, got 2"):
        nn.Sequential(nn.Linear(3, 2, rng=0), nn.Linear(4, 1, rng=0))([1.0, 2.0, 3.0])
