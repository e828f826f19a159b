"""Everything in `nn` is compared with PyTorch's, or there is a reason why not."""

from collections.abc import Mapping
from typing import Any

import pytest

import nn
from nn import losses, schedules
from tests.parity import needed

needed("torch")

from tests.parity import (  # noqa: E402
    test_activations,
    test_attention,
    test_convolution,
    test_dense,
    test_losses,
    test_normalization,
    test_optimizers,
    test_recurrent,
    test_schedules,
)

COMPARED: dict[str, Mapping[str, Any]] = {
    "nn": {
        "AvgPool2d": test_convolution.test_pools,
        "BatchNorm": test_normalization.test_batches,
        "Conv1d": test_convolution.test_convolutions,
        "Conv2d": test_convolution.test_convolutions,
        "Dropout": test_dense.test_dropout,
        "Embedding": test_attention.test_embedding,
        "Flatten": test_convolution.test_a_net_for_images,
        "GRU": test_recurrent.test_recurrent_layers,
        "LSTM": test_recurrent.test_recurrent_layers,
        "Layer": test_dense.test_layers,
        "LayerNorm": test_normalization.test_rows,
        "Linear": test_dense.test_layers,
        "MLP": test_dense.test_nets,
        "MaxPool2d": test_convolution.test_pools,
        "PReLU": test_activations.test_prelu,
        "RMSNorm": test_normalization.test_rows,
        "RNN": test_recurrent.test_recurrent_layers,
        "SelfAttention": test_attention.test_self_attention,
        "Sequential": test_convolution.test_a_net_for_images,
        "clip_norm": test_optimizers.test_clipping_is_pytorchs,
        "clip_value": test_optimizers.test_clipping_is_pytorchs,
        **dict.fromkeys(name for name, _ in test_optimizers.SETTINGS),
    },
    "activations": {**test_activations.NAMES, "prelu": test_activations.test_prelu},
    "losses": {
        "cross_entropy": test_losses.test_cross_entropy_of_indices,
        "negative_log_likelihood": test_losses.test_negative_log_likelihood,
        **dict.fromkeys(name for name, *_ in test_losses.NUMBERS),
    },
    "optimizers": dict.fromkeys(name.lower() for name, _ in test_optimizers.SETTINGS),
    "schedules": {
        "cosine": test_schedules.PAIRS["cosine"],
        "exponential": test_schedules.PAIRS["exponential"],
        "linear": test_schedules.PAIRS["linear"],
        "one_cycle": test_schedules.PAIRS["one cycle"],
        "step": test_schedules.PAIRS["step"],
        "warm_up": test_schedules.PAIRS["warm-up, then cosine"],
    },
}
"""What compares each, by its name in the list."""

NO_OTHER: dict[str, dict[str, str]] = {
    "nn": {
        "Lion": "PyTorch has none",
        "Maxout": "PyTorch has none: the largest of what a Linear puts out",
        "Neuron": "a Linear of one output, which is compared",
        "Perceptron": "PyTorch has none: it learns by its own rule, without gradients",
        "Residual": "PyTorch has none: an addition",
    },
    "activations": {
        "linear": "the input as it is",
        "maxout": "PyTorch has none: the largest of a list",
        "step": "PyTorch's heaviside has no derivative",
    },
    "losses": {
        "l1_penalty": "PyTorch has none: a sum of sizes",
        "l2_penalty": "PyTorch has none: a sum of squares",
    },
    "optimizers": {"lion": "PyTorch has none"},
    "schedules": {"Schedule": "a type"},
}
"""What PyTorch has none of, or what there is nothing to compare in."""

NO_LAYERS = {
    *("ACTIVATIONS", "INITIALIZERS", "OPTIMIZERS", "losses", "noise", "schedules"),
    *("Module", "Optimizer", "History", "NotFiniteError", "StateError", "__version__"),
    *("adversarial", "evaluate", "fit", "saliency", "sharpness"),
}
"""What `nn` offers besides layers, optimizers and clipping."""

LISTS = {
    "nn": {*nn.__all__} - NO_LAYERS,
    "activations": {*nn.ACTIVATIONS},
    "losses": {*losses.__all__},
    "optimizers": {*nn.OPTIMIZERS},
    "schedules": {*schedules.__all__},
}


@pytest.mark.parametrize("kind", LISTS)
def test_each_is_compared_or_has_a_reason(kind: str) -> None:
    compared, without = {*COMPARED[kind]}, {*NO_OTHER[kind]}
    assert compared | without == LISTS[kind]
    assert not compared & without
