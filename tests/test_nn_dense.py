"""Neurons, layers and nets: what they compute, where they start, what they refuse."""

import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
import nn
from autograd import Value
from nn.initializers import random_source
from tests.nets import agrees_with_its_program, data, holding, moved, theta_of, weighted


def slope(f: Callable[[float], float], x: float, step: float = 1e-3) -> float:
    """The derivative by differences of five points, exact up to x**4."""
    one = f(x + step) - f(x - step)
    two = f(x + 2 * step) - f(x - 2 * step)
    return (8.0 * one - two) / (12.0 * step)


# --- what they compute --------------------------------------------------------


def test_a_neuron_is_one_dot_and_one_activation() -> None:
    neuron = nn.Neuron(3, "tanh", rng=0)
    inputs = [Value(0.5), Value(-1.0), Value(2.0)]
    output = neuron(inputs)
    w, b = [p.data for p in neuron.weight], 0.25
    assert neuron.bias is not None
    neuron.bias.data = b
    output = neuron(inputs)
    expected = math.tanh(w[0] * 0.5 - w[1] + w[2] * 2.0 + b)
    assert output.data == pytest.approx(expected, rel=1e-15)
    assert output.op is not None
    assert output.op.name == "tanh"
    (total,) = output.parents
    assert total.op is not None
    assert total.op.name == "dot"
    assert [id(p) for p in total.parents] == [
        id(v) for v in (*neuron.weight, *inputs, neuron.bias)
    ]


def test_a_linear_neuron_without_bias_is_one_node() -> None:
    neuron = nn.Neuron(2, bias=False, rng=0)
    output = neuron([1.0, 2.0])
    assert len(output.parents) == 2
    assert neuron.bias is None
    assert len(neuron.parameters()) == 2


def test_a_layers_neurons_show_its_parameters() -> None:
    layer = nn.Layer(2, 3, "tanh", rng=0)
    neuron = layer.neurons[1]
    assert neuron.weight is layer.weight[1]
    assert neuron.bias is layer.bias[1]  # type: ignore[index]
    inputs = [0.5, -1.0]
    assert [n(inputs).data for n in layer.neurons] == [y.data for y in layer(inputs)]
    assert neuron(inputs).scope == "neurons.1"
    neuron.weight[0].data = 4.0
    assert layer.state_dict()["weight"][1, 0] == 4.0
    with pytest.raises(
        AttributeError, match=r"set layer\.weight\[1\], layer\.bias\[1\]"
    ):
        neuron.bias = None
    assert nn.Layer(2, 1, bias=False).neurons[0].bias is None
    assert nn.Linear is nn.Layer


def test_layers_compiled_equal_eager_ones() -> None:
    layers = [nn.Layer(3, 4, "softmax", rng=1), nn.Layer(3, 4, "maxout", rng=1)]
    for net in (*layers, nn.Layer(3, 1, "tanh", bias=False), nn.Maxout(3, 2, 3)):
        agrees_with_its_program(moved(net), [0.5, -1.0, 2.0])


def test_gradients_of_layers_agree_with_differences() -> None:
    for net in (nn.Layer(3, 4, "log_softmax", rng=1), nn.Maxout(3, 2, 3, rng=2)):
        autograd.check_gradients(
            lambda theta, x, net=net: weighted(holding(net, theta)(x)),
            theta_of(moved(net)),
            [0.5, -1.0, 2.0],
        )


def test_a_layers_softmax_takes_all_its_sums() -> None:
    layer, sums = nn.Layer(2, 3, "softmax", rng=0), nn.Layer(2, 3, rng=0)
    x = [0.5, -1.0]
    exponentials = [math.exp(y.data) for y in sums(x)]
    shares = [e / sum(exponentials) for e in exponentials]
    assert data(layer(x)) == pytest.approx(shares, rel=1e-15)
    assert nn.Layer(2, 3, "maxout", rng=0)(x).data == max(data(sums(x)))
    assert layer.neurons[1](x).data == sums(x)[1].data
    with pytest.raises(ValueError, match="softmax takes all outputs of a layer"):
        nn.Neuron(2, "softmax")


