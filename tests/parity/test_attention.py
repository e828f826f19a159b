"""Embedding and SelfAttention equal PyTorch's: values and all gradients."""

from typing import Any

import numpy as np
import pytest

import nn
from autograd import Value
from tests.nets import moved
from tests.parity import needed

torch = needed("torch")

from tests.parity.carrying import assert_agree, carried, tensors  # noqa: E402


def test_embedding() -> None:
    module = nn.Embedding(6, 3, rng=1)
    other = carried(module, torch.nn.Embedding(6, 3))
    indices = [4, 0, 4, 5]
    assert_agree(module, module(indices), other, (other(torch.tensor(indices)),))


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize(("size", "heads"), [(1, 1), (4, 1), (6, 2), (6, 3), (3, 3)])
@pytest.mark.parametrize("count", [1, 5])
def test_self_attention(count: int, size: int, heads: int, causal: bool) -> None:
    module = moved(nn.SelfAttention(size, heads, causal, rng=1))
    other = carried(module, torch.nn.MultiheadAttention(size, heads, batch_first=True))
    steps = np.random.default_rng(2).normal(size=(count, size)).tolist()
    theirs = tensors(steps)
    hidden = torch.ones((count, count), dtype=torch.bool).triu(1) if causal else None
    its, _ = other(theirs, theirs, theirs, attn_mask=hidden)
    inputs: Any = [[Value(x) for x in row] for row in steps]
    assert_agree(module, module(inputs), other, (its,))
    got = [[x.grad for x in row] for row in inputs]
    np.testing.assert_allclose(got, theirs.grad, rtol=1e-10, atol=1e-12)
