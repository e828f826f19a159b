"""RNN, LSTM and GRU equal PyTorch's: outputs, states, and all gradients."""

import itertools
from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value
from tests.nets import moved
from tests.parity import needed

torch = needed("torch")

from tests.parity.carrying import assert_agree, carried, tensors  # noqa: E402

KINDS: dict[str, tuple[str, dict[str, str]]] = {
    "RNN": ("RNN", {}),
    "relu": ("RNN", {"nonlinearity": "relu"}),
    "LSTM": ("LSTM", {}),
    "GRU": ("GRU", {}),
}
FORMS = [*itertools.product((1, 2, 3), (False, True))]


@pytest.mark.parametrize("with_state", [False, True])
@pytest.mark.parametrize(("layers", "both_ways"), FORMS)
@pytest.mark.parametrize("kind", KINDS)
def test_recurrent_layers(
    kind: str, layers: int, both_ways: bool, with_state: bool
) -> None:
    name, options = KINDS[kind]
    more: Any = {"num_layers": layers, "bidirectional": both_ways, **options}
    module = moved(getattr(nn, name)(3, 4, rng=2, **more))
    other = carried(module, getattr(torch.nn, name)(3, 4, **more))
    draw = np.random.default_rng(1).normal
    steps = draw(size=(5, 3)).tolist()
    shape = (layers * (1 + both_ways), 4)
    parts = tuple(draw(size=shape).tolist() for _ in range(2))
    state = (parts if name == "LSTM" else parts[0]) if with_state else None
    inputs = [[Value(x) for x in row] for row in steps]
    theirs = tensors(steps)
    its = other(theirs, None if state is None else tensors(state))
    ours = module(inputs, state)
    assert_agree(module, ours, other, its)
    got = [[x.grad for x in row] for row in inputs]
    np.testing.assert_allclose(got, theirs.grad, rtol=1e-10, atol=1e-12)