def test_maxout_is_the_largest_of_its_units_pieces() -> None:
    unit = moved(nn.Maxout(2, 4, pieces=3, rng=0))
    w, b = unit.state_dict().values()
    assert (w.shape, b.shape) == ((12, 2), (12,))
    for x in ([0.5, -1.0], [-2.0, 0.25]):
        expected = (w @ x + b).reshape(4, 3).max(axis=1)
        assert data(unit(x)) == pytest.approx(expected, rel=1e-14)
    # |x| is the maxout of x and -x: Goodfellow et al., figure 1.
    absolute = nn.Maxout(1, 1, pieces=2)
    absolute.load_state_dict({"weight": [[1.0], [-1.0]], "bias": [0.0, 0.0]})
    assert [absolute(x).data for x in (-2.0, 0.0, 3.0)] == [2.0, 0.0, 3.0]
    assert repr(nn.MLP(2, [4, 1], "maxout")) == "MLP(2 -> 4 maxout of 2 -> 1 linear)"
    with pytest.raises(ValueError, match="pieces must be at least 1, got 0"):
        nn.Maxout(2, 2, pieces=0)


def test_each_layer_of_a_net_has_a_slope_of_its_own() -> None:
    names = [name for name, _ in nn.MLP(2, [3, 3, 1], "prelu").named_parameters()]
    slopes = [name for name in names if "activation" in name]
    assert slopes == ["layers.0.activation.weight.0", "layers.1.activation.weight.0"]


def test_rows_may_be_added_and_removed_with_their_biases() -> None:
    layer = nn.Layer(2, 3, rng=0)
    outputs = [y.data for y in layer([1.0, 2.0])]
    del layer.weight[0]
    with pytest.raises(ValueError, match="has 2 rows of weights, but 3 in its bias"):
        layer([1.0, 2.0])
    del layer.bias[0]  # type: ignore[union-attr]
    assert [y.data for y in layer([1.0, 2.0])] == outputs[1:]


@pytest.mark.parametrize("bias", [True, False])
def test_what_is_changed_in_a_layer_counts_at_the_next_call(bias: bool) -> None:
    layer, x = nn.Layer(2, 2, bias=bias, rng=0), [1.0, 2.0]

    def agrees() -> bool:
        biases = layer.bias or [0.0, 0.0]
        pairs = zip(layer.weight, biases, strict=True)
        sums = [row[0] * 1.0 + row[1] * 2.0 + b for row, b in pairs]
        return [y.data for y in layer(x)] == pytest.approx([float(s) for s in sums])

    assert agrees()
    layer.weight[1][0] = autograd.parameter(5.0)
    assert agrees()
    layer.weight[0] = [Value(3.0), Value(4.0)]  # a list of one's own
    assert agrees()
    layer.weight[0][1] = Value(-1.0)
    assert agrees()
    if layer.bias is not None:
        layer.bias[0] = autograd.parameter(9.0)
        assert agrees()
        layer.bias = None
        assert agrees()


@pytest.mark.parametrize("bias", [True, False])
def test_a_row_of_another_length_is_refused(bias: bool) -> None:
    longer, shorter = (nn.Layer(2, 2, bias=bias) for _ in range(2))
    longer.weight[1].append(autograd.parameter(1.0))
    with pytest.raises(ValueError, match="got 3 weights and 2 inputs"):
        longer([1.0, 2.0])
    shorter.weight[0].pop()
    with pytest.raises(ValueError, match="got 1 weights and 2 inputs"):
        shorter([1.0, 2.0])


def test_relu_inside_and_linear_outside_unless_told() -> None:
    assert repr(nn.MLP(2, [4, 3, 1])) == "MLP(2 -> 4 relu -> 3 relu -> 1 linear)"
    told = nn.MLP(2, (4, 1), "tanh", "sigmoid", bias=False)
    assert repr(told) == "MLP(2 -> 4 tanh -> 1 sigmoid)"
    assert len(told.parameters()) == 12


