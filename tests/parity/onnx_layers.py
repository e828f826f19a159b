"""Each operation of ONNX as a layer, activation, loss or optimizer of `nn`.

Weights are inputs there, and a batch comes first; here weights are the state of a
layer, which is called on one example after the other. Each of these takes a case and
returns the outputs by place, as far as the layer has them.
"""

import math
from typing import Any

import numpy as np

import nn
from autograd import Value
from tests.parity.cases import Adapter, Case, Settings, along, array
from tests.parity.onnx_attention import attention
from tests.parity.onnx_training import adagrad, adam, loss, momentum, optimizer


def holding(module: Any, **state: Any) -> Any:
    """The module with these arrays in its state."""
    arrays = {name: np.asarray(x, np.float64) for name, x in state.items()}
    module.load_state_dict(module.state_dict() | arrays)
    return module


def on_each(module: Any, examples: Any) -> Any:
    return array([module(example) for example in examples])


# Activations ------------------------------------------------------------------------


def activation(name: str, *settings: str) -> Adapter:
    def run(case: Case) -> list[Any]:
        more = [case.attributes[each] for each in settings if each in case.attributes]
        x = case.inputs[0].astype(np.float64)
        ys = [nn.ACTIVATIONS[name](Value(number), *more) for number in x.ravel()]
        return [array(ys, *x.shape)]

    return run


def gelu(case: Case) -> list[Any]:
    is_tanh = case.attributes.get("approximate") == "tanh"
    return activation("gelu_tanh" if is_tanh else "gelu")(case)


def activation_of_lists(name: str) -> Adapter:
    def run(case: Case) -> list[Any]:
        axis = case.attributes.get("axis", -1)
        return [along(nn.ACTIVATIONS[name], case.inputs[0], axis)]

    return run


def prelu(case: Case) -> list[Any]:
    x, slope = case.inputs
    module = holding(nn.PReLU(slope.size), weight=slope.ravel())
    return [on_each(module, x.reshape(-1, slope.size)).reshape(x.shape)]


# Dense layers, tables, and what changes no number ------------------------------------


def gemm(case: Case) -> list[Any]:
    a, b, c = (*case.inputs, np.zeros(1))[:3]
    given = {"alpha": 1.0, "beta": 1.0, **case.attributes}
    rows = a.T if given.get("transA") else a
    weight = b if given.get("transB") else b.T
    module = holding(
        nn.Linear(weight.shape[1], len(weight)),
        weight=given["alpha"] * weight.astype(np.float64),
        bias=given["beta"] * np.broadcast_to(c, (1, len(weight)))[0],
    )
    return [on_each(module, rows)]


def gather(case: Case) -> list[Any]:
    table, indices = case.inputs
    axis = case.attributes["axis"]
    rows = np.moveaxis(table, axis, 0)
    flat = rows.reshape(len(rows), -1)
    module = holding(nn.Embedding(*flat.shape), weight=flat)
    got = array(module(indices), *indices.shape, *rows.shape[1:])
    places = range(axis, axis + indices.ndim)
    return [np.moveaxis(got, range(indices.ndim), places)]


def flatten(case: Case) -> list[Any]:
    (x,) = case.inputs
    axis = case.attributes.get("axis", 1) % x.ndim
    return [on_each(nn.Flatten(), x.reshape(-1, *x.shape[axis:]))]


def dropout(case: Case) -> list[Any]:
    x, *given = case.inputs
    ratio, training = given + [np.array(0.5), np.array(False)][len(given) :]
    module = nn.Dropout(ratio.item())
    if not training:
        module.eval()
    kept = (case.outputs[0] != 0.0).ravel()  # who is dropped is left to chance
    with nn.noise.supplied(kept.astype(np.float64)):
        return [array(module(x.astype(np.float64)))]


# Windows -----------------------------------------------------------------------------


def convolution(case: Case) -> list[Any]:
    x, weight = case.inputs
    kind = {3: nn.Conv1d, 4: nn.Conv2d}[x.ndim]
    window = {"kernel_size": weight.shape[2:], **settings(case)}
    module: Any = kind(x.shape[1], len(weight), bias=False, **window)
    return [on_each(holding(module, weight=weight), x)]


def pool(kind: Any) -> Adapter:
    def run(case: Case) -> list[Any]:
        (x,), given = case.inputs, case.attributes
        window = {"kernel_size": given["kernel_shape"], **settings(case)}
        if x.ndim == 3:
            window = {name: (LEAST[name], *sizes) for name, sizes in window.items()}
        window["ceil_mode"] = bool(given.get("ceil_mode", 0))
        if kind is nn.AvgPool2d:
            window["count_include_pad"] = bool(given.get("count_include_pad", 0))
        if x.ndim == 4:
            return [on_each(kind(**window), x)]
        return [on_each(kind(**window), x[:, :, None])[:, :, 0]]

    return run


LEAST = {"kernel_size": 1, "stride": 1, "padding": 0, "dilation": 1}


def global_pool(kind: Any) -> Adapter:
    return lambda case: [on_each(kind(case.inputs[0].shape[2:]), case.inputs[0])]


