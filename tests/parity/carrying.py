"""The same weights in a net of ours and in one of PyTorch's, and what both compute."""

from typing import Any

import numpy as np

import nn
from tests.nets import data, flat, weighted
from tests.parity import needed

torch = needed("torch")

TOLERANCE = 1e-10


def carried(module: nn.Module, other: Any) -> Any:
    """PyTorch's net, in float64 and with our numbers, by name."""
    other = other.double()
    state = {name: torch.from_numpy(x) for name, x in module.state_dict().items()}
    other.load_state_dict(state, strict=True)
    return other


def tensors(nested: Any) -> Any:
    """Nested lists of floats as tensors that are differentiated; tuples stay tuples."""
    if isinstance(nested, tuple):
        return tuple(map(tensors, nested))
    return torch.tensor(nested, dtype=torch.float64, requires_grad=True)


def assert_agree(module: nn.Module, ours: Any, other: Any, its: Any) -> None:
    """Compare outputs, and the gradients of a sum of them, in every parameter.

    Args:
        module: our net.
        ours: what it returned: nested lists and tuples.
        other: PyTorch's net, which has the same weights.
        its: what that returned: tensors, in tuples of the same nesting.
    """
    its = list(_flat_tensors(its))
    values = np.concatenate([x.detach().numpy().ravel() for x in its])
    np.testing.assert_allclose(data(flat(ours)), values, rtol=TOLERANCE, atol=1e-13)
    module.zero_grad()
    other.zero_grad()
    weighted(ours).backward()
    weighted([x for tensor in its for x in tensor.ravel()]).backward()
    wanted = {name: x.grad for name, x in other.named_parameters()}
    got = gradients(module)
    for name, gradient in wanted.items():
        np.testing.assert_allclose(
            got[name], gradient, rtol=TOLERANCE, atol=1e-12, err_msg=name
        )


def gradients(module: nn.Module) -> dict[str, Any]:
    """The gradients in the form of the state: name -> array."""
    numbers = {name: p.data for name, p in module.named_parameters()}
    try:
        for _, p in module.named_parameters():
            p.data = p.grad
        return module.state_dict()
    finally:
        for name, p in module.named_parameters():
            p.data = numbers[name]


def _flat_tensors(nested: Any) -> Any:
    if isinstance(nested, torch.Tensor):
        yield nested
        return
    for item in nested:
        yield from _flat_tensors(item)