@pytest.mark.parametrize(
    "inputs",
    [
        [1.0, -2.0],
        (1, -2),
        np.array([1.0, -2.0]),
        np.array([1, -2], dtype=np.float32),
        [np.float64(1.0), np.int64(-2)],
        [Value(1.0), Value(-2.0)],
        [Value(1.0), -2.0],
        np.array([Value(1.0), Value(-2.0)], dtype=object),
        iter([1.0, -2.0]),
    ],
    ids=lambda inputs: type(inputs).__name__,
)
def test_inputs_are_numbers_values_lists_or_vectors(inputs: Any) -> None:
    model = nn.MLP(2, [3, 1], rng=1)
    assert model(inputs).data == nn.MLP(2, [3, 1], rng=1)([1.0, -2.0]).data


def test_one_number_may_come_without_its_list() -> None:
    model = nn.MLP(1, [3, 1], rng=1)
    expected = model([0.5]).data
    for x in (0.5, np.float64(0.5), Value(0.5)):
        assert model(x).data == expected


def test_a_hidden_layer_of_one_neuron_works() -> None:
    assert isinstance(nn.MLP(2, [1, 1, 2], rng=0)([1.0, 2.0]), list)


def test_the_result_is_a_value_or_a_list_of_them() -> None:
    assert isinstance(nn.Layer(2, 1)([1.0, 2.0]), Value)
    outputs = nn.Layer(2, 3)([1.0, 2.0])
    assert isinstance(outputs, list)
    assert len(outputs) == 3


def test_without_recording_the_result_is_a_leaf() -> None:
    model = nn.MLP(2, [3, 1], rng=1)
    with autograd.no_grad():
        output = model([1.0, 2.0])
    assert output.parents == ()
    assert output.data == model([1.0, 2.0]).data


@pytest.mark.parametrize("activation", nn.ACTIVATIONS)
def test_gradients_of_a_whole_net_agree_with_differences(activation: str) -> None:
    model = nn.MLP(3, [4, 3, 2], activation, rng=11, init="xavier")
    draw = random.Random(5)
    for p in model.parameters():
        p.data += draw.uniform(-0.1, 0.1)  # biases too, and off every kink
    inputs = [Value(0.6), Value(-0.8), Value(0.3)]

    def run() -> Value:
        first, second = model(inputs)
        result: Value = first * 1.5 - second * first
        return result

    run().backward()
    for leaf in [*model.parameters(), *inputs]:

        def at(number: float, leaf: Value = leaf) -> float:
            before, leaf.data = leaf.data, number
            result = run().data
            leaf.data = before
            return result

        assert leaf.grad == pytest.approx(slope(at, leaf.data), rel=1e-8, abs=1e-10)


# --- activations --------------------------------------------------------------


def test_a_function_is_an_activation() -> None:
    neuron = nn.Neuron(1, activation=autograd.sin, rng=0)
    assert neuron([2.0]).data == math.sin(2.0 * neuron.weight[0].data)
    assert repr(neuron) == "Neuron(1 -> 1 sin)"
    squared = nn.Neuron(1, activation=lambda x: x * x, rng=0)
    assert squared([2.0]).data == (2.0 * squared.weight[0].data) ** 2


def test_an_operation_is_an_activation() -> None:
    neuron = nn.Neuron(1, activation=autograd.OPS["cos"], rng=0)
    assert neuron([2.0]).data == math.cos(2.0 * neuron.weight[0].data)
    assert repr(neuron) == "Neuron(1 -> 1 cos)"


def test_an_activation_may_have_parameters() -> None:
    class Slope(nn.Module):
        def __init__(self) -> None:
            self.slope = autograd.parameter(0.5, "slope")

        def forward(self, x: Value) -> Value:
            return autograd.maximum(x, self.slope * x)

    neuron = nn.Neuron(1, activation=Slope(), rng=0)
    neuron.weight[0].data = -2.0
    output = neuron([3.0])
    assert output.data == -3.0
    assert output.scope == "activation"
    assert [name for name, _ in neuron.named_parameters()][-1] == "activation.slope"