def settings(case: Case) -> Settings:
    """Stride, padding and dilation, where a window is padded on both sides alike."""
    given, x = case.attributes, case.inputs[0]
    kernel = given["kernel_shape"]
    strides = given.get("strides", [1] * len(kernel))
    pads = given.get("pads", [0] * 2 * len(kernel))
    if given.get("auto_pad", "NOTSET").startswith("SAME"):
        totals = [
            max((math.ceil(size / stride) - 1) * stride + span - size, 0)
            for size, stride, span in zip(x.shape[2:], strides, kernel, strict=True)
        ]
        pads = [n // 2 for n in totals] + [n - n // 2 for n in totals]
    before, after = pads[: len(kernel)], pads[len(kernel) :]
    assert before == after
    more = {"dilation": given["dilations"]} if "dilations" in given else {}
    return {"stride": strides, "padding": before, **more}


# Norms -------------------------------------------------------------------------------


def row_norm(kind: Any) -> Adapter:
    def run(case: Case) -> list[Any]:
        x, *numbers = case.inputs
        size = numbers[0].size
        state = dict(zip(("weight", "bias"), map(np.ravel, numbers), strict=False))
        module = holding(kind(size, eps=case.attributes.get("epsilon", 1e-5)), **state)
        return [on_each(module, x.reshape(-1, size)).reshape(x.shape)]

    return run


def batch_norm(case: Case) -> list[Any]:
    x, weight, bias, mean, variance = case.inputs
    kept = case.attributes.get("momentum", 0.9)
    module = nn.BatchNorm(len(mean), case.attributes.get("epsilon", 1e-5), 1.0 - kept)
    state = {"running_mean": mean, "running_var": variance}
    holding(module, weight=weight, bias=bias, **state)
    if not case.attributes.get("training_mode"):
        module.eval()
        return [on_each(module, x)]
    outputs = array(module(x))
    # PyTorch remembers the unbiased variance: n / (n - 1) times that of the batch.
    count = x.size // len(mean)
    moved = (module.running_var - kept * variance) * (count - 1.0) / count
    return [outputs, module.running_mean, kept * variance + moved]


# Recurrent layers --------------------------------------------------------------------


def recurrent(kind: Any, order: list[int]) -> Adapter:
    """A layer whose gates ONNX has in another order."""

    def run(case: Case) -> list[Any]:
        x, w, r, b = (*case.inputs, None)[:4]
        batch_first = case.attributes.get("layout", 0)
        examples = x if batch_first else x.swapaxes(0, 1)
        directions, gates, n_in = w.shape
        hidden = gates // len(order)
        module = kind(n_in, hidden, bidirectional=directions == 2)

        def ordered(numbers: Any) -> Any:
            return numbers.reshape(len(order), hidden, -1)[order].reshape(gates, -1)

        state = {}
        for at, suffix in enumerate(("", "_reverse")[:directions]):
            biases = np.zeros(2 * gates) if b is None else b[at]
            for name, matrix, bias in (
                ("ih", w[at], biases[:gates]),
                ("hh", r[at], biases[gates:]),
            ):
                state[f"weight_{name}_l0{suffix}"] = ordered(matrix)
                state[f"bias_{name}_l0{suffix}"] = ordered(bias)[:, 0]
        backwards = case.attributes.get("direction") == "reverse"
        turn = slice(None, None, -1 if backwards else 1)
        pairs = [holding(module, **state)(example[turn]) for example in examples]
        y = array([outputs[turn] for outputs, _ in pairs])
        y = y.reshape(*y.shape[:2], directions, hidden)
        ends = [end if isinstance(end, tuple) else (end,) for _, end in pairs]
        last = [array(rows) for rows in zip(*ends, strict=True)]
        if batch_first:
            return [y, *last]
        return [y.transpose(1, 2, 0, 3), *(rows.swapaxes(0, 1) for rows in last)]

    return run


ADAPTERS: dict[str, Adapter] = {
    "Adagrad": optimizer(adagrad),
    "Adam": optimizer(adam),
    "Attention": attention,
    "AveragePool": pool(nn.AvgPool2d),
    "BatchNormalization": batch_norm,
    "Celu": activation("celu", "alpha"),
    "Conv": convolution,
    "Dropout": dropout,
    "Elu": activation("elu", "alpha"),
    "Flatten": flatten,
    "FlexAttention": attention,
    "GRU": recurrent(nn.GRU, [1, 0, 2]),
    "Gather": gather,
    "Gelu": gelu,
    "Gemm": gemm,
    "GlobalAveragePool": global_pool(nn.AvgPool2d),
    "GlobalMaxPool": global_pool(nn.MaxPool2d),
    "HardSwish": activation("hard_swish"),
    "LSTM": recurrent(nn.LSTM, [0, 2, 3, 1]),
    "LayerNormalization": row_norm(nn.LayerNorm),
    "LeakyRelu": activation("leaky_relu", "alpha"),
    "LogSoftmax": activation_of_lists("log_softmax"),
    "MaxPool": pool(nn.MaxPool2d),
    "Mish": activation("mish"),
    "Momentum": optimizer(momentum),
    "NegativeLogLikelihoodLoss": loss(nn.losses.negative_log_likelihood),
    "PRelu": prelu,
    "RMSNormalization": row_norm(nn.RMSNorm),
    "RNN": recurrent(nn.RNN, [0]),
    "Relu": activation("relu"),
    "Selu": activation("selu"),
    "Sigmoid": activation("sigmoid"),
    "Softmax": activation_of_lists("softmax"),
    "SoftmaxCrossEntropyLoss": loss(nn.losses.cross_entropy),
    "Softplus": activation("softplus"),
    "Softsign": activation("softsign"),
    "Swish": activation("silu"),
    "Tanh": activation("tanh"),
}
"""What computes each operation here."""
