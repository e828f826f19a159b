"""Activations by name and as functions, and those that learn."""

from typing import Any

import numpy as np
import pytest
from mpmath import expm1, mpf

import autograd
import nn
from autograd import Value
from nn.activations import activation_function, celu, maxout, prelu
from tests.nets import agrees_with_its_program, data, holding, moved, theta_of, weighted

ROWS = {
    *("step", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "silu", "gelu"),
    *("gelu_tanh", "softplus", "mish", "softsign", "hard_tanh", "hard_sigmoid"),
    *("hard_swish", "softmax", "log_softmax"),
}
OTHERS = {"linear": "", "swish": "silu", "celu": "elu", "prelu": "leaky_relu"}


def test_the_list_is_complete() -> None:
    assert {*nn.ACTIVATIONS} == ROWS | {*OTHERS, "maxout"}
    for name in ROWS | {*OTHERS} - {"linear"}:
        whole = name.endswith("softmax")
        x = Value(0.75)
        output = nn.ACTIVATIONS[name]([x, 1.0])[0] if whole else nn.ACTIVATIONS[name](x)
        assert output.op.name == OTHERS.get(name, name)
    x = Value(3.0)
    assert nn.ACTIVATIONS["linear"](x) is x


@pytest.mark.parametrize("alpha", [1.0, 0.5, 3.0])
@pytest.mark.parametrize("x", [-30.0, -1.0, -1e-9, 1e-9, 2.0])
def test_celu_equals_its_definition(x: float, alpha: float) -> None:
    below = mpf(alpha) * expm1(mpf(x) / alpha)
    assert celu(x, alpha) == pytest.approx(float(x if x > 0 else below), rel=1e-14)
    v, a = Value(x), Value(alpha)
    celu(v, a).backward()
    slope = 1.0 if x > 0 else np.exp(x / alpha)
    assert v.grad == pytest.approx(slope, rel=1e-14)
    autograd.check_gradients(celu, x, alpha)


def test_prelu_and_maxout_are_functions_too() -> None:
    assert (prelu(-2.0), prelu(-2.0, 0.5), prelu(3.0, 0.5)) == (-0.5, -1.0, 3.0)
    slope = Value(0.5)
    prelu(-2.0, slope).backward()
    assert slope.grad == -2.0
    assert maxout([1.0, 5.0, 2.0]) == 5.0


def test_prelu_learns_a_slope_for_all_numbers_or_one_a_channel() -> None:
    single = nn.PReLU()
    assert data(single([[-2.0, 1.0], [3.0, -4.0]])) == [[-0.5, 1.0], [3.0, -1.0]]
    assert single.state_dict()["weight"].tolist() == [0.25]
    each = nn.PReLU(2, init=0.5)
    each.weight[1].data = 2.0
    assert data(each([[-2.0, 1.0], [3.0, -4.0]])) == [[-1.0, 1.0], [3.0, -8.0]]
    assert data(each(np.array([-2.0, -4.0]))) == [-1.0, -8.0]
    autograd.check_gradients(
        lambda theta, x: weighted(holding(each, theta)(x)),
        theta_of(each),
        [[-2.0, 1.0], [3.0, -4.0]],
    )
    agrees_with_its_program(each, [[-2.0, 1.0], [3.0, -4.0]])
    with pytest.raises(ValueError, match=r"PReLU\(.*\) expects 2 channels, got 3$"):
        each([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"expects 2 channels, got 1$"):
        each(1.0)
    with pytest.raises(TypeError, match="got str"):
        single(["a"])
    with pytest.raises(ValueError, match="num_parameters must be at least 1"):
        nn.PReLU(0)


@pytest.mark.parametrize("name", nn.ACTIVATIONS)
def test_nets_compiled_equal_eager_ones(name: str) -> None:
    net = moved(nn.MLP(3, [4, 2], name, rng=1, init="xavier"))
    agrees_with_its_program(net, [0.6, -0.8, 0.3])


def test_an_unknown_name_gets_the_near_ones() -> None:
    text = r"'rleu'; did you mean relu.*known are linear, step, .*log_softmax"
    with pytest.raises(ValueError, match=text):
        nn.MLP(2, [3, 1], activation="rleu")
    with pytest.raises(ValueError, match="did you mean hard_swish"):
        nn.Neuron(2, "hardswish")
    wrong: Any = 3
    with pytest.raises(TypeError, match="got int"):
        activation_function(wrong)
    with pytest.raises(TypeError, match="got the class PReLU itself"):
        nn.MLP(2, [3, 1], activation=nn.PReLU)