def test_an_activation_may_be_changed() -> None:
    neuron = nn.Neuron(1, rng=0)
    neuron.activation = autograd.tanh
    assert repr(neuron) == "Neuron(1 -> 1 tanh)"
    assert neuron([2.0]).data == math.tanh(2.0 * neuron.weight[0].data)


# --- where weights start ------------------------------------------------------


def test_a_seed_makes_a_net_repeatable() -> None:
    assert theta_of(nn.MLP(2, [3, 1], rng=7)) == theta_of(nn.MLP(2, [3, 1], rng=7))
    assert theta_of(nn.MLP(2, [3, 1], rng=7)) != theta_of(nn.MLP(2, [3, 1], rng=8))
    assert len(set(theta_of(nn.MLP(2, [3, 1], rng=7)))) == 6 + 3 + 1  # biases are alike


def test_a_seed_the_global_module_and_a_random_agree() -> None:
    state = random.getstate()
    random.seed(7)
    by_module = theta_of(nn.MLP(2, [3, 1]))
    random.setstate(state)
    assert theta_of(nn.MLP(2, [3, 1], rng=7)) == by_module
    assert theta_of(nn.MLP(2, [3, 1], rng=np.int64(7))) == by_module
    assert theta_of(nn.MLP(2, [3, 1], rng=random.Random(7))) == by_module


def test_an_explicit_rng_leaves_the_global_one_alone() -> None:
    state = random.getstate()
    nn.MLP(2, [3, 1], rng=7)
    nn.MLP(2, [3, 1], rng=np.random.default_rng(7))
    assert random.getstate() == state


def test_a_shared_rng_goes_on() -> None:
    source = random.Random(7)
    first, second = nn.Neuron(2, rng=source), nn.Neuron(2, rng=source)
    assert theta_of(first) != theta_of(second)


def test_a_numpy_generator_is_a_source() -> None:
    net = nn.MLP(2, [3, 1], rng=np.random.default_rng(7))
    assert theta_of(net) == theta_of(nn.MLP(2, [3, 1], rng=np.random.default_rng(7)))
    assert all(type(number) is float for number in theta_of(net))


@pytest.mark.parametrize("wrong", ["7", 7.0, True, object()])
def test_what_is_no_source_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError, match=f"got {type(wrong).__name__}"):
        random_source(wrong)


def test_a_function_is_an_initializer_and_sees_the_layer() -> None:
    layer = nn.Layer(3, 2, init=lambda source, n_in, n_out: 10.0 * n_in + n_out)
    assert theta_of(layer) == [32.0] * 6 + [0.0] * 2


def test_an_unknown_initializer_lists_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'kaming'.*uniform, normal, xavier"):
        nn.Neuron(2, init="kaming")
    with pytest.raises(TypeError, match="got float"):
        nn.Neuron(2, init=0.5)  # type: ignore[arg-type]
    wrong: list[Any] = [lambda: 1.0, lambda *_: "1"]
    for init in wrong:
        with pytest.raises(TypeError) as caught:
            nn.MLP(2, [3, 1], init=init)
        (note,) = caught.value.__notes__
        assert note == "init must be a function (source, n_in, n_out) -> float"


# --- what they refuse ---------------------------------------------------------


