"""What PyTorch's layers hold is taken over by name, to the bit."""

from typing import Any

import numpy as np
import pytest

import nn
from tests.parity import needed

torch = needed("torch")

TWO_WAYS = {"num_layers": 2, "bidirectional": True}
PAIRS: list[tuple[str, str, tuple[Any, ...], dict[str, Any]]] = [
    ("BatchNorm", "BatchNorm1d", (3,), {}),
    ("BatchNorm", "BatchNorm2d", (3,), {}),
    ("Conv1d", "Conv1d", (2, 3, 4), {}),
    ("Conv2d", "Conv2d", (2, 3, (4, 5)), {"bias": False}),
    ("Embedding", "Embedding", (4, 3), {}),
    ("GRU", "GRU", (3, 2), TWO_WAYS),
    ("LSTM", "LSTM", (3, 2), TWO_WAYS),
    ("LayerNorm", "LayerNorm", (3,), {}),
    ("Linear", "Linear", (3, 2), {}),
    ("PReLU", "PReLU", (3,), {}),
    ("RMSNorm", "RMSNorm", (3,), {}),
    ("RNN", "RNN", (3, 2), TWO_WAYS),
    ("SelfAttention", "MultiheadAttention", (4, 2), {}),
]


@pytest.mark.parametrize(("name", "other", "sizes", "options"), PAIRS)
def test_states_are_taken_over(name: str, other: str, sizes: Any, options: Any) -> None:
    theirs = getattr(torch.nn, other)(*sizes, **options).double()
    state = {key: x.numpy() for key, x in theirs.state_dict().items()}
    module = getattr(nn, name)(*sizes, **options)
    module.load_state_dict(state)
    held = module.state_dict()
    assert list(held) == list(state)
    for key, array in state.items():
        np.testing.assert_array_equal(held[key], array, strict=True, err_msg=key)