def test_a_wrong_number_of_inputs_names_expected_got_and_what_was_called() -> None:
    model = nn.MLP(2, [3, 1])
    text = r"^MLP\(2 -> 3 relu -> 1 linear\) expects 2 inputs, got 3$"
    with pytest.raises(ValueError, match=text):
        model([1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match=r"^Layer\(2 -> 3 relu\) expects 2.*got 1"):
        nn.Layer(2, 3, "relu")([1.0])
    with pytest.raises(ValueError, match=r"Neuron\(2 -> 1 linear\) expects 2.*got 0"):
        nn.Neuron(2)([])
    with pytest.raises(ValueError, match="expects 2 inputs, got 1"):
        model(1.0)


def test_layers_that_do_not_fit_each_other_are_named() -> None:
    model = nn.MLP(2, [3, 3, 1])
    del model.layers[0].weight[0]
    del model.layers[0].bias[0]
    with pytest.raises(ValueError, match=r"layers\.1.*expects 3 inputs, got 2"):
        model([1.0, 2.0])


@pytest.mark.parametrize("shape", [(), (2, 2), (100, 2), (1, 2)])
def test_a_matrix_is_refused_with_advice(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"expects 2 inputs, got an array of shape"):
        nn.MLP(2, [3, 1])(np.zeros(shape))


@pytest.mark.parametrize("wrong", ["ab", b"ab", {0: 1.0, 1: 2.0}, {1.0, 2.0}, None])
def test_what_is_no_list_is_a_type_error(wrong: Any) -> None:
    text = f"expects a list of numbers, got {type(wrong).__name__}"
    with pytest.raises(TypeError, match=text):
        nn.MLP(2, [3, 1])(wrong)


@pytest.mark.parametrize("wrong", ["1", None, 1j, [1.0]])
def test_an_input_that_is_no_number_is_a_type_error(wrong: Any) -> None:
    with pytest.raises(TypeError, match=type(wrong).__name__):
        nn.MLP(2, [3, 1])([1.0, wrong])


@pytest.mark.parametrize("wrong", ["1", [1.0, 2.0], None])
def test_what_is_no_number_is_named_in_terms_of_what_was_called(wrong: Any) -> None:
    kind = type(wrong).__name__
    for module, name in (
        (nn.MLP(2, [3, 1]), r"MLP\(2 -> 3 relu -> 1 linear\)"),
        (nn.Layer(2, 3, "relu"), r"Layer\(2 -> 3 relu\)"),
        (nn.Neuron(2, "relu"), r"Neuron\(2 -> 1 relu\)"),
    ):
        text = f"^{name} expects 2 numbers, but input 1 is of type {kind}$"
        with pytest.raises(TypeError, match=text):
            module([1.0, wrong])


def test_notes_tell_where_an_activation_failed() -> None:
    def broken(x: Any) -> Any:
        return x + "1"

    model = nn.MLP(1, [3, 1], activation=broken)
    with pytest.raises(TypeError, match="got str") as caught:
        model([np.array(1.0)])  # which is a number
    assert caught.value.__notes__ == [
        "in Layer(1 -> 3 broken) (held as 'layers.0')",
        "in MLP(1 -> 3 broken -> 1 linear)",
    ]


def test_one_input_is_singular() -> None:
    with pytest.raises(ValueError, match=r"expects 1 input, got 2$"):
        nn.Neuron(1)([1.0, 2.0])


def test_a_hidden_activation_is_checked_even_where_there_is_no_hidden_layer() -> None:
    with pytest.raises(ValueError, match="unknown activation 'rleu'"):
        nn.MLP(2, [1], activation="rleu")


@pytest.mark.parametrize(
    ("n_in", "sizes", "error", "text"),
    [
        (0, [1], ValueError, "n_in must be at least 1, got 0"),
        (2, [3, -1], ValueError, "a size must be at least 1, got -1"),
        (2, [], ValueError, "at least one layer"),
        (2, 3, TypeError, r"sizes must be a list of ints, such as .*, got int"),
        (2.0, [1], TypeError, "n_in must be an int, got float"),
        (2, ["3"], TypeError, "a size must be an int, got str"),
        (True, [1], TypeError, "n_in must be an int, got bool"),
    ],
)
def test_sizes_are_positive_ints(
    n_in: Any, sizes: Any, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=text):
        nn.MLP(n_in, sizes)


def test_numpy_ints_are_sizes() -> None:
    sizes: Any = [np.int32(3), 1]
    assert len(nn.MLP(2, sizes).parameters()) == 13
